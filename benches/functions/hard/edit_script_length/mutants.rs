//! Wrong variants that the inputs must catch.

/// Replacing a line is one edit.
pub mod replaces {
    pub fn edit_script_length(old: &[&str], new: &[&str]) -> usize {
        let mut row: Vec<usize> = (0..=new.len()).collect();
        for (i, line) in old.iter().enumerate() {
            let before = row.clone();
            row[0] = i + 1;
            for (j, other) in new.iter().enumerate() {
                row[j + 1] = (before[j] + usize::from(line != other)).min(before[j + 1] + 1).min(row[j] + 1);
            }
        }
        row[new.len()]
    }
}

/// The order of the lines does not matter.
pub mod as_bags {
    pub fn edit_script_length(old: &[&str], new: &[&str]) -> usize {
        let mut rest = new.to_vec();
        let mut deleted = 0;
        for line in old {
            match rest.iter().position(|other| other == line) {
                Some(at) => drop(rest.remove(at)),
                None => deleted += 1,
            }
        }
        deleted + rest.len()
    }
}

/// Takes every match as soon as it comes.
pub mod first_match {
    pub fn edit_script_length(old: &[&str], new: &[&str]) -> usize {
        let (mut at, mut common) = (0, 0);
        for line in old {
            if let Some(skipped) = new[at..].iter().position(|other| other == line) {
                at += skipped + 1;
                common += 1;
            }
        }
        old.len() + new.len() - 2 * common
    }
}

/// Only the common start and end stay.
pub mod common_ends {
    pub fn edit_script_length(old: &[&str], new: &[&str]) -> usize {
        let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let ends = old[start..].iter().rev().zip(new[start..].iter().rev());
        let end = ends.take_while(|(a, b)| a == b).count();
        old.len() + new.len() - 2 * (start + end)
    }
}

//! Finds the known name that a mistyped one was meant to be.

/// The known name with the fewest edits, if they are few for its length.
pub(super) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase().replace('_', "-");
    known
        .map(|known| (distance(&name, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 4)
        .min()
        .map(|(_, known)| known)
}

/// The Levenshtein distance: insertions, deletions and replacements of bytes.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, left_byte) in left.bytes().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, right_byte) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(left_byte != right_byte);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_noise_is_not() {
        let known = || ["max-time", "max-tokens", "model"].into_iter();
        for (typed, meant) in
            [("max_time", Some("max-time")), ("modle", Some("model")), ("colour", None), ("", None)]
        {
            assert_eq!(closest(typed, known()), meant, "{typed}");
        }
    }
}

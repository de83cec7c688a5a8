//! "Did you mean": how far two words are apart, and the known word closest to one that is not known.

/// Characters of a word that are compared one by one; what is longer is no slip of the hand, and costs only its length.
const COMPARED: usize = 64;

/// The known word within two edits (one for words of up to four characters), the closest first. Case, and whether words
/// are joined by `-` or `_`, does not count.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let reach = if word.chars().count() <= 4 { 1 } else { 2 };
    let plain = |word: &str| word.to_lowercase().replace('_', "-");
    let word = plain(word);
    known
        .into_iter()
        .map(|candidate| (distance(&word, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= reach)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The least number of characters to insert, remove or replace and of neighbours to swap (optimal string alignment,
/// after Damerau 1964); of words longer than 64 characters, that of their beginnings and the difference in length.
pub fn distance(left: &str, right: &str) -> usize {
    let beyond = |word: &str| word.chars().count().saturating_sub(COMPARED);
    let left_start: Vec<char> = left.chars().take(COMPARED).collect();
    let right_start: Vec<char> = right.chars().take(COMPARED).collect();
    aligned(&left_start, &right_start) + beyond(left).abs_diff(beyond(right))
}

fn aligned(left: &[char], right: &[char]) -> usize {
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(l != r);
            let mut best = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_single_edits_and_swaps() {
        let long = "x".repeat(100_000);
        for (left, right, expect) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("a", "a", 0),
            ("é", "e", 1),
            ("modle", "model", 1),
            ("ca", "abc", 3),
            (&long, "x", 99_999),
        ] {
            assert_eq!(distance(left, right), expect, "{right}");
            assert_eq!(distance(right, left), expect, "{right}");
        }
    }

    #[test]
    fn a_slip_finds_the_word_and_a_foreign_word_finds_none() {
        let known = ["examples", "signature", "doc", "path", "max-time", "max-tokens", "model"];
        for (word, expected) in [
            ("exmaples", Some("examples")),
            ("example", Some("examples")),
            ("Signature", Some("signature")),
            ("dco", Some("doc")),
            ("max_time", Some("max-time")),
            ("modle", Some("model")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}

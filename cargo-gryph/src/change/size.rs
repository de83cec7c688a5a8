//! How large a change is: tokens, lines and hunks of a shortest edit, near enough.

use serde::{Deserialize, Serialize};

/// Cells of the table of common subsequences beyond which the middle counts as replaced whole.
const MOST_CELLS: usize = 4_000_000;

/// What an edit takes away and adds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EditSize {
    /// Tokens of program code that are gone; documentation counts as none.
    pub tokens_deleted: usize,
    /// Tokens of program code that are new.
    pub tokens_added: usize,
    /// Lines that are gone.
    pub lines_deleted: usize,
    /// Lines that are new.
    pub lines_added: usize,
    /// Runs of lines that differ.
    pub hunks: usize,
}

impl EditSize {
    /// Both edits together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            tokens_deleted: self.tokens_deleted + other.tokens_deleted,
            tokens_added: self.tokens_added + other.tokens_added,
            lines_deleted: self.lines_deleted + other.lines_deleted,
            lines_added: self.lines_added + other.lines_added,
            hunks: self.hunks + other.hunks,
        }
    }

    /// Tokens that an edit takes away and adds.
    pub fn tokens(&self) -> usize {
        self.tokens_deleted + self.tokens_added
    }
}

/// A shortest edit between two sequences.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Difference {
    pub(super) deleted: Vec<usize>,
    pub(super) added: Vec<usize>,
    pub(super) hunks: usize,
}

/// The elements by index that only one of two sequences has, by their longest common subsequence.
pub(super) fn difference<T: PartialEq>(before: &[T], after: &[T]) -> Difference {
    let start = before.iter().zip(after).take_while(|(left, right)| left == right).count();
    let rest = (&before[start..], &after[start..]);
    let end = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(left, right)| left == right).count();
    let before = &rest.0[..rest.0.len() - end];
    let after = &rest.1[..rest.1.len() - end];
    let steps = match before.len().saturating_mul(after.len()) {
        0..=MOST_CELLS => common_steps(before, after),
        _ => vec![Step::Delete; before.len()].into_iter().chain(vec![Step::Add; after.len()]).collect(),
    };
    let mut found = Difference::default();
    let (mut left, mut right, mut inside) = (start, start, false);
    for step in steps {
        match step {
            Step::Keep => (left, right) = (left + 1, right + 1),
            Step::Delete => {
                found.deleted.push(left);
                left += 1;
            }
            Step::Add => {
                found.added.push(right);
                right += 1;
            }
        }
        let differs = step != Step::Keep;
        found.hunks += usize::from(differs && !inside);
        inside = differs;
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Keep,
    Delete,
    Add,
}

/// The steps of a shortest edit, by the textbook table of longest common subsequences of all suffixes.
fn common_steps<T: PartialEq>(before: &[T], after: &[T]) -> Vec<Step> {
    let width = after.len() + 1;
    let mut longest = vec![0_u32; (before.len() + 1) * width];
    for left in (0..before.len()).rev() {
        for right in (0..after.len()).rev() {
            longest[left * width + right] = if before[left] == after[right] {
                longest[(left + 1) * width + right + 1] + 1
            } else {
                longest[(left + 1) * width + right].max(longest[left * width + right + 1])
            };
        }
    }
    let (mut left, mut right) = (0, 0);
    let mut steps = Vec::with_capacity(before.len() + after.len());
    while left < before.len() || right < after.len() {
        let step = match (before.get(left), after.get(right)) {
            (Some(one), Some(other)) if one == other => Step::Keep,
            (Some(_), Some(_)) if longest[(left + 1) * width + right] < longest[left * width + right + 1] => {
                Step::Add
            }
            (Some(_), _) => Step::Delete,
            (None, _) => Step::Add,
        };
        left += usize::from(step != Step::Add);
        right += usize::from(step != Step::Delete);
        steps.push(step);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(before: &str, after: &str) -> (usize, usize, usize) {
        let split = |text: &str| text.chars().collect::<Vec<char>>();
        let found = difference(&split(before), &split(after));
        (found.deleted.len(), found.added.len(), found.hunks)
    }

    #[test]
    fn a_shortest_edit_is_counted() {
        let cases = [
            ("", "", (0, 0, 0)),
            ("abc", "abc", (0, 0, 0)),
            ("abc", "axc", (1, 1, 1)),
            ("abc", "", (3, 0, 1)),
            ("", "ab", (0, 2, 1)),
            ("abcdef", "xbcdey", (2, 2, 2)),
            ("aaaa", "aa", (2, 0, 1)),
            ("if a { b } c", "if a { b } else { d } c", (0, 11, 1)),
        ];
        for (before, after, expected) in cases {
            assert_eq!(counts(before, after), expected, "{before:?} {after:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_not_deleted_is_what_is_not_added(before in "[ab]{0,12}", after in "[ab]{0,12}") {
            let split = |text: &str| text.chars().collect::<Vec<char>>();
            let found = difference(&split(&before), &split(&after));
            let kept = |text: &str, gone: &[usize]| -> String {
                text.chars().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, c)| c).collect()
            };
            proptest::prop_assert_eq!(kept(&before, &found.deleted), kept(&after, &found.added));
        }
    }
}

//! One word out of a few: known by name, or refused with the nearest one.

use super::fields::Text;
use super::problem::Problems;
use crate::similar::nearest;

/// The value that the word stands for; `what` is how messages call it: `a kind`.
pub(super) fn word<T: Copy>(
    text: &Text,
    what: &str,
    known: &[(&'static str, T)],
    problems: &mut Problems<'_>,
) -> Option<T> {
    let found = known.iter().find(|(word, _)| *word == text.value);
    if found.is_none() {
        let hint = nearest(&text.value, known.iter().map(|(word, _)| *word))
            .map_or_else(|| format!("known are {}", listed(known)), |word| format!("did you mean `{word}`?"));
        let shown: String = text.value.chars().take(40).collect();
        problems.report(text.span.clone(), format!("`{}` is not {what}", shown.escape_debug()), hint);
    }
    found.map(|(_, value)| *value)
}

fn listed<T>(known: &[(&'static str, T)]) -> String {
    known.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The word for a value.
pub(super) fn spelled<T: Copy + PartialEq>(value: T, known: &[(&'static str, T)]) -> &'static str {
    known.iter().find(|(_, one)| *one == value).map_or("", |(word, _)| word)
}

//! What is told of a text that is not TOML: where it begins to be wrong, and not all that follows from that.

use std::collections::BTreeSet;

use toml::de::Error;

use super::problem::{Problems, place};

/// Reports the first error of each line; alone the first of all where a bracket stays open, since whatever comes after is
/// then read as a part of it.
pub(super) fn report(errors: &[Error], text: &str, problems: &mut Problems<'_>) {
    let unclosed = errors.iter().find(|error| error.message().starts_with("unclosed"));
    let mut sorted: Vec<&Error> = errors.iter().collect();
    sorted.sort_by_key(|error| start(error));
    if let (Some(unclosed), Some(first)) = (unclosed, sorted.first()) {
        let hint = format!("before this place something stays open: {}", unclosed.message());
        problems.report(first.span().unwrap_or(0..0), told(first), hint);
        return;
    }
    let mut lines = BTreeSet::new();
    for error in sorted {
        if lines.insert(place(text, start(error)).0) {
            problems.report(error.span().unwrap_or(0..0), told(error), hint(error.message()));
        }
    }
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

fn told(error: &Error) -> String {
    format!("this is not TOML: {}", error.message())
}

/// What a word that is no value may have been meant as.
fn hint(message: &str) -> &'static str {
    let unquoted = ["string values must be quoted", "invalid boolean", "invalid float"];
    if unquoted.iter().any(|start| message.starts_with(start)) {
        "a text stands in quotes: `\"…\"`"
    } else {
        ""
    }
}

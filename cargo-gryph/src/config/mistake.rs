//! A mistake in a TOML text: where it stands, what is wrong, and what was probably meant.

use std::fmt;
use std::ops::Range;

use crate::similar::nearest;

/// Known words that are listed where none is near to the one that was written.
const MOST_LISTED: usize = 12;

/// What is wrong at one place of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Mistake {
    /// A mistake at a byte of a text.
    pub fn at(text: &str, byte: usize, message: impl Into<String>) -> Self {
        let byte = (0..=byte.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let before = &text[..byte];
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            message: message.into(),
            suggestion: None,
        }
    }

    /// With the known word that was probably meant by `word`, if one is near.
    #[must_use]
    pub fn meant<'k>(mut self, word: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        self.suggestion = nearest(word, known).map(str::to_owned);
        self
    }

    /// What the reader of a text complains about. A word that is not known is found in what it points at.
    pub fn read(text: &str, error: &toml::de::Error) -> Self {
        Self::complaint(text, error.span().unwrap_or(0..0), error.message())
    }

    /// The same for a complaint about a part of the text.
    pub fn complaint(text: &str, span: Range<usize>, message: &str) -> Self {
        let first = message.lines().next().unwrap_or_default();
        let Some((what, word, known)) = unknown_word(first) else {
            return Self::at(text, span.start, first);
        };
        let found = text.get(span.clone()).and_then(|part| place(part, word));
        let at = span.start + found.unwrap_or(0);
        let mistake =
            Self::at(text, at, format!("unknown {what} `{word}`")).meant(word, known.iter().copied());
        match mistake.suggestion {
            None if known.len() <= MOST_LISTED && !known.is_empty() => {
                Self { message: format!("{}, expected {}", mistake.message, known.join(", ")), ..mistake }
            }
            _ => mistake,
        }
    }
}

/// Of "unknown field `a`, expected one of `b`, `c`": what it is, the word, and the known ones.
fn unknown_word(message: &str) -> Option<(&'static str, &str, Vec<&str>)> {
    let (what, rest) = [("field", "key"), ("variant", "word")].into_iter().find_map(|(serde, ours)| {
        Some((ours, message.strip_prefix("unknown ")?.strip_prefix(serde)?.strip_prefix(" `")?))
    })?;
    let (word, rest) = rest.split_once("`, expected ")?;
    Some((what, word, rest.split('`').skip(1).step_by(2).collect()))
}

/// Where a word stands in a text: as a string, as a key, or anyhow.
fn place(text: &str, word: &str) -> Option<usize> {
    let quoted = |quote: char| text.find(&format!("{quote}{word}{quote}"));
    quoted('"').or_else(|| quoted('\'')).or_else(|| text.find(word))
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(meant) => write!(formatter, "; did you mean `{meant}`?"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_found_where_it_stands() {
        let text = "a = 1\né = { of = [\"one\", \"tow\"] }\n";
        let cases = [
            (0..5, "something else\nmore", "1:1: something else"),
            (
                10..33,
                "unknown variant `tow`, expected one of `one`, `two`",
                "2:20: unknown word `tow`; did you mean `two`?",
            ),
            (6..8, "unknown field `é`, expected `b`", "2:1: unknown key `é`; did you mean `b`?"),
            (
                6..8,
                "unknown field `é`, expected one of `bcd`, `cde`",
                "2:1: unknown key `é`, expected bcd, cde",
            ),
            (7..999, "odd", "2:1: odd"),
        ];
        for (span, message, shown) in cases {
            assert_eq!(Mistake::complaint(text, span, message).to_string(), shown);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", message in ".{0,60}", from in 0usize..50, to in 0usize..50) {
            let _ = Mistake::complaint(&text, from..to, &message);
            let _ = Mistake::complaint(&text, from..to, &format!("unknown field `{message}`, expected `{text}`"));
        }
    }
}

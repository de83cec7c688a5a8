//! Texts and numbers of a service as types that say what is known of them.

use std::fmt;

use serde::Serialize;

use crate::spec::fields::{Fields, Text, checked};
use crate::spec::names::check_text;
use crate::spec::problem::{Fault, Problems};

/// The longest line of documentation, in bytes.
const LONGEST_LINE: usize = 500;

/// Text of a stranger: one line without control characters or marks that reorder it. Nothing else is known of it.
///
/// It may hold quotes, backticks, markup, template syntax and SQL. Whoever writes it into a file escapes it for
/// that file; so that nobody forgets, it does not print itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct Prose(String);

impl Prose {
    /// The text as it is, to be escaped.
    pub fn untrusted(&self) -> &str {
        &self.0
    }

    /// Reads one clean line; `least` is the fewest characters it may have.
    pub(super) fn read(text: &str, least: usize, longest: usize) -> Result<Self, Fault> {
        check_text(text, longest)?;
        if let Some(offset) = text.find(['\n', '\t']) {
            let hint = "write it on one line, without tabs";
            return Err(Fault::new(offset..offset + 1, "this must be one line", hint));
        }
        if text.trim().chars().count() < least {
            return Err(Fault::new(0..text.len(), "this text is empty", "say in a sentence what it is"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads the required line at `doc`.
    pub(super) fn doc(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        let text = fields.required_text("doc", problems)?;
        Self::line(&text, problems)
    }

    /// Reads a line of documentation.
    pub(super) fn line(text: &Text, problems: &mut Problems<'_>) -> Option<Self> {
        let read = |text: &str| Self::read(text, 1, LONGEST_LINE).map(|line| Self(line.0.trim().to_owned()));
        checked(text, read, problems)
    }
}

/// A number that is neither infinite nor "not a number", so that equality is what one expects.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Serialize)]
#[serde(transparent)]
pub struct Finite(f64);

impl Eq for Finite {}

impl Finite {
    /// The number, if it is finite.
    pub fn new(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self(number))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Finite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_every_visible_character() {
        let hostile = r#"{{ x }} "quoted" `code` <b>$(rm)</b> '; drop table users; -- ${y} */ """#;
        assert_eq!(Prose::read(hostile, 1, 500).unwrap().untrusted(), hostile);
        for text in ["", "  ", "a\nb", "a\tb", "a\u{0}b", "a\u{202e}b", "a\rb"] {
            assert!(Prose::read(text, 1, 500).is_err(), "{text:?}");
        }
    }
}

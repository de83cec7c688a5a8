//! Problems of a specification, each with its place and a hint, collected rather than thrown.

use std::fmt;
use std::ops::Range;

use serde::Serialize;

/// More than this many problems are not listed one by one.
const MOST_PROBLEMS: usize = 100;

/// Something in a specification that must be changed before it can be planned.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Problem {
    /// The file as it was named by the caller.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What the author can do.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// A fault in a piece of Rust or text, before it is known where in the file the piece stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    /// The bytes of the piece it is about.
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Fault {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { range, message: message.into(), hint: hint.into() }
    }
}

/// Collects problems while a specification is read.
pub(super) struct Problems<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<(Range<usize>, String, String)>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Notes a problem at a byte range of the file; an empty hint is none.
    pub(super) fn report(&mut self, span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push((span, message.into(), hint.into()));
    }

    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    /// All problems in the order of their places, without repetitions.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|(span, ..)| (span.start, span.end));
        self.found.dedup();
        let more = self.found.len().saturating_sub(MOST_PROBLEMS);
        self.found.truncate(MOST_PROBLEMS);
        if more > 0 {
            let last = self.text.len()..self.text.len();
            self.found.push((last, format!("and {more} more problems"), String::new()));
        }
        let found = std::mem::take(&mut self.found);
        found.into_iter().map(|(span, message, hint)| self.problem(&span, message, hint)).collect()
    }

    fn problem(&self, span: &Range<usize>, message: String, hint: String) -> Problem {
        let (line, column) = place(self.text, span.start);
        let hint = (!hint.is_empty()).then_some(hint);
        Problem { file: self.file.to_owned(), line, column, message, hint }
    }
}

/// Line and column, both from 1, of a byte offset; offsets past the end or inside a character are moved back.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let text = "aé\nü=1\n";
        for (offset, expected) in
            [(0, (1, 1)), (1, (1, 2)), (2, (1, 2)), (3, (1, 3)), (4, (2, 1)), (6, (2, 2)), (99, (3, 1))]
        {
            assert_eq!(place(text, offset), expected, "offset {offset}");
        }
    }

    #[test]
    fn many_problems_are_cut_with_a_count() {
        let mut problems = Problems::new("f", "x");
        for number in 0..150 {
            problems.report(0..0, format!("problem {number}"), "");
        }
        let listed = problems.finish();
        assert_eq!(listed.len(), MOST_PROBLEMS + 1);
        assert_eq!(listed.last().unwrap().message, "and 50 more problems");
    }
}

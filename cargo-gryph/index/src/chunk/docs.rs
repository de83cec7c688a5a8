//! Documentation without the comment marks, with the line of the file that each of its lines stands on.

use super::{DOCS_LIMIT, cut};

/// Lines of documentation in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Docs {
    /// The line of the file, from 0, and the text.
    lines: Vec<(usize, String)>,
    /// How many bytes they have.
    bytes: usize,
}

/// Whose documentation a comment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Of the item that follows: `///`, `/** */`.
    Next,
    /// Of the module it stands in: `//!`, `/*! */`.
    Module,
}

/// Whose documentation the comment is; None for an ordinary comment.
pub(super) fn of(comment: &str) -> Option<Of> {
    let next = comment.starts_with("///") && !comment.starts_with("////")
        || comment.starts_with("/**") && !comment.starts_with("/***") && comment != "/**/";
    let module = comment.starts_with("//!") || comment.starts_with("/*!");
    if next { Some(Of::Next) } else { module.then_some(Of::Module) }
}

impl Docs {
    /// Adds a documentation comment that begins on a line of the file.
    pub(super) fn comment(&mut self, comment: &str, row: usize) {
        let inner = comment.get(3..).unwrap_or_default();
        if comment.starts_with("//") {
            self.push(row, inner.trim_end());
        } else {
            self.block(inner.strip_suffix("*/").unwrap_or(inner), row);
        }
    }

    /// Adds the text of a `doc` attribute.
    pub(super) fn attribute(&mut self, text: &str, row: usize) {
        for line in text.split('\n') {
            self.push(row, line.trim_end());
        }
    }

    /// Adds documentation that follows.
    pub(super) fn extend(&mut self, more: Self) {
        for (row, line) in more.lines {
            self.push(row, &line);
        }
    }

    /// Whether there is no text.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(|(_, line)| line.trim().is_empty())
    }

    /// The lines without the indentation that all of them share.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let filled = self.lines.iter().filter(|(_, line)| !line.trim().is_empty());
        let margin = filled.map(|(_, line)| indentation(line)).min().unwrap_or(0);
        self.lines.iter().map(move |(row, line)| (*row, line.get(margin..).unwrap_or_default()))
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        let lines: Vec<&str> = self.lines().map(|(_, line)| line).collect();
        cut(lines.join("\n").trim(), DOCS_LIMIT).to_owned()
    }

    /// Adds the lines of a block comment without the column of stars.
    fn block(&mut self, inner: &str, row: usize) {
        let starred = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('*');
        let stars = inner.lines().skip(1).all(starred);
        let filled = inner.lines().skip(1).filter(|line| !line.trim().is_empty());
        let own = filled.map(indentation).min().unwrap_or(0);
        for (at, line) in inner.lines().enumerate() {
            let line = line.trim_end();
            let bare = line.trim_start().strip_prefix('*').filter(|_| stars && at > 0).unwrap_or(line);
            // The first line stands behind the mark, where its indentation means nothing.
            let first = if bare.trim().is_empty() { "" } else { bare.trim_start() };
            match (at, stars) {
                (0, true) => self.push(row, &format!(" {first}")),
                (0, false) => self.push(row, first),
                (_, true) => self.push(row + at, bare),
                (_, false) => self.push(row + at, bare.get(own..).unwrap_or_default()),
            }
        }
    }

    /// Adds a line while there is room.
    fn push(&mut self, row: usize, line: &str) {
        if self.bytes < DOCS_LIMIT {
            self.bytes += line.len() + 1;
            self.lines.push((row, cut(line, DOCS_LIMIT).to_owned()));
        }
    }
}

/// How many blanks a line begins with.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

//! A message of rustc or clippy, reduced to what repair and attribution need.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::patch::{Edit, Span};
use crate::tree::{Tree, TreePath};

/// How bad a message is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Level {
    /// Extra information: notes and helps.
    Note,
    /// A warning.
    Warning,
    /// An error, internal compiler errors included.
    Error,
}

/// How sure rustc is that a replacement is right (`rustc_errors::Applicability`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Applicability {
    /// Safe to apply by a machine.
    MachineApplicable,
    /// Plausible.
    MaybeIncorrect,
    /// Holds text to be filled in, such as `/* value */`.
    HasPlaceholders,
    /// Not stated.
    Unspecified,
}

/// A place a message points at. Paths outside the tree (a registry, the standard library) are left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// Lines, from 1, first and last.
    pub lines: Range<usize>,
    /// Column of the first character, from 1.
    pub column: usize,
    /// Whether rustc calls it the primary place.
    pub primary: bool,
    /// What rustc says about it.
    pub text: Option<String>,
}

/// One alternative rustc offers: edits that belong together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Suggestion {
    /// What it is for.
    pub message: String,
    /// The replacements.
    pub edits: Vec<Edit>,
    /// The least sure applicability of its parts.
    pub applicability: Applicability,
}

/// A suggestion that a machine may apply, by lines and columns, for programs that show or apply it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// What it is for.
    pub message: String,
    /// What it replaces.
    pub replacements: Vec<Replacement>,
}

/// A stretch of a file and the text that is to stand there. Lines and columns count from 1, columns in characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The file.
    pub path: TreePath,
    /// Line and column of the first character.
    pub start: (usize, usize),
    /// Line and column behind the last character.
    pub end: (usize, usize),
    /// The new text.
    pub text: String,
}

/// Bytes of the new texts of a fix; a larger one is no quick one.
const MOST_FIX_BYTES: usize = 64 << 10;

/// A message with its places and suggestions; children are folded in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// `E0308`, `clippy::needless_return`, …
    pub code: Option<String>,
    /// The message itself.
    pub message: String,
    /// The places, primary ones first.
    pub labels: Vec<Label>,
    /// The alternatives, each on its own.
    pub suggestions: Vec<Suggestion>,
    /// Texts of attached notes and helps.
    pub notes: Vec<String>,
    /// The message as rustc would print it, without colours.
    pub rendered: String,
}

impl Diagnostic {
    /// A message that is about no place.
    pub fn unplaced(level: Level, message: &str) -> Self {
        Self {
            level,
            code: None,
            message: message.to_owned(),
            labels: Vec::new(),
            suggestions: Vec::new(),
            notes: Vec::new(),
            rendered: message.to_owned(),
        }
    }

    /// The first suggestion that is safe to apply, if its places are there in the tree that the message is about.
    pub fn fix(&self, tree: &Tree) -> Option<Fix> {
        let safe = |one: &&Suggestion| one.applicability == Applicability::MachineApplicable;
        let suggestion = self.suggestions.iter().filter(safe).find(|one| !one.edits.is_empty())?;
        let replacement = |edit: &Edit| {
            let text = tree.text(&edit.span.path)?;
            text.get(edit.span.range.clone())?;
            Some(Replacement {
                path: edit.span.path.clone(),
                start: position(text, edit.span.range.start),
                end: position(text, edit.span.range.end),
                text: edit.replacement.clone(),
            })
        };
        let bytes: usize = suggestion.edits.iter().map(|edit| edit.replacement.len()).sum();
        let replacements: Option<Vec<Replacement>> = suggestion.edits.iter().map(replacement).collect();
        let message = suggestion.message.clone();
        replacements.filter(|_| bytes <= MOST_FIX_BYTES).map(|replacements| Fix { message, replacements })
    }

    /// The first primary place.
    pub fn primary(&self) -> Option<&Label> {
        self.labels.iter().find(|label| label.primary)
    }

    /// The message as seen from a part of a file: places and edits in bytes from its start, everything outside left
    /// out. `None` when the primary place lies outside.
    pub fn seen_from(&self, part: &Span) -> Option<Self> {
        let primary = self.primary()?;
        relative(&primary.span, part)?;
        let label = |label: &Label| Some(Label { span: relative(&label.span, part)?, ..label.clone() });
        let edit = |edit: &Edit| Some(Edit { span: relative(&edit.span, part)?, ..edit.clone() });
        let suggestion = |suggestion: &Suggestion| {
            let edits: Option<Vec<Edit>> = suggestion.edits.iter().map(edit).collect();
            Some(Suggestion { edits: edits?, ..suggestion.clone() })
        };
        Some(Self {
            labels: self.labels.iter().filter_map(label).collect(),
            suggestions: self.suggestions.iter().filter_map(suggestion).collect(),
            ..self.clone()
        })
    }
}

/// Line and column of a byte.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

fn relative(span: &Span, part: &Span) -> Option<Span> {
    let inside =
        span.path == part.path && part.range.start <= span.range.start && span.range.end <= part.range.end;
    let start = part.range.start;
    inside.then(|| Span { path: span.path.clone(), range: span.range.start - start..span.range.end - start })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(range: Range<usize>) -> Span {
        Span { path: TreePath::new("src/lib.rs").unwrap(), range }
    }

    #[test]
    fn a_part_sees_only_what_lies_in_it() {
        let label = |range, primary| Label { span: span(range), lines: 1..1, column: 1, primary, text: None };
        let edit = |range| Edit { span: span(range), replacement: String::new() };
        let suggestion = |edits| Suggestion {
            message: String::new(),
            edits,
            applicability: Applicability::MachineApplicable,
        };
        let diagnostic = Diagnostic {
            level: Level::Warning,
            code: None,
            message: "m".to_owned(),
            labels: vec![label(12..14, true), label(2..3, false)],
            suggestions: vec![suggestion(vec![edit(10..11)]), suggestion(vec![edit(11..12), edit(30..31)])],
            notes: Vec::new(),
            rendered: String::new(),
        };
        let seen = diagnostic.seen_from(&span(10..20)).unwrap();
        assert_eq!(seen.labels, [label(2..4, true)]);
        assert_eq!(seen.suggestions, [suggestion(vec![edit(0..1)])]);
        assert_eq!(diagnostic.seen_from(&span(13..20)), None);
    }

    #[test]
    fn only_a_safe_suggestion_is_a_fix_and_its_places_count_characters() {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").unwrap(), "//! é\nfn é() { return 1; }\n");
        let edit = |range: Range<usize>| Edit { span: span(range), replacement: "1".to_owned() };
        let suggestion = |applicability, range| Suggestion {
            message: "remove it".to_owned(),
            edits: vec![edit(range)],
            applicability,
        };
        let mut diagnostic = Diagnostic::unplaced(Level::Warning, "m");
        diagnostic.suggestions.push(suggestion(Applicability::MaybeIncorrect, 17..26));
        assert_eq!(diagnostic.fix(&tree), None);
        diagnostic.suggestions.push(suggestion(Applicability::MachineApplicable, 17..26));
        let fix = diagnostic.fix(&tree).unwrap();
        assert_eq!((fix.replacements[0].start, fix.replacements[0].end), ((2, 10), (2, 19)));
        diagnostic.suggestions[1].edits[0] = edit(5..6);
        assert_eq!(diagnostic.fix(&tree), None, "a place inside of a character");
        diagnostic.suggestions[1].edits[0] = edit(17..999);
        assert_eq!(diagnostic.fix(&tree), None, "a place behind the end");
    }
}

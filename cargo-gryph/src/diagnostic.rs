//! A message of rustc or clippy, reduced to what repair and attribution need.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::patch::{Edit, Span};

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

fn relative(span: &Span, part: &Span) -> Option<Span> {
    let inside =
        span.path == part.path && part.range.start <= span.range.start && span.range.end <= part.range.end;
    let start = part.range.start;
    inside.then(|| Span { path: span.path.clone(), range: span.range.start - start..span.range.end - start })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreePath;

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
}

//! A message of rustc or clippy, reduced to what repair and attribution need.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::patch::Span;

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
    pub edits: Vec<crate::patch::Edit>,
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
    /// The first primary place.
    pub fn primary(&self) -> Option<&Label> {
        self.labels.iter().find(|label| label.primary)
    }
}

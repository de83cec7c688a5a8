//! One error as the templates see it.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Label};
use crate::patch::{Edit, Patch, Span};
use crate::propose::draft::quoted;

use super::Offer;
use super::ground::{Function, Ground, Sheet};

/// An error with the file it stands in.
#[derive(Clone, Copy)]
pub(super) struct Case<'g> {
    pub(super) ground: &'g Ground<'g>,
    pub(super) diagnostic: &'g Diagnostic,
    /// `E0308`, or nothing.
    pub(super) code: &'g str,
    pub(super) label: &'g Label,
    pub(super) sheet: &'g Sheet,
}

impl<'g> Case<'g> {
    /// `None` when the error points nowhere into the tree.
    pub(super) fn new(ground: &'g Ground<'g>, diagnostic: &'g Diagnostic) -> Option<Self> {
        let label = diagnostic.primary()?;
        let sheet = ground.sheet(&label.span.path)?;
        Some(Self { ground, diagnostic, code: diagnostic.code.as_deref().unwrap_or_default(), label, sheet })
    }

    /// The bytes rustc points at.
    pub(super) fn at(&self) -> Range<usize> {
        self.label.span.range.clone()
    }

    /// The text rustc points at.
    pub(super) fn text(&self) -> &'g str {
        self.sheet.cut(&self.label.span.range)
    }

    /// What stands between backticks in the message.
    pub(super) fn quoted(&self) -> Vec<&'g str> {
        quoted(&self.diagnostic.message)
    }

    /// The function around the place.
    pub(super) fn function(&self) -> Option<Function<'g>> {
        self.ground.function_at(self.sheet, self.label.span.range.start)
    }

    /// All texts of the error: message, labels, notes.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'g str> {
        let labels = self.diagnostic.labels.iter().filter_map(|label| label.text.as_deref());
        let notes = self.diagnostic.notes.iter().map(String::as_str);
        std::iter::once(self.diagnostic.message.as_str()).chain(labels).chain(notes)
    }

    /// Places in this file whose text contains `words`.
    pub(super) fn labelled(&self, words: &str) -> Vec<Range<usize>> {
        let here = self.diagnostic.labels.iter().filter(|label| label.span.path == self.sheet.path);
        let named = here.filter(|label| label.text.as_deref().is_some_and(|text| text.contains(words)));
        named.map(|label| label.span.range.clone()).collect()
    }

    /// A template's offer in this file.
    pub(super) fn offer(&self, rule: &str, certainty: u8, edits: Vec<(Range<usize>, String)>) -> Offer {
        offer(self.sheet, self.code, rule, certainty, edits)
    }

    /// An offer that inserts before `at`.
    pub(super) fn insert(&self, rule: &str, certainty: u8, at: usize, text: impl Into<String>) -> Offer {
        self.offer(rule, certainty, vec![(at..at, text.into())])
    }

    /// An offer that replaces what rustc points at.
    pub(super) fn replace(&self, rule: &str, certainty: u8, text: impl Into<String>) -> Offer {
        self.offer(rule, certainty, vec![(self.at(), text.into())])
    }
}

/// A template's offer in one file.
pub(super) fn offer(
    sheet: &Sheet,
    code: &str,
    rule: &str,
    certainty: u8,
    edits: Vec<(Range<usize>, String)>,
) -> Offer {
    let edit = |(range, replacement)| Edit { span: Span { path: sheet.path.clone(), range }, replacement };
    let patch = Patch { edits: edits.into_iter().map(edit).collect() };
    let operator = if code.is_empty() { rule.to_owned() } else { format!("{code}-{rule}") };
    Offer { patch, operator, proposer: "template", certainty }
}

/// Every `Type: Trait` that a text holds between backticks.
pub(super) fn bounds(text: &str) -> Vec<(String, String)> {
    let pair = |quoted: &str| {
        let (ty, bound) = quoted.split_once(": ")?;
        let bound = bound.split(" +").next()?.trim();
        (!ty.is_empty() && !bound.is_empty()).then(|| (ty.trim().to_owned(), bound.to_owned()))
    };
    quoted(text).into_iter().filter_map(pair).collect()
}

/// The words of a text: identifiers and keywords.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c != '_' && !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

//! Reads the fields of a TOML table one by one, noting wrong types and unknown keys instead of stopping at the first.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::doc::check_doc;
use super::problem::{Fault, Problems};
use crate::similar::nearest;

/// The most examples of one item.
pub(super) const MOST_EXAMPLES: usize = 50;

/// A string of the file with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) span: Range<usize>,
    /// Where in the file the value stands letter by letter, if it does (no escapes).
    verbatim: Option<usize>,
}

impl Text {
    fn new(source: &str, value: &str, span: Range<usize>) -> Self {
        let raw = source.get(span.clone()).unwrap_or_default();
        let verbatim = raw.find(value).filter(|_| !value.is_empty()).map(|offset| span.start + offset);
        Self { value: value.to_owned(), span, verbatim }
    }

    /// The place in the file of a byte range of the value; the whole string where escapes blur it.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        match self.verbatim {
            Some(start) => start + range.start..start + range.end,
            None => self.span.clone(),
        }
    }

    /// Notes a fault found inside the value.
    pub(super) fn report(&self, fault: Fault, problems: &mut Problems<'_>) {
        problems.report(self.place(&fault.range), fault.message, fault.hint);
    }
}

/// A table being read; each getter remembers its key, and [`Fields::finish`] reports the keys nobody asked for.
pub(super) struct Fields<'t> {
    source: &'t str,
    table: &'t DeTable<'t>,
    /// How messages call it: `[project]`, `[[function]]`.
    name: &'static str,
    pub(super) span: Range<usize>,
    /// Each key once, in the order in which it was asked for.
    asked: Vec<&'static str>,
}

impl<'t> Fields<'t> {
    pub(super) fn new(
        source: &'t str,
        table: &'t DeTable<'t>,
        name: &'static str,
        span: Range<usize>,
    ) -> Self {
        Self { source, table, name, span, asked: Vec::new() }
    }

    /// The value at a key.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.ask(key);
        self.table.get(key)
    }

    /// Remembers a key, however often it is asked for.
    fn ask(&mut self, key: &'static str) {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
    }

    /// The string at a key, without asking for it: a look ahead.
    pub(super) fn peek(&self, key: &str) -> Option<&'t str> {
        self.table.get(key).and_then(|value| value.get_ref().as_str())
    }

    /// Whether there is something at a key, without asking for it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether `true` stands at a key, without asking for it.
    pub(super) fn is_true(&self, key: &str) -> bool {
        self.table.get(key).and_then(|value| value.get_ref().as_bool()) == Some(true)
    }

    /// The place of the value at a key; that of the table where there is none.
    pub(super) fn place(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or_else(|| self.span.clone(), Spanned::span)
    }

    /// All keys with their values, for tables whose keys are names. No key is unknown afterwards.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Text, &'t Spanned<DeValue<'t>>)> {
        let source = self.source;
        self.table.iter().map(move |(key, value)| (Text::new(source, key.get_ref(), key.span()), value))
    }

    pub(super) fn text(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Text> {
        let value = self.value(key)?;
        self.expect_text(key, value, problems)
    }

    pub(super) fn required_text(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<Text> {
        if self.table.get(key).is_none() {
            self.ask(key);
            let message = format!("{} has no `{key}`", self.name);
            problems.report(self.span.clone(), message, format!("add `{key} = \"…\"`"));
            return None;
        }
        self.text(key, problems)
    }

    pub(super) fn texts(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Vec<Text> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, "an array of strings", value, problems);
            return Vec::new();
        };
        items.iter().filter_map(|item| self.expect_text(key, item, problems)).collect()
    }

    pub(super) fn integer(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u64>,
        problems: &mut Problems<'_>,
    ) -> Option<u64> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(digits) => u64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let expected = match (range.start(), range.end()) {
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("a whole number from {least} to {most}"),
            };
            self.wrong_type(key, &expected, value, problems);
        }
        number
    }

    pub(super) fn boolean(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Option<bool> {
        let value = self.value(key)?;
        let answer = value.get_ref().as_bool();
        if answer.is_none() {
            self.wrong_type(key, "true or false", value, problems);
        }
        answer
    }

    pub(super) fn table(
        &mut self,
        key: &'static str,
        name: &'static str,
        problems: &mut Problems<'_>,
    ) -> Option<Fields<'t>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Fields::new(self.source, table, name, value.span())),
            _ => {
                self.wrong_type(key, "a table", value, problems);
                None
            }
        }
    }

    pub(super) fn tables(
        &mut self,
        key: &'static str,
        name: &'static str,
        problems: &mut Problems<'_>,
    ) -> Vec<Fields<'t>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, &format!("a list of tables, written `{name}`"), value, problems);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Fields::new(self.source, table, name, item.span())),
                _ => self.wrong_type(key, "a table", item, problems),
            }
        }
        tables
    }

    /// Reports every key that no getter asked for.
    pub(super) fn finish(self, problems: &mut Problems<'_>) {
        for key in self.table.keys() {
            let name = key.get_ref().as_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let hint = match nearest(name, self.asked.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the keys known here are {}", list(&self.asked)),
            };
            let message = format!("unknown key `{}` in {}", name.escape_debug(), self.name);
            problems.report(key.span(), message, hint);
        }
    }

    pub(super) fn wrong_type(
        &self,
        key: &str,
        expected: &str,
        value: &Spanned<DeValue<'_>>,
        problems: &mut Problems<'_>,
    ) {
        let message =
            format!("`{}` must be {expected}, not {}", key.escape_debug(), described(value.get_ref()));
        problems.report(value.span(), message, "");
    }

    pub(super) fn expect_text(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        problems: &mut Problems<'_>,
    ) -> Option<Text> {
        match value.get_ref() {
            DeValue::String(text) => Some(Text::new(self.source, text, value.span())),
            _ => {
                self.wrong_type(key, "a string", value, problems);
                None
            }
        }
    }

    /// Reads the value as a table of its own.
    pub(super) fn sub_table(
        &self,
        value: &'t Spanned<DeValue<'t>>,
        name: &'static str,
    ) -> Option<Fields<'t>> {
        value.get_ref().as_table().map(|table| Fields::new(self.source, table, name, value.span()))
    }
}

fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(number) => number.to_string(),
        other => format!("a value of type {}", other.type_str()),
    }
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn read_doc(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> String {
    let Some(doc) = fields.required_text("doc", problems) else { return String::new() };
    if let Err(fault) = check_doc(&doc.value) {
        doc.report(fault, problems);
    }
    doc.value.trim().to_owned()
}

pub(super) fn limited(
    mut texts: Vec<Text>,
    most: usize,
    key: &str,
    problems: &mut Problems<'_>,
) -> Vec<Text> {
    if let Some(first) = texts.get(most) {
        problems.report(first.span.clone(), format!("more than {most} entries in `{key}`"), "leave some out");
    }
    texts.truncate(most);
    let mut seen = BTreeSet::new();
    for text in &texts {
        if !seen.insert(text.value.trim()) {
            problems.report(text.span.clone(), format!("this stands twice in `{key}`"), "leave one out");
        }
    }
    texts
}

/// Runs a check on a text and reports its fault at the place it has in the file.
pub(super) fn checked<T>(
    text: &Text,
    check: impl FnOnce(&str) -> Result<T, Fault>,
    problems: &mut Problems<'_>,
) -> Option<T> {
    match check(&text.value) {
        Ok(value) => Some(value),
        Err(fault) => {
            text.report(fault, problems);
            None
        }
    }
}

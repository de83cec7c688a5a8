//! Text literals: other texts of the crate, the other case, and the placeholders of formats.

use std::collections::BTreeSet;

use crate::propose::search::code::{Id, Kind, Literal};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::reader::placeholders;
use crate::propose::search::types::Type;

/// Texts of the crate that are tried in place of one.
const MOST_OTHERS: usize = 24;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    let texts = texts(view);
    for id in view.code.ids() {
        match view.kind(id) {
            Kind::Literal(Literal::Text) => plain(view, id, &texts, ideas),
            Kind::Literal(Literal::Format) => format(view, id, ideas),
            _ => {}
        }
    }
}

/// Texts of the function first, then those the documentation quotes, then those of the crate.
fn texts(view: &View<'_>) -> Vec<(String, f64)> {
    let mut seen = BTreeSet::new();
    let mut texts = Vec::new();
    let mut keep = |text: String, prior: f64| {
        if texts.len() < MOST_OTHERS && seen.insert(text.clone()) {
            texts.push((text, prior));
        }
    };
    for id in view.code.ids().filter(|&id| is_text(view, id)) {
        keep(view.text(id).to_owned(), 0.003);
    }
    for quote in ['`', '"', '\''] {
        let quoted = view.code.doc.split(quote).skip(1).step_by(2);
        for text in quoted.filter(|text| text.len() < 20 && !text.contains(['\n', '"', '\\'])) {
            keep(format!("\"{text}\""), 0.004);
        }
    }
    for other in &view.around.functions {
        for id in other.ids().filter(|&id| matches!(other.nodes[id].kind, Kind::Literal(Literal::Text))) {
            if other.text(id).len() < 24 {
                keep(other.text(id).to_owned(), 0.0005);
            }
        }
    }
    texts
}

fn is_text(view: &View<'_>, id: Id) -> bool {
    matches!(view.kind(id), Kind::Literal(Literal::Text))
}

/// What stands between the quotes of a literal that is neither raw nor escaped.
pub(super) fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('\\'))
}

fn plain(view: &View<'_>, id: Id, texts: &[(String, f64)], ideas: &mut Ideas) {
    let text = view.text(id);
    for (other, prior) in texts.iter().filter(|(other, _)| other != text) {
        ideas.replace("text", *prior, view.range(id), other.clone());
    }
    let Some(inner) = unquoted(text) else { return };
    for (other, prior) in variations(inner) {
        ideas.replace("text", prior, view.range(id), format!("\"{other}\""));
    }
}

/// Texts that differ by case, by an end or by one repetition.
pub(super) fn variations(text: &str) -> Vec<(String, f64)> {
    let mut found = vec![(String::new(), 0.001)];
    let Some(first) = text.chars().next() else { return vec![(" ".to_owned(), 0.002)] };
    let rest = &text[first.len_utf8()..];
    let flipped: String =
        if first.is_lowercase() { first.to_uppercase().collect() } else { first.to_lowercase().collect() };
    found.push((format!("{flipped}{rest}"), 0.003));
    found.push((text.to_uppercase(), 0.001));
    found.push((text.to_lowercase(), 0.001));
    found.push((rest.to_owned(), 0.0015));
    found.push((first.to_string(), 0.0015));
    let last = text.chars().next_back().map_or(0, char::len_utf8);
    found.push((text[..text.len() - last].to_owned(), 0.003));
    if text.len() <= 3 {
        found.push((text.repeat(2), 0.002));
    }
    found.push((format!("{text}{first}"), 0.0005));
    found.push((format!("{text} "), 0.001));
    found.push((format!(" {text}"), 0.001));
    found.push((text.trim().to_owned(), 0.001));
    found.retain(|(other, _)| other != text);
    found
}

/// Ways to print that are often forgotten.
const SPECS: [(&str, f64); 9] = [
    (":02", 0.008),
    (":?", 0.002),
    (":03", 0.002),
    (":04", 0.002),
    (":.2", 0.004),
    (":.1", 0.003),
    (":.0", 0.001),
    (":x", 0.001),
    (":+", 0.0005),
];

fn format(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let range = view.range(id);
    let text = view.text(id);
    let spans = braces(text);
    for (start, end) in &spans {
        let inner = &text[start + 1..*end];
        let (name, spec) = inner.split_at(inner.find(':').unwrap_or(inner.len()));
        let at = range.start + start + 1 + name.len()..range.start + end;
        for (other, prior) in SPECS.iter().filter(|(other, _)| *other != spec) {
            ideas.replace("format", *prior, at.clone(), *other);
        }
        if !spec.is_empty() {
            ideas.replace("format", 0.002, at, "");
        }
        let named = range.start + start + 1..range.start + start + 1 + name.len();
        if !name.is_empty() {
            for binding in view.code.bindings_at(range.start) {
                if binding.name != name && binding.name != "self" && !matches!(binding.of, Type::Named(_)) {
                    ideas.replace("format-name", 0.002, named.clone(), binding.name.clone());
                }
            }
        }
    }
    exchanged(view, id, &spans, ideas);
    separators(view, id, &spans, ideas);
}

/// The placeholders of a format, as the places of their braces.
fn braces(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'{' if bytes.get(at + 1) == Some(&b'{') => at += 2,
            b'{' => {
                let Some(length) = text[at..].find('}') else { break };
                found.push((at, at + length));
                at += length + 1;
            }
            _ => at += 1,
        }
    }
    found
}

fn exchanged(view: &View<'_>, id: Id, spans: &[(usize, usize)], ideas: &mut Ideas) {
    let (range, text) = (view.range(id), view.text(id));
    if placeholders(text).count() < 2 {
        return;
    }
    for pair in spans.windows(2) {
        let part = |(start, end): (usize, usize)| range.start + start..range.start + end + 1;
        let (left, right) = (pair[0], pair[1]);
        let (first, second) = (text[left.0..=left.1].to_owned(), text[right.0..=right.1].to_owned());
        ideas.edit("swap-format", 0.004, vec![(part(left), second), (part(right), first)]);
    }
}

/// What stands between placeholders: other marks.
fn separators(view: &View<'_>, id: Id, spans: &[(usize, usize)], ideas: &mut Ideas) {
    let (range, text) = (view.range(id), view.text(id));
    for pair in spans.windows(2) {
        let between = pair[0].1 + 1..pair[1].0;
        let at = range.start + between.start..range.start + between.end;
        for mark in ["", " ", ", ", ",", ":", ": ", "-", ".", "/", "; ", "=", "x"] {
            if text[between.clone()] != *mark {
                ideas.replace("format", 0.0008, at.clone(), mark);
            }
        }
    }
}

//! Literals: numbers nearby, the other truth value, other characters of the function.

use std::collections::BTreeMap;

use crate::propose::search::code::{ATOM, Id, Kind, Literal, UNARY};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::types::Type;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    let known = Known::read(view);
    for id in view.code.ids() {
        match view.kind(id) {
            Kind::Literal(Literal::Int) => integer(view, id, &known, ideas),
            Kind::Literal(Literal::Float) => float(view, id, &known, ideas),
            Kind::Literal(Literal::Bool) => truth(view, id, ideas),
            Kind::Literal(Literal::Char | Literal::Byte) => character(view, id, &known, ideas),
            _ => {}
        }
    }
}

/// Literals of the function by their kind, with how often each stands there.
#[derive(Default)]
struct Known {
    integers: BTreeMap<i128, usize>,
    floats: Vec<String>,
    characters: Vec<String>,
    /// Numbers that the documentation names.
    told: Vec<i128>,
}

impl Known {
    fn read(view: &View<'_>) -> Self {
        let mut known = Self::default();
        for id in view.code.ids() {
            let text = view.text(id);
            match view.kind(id) {
                Kind::Literal(Literal::Int) => {
                    if let Some((value, _)) = number(text) {
                        *known.integers.entry(value).or_default() += 1;
                    }
                }
                Kind::Literal(Literal::Float) => known.floats.push(text.to_owned()),
                Kind::Literal(Literal::Char | Literal::Byte) => known.characters.push(text.to_owned()),
                _ => {}
            }
        }
        for list in [&mut known.floats, &mut known.characters] {
            list.sort();
            list.dedup();
        }
        let words = view.code.doc.split(|c: char| !c.is_ascii_digit());
        known.told = words.filter_map(|word| word.parse().ok()).take(20).collect();
        known
    }
}

/// The value of an integer literal and its suffix.
pub(super) fn number(text: &str) -> Option<(i128, &str)> {
    let suffix = text.find(['u', 'i', 'f']).filter(|_| !text.starts_with("0x")).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(suffix);
    let digits = digits.replace('_', "");
    let value = match digits.get(..2) {
        Some("0x") => i128::from_str_radix(&digits[2..], 16),
        Some("0b") => i128::from_str_radix(&digits[2..], 2),
        Some("0o") => i128::from_str_radix(&digits[2..], 8),
        _ => digits.parse(),
    };
    Some((value.ok()?, suffix))
}

fn integer(view: &View<'_>, id: Id, known: &Known, ideas: &mut Ideas) {
    let Some((value, suffix)) = number(view.text(id)) else { return };
    // One more or less than a small number is a slip; than a large or a round one, it hardly ever is.
    let step = match value.abs() {
        0..=9 => 0.010,
        10..=99 if value % 10 != 0 => 0.004,
        _ => 0.001,
    };
    let mut near = vec![
        (value + 1, step),
        (value - 1, step),
        (0, 0.007),
        (1, 0.007),
        (2, 0.004),
        (-1, 0.003),
        (10, 0.0008),
        (100, 0.0005),
        (value * 10, 0.0015),
        (value / 10, 0.001),
        (value * 2, 0.0015),
        (value / 2, 0.0008),
        (3, 0.0006),
        (value + 2, 0.0012),
        (value - 2, 0.0012),
    ];
    near.extend(known.integers.iter().map(|(&other, &times)| (other, 0.002 + 0.0005 * times.min(4) as f64)));
    near.extend(known.told.iter().map(|&told| (told, 0.006)));
    for (other, prior) in near {
        let fits = other >= 0 || (view.of(id).is_signed() && !view.code.nodes[id].in_pattern);
        if other != value && fits {
            let tightness = if other < 0 { UNARY } else { ATOM };
            let (range, text) = view.at(id, &format!("{other}{suffix}"), tightness);
            ideas.replace("literal", prior * place(view, id), range, text);
        }
    }
    if !view.code.nodes[id].in_pattern {
        named(view, id, ideas);
    }
}

/// A value in scope where a number was written.
fn named(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    for value in view.values_at(view.range(id).start) {
        if view.of(id).fit(&value.of) >= 1.0 {
            ideas.replace("literal-name", 0.0025 * value.weight.min(2.0), view.range(id), value.text);
        }
    }
}

/// Numbers in comparisons, starts and steps are wrong more often than those in tables.
fn place(view: &View<'_>, id: Id) -> f64 {
    let parent = view.code.nodes[id].parent;
    match parent.map(|parent| view.kind(parent)) {
        Some(Kind::Array(_)) => 0.4,
        Some(Kind::Macro { .. }) => 0.5,
        _ => 1.0,
    }
}

fn float(view: &View<'_>, id: Id, known: &Known, ideas: &mut Ideas) {
    let text = view.text(id);
    let digits = text.trim_end_matches("f32").trim_end_matches("f64");
    let suffix = &text[digits.len()..];
    let Ok(value) = digits.replace('_', "").parse::<f64>() else { return };
    let mut near = vec![
        (0.0, 0.006),
        (1.0, 0.006),
        (2.0, 0.004),
        (0.5, 0.003),
        (value + 1.0, 0.006),
        (value - 1.0, 0.005),
        (-value, 0.004),
        (value * 2.0, 0.002),
        (value / 2.0, 0.002),
        (value * 10.0, 0.002),
        (value / 10.0, 0.002),
        (100.0, 0.001),
    ];
    if value != 0.0 {
        near.push((1.0 / value, 0.003));
    }
    near.extend(known.floats.iter().filter_map(|other| Some((other.parse::<f64>().ok()?, 0.003))));
    near.extend(known.told.iter().map(|&told| (told as f64, 0.003)));
    for (other, prior) in near {
        if other != value && (other >= 0.0 || !view.code.nodes[id].in_pattern) {
            let tightness = if other < 0.0 { UNARY } else { ATOM };
            let (range, text) = view.at(id, &format!("{other:?}{suffix}"), tightness);
            ideas.replace("literal", prior, range, text);
        }
    }
}

fn truth(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let other = if view.text(id) == "true" { "false" } else { "true" };
    ideas.replace("literal", 0.015, view.range(id), other);
}

/// Characters that are often meant when the other is written.
const MATES: [&str; 8] = ["()[]{}<>", ".,;:", "+-", "*/%", "'\"`", " _-\t", "/\\", "!?"];

fn character(view: &View<'_>, id: Id, known: &Known, ideas: &mut Ideas) {
    let text = view.text(id);
    let (prefix, quoted) = if text.starts_with('b') { text.split_at(1) } else { ("", text) };
    let mut inner = quoted.trim_matches('\'').chars();
    let others = known.characters.iter().filter(|other| other.starts_with('b') != prefix.is_empty());
    for other in others.filter(|other| *other != text) {
        ideas.replace("literal", 0.004, view.range(id), other.clone());
    }
    if let (Some(c), None) = (inner.next(), inner.next()) {
        for (other, prior) in relatives(c) {
            let other = other.escape_default();
            ideas.replace("literal", prior, view.range(id), format!("{prefix}'{other}'"));
        }
    }
}

fn relatives(c: char) -> Vec<(char, f64)> {
    let mut relatives = Vec::new();
    if c.is_ascii_alphabetic() {
        relatives.push(((c as u8 ^ 0x20) as char, 0.004));
        for step in [-1_i32, 1] {
            let next = u32::try_from(c as i32 + step).ok().and_then(char::from_u32);
            relatives.extend(next.filter(char::is_ascii_alphabetic).map(|next| (next, 0.002)));
        }
    }
    if c.is_ascii_digit() {
        relatives.extend(('0'..='9').map(|digit| (digit, 0.001)));
    }
    for mates in MATES {
        if mates.contains(c) {
            relatives.extend(mates.chars().map(|mate| (mate, 0.003)));
        }
    }
    relatives.retain(|(other, _)| *other != c);
    relatives
}

/// A literal of a type that stands for nothing, one, or the like.
pub(super) fn plain(of: &Type) -> &'static [&'static str] {
    match of {
        Type::Int(name) if name.starts_with('u') => &["0", "1"],
        Type::Int(_) => &["0", "1", "-1"],
        Type::Float(_) => &["0.0", "1.0"],
        Type::Bool => &["false", "true"],
        Type::Option(_) => &["None"],
        Type::List(_) => &["Vec::new()"],
        Type::Text => &["String::new()", "\"\""],
        _ => &[],
    }
}

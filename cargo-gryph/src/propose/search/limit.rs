//! Where values end: arithmetic that overflows, numbers that are too narrow, texts counted in bytes.
//!
//! These are what a function that passes ordinary examples fails at, see [`HARDENING`].

use std::collections::BTreeMap;

use crate::propose::search::code::{ATOM, CAST, Id, Kind, of_sign};
use crate::propose::search::idea::{Change, Ideas, View};
use crate::propose::search::types::Type;

/// The operators of this family: they leave alone what a function does with ordinary values.
pub const HARDENING: [&str; 3] = ["count", "checked", "widen"];

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        match view.kind(id) {
            Kind::Method { receiver, name, arguments } if arguments.is_empty() => {
                match view.code.slice(name) {
                    "len" => characters(view, id, *receiver, ideas),
                    "count" => bytes(view, id, *receiver, ideas),
                    "abs" => apart(view, id, *receiver, ideas),
                    own @ ("sum" | "product") => wide_total(view, id, *receiver, own, ideas),
                    "char_indices" => {
                        let text = format!("{}.chars().enumerate()", view.operand(*receiver, ATOM));
                        ideas.replace("count", 0.005 * told(view), view.range(id), text);
                    }
                    _ => {}
                }
            }
            Kind::Binary { left, right, .. } => arithmetic(view, id, *left, *right, ideas),
            _ => {}
        }
    }
    all_lengths(view, ideas);
}

/// How much likelier it is that characters are meant, where the documentation speaks of them.
fn told(view: &View<'_>) -> f64 {
    if ["character", "characters", "letter", "letters"].iter().any(|word| view.is_mentioned(word)) {
        2.0
    } else {
        1.0
    }
}

/// The length of a text in characters instead of bytes.
fn characters(view: &View<'_>, id: Id, receiver: Id, ideas: &mut Ideas) {
    if let Some(change) = length(view, id, receiver) {
        ideas.edit("count", 0.006 * told(view), vec![change]);
    }
}

fn length(view: &View<'_>, id: Id, receiver: Id) -> Option<Change> {
    let may_be_text = matches!(view.of(receiver), Type::Text | Type::Unknown);
    may_be_text.then(|| (view.range(id), format!("{}.chars().count()", view.operand(receiver, ATOM))))
}

/// The other way round.
fn bytes(view: &View<'_>, id: Id, receiver: Id, ideas: &mut Ideas) {
    let text = view.text(receiver);
    if let Some(text) = text.strip_suffix(".chars()") {
        ideas.replace("count", 0.003, view.range(id), format!("{text}.len()"));
    }
}

/// Every length of one text at once: they are compared with each other.
fn all_lengths(view: &View<'_>, ideas: &mut Ideas) {
    let mut lengths: BTreeMap<&str, Vec<Change>> = BTreeMap::new();
    for id in view.code.expressions() {
        if let Kind::Method { receiver, name, arguments } = view.kind(id)
            && arguments.is_empty()
            && view.code.slice(name) == "len"
            && let Some(change) = length(view, id, *receiver)
        {
            lengths.entry(view.text(*receiver)).or_default().push(change);
        }
    }
    for changes in lengths.into_values().filter(|changes| changes.len() > 1) {
        ideas.edit("count", 0.005 * told(view), changes);
    }
}

/// `(a - b).abs()` overflows where `a.abs_diff(b)` does not.
fn apart(view: &View<'_>, id: Id, receiver: Id, ideas: &mut Ideas) {
    let inner = match view.kind(receiver) {
        Kind::Paren(inner) => *inner,
        _ => return,
    };
    if let Kind::Binary { left, right, .. } = view.kind(inner)
        && view.code.sign(inner) == "-"
        && view.of(inner).may_be_integer()
    {
        let text = format!("{}.abs_diff({})", view.operand(*left, ATOM), view.text(*right));
        ideas.replace("checked", 0.006, view.range(id), text);
        for wide in wider(view.of(inner)) {
            let text = format!("({} as {wide} - {} as {wide}).abs()", cast(view, *left), cast(view, *right));
            ideas.replace("widen", 0.003, view.range(id), text);
        }
    }
}

/// A sum in a type that holds it.
fn wide_total(view: &View<'_>, id: Id, receiver: Id, own: &str, ideas: &mut Ideas) {
    let element = view.of(receiver).element();
    for wide in wider(&element) {
        for item in ["&value", "value"] {
            let text = format!("{}.map(|{item}| value as {wide}).{own}::<{wide}>()", view.text(receiver));
            ideas.replace("widen", 0.0025, view.range(id), text);
        }
    }
}

fn arithmetic(view: &View<'_>, id: Id, left: Id, right: Id, ideas: &mut Ideas) {
    let name = match view.code.sign(id) {
        "+" => "add",
        "-" => "sub",
        "*" => "mul",
        _ => return,
    };
    let of = view.of(id);
    if !of.may_be_integer() {
        return;
    }
    let is_unsigned = matches!(of, Type::Int(name) if name.starts_with('u'));
    let call = |how: &str, end: &str| {
        let text = format!("{}.{how}_{name}({}){end}", view.operand(left, ATOM), view.text(right));
        view.at(id, &text, ATOM)
    };
    let below_nought = if is_unsigned && name == "sub" { 2.0 } else { 1.0 };
    ideas.edit("checked", 0.0025 * below_nought, vec![call("saturating", "")]);
    ideas.edit("checked", 0.0010, vec![call("wrapping", "")]);
    if matches!(view.code.output, Type::Option(_)) {
        ideas.edit("checked", 0.004, vec![call("checked", "?")]);
    }
    if name == "sub" {
        let text = format!("{}.abs_diff({})", view.operand(left, ATOM), view.text(right));
        ideas.edit("checked", 0.0015 * below_nought, vec![view.at(id, &text, ATOM)]);
    }
    for wide in wider(of) {
        let sign = view.code.sign(id);
        let text = format!("{} as {wide} {sign} {} as {wide}", cast(view, left), cast(view, right));
        ideas.edit("widen", 0.0012, vec![view.at(id, &text, of_sign(sign))]);
    }
}

fn cast(view: &View<'_>, id: Id) -> String {
    view.operand(id, CAST)
}

/// Types that hold what two or many of a type add up to.
fn wider(of: &Type) -> &'static [&'static str] {
    match of {
        Type::Int(name) => match name.as_str() {
            "i8" | "i16" | "i32" => &["i64"],
            "i64" | "isize" => &["i128"],
            "u8" | "u16" | "u32" => &["u64", "i64"],
            "u64" | "usize" => &["u128"],
            _ => &["i64", "u64"],
        },
        Type::Unknown => &["i64", "u64"],
        _ => &[],
    }
}

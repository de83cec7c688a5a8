//! Method calls: the sibling that was meant, the call left out, arguments in another order.

use std::ops::Range;

use crate::propose::search::code::{Id, Kind};
use crate::propose::search::idea::{Ideas, View};

/// Methods that are taken for each other.
const FAMILIES: [&[&str]; 63] = [
    &["min", "max"],
    &["any", "all"],
    &["first", "last"],
    &["first_mut", "last_mut"],
    &["split_first", "split_last"],
    &["skip", "take", "step_by"],
    &["skip_while", "take_while", "filter"],
    &["push_front", "push_back"],
    &["pop_front", "pop_back"],
    &["front", "back"],
    &["front_mut", "back_mut"],
    &["is_some", "is_none"],
    &["is_ok", "is_err"],
    &["to_uppercase", "to_lowercase"],
    &["to_ascii_uppercase", "to_ascii_lowercase", "to_uppercase", "to_lowercase"],
    &["make_ascii_uppercase", "make_ascii_lowercase"],
    &["is_uppercase", "is_lowercase", "is_alphabetic", "is_alphanumeric"],
    &["is_ascii_uppercase", "is_ascii_lowercase", "is_ascii_alphabetic", "is_ascii_alphanumeric"],
    &["is_alphabetic", "is_alphanumeric", "is_numeric", "is_ascii_digit", "is_whitespace"],
    &[
        "is_ascii_alphabetic",
        "is_ascii_alphanumeric",
        "is_ascii_digit",
        "is_ascii_punctuation",
        "is_ascii_hexdigit",
    ],
    &["is_positive", "is_negative"],
    &["is_sign_positive", "is_sign_negative"],
    &["floor", "ceil", "round", "trunc"],
    &["sum", "product"],
    &["checked_add", "checked_sub", "checked_mul"],
    &["saturating_add", "saturating_sub", "saturating_mul"],
    &["wrapping_add", "wrapping_sub", "wrapping_mul", "saturating_add", "saturating_sub"],
    &["saturating_sub", "wrapping_sub", "abs_diff"],
    &["checked_div", "checked_rem"],
    &["trim", "trim_start", "trim_end"],
    &["trim_start_matches", "trim_end_matches", "trim_matches"],
    &["strip_prefix", "strip_suffix"],
    &["starts_with", "ends_with", "contains"],
    &["find", "rfind"],
    &["position", "rposition"],
    &["split", "rsplit", "split_terminator", "split_inclusive"],
    &["split_once", "rsplit_once"],
    &["splitn", "rsplitn"],
    &["split_whitespace", "lines", "split_ascii_whitespace"],
    &["next", "next_back", "last", "peek"],
    &["chars", "bytes"],
    &["keys", "values"],
    &["contains", "contains_key"],
    &["or_insert", "insert"],
    &["and", "or", "xor"],
    &["and_then", "or_else"],
    &["intersection", "union", "difference", "symmetric_difference"],
    &["is_subset", "is_superset", "is_disjoint"],
    &["filter", "filter_map", "map", "flat_map"],
    &["min_by", "max_by"],
    &["min_by_key", "max_by_key"],
    &["sort", "sort_unstable", "reverse"],
    &["lt", "le", "gt", "ge"],
    &["leading_zeros", "trailing_zeros", "count_ones", "count_zeros", "leading_ones", "trailing_ones"],
    &["rotate_left", "rotate_right"],
    &["sin", "cos", "tan"],
    &["windows", "chunks", "chunks_exact"],
    &["div_euclid", "rem_euclid"],
    &["fold", "rfold"],
    &["range", "range_mut"],
    &["replace", "replacen"],
    &["get", "get_mut", "remove"],
    &["push", "extend", "append", "push_str"],
];

/// Calls that change what is computed and may be left out.
const OPTIONAL: [(&str, f64); 36] = [
    ("rev", 0.010),
    ("abs", 0.008),
    ("skip", 0.008),
    ("take", 0.006),
    ("step_by", 0.006),
    ("filter", 0.004),
    ("map", 0.002),
    ("trim", 0.006),
    ("trim_start", 0.006),
    ("trim_end", 0.006),
    ("to_lowercase", 0.006),
    ("to_uppercase", 0.006),
    ("to_ascii_lowercase", 0.006),
    ("to_ascii_uppercase", 0.006),
    ("floor", 0.004),
    ("ceil", 0.004),
    ("round", 0.004),
    ("sqrt", 0.004),
    ("min", 0.006),
    ("max", 0.006),
    ("clamp", 0.004),
    ("take_while", 0.004),
    ("skip_while", 0.004),
    ("chain", 0.004),
    ("cycle", 0.004),
    ("reverse", 0.008),
    ("dedup", 0.002),
    ("pow", 0.003),
    ("is_empty", 0.0),
    ("then", 0.003),
    ("then_with", 0.003),
    ("saturating_sub", 0.003),
    ("rem_euclid", 0.003),
    ("replace", 0.002),
    ("fract", 0.002),
    ("sum", 0.0),
];

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        match view.kind(id) {
            Kind::Method { receiver, name, arguments, .. } => {
                siblings(view, name, ideas);
                left_out(view, id, (*receiver, name), ideas);
                order(view, id, (*receiver, name), arguments, ideas);
                exchanged(view, arguments, ideas);
            }
            Kind::Call { arguments, function } => {
                exchanged(view, arguments, ideas);
                path(view, *function, ideas);
                if let [only] = arguments[..] {
                    let (range, text) = view.at(id, view.text(only), view.code.tightness(only));
                    ideas.replace("drop-call", 0.002, range, text);
                }
            }
            Kind::Macro { arguments, name } if name != "vec" => exchanged(view, arguments, ideas),
            Kind::Tuple(parts) | Kind::Array(parts) | Kind::Struct { values: parts } => {
                exchanged(view, parts, ideas)
            }
            Kind::Macro { arguments, .. } => exchanged(view, arguments, ideas),
            Kind::Closure { body } => compared(view, *body, ideas),
            _ => {}
        }
    }
}

fn siblings(view: &View<'_>, name: &Range<usize>, ideas: &mut Ideas) {
    let own = view.code.slice(name);
    for family in FAMILIES.iter().filter(|family| family.contains(&own)) {
        for other in family.iter().filter(|other| **other != own) {
            let told = if view.is_mentioned(other) { 1.5 } else { 1.0 };
            let prior = if family.len() == 2 { 0.014 } else { 0.007 };
            ideas.replace("method", prior * told, name.clone(), *other);
        }
    }
    // The variant that gives way, and back.
    for (one, other) in [
        ("unwrap", "unwrap_or_default"),
        ("sort_by", "sort_unstable_by"),
        ("iter", "iter().rev"),
        ("chars", "chars().rev"),
        ("bytes", "bytes().rev"),
        ("into_iter", "into_iter().rev"),
        ("enumerate", "enumerate().skip(1)"),
        ("iter", "iter().skip(1)"),
        ("to_lowercase", "trim().to_lowercase"),
        ("parse", "trim().parse"),
    ] {
        let prior = if other.contains("rev") { 0.004 } else { 0.0015 };
        if own == one {
            ideas.replace("method", prior, name.clone(), other);
        }
    }
}

/// Functions that are named by their path: `cmp::min`, `i32::abs`.
fn path(view: &View<'_>, function: Id, ideas: &mut Ideas) {
    let range = view.range(function);
    let text = view.text(function);
    let Some(last) = text.rsplit("::").next() else { return };
    for family in FAMILIES.iter().filter(|family| family.contains(&last)) {
        for other in family.iter().filter(|other| **other != last) {
            ideas.replace("method", 0.008, range.end - last.len()..range.end, *other);
        }
    }
}

fn left_out(view: &View<'_>, id: Id, (receiver, name): (Id, &Range<usize>), ideas: &mut Ideas) {
    let own = view.code.slice(name);
    let listed = OPTIONAL.iter().find(|(method, _)| *method == own).map(|(_, prior)| *prior);
    let prior = listed.unwrap_or(0.0008);
    let (range, text) = view.at(id, view.text(receiver), view.code.tightness(receiver));
    ideas.replace("drop-call", prior, range, text);
}

/// Comparisons the other way round: `a.cmp(b)` for `b.cmp(a)`, or reversed, and what follows a tie.
fn order(
    view: &View<'_>,
    id: Id,
    (receiver, name): (Id, &Range<usize>),
    arguments: &[Id],
    ideas: &mut Ideas,
) {
    let own = view.code.slice(name);
    if let ("cmp" | "partial_cmp" | "total_cmp", [argument]) = (own, arguments) {
        let (left, right) = (view.text(receiver), view.text(*argument));
        let bare = right.trim_start_matches('&');
        let back = if right.starts_with('&') { format!("&{left}") } else { left.to_owned() };
        let changes = vec![(view.range(receiver), bare.to_owned()), (view.range(*argument), back)];
        ideas.edit("reverse-order", 0.010, changes);
        let end = view.range(id).end;
        if own != "partial_cmp" {
            ideas.replace("reverse-order", 0.006, end..end, ".reverse()");
        }
    }
    if let (
        [argument],
        "sub" | "saturating_sub" | "checked_sub" | "wrapping_sub" | "div_euclid" | "rem_euclid" | "zip"
        | "pow" | "is_subset" | "difference" | "starts_with" | "contains" | "min" | "chain",
    ) = (arguments, own)
    {
        let changes = vec![
            (view.range(receiver), view.operand(*argument, crate::propose::search::code::ATOM)),
            (view.range(*argument), view.text(receiver).to_owned()),
        ];
        ideas.edit("swap-receiver", 0.003, changes);
    }
}

/// Neighbouring arguments, elements or values in the other order.
fn exchanged(view: &View<'_>, parts: &[Id], ideas: &mut Ideas) {
    for pair in parts.windows(2) {
        let fit = view.of(pair[0]).fit(view.of(pair[1]));
        let text = |id: Id| view.text(id).to_owned();
        let changes = vec![(view.range(pair[0]), text(pair[1])), (view.range(pair[1]), text(pair[0]))];
        ideas.edit("swap-arguments", 0.012 * fit, changes);
    }
}

/// The last value of a closure that compares, reversed.
fn compared(view: &View<'_>, body: Id, ideas: &mut Ideas) {
    if view.text(body).contains("cmp(") && !matches!(view.kind(body), Kind::Block(_)) {
        let (range, text) =
            view.at(body, &view.with_call(body, ".reverse()"), crate::propose::search::code::ATOM);
        ideas.replace("reverse-order", 0.005, range, text);
    }
}

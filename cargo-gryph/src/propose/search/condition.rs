//! Conditions: turned round, weakened, and strengthened by conditions that stand elsewhere.

use std::collections::BTreeSet;

use crate::propose::search::code::{self, Code, Id, Kind, of_sign};
use crate::propose::search::idea::{Ideas, Value, View};
use crate::propose::search::rebind::Part;
use crate::propose::search::types::Type;

/// Conditions that are added to one.
const MOST_ADDED: usize = 60;
/// Bytes of a condition worth adding.
const LONGEST: usize = 80;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions().filter(|&id| is_condition(view, id)) {
        turned(view, id, ideas);
        strengthened(view, id, ideas);
    }
    for id in view.code.expressions() {
        if let Kind::Match { arms } = view.kind(id) {
            for arm in arms {
                if let Some(guard) = arm.guard {
                    ideas.replace("drop-guard", 0.004, arm.pattern.end..view.range(guard).end, "");
                }
            }
        }
    }
}

/// Whether a value decides something: an `if`, a loop, a guard, a filter, a truth that is returned.
pub(super) fn is_condition(view: &View<'_>, id: Id) -> bool {
    if *view.of(id) == Type::Bool && !matches!(view.kind(id), Kind::Literal(_) | Kind::Let) {
        return true;
    }
    let decides = view.code.nodes[id].parent.is_some_and(|parent| match view.kind(parent) {
        Kind::If { condition, .. } | Kind::While { condition, .. } => *condition == id,
        Kind::Binary { .. } => code::is_logic(view.code.sign(parent)),
        _ => false,
    });
    decides && view.of(id).may_be_bool() && !matches!(view.kind(id), Kind::Let | Kind::Paren(_))
}

fn turned(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    if let Kind::Unary { sign: '!', .. } = view.kind(id) {
        return;
    }
    // The opposite of a comparison is a comparison, which other rules write.
    let is_comparison = code::is_comparison(view.code.sign(id));
    let holds_let =
        matches!(view.kind(id), Kind::Binary { left, .. } if matches!(view.kind(*left), Kind::Let));
    if is_comparison || holds_let {
        return;
    }
    let text = format!("!{}", view.operand(id, code::UNARY));
    let (range, text) = view.at(id, &text, code::UNARY);
    ideas.replace("negate", if code::is_logic(view.code.sign(id)) { 0.004 } else { 0.012 }, range, text);
}

fn strengthened(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    // Inside a longer condition only the whole is extended.
    let inner = view.code.outer(id).is_some_and(|outer| code::is_logic(view.code.sign(outer)));
    let (range, at) = (view.range(id), view.range(id).start);
    let decides = view.code.nodes[id]
        .parent
        .is_none_or(|parent| !matches!(view.kind(parent), Kind::Unary { .. } | Kind::Paren(_)));
    if inner || !decides || view.code.tightness(id) == code::LOOSE {
        return;
    }
    for condition in conditions_at(view, at, range).into_iter().take(MOST_ADDED) {
        for (sign, prior) in [("&&", 0.0016), ("||", 0.0012)] {
            let own = of_sign(sign);
            let left = view.operand(id, own);
            let right = if condition.tightness <= own {
                format!("({})", condition.text)
            } else {
                condition.text.clone()
            };
            let (range, text) = view.at(id, &format!("{left} {sign} {right}"), own);
            ideas.replace("add-condition", prior * condition.weight, range, text);
        }
    }
}

/// Conditions that can be asked at a place: from the function, made from values in scope, from the crate.
pub(super) fn conditions_at(view: &View<'_>, at: usize, except: std::ops::Range<usize>) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut found = made(view, at);
    for part in view.conditions.iter().filter(|part| part.range != except) {
        let values = part.bound_at(view, at).into_iter();
        found.extend(values.map(|(text, weight)| Value {
            text,
            of: Type::Bool,
            tightness: part.tightness,
            weight: weight * part.weight,
        }));
    }
    found.extend(varied(view, at));
    found.retain(|value| value.text.len() <= LONGEST && seen.insert(value.text.clone()));
    found.sort_by(|left, right| right.weight.total_cmp(&left.weight));
    found
}

/// The conditions of `from` that may be asked in `code`.
pub(super) fn parts<'a>(code: &'a Code, from: &'a Code) -> Vec<Part<'a>> {
    let weight = nearness(code, from);
    let ids = from.expressions().filter(|&id| is_ingredient(from, id));
    ids.map(|id| Part::new(from, from.nodes[id].range.clone(), from.tightness(id), weight)).collect()
}

/// How much an ingredient of `from` is worth in `code`.
pub(super) fn nearness(code: &Code, from: &Code) -> f64 {
    if from.body == code.body && *from.file == *code.file {
        1.2
    } else if from.own == code.own {
        0.6
    } else {
        0.25
    }
}

fn is_ingredient(code: &Code, id: Id) -> bool {
    let node = &code.nodes[id];
    let parent = node.parent.map(|parent| &code.nodes[parent].kind);
    let decides = matches!(parent, Some(Kind::If { condition, .. } | Kind::While { condition, .. }) if *condition == id);
    let is_joined = node.parent.is_some_and(|parent| code::is_logic(code.sign(parent)));
    let is_bool = node.of == Type::Bool || ((decides || is_joined) && node.of == Type::Unknown);
    is_bool
        && !matches!(
            node.kind,
            Kind::Literal(_)
                | Kind::Let
                | Kind::Paren(_)
                | Kind::Closure { .. }
                | Kind::If { .. }
                | Kind::Match { .. }
                | Kind::Block(_)
        )
        && node.range.len() <= LONGEST
        && !code.text(id).contains(['\n', '{'])
        && !code.text(id).contains("let ")
}

/// The function's own comparisons with another operator, and with two of their names exchanged.
fn varied(view: &View<'_>, at: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let visible = |part: &Part<'_>| part.is_of(view.code) && !part.bound_at(view, at).is_empty();
    for part in view.conditions.iter().filter(|part| visible(part)) {
        let mut keep = |text: String, weight: f64| {
            found.push(Value { text, of: Type::Bool, tightness: part.tightness, weight });
        };
        part.exchanged().into_iter().for_each(|text| keep(text, 0.5));
        let comparison = |id: &Id| code::is_comparison(view.code.sign(*id)) && view.range(*id) == part.range;
        let Some(id) = view.code.expressions().find(comparison) else { continue };
        let Kind::Binary { sign, .. } = view.kind(id) else { continue };
        let (before, after) = (part.range.start..sign.start, sign.end..part.range.end);
        for other in ["==", "!=", "<", "<=", ">", ">="] {
            keep(format!("{}{other}{}", view.code.slice(&before), view.code.slice(&after)), 0.45);
        }
    }
    found
}

/// Conditions on the values in scope that stand nowhere yet.
fn made(view: &View<'_>, at: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut keep = |text: String, tightness: u8, weight: f64| {
        found.push(Value { text, of: Type::Bool, tightness, weight });
    };
    let values = view.values_at(at);
    for value in values.iter().filter(|value| value.text != "self") {
        let (name, weight) = (&value.text, value.weight.min(2.0));
        match &value.of {
            Type::Bool => {
                keep(name.clone(), code::ATOM, 1.2 * weight);
                keep(format!("!{name}"), code::UNARY, 1.2 * weight);
            }
            Type::Int(_) => {
                keep(format!("{name} == 0"), 4, 0.8 * weight);
                keep(format!("{name} > 0"), 4, 0.4 * weight);
                keep(format!("{name} < 2"), 4, 0.15 * weight);
                keep(format!("{name} < 0"), 4, if value.of.is_signed() { 0.4 } else { 0.0 } * weight);
                keep(format!("{name} % 2 == 1"), 4, 0.15 * weight);
                keep(format!("{name} % 2 == 0"), 4, 0.15 * weight);
            }
            Type::Text | Type::List(_) | Type::Set(_) | Type::Map(..) => {
                keep(format!("{name}.is_empty()"), code::ATOM, 0.7 * weight);
                keep(format!("!{name}.is_empty()"), code::UNARY, 0.4 * weight);
            }
            Type::Option(_) => {
                keep(format!("{name}.is_none()"), code::ATOM, 0.4 * weight);
                keep(format!("{name}.is_some()"), code::ATOM, 0.4 * weight);
            }
            _ => {}
        }
    }
    compared(&values, &mut keep);
    memberships(&values, &mut keep);
    found.retain(|value| value.weight > 0.0);
    found
}

/// Two values of the same type against each other.
fn compared(values: &[Value], keep: &mut impl FnMut(String, u8, f64)) {
    let numbers: Vec<&Value> =
        values.iter().filter(|value| value.of.is_number() || value.of == Type::Char).collect();
    for (index, left) in numbers.iter().enumerate() {
        for right in numbers.iter().skip(index + 1).filter(|right| left.of.fit(&right.of) >= 1.0) {
            let weight = 0.25 * left.weight.min(2.0) * right.weight.min(2.0);
            for sign in ["==", "!=", "<", "<=", ">", ">="] {
                keep(format!("{} {sign} {}", left.text, right.text), 4, weight);
            }
        }
        for list in values.iter().filter(|value| matches!(value.of, Type::List(_))) {
            if matches!(&left.of, Type::Int(name) if name == "usize" || name.is_empty()) {
                for sign in ["==", "<", ">="] {
                    keep(format!("{} {sign} {}.len()", left.text, list.text), 4, 0.3 * left.weight.min(2.0));
                }
            }
        }
    }
}

/// Whether one value holds another.
fn memberships(values: &[Value], keep: &mut impl FnMut(String, u8, f64)) {
    for holder in values {
        let (method, element) = match &holder.of {
            Type::Set(of) => ("contains", of),
            Type::List(of) => ("contains", of),
            Type::Map(key, _) => ("contains_key", key),
            _ => continue,
        };
        for value in values.iter().filter(|value| element.fit(&value.of) >= 1.0) {
            let weight = 0.4 * value.weight.min(2.0);
            keep(format!("{}.{method}(&{})", holder.text, value.text), code::ATOM, weight);
            keep(format!("!{}.{method}(&{})", holder.text, value.text), code::UNARY, weight);
        }
    }
}

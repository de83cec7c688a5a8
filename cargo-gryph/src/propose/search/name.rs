//! Names: another variable, field, constant, function or variant that fits.

use std::ops::Range;

use crate::propose::search::code::{ATOM, Id, Kind};
use crate::propose::search::facts::Payload;
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::types::Type;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.ids() {
        match view.kind(id) {
            Kind::Name(name) => {
                variable(view, id, name, ideas);
                function(view, id, name, ideas);
            }
            Kind::Field { base, member } => {
                variable(view, id, view.text(id), ideas);
                member_of(view, (*base, member), ideas);
            }
            Kind::Path(path) => variant(view, id, path, ideas),
            Kind::Method { receiver, name, arguments, .. } => {
                own_method(view, (*receiver, name), arguments.len(), ideas);
            }
            _ => {}
        }
    }
}

fn is_called(view: &View<'_>, id: Id) -> bool {
    let parent = view.code.nodes[id].parent;
    parent.is_some_and(|parent| matches!(view.kind(parent), Kind::Call { function, .. } if *function == id))
}

/// Another value in scope. What is used nowhere else is the likeliest.
fn variable(view: &View<'_>, id: Id, name: &str, ideas: &mut Ideas) {
    let node = &view.code.nodes[id];
    if node.in_pattern || is_called(view, id) {
        return;
    }
    // A field's own base is replaced by what has such a field.
    let member = node.parent.and_then(|parent| match view.kind(parent) {
        Kind::Field { base, member } if *base == id => Some(view.code.slice(member)),
        _ => None,
    });
    for value in view.values_at(node.range.start) {
        let fit = match member {
            Some(member) => {
                let has = view.around.facts.field(&value.of, member).is_known();
                if has { 1.0 } else { 0.1 * node.of.fit(&value.of) }
            }
            None => node.of.fit(&value.of),
        };
        let is_part = value.text.starts_with(name) && value.text[name.len()..].starts_with('.');
        if value.text != name && fit > 0.0 {
            let prior = 0.008 * fit * value.weight.min(2.0) * if is_part { 0.3 } else { 1.0 };
            ideas.replace("name", prior, node.range.clone(), value.text);
        }
    }
}

/// Another field of the same struct.
fn member_of(view: &View<'_>, (base, member): (Id, &Range<usize>), ideas: &mut Ideas) {
    let name = view.code.slice(member);
    let own = view.around.facts.field(view.of(base), name);
    match view.of(base) {
        Type::Named(of) => {
            for (other, ty) in view.around.facts.fields.get(of).into_iter().flatten() {
                let prior = 0.010 * own.fit(ty).max(0.02);
                if other != name {
                    ideas.replace("field", prior, member.clone(), other.clone());
                }
            }
        }
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
            for other in ["0", "1", "2"].iter().filter(|other| **other != name) {
                let prior = if *other == "2" { 0.001 } else { 0.010 };
                ideas.replace("field", prior, member.clone(), *other);
            }
        }
        _ => {
            let fields = view
                .around
                .facts
                .fields
                .values()
                .filter(|fields| fields.iter().any(|(field, _)| field == name));
            for (other, _) in fields.flatten().filter(|(other, _)| other != name) {
                ideas.replace("field", 0.003, member.clone(), other.clone());
            }
        }
    }
}

/// Another variant of the same enum.
fn variant(view: &View<'_>, id: Id, path: &str, ideas: &mut Ideas) {
    let range = view.range(id);
    let Some((before, last)) = path.rsplit_once("::") else { return constant(view, id, path, ideas) };
    let before = before.rsplit("::").next().unwrap_or(before);
    let own = if before == "Self" { view.code.own.as_str() } else { before };
    if let Some(variants) = view.around.facts.variants.get(own) {
        let payload = variants.iter().find(|(name, _)| name == last).map(|(_, payload)| *payload);
        let end = range.end;
        for (other, shape) in variants.iter().filter(|(other, _)| other != last) {
            let prior = match payload {
                Some(payload) if payload == *shape => 0.008,
                Some(Payload::Tuple(_) | Payload::Fields) | None => 0.0005,
                Some(Payload::Nothing) => 0.001,
            };
            let prior = if view.code.nodes[id].in_pattern { prior * 0.6 } else { prior };
            ideas.replace("variant", prior, end - last.len()..end, other.clone());
        }
        return;
    }
    standard_constant(view, id, path, ideas);
    associated(view, id, (before, last), ideas);
}

const SIBLINGS: [[&str; 2]; 10] = [
    ["MIN", "MAX"],
    ["Less", "Greater"],
    ["INFINITY", "NEG_INFINITY"],
    ["Included", "Excluded"],
    ["Less", "Equal"],
    ["Greater", "Equal"],
    ["Equal", "Less"],
    ["Equal", "Greater"],
    ["MAX", "MIN"],
    ["EPSILON", "MIN_POSITIVE"],
];

fn standard_constant(view: &View<'_>, id: Id, path: &str, ideas: &mut Ideas) {
    let range = view.range(id);
    for [one, other] in SIBLINGS {
        let both = [(one, other), (other, one)];
        for (old, new) in both.into_iter().filter(|(old, _)| path.ends_with(&format!("::{old}"))) {
            ideas.replace("variant", 0.012, range.end - old.len()..range.end, new);
        }
    }
}

/// Another function of the same type.
fn associated(view: &View<'_>, id: Id, (before, last): (&str, &str), ideas: &mut Ideas) {
    let own = if before == "Self" { view.code.own.clone() } else { before.to_owned() };
    let methods = &view.around.facts.methods;
    let Some(shape) = methods.get(&(own.clone(), last.to_owned())) else { return };
    let end = view.range(id).end;
    for ((of, other), other_shape) in methods {
        if *of == own
            && other != last
            && other_shape.inputs.len() == shape.inputs.len()
            && *other != view.code.name
        {
            let fit = shape.output.fit(&other_shape.output);
            ideas.replace("function", 0.004 * fit, end - last.len()..end, other.clone());
        }
    }
}

fn constant(view: &View<'_>, id: Id, path: &str, ideas: &mut Ideas) {
    if view.code.nodes[id].in_pattern || is_called(view, id) {
        return;
    }
    for value in view.values_at(view.range(id).start) {
        let fit = view.of(id).fit(&value.of);
        if value.text != path && view.of(id).is_known() && value.tightness == ATOM {
            ideas.replace("name", 0.006 * fit * value.weight, view.range(id), value.text);
        }
    }
}

/// Another function of the crate with as many arguments.
fn function(view: &View<'_>, id: Id, name: &str, ideas: &mut Ideas) {
    if !is_called(view, id) {
        return;
    }
    let functions = &view.around.facts.functions;
    let Some(shape) = functions.get(name) else { return };
    for (other, other_shape) in functions.iter().filter(|(other, _)| *other != name) {
        let inputs = shape.inputs.len() == other_shape.inputs.len();
        let fits = shape.inputs.iter().zip(&other_shape.inputs).all(|(left, right)| left.fit(right) > 0.0);
        if inputs && fits && *other != view.code.name {
            let told = if view.is_mentioned(other) { 2.0 } else { 1.0 };
            ideas.replace(
                "function",
                0.006 * told * shape.output.fit(&other_shape.output),
                view.range(id),
                other.clone(),
            );
        }
    }
}

/// Another method of the crate on the same value.
fn own_method(view: &View<'_>, (receiver, name): (Id, &Range<usize>), arguments: usize, ideas: &mut Ideas) {
    let Type::Named(of) = view.of(receiver) else { return };
    let old = view.code.slice(name);
    let output = view.around.facts.method(view.of(receiver), old).map(|shape| shape.output.clone());
    for ((own, other), shape) in &view.around.facts.methods {
        let fits = own == of && other != old && shape.has_self && shape.inputs.len() == arguments;
        if fits && *other != view.code.name {
            let fit = output.as_ref().map_or(0.3, |output| output.fit(&shape.output));
            ideas.replace("function", 0.006 * fit, name.clone(), other.clone());
        }
    }
}

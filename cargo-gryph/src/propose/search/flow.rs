//! Where control goes: jumps, and what is returned.

use std::collections::BTreeSet;

use crate::propose::search::code::{ATOM, Id, Kind, StatementKind};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::literal::plain;
use crate::propose::search::types::Type;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        match view.kind(id) {
            Kind::Break => ideas.replace("jump", 0.008, view.range(id), "continue"),
            Kind::Continue => ideas.replace("jump", 0.008, view.range(id), "break"),
            Kind::Return(Some(value)) => {
                returned(view, *value, ideas);
                jumps(view, id, ideas);
            }
            Kind::Call { function, arguments } if matches!(view.text(*function), "Some" | "Ok") => {
                if view.text(*function) == "Some" {
                    ideas.replace("none", 0.003, view.range(id), "None");
                }
                for &argument in arguments {
                    returned(view, argument, ideas);
                }
            }
            Kind::Path(path) if path == "None" && !view.code.nodes[id].in_pattern => some(view, id, ideas),
            _ => {}
        }
    }
    if let Some(tail) = tail(view, 0) {
        returned(view, tail, ideas);
    }
    for arm in arms(view) {
        returned(view, arm, ideas);
    }
}

/// The bodies of all `match` arms.
fn arms<'a>(view: &'a View<'_>) -> impl Iterator<Item = Id> + 'a {
    view.code.expressions().flat_map(|id| match view.kind(id) {
        Kind::Match { arms } => arms.iter().map(|arm| arm.body).collect(),
        _ => Vec::new(),
    })
}

/// The value of a block.
pub(super) fn tail(view: &View<'_>, block: usize) -> Option<Id> {
    let last = view.code.blocks.get(block)?.statements.last()?;
    let statement = &view.code.statements[*last];
    (statement.kind == StatementKind::Tail).then_some(statement.node?)
}

fn jumps(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    if view.in_loop(view.code.nodes[id].block) {
        ideas.replace("jump", 0.002, view.range(id), "continue");
        ideas.replace("jump", 0.002, view.range(id), "break");
    }
}

/// Other values of the type that is wanted.
fn returned(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let wanted = if view.of(id).is_known() { view.of(id) } else { &view.code.output };
    let at = view.range(id).start;
    let text = view.text(id);
    for value in view.values_at(at) {
        let fit = wanted.fit(&value.of);
        if value.text != text && fit >= 1.0 {
            let (range, value_text) = view.at(id, &value.text, ATOM);
            ideas.replace("return", 0.004 * value.weight.min(2.0), range, value_text);
        }
    }
    for literal in plain(wanted).iter().filter(|literal| **literal != text) {
        let (range, literal) = view.at(id, literal, ATOM - 1);
        ideas.replace("return", 0.003, range, literal);
    }
    let mut seen = BTreeSet::from([text]);
    for other in arms(view).chain(results(view)) {
        let fit = wanted.fit(view.of(other));
        if fit > 0.0 && seen.insert(view.text(other)) && view.text(other).len() < 60 {
            let (range, other) = view.at(id, view.text(other), view.code.tightness(other));
            ideas.replace("return", 0.002 * fit, range, other);
        }
    }
}

/// What the function returns elsewhere.
fn results<'a>(view: &'a View<'_>) -> impl Iterator<Item = Id> + 'a {
    view.code.expressions().filter_map(|id| match view.kind(id) {
        Kind::Return(value) => *value,
        _ => None,
    })
}

fn some(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let wanted = match &view.code.output {
        Type::Option(of) => (**of).clone(),
        _ => Type::Unknown,
    };
    for value in view.values_at(view.range(id).start) {
        let fit = wanted.fit(&value.of);
        if value.text != "self" && fit > 0.0 {
            ideas.replace("some", 0.003 * fit, view.range(id), format!("Some({})", value.text));
        }
    }
    for literal in plain(&wanted) {
        ideas.replace("some", 0.002, view.range(id), format!("Some({literal})"));
    }
}

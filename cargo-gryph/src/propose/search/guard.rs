//! Missing guards: an early exit under a condition, a condition around a statement, an `else` that was forgotten.

use std::collections::BTreeSet;

use crate::propose::search::code::{Kind, StatementKind};
use crate::propose::search::condition::conditions_at;
use crate::propose::search::expression::likeness;
use crate::propose::search::idea::{Ideas, Value, View};
use crate::propose::search::insertion::{Gap, gaps, inserted};
use crate::propose::search::is_harmful;
use crate::propose::search::literal::plain;
use crate::propose::search::types::Type;

/// Conditions that are tried at one place.
const MOST_CONDITIONS: usize = 32;
/// Exits that are tried with each.
const MOST_EXITS: usize = 4;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    let results = results(view);
    for gap in gaps(view.code) {
        exits(view, &gap, &near(view, &gap), &results, ideas);
    }
    for at in 0..view.code.statements.len() {
        around(view, at, ideas);
        instead(view, at, &results, ideas);
    }
    for id in view.code.expressions() {
        if let Kind::If { then, otherwise: None, .. } = view.kind(id) {
            otherwise(view, id, *then, ideas);
        }
    }
}

/// Conditions at a place, those that speak of what stands around it first.
fn near(view: &View<'_>, gap: &Gap) -> Vec<Value> {
    let around = gap.neighbours(view.code);
    let mut conditions = conditions_at(view, gap.at, 0..0);
    for condition in &mut conditions {
        condition.weight *= 0.5 + 2.0 * likeness(&condition.text, &around);
    }
    conditions.sort_by(|left, right| right.weight.total_cmp(&left.weight));
    conditions
}

fn exits(view: &View<'_>, gap: &Gap, conditions: &[Value], results: &[(String, f64)], ideas: &mut Ideas) {
    let mut exits: Vec<(String, f64)> = Vec::new();
    if view.in_loop(gap.block) {
        exits.extend([("continue".to_owned(), 1.2), ("break".to_owned(), 1.0)]);
    }
    if view.code.blocks[gap.block].closures == 0 {
        exits.extend(results.iter().take(MOST_EXITS).cloned());
    }
    for condition in conditions.iter().take(MOST_CONDITIONS) {
        for (exit, share) in &exits {
            let text = format!("if {} {{\n    {exit};\n}}", condition.text);
            let prior = 0.0007 * condition.weight.min(2.0) * share;
            ideas.edit("guard", prior, vec![inserted(view.code, gap, &text)]);
        }
    }
}

/// What the function may return early, as statements without `;`.
fn results(view: &View<'_>) -> Vec<(String, f64)> {
    let mut found: Vec<(String, f64)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut keep = |text: String, share: f64| {
        if text.len() < 80 && !text.contains('\n') && !is_harmful(&text) && seen.insert(text.clone()) {
            found.push((text, share));
        }
    };
    if view.code.output == Type::Unit {
        keep("return".to_owned(), 1.0);
    }
    let own = &view.code.output;
    let returns = |code: &crate::propose::search::code::Code| -> Vec<String> {
        let is_free = |id: usize| {
            code.bindings.iter().all(|binding| binding.is_parameter || !code.text(id).contains(&binding.name))
        };
        code.expressions()
            .filter(|&id| matches!(code.nodes[id].kind, Kind::Return(Some(value)) if is_free(value)))
            .map(|id| code.text(id).to_owned())
            .collect()
    };
    returns(view.code).into_iter().for_each(|text| keep(text, 0.9));
    for literal in plain(own) {
        keep(format!("return {literal}"), 0.8);
    }
    let errors = view.around.facts.variants.iter().filter(|(name, _)| name.ends_with("Error"));
    if matches!(own, Type::Result(_)) {
        for (name, variants) in errors {
            for (variant, _) in variants
                .iter()
                .filter(|(_, payload)| *payload == crate::propose::search::facts::Payload::Nothing)
            {
                keep(format!("return Err({name}::{variant})"), 0.6);
            }
        }
        keep("return Ok(())".to_owned(), 0.2);
    }
    for other in view.around.functions.iter().filter(|other| other.output == *own) {
        returns(other).into_iter().for_each(|text| keep(text, 0.4));
    }
    for binding in
        view.code.bindings.iter().filter(|binding| binding.is_parameter && own.fit(&binding.of) >= 1.0)
    {
        keep(format!("return {}", binding.name), 0.4);
    }
    found
}

/// An early exit in place of a statement.
fn instead(view: &View<'_>, at: usize, results: &[(String, f64)], ideas: &mut Ideas) {
    let statement = &view.code.statements[at];
    let is_call_or_assignment = statement
        .node
        .is_some_and(|node| matches!(view.kind(node), Kind::Assign { .. } | Kind::Method { .. }));
    if statement.kind != StatementKind::Expression
        || !is_call_or_assignment
        || statement.block == 0
        || view.code.blocks[statement.block].closures > 0
    {
        return;
    }
    for (exit, share) in results.iter().take(MOST_EXITS) {
        ideas.replace("exit", 0.002 * share, statement.range.clone(), format!("{exit};"));
    }
}

/// A condition around a statement.
fn around(view: &View<'_>, at: usize, ideas: &mut Ideas) {
    let statement = &view.code.statements[at];
    let text = view.code.slice(&statement.range);
    let is_if = statement.node.is_some_and(|node| matches!(view.kind(node), Kind::If { .. }));
    if statement.kind != StatementKind::Expression || is_if || text.contains("{\n") && text.len() > 200 {
        return;
    }
    let indent = view.code.indent(statement.range.start);
    let inner = text.replace('\n', "\n    ");
    for condition in conditions_at(view, statement.range.start, 0..0).into_iter().take(24) {
        let text = format!("if {} {{\n{indent}    {inner}\n{indent}}}", condition.text);
        ideas.replace("wrap-if", 0.0009 * condition.weight.min(2.0), statement.range.clone(), text);
    }
}

/// An `else` with a statement like the one before it.
fn otherwise(view: &View<'_>, id: usize, then: usize, ideas: &mut Ideas) {
    let [only] = view.code.blocks[then].statements[..] else { return };
    let statement = &view.code.statements[only];
    let text = view.code.slice(&statement.range);
    let end = view.range(id).end;
    let indent = view.code.indent(view.range(id).start);
    let mut add = |text: &str, prior: f64| {
        let text = format!(" else {{\n{indent}    {text}\n{indent}}}");
        ideas.replace("add-else", prior, end..end, text);
    };
    // The same statement on another value.
    for node in view.code.nodes.iter().filter(|node| node.statement == only) {
        let Kind::Name(name) = &node.kind else { continue };
        for value in view
            .values_at(end)
            .into_iter()
            .filter(|value| value.text != *name && node.of.fit(&value.of) >= 1.0)
        {
            let (before, after) =
                (statement.range.start..node.range.start, node.range.end..statement.range.end);
            let twin = format!("{}{}{}", view.code.slice(&before), value.text, view.code.slice(&after));
            add(&twin, 0.002);
        }
    }
    if view.in_loop(view.code.nodes[id].block) {
        add("break;", 0.001);
        add("continue;", 0.0005);
    }
    for part in
        view.statements.iter().take(30).filter(|part| part.text() != text && !part.text().contains('\n'))
    {
        for (other, fit) in part.bound_at(view, view.range(id).start).into_iter().take(2) {
            if other.ends_with(';') {
                add(&other, 0.0005 * fit * part.weight);
            }
        }
    }
}

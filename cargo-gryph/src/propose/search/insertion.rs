//! Missing statements: copied from the crate with their names bound anew, or made from what is in scope.

use std::collections::BTreeSet;

use crate::propose::search::code::{Code, Kind, LOOSE, StatementKind};
use crate::propose::search::condition::nearness;
use crate::propose::search::expression::likeness;
use crate::propose::search::idea::{Change, Ideas, Value, View};
use crate::propose::search::rebind::Part;
use crate::propose::search::types::Type;

/// Bytes of a statement worth copying.
const LONGEST: usize = 240;
/// Statements that are tried at one place.
const MOST_COPIED: usize = 40;
const MOST_MADE: usize = 60;

/// A place between two statements.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    /// Where text is inserted.
    pub(super) at: usize,
    pub(super) block: usize,
    before: Option<usize>,
    after: Option<usize>,
}

impl Gap {
    /// The statements on both sides, as text.
    pub(super) fn neighbours(&self, code: &Code) -> String {
        let text = |at: Option<usize>| at.map_or("", |at| code.slice(&code.statements[at].range));
        format!("{} {}", text(self.before), text(self.after))
    }
}

/// All places for a statement.
pub(super) fn gaps(code: &Code) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (block, own) in code.blocks.iter().enumerate() {
        for (index, &after) in own.statements.iter().enumerate() {
            let before = index.checked_sub(1).map(|index| own.statements[index]);
            gaps.push(Gap { at: code.statements[after].range.start, block, before, after: Some(after) });
        }
        match own.statements.last() {
            Some(&last) if can_follow(code, last) => {
                gaps.push(Gap {
                    at: code.statements[last].range.end,
                    block,
                    before: Some(last),
                    after: None,
                });
            }
            Some(_) => {}
            None => gaps.push(Gap { at: own.range.start, block, before: None, after: None }),
        }
    }
    gaps
}

fn can_follow(code: &Code, last: usize) -> bool {
    let statement = &code.statements[last];
    let node = statement.node.map(|node| &code.nodes[node].kind);
    match statement.kind {
        StatementKind::Tail => matches!(node, Some(Kind::If { .. } | Kind::Match { .. })),
        StatementKind::Expression => !matches!(node, Some(Kind::Return(_) | Kind::Break | Kind::Continue)),
        StatementKind::Let | StatementKind::Item => true,
    }
}

/// The change that puts a statement into a gap.
pub(super) fn inserted(code: &Code, gap: &Gap, text: &str) -> Change {
    let indent = |at: usize| code.indent(at).to_owned();
    let is_line = !code.slice(&code.blocks[gap.block].range).contains('\n');
    let (indent, break_) = match (gap.after, gap.before) {
        (None, None) => (format!("{}    ", indent(code.blocks[gap.block].range.start)), "\n"),
        _ if is_line => (String::new(), " "),
        _ => (indent(gap.at), "\n"),
    };
    let text =
        if break_ == "\n" { text.replace('\n', &format!("\n{indent}")) } else { text.replace('\n', " ") };
    let text = match (gap.after, gap.before) {
        (Some(_), _) => format!("{text}{break_}{indent}"),
        (None, Some(_)) => format!("{break_}{indent}{text}"),
        (None, None) => format!("\n{indent}{text}\n{}", &indent[..indent.len() - 4]),
    };
    (gap.at..gap.at, text)
}

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for gap in gaps(view.code) {
        let mut statements = copied(view, &gap);
        statements.truncate(MOST_COPIED);
        let mut made = made(view, &gap);
        made.sort_by(|left, right| right.1.total_cmp(&left.1));
        made.truncate(MOST_MADE);
        let neighbours = gap.neighbours(view.code);
        for (operator, list) in [("copy-statement", statements), ("insert-statement", made)] {
            for (text, prior) in list {
                let near = 0.7 + 0.6 * likeness(&neighbours, &text);
                let is_double = [gap.before, gap.after]
                    .into_iter()
                    .flatten()
                    .any(|at| view.code.slice(&view.code.statements[at].range) == text);
                let prior = prior * near * if is_double { 0.2 } else { 1.0 };
                ideas.edit(operator, prior, vec![inserted(view.code, &gap, &text)]);
            }
        }
    }
}

/// A statement of the crate in place of one.
pub(super) fn replaced(view: &View<'_>, ideas: &mut Ideas) {
    for statement in view.code.statements.iter().filter(|one| one.kind == StatementKind::Expression) {
        let own = view.code.slice(&statement.range);
        if own.contains('\n') || own.starts_with("return") {
            continue;
        }
        let gap = Gap { at: statement.range.start, block: statement.block, before: None, after: None };
        for (text, prior) in copied(view, &gap).into_iter().filter(|(text, _)| !text.contains('\n')).take(24)
        {
            let prior = 0.5 * prior * (0.6 + likeness(own, &text));
            ideas.replace("replace-statement", prior, statement.range.clone(), text);
        }
    }
}

/// The statements of `from` that may be copied into `code`.
pub(super) fn parts<'a>(code: &'a Code, from: &'a Code) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for statement in &from.statements {
        let is_short = statement.range.len() <= LONGEST && statement.range.len() > 3;
        let kind = match statement.kind {
            StatementKind::Expression => 1.0,
            StatementKind::Let => 0.15,
            StatementKind::Tail => {
                let node = statement.node.map(|node| &from.nodes[node].kind);
                if matches!(node, Some(Kind::If { .. } | Kind::Assign { .. })) { 0.5 } else { continue }
            }
            StatementKind::Item => continue,
        };
        if is_short {
            let lines = from.slice(&statement.range).matches('\n').count() as f64;
            let weight = nearness(code, from) * kind / (1.0 + lines / 3.0);
            parts.push(Part::new(from, statement.range.clone(), LOOSE, weight));
        }
    }
    parts
}

fn copied(view: &View<'_>, gap: &Gap) -> Vec<(String, f64)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for part in &view.statements {
        let jumps = ["continue", "break"].iter().any(|jump| part.text().contains(jump));
        if jumps && !view.in_loop(gap.block) || part.range.contains(&gap.at) && part.range.start != gap.at {
            continue;
        }
        for (text, fit) in part.bound_at(view, gap.at) {
            let text = outdented(&text, part.indent());
            if seen.insert(text.clone()) {
                found.push((closed(text), 0.0016 * part.weight * fit));
            }
        }
    }
    found.sort_by(|left, right| right.1.total_cmp(&left.1));
    found
}

/// A statement that ends itself, so that others can follow.
fn closed(text: String) -> String {
    if text.ends_with([';', '}']) { text } else { format!("{text};") }
}

/// The text with the blanks of its own place taken off its further lines.
fn outdented(text: &str, indent: &str) -> String {
    text.replace(&format!("\n{indent}"), "\n")
}

/// Statements made from the values in scope.
fn made(view: &View<'_>, gap: &Gap) -> Vec<(String, f64)> {
    let values = view.values_at(gap.at);
    let mutable: BTreeSet<&str> = view
        .code
        .bindings_at(gap.at)
        .into_iter()
        .filter(|binding| binding.is_mutable)
        .map(|binding| &*binding.name)
        .collect();
    let targets: Vec<&Value> = values
        .iter()
        .filter(|value| value.text != "self" && !value.text.starts_with(char::is_uppercase))
        .filter(|value| match value.text.split_once('.') {
            Some(("self", _)) => mutable.contains("self"),
            Some(_) => true,
            None => mutable.contains(value.text.as_str()) || matches!(value.of, Type::Iter(_)),
        })
        .collect();
    let mut found = Vec::new();
    for target in &targets {
        found.extend(calls(target).into_iter().map(|(text, prior)| (text, prior * told(view, target))));
        found.extend(given(target, &values));
    }
    found.extend(own_methods(view, &mutable));
    found
}

/// A target whose name the documentation mentions is likelier.
fn told(view: &View<'_>, target: &Value) -> f64 {
    let last = target.text.rsplit('.').next().unwrap_or("");
    target.weight.min(2.0) * if view.is_mentioned(last) { 1.5 } else { 1.0 }
}

/// Statements that change a value by itself.
fn calls(target: &Value) -> Vec<(String, f64)> {
    let name = &target.text;
    let listed: &[(&str, f64)] = match &target.of {
        Type::List(_) => &[
            (".sort();", 0.0035),
            (".clear();", 0.0025),
            (".dedup();", 0.0015),
            (".reverse();", 0.0025),
            (".pop();", 0.0025),
        ],
        Type::Text => {
            &[(".clear();", 0.002), (".push(' ');", 0.0012), (".pop();", 0.0012), (".push('\\n');", 0.0004)]
        }
        Type::Set(_) | Type::Map(..) => &[(".clear();", 0.0015)],
        Type::Int(_) => &[(" += 1;", 0.0035), (" -= 1;", 0.0022), (" = 0;", 0.0012)],
        Type::Bool => &[(" = true;", 0.003), (" = false;", 0.003)],
        Type::Float(_) => &[(" = 0.0;", 0.0008)],
        Type::Iter(_) => &[(".next();", 0.0025)],
        Type::Option(_) => &[(" = None;", 0.001)],
        Type::Unknown => &[
            (".sort();", 0.0022),
            (".dedup();", 0.001),
            (".clear();", 0.0012),
            (".next();", 0.0012),
            (".pop();", 0.001),
            (".reverse();", 0.001),
            (" += 1;", 0.0008),
        ],
        Type::Unit | Type::Char | Type::Result(_) | Type::Tuple(_) | Type::Named(_) => &[],
    };
    let mut calls: Vec<(String, f64)> =
        listed.iter().map(|(call, prior)| (format!("{name}{call}"), *prior)).collect();
    if matches!(target.of, Type::Int(_) | Type::Float(_)) && target.of.is_signed() {
        calls.push((format!("{name} = -{name};"), 0.0006));
    }
    calls
}

/// Statements that put one value into another.
fn given(target: &Value, values: &[Value]) -> Vec<(String, f64)> {
    let name = &target.text;
    let mut found = Vec::new();
    for value in values.iter().filter(|value| value.text != *name && value.text != "self") {
        let weight = value.weight.min(3.0) * target.weight.clamp(0.6, 2.0);
        let fit = target.of.fit(&value.of);
        if fit >= 1.0 || fit > 0.0 && value.weight > 2.0 {
            found.push((format!("{name} = {};", value.text), 0.0014 * weight * fit));
            if target.of.is_number() {
                found.push((format!("{name} += {};", value.text), 0.0012 * weight * fit));
                found.push((format!("{name} -= {};", value.text), 0.0004 * weight * fit));
            }
        }
        match &target.of {
            Type::List(of) if of.fit(&value.of) >= 0.4 => {
                let fit = of.fit(&value.of);
                found.push((format!("{name}.push({});", value.text), 0.002 * weight * fit));
                found.push((format!("{name}.push({}.clone());", value.text), 0.0004 * weight * fit));
            }
            Type::Set(of) if of.fit(&value.of) >= 0.4 => {
                found.push((format!("{name}.insert({});", value.text), 0.002 * weight * of.fit(&value.of)));
            }
            Type::Text if value.of == Type::Char => {
                found.push((format!("{name}.push({});", value.text), 0.002 * weight))
            }
            Type::Text if value.of == Type::Text => {
                found.push((format!("{name}.push_str(&{});", value.text), 0.001 * weight));
            }
            _ => {}
        }
    }
    found
}

/// Calls of the type's own methods that need nothing.
fn own_methods(view: &View<'_>, mutable: &BTreeSet<&str>) -> Vec<(String, f64)> {
    if !mutable.contains("self") {
        return Vec::new();
    }
    let own = |(of, name): &&(String, String)| *of == view.code.own && *name != view.code.name;
    let methods = view.around.facts.methods.iter().filter(|(key, shape)| {
        own(key)
            && shape.has_self
            && shape.inputs.is_empty()
            && matches!(shape.output, Type::Unit | Type::Unknown)
    });
    methods
        .map(|((_, name), _)| {
            let told = if view.is_mentioned(name) { 2.0 } else { 1.0 };
            (format!("self.{name}();"), 0.002 * told)
        })
        .collect()
}

//! Statements: removed, moved, exchanged, taken out of their `if`.

use std::ops::Range;

use crate::propose::search::code::{Id, Kind, StatementKind};
use crate::propose::search::idea::{Ideas, View};

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for at in 0..view.code.statements.len() {
        removed(view, at, ideas);
        moved(view, at, ideas);
    }
    for block in &view.code.blocks {
        for pair in block.statements.windows(2) {
            exchanged(view, (pair[0], pair[1]), ideas);
        }
        for triple in block.statements.windows(3) {
            further(view, (triple[0], triple[1], triple[2]), ideas);
        }
    }
    for id in view.code.expressions() {
        if let Kind::If { condition, then, otherwise } = view.kind(id) {
            branches(view, id, (*condition, *then, *otherwise), ideas);
        }
    }
}

/// The bytes of a statement with the line it alone stands on.
fn line(view: &View<'_>, range: &Range<usize>) -> Range<usize> {
    let file = &view.code.file;
    let before = &file[..range.start];
    let start = before.trim_end_matches([' ', '\t']).len();
    let starts_line = before[..start].ends_with('\n');
    let ends_line = file[range.end..].starts_with('\n');
    if starts_line && ends_line && start > view.code.body.start {
        start - 1..range.end
    } else {
        range.clone()
    }
}

fn removed(view: &View<'_>, at: usize, ideas: &mut Ideas) {
    let statement = &view.code.statements[at];
    let lines = view.code.slice(&statement.range).matches('\n').count() as f64;
    let prior = match statement.kind {
        StatementKind::Let => 0.001,
        StatementKind::Item => return,
        StatementKind::Tail => 0.003,
        StatementKind::Expression => 0.010,
    };
    ideas.replace("remove-statement", prior / (1.0 + lines / 3.0), line(view, &statement.range), "");
}

fn exchanged(view: &View<'_>, (first, second): (usize, usize), ideas: &mut Ideas) {
    let range = |at: usize| view.code.statements[at].range.clone();
    let kind = |at: usize| view.code.statements[at].kind;
    let text = |at: usize| view.code.slice(&range(at)).to_owned();
    if kind(second) == StatementKind::Tail || kind(first) == StatementKind::Item {
        return;
    }
    let changes = vec![(range(first), text(second)), (range(second), text(first))];
    ideas.edit("swap-statements", 0.005, changes);
}

fn further(view: &View<'_>, (first, second, third): (usize, usize, usize), ideas: &mut Ideas) {
    let range = |at: usize| view.code.statements[at].range.clone();
    let text = |at: usize| view.code.slice(&range(at)).to_owned();
    if view.code.statements[third].kind == StatementKind::Tail {
        return;
    }
    let down = vec![(range(first), text(second)), (range(second), text(third)), (range(third), text(first))];
    let up = vec![(range(first), text(third)), (range(second), text(first)), (range(third), text(second))];
    ideas.edit("move-statement", 0.0015, down);
    ideas.edit("move-statement", 0.0015, up);
}

/// The statement that holds a block.
fn holder(view: &View<'_>, block: usize) -> Option<usize> {
    let owner = view.code.expressions().find(|&id| match view.kind(id) {
        Kind::If { then, .. } => *then == block,
        Kind::While { body, .. } | Kind::For { body, .. } | Kind::Loop { body } => *body == block,
        Kind::Block(own) => *own == block,
        _ => false,
    })?;
    let statement = view.code.nodes[owner].statement;
    (view.code.statements[statement].block != block).then_some(statement)
}

/// Out of the block, before it or behind it; and into the block before it.
fn moved(view: &View<'_>, at: usize, ideas: &mut Ideas) {
    let statement = &view.code.statements[at];
    if !matches!(statement.kind, StatementKind::Expression) {
        return;
    }
    let text = view.code.slice(&statement.range);
    if let Some(holder) = holder(view, statement.block) {
        let outer = &view.code.statements[holder].range;
        let indent = view.code.indent(outer.start);
        let gone = (line(view, &statement.range), String::new());
        let own = view.code.blocks[statement.block].statements.len();
        let prior = if own > 1 { 0.003 } else { 0.0015 };
        let behind = vec![gone.clone(), (outer.end..outer.end, format!("\n{indent}{text}"))];
        ideas.edit("move-out", prior, behind);
        let before = vec![gone, (outer.start..outer.start, format!("{text}\n{indent}"))];
        ideas.edit("move-out", prior * 0.7, before);
    }
    let block = &view.code.blocks[statement.block].statements;
    let Some(position) = block.iter().position(|&other| other == at).filter(|position| *position > 0) else {
        return;
    };
    let before = &view.code.statements[block[position - 1]];
    let Some(node) = before.node else { return };
    let inner = match view.kind(node) {
        Kind::If { then, .. } => *then,
        Kind::While { body, .. } | Kind::For { body, .. } | Kind::Loop { body } => *body,
        _ => return,
    };
    if let Some(&last) = view.code.blocks[inner].statements.last() {
        let last = &view.code.statements[last].range;
        let indent = view.code.indent(last.start);
        let into = vec![
            (last.end..last.end, format!("\n{indent}{text}")),
            (line(view, &statement.range), String::new()),
        ];
        ideas.edit("move-in", 0.002, into);
    }
}

fn branches(
    view: &View<'_>,
    id: Id,
    (condition, then, otherwise): (Id, usize, Option<Id>),
    ideas: &mut Ideas,
) {
    let range = view.range(id);
    let then = &view.code.blocks[then];
    let inner = view.code.slice(&then.range).trim().to_owned();
    let is_let = view.text(condition).contains("let ");
    if let Some(otherwise) = otherwise {
        // Without its `else`.
        ideas.replace("drop-else", 0.003, then.range.end + 1..range.end, "");
        if let Kind::Block(other) = view.kind(otherwise) {
            let other = &view.code.blocks[*other];
            let other_text = view.code.slice(&other.range).to_owned();
            let both = vec![
                (then.range.clone(), other_text),
                (other.range.clone(), view.code.slice(&then.range).to_owned()),
            ];
            ideas.edit("swap-branches", 0.012, both);
            ideas.replace("unwrap-else", 0.002, range.clone(), view.code.slice(&other.range).trim());
        } else {
            ideas.replace("drop-branch", 0.003, range.start..view.range(otherwise).start, "");
        }
    }
    if !is_let && !inner.is_empty() {
        let prior = if otherwise.is_none() { 0.006 } else { 0.002 };
        ideas.replace("unwrap-if", prior, range, inner);
    }
}

//! Whether an edited function still parses, judged by the smallest part around the edit that decides it.

use std::ops::Range;

use crate::propose::search::code::{Code, Kind, StatementKind};
use crate::propose::search::idea::Change;
use crate::propose::search::tokens::spliced;
use crate::schema::parse_body;

/// A part of the body that parses by itself.
struct Part {
    range: Range<usize>,
    before: &'static str,
    after: &'static str,
}

/// The parts of a body, the smallest first.
pub(super) struct Parts<'a> {
    code: &'a Code,
    parts: Vec<Part>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(code: &'a Code) -> Self {
        let mut parts = vec![Part { range: code.body.clone(), before: "", after: "" }];
        for statement in &code.statements {
            let last = code.blocks[statement.block].statements.last();
            let is_last = last.is_some_and(|&last| code.statements[last].range == statement.range);
            let after = match statement.kind {
                _ if is_last => "",
                StatementKind::Let
                | StatementKind::Expression
                | StatementKind::Tail
                | StatementKind::Item => "\nx",
            };
            parts.push(Part { range: statement.range.clone(), before: "", after });
        }
        for node in code.nodes.iter() {
            match &node.kind {
                Kind::If { condition, .. } | Kind::While { condition, .. } => {
                    parts.push(Part {
                        range: code.nodes[*condition].range.clone(),
                        before: "if ",
                        after: " {}",
                    });
                }
                Kind::For { iterable, .. } => {
                    let range = code.nodes[*iterable].range.clone();
                    parts.push(Part { range, before: "for x in ", after: " {}" });
                }
                Kind::Match { arms } => {
                    for (index, arm) in arms.iter().enumerate() {
                        let after = if index + 1 == arms.len() { "\n}" } else { "\n_ => x }" };
                        parts.push(Part { range: arm.range.clone(), before: "match x { ", after });
                    }
                }
                _ => {}
            }
        }
        parts.sort_by_key(|part| part.range.len());
        Self { code, parts }
    }

    /// Whether the body parses after the changes.
    pub(super) fn accept(&self, changes: &[Change]) -> bool {
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return false };
        let around = |part: &&Part| part.range.start <= first.0.start && last.0.end <= part.range.end;
        self.parts.iter().find(around).is_some_and(|part| self.parses(part, changes))
    }

    fn parses(&self, part: &Part, changes: &[Change]) -> bool {
        let Some(text) = spliced(&self.code.file, part.range.clone(), changes) else { return false };
        parse_body(&format!("{}{text}{}", part.before, part.after)).is_ok()
    }
}

//! Two edits at once: combinations of single edits that each did something.

use std::collections::HashSet;

use crate::patch::Edit;
use crate::propose::body::MOST_BYTES;
use crate::propose::search::code::Code;
use crate::propose::search::idea::Change;
use crate::propose::search::parses::Parts;
use crate::propose::search::surroundings::alone;
use crate::propose::search::tokens::{Tokens, spliced};
use crate::propose::search::{Mutant, Place};
use crate::schema::on_deep_stack;

/// Chosen combinations of two edits of one function, in their order, at most `most`; those that overlap are left out.
pub fn combined(place: &Place<'_>, choices: &[(&Mutant, &Mutant)], most: usize) -> Vec<Mutant> {
    let all = || {
        let code = alone(place.tree.text(&place.site.path)?, &place.site.body)?;
        let mut joiner = Joiner::new(&code)?;
        Some(choices.iter().filter_map(|(left, right)| joiner.join(left, right)).take(most).collect())
    };
    if choices.is_empty() {
        return Vec::new();
    }
    on_deep_stack(all).ok().flatten().unwrap_or_default()
}

/// Joins edits of one function and remembers what it made.
struct Joiner<'a> {
    code: &'a Code,
    tokens: Tokens<'a>,
    parts: Parts<'a>,
    seen: HashSet<u64>,
}

impl<'a> Joiner<'a> {
    fn new(code: &'a Code) -> Option<Self> {
        let tokens = Tokens::new(code.slice(&code.body))?;
        let seen = HashSet::from([tokens.original()]);
        Some(Self { code, tokens, parts: Parts::new(code), seen })
    }

    /// Both edits, if they leave each other alone and the result is new and parses.
    fn join(&mut self, left: &Mutant, right: &Mutant) -> Option<Mutant> {
        let mut edits: Vec<Edit> = left.edits.iter().chain(&right.edits).cloned().collect();
        edits.sort_by_key(|edit| (edit.span.range.start, edit.span.range.end));
        if edits.windows(2).any(|pair| !are_apart(&pair[0], &pair[1])) {
            return None;
        }
        let changes: Vec<Change> =
            edits.iter().map(|edit| (edit.span.range.clone(), edit.replacement.clone())).collect();
        let start = self.code.body.start;
        let moved: Vec<Change> = changes
            .iter()
            .map(|(range, text)| (range.start - start..range.end - start, text.clone()))
            .collect();
        if !self.seen.insert(self.tokens.hash(&moved)?) || !self.parts.accept(&changes) {
            return None;
        }
        let body = self.code.slice(&self.code.body);
        let body = spliced(body, 0..body.len(), &moved).filter(|body| body.len() <= MOST_BYTES)?;
        let span = left.span.start.min(right.span.start)..left.span.end.max(right.span.end);
        let operator = format!("{}+{}", left.operator, right.operator);
        Some(Mutant { edits, body, operator, score: left.score * right.score, span })
    }
}

/// Whether two neighbouring edits touch different bytes. Two insertions at one place are a question of order that
/// nobody can answer.
fn are_apart(left: &Edit, right: &Edit) -> bool {
    let (left, right) = (&left.span.range, &right.span.range);
    left.end <= right.start && !(left.is_empty() && right.is_empty() && left.start == right.start)
}

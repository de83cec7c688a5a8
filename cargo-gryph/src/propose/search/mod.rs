//! Test-driven search without a model: edits of one function by rules, and with ingredients from its own crate.
//!
//! [`mutants`] lists single edits, the likeliest first; [`combined`] joins two of them. Who tries them learns from what
//! they did and chooses. Nothing here sees a test, and nothing compiles: about half of the edits do not type-check, which
//! the trial finds out cheaply.

mod arm;
mod bound;
mod code;
mod condition;
mod dropped;
mod expression;
mod facts;
mod flow;
mod guard;
mod idea;
mod insertion;
mod limit;
mod literal;
mod method;
mod name;
mod operator;
mod pair;
mod parses;
mod reader;
mod rebind;
mod standard;
mod statement;
mod surroundings;
mod text;
mod together;
mod tokens;
mod types;
mod wrap;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use crate::patch::{Edit, Span};
use crate::propose::body::MOST_BYTES;
use crate::propose::search::code::Code;
use crate::propose::search::idea::{Idea, Ideas, View};
use crate::propose::search::parses::Parts;
use crate::propose::search::surroundings::Surroundings;
use crate::propose::search::tokens::{Tokens, spliced};
use crate::schema::{Site, on_deep_stack};
use crate::tree::{Tree, TreePath};

pub use limit::HARDENING;
pub use pair::combined;

/// Single edits of one function.
pub const MOST_MUTANTS: usize = 4_000;
/// Suspiciousness below which a place is not believed to be innocent.
const LEAST_SUSPICION: f64 = 0.05;

/// A function to search.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The project.
    pub tree: &'a Tree,
    /// The function.
    pub site: &'a Site,
    /// How suspicious its statements are; without any, all of it is.
    pub weights: &'a [Weight],
}

/// How suspicious a part of a file is.
#[derive(Clone, PartialEq, Debug)]
pub struct Weight {
    /// Bytes of the file, a statement of the function.
    pub range: Range<usize>,
    /// From 0, innocent, to 1.
    pub suspiciousness: f64,
}

/// One way to change a function.
#[derive(Clone, PartialEq, Debug)]
pub struct Mutant {
    /// Edits of the file between the braces of the function, in their order.
    pub edits: Vec<Edit>,
    /// All that stands between the braces afterwards.
    pub body: String,
    /// The rules that made it, joined by `+`.
    pub operator: String,
    /// How likely the rule is right times how suspicious the place is; for ordering only.
    pub score: f64,
    /// From the first byte changed to the last.
    pub span: Range<usize>,
}

/// Single edits of a function, the likeliest first, no two with the same tokens, at most [`MOST_MUTANTS`].
pub fn mutants(place: &Place<'_>) -> Vec<Mutant> {
    let all = || mutants_in(place, &Surroundings::read(place.tree, &place.site.path));
    on_deep_stack(all).unwrap_or_default()
}

/// The same with surroundings that were read before. Call on a deep stack.
fn mutants_in(place: &Place<'_>, around: &Surroundings) -> Vec<Mutant> {
    let Some(text) = place.tree.text(&place.site.path) else { return Vec::new() };
    let Some(code) = around.function(text, &place.site.body) else { return Vec::new() };
    let view = View::new(&code, around);
    let mut ideas = ideas(&view);
    for idea in &mut ideas {
        idea.changes.sort_by_key(|(range, _)| (range.start, range.end));
        idea.prior *= suspicion(place.weights, &idea.changes[0].0);
    }
    ideas.sort_by(|left, right| right.prior.total_cmp(&left.prior));
    chosen(&code, &place.site.path, ideas)
}

fn ideas(view: &View<'_>) -> Vec<Idea> {
    const FAMILIES: [fn(&View<'_>, &mut Ideas); 18] = [
        literal::ideas,
        text::ideas,
        operator::ideas,
        bound::ideas,
        name::ideas,
        expression::ideas,
        condition::ideas,
        statement::ideas,
        method::ideas,
        dropped::ideas,
        wrap::ideas,
        limit::ideas,
        flow::ideas,
        guard::ideas,
        arm::ideas,
        together::ideas,
        insertion::ideas,
        insertion::replaced,
    ];
    let mut ideas = Ideas::default();
    for family in FAMILIES {
        family(view, &mut ideas);
    }
    ideas.found
}

/// The suspiciousness of the smallest weighed part that holds the first byte changed.
fn suspicion(weights: &[Weight], changed: &Range<usize>) -> f64 {
    if weights.is_empty() {
        return 1.0;
    }
    let around = weights
        .iter()
        .filter(|weight| weight.range.start <= changed.start && changed.end <= weight.range.end);
    let smallest = around.min_by_key(|weight| weight.range.len());
    // What stands between statements belongs to its neighbours.
    let touching = weights.iter().filter(|weight| {
        changed.is_empty()
            && (weight.range.end.abs_diff(changed.start) <= 1 || weight.range.start == changed.start)
    });
    let most = touching.chain(smallest).map(|weight| weight.suspiciousness).fold(0.0, f64::max);
    most.clamp(LEAST_SUSPICION, 1.0)
}

fn chosen(code: &Code, path: &TreePath, ideas: Vec<Idea>) -> Vec<Mutant> {
    let body = code.slice(&code.body);
    let Some(tokens) = Tokens::new(body) else { return Vec::new() };
    let parts = Parts::new(code);
    let mut seen = HashSet::from([tokens.original()]);
    let mut chosen = Vec::new();
    for idea in ideas {
        if chosen.len() == MOST_MUTANTS {
            break;
        }
        let Some(moved) = inside(&code.body, &idea) else { continue };
        let is_new = tokens.hash(&moved).is_some_and(|hash| seen.insert(hash));
        if is_new
            && is_harmless(&idea)
            && parts.accept(&idea.changes)
            && let Some(body) = spliced(body, 0..body.len(), &moved)
            && body.len() <= MOST_BYTES
        {
            chosen.push(mutant(path, idea, body));
        }
    }
    chosen
}

/// The changes as ranges of the body, if they lie in it and do not overlap.
fn inside(body: &Range<usize>, idea: &Idea) -> Option<Vec<idea::Change>> {
    let mut done = body.start;
    let moved = idea.changes.iter().map(|(range, text)| {
        let fits = done <= range.start && range.start <= range.end && range.end <= body.end;
        done = range.end;
        fits.then(|| (range.start - body.start..range.end - body.start, text.clone()))
    });
    moved.collect()
}

/// Words that a mutant may not bring in.
const HARMFUL: [&str; 12] = [
    "todo!",
    "unimplemented!",
    "panic!",
    "unreachable!",
    "unsafe",
    "#[",
    "#!",
    "process::",
    "env::",
    "fs::",
    "thread::",
    "assert",
];

fn is_harmless(idea: &Idea) -> bool {
    // Moved statements may hold what the function held; ingredients are looked at where they are taken.
    let moves = idea.operator.starts_with("swap")
        || idea.operator.starts_with("move")
        || idea.operator.starts_with("unwrap");
    moves || !idea.changes.iter().any(|(_, text)| is_harmful(text))
}

fn is_harmful(text: &str) -> bool {
    HARMFUL.iter().any(|word| text.contains(word))
}

fn mutant(path: &TreePath, idea: Idea, body: String) -> Mutant {
    let starts: BTreeSet<usize> = idea.changes.iter().map(|(range, _)| range.start).collect();
    let end = idea.changes.iter().map(|(range, _)| range.end).max().unwrap_or(0);
    let span = starts.first().copied().unwrap_or(0)..end;
    let edits = idea
        .changes
        .into_iter()
        .map(|(range, replacement)| Edit { span: Span { path: path.clone(), range }, replacement })
        .collect();
    Mutant { edits, body, operator: idea.operator.to_owned(), score: idea.prior, span }
}

#[cfg(test)]
mod tests;

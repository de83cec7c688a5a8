//! The source rules held against one Rust file.

use std::ops::Range;

use ast_grep_core::matcher::MatcherExt as _;
use ast_grep_core::tree_sitter::StrDoc;
use ast_grep_core::{AstGrep, Node};

use crate::scan::expose::exposed;
use crate::scan::language::Rust;
use crate::scan::place::Place;
use crate::scan::rules::RuleSet;
use crate::scan::tests_of::test_ranges;
use crate::scan::{Found, SourceMatch, in_one_line};

/// A parsed text.
pub(super) type Text = StrDoc<Rust>;

/// How deep syntax may nest: rules look at whole expressions, so that time grows with the square of it.
const DEEPEST: usize = 1500;
/// How often what stands in macros is laid open.
const MOST_LAYERS: usize = 5;

/// What matches, and what of the file only tests compile. The error says why it cannot be looked at.
pub(super) fn matches(
    rules: &RuleSet,
    place: &Place<'_>,
    text: &str,
) -> Result<(Vec<Found>, Vec<Range<usize>>), String> {
    let mut root = parsed(text)?;
    let tests = test_ranges(&root.root());
    let lines = Lines::of(text);
    let mut seen: Vec<(usize, Range<usize>)> = Vec::new();
    let mut found = Vec::new();
    // The grammar sees no expressions in macros. Each layer of them is laid open in its place and looked at again.
    let mut open = std::iter::once(0..text.len()).collect::<Vec<_>>();
    for _ in 0..=MOST_LAYERS {
        in_layer(rules, place, &root, &tests, &open, &mut |rule, node| {
            let range = node.range();
            let is_within = |outer: &Range<usize>| outer.start <= range.start && range.end <= outer.end;
            let is_known = seen.iter().any(|(known, outer)| *known == rule && is_within(outer));
            if !is_known {
                found.push(found_at(rules, rule, place, text, &lines, &node));
                seen.push((rule, range));
            }
        });
        let Some((more, ranges)) = exposed(&root.root(), root.source()) else { break };
        (root, open) = (parsed(&more)?, ranges);
    }
    Ok((found, tests))
}

fn parsed(text: &str) -> Result<AstGrep<Text>, String> {
    let root = AstGrep::doc(StrDoc::try_new(text, Rust)?);
    match depth(&root) {
        depth if depth > DEEPEST => Err(format!("its syntax nests {depth} deep")),
        _ => Ok(root),
    }
}

fn depth(root: &AstGrep<Text>) -> usize {
    let tree = root.root().get_inner_node();
    let mut cursor = tree.walk();
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    loop {
        if cursor.goto_first_child() {
            depth += 1;
            deepest = deepest.max(depth);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return deepest;
            }
            depth -= 1;
        }
    }
}

fn in_layer(
    rules: &RuleSet,
    place: &Place<'_>,
    root: &AstGrep<Text>,
    tests: &[Range<usize>],
    open: &[Range<usize>],
    found: &mut dyn FnMut(usize, Node<'_, Text>),
) {
    // Where the last match of each rule ends: what lies in it is part of it.
    let mut ends = vec![0_usize; rules.rules().len()];
    for node in root.root().dfs().filter(|node| is_in_one(open, &node.range())) {
        for rule in rules.of_kind(node.kind_id()) {
            let range = node.range();
            if range.start < ends[*rule] {
                continue;
            }
            let in_tests = tests.iter().any(|test| test.start <= range.start && range.end <= test.end);
            let one = &rules.rules()[*rule];
            if place.is_in(one.scope, in_tests) && one.matcher.match_node(node.clone()).is_some() {
                ends[*rule] = range.end;
                found(*rule, node.clone());
            }
        }
    }
}

/// Whether a range lies in one of several, which are in order and do not overlap.
fn is_in_one(ranges: &[Range<usize>], inner: &Range<usize>) -> bool {
    let after = ranges.partition_point(|range| range.start <= inner.start);
    after.checked_sub(1).is_some_and(|at| inner.end <= ranges[at].end)
}

fn found_at(
    rules: &RuleSet,
    rule: usize,
    place: &Place<'_>,
    text: &str,
    lines: &Lines,
    node: &Node<'_, Text>,
) -> Found {
    let range = node.range();
    // The text as it was written, not as it was laid open.
    let written = text.get(range.clone()).unwrap_or_default();
    let (line, column) = lines.place(text, range.start);
    let shown = SourceMatch {
        rule: rules.rules()[rule].id.clone(),
        path: place.path.clone(),
        line,
        column,
        end: lines.place(text, range.end).0,
        item: function_around(node),
        text: super::secret::masked_by(rules, &in_one_line(written)),
    };
    let key: String = written.chars().filter(|c| !c.is_whitespace()).collect();
    Found { shown, key: key.replace(",)", ")") }
}

fn function_around(node: &Node<'_, Text>) -> String {
    let around = node.ancestors().find(|parent| parent.kind() == "function_item");
    let name = around.and_then(|function| function.field("name"));
    name.map(|name| name.text().into_owned()).unwrap_or_default()
}

/// Where the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(ends).collect())
    }

    /// Line and column of a byte, both from 1.
    pub(super) fn place(&self, text: &str, at: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= at).max(1);
        let column = text.get(self.0[line - 1]..at).map_or(1, |before| before.chars().count() + 1);
        (line, column)
    }
}

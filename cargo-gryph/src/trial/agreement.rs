//! Agreement: which of several plausible candidates to believe.
//!
//! Candidates that pass all checks may still differ elsewhere. Each is run on [`probes`](super::probe), and the one
//! whose answers most candidates share comes first; a candidate that panics or hangs where most others answer comes
//! last. This is majority voting over generated inputs (Chen et al., CodeT, 2022, with agreement in place of
//! generated assertions): it orders candidates and accepts none.

use std::collections::BTreeMap;

use crate::hole::{Hole, HoleCheck, TestName};
use crate::tree::{Tree, TreePath};

use super::probe::probes;
use super::{Outcome, Verdict};

/// The test target that holds the probes.
const TARGET: &str = "gryph_probes";
/// What stands before an answer in the message of a probe, which always ends in a panic.
const MARK: &str = "gryph probe answer: ";

/// A tree with probes in it, and their tests.
pub struct ProbeTree {
    /// The tree.
    pub tree: Tree,
    /// The hole, its checks replaced by the probes.
    pub hole: Hole,
    /// The probes' tests.
    pub tests: Vec<TestName>,
}

/// Adds probes for a hole to a tree; `None` if its examples give none.
pub fn with_probes(tree: &Tree, hole: &Hole) -> Option<ProbeTree> {
    let path = TreePath::new(format!("tests/{TARGET}.rs")).ok()?;
    let sources = probes(hole);
    if sources.is_empty() {
        return None;
    }
    let imports = imports(tree, hole.visible.first()?)?;
    let name = |index: usize| format!("probe_{index}");
    let test = |(index, source): (usize, &String)| {
        format!("#[test]\nfn {}() {{\n    panic!(\"{MARK}{{:?}}\", {source});\n}}\n", name(index))
    };
    let tests: String = sources.iter().enumerate().map(test).collect();
    let mut tree = tree.clone();
    tree.insert(path, format!("//! Calls near the examples.\n\n#![allow(warnings)]\n\n{imports}\n{tests}"));
    let checks: Vec<HoleCheck> = sources
        .into_iter()
        .enumerate()
        .map(|(index, source)| HoleCheck {
            source,
            test: TestName { target: TARGET.to_owned(), name: name(index) },
        })
        .collect();
    let tests = checks.iter().map(|check| check.test.clone()).collect();
    let hole = Hole { visible: checks, properties: Vec::new(), held_back: Vec::new(), ..hole.clone() };
    Some(ProbeTree { tree, hole, tests })
}

/// The `use` items of the module that holds a check's test, those of the property-testing library left out.
fn imports(tree: &Tree, check: &HoleCheck) -> Option<String> {
    let text = tree.text(&TreePath::new(format!("tests/{}.rs", check.test.target)).ok()?)?;
    let file = syn::parse_file(text).ok()?;
    let module = check.test.name.split("::").next()?;
    let items = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(item) if item.ident == module => item.content.as_ref().map(|(_, items)| items),
        _ => None,
    });
    let uses = items.unwrap_or(&file.items).iter().filter_map(|item| match item {
        syn::Item::Use(item) => text.get(syn::spanned::Spanned::span(item).byte_range()),
        _ => None,
    });
    Some(uses.filter(|text| !text.contains("proptest")).map(|text| format!("{text}\n")).collect())
}

/// The answer of one candidate to one probe.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Answer<'a> {
    Value(&'a str),
    Panic,
    None,
}

/// How far each candidate is from the majority: the number of probes it answers otherwise than most candidates that
/// answer at all, in the order of the verdicts. A candidate that could not be run is far from all.
pub fn distances(verdicts: &[Verdict], tests: &[TestName]) -> Vec<usize> {
    let answers: Vec<Vec<Answer<'_>>> =
        verdicts.iter().map(|verdict| tests.iter().map(|test| answer(verdict, test)).collect()).collect();
    let majorities: Vec<Option<&Answer<'_>>> =
        (0..tests.len()).map(|probe| majority(answers.iter().map(|row| &row[probe]))).collect();
    let differs = |row: &Vec<Answer<'_>>| {
        row.iter().zip(&majorities).filter(|(answer, most)| most.is_some_and(|most| *answer != most)).count()
    };
    answers.iter().map(differs).collect()
}

/// The probes on which a candidate panicked, with what it said, in the order of the probes.
pub fn panics<'v>(verdict: &'v Verdict, tests: &[TestName]) -> Vec<(&'v TestName, &'v str)> {
    let Outcome::Judged { failed, .. } = &verdict.outcome else { return Vec::new() };
    let panicked = failed
        .iter()
        .filter(|failure| tests.contains(&failure.test) && answer(verdict, &failure.test) == Answer::Panic);
    panicked.map(|failure| (&failure.test, failure.message.as_str())).collect()
}

/// The most frequent answer; a value goes before a panic, and the smaller one first, where counts are equal.
fn majority<'a, 't>(answers: impl Iterator<Item = &'a Answer<'t>>) -> Option<&'a Answer<'t>>
where
    't: 'a,
{
    let mut counts: BTreeMap<&Answer<'_>, usize> = BTreeMap::new();
    for answer in answers.filter(|answer| **answer != Answer::None) {
        *counts.entry(answer).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(answer, _)| answer)
}

fn answer<'a>(verdict: &'a Verdict, test: &TestName) -> Answer<'a> {
    let Outcome::Judged { failed, .. } = &verdict.outcome else { return Answer::None };
    match failed.iter().find(|failure| failure.test == *test) {
        Some(failure) if failure.timed_out => Answer::None,
        Some(failure) => match failure.message.split_once(MARK) {
            Some((_, value)) => Answer::Value(value.trim_end()),
            None => Answer::Panic,
        },
        None => Answer::None,
    }
}

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
pub(super) const MARK: &str = "gryph probe answer: ";

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
pub(super) enum Answer<'a> {
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

/// Which candidates answer every probe alike: the same number for those that do, in the order of the verdicts.
pub fn classes(verdicts: &[Verdict], tests: &[TestName]) -> Vec<usize> {
    let mut known: Vec<Vec<Answer<'_>>> = Vec::new();
    let class = |verdict| {
        let row: Vec<Answer<'_>> = tests.iter().map(|test| answer(verdict, test)).collect();
        known.iter().position(|other| *other == row).unwrap_or_else(|| {
            known.push(row);
            known.len() - 1
        })
    };
    verdicts.iter().map(class).collect()
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

pub(super) fn answer<'a>(verdict: &'a Verdict, test: &TestName) -> Answer<'a> {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::candidate::CandidateId;
    use crate::hole::HoleId;
    use crate::trial::Failure;

    fn test(name: &str) -> TestName {
        TestName { target: TARGET.to_owned(), name: name.to_owned() }
    }

    /// The verdict of a candidate that answers probes `a`, `b`, … so; `!` is a panic, `~` a probe that hangs.
    fn verdict(id: u32, answers: &[&str]) -> Verdict {
        let failed = answers.iter().zip('a'..).map(|(answer, name)| Failure {
            test: test(&name.to_string()),
            message: if *answer == "!" {
                "index out of bounds".to_owned()
            } else {
                format!("at x:\n{MARK}{answer}")
            },
            timed_out: *answer == "~",
        });
        let outcome = Outcome::Judged { passed: Vec::new(), failed: failed.collect() };
        Verdict { candidate: CandidateId(id), outcome, elapsed: Duration::ZERO, alone: None }
    }

    fn rows(rows: &[&[&str]]) -> Vec<usize> {
        let verdicts: Vec<Verdict> = rows.iter().zip(0..).map(|(row, id)| verdict(id, row)).collect();
        distances(&verdicts, &[test("a"), test("b")])
    }

    #[test]
    fn distance_counts_answers_that_most_do_not_share() {
        assert_eq!(rows(&[&["1", "x"], &["1", "y"], &["2", "x"], &["1", "x"]]), [0, 1, 1, 0]);
        assert_eq!(rows(&[&["1", "x"], &["1", "!"], &["1", "~"]]), [0, 1, 1]);
        assert_eq!(rows(&[&["1", "x"]]), [0]);
        assert_eq!(rows(&[&["!", "~"], &["!", "~"]]), [0, 0]);
    }

    #[test]
    fn a_value_goes_before_a_panic_where_counts_are_equal() {
        assert_eq!(rows(&[&["!", "1"], &["5", "1"]]), [1, 0]);
    }

    #[test]
    fn a_candidate_that_did_not_run_is_far_from_all() {
        let rejected = Verdict { outcome: Outcome::Rejected(Vec::new()), ..verdict(1, &[]) };
        assert_eq!(distances(&[verdict(0, &["1", "x"]), rejected], &[test("a"), test("b")]), [0, 2]);
    }

    #[test]
    fn only_a_panic_of_the_function_itself_is_one() {
        let verdict = verdict(0, &["!", "index out of bounds"]);
        let tests = [test("a"), test("b")];
        assert_eq!(panics(&verdict, &tests), [(&tests[0], "index out of bounds")]);
    }

    #[test]
    fn probes_are_tests_of_the_tree_with_the_imports_of_the_examples() {
        let path = |name: &str| TreePath::new(name).unwrap();
        let mut tree = Tree::default();
        tree.insert(
            path("tests/examples.rs"),
            "mod f {\n    use proptest::prelude::*;\n    use demo::f;\n    #[test]\n    fn example_1() {}\n}\n",
        );
        let visible = vec![HoleCheck {
            source: "f(\"ab\") == 2".to_owned(),
            test: TestName { target: "examples".to_owned(), name: "f::example_1".to_owned() },
        }];
        let hole = Hole {
            id: HoleId("f".to_owned()),
            path: path("src/lib.rs"),
            function: "f".to_owned(),
            signature: "pub fn f(text: &str) -> usize".to_owned(),
            doc: String::new(),
            context: String::new(),
            dependencies: Vec::new(),
            held_back: visible.clone(),
            visible,
            properties: Vec::new(),
        };
        let probes = with_probes(&tree, &hole).unwrap();
        let text = probes.tree.text(&path("tests/gryph_probes.rs")).unwrap();
        assert!(text.contains("use demo::f;") && !text.contains("proptest"), "{text}");
        assert!(syn::parse_file(text).is_ok());
        assert_eq!(probes.tests.len(), probes.hole.visible.len());
        assert!(text.contains("f(\"\")") && !text.contains("f(\"ab\")"), "{text}");
        assert!(probes.hole.held_back.is_empty());
        assert!(with_probes(&tree, &Hole { visible: Vec::new(), ..hole }).is_none());
    }
}

//! What a change does to the tests of a tree: which are gone, switched off, or ask for less.
//!
//! New tests are no matter, nor are tests that moved to another file or got another name: their bodies are still there.

use std::collections::BTreeSet;

use quote::ToTokens;

use crate::change::attribute::attributes;
use crate::change::breadth::{narrowed, squeezed};
use crate::change::demand::{Demand, demands};
use crate::change::item::{Function, Item, Node, items};
use crate::change::kind::{FileChange, FileKind};
use crate::change::observation::{Observation, ObservationKind};
use crate::change::recital::{helpers, recited};
use crate::change::weakening::{weakened, weakened_macro};
use crate::schema::{Source, compact, is_test};
use crate::tree::{Tree, TreePath};

/// Compares the tests in the files that differ.
pub(super) fn tests_kept(base: &Tree, after: &Tree, files: &[FileChange]) -> Vec<Observation> {
    let rust = files.iter().filter(|file| file.path.as_str().ends_with(".rs"));
    let pairs: Vec<(&FileChange, Read, Read)> =
        rust.map(|file| (file, Read::of(base, file), Read::of(after, file))).collect();
    let moved: BTreeSet<String> = pairs.iter().flat_map(|(_, _, now)| now.bodies()).collect();
    let asked: Vec<Demand> = pairs.iter().flat_map(|(_, _, now)| now.demands()).collect();
    let elsewhere: String = pairs.iter().map(|(_, _, now)| squeezed(&now.text)).collect();
    let mut found = Vec::new();
    for (file, before, now) in &pairs {
        // What cannot be read is told of elsewhere.
        let (Some(old), Some(new)) = (&before.source, &now.source) else { continue };
        let is_test_file = file.kind == FileKind::Test;
        let (old, new) = (items(old, is_test_file), items(new, is_test_file));
        for (key, was) in old.iter().filter(|(_, item)| item.is_test) {
            let mut observe = |kind, line, detail: String| {
                found.push(Observation {
                    kind,
                    path: file.path.clone(),
                    line,
                    item: was.name.clone(),
                    detail,
                });
            };
            match new.get(key) {
                Some(item) => {
                    let line = now.line(item.start);
                    compared(was, item, &elsewhere)
                        .into_iter()
                        .for_each(|(kind, detail)| observe(kind, line, detail));
                }
                None if is_gone(was, &moved) && !is_asked_elsewhere(was, &asked) => {
                    observe(
                        ObservationKind::TestRemoved,
                        before.line(was.start),
                        "it was removed".to_owned(),
                    );
                }
                None => {}
            }
        }
        for (helper, was, is) in helpers(&old, &new) {
            found.extend(recited(&was, &is, &asked).map(|(kind, detail)| Observation {
                kind,
                path: file.path.clone(),
                line: now.line(new[helper].start),
                item: new[helper].name.clone(),
                detail,
            }));
        }
        found.extend(switched_off(&file.path, before, now));
    }
    found
}

/// A file that was read, as far as it is there and can be.
struct Read {
    text: String,
    source: Option<Source>,
    is_test_file: bool,
}

impl Read {
    fn of(tree: &Tree, file: &FileChange) -> Self {
        let text = tree.text(&file.path).unwrap_or_default().to_owned();
        let source = Source::parse(&text).ok();
        Self { text, source, is_test_file: file.kind == FileKind::Test }
    }

    fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().matches('\n').count() + 1
    }

    /// What all tests in it ask.
    fn demands(&self) -> Vec<Demand> {
        let Some(source) = &self.source else { return Vec::new() };
        let of_item = |item: &Item<'_>| match &item.node {
            Node::Function(function) if is_test(item.attributes) => demands(function.block),
            _ => Vec::new(),
        };
        items(source, self.is_test_file).values().flat_map(of_item).collect()
    }

    /// The bodies of all tests in it.
    fn bodies(&self) -> Vec<String> {
        let Some(source) = &self.source else { return Vec::new() };
        items(source, self.is_test_file).values().filter_map(test_body).collect()
    }
}

/// The body of a test, if the item is one.
fn test_body(item: &Item<'_>) -> Option<String> {
    match &item.node {
        Node::Function(function) if is_test(item.attributes) => {
            Some(compact(function.block.to_token_stream()))
        }
        _ => None,
    }
}

/// Whether an item that is no longer there was a test, or the line that brings a file of tests in.
fn is_gone(was: &Item<'_>, moved: &BTreeSet<String>) -> bool {
    match (test_body(was), &was.node) {
        (Some(body), _) => !moved.contains(&body),
        (None, Node::Other { tokens, .. }) => {
            syn::parse_str::<syn::ItemMod>(tokens).is_ok() || asserts(tokens) > 0
        }
        (None, Node::Function(_) | Node::Head { .. } | Node::Import(_)) => false,
    }
}

/// Whether other tests ask all that a test asked: it was split, or put together with another one.
fn is_asked_elsewhere(was: &Item<'_>, asked: &[Demand]) -> bool {
    let Node::Function(function) = &was.node else { return false };
    let wanted = demands(function.block);
    let is_asked = |one: &Demand| asked.iter().any(|other| other.is_same(one) && other.guards <= one.guards);
    !wanted.is_empty() && wanted.iter().all(is_asked)
}

/// How often an assertion is named in the text of a macro.
fn asserts(tokens: &str) -> usize {
    tokens.matches("assert").count()
}

fn compared(was: &Item<'_>, item: &Item<'_>, elsewhere: &str) -> Vec<(ObservationKind, String)> {
    let mut found: Vec<(ObservationKind, String)> = attributes(was.attributes, item.attributes)
        .into_iter()
        .filter(|(kind, detail)| switches_off(*kind, detail))
        .map(|(_, detail)| (ObservationKind::TestSwitch, detail))
        .collect();
    if !item.is_test || test_body(was).is_some() && test_body(item).is_none() {
        found.push((ObservationKind::TestSwitch, "it is no test any more".to_owned()));
    }
    match (&was.node, &item.node) {
        (Node::Function(before), Node::Function(now)) => {
            found.extend(emptied(before, now));
            found.extend(narrowed(before.block, now.block, elsewhere));
        }
        (Node::Other { tokens: before, .. }, Node::Other { tokens: now, .. }) => {
            found.extend(weakened_macro(before, now));
        }
        _ => {}
    }
    found
}

fn emptied(before: &Function<'_>, now: &Function<'_>) -> Vec<(ObservationKind, String)> {
    let mut found = weakened(before.block, now.block);
    if !before.block.stmts.is_empty() && now.block.stmts.is_empty() {
        found = vec![(ObservationKind::TestWeakened, "it was emptied".to_owned())];
    }
    if found.is_empty() && returns_at_once(now) && !returns_at_once(before) {
        found.push((ObservationKind::TestWeakened, "it returns before it asserts".to_owned()));
    }
    found
}

fn returns_at_once(function: &Function<'_>) -> bool {
    let first = function.block.stmts.first();
    matches!(first, Some(syn::Stmt::Expr(syn::Expr::Return(_), _))) && function.block.stmts.len() > 1
}

/// Whether an attribute that came or went keeps a test from running or failing.
fn switches_off(kind: ObservationKind, detail: &str) -> bool {
    match kind {
        ObservationKind::TestSwitch => true,
        ObservationKind::Conditional => detail.ends_with("added"),
        _ => false,
    }
}

/// A condition that came to stand over a whole file of tests.
fn switched_off(path: &TreePath, before: &Read, now: &Read) -> Vec<Observation> {
    let (Some(old), Some(new), true) = (&before.source, &now.source, now.is_test_file) else {
        return Vec::new();
    };
    let changed = attributes(&old.file.attrs, &new.file.attrs).into_iter();
    let off = changed.filter(|(kind, detail)| switches_off(*kind, detail));
    off.map(|(_, detail)| Observation {
        kind: ObservationKind::TestSwitch,
        path: path.clone(),
        line: 1,
        item: String::new(),
        detail,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::change::{ChangeFacts, ObservationKind, TestLiterals};
    use crate::tree::{Tree, TreePath};

    type Files<'a> = &'a [(&'a str, &'a str)];
    type Case<'a> = (&'a str, &'a str, &'a [(ObservationKind, &'a str)]);

    fn observed(before: Files<'_>, after: Files<'_>) -> Vec<(ObservationKind, String)> {
        let tree = |files: Files<'_>| {
            let mut tree = Tree::new();
            for (path, text) in files {
                tree.insert(TreePath::new(*path).unwrap(), *text);
            }
            tree
        };
        let facts = ChangeFacts::between(&tree(before), &tree(after), &TestLiterals::default());
        let of_tests = facts.observations.into_iter().filter(|one| {
            matches!(
                one.kind,
                ObservationKind::TestRemoved
                    | ObservationKind::TestWeakened
                    | ObservationKind::TestSwitch
                    | ObservationKind::ExpectationChanged
            )
        });
        of_tests.map(|one| (one.kind, one.item)).collect()
    }

    const EXAMPLE: &str = "/// One.\n/// ```\n/// assert_eq!(f(), 1);\n/// ```\nfn f() {}";
    const TEST: &str = "#[cfg(test)] mod tests { #[test] fn t() { assert_eq!(f(1), 2); } }";

    #[test]
    fn tests_that_go_or_are_switched_off_are_observed() {
        use ObservationKind::{ExpectationChanged, TestRemoved, TestSwitch, TestWeakened};
        let cases: &[Case<'_>] = &[
            (TEST, TEST, &[]),
            (TEST, "#[cfg(test)] mod tests { #[test] fn renamed() { assert_eq!(f(1), 2); } }", &[]),
            (
                TEST,
                "#[cfg(test)] mod tests { #[test] fn t() { assert_eq!(f(1), 2); } #[test] fn u() {} }",
                &[],
            ),
            (TEST, "#[cfg(test)] mod tests { }", &[(TestRemoved, "tests::t")]),
            (
                "#[cfg(test)] mod tests { #[test] fn t() { assert_eq!(f(1), 2); assert_eq!(f(2), 3); } }",
                "#[cfg(test)] mod tests { #[test] fn u() { assert_eq!(f(1), 2); } #[test] fn v() { assert_eq!(f(2), 3); } }",
                &[],
            ),
            (
                TEST,
                "#[cfg(test)] mod tests { #[test] #[ignore] fn t() { assert_eq!(f(1), 2); } }",
                &[(TestSwitch, "tests::t")],
            ),
            (TEST, "#[cfg(test)] mod tests { fn t() { assert_eq!(f(1), 2); } }", &[(TestSwitch, "tests::t")]),
            (TEST, "#[cfg(test)] mod tests { #[test] fn t() {} }", &[(TestWeakened, "tests::t")]),
            (
                TEST,
                "#[cfg(test)] mod tests { #[test] fn t() { return; assert_eq!(f(1), 2); } }",
                &[(TestWeakened, "tests::t")],
            ),
            (
                TEST,
                "#[cfg(test)] mod tests { #[test] fn t() { assert_eq!(f(1), 3); } }",
                &[(ExpectationChanged, "tests::t")],
            ),
            ("#[cfg(test)] mod tests;", "", &[(TestRemoved, "tests")]),
            (EXAMPLE, "/// One.\nfn f() {}", &[(TestRemoved, "f")]),
            (
                EXAMPLE,
                "/// One.\n/// ```ignore\n/// assert_eq!(f(), 1);\n/// ```\nfn f() {}",
                &[(TestSwitch, "f")],
            ),
            (EXAMPLE, "/// One.\n/// ```\n/// f();\n/// ```\nfn f() {}", &[(TestWeakened, "f")]),
            (EXAMPLE, "/// Two.\n/// ```\n/// assert_eq!(f(), 1);\n/// f();\n/// ```\nfn f() {}", &[]),
            (EXAMPLE, "/// One.\nfn f() {}\n/// ```\n/// assert_eq!(f(), 1);\n/// ```\nfn g() {}", &[]),
        ];
        for (before, now, expected) in cases {
            let found = observed(&[("src/lib.rs", before)], &[("src/lib.rs", now)]);
            let expected: Vec<_> = expected.iter().map(|(kind, item)| (*kind, (*item).to_owned())).collect();
            assert_eq!(found, expected, "{before} => {now}");
        }
    }

    #[test]
    fn a_test_may_move_to_another_file() {
        let body = "#[test] fn t() { assert_eq!(f(1), 2); }";
        let moved = observed(&[("src/lib.rs", TEST)], &[("src/lib.rs", ""), ("tests/t.rs", body)]);
        assert_eq!(moved, []);
        let gone = observed(&[("tests/t.rs", body)], &[]);
        assert_eq!(gone, [(ObservationKind::TestRemoved, "t".to_owned())]);
        let off = observed(&[("tests/t.rs", body)], &[("tests/t.rs", &format!("#![cfg(windows)] {body}"))]);
        assert_eq!(off, [(ObservationKind::TestSwitch, String::new())]);
    }
}

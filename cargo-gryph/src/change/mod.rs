//! Change facts: what the step from one tree to another does to the items of the program. Facts only; a policy judges.
//!
//! Files are compared by what they are for and Rust by parsed item, so that a test module inside a source file is
//! told from the program around it. Nothing is resolved: names mean what they say.

mod assertion;
mod attribute;
mod breadth;
mod comparison;
mod constant;
mod contradiction;
mod demand;
pub mod dependency;
mod exclusion;
mod files;
mod function;
mod item;
mod kind;
mod literal;
mod manifest;
mod observation;
mod program;
mod reading;
mod recital;
mod signature;
mod size;
mod source;
mod special;
mod target;
mod tests_kept;
mod usage;
mod waiver;
mod weakening;

use serde::{Deserialize, Serialize};

use crate::hole::TestName;
use crate::scan::SourceMatch;
use crate::schema::on_deep_stack;
use crate::tree::{Tree, TreePath};

pub use assertion::{Assertion, Demand, Side};
pub use contradiction::{Claim, Contradiction, contradictions};
pub use kind::{FileChange, FileDifference, FileKind};
pub use literal::Literal;
pub use observation::{Observation, ObservationKind};
pub use size::EditSize;
pub use source::{Case, Helper, TestLiterals, TestSource, tests_source};
pub use waiver::{Waiver, waivers};

/// What a change does.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeFacts {
    /// The files that differ, by path.
    pub files: Vec<FileChange>,
    /// Everything observed, by kind.
    pub observations: Vec<Observation>,
    /// Functions of the program with another body or signature.
    pub functions: Vec<FunctionChange>,
    /// How large it is.
    pub size: EditSize,
    /// What source rules and formats of secrets find in it that was not there before.
    pub matches: Vec<SourceMatch>,
    /// Lines that somebody has to read: those that changed outside of tests, lock files and generated files.
    pub lines: usize,
}

/// A function of the program that differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionChange {
    /// The file.
    pub path: TreePath,
    /// Its name in the file, such as `Money::parse`.
    pub function: String,
    /// The line where it begins after the change, from 1.
    pub line: usize,
    /// Tokens of it that are gone.
    pub tokens_deleted: usize,
    /// Tokens of it that are new.
    pub tokens_added: usize,
    /// Tokens that it had.
    pub tokens_before: usize,
    /// Its body was only a promise, such as `todo!()`.
    pub was_stub: bool,
}

impl ChangeFacts {
    /// Compares two trees. `tests` are the values of the tests that a change might recite.
    pub fn between(base: &Tree, after: &Tree, tests: &TestLiterals) -> Self {
        let compared = on_deep_stack(|| files::compare(base, after, tests));
        // A text that the parser panics on is one that nobody can vouch for.
        compared.unwrap_or_else(|_| files::unreadable(base, after))
    }

    /// Compares two trees with the values of these tests, which the base holds.
    pub fn of(base: &Tree, after: &Tree, tests: &[TestName]) -> Self {
        Self::between(base, after, &TestLiterals::of(base, tests))
    }

    /// The observations of one kind.
    pub fn observed(&self, kind: ObservationKind) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(move |observation| observation.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(TreePath::new(*path).unwrap(), *text);
        }
        tree
    }

    /// What is observed between two states of `src/lib.rs`, as `kind item`.
    fn observed(before: &str, after: &str) -> Vec<String> {
        let of = |text: &str| tree(&[("Cargo.toml", "[package]\nname = \"kit\""), ("src/lib.rs", text)]);
        let facts = ChangeFacts::between(&of(before), &of(after), &TestLiterals::default());
        let shown = |one: &Observation| format!("{:?} {}", one.kind, one.item);
        facts.observations.iter().map(shown).collect()
    }

    #[test]
    fn each_kind_of_change_is_observed_where_it_happens() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("fn f() { 1; }", "fn f() { 2; }", &[]),
            ("fn f() {}", "fn f() { }  // said", &[]),
            ("pub fn f(x: u8) {}", "pub fn f(x: u16) {}", &["PublicSignature f"]),
            ("pub fn f<T>(x: T) {}", "pub fn f<T: Copy>(x: T) {}", &["PublicBound f"]),
            ("impl S { pub fn f(&self) {} }", "impl S { pub fn f(&mut self) {} }", &["PublicReceiver S::f"]),
            ("fn f() {}", "pub fn f() {}", &["PublicSignature f"]),
            ("struct S;", "#[derive(Clone)] struct S;", &["DeriveAdded S"]),
            ("#[derive(Clone)] struct S;", "struct S;", &["DeriveRemoved S"]),
            ("#[derive(PartialEq)] struct S;", "struct S;", &["EqualityWeakened S"]),
            ("struct S { a: u8 }", "struct S { a: u16 }", &["ItemChanged S"]),
            ("pub enum E { A }", "pub enum E { A, B }", &["PublicSignature E"]),
            ("const C: u8 = 1;", "const C: u8 = 2;", &["ConstantChanged C"]),
            ("const C: u8 = 1;", "const C: u16 = 1;", &["ItemChanged C"]),
            ("/// One.\nfn f() {}", "/// Two.\nfn f() {}", &["Documentation f"]),
            ("fn f() {}", "#[inline] fn f() {}", &["Attribute f"]),
            ("#![forbid(unsafe_code)] fn f() {}", "fn f() {}", &["LintSwitch "]),
            ("fn f() {}", "use std::fmt; fn f() {}", &[]),
            (
                "fn f() {}",
                "use std::process as p; fn f() { p::exit(0) }",
                &["Outside ", "Outside ", "Outside "],
            ),
            ("fn f() { for _ in 0..2 {} }", "fn f() { g() }", &["LoopRemoved f"]),
            ("fn f(n: u8) { f(n) }", "fn f(n: u8) { g(n) }", &["RecursionRemoved f"]),
            (
                "impl S { fn f(&self) { self.a + self.b; } }",
                "impl S { fn f(&self) { self.a; } }",
                &["FieldIgnored S::f"],
            ),
            ("fn f(a: u8) { g(a) }", "fn f(b: u8) { g(b) }", &[]),
            ("mod m { fn f() { 1; } }", "mod m { fn f() { todo!() } }", &["GivesUp m::f"]),
            ("fn f() {", "fn f() {}", &["Incomparable "]),
            ("fn f() {}", "fn f() {", &["Unreadable "]),
            ("", "fn f() { g().unwrap() }", &["ItemAdded f", "Unwrap f"]),
        ];
        for (before, after, expected) in cases {
            assert_eq!(&observed(before, after), expected, "{before} => {after}");
        }
    }

    #[test]
    fn a_file_that_only_a_test_module_declares_is_a_test() {
        let files = |body: &str| {
            tree(&[
                ("src/lib.rs", "#[cfg(test)] mod checks; mod parts;"),
                ("src/checks.rs", "mod more;"),
                ("src/checks/more.rs", body),
                ("src/parts.rs", "fn f() {}"),
            ])
        };
        let facts = ChangeFacts::between(&files("fn a() {}"), &files("fn b() {}"), &TestLiterals::default());
        assert_eq!(facts.files[0].kind, FileKind::Test);
        assert_eq!(facts.observed(ObservationKind::TestCode).count(), 1);
    }

    #[test]
    fn the_size_of_a_change_is_a_shortest_edit() {
        let of = |text: &str| tree(&[("src/lib.rs", text)]);
        let (before, after) =
            (of("fn f() {\n    a(1);\n    b();\n}\n"), of("fn f() {\n    a(2);\n    b();\n}\n"));
        let facts = ChangeFacts::between(&before, &after, &TestLiterals::default());
        let expected =
            EditSize { tokens_deleted: 1, tokens_added: 1, lines_deleted: 1, lines_added: 1, hunks: 1 };
        assert_eq!(facts.size, expected);
        assert_eq!((facts.functions.len(), facts.functions[0].tokens_added), (1, 1));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_makes_the_comparison_panic(
            text in "\\PC{0,60}",
            parts in proptest::collection::vec(0..20_usize, 0..30),
        ) {
            let words = ["fn f(x: u8) {", "}", "if x == 7 {", "match x {", "_ => 1,", "7 => 2,", "#[test]", "impl S {", "é",
                "matches!(x, 3)", "[1, 2]", ";", "use a::b;", "mod m {", "\"a", "/// d\n", "#![allow(x)]", "x", "(", ")"];
            let made: String = parts.iter().map(|part| words[*part]).collect();
            for (before, after) in [(&text, &made), (&made, &text), (&made, &String::from("fn f(x: u8) { x }"))] {
                let _ = observed(before, after);
            }
        }
    }
}

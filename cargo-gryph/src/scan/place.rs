//! What a file is, as far as it decides which rules apply.

use crate::scan::Touched;
use crate::scan::rules::Scope;
use crate::tree::{Tree, TreePath};

/// A file and what it is part of.
pub(super) struct Place<'a> {
    pub(super) path: &'a TreePath,
    /// All of it serves tests, benchmarks or examples.
    is_test: bool,
    /// It is part of a library.
    is_library: bool,
}

impl<'a> Place<'a> {
    pub(super) fn of(tree: &Tree, file: Touched<'a>) -> Self {
        let is_test = file.is_test || is_beside_the_program(file.path);
        Self { path: file.path, is_test, is_library: !is_test && is_library(tree, file.path) }
    }

    /// Whether a rule of this scope applies, inside or outside of what only tests compile.
    pub(super) fn is_in(&self, scope: Scope, in_tests: bool) -> bool {
        let in_tests = in_tests || self.is_test;
        match scope {
            Scope::Everywhere => true,
            Scope::Tests => in_tests,
            Scope::Program => !in_tests,
            Scope::Library => !in_tests && self.is_library,
        }
    }

    /// Whether what it holds is meant to be looked at, not used.
    pub(super) fn is_prose(&self) -> bool {
        [".md", ".rst", ".adoc", ".txt"].iter().any(|end| self.path.as_str().to_lowercase().ends_with(end))
    }
}

/// Folders whose files are not what ships.
const BESIDE: [&str; 9] =
    ["tests", "test", "benches", "examples", "fixtures", "testdata", "test-data", "fuzz", "snapshots"];

fn is_beside_the_program(path: &TreePath) -> bool {
    let text = path.as_str().to_lowercase();
    let folders = || text.split('/').rev().skip(1);
    // Rust below `src` is compiled, whatever its folder is called.
    let is_compiled = text.ends_with(".rs") && folders().any(|part| part == "src");
    !is_compiled && folders().any(|part| BESIDE.contains(&part))
}

fn is_library(tree: &Tree, path: &TreePath) -> bool {
    let text = path.as_str();
    let Some((package, inside)) = text.rfind("src/").map(|at| (&text[..at], &text[at + 4..])) else {
        return false;
    };
    let root = TreePath::new(format!("{package}src/lib.rs"));
    let is_program = inside == "main.rs" || inside.starts_with("bin/");
    !is_program && root.is_ok_and(|root| tree.get(&root).is_some())
}

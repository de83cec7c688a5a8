//! A small crate in a workbench, and trials of bodies for its functions.

use cargo_gryph::candidate::{Candidate, CandidateId, Change, Origin};
use cargo_gryph::cargo::{Cargo, Workbench};
use cargo_gryph::hole::{Hole, HoleId, TestName};
use cargo_gryph::sandbox::{Preference, detect};
use cargo_gryph::tree::{Tree, TreePath};
use cargo_gryph::trial::{Job, Outcome, TrialOptions, TrialReport, TrialState, trial};

use crate::cargo::{launcher, toolchain};

pub(crate) struct Fixture {
    pub(crate) tree: Tree,
    pub(crate) cargo: Cargo,
    pub(crate) bench: Workbench,
    pub(crate) state: TrialState,
    pub(crate) options: TrialOptions,
    _dir: tempfile::TempDir,
}

pub(crate) fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

/// The tree of a package named `sample` with a library and one test file.
pub(crate) fn package(edition: &str, library: &str, tests: &str) -> Tree {
    let mut tree = Tree::new();
    let manifest =
        format!("[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n[workspace]\n");
    tree.insert(path("Cargo.toml"), manifest);
    tree.insert(path("Cargo.lock"), "version = 4\n\n[[package]]\nname = \"sample\"\nversion = \"0.1.0\"\n");
    tree.insert(path("src/lib.rs"), library);
    tree.insert(path("tests/outer.rs"), tests);
    tree
}

pub(crate) fn hole(function: &str) -> Hole {
    Hole {
        id: HoleId(function.to_owned()),
        path: path("src/lib.rs"),
        function: function.to_owned(),
        signature: String::new(),
        doc: String::new(),
        context: String::new(),
        dependencies: Vec::new(),
        visible: Vec::new(),
        properties: Vec::new(),
        held_back: Vec::new(),
    }
}

pub(crate) fn tests(names: &[&str]) -> Vec<TestName> {
    names.iter().map(|name| TestName { target: "outer".to_owned(), name: (*name).to_owned() }).collect()
}

pub(crate) fn candidates(function: &str, changes: impl IntoIterator<Item = Change>) -> Vec<Candidate> {
    let origin = Origin {
        proposer: "test".to_owned(),
        round: 1,
        model: None,
        prompt: None,
        seed: None,
        operator: None,
        parent: None,
    };
    let candidate = |(number, change)| Candidate {
        id: CandidateId(number),
        hole: HoleId(function.to_owned()),
        change,
        origin: origin.clone(),
    };
    (0..).zip(changes).map(candidate).collect()
}

impl Fixture {
    pub(crate) fn new(edition: &str, library: &str, tests: &str) -> Self {
        Self::of(package(edition, library, tests))
    }

    pub(crate) fn of(tree: Tree) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            tree,
            cargo: Cargo::new(toolchain(), detect(launcher(), Preference::Auto).unwrap()),
            bench: Workbench::create(dir.path()).unwrap(),
            state: TrialState::default(),
            options: TrialOptions { seed: 7, ..TrialOptions::default() },
            _dir: dir,
        }
    }

    /// A workbench of its own, for what must not meet a schema.
    pub(crate) fn clean_bench(&self) -> Workbench {
        Workbench::create(&self.bench.dir.join("clean")).unwrap()
    }

    pub(crate) async fn try_changes(
        &mut self,
        function: &str,
        names: &[&str],
        changes: impl IntoIterator<Item = Change>,
    ) -> TrialReport {
        let (hole, tests) = (hole(function), tests(names));
        let job = Job { tree: &self.tree, holes: &[hole], tests: &tests };
        let candidates = candidates(function, changes);
        let tried = trial(&self.cargo, &self.bench, &mut self.state, &job, &candidates, &self.options).await;
        tried.unwrap_or_else(|error| panic!("{function}: {error}"))
    }

    pub(crate) async fn try_bodies(
        &mut self,
        function: &str,
        names: &[&str],
        bodies: &[&str],
    ) -> TrialReport {
        self.try_changes(function, names, bodies.iter().map(|body| Change::Body((*body).to_owned()))).await
    }
}

/// A verdict in a few words: `3/4`, `rejected E0308`, `inadmissible`, …
pub(crate) fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unparsable(_) => "unparsable".to_owned(),
        Outcome::Inadmissible(_) => "inadmissible".to_owned(),
        Outcome::Duplicate(first) => format!("same as {first}"),
        Outcome::Rejected(diagnostics) => {
            let codes: Vec<&str> = diagnostics.iter().filter_map(|said| said.code.as_deref()).collect();
            format!("rejected {}", codes.join(" "))
        }
        Outcome::Judged { passed, failed } => format!("{}/{}", passed.len(), passed.len() + failed.len()),
    }
}

pub(crate) fn briefs(report: &TrialReport) -> Vec<String> {
    report.verdicts.iter().map(|verdict| brief(&verdict.outcome)).collect()
}

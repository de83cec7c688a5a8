//! The oracle of a repair: the whole workspace from plain text in a clean place, every test that decides, the rules.

use std::fs;
use std::path::Path;

use crate::cargo::{Cargo, Workbench};
use crate::change::TestLiterals;
use crate::check::{self, Base, Depth, Evidence, Subject};
use crate::diagnose::TestDiagnosis;
use crate::diff;
use crate::gate::{Approved, Decision, Finding, decide};
use crate::patch::Span;
use crate::pipeline::PipelineError;
use crate::tree::{Tree, TreePath};
use crate::trial::{confirm, lay_out};

use super::plausible::Plausible;
use super::red_tests::decisive;
use super::{Job, TEST_WALL};

/// The work directories of a repair.
pub(super) struct Benches {
    /// Where candidates are tried.
    pub(super) trial: Workbench,
    /// Where repairs of a red build are checked.
    pub(super) mend: Workbench,
    /// Where the base is diagnosed and a winner is judged; no schema is ever built there.
    pub(super) clean: Workbench,
}

impl Benches {
    pub(super) fn create(work: &Path) -> Result<Self, PipelineError> {
        let bench = |name: &str| {
            let dir = work.join(name);
            Workbench::create(&dir).map_err(|source| PipelineError::WorkDirectory { path: dir, source })
        };
        Ok(Self { trial: bench("trial")?, mend: bench("mend")?, clean: bench("clean")? })
    }
}

/// Lays the workspace out, locks and fetches its dependencies. The lock file, if the user has none, is in the tree that
/// comes back, and in every tree that is compared with it.
pub(super) async fn prepare(cargo: &Cargo, benches: &Benches, tree: &Tree) -> Result<Tree, PipelineError> {
    let mut base = tree.clone();
    let bench = &benches.clean;
    lay_out(&base, bench)?;
    let lock = TreePath::new("Cargo.lock").expect("a plain name");
    if base.get(&lock).is_none() {
        cargo.generate_lockfile(bench).await?;
        let content = fs::read(lock.to_path(&bench.tree()))
            .map_err(|source| PipelineError::WorkDirectory { path: bench.tree(), source })?;
        base.insert(lock.clone(), content);
    }
    if base.text(&lock).is_none_or(has_sources) {
        cargo.fetch(bench).await?;
    }
    Ok(base)
}

/// Whether a lock file names packages that have to be downloaded.
fn has_sources(lock: &str) -> bool {
    lock.lines().any(|line| line.starts_with("source = "))
}

/// What the full check and the gate say.
pub(super) enum Judged {
    /// It may enter.
    Approved(Box<Approved>, Box<Evidence>),
    /// A person must decide.
    Asked(Vec<Finding>),
    /// It is refused.
    Refused(Vec<Finding>),
}

impl Job<'_> {
    /// Whether a tree builds and every test that decides passes, in an ordinary build.
    pub(super) async fn passes(&self, tests: &TestDiagnosis, tree: &Tree) -> Result<bool, PipelineError> {
        let named = decisive(tests);
        let confirmation = confirm(self.cargo(), &self.benches.clean, tree, &named).await?;
        Ok(confirmation.holds(&named))
    }

    /// The full check of a patch, and what the policy says about it.
    pub(super) async fn judge(
        &self,
        tests: &TestDiagnosis,
        plausible: &Plausible,
    ) -> Result<Judged, PipelineError> {
        super::stage(self.world, "check", "check: build, tests, what the change does");
        // Names of tests in documentation hold line numbers, which a patch may move; all of them must pass anyway.
        let expected = decisive(tests);
        let literals = TestLiterals::of(&self.base, &expected);
        let generated: Vec<Span> =
            diff::hunks(&self.base, &plausible.tree).into_iter().map(|hunk| hunk.edit.span).collect();
        let subject = Subject {
            tree: &plausible.tree,
            expected_tests: &expected,
            generated: &generated,
            program: self.world.launcher,
            test_wall: TEST_WALL,
            depth: Depth::Change(Base { tree: &self.base, tests: &literals, lints: None }),
        };
        let evidence = check::check(self.cargo(), &self.benches.clean, &subject).await?;
        Ok(match decide(&self.world.policy, &evidence) {
            Decision::Allow(approved) => Judged::Approved(Box::new(approved), Box::new(evidence)),
            Decision::Ask(ask) => Judged::Asked(ask.findings().to_vec()),
            Decision::Deny(findings) => Judged::Refused(findings),
        })
    }
}

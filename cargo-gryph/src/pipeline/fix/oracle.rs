//! The oracle of a repair: the whole workspace from plain text in a clean place, every test that decides, the rules.

use std::path::Path;

use crate::cargo::{BuildOptions, Workbench};
use crate::change::TestLiterals;
use crate::check::{self, Base, Depth, Evidence, Subject};
use crate::diagnose::TestDiagnosis;
use crate::diff;
use crate::gate::{Approved, Decision, Finding, decide};
use crate::patch::Span;
use crate::pipeline::PipelineError;
use crate::pipeline::bench::bench;
use crate::tree::Tree;
use crate::trial::confirm;

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
        Ok(Self { trial: bench(work, "trial")?, mend: bench(work, "mend")?, clean: bench(work, "clean")? })
    }
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
        let confirmation =
            confirm(self.cargo(), &self.benches.clean, tree, &named, &BuildOptions::default()).await?;
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

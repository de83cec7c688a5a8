//! What a run of `fix` tells: what is broken, the patch and why this one, or what was tried in vain.

use std::time::Duration;

use crate::change::{Claim, contradictions};
use crate::diagnose::{Diagnosis, FailureKind, TestDiagnosis};
use crate::event::{Event, Reporter};
use crate::gate::Finding;
use crate::hole::TestName;
use crate::tree::Tree;

use super::plausible::{Effort, Tier};

/// A patch in place, or one that would be.
#[derive(Debug)]
pub struct Patched {
    /// As `diff -u` shows it.
    pub diff: String,
    /// What found it.
    pub tier: Tier,
    /// The rules that made it.
    pub operators: Vec<String>,
    /// Why this one, as a sentence.
    pub why: String,
    /// Patches that passed every test, this one included.
    pub plausible: usize,
    /// The commit, where there is one.
    pub commit: Option<String>,
    /// What the gate had to say all the same.
    pub warnings: Vec<Finding>,
    /// What it took.
    pub effort: Effort,
    /// Time of the search and the checks.
    pub elapsed: Duration,
}

/// One of several patches of different behaviour.
#[derive(Clone, PartialEq, Debug)]
pub struct Alternative {
    /// As `diff -u` shows it.
    pub diff: String,
    /// What found it.
    pub tier: Tier,
    /// The rules that made it.
    pub operators: Vec<String>,
    /// The number of its behaviour.
    pub(super) class: usize,
    /// Patches that behave alike, this one included.
    pub alike: usize,
    /// An input on which it answers otherwise than the first, with both answers, as a sentence.
    pub differs: Option<String>,
}

/// What was tried in vain.
#[derive(Clone, PartialEq, Debug)]
pub struct NotFound {
    /// What it took.
    pub effort: Effort,
    /// Whether a budget stopped work that was still to be tried.
    pub budget: bool,
    /// Tests that contradict each other or the documentation, as sentences.
    pub contradictions: Vec<String>,
    /// The nearest miss, as a sentence.
    pub nearest: Option<String>,
    /// Time of the search.
    pub elapsed: Duration,
}

/// Tests that contradict others or the documentation, as sentences.
pub(super) fn contradicting(tree: &Tree, tests: &TestDiagnosis) -> Vec<String> {
    let failing: Vec<TestName> = tests.failing.iter().map(|failing| failing.test.clone()).collect();
    let said = |claim: &Claim| match claim {
        Claim::Test { test, expression } => format!("`{expression}` of the test `{}`", test.name),
        Claim::Documentation { item, expression, .. } => {
            format!("`{expression}` in the documentation of `{item}`")
        }
    };
    let found = contradictions(tree, &failing, &tests.passing);
    found.iter().map(|found| format!("{} against {}", said(&found.one), said(&found.other))).collect()
}

/// Tells what is broken.
pub(super) fn tell_diagnosis(reporter: &dyn Reporter, diagnosis: &Diagnosis) {
    let (errors, failing, passing, flaky) = match diagnosis {
        Diagnosis::Build(errors) => (errors.len(), Vec::new(), 0, Vec::new()),
        Diagnosis::Tests(tests) => {
            let failing = tests.failing.iter().map(|failing| {
                let how = match failing.kind {
                    FailureKind::Failed => "",
                    FailureKind::TimedOut => " (out of time)",
                    FailureKind::Aborted => " (took its process along)",
                };
                format!("{}{how}", failing.test.name)
            });
            let flaky = tests.flaky.iter().map(|test| test.name.clone());
            (0, failing.collect(), tests.passing.len(), flaky.collect())
        }
    };
    reporter.report(&Event::Diagnosed { errors, failing, passing, flaky });
}

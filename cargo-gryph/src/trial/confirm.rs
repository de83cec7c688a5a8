//! The last word about a winner: plain text, a clean place, an ordinary build, every test by name.

use std::time::Duration;

use super::run::run_plain;
use super::suites::Suites;
use super::{Failure, Outcome, TrialError, TrialOptions, lay_out};
use crate::cargo::{Build, BuildOptions, Cargo, Workbench};
use crate::hole::TestName;
use crate::tree::Tree;

/// Time the tests of one binary get.
const WALL: Duration = Duration::from_secs(300);

/// What an ordinary build and run came to.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The build.
    pub compiled: Build,
    /// Tests that passed.
    pub passed: Vec<TestName>,
    /// Tests that did not; all of them, without a message, if it does not build.
    pub failed: Vec<Failure>,
}

impl Confirmation {
    /// Whether it builds, and every one of `tests` passed and none failed.
    pub fn holds(&self, tests: &[TestName]) -> bool {
        self.compiled.success && self.failed.is_empty() && tests.iter().all(|test| self.passed.contains(test))
    }
}

/// Builds a tree as its users would, or the packages of the options alone, and runs `tests`. Use a workbench in which no
/// schema was ever built.
pub async fn confirm(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
    tests: &[TestName],
    options: &BuildOptions,
) -> Result<Confirmation, TrialError> {
    lay_out(tree, bench)?;
    let compiled = cargo.build_tests(bench, options).await?;
    let failing = |test: &TestName, message: &str| Failure {
        test: test.clone(),
        message: message.to_owned(),
        timed_out: false,
    };
    if !compiled.success {
        let failed = tests.iter().map(|test| failing(test, "it does not build")).collect();
        return Ok(Confirmation { compiled, passed: Vec::new(), failed });
    }
    let suites = match Suites::find(cargo, bench, &compiled.binaries, tests, WALL).await {
        Ok(suites) => suites,
        Err(TrialError::MissingTest(test)) => {
            let failed = vec![failing(&test, "the build has no such test")];
            return Ok(Confirmation { compiled, passed: Vec::new(), failed });
        }
        Err(error) => return Err(error),
    };
    let outcome = run_plain(cargo, bench, suites, &TrialOptions::default()).await?;
    let Outcome::Judged { passed, failed } = outcome else {
        return Err(TrialError::Worker("a run gave no results".to_owned()));
    };
    Ok(Confirmation { compiled, passed, failed })
}

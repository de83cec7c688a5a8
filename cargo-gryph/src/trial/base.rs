//! How the tests do on the unchanged tree: which of them fail, and how long they take.

use std::collections::BTreeSet;
use std::time::Duration;

use super::suites::{Results, Suite, Suites};
use super::{Failure, TrialError};
use crate::cargo::{Cargo, TestRun, Workbench};
use crate::hole::TestName;
use crate::process::Exit;

/// The most time one run of the base's tests gets.
const MOST_WALL: Duration = Duration::from_secs(60);
/// How many times longer than on the base a candidate's tests may take.
const PATIENCE: u32 = 5;
/// Tests of one binary that are run one by one where a run of all does not tell.
const MOST_SINGLES: usize = 100;

/// What is known about the tests of one tree.
#[derive(Clone, Default, Debug)]
pub(super) struct Base {
    results: Results,
    /// Tests that were run together, and how long that took. Those that ran out of time are not among them.
    timed: Vec<(BTreeSet<TestName>, Duration)>,
}

impl Base {
    /// Whether all of these were run.
    pub(super) fn knows(&self, tests: &[TestName]) -> bool {
        tests.iter().all(|test| self.results.contains_key(test))
    }

    pub(super) fn results(&self) -> &Results {
        &self.results
    }

    /// Whether a test is known to fail.
    pub(super) fn fails(&self, test: &TestName) -> bool {
        self.results.get(test).is_some_and(Option::is_some)
    }

    /// Whether a test is known to have run out of time.
    pub(super) fn times_out(&self, test: &TestName) -> bool {
        matches!(self.results.get(test), Some(Some(failure)) if failure.timed_out)
    }

    /// The time a candidate gets for these tests.
    pub(super) fn wall(&self, suite: &Suite, least: Duration) -> Duration {
        let tests: BTreeSet<TestName> = suite.tests.iter().map(|test| suite.name(test)).collect();
        let runs = self.timed.iter().filter(|(timed, _)| !timed.is_disjoint(&tests));
        least.max(runs.map(|(_, elapsed)| *elapsed).sum::<Duration>() * PATIENCE)
    }

    /// Takes over how one test did that was run alone.
    pub(super) fn enter(&mut self, test: &TestName, failure: Option<Failure>, elapsed: Duration) {
        let timed_out = failure.as_ref().is_some_and(|failure| failure.timed_out);
        if self.results.insert(test.clone(), failure).is_none() && !timed_out {
            self.timed.push((BTreeSet::from([test.clone()]), elapsed));
        }
    }

    /// Runs tests of a build in which nothing is switched on; one by one, where one of them takes the others along.
    pub(super) async fn measure(
        &mut self,
        cargo: &Cargo,
        bench: &Workbench,
        suites: &Suites,
        least: Duration,
    ) -> Result<(), TrialError> {
        self.timed.clear();
        for suite in &suites.suites {
            let told = self.measure_together(cargo, bench, suite, &suite.tests, least * PATIENCE).await?;
            if !told && suite.tests.len() > 1 && suite.tests.len() <= MOST_SINGLES {
                for test in &suite.tests {
                    self.measure_together(cargo, bench, suite, std::slice::from_ref(test), least).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether the run can be believed.
    async fn measure_together(
        &mut self,
        cargo: &Cargo,
        bench: &Workbench,
        suite: &Suite,
        tests: &[String],
        wall: Duration,
    ) -> Result<bool, TrialError> {
        let run = TestRun {
            exact: tests.to_vec(),
            env: Vec::new(),
            wall: MOST_WALL.min(wall),
            stop_at_failure: false,
            threads: 1,
            scratch: None,
        };
        let outcome = cargo.run_test(bench, &suite.binary, &run).await?;
        if matches!(outcome.exit, Exit::Code(_)) {
            self.timed.push((tests.iter().map(|test| suite.name(test)).collect(), outcome.elapsed));
        }
        suite.enter(&outcome, &mut self.results);
        Ok(outcome.anomaly.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> TestName {
        TestName { target: "t".to_owned(), name: name.to_owned() }
    }

    #[test]
    fn a_test_that_ran_out_of_time_fails_and_grants_no_more_time() {
        let failure = |timed_out| Some(Failure { test: name("b"), message: String::new(), timed_out });
        let mut base = Base::default();
        base.enter(&name("a"), None, Duration::from_secs(1));
        base.enter(&name("b"), failure(true), Duration::from_secs(9));
        base.enter(&name("c"), failure(false), Duration::from_secs(2));
        assert!(!base.fails(&name("a")) && base.fails(&name("b")) && base.fails(&name("c")));
        assert!(base.times_out(&name("b")) && !base.times_out(&name("c")));
        assert!(base.knows(&[name("a"), name("b")]) && !base.knows(&[name("d")]));
        assert_eq!(base.timed.len(), 2);
    }
}

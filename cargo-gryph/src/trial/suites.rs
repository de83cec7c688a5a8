//! The tests that decide, by the binary that holds them, and how they ended.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Failure, Outcome, TrialError};
use crate::cargo::{Cargo, TestBinary, TestFailure, TestOutcome, Workbench};
use crate::hole::TestName;

/// How each test ended: `None` passed.
pub(super) type Results = BTreeMap<TestName, Option<Failure>>;

/// The deciding tests by the binary that holds them.
#[derive(Clone)]
pub(super) struct Suites {
    pub(super) suites: Vec<Suite>,
    pub(super) order: Vec<TestName>,
}

/// Tests of one binary, sorted as libtest runs them.
#[derive(Clone)]
pub(super) struct Suite {
    pub(super) binary: TestBinary,
    pub(super) tests: Vec<String>,
    pub(super) wall: Duration,
}

impl Suites {
    /// Finds every deciding test in the list of the base; one that is missing would otherwise pass by not running.
    pub(super) async fn find(
        cargo: &Cargo,
        bench: &Workbench,
        binaries: &[TestBinary],
        tests: &[TestName],
        wall: Duration,
    ) -> Result<Self, TrialError> {
        let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for test in tests {
            wanted.entry(&test.target).or_default().insert(&test.name);
        }
        let mut suites = Vec::new();
        for (target, names) in wanted {
            let missing = |name: &&str| {
                let (target, name) = (target.to_owned(), (*name).to_owned());
                TrialError::MissingTest(TestName { target, name })
            };
            let mut left = names;
            for binary in binaries.iter().filter(|binary| binary.target == target) {
                let listed = cargo.list_tests(bench, binary).await?;
                let own: Vec<String> = listed.into_iter().filter(|name| left.remove(&**name)).collect();
                if !own.is_empty() {
                    suites.push(Suite { binary: binary.clone(), tests: own, wall });
                }
            }
            if let Some(name) = left.first() {
                return Err(missing(name));
            }
        }
        let mut seen = BTreeSet::new();
        let order = tests.iter().filter(|test| seen.insert(*test)).cloned().collect();
        Ok(Self { suites, order })
    }

    /// The same but for some tests.
    pub(super) fn without(mut self, unwanted: impl Fn(&TestName) -> bool) -> Self {
        self.suites = self.part(|test| !unwanted(test));
        self.order.retain(|test| !unwanted(test));
        self
    }

    /// The suites in the order in which they tell most: tests that fail on the base, the job's first of them by itself if
    /// its failure is `enough`, for a lone test says why it failed, and then the others.
    pub(super) fn phases(&self, fails: impl Fn(&TestName) -> bool, enough: bool) -> Vec<Vec<Suite>> {
        let telling: BTreeSet<&TestName> = self.order.iter().filter(|test| fails(test)).collect();
        let first = self.order.iter().find(|test| telling.contains(test)).filter(|_| enough);
        let mut lead = Vec::new();
        if let Some(first) = first {
            lead.extend(self.part(|test| test == first).into_iter().take(1));
        }
        let others = self.part(|test| telling.contains(test) && Some(test) != first);
        let rest = self.part(|test| !telling.contains(test));
        [lead, others, rest].into_iter().filter(|phase| !phase.is_empty()).collect()
    }

    /// Some of the tests, the binary with the most telling of them first.
    pub(super) fn part(&self, wanted: impl Fn(&TestName) -> bool) -> Vec<Suite> {
        let mut part: Vec<Suite> = self.suites.clone();
        for suite in &mut part {
            let target = suite.binary.target.clone();
            suite.tests.retain(|name| wanted(&TestName { target: target.clone(), name: name.clone() }));
        }
        part.retain(|suite| !suite.tests.is_empty());
        part.sort_by_key(|suite| self.order.iter().position(|test| suite.holds(test)));
        part
    }

    /// A candidate's results in the order of the job.
    pub(super) fn outcome(&self, results: &Results) -> Outcome {
        let (mut passed, mut failed) = (Vec::new(), Vec::new());
        for test in &self.order {
            match results.get(test) {
                Some(None) => passed.push(test.clone()),
                Some(Some(failure)) => failed.push(failure.clone()),
                None => {}
            }
        }
        if failed.is_empty() {
            let open = self.order.iter().find(|test| !results.contains_key(test)).cloned();
            failed.extend(open.map(|test| Failure {
                test,
                message: "it was not run".to_owned(),
                timed_out: false,
            }));
        }
        Outcome::Judged { passed, failed }
    }
}

impl Suite {
    pub(super) fn holds(&self, test: &TestName) -> bool {
        test.target == self.binary.target && self.tests.contains(&test.name)
    }

    pub(super) fn name(&self, test: &str) -> TestName {
        TestName { target: self.binary.target.clone(), name: test.to_owned() }
    }

    pub(super) fn timed_out(&self, test: &str, message: &str) -> Failure {
        Failure { test: self.name(test), message: message.to_owned(), timed_out: true }
    }

    /// Takes over what a run said. A test passed only if the run as a whole can be believed.
    pub(super) fn enter(&self, outcome: &TestOutcome, results: &mut Results) {
        for test in &outcome.passed {
            results.insert(self.name(test), None);
        }
        for TestFailure { test, message, timed_out } in &outcome.failed {
            let failure = Failure { test: self.name(test), message: message.clone(), timed_out: *timed_out };
            results.insert(self.name(test), Some(failure));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_was_not_run_is_not_passed() {
        let name = |name: &str| TestName { target: "outer".to_owned(), name: name.to_owned() };
        let suites = Suites { suites: Vec::new(), order: vec![name("a"), name("b")] };
        let outcomes = [
            (vec![], false),
            (vec![(name("a"), None)], false),
            (vec![(name("a"), None), (name("c"), None)], false),
            (vec![(name("a"), None), (name("b"), None)], true),
        ];
        for (results, passes) in outcomes {
            assert_eq!(suites.outcome(&results.into_iter().collect()).passes(), passes);
        }
    }
}

//! Every test: listed first, run, and reported exactly once.

use crate::cargo::{Cargo, Targets, TestBinary, TestFailure, TestKind, TestOutcome, TestRun, Workbench};
use crate::check::{CheckError, Subject, TestFact, TestResult, options};
use crate::hole::TestName;
use crate::process::Exit;

/// The target under which tests of the documentation are filed.
pub const DOCTESTS: &str = "doc";

/// Runs all tests of all binaries and of the documentation.
pub(super) async fn run(
    cargo: &Cargo,
    bench: &Workbench,
    subject: &Subject<'_>,
    binaries: &[TestBinary],
) -> Result<Vec<TestFact>, CheckError> {
    let mut facts = Vec::new();
    for binary in binaries {
        let listed = cargo.list_tests(bench, binary).await?;
        if listed.is_empty() {
            continue;
        }
        let outcome = cargo.run_test(bench, binary, &whole_run(subject)).await?;
        facts.extend(listed.iter().map(|name| fact(binary, name, result(name, &outcome))));
    }
    if binaries.iter().any(|binary| binary.kind == TestKind::Unit) {
        facts.extend(documentation(cargo, bench).await?);
    }
    Ok(against(subject.expected_tests, facts))
}

/// All tests of a binary at once.
pub(super) fn whole_run(subject: &Subject<'_>) -> TestRun {
    TestRun {
        exact: Vec::new(),
        env: Vec::new(),
        wall: subject.test_wall,
        stop_at_failure: false,
        threads: 2,
        scratch: None,
    }
}

/// What a run of a whole binary says about one of its tests.
pub(super) fn result(name: &String, outcome: &TestOutcome) -> TestResult {
    if let Some(anomaly) = &outcome.anomaly {
        let failure = outcome.failed.iter().find(|failure| failure.test == *name);
        let timed_out = failure.map_or(outcome.exit == Exit::TimedOut, |failure| failure.timed_out);
        return TestResult::Failed { message: format!("the run cannot be believed: {anomaly}"), timed_out };
    }
    if outcome.passed.contains(name) {
        return TestResult::Passed;
    }
    match outcome.failed.iter().find(|failure| failure.test == *name) {
        Some(failure) => failed(failure),
        None => TestResult::Ignored,
    }
}

fn failed(failure: &TestFailure) -> TestResult {
    TestResult::Failed { message: failure.message.clone(), timed_out: failure.timed_out }
}

fn fact(binary: &TestBinary, name: &str, result: TestResult) -> TestFact {
    let test = TestName { target: binary.target.clone(), name: name.to_owned() };
    TestFact { test, expected: false, result }
}

async fn documentation(cargo: &Cargo, bench: &Workbench) -> Result<Vec<TestFact>, CheckError> {
    let doctests = cargo.doctest(bench, &options(Targets::LibAndTests)).await?;
    let named = |name: &str, result| TestFact {
        test: TestName { target: DOCTESTS.to_owned(), name: name.to_owned() },
        expected: false,
        result,
    };
    let mut facts: Vec<TestFact> =
        doctests.passed.iter().map(|name| named(name, TestResult::Passed)).collect();
    facts.extend(doctests.failed.iter().map(|failure| named(&failure.test, failed(failure))));
    if !doctests.success && doctests.failed.is_empty() {
        let message = doctests.stderr.trim().chars().take(4096).collect();
        facts.push(named("the documentation", TestResult::Failed { message, timed_out: false }));
    }
    Ok(facts)
}

/// Marks the tests of the plan, and adds those that no binary has. A name that two binaries list was not reported
/// exactly once.
fn against(expected: &[TestName], mut facts: Vec<TestFact>) -> Vec<TestFact> {
    for name in expected {
        let mut fitting = facts.iter_mut().filter(|fact| fact.test == *name);
        match (fitting.next(), fitting.next()) {
            (Some(fact), None) => fact.expected = true,
            (found, _) => {
                let double = found.is_some();
                if double {
                    facts.retain(|fact| fact.test != *name);
                }
                facts.push(TestFact { test: name.clone(), expected: true, result: TestResult::Unreported });
            }
        }
    }
    facts.sort_by(|left, right| left.test.cmp(&right.test));
    facts
}

#[cfg(test)]
mod unit {
    use super::*;

    fn name(name: &str) -> TestName {
        TestName { target: "t".to_owned(), name: name.to_owned() }
    }

    fn passed(test: &str) -> TestFact {
        TestFact { test: name(test), expected: false, result: TestResult::Passed }
    }

    #[test]
    fn an_expected_test_that_is_missing_or_double_is_unreported() {
        let facts = against(&[name("a"), name("b"), name("c")], vec![passed("a"), passed("b"), passed("b")]);
        let results: Vec<(&str, bool, bool)> = facts
            .iter()
            .map(|fact| (fact.test.name.as_str(), fact.expected, fact.result == TestResult::Passed))
            .collect();
        assert_eq!(results, [("a", true, true), ("b", true, false), ("c", true, false)]);
    }
}

//! Runs the tests of every candidate that compiled: the same binary, once per candidate, each run behind the walls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::screen::Built;
use super::{Failure, Outcome, Report, Trial, TrialError, TrialOptions};
use crate::candidate::CandidateId;
use crate::cargo::{
    Cargo, CargoError, SingleTarget, TestBinary, TestFailure, TestOutcome, TestRun, Workbench,
};
use crate::hole::TestName;
use crate::process::Exit;
use crate::tree::{Tree, TreePath};

/// Tests of one candidate that may run out of time before the rest is given up.
const MOST_HANGS: u32 = 2;
/// Tests of one binary that are confirmed one by one.
const MOST_SINGLES: usize = 500;
/// Time the base's own tests get.
const BASE_WALL: Duration = Duration::from_secs(60);

/// The targets that hold the deciding tests, if they can be told from the files; else none, which stands for all.
pub(super) fn test_targets(tree: &Tree, tests: &[TestName]) -> Vec<SingleTarget> {
    let names: BTreeSet<&str> = tests.iter().map(|test| &*test.target).collect();
    let is_file = |path: String| TreePath::new(path).is_ok_and(|path| tree.get(&path).is_some());
    let is_test =
        |name: &str| is_file(format!("tests/{name}.rs")) || is_file(format!("tests/{name}/main.rs"));
    // A workspace's members, and a program's unit tests, are left to Cargo.
    let is_plain = is_file("src/lib.rs".to_owned()) && !names.contains("main");
    let library = || names.iter().filter(|name| !is_test(name)).count() <= 1;
    if !is_plain
        || !library()
        || tree.files().filter(|(path, _)| path.as_str().ends_with("Cargo.toml")).count() > 1
    {
        return Vec::new();
    }
    let one = |name: &&str| {
        if is_test(name) { SingleTarget::Test((*name).to_owned()) } else { SingleTarget::Library }
    };
    names.iter().map(one).collect()
}

/// The deciding tests by the binary that holds them.
pub(super) struct Suites {
    pub(super) suites: Vec<Suite>,
    order: Vec<TestName>,
}

/// Tests of one binary, sorted as libtest runs them.
#[derive(Clone)]
pub(super) struct Suite {
    binary: TestBinary,
    tests: Vec<String>,
    wall: Duration,
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

    /// Runs the base; gives every suite five times what that takes, or `least`.
    async fn measure(
        &mut self,
        cargo: &Cargo,
        bench: &Workbench,
        least: Duration,
    ) -> Result<Outcome, TrialError> {
        let mut results = Results::new();
        for suite in &mut self.suites {
            let run = TestRun {
                exact: suite.tests.clone(),
                env: Vec::new(),
                wall: BASE_WALL.min(least * 5),
                stop_at_failure: false,
                threads: 1,
                scratch: None,
            };
            let outcome = cargo.run_test(bench, &suite.binary, &run).await?;
            let ended = matches!(outcome.exit, Exit::Code(_));
            suite.wall = if ended { least.max(outcome.elapsed * 5) } else { least };
            suite.enter(&outcome, &mut results);
        }
        Ok(self.outcome(&results))
    }

    /// A candidate's results in the order of the job.
    fn outcome(&self, results: &Results) -> Outcome {
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

/// What every run of a trial shares.
struct Runner {
    cargo: Cargo,
    bench: Workbench,
    suites: Suites,
    stop_at_first_failure: bool,
    /// Each test runs in a process of its own, up to this many in a suite.
    most_singles: usize,
    slots: Semaphore,
}

/// How each test ended: `None` passed.
type Results = BTreeMap<TestName, Option<Failure>>;

/// What came of one candidate's tests, and how long they took.
type Judged = Result<(Outcome, Duration), TrialError>;

impl Trial<'_> {
    /// Runs all candidates of a packed build.
    pub(super) async fn run_packed(&self, built: Box<Built>, report: &mut Report) -> Result<(), TrialError> {
        let started = Instant::now();
        let mut suites = Suites::find(
            &self.cargo,
            self.bench,
            &built.build.binaries,
            self.job.tests,
            self.options.min_wall,
        )
        .await?;
        report.base = Some(suites.measure(&self.cargo, self.bench, self.options.min_wall).await?);
        let runner = Arc::new(Runner::new(&self.cargo, self.bench, suites, self.options));
        let mut runs = JoinSet::new();
        for (number, candidate) in built.alive {
            let (runner, variable) = (Arc::clone(&runner), built.switch.variable.clone());
            runs.spawn(async move { (candidate, runner.judge(vec![(variable, number.to_string())]).await) });
        }
        enter_all(&mut runs, report).await?;
        report.timings.run += started.elapsed();
        Ok(())
    }

    /// Runs the one candidate of a build of its own.
    pub(super) async fn run_alone(&self, binaries: &[TestBinary]) -> Judged {
        let suites =
            Suites::find(&self.cargo, self.bench, binaries, self.job.tests, self.options.min_wall).await?;
        Runner::new(&self.cargo, self.bench, suites, self.options).judge(Vec::new()).await
    }
}

async fn enter_all(runs: &mut JoinSet<(CandidateId, Judged)>, report: &mut Report) -> Result<(), TrialError> {
    while let Some(run) = runs.join_next().await {
        let (candidate, judged) = run.map_err(|error| TrialError::Worker(error.to_string()))?;
        let (outcome, elapsed) = judged?;
        report.enter(candidate, outcome, elapsed, None);
    }
    Ok(())
}

/// Runs tests of an ordinary build, each in a process of its own unless there are very many: code that forges a whole
/// report would have to know which of them is running.
pub(super) async fn run_plain(
    cargo: &Cargo,
    bench: &Workbench,
    suites: Suites,
    options: &TrialOptions,
) -> Result<Outcome, TrialError> {
    let runner = Runner { most_singles: MOST_SINGLES, ..Runner::new(cargo, bench, suites, options) };
    Ok(runner.judge(Vec::new()).await?.0)
}

impl Runner {
    fn new(cargo: &Cargo, bench: &Workbench, suites: Suites, options: &TrialOptions) -> Self {
        Self {
            cargo: cargo.clone(),
            bench: bench.clone(),
            suites,
            stop_at_first_failure: options.stop_at_first_failure,
            most_singles: 0,
            slots: Semaphore::new(options.parallel.max(1)),
        }
    }

    /// Runs one candidate's tests.
    async fn judge(&self, env: Vec<(String, String)>) -> Judged {
        let _slot = self.slots.acquire().await.map_err(|error| TrialError::Worker(error.to_string()))?;
        let started = Instant::now();
        let mut results = Results::new();
        let mut hangs = 0;
        for suite in self.in_order() {
            self.judge_suite(&suite, &env, &mut hangs, &mut results).await?;
            if self.stop_at_first_failure && results.values().any(Option::is_some) {
                break;
            }
        }
        Ok((self.suites.outcome(&results), started.elapsed()))
    }

    /// The suites; where the first failure is enough, the job's first test comes first, by itself.
    fn in_order(&self) -> Vec<Suite> {
        let mut suites = self.suites.suites.clone();
        let Some(first) = self.suites.order.first().filter(|_| self.stop_at_first_failure) else {
            return suites;
        };
        let holder = suites
            .iter_mut()
            .find(|suite| suite.binary.target == first.target && suite.tests.contains(&first.name));
        if let Some(holder) = holder {
            holder.tests.retain(|test| *test != first.name);
            let lead = Suite { tests: vec![first.name.clone()], ..holder.clone() };
            suites.insert(0, lead);
        }
        suites.retain(|suite| !suite.tests.is_empty());
        suites
    }

    /// One process for the suite; where that does not tell, one for each test.
    async fn judge_suite(
        &self,
        suite: &Suite,
        env: &[(String, String)],
        hangs: &mut u32,
        results: &mut Results,
    ) -> Result<(), TrialError> {
        if suite.tests.len() <= self.most_singles {
            for test in &suite.tests {
                self.judge_single(suite, test, env, hangs, results).await?;
            }
            return Ok(());
        }
        let outcome = self.run(suite, &suite.tests, env).await?;
        let told = outcome.anomaly.is_none();
        if told || suite.tests.len() == 1 || self.stop_at_first_failure {
            suite.enter(&outcome, results);
            return Ok(());
        }
        if outcome.exit == Exit::TimedOut {
            return self.judge_hanging(suite, &outcome, env, hangs, results).await;
        }
        for test in &suite.tests {
            self.judge_single(suite, test, env, hangs, results).await?;
        }
        Ok(())
    }

    /// After a hang: what had been reported is run again together, then the rest one by one, until patience ends.
    async fn judge_hanging(
        &self,
        suite: &Suite,
        outcome: &TestOutcome,
        env: &[(String, String)],
        hangs: &mut u32,
        results: &mut Results,
    ) -> Result<(), TrialError> {
        let (open, reported): (Vec<&TestFailure>, Vec<_>) =
            outcome.failed.iter().partition(|failure| failure.timed_out);
        let reported: Vec<String> = reported.into_iter().map(|failure| failure.test.clone()).collect();
        let mut spent = Duration::ZERO;
        if !reported.is_empty() {
            let again = self.run(suite, &reported, env).await?;
            spent = again.elapsed;
            suite.enter(&again, results);
        }
        // libtest runs one test after the other in the order of their names, so the first open one is where it hung.
        let mut open = open.into_iter().map(|failure| &failure.test);
        let held_up = open.next().filter(|_| spent < suite.wall / 4);
        if let Some(test) = held_up {
            *hangs += 1;
            results.insert(suite.name(test), Some(suite.timed_out(test, "it ran out of time")));
        }
        let rest = suite.tests.iter().filter(|test| !reported.contains(test) && Some(*test) != held_up);
        for test in rest {
            self.judge_single(suite, test, env, hangs, results).await?;
        }
        Ok(())
    }

    async fn judge_single(
        &self,
        suite: &Suite,
        test: &str,
        env: &[(String, String)],
        hangs: &mut u32,
        results: &mut Results,
    ) -> Result<(), TrialError> {
        if *hangs >= MOST_HANGS {
            let failure = suite.timed_out(test, "it was not run: other tests ran out of time");
            results.insert(suite.name(test), Some(failure));
            return Ok(());
        }
        let outcome = self.run(suite, &[test.to_owned()], env).await?;
        *hangs += u32::from(outcome.exit == Exit::TimedOut);
        suite.enter(&outcome, results);
        Ok(())
    }

    async fn run(
        &self,
        suite: &Suite,
        exact: &[String],
        env: &[(String, String)],
    ) -> Result<TestOutcome, CargoError> {
        let run = TestRun {
            exact: exact.to_vec(),
            env: env.to_vec(),
            wall: suite.wall,
            stop_at_failure: self.stop_at_first_failure,
            threads: 1,
            scratch: None,
        };
        self.cargo.run_test(&self.bench, &suite.binary, &run).await
    }
}

impl Suite {
    fn name(&self, test: &str) -> TestName {
        TestName { target: self.binary.target.clone(), name: test.to_owned() }
    }

    fn timed_out(&self, test: &str, message: &str) -> Failure {
        Failure { test: self.name(test), message: message.to_owned(), timed_out: true }
    }

    /// Takes over what a run said. A test passed only if the run as a whole can be believed.
    fn enter(&self, outcome: &TestOutcome, results: &mut Results) {
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

    #[test]
    fn only_the_targets_that_decide_are_built() {
        let mut tree = Tree::new();
        for path in ["Cargo.toml", "src/lib.rs", "tests/a.rs", "tests/b/main.rs", "tests/c.rs"] {
            tree.insert(TreePath::new(path).expect("plain"), "");
        }
        let targets = |names: &[&str]| {
            let tests =
                names.iter().map(|name| TestName { target: (*name).to_owned(), name: "t".to_owned() });
            test_targets(&tree, &tests.collect::<Vec<_>>())
        };
        let test = |name: &str| SingleTarget::Test(name.to_owned());
        assert_eq!(targets(&["a", "b", "a"]), [test("a"), test("b")]);
        assert_eq!(targets(&["sample", "a"]), [test("a"), SingleTarget::Library]);
        assert_eq!(targets(&["sample", "other"]), [], "one of them is a program");
    }
}

//! Runs the tests of every candidate that compiled: the same binary, once per candidate, each run behind the walls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

use super::base::Base;
use super::screen::Built;
use super::suites::{Results, Suite, Suites};
use super::{Outcome, Report, Trial, TrialError, TrialOptions, TrialState};
use crate::candidate::CandidateId;
use crate::cargo::{Cargo, CargoError, TestBinary, TestFailure, TestOutcome, TestRun, Workbench};
use crate::hole::TestName;
use crate::process::Exit;

/// Tests of one candidate that may run out of time before the rest is given up.
const MOST_HANGS: u32 = 2;
/// The least time a test of the base gets that is known to pass.
const MOST_LEAST: Duration = Duration::from_secs(12);
/// Tests that run first of those that are likely to fail; then twice as many, and so on.
const FIRST_LIKELY: usize = 4;
/// Tests of one binary that are confirmed one by one.
const MOST_SINGLES: usize = 500;

/// What every run of a trial shares.
struct Runner {
    cargo: Cargo,
    bench: Workbench,
    suites: Suites,
    /// What runs first, what follows it, and so on.
    phases: Vec<Vec<Suite>>,
    stop_at_first_failure: bool,
    /// Whether a candidate that failed in one phase is spared the next.
    ends_with_phase: bool,
    /// Candidates that passed, and how many of them are enough.
    passed: AtomicUsize,
    enough: usize,
    /// Each test runs in a process of its own, up to this many in a suite.
    most_singles: usize,
}

/// What came of one candidate's tests, and how long they took; nothing if enough had passed before.
type Judged = Result<Option<(Outcome, Duration)>, TrialError>;

impl Trial<'_> {
    /// Runs all candidates of a packed build.
    pub(super) async fn run_packed(
        &self,
        state: &mut TrialState,
        built: Built,
        report: &mut Report,
    ) -> Result<(), TrialError> {
        let started = Instant::now();
        let suites = self.suites(&built.build.binaries).await?;
        let base = state.bases.entry(self.base).or_default();
        let here = if base.knows(self.job.tests) {
            self.passing(&suites).await?
        } else {
            // A test that is known to pass is given the time to do so.
            let least = if self.options.passing.is_empty() { self.options.min_wall } else { MOST_LEAST };
            base.measure(&self.cargo, self.bench, &suites, least).await?;
            base.clone()
        };
        report.base = Some(suites.outcome(base.results()));
        let suites = self.deciding(suites, &here, report);
        let runner = Runner::new(&self.cargo, self.bench, suites, Some(&*base), self.options);
        let runner = Arc::new(Runner { passed: report.passed().into(), ..runner });
        let mut runs = JoinSet::new();
        let slots = Arc::new(Semaphore::new(self.options.parallel.max(1)));
        for (number, candidate) in built.alive {
            // Taken here and not in the task, so that candidates begin in their order.
            let slot = Arc::clone(&slots).acquire_owned().await;
            let slot = slot.map_err(|error| TrialError::Worker(error.to_string()))?;
            while let Some(run) = runs.try_join_next() {
                enter(run, report)?;
            }
            let phases = runner.phases(self.options.likely.get(&candidate));
            let (runner, variable) = (Arc::clone(&runner), built.switch.variable.clone());
            runs.spawn(async move {
                let _slot = slot;
                (candidate, runner.judge(&phases, &[(variable, number.to_string())]).await)
            });
        }
        while let Some(run) = runs.join_next().await {
            enter(run, report)?;
        }
        report.timings.run += started.elapsed();
        Ok(())
    }

    pub(super) async fn suites(&self, binaries: &[TestBinary]) -> Result<Suites, TrialError> {
        Suites::find(&self.cargo, self.bench, binaries, self.job.tests, self.options.min_wall).await
    }

    /// How the tests that pass as the code is written do in a build that does the same with another text.
    pub(super) async fn passing(&self, suites: &Suites) -> Result<Base, TrialError> {
        let mut here = Base::default();
        let passing = suites.clone().without(|test| !self.options.passing.contains(test));
        here.measure(&self.cargo, self.bench, &passing, MOST_LEAST).await?;
        Ok(here)
    }

    /// The tests that decide: not those that look at the text of the code, or take too long where nothing is changed.
    fn deciding(&self, suites: Suites, here: &Base, report: &mut Report) -> Suites {
        let left_out = |test: &TestName| self.options.passing.contains(test) && here.fails(test);
        report.is_slow |= suites.order.iter().any(|test| left_out(test) && here.times_out(test));
        suites.without(left_out)
    }

    /// Runs the one candidate of a build of its own. `here` says how tests do where its function has another text.
    pub(super) async fn run_alone(
        &self,
        state: &TrialState,
        binaries: &[TestBinary],
        candidate: CandidateId,
        here: Option<&Base>,
        report: &mut Report,
    ) -> Result<(Outcome, Duration), TrialError> {
        let mut suites = self.suites(binaries).await?;
        if let Some(here) = here {
            suites = self.deciding(suites, here, report);
        }
        let known = state.bases.get(&self.base).into_iter().chain(here);
        let base = known.into_iter().find(|base| base.knows(self.job.tests));
        let runner = Runner::new(&self.cargo, self.bench, suites, base, self.options);
        let judged = runner.judge_all(&runner.phases(self.options.likely.get(&candidate)), &[]).await?;
        if let (Outcome::Judged { failed, .. }, None) = (&judged.0, base) {
            // How long they take where nothing is changed is not known.
            report.is_slow |= failed.iter().any(|failure| failure.timed_out);
        }
        Ok(judged)
    }
}

fn enter(run: Result<(CandidateId, Judged), JoinError>, report: &mut Report) -> Result<(), TrialError> {
    let (candidate, judged) = run.map_err(|error| TrialError::Worker(error.to_string()))?;
    if let Some((outcome, elapsed)) = judged? {
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
    let runner = Runner { most_singles: MOST_SINGLES, ..Runner::new(cargo, bench, suites, None, options) };
    Ok(runner.judge_all(&runner.phases, &[]).await?.0)
}

impl Runner {
    fn new(
        cargo: &Cargo,
        bench: &Workbench,
        mut suites: Suites,
        base: Option<&Base>,
        options: &TrialOptions,
    ) -> Self {
        if let Some(base) = base {
            for suite in &mut suites.suites {
                suite.wall = base.wall(suite, options.min_wall);
            }
        }
        let fails = |test: &TestName| base.is_none_or(|base| base.fails(test));
        let phases = match (options.stop_at_first_failure, options.rest_for_survivors) {
            (false, false) => vec![suites.suites.clone()],
            (stops, _) => suites.phases(fails, stops),
        };
        Self {
            cargo: cargo.clone(),
            bench: bench.clone(),
            suites,
            phases,
            stop_at_first_failure: options.stop_at_first_failure,
            ends_with_phase: options.stop_at_first_failure || options.rest_for_survivors,
            passed: AtomicUsize::new(0),
            enough: options.enough.unwrap_or(usize::MAX),
            most_singles: 0,
        }
    }

    /// What runs first for a candidate, what follows it, and so on: few of the tests that are likely to fail, then more.
    fn phases(&self, likely: Option<&Vec<TestName>>) -> Vec<Vec<Suite>> {
        let Some(likely) = likely.filter(|_| self.stop_at_first_failure) else { return self.phases.clone() };
        let (mut open, mut size, mut phases) = (likely.as_slice(), FIRST_LIKELY, Vec::new());
        while !open.is_empty() {
            let (group, later) = open.split_at(size.min(open.len()));
            phases.push(self.suites.part(|test| group.contains(test)));
            (open, size) = (later, size * 2);
        }
        phases.push(self.suites.part(|test| !likely.contains(test)));
        phases
    }

    /// Runs one candidate's tests, unless enough have passed.
    async fn judge(&self, phases: &[Vec<Suite>], env: &[(String, String)]) -> Judged {
        if self.passed.load(Ordering::Relaxed) >= self.enough {
            return Ok(None);
        }
        let (outcome, elapsed) = self.judge_all(phases, env).await?;
        self.passed.fetch_add(usize::from(outcome.passes()), Ordering::Relaxed);
        Ok(Some((outcome, elapsed)))
    }

    async fn judge_all(
        &self,
        phases: &[Vec<Suite>],
        env: &[(String, String)],
    ) -> Result<(Outcome, Duration), TrialError> {
        let started = Instant::now();
        let mut results = Results::new();
        let mut hangs = 0;
        let has_failed = |results: &Results| results.values().any(Option::is_some);
        'all: for phase in phases {
            for suite in phase {
                self.judge_suite(suite, env, &mut hangs, &mut results).await?;
                if self.stop_at_first_failure && has_failed(&results) {
                    break 'all;
                }
            }
            if self.ends_with_phase && has_failed(&results) {
                break;
            }
        }
        Ok((self.suites.outcome(&results), started.elapsed()))
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
        if self.ends_with_phase {
            // It has failed already, and each further hang would cost as much as many other candidates.
            *hangs = MOST_HANGS;
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

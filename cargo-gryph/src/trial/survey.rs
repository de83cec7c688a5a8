//! A survey: what each test does on the unchanged tree, and which parts of the suspected functions it comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::scope::{Scope, scope};
use super::screen::said;
use super::suites::Suites;
use super::{Failure, TrialError, TrialOptions, TrialState, lay_out, unless};
use crate::cargo::{Build, BuildOptions, CapLints, Cargo, CargoError, TestBinary, TestRun, Workbench};
use crate::diagnostic::Diagnostic;
use crate::hole::TestName;
use crate::patch::Span;
use crate::schema::{ProbedTree, Probes, Site, Switch, is_fatal, wanted_const};
use crate::tree::Tree;

/// Builds beyond which nothing is probed.
const MOST_ROUNDS: u32 = 6;
/// How many times a candidate's least time a test of the base gets.
const PATIENCE: u32 = 5;
/// The most of it.
const MOST_WALL: Duration = Duration::from_secs(60);
/// Bytes read of what a run noted.
const MOST_NOTED: u64 = 1 << 20;

/// What the tests do on a tree.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Survey {
    /// What each probe stands for, in bytes of the original files: a function as a whole, the body of a branch, an arm
    /// or a closure, a statement.
    pub probes: Vec<Span>,
    /// The tests in the order in which they were asked for; fewer after the deadline.
    pub runs: Vec<TestSurvey>,
    /// Functions that have no probes, and why.
    pub unprobed: Vec<(Site, String)>,
}

/// One test, run in a process of its own.
#[derive(Clone, PartialEq, Debug)]
pub struct TestSurvey {
    /// The test.
    pub test: TestName,
    /// How it failed, if it did, with what it printed.
    pub failure: Option<Failure>,
    /// Where it panicked, if that lies in the tree; an empty range of the original file.
    pub panicked: Option<Span>,
    /// The probes that were hit, also by a run that was killed.
    pub hits: BTreeSet<usize>,
    /// Time from start to end.
    pub elapsed: Duration,
}

impl Survey {
    /// The tests that come to a place, those that come to few others first: what a test is about is what it tells most of.
    pub fn reaching(&self, place: &Span) -> Vec<TestName> {
        let holds = |probe: &Span| {
            let (own, asked) = (&probe.range, &place.range);
            probe.path == place.path && own.start <= asked.start && asked.end <= own.end
        };
        let around = self.probes.iter().enumerate().filter(|(_, probe)| holds(probe));
        let innermost = around.min_by_key(|(_, probe)| probe.range.len()).map(|(number, _)| number);
        let Some(innermost) = innermost else { return Vec::new() };
        let mut runs: Vec<&TestSurvey> =
            self.runs.iter().filter(|run| run.hits.contains(&innermost)).collect();
        runs.sort_by_key(|run| run.hits.len());
        runs.into_iter().map(|run| run.test.clone()).collect()
    }
}

/// Builds the tree once with probes in some functions and runs each test by itself. Functions whose probes do not
/// compile go without. How the tests did is kept in the state for the trials of the same tree.
pub async fn survey(
    cargo: &Cargo,
    bench: &Workbench,
    state: &mut TrialState,
    tree: &Tree,
    sites: &[Site],
    tests: &[TestName],
    options: &TrialOptions,
) -> Result<Survey, TrialError> {
    if tests.is_empty() {
        return Err(TrialError::NoTests(Vec::new()));
    }
    let cargo = Cargo { build_wall: options.build_wall, ..cargo.clone() };
    let over = || options.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let mut found = Survey::default();
    let surveyor = Surveyor { cargo, bench, tree, sites, tests, options };
    unless(over, surveyor.survey(state, &mut found)).await.transpose()?;
    let position = |run: &TestSurvey| tests.iter().position(|test| *test == run.test);
    found.runs.sort_by_key(position);
    let base = state.bases.entry(tree.hash()).or_default();
    for run in &found.runs {
        base.enter(&run.test, run.failure.clone(), run.elapsed);
    }
    Ok(found)
}

struct Surveyor<'a> {
    cargo: Cargo,
    bench: &'a Workbench,
    tree: &'a Tree,
    sites: &'a [Site],
    tests: &'a [TestName],
    options: &'a TrialOptions,
}

/// A build with probes.
struct ProbedBuild {
    binaries: Vec<TestBinary>,
    probes: Probes,
    probed: ProbedTree,
    variable: String,
}

impl Surveyor<'_> {
    async fn survey(&self, state: &mut TrialState, found: &mut Survey) -> Result<(), TrialError> {
        let built = match self.build(state).await {
            Err(TrialError::Base(_)) if !state.is_wide => {
                state.is_wide = true;
                self.build(state).await?
            }
            built => built?,
        };
        let suites = self.suites(&built.binaries).await;
        let (built, suites) = match suites {
            // With the whole workspace built, the test may be there.
            Err(TrialError::MissingTest(_)) if !state.is_wide => {
                state.is_wide = true;
                let built = self.build(state).await?;
                let suites = self.suites(&built.binaries).await?;
                (built, suites)
            }
            suites => (built, suites?),
        };
        found.probes = built.probes.spans.clone();
        let unprobed = built.probes.without.iter();
        found.unprobed = unprobed.map(|(site, why)| (self.sites[*site].clone(), why.clone())).collect();
        self.run_all(built, &suites, &mut found.runs).await
    }

    async fn suites(&self, binaries: &[TestBinary]) -> Result<Suites, TrialError> {
        Suites::find(&self.cargo, self.bench, binaries, self.tests, self.wall()).await
    }

    fn wall(&self) -> Duration {
        (self.options.min_wall * PATIENCE).min(MOST_WALL)
    }

    /// Builds with as many probes as compile.
    async fn build(&self, state: &mut TrialState) -> Result<ProbedBuild, TrialError> {
        let mut probes = Probes::find(self.tree, self.sites)?;
        probes.keep_const(&state.kept);
        for round in 1..=MOST_ROUNDS {
            state.schemata += 1;
            let switch = state.switch(self.options.seed);
            let probed = probes.weave(self.tree, &switch, &state.kept)?;
            lay_out(&probed.tree, self.bench)?;
            let diagnostics = match self.try_build(state).await? {
                Ok(build) => {
                    let Switch { variable, .. } = switch;
                    return Ok(ProbedBuild { binaries: build.binaries, probes, probed, variable });
                }
                Err(diagnostics) => diagnostics,
            };
            if probes.without.len() == self.sites.len() {
                return Err(TrialError::Base(diagnostics));
            }
            let blames = self.draw_consequences(state, &mut probes, &probed, &diagnostics);
            if !blames || round + 1 == MOST_ROUNDS {
                let why = "the build with probes fails, and nobody is to blame";
                (0..self.sites.len()).for_each(|site| probes.give_up(site, why));
            }
        }
        Err(TrialError::Base(Vec::new()))
    }

    async fn try_build(&self, state: &TrialState) -> Result<Result<Build, Vec<Diagnostic>>, TrialError> {
        let Scope { packages, only } = match state.is_wide {
            true => Scope::default(),
            false => scope(self.tree, self.tests),
        };
        let cap_lints = Some(CapLints::Warn);
        let options = BuildOptions { cap_lints, packages, only, ..BuildOptions::default() };
        Ok(match self.cargo.build_tests(self.bench, &options).await {
            Ok(build) if build.success => Ok(build),
            Ok(build) => {
                let fatal = build.diagnostics.into_iter().filter(is_fatal);
                let mut fatal: Vec<Diagnostic> = fatal.collect();
                if fatal.is_empty() {
                    fatal.push(said(&build.stderr));
                }
                Err(fatal)
            }
            Err(CargoError::Unfinished { tool, exit }) => {
                Err(vec![said(&format!("`{tool}` did not end: {exit:?}"))])
            }
            Err(error) => return Err(error.into()),
        })
    }

    /// Takes probes from the functions that the compiler blames; whether there were any.
    fn draw_consequences(
        &self,
        state: &mut TrialState,
        probes: &mut Probes,
        probed: &ProbedTree,
        diagnostics: &[Diagnostic],
    ) -> bool {
        let wanted = if probes.removes_const() { wanted_const(diagnostics) } else { BTreeSet::new() };
        if !wanted.is_subset(&state.kept) {
            state.kept.extend(wanted);
            probes.keep_const(&state.kept);
            return true;
        }
        let before = probes.without.len();
        for site in probed.blamed(diagnostics, self.sites) {
            probes.give_up(site, "its probes do not compile");
        }
        probes.without.len() > before
    }

    async fn run_all(
        &self,
        built: ProbedBuild,
        suites: &Suites,
        runs: &mut Vec<TestSurvey>,
    ) -> Result<(), TrialError> {
        let slots = Arc::new(Semaphore::new(self.options.parallel.max(1)));
        let built = Arc::new(built);
        let mut open = JoinSet::new();
        let mut holders: BTreeMap<TestName, TestBinary> = BTreeMap::new();
        for suite in &suites.suites {
            holders.extend(suite.tests.iter().map(|test| (suite.name(test), suite.binary.clone())));
        }
        for test in &suites.order {
            let Some(binary) = holders.remove(test) else { continue };
            let slot = Arc::clone(&slots).acquire_owned().await;
            let slot = slot.map_err(|error| TrialError::Worker(error.to_string()))?;
            while let Some(run) = open.try_join_next() {
                runs.push(run.map_err(|error| TrialError::Worker(error.to_string()))??);
            }
            let (built, test) = (Arc::clone(&built), test.clone());
            let (cargo, bench, wall) = (self.cargo.clone(), self.bench.clone(), self.wall());
            open.spawn(async move {
                let _slot = slot;
                built.run(&cargo, &bench, &binary, test, wall).await
            });
        }
        while let Some(run) = open.join_next().await {
            runs.push(run.map_err(|error| TrialError::Worker(error.to_string()))??);
        }
        Ok(())
    }
}

impl ProbedBuild {
    async fn run(
        &self,
        cargo: &Cargo,
        bench: &Workbench,
        binary: &TestBinary,
        test: TestName,
        wall: Duration,
    ) -> Result<TestSurvey, TrialError> {
        let scratch = tempfile::Builder::new().prefix("survey-").tempdir_in(bench.scratch());
        let scratch = scratch.map_err(|source| TrialError::Notes { path: bench.scratch(), source })?;
        let notes = scratch.path().join("hits");
        let run = TestRun {
            exact: vec![test.name.clone()],
            env: vec![(self.variable.clone(), notes.to_string_lossy().into_owned())],
            wall,
            stop_at_failure: false,
            threads: 1,
            scratch: Some(scratch.path().to_owned()),
        };
        let outcome = cargo.run_test(bench, binary, &run).await?;
        let hits = self.probes.hits(&noted(&notes));
        let failure = outcome.failed.into_iter().find(|failure| failure.test == test.name).map(|failure| {
            Failure { test: test.clone(), message: failure.message, timed_out: failure.timed_out }
        });
        let panicked = failure.as_ref().and_then(|failure| self.probed.panic_place(&failure.message));
        Ok(TestSurvey { test, failure, panicked, hits, elapsed: outcome.elapsed })
    }
}

/// What a run left; a run that came to no probe leaves nothing.
fn noted(path: &Path) -> String {
    use std::io::Read as _;
    let mut noted = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MOST_NOTED).read_to_end(&mut noted));
    read.map_or_else(|_| String::new(), |_| String::from_utf8_lossy(&noted).into_owned())
}

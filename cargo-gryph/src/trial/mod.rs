//! The trial: candidates in, verdicts out, with one build for hundreds of them.
//!
//! A candidate is read, held against what it may not introduce, packed with the others into one schema, screened by
//! the compiler, and run against the tests that decide. A verdict holds facts only. It cannot be earned by ending the
//! process or by printing: a pass means that every deciding test, known by name before any candidate was built, was
//! reported exactly once as ok in a run that ended as it should. [`confirm`] then judges the winner as plain text.

pub mod agreement;
mod alone;
mod base;
pub mod behaviour;
mod confirm;
mod packing;
pub mod probe;
pub mod rehearsal;
mod run;
mod scope;
mod screen;
mod sift;
mod suites;
pub mod survey;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::time::{Duration, Instant};

use crate::candidate::{Candidate, CandidateId};
use crate::cargo::{Cargo, CargoError, Workbench};
use crate::diagnostic::Diagnostic;
use crate::digest::Digest;
use crate::hole::{Hole, HoleId, TestName};
use crate::schema::{SchemaError, Subject};
use crate::tree::Tree;

pub use crate::cargo::lay_out;
pub use confirm::{Confirmation, confirm};
pub use survey::{Survey, TestSurvey, survey};

/// How often a stop is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Holes with the tests that decide about them.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The base. Tests that are held back must not be in it.
    pub tree: &'a Tree,
    /// The functions to fill, one at a time: a candidate changes the hole it names and no other.
    pub holes: &'a [Hole],
    /// The tests that decide, the most telling first. They must exist in the base.
    pub tests: &'a [TestName],
}

/// How a trial is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrialOptions {
    /// Where the names of the schemata come from; unknown to the candidates.
    pub seed: u64,
    /// Test processes at a time.
    pub parallel: usize,
    /// Candidates in one build.
    pub max_clones: usize,
    /// The least time a run of tests gets; beyond it, five times what the base takes.
    pub min_wall: Duration,
    /// Time one build may take.
    pub build_wall: Duration,
    /// Whether a candidate's first failed test is enough. Otherwise all its tests run, for the count.
    pub stop_at_first_failure: bool,
    /// Whether tests that pass on the base run only for candidates that pass those which fail there.
    pub rest_for_survivors: bool,
    /// Tests that pass on the base as it is written. One of them that fails in a build which does the same with another
    /// text looks at the sources, and decides nothing about a body.
    pub passing: BTreeSet<TestName>,
    /// Tests that are likely to fail for a candidate, the likeliest first. They run before others, and what decides is the
    /// same.
    pub likely: BTreeMap<CandidateId, Vec<TestName>>,
    /// When the trial ends; what has no verdict by then gets none.
    pub deadline: Option<Instant>,
    /// Once so many candidates passed, no further one is begun. They are run in the order given, those that take a
    /// build of their own last.
    pub enough: Option<usize>,
    /// Bytes of the longest body that is tried.
    pub max_body_bytes: usize,
}

impl Default for TrialOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            parallel: 2,
            max_clones: 600,
            min_wall: Duration::from_secs(1),
            build_wall: Duration::from_secs(120),
            stop_at_first_failure: false,
            rest_for_survivors: false,
            passing: BTreeSet::new(),
            likely: BTreeMap::new(),
            deadline: None,
            enough: None,
            max_body_bytes: 64 << 10,
        }
    }
}

/// What is learnt about functions and kept between the rounds of a run.
#[derive(Clone, Default, Debug)]
pub struct TrialState {
    schemata: u64,
    known: HashMap<Digest, screen::Known>,
    /// Functions that must stay `const`.
    kept: BTreeSet<String>,
    /// How the tests do on each tree that was tried or surveyed.
    bases: HashMap<Digest, base::Base>,
    /// Everything is built: a build of the deciding targets alone did not work.
    is_wide: bool,
}

/// The facts about one candidate.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The candidate.
    pub candidate: CandidateId,
    /// How far it came.
    pub outcome: Outcome,
    /// Time its tests took.
    pub elapsed: Duration,
    /// Why it needed a build of its own, if it did.
    pub alone: Option<String>,
}

/// How far a candidate came.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It is not Rust.
    Unparsable(String),
    /// It introduces what it may not, see [`crate::schema::admissible`].
    Inadmissible(String),
    /// It is the same code as another one, whose verdict stands for both.
    Duplicate(CandidateId),
    /// It does not compile. Places and suggestions are in bytes of the body, except for a change of more than a body.
    Rejected(Vec<Diagnostic>),
    /// It ran.
    Judged {
        /// Deciding tests that passed, in the job's order.
        passed: Vec<TestName>,
        /// Deciding tests that did not, in the job's order; after a stop at the first failure, that one alone.
        failed: Vec<Failure>,
    },
}

impl Outcome {
    /// Whether every deciding test passed.
    pub fn passes(&self) -> bool {
        matches!(self, Self::Judged { passed, failed } if failed.is_empty() && !passed.is_empty())
    }

    /// Whether it compiled.
    pub fn compiled(&self) -> bool {
        matches!(self, Self::Judged { .. })
    }
}

/// A test that did not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The test.
    pub test: TestName,
    /// What it said, at most 4 kB.
    pub message: String,
    /// Whether it ran out of time.
    pub timed_out: bool,
}

/// Where the time went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timings {
    /// Reading, filtering and packing.
    pub pack: Duration,
    /// Builds that some candidate stopped.
    pub check: Duration,
    /// Builds that went through.
    pub build: Duration,
    /// Running tests.
    pub run: Duration,
}

/// The verdicts of a trial, in the order of the candidates. A trial that was stopped has fewer of them than candidates.
#[derive(Clone, PartialEq, Debug)]
pub struct TrialReport {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
    /// Where the time went.
    pub timings: Timings,
    /// Builds that some candidate stopped.
    pub check_rounds: u32,
    /// How the unchanged functions did, if there was a packed build. Where they pass, the tests decide nothing.
    pub base: Option<Outcome>,
    /// Whether a test that passes as the code is written ran out of time where nothing was changed. It decides nothing
    /// then, and whether it would have failed for a candidate that passes the others is not known.
    pub is_slow: bool,
}

/// Why a trial has no verdicts.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// Nothing decides.
    #[error("no test decides about {}", names(.0))]
    NoTests(Vec<HoleId>),
    /// The base does not hold a deciding test.
    #[error("the base has no test `{}` in `{}`", .0.name, .0.target)]
    MissingTest(TestName),
    /// A candidate belongs to another hole.
    #[error("candidate {candidate} is for `{hole}`")]
    OtherHole {
        /// The candidate.
        candidate: CandidateId,
        /// Its hole.
        hole: HoleId,
    },
    /// The base does not build.
    #[error("the base does not build: {}", first_message(.0))]
    Base(Vec<Diagnostic>),
    /// There is no place for what a run notes.
    #[error("cannot make a directory in `{}`", path.display())]
    Notes {
        /// The place.
        path: std::path::PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A worker was lost.
    #[error("a worker of the trial was lost: {0}")]
    Worker(String),
    /// The schema cannot be made.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The tools gave no answer.
    #[error(transparent)]
    Cargo(#[from] CargoError),
}

fn names(holes: &[HoleId]) -> String {
    match holes {
        [] => "anything".to_owned(),
        holes => holes.iter().map(|hole| format!("`{hole}`")).collect::<Vec<_>>().join(", "),
    }
}

fn first_message(diagnostics: &[Diagnostic]) -> String {
    diagnostics.first().map_or_else(|| "no message".to_owned(), |diagnostic| diagnostic.message.clone())
}

/// Tries candidates, many in one build. Candidates that cannot share one take a build each, and their verdicts say so.
pub async fn trial(
    cargo: &Cargo,
    bench: &Workbench,
    state: &mut TrialState,
    job: &Job<'_>,
    candidates: &[Candidate],
    options: &TrialOptions,
) -> Result<TrialReport, TrialError> {
    trial_until(cargo, bench, state, job, candidates, options, &|| false).await
}

/// Tries candidates until `cancelled` says so, and then returns the verdicts there are.
pub async fn trial_until(
    cargo: &Cargo,
    bench: &Workbench,
    state: &mut TrialState,
    job: &Job<'_>,
    candidates: &[Candidate],
    options: &TrialOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<TrialReport, TrialError> {
    let started = Instant::now();
    let holes: BTreeSet<&HoleId> = job.holes.iter().map(|hole| &hole.id).collect();
    if job.tests.is_empty() {
        return Err(TrialError::NoTests(holes.into_iter().cloned().collect()));
    }
    if let Some(stray) = candidates.iter().find(|candidate| !holes.contains(&candidate.hole)) {
        return Err(TrialError::OtherHole { candidate: stray.id, hole: stray.hole.clone() });
    }
    let (subjects, holes) = subjects(job)?;
    let sifted = sift::sift(job.tree, &subjects, &holes, candidates, options)?;
    let mut trial = Trial {
        cargo: Cargo { build_wall: options.build_wall, ..cargo.clone() },
        bench,
        job,
        options,
        subjects,
        scope: if state.is_wide { scope::Scope::default() } else { scope::scope(job.tree, job.tests) },
        base: job.tree.hash(),
    };
    let mut report = Report::default();
    report.timings.pack = started.elapsed();
    for (candidate, outcome) in &sifted.out {
        report.enter(*candidate, outcome.clone(), Duration::ZERO, None);
    }
    let over = || cancelled() || options.deadline.is_some_and(|deadline| Instant::now() >= deadline);
    match unless(over, trial.try_all(state, &sifted, &mut report)).await {
        // With the whole workspace, dependencies may have features that a part of it does not ask for.
        Some(Err(TrialError::Base(_) | TrialError::MissingTest(_)))
            if trial.scope != scope::Scope::default() =>
        {
            state.is_wide = true;
            trial.scope = scope::Scope::default();
            unless(over, trial.try_all(state, &sifted, &mut report)).await.transpose()?;
        }
        done => {
            done.transpose()?;
        }
    }
    Ok(report.in_order(candidates))
}

/// The functions of the holes, and which hole is whose; holes of one function share it. An error if no hole has one.
type Subjects<'a> = (Vec<Subject>, BTreeMap<&'a HoleId, Result<usize, String>>);

fn subjects<'a>(job: &Job<'a>) -> Result<Subjects<'a>, TrialError> {
    let mut subjects: Vec<Subject> = Vec::new();
    let mut holes = BTreeMap::new();
    let named = job.holes.iter().map(|hole| (&hole.path, hole.function.as_str()));
    for (hole, found) in job.holes.iter().zip(Subject::find_each(job.tree, named)?) {
        let found = match found {
            Ok(subject) => match subjects.iter().position(|known| known.site() == subject.site()) {
                Some(known) => Ok(known),
                None => {
                    subjects.push(subject);
                    Ok(subjects.len() - 1)
                }
            },
            Err(error) if job.holes.len() == 1 => return Err(error.into()),
            Err(error) => Err(error.to_string()),
        };
        holes.insert(&hole.id, found);
    }
    Ok((subjects, holes))
}

/// Does work to its end, or until it is over: then the work is dropped, with the processes it started.
async fn unless<T>(over: impl Fn() -> bool, work: impl Future<Output = T>) -> Option<T> {
    let stop = async {
        while !over() {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        () = stop => None,
        done = work => Some(done),
    }
}

/// What stays the same throughout one trial.
struct Trial<'a> {
    cargo: Cargo,
    bench: &'a Workbench,
    job: &'a Job<'a>,
    options: &'a TrialOptions,
    subjects: Vec<Subject>,
    scope: scope::Scope,
    /// The digest of the base.
    base: Digest,
}

impl Trial<'_> {
    async fn try_all(
        &self,
        state: &mut TrialState,
        sifted: &sift::Sifted,
        report: &mut Report,
    ) -> Result<(), TrialError> {
        let mut alone = sifted.alone.clone();
        for bodies in sifted.bodies.chunks(self.options.max_clones.max(1)) {
            if report.is_enough(self.options) {
                return Ok(());
            }
            let screened = self.screen(state, bodies, report).await?;
            alone.extend(screened.alone);
            if let Some(built) = screened.built {
                self.run_packed(state, built, report).await?;
            }
        }
        let mut rewritten = alone::Rewritten::new();
        for change in alone {
            if report.is_enough(self.options) {
                return Ok(());
            }
            self.try_alone(state, &mut rewritten, &change, report).await?;
        }
        Ok(())
    }
}

/// Verdicts as they come.
#[derive(Default)]
struct Report {
    verdicts: HashMap<CandidateId, Verdict>,
    timings: Timings,
    check_rounds: u32,
    base: Option<Outcome>,
    is_slow: bool,
}

impl Report {
    fn enter(&mut self, candidate: CandidateId, outcome: Outcome, elapsed: Duration, alone: Option<String>) {
        self.verdicts.insert(candidate, Verdict { candidate, outcome, elapsed, alone });
    }

    fn passed(&self) -> usize {
        self.verdicts.values().filter(|verdict| verdict.outcome.passes()).count()
    }

    fn is_enough(&self, options: &TrialOptions) -> bool {
        options.enough.is_some_and(|enough| self.passed() >= enough)
    }

    fn in_order(mut self, candidates: &[Candidate]) -> TrialReport {
        let verdicts =
            candidates.iter().filter_map(|candidate| self.verdicts.remove(&candidate.id)).collect();
        let Self { timings, check_rounds, base, is_slow, .. } = self;
        TrialReport { verdicts, timings, check_rounds, base, is_slow }
    }
}

//! The trial: candidates in, verdicts out, with one build for hundreds of them.
//!
//! A candidate is read, held against what it may not introduce, packed with the others into one schema, screened by
//! the compiler, and run against the tests that decide. A verdict holds facts only. It cannot be earned by ending the
//! process or by printing: a pass means that every deciding test, known by name before any candidate was built, was
//! reported exactly once as ok in a run that ended as it should. [`confirm`] then judges the winner as plain text.

pub mod agreement;
mod alone;
mod confirm;
pub mod probe;
mod run;
mod screen;
mod sift;

use std::collections::HashMap;
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

/// One hole with the tests that decide about it.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The base. Tests that are held back must not be in it.
    pub tree: &'a Tree,
    /// The function to fill.
    pub hole: &'a Hole,
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
            max_body_bytes: 64 << 10,
        }
    }
}

/// What is learnt about functions and kept between the rounds of a run.
#[derive(Clone, Default, Debug)]
pub struct TrialState {
    schemata: u64,
    known: HashMap<Digest, screen::Known>,
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

/// All verdicts of a trial, in the order of the candidates.
#[derive(Clone, PartialEq, Debug)]
pub struct TrialReport {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
    /// Where the time went.
    pub timings: Timings,
    /// Builds that some candidate stopped.
    pub check_rounds: u32,
    /// How the unchanged function did in the packed build, if there was one. Where it passes, the tests decide nothing.
    pub base: Option<Outcome>,
}

/// Why a trial has no verdicts.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// Nothing decides.
    #[error("no test decides about `{0}`")]
    NoTests(HoleId),
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

fn first_message(diagnostics: &[Diagnostic]) -> String {
    diagnostics.first().map_or_else(|| "no message".to_owned(), |diagnostic| diagnostic.message.clone())
}

/// Tries candidates for one hole. Candidates that cannot share a build take one each, and their verdicts say so.
pub async fn trial(
    cargo: &Cargo,
    bench: &Workbench,
    state: &mut TrialState,
    job: &Job<'_>,
    candidates: &[Candidate],
    options: &TrialOptions,
) -> Result<TrialReport, TrialError> {
    if job.tests.is_empty() {
        return Err(TrialError::NoTests(job.hole.id.clone()));
    }
    if let Some(stray) = candidates.iter().find(|candidate| candidate.hole != job.hole.id) {
        return Err(TrialError::OtherHole { candidate: stray.id, hole: stray.hole.clone() });
    }
    let cargo = Cargo { build_wall: options.build_wall, ..cargo.clone() };
    let started = Instant::now();
    let subject = Subject::find(job.tree, &job.hole.path, &job.hole.function)?;
    let sifted = sift::sift(job.tree, &subject, candidates, options)?;
    let trial = Trial { cargo, bench, job, options, subject };
    let mut report =
        Report { timings: Timings { pack: started.elapsed(), ..Timings::default() }, ..Report::default() };
    for (candidate, outcome) in sifted.out {
        report.enter(candidate, outcome, Duration::ZERO, None);
    }
    let mut alone = sifted.alone;
    for bodies in sifted.bodies.chunks(options.max_clones.max(1)) {
        match trial.screen(state, bodies, &mut report).await? {
            screen::Screened::Built(built) => trial.run_packed(built, &mut report).await?,
            screen::Screened::Alone(why) => {
                alone.extend(bodies.iter().map(|body| body.alone(&trial.subject, &why)))
            }
            screen::Screened::Unclear => {}
        }
    }
    for change in alone {
        trial.try_alone(&change, &mut report).await?;
    }
    Ok(report.in_order(candidates))
}

/// What stays the same throughout one trial.
struct Trial<'a> {
    cargo: Cargo,
    bench: &'a Workbench,
    job: &'a Job<'a>,
    options: &'a TrialOptions,
    subject: Subject,
}

/// Verdicts as they come.
#[derive(Default)]
struct Report {
    verdicts: HashMap<CandidateId, Verdict>,
    timings: Timings,
    check_rounds: u32,
    base: Option<Outcome>,
}

impl Report {
    fn enter(&mut self, candidate: CandidateId, outcome: Outcome, elapsed: Duration, alone: Option<String>) {
        self.verdicts.insert(candidate, Verdict { candidate, outcome, elapsed, alone });
    }

    fn in_order(mut self, candidates: &[Candidate]) -> TrialReport {
        let verdicts =
            candidates.iter().filter_map(|candidate| self.verdicts.remove(&candidate.id)).collect();
        TrialReport { verdicts, timings: self.timings, check_rounds: self.check_rounds, base: self.base }
    }
}

//! What happened, as plain values for whoever reports it.

use std::time::Duration;

use serde::Serialize;

use crate::candidate::CandidateId;
use crate::hole::HoleId;

/// A step worth telling. Serialised with `reason` as its tag, this is the machine-readable output.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Event {
    /// A run got its id.
    RunStarted {
        /// The id.
        run: String,
        /// The verb: `new`, `update`, `fix`, `gate`.
        verb: String,
    },
    /// A stage of the run began.
    StageStarted {
        /// Its name: `provision`, `plan`, `scaffold`, `fetch`, `build`, `propose`, `trial`, `check`, `gate`, `commit`.
        stage: String,
        /// What it works on, as a sentence.
        message: String,
    },
    /// Bytes of a long transfer or import.
    Transfer {
        /// What is moved.
        what: String,
        /// Bytes done.
        done: u64,
        /// Bytes in all, when known.
        total: Option<u64>,
    },
    /// Things of a long job.
    Counted {
        /// What is counted: `sources`, `vectors`.
        what: String,
        /// How many are done.
        done: u64,
        /// How many there are.
        total: u64,
    },
    /// The model is ready.
    ModelReady {
        /// Its id.
        model: String,
        /// `cpu` or `cuda`.
        device: String,
    },
    /// A hole is being worked on.
    HoleProgress {
        /// The hole.
        hole: HoleId,
        /// The round, from 1.
        round: u32,
        /// Candidates so far.
        candidates: usize,
        /// Of those, how many compile.
        compiled: usize,
        /// Most tests passed by one candidate.
        best_passed: usize,
        /// Tests of the hole.
        tests: usize,
        /// Decoded tokens a second in the last round; 0 before the first.
        tokens_per_second: f64,
    },
    /// A hole is filled.
    HoleAccepted {
        /// The hole.
        hole: HoleId,
        /// The candidate that fills it.
        candidate: CandidateId,
        /// Its round.
        round: u32,
        /// Candidates tried.
        candidates: usize,
        /// Candidates that compiled.
        compiled: usize,
        /// Of the model's own, those that compiled as they were written.
        compiled_sampled: usize,
        /// Tokens decoded.
        tokens: usize,
        /// Items of other crates that it was shown, by id.
        shown: Vec<String>,
        /// Time from the first proposal.
        elapsed: Duration,
    },
    /// A hole stays open.
    HoleOpen {
        /// The hole.
        hole: HoleId,
        /// Candidates tried.
        candidates: usize,
        /// Candidates that compiled.
        compiled: usize,
        /// Of the model's own, those that compiled as they were written.
        compiled_sampled: usize,
        /// Tokens decoded.
        tokens: usize,
        /// Why, as a sentence.
        why: String,
        /// Time from the first proposal.
        elapsed: Duration,
    },
    /// It was found out what is broken.
    Diagnosed {
        /// Errors of the build.
        errors: usize,
        /// Tests that fail each time, by name.
        failing: Vec<String>,
        /// Tests that pass.
        passing: usize,
        /// Tests that fail sometimes, by name.
        flaky: Vec<String>,
    },
    /// A search for patches goes on.
    SearchProgress {
        /// What searches: `suggestion`, `template`, `search`, `pairs`, `model`.
        tier: String,
        /// Candidates judged so far.
        candidates: usize,
        /// Of those, how many compile.
        compiled: usize,
        /// Of those, how many pass every test.
        plausible: usize,
        /// Time since the search began.
        elapsed: Duration,
    },
    /// A patch stands first: it was accepted, or a person is asked to decide.
    PatchChosen {
        /// What found it.
        tier: String,
        /// The rules that made it.
        operators: Vec<String>,
        /// Candidates judged.
        candidates: usize,
        /// Patches that pass every test.
        plausible: usize,
        /// The patch as `diff -u` shows it.
        diff: String,
        /// Why this one, as a sentence.
        why: String,
    },
    /// The gate found something.
    Finding {
        /// The rule.
        rule: String,
        /// `deny`, `ask`, `warn`.
        severity: String,
        /// One sentence.
        message: String,
        /// `path:line:column`, when there is a place.
        place: Option<String>,
    },
    /// Something the user should know that stops nothing.
    Note {
        /// One sentence.
        message: String,
    },
    /// The run ended.
    RunFinished {
        /// The run.
        run: String,
        /// The exit code.
        exit_code: u8,
        /// One sentence.
        message: String,
    },
}

/// Receives events. Implementations must be quick: stages call them inline.
pub trait Reporter: Send + Sync {
    /// Takes one event.
    fn report(&self, event: &Event);
}

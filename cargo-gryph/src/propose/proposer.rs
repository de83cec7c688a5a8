//! What a proposer is told and what it gives.

use crate::candidate::{Candidate, CandidateId, Change};
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::{Absent, Hole, Related, TestName};
use crate::model::text::ModelError;

/// A source of candidates for one hole.
pub trait Proposer {
    /// Candidates for the situation, numbered from its `next_id`, none of them a body that was tried.
    ///
    /// # Errors
    /// When the source itself fails; having no idea is an empty answer.
    fn propose(&mut self, situation: &Situation<'_>) -> Result<Vec<Candidate>, ProposeError>;
}

/// All that a proposer may know when it is asked.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// What is to be filled. Proposers must not look at its held-back checks.
    pub hole: &'a Hole,
    /// The round, from 1.
    pub round: u32,
    /// The seed of the run.
    pub run_seed: u64,
    /// The number of the first candidate proposed.
    pub next_id: u32,
    /// What was tried for this hole, in the order of the numbers.
    pub tried: &'a [Feedback],
    /// Items that may be of use.
    pub related: &'a [Related],
    /// Whether the run was stopped.
    pub cancelled: &'a dyn Fn() -> bool,
}

/// A candidate that was tried, and what came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Feedback {
    /// What was tried.
    pub candidate: Candidate,
    /// What the compiler said. Spans and edits in the hole's file count bytes in the candidate's body text.
    pub diagnostics: Vec<Diagnostic>,
    /// Tests that failed, with the message of the panic.
    pub failures: Vec<(TestName, String)>,
    /// How many tests passed.
    pub passed: usize,
    /// Why it was not believed although it passed, as sentences.
    pub objections: Vec<String>,
    /// Names of other crates that it uses and that are not there.
    pub absent: Vec<Absent>,
}

/// Why there are no candidates.
#[derive(Debug, thiserror::Error)]
pub enum ProposeError {
    /// The model gave no answer.
    #[error("the model gave no answer for `{hole}`")]
    Model {
        /// The hole.
        hole: crate::hole::HoleId,
        /// Why.
        #[source]
        source: Box<ModelError>,
    },
}

impl Feedback {
    /// Errors the compiler found; 0 for a candidate that ran.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).count()
    }

    /// The body that was tried, if it was a body.
    pub fn body(&self) -> Option<&str> {
        match &self.candidate.change {
            Change::Body(body) => Some(body),
            Change::Edits(_) => None,
        }
    }

    /// Whether something is known against it: it did not compile, it failed, or somebody objected.
    pub fn is_wrong(&self) -> bool {
        self.passed == 0
            || !(self.diagnostics.is_empty() && self.failures.is_empty() && self.objections.is_empty())
    }

    /// The candidate's number.
    pub fn id(&self) -> CandidateId {
        self.candidate.id
    }
}

//! What a run knows about one hole while it works: every candidate with what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::candidate::{Candidate, CandidateId};
use crate::propose::proposer::Feedback;
use crate::trial::{Outcome, Verdict};

/// The candidates of one hole and their verdicts, in the order they were tried.
pub(super) struct Record {
    started: Instant,
    tried: Vec<(Candidate, Verdict)>,
    feedback: Vec<Feedback>,
    settled: BTreeSet<CandidateId>,
}

impl Record {
    pub(super) fn new() -> Self {
        Self { started: Instant::now(), tried: Vec::new(), feedback: Vec::new(), settled: BTreeSet::new() }
    }

    /// Takes the verdicts of a trial, each for the candidate it names; a candidate without one was not tried.
    pub(super) fn add(&mut self, candidates: Vec<Candidate>, verdicts: Vec<Verdict>) {
        let mut verdicts: BTreeMap<CandidateId, Verdict> =
            verdicts.into_iter().map(|verdict| (verdict.candidate, verdict)).collect();
        for candidate in candidates {
            let Some(verdict) = verdicts.remove(&candidate.id) else { continue };
            self.feedback.push(feedback(&candidate, &verdict.outcome));
            self.tried.push((candidate, verdict));
        }
    }

    /// Notes that a candidate is not believed, and why: what proposers may learn from.
    pub(super) fn object(&mut self, id: CandidateId, objections: Vec<String>) {
        if let Some(feedback) = self.feedback.iter_mut().find(|feedback| feedback.id() == id) {
            feedback.objections = objections;
        }
    }

    /// The candidates that passed everything the trial runs and that nobody has judged further, in the order they were
    /// tried.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &Candidate> {
        self.plausible().filter(|candidate| !self.settled.contains(&candidate.id))
    }

    /// Takes a plausible candidate off the list: it was confirmed, or refused.
    pub(super) fn settle(&mut self, id: CandidateId) {
        self.settled.insert(id);
    }

    /// What proposers may learn from.
    pub(super) fn feedback(&self) -> &[Feedback] {
        &self.feedback
    }

    /// The candidates that passed everything the trial runs, in the order they were tried.
    pub(super) fn plausible(&self) -> impl Iterator<Item = &Candidate> {
        self.tried.iter().filter(|(_, verdict)| verdict.outcome.passes()).map(|(candidate, _)| candidate)
    }

    /// The candidate that got furthest: most tests passed, then fewest errors.
    pub(super) fn best(&self) -> Option<&Feedback> {
        let compiled = |feedback: &&Feedback| feedback.diagnostics.is_empty();
        self.feedback
            .iter()
            .min_by_key(|feedback| (usize::MAX - feedback.passed, !compiled(feedback), feedback.errors()))
    }

    pub(super) fn candidates(&self) -> usize {
        self.tried.len()
    }

    /// Candidates as the model wrote them that compile, and candidates that compile in all.
    pub(super) fn compiled(&self) -> (usize, usize) {
        let compiled = || self.tried.iter().filter(|(_, verdict)| verdict.outcome.compiled());
        (compiled().filter(|(candidate, _)| candidate.origin.parent.is_none()).count(), compiled().count())
    }

    /// Candidates that reached no compiler.
    pub(super) fn dropped(&self) -> usize {
        let dropped = |outcome: &Outcome| {
            matches!(outcome, Outcome::Unparsable(_) | Outcome::Inadmissible(_) | Outcome::Duplicate(_))
        };
        self.tried.iter().filter(|(_, verdict)| dropped(&verdict.outcome)).count()
    }

    pub(super) fn best_passed(&self) -> usize {
        self.feedback.iter().map(|feedback| feedback.passed).max().unwrap_or(0)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A candidate and its ancestors, youngest first.
    pub(super) fn ancestry(&self, id: CandidateId) -> Vec<&Candidate> {
        let find =
            |id| self.tried.iter().map(|(candidate, _)| candidate).find(|candidate| candidate.id == id);
        std::iter::successors(find(id), |candidate| candidate.origin.parent.and_then(find)).collect()
    }
}

fn feedback(candidate: &Candidate, outcome: &Outcome) -> Feedback {
    let (diagnostics, failures, passed) = match outcome {
        Outcome::Rejected(diagnostics) => (diagnostics.clone(), Vec::new(), 0),
        Outcome::Judged { passed, failed } => {
            let failures = failed.iter().map(|failure| (failure.test.clone(), failure.message.clone()));
            (Vec::new(), failures.collect(), passed.len())
        }
        Outcome::Unparsable(_) | Outcome::Inadmissible(_) | Outcome::Duplicate(_) => {
            (Vec::new(), Vec::new(), 0)
        }
    };
    Feedback { candidate: candidate.clone(), diagnostics, failures, passed, objections: Vec::new() }
}

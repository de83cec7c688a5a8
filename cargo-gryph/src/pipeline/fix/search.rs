//! The search: edits of all suspects in one queue, the likeliest first, tried many in one build.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::diagnose::TestDiagnosis;
use crate::diff;
use crate::hole::{Hole, HoleId, TestName};
use crate::locate::Suspect;
use crate::pipeline::PipelineError;
use crate::propose::search::{Mutant, Place, Weight, mutants, pairs};
use crate::schema::body_patch;
use crate::tree::Tree;
use crate::trial::{self, Outcome, TrialState};

use super::Job;
use super::plausible::{Found, Plausible, Tier};
use super::red_tests::decisive;

/// Candidates of the first build: small, because most faults are found by the likeliest edits.
const FIRST_BATCH: usize = 250;
/// Candidates of one later build.
const BATCH: usize = 600;
/// Candidates that are still tried in one more build once something passes, to see what else does.
const AFTER: usize = 150;
/// Singles that are combined.
const MOST_PROMISING: usize = 30;
/// Pairs of one function.
const MOST_PAIRS: usize = 400;

/// A mutant of one of the suspects.
struct Queued {
    suspect: usize,
    mutant: Mutant,
}

/// A single that did something, though not enough.
struct Promising {
    suspect: usize,
    mutant: Mutant,
    /// How far it came: failing tests it passes, then whether the next one fails in another way.
    progress: (usize, bool),
}

/// The search over one tree.
pub(super) struct Search<'a> {
    job: &'a Job<'a>,
    tree: &'a Tree,
    suspects: &'a [Suspect],
    holes: Vec<Hole>,
    tests: Vec<TestName>,
    /// What the failing tests say on the base.
    messages: BTreeMap<TestName, String>,
    state: TrialState,
    promising: Vec<Promising>,
    found: Found,
    next_id: u32,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        job: &'a Job<'a>,
        tree: &'a Tree,
        tests: &TestDiagnosis,
        suspects: &'a [Suspect],
        state: TrialState,
    ) -> Self {
        let message =
            |failing: &crate::diagnose::FailingTest| (failing.test.clone(), failing.message.clone());
        Self {
            job,
            tree,
            suspects,
            holes: suspects.iter().map(|suspect| hole(tree, suspect)).collect(),
            tests: decisive(tests),
            messages: tests.failing.iter().map(message).collect(),
            state,
            promising: Vec::new(),
            found: Found::default(),
            next_id: 1,
        }
    }

    pub(super) fn found(&self) -> &Found {
        &self.found
    }

    pub(super) fn into_found(self) -> Found {
        self.found
    }

    /// Tries single edits until the budget is used up, or something passes and what stands beside it was tried too.
    pub(super) async fn singles(&mut self) -> Result<(), PipelineError> {
        let most =
            self.suspects.iter().map(|suspect| suspect.suspiciousness).fold(f64::MIN_POSITIVE, f64::max);
        let mut queue: Vec<Queued> =
            (0..self.suspects.len()).flat_map(|at| self.mutants_of(at, most)).collect();
        queue.sort_by(|left, right| right.mutant.score.total_cmp(&left.mutant.score));
        self.work_through(queue, Tier::Search).await
    }

    /// Tries pairs of edits that did something each.
    pub(super) async fn pairs(&mut self) -> Result<(), PipelineError> {
        self.promising.sort_by(|left, right| {
            right.progress.cmp(&left.progress).then(right.mutant.score.total_cmp(&left.mutant.score))
        });
        self.promising.truncate(MOST_PROMISING);
        let mut queue = Vec::new();
        for at in 0..self.suspects.len() {
            let own: Vec<Mutant> = self
                .promising
                .iter()
                .filter(|promising| promising.suspect == at)
                .map(|promising| promising.mutant.clone())
                .collect();
            let place = Place { tree: self.tree, site: &self.suspects[at].site, weights: &[] };
            let combined = pairs(&place, &own, MOST_PAIRS);
            queue.extend(combined.into_iter().map(|mutant| Queued { suspect: at, mutant }));
        }
        queue.sort_by(|left, right| right.mutant.score.total_cmp(&left.mutant.score));
        self.work_through(queue, Tier::Pairs).await
    }

    fn mutants_of(&self, at: usize, most: f64) -> Vec<Queued> {
        let suspect = &self.suspects[at];
        let share = suspect.suspiciousness / most;
        let own = suspect
            .statements
            .iter()
            .map(|statement| statement.suspiciousness)
            .fold(f64::MIN_POSITIVE, f64::max);
        let weight = |statement: &crate::locate::Weighed| Weight {
            range: statement.range.clone(),
            suspiciousness: statement.suspiciousness / own * share,
        };
        let weights: Vec<Weight> = suspect.statements.iter().map(weight).collect();
        let place = Place { tree: self.tree, site: &suspect.site, weights: &weights };
        mutants(&place).into_iter().map(|mutant| Queued { suspect: at, mutant }).collect()
    }

    async fn work_through(&mut self, queue: Vec<Queued>, tier: Tier) -> Result<(), PipelineError> {
        let mut rest = queue.into_iter();
        let mut size = FIRST_BATCH;
        let mut last = false;
        loop {
            let left = self.job.order.candidates.saturating_sub(self.found.effort.candidates);
            let batch: Vec<Queued> = rest.by_ref().take(size.min(left)).collect();
            if batch.is_empty() || self.job.late() {
                self.found.effort.stopped |= left == 0 || !batch.is_empty();
                return Ok(());
            }
            self.job.stop_if_cancelled()?;
            self.try_batch(batch, tier).await?;
            self.job.tell_progress(tier, &self.found.effort, self.found.plausible.len());
            let passed = !self.found.plausible.is_empty();
            if last {
                return Ok(());
            }
            last = passed;
            size = if passed { AFTER } else { BATCH };
        }
    }

    async fn try_batch(&mut self, batch: Vec<Queued>, tier: Tier) -> Result<(), PipelineError> {
        let candidates: Vec<Candidate> =
            batch.iter().zip(self.next_id..).map(|(queued, id)| self.candidate(queued, id, tier)).collect();
        self.next_id += u32::try_from(batch.len()).unwrap_or(u32::MAX);
        let job = trial::Job { tree: self.tree, holes: &self.holes, tests: &self.tests };
        let started = Instant::now();
        let report = trial::trial_until(
            self.job.cargo(),
            &self.job.benches.trial,
            &mut self.state,
            &job,
            &candidates,
            &self.job.trial_options(),
            self.job.world.cancelled,
        )
        .await?;
        tracing::info!(candidates = candidates.len(), elapsed = ?started.elapsed(), timings = ?report.timings, "a batch");
        self.found.effort.builds += report.check_rounds as usize + 1;
        let mut verdicts: BTreeMap<CandidateId, Outcome> =
            report.verdicts.into_iter().map(|verdict| (verdict.candidate, verdict.outcome)).collect();
        for (queued, candidate) in batch.into_iter().zip(&candidates) {
            match verdicts.remove(&candidate.id) {
                Some(outcome) => self.take(queued, candidate, &outcome, tier)?,
                None => self.found.effort.stopped = true,
            }
        }
        Ok(())
    }

    fn candidate(&self, queued: &Queued, id: u32, tier: Tier) -> Candidate {
        Candidate {
            id: CandidateId(id),
            hole: self.holes[queued.suspect].id.clone(),
            change: Change::Body(queued.mutant.body.clone()),
            origin: Origin {
                proposer: tier.to_string(),
                round: 1,
                model: None,
                prompt: None,
                seed: None,
                operator: Some(queued.mutant.operator.clone()),
                parent: None,
            },
        }
    }

    fn take(
        &mut self,
        queued: Queued,
        candidate: &Candidate,
        outcome: &Outcome,
        tier: Tier,
    ) -> Result<(), PipelineError> {
        let effort = &mut self.found.effort;
        match outcome {
            Outcome::Judged { passed, failed } => {
                effort.candidates += 1;
                effort.compiled += 1;
                if outcome.passes() {
                    let plausible = self.plausible(&queued, candidate, tier)?;
                    self.found.plausible.push(plausible);
                } else {
                    self.note_progress(queued, passed, failed);
                }
            }
            Outcome::Rejected(_) => effort.candidates += 1,
            Outcome::Unparsable(_) | Outcome::Inadmissible(_) | Outcome::Duplicate(_) => effort.dropped += 1,
        }
        Ok(())
    }

    fn plausible(
        &self,
        queued: &Queued,
        candidate: &Candidate,
        tier: Tier,
    ) -> Result<Plausible, PipelineError> {
        let hole = &self.holes[queued.suspect];
        let tree = body_patch(self.tree, hole, &queued.mutant.body)?
            .apply(self.tree)
            .map_err(crate::schema::SchemaError::Patch)?;
        Ok(Plausible {
            size: diff::size(self.tree, &tree),
            tree,
            tier,
            origins: vec![candidate.origin.clone()],
            likelihood: queued.mutant.score,
            hole: Some(hole.clone()),
            number: candidate.id.0,
        })
    }

    /// Keeps a single that passes some failing test, or fails one in another way than before.
    fn note_progress(&mut self, queued: Queued, passed: &[TestName], failed: &[trial::Failure]) {
        let mended = passed.iter().filter(|test| self.messages.contains_key(test)).count();
        let differs = failed.iter().any(|failure| {
            self.messages.get(&failure.test).is_some_and(|message| said(message) != said(&failure.message))
        });
        if mended > 0 || differs {
            self.promising.push(Promising {
                suspect: queued.suspect,
                mutant: queued.mutant,
                progress: (mended, differs),
            });
        }
    }
}

/// A message without what differs from run to run: the number of a thread, the line of a clone.
fn said(message: &str) -> String {
    let lines = message.lines().filter(|line| !line.contains(" panicked at ") && !line.starts_with("note: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// A suspect as the trial and the proposers know it.
pub(super) fn hole(tree: &Tree, suspect: &Suspect) -> Hole {
    let site = &suspect.site;
    let text = tree.text(&site.path).unwrap_or_default();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    Hole {
        id: HoleId(format!("{}:{}", site.path, site.function)),
        path: site.path.clone(),
        function: site.function.clone(),
        signature: part(site.signature.clone()),
        doc: documentation(&part(site.item.start..site.signature.start)),
        context: String::new(),
        dependencies: Vec::new(),
        visible: Vec::new(),
        properties: Vec::new(),
        held_back: Vec::new(),
    }
}

/// The text of the doc comments before a function.
fn documentation(attributes: &str) -> String {
    let lines = attributes.lines().filter_map(|line| line.trim_start().strip_prefix("///"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_compared_without_the_place_of_the_panic() {
        let one = "\nthread 'a' (12) panicked at src/lib.rs:3:4:\nassertion failed\nnote: run with";
        let two = "\nthread 'a' (99) panicked at src/lib.rs:9:4:\nassertion failed\nnote: run with";
        assert_eq!(said(one), said(two));
        assert_ne!(said(one), said("\nthread 'a' (9) panicked at src/lib.rs:9:4:\nother"));
    }

    #[test]
    fn documentation_is_what_the_comments_say() {
        assert_eq!(documentation("/// One.\n///\n/// Two.\n#[inline]\n"), "One.\n\nTwo.");
    }
}

//! The search: edits of all suspects in one queue, the likeliest first, tried many in one build.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::diagnose::TestDiagnosis;
use crate::diff;
use crate::hole::{Hole, HoleId, TestName};
use crate::locate::Suspect;
use crate::patch::Patch;
use crate::pipeline::PipelineError;
use crate::propose::search::{Mutant, Place, Weight, mutants};
use crate::schema::{Site, body_patch};
use crate::tree::Tree;
use crate::trial::{self, Outcome, TrialOptions, TrialState};

use super::Job;
use super::plausible::{Found, Plausible, Tier};
use super::promise::{Across, Messages, Pair, Promises};
use super::red_tests::decisive;

/// Candidates of the first build: few, because most faults are found by the likeliest edits, and a build takes as long as
/// it holds candidates.
const FIRST_BATCH: usize = 120;
/// Candidates of one later build.
const BATCH: usize = 400;
/// Candidates that are still tried in one more build once something passes, to see what else does.
const AFTER: usize = 200;
/// How many times less likely than what passes an edit may be to be still tried as its rival.
const RIVAL: f64 = 10.0;
/// Pairs of edits in one build, once some single mended something; without such, pairs are a shot in the dark.
const PAIRS: usize = 300;
/// Pairs where no single mended anything.
const DARK_PAIRS: usize = 150;

/// An edit that is to be tried.
#[derive(Clone)]
struct Queued {
    suspect: usize,
    edit: Edit,
}

#[derive(Clone)]
enum Edit {
    /// One edit of the suspect.
    Single(Arc<Mutant>),
    /// Two edits of it.
    Pair(Arc<Mutant>),
    /// An edit of it and one of another function.
    Across { patch: Patch, operator: String, score: f64 },
}

impl Edit {
    fn tier(&self) -> Tier {
        match self {
            Self::Single(_) => Tier::Search,
            Self::Pair(_) | Self::Across { .. } => Tier::Pairs,
        }
    }

    fn operator(&self) -> &str {
        match self {
            Self::Single(mutant) | Self::Pair(mutant) => &mutant.operator,
            Self::Across { operator, .. } => operator,
        }
    }

    fn score(&self) -> f64 {
        match self {
            Self::Single(mutant) | Self::Pair(mutant) => mutant.score,
            Self::Across { score, .. } => *score,
        }
    }

    fn change(&self) -> Change {
        match self {
            Self::Single(mutant) | Self::Pair(mutant) => Change::Body(mutant.body.clone()),
            Self::Across { patch, .. } => Change::Edits(patch.clone()),
        }
    }
}

/// The search over one tree.
pub(super) struct Search<'a> {
    job: &'a Job<'a>,
    tree: &'a Tree,
    suspects: &'a [Suspect],
    holes: Vec<Hole>,
    tests: Vec<TestName>,
    /// Those of them that pass on the base.
    passing: BTreeSet<TestName>,
    /// What the failing tests say on the base.
    messages: Messages,
    state: TrialState,
    promises: Promises,
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
            passing: tests.passing.iter().cloned().collect(),
            messages: Messages::new(tests.failing.iter().map(message).collect()),
            state,
            promises: Promises::default(),
            found: Found::default(),
            next_id: 1,
        }
    }

    pub(super) fn into_found(self) -> Found {
        self.found
    }

    /// Tries edits until the budget is used up, or something passes and what stands beside it was tried too. Builds of
    /// single edits and of pairs of those that did something take turns.
    pub(super) async fn edits(&mut self) -> Result<(), PipelineError> {
        let most =
            self.suspects.iter().map(|suspect| suspect.suspiciousness).fold(f64::MIN_POSITIVE, f64::max);
        let mut queue: Vec<Queued> =
            (0..self.suspects.len()).flat_map(|at| self.mutants_of(at, most)).collect();
        queue.sort_by(|left, right| right.edit.score().total_cmp(&left.edit.score()));
        let mut singles = queue.into_iter();
        let mut size = FIRST_BATCH;
        loop {
            let passed = self.likeliest();
            let is_worth = |queued: &Queued| passed.is_none_or(|best| queued.edit.score() * RIVAL >= best);
            let most = if passed.is_some() { AFTER } else { size };
            let batch: Vec<Queued> = singles.by_ref().take_while(is_worth).take(most).collect();
            let is_last = batch.is_empty();
            if !self.try_batch(batch).await? {
                return Ok(());
            }
            if passed.is_some() {
                if self.found.plausible.iter().all(|one| one.tier == Tier::Pairs) {
                    self.pairs(true).await?;
                }
                return Ok(());
            }
            let is_time = is_last || size != FIRST_BATCH;
            if is_time && self.found.plausible.is_empty() && !self.pairs(is_last).await? {
                return Ok(());
            }
            size = BATCH;
        }
    }

    /// How likely the likeliest edit that passes is.
    fn likeliest(&self) -> Option<f64> {
        self.found.plausible.iter().map(|one| one.likelihood).max_by(f64::total_cmp)
    }

    /// Tries pairs; whether there were any, and time for them.
    async fn pairs(&mut self, is_last: bool) -> Result<bool, PipelineError> {
        let most = if self.promises.improves() { PAIRS } else { DARK_PAIRS };
        let failing = self.messages.count();
        let pairs = self.promises.pairs(self.tree, self.suspects, failing, most);
        let pair = |pair: Pair| Queued { suspect: pair.suspect, edit: Edit::Pair(Arc::new(pair.mutant)) };
        let mut batch: Vec<Queued> = pairs.into_iter().map(pair).collect();
        let across = self.promises.across(self.tree, failing);
        batch.extend(across.into_iter().map(|across| {
            let Across { suspect, patch, operator, score } = across;
            Queued { suspect, edit: Edit::Across { patch, operator, score } }
        }));
        let is_over = is_last && batch.is_empty();
        Ok(self.try_batch(batch).await? && !is_over)
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
        let single = |mutant| Queued { suspect: at, edit: Edit::Single(Arc::new(mutant)) };
        mutants(&place).into_iter().map(single).collect()
    }

    /// Tries edits in one build; `false` where a budget ends the search.
    async fn try_batch(&mut self, mut batch: Vec<Queued>) -> Result<bool, PipelineError> {
        let left = self.job.order.candidates.saturating_sub(self.found.effort.candidates);
        if batch.is_empty() {
            return Ok(true);
        }
        if left == 0 || self.job.late() {
            self.found.effort.stopped = true;
            return Ok(false);
        }
        self.job.stop_if_cancelled()?;
        batch.truncate(left);
        let tier = batch[0].edit.tier();
        let candidates: Vec<Candidate> =
            batch.iter().zip(self.next_id..).map(|(queued, id)| self.candidate(queued, id)).collect();
        self.next_id += u32::try_from(batch.len()).unwrap_or(u32::MAX);
        let job = trial::Job { tree: self.tree, holes: &self.holes, tests: &self.tests };
        // Where several tests fail, an edit that mends some of them is half of a patch.
        let options = TrialOptions {
            stop_at_first_failure: self.messages.count() == 1,
            passing: self.passing.clone(),
            ..self.job.trial_options()
        };
        let started = Instant::now();
        let report = trial::trial_until(
            self.job.cargo(),
            &self.job.benches.trial,
            &mut self.state,
            &job,
            &candidates,
            &options,
            self.job.world.cancelled,
        )
        .await?;
        tracing::info!(candidates = candidates.len(), ?tier, elapsed = ?started.elapsed(), timings = ?report.timings, "a batch");
        self.take_all(batch, &candidates, report.verdicts)?;
        self.job.tell_progress(tier, &self.found.effort, self.found.plausible.len());
        Ok(true)
    }

    fn take_all(
        &mut self,
        batch: Vec<Queued>,
        candidates: &[Candidate],
        verdicts: Vec<trial::Verdict>,
    ) -> Result<(), PipelineError> {
        let failures = verdicts.iter().filter_map(|verdict| match &verdict.outcome {
            Outcome::Judged { failed, .. } => Some(failed),
            Outcome::Rejected(_)
            | Outcome::Unparsable(_)
            | Outcome::Inadmissible(_)
            | Outcome::Duplicate(_) => None,
        });
        let usual = self.messages.usual(failures.flatten());
        let mut verdicts: BTreeMap<CandidateId, Outcome> =
            verdicts.into_iter().map(|verdict| (verdict.candidate, verdict.outcome)).collect();
        for (queued, candidate) in batch.into_iter().zip(candidates) {
            match verdicts.remove(&candidate.id) {
                Some(outcome) => self.take(queued, candidate, &outcome, &usual)?,
                None => self.found.effort.stopped = true,
            }
        }
        Ok(())
    }

    fn candidate(&self, queued: &Queued, id: u32) -> Candidate {
        Candidate {
            id: CandidateId(id),
            hole: self.holes[queued.suspect].id.clone(),
            change: queued.edit.change(),
            origin: Origin {
                proposer: queued.edit.tier().to_string(),
                round: 1,
                model: None,
                prompt: None,
                seed: None,
                operator: Some(queued.edit.operator().to_owned()),
                parent: None,
            },
        }
    }

    fn take(
        &mut self,
        queued: Queued,
        candidate: &Candidate,
        outcome: &Outcome,
        usual: &BTreeMap<TestName, usize>,
    ) -> Result<(), PipelineError> {
        let effort = &mut self.found.effort;
        match outcome {
            Outcome::Judged { passed, failed } => {
                effort.candidates += 1;
                effort.compiled += 1;
                if outcome.passes() {
                    let plausible = self.plausible(&queued, candidate)?;
                    self.found.plausible.push(plausible);
                } else if let Edit::Single(mutant) = queued.edit {
                    let progress = self.messages.progress(passed, failed, usual);
                    self.promises.add(queued.suspect, mutant, progress);
                }
            }
            Outcome::Rejected(_) => effort.candidates += 1,
            Outcome::Unparsable(_) | Outcome::Inadmissible(_) | Outcome::Duplicate(_) => effort.dropped += 1,
        }
        Ok(())
    }

    fn plausible(&self, queued: &Queued, candidate: &Candidate) -> Result<Plausible, PipelineError> {
        let hole = &self.holes[queued.suspect];
        let patch = match &queued.edit {
            Edit::Single(mutant) | Edit::Pair(mutant) => body_patch(self.tree, hole, &mutant.body)?,
            Edit::Across { patch, .. } => patch.clone(),
        };
        let tree = patch.apply(self.tree).map_err(crate::schema::SchemaError::Patch)?;
        Ok(Plausible {
            size: diff::size(self.tree, &tree),
            tree,
            tier: queued.edit.tier(),
            origins: vec![candidate.origin.clone()],
            likelihood: queued.edit.score(),
            hole: Some(hole.clone()),
            number: candidate.id.0,
            is_doubted: false,
        })
    }
}

/// A suspect as the trial and the proposers know it.
pub(super) fn hole(tree: &Tree, suspect: &Suspect) -> Hole {
    hole_of(tree, &suspect.site)
}

/// A function as the trial knows it.
pub(in crate::pipeline) fn hole_of(tree: &Tree, site: &Site) -> Hole {
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
    fn documentation_is_what_the_comments_say() {
        assert_eq!(documentation("/// One.\n///\n/// Two.\n#[inline]\n"), "One.\n\nTwo.");
    }
}

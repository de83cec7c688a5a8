//! One hole: rounds of proposals, trials, repair of drafts and confirmation, until one candidate is accepted.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::cargo::{Cargo, Workbench};
use crate::event::{Event, Reporter};
use crate::hole::{Hole, HoleId, Related, TestName};
use crate::propose::body::normal_form;
use crate::propose::model::ModelProposer;
use crate::propose::proposer::{Feedback, Proposer as _, Situation};
use crate::propose::search::{HARDENING, Mutant, Place, mutants};
use crate::propose::suggestion::SuggestionProposer;
use crate::retrieve::Shelf;
use crate::schema::site;
use crate::trial::{self, Job, Outcome, TrialOptions, TrialState, Verdict};

use super::PipelineError;
use super::accept::{self, Accepted, House};
use super::record::Record;
use super::trees::Trees;

/// Generations of repaired drafts between two questions to the model.
const GENERATIONS: u32 = 3;
/// Confirmations of plausible candidates a round.
const CONFIRMATIONS: usize = 4;
/// Confirmations of one hole in all. Whoever may ask the held-back checks without end learns them by asking.
const MOST_CONFIRMATIONS: usize = 16;

/// Drafts whose neighbours are tried in one round.
const SEEDS: usize = 3;
/// Edits of drafts in one go.
const NEIGHBOURS: usize = 540;
/// Edits of each draft that passed what it was shown and failed elsewhere.
const HARDENED: usize = 12;
/// Builds of edits between two questions to the model, as long as each brings a candidate that passes more.
const SEARCHES: u32 = 3;
/// How the search signs its candidates.
pub(super) const SEARCH: &str = "search";

/// What one hole may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Rounds of proposals.
    pub rounds: u32,
    /// Rounds that this hole has had before: what they drew is not drawn again.
    pub earlier_rounds: u32,
    /// Time from the first proposal.
    pub time: Duration,
}

/// What became of a hole.
#[derive(Clone, PartialEq, Debug)]
pub enum HoleOutcome {
    /// A candidate was accepted.
    Filled(Filled),
    /// None was.
    Open(Box<Open>),
}

impl HoleOutcome {
    /// The hole that stayed open, if it did.
    pub fn open(&self) -> Option<&Open> {
        match self {
            Self::Open(open) => Some(open),
            Self::Filled(_) => None,
        }
    }

    /// The hole.
    pub fn hole(&self) -> &HoleId {
        match self {
            Self::Filled(filled) => &filled.hole,
            Self::Open(open) => &open.hole,
        }
    }

    /// What fills the hole, if it was filled.
    pub fn filled(&self) -> Option<&Filled> {
        match self {
            Self::Filled(filled) => Some(filled),
            Self::Open(_) => None,
        }
    }

    /// What it took.
    pub fn effort(&self) -> &Effort {
        match self {
            Self::Filled(filled) => &filled.effort,
            Self::Open(open) => &open.effort,
        }
    }

    /// The event that tells of it.
    pub(super) fn event(&self) -> Event {
        let elapsed = Duration::from_secs_f64(self.effort().seconds);
        let Effort { rounds, candidates, compiled, compiled_drafts: compiled_sampled, tokens, .. } =
            *self.effort();
        match self {
            Self::Filled(Filled { hole, ancestry, shown, .. }) => Event::HoleAccepted {
                hole: hole.clone(),
                candidate: ancestry.first().map_or(CandidateId(0), |candidate| candidate.id),
                round: rounds,
                candidates,
                compiled,
                compiled_sampled,
                tokens,
                shown: shown.clone(),
                elapsed,
            },
            Self::Open(open) => Event::HoleOpen {
                hole: open.hole.clone(),
                candidates,
                compiled,
                compiled_sampled,
                tokens,
                why: open.why.clone(),
                elapsed,
            },
        }
    }
}

/// An accepted candidate and what it took.
#[derive(Clone, PartialEq, Debug)]
pub struct Filled {
    /// The hole.
    pub hole: HoleId,
    /// The body that stands in the tree.
    pub body: String,
    /// The candidate and its ancestors, youngest first.
    pub ancestry: Vec<Candidate>,
    /// The items of other crates that it was shown, by id.
    pub shown: Vec<String>,
    /// What it took.
    pub effort: Effort,
}

/// A hole nothing was accepted for.
#[derive(Clone, PartialEq, Debug)]
pub struct Open {
    /// The hole.
    pub hole: HoleId,
    /// Why, as a sentence.
    pub why: String,
    /// Whether a budget stopped work that was still to be tried.
    pub budget: bool,
    /// The candidate that got furthest.
    pub best: Option<Feedback>,
    /// Candidates that pass what they were shown and are not believed alone, the likeliest first, each with its ancestors,
    /// youngest first.
    pub lone: Vec<Vec<Candidate>>,
    /// What it took.
    pub effort: Effort,
}

/// What was spent on a hole.
#[derive(Clone, Copy, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Effort {
    /// Rounds begun.
    pub rounds: u32,
    /// Candidates tried.
    pub candidates: usize,
    /// Of the model's own, how many compile.
    pub compiled_drafts: usize,
    /// Of all, repaired ones included, how many compile.
    pub compiled: usize,
    /// Not tried because unparsable, inadmissible or seen before.
    pub dropped: usize,
    /// Candidates that passed every visible check.
    pub plausible: usize,
    /// Of those, how many were not confirmed.
    pub unconfirmed: usize,
    /// Tokens decoded.
    pub tokens: usize,
    /// Seconds of decoding.
    pub decode_seconds: f64,
    /// Seconds.
    pub seconds: f64,
}

/// What is left of earlier work on a hole.
#[derive(Default)]
pub(super) struct Earlier {
    /// Bodies that are tried first.
    pub(super) bodies: Vec<Candidate>,
    /// Those of them that were accepted for the same question before: they need nobody to agree.
    pub(super) vouched: BTreeSet<CandidateId>,
    /// What got furthest, and why it is wrong.
    pub(super) lesson: Option<Feedback>,
}

/// Fills holes one after the other.
pub(super) struct Filler<'a> {
    pub(super) cargo: &'a Cargo,
    /// Where candidates are tried.
    pub(super) trial_bench: &'a Workbench,
    /// Where a winner is confirmed; no candidate but a plausible one ever lies there.
    pub(super) clean_bench: &'a Workbench,
    /// Asked for drafts; without one, what is given is tried and that is all.
    pub(super) proposer: Option<&'a mut ModelProposer>,
    /// Repairs drafts that do not compile.
    pub(super) repairer: SuggestionProposer,
    pub(super) reporter: &'a dyn Reporter,
    pub(super) state: TrialState,
    pub(super) options: TrialOptions,
    pub(super) budget: Budget,
    pub(super) seed: u64,
    pub(super) shelf: &'a Shelf,
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
    pub(super) next_id: u32,
    pub(super) house: House<'a>,
}

/// The work on one hole.
pub(super) struct Work<'h> {
    pub(super) hole: &'h Hole,
    tests: Vec<TestName>,
    /// Items of other crates that every proposal is shown.
    related: Vec<Related>,
    pub(super) record: Record,
    effort: Effort,
    deadline: Instant,
    confirmations: usize,
    tokens_per_second: f64,
}

impl Filler<'_> {
    /// Works on a hole until it is filled or its budget is used up; a filled hole changes `trees`.
    pub(super) async fn fill(
        &mut self,
        hole: &Hole,
        trees: &mut Trees,
        earlier: Earlier,
    ) -> Result<HoleOutcome, PipelineError> {
        let mut work = Work::new(hole, self.budget, self.shelf.related(hole));
        self.tell_trouble();
        work.record.learn(earlier.lesson);
        work.record.vouch(earlier.vouched);
        self.try_candidates(&mut work, trees, earlier.bodies).await?;
        if let Some(accepted) = self.accept_one(&mut work, trees).await? {
            return Ok(HoleOutcome::Filled(work.filled(accepted)));
        }
        let first = self.budget.earlier_rounds + 1;
        for round in first..first + self.budget.rounds {
            if work.confirmations >= MOST_CONFIRMATIONS {
                return Ok(work.open(&work.shortfall(), false));
            }
            if work.late() {
                return Ok(work.open("the time for one function was used up", true));
            }
            if let Some(accepted) = self.round(&mut work, trees, round).await? {
                return Ok(HoleOutcome::Filled(work.filled(accepted)));
            }
        }
        let unfinished = work.late() && work.record.unsettled().next().is_some();
        Ok(work.open(&work.shortfall(), unfinished))
    }

    /// Drafts of the model, their repairs, edits of those that pass most, and what of all that is confirmed.
    async fn round(
        &mut self,
        work: &mut Work<'_>,
        trees: &mut Trees,
        round: u32,
    ) -> Result<Option<Accepted>, PipelineError> {
        work.effort.rounds = round;
        let proposals = self.ask(work, round)?;
        self.stop_if_cancelled()?;
        let sound = self.without_absent(work, proposals);
        self.try_candidates(work, trees, sound).await?;
        self.look_up_missed(work);
        self.repair_drafts(work, trees).await?;
        self.search_around(work, trees).await?;
        if let Some(accepted) = self.accept_one(work, trees).await? {
            return Ok(Some(accepted));
        }
        self.harden(work, trees).await?;
        if work.record.fresh().any(|candidate| work.record.is_child_of_settled(candidate)) {
            return self.accept_one(work, trees).await;
        }
        Ok(None)
    }

    fn stop_if_cancelled(&self) -> Result<(), PipelineError> {
        if (self.cancelled)() { Err(PipelineError::Interrupted) } else { Ok(()) }
    }

    /// Asks the model. It computes for seconds, so the thread is given up for that long.
    fn ask(&mut self, work: &mut Work<'_>, round: u32) -> Result<Vec<Candidate>, PipelineError> {
        let Some(proposer) = self.proposer.as_deref_mut() else { return Ok(Vec::new()) };
        let (stopped, deadline) = (self.cancelled, work.deadline);
        let cancelled = || stopped() || Instant::now() >= deadline;
        let situation = situation(work, round, self.seed, self.next_id, &cancelled);
        let candidates = tokio::task::block_in_place(|| proposer.propose(&situation))?;
        let report = proposer.report();
        work.tokens_per_second = report.tokens_per_second();
        work.effort.tokens += report.tokens;
        work.effort.decode_seconds += report.decode.as_secs_f64();
        Ok(candidates)
    }

    /// The candidates without those that name what is certainly not in the crates at hand: no build is spent on them,
    /// and what is nearest to those names goes into the next question.
    fn without_absent(&mut self, work: &mut Work<'_>, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let mut sound = Vec::new();
        for candidate in candidates {
            let absent = match &candidate.change {
                Change::Body(body) => self.shelf.certainly_absent(work.hole, body),
                Change::Edits(_) => Vec::new(),
            };
            if absent.is_empty() {
                sound.push(candidate);
                continue;
            }
            self.next_id = self.next_id.max(candidate.id.0 + 1);
            let names: Vec<String> =
                absent.iter().map(|one| format!("no `{}` in {}", one.name, one.place)).collect();
            let outcome = Outcome::Inadmissible(names.join(", "));
            let id = candidate.id;
            work.record.add(
                vec![candidate],
                vec![Verdict { candidate: id, outcome, elapsed: Duration::ZERO, alone: None }],
            );
            work.record.missing(id, absent);
        }
        sound
    }

    /// Looks up what the compiler did not find, for the next question.
    fn look_up_missed(&self, work: &mut Work<'_>) {
        let rejected = work.record.feedback().iter().filter(|one| one.errors() > 0 && one.absent.is_empty());
        let looked_up = rejected.filter_map(|one| {
            let absent = self.shelf.missed(work.hole, one.body()?, &one.diagnostics);
            (!absent.is_empty()).then_some((one.id(), absent))
        });
        for (id, absent) in looked_up.collect::<Vec<_>>() {
            work.record.missing(id, absent);
        }
    }

    /// Tells once why nothing is known of the crates at hand.
    fn tell_trouble(&self) {
        if let Some(trouble) = self.shelf.trouble() {
            let why = anyhow::Error::new(trouble);
            let message = format!("note: proposers are shown nothing of other crates: {why:#}");
            self.reporter.report(&Event::StageStarted { stage: "propose".to_owned(), message });
        }
    }

    /// Tries candidates and keeps what came of them.
    async fn try_candidates(
        &mut self,
        work: &mut Work<'_>,
        trees: &Trees,
        candidates: Vec<Candidate>,
    ) -> Result<(), PipelineError> {
        if candidates.is_empty() {
            return Ok(());
        }
        self.next_id = candidates.iter().map(|candidate| candidate.id.0 + 1).fold(self.next_id, u32::max);
        let job = Job { tree: trees.visible(), holes: std::slice::from_ref(work.hole), tests: &work.tests };
        let report =
            trial::trial(self.cargo, self.trial_bench, &mut self.state, &job, &candidates, &self.options)
                .await?;
        work.record.add(candidates, report.verdicts);
        self.report_progress(work);
        Ok(())
    }

    /// Repairs drafts that do not compile, generation by generation, as long as that leads somewhere.
    async fn repair_drafts(&mut self, work: &mut Work<'_>, trees: &Trees) -> Result<(), PipelineError> {
        for _ in 0..GENERATIONS {
            if work.record.fresh().next().is_some() || work.late() {
                return Ok(());
            }
            let situation = situation(work, work.effort.rounds, self.seed, self.next_id, &|| false);
            let children = self.repairer.propose(&situation)?;
            if children.is_empty() {
                return Ok(());
            }
            self.try_candidates(work, trees, children).await?;
            self.stop_if_cancelled()?;
        }
        Ok(())
    }

    /// Tries edits of the drafts that pass most, all in one build: many drafts are one edit from being right. Where that
    /// leads further, it goes on from there.
    async fn search_around(&mut self, work: &mut Work<'_>, trees: &Trees) -> Result<(), PipelineError> {
        for _ in 0..SEARCHES {
            if work.record.fresh().next().is_some() || work.late() {
                return Ok(());
            }
            let best = work.record.best_passed();
            let seeds = work.record.seeds(SEEDS);
            let each = NEIGHBOURS / seeds.len().max(1);
            let candidates = neighbours(work, trees, &seeds, self.next_id, |_| true, each);
            work.record.searched(&seeds);
            self.try_candidates(work, trees, candidates).await?;
            self.stop_if_cancelled()?;
            if work.record.best_passed() <= best {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Tries hardening edits of what passed all it was shown and was not confirmed: most often it fails at the ends of its
    /// types only.
    async fn harden(&mut self, work: &mut Work<'_>, trees: &Trees) -> Result<(), PipelineError> {
        let overfitted = work.record.overfitted(SEEDS);
        if overfitted.is_empty() || work.late() {
            return Ok(());
        }
        let is_hardening = |mutant: &Mutant| HARDENING.contains(&mutant.operator.as_str());
        let candidates = neighbours(work, trees, &overfitted, self.next_id, is_hardening, HARDENED);
        work.record.searched(&overfitted);
        self.try_candidates(work, trees, candidates).await?;
        self.stop_if_cancelled()
    }

    /// Confirms plausible candidates, the likeliest first, until one is accepted.
    async fn accept_one(
        &mut self,
        work: &mut Work<'_>,
        trees: &mut Trees,
    ) -> Result<Option<Accepted>, PipelineError> {
        if work.record.fresh().next().is_none() {
            return Ok(None);
        }
        let unsettled: Vec<Candidate> = work.record.unsettled().cloned().collect();
        let ranking = self.rank(work, trees, unsettled).await?;
        work.record.wait(ranking.waiting);
        for (id, objections) in ranking.refused {
            work.record.settle(id);
            work.record.object(id, objections);
            work.effort.unconfirmed += 1;
        }
        // Beyond the deadline the likeliest candidate still gets its turn, no other.
        let mut first = true;
        let left = MOST_CONFIRMATIONS.saturating_sub(work.confirmations);
        let mut trusted = ranking.trusted;
        // What differs from one that failed where that may have failed has the best chance.
        trusted.sort_by_key(|candidate| !work.record.is_child_of_settled(candidate));
        for candidate in trusted.into_iter().take(CONFIRMATIONS.min(left)) {
            self.stop_if_cancelled()?;
            if work.late() && !first {
                break;
            }
            first = false;
            work.record.settle(candidate.id);
            work.confirmations += 1;
            if let Some(accepted) =
                accept::accept(self.cargo, self.clean_bench, work.hole, trees, &candidate, self.house).await?
            {
                return Ok(Some(accepted));
            }
            work.effort.unconfirmed += 1;
        }
        Ok(None)
    }

    fn report_progress(&self, work: &Work<'_>) {
        self.reporter.report(&Event::HoleProgress {
            hole: work.hole.id.clone(),
            round: work.effort.rounds,
            candidates: work.record.candidates(),
            compiled: work.record.compiled().1,
            best_passed: work.record.best_passed(),
            tests: work.tests.len(),
            tokens_per_second: work.tokens_per_second,
        });
    }
}

fn situation<'a>(
    work: &'a Work<'_>,
    round: u32,
    run_seed: u64,
    next_id: u32,
    cancelled: &'a dyn Fn() -> bool,
) -> Situation<'a> {
    let related = work.related.as_slice();
    Situation { hole: work.hole, round, run_seed, next_id, tried: work.record.feedback(), related, cancelled }
}

/// Edits of some drafts that were not tried yet, the likeliest of each in turn.
fn neighbours(
    work: &Work<'_>,
    trees: &Trees,
    seeds: &[Candidate],
    next_id: u32,
    is_wanted: impl Fn(&Mutant) -> bool,
    each: usize,
) -> Vec<Candidate> {
    let mut seen: BTreeSet<String> = work.record.bodies().map(normal_form).collect();
    let mut candidates = Vec::new();
    for seed in seeds {
        let Change::Body(body) = &seed.change else { continue };
        let Ok(tree) = trees.with_body(work.hole, body) else { continue };
        let Some(site) =
            tree.text(&work.hole.path).and_then(|text| site(text, &work.hole.path, &work.hole.function))
        else {
            continue;
        };
        let place = Place { tree: &tree, site: &site, weights: &[] };
        let wanted = mutants(&place).into_iter().filter(|mutant| is_wanted(mutant));
        let fresh = wanted.filter(|mutant| seen.insert(normal_form(&mutant.body)));
        for mutant in fresh.take(each) {
            let id = CandidateId(next_id.saturating_add(u32::try_from(candidates.len()).unwrap_or(u32::MAX)));
            candidates.push(neighbour(seed, mutant, id));
        }
    }
    candidates
}

fn neighbour(seed: &Candidate, mutant: Mutant, id: CandidateId) -> Candidate {
    let origin = Origin {
        proposer: SEARCH.to_owned(),
        operator: Some(mutant.operator),
        parent: Some(seed.id),
        ..seed.origin.clone()
    };
    Candidate { id, hole: seed.hole.clone(), change: Change::Body(mutant.body), origin }
}

impl<'h> Work<'h> {
    fn new(hole: &'h Hole, budget: Budget, related: Vec<Related>) -> Self {
        let checks = hole.visible.iter().chain(&hole.properties);
        Self {
            hole,
            tests: checks.map(|check| check.test.clone()).collect(),
            related,
            record: Record::new(),
            effort: Effort::default(),
            deadline: Instant::now() + budget.time,
            confirmations: 0,
            tokens_per_second: 0.0,
        }
    }

    pub(super) fn tests(&self) -> &[TestName] {
        &self.tests
    }

    fn late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// What nobody came beyond, as a sentence.
    fn shortfall(&self) -> String {
        match self.record.plausible().count() {
            0 => "no candidate passed every check in the rounds allowed".to_owned(),
            _ if !self.record.waiting().is_empty() => {
                "what passed is not believed alone, and nothing of another descent agrees with it".to_owned()
            }
            1 => "the one candidate that passed what it was shown was refused or failed a held-back check"
                .to_owned(),
            count => {
                format!(
                    "{count} candidates passed what they were shown, all were refused or failed a held-back check"
                )
            }
        }
    }

    fn effort(&self) -> Effort {
        let (compiled_drafts, compiled) = self.record.compiled();
        Effort {
            candidates: self.record.candidates(),
            compiled_drafts,
            compiled,
            dropped: self.record.dropped(),
            plausible: self.record.plausible().count(),
            seconds: self.record.elapsed().as_secs_f64(),
            ..self.effort
        }
    }

    fn filled(&self, accepted: Accepted) -> Filled {
        let ancestry = self.family(accepted.candidate);
        let shown = self.related.iter().map(|item| item.id.clone()).collect();
        Filled { hole: self.hole.id.clone(), body: accepted.body, ancestry, shown, effort: self.effort() }
    }

    /// A candidate and its ancestors, youngest first.
    fn family(&self, id: CandidateId) -> Vec<Candidate> {
        self.record.ancestry(id).into_iter().cloned().collect()
    }

    fn open(&self, why: &str, budget: bool) -> HoleOutcome {
        HoleOutcome::Open(Box::new(Open {
            hole: self.hole.id.clone(),
            why: why.to_owned(),
            budget,
            best: self.record.best().cloned(),
            lone: self.record.waiting().iter().map(|id| self.family(*id)).collect(),
            effort: self.effort(),
        }))
    }
}

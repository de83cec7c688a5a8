//! What a run knows about one hole while it works: every candidate with what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::candidate::{Candidate, CandidateId, Change};
use crate::hole::Absent;
use crate::pipeline::fill::SEARCH;
use crate::propose::body::skeleton;
use crate::propose::proposer::Feedback;
use crate::propose::search::HARDENING;
use crate::trial::{Outcome, Verdict};

/// How often the search goes back to one draft, each time for further edits.
const TURNS: u32 = 3;

/// The candidates of one hole and their verdicts, in the order they were tried.
pub(super) struct Record {
    started: Instant,
    tried: Vec<(Candidate, Verdict)>,
    feedback: Vec<Feedback>,
    settled: BTreeSet<CandidateId>,
    /// Accepted before, for the same question.
    vouched: BTreeSet<CandidateId>,
    /// The likeliest first.
    waiting: Vec<CandidateId>,
    /// How often edits of a candidate were tried.
    searched: BTreeMap<CandidateId, u32>,
}

impl Record {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            tried: Vec::new(),
            feedback: Vec::new(),
            settled: BTreeSet::new(),
            vouched: BTreeSet::new(),
            waiting: Vec::new(),
            searched: BTreeMap::new(),
        }
    }

    /// Takes what came of a candidate in earlier work, for proposers alone.
    pub(super) fn learn(&mut self, lesson: Option<Feedback>) {
        self.feedback.extend(lesson);
    }

    /// Takes the word of earlier work for candidates.
    pub(super) fn vouch(&mut self, ids: BTreeSet<CandidateId>) {
        self.vouched = ids;
    }

    /// Takes the verdicts of a trial, each for the candidate it names; a candidate without one was not tried.
    pub(super) fn add(&mut self, candidates: Vec<Candidate>, verdicts: Vec<Verdict>) {
        let mut verdicts: BTreeMap<CandidateId, Verdict> =
            verdicts.into_iter().map(|verdict| (verdict.candidate, verdict)).collect();
        for candidate in candidates {
            let Some(verdict) = verdicts.remove(&candidate.id) else { continue };
            // What a search tries in hundreds and does not compile teaches nobody anything.
            if candidate.origin.proposer != SEARCH || verdict.outcome.compiled() {
                self.feedback.push(feedback(&candidate, &verdict.outcome));
            }
            self.tried.push((candidate, verdict));
        }
    }

    /// Notes that a candidate is not believed, and why: what proposers may learn from.
    pub(super) fn object(&mut self, id: CandidateId, objections: Vec<String>) {
        if let Some(feedback) = self.feedback.iter_mut().find(|feedback| feedback.id() == id) {
            feedback.objections = objections;
        }
    }

    /// Notes which names a candidate uses that are not there.
    pub(super) fn missing(&mut self, id: CandidateId, absent: Vec<Absent>) {
        if let Some(feedback) = self.feedback.iter_mut().find(|feedback| feedback.id() == id) {
            feedback.absent = absent;
        }
    }

    /// The candidates that passed everything the trial runs and that nobody has judged further, in the order they were
    /// tried.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = &Candidate> {
        self.plausible().filter(|candidate| !self.settled.contains(&candidate.id))
    }

    /// Those of them that do not wait for another one to agree.
    pub(super) fn fresh(&self) -> impl Iterator<Item = &Candidate> {
        self.unsettled().filter(|candidate| !self.waiting.contains(&candidate.id))
    }

    /// Notes which candidates wait for another one to agree, the likeliest first.
    pub(super) fn wait(&mut self, ids: Vec<CandidateId>) {
        self.waiting = ids;
    }

    /// The candidates that wait for another one to agree, the likeliest first.
    pub(super) fn waiting(&self) -> &[CandidateId] {
        &self.waiting
    }

    /// Whether a candidate came about by an edit that changes what is computed for ordinary values, and nobody vouches for it.
    pub(super) fn is_searched(&self, candidate: &Candidate) -> bool {
        !self.vouched.contains(&candidate.id) && !self.descent(candidate).1.is_empty()
    }

    /// Whether two candidates go back to different drafts and say it differently: not by the same edits, and where there
    /// are none, not in the same words with other names.
    pub(super) fn are_independent(&self, one: &Candidate, other: &Candidate) -> bool {
        let ((draft, rules), (other_draft, other_rules)) = (self.descent(one), self.descent(other));
        let say_the_same = || match (&one.change, &other.change) {
            (Change::Body(one), Change::Body(other)) => skeleton(one) == skeleton(other),
            (Change::Edits(one), Change::Edits(other)) => one == other,
            (Change::Body(_), Change::Edits(_)) | (Change::Edits(_), Change::Body(_)) => false,
        };
        draft != other_draft && (rules != other_rules || rules.is_empty() && !say_the_same())
    }

    /// The draft a candidate goes back to, and the rules of the search that made it from there.
    fn descent(&self, candidate: &Candidate) -> (Option<CandidateId>, Vec<&str>) {
        let line = self.ancestry(candidate.id);
        let edits = line.iter().filter(|one| one.origin.proposer == SEARCH);
        let rules = edits.filter_map(|one| one.origin.operator.as_deref());
        (line.last().map(|draft| draft.id), rules.filter(|rule| !HARDENING.contains(rule)).collect())
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

    /// The candidates that pass most tests though not all. Of those that pass as many, the least searched come first, and
    /// drafts before edits of drafts, or the many edits that change nothing would crowd out all that comes later.
    pub(super) fn seeds(&self, most: usize) -> Vec<Candidate> {
        let rank = |(candidate, verdict): &(Candidate, Verdict)| match &verdict.outcome {
            Outcome::Judged { passed, failed } if !passed.is_empty() && !failed.is_empty() => {
                let is_edit = candidate.origin.proposer == SEARCH;
                let turns = self.turns(candidate.id) + if is_edit { TURNS } else { 0 };
                Some((std::cmp::Reverse(passed.len()), turns, candidate.id))
            }
            _ => None,
        };
        let ranked = self.tried.iter().filter_map(|tried| Some((rank(tried)?, &tried.0)));
        let mut near: Vec<_> = ranked.filter(|(_, seed)| self.turns(seed.id) < TURNS).collect();
        near.sort_by_key(|(rank, _)| *rank);
        near.into_iter().take(most).map(|(_, candidate)| candidate.clone()).collect()
    }

    /// Candidates that passed what they were shown and were not confirmed, and whose neighbours nobody has tried, the
    /// youngest first.
    pub(super) fn overfitted(&self, most: usize) -> Vec<Candidate> {
        let settled = self.plausible().filter(|candidate| self.settled.contains(&candidate.id));
        let mut fresh: Vec<&Candidate> = settled.filter(|one| self.turns(one.id) == 0).collect();
        fresh.reverse();
        fresh.into_iter().take(most).cloned().collect()
    }

    /// Whether a candidate is an edit of one that was not confirmed.
    pub(super) fn is_child_of_settled(&self, candidate: &Candidate) -> bool {
        candidate.origin.parent.is_some_and(|parent| self.settled.contains(&parent))
    }

    fn turns(&self, id: CandidateId) -> u32 {
        self.searched.get(&id).copied().unwrap_or(0)
    }

    /// Notes whose neighbours were tried.
    pub(super) fn searched(&mut self, seeds: &[Candidate]) {
        for seed in seeds {
            *self.searched.entry(seed.id).or_default() += 1;
        }
    }

    /// The bodies of all candidates.
    pub(super) fn bodies(&self) -> impl Iterator<Item = &str> {
        self.tried.iter().filter_map(|(candidate, _)| match &candidate.change {
            Change::Body(body) => Some(body.as_str()),
            Change::Edits(_) => None,
        })
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
        // A parent is older than its child, so that this ends whatever an origin claims.
        let parent =
            |child: &&Candidate| child.origin.parent.filter(|parent| *parent < child.id).and_then(find);
        std::iter::successors(find(id), parent).collect()
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
    let (objections, absent) = (Vec::new(), Vec::new());
    Feedback { candidate: candidate.clone(), diagnostics, failures, passed, objections, absent }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::Origin;
    use crate::hole::{HoleId, TestName};
    use crate::trial::Failure;

    fn candidate(id: u32, parent: Option<u32>) -> Candidate {
        Candidate {
            id: CandidateId(id),
            hole: HoleId("f".to_owned()),
            change: Change::Body(format!("{id}")),
            origin: Origin {
                proposer: "model".to_owned(),
                round: 1,
                model: None,
                prompt: None,
                seed: None,
                operator: None,
                parent: parent.map(CandidateId),
            },
        }
    }

    fn judged(id: u32, passed: usize, failed: usize) -> Verdict {
        let test = |index: usize| TestName { target: "t".to_owned(), name: index.to_string() };
        let failure = |index| Failure { test: test(index), message: "no".to_owned(), timed_out: false };
        verdict(
            id,
            Outcome::Judged {
                passed: (0..passed).map(test).collect(),
                failed: (passed..passed + failed).map(failure).collect(),
            },
        )
    }

    fn verdict(id: u32, outcome: Outcome) -> Verdict {
        Verdict { candidate: CandidateId(id), outcome, elapsed: Duration::ZERO, alone: None }
    }

    fn ids<'a>(candidates: impl IntoIterator<Item = &'a Candidate>) -> Vec<u32> {
        candidates.into_iter().map(|candidate| candidate.id.0).collect()
    }

    #[test]
    fn a_verdict_goes_to_the_candidate_it_names() {
        let mut record = Record::new();
        let verdicts = vec![judged(3, 2, 0), judged(1, 0, 2)];
        record.add(vec![candidate(1, None), candidate(2, None), candidate(3, None)], verdicts);
        assert_eq!(ids(record.plausible()), [3]);
        assert_eq!((record.candidates(), record.best_passed()), (2, 2));
    }

    #[test]
    fn a_settled_candidate_is_still_plausible_but_no_longer_to_be_judged() {
        let mut record = Record::new();
        record.add(vec![candidate(1, None), candidate(2, None)], vec![judged(1, 1, 0), judged(2, 1, 0)]);
        record.settle(CandidateId(1));
        record.object(CandidateId(1), vec!["It recites.".to_owned()]);
        assert_eq!((ids(record.unsettled()), ids(record.plausible())), (vec![2], vec![1, 2]));
        assert_eq!(record.feedback()[0].objections, ["It recites."]);
    }

    #[test]
    fn the_search_goes_on_from_what_passes_most_and_from_drafts_before_their_edits() {
        let mut record = Record::new();
        let mut candidates: Vec<Candidate> =
            (1..=5).map(|id| candidate(id, (id == 2).then_some(1))).collect();
        candidates[1].origin.proposer = SEARCH.to_owned();
        let verdicts =
            vec![judged(1, 1, 2), judged(2, 1, 2), judged(3, 1, 2), judged(4, 2, 1), judged(5, 3, 0)];
        record.add(candidates, verdicts);
        assert_eq!(ids(&record.seeds(9)), [4, 1, 3, 2]);
        record.searched(&record.seeds(2));
        assert_eq!(ids(&record.seeds(9)), [4, 3, 1, 2]);
        for _ in 1..TURNS {
            record.searched(&record.seeds(1));
        }
        assert_eq!(ids(&record.seeds(9)), [3, 1, 2]);
        assert_eq!(ids(&record.overfitted(9)), [0; 0]);
        record.settle(CandidateId(5));
        assert_eq!(ids(&record.overfitted(9)), [5]);
    }

    #[test]
    fn an_edit_of_the_search_is_backed_by_another_draft_with_another_edit() {
        let mut record = Record::new();
        let edit = |id, parent, rule: &str| {
            let mut edit = candidate(id, Some(parent));
            edit.origin.proposer = SEARCH.to_owned();
            edit.origin.operator = Some(rule.to_owned());
            edit
        };
        let all = [
            candidate(1, None),
            candidate(2, None),
            edit(3, 1, "chain"),
            edit(4, 2, "chain"),
            edit(5, 2, "literal"),
            edit(6, 1, "widen"),
        ];
        record.add(all.to_vec(), (1..=6).map(|id| judged(id, 2, 0)).collect());
        let searched = all.iter().filter(|one| record.is_searched(one));
        assert_eq!(ids(searched), [3, 4, 5], "a wider number computes the same");
        let mut vouched = Record::new();
        vouched.vouch(BTreeSet::from([CandidateId(3)]));
        assert!(!vouched.is_searched(&all[2]), "it was accepted before");
        let backing = |at: usize| ids(all.iter().filter(|other| record.are_independent(&all[at], other)));
        assert_eq!(backing(2), [2, 5]);
        assert_eq!(backing(0), [2, 4, 5], "drafts that say different things");
        record.wait(vec![CandidateId(3)]);
        assert_eq!(ids(record.fresh()), [1, 2, 4, 5, 6]);
    }

    #[test]
    fn counts_tell_drafts_from_repaired_ones_and_from_dropped_ones() {
        let mut record = Record::new();
        let outcomes = [
            Outcome::Rejected(Vec::new()),
            Outcome::Unparsable("no".to_owned()),
            Outcome::Duplicate(CandidateId(1)),
        ];
        let rest = outcomes.into_iter().zip(3..).map(|(outcome, id)| verdict(id, outcome));
        let verdicts = [judged(1, 1, 1), judged(2, 0, 1)].into_iter().chain(rest).collect();
        let candidates = (1..=5).map(|id| candidate(id, (id == 2).then_some(1))).collect();
        record.add(candidates, verdicts);
        assert_eq!((record.compiled(), record.dropped(), record.candidates()), ((1, 2), 2, 5));
        assert_eq!(record.best().unwrap().id(), CandidateId(1));
    }

    #[test]
    fn ancestry_ends_even_where_an_origin_names_itself() {
        let mut record = Record::new();
        let candidates = vec![candidate(1, Some(1)), candidate(2, Some(1)), candidate(3, Some(2))];
        record.add(candidates, (1..=3).map(|id| judged(id, 1, 0)).collect());
        assert_eq!(ids(record.ancestry(CandidateId(3))), [3, 2, 1]);
    }
}

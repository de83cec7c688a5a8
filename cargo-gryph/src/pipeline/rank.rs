//! The order in which plausible candidates are confirmed, and which of them are not believed at all.

use crate::candidate::{Candidate, CandidateId, Change};
use crate::propose::critic::{self, Plausible, Ranked};
use crate::propose::deviation::objection_to_panic;
use crate::trial::agreement::{ProbeTree, classes, distances, panics, with_probes};
use crate::trial::behaviour;
use crate::trial::rehearsal::{Lists, Rehearsal, rehearsal};
use crate::trial::{self, Job, Verdict};

use super::PipelineError;
use super::accept::House;
use super::fill::{Filler, Work};
use super::rehearse::Stage;
use super::trees::Trees;

/// Candidates whose answers are compared at most.
const COMPARED: usize = 24;

/// Plausible candidates, sorted.
pub(super) struct Ranking {
    /// Those to be confirmed, the likeliest first.
    pub(super) trusted: Vec<Candidate>,
    /// Those that are believed once a candidate of another descent answers every probe alike, the likeliest first: what a
    /// search found, for among hundreds of edits some pass a few examples by chance, and all where no check is held back.
    pub(super) waiting: Vec<CandidateId>,
    /// Those that are not believed, each with the reasons.
    pub(super) refused: Vec<(CandidateId, Vec<String>)>,
}

/// What the probes say about one candidate.
#[derive(Clone, Default)]
struct Probed {
    distance: usize,
    /// Candidates of one class answer every probe alike; `None` where nobody could ask.
    class: Option<usize>,
    /// Inputs on which it panics or does not end, where that was asked.
    falls: usize,
    objections: Vec<String>,
}

/// A plausible candidate that nothing speaks against.
struct Believed {
    doubts: (usize, usize),
    probed: Probed,
    candidate: Candidate,
}

impl Filler<'_> {
    /// Candidates without doubts first, then those closest to the majority; the critic decides between equals. Refused
    /// are those that recite the examples, contradict the description or cut texts inside a character.
    pub(super) async fn rank(
        &mut self,
        work: &Work<'_>,
        trees: &Trees,
        candidates: Vec<Candidate>,
    ) -> Result<Ranking, PipelineError> {
        let plausible: Vec<Plausible<'_>> = candidates.iter().filter_map(plausible).collect();
        let (trusted, refused): (Vec<Ranked>, Vec<Ranked>) =
            critic::rank(work.hole, &plausible).into_iter().partition(|ranked| ranked.refused.is_empty());
        let mut refused: Vec<(CandidateId, Vec<String>)> =
            refused.into_iter().map(|ranked| (ranked.candidate, ranked.refused)).collect();
        let find = |ranked: &Ranked| candidates.iter().find(|candidate| candidate.id == ranked.candidate);
        let compared: Vec<Candidate> = trusted.iter().filter_map(find).take(COMPARED).cloned().collect();
        let probed = self.probe(work, trees, &compared).await?;
        let mut believed = Vec::new();
        for ((ranked, candidate), probed) in trusted.iter().zip(compared).zip(probed) {
            if probed.objections.is_empty() {
                let doubts = (ranked.assessment.special_cased, ranked.assessment.deviations);
                tracing::debug!(id = ?candidate.id, origin = ?candidate.origin.operator, class = probed.class, "plausible");
                believed.push(Believed { doubts, probed, candidate });
            } else {
                refused.push((candidate.id, probed.objections));
            }
        }
        // A stable sort: the critic's order stays between equals.
        believed.sort_by_key(|one| (one.doubts, one.probed.distance));
        let is_backed = |one: &&Believed| is_backed(self.house, work, one, &believed);
        let (trusted, waiting): (Vec<&Believed>, Vec<&Believed>) = believed.iter().partition(is_backed);
        Ok(Ranking {
            trusted: trusted.into_iter().map(|one| one.candidate.clone()).collect(),
            waiting: waiting.into_iter().map(|one| one.candidate.id).collect(),
            refused,
        })
    }

    /// Asks candidates what no check asks: on examples with other values, or the tests played again with such.
    async fn probe(
        &mut self,
        work: &Work<'_>,
        trees: &Trees,
        candidates: &[Candidate],
    ) -> Result<Vec<Probed>, PipelineError> {
        let probed = match self.house {
            _ if candidates.is_empty() => None,
            House::Ours | House::Shared(_) => self.probe_examples(work, trees, candidates).await?,
            House::Theirs => self.play_again(work, trees, candidates).await?,
        };
        Ok(probed.unwrap_or_else(|| vec![Probed::default(); candidates.len()]))
    }

    /// Plays the tests of the hole again with other values.
    async fn play_again(
        &mut self,
        work: &Work<'_>,
        trees: &Trees,
        candidates: &[Candidate],
    ) -> Result<Option<Vec<Probed>>, PipelineError> {
        let stage = Stage { cargo: self.cargo, bench: self.trial_bench, options: &self.options };
        let Some(played) = rehearsal(trees.visible(), work.tests(), &work.hole.function, Lists::Emptied)
        else {
            return Ok(None);
        };
        let cast = |_: &Rehearsal| (vec![work.hole.clone()], candidates.to_vec());
        let played = stage.play(&mut self.state, played, cast).await?;
        Ok(played.map(|played| {
            let probes = &played.rehearsal.probes;
            // The largest class comes first.
            let classes = behaviour::classes(&played.verdicts, probes);
            let class = |id| classes.iter().position(|one| one.candidates.contains(&id));
            let falls = |id| {
                let verdict = played.verdicts.iter().find(|verdict| verdict.candidate == id);
                verdict.map_or(0, |verdict| behaviour::falls(verdict, probes))
            };
            let probed = |id| Probed {
                distance: class(id).unwrap_or(usize::MAX),
                class: class(id),
                falls: falls(id),
                objections: Vec::new(),
            };
            candidates.iter().map(|candidate| probed(candidate.id)).collect()
        }))
    }

    /// Runs candidates on the probes. Where those cannot be built, for a result that cannot be printed say, nothing is
    /// known: they order and refuse candidates, and accept none.
    async fn probe_examples(
        &mut self,
        work: &Work<'_>,
        trees: &Trees,
        candidates: &[Candidate],
    ) -> Result<Option<Vec<Probed>>, PipelineError> {
        let Some(probes) = with_probes(trees.visible(), work.hole) else { return Ok(None) };
        let job = Job { tree: &probes.tree, holes: std::slice::from_ref(&probes.hole), tests: &probes.tests };
        let report =
            trial::trial(self.cargo, self.trial_bench, &mut self.state, &job, candidates, &self.options)
                .await;
        match report {
            Ok(report) if report.verdicts.len() == candidates.len() => {
                let distances = distances(&report.verdicts, &probes.tests);
                let objections = report.verdicts.iter().map(|verdict| objections(work, &probes, verdict));
                let classes = classes(&report.verdicts, &probes.tests);
                let probed = |((distance, class), objections)| Probed {
                    distance,
                    class: Some(class),
                    falls: 0,
                    objections,
                };
                Ok(Some(distances.into_iter().zip(classes).zip(objections).map(probed).collect()))
            }
            Ok(_) => Ok(None),
            Err(error) => {
                tracing::info!(hole = %work.hole.id, %error, "answers cannot be compared");
                Ok(None)
            }
        }
    }
}

/// Whether a candidate needs no further witness before it is confirmed.
fn is_backed(house: House<'_>, work: &Work<'_>, one: &Believed, all: &[Believed]) -> bool {
    let record = &work.record;
    let class = |class: Option<usize>| all.iter().filter(move |other| other.probed.class == class);
    let own = one.probed.class;
    let has_witness = || class(own).any(|other| record.are_independent(&one.candidate, &other.candidate));
    match house {
        House::Ours | House::Shared(_) => !record.is_searched(&one.candidate) || has_witness(),
        // Nothing is held back there, so that agreement is all there is beside the tests: what falls over where another
        // answers is not believed, and of those that do not, no draft may answer otherwise.
        House::Theirs => {
            let least = all.iter().map(|other| other.probed.falls).min().unwrap_or(0);
            let is_rival = |other: &Believed| {
                other.probed.class != own
                    && other.probed.falls == least
                    && !record.is_searched(&other.candidate)
            };
            let stands = own.is_some() && one.probed.falls == least;
            stands && has_witness() && !all.iter().any(is_rival)
        }
    }
}

fn plausible(candidate: &Candidate) -> Option<Plausible<'_>> {
    match &candidate.change {
        Change::Body(body) => Some(Plausible { candidate, body, lints: 0 }),
        Change::Edits(_) => None,
    }
}

/// The first panic that speaks against a candidate.
fn objections(work: &Work<'_>, probes: &ProbeTree, verdict: &Verdict) -> Vec<String> {
    let objection = |(test, message): (&_, &str)| {
        let check = probes.hole.visible.iter().find(|check| check.test == *test)?;
        objection_to_panic(work.hole, &check.source, message)
    };
    panics(verdict, &probes.tests).into_iter().find_map(objection).into_iter().collect()
}

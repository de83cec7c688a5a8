//! The order in which plausible candidates are confirmed, and which of them are not believed at all.

use crate::candidate::{Candidate, CandidateId, Change};
use crate::propose::critic::{self, Plausible, Ranked};
use crate::propose::deviation::objection_to_panic;
use crate::trial::agreement::{ProbeTree, classes, distances, panics, with_probes};
use crate::trial::{self, Job, Verdict};

use super::PipelineError;
use super::fill::{Filler, Work};
use super::trees::Trees;

/// Candidates whose answers are compared at most.
const COMPARED: usize = 24;

/// Plausible candidates, sorted.
pub(super) struct Ranking {
    /// Those to be confirmed, the likeliest first.
    pub(super) trusted: Vec<Candidate>,
    /// Those found by a search, which are believed once a candidate of another descent answers every probe alike: among
    /// hundreds of edits some pass a few examples by chance.
    pub(super) waiting: Vec<CandidateId>,
    /// Those that are not believed, each with the reasons.
    pub(super) refused: Vec<(CandidateId, Vec<String>)>,
}

/// What the probes say about one candidate.
#[derive(Clone, Default)]
struct Probed {
    distance: usize,
    /// Candidates of one class answer every probe alike.
    class: usize,
    objections: Vec<String>,
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
                believed.push((doubts, probed, candidate));
            } else {
                refused.push((candidate.id, probed.objections));
            }
        }
        // A stable sort: the critic's order stays between equals.
        believed.sort_by_key(|(doubts, probed, _)| (*doubts, probed.distance));
        let is_backed = |one: &Candidate, class: usize| {
            let mut alike = believed.iter().filter(|(_, probed, _)| probed.class == class);
            !work.record.is_searched(one)
                || alike.any(|(_, _, other)| work.record.are_independent(one, other))
        };
        let (mut trusted, mut waiting) = (Vec::new(), Vec::new());
        for (_, probed, candidate) in &believed {
            if is_backed(candidate, probed.class) {
                trusted.push(candidate.clone());
            } else {
                waiting.push(candidate.id);
            }
        }
        Ok(Ranking { trusted, waiting, refused })
    }

    /// Runs candidates on the probes. Where those cannot be built, for a result that cannot be printed say, nothing is
    /// known: they order and refuse candidates, and accept none.
    async fn probe(
        &mut self,
        work: &Work<'_>,
        trees: &Trees,
        candidates: &[Candidate],
    ) -> Result<Vec<Probed>, PipelineError> {
        let nothing = vec![Probed::default(); candidates.len()];
        if candidates.is_empty() {
            return Ok(nothing);
        }
        let Some(probes) = with_probes(trees.visible(), work.hole) else { return Ok(nothing) };
        let job = Job { tree: &probes.tree, holes: std::slice::from_ref(&probes.hole), tests: &probes.tests };
        let report =
            trial::trial(self.cargo, self.trial_bench, &mut self.state, &job, candidates, &self.options)
                .await;
        match report {
            Ok(report) if report.verdicts.len() == candidates.len() => {
                let distances = distances(&report.verdicts, &probes.tests);
                let objections = report.verdicts.iter().map(|verdict| objections(work, &probes, verdict));
                let classes = classes(&report.verdicts, &probes.tests);
                let probed = |((distance, class), objections)| Probed { distance, class, objections };
                Ok(distances.into_iter().zip(classes).zip(objections).map(probed).collect())
            }
            Ok(_) => Ok(nothing),
            Err(error) => {
                tracing::info!(hole = %work.hole.id, %error, "answers cannot be compared");
                Ok(nothing)
            }
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

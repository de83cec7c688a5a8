//! The order in which plausible candidates are confirmed.

use crate::candidate::{Candidate, Change};
use crate::propose::critic::{self, Plausible};
use crate::trial::agreement::{distances, with_probes};
use crate::trial::{self, Job};

use super::PipelineError;
use super::fill::{Filler, Work};
use super::trees::Trees;

/// Candidates whose answers are compared at most.
const COMPARED: usize = 24;

impl Filler<'_> {
    /// Candidates closest to the majority first; the critic decides between equals. Those the critic refuses, because
    /// they only recite the examples, are left out.
    pub(super) async fn rank(
        &mut self,
        work: &Work<'_>,
        trees: &Trees,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, PipelineError> {
        let body = |candidate: &'_ Candidate| match &candidate.change {
            Change::Body(body) => Some(body.clone()),
            Change::Edits(_) => None,
        };
        let bodies: Vec<(&Candidate, String)> =
            candidates.iter().filter_map(|candidate| Some((candidate, body(candidate)?))).collect();
        let plausible: Vec<Plausible<'_>> =
            bodies.iter().map(|(candidate, body)| Plausible { candidate, body, lints: 0 }).collect();
        let trusted = critic::rank(work.hole, &plausible).into_iter().filter(|ranked| !ranked.refused);
        let find =
            |ranked: critic::Ranked| candidates.iter().find(|candidate| candidate.id == ranked.candidate);
        let ordered: Vec<Candidate> = trusted.filter_map(find).take(COMPARED).cloned().collect();
        if ordered.len() < 2 {
            return Ok(ordered);
        }
        let distances = self.distances(work, trees, &ordered).await;
        let mut by_distance: Vec<(usize, Candidate)> = distances.into_iter().zip(ordered).collect();
        by_distance.sort_by_key(|(distance, _)| *distance);
        Ok(by_distance.into_iter().map(|(_, candidate)| candidate).collect())
    }

    /// How far each candidate is from the majority. Where probes cannot be built, for a result that cannot be printed
    /// say, all are equally far: this only orders candidates.
    async fn distances(&mut self, work: &Work<'_>, trees: &Trees, candidates: &[Candidate]) -> Vec<usize> {
        let equal = vec![0; candidates.len()];
        let Some(probes) = with_probes(trees.visible(), work.hole) else { return equal };
        let job = Job { tree: &probes.tree, hole: &probes.hole, tests: &probes.tests };
        let report =
            trial::trial(self.cargo, self.trial_bench, &mut self.state, &job, candidates, &self.options)
                .await;
        match report {
            Ok(report) => distances(&report.verdicts, &probes.tests),
            Err(error) => {
                tracing::info!(hole = %work.hole.id, %error, "answers cannot be compared");
                equal
            }
        }
    }
}

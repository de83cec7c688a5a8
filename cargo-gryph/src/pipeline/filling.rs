//! The functions of a run, one after the other: what was accepted before is tried again, a model writes the rest.

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::event::Event;
use crate::hole::Hole;
use crate::model::text::ModelIdentity;
use crate::propose::model::ModelProposer;

use super::PipelineError;
use super::accept::House;
use super::bench::Benches;
use super::fill::{Earlier, Filler, HoleOutcome};
use super::new::{Order, Timings, World, filler, save_draft};
use super::stage;
use super::trees::Trees;

/// Functions being filled.
pub(super) struct Filling<'a> {
    order: &'a Order,
    world: &'a World<'a>,
    benches: &'a Benches,
    holes: &'a [Hole],
    house: House<'a>,
    outcomes: Vec<HoleOutcome>,
    /// The number of the next candidate.
    next_id: u32,
}

impl<'a> Filling<'a> {
    pub(super) fn new(
        order: &'a Order,
        world: &'a World<'a>,
        benches: &'a Benches,
        holes: &'a [Hole],
        house: House<'a>,
    ) -> Self {
        Self { order, world, benches, holes, house, outcomes: Vec::new(), next_id: 1 }
    }

    /// Fills them; gives all outcomes in the order of the functions, and the model that was asked, if one was. The proposer
    /// is made when it is first needed, which may fetch and load a model.
    pub(super) async fn fill(
        mut self,
        trees: &mut Trees,
        proposer: impl FnOnce() -> Option<ModelProposer>,
        timings: &mut Timings,
    ) -> Result<(Vec<HoleOutcome>, Option<ModelIdentity>), PipelineError> {
        self.recall(trees).await?;
        let mut proposer = match self.is_done() {
            true => None,
            false => Some(proposer().ok_or(PipelineError::NoModel)?),
        };
        let model = proposer.as_ref().map(|proposer| proposer.model().identity().clone());
        if let Some(model) = &model {
            let ready = Event::ModelReady { model: model.id.clone(), device: model.device.clone() };
            self.world.reporter.report(&ready);
        }
        timings.book("model");
        Ok((self.ask(proposer.as_mut(), trees).await?, model))
    }

    /// Whether every function has its outcome.
    fn is_done(&self) -> bool {
        self.outcomes.len() == self.holes.len()
    }

    fn filler<'f>(&self, proposer: Option<&'f mut ModelProposer>) -> Filler<'f>
    where
        'a: 'f,
    {
        Filler {
            house: self.house,
            next_id: self.next_id,
            ..filler(self.order, self.world, self.benches, proposer)
        }
    }

    /// Tries what was accepted for the same question before. What fails now, with others still open perhaps, waits for
    /// [`Self::ask`].
    async fn recall(&mut self, trees: &mut Trees) -> Result<(), PipelineError> {
        let is_answered = |hole: &&Hole| self.order.kept(hole).is_some_and(|kept| kept.answers(hole));
        let known: Vec<&Hole> = self.holes.iter().filter(is_answered).collect();
        if known.is_empty() {
            return Ok(());
        }
        stage(self.world, "recall", format!("functions: {} answered before, tried again", known.len()));
        let mut filler = self.filler(None);
        for hole in known {
            let outcome = filler.fill(hole, trees, self.earlier(hole, filler.next_id)).await?;
            if outcome.filled().is_some() {
                self.enter(outcome)?;
            }
        }
        self.next_id = filler.next_id;
        Ok(())
    }

    /// Fills what is open, in order; gives all outcomes in the order of the functions.
    async fn ask(
        mut self,
        proposer: Option<&mut ModelProposer>,
        trees: &mut Trees,
    ) -> Result<Vec<HoleOutcome>, PipelineError> {
        if !self.is_done() {
            stage(self.world, "propose", "functions: propose, try, confirm");
            let mut filler = self.filler(proposer);
            for hole in self.holes {
                if !self.outcomes.iter().any(|outcome| *outcome.hole() == hole.id) {
                    self.enter(filler.fill(hole, trees, self.earlier(hole, filler.next_id)).await?)?;
                }
            }
        }
        let place = |outcome: &HoleOutcome| self.holes.iter().position(|hole| hole.id == *outcome.hole());
        self.outcomes.sort_by_key(place);
        Ok(self.outcomes)
    }

    /// Tells of an outcome and keeps it.
    fn enter(&mut self, outcome: HoleOutcome) -> Result<(), PipelineError> {
        self.world.reporter.report(&outcome.event());
        self.outcomes.push(outcome);
        save_draft(self.order, self.world, &self.outcomes, self.holes)
    }

    /// What an earlier run has for a hole, as the candidate with this number.
    fn earlier(&self, hole: &Hole, number: u32) -> Earlier {
        let Some(kept) = self.order.kept(hole) else { return Earlier::default() };
        let seed = Candidate {
            id: CandidateId(number),
            hole: hole.id.clone(),
            change: Change::Body(kept.body.clone()),
            // Its parent has a number in the earlier run only.
            origin: Origin { parent: None, ..kept.origin.clone() },
        };
        let vouched = kept.answers(hole).then_some(seed.id).into_iter().collect();
        Earlier { bodies: vec![seed], vouched, lesson: None }
    }
}

//! Candidates on stage: the tests played again with other values, to see how each behaves where no test looks.

use crate::candidate::Candidate;
use crate::cargo::{Cargo, Workbench};
use crate::hole::Hole;
use crate::trial::rehearsal::Rehearsal;
use crate::trial::{self, TrialError, TrialOptions, TrialState, Verdict};

use super::PipelineError;

/// Rehearsals that do not compile are left out so many times.
const ATTEMPTS: usize = 3;

/// Where and how is played.
pub(super) struct Stage<'a> {
    pub(super) cargo: &'a Cargo,
    pub(super) bench: &'a Workbench,
    pub(super) options: &'a TrialOptions,
}

/// What the candidates answered.
pub(super) struct Played {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) rehearsal: Rehearsal,
}

impl Stage<'_> {
    /// Runs on rehearsals what `cast` makes of them: the holes, and the candidates for those. `None` where they cannot be
    /// built: then nothing is known.
    pub(super) async fn play(
        &self,
        state: &mut TrialState,
        rehearsal: Rehearsal,
        cast: impl Fn(&Rehearsal) -> (Vec<Hole>, Vec<Candidate>),
    ) -> Result<Option<Played>, PipelineError> {
        let options = TrialOptions {
            stop_at_first_failure: false,
            rest_for_survivors: false,
            deadline: None,
            ..self.options.clone()
        };
        let mut played = Some(rehearsal);
        for _ in 0..ATTEMPTS {
            let Some(current) = played else { return Ok(None) };
            let ((holes, candidates), tests) = (cast(&current), current.tests());
            let job = trial::Job { tree: &current.tree, holes: &holes, tests: &tests };
            match trial::trial(self.cargo, self.bench, state, &job, &candidates, &options).await {
                Ok(report) => return Ok(Some(Played { verdicts: report.verdicts, rehearsal: current })),
                Err(TrialError::Base(diagnostics)) => played = current.without(&diagnostics),
                Err(TrialError::Cargo(error)) => return Err(error.into()),
                Err(error) => {
                    tracing::info!(%error, "behaviour cannot be compared");
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }
}

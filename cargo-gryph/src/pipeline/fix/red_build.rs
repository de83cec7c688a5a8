//! A workspace that does not build: patches that make it build, and then the tests decide.

use crate::candidate::Origin;
use crate::diagnose::Diagnosis;
use crate::diff;
use crate::pipeline::PipelineError;
use crate::pipeline::layer::{self, Under};
use crate::pipeline::mend::{MendBudget, Mended, mend};
use crate::propose::model::ModelProposer;

use super::plausible::{Effort, Found, Plausible, Tier};
use super::{Job, stage};

/// Trees that build whose tests are run.
const MOST_TESTED: usize = 12;
/// Checks of the compiler.
const MOST_CHECKS: usize = 120;

impl Job<'_> {
    /// Finds patches that make the workspace build and pass. Where the best of them builds and still fails tests, the
    /// search for those goes on from there.
    pub(super) async fn mend_build(
        &self,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<Found, PipelineError> {
        stage(self.world, "propose", "propose: what the compiler suggests, and what it does not");
        let options = crate::diagnose::build_options();
        let budget = MendBudget {
            options: &options,
            deadline: self.deadline,
            checks: MOST_CHECKS.min(self.order.candidates),
            green: MOST_TESTED,
            cancelled: self.world.cancelled,
        };
        layer::lay(self.world, &self.base, &self.benches.mend, Under::Lints).await?;
        crate::trial::lay_out(&self.base, &self.benches.mend)?;
        let green = mend(self.cargo(), &self.benches.mend, &self.base, &budget).await?;
        let effort = Effort { candidates: green.len(), compiled: green.len(), ..Effort::default() };
        let mut found = Found { effort, ..Found::default() };
        if green.is_empty() {
            found.effort.stopped = self.late();
            found.nearest = Some("no tree that builds was found".to_owned());
        }
        let mut half: Option<(usize, &Mended, crate::diagnose::TestDiagnosis)> = None;
        for one in green.iter().take(MOST_TESTED) {
            self.stop_if_cancelled()?;
            if self.late() && !found.plausible.is_empty() {
                break;
            }
            let Diagnosis::Tests(tests) = self.diagnose(&one.tree).await? else { continue };
            if tests.failing.is_empty() {
                found.plausible.push(self.mended(one));
                found.tests.get_or_insert(tests);
            } else if half.as_ref().is_none_or(|(least, _, _)| tests.failing.len() < *least) {
                half = Some((tests.failing.len(), one, tests));
            }
            self.tell_progress(Tier::Suggestion, &found.effort, found.plausible.len());
        }
        if let (true, Some((_, one, tests))) = (found.plausible.is_empty(), half) {
            let mut further = self.mend_tests(&one.tree, &tests, proposer).await?;
            further.tests = Some(tests);
            for plausible in &mut further.plausible {
                plausible.origins.extend(origins(one));
                plausible.size = diff::size(&self.base, &plausible.tree);
            }
            found.join(further);
        }
        Ok(found)
    }

    fn mended(&self, mended: &Mended) -> Plausible {
        let template = mended.offers.iter().any(|offer| offer.proposer == "template");
        Plausible {
            tree: mended.tree.clone(),
            tier: if template { Tier::Template } else { Tier::Suggestion },
            origins: origins(mended),
            likelihood: certainty(mended),
            hole: None,
            size: diff::size(&self.base, &mended.tree),
            number: 1,
            is_doubted: false,
        }
    }
}

/// How likely all offers together are what was meant.
fn certainty(mended: &Mended) -> f64 {
    mended.offers.iter().map(|offer| f64::from(offer.certainty) / 100.0).product()
}

fn origins(mended: &Mended) -> Vec<Origin> {
    let origin = |offer: &crate::propose::mend::Offer| Origin {
        proposer: offer.proposer.to_owned(),
        round: 1,
        model: None,
        prompt: None,
        seed: None,
        operator: Some(offer.operator.clone()),
        parent: None,
    };
    mended.offers.iter().map(origin).collect()
}

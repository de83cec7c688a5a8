//! Lets what is added in, as one commit, and keeps the receipt.

use crate::check::Evidence;
use crate::commit::Mode;
use crate::gate::Approved;
use crate::pipeline::PipelineError;
use crate::pipeline::entrance::{Change, InPlace, enter};
use crate::pipeline::message::{Words, author};
use crate::pipeline::receipt::{Ingredients, receipt};

use super::{Added, Filled, Job, stage};

impl Job<'_> {
    /// Puts everything in place.
    pub(super) fn enter(
        &self,
        approved: Approved,
        evidence: &Evidence,
        filled: &Filled,
    ) -> Result<Added, PipelineError> {
        let (world, workspace, order) = (self.world, &self.order.workspace, &self.order.order);
        stage(world, "commit", format!("commit: {}", workspace.root.display()));
        let receipt = receipt(&Ingredients {
            verb: "add",
            order,
            world,
            approved: &approved,
            evidence: evidence.facts(),
            model: filled.model.as_ref(),
            outcomes: &filled.outcomes,
            left_out: &[],
            timings: &self.timings,
        });
        let warnings = approved.warnings().to_vec();
        let change = Change {
            workspace,
            base: &self.base,
            tree: &filled.tree,
            mode: Mode::Commit,
            receipt,
            key: order.key.as_ref(),
            words: Words {
                title: self.title(),
                body: self.body().to_owned(),
                by: author(filled.model.as_ref()),
                yes: None,
            },
        };
        let InPlace { commit, files } = enter(world, approved, change)?;
        let (written, tests) = (filled.outcomes.len(), self.addition().tests.len());
        Ok(Added { commit: commit.unwrap_or_default(), changed: files, written, tests, warnings })
    }

    /// `Add words::count`, `Add 3 functions to kit`, `Test words::count`.
    fn title(&self) -> String {
        let addition = self.addition();
        let package = &addition.spec.project.name;
        match (addition.open.as_slice(), addition.spec.functions.as_slice()) {
            ([], [one]) => format!("Test {}", one.path),
            ([], all) => format!("Test {} functions of {package}", all.len()),
            ([one], _) => format!("Add {}", one.id),
            (all, _) => format!("Add {} functions to {package}", all.len()),
        }
    }

    fn body(&self) -> &'static str {
        match self.addition().open.as_slice() {
            [] => "Examples of functions that were there, as tests. All of them pass.",
            _ => {
                "Written from a specification. Every function passed its examples, held-back ones included, and every test that \
                 was there passes."
            }
        }
    }
}

//! Lets the approved state of a project in, as one commit, and keeps the receipt.

use crate::check::Evidence;
use crate::commit::Mode;
use crate::gate::Approved;
use crate::pipeline::PipelineError;
use crate::pipeline::entrance::{Change, InPlace, enter};
use crate::pipeline::message::{Words, author};
use crate::pipeline::receipt::{Ingredients, receipt};
use crate::tree::Tree;

use super::{Filled, Job, Updated, stage};

impl Job<'_> {
    /// Puts everything in place; the counts of functions are the caller's.
    pub(super) fn enter(
        &self,
        approved: Approved,
        evidence: &Evidence,
        tree: &Tree,
        filled: &Filled,
    ) -> Result<Updated, PipelineError> {
        let (world, workspace, order) = (self.world, &self.order.workspace, &self.order.order);
        stage(world, "commit", format!("commit: {}", workspace.root.display()));
        let receipt = receipt(&Ingredients {
            verb: "update",
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
        let body = "What the specification and the templates give now, with what people changed. Every function \
                    passed its examples, held-back ones included.";
        let change = Change {
            workspace,
            base: &workspace.tree,
            tree,
            mode: Mode::Commit,
            receipt,
            key: order.key.as_ref(),
            words: Words {
                title: format!("{}: the specification applied again", order.spec.project.name),
                body: body.to_owned(),
                by: author(filled.model.as_ref()),
                yes: order.yes.as_ref(),
            },
        };
        let InPlace { commit, files } = enter(world, approved, change)?;
        Ok(Updated { commit: commit.unwrap_or_default(), changed: files, kept: 0, written: 0, warnings })
    }
}

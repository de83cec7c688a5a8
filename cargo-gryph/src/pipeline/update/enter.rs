//! Lets the approved state of a project in, as one commit, and keeps the receipt.

use crate::check::Evidence;
use crate::commit::{ChangeEntry, CommitMessage, Mode, enter_change, journal_in};
use crate::digest::Digest;
use crate::gate::Approved;
use crate::ledger::{Prepared, PreparedKind, Receipt};
use crate::pipeline::PipelineError;
use crate::pipeline::attest::{Made, attestation};
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
        let run = world.run.run();
        let journal = journal_in(world.work, run.as_str());
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
        let prepared = Prepared {
            kind: PreparedKind::Change,
            tree: approved.tree(),
            staging: journal.clone(),
            dest: workspace.root.clone(),
            receipt: receipt.clone(),
        };
        let base = &workspace.tree;
        let attestation = attestation(&Made { base, tree, receipt: &receipt, key: order.key.as_ref() });
        let message = self.message(filled, attestation.digest())?;
        let record = attestation.record();
        let warnings = approved.warnings().to_vec();
        world.ledger.prepared(run, &prepared)?;
        let entry = ChangeEntry {
            workspace,
            base,
            tree,
            mode: Mode::Commit,
            record: Some(&record),
            message: &message,
            journal: &journal,
            when: world.when,
            git: world.git,
        };
        let entered = enter_change(approved, &entry)?;
        let (commit, changed) = (entered.commit.clone(), entered.changed.len());
        world.ledger.committed(run, &Receipt { commit: commit.clone(), ..receipt })?;
        entered.forget();
        Ok(Updated { commit: commit.unwrap_or_default(), changed, kept: 0, written: 0, warnings })
    }

    fn message(&self, filled: &Filled, attestation: Digest) -> Result<CommitMessage, PipelineError> {
        let order = &self.order.order;
        let by = filled.model.as_ref().map_or("no model", |model| model.id.as_str());
        let assisted = format!("cargo-gryph {} ({by})", env!("CARGO_PKG_VERSION"));
        let body = "What the specification and the templates give now, with what people changed. Every function \
                    passed its examples, held-back ones included.";
        let attestation = attestation.to_string();
        let run = self.world.run.run();
        let mut trailers = vec![
            ("Assisted-by", &*assisted),
            ("Gryph-Run", run.as_str()),
            ("Gryph-Attestation", &*attestation),
        ];
        trailers.extend(order.yes.iter().map(|yes| ("Approved-by", &*yes.by)));
        let subject = format!("{}: the specification applied again", order.spec.project.name);
        Ok(CommitMessage::new(&subject, body, &trailers)?)
    }
}

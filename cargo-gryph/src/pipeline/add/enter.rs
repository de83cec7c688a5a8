//! Lets what is added in, as one commit, and keeps the receipt.

use crate::check::Evidence;
use crate::commit::{ChangeEntry, CommitMessage, Mode, enter_change, journal_in};
use crate::digest::Digest;
use crate::gate::Approved;
use crate::ledger::{Prepared, PreparedKind, Receipt};
use crate::pipeline::PipelineError;
use crate::pipeline::attest::{Made, attestation};
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
        let run = world.run.run();
        let journal = journal_in(world.work, run.as_str());
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
        let prepared = Prepared {
            kind: PreparedKind::Change,
            tree: approved.tree(),
            staging: journal.clone(),
            dest: workspace.root.clone(),
            receipt: receipt.clone(),
        };
        let (base, tree) = (&self.base, &filled.tree);
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
        let (written, tests) = (filled.outcomes.len(), self.addition().tests.len());
        Ok(Added { commit: commit.unwrap_or_default(), changed, written, tests, warnings })
    }

    fn message(&self, filled: &Filled, attestation: Digest) -> Result<CommitMessage, PipelineError> {
        let by = filled.model.as_ref().map_or("no model", |model| model.id.as_str());
        let assisted = format!("cargo-gryph {} ({by})", env!("CARGO_PKG_VERSION"));
        let attestation = attestation.to_string();
        let trailers = [
            ("Assisted-by", &*assisted),
            ("Gryph-Run", self.world.run.run().as_str()),
            ("Gryph-Attestation", &*attestation),
        ];
        Ok(CommitMessage::new(&self.subject(), self.body(), &trailers)?)
    }

    /// `Add words::count`, `Add 3 functions to kit`, `Test words::count`.
    fn subject(&self) -> String {
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

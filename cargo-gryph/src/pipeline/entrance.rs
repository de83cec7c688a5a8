//! The way into a workspace that people have: a change enters whole, with its receipt and what is said about it, or
//! nothing changes.

use crate::commit::{ChangeEntry, Mode, enter_change, journal_in};
use crate::gate::Approved;
use crate::ledger::{Prepared, PreparedKind, Receipt};
use crate::tree::Tree;
use crate::trust::{Attestation, SecretKey};
use crate::workspace::Workspace;

use super::PipelineError;
use super::attest::{Made, attestation};
use super::message::Words;
use super::new::World;

/// A change that was approved.
pub(super) struct Change<'a> {
    /// Where it goes.
    pub(super) workspace: &'a Workspace,
    /// The tree it starts from.
    pub(super) base: &'a Tree,
    /// The tree that was approved.
    pub(super) tree: &'a Tree,
    /// What is made of it.
    pub(super) mode: Mode,
    /// The receipt to be.
    pub(super) receipt: Receipt,
    /// Who signs.
    pub(super) key: Option<&'a SecretKey>,
    /// What its commit says.
    pub(super) words: Words<'a>,
}

/// A change that is in.
pub(super) struct InPlace {
    /// The git commit, when one was asked for.
    pub(super) commit: Option<String>,
    /// How many files changed.
    pub(super) files: usize,
}

/// Puts a change in place, and keeps its receipt.
pub(super) fn enter(
    world: &World<'_>,
    approved: Approved,
    change: Change<'_>,
) -> Result<InPlace, PipelineError> {
    let Change { workspace, base, tree, mode, receipt, key, words } = change;
    let run = world.run.run();
    let journal = journal_in(world.work, run.as_str());
    // Without a commit nothing is said about one.
    let attestation =
        (mode == Mode::Commit).then(|| attestation(&Made { base, tree, receipt: &receipt, key }));
    let message = words.message(run, attestation.as_ref().map(Attestation::digest))?;
    let record = attestation.as_ref().map(Attestation::record);
    let prepared = Prepared {
        kind: PreparedKind::Change,
        tree: approved.tree(),
        staging: journal.clone(),
        dest: workspace.root.clone(),
        receipt: receipt.clone(),
    };
    world.ledger.prepared(run, &prepared)?;
    let entry = ChangeEntry {
        workspace,
        base,
        tree,
        mode,
        record: record.as_ref(),
        message: &message,
        journal: &journal,
        when: world.when,
        git: world.git,
    };
    let entered = enter_change(approved, &entry)?;
    let place = InPlace { commit: entered.commit.clone(), files: entered.changed.len() };
    world.ledger.committed(run, &Receipt { commit: place.commit.clone(), ..receipt })?;
    entered.forget();
    Ok(place)
}

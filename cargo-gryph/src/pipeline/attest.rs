//! What a run says about the files it is about to commit.

use crate::ledger::Receipt;
use crate::tree::Tree;
use crate::trust::{Attestation, Generated, ModelUsed, SecretKey, Statement};

/// What an attestation is made of.
pub(super) struct Made<'a> {
    /// The files before.
    pub(super) base: &'a Tree,
    /// The files that were approved.
    pub(super) tree: &'a Tree,
    /// The receipt to be.
    pub(super) receipt: &'a Receipt,
    /// Who signs.
    pub(super) key: Option<&'a SecretKey>,
}

/// The attestation of a run that is about to commit.
pub(super) fn attestation(made: &Made<'_>) -> Attestation {
    let receipt = made.receipt;
    let model = receipt.model.as_ref();
    let generated = Generated {
        run: receipt.run.to_string(),
        verb: receipt.verb.clone(),
        tool: receipt.tool.clone(),
        tree: receipt.tree,
        policy: receipt.policy,
        evidence: receipt.evidence,
        models: model
            .map(|used| ModelUsed { id: used.id.clone(), weights: used.weights })
            .into_iter()
            .collect(),
        removed: Vec::new(),
    };
    Attestation::new(Statement::of_change(made.base, made.tree, generated), made.key)
}

//! What the ledger keeps of a run that committed.

use crate::check::Facts;
use crate::gate::Approved;
use crate::hole::HoleId;
use crate::ledger::{Accepted, Confinement, ModelUse, Receipt, VerdictCounts};
use crate::model::text::ModelIdentity;
use crate::scaffold::templates_digest;

use super::fill::{Effort, HoleOutcome};
use super::new::{Order, Timings, World};

/// What a receipt is made of.
pub(super) struct Ingredients<'a> {
    pub(super) verb: &'a str,
    pub(super) order: &'a Order,
    pub(super) world: &'a World<'a>,
    pub(super) approved: &'a Approved,
    pub(super) evidence: &'a Facts,
    /// The model, if one was asked.
    pub(super) model: Option<&'a ModelIdentity>,
    pub(super) outcomes: &'a [HoleOutcome],
    pub(super) left_out: &'a [HoleId],
    pub(super) timings: &'a Timings,
}

/// The receipt of a run that is about to commit.
pub(super) fn receipt(from: &Ingredients<'_>) -> Receipt {
    let efforts: Vec<&Effort> = from.outcomes.iter().map(HoleOutcome::effort).collect();
    let accepted: Vec<Accepted> = from.outcomes.iter().filter_map(accepted).collect();
    let origins = || accepted.iter().flat_map(|accepted| &accepted.origins);
    let prompts = distinct(origins().filter_map(|origin| origin.prompt));
    let tokens = efforts.iter().map(|effort| effort.tokens).sum();
    let seconds = efforts.iter().map(|effort| effort.decode_seconds).sum();
    let seeds = distinct(origins().filter_map(|origin| origin.seed));
    Receipt {
        run: from.world.run.run().clone(),
        verb: from.verb.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        dest: from.order.dest.clone(),
        tree: from.approved.tree(),
        commit: None,
        spec: from.order.spec.hash,
        templates: Some(templates_digest()),
        policy: from.approved.policy(),
        evidence: from.approved.evidence(),
        model: from.model.map(|identity| model(identity, tokens, seconds)),
        prompts,
        seeds,
        verdicts: counts(&efforts),
        timings: from.timings.stages.clone(),
        confinement: confinement(&from.evidence.sandbox),
        toolchain: from.evidence.toolchain.clone(),
        accepted,
        left_out: from.left_out.to_vec(),
        reconciled: false,
    }
}

/// Each value once, where it first stands: a repaired draft shares prompt and seed with its parent.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

/// The model, and what it decoded in how many seconds.
pub(super) fn model(identity: &ModelIdentity, tokens: usize, seconds: f64) -> ModelUse {
    ModelUse {
        id: identity.id.clone(),
        weights: identity.weights,
        device: identity.device.clone(),
        tokens: tokens as u64,
        tokens_per_second: if seconds > 0.0 { tokens as f64 / seconds } else { 0.0 },
    }
}

fn counts(efforts: &[&Effort]) -> VerdictCounts {
    let sum = |count: fn(&Effort) -> usize| efforts.iter().map(|effort| count(effort) as u64).sum();
    VerdictCounts {
        candidates: sum(|effort| effort.candidates),
        dropped: sum(|effort| effort.dropped),
        rejected: sum(|effort| effort.candidates - effort.compiled - effort.dropped),
        failed: sum(|effort| effort.compiled - effort.plausible),
        passed: sum(|effort| effort.plausible),
        overfitted: sum(|effort| effort.unconfirmed),
    }
}

pub(super) fn confinement(layers: &[String]) -> Confinement {
    if layers.is_empty() { Confinement::Unsandboxed } else { Confinement::Sandboxed(layers.to_vec()) }
}

fn accepted(outcome: &HoleOutcome) -> Option<Accepted> {
    let HoleOutcome::Filled(filled) = outcome else { return None };
    let origins = filled.ancestry.iter().map(|candidate| candidate.origin.clone()).collect();
    Some(Accepted { hole: filled.hole.clone(), origins, shown: filled.shown.clone() })
}

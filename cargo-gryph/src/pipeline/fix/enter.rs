//! Lets the approved patch into the user's workspace, and keeps its receipt.

use crate::check::Evidence;
use crate::commit::Mode;
use crate::diff;
use crate::event::Event;
use crate::gate::Approved;
use crate::hole::HoleId;
use crate::ledger::{Accepted, Receipt, VerdictCounts};
use crate::pipeline::PipelineError;
use crate::pipeline::entrance::{Change, enter};
use crate::pipeline::message::Words;
use crate::pipeline::receipt::{confinement, model};
use crate::tree::Tree;

use super::choose::Standing;
use super::plausible::{Effort, Found, Plausible, Tier};
use super::report::Patched;
use super::{Job, stage};

impl Job<'_> {
    /// Puts the patch in place, or only shows it in a dry run.
    pub(super) fn let_in(
        &self,
        approved: Approved,
        evidence: &Evidence,
        patch: &Plausible,
        chosen: &Standing,
        standing: &[Standing],
        found: &Found,
    ) -> Result<Patched, PipelineError> {
        let diff = self.unified(&patch.tree);
        let operators = patch.operators();
        let why = why(chosen, standing);
        self.tell_chosen(patch.tier, &operators, &diff, found.plausible.len(), &found.effort, &why);
        let warnings = approved.warnings().to_vec();
        let commit = match self.order.mode {
            None => None,
            Some(mode) => {
                stage(self.world, "commit", "commit: let the patch in");
                self.enter(approved, evidence, patch, mode, found)?
            }
        };
        Ok(Patched {
            diff,
            tier: patch.tier,
            operators,
            why,
            plausible: found.plausible.len(),
            commit,
            warnings,
            effort: found.effort,
            elapsed: self.started.elapsed(),
        })
    }

    fn enter(
        &self,
        approved: Approved,
        evidence: &Evidence,
        patch: &Plausible,
        mode: Mode,
        found: &Found,
    ) -> Result<Option<String>, PipelineError> {
        let tier = patch.tier.to_string();
        let change = Change {
            workspace: &self.order.workspace,
            base: &self.base,
            tree: &patch.tree,
            mode,
            receipt: self.receipt(&approved, evidence, patch, found),
            key: self.order.key.as_ref(),
            words: self.words(patch, &tier),
        };
        Ok(enter(self.world, approved, change)?.commit)
    }

    fn receipt(&self, approved: &Approved, evidence: &Evidence, patch: &Plausible, found: &Found) -> Receipt {
        let effort = &found.effort;
        let model = |identity| model(identity, effort.tokens, effort.decode_seconds);
        let facts = evidence.facts();
        let count = |number: usize| number as u64;
        let hole = patch.hole.as_ref().map_or_else(|| HoleId("workspace".to_owned()), |hole| hole.id.clone());
        Receipt {
            run: self.world.run.run().clone(),
            verb: "fix".to_owned(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            dest: self.order.workspace.root.clone(),
            tree: approved.tree(),
            commit: None,
            spec: self.base.hash(),
            templates: None,
            policy: approved.policy(),
            evidence: approved.evidence(),
            model: found.model.as_ref().map(model),
            prompts: patch.origins.iter().filter_map(|origin| origin.prompt).collect(),
            seeds: patch.origins.iter().filter_map(|origin| origin.seed).collect(),
            verdicts: VerdictCounts {
                candidates: count(effort.candidates + effort.dropped),
                dropped: count(effort.dropped),
                rejected: count(effort.candidates.saturating_sub(effort.compiled)),
                failed: 0,
                passed: 1,
                overfitted: 0,
            },
            timings: [(
                "fix".to_owned(),
                u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            )]
            .into(),
            confinement: confinement(&facts.sandbox),
            toolchain: facts.toolchain.clone(),
            accepted: vec![Accepted { hole, origins: patch.origins.clone(), shown: Vec::new() }],
            left_out: Vec::new(),
            reconciled: false,
        }
    }

    fn words<'a>(&self, patch: &'a Plausible, tier: &'a str) -> Words<'a> {
        let hunks = diff::hunks(&self.base, &patch.tree);
        let mut places: Vec<String> = hunks.iter().map(|hunk| hunk.edit.span.path.to_string()).collect();
        places.dedup();
        let title = match &patch.hole {
            Some(hole) => format!("Repair {}", hole.function),
            None => format!("Repair {}", places.join(", ")),
        };
        let model = patch.origins.iter().find_map(|origin| origin.model.as_ref()).map(|(id, _)| id.as_str());
        let body = match (model, patch.operators().join(", ")) {
            (Some(model), _) => format!("Written by {model}. Every test passes."),
            (None, operators) => format!("Found by {tier}: {operators}. Every test passes."),
        };
        Words { title, body, by: model.unwrap_or(tier), yes: None }
    }

    pub(super) fn unified(&self, tree: &Tree) -> String {
        diff::unified(&self.base, tree)
    }

    pub(super) fn tell_chosen(
        &self,
        tier: Tier,
        operators: &[String],
        diff: &str,
        plausible: usize,
        effort: &Effort,
        why: &str,
    ) {
        self.world.reporter.report(&Event::PatchChosen {
            tier: tier.to_string(),
            operators: operators.to_vec(),
            candidates: effort.candidates,
            plausible,
            diff: diff.to_owned(),
            why: why.to_owned(),
        });
    }
}

/// Why this one.
fn why(chosen: &Standing, standing: &[Standing]) -> String {
    let others = standing.len().saturating_sub(1);
    let otherwise = standing.iter().filter(|other| other.class != chosen.class).count();
    match (others, otherwise) {
        (0, _) => "it is the only patch found that passes every test".to_owned(),
        (1, 0) => "1 other patch passes too and behaves alike; this one is the likeliest".to_owned(),
        (others, 0) => format!("{others} other patches pass too and behave alike; this one is the likeliest"),
        (1, _) => "1 other patch passes too; it behaves differently and is much less likely".to_owned(),
        (others, otherwise) => format!(
            "{others} other patches pass too; {otherwise} of them behave differently and are much less likely"
        ),
    }
}

//! The whole check of what is added, and what the policy says about it.

use std::time::Duration;

use crate::check::{self, Depth, Evidence, Merge, Step, Subject};
use crate::gate::{Decision, decide};
use crate::patch::Span;
use crate::pipeline::gate::is_green;
use crate::pipeline::new::item;
use crate::pipeline::{PipelineError, Withheld};
use crate::tree::Tree;

use super::{AddOutcome, Filled, Job, stage};

/// Time one test binary may take, for all its tests.
const TEST_WALL: Duration = Duration::from_secs(300);

impl Job<'_> {
    /// Has the filled tree checked and judged, and lets it in.
    pub(super) async fn decide(&mut self, filled: Filled) -> Result<AddOutcome, PipelineError> {
        let evidence = self.evidence(&filled.tree).await?;
        self.timings.book("check");
        stage(self.world, "gate", "gate: decide");
        let mut policy = self.world.policy.clone();
        if let Some(coverage) = self.addition().spec.quality.line_coverage {
            policy = policy.with_line_coverage(f64::from(coverage))?;
        }
        match decide(&policy, &evidence) {
            Decision::Allow(approved) => self.enter(approved, &evidence, &filled).map(AddOutcome::Added),
            Decision::Ask(ask) => Ok(AddOutcome::Withheld(Withheld::Asked(ask.findings().to_vec()))),
            Decision::Deny(findings) => Ok(AddOutcome::Withheld(Withheld::Refused(findings))),
        }
    }

    /// What a change must show before it is merged; the base is green.
    async fn evidence(&self, tree: &Tree) -> Result<Evidence, PipelineError> {
        stage(
            self.world,
            "check",
            "check: build, tests, format, lints, docs, coverage, what the change does",
        );
        let generated: Vec<Span> = self.addition().open.iter().filter_map(|hole| item(tree, hole)).collect();
        let tools = &self.order.workspace.tools;
        let subject = Subject {
            tree,
            expected_tests: &self.addition().tests,
            generated: &generated,
            program: self.world.launcher,
            test_wall: TEST_WALL,
            depth: Depth::Merge(Merge { tree: &self.base, beside: [tools, tools], whole: false }),
        };
        let bench = &self.benches.check;
        let evidence = check::check(self.world.cargo, bench, &subject).await?;
        let facts = evidence.facts();
        let (true, Some(change)) = (is_green(&evidence), &facts.change) else { return Ok(evidence) };
        let warnings = facts.lint_growth.as_deref().unwrap_or_default();
        let step = Step { base: &self.base, after: tree, change, warnings };
        let quality = check::quality(self.world.cargo, &check::lint_bench(bench)?, &step).await?;
        Ok(evidence.with_observed(quality.observed, quality.unchecked))
    }
}

//! From evidence to a decision about a change: what does not decide and what a machine wrote are looked up at the last
//! moment, so that they are never remembered.

use std::collections::BTreeSet;

use crate::change::waivers;
use crate::check::{Demand, Evidence, Exceptions, GeneratedLines, Unchecked, provenance};
use crate::commit;
use crate::config::GateTable;
use crate::gate::{Baseline, PolicyError, decide, examined};
use crate::schema::{Site, sites};
use crate::tree::{Tree, TreePath};
use crate::workspace::generated;

use super::{GateOrder, GateOutcome};
use crate::pipeline::PipelineError;
use crate::pipeline::new::World;

/// Decides about a change whose files are `after`, and records what was found where that is asked for.
pub(super) fn rule(
    order: &GateOrder,
    world: &World<'_>,
    after: &Tree,
    evidence: Evidence,
) -> Result<GateOutcome, PipelineError> {
    let policy = &world.policy;
    let demand = Demand { trusted: &order.trusted, signed: order.require_provenance };
    let (observed, unchecked) = provenance(world.git, &order.history, demand)?;
    let evidence = evidence.with_observed(observed, unchecked).with_step(order.step);
    let evidence = evidence.with_exceptions(exceptions(order, world, after)?);
    let evidence = match of_machines(order, world, after)? {
        Some(lines) => evidence.with_generated(lines),
        None => evidence.with_observed(
            Vec::new(),
            vec![Unchecked {
                check: "generated lines".to_owned(),
                reason: "the change has too many commits or files to tell which a machine wrote".to_owned(),
            }],
        ),
    };
    let decision = decide(policy, &evidence);
    let Some(root) = &order.record else { return Ok(GateOutcome::Decided(decision)) };
    let baseline = Baseline::of(decision.findings(), policy, evidence.facts(), after);
    let path = commit::record_baseline(root, &baseline)?;
    Ok(GateOutcome::Recorded { path, count: baseline.count(), decision })
}

/// What does not decide: waivers of the base and of the change, and what the base's baseline knows.
fn exceptions(order: &GateOrder, world: &World<'_>, after: &Tree) -> Result<Exceptions, PipelineError> {
    let waivers = waivers(&order.base, after, order.today)
        .map_err(|mistake| PolicyError::Mistake { name: GateTable::PATH.to_owned(), mistake })?;
    let known = Baseline::read(&order.base)?.located(after, order.whole);
    Ok(Exceptions { waivers: examined(&world.policy, waivers), known })
}

/// What a machine wrote of the change; `None` where nobody can tell.
fn of_machines(
    order: &GateOrder,
    world: &World<'_>,
    after: &Tree,
) -> Result<Option<Vec<GeneratedLines>>, PipelineError> {
    let Some(lines) = generated(world.git, &order.history, &order.base, after)? else { return Ok(None) };
    let widened = |(path, lines): (TreePath, Vec<usize>)| {
        let text = after.text(&path).unwrap_or_default();
        GeneratedLines { lines: with_functions(text, &path, lines), path }
    };
    Ok(Some(lines.into_iter().map(widened).collect()))
}

/// The lines with those of each function that holds one of them: what is found in a function is told at its head.
fn with_functions(text: &str, path: &TreePath, lines: Vec<usize>) -> Vec<usize> {
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let of = |site: Site| line(site.item.start)..=line(site.item.end.saturating_sub(1));
    let functions = sites(text, path).into_iter().map(of);
    let held = functions.filter(|function| lines.iter().any(|line| function.contains(line)));
    let all: BTreeSet<usize> = held.flatten().chain(lines.iter().copied()).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_with_a_generated_line_is_generated() {
        let text = "use a::b;\n/// F.\nfn f() {\n    b();\n}\n\nfn g() {}\n";
        let of =
            |lines: &[usize]| with_functions(text, &TreePath::new("src/lib.rs").unwrap(), lines.to_vec());
        assert_eq!(of(&[4]), [2, 3, 4, 5]);
        assert_eq!(of(&[1, 7]), [1, 7]);
        assert_eq!(of(&[]), Vec::<usize>::new());
    }
}

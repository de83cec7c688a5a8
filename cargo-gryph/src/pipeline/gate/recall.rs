//! What was found out before about the very same change: the question, and when its answer may be kept.

use crate::check::{self, Evidence};
use crate::digest::Digest;
use crate::event::Event;
use crate::sandbox::Purpose;
use crate::tree::{Tree, TreePath};

use super::{GateOrder, is_green};
use crate::pipeline::new::World;

/// The answer that was kept for this change, whose files are `after`.
pub(super) fn recall(order: &GateOrder, world: &World<'_>, after: &Tree) -> Option<Evidence> {
    let question = question(order, world, after).filter(|_| !order.fresh)?;
    order.memory.recall(question)
}

/// Keeps the answer for the next time. What is red may be so by chance, and what was left out may be there then.
pub(super) fn keep(order: &GateOrder, world: &World<'_>, after: &Tree, evidence: &Evidence) {
    let is_complete = is_green(evidence) && evidence.facts().unchecked.is_empty();
    let Some(question) = question(order, world, after).filter(|_| is_complete) else { return };
    if let Err(error) = order.memory.keep(question, evidence) {
        let message = format!("what was found out could not be kept for the next time: {error}");
        world.reporter.report(&Event::Note { message });
    }
}

/// Everything that the evidence depends on; `None` where the change does not say which dependencies it has.
fn question(order: &GateOrder, world: &World<'_>, after: &Tree) -> Option<Digest> {
    after.get(&TreePath::new("Cargo.lock").expect("a plain name"))?;
    let trees = [&order.base, &order.base_tools, after, &order.tools].map(|tree| tree.hash().to_string());
    let layers = |purpose| world.cargo.sandbox.layers_for(purpose).iter().map(ToString::to_string).collect();
    let walls: [Vec<String>; 2] = [Purpose::Build, Purpose::Run].map(layers);
    let tools = (&world.cargo.toolchain.version, &world.cargo.selection, &world.cargo.vendored);
    let program = std::fs::metadata(world.launcher).ok()?;
    let ours = (env!("CARGO_PKG_VERSION"), program.len(), program.modified().ok()?);
    let policy = world.policy.digest().to_string();
    let installed = check::quality_tools(world.cargo);
    let asked = (order.faults.is_zero(), order.whole, &order.scope, &order.unseen);
    let all = format!("{trees:?} {walls:?} {tools:?} {installed:?} {ours:?} {policy} {asked:?}");
    Some(Digest::of(all.as_bytes()))
}

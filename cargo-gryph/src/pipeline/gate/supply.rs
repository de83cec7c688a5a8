//! What a change brings in from outside, and a change that Cargo cannot resolve.

use crate::cargo::{CargoError, Workbench};
use crate::change::dependency::Delta;
use crate::change::{FileKind, Observation, ObservationKind};
use crate::check::supply::{Question, Supply, missing, supply};
use crate::check::{self, Merge};
use crate::tree::{Tree, TreePath};

use super::ruling;
use super::{GateOrder, GateOutcome};
use crate::pipeline::bench::bench;
use crate::pipeline::new::World;
use crate::pipeline::{PipelineError, stage};

/// Finds out about what the change brings in; its tree lies in `bench`, its dependencies are fetched.
pub(super) async fn found(
    order: &GateOrder,
    world: &World<'_>,
    bench: &Workbench,
    after: &Tree,
) -> Result<Supply, PipelineError> {
    let delta = Delta::between(&order.base, after);
    // Cargo fetches nothing for a lock file that names nothing from outside.
    let unlocked = delta.unlocked(after);
    if !unlocked.is_empty() {
        let observed = missing(world.cargo, &asking(world)?, &unlocked).await?;
        return Ok(Supply { observed, ..Supply::default() });
    }
    if delta.packages.is_empty() {
        return Ok(Supply::default());
    }
    stage(world, "supply", format!("dependencies: {} come in", delta.packages.len()));
    let advisories = order.advisories.as_ref().map_err(String::as_str);
    let question = Question { delta: &delta, advisories, now: world.when };
    Ok(supply(world.cargo, bench, &asking(world)?, &question).await?)
}

/// Where questions to the registry are laid out.
fn asking(world: &World<'_>) -> Result<Workbench, PipelineError> {
    bench(world.work, "asking")
}

/// Decides about a change whose dependencies Cargo could not lock or fetch, if that is what the change did: a package that
/// does not exist, a lock file out of step. Everything else remains the failure that it is.
pub(super) async fn unresolved(
    order: &GateOrder,
    world: &World<'_>,
    failure: PipelineError,
) -> Result<GateOutcome, PipelineError> {
    let PipelineError::Cargo(CargoError::Step { stderr, .. }) = &failure else { return Err(failure) };
    let merge = Merge { tree: &order.base, beside: [&order.base_tools, &order.tools], whole: order.whole };
    let evidence = check::unresolved(world.cargo, &order.after, merge, stderr);
    let change = evidence.facts().change.clone().unwrap_or_default();
    if !change.files.iter().any(|file| file.kind == FileKind::Manifest) {
        return Err(failure);
    }
    let declared = Delta::between(&order.base, &order.after).declared;
    let mut observed = missing(world.cargo, &asking(world)?, &declared).await?;
    let told = |kind| change.observed(kind).next().is_some();
    let (stale, checksum) = (told(ObservationKind::LockStale), told(ObservationKind::LockChecksum));
    observed.extend(said_of_lock(stderr).filter(|one| match one.kind {
        ObservationKind::LockStale => !stale,
        _ => !checksum,
    }));
    // What the texts alone refuse is refused whether or not it can be fetched.
    let is_told = [
        ObservationKind::LockStale,
        ObservationKind::LockChecksum,
        ObservationKind::DependencyPath,
        ObservationKind::DependencyUnpinned,
        ObservationKind::DependencyWildcard,
    ];
    if observed.is_empty() && !is_told.into_iter().any(told) {
        return Err(failure);
    }
    stage(world, "gate", "gate: decide");
    ruling::rule(order, world, &order.after, evidence.with_observed(observed, Vec::new()))
}

/// What Cargo itself says is wrong with the lock file.
fn said_of_lock(stderr: &str) -> Option<Observation> {
    let (kind, detail) = if stderr.contains("--locked was passed") {
        (ObservationKind::LockStale, "Cargo would have to change it")
    } else if stderr.contains("checksum for `") && stderr.contains("changed between lock files") {
        (ObservationKind::LockChecksum, "the registry has another checksum than the lock file")
    } else {
        return None;
    };
    let path = TreePath::new("Cargo.lock").expect("a plain name");
    Some(Observation { kind, path, line: 1, item: String::new(), detail: detail.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cargo_says_of_the_lock_file_is_a_finding() {
        let kind = |text: &str| said_of_lock(text).map(|one| one.kind);
        let stale =
            "error: cannot update the lock file /t/Cargo.lock because --locked was passed to prevent this";
        let older =
            "error: the lock file /t/Cargo.lock needs to be updated but --locked was passed to prevent this";
        let other = "error: checksum for `a v1.0.0` changed between lock files";
        assert_eq!([kind(stale), kind(older)], [Some(ObservationKind::LockStale); 2]);
        assert_eq!(kind(other), Some(ObservationKind::LockChecksum));
        assert_eq!(kind("error: failed to download `a v1.0.0`"), None);
    }
}

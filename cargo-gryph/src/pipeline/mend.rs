//! A red build: a best-first search over repairs, one `cargo check` for each tree that is looked at.
//!
//! The search itself only decides; it is fed here with what the compiler says. It goes on after the first tree that
//! compiles, since several may compile and mean different things: the tests decide between them.

mod search;

use std::time::Instant;

use crate::cargo::{Build, BuildOptions, Cargo, CargoError, Workbench};
use crate::patch::Patch;
use crate::propose::mend::Offer;
use crate::tree::Tree;

use super::PipelineError;
use search::{Bounds, Search, Step};

/// What the search may cost.
pub(super) struct MendBudget<'a> {
    /// How to check, the same for every tree.
    pub(super) options: &'a BuildOptions,
    /// When to stop.
    pub(super) deadline: Instant,
    /// Checks in all, the one of the broken tree included.
    pub(super) checks: usize,
    /// Trees that compile after which it is enough.
    pub(super) green: usize,
    /// Whether the run was stopped.
    pub(super) cancelled: &'a dyn Fn() -> bool,
}

/// A tree that compiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mended {
    /// The tree.
    pub(super) tree: Tree,
    /// What makes it of the broken tree.
    pub(super) patch: Patch,
    /// The offers that were taken, in the order in which they were applied, each as an edit of the tree before it.
    pub(super) offers: Vec<Offer>,
}

/// Trees that compile, the likeliest first; empty when none was found. The tree itself, without offers, when it
/// compiles already.
///
/// # Errors
/// When Cargo gives no answer, or when somebody stopped the run.
pub(super) async fn mend(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
    budget: &MendBudget<'_>,
) -> Result<Vec<Mended>, PipelineError> {
    let mut search = Search::new(tree, Bounds { checks: budget.checks, green: budget.green });
    while let Some(step) = search.next() {
        if (budget.cancelled)() {
            return Err(PipelineError::Interrupted);
        }
        if Instant::now() >= budget.deadline {
            break;
        }
        let build = check(cargo, bench, &step, budget.options).await?;
        search.learn(step, &build.diagnostics, build.success);
    }
    Ok(search.into_green())
}

/// Checks the tree of a step in the bench. Repairs change files and make or remove none.
async fn check(
    cargo: &Cargo,
    bench: &Workbench,
    step: &Step,
    options: &BuildOptions,
) -> Result<Build, PipelineError> {
    let failed = |source| CargoError::Workbench { path: bench.tree(), source };
    step.tree.write_to(&bench.tree()).map_err(failed)?;
    Ok(cargo.check(bench, options).await?)
}

//! The order of the stages, and nothing else.
//!
//! [`new`](new()) goes from a specification to a committed project. The loop of rounds over one hole is in `fill`, the
//! way from plausible to accepted in `accept`. [`fix`](fix()) goes from a red workspace to a patch in it,
//! [`gate`](gate()) from a change to a decision about it, [`update`](update()) from a specification to the next state of a
//! project that people have changed, [`add`](add()) from a specification to more functions and tests in a package of the
//! user's.

mod accept;
mod add;
mod answers;
mod attest;
mod bench;
mod draft;
mod entrance;
mod error;
mod fill;
mod filling;
mod fix;
mod gate;
mod layer;
mod mend;
mod message;
mod new;
mod rank;
mod receipt;
mod record;
mod rehearse;
mod trees;
mod update;
mod withheld;

use crate::event::Event;

pub use add::{AddOrder, AddOutcome, Added, Addition, FailedExample, Misfit, add, compose};
pub use answers::Answers;
pub use draft::{DraftContent, DraftHole};
pub use error::PipelineError;
pub use fill::{Budget, Effort, Filled, HoleOutcome, Open};
pub use fix::{Alternative, Ambiguity, Chooser, FixOrder, FixOutcome, NotFound, Patched, Tier, fix};
pub use gate::{GateOrder, GateOutcome, gate};
pub use new::{Committed, NewOutcome, Order, World, Yes, new};
pub use update::{Conflict, Difference, Kind, UpdateOrder, UpdateOutcome, Updated, drift, update};
pub use withheld::Withheld;

/// Tells of a stage.
fn stage(world: &World<'_>, name: &str, message: impl Into<String>) {
    tracing::info!(name, "a stage begins");
    world.reporter.report(&Event::StageStarted { stage: name.to_owned(), message: message.into() });
}

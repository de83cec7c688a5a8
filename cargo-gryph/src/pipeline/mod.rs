//! The order of the stages, and nothing else.
//!
//! [`new`](new()) goes from a specification to a committed project. The loop of rounds over one hole is in `fill`, the
//! way from plausible to accepted in `accept`.

mod accept;
mod bench;
mod draft;
mod error;
mod fill;
#[allow(dead_code, reason = "the verb that repairs red builds is its only caller")]
mod mend;
mod new;
mod rank;
mod receipt;
mod record;
mod trees;

pub use draft::{DraftContent, DraftHole};
pub use error::PipelineError;
pub use fill::{Budget, Effort, Filled, HoleOutcome, Open};
pub use new::{Committed, NewOutcome, Order, World, new};

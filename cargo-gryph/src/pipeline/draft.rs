//! The unfinished work of a run, in the form the ledger keeps.

use serde::{Deserialize, Serialize};

use crate::candidate::{Candidate, Change, Origin};
use crate::hole::HoleId;

use super::fill::HoleOutcome;

/// The bodies a run got to. Another run takes them as candidates: each has to pass every check again.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct DraftContent {
    /// The version of this form.
    pub version: u32,
    /// The holes it has a body for.
    pub holes: Vec<DraftHole>,
}

/// A body for one hole.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DraftHole {
    /// The hole.
    pub hole: HoleId,
    /// The text between its braces.
    pub body: String,
    /// Where it came from.
    pub origin: Origin,
    /// Whether it had been accepted.
    pub accepted: bool,
}

/// The version of the form.
const VERSION: u32 = 1;

impl DraftContent {
    /// What outcomes leave: accepted bodies, and the best of the open holes.
    pub(super) fn of(outcomes: &[HoleOutcome]) -> Self {
        Self { version: VERSION, holes: outcomes.iter().filter_map(kept).collect() }
    }

    /// The body for a hole.
    pub(super) fn hole(&self, id: &HoleId) -> Option<&DraftHole> {
        self.holes.iter().find(|hole| hole.hole == *id)
    }
}

fn kept(outcome: &HoleOutcome) -> Option<DraftHole> {
    match outcome {
        HoleOutcome::Filled(filled) => Some(DraftHole {
            hole: filled.hole.clone(),
            body: filled.body.clone(),
            origin: filled.ancestry.first()?.origin.clone(),
            accepted: true,
        }),
        HoleOutcome::Open(open) => {
            let Candidate { change: Change::Body(body), origin, .. } = &open.best.as_ref()?.candidate else {
                return None;
            };
            Some(DraftHole {
                hole: open.hole.clone(),
                body: body.clone(),
                origin: origin.clone(),
                accepted: false,
            })
        }
    }
}

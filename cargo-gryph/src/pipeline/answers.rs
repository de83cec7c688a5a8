//! What was accepted before: where the very same is asked again, that body is tried before anybody is asked.

use std::collections::HashMap;

use crate::digest::Digest;
use crate::hole::Hole;
use crate::ledger::{Ledger, LedgerError};

use super::draft::{DraftContent, DraftHole};

/// Accepted bodies by the digest of what was asked, see [`Hole::asked`]. Each has to pass every check again.
#[derive(Default)]
pub struct Answers(HashMap<Digest, DraftHole>);

impl Answers {
    /// What the runs of a ledger accepted; of two bodies for one question, the younger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn of(ledger: &Ledger) -> Result<Self, LedgerError> {
        let contents = ledger.drafts()?.into_iter().map(|draft| draft.content);
        // A draft that this version cannot read is none.
        let holes = contents
            .filter_map(|content| serde_json::from_value::<DraftContent>(content).ok())
            .flat_map(|content| content.holes)
            .filter(|hole| hole.accepted);
        Ok(Self(holes.filter_map(|hole| Some((hole.asked?, hole))).collect()))
    }

    /// What was accepted for what a hole asks.
    pub(super) fn recall(&self, hole: &Hole) -> Option<&DraftHole> {
        self.0.get(&hole.asked())
    }
}

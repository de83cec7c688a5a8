//! A candidate: an untrusted proposal for one hole, and where it came from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::hole::HoleId;
use crate::patch::Patch;

/// The number of a candidate in its run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct CandidateId(pub u32);

impl fmt::Display for CandidateId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{}", self.0)
    }
}

/// What a candidate changes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Change {
    /// The text between the braces of the hole's function, wherever that function stands in the tree.
    Body(String),
    /// Edits of the tree the candidate was made for.
    Edits(Patch),
}

/// Where a candidate came from: enough to make it again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// The proposer: `model`, `suggestion`, `template`, …
    pub proposer: String,
    /// The round of proposals, from 1.
    pub round: u32,
    /// The model's id and the SHA-256 of its weights.
    pub model: Option<(String, Digest)>,
    /// The digest of the prompt.
    pub prompt: Option<Digest>,
    /// The sampling seed.
    pub seed: Option<u64>,
    /// The rule that made it: an error code, a template, a mutation operator.
    pub operator: Option<String>,
    /// The candidate it was made from.
    pub parent: Option<CandidateId>,
}

/// A proposal for one hole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    /// Its number.
    pub id: CandidateId,
    /// The hole it fills.
    pub hole: HoleId,
    /// What it changes.
    pub change: Change,
    /// Where it came from.
    pub origin: Origin,
}

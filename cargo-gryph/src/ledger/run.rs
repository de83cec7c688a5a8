//! Runs: their ids, records and states.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::ledger::receipt::Receipt;

/// The name of a run, such as `20261121-142530-4f2a`: names order runs by the time they began.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// The id of a run that begins at `now`; `seed` tells runs of one second apart.
    pub fn new(now: jiff::Timestamp, seed: u64) -> Self {
        let time = now.strftime("%Y%m%d-%H%M%S");
        let folded = seed ^ (seed >> 16) ^ (seed >> 32) ^ (seed >> 48);
        Self(format!("{time}-{:04x}", folded & 0xffff))
    }

    /// The id as text: digits, lower-case hexadecimal digits and hyphens.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What the ledger knows of a run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its id.
    pub run: RunId,
    /// The verb.
    pub verb: String,
    /// When it began, in seconds since 1970-01-01 UTC.
    pub started: u64,
    /// Its own working directory, removed when it dies.
    pub work: Option<PathBuf>,
    /// How far it got.
    pub state: State,
}

/// How far a run got.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing of it is outside its working directory.
    Begun,
    /// It may have put something beside or at its destination.
    Prepared(Box<Prepared>),
    /// What it made is in.
    Committed {
        /// The number of its receipt.
        receipt: u64,
    },
    /// It ended without a commit.
    Failed(Failure),
}

impl State {
    /// `begun`, `prepared`, `committed` or `failed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Prepared(_) => "prepared",
            Self::Committed { .. } => "committed",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether the run is over.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Committed { .. } | Self::Failed(_))
    }
}

/// What kind of thing a run is about to put in place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PreparedKind {
    /// A project where nothing is. Records of version 1 know no other.
    #[default]
    Project,
    /// A change of a workspace that exists.
    Change,
}

/// What a run is about to put where.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Prepared {
    /// What it is.
    #[serde(default)]
    pub kind: PreparedKind,
    /// The tree.
    pub tree: Digest,
    /// Of a project the directory beside the destination in which it is built, of a change the one of its journal. Its
    /// name holds the run's id.
    pub staging: PathBuf,
    /// Where the project will be, or where the root of the changed workspace is, as an absolute path.
    pub dest: PathBuf,
    /// The receipt to be, without its commit: with it a reconciled run is recorded as fully as any other.
    pub receipt: Receipt,
}

/// The end of a run that committed nothing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// One word: `gave-up`, `refused`, `interrupted`, …
    pub outcome: String,
    /// What is known about it, in the pipeline's own form.
    pub report: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_order_runs_by_time() {
        let id = |second: i64, seed| RunId::new(jiff::Timestamp::from_second(second).unwrap(), seed);
        assert_eq!(id(1_795_271_130, 0x4f2a).as_str(), "20261121-142530-4f2a");
        assert!(id(1_795_271_130, 0xffff) < id(1_795_271_131, 0));
        assert_ne!(id(0, 1 << 48), id(0, 0));
    }
}

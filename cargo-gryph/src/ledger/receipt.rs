//! Receipts: what went into a committed tree, linked into a hash chain.
//!
//! The chain shows that a receipt was changed, removed or put in afterwards, by accident or by a hand that did not
//! rewrite all that follows. Whoever can rewrite the whole ledger can forge it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::candidate::Origin;
use crate::digest::Digest;
use crate::hole::HoleId;
use crate::ledger::LedgerError;
use crate::ledger::run::RunId;
use crate::ledger::store::{Digested, Store, WriteError, Writer};

/// The model that was used.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModelUse {
    /// Its id.
    pub id: String,
    /// The SHA-256 of its weights.
    pub weights: Digest,
    /// `cpu`, `cuda`, `replay`.
    pub device: String,
    /// Tokens decoded.
    pub tokens: u64,
    /// Tokens decoded a second, over the whole run.
    pub tokens_per_second: f64,
}

/// What became of the candidates.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct VerdictCounts {
    /// All of them.
    pub candidates: u64,
    /// Dropped before a compile: unparsable, inadmissible or seen before.
    pub dropped: u64,
    /// Refused by the compiler.
    pub rejected: u64,
    /// Compiled, and failed a test.
    pub failed: u64,
    /// Passed every visible test.
    pub passed: u64,
    /// Passed those and failed a held-back one.
    pub overfitted: u64,
}

/// What held the code under test.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confinement {
    /// A sandbox with these layers.
    Sandboxed(Vec<String>),
    /// Nothing: the user asked for it.
    Unsandboxed,
}

/// One accepted candidate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Accepted {
    /// What it fills.
    pub hole: HoleId,
    /// Its origin, then its parent's, and so on to the first proposal.
    pub origins: Vec<Origin>,
    /// The items of other crates that it was shown, by id.
    #[serde(default)]
    pub shown: Vec<String>,
}

/// All that went into one committed tree.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The run.
    pub run: RunId,
    /// The verb.
    pub verb: String,
    /// The version of this program.
    pub tool: String,
    /// Where the project was put.
    pub dest: PathBuf,
    /// The committed tree.
    pub tree: Digest,
    /// The git commit; `None` until it exists.
    pub commit: Option<String>,
    /// The specification; for a repair the tree it began with, whose tests say what is wanted.
    pub spec: Digest,
    /// The templates, where a project was made of them.
    pub templates: Option<Digest>,
    /// The policy.
    pub policy: Digest,
    /// The evidence that was judged.
    pub evidence: Digest,
    /// The model, when one was used.
    pub model: Option<ModelUse>,
    /// The prompts, in the order of their first use.
    pub prompts: Vec<Digest>,
    /// The seeds the samples were drawn with.
    pub seeds: Vec<u64>,
    /// What became of the candidates.
    pub verdicts: VerdictCounts,
    /// Milliseconds by stage.
    pub timings: BTreeMap<String, u64>,
    /// What held the code under test.
    pub confinement: Confinement,
    /// What `rustc --version` prints.
    pub toolchain: String,
    /// The accepted candidates.
    pub accepted: Vec<Accepted>,
    /// Holes that stayed open and were left out.
    pub left_out: Vec<HoleId>,
    /// Whether a crash came before this was written, so that it was completed at a later start.
    pub reconciled: bool,
}

/// A receipt in the chain.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Link {
    /// Its number, from 1.
    pub sequence: u64,
    /// The digest of the link before it, as stored; `None` for the first.
    pub previous: Option<Digest>,
    /// The receipt.
    pub receipt: Receipt,
}

/// The end of the chain: what a removed last receipt would be missed by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
struct Head {
    sequence: u64,
    digest: Option<Digest>,
}

const HEAD: &str = "head";

/// The key of a receipt: numbers are padded so that keys order as they do.
pub(super) fn key(sequence: u64) -> String {
    format!("receipt/{sequence:020}")
}

/// Puts a receipt at the end of the chain; gives its number.
pub(super) fn link(writer: &mut Writer<'_>, receipt: Receipt) -> Result<u64, WriteError> {
    let head: Head = writer.get(HEAD)?.unwrap_or_default();
    let link = Link { sequence: head.sequence + 1, previous: head.digest, receipt };
    let digest = writer.put_digested(&key(link.sequence), &link)?;
    writer.put(HEAD, &Head { sequence: link.sequence, digest: Some(digest) })?;
    Ok(link.sequence)
}

/// Walks the chain; gives the number of receipts.
pub(super) fn verify(store: &Store) -> Result<u64, LedgerError> {
    let (head, links): (Option<Head>, Vec<Digested<Link>>) = store.head_and_list(HEAD, "receipt/")?;
    let head = head.unwrap_or_default();
    let mut last = Head::default();
    for (digest, link) in links {
        let sequence = last.sequence + 1;
        let broken = |reason: &str| Err(LedgerError::Broken { sequence, reason: reason.to_owned() });
        if link.sequence != sequence {
            return broken("a receipt is missing");
        }
        if link.previous != last.digest {
            return broken("the digest of the receipt before it is another");
        }
        last = Head { sequence, digest: Some(digest) };
    }
    match last == head {
        true => Ok(head.sequence),
        false => Err(LedgerError::Broken {
            sequence: last.sequence,
            reason: format!("the chain should end with receipt {}", head.sequence),
        }),
    }
}

//! What a run wrote, as an in-toto Statement, version 1 (in-toto/attestation, `spec/v1/statement.md`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::tree::{Tree, TreePath};

/// The type of every statement.
const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of what ours says, with its version.
pub const GENERATED: &str = "https://crates.io/crates/cargo-gryph/generated/v1";
/// The name of the only kind of digest here.
const SHA256: &str = "sha256";

/// A statement about files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
    predicate: Generated,
}

/// A file that the run wrote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// Its path, from the root of the workspace.
    pub name: String,
    /// Its digests by their kinds.
    pub digest: BTreeMap<String, String>,
}

impl Subject {
    /// The SHA-256 of the file.
    pub fn sha256(&self) -> Option<Digest> {
        self.digest.get(SHA256).and_then(|text| Digest::from_hex(text))
    }
}

/// What went into the files. Fields that a later version adds are read over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Generated {
    /// The run.
    pub run: String,
    /// The verb: `new` or `fix`.
    pub verb: String,
    /// The version of this program.
    pub tool: String,
    /// The tree that was approved: all files, without records.
    pub tree: Digest,
    /// The policy that it was judged by.
    pub policy: Digest,
    /// The evidence that was judged.
    pub evidence: Digest,
    /// The models that were asked.
    pub models: Vec<ModelUsed>,
    /// The files that the run removed.
    pub removed: Vec<String>,
}

/// A model that was asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelUsed {
    /// Its id.
    pub id: String,
    /// The digest of its weights.
    pub weights: Digest,
}

impl Statement {
    /// A statement about the files in which `tree` differs from `base`; [`Generated::removed`] is filled in.
    pub fn of_change(base: &Tree, tree: &Tree, generated: Generated) -> Self {
        let written = tree.files().filter(|(path, content)| base.get(path) != Some(*content));
        let subject = written.map(|(path, content)| Subject {
            name: path.to_string(),
            digest: BTreeMap::from([(SHA256.to_owned(), Digest::of(content).to_string())]),
        });
        let removed = base.files().filter(|(path, _)| tree.get(path).is_none());
        let removed = removed.map(|(path, _)| path.to_string()).collect();
        Self {
            kind: STATEMENT.to_owned(),
            subject: subject.collect(),
            predicate_type: GENERATED.to_owned(),
            predicate: Generated { removed, ..generated },
        }
    }

    /// The bytes that are signed and kept.
    pub fn serialised(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("statements hold only text and lists");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a statement of ours; `None` for anything else.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let statement: Self = serde_json::from_slice(bytes).ok()?;
        (statement.kind == STATEMENT && statement.predicate_type == GENERATED).then_some(statement)
    }

    /// What went into the files.
    pub fn generated(&self) -> &Generated {
        &self.predicate
    }

    /// The files that were written.
    pub fn subjects(&self) -> &[Subject] {
        &self.subject
    }

    /// What it says about the file under a path.
    pub fn subjects_at(&self, path: &TreePath) -> impl Iterator<Item = &Subject> {
        self.subject.iter().filter(move |subject| subject.name == path.as_str())
    }
}

//! Records: files about a tree that lie in it and are no part of what is judged: approvals and attestations.

use crate::digest::Digest;
use crate::tree::{Tree, TreePath};

/// Where approvals lie.
pub const APPROVALS: &str = ".gryph/approvals/";
/// Where attestations lie.
pub const ATTESTATIONS: &str = ".gryph/attestations/";

/// A record with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    path: TreePath,
    content: Vec<u8>,
}

impl Record {
    /// An approval of a tree.
    pub fn approval(tree: Digest, content: Vec<u8>) -> Self {
        Self { path: place(APPROVALS, tree), content }
    }

    /// An attestation; the digest is that of its statement.
    pub fn attestation(statement: Digest, content: Vec<u8>) -> Self {
        Self { path: place(ATTESTATIONS, statement), content }
    }

    /// Where it lies.
    pub fn path(&self) -> &TreePath {
        &self.path
    }

    /// What it holds.
    pub fn content(&self) -> &[u8] {
        &self.content
    }
}

/// Where all attestations lie.
pub fn attestations() -> TreePath {
    TreePath::new(ATTESTATIONS.trim_end_matches('/')).expect("a plain path")
}

/// Where the attestation with this digest of its statement lies.
pub fn attestation_path(statement: Digest) -> TreePath {
    place(ATTESTATIONS, statement)
}

fn place(directory: &str, digest: Digest) -> TreePath {
    TreePath::new(format!("{directory}{}.json", &digest.to_string()[..16])).expect("a plain path")
}

/// Whether a file is a record: a `.json` file right in one of the two directories. Everything else there is a file like
/// any other.
pub fn is_record(path: &TreePath) -> bool {
    [APPROVALS, ATTESTATIONS].into_iter().any(|directory| {
        let name = path.as_str().strip_prefix(directory);
        name.is_some_and(|name| !name.contains('/') && name.ends_with(".json"))
    })
}

/// Takes the records out of a tree. No build sees them, so that nothing can come to depend on one.
pub fn take_records(tree: &mut Tree) -> Tree {
    let paths: Vec<TreePath> =
        tree.files().map(|(path, _)| path).filter(|path| is_record(path)).cloned().collect();
    let mut records = Tree::new();
    for path in paths {
        if let Some(content) = tree.remove(&path) {
            records.insert(path, content);
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_are_taken_out() {
        let mut tree = Tree::new();
        let others = [
            ".gryph/approvals/a.rs",
            ".gryph/approvals/x/a.json",
            ".gryph/a.json",
            "x/.gryph/approvals/a.json",
        ];
        let records = [".gryph/approvals/a.json", ".gryph/attestations/b.json"];
        for path in others.iter().chain(&records) {
            tree.insert(TreePath::new(*path).unwrap(), "x");
        }
        let taken = take_records(&mut tree);
        assert_eq!(taken.files().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), records);
        assert_eq!(tree.files().count(), others.len());
        let digest = Digest::of(b"");
        assert!(
            is_record(Record::approval(digest, Vec::new()).path()) && is_record(&attestation_path(digest))
        );
    }
}

//! The two trees of a run: what will ship, and what candidates may see of it.

use crate::hole::Hole;
use crate::schema::{SchemaError, body_patch};
use crate::tree::{Tree, TreePath};

/// The full tree, and the same without the held-back tests. Source files are the same in both.
#[derive(Clone, Debug)]
pub(super) struct Trees {
    full: Tree,
    visible: Tree,
}

impl Trees {
    pub(super) fn new(full: Tree, visible: Tree) -> Self {
        Self { full, visible }
    }

    /// What will ship.
    pub(super) fn full(&self) -> &Tree {
        &self.full
    }

    /// What candidates are tried in.
    pub(super) fn visible(&self) -> &Tree {
        &self.visible
    }

    /// Puts a file into both.
    pub(super) fn insert(&mut self, path: &TreePath, content: impl Into<Vec<u8>>) {
        let content = content.into();
        self.full.insert(path.clone(), content.clone());
        self.visible.insert(path.clone(), content);
    }

    /// The full tree with a body in a hole.
    pub(super) fn with_body(&self, hole: &Hole, body: &str) -> Result<Tree, SchemaError> {
        Ok(body_patch(&self.full, hole, body)?.apply(&self.full)?)
    }
}

//! What differs from a commit and is in no tree: links, submodules, odd names, files that are too large. Whoever judges a
//! change by its trees alone does not see them.

use std::collections::BTreeSet;

use super::files::{relative, untracked};
use super::{Limits, Note, Why, Workspace, WorkspaceError};
use crate::git::{Git, ObjectId};
use crate::tree::{Tree, TreePath};

impl Workspace {
    /// What differs from a commit and is neither in the trees of this workspace nor in `base`, the files of that commit:
    /// added, changed or gone. Nothing without a repository.
    ///
    /// # Errors
    /// When git fails.
    pub fn unseen(&self, git: &Git, commit: &ObjectId, base: &Tree) -> Result<Vec<Note>, WorkspaceError> {
        let Some(repository) = &self.repository else { return Ok(Vec::new()) };
        let prefix = repository.prefix.as_ref();
        let below = prefix.map_or("", TreePath::as_str);
        let differing = git.differing(&repository.git, commit, below)?;
        let differing = differing.iter().filter_map(|path| relative(path, prefix));
        let untracked = untracked(git, repository, &self.root)?;
        let left_out: BTreeSet<&Note> =
            self.notes.iter().filter(|note| note.why != Why::ActsOnTools).collect();
        let note = |path: Vec<u8>| {
            let path = path.strip_suffix(b"/").unwrap_or(&path);
            let printed = Note::new(Why::Gone, path);
            if let Some(note) = left_out.iter().find(|note| note.path == printed.path) {
                return Some((*note).clone());
            }
            let known = std::str::from_utf8(path).ok().and_then(|path| TreePath::new(path).ok());
            let is_seen = known.is_some_and(|path| self.holds(&path) || base.get(&path).is_some());
            (!is_seen).then_some(printed)
        };
        let mut unseen: Vec<Note> = differing.chain(untracked).filter_map(note).collect();
        unseen.sort();
        unseen.dedup();
        Ok(unseen)
    }

    fn holds(&self, path: &TreePath) -> bool {
        self.tree.get(path).is_some() || self.tools.get(path).is_some()
    }
}

/// The files of a commit without those that would be too large to be read from a working tree.
pub fn without_large(files: &mut Tree, limits: &Limits) {
    let is_large = |content: &[u8]| content.len() as u64 > limits.file_bytes;
    let large: Vec<TreePath> =
        files.files().filter(|(_, content)| is_large(content)).map(|(path, _)| path.clone()).collect();
    for path in large {
        files.remove(&path);
    }
}

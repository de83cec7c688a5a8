//! What was given of a file before: the project still has it, or keeps it, or some commit has it.

use crate::digest::Digest;
use crate::git::{Git, GitError, Repository};
use crate::scaffold::{Footprint, Skeleton, base_path};
use crate::tree::{Tree, TreePath};

use super::drift::of_project;

/// Where earlier texts are.
pub(super) struct History<'a> {
    pub(super) git: &'a Git,
    pub(super) repository: &'a Repository,
    /// Where the project lies in the repository.
    pub(super) in_repository: &'a dyn Fn(&TreePath) -> TreePath,
}

/// A project and what was given to it.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) footprint: &'a Footprint,
    pub(super) mine: &'a Tree,
    /// `None` for a project in no repository.
    pub(super) history: Option<&'a History<'a>>,
}

impl Before<'_> {
    /// The text that was given of a file, its functions open.
    pub(super) fn given_text(&self, path: &TreePath) -> Result<Option<String>, GitError> {
        let Some(digest) = self.footprint.files.get(path).copied() else { return Ok(None) };
        let there = of_project(self.footprint, self.mine, path);
        if let Some(there) = there.filter(|there| there.digest() == digest) {
            return Ok(Some(there.text));
        }
        let kept = base_path(path).and_then(|place| self.mine.text(&place));
        if let Some(text) = kept.filter(|text| Digest::of(text.as_bytes()) == digest) {
            return Ok(Some(text.to_owned()));
        }
        self.history.map_or(Ok(None), |history| self.in_history(history, path, digest))
    }

    fn in_history(
        &self,
        history: &History<'_>,
        path: &TreePath,
        digest: Digest,
    ) -> Result<Option<String>, GitError> {
        let versions = history.git.versions_of(history.repository, &(history.in_repository)(path))?;
        let mut opened = versions.iter().map(|content| {
            let text = String::from_utf8_lossy(content);
            Skeleton::of(&text, path, self.footprint.functions_of(path))
        });
        Ok(opened.find(|skeleton| skeleton.digest() == digest).map(|skeleton| skeleton.text))
    }
}

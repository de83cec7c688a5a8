//! What was given of a file before: the project still has it, or keeps it, or some commit has it.

use crate::digest::Digest;
use crate::git::{Git, GitError, Repository};
use crate::scaffold::{Footprint, Skeleton, base_path, kept_spec_path};
use crate::spec::{Spec, parse};
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
    /// The specification that was applied before: the project keeps it, or some commit has it. Nothing if none does, or it
    /// is one no more.
    pub(super) fn spec(&self) -> Result<Option<Spec>, GitError> {
        let path = kept_spec_path();
        let is_it = |text: &&str| Digest::of(text.as_bytes()) == self.footprint.spec;
        let read = |text: &str| parse(text, path.as_str()).ok();
        if let Some(text) = self.mine.text(&path).filter(is_it) {
            return Ok(read(text));
        }
        let Some(History { git, repository, in_repository }) = self.history else { return Ok(None) };
        let versions = git.versions_of(repository, &in_repository(&path))?;
        let found = versions.iter().filter_map(|content| std::str::from_utf8(content).ok()).find(is_it);
        Ok(found.and_then(read))
    }

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

//! The commit of a change: made of the commit that was read and the changed paths, and of nothing else that lies around.

use super::{Change, ChangeEntry};
use crate::commit::CommitError;
use crate::git::{Git, GitError, Kind, NewCommit, ObjectId, Placed, Repository, Tracked};
use crate::tree::TreePath;

/// A commit that exists, and to which no ref leads yet.
pub(super) struct Version<'a> {
    pub(super) repository: &'a Repository,
    /// The ref to move.
    pub(super) reference: &'a str,
    pub(super) commit: ObjectId,
    parent: &'a ObjectId,
    files: Vec<Versioned>,
}

/// One changed path in the repository.
struct Versioned {
    /// Its path in the workspace, for messages.
    path: TreePath,
    before: Option<(Kind, ObjectId)>,
    placed: Placed,
}

impl<'a> Version<'a> {
    /// Makes the objects and the commit.
    pub(super) fn store(entry: &ChangeEntry<'a>, changes: &[Change<'_>]) -> Result<Self, CommitError> {
        let workspace = entry.workspace.repository.as_ref();
        let workspace = workspace.ok_or_else(|| CommitError::NoRepository(entry.workspace.root.clone()))?;
        let (git, repository) = (entry.git, &workspace.git);
        if let Some(operation) = repository.operation() {
            return Err(CommitError::Busy(operation));
        }
        let parent = workspace.head.commit.as_ref().ok_or(CommitError::Unborn)?;
        check_head(entry)?;
        let mut files = Vec::new();
        for change in changes {
            let place = workspace.path_of(change.path);
            let before = git.committed(repository, parent, &place)?;
            let after = object(git, repository, change, before.as_ref())?;
            let placed = Placed { path: place, object: after };
            files.push(Versioned { path: change.path.clone(), before, placed });
        }
        let placed: Vec<Placed> = files.iter().map(|file| file.placed.clone()).collect();
        let tree = git.write_changed_tree(repository, parent, &placed)?;
        let message = entry.message.render();
        let parents = std::slice::from_ref(parent);
        let commit = NewCommit { tree: &tree, parents, message: &message, when: entry.when };
        let commit = git.commit_tree(&repository.top, &commit)?;
        let version = Self { repository, reference: workspace.head.reference(), commit, parent, files };
        version.check_index(git)?;
        Ok(version)
    }

    /// The index must hold the changed paths as the commit does: what is staged is not ours to commit.
    pub(super) fn check_index(&self, git: &Git) -> Result<(), CommitError> {
        for file in &self.files {
            let found = git.indexed(self.repository, &file.placed.path)?;
            let same = match (&found[..], &file.before) {
                ([], None) => true,
                ([Tracked { kind, id, stage: 0, .. }], Some(before)) => (kind, id) == (&before.0, &before.1),
                _ => false,
            };
            if !same {
                return Err(CommitError::DirtyPath(file.path.clone()));
            }
        }
        Ok(())
    }

    /// The user's index with the new entries.
    pub(super) fn index(&self, git: &Git) -> Result<Vec<u8>, CommitError> {
        let placed: Vec<Placed> = self.files.iter().map(|file| file.placed.clone()).collect();
        Ok(git.changed_index(self.repository, &placed)?)
    }

    /// Moves the ref, if it leads where it led.
    pub(super) fn move_ref(&self, entry: &ChangeEntry<'_>) -> Result<(), CommitError> {
        check_head(entry)?;
        let top = &self.repository.top;
        let moved = entry.git.update_ref(top, self.reference, &self.commit, Some(self.parent));
        match moved {
            Err(error @ GitError::Failed { .. }) => {
                // Somebody else's commit is the likely reason, and the one a user can do something about.
                check_head(entry)?;
                Err(error.into())
            }
            other => Ok(other?),
        }
    }

    /// Whether the ref leads to the commit, whatever else it leads to.
    pub(super) fn is_in(&self, git: &Git) -> bool {
        git.is_reached(self.repository, &self.commit, self.reference).unwrap_or(false)
    }

    /// Takes the move back.
    pub(super) fn move_ref_back(&self, git: &Git) -> Result<(), CommitError> {
        Ok(git.update_ref(&self.repository.top, self.reference, self.parent, Some(&self.commit))?)
    }
}

/// `HEAD` must be where it was when the workspace was read.
fn check_head(entry: &ChangeEntry<'_>) -> Result<(), CommitError> {
    let Some(repository) = &entry.workspace.repository else { return Ok(()) };
    match entry.git.head(&repository.git)? == repository.head {
        true => Ok(()),
        false => Err(CommitError::HeadMoved),
    }
}

/// What a path holds in the new commit.
fn object(
    git: &Git,
    repository: &Repository,
    change: &Change<'_>,
    before: Option<&(Kind, ObjectId)>,
) -> Result<Option<(Kind, ObjectId)>, CommitError> {
    let path = change.path;
    let (kind, form) = match (before, change.old) {
        (None, None) => (Kind::File, Form::Same),
        (Some((kind @ (Kind::File | Kind::Executable), id)), Some(old)) => {
            let committed = git.read_blob(repository, id)?;
            let form = Form::of(&committed, old).ok_or_else(|| CommitError::DirtyPath(path.clone()))?;
            (*kind, form)
        }
        (Some((Kind::Link | Kind::Submodule, _)), _) => return Err(CommitError::NotPlain(path.clone())),
        (Some(_), None) | (None, Some(_)) => return Err(CommitError::DirtyPath(path.clone())),
    };
    let Some(new) = change.new else { return Ok(None) };
    Ok(Some((kind, git.write_blob(repository, &form.committed(new))?)))
}

/// How what is committed of a file differs from what lies on the disk, told from the two as they are. Attributes and
/// settings that make the difference are not consulted: they may name programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// Not at all.
    Same,
    /// Lines end with LF there, with CRLF here.
    LineFeeds,
}

impl Form {
    /// `None` when neither explains the difference: the file is changed, or a filter made something else of it.
    fn of(committed: &[u8], present: &[u8]) -> Option<Self> {
        if committed == present {
            return Some(Self::Same);
        }
        (Self::LineFeeds.committed(present) == committed).then_some(Self::LineFeeds)
    }

    fn committed(self, present: &[u8]) -> Vec<u8> {
        match self {
            Self::Same => present.to_vec(),
            Self::LineFeeds => {
                let next = present.iter().skip(1).map(Some).chain([None]);
                let both = present.iter().zip(next);
                both.filter(|pair| *pair != (&b'\r', Some(&b'\n'))).map(|(byte, _)| *byte).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_told_from_the_bytes() {
        assert_eq!(Form::of(b"a\r\nb", b"a\r\nb"), Some(Form::Same));
        assert_eq!(Form::of(b"a\nb\n", b"a\r\nb\r\n"), Some(Form::LineFeeds));
        assert_eq!(Form::of(b"a\nb\n", b"a\nc\n"), None);
        assert_eq!(Form::LineFeeds.committed(b"\ra\r\r\nb\n\r"), b"\ra\r\nb\n\r");
    }
}

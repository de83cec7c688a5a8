//! The lock of git's index, taken as git takes it: whoever makes `index.lock` may replace `index`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::commit::CommitError;
use crate::commit::enter::written;
use crate::git::Repository;

/// The lock of an index. It is given back when this is dropped; a death leaves it for [`IndexLock::inherit`].
#[derive(Debug)]
pub(super) struct IndexLock {
    index: PathBuf,
    lock: PathBuf,
    /// Where a new index is written before it takes the place of the old one.
    next: PathBuf,
}

impl IndexLock {
    /// Takes the lock. The token in it tells it from the lock of any other program.
    pub(super) fn take(repository: &Repository, token: String) -> Result<Self, CommitError> {
        let lock = Self::at(repository, &token);
        let write = || {
            let mut file = File::create_new(&lock.next)?;
            file.write_all(token.as_bytes())?;
            file.sync_all()?;
            // By a link, the lock appears with the token in it.
            fs::hard_link(&lock.next, &lock.lock)
        };
        let taken = write();
        let _ = fs::remove_file(&lock.next);
        match taken {
            Ok(()) => Ok(lock),
            Err(error) => {
                let path = lock.lock.clone();
                // It is not ours, and its end must not remove it.
                std::mem::forget(lock);
                Err(match error.kind() {
                    io::ErrorKind::AlreadyExists => CommitError::Locked { path },
                    _ => written(&path)(error),
                })
            }
        }
    }

    /// The lock that a dead process with this token left, if it did.
    pub(super) fn inherit(repository: &Repository, token: &str) -> Option<Self> {
        let lock = Self::at(repository, token);
        let is_ours = fs::symlink_metadata(&lock.lock).is_ok_and(|found| found.len() == token.len() as u64)
            && fs::read(&lock.lock).is_ok_and(|found| found == token.as_bytes());
        if is_ours {
            let _ = fs::remove_file(&lock.next);
            return Some(lock);
        }
        let _ = fs::remove_file(&lock.next);
        std::mem::forget(lock);
        None
    }

    fn at(repository: &Repository, token: &str) -> Self {
        let beside = |name: &str| repository.git_dir.join(name);
        Self {
            index: repository.index(),
            lock: beside("index.lock"),
            next: beside(&format!("index.{token}")),
        }
    }

    /// Leaves the lock where it is, as a death would.
    pub(super) fn leave(self) {
        std::mem::forget(self);
    }

    /// Puts a new index in place of the old one.
    pub(super) fn replace_index(&self, content: &[u8]) -> Result<(), CommitError> {
        let write = || {
            let mut file = File::create_new(&self.next)?;
            file.write_all(content)?;
            if let Ok(present) = fs::metadata(&self.index) {
                file.set_permissions(present.permissions())?;
            }
            file.sync_all()?;
            fs::rename(&self.next, &self.index)
        };
        write().map_err(written(&self.index))
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.next);
        let _ = fs::remove_file(&self.lock);
    }
}

//! A change whose process died: put back, or found to be in.

use super::journal::Journal;
use super::lock::IndexLock;
use crate::commit::CommitError;
use crate::git::{Git, ObjectId, Placed, Repository};
use crate::ledger::{Disk, Prepared};
use crate::tree::TreePath;

/// Settles a prepared change by its journal: afterwards all of its files are new, or none is. It can be called again.
///
/// A file that somebody changed since is theirs, and stays as it is.
pub(in crate::commit) fn settle(git: &Git, prepared: &Prepared) -> Disk {
    match try_settle(git, prepared) {
        Ok(disk) => disk,
        Err(error) => Disk::Unknown(error.to_string()),
    }
}

fn try_settle(git: &Git, prepared: &Prepared) -> Result<Disk, CommitError> {
    // Without a journal nothing was begun; without the workspace nothing can be put back.
    let Some(journal) = Journal::read(&prepared.staging)? else { return Ok(Disk::Lacks) };
    if journal.root().symlink_metadata().is_err() {
        return Ok(Disk::Lacks);
    }
    if journal.root() != prepared.dest {
        let reason = format!("it is not about `{}`", prepared.dest.display());
        return Err(CommitError::Journal { dir: prepared.staging.clone(), reason });
    }
    let Some(planned) = journal.planned()? else {
        if journal.is_done()? {
            return Ok(Disk::Holds { commit: None });
        }
        journal.put_back()?;
        return Ok(Disk::Lacks);
    };
    let repository = git.repository(journal.root())?;
    let repository = repository.ok_or_else(|| CommitError::NoRepository(journal.root().to_owned()))?;
    let lock = IndexLock::inherit(&repository, &journal.token());
    if git.is_reached(&repository, &planned.commit, planned.reference)? {
        if let Some(lock) = lock {
            // Nobody can have changed the index since, so that it still holds what was before the change, or after it.
            let placed = placed(git, &repository, &journal, &planned.commit)?;
            lock.replace_index(&git.changed_index(&repository, &placed)?)?;
        }
        return Ok(Disk::Holds { commit: Some(planned.commit.to_string()) });
    }
    journal.put_back()?;
    drop(lock);
    Ok(Disk::Lacks)
}

/// The changed paths as the commit has them.
fn placed(
    git: &Git,
    repository: &Repository,
    journal: &Journal,
    commit: &ObjectId,
) -> Result<Vec<Placed>, CommitError> {
    let prefix = TreePath::below(&repository.top, journal.root());
    let mut placed = Vec::new();
    for path in journal.paths() {
        let path = match &prefix {
            Some(prefix) => TreePath::new(format!("{prefix}/{path}")).unwrap_or_else(|_| path.clone()),
            None => path.clone(),
        };
        let object = git.committed(repository, commit, &path)?;
        placed.push(Placed { path, object });
    }
    Ok(placed)
}

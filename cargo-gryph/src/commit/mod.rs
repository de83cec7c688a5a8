//! Committing: what the gate approved enters, atomically.
//!
//! Nothing else can be committed, because it does not type-check:
//!
//! ```compile_fail,E0308
//! # fn with(entry: &cargo_gryph::commit::Entry<'_>) {
//! // There is a tree, and no `Approved`.
//! cargo_gryph::commit::enter_new(entry.tree, entry);
//! # }
//! ```

mod change;
mod enter;
mod message;

use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::git::{Git, GitError};
use crate::ledger::{Disk, Prepared, PreparedKind};
use crate::tree::{Tree, TreePath};
use crate::trust::{Record, take_records};

pub use change::{
    ChangeEntry, ChangeStep, Entered, Mode, enter_change, enter_change_watched, journal_in, keep_record,
    record_baseline,
};
pub use enter::{Step, enter_new, enter_new_watched};
pub use message::CommitMessage;

/// A new project on its way to its directory.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// Where it is to be: what [`destination`] gave.
    pub dest: &'a Path,
    /// Where it is built: what [`staging_beside`] gave.
    pub staging: &'a Path,
    /// What is put beside the files: an attestation about them.
    pub record: Option<&'a Record>,
    /// The message of its commit.
    pub message: &'a CommitMessage,
    /// When, in seconds since 1970-01-01 UTC.
    pub when: i64,
    /// The git to use.
    pub git: &'a Git,
}

/// A project that is in place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Committed {
    /// The git commit.
    pub commit: String,
    /// The digest of its files.
    pub tree: Digest,
    /// Where it is.
    pub dest: PathBuf,
}

/// Why a project or a change is not in place. Nothing of it is left then, except for [`CommitError::HalfDone`].
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The approval is for another tree.
    #[error("the gate approved tree {}, not tree {}", .approved.short(), .tree.short())]
    NotApproved {
        /// The tree that was approved.
        approved: Digest,
        /// The tree that was to be committed.
        tree: Digest,
    },
    /// Something lies at the destination.
    #[error("`{dest}` exists and is not an empty directory")]
    Occupied {
        /// The destination.
        dest: PathBuf,
    },
    /// The destination cannot be used.
    #[error("`{dest}` cannot be the directory of a project: {reason}")]
    BadDestination {
        /// The destination.
        dest: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A file would lie where git keeps its own.
    #[error("the project may not hold `{0}`: git would read it as its own")]
    ForbiddenPath(TreePath),
    /// What was written is not what was approved.
    #[error("`{place}` does not hold the approved files: {what}")]
    Differs {
        /// Where.
        place: PathBuf,
        /// The first difference.
        what: String,
    },
    /// A message cannot stand in a commit.
    #[error("commit message: {0}")]
    Message(String),
    /// A file or directory cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The path.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// There is nothing to commit.
    #[error("the change changes nothing")]
    NoChange,
    /// A file is not what was read.
    #[error("`{0}` is not as it was read: somebody changed it meanwhile")]
    Changed(TreePath),
    /// A path is a link, a submodule or a directory, or lies behind one of those.
    #[error("`{0}` is no plain file in plain directories of this repository")]
    NotPlain(TreePath),
    /// A commit of the change would hold more than the change.
    #[error("`{0}` holds changes that are not committed, which a commit would sweep along")]
    DirtyPath(TreePath),
    /// A commit was asked for, and there is nowhere to commit.
    #[error("`{}` is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// A commit was asked for, and there is none to build on.
    #[error("the repository has no commit yet")]
    Unborn,
    /// A merge, a rebase or the like waits for its end.
    #[error("a {0} is going on in the repository")]
    Busy(&'static str),
    /// Somebody committed, or changed to another branch.
    #[error("the repository is not at the commit that was read: somebody committed or switched meanwhile")]
    HeadMoved,
    /// Another git is at work.
    #[error("the repository's index is locked: `{}` exists", path.display())]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// A journal cannot be used.
    #[error("cannot use the journal in `{}`: {reason}", dir.display())]
    Journal {
        /// Where it lies.
        dir: PathBuf,
        /// The reason.
        reason: String,
    },
    /// A change failed, and some of its files could not be put back yet. The next start tries again.
    #[error("a change stopped half-way and could not be put back ({problem}); what was is kept in `{}`", journal.display())]
    HalfDone {
        /// Where the old files are.
        journal: PathBuf,
        /// Why they could not be put back.
        problem: String,
        /// Why the change stopped.
        #[source]
        source: Box<CommitError>,
    },
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl CommitError {
    /// What the user can do, when there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Changed(_) | Self::HeadMoved => Some("nothing was changed; run again"),
            Self::DirtyPath(_) => {
                Some("commit or stash what is there, or have the change written without a commit")
            }
            Self::NoRepository(_) | Self::Unborn => {
                Some("commit first, or have the change written without a commit")
            }
            Self::Busy(_) => Some("end it, or have the change written without a commit"),
            Self::Locked { .. } => {
                Some("another git may be at work; if there is none, remove the file and run again")
            }
            Self::HalfDone { .. } => Some("run any cargo gryph command to have it put back"),
            Self::NotApproved { .. }
            | Self::Occupied { .. }
            | Self::BadDestination { .. }
            | Self::ForbiddenPath(_)
            | Self::Differs { .. }
            | Self::Message(_)
            | Self::Write { .. }
            | Self::NoChange
            | Self::NotPlain(_)
            | Self::Journal { .. }
            | Self::Git(_) => None,
        }
    }
}

/// The absolute path of a directory that does not exist or is empty, in a place that can be written.
///
/// # Errors
/// [`CommitError::Occupied`], [`CommitError::BadDestination`].
pub fn destination(dest: &Path) -> Result<PathBuf, CommitError> {
    let bad = |reason: &str| CommitError::BadDestination { dest: dest.to_owned(), reason: reason.to_owned() };
    let absolute = match dest.canonicalize() {
        Ok(present) => present,
        Err(_) => std::path::absolute(dest).map_err(|error| bad(&error.to_string()))?,
    };
    if absolute.parent().is_none() || absolute.file_name().and_then(|name| name.to_str()).is_none() {
        return Err(bad("its name is not text"));
    }
    let is_free = match std::fs::symlink_metadata(&absolute) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(bad(&error.to_string())),
        Ok(metadata) if !metadata.is_dir() => false,
        Ok(_) => {
            let mut entries = std::fs::read_dir(&absolute).map_err(|error| bad(&error.to_string()))?;
            entries.next().is_none()
        }
    };
    if !is_free {
        return Err(CommitError::Occupied { dest: absolute });
    }
    let place = absolute.ancestors().skip(1).find(|place| place.exists()).unwrap_or(Path::new("/"));
    tempfile::tempdir_in(place)
        .map_err(|error| bad(&format!("`{}` cannot be written: {error}", place.display())))?;
    Ok(absolute)
}

/// The directory beside `dest` in which the project of a run is built.
pub fn staging_beside(dest: &Path, run: &str) -> PathBuf {
    let name = dest.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    dest.with_file_name(format!(".{name}.gryph-{run}"))
}

/// What lies at the destination of a run that died: the look that [`crate::ledger::Ledger::reconcile`] asks for.
///
/// A project whose history begins with the prepared tree counts, whatever was committed on top since. A change that was
/// begun and is not in is put back first.
pub fn look(git: &Git, prepared: &Prepared) -> Disk {
    match prepared.kind {
        PreparedKind::Project => look_for_project(git, prepared),
        PreparedKind::Change => change::settle(git, prepared),
    }
}

fn look_for_project(git: &Git, prepared: &Prepared) -> Disk {
    if !prepared.dest.join(".git").is_dir() {
        return Disk::Lacks;
    }
    let roots = match git.roots(&prepared.dest) {
        Ok(roots) => roots,
        Err(error) => return Disk::Unknown(error.to_string()),
    };
    let holds = |root: &&crate::git::ObjectId| {
        git.read_tree(&prepared.dest, root).is_ok_and(|mut tree| {
            take_records(&mut tree);
            tree.hash() == prepared.tree
        })
    };
    match roots.iter().take(MAX_ROOTS).find(holds) {
        Some(root) => Disk::Holds { commit: Some(root.to_string()) },
        None => Disk::Lacks,
    }
}

/// Histories have one root, joined ones a few.
const MAX_ROOTS: usize = 16;

#[cfg(test)]
mod tests;

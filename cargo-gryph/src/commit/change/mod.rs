//! A change enters a workspace that exists: every file of it, or none.
//!
//! The order makes it so. What was read must still lie there; then the objects and the commit are made, which nobody
//! sees; then the journal says what is about to happen; then the index is locked, as git locks it; then the files change,
//! one rename each; then the ref moves, if it is where it was; last the index learns of the changed paths, and of no
//! others. What fails on the way is put back from the journal, and so is what a death leaves ([`settle`]). With a commit
//! the ref decides whether the change is in, without one a mark in the journal.

mod journal;
mod keep;
mod lock;
mod place;
mod record;
mod settle;
mod version;

use std::fs;
use std::path::{Path, PathBuf};

use crate::commit::{CommitError, CommitMessage};
use crate::digest::Digest;
use crate::gate::Approved;
use crate::git::Git;
use crate::tree::{Tree, TreePath};
use crate::trust::Record;
use crate::workspace::Workspace;

use journal::Journal;
use lock::IndexLock;
use version::Version;

pub use keep::keep_record;
pub use record::record_baseline;
pub(super) use settle::settle;

/// A change on its way into a workspace.
#[derive(Clone, Copy, Debug)]
pub struct ChangeEntry<'a> {
    /// The workspace as it was read.
    pub workspace: &'a Workspace,
    /// The tree the change starts from. What it shares with `tree` does not change, and need not be on the disk.
    pub base: &'a Tree,
    /// The tree that was approved.
    pub tree: &'a Tree,
    /// What is made of it.
    pub mode: Mode,
    /// What is put beside the files of a commit: an attestation about them.
    pub record: Option<&'a Record>,
    /// The message of the commit.
    pub message: &'a CommitMessage,
    /// Where the old files are kept meanwhile: what [`journal_in`] gave. It must not exist.
    pub journal: &'a Path,
    /// When, in seconds since 1970-01-01 UTC.
    pub when: i64,
    /// The git to use.
    pub git: &'a Git,
}

/// What is made of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The files change, and a commit on top of the one that was read holds the change and nothing else.
    Commit,
    /// The files change.
    Write,
}

/// A change that is in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// The git commit, when one was asked for.
    pub commit: Option<String>,
    /// The digest of the approved tree.
    pub tree: Digest,
    /// The files that changed, in the order of their paths.
    pub changed: Vec<TreePath>,
    journal: PathBuf,
}

impl Entered {
    /// Removes the journal. Not before the ledger knows that the change is in: until then a death is settled by it.
    pub fn forget(self) {
        // What stays is removed with the run's directory.
        let _ = fs::remove_dir_all(self.journal);
    }
}

/// How far a change got: named moments at which a death leaves something to settle or nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeStep {
    /// All files are as they were read.
    Checked,
    /// The commit is made, and no ref leads to it.
    Stored,
    /// The journal is on the disk.
    Journaled,
    /// The index is locked.
    Locked,
    /// The new files lie beside the old ones.
    Staged,
    /// So many files are in place.
    Placed(usize),
    /// The ref leads to the commit.
    Moved,
    /// The index knows the new files.
    Indexed,
    /// The change is in.
    Entered,
}

/// The directory for the journal of a run inside its own working directory.
pub fn journal_in(work: &Path, run: &str) -> PathBuf {
    work.join(format!("journal-{run}"))
}

/// One file of a change.
struct Change<'a> {
    path: &'a TreePath,
    old: Option<&'a [u8]>,
    new: Option<&'a [u8]>,
}

/// Lets a change into a workspace.
///
/// # Errors
/// See [`CommitError`]. All files are as they were then, except for [`CommitError::HalfDone`].
pub fn enter_change(approved: Approved, entry: &ChangeEntry<'_>) -> Result<Entered, CommitError> {
    enter_change_watched(approved, entry, &mut |_| {})
}

/// The same, while `watch` hears of each step.
///
/// # Errors
/// See [`enter_change`].
pub fn enter_change_watched(
    approved: Approved,
    entry: &ChangeEntry<'_>,
    watch: &mut dyn FnMut(ChangeStep),
) -> Result<Entered, CommitError> {
    let tree = entry.tree.hash();
    if approved.tree() != tree {
        return Err(CommitError::NotApproved { approved: approved.tree(), tree });
    }
    let mut changes = changes(entry.base, entry.tree)?;
    if let Some(record) = entry.record {
        // No tree holds it: it is no part of what was approved.
        let change = Change { path: record.path(), old: None, new: Some(record.content()) };
        let at = changes.partition_point(|other| other.path < change.path);
        changes.insert(at, change);
    }
    let root = &entry.workspace.root;
    let modes: Vec<Option<u32>> =
        changes.iter().map(|change| place::check(root, change)).collect::<Result<_, _>>()?;
    watch(ChangeStep::Checked);
    let version = match entry.mode {
        Mode::Commit => Some(Version::store(entry, &changes)?),
        Mode::Write => None,
    };
    watch(ChangeStep::Stored);
    let journal = Journal::write(entry.journal, root, &changes, &modes, version.as_ref())?;
    watch(ChangeStep::Journaled);
    let work = Work { entry, changes: &changes, journal: &journal, version: version.as_ref() };
    let mut lock = None;
    if let Err(error) = work.carry_out(&mut lock, watch) {
        return Err(work.put_back(lock, error));
    }
    drop(lock);
    watch(ChangeStep::Entered);
    Ok(Entered {
        commit: version.map(|version| version.commit.to_string()),
        tree,
        changed: changes.iter().map(|change| change.path.clone()).collect(),
        journal: entry.journal.to_owned(),
    })
}

/// The files that differ, in the order of their paths.
fn changes<'a>(base: &'a Tree, tree: &'a Tree) -> Result<Vec<Change<'a>>, CommitError> {
    let mut paths: Vec<&TreePath> = base.files().chain(tree.files()).map(|(path, _)| path).collect();
    paths.sort();
    paths.dedup();
    let change = |path| Change { path, old: base.get(path), new: tree.get(path) };
    let changes: Vec<Change<'_>> =
        paths.into_iter().map(change).filter(|change| change.old != change.new).collect();
    if changes.is_empty() {
        return Err(CommitError::NoChange);
    }
    match changes.iter().find(|change| super::enter::is_forbidden(change.path)) {
        Some(change) => Err(CommitError::ForbiddenPath(change.path.clone())),
        None => Ok(changes),
    }
}

/// A change whose journal is written.
struct Work<'a> {
    entry: &'a ChangeEntry<'a>,
    changes: &'a [Change<'a>],
    journal: &'a Journal,
    version: Option<&'a Version<'a>>,
}

impl Work<'_> {
    /// Does all that the journal announces. The lock goes to the caller: it is held until the end, whichever it is.
    fn carry_out(
        &self,
        held: &mut Option<IndexLock>,
        watch: &mut dyn FnMut(ChangeStep),
    ) -> Result<(), CommitError> {
        if let Some(version) = self.version {
            *held = Some(IndexLock::take(version.repository, self.journal.token())?);
        }
        watch(ChangeStep::Locked);
        if let Some(version) = self.version {
            version.check_index(self.entry.git)?;
        }
        self.place_files(watch)?;
        let Some((version, lock)) = self.version.zip(held.as_ref()) else { return self.journal.mark_done() };
        // After the files, so that the index knows their times.
        let index = version.index(self.entry.git)?;
        version.move_ref(self.entry)?;
        watch(ChangeStep::Moved);
        if let Err(error) = lock.replace_index(&index) {
            version.move_ref_back(self.entry.git)?;
            return Err(error);
        }
        watch(ChangeStep::Indexed);
        Ok(())
    }

    fn place_files(&self, watch: &mut dyn FnMut(ChangeStep)) -> Result<(), CommitError> {
        let root = &self.entry.workspace.root;
        for (number, change) in self.changes.iter().enumerate() {
            place::stage(root, change, &self.journal.temporary(number), self.journal.mode(number))?;
        }
        watch(ChangeStep::Staged);
        for (number, change) in self.changes.iter().enumerate() {
            place::swap(root, change, &self.journal.temporary(number))?;
            watch(ChangeStep::Placed(number + 1));
        }
        self.changes.iter().try_for_each(|change| place::sync_around(root, change.path))
    }

    /// Puts back what was done of a change that failed; gives the error to report.
    fn put_back(&self, lock: Option<IndexLock>, error: CommitError) -> CommitError {
        if self.version.is_some_and(|version| version.is_in(self.entry.git)) {
            // Somebody built on the commit at once, so that it stays. The lock shows the next start what is missing.
            if let Some(lock) = lock {
                lock.leave();
            }
            return self.half_done("the commit is in, and the index does not know it".to_owned(), error);
        }
        let put_back = self.journal.put_back();
        drop(lock);
        match put_back {
            Err(problem) => self.half_done(problem.to_string(), error),
            Ok(()) => {
                self.journal.remove();
                error
            }
        }
    }

    fn half_done(&self, problem: String, error: CommitError) -> CommitError {
        let journal = self.journal.dir().to_owned();
        CommitError::HalfDone { journal, problem, source: Box::new(error) }
    }
}

#[cfg(test)]
mod tests;

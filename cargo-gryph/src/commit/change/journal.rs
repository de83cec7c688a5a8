//! The journal of a change: what the files were, so that they can be that again.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::version::Version;
use super::{Change, place};
use crate::commit::CommitError;
use crate::commit::enter::{sync_dir, written};
use crate::digest::Digest;
use crate::git::ObjectId;
use crate::tree::TreePath;

/// The version of journals that this program writes, and the only one it reads.
const VERSION: u32 = 1;

/// The file that makes a journal one: it appears, complete, by a rename.
const RECORD: &str = "journal.json";

/// The file that says that a change without a commit is in.
const DONE: &str = "done";

/// Bytes of the record, at most.
const MAX_BYTES: u64 = 64 << 20;

/// A journal on the disk.
#[derive(Debug)]
pub(super) struct Journal {
    dir: PathBuf,
    record: Record,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    /// The root of the workspace.
    root: PathBuf,
    files: Vec<FileRecord>,
    /// Directories that the change makes, the outermost first.
    directories: Vec<TreePath>,
    commit: Option<CommitRecord>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileRecord {
    path: TreePath,
    /// The digest of what it was, whose bytes lie beside; nothing if it was not there.
    old: Option<Digest>,
    /// The digest and length of what it becomes.
    new: Option<(Digest, u64)>,
    mode: Option<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CommitRecord {
    reference: String,
    commit: String,
}

/// The commit that a journal is about.
pub(super) struct Planned<'a> {
    pub(super) reference: &'a str,
    pub(super) commit: ObjectId,
}

impl Journal {
    /// Writes the journal and waits until it is on the disk.
    pub(super) fn write(
        dir: &Path,
        root: &Path,
        changes: &[Change<'_>],
        modes: &[Option<u32>],
        version: Option<&Version<'_>>,
    ) -> Result<Self, CommitError> {
        let file = |(change, mode): (&Change<'_>, &Option<u32>)| FileRecord {
            path: change.path.clone(),
            old: change.old.map(Digest::of),
            new: change.new.map(|new| (Digest::of(new), new.len() as u64)),
            mode: *mode,
        };
        let mut directories: Vec<TreePath> =
            changes.iter().flat_map(|change| place::directories(change.path)).collect();
        directories.retain(|directory| directory.to_path(root).symlink_metadata().is_err());
        directories.sort();
        directories.dedup();
        let record = Record {
            version: VERSION,
            root: root.to_owned(),
            files: changes.iter().zip(modes).map(file).collect(),
            directories,
            commit: version.map(|version| CommitRecord {
                reference: version.reference.to_owned(),
                commit: version.commit.to_string(),
            }),
        };
        // A directory that is there already is somebody else's, and stays.
        if let Some(parent) = dir.parent() {
            fs::create_dir_all(parent).map_err(written(parent))?;
        }
        fs::create_dir(dir).map_err(written(dir))?;
        let journal = Self { dir: dir.to_owned(), record };
        match journal.store(changes) {
            Ok(()) => Ok(journal),
            Err(error) => {
                journal.remove();
                Err(error)
            }
        }
    }

    fn store(&self, changes: &[Change<'_>]) -> Result<(), CommitError> {
        let dir = &self.dir;
        for (number, change) in changes.iter().enumerate() {
            if let Some(old) = change.old {
                self.keep(&old_name(number), old)?;
            }
        }
        let text = serde_json::to_vec(&self.record).map_err(|error| self.error(&error.to_string()))?;
        let part = format!("{RECORD}.part");
        self.keep(&part, &text)?;
        fs::rename(dir.join(part), dir.join(RECORD)).map_err(written(dir))?;
        sync_dir(dir).map_err(written(dir))?;
        dir.parent().map_or(Ok(()), |parent| sync_dir(parent).map_err(written(parent)))
    }

    fn keep(&self, name: &str, content: &[u8]) -> Result<(), CommitError> {
        let path = self.dir.join(name);
        let keep = || {
            let mut file = File::create_new(&path)?;
            file.write_all(content)?;
            file.sync_all()
        };
        keep().map_err(written(&path))
    }

    /// Reads the journal in a directory; `None` if none was completed there.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, CommitError> {
        let path = dir.join(RECORD);
        let error = |reason: &str| CommitError::Journal { dir: dir.to_owned(), reason: reason.to_owned() };
        let size = match path.symlink_metadata() {
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => return Err(error(&reason.to_string())),
            Ok(metadata) => metadata.len(),
        };
        if size > MAX_BYTES {
            return Err(error("it is too large"));
        }
        let text = fs::read(&path).map_err(|reason| error(&reason.to_string()))?;
        let record: Record = serde_json::from_slice(&text).map_err(|reason| error(&reason.to_string()))?;
        if record.version != VERSION {
            return Err(error(&format!("it has version {}, this program reads {VERSION}", record.version)));
        }
        Ok(Some(Self { dir: dir.to_owned(), record }))
    }

    /// Where it lies.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The root of the workspace it is about.
    pub(super) fn root(&self) -> &Path {
        &self.record.root
    }

    /// The files it is about.
    pub(super) fn paths(&self) -> impl Iterator<Item = &TreePath> {
        self.record.files.iter().map(|file| &file.path)
    }

    /// A name that nobody else uses: it holds the run's.
    pub(super) fn token(&self) -> String {
        self.dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Where the new content of a file lies before it is in place.
    pub(super) fn temporary(&self, number: usize) -> PathBuf {
        let file = self.record.files[number].path.to_path(&self.record.root);
        file.with_file_name(format!(".gryph-{}-{number}", self.token()))
    }

    /// The mode of a file as it was.
    pub(super) fn mode(&self, number: usize) -> Option<u32> {
        self.record.files[number].mode
    }

    /// The commit that decides whether the change is in.
    pub(super) fn planned(&self) -> Result<Option<Planned<'_>>, CommitError> {
        let Some(record) = &self.record.commit else { return Ok(None) };
        let commit = ObjectId::new(&record.commit).ok_or_else(|| self.error("it names no commit"))?;
        Ok(Some(Planned { reference: &record.reference, commit }))
    }

    /// Says that a change without a commit is in.
    pub(super) fn mark_done(&self) -> Result<(), CommitError> {
        self.keep(DONE, b"")?;
        sync_dir(&self.dir).map_err(written(&self.dir))
    }

    /// Whether a change without a commit is in: it is marked, or no file lacks it.
    pub(super) fn is_done(&self) -> Result<bool, CommitError> {
        if self.dir.join(DONE).symlink_metadata().is_ok() {
            return Ok(true);
        }
        for file in &self.record.files {
            if !self.is_new(file)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Makes every file that holds the new content hold the old, and removes what lies beside. A file that holds
    /// neither is somebody else's by now, and stays.
    pub(super) fn put_back(&self) -> Result<(), CommitError> {
        for (number, file) in self.record.files.iter().enumerate() {
            let temporary = self.temporary(number);
            match fs::remove_file(&temporary) {
                Err(error) if is_there(&error) => return Err(written(&temporary)(error)),
                Ok(()) | Err(_) => {}
            }
            place::check_directories(self.root(), &file.path)?;
            if self.is_new(file)? {
                self.restore(number, file)?;
            }
        }
        for directory in self.record.directories.iter().rev() {
            // One that holds something else by now stays.
            let _ = fs::remove_dir(directory.to_path(self.root()));
        }
        self.paths().try_for_each(|path| place::sync_around(self.root(), path))
    }

    /// Whether a file holds what the change makes of it.
    fn is_new(&self, file: &FileRecord) -> Result<bool, CommitError> {
        let path = file.path.to_path(self.root());
        match file.new {
            None => Ok(path.symlink_metadata().is_err()),
            Some((digest, length)) => {
                let expected = usize::try_from(length).unwrap_or(usize::MAX - 1);
                let content = place::content(&path, expected)?;
                Ok(content.is_some_and(|content| Digest::of(&content) == digest))
            }
        }
    }

    fn restore(&self, number: usize, file: &FileRecord) -> Result<(), CommitError> {
        let path = file.path.to_path(self.root());
        let Some(digest) = file.old else { return fs::remove_file(&path).map_err(written(&path)) };
        let kept = self.dir.join(old_name(number));
        let old = fs::read(&kept).map_err(written(&kept))?;
        if Digest::of(&old) != digest {
            return Err(self.error(&format!("what it kept of `{}` is damaged", file.path)));
        }
        let temporary = self.temporary(number);
        place::write_beside(&temporary, &old, file.mode)?;
        fs::rename(&temporary, &path).map_err(written(&path))
    }

    /// Removes it: the record first, so that what stays is no journal.
    pub(super) fn remove(&self) {
        let _ = fs::remove_file(self.dir.join(RECORD));
        let _ = fs::remove_dir_all(&self.dir);
    }

    fn error(&self, reason: &str) -> CommitError {
        CommitError::Journal { dir: self.dir.clone(), reason: reason.to_owned() }
    }
}

fn is_there(error: &std::io::Error) -> bool {
    !matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn old_name(number: usize) -> String {
    format!("old-{number}")
}

//! The index of a directory: opening it to read or to write, and why that may not be possible.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::lock::{Refused, WriterLock};
use crate::store::{Env, MAP_BYTES, Sharing, Store, StoreError, bytes_on_disk, is_read_only};
use crate::text::{Text, TextError};
use crate::{Reader, Writer};

/// The version of what is stored. It is raised with any change of a record, of the full text's fields or of how
/// words are made; an index of another version is made anew.
pub const SCHEMA: u32 = 1;

/// The files of an index.
const VERSION_FILE: &str = "version";
const LOCK_FILE: &str = "writer.lock";
const TEXT_DIR: &str = "text";

/// What an index is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read; a writer may be at work, and the directory may be read-only.
    Read,
    /// To write; the directory is created, and an index of another version is emptied.
    Write,
    /// To write an index that is emptied first, whatever is in the directory.
    Rebuild,
}

/// Why there is nothing in an index that was opened to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Emptied {
    /// It was not there.
    New,
    /// It was of another version, as far as it said.
    OtherVersion(Option<u32>),
    /// [`Access::Rebuild`] was asked for.
    Asked,
}

/// Why an index cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no index.
    #[error("there is no index in `{dir}`: run `cargo gryph index`")]
    Absent {
        /// The directory.
        dir: PathBuf,
    },
    /// The index is of another version of this program.
    #[error("the index in `{dir}` is of another version: run `cargo gryph index`")]
    OtherVersion {
        /// The directory.
        dir: PathBuf,
        /// The index's version, where it says one.
        found: Option<u32>,
    },
    /// Another process writes.
    #[error("{} is writing the index in `{dir}`", holder(.process))]
    Busy {
        /// The directory.
        dir: PathBuf,
        /// The other process, where it says so.
        process: Option<u32>,
    },
    /// The directory cannot be written.
    #[error("the index in `{dir}` cannot be written")]
    ReadOnly {
        /// The directory.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Files of the index cannot be used.
    #[error("cannot use the index in `{dir}`")]
    Unusable {
        /// The directory.
        dir: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The part in LMDB fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The full text fails.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The index was opened to read.
    #[error("the index was opened to read and cannot be written")]
    OpenedToRead,
    /// A unit that is not in the index.
    #[error("the index has no unit of number {0}")]
    UnknownUnit(u32),
    /// All numbers of items were given.
    #[error("the index has given all numbers of items: make it anew")]
    OutOfNumbers,
}

/// Who writes, for a message.
fn holder(process: &Option<u32>) -> String {
    process.map_or_else(|| "another process".to_owned(), |process| format!("process {process}"))
}

impl IndexError {
    /// Whether the index is damaged: [`Access::Rebuild`] helps.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Store(error) => error.is_damage(),
            Self::Text(error) => matches!(error, TextError::Damaged(_)),
            Self::OutOfNumbers => true,
            Self::Absent { .. }
            | Self::OtherVersion { .. }
            | Self::Busy { .. }
            | Self::ReadOnly { .. }
            | Self::Unusable { .. }
            | Self::OpenedToRead
            | Self::UnknownUnit(_) => false,
        }
    }
}

/// An open index.
pub struct Index {
    pub(crate) dir: PathBuf,
    pub(crate) store: Store,
    pub(crate) text: Text,
    lock: Option<WriterLock>,
    emptied: Option<Emptied>,
}

impl Index {
    /// Opens the index of a directory.
    ///
    /// A process has the index of a directory open once at a time: a writer's index gives readers too.
    ///
    /// # Errors
    ///
    /// There is none to read, another process writes, or files cannot be used.
    pub fn open(dir: &Path, access: Access) -> Result<Self, IndexError> {
        Self::open_sized(dir, access, MAP_BYTES)
    }

    /// As [`Index::open`], with another greatest size of LMDB's file.
    pub(crate) fn open_sized(dir: &Path, access: Access, map: usize) -> Result<Self, IndexError> {
        match access {
            Access::Read => Self::open_to_read(dir, map),
            Access::Write => Self::open_to_write(dir, false, map),
            Access::Rebuild => Self::open_to_write(dir, true, map),
        }
    }

    /// Why there is nothing in it, where this opening made it or emptied it.
    pub fn emptied(&self) -> Option<&Emptied> {
        self.emptied.as_ref()
    }

    /// The LMDB environment, for tables of other parts such as the vectors.
    pub fn env(&self) -> &Env {
        &self.store.env
    }

    /// A reader of the state that was committed last.
    ///
    /// # Errors
    ///
    /// Files cannot be read.
    pub fn reader(&self) -> Result<Reader, IndexError> {
        Reader::new(&self.store, &self.text)
    }

    /// A writer; there is one at a time.
    ///
    /// # Errors
    ///
    /// The index was opened to read, or there is another writer.
    pub fn writer(&self) -> Result<Writer<'_>, IndexError> {
        if self.lock.is_none() {
            return Err(IndexError::OpenedToRead);
        }
        Writer::new(&self.store, &self.text)
    }

    /// The bytes on disk of LMDB's file and of the full text.
    pub fn disk_bytes(&self) -> (u64, u64) {
        let entries = fs::read_dir(self.dir.join(TEXT_DIR)).into_iter().flatten().flatten();
        let text = entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum();
        (bytes_on_disk(&self.dir), text)
    }

    /// Opens an index that must be there.
    fn open_to_read(dir: &Path, map: usize) -> Result<Self, IndexError> {
        let absent = || IndexError::Absent { dir: dir.to_owned() };
        match version(dir)? {
            Found::Nothing => return Err(absent()),
            Found::Version(SCHEMA) => {}
            Found::Version(found) => {
                return Err(IndexError::OtherVersion { dir: dir.to_owned(), found: Some(found) });
            }
            Found::Unclear => return Err(IndexError::OtherVersion { dir: dir.to_owned(), found: None }),
        }
        let store = Store::open(dir, Sharing::Read, map)?.ok_or_else(absent)?;
        let text = Text::open(&dir.join(TEXT_DIR), Sharing::Read)?;
        Ok(Self { dir: dir.to_owned(), store, text, lock: None, emptied: None })
    }

    /// Opens an index under the lock, and makes it where it is missing.
    fn open_to_write(dir: &Path, rebuild: bool, map: usize) -> Result<Self, IndexError> {
        fs::create_dir_all(dir).map_err(|error| unwritable(dir, error))?;
        let lock = WriterLock::take(&dir.join(LOCK_FILE)).map_err(|refused| match refused {
            Refused::Held(process) => IndexError::Busy { dir: dir.to_owned(), process },
            Refused::Failed(error) => unwritable(dir, error),
        })?;
        let emptied = match version(dir)? {
            _ if rebuild => Some(Emptied::Asked),
            Found::Version(SCHEMA) => None,
            Found::Version(found) => Some(Emptied::OtherVersion(Some(found))),
            Found::Unclear => Some(Emptied::OtherVersion(None)),
            Found::Nothing => Some(Emptied::New),
        };
        if emptied.is_some() {
            empty(dir).map_err(|error| unwritable(dir, error))?;
        }
        let store = Store::open(dir, Sharing::Write, map)?
            .ok_or_else(|| IndexError::Absent { dir: dir.to_owned() })?;
        let text = Text::open(&dir.join(TEXT_DIR), Sharing::Write)?;
        Ok(Self { dir: dir.to_owned(), store, text, lock: Some(lock), emptied })
    }

    /// Closes the index and waits until no reader of this process uses it, so that it can be opened again.
    pub fn close(self) {
        drop(self.text);
        self.store.close();
        drop(self.lock);
    }
}

/// What a directory says of its version.
enum Found {
    /// There is no index.
    Nothing,
    /// This version.
    Version(u32),
    /// There is something that does not say its version.
    Unclear,
}

/// Reads the version of a directory.
fn version(dir: &Path) -> Result<Found, IndexError> {
    match fs::read_to_string(dir.join(VERSION_FILE)) {
        Ok(text) => Ok(text.trim().parse().map_or(Found::Unclear, Found::Version)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Found::Unclear),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let is_there = dir.join("data.mdb").exists();
            Ok(if is_there { Found::Unclear } else { Found::Nothing })
        }
        Err(source) => Err(IndexError::Unusable { dir: dir.to_owned(), source }),
    }
}

/// Removes what belongs to an index, and says that what comes is of our version.
///
/// The version is removed first and written last: a process that dies between leaves no index of our version. Who
/// still reads keeps the old files until it closes them.
fn empty(dir: &Path) -> io::Result<()> {
    let absent_is_fine = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    };
    for file in [VERSION_FILE, "data.mdb", "lock.mdb"] {
        absent_is_fine(fs::remove_file(dir.join(file)))?;
    }
    absent_is_fine(fs::remove_dir_all(dir.join(TEXT_DIR)))?;
    fs::write(dir.join(VERSION_FILE), format!("{SCHEMA}\n"))
}

/// An error of a directory that should be written.
fn unwritable(dir: &Path, source: io::Error) -> IndexError {
    let dir = dir.to_owned();
    if is_read_only(&source) {
        IndexError::ReadOnly { dir, source }
    } else {
        IndexError::Unusable { dir, source }
    }
}

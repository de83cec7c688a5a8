//! The lock that lets one process at a time write the index.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// The lock; it is free again when it is dropped, or when its process ends in whatever way.
#[derive(Debug)]
pub(crate) struct WriterLock {
    file: File,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Somebody holds it; who, as far as the file says.
    Held(Option<u32>),
    /// The system fails.
    Failed(io::Error),
}

impl WriterLock {
    /// Takes the lock of a directory and writes the number of this process into it.
    pub(crate) fn take(path: &Path) -> Result<Self, Refused> {
        let mut options = OpenOptions::new();
        let opened = options.read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.map_err(Refused::Failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Refused::Held(holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(Refused::Failed(error)),
        }
        sign(&mut file).map_err(Refused::Failed)?;
        Ok(Self { file })
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // Closing alone would leave it with a process that another thread is just starting, which has copies of all
        // files until it runs its own program.
        let _ = self.file.unlock();
    }
}

/// Writes the number of this process, as far as there is room: the lock holds without it.
fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    match writeln!(file, "{}", std::process::id()) {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
        written => written,
    }
}

/// The process that the file names.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

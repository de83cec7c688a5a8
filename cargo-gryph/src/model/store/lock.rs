//! One process at a time works on a model.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::ProvisionError;
use crate::model::transfer::Observer;

/// How often a lock that somebody else holds is tried.
const PAUSE: Duration = Duration::from_millis(50);

/// Held until it is dropped, or the process ends, however it ends.
#[derive(Debug)]
pub(in crate::model) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock in `directory`, telling that it does.
    pub(super) fn take(directory: &Path, id: &str, observer: &Observer<'_>) -> Result<Self, ProvisionError> {
        fs::create_dir_all(directory).map_err(ProvisionError::disk("create", directory))?;
        let path = directory.join("lock");
        let file = File::options().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(ProvisionError::disk("open", &path))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(ProvisionError::disk("lock", &path)(error)),
                Err(TryLockError::WouldBlock) => {
                    observer.note(format!("waiting for another process that works on {id}"));
                }
            }
            if observer.is_cancelled() {
                return Err(ProvisionError::Cancelled);
            }
            thread::sleep(PAUSE);
        }
    }
}

//! Locks that show which runs are alive.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::ledger::LedgerError;
use crate::ledger::run::RunId;

/// A run that is alive in this process. The system releases its lock when the process dies, however it dies.
#[derive(Debug)]
pub struct LiveRun {
    run: RunId,
    path: PathBuf,
    /// Held, never read.
    _lock: File,
}

impl LiveRun {
    /// Locks a run as living. The file gets its name only when it is locked, so that nobody takes it for dead.
    pub(super) fn lock(ledger: &Path, run: &RunId) -> Result<Self, LedgerError> {
        let dir = live_dir(ledger);
        let path = dir.join(format!("{run}{LOCKED}"));
        let nascent = dir.join(format!("{run}{NASCENT}"));
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| LedgerError::Lock { path, source }
        };
        fs::create_dir_all(&dir).map_err(failed(&dir))?;
        let lock = File::create(&nascent).map_err(failed(&nascent))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LedgerError::Exists(run.clone())),
            Err(TryLockError::Error(source)) => return Err(failed(&nascent)(source)),
        }
        if path.exists() {
            return Err(LedgerError::Exists(run.clone()));
        }
        fs::rename(&nascent, &path).map_err(failed(&nascent))?;
        Ok(Self { run: run.clone(), path, _lock: lock })
    }

    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }
}

impl Drop for LiveRun {
    fn drop(&mut self) {
        // A file that stays is removed when the ledger reconciles.
        let _ = fs::remove_file(&self.path);
    }
}

const LOCKED: &str = ".lock";
const NASCENT: &str = ".new";

fn live_dir(ledger: &Path) -> PathBuf {
    ledger.join("live")
}

/// Takes the lock of a run whose process is gone. `None` while it lives.
pub(super) fn bury(ledger: &Path, run: &RunId) -> Result<Option<Grave>, LedgerError> {
    let path = live_dir(ledger).join(format!("{run}{LOCKED}"));
    let lock = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Some(Grave { path, _lock: None }));
        }
        Err(source) => return Err(LedgerError::Lock { path, source }),
    };
    match lock.try_lock() {
        Ok(()) => Ok(Some(Grave { path, _lock: Some(lock) })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(LedgerError::Lock { path, source }),
    }
}

/// The lock of a dead run, held while it is settled.
pub(super) struct Grave {
    path: PathBuf,
    _lock: Option<File>,
}

impl Grave {
    /// Removes the lock file: the run is settled.
    pub(super) fn close(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes lock files of processes that died before they recorded a run.
pub(super) fn sweep(ledger: &Path, is_known: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(live_dir(ledger)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let run = name.strip_suffix(LOCKED).or_else(|| name.strip_suffix(NASCENT));
        if run.is_none_or(&is_known) {
            continue;
        }
        if let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

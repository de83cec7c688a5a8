//! The work directories of a run: one bench for trials, one for confirmation, one for the final checks.

use std::fs::{self, FileTimes};
use std::io;
use std::path::Path;

use crate::cargo::Workbench;

use super::PipelineError;

/// The benches of a run, below its work directory.
pub(super) struct Benches {
    /// Where candidates are tried.
    pub(super) trial: Workbench,
    /// Where plausible ones are confirmed on plain text.
    pub(super) clean: Workbench,
    /// Where the whole tree is checked at the end.
    pub(super) check: Workbench,
}

impl Benches {
    /// Makes them.
    pub(super) fn create(work: &Path) -> Result<Self, PipelineError> {
        let bench = |name: &str| {
            let dir = work.join(name);
            Workbench::create(&dir).map_err(|source| PipelineError::WorkDirectory { path: dir, source })
        };
        Ok(Self { trial: bench("trial")?, clean: bench("clean")?, check: bench("check")? })
    }
}

/// Copies what one bench has built into another that has built nothing yet. Dependencies built before any candidate
/// ran are so built once and not shared: later builds in one bench do not reach the other.
pub(super) fn share_dependencies(from: &Workbench, to: &Workbench) -> Result<(), PipelineError> {
    let failed = |source| PipelineError::WorkDirectory { path: to.target(), source };
    copy(&from.target(), &to.target()).map_err(failed)
}

/// Copies a directory with the times of its files, which Cargo compares.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            let modified = entry.metadata()?.modified()?;
            fs::File::options()
                .write(true)
                .open(&target)?
                .set_times(FileTimes::new().set_modified(modified))?;
        }
    }
    Ok(())
}

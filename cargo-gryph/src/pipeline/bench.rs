//! The work directories of a run: one bench for trials, one for confirmation, one for the final checks.

use std::fs::{self, FileTimes};
use std::io;
use std::path::Path;

use crate::cargo::{Cargo, Workbench, lay_out};
use crate::tree::{Tree, TreePath};

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
        Ok(Self { trial: bench(work, "trial")?, clean: bench(work, "clean")?, check: bench(work, "check")? })
    }
}

/// A bench of that name in the work directory of a run.
pub(super) fn bench(work: &Path, name: &str) -> Result<Workbench, PipelineError> {
    let dir = work.join(name);
    Workbench::create(&dir).map_err(PipelineError::at(dir))
}

/// Lays the workspace out, locks and fetches its dependencies. The lock file, if the user has none, is in the tree that
/// comes back, and in every tree that is compared with it.
pub(super) async fn prepare(cargo: &Cargo, bench: &Workbench, tree: &Tree) -> Result<Tree, PipelineError> {
    let mut base = tree.clone();
    lay_out(&base, bench)?;
    let lock = TreePath::new("Cargo.lock").expect("a plain name");
    if base.get(&lock).is_none() {
        cargo.generate_lockfile(bench).await?;
        base.insert(lock.clone(), read_lock(bench)?);
    }
    if base.text(&lock).is_none_or(has_sources) {
        cargo.fetch(bench).await?;
    }
    Ok(base)
}

/// The lock file that Cargo wrote.
pub(super) fn read_lock(bench: &Workbench) -> Result<Vec<u8>, PipelineError> {
    fs::read(bench.tree().join("Cargo.lock")).map_err(PipelineError::at(bench.tree()))
}

/// Whether a lock file names packages that have to be downloaded.
pub(super) fn has_sources(lock: &str) -> bool {
    lock.lines().any(|line| line.starts_with("source = "))
}

/// Copies what one bench has built into another that has built nothing yet. Dependencies built before any candidate
/// ran are so built once and not shared: later builds in one bench do not reach the other.
pub(super) fn share_dependencies(from: &Workbench, to: &Workbench) -> Result<(), PipelineError> {
    copy(&from.target(), &to.target()).map_err(PipelineError::at(to.target()))
}

/// Copies a directory with the times of its files, which Cargo compares.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
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

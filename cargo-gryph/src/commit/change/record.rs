//! A file of our own in a workspace: the baseline, which is no part of any build and enters without an approval.

use std::fs;
use std::path::{Path, PathBuf};

use super::place::{check_directories, sync_around, write_beside};
use crate::commit::CommitError;
use crate::commit::enter::written;
use crate::gate::Baseline;
use crate::tree::TreePath;

/// Writes the baseline into the workspace at `root`, in the place of an older one, in one rename. Nothing is written
/// through a link, and no other file is touched.
///
/// # Errors
/// See [`CommitError`]; the older one is as it was then.
pub fn record_baseline(root: &Path, baseline: &Baseline) -> Result<PathBuf, CommitError> {
    let path = TreePath::new(Baseline::PATH).expect("a plain path");
    check_directories(root, &path)?;
    let file = path.to_path(root);
    if file.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(CommitError::NotPlain(path));
    }
    let beside = file.with_extension("json.new");
    if beside.symlink_metadata().is_ok() {
        // What a death left; if it is a link, the link goes and not what it leads to.
        fs::remove_file(&beside).map_err(written(&beside))?;
    }
    write_beside(&beside, baseline.render().as_bytes(), None)?;
    fs::rename(&beside, &file).map_err(written(&file))?;
    sync_around(root, &path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_takes_the_place_of_an_older_one_and_of_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let written = record_baseline(root.path(), &Baseline::default()).unwrap();
        assert!(fs::read_to_string(&written).unwrap().contains("findings"));
        fs::write(written.with_extension("json.new"), "left").unwrap();
        record_baseline(root.path(), &Baseline::default()).unwrap();
        let names: Vec<_> = fs::read_dir(written.parent().unwrap()).unwrap().collect();
        assert_eq!(names.len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join(".config")).unwrap();
        assert!(matches!(record_baseline(root.path(), &Baseline::default()), Err(CommitError::NotPlain(_))));
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join(".config/gryph");
        fs::create_dir_all(&own).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("a"), own.join("baseline.json")).unwrap();
        assert!(record_baseline(root.path(), &Baseline::default()).is_err());
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}

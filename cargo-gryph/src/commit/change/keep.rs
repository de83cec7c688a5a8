//! A record that a person asked for enters a workspace: one file, swapped by a rename.

use std::fs;
use std::path::{Path, PathBuf};

use super::place::{check_directories, content, sync_around, write_beside};
use crate::commit::CommitError;
use crate::commit::enter::written;
use crate::trust::Record;

/// Writes a record below the root of a workspace, in the place of what lay there; gives where it is.
///
/// # Errors
/// When it cannot be written, or a link or another repository is in the way.
pub fn keep_record(root: &Path, record: &Record) -> Result<PathBuf, CommitError> {
    let path = record.path();
    check_directories(root, path)?;
    let file = path.to_path(root);
    if file.symlink_metadata().is_ok() && content(&file, 0)?.is_none() {
        return Err(CommitError::NotPlain(path.clone()));
    }
    let temporary = file.with_extension("json.new");
    // What an earlier call left behind when it died.
    let _ = fs::remove_file(&temporary);
    write_beside(&temporary, record.content(), None)?;
    fs::rename(&temporary, &file).map_err(written(&file))?;
    sync_around(root, path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn a_record_is_replaced_and_never_written_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let record = |text: &str| Record::approval(Digest::of(b"tree"), text.into());
        let file = keep_record(dir.path(), &record("one")).unwrap();
        assert_eq!(keep_record(dir.path(), &record("two")).unwrap(), file);
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            let other = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(dir.path().join(".gryph"), other.path().join(".gryph")).unwrap();
            assert!(matches!(keep_record(other.path(), &record("three")), Err(CommitError::NotPlain(_))));
            assert_eq!(fs::read(&file).unwrap(), b"two");
        }
    }
}

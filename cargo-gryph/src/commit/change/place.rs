//! One file of the user's: looked at, written beside itself, and swapped by a rename. Nothing is written through a link.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::Change;
use crate::commit::CommitError;
use crate::commit::enter::{sync_dir, written};
use crate::tree::TreePath;

/// A file must hold what was read, or not be there if nothing was. Gives its mode.
pub(super) fn check(root: &Path, change: &Change<'_>) -> Result<Option<u32>, CommitError> {
    let path = change.path;
    check_directories(root, path)?;
    let changed = || CommitError::Changed(path.clone());
    let file = path.to_path(root);
    let metadata = match file.symlink_metadata() {
        Err(error) if is_absent(&error) => {
            return if change.old.is_none() { Ok(None) } else { Err(changed()) };
        }
        Err(error) => return Err(written(&file)(error)),
        Ok(metadata) => metadata,
    };
    if !metadata.is_file() {
        return Err(CommitError::NotPlain(path.clone()));
    }
    let old = change.old.ok_or_else(changed)?;
    if metadata.len() != old.len() as u64 || content(&file, old.len())?.as_deref() != Some(old) {
        return Err(changed());
    }
    Ok(Some(mode(&metadata)))
}

/// The bytes of a plain file, no more than one beyond `expected`; `None` if it is not there.
pub(super) fn content(file: &Path, expected: usize) -> Result<Option<Vec<u8>>, CommitError> {
    match file.symlink_metadata() {
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(written(file)(error)),
        Ok(metadata) if !metadata.is_file() => return Ok(None),
        Ok(_) => {}
    }
    let mut content = Vec::new();
    let opened = File::open(file).map_err(written(file))?;
    opened.take(expected as u64 + 1).read_to_end(&mut content).map_err(written(file))?;
    Ok(Some(content))
}

/// Between the root and a file there are directories: no links, no other repository.
pub(super) fn check_directories(root: &Path, path: &TreePath) -> Result<(), CommitError> {
    let odd = || CommitError::NotPlain(path.clone());
    for directory in directories(path) {
        let directory = directory.to_path(root);
        match directory.symlink_metadata() {
            Err(error) if is_absent(&error) => return Ok(()),
            Err(error) => return Err(written(&directory)(error)),
            Ok(metadata) if !metadata.is_dir() => return Err(odd()),
            Ok(_) if directory.join(".git").symlink_metadata().is_ok() => return Err(odd()),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// The directories between the root and a file, the outermost first.
pub(super) fn directories(path: &TreePath) -> impl Iterator<Item = TreePath> {
    let ends = path.as_str().match_indices('/');
    ends.filter_map(|(end, _)| TreePath::new(&path.as_str()[..end]).ok())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Writes the new file beside the old one, with its mode.
pub(super) fn stage(
    root: &Path,
    change: &Change<'_>,
    temporary: &Path,
    mode: Option<u32>,
) -> Result<(), CommitError> {
    check_directories(root, change.path)?;
    match change.new {
        Some(new) => write_beside(temporary, new, mode),
        None => Ok(()),
    }
}

/// Writes a file that is not there yet and waits until it is on the disk.
pub(super) fn write_beside(file: &Path, content: &[u8], mode: Option<u32>) -> Result<(), CommitError> {
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).map_err(written(parent))?;
    }
    let write = || -> io::Result<()> {
        let mut opened = File::create_new(file)?;
        opened.write_all(content)?;
        set_mode(&opened, mode)?;
        opened.sync_all()
    };
    write().map_err(written(file))
}

/// The moment of one file: after a last look it is the new one.
pub(super) fn swap(root: &Path, change: &Change<'_>, temporary: &Path) -> Result<(), CommitError> {
    check(root, change)?;
    let file = change.path.to_path(root);
    match change.new {
        Some(_) => fs::rename(temporary, &file),
        None => fs::remove_file(&file),
    }
    .map_err(written(&file))
}

/// Brings the entries of a file's directory, and of those above it up to the root, to the disk.
pub(super) fn sync_around(root: &Path, path: &TreePath) -> Result<(), CommitError> {
    let below = directories(path).map(|directory| directory.to_path(root));
    let all = below.chain([root.to_owned()]).filter(|directory| directory.is_dir());
    all.into_iter().try_for_each(|directory| sync_dir(&directory).map_err(written(&directory)))
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    mode.map_or(Ok(()), |mode| file.set_permissions(fs::Permissions::from_mode(mode)))
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: Option<u32>) -> io::Result<()> {
    Ok(())
}

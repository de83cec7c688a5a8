//! A new project enters its directory: built beside it, checked, and renamed once.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::commit::{CommitError, Committed, Entry, destination};
use crate::gate::Approved;
use crate::git::{NewCommit, ObjectId};
use crate::tree::{Tree, TreePath};

/// How far an entry got: named moments at which a crash leaves the destination absent or complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The empty directory beside the destination is there.
    Staged,
    /// All files are written.
    Written,
    /// The repository is made, without a commit.
    Initialised,
    /// The commit is made.
    Committed,
    /// Commit and files were read back and are what was approved.
    Verified,
    /// Everything is on the disk.
    Synced,
    /// The project is at its destination.
    Entered,
}

/// The branch of a new project.
const BRANCH: &str = "main";

/// Commits a new project. `entry.dest` is absent or empty before, and complete afterwards; at no moment anything else.
///
/// # Errors
/// See [`CommitError`]; what was built beside the destination is removed then.
pub fn enter_new(approved: Approved, entry: &Entry<'_>) -> Result<Committed, CommitError> {
    enter_new_watched(approved, entry, &mut |_| {})
}

/// The same, while `watch` hears of each step.
///
/// # Errors
/// See [`enter_new`].
pub fn enter_new_watched(
    approved: Approved,
    entry: &Entry<'_>,
    watch: &mut dyn FnMut(Step),
) -> Result<Committed, CommitError> {
    let tree = entry.tree.hash();
    if approved.tree() != tree {
        return Err(CommitError::NotApproved { approved: approved.tree(), tree });
    }
    if let Some(path) = entry.tree.files().map(|(path, _)| path).find(|path| is_forbidden(path)) {
        return Err(CommitError::ForbiddenPath(path.clone()));
    }
    destination(entry.dest)?;
    // The approved files, and the record beside them.
    let mut whole = entry.tree.clone();
    if let Some(record) = entry.record {
        whole.insert(record.path().clone(), record.content());
    }
    let entry = &Entry { tree: &whole, ..*entry };
    stage(entry)?;
    let entered = build(entry, watch).and_then(|commit| {
        enter(entry)?;
        watch(Step::Entered);
        Ok(Committed { commit: commit.to_string(), tree, dest: entry.dest.to_owned() })
    });
    if entered.is_err() {
        // What cannot be removed is removed when the ledger reconciles.
        let _ = fs::remove_dir_all(entry.staging);
    }
    entered
}

/// Git's own directory under any of the names by which a file system may find it.
pub(super) fn is_forbidden(path: &TreePath) -> bool {
    path.as_str().split('/').any(|part| {
        let visible: String = part.chars().filter(|c| c.is_ascii()).collect();
        let name = visible.trim_end_matches([' ', '.']).to_ascii_lowercase();
        name == ".git" || name.starts_with("git~")
    })
}

/// Makes the empty directory beside the destination; one that exists is somebody else's.
fn stage(entry: &Entry<'_>) -> Result<(), CommitError> {
    if let Some(parent) = entry.staging.parent() {
        fs::create_dir_all(parent).map_err(written(parent))?;
    }
    fs::create_dir(entry.staging).map_err(written(entry.staging))
}

fn build(entry: &Entry<'_>, watch: &mut dyn FnMut(Step)) -> Result<ObjectId, CommitError> {
    let Entry { tree, staging, git, .. } = entry;
    watch(Step::Staged);
    for (path, content) in tree.files() {
        write(&path.to_path(staging), content)?;
    }
    watch(Step::Written);
    git.init(staging, BRANCH)?;
    watch(Step::Initialised);
    let written_tree = git.write_tree(staging, tree)?;
    let message = entry.message.render();
    let commit = NewCommit { tree: &written_tree, parents: &[], message: &message, when: entry.when };
    let commit = git.commit_tree(staging, &commit)?;
    git.update_ref(staging, &format!("refs/heads/{BRANCH}"), &commit, None)?;
    git.settle_index(staging, &commit)?;
    watch(Step::Committed);
    verify(entry, &commit)?;
    watch(Step::Verified);
    sync_dirs(staging)?;
    watch(Step::Synced);
    Ok(commit)
}

/// Writes a file and waits until it is on the disk. The directory is fresh and ours, so nothing is followed.
fn write(file: &Path, content: &[u8]) -> Result<(), CommitError> {
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).map_err(written(parent))?;
    }
    let write = || -> io::Result<()> {
        let mut opened = File::create_new(file)?;
        opened.write_all(content)?;
        readable(&opened)?;
        opened.sync_all()
    };
    write().map_err(written(file))
}

/// Mode 644, whatever the mask of this process says.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}

/// Reads back what was committed and what lies on the disk: both must be the approved bytes.
fn verify(entry: &Entry<'_>, commit: &ObjectId) -> Result<(), CommitError> {
    let committed = entry.git.read_tree(entry.staging, commit)?;
    let mut present = Tree::new();
    read_dir(entry.staging, entry.staging, &mut present)?;
    for (place, found) in [(entry.staging.join(".git"), committed), (entry.staging.to_owned(), present)] {
        if let Some(what) = difference(entry.tree, &found) {
            return Err(CommitError::Differs { place, what });
        }
    }
    Ok(())
}

/// Everything below `dir` except git's own directory at the root.
fn read_dir(root: &Path, dir: &Path, tree: &mut Tree) -> Result<(), CommitError> {
    for item in fs::read_dir(dir).map_err(written(dir))? {
        let path = item.map_err(written(dir))?.path();
        if path == root.join(".git") {
            continue;
        }
        let kind = fs::symlink_metadata(&path).map_err(written(&path))?;
        if kind.is_dir() {
            read_dir(root, &path, tree)?;
            continue;
        }
        let inside = TreePath::below(root, &path).filter(|_| kind.is_file()).ok_or_else(|| {
            CommitError::Differs { place: root.to_owned(), what: format!("`{}` is odd", path.display()) }
        })?;
        tree.insert(inside, fs::read(&path).map_err(written(&path))?);
    }
    Ok(())
}

/// The first path that two trees do not share.
fn difference(wanted: &Tree, found: &Tree) -> Option<String> {
    let of = |path: &TreePath| match (wanted.get(path), found.get(path)) {
        (Some(wanted), Some(found)) if wanted == found => None,
        (Some(_), Some(_)) => Some(format!("`{path}` has other content")),
        (Some(_), None) => Some(format!("`{path}` is missing")),
        (None, _) => Some(format!("`{path}` is there")),
    };
    wanted.files().chain(found.files()).find_map(|(path, _)| of(path))
}

/// Brings the entries of all directories to the disk. Git syncs its own files.
fn sync_dirs(dir: &Path) -> Result<(), CommitError> {
    for item in fs::read_dir(dir).map_err(written(dir))? {
        let item = item.map_err(written(dir))?;
        if item.file_type().is_ok_and(|kind| kind.is_dir()) {
            sync_dirs(&item.path())?;
        }
    }
    sync_dir(dir).map_err(written(dir))
}

#[cfg(unix)]
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_dir(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The one moment: a rename onto nothing or onto an empty directory. The system refuses any other.
fn enter(entry: &Entry<'_>) -> Result<(), CommitError> {
    #[cfg(not(unix))]
    if entry.dest.exists() {
        // Windows does not rename onto a directory, not even an empty one; this removes no other.
        fs::remove_dir(entry.dest).map_err(|_| CommitError::Occupied { dest: entry.dest.to_owned() })?;
    }
    fs::rename(entry.staging, entry.dest).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            CommitError::Occupied { dest: entry.dest.to_owned() }
        }
        _ => written(entry.dest)(error),
    })?;
    if let Some(parent) = entry.dest.parent() {
        // The project is in place; whether its entry survives a power cut is the next start's question.
        let _ = sync_dir(parent);
    }
    Ok(())
}

pub(super) fn written(path: &Path) -> impl FnOnce(io::Error) -> CommitError {
    let path = path.to_owned();
    move |source| CommitError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_gets_among_gits_own() {
        for path in
            [".git/config", "a/.GIT/hooks/x", ".git", ".git./config", "GIT~1/config", ".g\u{200c}it/config"]
        {
            assert!(is_forbidden(&TreePath::new(path).unwrap()), "{path}");
        }
        for path in [".gitignore", ".github/x.yml", "src/git.rs", "digit/x"] {
            assert!(!is_forbidden(&TreePath::new(path).unwrap()), "{path}");
        }
    }
}

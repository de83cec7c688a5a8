//! What a repository says about a change: the keys it trusts, the files it cares for, the packages it locks.

use std::path::Path;

use super::exit_code::ExitCode;
use super::failure::Failure;
use crate::config::trust::{self, TrustError};
use crate::digest::Digest;
use crate::git::{Git, GitError, Kind};
use crate::sbom;
use crate::tree::{Tree, TreePath};
use crate::trust::TrustedKeys;
use crate::workspace::{History, Note, Repository, Why, Workspace};

/// The keys that the revision trusts which a change is held against, as it is now: a key that was taken out there counts
/// no more, also for a change that left it before.
pub(super) fn trusted(history: &History, named: Option<&str>, git: &Git) -> Result<TrustedKeys, Failure> {
    let repository = &history.repository;
    let tip = match named {
        Some(name) => git.revision(&repository.git, name).map_err(failed)?.unwrap_or(history.base.clone()),
        None => history.head.clone(),
    };
    let path = TreePath::new(trust::PATH).expect("a plain path");
    let found = git.committed(&repository.git, &tip, &repository.path_of(&path)).map_err(failed)?;
    let text = match found {
        None => return Ok(TrustedKeys::default()),
        Some((Kind::File | Kind::Executable, id)) => {
            String::from_utf8(git.read_blob(&repository.git, &id).map_err(failed)?).ok()
        }
        Some((Kind::Link | Kind::Submodule, _)) => None,
    };
    text.ok_or(TrustError::File).and_then(|text| trust::read(&text)).map_err(|error| {
        Failure::new(ExitCode::Usage, error).hint("this is read from the base of the change: mend it there")
    })
}

/// The files that the repository cares for: a lock file that it ignores is another one on every machine.
pub(super) fn files(
    workspace: &Workspace,
    repository: &Repository,
    base: &Tree,
    git: &Git,
) -> Result<Tree, Failure> {
    let lock = lock();
    let mut files = workspace.tree.clone();
    let is_known = base.get(&lock).is_some() || workspace.dirty.contains(&lock);
    if !is_known && git.indexed(&repository.git, &repository.path_of(&lock)).map_err(failed)?.is_empty() {
        files.remove(&lock);
    }
    Ok(files)
}

/// What lies under paths that no tree holds, so that an approval is bound to it too: where a link leads, what a file holds
/// that is not read, at which commit a submodule is.
pub(super) fn unseen(workspace: &Workspace, notes: &[Note], git: &Git) -> Result<Tree, Failure> {
    let mut tree = Tree::new();
    for (number, note) in notes.iter().enumerate() {
        let place = workspace.root.join(&note.path);
        let content = match note.why {
            Why::Link | Why::OddName | Why::TooLarge => match std::fs::read_link(&place) {
                Ok(target) => target.as_os_str().as_encoded_bytes().to_vec(),
                Err(_) => std::fs::read(&place).unwrap_or_default(),
            },
            Why::Repository => match (&workspace.repository, TreePath::new(note.path.as_str())) {
                (Some(repository), Ok(path)) => {
                    let found = git.indexed(&repository.git, &repository.path_of(&path)).map_err(failed)?;
                    found.iter().map(|entry| entry.id.as_str()).collect::<String>().into_bytes()
                }
                _ => Vec::new(),
            },
            Why::ActsOnTools | Why::NoFile | Why::Unreadable | Why::Gone => Vec::new(),
        };
        let name = TreePath::new(number.to_string()).expect("a plain name");
        let digest = Digest::of(&content).to_string();
        tree.insert(name, format!("{:?} {} {digest}", note.why, note.path));
    }
    Ok(tree)
}

/// Writes which packages a change brings and takes away.
pub(super) fn write_sbom(file: &Path, base: &Tree, after: &Tree) -> Result<(), Failure> {
    let lock = lock();
    let Some(locked) = after.text(&lock) else {
        let message = "the repository has no `Cargo.lock`, so the packages of the change are not known";
        return Err(Failure::message(ExitCode::Usage, message).hint("commit the lock file"));
    };
    let delta =
        sbom::delta(base.text(&lock), locked).map_err(|error| Failure::new(ExitCode::Usage, error))?;
    std::fs::write(file, delta.cyclonedx()).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot write `{}`", file.display()));
        Failure::new(ExitCode::CouldNotFindOut, error)
    })
}

fn lock() -> TreePath {
    TreePath::new("Cargo.lock").expect("a plain name")
}

fn failed(error: GitError) -> Failure {
    Failure::new(ExitCode::CouldNotFindOut, error)
}

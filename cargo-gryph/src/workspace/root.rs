//! Finds the root of a workspace by Cargo's rules, from manifests alone.

use std::path::{Component, Path, PathBuf};

use super::WorkspaceError;
use super::manifest::{Manifest, NAME};

/// The manifest that a user means by a path: that file, or the nearest one in or above a directory.
pub(super) fn manifest_of(start: &Path) -> Result<PathBuf, WorkspaceError> {
    let nothing = || WorkspaceError::NoManifest { start: start.to_owned() };
    let found = start.canonicalize().map_err(|_| nothing())?;
    if found.is_dir() {
        let mut manifests = found.ancestors().map(|dir| dir.join(NAME));
        return manifests.find(|manifest| manifest.is_file()).ok_or_else(nothing);
    }
    // The name as typed: a link may lead to a file of another name, in another directory.
    match start.file_name() == Some(NAME.as_ref()) {
        true => {
            let parent = start.parent().filter(|parent| !parent.as_os_str().is_empty());
            let directory = parent.unwrap_or(Path::new(".")).canonicalize().map_err(|_| nothing())?;
            Ok(directory.join(NAME))
        }
        false => Err(WorkspaceError::Manifest {
            path: start.to_owned(),
            reason: "a manifest is called `Cargo.toml`".to_owned(),
        }),
    }
}

/// The directory of the workspace that a manifest belongs to: its own if it belongs to none.
pub(super) fn find(manifest: &Path) -> Result<PathBuf, WorkspaceError> {
    let directory = manifest.parent().unwrap_or(manifest);
    if let Some(root) = claimed(manifest, manifest)? {
        return Ok(root);
    }
    for above in directory.ancestors().skip(1) {
        let candidate = above.join(NAME);
        if candidate.is_file()
            && let Some(root) = claimed(&candidate, manifest)?
        {
            return Ok(root);
        }
    }
    Ok(directory.to_owned())
}

/// The root that one manifest names for another: itself if it is a workspace that does not exclude it, or the one that
/// its `package.workspace` leads to.
fn claimed(candidate: &Path, for_manifest: &Path) -> Result<Option<PathBuf>, WorkspaceError> {
    let read = Manifest::read(candidate)?;
    let directory = candidate.parent().unwrap_or(candidate);
    if let Some(workspace) = read.workspace() {
        let below = |paths: Vec<&str>| {
            paths.iter().any(|path| for_manifest.starts_with(lexical(&directory.join(path))))
        };
        let excluded = below(workspace.texts("exclude")) && !below(workspace.texts("members"));
        return Ok((!excluded || candidate == for_manifest).then(|| directory.to_owned()));
    }
    let Some(named) = read.package().and_then(|package| package.text("workspace")) else { return Ok(None) };
    let root = lexical(&directory.join(named));
    let root = root.canonicalize().map_err(|source| WorkspaceError::Read { path: root.clone(), source })?;
    match Manifest::read(&root.join(NAME))?.workspace() {
        Some(_) => Ok(Some(root)),
        None => Err(WorkspaceError::Manifest {
            path: candidate.to_owned(),
            reason: format!("`package.workspace` leads to `{}`, which is no workspace", root.display()),
        }),
    }
}

/// A path without `.` and `..`, as it reads.
fn lexical(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

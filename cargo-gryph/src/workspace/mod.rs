//! A workspace of the user's, read as data: its files, its packages, its repository, what is not committed.
//!
//! Nothing of it runs: manifests are parsed here and not by Cargo, git is called deaf to the repository's configuration,
//! and links are never followed. What Cargo alone knows for certain (targets, features) it says later, inside the
//! sandbox, see [`crate::cargo::Cargo::metadata`].

mod files;
mod generated;
mod manifest;
mod note;
mod package;
pub(crate) mod pattern;
mod recent;
mod root;
mod unseen;

use std::path::{Path, PathBuf};

use crate::git::{self, Git, GitError, Head};
use crate::patch::Span;
use crate::tree::{Tree, TreePath};

pub use files::take_tools;
pub use generated::{Generated, History, generated};
pub use note::{Note, Why};
pub use package::{Package, Target, TargetKind};
pub use unseen::without_large;

/// A workspace as it lay on the disk when it was read.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its root, by absolute path without links in it.
    pub root: PathBuf,
    /// Its files, as far as they take part in a build: see [`Workspace::read`].
    pub tree: Tree,
    /// The repository it is part of.
    pub repository: Option<Repository>,
    /// Its members, the package at the root first, the others in the order of their directories.
    pub packages: Vec<Package>,
    /// Paths that are not as the last commit has them, untracked ones included. Without a repository nothing is dirty.
    pub dirty: Vec<TreePath>,
    /// What changed since the last commit that may have been green, in bytes of the tree's files: in a dirty workspace
    /// since the last one, else since the one before.
    pub changed: Vec<Span>,
    /// Files that act on Cargo or choose which one runs: no build of ours sees them.
    pub tools: Tree,
    /// What is not in the tree, and why.
    pub notes: Vec<Note>,
}

/// The repository a workspace is part of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repository {
    /// Where it is.
    pub git: git::Repository,
    /// The workspace's root in it; `None` when that is the top.
    pub prefix: Option<TreePath>,
    /// Where `HEAD` pointed.
    pub head: Head,
}

impl Repository {
    /// The path in the repository of a file of the workspace.
    pub fn path_of(&self, path: &TreePath) -> TreePath {
        let Some(prefix) = &self.prefix else { return path.clone() };
        // Two plain paths make a plain path, unless it is too long, and then git lists no file under it either.
        TreePath::new(format!("{prefix}/{path}")).unwrap_or_else(|_| path.clone())
    }
}

/// Bounds on what is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Files, at most; more are an error.
    pub files: usize,
    /// Bytes of all files together; more are an error.
    pub total_bytes: u64,
    /// Bytes of one file; a larger one is left out and noted.
    pub file_bytes: u64,
    /// What becomes of dependencies by a path that leads out of the workspace, or to nothing.
    pub absent: Absent,
}

/// Whether a workspace can be read whose packages depend on what does not lie in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Absent {
    /// It is an error: it could not be built.
    Refused,
    /// It can: whoever reads it judges the manifests too.
    LeftOut,
}

impl Default for Limits {
    fn default() -> Self {
        Self { files: 50_000, total_bytes: 512 << 20, file_bytes: 16 << 20, absent: Absent::Refused }
    }
}

/// Why a workspace cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// There is no manifest.
    #[error("no `Cargo.toml` in `{}` or above it", start.display())]
    NoManifest {
        /// Where the search began.
        start: PathBuf,
    },
    /// A manifest cannot be read or is not what Cargo expects.
    #[error("cannot use the manifest `{}`: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A package believes to be part of a workspace that does not hold it.
    #[error("`{}` is no member of the workspace at `{}`, although it lies in it", manifest.display(), root.display())]
    NotAMember {
        /// The manifest of the package.
        manifest: PathBuf,
        /// The root of the workspace.
        root: PathBuf,
    },
    /// A member or a dependency lies outside of the workspace's root.
    #[error("`{manifest}` names the path `{path}`, which lies outside of the workspace at `{}`", root.display())]
    Outside {
        /// The manifest that names it.
        manifest: String,
        /// The path as it stands there.
        path: String,
        /// The root of the workspace.
        root: PathBuf,
    },
    /// A member or a dependency is not among the files.
    #[error("`{manifest}` names the path `{path}`, and no `Cargo.toml` was read there")]
    Missing {
        /// The manifest that names it.
        manifest: String,
        /// The path as it stands there.
        path: String,
    },
    /// There are too many files, or too much in them.
    #[error("the workspace at `{}` holds more than {what}", root.display())]
    TooLarge {
        /// The root of the workspace.
        root: PathBuf,
        /// The limit.
        what: String,
    },
    /// A file or directory cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Git cannot read the repository.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl WorkspaceError {
    /// What the user can do, when there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoManifest { .. } => Some(
                "run in a Cargo workspace, or name one: `--path` for `new` and `add`, else `--manifest-path`",
            ),
            Self::NotAMember { .. } => {
                Some("add it to `workspace.members` or `workspace.exclude` of the workspace's manifest")
            }
            Self::Outside { .. } => Some("only what lies below the root of a workspace is read and built"),
            Self::Missing { .. } => Some("is it ignored by git, or in a submodule? neither is read"),
            Self::TooLarge { .. } => Some("let `.gitignore` name what is not source"),
            Self::Manifest { .. } | Self::Read { .. } | Self::Git(_) => None,
        }
    }
}

impl Workspace {
    /// Reads the workspace that a manifest or directory belongs to, by Cargo's rules.
    ///
    /// In a repository the files are those that git tracks and those that it does not ignore; elsewhere all but build
    /// directories, caches and the directories of version control. `Cargo.lock` is read although it be ignored.
    /// Left out and noted are links, submodules, what is no plain file, what is too large or strangely named, and files
    /// at the root or beside a member's manifest that act on tools: `.cargo/config.toml`, `rust-toolchain.toml` and
    /// their older names.
    ///
    /// Members and path dependencies must lie below the root, although the repository be larger: the tree that is
    /// built starts at the root.
    ///
    /// # Errors
    /// See [`WorkspaceError`].
    pub fn read(start: &Path, git: &Git, limits: &Limits) -> Result<Self, WorkspaceError> {
        let manifest = root::manifest_of(start)?;
        let root = root::find(&manifest)?;
        let mut notes = Vec::new();
        let found = git.repository(&root)?.and_then(|found| Some((prefix(&found, &root)?, found)));
        let listed = match found {
            Some((prefix, found)) => files::tracked_and_new(git, &found, prefix.as_ref(), &root, &mut notes)?
                .map(|paths| (paths, Some((prefix, found)))),
            // What a repository ignores, its root included, is no part of it.
            None => None,
        };
        let (paths, found) = match listed {
            Some(listed) => listed,
            None => (files::walk(&root, limits, &mut notes)?, None),
        };
        let mut tree = files::read(&root, paths, limits, &mut notes)?;
        let packages = package::packages(&root, &tree, limits.absent)?;
        check_membership(&manifest, &root, &packages)?;
        let tools = take_tools(&mut tree, &packages);
        notes.extend(tools.files().map(|(path, _)| Note::new(Why::ActsOnTools, path.as_str().as_bytes())));
        let repository = match found {
            Some((prefix, found)) => {
                let head = git.head(&found)?;
                Some(Repository { git: found, prefix, head })
            }
            None => None,
        };
        let dirty = match &repository {
            Some(repository) => files::dirty(git, repository, &root)?,
            None => Vec::new(),
        };
        let changed = match &repository {
            Some(repository) => recent::changed(git, repository, &tree, &dirty)?,
            None => Vec::new(),
        };
        notes.sort();
        notes.dedup();
        Ok(Self { root, tree, repository, packages, dirty, changed, tools, notes })
    }

    /// The member that a file belongs to: the one whose directory is the nearest above it.
    pub fn package_of(&self, path: &TreePath) -> Option<&Package> {
        let holding = self.packages.iter().filter(|package| package.holds(path));
        holding.max_by_key(|package| package.directory.as_ref().map_or(0, |path| path.as_str().len()))
    }
}

/// The members of the workspace whose files are a tree.
///
/// # Errors
/// See [`WorkspaceError`]; its paths are those in the tree.
pub fn packages_of(tree: &Tree) -> Result<Vec<Package>, WorkspaceError> {
    package::packages(Path::new(""), tree, Absent::LeftOut)
}

/// The root of the workspace that a directory or a manifest belongs to.
///
/// # Errors
/// [`WorkspaceError`]: no manifest there or above, or one that cannot be read.
pub fn root_of(start: &Path) -> Result<PathBuf, WorkspaceError> {
    root::find(&root::manifest_of(start)?)
}

/// Where a root lies in its repository; `None` when its path is not text.
fn prefix(repository: &git::Repository, root: &Path) -> Option<Option<TreePath>> {
    if repository.top == root {
        return Some(None);
    }
    TreePath::below(&repository.top, root).map(Some)
}

fn check_membership(manifest: &Path, root: &Path, packages: &[Package]) -> Result<(), WorkspaceError> {
    let directory = manifest.parent().unwrap_or(manifest);
    let is_of = |package: &Package| match &package.directory {
        Some(path) => path.to_path(root) == directory,
        None => root == directory,
    };
    if directory == root || packages.iter().any(is_of) {
        return Ok(());
    }
    Err(WorkspaceError::NotAMember { manifest: manifest.to_owned(), root: root.to_owned() })
}

#[cfg(test)]
mod tests;

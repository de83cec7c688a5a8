//! Which files a workspace has, and their bytes. No link is followed, and nothing but plain files is opened.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Limits, Note, Package, Repository, Why, WorkspaceError};
use crate::git::{self, Git, How, Kind, RawPath};
use crate::tree::{Tree, TreePath};

/// The lock file at the root, which many repositories ignore and every build goes by.
const LOCK: &[u8] = b"Cargo.lock";

/// Files that act on Cargo, or choose which one runs.
const TOOL_FILES: [&str; 4] =
    [".cargo/config.toml", ".cargo/config", "rust-toolchain.toml", "rust-toolchain"];

/// Directories whose content is nobody's source, whatever they hold.
const NO_SOURCE: [&str; 9] =
    [".git", ".hg", ".svn", ".jj", ".pijul", ".cache", ".direnv", ".venv", "node_modules"];

/// The file by which a directory says that it holds what can be made again, and how that file begins.
const CACHE_TAG: (&str, &[u8]) = ("CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55");

/// Directories below one another, at most.
const MAX_DEPTH: usize = 64;

/// The files that git tracks or does not ignore below the root, relative to it; `None` when the root's manifest is not
/// among them, so that the repository does not care for the workspace.
pub(super) fn tracked_and_new(
    git: &Git,
    repository: &git::Repository,
    prefix: Option<&TreePath>,
    root: &Path,
    notes: &mut Vec<Note>,
) -> Result<Option<Vec<RawPath>>, WorkspaceError> {
    let below = prefix.map_or("", TreePath::as_str);
    let mut paths = Vec::new();
    let mut noted = Vec::new();
    for entry in git.tracked(repository, below)? {
        let Some(path) = relative(&entry.path, prefix) else { continue };
        match entry.kind {
            Kind::File | Kind::Executable => paths.push(path),
            Kind::Link => noted.push(Note::new(Why::Link, &path)),
            Kind::Submodule => noted.push(Note::new(Why::Repository, &path)),
        }
    }
    let mut made = Made::new(root);
    for path in git.untracked(repository, below)? {
        let Some(path) = relative(&path, prefix) else { continue };
        if made.holds(&path) {
            continue;
        }
        match path.strip_suffix(b"/") {
            Some(other) => noted.push(Note::new(Why::Repository, other)),
            None => paths.push(path),
        }
    }
    paths.sort();
    paths.dedup();
    if paths.binary_search(&super::manifest::NAME.as_bytes().to_vec()).is_err() {
        return Ok(None);
    }
    if paths.binary_search(&LOCK.to_vec()).is_err() {
        paths.push(LOCK.to_vec());
    }
    notes.append(&mut noted);
    Ok(Some(paths))
}

/// The path below the root of a path below the top.
pub(super) fn relative(path: &[u8], prefix: Option<&TreePath>) -> Option<RawPath> {
    let rest = match prefix {
        None => path,
        Some(prefix) => path.strip_prefix(prefix.as_str().as_bytes())?.strip_prefix(b"/")?,
    };
    (!rest.is_empty()).then(|| rest.to_vec())
}

/// All files below the root, without those of build directories, caches and version control.
pub(super) fn walk(
    root: &Path,
    limits: &Limits,
    notes: &mut Vec<Note>,
) -> Result<Vec<RawPath>, WorkspaceError> {
    let mut files = Vec::new();
    let mut open: Vec<(PathBuf, RawPath, usize)> = vec![(root.to_owned(), Vec::new(), 0)];
    while let Some((dir, path, depth)) = open.pop() {
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(source) if depth == 0 => return Err(WorkspaceError::Read { path: dir, source }),
            Err(_) => {
                notes.push(Note::new(Why::Unreadable, &path));
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = bytes(&entry.file_name());
            let path = if path.is_empty() { name.clone() } else { [path.as_slice(), b"/", &name].concat() };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_symlink() {
                notes.push(Note::new(Why::Link, &path));
            } else if kind.is_dir() {
                let skipped = NO_SOURCE.iter().any(|no| no.as_bytes() == name) || is_made(root, &path);
                match (skipped, depth < MAX_DEPTH) {
                    (true, _) => {}
                    (false, true) => open.push((entry.path(), path, depth + 1)),
                    (false, false) => notes.push(Note::new(Why::Unreadable, &path)),
                }
            } else {
                files.push(path);
            }
            too_many(root, files.len(), limits)?;
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(unix)]
fn bytes(name: &std::ffi::OsStr) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    name.as_bytes().to_vec()
}

#[cfg(not(unix))]
fn bytes(name: &std::ffi::OsStr) -> Vec<u8> {
    // What is not text becomes what no path here may hold.
    name.to_str().map_or_else(|| b":".to_vec(), |name| name.as_bytes().to_vec())
}

/// Whether a directory below the root is one that Cargo or another tool makes anew.
fn is_made(root: &Path, path: &[u8]) -> bool {
    if path == b"target" {
        return true;
    }
    let Ok(path) = std::str::from_utf8(path) else { return false };
    let tag = root.join(path).join(CACHE_TAG.0);
    if !tag.symlink_metadata().is_ok_and(|tag| tag.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let opened = fs::File::open(tag).and_then(|file| file.take(43).read_to_end(&mut head));
    opened.is_ok() && head == CACHE_TAG.1
}

/// Directories that tools make anew, each looked at once.
struct Made<'a> {
    root: &'a Path,
    known: BTreeMap<RawPath, bool>,
}

impl<'a> Made<'a> {
    fn new(root: &'a Path) -> Self {
        Self { root, known: BTreeMap::new() }
    }

    /// Whether a path lies in such a directory.
    fn holds(&mut self, path: &[u8]) -> bool {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        for end in ends {
            let directory = &path[..end];
            let made = match self.known.get(directory) {
                Some(made) => *made,
                None => {
                    let made = is_made(self.root, directory);
                    self.known.insert(directory.to_vec(), made);
                    made
                }
            };
            if made {
                return true;
            }
        }
        false
    }
}

fn too_many(root: &Path, count: usize, limits: &Limits) -> Result<(), WorkspaceError> {
    if count <= limits.files {
        return Ok(());
    }
    Err(WorkspaceError::TooLarge { root: root.to_owned(), what: format!("{} files", limits.files) })
}

/// Reads the listed files that are there and are plain files in plain directories.
pub(super) fn read(
    root: &Path,
    paths: Vec<RawPath>,
    limits: &Limits,
    notes: &mut Vec<Note>,
) -> Result<Tree, WorkspaceError> {
    too_many(root, paths.len(), limits)?;
    let mut tree = Tree::new();
    let mut directories = Directories::default();
    let mut room = limits.total_bytes;
    for raw in paths {
        let Some(path) = String::from_utf8(raw.clone()).ok().and_then(|path| TreePath::new(path).ok()) else {
            notes.push(Note::new(Why::OddName, &raw));
            continue;
        };
        match read_file(root, &path, &mut directories, limits.file_bytes)? {
            File::Is(content) => {
                let size = content.len() as u64;
                room = room.checked_sub(size).ok_or_else(|| WorkspaceError::TooLarge {
                    root: root.to_owned(),
                    what: format!("{} MiB", limits.total_bytes >> 20),
                })?;
                tree.insert(path, content);
            }
            File::IsNot(why) => notes.push(Note::new(why, &raw)),
            // A tracked file that somebody deleted: the repository's status says so.
            File::Missing => {}
        }
    }
    Ok(tree)
}

/// What lies under a path.
enum File {
    Is(Vec<u8>),
    IsNot(Why),
    Missing,
}

fn read_file(
    root: &Path,
    path: &TreePath,
    directories: &mut Directories,
    limit: u64,
) -> Result<File, WorkspaceError> {
    let file = path.to_path(root);
    let error = |source| WorkspaceError::Read { path: file.clone(), source };
    if !directories.are_plain(root, path) {
        return Ok(File::IsNot(Why::Link));
    }
    let metadata = match file.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => return Ok(File::Missing),
        Err(missing) if missing.kind() == std::io::ErrorKind::NotADirectory => return Ok(File::Missing),
        Err(source) => return Err(error(source)),
    };
    if metadata.is_symlink() {
        return Ok(File::IsNot(Why::Link));
    }
    if !metadata.is_file() {
        return Ok(File::IsNot(Why::NoFile));
    }
    if metadata.len() > limit {
        return Ok(File::IsNot(Why::TooLarge));
    }
    let mut content = Vec::new();
    let opened = fs::File::open(&file).map_err(error)?;
    opened.take(limit + 1).read_to_end(&mut content).map_err(error)?;
    Ok(if content.len() as u64 > limit { File::IsNot(Why::TooLarge) } else { File::Is(content) })
}

/// Directories that were looked at: whether each is one, and not a link to one.
#[derive(Default)]
struct Directories {
    known: BTreeMap<String, bool>,
}

impl Directories {
    /// Whether no directory between the root and a path is a link.
    fn are_plain(&mut self, root: &Path, path: &TreePath) -> bool {
        let path = path.as_str();
        path.match_indices('/').all(|(end, _)| {
            let directory = &path[..end];
            if let Some(plain) = self.known.get(directory) {
                return *plain;
            }
            // One that is missing is no link; its files are found missing.
            let plain = !root.join(directory).symlink_metadata().is_ok_and(|found| found.is_symlink());
            self.known.insert(directory.to_owned(), plain);
            plain
        })
    }
}

/// Takes what acts on tools out of a tree: at the root, and beside the members' manifests.
pub fn take_tools(tree: &mut Tree, packages: &[Package]) -> Tree {
    let of_root = TOOL_FILES.iter().filter_map(|name| TreePath::new(*name).ok());
    let of_members =
        packages.iter().flat_map(|package| TOOL_FILES.iter().filter_map(|name| package.path(name)));
    let paths: Vec<TreePath> = of_root.chain(of_members).collect();
    let mut tools = Tree::new();
    for path in paths {
        if let Some(content) = tree.remove(&path) {
            tools.insert(path, content);
        }
    }
    tools
}

/// The paths below the root that are not as the last commit has them.
pub(super) fn dirty(
    git: &Git,
    repository: &Repository,
    root: &Path,
) -> Result<Vec<TreePath>, WorkspaceError> {
    let prefix = repository.prefix.as_ref();
    let mut made = Made::new(root);
    let mut dirty = Vec::new();
    for changed in git.status(&repository.git, prefix.map_or("", TreePath::as_str))? {
        let Some(path) = relative(&changed.path, prefix) else { continue };
        if changed.how == How::Untracked && made.holds(&path) {
            continue;
        }
        let path = String::from_utf8(path).ok().map(|path| path.trim_end_matches('/').to_owned());
        dirty.extend(path.and_then(|path| TreePath::new(path).ok()));
    }
    dirty.sort();
    dirty.dedup();
    Ok(dirty)
}

/// The paths below the root that git neither knows nor ignores, without what tools make anew. A repository inside is one
/// path that ends in `/`.
pub(super) fn untracked(
    git: &Git,
    repository: &Repository,
    root: &Path,
) -> Result<Vec<RawPath>, WorkspaceError> {
    let prefix = repository.prefix.as_ref();
    let mut made = Made::new(root);
    let paths = git.untracked(&repository.git, prefix.map_or("", TreePath::as_str))?;
    let below = paths.iter().filter_map(|path| relative(path, prefix));
    Ok(below.filter(|path| !made.holds(path)).collect())
}

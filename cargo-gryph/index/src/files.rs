//! Which files of a package are read, and their texts.
//!
//! The sources of all targets and the pages that explain them; not what others wrote into the same folder
//! (`target`, packages of their own), and nothing that a person did not write. Links are never followed: a
//! package may not show files that lie outside of it.

mod judge;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes. What is larger is data or was generated.
pub const FILE_LIMIT: u64 = 1 << 20;

/// How many bytes of one package are read in all.
pub const PACKAGE_LIMIT: u64 = 256 << 20;

/// How deep folders are entered.
pub const FOLDER_DEPTH: usize = 64;

/// The folders with sources; with `src` missing, the whole package counts as sources.
const SOURCES: [&str; 4] = ["src", "tests", "examples", "benches"];

/// Why the files of a package could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The package's folder cannot be read at all.
    #[error("cannot read package folder `{}`", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        #[source]
        cause: io::Error,
    },
}

/// Why a file was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skip {
    /// It is not UTF-8, or holds a NUL byte.
    Binary,
    /// A program wrote it.
    Generated,
    /// It, or all before it in the package, is too large, or it lies too deep.
    Huge,
    /// It is a link.
    Link,
    /// The system does not let it be read, or its name is not text.
    Unreadable,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path from the package's root on, with `/` between its parts.
    pub path: String,
    /// The text.
    pub text: String,
}

/// What a package gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The files, ordered by their paths.
    pub files: Vec<SourceFile>,
    /// How many files were not read, by the reason.
    pub skipped: BTreeMap<Skip, u64>,
    /// How many bytes were read.
    bytes: u64,
}

/// Reads the files of the package in a folder. `also` names more folders with sources, for targets that lie
/// elsewhere, relative to the package.
pub fn walk(root: &Path, also: &[&Path]) -> Result<Walk, WalkError> {
    let failed = |cause| WalkError::Folder { folder: root.to_owned(), cause };
    let everything = !root.join("src").is_dir();
    let mut walk = Walk::default();
    let mut folders = vec![(String::new(), 0)];
    fs::read_dir(root).map_err(failed)?;
    while let Some((folder, depth)) = folders.pop() {
        for (name, entry) in walk.entries(&root.join(&folder)) {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            walk.entry(&path, &entry, |path, is_folder| {
                everything && (is_folder || path.ends_with(".rs")) || is_wanted(path, is_folder, also)
            })
            .then(|| folders.push((path, depth + 1)));
        }
        folders.retain(|(_, depth)| *depth <= FOLDER_DEPTH);
    }
    walk.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(walk)
}

impl Walk {
    /// The entries of a folder in the order of their names.
    fn entries(&mut self, folder: &Path) -> BTreeMap<String, DirEntry> {
        let Ok(entries) = fs::read_dir(folder) else {
            self.skip(Skip::Unreadable);
            return BTreeMap::new();
        };
        let mut named = BTreeMap::new();
        for entry in entries {
            match entry.map(|entry| (entry.file_name().into_string(), entry)) {
                Ok((Ok(name), entry)) => drop(named.insert(name, entry)),
                Ok((Err(_), _)) | Err(_) => self.skip(Skip::Unreadable),
            }
        }
        named
    }

    /// Takes in a file that is wanted. True for a folder that is to be entered.
    fn entry(&mut self, path: &str, entry: &DirEntry, wanted: impl Fn(&str, bool) -> bool) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Ok(kind) = entry.file_type() else {
            self.skip(Skip::Unreadable);
            return false;
        };
        if name.starts_with('.') || name == "target" || !wanted(path, !kind.is_file()) {
            return false;
        }
        if kind.is_dir() {
            return !entry.path().join("Cargo.toml").exists();
        }
        if kind.is_symlink() {
            self.skip(Skip::Link);
        } else if kind.is_file() {
            match read(&entry.path(), PACKAGE_LIMIT.saturating_sub(self.bytes)) {
                Ok(text) => {
                    self.bytes += text.len() as u64;
                    self.files.push(SourceFile { path: path.to_owned(), text });
                }
                Err(reason) => self.skip(reason),
            }
        }
        false
    }

    /// Counts something that was not read.
    fn skip(&mut self, reason: Skip) {
        *self.skipped.entry(reason).or_default() += 1;
    }
}

/// Whether a path is that of a source or a page, or of a folder on the way to some.
fn is_wanted(path: &str, is_folder: bool, also: &[&Path]) -> bool {
    let (first, below) = path.split_once('/').map_or((path, None), |(first, below)| (first, Some(below)));
    let page = path.ends_with(".md");
    let in_sources = SOURCES.contains(&first) && (below.is_some() || is_folder);
    let elsewhere = also.iter().any(|folder| {
        Path::new(path).starts_with(folder) || is_folder && folder.starts_with(Path::new(path))
    });
    match first {
        "docs" if below.is_none() => is_folder,
        "docs" => page && below.is_some_and(|below| !below.contains('/')) && !is_folder,
        "build.rs" => !is_folder && below.is_none(),
        _ if below.is_none() && first.eq_ignore_ascii_case("readme.md") => !is_folder,
        _ => (in_sources || elsewhere) && (is_folder || path.ends_with(".rs")),
    }
}

/// The text of a file, or why it is not read. `room` is what the package may still have.
fn read(path: &Path, room: u64) -> Result<String, Skip> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|_| Skip::Unreadable)?;
    let limit = FILE_LIMIT.min(room);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|_| Skip::Unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Skip::Huge);
    }
    judge::text(bytes)
}

//! A project as plain data: relative paths and the bytes at them.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// A relative path inside a tree, with `/` between its parts, that cannot leave the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreePath(String);

/// Why a text is not a path inside a tree.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{path}` is not a relative path inside the project")]
pub struct TreePathError {
    path: String,
}

impl TreePath {
    /// Accepts `a/b.rs`; refuses absolute paths, `..`, `.`, empty parts, backslashes, colons and control characters.
    pub fn new(path: impl Into<String>) -> Result<Self, TreePathError> {
        let path = path.into();
        let plain = path.len() <= 1024
            && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
            && !path.chars().any(|c| c == '\\' || c == ':' || c.is_control());
        if plain { Ok(Self(path)) } else { Err(TreePathError { path }) }
    }

    /// The path of a file below `root`, if it lies there and its name is text.
    pub fn below(root: &Path, file: &Path) -> Option<Self> {
        let relative = file.strip_prefix(root).ok()?;
        let parts: Option<Vec<&str>> = relative
            .components()
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        Self::new(parts?.join("/")).ok()
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path on disk of this file when the tree lies at `root`.
    pub fn to_path(&self, root: &Path) -> PathBuf {
        root.join(self.0.split('/').collect::<PathBuf>())
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for TreePath {
    type Error = TreePathError;

    fn try_from(path: String) -> Result<Self, Self::Error> {
        Self::new(path)
    }
}

impl From<TreePath> for String {
    fn from(path: TreePath) -> Self {
        path.0
    }
}

/// Files of a project, ordered by path. Equal trees have equal hashes.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Tree {
    files: BTreeMap<TreePath, Vec<u8>>,
}

impl Tree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file into the tree, in place of what was there.
    pub fn insert(&mut self, path: TreePath, content: impl Into<Vec<u8>>) {
        self.files.insert(path, content.into());
    }

    /// Takes a file out of the tree.
    pub fn remove(&mut self, path: &TreePath) -> Option<Vec<u8>> {
        self.files.remove(path)
    }

    /// The bytes of a file.
    pub fn get(&self, path: &TreePath) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The text of a file, if it is there and is UTF-8.
    pub fn text(&self, path: &TreePath) -> Option<&str> {
        self.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// All files in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&TreePath, &[u8])> {
        self.files.iter().map(|(path, content)| (path, content.as_slice()))
    }

    /// The digest of all paths and contents.
    pub fn hash(&self) -> Digest {
        Digest::of_parts(
            self.files.iter().flat_map(|(path, content)| [path.as_str().as_bytes(), content.as_slice()]),
        )
    }

    /// Writes the files below `root`, leaving alone those that already hold the same bytes, so that build tools
    /// see a change only where there is one.
    pub fn write_to(&self, root: &Path) -> io::Result<()> {
        for (path, content) in &self.files {
            let file = path.to_path(root);
            if std::fs::read(&file).is_ok_and(|present| &present == content) {
                continue;
            }
            if let Some(parent) = file.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&file, content)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_the_tree() {
        for bad in ["", "/a", "a//b", "../a", "a/..", "./a", "a\\b", "c:a", "a\nb"] {
            assert!(TreePath::new(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(TreePath::new("src/a b.rs").is_ok());
    }

    #[test]
    fn the_hash_depends_on_paths_and_contents() {
        let tree = |path: &str, content: &str| {
            let mut tree = Tree::new();
            tree.insert(TreePath::new(path).expect("plain"), content);
            tree.hash()
        };
        assert_eq!(tree("a", "1"), tree("a", "1"));
        assert_ne!(tree("a", "1"), tree("b", "1"));
        assert_ne!(tree("a", "1"), tree("a", "2"));
    }
}

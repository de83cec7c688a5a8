//! Objects: ids, writing a tree, reading it back.

use std::path::Path;

use crate::git::{Call, Git, GitError};
use crate::process::Output;
use crate::tree::{Tree, TreePath};

/// The id of a git object: 40 or 64 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(String);

impl ObjectId {
    /// What `update-ref` calls "no object".
    pub(super) const NONE: &'static str = "0000000000000000000000000000000000000000";

    /// Accepts an id and nothing else: neither a ref nor an option.
    pub fn new(text: &str) -> Option<Self> {
        let fits = matches!(text.len(), 40 | 64)
            && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Files of a tree that is read back, at most.
pub(super) const MAX_FILES: usize = 100_000;

impl Git {
    /// Writes the files of `tree`, which lie in the repository's directory, into objects, through an index of its own.
    /// All become ordinary files, mode 644. Bytes are taken as they are.
    ///
    /// # Errors
    /// When a file is missing or git fails.
    pub fn write_tree(&self, repository: &Path, tree: &Tree) -> Result<ObjectId, GitError> {
        let paths: String = tree.files().map(|(path, _)| format!("{path}\n")).collect();
        let call = Call { stdin: paths.into_bytes(), ..Call::default() };
        let printed = self.call(repository, &["hash-object", "-w", "--no-filters", "--stdin-paths"], call)?;
        let text = String::from_utf8_lossy(&printed.stdout);
        let blobs: Option<Vec<ObjectId>> = text.lines().map(ObjectId::new).collect();
        let blobs = blobs.filter(|blobs| blobs.len() == tree.files().count()).ok_or_else(|| {
            GitError::Unexpected {
                command: "hash-object",
                what: "not one object id for each file".to_owned(),
            }
        })?;
        let entry = |(blob, (path, _)): (&ObjectId, (&TreePath, &[u8]))| format!("100644 {blob}\t{path}\0");
        let entries: String = blobs.iter().zip(tree.files()).map(entry).collect();
        let index = repository.join(".git").join("gryph-index");
        let env = vec![("GIT_INDEX_FILE".to_owned(), index.clone().into())];
        let call = Call { env: env.clone(), stdin: entries.into_bytes() };
        self.call(repository, &["update-index", "-z", "--index-info"], call)?;
        let written = self.call(repository, &["write-tree"], Call { env, ..Call::default() })?;
        // Only this call reads it; what stays would be in nobody's way.
        let _ = std::fs::remove_file(index);
        self.id("write-tree", &written)
    }

    /// Reads the files of a commit back.
    ///
    /// # Errors
    /// When it holds anything but ordinary files of mode 644 under plain paths, or git fails.
    pub fn read_tree(&self, repository: &Path, commit: &ObjectId) -> Result<Tree, GitError> {
        let args = ["ls-tree", "-r", "-z", "--full-tree", commit.as_str()];
        let printed = self.call(repository, &args, Call::default())?;
        let unexpected = |what: String| GitError::Unexpected { command: "ls-tree", what };
        let entries = printed.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
        let entries: Option<Vec<(ObjectId, TreePath)>> = entries.take(MAX_FILES + 1).map(entry).collect();
        let entries = entries
            .ok_or_else(|| unexpected("an entry that is not an ordinary file of mode 644".to_owned()))?;
        read_files(entries, |call| self.call(repository, &["cat-file", "--batch"], call))
    }
}

/// `100644 blob <id>\t<path>`
fn entry(entry: &[u8]) -> Option<(ObjectId, TreePath)> {
    let (head, path) = std::str::from_utf8(entry).ok()?.split_once('\t')?;
    let id = head.strip_prefix("100644 blob ")?;
    Some((ObjectId::new(id)?, TreePath::new(path).ok()?))
}

/// The contents of listed files, at most [`MAX_FILES`]; `batch` asks `git cat-file --batch`.
pub(super) fn read_files(
    entries: Vec<(ObjectId, TreePath)>,
    batch: impl FnOnce(Call) -> Result<Output, GitError>,
) -> Result<Tree, GitError> {
    if entries.len() > MAX_FILES {
        let what = format!("more than {MAX_FILES} files");
        return Err(GitError::Unexpected { command: "ls-tree", what });
    }
    let ids: String = entries.iter().map(|(id, _)| format!("{id}\n")).collect();
    let printed = batch(Call { stdin: ids.into_bytes(), ..Call::default() })?;
    contents(&printed.stdout, entries).ok_or_else(|| GitError::Unexpected {
        command: "cat-file",
        what: "an object that is missing or cut off".to_owned(),
    })
}

/// `<id> blob <size>\n<content>\n`, once for each entry.
fn contents(mut printed: &[u8], entries: Vec<(ObjectId, TreePath)>) -> Option<Tree> {
    let mut tree = Tree::new();
    for (id, path) in entries {
        let end = printed.iter().position(|byte| *byte == b'\n')?;
        let header = std::str::from_utf8(&printed[..end]).ok()?;
        let size: usize = header.strip_prefix(id.as_str())?.strip_prefix(" blob ")?.parse().ok()?;
        let rest = &printed[end + 1..];
        let (content, rest) = rest.split_at_checked(size)?;
        tree.insert(path, content);
        printed = rest.strip_prefix(b"\n")?;
    }
    printed.is_empty().then_some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_object_ids_are_object_ids() {
        assert!(ObjectId::new(&"a1".repeat(20)).is_some());
        for bad in ["HEAD", "--all", "", &"A1".repeat(20), &"a".repeat(39)] {
            assert_eq!(ObjectId::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_ordinary_files_are_read_back() {
        let id = "a1".repeat(20);
        let line = |mode: &str, path: &str| format!("{mode} blob {id}\t{path}").into_bytes();
        assert!(entry(&line("100644", "src/lib.rs")).is_some());
        for (mode, path) in [("100755", "a"), ("120000", "a"), ("100644", "../a"), ("160000", "a")] {
            assert_eq!(entry(&line(mode, path)), None, "{mode} {path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_output_makes_the_readers_panic(bytes in proptest::collection::vec(0_u8.., 0..100)) {
            let _ = entry(&bytes);
            let id = ObjectId::new(&"a1".repeat(20)).unwrap();
            let printed = [format!("{id} blob 3\n").as_bytes(), &bytes].concat();
            let _ = contents(&printed, vec![(id, TreePath::new("a").unwrap())]);
        }
    }
}

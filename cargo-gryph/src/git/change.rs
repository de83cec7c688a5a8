//! A few changed files become a tree, a commit and entries of the user's index; no other entry is touched.

use std::fs;
use std::path::Path;

use crate::git::status::{Kind, Tracked};
use crate::git::{Call, Git, GitError, ObjectId, Repository};
use crate::tree::TreePath;

/// What a path is to hold; the path is relative to the top of the working tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    /// Its path.
    pub path: TreePath,
    /// The object under it, or that nothing is there.
    pub object: Option<(Kind, ObjectId)>,
}

impl Git {
    /// Keeps bytes as an object, as they are.
    ///
    /// # Errors
    /// When git fails.
    pub fn write_blob(&self, repository: &Repository, content: &[u8]) -> Result<ObjectId, GitError> {
        let call = Call { stdin: content.to_vec(), ..Call::default() };
        let printed = self.ask(repository, &["hash-object", "-w", "--no-filters", "--stdin"], call)?;
        self.id("hash-object", &printed)
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// When there is none such or git fails.
    pub fn read_blob(&self, repository: &Repository, id: &ObjectId) -> Result<Vec<u8>, GitError> {
        Ok(self.ask(repository, &["cat-file", "blob", id.as_str()], Call::default())?.stdout)
    }

    /// What a commit or tree holds under a path.
    ///
    /// # Errors
    /// When git fails.
    pub fn committed(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        path: &TreePath,
    ) -> Result<Option<(Kind, ObjectId)>, GitError> {
        let args = ["ls-tree", "-z", "--full-tree", commit.as_str(), "--", path.as_str()];
        let printed = self.ask(repository, &args, Call::default())?.stdout;
        let unexpected =
            || GitError::Unexpected { command: "ls-tree", what: format!("no file under `{path}`") };
        let Some(entry) = printed.strip_suffix(b"\0") else { return Ok(None) };
        // `<mode> <type> <id>\t<path>`
        let (head, found) = std::str::from_utf8(entry)
            .ok()
            .and_then(|entry| entry.split_once('\t'))
            .ok_or_else(unexpected)?;
        let fields: Vec<&str> = head.split(' ').collect();
        let ([mode, _, id], true) = (&fields[..], found == path.as_str()) else { return Err(unexpected()) };
        let kind = Kind::of(mode).ok_or_else(unexpected)?;
        Ok(Some((kind, ObjectId::new(id).ok_or_else(unexpected)?)))
    }

    /// What the index holds under a path: several entries when a merge is open.
    ///
    /// # Errors
    /// When git fails.
    pub fn indexed(&self, repository: &Repository, path: &TreePath) -> Result<Vec<Tracked>, GitError> {
        let mut entries = self.tracked(repository, path.as_str())?;
        entries.retain(|entry| entry.path == path.as_str().as_bytes());
        Ok(entries)
    }

    /// Writes the tree of `base` with some paths changed, by an index of its own that is gone afterwards.
    ///
    /// # Errors
    /// When git fails, or when the tree made differs from `base` by anything else.
    pub fn write_changed_tree(
        &self,
        repository: &Repository,
        base: &ObjectId,
        placed: &[Placed],
    ) -> Result<ObjectId, GitError> {
        let scratch = scratch()?;
        let env = vec![("GIT_INDEX_FILE".to_owned(), scratch.path().join("index").into())];
        let call = || Call { env: env.clone(), ..Call::default() };
        self.ask(repository, &["read-tree", base.as_str()], call())?;
        self.place(repository, placed, call())?;
        let tree = self.id("write-tree", &self.ask(repository, &["write-tree"], call())?)?;
        self.check_difference(repository, base, &tree, placed)?;
        Ok(tree)
    }

    /// The bytes of the user's index with some entries changed. The index itself stays as it is.
    ///
    /// # Errors
    /// When git fails.
    pub fn changed_index(&self, repository: &Repository, placed: &[Placed]) -> Result<Vec<u8>, GitError> {
        let scratch = scratch()?;
        let copy = scratch.path().join("index");
        let read = |path: &Path| {
            let what = format!("`{}`", path.display());
            move |error: std::io::Error| GitError::Unexpected {
                command: "update-index",
                what: format!("{what}: {error}"),
            }
        };
        fs::copy(repository.index(), &copy).map_err(read(&repository.index()))?;
        let env = vec![("GIT_INDEX_FILE".to_owned(), copy.clone().into())];
        self.place(repository, placed, Call { env: env.clone(), ..Call::default() })?;
        // So that git need not read the files again to see that they are unchanged; it fails when others are changed.
        let _ = self.ask(
            repository,
            &["update-index", "-q", "--refresh", "--ignore-submodules"],
            Call { env, ..Call::default() },
        );
        fs::read(&copy).map_err(read(&copy))
    }

    fn place(&self, repository: &Repository, placed: &[Placed], mut call: Call) -> Result<(), GitError> {
        let line = |placed: &Placed| match &placed.object {
            Some((kind, id)) => format!("{} {id} 0\t{}\0", kind.mode(), placed.path),
            None => format!("0 {} 0\t{}\0", ObjectId::NONE, placed.path),
        };
        call.stdin = placed.iter().map(line).collect::<String>().into_bytes();
        self.ask(repository, &["update-index", "-z", "--index-info"], call).map(drop)
    }

    /// Two trees differ by the placed paths and by nothing else.
    fn check_difference(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tree: &ObjectId,
        placed: &[Placed],
    ) -> Result<(), GitError> {
        let args = ["diff-tree", "-r", "-z", "--no-renames", "--name-only", base.as_str(), tree.as_str()];
        let printed = self.ask(repository, &args, Call::default())?.stdout;
        let found = printed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
        let extra = found.filter(|path| !placed.iter().any(|one| one.path.as_str().as_bytes() == *path));
        let mut wrong: Vec<String> = extra.map(|path| String::from_utf8_lossy(path).into_owned()).collect();
        for one in placed {
            if self.committed(repository, tree, &one.path)? != one.object {
                wrong.push(one.path.to_string());
            }
        }
        match wrong.first() {
            None => Ok(()),
            Some(path) => Err(GitError::Unexpected {
                command: "write-tree",
                what: format!("a tree in which `{path}` is not as asked for"),
            }),
        }
    }
}

fn scratch() -> Result<tempfile::TempDir, GitError> {
    tempfile::Builder::new().prefix("gryph-index-").tempdir().map_err(|error| GitError::Unexpected {
        command: "update-index",
        what: format!("no directory for an index: {error}"),
    })
}

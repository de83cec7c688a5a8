//! Earlier states of a repository: what a revision names, where two histories part, and the files of a commit.

use crate::git::object::{MAX_FILES, read_files};
use crate::git::{Call, Git, GitError, Kind, ObjectId, Repository};
use crate::process::Exit;
use crate::tree::{Tree, TreePath};

/// What git says of a name that several refs have.
const AMBIGUOUS: &[u8] = b"is ambiguous";

impl Git {
    /// The commit that a revision names, such as `main` or `HEAD~2`; `None` if it names none here.
    ///
    /// # Errors
    /// When git fails, or when the name is that of a branch and of a tag: whoever may push a tag could choose the base.
    pub fn revision(&self, repository: &Repository, name: &str) -> Result<Option<ObjectId>, GitError> {
        let commit = format!("{name}^{{commit}}");
        // Not quiet, so that it tells of a name that several refs have.
        let args = ["rev-parse", "--verify", "--end-of-options", &commit];
        let found = self.answer(repository, &args, &[0, 1, 128])?;
        if found.stderr.windows(AMBIGUOUS.len()).any(|said| said == AMBIGUOUS) {
            return Err(GitError::Ambiguous { name: name.to_owned() });
        }
        if found.exit == Exit::Code(0) { self.id("rev-parse", &found).map(Some) } else { Ok(None) }
    }

    /// The best common ancestor of two commits; `None` if their histories have none, or not as far as they are here.
    ///
    /// # Errors
    /// When git fails.
    pub fn merge_base(
        &self,
        repository: &Repository,
        one: &ObjectId,
        other: &ObjectId,
    ) -> Result<Option<ObjectId>, GitError> {
        let found = self.answer(repository, &["merge-base", one.as_str(), other.as_str()], &[0, 1])?;
        if found.exit == Exit::Code(0) { self.id("merge-base", &found).map(Some) } else { Ok(None) }
    }

    /// The files of a commit below `prefix`, by their paths below it. Links, submodules and files with odd names are left
    /// out, as they are of a working tree that is read.
    ///
    /// # Errors
    /// When git fails, or there are too many.
    pub fn files_of(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        prefix: Option<&TreePath>,
    ) -> Result<Tree, GitError> {
        let below = prefix.map(|prefix| format!("{commit}:{prefix}")).unwrap_or_else(|| commit.to_string());
        let args = ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", &below];
        let printed = self.ask(repository, &args, Call::default())?;
        let entries = printed.stdout.split(|byte| *byte == 0).filter_map(file);
        let entries: Vec<(ObjectId, TreePath)> = entries.take(MAX_FILES + 1).collect();
        read_files(entries, |call| self.ask(repository, &["cat-file", "--batch"], call))
    }
}

/// `<mode> blob <id>\t<path>`, if that is a plain file.
fn file(entry: &[u8]) -> Option<(ObjectId, TreePath)> {
    let (head, path) = std::str::from_utf8(entry).ok()?.split_once('\t')?;
    let mut fields = head.split(' ');
    let kind = Kind::of(fields.next()?)?;
    let id = fields.nth(1).and_then(ObjectId::new)?;
    matches!(kind, Kind::File | Kind::Executable).then_some((id, TreePath::new(path).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_files_are_told_from_the_rest() {
        let id = "a1".repeat(20);
        let line = |mode: &str, kind: &str, path: &str| format!("{mode} {kind} {id}\t{path}").into_bytes();
        assert!(
            file(&line("100644", "blob", "a")).is_some() && file(&line("100755", "blob", "a/b")).is_some()
        );
        for (mode, kind, path) in
            [("120000", "blob", "a"), ("160000", "commit", "a"), ("100644", "blob", "../a"), ("", "", "")]
        {
            assert_eq!(file(&line(mode, kind, path)), None, "{mode} {path}");
        }
    }
}

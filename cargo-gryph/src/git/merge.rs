//! Three texts become one, and the earlier contents of a file.

use std::path::Path;

use crate::git::object::read_files;
use crate::git::{Call, Git, GitError, ObjectId, Repository};
use crate::process::{Exit, capture};
use crate::tree::TreePath;

/// Three texts of one file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Texts<'a> {
    /// What both started from.
    pub base: &'a str,
    /// The one that people changed.
    pub mine: &'a str,
    /// The one that is to come in.
    pub theirs: &'a str,
}

/// What became of three texts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Merged {
    /// One text with the changes of both.
    Clean(String),
    /// Both changed the same lines; the text shows them between marks, and what stood there before.
    Conflict(String),
}

/// Most conflicts that git tells as its exit code.
const MOST_CONFLICTS: i32 = 127;
/// Versions of a file that are looked at, the newest first.
const MOST_VERSIONS: usize = 500;

impl Git {
    /// Merges three texts line by line. `dir` is an empty directory for it.
    ///
    /// # Errors
    /// When a text cannot be written, or git fails.
    pub fn merge_texts(&self, dir: &Path, texts: Texts<'_>) -> Result<Merged, GitError> {
        for (name, text) in [("mine", texts.mine), ("base", texts.base), ("theirs", texts.theirs)] {
            std::fs::write(dir.join(name), text).map_err(|error| GitError::Unexpected {
                command: "merge-file",
                what: format!("cannot write `{}`: {error}", dir.join(name).display()),
            })?;
        }
        let labels = ["-L", "yours", "-L", "as it was generated", "-L", "as the specification has it now"];
        let args = [&["merge-file", "-p", "--diff3"][..], &labels, &["mine", "base", "theirs"]].concat();
        let output = capture(&self.invocation(dir, &args, Call::default()), &super::LIMITS)?;
        let conflicts = match output.exit {
            Exit::Code(code @ 0..=MOST_CONFLICTS) if !output.truncated => code,
            _ => return super::succeeded(dir, &args, output).map(|_| Merged::Clean(String::new())),
        };
        let text = String::from_utf8(output.stdout).map_err(|_| GitError::Unexpected {
            command: "merge-file",
            what: "a text that is none".to_owned(),
        })?;
        Ok(if conflicts == 0 { Merged::Clean(text) } else { Merged::Conflict(text) })
    }

    /// The contents that a file has had in the history of `HEAD`, the newest first, each once, and not more than some
    /// hundred.
    ///
    /// # Errors
    /// When git fails.
    pub fn versions_of(&self, repository: &Repository, path: &TreePath) -> Result<Vec<Vec<u8>>, GitError> {
        let most = format!("--max-count={MOST_VERSIONS}");
        // A signature would be checked by a program that the repository names.
        let form =
            ["--format=", "--no-show-signature", "--raw", "--no-abbrev", "--no-renames", "--root", &most];
        let args = [&["log", "--full-history"][..], &form, &["HEAD", "--", path.as_str()]].concat();
        let printed = self.ask(repository, &args, Call::default())?;
        let mut ids: Vec<ObjectId> = Vec::new();
        for id in String::from_utf8_lossy(&printed.stdout).lines().filter_map(new_blob) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        // A name of its own for each, because a tree has one file at a path.
        let named = ids.into_iter().enumerate();
        let named = named.filter_map(|(at, id)| Some((id, TreePath::new(format!("{at:06}")).ok()?)));
        let files = read_files(named.collect(), |call| self.ask(repository, &["cat-file", "--batch"], call))?;
        Ok(files.files().map(|(_, content)| content.to_vec()).collect())
    }
}

/// `:100644 100644 <old> <new> M\t<path>`: the content after a commit.
fn new_blob(line: &str) -> Option<ObjectId> {
    let mut fields = line.strip_prefix(':')?.split(' ');
    let mode = fields.nth(1)?;
    let id = fields.nth(1).and_then(ObjectId::new)?;
    matches!(mode, "100644" | "100755").then_some(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::git::Search;

    fn git() -> Git {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Git::discover(&Search { path, environment: Default::default() }).unwrap()
    }

    fn merge(base: &str, mine: &str, theirs: &str) -> Merged {
        let dir = tempfile::tempdir().unwrap();
        git().merge_texts(dir.path(), Texts { base, mine, theirs }).unwrap()
    }

    #[test]
    fn changes_of_different_places_come_together_and_of_one_place_do_not() {
        let clean = merge("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n");
        assert_eq!(clean, Merged::Clean("A\nb\nc\nD\n".to_owned()));
        let Merged::Conflict(text) = merge("a\n", "b\n", "c\n") else { panic!("no conflict") };
        assert!(text.contains("<<<<<<< yours\nb\n||||||| as it was generated\na\n=======\nc\n"), "{text}");
    }

    #[test]
    fn only_contents_after_a_commit_are_versions() {
        let id = "a1".repeat(20);
        let none = "0".repeat(40);
        assert!(new_blob(&format!(":000000 100644 {none} {id} A\tx")).is_some());
        assert_eq!(new_blob(&format!(":100644 000000 {id} {none} D\tx")), None);
        assert_eq!(new_blob(&format!(":120000 120000 {id} {id} M\tx")), None);
        assert_eq!(new_blob(""), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn where_one_side_changed_nothing_the_other_is_the_result(
            base in "([abc]{0,2}\n){0,8}[ab]{0,1}",
            other in "([abc]{0,2}\n){0,8}[ab]{0,1}",
        ) {
            prop_assert_eq!(merge(&base, &base, &other), Merged::Clean(other.clone()));
            prop_assert_eq!(merge(&base, &other, &base), Merged::Clean(other.clone()));
            prop_assert_eq!(merge(&base, &other, &other), Merged::Clean(other));
        }
    }
}

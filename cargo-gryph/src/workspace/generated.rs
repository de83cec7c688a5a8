//! Which lines of a tree a machine wrote, as far as the history says: those that a commit with our trailers brought and
//! nobody changed since.

use std::collections::BTreeMap;

use crate::diff;
use crate::git::{Commit, Git, GitError, ObjectId, Repository};
use crate::tree::{Tree, TreePath};

use super::files;

/// Commits and files that are looked at, at most.
const MOST_COMMITS: usize = 500;
const MOST_FILES: usize = 200;

/// A stretch of the history.
#[derive(Clone, Debug)]
pub struct History {
    /// The repository.
    pub repository: super::Repository,
    /// Where it begins; what that commit holds nobody generated.
    pub base: ObjectId,
    /// Where it ends.
    pub head: ObjectId,
}

impl History {
    /// The path below the workspace's root of a path below the top, as git prints it.
    pub fn below_root(&self, path: &[u8]) -> Option<TreePath> {
        let path = files::relative(path, self.repository.prefix.as_ref())?;
        String::from_utf8(path).ok().and_then(|path| TreePath::new(path).ok())
    }
}

/// The lines of a file that a machine wrote, from 1.
pub type Generated = BTreeMap<TreePath, Vec<usize>>;

/// The generated lines of a tree that is made from the end of a history. `None` where there are too many commits or files
/// to tell.
///
/// # Errors
/// When git fails.
pub fn generated(
    git: &Git,
    history: &History,
    base: &Tree,
    after: &Tree,
) -> Result<Option<Generated>, GitError> {
    let History { repository, base: from, head } = history;
    let Some(commits) = git.commits_since(&repository.git, from, head, MOST_COMMITS)? else {
        return Ok(None);
    };
    if !commits.iter().any(is_generated) {
        return Ok(Some(Generated::new()));
    }
    let is_changed = |(path, content): &(&TreePath, &[u8])| {
        path.as_str().ends_with(".rs") && base.get(path) != Some(*content)
    };
    let paths: Vec<&TreePath> = after.files().filter(is_changed).map(|(path, _)| path).collect();
    if paths.len() > MOST_FILES {
        return Ok(None);
    }
    let mut all = Generated::new();
    for path in paths {
        let lines = lines(&commits, head, after.text(path).unwrap_or_default(), |commit| {
            text(git, &repository.git, commit, &repository.path_of(path))
        })?;
        if !lines.is_empty() {
            all.insert(path.clone(), lines);
        }
    }
    Ok(Some(all))
}

fn is_generated(commit: &Commit) -> bool {
    commit.is_generated()
}

fn text(git: &Git, repository: &Repository, commit: &ObjectId, path: &TreePath) -> Result<String, GitError> {
    let found = git.committed(repository, commit, path)?;
    let bytes = found.map(|(_, id)| git.read_blob(repository, &id)).transpose()?.unwrap_or_default();
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// A text and which of its lines are generated.
struct Marked {
    text: String,
    lines: Vec<bool>,
}

/// The generated lines of `now`, made from the file at `head`; `at` gives the file of a commit.
fn lines(
    commits: &[Commit],
    head: &ObjectId,
    now: &str,
    mut at: impl FnMut(&ObjectId) -> Result<String, GitError>,
) -> Result<Vec<usize>, GitError> {
    let mut marked: BTreeMap<&ObjectId, Marked> = BTreeMap::new();
    for commit in commits {
        for parent in &commit.parents {
            if !marked.contains_key(parent) {
                let text = at(parent)?;
                let lines = vec![false; text.lines().count()];
                marked.insert(parent, Marked { text, lines });
            }
        }
        let parents: Vec<&Marked> = commit.parents.iter().filter_map(|parent| marked.get(parent)).collect();
        let text = at(&commit.id)?;
        let lines = carried(&parents, &text, is_generated(commit));
        marked.insert(&commit.id, Marked { text, lines });
    }
    let Some(end) = marked.get(head) else { return Ok(Vec::new()) };
    let lines = carried(&[end], now, false);
    Ok((1..).zip(lines).filter_map(|(line, generated)| generated.then_some(line)).collect())
}

/// The marks of a text that is made from others: a line that one of them has keeps its mark, a new one is `is_new`'s.
fn carried(parents: &[&Marked], text: &str, is_new: bool) -> Vec<bool> {
    let mut marks: Vec<Option<bool>> = vec![None; text.lines().count()];
    for parent in parents {
        for (old, new) in diff::same_lines(&parent.text, text) {
            if let (Some(mark), Some(was)) = (marks.get_mut(new), parent.lines.get(old)) {
                *mark = Some(mark.unwrap_or(false) || *was);
            }
        }
    }
    marks.into_iter().map(|mark| mark.unwrap_or(is_new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_generated_until_somebody_changes_it() {
        let id = |digit: &str| ObjectId::new(&digit.repeat(40)).unwrap();
        let texts = [("0", "a\nz\n"), ("1", "a\nb\nc\nz\n"), ("2", "a\nb\nd\nz\ne\n")];
        let commit = |at: &str, parent: &str, message: &str| Commit {
            id: id(at),
            parents: vec![id(parent)],
            message: message.to_owned(),
        };
        let commits = [commit("1", "0", "T\n\nGryph-Run: 1"), commit("2", "1", "By hand")];
        let at = |wanted: &ObjectId| {
            let found = texts.iter().find(|(digit, _)| id(digit) == *wanted).unwrap();
            Ok(found.1.to_owned())
        };
        assert_eq!(lines(&commits, &id("1"), "a\nb\nc\nz\n", at).unwrap(), [2, 3]);
        assert_eq!(lines(&commits, &id("2"), "a\nb\nd\nz\ne\n", at).unwrap(), [2]);
        assert_eq!(lines(&commits, &id("2"), "b\nf\n", at).unwrap(), [1]);
        assert_eq!(lines(&[], &id("2"), "b\n", at).unwrap(), Vec::<usize>::new());
    }
}

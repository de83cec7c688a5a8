//! A repository of the user's: where it is, where its `HEAD` points, what is going on in it.
//!
//! Its own configuration is untrusted: it may name programs. The calls here start with the settings every call has, and
//! besides with every filter that the configuration names switched off, so that nothing of it runs.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::git::{Call, Git, GitError, ObjectId};
use crate::process::{Exit, Output, capture};

/// A repository with a working tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repository {
    /// The top of its working tree, without links in it.
    pub top: PathBuf,
    /// The directory of this working tree's `HEAD` and index; in a linked working tree it lies in the main one.
    pub git_dir: PathBuf,
    /// The names of filters that its configuration holds.
    filters: Vec<String>,
}

/// Where `HEAD` points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The branch as a full ref, such as `refs/heads/main`; `None` when `HEAD` is detached.
    pub branch: Option<String>,
    /// The commit; `None` before the first one.
    pub commit: Option<ObjectId>,
}

impl Head {
    /// The ref that a commit moves: the branch, or `HEAD` itself when it is detached.
    pub fn reference(&self) -> &str {
        self.branch.as_deref().unwrap_or("HEAD")
    }
}

/// What git keeps beside `HEAD` while an operation of several steps goes on.
const OPERATIONS: [(&str, &str); 6] = [
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("sequencer", "sequence of picks"),
];

impl Repository {
    /// The operation that is going on, such as `merge`.
    pub fn operation(&self) -> Option<&'static str> {
        let found = OPERATIONS.iter().find(|(name, _)| self.git_dir.join(name).symlink_metadata().is_ok());
        found.map(|(_, operation)| *operation)
    }

    /// The index of the working tree.
    pub fn index(&self) -> PathBuf {
        self.git_dir.join("index")
    }
}

impl Git {
    /// The repository whose working tree holds a directory, the nearest if several do.
    ///
    /// # Errors
    /// When git cannot read the repository that is there.
    pub fn repository(&self, dir: &Path) -> Result<Option<Repository>, GitError> {
        let Ok(dir) = dir.canonicalize() else { return Ok(None) };
        match dir.ancestors().find(|dir| is_repository(&dir.join(".git"))) {
            Some(top) => self.open(top).map(Some),
            None => Ok(None),
        }
    }

    fn open(&self, top: &Path) -> Result<Repository, GitError> {
        let printed = self.call(top, &["rev-parse", "--absolute-git-dir"], Call::default())?;
        let git_dir = path(printed.stdout.trim_ascii_end()).ok_or_else(|| GitError::Unexpected {
            command: "rev-parse",
            what: "a path that is not text".to_owned(),
        })?;
        let printed = self.call(top, &["config", "--list", "--name-only", "-z"], Call::default())?;
        Ok(Repository { top: top.to_owned(), git_dir, filters: filters(&printed.stdout)? })
    }

    /// Where `HEAD` points now.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn head(&self, repository: &Repository) -> Result<Head, GitError> {
        let symbolic =
            self.answer(repository, &["symbolic-ref", "--quiet", "--no-recurse", "HEAD"], &[0, 1])?;
        let branch = match symbolic.exit {
            Exit::Code(0) => Some(plain_ref(symbolic.stdout.trim_ascii_end())?),
            _ => None,
        };
        let args = ["rev-parse", "--quiet", "--verify", "--end-of-options", "HEAD^{commit}"];
        let commit = self.answer(repository, &args, &[0, 1])?;
        let commit = match commit.exit {
            Exit::Code(0) => Some(self.id("rev-parse", &commit)?),
            _ => None,
        };
        Ok(Head { branch, commit })
    }

    /// The first parent of a commit; `None` where the history begins.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn parent(&self, repository: &Repository, commit: &ObjectId) -> Result<Option<ObjectId>, GitError> {
        let parent = format!("{}~1", commit.as_str());
        let args = ["rev-parse", "--quiet", "--verify", "--end-of-options", &parent];
        let parent = self.answer(repository, &args, &[0, 1])?;
        if parent.exit == Exit::Code(0) { self.id("rev-parse", &parent).map(Some) } else { Ok(None) }
    }

    /// Whether a commit is what a ref names, or an ancestor of that.
    ///
    /// # Errors
    /// When git cannot tell.
    pub fn is_reached(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        reference: &str,
    ) -> Result<bool, GitError> {
        let verify = format!("{reference}^{{commit}}");
        let args = ["rev-parse", "--quiet", "--verify", "--end-of-options", &verify];
        let tip = self.answer(repository, &args, &[0, 1])?;
        if tip.exit != Exit::Code(0) {
            return Ok(false);
        }
        let tip = self.id("rev-parse", &tip)?;
        let args = ["merge-base", "--is-ancestor", commit.as_str(), tip.as_str()];
        Ok(self.answer(repository, &args, &[0, 1])?.exit == Exit::Code(0))
    }

    /// Runs one call that must succeed in a user's repository.
    pub(super) fn ask(&self, repository: &Repository, args: &[&str], call: Call) -> Result<Output, GitError> {
        let output = capture(&self.disarmed(repository, args, call), &super::LIMITS)?;
        super::succeeded(&repository.top, args, output)
    }

    /// The same, for a call some of whose other exit codes are answers.
    pub(super) fn answer(
        &self,
        repository: &Repository,
        args: &[&str],
        codes: &[i32],
    ) -> Result<Output, GitError> {
        let output = capture(&self.disarmed(repository, args, Call::default()), &super::LIMITS)?;
        match output.exit {
            Exit::Code(code) if codes.contains(&code) && !output.truncated => Ok(output),
            _ => super::succeeded(&repository.top, args, output),
        }
    }

    fn disarmed(&self, repository: &Repository, args: &[&str], mut call: Call) -> crate::process::Invocation {
        let mut settings: Vec<(String, OsString)> = Vec::new();
        for name in &repository.filters {
            for (key, value) in [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")] {
                settings.push((format!("filter.{name}.{key}"), value.into()));
            }
        }
        settings.push(("core.splitIndex".to_owned(), "false".into()));
        // As variables, because a name may hold what a `-c` argument would misread.
        call.env.push(("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string().into()));
        for (number, (key, value)) in settings.into_iter().enumerate() {
            call.env.push((format!("GIT_CONFIG_KEY_{number}"), key.into()));
            call.env.push((format!("GIT_CONFIG_VALUE_{number}"), value));
        }
        let mut invocation = self.invocation(&repository.top, args, call);
        if let Some(excludes) = &self.excludes {
            // After the settings of every call, over which it is to win.
            let mut setting = OsString::from("core.excludesFile=");
            setting.push(excludes);
            let place = invocation.args.len() - args.len();
            invocation.args.splice(place..place, ["-c".into(), setting]);
        }
        invocation
    }
}

/// Whether this is git's own directory, or the file of a linked working tree or submodule that names it.
fn is_repository(git: &Path) -> bool {
    let Ok(kind) = git.metadata() else { return false };
    if kind.is_dir() {
        return git.join("HEAD").symlink_metadata().is_ok();
    }
    const NAME: &[u8] = b"gitdir: ";
    let mut head = Vec::new();
    let opened = std::fs::File::open(git).and_then(|file| file.take(8).read_to_end(&mut head));
    kind.is_file() && opened.is_ok() && head == NAME
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes.to_vec()).into())
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}

/// The middle of every `filter.<name>.<key>`.
fn filters(names: &[u8]) -> Result<Vec<String>, GitError> {
    let odd =
        || GitError::Unexpected { command: "config", what: "a filter whose name is not text".to_owned() };
    let mut filters = Vec::new();
    for name in names.split(|byte| *byte == 0).filter_map(|name| name.strip_prefix(b"filter.")) {
        let name = std::str::from_utf8(name).map_err(|_| odd())?;
        filters.extend(name.rsplit_once('.').map(|(name, _)| name.to_owned()));
    }
    filters.sort();
    filters.dedup();
    Ok(filters)
}

/// A branch by its full name; anything else at `HEAD` is not a branch that a commit may move.
fn plain_ref(name: &[u8]) -> Result<String, GitError> {
    let name = std::str::from_utf8(name).ok().filter(|name| name.starts_with("refs/heads/"));
    name.map(str::to_owned).ok_or_else(|| GitError::Unexpected {
        command: "symbolic-ref",
        what: "HEAD is not a branch under refs/heads".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_found_by_its_whole_name() {
        let names = b"core.bare\0filter.a.clean\0filter.a.smudge\0filter.b.c=d.process\0filter.x\0";
        assert_eq!(filters(names).unwrap(), ["a", "b.c=d"]);
        assert!(filters(b"filter.\xff.clean\0").is_err());
    }

    #[test]
    fn only_a_branch_is_a_branch() {
        assert!(plain_ref(b"refs/heads/a/b").is_ok());
        assert!(plain_ref(b"refs/tags/a").is_err() && plain_ref(b"\xff").is_err());
    }
}

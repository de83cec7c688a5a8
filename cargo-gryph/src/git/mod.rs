//! Git: the only place that composes its arguments.
//!
//! Every call is deaf to what could run code or change content: configuration of the system and the user, hooks,
//! file-system monitors, templates, signatures, line-end conversion, attributes, lazy fetches. Only the user's name and
//! address are taken over ([`Identity`]), and the list of files that the user ignores everywhere.

mod change;
mod history;
mod identity;
mod merge;
mod object;
mod range;
mod repository;
mod snapshot;
mod status;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{Exit, Invocation, Limits, Output, ProcessError, capture};

pub use change::Placed;
pub use identity::Identity;
pub use merge::{Merged, Texts};
pub use object::ObjectId;
pub use range::Commit;
pub use repository::{Head, Repository};
pub use status::{Changed, How, Kind, RawPath, Tracked};

/// The git program, with what its calls need.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    path: OsString,
    identity: Identity,
    /// The user's own list of what to ignore everywhere.
    excludes: Option<PathBuf>,
}

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("cannot find `git` in PATH")]
    Missing,
    /// A call failed.
    #[error("`git {command}` failed in `{dir}`: {stderr}")]
    Failed {
        /// The subcommand.
        command: String,
        /// Where.
        dir: PathBuf,
        /// What git said.
        stderr: String,
    },
    /// A call printed what it should not.
    #[error("`git {command}` printed something unexpected: {what}")]
    Unexpected {
        /// The subcommand.
        command: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// Several refs have a name.
    #[error(
        "`{name}` names more than one thing here, such as a branch and a tag; write it in full: `refs/heads/...`"
    )]
    Ambiguous {
        /// The name.
        name: String,
    },
    /// A call could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// What is known about the user's machine; `cli` fills it in.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// `$PATH`.
    pub path: OsString,
    /// The user's variables as far as git reads its identity through them: `HOME`, `XDG_CONFIG_HOME`, `USERPROFILE`,
    /// `GIT_AUTHOR_NAME`, `GIT_AUTHOR_EMAIL`, and `SystemRoot` on Windows.
    pub environment: BTreeMap<OsString, OsString>,
}

/// Who and when a commit is by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCommit<'a> {
    /// The tree object.
    pub tree: &'a ObjectId,
    /// The parents, none for the first.
    pub parents: &'a [ObjectId],
    /// The whole message.
    pub message: &'a str,
    /// Seconds since 1970-01-01 UTC.
    pub when: i64,
}

/// Calls are short: everything is local.
const WALL: Duration = Duration::from_secs(120);

/// Bytes a call may print.
const OUTPUT_BYTES: usize = 256 << 20;

impl Git {
    /// Finds git and the user's identity.
    ///
    /// # Errors
    /// [`GitError::Missing`] when no absolute directory of `PATH` holds it.
    pub fn discover(search: &Search) -> Result<Self, GitError> {
        let name = format!("git{}", std::env::consts::EXE_SUFFIX);
        let program = std::env::split_paths(&search.path)
            .filter(|dir| dir.is_absolute())
            .map(|dir| dir.join(&name))
            .find(|program| program.is_file())
            .ok_or(GitError::Missing)?;
        let identity = identity::find(&program, search)?;
        let excludes = identity::excludes(&program, search)?;
        Ok(Self { program, path: search.path.clone(), identity, excludes })
    }

    /// Who commits.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What `git --version` says.
    ///
    /// # Errors
    /// When git fails.
    pub fn version(&self) -> Result<String, GitError> {
        let output = self.call(&std::env::temp_dir(), &["--version"], Call::default())?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Makes an empty repository in a directory that exists, with `branch` checked out and nothing of a template.
    ///
    /// # Errors
    /// When git fails.
    pub fn init(&self, dir: &Path, branch: &str) -> Result<(), GitError> {
        let branch = format!("--initial-branch={branch}");
        let args = ["init", "--quiet", "--template=", "--object-format=sha1", &branch, "."];
        self.call(dir, &args, Call::default()).map(drop)
    }

    /// Makes a commit object; no branch changes.
    ///
    /// # Errors
    /// When git fails.
    pub fn commit_tree(&self, repository: &Path, commit: &NewCommit<'_>) -> Result<ObjectId, GitError> {
        let mut args = vec!["commit-tree", commit.tree.as_str()];
        args.extend(commit.parents.iter().flat_map(|parent| ["-p", parent.as_str()]));
        args.extend(["-F", "-"]);
        let date = format!("@{} +0000", commit.when);
        let Identity { name, email } = &self.identity;
        let env = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
            ("GIT_COMMITTER_DATE", &date),
        ];
        let call = Call {
            env: env.map(|(name, value)| (name.to_owned(), value.into())).into(),
            stdin: commit.message.into(),
        };
        self.id("commit-tree", &self.call(repository, &args, call)?)
    }

    /// Sets a ref to `new` if it is `old` now, or if it does not exist and `old` is `None`.
    ///
    /// # Errors
    /// When somebody changed the ref meanwhile, or git fails.
    pub fn update_ref(
        &self,
        repository: &Path,
        name: &str,
        new: &ObjectId,
        old: Option<&ObjectId>,
    ) -> Result<(), GitError> {
        let old = old.map_or(ObjectId::NONE, ObjectId::as_str);
        let args = ["update-ref", "--no-deref", "-m", "cargo gryph", name, new.as_str(), old];
        self.call(repository, &args, Call::default()).map(drop)
    }

    /// Makes the index agree with a commit whose files lie on disk, so that `git status` is clean.
    ///
    /// # Errors
    /// When git fails or a file differs from the commit.
    pub fn settle_index(&self, repository: &Path, commit: &ObjectId) -> Result<(), GitError> {
        self.call(repository, &["read-tree", commit.as_str()], Call::default())?;
        self.call(repository, &["update-index", "--refresh"], Call::default()).map(drop)
    }

    /// The commits without parents that lead to `HEAD`.
    ///
    /// # Errors
    /// When there is no repository in the directory itself, or no commit.
    pub fn roots(&self, repository: &Path) -> Result<Vec<ObjectId>, GitError> {
        let printed = self.call(repository, &["rev-list", "--max-parents=0", "HEAD"], Call::default())?;
        let ids = String::from_utf8_lossy(&printed.stdout).lines().map(ObjectId::new).collect::<Option<_>>();
        ids.ok_or_else(|| GitError::Unexpected { command: "rev-list", what: "not an object id".to_owned() })
    }

    /// Runs one call in the repository that lies at `dir` itself, never in one around it.
    fn call(&self, dir: &Path, args: &[&str], call: Call) -> Result<Output, GitError> {
        let output = capture(&self.invocation(dir, args, call), &LIMITS)?;
        succeeded(dir, args, output)
    }

    fn invocation(&self, dir: &Path, args: &[&str], call: Call) -> Invocation {
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
        let all = settings.chain(args.iter().copied()).map(OsString::from).collect();
        let mut env: BTreeMap<OsString, OsString> =
            QUIET.iter().map(|(name, value)| (name.into(), value.into())).collect();
        env.insert("PATH".into(), self.path.clone());
        if args.first() != Some(&"init") {
            env.insert("GIT_DIR".into(), dir.join(".git").into());
            env.insert("GIT_WORK_TREE".into(), dir.into());
        }
        env.extend(call.env.into_iter().map(|(name, value)| (name.into(), value)));
        Invocation {
            program: self.program.clone(),
            args: all,
            cwd: dir.to_owned(),
            env,
            stdin: call.stdin,
            ..Invocation::default()
        }
    }

    fn id(&self, command: &'static str, output: &Output) -> Result<ObjectId, GitError> {
        let text = String::from_utf8_lossy(&output.stdout);
        ObjectId::new(text.trim())
            .ok_or_else(|| GitError::Unexpected { command, what: "not an object id".to_owned() })
    }
}

/// The output of a call that returned 0.
fn succeeded(dir: &Path, args: &[&str], output: Output) -> Result<Output, GitError> {
    match output.exit {
        Exit::Code(0) if !output.truncated => Ok(output),
        _ => Err(GitError::Failed {
            command: args.first().copied().unwrap_or_default().to_owned(),
            dir: dir.to_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).trim().chars().take(1000).collect(),
        }),
    }
}

/// What one call gets beyond its arguments.
#[derive(Default)]
struct Call {
    env: Vec<(String, OsString)>,
    stdin: Vec<u8>,
}

const LIMITS: Limits = Limits { wall: WALL, output_bytes: OUTPUT_BYTES };

/// A path that holds nothing.
const NULL: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

const SETTINGS: &[&str] = &[
    if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" },
    if cfg!(windows) { "core.attributesFile=NUL" } else { "core.attributesFile=/dev/null" },
    if cfg!(windows) { "core.excludesFile=NUL" } else { "core.excludesFile=/dev/null" },
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.autocrlf=false",
    "core.eol=lf",
    "core.safecrlf=false",
    "core.quotePath=false",
    "core.warnAmbiguousRefs=true",
    "core.fsync=all",
    "core.logAllRefUpdates=true",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "i18n.commitEncoding=UTF-8",
];

const QUIET: &[(&str, &str)] = &[
    ("LANG", "C"),
    ("LC_ALL", "C"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", NULL),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_LITERAL_PATHSPECS", "1"),
];

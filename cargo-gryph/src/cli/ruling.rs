//! Which policy holds for a change: that of the commit it started from, never its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::args::{Common, Gate};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use super::workshop;
use crate::config::{GateTable, Profile};
use crate::gate::{Policy, PolicyError, repository};
use crate::git::{Git, ObjectId};
use crate::sandbox::Sandbox;
use crate::tree::{Tree, TreePath};
use crate::workspace::{Absent, History, Limits, Repository, Workspace, without_large};

/// What somebody wants to be judged.
#[derive(Clone, Copy, Default)]
pub(super) struct Wish<'a> {
    base: Option<&'a str>,
    manifest: Option<&'a Path>,
    profile: Option<Profile>,
}

impl<'a> From<&'a Gate> for Wish<'a> {
    fn from(arguments: &'a Gate) -> Self {
        let Gate { base, manifest_path, profile, .. } = arguments;
        Self { base: base.as_deref(), manifest: manifest_path.as_deref(), profile: *profile }
    }
}

/// The policy of the base. What steers the gate after the change must be readable too, since it is the next base.
pub(super) fn policy(wish: Wish<'_>, base: &Tree, after: &Tree) -> Result<Policy, Failure> {
    let of_base = |error: PolicyError| {
        let hint = match &error {
            PolicyError::Profile { .. } => {
                "change the repository's configuration, where the change can be reviewed"
            }
            _ => "this is read from the base of the change: mend it there",
        };
        Failure::new(ExitCode::Usage, error).hint(hint)
    };
    let policy = Policy::of_repository(base, wish.profile).map_err(of_base)?;
    repository::check(base).map_err(of_base)?;
    let of_change = |error| {
        Failure::new(ExitCode::Usage, error)
            .hint("docs/policy.md says how a repository's own rules are written")
    };
    repository::check(after).map_err(of_change)?;
    Ok(policy)
}

/// The policy that would hold for a change here; outside of a repository, the embedded one.
pub(super) fn here(wish: Wish<'_>, surroundings: &Surroundings) -> Result<Policy, Failure> {
    let embedded = || policy(wish, &Tree::new(), &Tree::new());
    let found = || {
        let git = workshop::git(surroundings).ok()?;
        let workspace = workshop::workspace(wish.manifest, surroundings, &git, Absent::LeftOut).ok()?;
        Some((workspace.repository.clone()?, workspace, git))
    };
    let Some((repository, workspace, git)) = found() else { return embedded() };
    match base(wish, &repository, &git) {
        Ok((base, _)) => policy(wish, &base, &workspace.tree),
        Err(failure) if wish.base.is_some() => Err(failure),
        Err(_) => embedded(),
    }
}

/// The sandbox that the base asks for, where the change has other settings: it must not take down the walls around itself.
pub(super) fn walls(
    common: &Common,
    base: &Tree,
    surroundings: &Surroundings,
) -> Result<Option<Arc<dyn Sandbox>>, Failure> {
    let trusted = TreePath::new(GateTable::PATH).ok().and_then(|path| base.text(&path)).unwrap_or_default();
    let present = std::fs::read_to_string(surroundings.directory.join(GateTable::PATH)).unwrap_or_default();
    if trusted == present {
        return Ok(None);
    }
    let settings = workshop::settings_of(surroundings, BTreeMap::new(), Some(trusted.to_owned()))?;
    workshop::sandbox(common, &settings, surroundings).map(Some)
}

/// The files before the change: those of the last commit, or of the one where the change left the branch that is named;
/// and the commits that lie between.
pub(super) fn base(wish: Wish<'_>, repository: &Repository, git: &Git) -> Result<(Tree, History), Failure> {
    let could_not = |message: String| Failure::message(ExitCode::CouldNotFindOut, message);
    let failed = |error| Failure::new(ExitCode::CouldNotFindOut, anyhow::Error::new(error));
    if let Some(operation) = repository.git.operation() {
        let message = format!("a {operation} is going on, so what the change is cannot be told");
        return Err(could_not(message).hint(format!("finish the {operation}, or abort it")));
    }
    let Some(head) = repository.head.commit.clone() else {
        let message = "the repository has no commit yet, so there is nothing to compare with".to_owned();
        return Err(could_not(message).hint("commit what is trusted first"));
    };
    let commit: ObjectId = match wish.base {
        None => head.clone(),
        Some(name) => {
            let deeper = "in CI, fetch the whole history: `fetch-depth: 0`, or `git fetch --unshallow`";
            let named = git.revision(&repository.git, name).map_err(failed)?;
            let named =
                named.ok_or_else(|| could_not(format!("no commit here is called `{name}`")).hint(deeper))?;
            let common = git.merge_base(&repository.git, &named, &head).map_err(failed)?;
            common.ok_or_else(|| {
                could_not(format!("`{name}` and HEAD have no common history here")).hint(deeper)
            })?
        }
    };
    let prefix: Option<&TreePath> = repository.prefix.as_ref();
    let mut files = git.files_of(&repository.git, &commit, prefix).map_err(failed)?;
    without_large(&mut files, &Limits::default());
    Ok((files, History { repository: repository.clone(), base: commit, head }))
}

/// The workspace's repository; without one there is nothing to compare with.
pub(super) fn repository_of(workspace: &Workspace) -> Result<&Repository, Failure> {
    workspace.repository.as_ref().ok_or_else(|| {
        Failure::message(
            ExitCode::Usage,
            "the workspace is in no git repository, so there is nothing to compare it with",
        )
        .hint("run in a clone, or `git init` and commit what is trusted")
    })
}

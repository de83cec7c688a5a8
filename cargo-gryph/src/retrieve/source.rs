//! Sources: what a workspace can build on. Its members, the packages its lock file names, the standard library.
//!
//! Nothing of them runs: Cargo resolves them behind the walls, and files are read as they lie.

use std::path::{Path, PathBuf};

use crate::cargo::ResolvedPackage;
use crate::digest::Digest;
use crate::workspace::{Package, TargetKind, Workspace};

/// The crates of the standard library that programs name.
const STANDARD: [&str; 3] = ["core", "alloc", "std"];

/// A crate whose source is indexed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name by which programs know it.
    pub crate_name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Where its files lie.
    pub directory: PathBuf,
    /// What its content is known by; a source that never changes has the same everywhere.
    pub identity: Digest,
}

/// Where a source comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// It lies in the workspace, as a member or vendored: its files change.
    Member,
    /// The lock file names it: its files stay as they are.
    Locked,
    /// The standard library of the toolchain.
    Standard,
}

/// The members of a workspace as sources.
pub fn members(workspace: &Workspace) -> Vec<Source> {
    workspace.packages.iter().map(|package| member(&workspace.root, package)).collect()
}

fn member(root: &Path, package: &Package) -> Source {
    let directory = package.directory.as_ref().map_or(root.to_owned(), |path| root.join(path.as_str()));
    let libraries = [TargetKind::Library, TargetKind::ProcMacro];
    let library = package.targets.iter().find(|target| libraries.contains(&target.kind));
    Source {
        name: package.name.clone(),
        // A member has the version that is being written.
        version: String::new(),
        crate_name: library.map_or_else(|| package.name.replace('-', "_"), |target| target.name.clone()),
        origin: Origin::Member,
        identity: identity("member", &[&directory.to_string_lossy(), &package.name]),
        directory,
    }
}

/// The packages of other people that a workspace is resolved to. `copy` is where its tree was laid out to be resolved.
///
/// What lies in the workspace itself, vendored, is what somebody made of a package: it is known by its place, so that
/// no other workspace is shown it for the package of that name.
pub fn locked(packages: &[ResolvedPackage], copy: &Path, root: &Path) -> Vec<Source> {
    let foreign = packages.iter().filter_map(|package| Some((package, package.source.as_deref()?)));
    let source = |(package, from): (&ResolvedPackage, &str)| {
        let vendored = package.directory.strip_prefix(copy).ok().map(|inside| root.join(inside));
        let (origin, identity) = match &vendored {
            Some(at) => (Origin::Member, identity("vendored", &[&at.to_string_lossy(), &package.name])),
            None => (Origin::Locked, identity("locked", &[from, &package.name, &package.version])),
        };
        Source {
            name: package.name.clone(),
            version: package.version.clone(),
            crate_name: package.crate_name.clone(),
            origin,
            directory: vendored.unwrap_or_else(|| package.directory.clone()),
            identity,
        }
    };
    foreign.map(source).collect()
}

/// The standard library, where its sources are installed (`rustup component add rust-src`).
pub fn standard(sysroot: &Path, version: &str) -> Vec<Source> {
    let library = sysroot.join("lib/rustlib/src/rust/library");
    let crates = STANDARD.iter().map(|name| (name, library.join(name)));
    crates
        .filter(|(_, directory)| directory.join("Cargo.toml").is_file())
        .map(|(name, directory)| Source {
            name: (*name).to_owned(),
            version: version.to_owned(),
            crate_name: (*name).to_owned(),
            origin: Origin::Standard,
            directory,
            identity: identity("standard", &[name, version]),
        })
        .collect()
}

fn identity(kind: &str, parts: &[&str]) -> Digest {
    Digest::of_parts([kind].iter().chain(parts).map(|part| part.as_bytes()))
}

//! What Cargo says of the packages that a tree depends on: where they lie, their licences, what of them runs in builds.

use std::path::PathBuf;

use cargo_metadata::{Metadata, Package, TargetKind};

use super::metadata::failed;
use super::{Cargo, CargoError, Workbench};

/// A package that a tree depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResolvedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name of its library, as programs write it.
    pub crate_name: String,
    /// Where it comes from, as a lock file says it.
    pub source: Option<String>,
    /// Its directory.
    pub directory: PathBuf,
    /// Its licence, as its manifest says it.
    pub license: Option<String>,
    /// The file of its licence.
    pub license_file: Option<String>,
    /// Whether it has a build script.
    pub has_build_script: bool,
    /// Whether it is of procedural macros.
    pub is_proc_macro: bool,
}

/// For which platforms packages are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Platforms {
    /// This one.
    Host,
    /// All, as [`Cargo::fetch_all`] fetches them.
    All,
}

impl Cargo {
    /// `cargo metadata` with dependencies. The lock file is as it has to be, and what it names is fetched.
    ///
    /// # Errors
    /// [`CargoError::Step`] when Cargo cannot tell.
    pub async fn packages(
        &self,
        bench: &Workbench,
        platforms: Platforms,
    ) -> Result<Vec<ResolvedPackage>, CargoError> {
        let filter = ["--locked", "--filter-platform", self.toolchain.host.as_str()];
        let more = match platforms {
            Platforms::Host => &filter[..],
            Platforms::All => &filter[..1],
        };
        let printed = self.ask_metadata(bench, more).await?;
        let metadata: Metadata =
            serde_json::from_slice(&printed).map_err(|error| failed(error.to_string()))?;
        Ok(metadata.packages.iter().map(package).collect())
    }
}

fn library(package: &Package) -> Option<String> {
    let is_library = |kind: &TargetKind| {
        matches!(kind, TargetKind::Lib | TargetKind::RLib | TargetKind::DyLib | TargetKind::ProcMacro)
    };
    let target = package.targets.iter().find(|target| target.kind.iter().any(is_library))?;
    Some(target.name.replace('-', "_"))
}

fn package(package: &Package) -> ResolvedPackage {
    let has = |kind: &TargetKind| package.targets.iter().any(|target| target.kind.contains(kind));
    ResolvedPackage {
        name: package.name.to_string(),
        version: package.version.to_string(),
        crate_name: library(package).unwrap_or_else(|| package.name.replace('-', "_")),
        source: package.source.as_ref().map(ToString::to_string),
        directory: package.manifest_path.parent().map(PathBuf::from).unwrap_or_default(),
        license: package.license.clone(),
        license_file: package.license_file.as_ref().map(ToString::to_string),
        has_build_script: has(&TargetKind::CustomBuild),
        is_proc_macro: has(&TargetKind::ProcMacro),
    }
}

//! What Cargo itself says of the members of a tree: exact targets and features. Asked behind the walls, without a network.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use cargo_metadata::{Metadata, Package, Target, TargetKind};
use semver::Version;

use super::build::prepare;
use super::fetch::source_environment;
use super::{Cargo, CargoError, Workbench, tail};
use crate::process::{Exit, Invocation};
use crate::tree::TreePath;

/// A member of the workspace in a tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its directory in the tree; `None` for the root.
    pub directory: Option<TreePath>,
    /// Its edition, such as `2021`.
    pub edition: String,
    /// Its features, without the implied ones of optional dependencies.
    pub features: Vec<String>,
    /// Its targets.
    pub targets: Vec<MemberTarget>,
    /// All its features with what each turns on, those of optional dependencies included.
    pub feature_table: BTreeMap<String, Vec<String>>,
    /// Its version.
    pub version: Version,
    /// The oldest Rust that it says it supports.
    pub rust_version: Option<Version>,
    /// How likely it is that others use it.
    pub publication: Publication,
}

/// What a manifest says about publishing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Publication {
    /// `publish = false`.
    Forbidden,
    /// Nothing forbids it, and nothing that crates.io asks for is there.
    Possible,
    /// It has a licence or a description, which crates.io asks for, or names a registry.
    Intended,
}

impl Member {
    /// The path of its manifest.
    pub fn manifest(&self) -> TreePath {
        self.below("Cargo.toml")
    }

    /// Whether a file lies in its directory.
    pub fn holds(&self, path: &TreePath) -> bool {
        let Some(directory) = &self.directory else { return true };
        path.as_str().strip_prefix(directory.as_str()).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Its library, procedural macros aside.
    pub fn library(&self) -> Option<&MemberTarget> {
        self.targets.iter().find(|target| target.kind == MemberTargetKind::Library)
    }

    fn below(&self, name: &str) -> TreePath {
        let path = self.directory.as_ref().map_or_else(|| name.to_owned(), |dir| format!("{dir}/{name}"));
        TreePath::new(path).expect("a plain name below a plain path")
    }
}

/// A target of a member.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberTarget {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: MemberTargetKind,
    /// The file of its root module.
    pub path: TreePath,
    /// The features without which it is not built.
    pub required_features: Vec<String>,
    /// Whether `cargo test` builds and runs it.
    pub is_tested: bool,
    /// Whether the examples in its documentation are tests.
    pub has_doctests: bool,
}

/// What a target is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemberTargetKind {
    /// A library of any kind.
    Library,
    /// A library of procedural macros.
    ProcMacro,
    /// A program.
    Binary,
    /// An integration test.
    Test,
    /// An example.
    Example,
    /// A benchmark.
    Bench,
    /// A build script.
    BuildScript,
}

impl Cargo {
    /// `cargo metadata` without dependencies.
    ///
    /// # Errors
    /// [`CargoError::Step`] when Cargo cannot read the manifests.
    pub async fn metadata(&self, bench: &Workbench) -> Result<Vec<Member>, CargoError> {
        let printed = self.ask_metadata(bench, &["--no-deps"]).await?;
        members(&printed, &bench.tree()).map_err(failed)
    }

    /// What `cargo metadata` prints.
    pub(super) async fn ask_metadata(&self, bench: &Workbench, more: &[&str]) -> Result<Vec<u8>, CargoError> {
        let target = bench.target();
        prepare(&target)?;
        prepare(&bench.scratch())?;
        let fixed = ["metadata", "--format-version=1", "--offline", "--color=never"];
        let mut args: Vec<OsString> = fixed.iter().chain(more).map(OsString::from).collect();
        args.extend(["--manifest-path".into(), bench.manifest().into()]);
        args.extend(self.vendored.arguments(&bench.tree()));
        let mut env = self.environment(&bench.scratch());
        env.extend(source_environment(&self.network));
        env.extend(self.plain_rustc());
        let program = self.toolchain.cargo.clone();
        let invocation = Invocation { program, args, cwd: "/".into(), env, ..Invocation::default() };
        let output = self.confined(invocation, &self.build_grant(bench, &target)).await?;
        match (output.exit, output.truncated) {
            (Exit::Code(0), false) => Ok(output.stdout),
            (Exit::Code(_), false) => Err(failed(tail(&output.stderr))),
            (exit, _) => Err(CargoError::Unfinished { tool: "cargo metadata".to_owned(), exit }),
        }
    }
}

pub(super) fn failed(stderr: String) -> CargoError {
    CargoError::Step { step: "metadata".to_owned(), stderr }
}

/// The members that lie in the tree at `root`.
fn members(printed: &[u8], root: &Path) -> Result<Vec<Member>, String> {
    let metadata: Metadata = serde_json::from_slice(printed).map_err(|error| error.to_string())?;
    metadata.workspace_packages().into_iter().map(|package| member(package, root)).collect()
}

fn member(package: &Package, root: &Path) -> Result<Member, String> {
    let outside = || format!("`{}` lies outside of the tree", package.manifest_path);
    let directory = package.manifest_path.parent().ok_or_else(outside)?.as_std_path();
    let directory = match directory == root {
        true => None,
        false => Some(TreePath::below(root, directory).ok_or_else(outside)?),
    };
    let named = |name: &&String| {
        // `foo = ["dep:foo"]` is what Cargo makes of an optional dependency.
        package.features[*name] != [format!("dep:{name}")]
    };
    Ok(Member {
        name: package.name.to_string(),
        directory,
        edition: package.edition.to_string(),
        features: package.features.keys().filter(named).cloned().collect(),
        targets: package.targets.iter().filter_map(|one| target(one, root)).collect(),
        feature_table: package.features.clone(),
        version: package.version.clone(),
        rust_version: package.rust_version.clone(),
        publication: publication(package),
    })
}

fn publication(package: &Package) -> Publication {
    let is_licensed = package.license.is_some() || package.license_file.is_some();
    match &package.publish {
        Some(registries) if registries.is_empty() => Publication::Forbidden,
        Some(_) => Publication::Intended,
        None if is_licensed || package.description.is_some() => Publication::Intended,
        None => Publication::Possible,
    }
}

/// A target whose file lies in the tree, and of a kind that is known.
fn target(target: &Target, root: &Path) -> Option<MemberTarget> {
    Some(MemberTarget {
        name: target.name.clone(),
        kind: kind(target.kind.first()?)?,
        path: TreePath::below(root, target.src_path.as_std_path())?,
        required_features: target.required_features.clone(),
        is_tested: target.test,
        has_doctests: target.doctest,
    })
}

fn kind(kind: &TargetKind) -> Option<MemberTargetKind> {
    Some(match kind {
        TargetKind::Bench => MemberTargetKind::Bench,
        TargetKind::Bin => MemberTargetKind::Binary,
        TargetKind::CustomBuild => MemberTargetKind::BuildScript,
        TargetKind::Example => MemberTargetKind::Example,
        TargetKind::ProcMacro => MemberTargetKind::ProcMacro,
        TargetKind::Test => MemberTargetKind::Test,
        TargetKind::CDyLib
        | TargetKind::DyLib
        | TargetKind::Lib
        | TargetKind::RLib
        | TargetKind::StaticLib => MemberTargetKind::Library,
        // What newer Cargos may say; that enum is not ours and grows.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Cargo 1.95 prints for a member with an optional dependency, cut to the fields that every version has.
    const PRINTED: &str = r#"{"packages":[{"name":"a","version":"0.1.0","id":"path+file:///t/a#0.1.0","license":null,
        "license_file":null,"description":null,"source":null,"dependencies":[],"targets":[{"kind":["lib"],
        "crate_types":["lib"],"name":"a","src_path":"/t/a/src/lib.rs","edition":"2021","doc":true,"doctest":true,
        "test":true},{"kind":["test"],"crate_types":["bin"],"name":"it","src_path":"/t/a/tests/it.rs",
        "edition":"2021","doc":false,"doctest":false,"test":true,"required-features":["x"]},{"kind":["bin"],
        "crate_types":["bin"],"name":"far","src_path":"/elsewhere/far.rs","edition":"2021","doc":true,
        "doctest":false,"test":true}],"features":{"serde":["dep:serde"],"x":[]},"manifest_path":"/t/a/Cargo.toml",
        "metadata":null,"publish":null,"authors":[],"categories":[],"keywords":[],"readme":null,"repository":null,
        "homepage":null,"documentation":null,"edition":"2021","links":null,"default_run":null,"rust_version":null}],
        "workspace_members":["path+file:///t/a#0.1.0"],"workspace_default_members":["path+file:///t/a#0.1.0"],
        "resolve":null,"target_directory":"/t/target","version":1,"workspace_root":"/t","metadata":null}"#;

    #[test]
    fn members_are_read_with_places_in_the_tree() {
        let members = members(PRINTED.as_bytes(), Path::new("/t")).unwrap();
        let [member] = &members[..] else { panic!("{members:?}") };
        assert_eq!(member.directory.as_ref().map(TreePath::as_str), Some("a"));
        assert_eq!((member.edition.as_str(), &member.features[..]), ("2021", &["x".to_owned()][..]));
        let targets: Vec<_> = member.targets.iter().map(|one| (one.kind, one.path.as_str())).collect();
        let expected =
            [(MemberTargetKind::Library, "a/src/lib.rs"), (MemberTargetKind::Test, "a/tests/it.rs")];
        assert_eq!(targets, expected);
        assert_eq!(member.targets[1].required_features, ["x"]);
        assert!(member.targets[0].has_doctests && !member.targets[1].has_doctests);
    }

    #[test]
    fn a_member_outside_of_the_tree_is_an_error() {
        assert!(members(PRINTED.as_bytes(), Path::new("/other")).is_err());
        assert!(members(b"not json", Path::new("/t")).is_err());
    }
}

//! Layers: the dependencies of a workspace, built once and laid under every later build that has the same ones.
//!
//! A layer is built from the manifests and the lock file alone, with an empty program in the place of every source file.
//! Nothing of a change but its list of dependencies can reach it, and code under test never sees where it is kept, so
//! that a change cannot leave anything behind for the next one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::cargo::{Build, BuildOptions, CapLints, CargoError, Vendored, Workbench, lay_out};
use crate::digest::Digest;
use crate::tree::{Tree, TreePath};

use super::PipelineError;
use super::bench::{copy, has_sources};
use super::new::World;

/// Layers that are kept; those that were used longest ago go first.
const MOST_LAYERS: usize = 8;
/// What stands in the place of a source file.
const NOTHING: &str = "fn main() {}\n";

/// What a layer is laid under. The flags of rustc differ, and so do the dependencies built with them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Under {
    /// Tests in an ordinary build.
    Tests,
    /// Clippy, and `cargo check`.
    Lints,
    /// Trials of candidates.
    Trials,
}

/// Brings built dependencies into a bench that has built nothing yet. Where they cannot be built alone, the bench stays
/// empty and its first build makes them.
pub(super) async fn lay(
    world: &World<'_>,
    tree: &Tree,
    bench: &Workbench,
    under: Under,
) -> Result<(), PipelineError> {
    let lock = TreePath::new("Cargo.lock").expect("a plain name");
    if !tree.text(&lock).is_some_and(has_sources) {
        return Ok(());
    }
    let skeleton = skeleton(tree, &world.cargo.vendored);
    let layer = world.layers.join(key(world, &skeleton, under).to_string());
    let failed = |source| PipelineError::WorkDirectory { path: layer.clone(), source };
    if !layer.is_dir() {
        let dir = world.work.join("layer");
        let made =
            Workbench::create(&dir).map_err(|source| PipelineError::WorkDirectory { path: dir, source })?;
        if !build(world, &skeleton, &made, under).await? {
            return Ok(());
        }
        without_members(&made.target(), &skeleton).and_then(|()| keep(&made, &layer)).map_err(failed)?;
        forget_oldest(world.layers).map_err(failed)?;
    }
    // What was used is not the oldest.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(world.when.try_into().unwrap_or(0));
    let _ = fs::File::open(&layer).and_then(|dir| dir.set_modified(now));
    copy(&layer, &bench.target()).map_err(failed)
}

/// The manifests and the lock file, what is vendored, and empty programs.
fn skeleton(tree: &Tree, vendored: &Vendored) -> Tree {
    let mut skeleton = Tree::new();
    for (path, content) in tree.files() {
        let name = path.as_str().rsplit('/').next().unwrap_or_default();
        match name {
            _ if vendored.holds(path) => skeleton.insert(path.clone(), content),
            "Cargo.toml" | "Cargo.lock" => skeleton.insert(path.clone(), content),
            _ if name.ends_with(".rs") => skeleton.insert(path.clone(), NOTHING),
            _ => {}
        }
    }
    skeleton
}

fn key(world: &World<'_>, skeleton: &Tree, under: Under) -> Digest {
    let mut lists = Tree::new();
    let is_list = |path: &TreePath| !path.as_str().ends_with(".rs") || world.cargo.vendored.holds(path);
    let of_lists = skeleton.files().filter(|(path, _)| is_list(path));
    of_lists.for_each(|(path, content)| lists.insert(path.clone(), content));
    let cargo = world.cargo;
    let with =
        (&cargo.toolchain.version, &cargo.selection, &cargo.vendored, under, env!("CARGO_PKG_VERSION"));
    Digest::of(format!("{} {with:?}", lists.hash()).as_bytes())
}

/// Whether all of it could be built.
async fn build(
    world: &World<'_>,
    skeleton: &Tree,
    bench: &Workbench,
    under: Under,
) -> Result<bool, PipelineError> {
    lay_out(skeleton, bench)?;
    let built = |build: Result<Build, CargoError>| build.map(|build| build.success);
    let plain = BuildOptions::default();
    Ok(match under {
        Under::Tests => built(world.cargo.build_tests(bench, &plain).await)?,
        Under::Lints => built(world.cargo.clippy(bench, &plain).await)?,
        Under::Trials => {
            let capped = BuildOptions { cap_lints: Some(CapLints::Warn), ..plain };
            built(world.cargo.build_tests(bench, &capped).await)?
        }
    })
}

/// Takes out what the empty programs were built to: no later build may take it for the real ones.
fn without_members(target: &Path, skeleton: &Tree) -> io::Result<()> {
    let names: Vec<String> = skeleton.files().filter_map(|(path, _)| package_name(skeleton, path)).collect();
    let profile = target.join("debug");
    for entry in fs::read_dir(&profile)? {
        let path = entry?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    for entry in fs::read_dir(profile.join(".fingerprint"))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.rsplit_once('-'));
        if name.is_none_or(|(name, _)| names.iter().any(|member| member == name)) {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

/// The name of the package whose manifest this is.
fn package_name(tree: &Tree, path: &TreePath) -> Option<String> {
    let is_manifest = path.as_str() == "Cargo.toml" || path.as_str().ends_with("/Cargo.toml");
    let manifest: toml::Table = is_manifest.then(|| tree.text(path))??.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// Moves what was built to its place in one step. Another run may have been there first; then its layer stays.
fn keep(made: &Workbench, layer: &Path) -> io::Result<()> {
    fs::create_dir_all(layer.parent().unwrap_or(layer))?;
    match fs::rename(made.target(), layer) {
        Err(_) if layer.is_dir() => Ok(()),
        result => result,
    }
}

fn forget_oldest(layers: &Path) -> io::Result<()> {
    let mut all: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(layers)? {
        let entry = entry?;
        all.push((entry.metadata()?.modified()?, entry.path()));
    }
    all.sort();
    let many = all.len().saturating_sub(MOST_LAYERS);
    all.into_iter().take(many).try_for_each(|(_, path)| fs::remove_dir_all(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_sources_is_in_a_skeleton() {
        let mut tree = Tree::new();
        for (path, text) in [
            ("Cargo.toml", "[package]\nname = \"kit\""),
            ("Cargo.lock", "version = 4"),
            ("build.rs", "fn main() { steal() }"),
            ("src/lib.rs", "pub fn f() {}"),
            ("data.txt", "data"),
        ] {
            tree.insert(TreePath::new(path).unwrap(), text);
        }
        let skeleton = skeleton(&tree, &Vendored::default());
        let files: Vec<(&str, &str)> =
            skeleton.files().map(|(path, _)| (path.as_str(), skeleton.text(path).unwrap())).collect();
        assert_eq!(
            files,
            [
                ("Cargo.lock", "version = 4"),
                ("Cargo.toml", "[package]\nname = \"kit\""),
                ("build.rs", NOTHING),
                ("src/lib.rs", NOTHING),
            ]
        );
        let manifest = TreePath::new("Cargo.toml").unwrap();
        assert_eq!(package_name(&skeleton, &manifest).as_deref(), Some("kit"));
    }

    #[test]
    fn members_are_taken_out_and_dependencies_stay() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path();
        let mut tree = Tree::new();
        tree.insert(TreePath::new("Cargo.toml").unwrap(), "[package]\nname = \"my-kit\"");
        for made in ["my-kit-0123456789abcdef", "my-kit-core-0123456789abcdef", "serde-0123456789abcdef"] {
            fs::create_dir_all(target.join("debug/.fingerprint").join(made)).unwrap();
        }
        fs::write(target.join("debug/my-kit"), "").unwrap();
        without_members(target, &tree).unwrap();
        let left = |name: &str| target.join("debug/.fingerprint").join(name).exists();
        assert!(!left("my-kit-0123456789abcdef") && !target.join("debug/my-kit").exists());
        assert!(left("my-kit-core-0123456789abcdef") && left("serde-0123456789abcdef"));
    }

    #[cfg(unix)]
    #[test]
    fn the_layers_that_were_used_last_stay() {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..MOST_LAYERS + 2 {
            let layer = dir.path().join(number.to_string());
            fs::create_dir(&layer).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
            fs::File::open(&layer).unwrap().set_modified(at).unwrap();
        }
        forget_oldest(dir.path()).unwrap();
        assert!(!dir.path().join("0").exists() && !dir.path().join("1").exists());
        assert!(dir.path().join("2").exists());
    }
}

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
use super::bench::{self, copy, has_sources};
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
    if !layer.is_dir() {
        let made = bench::bench(world.work, "layer")?;
        if !build(world, &skeleton, &made, under).await? {
            return Ok(());
        }
        without_members(&made.target(), &skeleton)
            .and_then(|()| keep(&made, &layer))
            .map_err(PipelineError::at(&layer))?;
        forget_oldest(world.layers).map_err(PipelineError::at(&layer))?;
    }
    // What was used is not the oldest.
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(world.when.try_into().unwrap_or(0));
    let _ = fs::File::open(&layer).and_then(|dir| dir.set_modified(now));
    copy(&layer, &bench.target()).map_err(PipelineError::at(&layer))
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

/// The name of a layer: what decides how dependencies are built, and nothing of whose they are. Two projects with the same
/// dependencies share one; should they differ in what is not seen here, Cargo builds again what does not fit.
fn key(world: &World<'_>, skeleton: &Tree, under: Under) -> Digest {
    let cargo = world.cargo;
    let vendored = skeleton.files().filter(|(path, _)| cargo.vendored.holds(path));
    let vendored: Vec<(&TreePath, Digest)> =
        vendored.map(|(path, content)| (path, Digest::of(content))).collect();
    let manifests = skeleton.files().filter(|(path, _)| is_manifest(path) && !cargo.vendored.holds(path));
    let mut wishes: Vec<String> = manifests
        .map(|(path, _)| {
            let text = skeleton.text(path).unwrap_or_default();
            text.parse().map_or_else(|_| text.to_owned(), |manifest| wishes(manifest).to_string())
        })
        .collect();
    wishes.sort();
    let lock = TreePath::new("Cargo.lock").expect("a plain name");
    let locked = locked(skeleton.text(&lock).unwrap_or_default());
    let with =
        (&cargo.toolchain.version, &cargo.selection, &cargo.vendored, under, env!("CARGO_PKG_VERSION"));
    Digest::of(format!("{wishes:?} {locked:?} {vendored:?} {with:?}").as_bytes())
}

/// What a manifest says about how others are built: neither who it is nor its own members.
fn wishes(mut manifest: toml::Table) -> toml::Table {
    if let Some(package) = manifest.get_mut("package").and_then(toml::Value::as_table_mut) {
        package.retain(|key, _| matches!(key, "edition" | "rust-version" | "resolver" | "links"));
    }
    for own in ["bin", "lib", "test", "bench", "example", "lints"] {
        manifest.remove(own);
    }
    without_paths(&mut manifest);
    manifest
}

/// Takes out the dependencies that lie in the same workspace, and its list of members.
fn without_paths(table: &mut toml::Table) {
    table.remove("members");
    table.remove("default-members");
    table.retain(|_, value| !value.as_table().is_some_and(|value| value.contains_key("path")));
    table.iter_mut().filter_map(|(_, value)| value.as_table_mut()).for_each(without_paths);
}

/// The packages of a lock file that are from elsewhere, each as a whole.
fn locked(lock: &str) -> Vec<String> {
    let parsed = lock.parse::<toml::Table>().ok();
    let packages = parsed.as_ref().and_then(|lock| lock.get("package")?.as_array());
    let Some(packages) = packages else { return vec![lock.to_owned()] };
    packages.iter().filter(|package| package.get("source").is_some()).map(ToString::to_string).collect()
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

fn is_manifest(path: &TreePath) -> bool {
    path.as_str() == "Cargo.toml" || path.as_str().ends_with("/Cargo.toml")
}

/// The name of the package whose manifest this is.
fn package_name(tree: &Tree, path: &TreePath) -> Option<String> {
    let manifest: toml::Table = is_manifest(path).then(|| tree.text(path))??.parse().ok()?;
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
    fn a_layer_has_nothing_of_whose_it_is() {
        let manifest = |name: &str, serde: &str| {
            let text = format!(
                "[workspace]\nmembers = [\"{name}-rules\"]\n[package]\nname = \"{name}\"\nedition = \"2024\"\n\
                 [dependencies]\n{name}-rules.path = \"rules\"\nserde = {{ version = \"{serde}\", features = [\"derive\"] }}\n\
                 [[test]]\nname = \"it\"\n[features]\nfast = []\n[profile.dev]\ndebug = 1"
            );
            wishes(text.parse().unwrap()).to_string()
        };
        assert_eq!(manifest("shop", "1"), manifest("blog", "1"));
        assert_ne!(manifest("shop", "1"), manifest("shop", "1.2"));
        assert!(manifest("shop", "1").contains("derive") && manifest("shop", "1").contains("debug = 1"));
        let lock = |name: &str| {
            let package =
                "[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry\"\nchecksum = \"0\"";
            locked(&format!("version = 4\n{package}\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\""))
        };
        assert_eq!((lock("shop").len(), lock("shop")), (1, lock("blog")));
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

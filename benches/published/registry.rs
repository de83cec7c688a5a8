//! Published crates as trees, got through the ordinary client.

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_gryph::cargo::{Cargo, Workbench, lay_out};
use cargo_gryph::git::{Git, Search};
use cargo_gryph::tree::{Tree, TreePath};
use cargo_gryph::workspace::{Limits, Workspace};

use crate::toolchain::toolchain;

/// The files of a published crate, and a directory `dir/name` that holds them.
pub(crate) fn source(dir: &Path, name: &str, requirement: &str) -> Result<Tree, String> {
    let user = dir.join(format!("{name}-user"));
    std::fs::create_dir_all(user.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"user\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\n{name} = \"{requirement}\"\n"
    );
    std::fs::write(user.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(user.join("src/lib.rs"), "").unwrap();
    let metadata = Command::new(toolchain().cargo)
        .args(["metadata", "--format-version", "1"])
        .current_dir(&user)
        .output()
        .unwrap();
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata.stdout).map_err(|_| "it cannot be fetched")?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let package = packages.iter().find(|package| package["name"] == name).ok_or("it is not there")?;
    let manifest = PathBuf::from(package["manifest_path"].as_str().ok_or("no manifest")?);
    // A copy with a workspace of its own, so that nothing above it counts.
    let copy = dir.join(name);
    let from = manifest.parent().ok_or("no directory")?;
    let copied = Command::new("cp").arg("-r").arg(from).arg(&copy).status().unwrap();
    assert!(copied.success());
    let git = Git::discover(&Search {
        path: std::env::var_os("PATH").unwrap_or_default(),
        environment: std::collections::BTreeMap::new(),
    });
    let workspace = Workspace::read(&copy, &git.map_err(|error| error.to_string())?, &Limits::default());
    Ok(workspace.map_err(|error| error.to_string())?.tree)
}

/// The tree with a lock file, everything it names fetched.
pub(crate) async fn locked(cargo: &Cargo, bench: &Workbench, mut tree: Tree) -> Result<Tree, String> {
    let path = TreePath::new("Cargo.lock").unwrap();
    tree.remove(&path);
    lay_out(&tree, bench).map_err(|error| error.to_string())?;
    cargo.generate_lockfile(bench).await.map_err(|error| error.to_string())?;
    tree.insert(path, std::fs::read(bench.tree().join("Cargo.lock")).unwrap());
    cargo.fetch(bench).await.map_err(|error| error.to_string())?;
    Ok(tree)
}

//! What the place of a file in its package says: the module it is, and whether other crates see it.

use std::path::Path;

/// The folders of a package whose files belong to targets.
const FOLDERS: [&str; 4] = ["src", "tests", "examples", "benches"];

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It belongs to the library, as far as its name tells.
    Library,
    /// It is a program, a benchmark or the build script: no other crate sees it.
    Program,
    /// It is a test, by its folder or because its module is called `tests`.
    Test,
    /// It is an example.
    Example,
}

/// Where the items of a file stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The path of the file's module, from the crate's name on.
    pub(super) module: String,
    /// What the file is for.
    pub(super) role: Role,
}

impl Place {
    /// The place of a file. Items outside of the library are found under the package's name and their
    /// folder's, as `mini::tests::reading::reads_a_line`, since no program can name them and a reader looks
    /// for the package.
    pub(super) fn of(crate_name: &str, path: &Path) -> Self {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let folder = parts.iter().position(|part| FOLDERS.contains(part)).filter(|at| at + 1 < parts.len());
        let below = folder.map_or(&parts[..], |at| &parts[at + 1..]);
        let mut modules = vec![identifier(crate_name)];
        let folder = folder.map(|at| parts[at]).filter(|folder| *folder != "src");
        modules.extend(folder.map(str::to_owned));
        modules.extend(modules_of(below));
        if let (None, ["build.rs"]) = (folder, &parts[..]) {
            modules.push("build".to_owned());
        }
        Self { role: role(folder, below, &parts), module: modules.join("::") }
    }
}

/// The modules of a path below its folder: `a/b.rs` and `a/b/mod.rs` are `a::b`.
fn modules_of(below: &[&str]) -> Vec<String> {
    let Some((file, folders)) = below.split_last() else { return Vec::new() };
    let mut modules: Vec<String> = folders.iter().map(|folder| identifier(folder)).collect();
    let stem = file.rsplit_once('.').map_or(*file, |(stem, _)| stem);
    let root = folders.is_empty() && matches!(stem, "lib" | "build");
    if !root && !matches!(stem, "mod" | "main") {
        modules.push(identifier(stem));
    }
    modules
}

/// What a file is for, by its folder and its name.
fn role(folder: Option<&str>, below: &[&str], parts: &[&str]) -> Role {
    match folder {
        Some("tests") => Role::Test,
        Some("examples") => Role::Example,
        Some(_) => Role::Program,
        None if below.iter().any(|part| matches!(*part, "tests" | "tests.rs")) => Role::Test,
        None if matches!(below, ["main.rs"] | ["bin", ..]) || matches!(parts, ["build.rs"]) => Role::Program,
        None => Role::Library,
    }
}

/// A name as programs write it.
fn identifier(name: &str) -> String {
    name.replace('-', "_")
}

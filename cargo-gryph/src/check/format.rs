//! Which files rustfmt would write differently.

use std::path::Path;

use crate::cargo::{Cargo, CargoError, Workbench};
use crate::check::FormatFact;
use crate::tree::{Tree, TreePath};
use crate::workspace::{Package, packages_of};

/// Formats every Rust file of the tree for comparison.
pub(super) async fn check(cargo: &Cargo, tree: &Tree) -> Result<Vec<FormatFact>, CargoError> {
    let editions = Editions::of(tree);
    let mut facts = Vec::new();
    for path in rust_files(tree) {
        facts.extend(fact(cargo, tree, path, editions.of_file(path), None).await?);
    }
    Ok(facts)
}

/// Formats the Rust files that a change touches, by the settings at the root of the tree in `bench`. One that was not
/// formatted before the change is left alone.
pub(super) async fn check_change(
    cargo: &Cargo,
    bench: &Workbench,
    base: &Tree,
    tree: &Tree,
) -> Result<Vec<FormatFact>, CargoError> {
    let editions = Editions::of(tree);
    let is_there = |name: &&str| TreePath::new(*name).is_ok_and(|path| tree.get(&path).is_some());
    let config = SETTINGS.iter().find(|name| is_there(name)).map(|name| bench.tree().join(name));
    let mut facts = Vec::new();
    for path in rust_files(tree).filter(|path| base.get(path) != tree.get(path)) {
        let edition = editions.of_file(path);
        let Some(found) = fact(cargo, tree, path, edition, config.as_deref()).await? else { continue };
        let was_formatted =
            base.get(path).is_none() || fact(cargo, base, path, edition, config.as_deref()).await?.is_none();
        facts.extend(was_formatted.then_some(found));
    }
    Ok(facts)
}

/// The settings of rustfmt.
const SETTINGS: [&str; 2] = ["rustfmt.toml", ".rustfmt.toml"];

fn rust_files(tree: &Tree) -> impl Iterator<Item = &TreePath> {
    tree.files().map(|(path, _)| path).filter(|path| path.as_str().ends_with(".rs"))
}

/// How a file differs from what rustfmt would write.
async fn fact(
    cargo: &Cargo,
    tree: &Tree,
    path: &TreePath,
    edition: &str,
    config: Option<&Path>,
) -> Result<Option<FormatFact>, CargoError> {
    let Some(text) = tree.text(path) else { return Ok(Some(unreadable(path, "the file is not UTF-8"))) };
    Ok(match cargo.rustfmt_with(text, edition, config).await? {
        Ok(formatted) => first_difference(text, &formatted).map(|line| FormatFact {
            path: path.clone(),
            line,
            error: None,
        }),
        Err(error) => Some(unreadable(path, &error)),
    })
}

fn unreadable(path: &TreePath, error: &str) -> FormatFact {
    FormatFact { path: path.clone(), line: 0, error: Some(error.trim().to_owned()) }
}

/// The editions that the files of a tree are written in.
struct Editions {
    packages: Vec<Package>,
    /// That of the root manifest, for what lies in no package.
    root: String,
}

impl Editions {
    fn of(tree: &Tree) -> Self {
        // Where a manifest cannot be read, nothing is built and that is the finding.
        Self { packages: packages_of(tree).unwrap_or_default(), root: edition(tree) }
    }

    /// The edition of the nearest package above a file.
    fn of_file(&self, path: &TreePath) -> &str {
        let depth = |package: &&Package| package.directory.as_ref().map_or(0, |path| path.as_str().len());
        let holding = self.packages.iter().filter(|package| package.holds(path));
        holding.max_by_key(depth).map_or(&self.root, |package| &package.edition)
    }
}

/// The edition of the root manifest; Cargo's own default where it has none.
fn edition(tree: &Tree) -> String {
    let manifest =
        TreePath::new("Cargo.toml").ok().and_then(|path| tree.text(&path)?.parse::<toml::Table>().ok());
    let of = |keys: &[&str]| -> Option<String> {
        let mut value = toml::Value::Table(manifest.clone()?);
        for key in keys {
            value = value.get(key)?.clone();
        }
        value.as_str().map(str::to_owned)
    };
    of(&["package", "edition"])
        .or_else(|| of(&["workspace", "package", "edition"]))
        .unwrap_or("2015".to_owned())
}

/// The first line, from 1, in which two texts differ.
fn first_difference(left: &str, right: &str) -> Option<usize> {
    // What rustfmt reads from a pipe it writes with plain line ends, whatever they were.
    let lines = |text: &str| text.replace("\r\n", "\n");
    let (left, right) = (lines(left), lines(right));
    if left == right {
        return None;
    }
    let same = left.split('\n').zip(right.split('\n')).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        let cases = [
            ("a\nb\n", "a\nb\n", None),
            ("a\r\nb\r\n", "a\nb\n", None),
            ("a\nb\n", "a\nc\n", Some(2)),
            ("a", "a\n", Some(2)),
            ("", "a\n", Some(1)),
        ];
        for (left, right, line) in cases {
            assert_eq!(first_difference(left, right), line, "{left:?} {right:?}");
        }
    }

    #[test]
    fn each_file_is_written_in_the_edition_of_its_package() {
        let mut tree = Tree::new();
        for (path, text) in [
            ("Cargo.toml", "[workspace]\nmembers = ['a', 'b']\n[workspace.package]\nedition = '2018'\n"),
            ("a/Cargo.toml", "[package]\nname = 'a'\nedition = '2024'\n"),
            ("b/Cargo.toml", "[package]\nname = 'b'\nedition.workspace = true\n"),
        ] {
            tree.insert(TreePath::new(path).unwrap(), text);
        }
        let editions = Editions::of(&tree);
        for (path, edition) in [("a/src/lib.rs", "2024"), ("b/src/lib.rs", "2018"), ("build.rs", "2018")] {
            assert_eq!(editions.of_file(&TreePath::new(path).unwrap()), edition, "{path}");
        }
    }

    #[test]
    fn the_edition_is_the_manifests() {
        let of = |text: &str| {
            let mut tree = Tree::new();
            tree.insert(TreePath::new("Cargo.toml").unwrap(), text);
            edition(&tree)
        };
        assert_eq!(of("[package]\nedition = '2024'"), "2024");
        assert_eq!(of("[package]\nedition.workspace = true\n[workspace.package]\nedition = '2021'"), "2021");
        assert_eq!(of("[package"), "2015");
    }
}

//! Which files rustfmt would write differently.

use crate::cargo::{Cargo, CargoError};
use crate::check::FormatFact;
use crate::tree::{Tree, TreePath};

/// Formats the Rust files of the tree that are wanted, for comparison.
pub(super) async fn check(
    cargo: &Cargo,
    tree: &Tree,
    is_wanted: impl Fn(&TreePath) -> bool,
) -> Result<Vec<FormatFact>, CargoError> {
    let edition = edition(tree);
    let mut facts = Vec::new();
    let wanted = |path: &TreePath| path.as_str().ends_with(".rs") && is_wanted(path);
    for (path, _) in tree.files().filter(|(path, _)| wanted(path)) {
        let Some(text) = tree.text(path) else {
            facts.push(unreadable(path, "the file is not UTF-8"));
            continue;
        };
        match cargo.rustfmt(text, &edition).await? {
            Ok(formatted) => facts.extend(first_difference(text, &formatted).map(|line| FormatFact {
                path: path.clone(),
                line,
                error: None,
            })),
            Err(error) => facts.push(unreadable(path, &error)),
        }
    }
    Ok(facts)
}

fn unreadable(path: &TreePath, error: &str) -> FormatFact {
    FormatFact { path: path.clone(), line: 0, error: Some(error.trim().to_owned()) }
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
            ("a\nb\n", "a\nc\n", Some(2)),
            ("a", "a\n", Some(2)),
            ("", "a\n", Some(1)),
        ];
        for (left, right, line) in cases {
            assert_eq!(first_difference(left, right), line, "{left:?} {right:?}");
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

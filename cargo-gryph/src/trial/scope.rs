//! Which packages and targets hold the deciding tests, told from the files alone, so that nothing else is built.

use std::collections::BTreeMap;

use crate::cargo::SingleTarget;
use crate::hole::TestName;
use crate::tree::{Tree, TreePath};

/// What a trial builds. Nothing named stands for everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Scope {
    pub(super) packages: Vec<String>,
    pub(super) only: Vec<SingleTarget>,
}

/// The packages and targets of `tests`; everything, where a test's place cannot be told.
pub(super) fn scope(tree: &Tree, tests: &[TestName]) -> Scope {
    narrow(tree, tests).unwrap_or_default()
}

fn narrow(tree: &Tree, tests: &[TestName]) -> Option<Scope> {
    let packages = Package::all(tree);
    let mut scope = Scope::default();
    for test in tests {
        let mut holders = packages.iter().filter(|package| match test.package() {
            Some(name) => package.name == name && !package.dir.is_empty(),
            None => package.dir.is_empty(),
        });
        let (Some(package), None) = (holders.next(), holders.next()) else { return None };
        let targets = package.targets(tree, test.target_in_package());
        if targets.is_empty() {
            return None;
        }
        for target in targets {
            if !scope.only.contains(&target) {
                scope.only.push(target);
            }
        }
        if packages.len() > 1 && !scope.packages.contains(&package.name) {
            scope.packages.push(package.name.clone());
        }
    }
    Some(scope)
}

/// A package of the tree.
struct Package {
    name: String,
    /// Its directory, with a slash at the end, or nothing.
    dir: String,
    manifest: toml::Table,
}

impl Package {
    fn all(tree: &Tree) -> Vec<Self> {
        let manifests =
            tree.files().filter(|(path, _)| path.as_str().rsplit('/').next() == Some("Cargo.toml"));
        let packages: BTreeMap<&TreePath, Self> =
            manifests.filter_map(|(path, _)| Some((path, Self::read(tree, path)?))).collect();
        packages.into_values().collect()
    }

    fn read(tree: &Tree, path: &TreePath) -> Option<Self> {
        let manifest: toml::Table = tree.text(path)?.parse().ok()?;
        let name = manifest.get("package")?.get("name")?.as_str()?.to_owned();
        Some(Self { name, dir: path.as_str().strip_suffix("Cargo.toml")?.to_owned(), manifest })
    }

    /// The targets that answer to a name; a library and a program may share one.
    fn targets(&self, tree: &Tree, name: &str) -> Vec<SingleTarget> {
        let mut targets = Vec::new();
        if self.has(tree, "test", name, &["tests"]) {
            targets.push(SingleTarget::Test(name.to_owned()));
        }
        if self.library(tree).is_some_and(|library| library == name) {
            targets.push(SingleTarget::Library);
        }
        let is_main = name == self.name && self.is_file(tree, "src/main.rs");
        if is_main || self.has(tree, "bin", name, &["src/bin"]) {
            targets.push(SingleTarget::Bin(name.to_owned()));
        }
        targets
    }

    fn library(&self, tree: &Tree) -> Option<String> {
        let text = |key: &str| self.manifest.get("lib")?.get(key)?.as_str();
        let path = text("path").unwrap_or("src/lib.rs");
        let name = || text("name").map_or_else(|| self.name.replace('-', "_"), str::to_owned);
        self.is_file(tree, path).then(name)
    }

    /// Whether the manifest names such a target or Cargo would find it in one of these directories.
    fn has(&self, tree: &Tree, kind: &str, name: &str, dirs: &[&str]) -> bool {
        let named = self.manifest.get(kind).and_then(toml::Value::as_array).into_iter().flatten();
        named.filter_map(|target| target.get("name")?.as_str()).any(|other| other == name)
            || dirs.iter().any(|dir| {
                self.is_file(tree, &format!("{dir}/{name}.rs"))
                    || self.is_file(tree, &format!("{dir}/{name}/main.rs"))
            })
    }

    fn is_file(&self, tree: &Tree, path: &str) -> bool {
        TreePath::new(format!("{}{path}", self.dir)).is_ok_and(|path| tree.get(&path).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, content) in files {
            tree.insert(TreePath::new(*path).expect("plain"), *content);
        }
        tree
    }

    fn targets(tree: &Tree, targets: &[&str]) -> Scope {
        let name = |target: &&str| TestName { target: (*target).to_owned(), name: "t".to_owned() };
        scope(tree, &targets.iter().map(name).collect::<Vec<_>>())
    }

    fn test(name: &str) -> SingleTarget {
        SingleTarget::Test(name.to_owned())
    }

    #[test]
    fn only_the_targets_that_decide_are_built() {
        let manifest = "[package]\nname = \"a-sample\"\n[[test]]\nname = \"odd\"\npath = \"odd.rs\"";
        let files =
            ["src/lib.rs", "src/main.rs", "src/bin/tool.rs", "tests/a.rs", "tests/b/main.rs", "tests/c.rs"];
        let mut all = vec![("Cargo.toml", manifest)];
        all.extend(files.map(|file| (file, "")));
        let tree = tree(&all);
        let bin = |name: &str| SingleTarget::Bin(name.to_owned());
        assert_eq!(targets(&tree, &["a", "b", "a"]).only, [test("a"), test("b")]);
        assert_eq!(targets(&tree, &["a_sample", "odd"]).only, [SingleTarget::Library, test("odd")]);
        assert_eq!(targets(&tree, &["a-sample", "tool"]).only, [bin("a-sample"), bin("tool")]);
        assert_eq!(targets(&tree, &["a", "other"]), Scope::default(), "nobody knows where it is");
        assert_eq!(targets(&tree, &["a"]).packages, Vec::<String>::new());
    }

    #[test]
    fn only_the_members_that_decide_are_built() {
        let tree = tree(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]"),
            ("one/Cargo.toml", "[package]\nname = \"one\""),
            ("one/src/lib.rs", ""),
            ("one/tests/outer.rs", ""),
            ("two/Cargo.toml", "[package]\nname = \"second\""),
            ("two/tests/outer.rs", ""),
            ("one/tests/data/Cargo.toml", "not a manifest"),
        ]);
        let scope = targets(&tree, &["one/outer", "one/one"]);
        assert_eq!(
            (scope.packages, scope.only),
            (vec!["one".to_owned()], vec![test("outer"), SingleTarget::Library])
        );
        assert_eq!(targets(&tree, &["second/outer"]).packages, ["second"]);
        assert_eq!(targets(&tree, &["outer"]), Scope::default(), "no package lies at the root");
    }
}

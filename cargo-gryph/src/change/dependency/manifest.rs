//! The dependencies that manifests declare, with the line of each.

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

use super::lock::Lines;
use crate::tree::{Tree, TreePath};
use crate::workspace;

/// A manifest that is longer is none that a person wrote.
const MAX_BYTES: usize = 1 << 20;

/// A dependency as a manifest declares it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Declared {
    /// The manifest.
    pub manifest: TreePath,
    /// The line, from 1.
    pub line: usize,
    /// In what kind of table.
    pub table: Table,
    /// The key.
    pub key: String,
    /// The name of the package.
    pub name: String,
    /// The version that is asked for.
    pub requirement: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// The features that it is asked for with.
    pub features: Vec<String>,
}

/// The kind of table that declares a dependency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Table {
    /// `[dependencies]`, `[dev-dependencies]`, `[build-dependencies]`, those of a target too.
    Own,
    /// `[workspace.dependencies]`.
    Shared,
    /// `[patch]` or `[replace]`.
    Replacing,
}

/// Where a dependency comes from.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// The default registry.
    Registry,
    /// Another registry, by name or address.
    OtherRegistry(String),
    /// A repository.
    Git {
        /// Its address.
        url: String,
        /// The commit, if one is named.
        rev: Option<String>,
    },
    /// A directory, as it is written.
    Path(String),
    /// What the workspace says.
    Inherited,
}

/// A manifest, as far as dependencies go.
#[derive(Clone, Default, Debug)]
pub(super) struct Manifest {
    /// The name of its package.
    pub(super) name: Option<String>,
    /// The version of its package, when it stands there in plain.
    pub(super) version: Option<String>,
    /// The line of the package's name.
    pub(super) line: usize,
    /// What it declares.
    pub(super) declared: Vec<Declared>,
}

/// The manifests of a workspace.
#[derive(Default)]
pub(super) struct Manifests {
    /// Each with its path; the members first.
    pub(super) all: Vec<(TreePath, Manifest)>,
    /// How many of them are members; `None` when the members cannot be told.
    pub(super) members: Option<usize>,
}

impl Manifests {
    /// Reads those of the members and of what they depend on by path. Where the members cannot be told, every manifest
    /// of the tree counts.
    pub(super) fn of(tree: &Tree) -> Self {
        let Ok(packages) = workspace::packages_of(tree) else {
            let is_manifest = |path: &&TreePath| path.as_str().rsplit('/').next() == Some("Cargo.toml");
            let paths = tree.files().map(|(path, _)| path).filter(is_manifest);
            return Self { all: paths.filter_map(|path| read(tree, path)).collect(), members: None };
        };
        let root = TreePath::new("Cargo.toml").expect("a plain name");
        let members: BTreeSet<TreePath> =
            packages.iter().filter_map(|package| package.path("Cargo.toml")).chain([root]).collect();
        let mut all: Vec<(TreePath, Manifest)> = members.iter().filter_map(|path| read(tree, path)).collect();
        let members = Some(all.len());
        let mut next = 0;
        while let Some((path, manifest)) = all.get(next) {
            let inside = manifest.declared.iter().filter_map(|one| inside(path, one));
            let inside: Vec<TreePath> = inside.collect();
            for path in inside {
                if !all.iter().any(|(known, _)| *known == path) {
                    all.extend(read(tree, &path));
                }
            }
            next += 1;
        }
        Self { all, members }
    }

    /// Everything that is declared.
    pub(super) fn declared(&self) -> impl Iterator<Item = &Declared> {
        self.all.iter().flat_map(|(_, manifest)| &manifest.declared)
    }
}

/// The manifest in the tree that a dependency by path has.
pub(super) fn inside(manifest: &TreePath, declared: &Declared) -> Option<TreePath> {
    let Origin::Path(path) = &declared.origin else { return None };
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = manifest.as_str().split('/').collect();
    parts.pop();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    parts.push("Cargo.toml");
    TreePath::new(parts.join("/")).ok()
}

fn read(tree: &Tree, path: &TreePath) -> Option<(TreePath, Manifest)> {
    let text = tree.text(path)?;
    Some((path.clone(), parse(path, text)?))
}

/// Reads a manifest; `None` when it is none.
pub(super) fn parse(path: &TreePath, text: &str) -> Option<Manifest> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let document = DeTable::parse(text).ok()?;
    let reader = Reader { manifest: path, lines: Lines::of(text) };
    let top = document.get_ref();
    let mut declared = reader.own(top);
    for target in tables(top, "target") {
        declared.extend(reader.own(target));
    }
    if let Some(workspace) = table(top, "workspace") {
        declared.extend(reader.table(workspace, "dependencies", Table::Shared));
    }
    for patched in tables(top, "patch") {
        declared.extend(reader.entries(patched, Table::Replacing));
    }
    declared.extend(reader.table(top, "replace", Table::Replacing));
    let package = table(top, "package").or_else(|| table(top, "project"));
    let named = |key: &str| package.and_then(|package| package.get(key));
    let text = |key: &str| named(key).and_then(|value| value.get_ref().as_str()).map(str::to_owned);
    let line = named("name").map_or(1, |name| reader.lines.line(name.span().start));
    Some(Manifest { name: text("name"), version: text("version"), line, declared })
}

fn table<'t, 'i>(parent: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    parent.get(key)?.get_ref().as_table()
}

/// The tables in a table of tables.
fn tables<'t, 'i>(parent: &'t DeTable<'i>, key: &str) -> impl Iterator<Item = &'t DeTable<'i>> {
    let inner = table(parent, key).into_iter().flat_map(|table| table.iter());
    inner.filter_map(|(_, value)| value.get_ref().as_table())
}

struct Reader<'a> {
    manifest: &'a TreePath,
    lines: Lines,
}

impl Reader<'_> {
    fn own(&self, parent: &DeTable<'_>) -> Vec<Declared> {
        let names = ["dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies"];
        let all = names.iter().chain(&["build_dependencies"]);
        all.flat_map(|name| self.table(parent, name, Table::Own)).collect()
    }

    fn table(&self, parent: &DeTable<'_>, key: &str, kind: Table) -> Vec<Declared> {
        table(parent, key).map(|table| self.entries(table, kind)).unwrap_or_default()
    }

    fn entries(&self, table: &DeTable<'_>, kind: Table) -> Vec<Declared> {
        let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
            let key: &toml::Spanned<std::borrow::Cow<'_, str>> = key;
            self.entry(key.get_ref(), self.lines.line(key.span().start), value.get_ref(), kind)
        };
        table.iter().map(entry).collect()
    }

    fn entry(&self, key: &str, line: usize, value: &DeValue<'_>, table: Table) -> Declared {
        let text = |name: &str| value.as_table()?.get(name)?.get_ref().as_str().map(str::to_owned);
        let flag = |name: &str| value.as_table()?.get(name)?.get_ref().as_bool();
        let other = || text("registry").filter(|name| name != "crates-io").or_else(|| text("registry-index"));
        let origin = match (text("git"), text("path")) {
            _ if flag("workspace") == Some(true) => Origin::Inherited,
            (Some(url), _) => Origin::Git { url, rev: text("rev") },
            (None, Some(path)) => Origin::Path(path),
            (None, None) => other().map_or(Origin::Registry, Origin::OtherRegistry),
        };
        // `[replace]` names a package with its version.
        let name = text("package").unwrap_or_else(|| key.split(':').next().unwrap_or(key).to_owned());
        let requirement = value.as_str().map(str::to_owned).or_else(|| text("version"));
        let listed = value.as_table().and_then(|table| table.get("features")?.get_ref().as_array());
        let features = listed.into_iter().flat_map(|list| list.iter());
        let mut features: Vec<String> =
            features.filter_map(|one| one.get_ref().as_str().map(str::to_owned)).collect();
        features.sort();
        let key = key.to_owned();
        Declared { manifest: self.manifest.clone(), line, table, key, name, requirement, origin, features }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Declared> {
        parse(&TreePath::new("kit/Cargo.toml").unwrap(), text).unwrap().declared
    }

    #[test]
    fn every_table_of_dependencies_is_read() {
        let text = "[dependencies]\na = \"1\"\nb = { git = \"https://x.example/b\", rev = \"0123abcd\" }\n\
                    [dependencies.c]\npackage = \"real-c\"\nversion = \"2\"\nregistry = \"corp\"\n\
                    [target.'cfg(unix)'.dev-dependencies]\nd = { path = \"../d\" }\ne.workspace = true\n\
                    [workspace.dependencies]\nf = \"*\"\n[patch.crates-io]\ng = { path = \"g\" }\n[replace]\n\"h:1.0.0\" = { path = \"h\" }\n";
        let shown: Vec<String> = read(text)
            .iter()
            .map(|one| format!("{} {:?} {:?} {:?}", one.line, one.table, one.name, one.origin))
            .collect();
        let expected = [
            "2 Own \"a\" Registry",
            "3 Own \"b\" Git { url: \"https://x.example/b\", rev: Some(\"0123abcd\") }",
            "4 Own \"real-c\" OtherRegistry(\"corp\")",
            "9 Own \"d\" Path(\"../d\")",
            "10 Own \"e\" Inherited",
            "12 Shared \"f\" Registry",
            "14 Replacing \"g\" Path(\"g\")",
            "16 Replacing \"h\" Path(\"h\")",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_directory_in_the_tree_is_told_from_one_outside() {
        let manifest = TreePath::new("kit/Cargo.toml").unwrap();
        for (path, expected) in [
            ("../d", Some("d/Cargo.toml")),
            ("../../d", None),
            ("/d", None),
            ("x/./y", Some("kit/x/y/Cargo.toml")),
        ] {
            let declared = &read(&format!("[dependencies]\nd = {{ path = \"{path}\" }}\n"))[0];
            assert_eq!(inside(&manifest, declared).as_ref().map(TreePath::as_str), expected, "{path}");
        }
    }
}

//! What a lock file names, with the line of each package.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::tree::{Tree, TreePath};

/// A lock file that is longer is none that Cargo wrote for a workspace.
const MAX_BYTES: usize = 16 << 20;

/// A package of a lock file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version, as it is written.
    pub version: String,
    /// Where it comes from, such as `registry+https://…`; `None` for a package of the workspace.
    pub source: Option<String>,
    /// The checksum of its archive.
    pub checksum: Option<String>,
    /// What it depends on: a name, with the version where there are several.
    pub dependencies: Vec<String>,
    /// The line where its name stands, from 1.
    pub line: usize,
}

impl LockedPackage {
    /// Whether it comes from a registry.
    pub fn is_of_registry(&self) -> bool {
        self.source.as_deref().is_some_and(is_registry)
    }

    /// Whether it comes from the public registry, to which names of crates in advisories belong.
    pub fn is_of_crates_io(&self) -> bool {
        matches!(
            self.source.as_deref(),
            Some("registry+https://github.com/rust-lang/crates.io-index" | "sparse+https://index.crates.io/")
        )
    }

    /// What tells it from every other: name, version, source.
    pub(super) fn identity(&self) -> (&str, &str, Option<&str>) {
        (&self.name, &self.version, self.source.as_deref())
    }
}

/// Whether a source of a lock file is a registry.
pub(super) fn is_registry(source: &str) -> bool {
    source.starts_with("registry+") || source.starts_with("sparse+")
}

/// The path of the lock file.
pub(super) fn path() -> TreePath {
    TreePath::new("Cargo.lock").expect("a plain name")
}

/// The packages of a tree's lock file; `None` without one, an error when it is none.
pub(super) fn read(tree: &Tree) -> Option<Result<Vec<LockedPackage>, String>> {
    let bytes = tree.get(&path())?;
    Some(std::str::from_utf8(bytes).map_err(|error| error.to_string()).and_then(parse))
}

/// The packages of the text of a lock file, in its order.
pub(super) fn parse(text: &str) -> Result<Vec<LockedPackage>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("it is longer than {MAX_BYTES} bytes"));
    }
    let document = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    let Some(listed) = document.get_ref().get("package") else { return Ok(Vec::new()) };
    let listed = listed.get_ref().as_array().ok_or("`package` is no list")?;
    let lines = Lines::of(text);
    listed
        .iter()
        .map(|entry| package(entry, &lines).ok_or_else(|| "a package has no name or version".to_owned()))
        .collect()
}

fn package(entry: &Spanned<DeValue<'_>>, lines: &Lines) -> Option<LockedPackage> {
    let table = entry.get_ref().as_table()?;
    let text = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str()).map(str::to_owned);
    Some(LockedPackage {
        name: text("name")?,
        version: text("version")?,
        source: text("source"),
        checksum: text("checksum"),
        dependencies: texts(table.get("dependencies")),
        line: lines.line(table.get("name")?.span().start),
    })
}

fn texts(list: Option<&Spanned<DeValue<'_>>>) -> Vec<String> {
    let list = list.and_then(|list| list.get_ref().as_array());
    let texts = list.into_iter().flat_map(|list| list.iter());
    texts.filter_map(|text| text.get_ref().as_str().map(str::to_owned)).collect()
}

/// Where the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.0.partition_point(|end| *end < at) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_with_their_lines() {
        let text = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\n\
                    version = \"2.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"ab\"\n";
        let packages = parse(text).unwrap();
        let shown: Vec<_> = packages.iter().map(|one| (one.name.as_str(), one.line)).collect();
        assert_eq!(shown, [("a", 4), ("b", 8)]);
        assert!(!packages[0].is_of_registry() && packages[1].is_of_crates_io());
        assert!(
            parse("[[package]]\nname = 1\n").is_err() && parse("package = 3").is_err() && parse("x").is_err()
        );
        assert_eq!(parse("").unwrap(), []);
    }
}

//! A manifest as a table, and the questions that are asked of it.

use std::io::Read as _;
use std::path::Path;

use toml::{Table, Value};

use super::WorkspaceError;

/// The name of every manifest.
pub(super) const NAME: &str = "Cargo.toml";

/// Bytes of a manifest, at most.
const MAX_BYTES: u64 = 4 << 20;

/// A parsed manifest.
#[derive(Clone, Debug)]
pub(super) struct Manifest(Table);

impl Manifest {
    /// Parses a text; `path` is for messages.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, WorkspaceError> {
        let error = |reason: String| WorkspaceError::Manifest { path: path.to_owned(), reason };
        text.parse::<Table>().map(Self).map_err(|wrong| {
            // Without the picture of the text: where, and what.
            let place =
                wrong.span().map(|span| text.get(..span.start).unwrap_or_default().lines().count().max(1));
            let place = place.map(|line| format!("line {line}: ")).unwrap_or_default();
            error(format!("{place}{}", wrong.message()))
        })
    }

    /// Reads a file that must be a plain one.
    pub(super) fn read(path: &Path) -> Result<Self, WorkspaceError> {
        let error = |source| WorkspaceError::Read { path: path.to_owned(), source };
        let unusable =
            |reason: &str| WorkspaceError::Manifest { path: path.to_owned(), reason: reason.to_owned() };
        if !path.metadata().map_err(error)?.is_file() {
            return Err(unusable("it is not a file"));
        }
        let mut bytes = Vec::new();
        let opened = std::fs::File::open(path).map_err(error)?;
        opened.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(error)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unusable("it is too large"));
        }
        let text = String::from_utf8(bytes).map_err(|_| unusable("it is not text"))?;
        Self::parse(path, &text)
    }

    pub(super) fn workspace(&self) -> Option<Section<'_>> {
        self.section("workspace")
    }

    pub(super) fn package(&self) -> Option<Section<'_>> {
        // `[project]` is what old manifests call it.
        self.section("package").or_else(|| self.section("project"))
    }

    pub(super) fn section(&self, name: &str) -> Option<Section<'_>> {
        self.0.get(name)?.as_table().map(Section)
    }

    /// The tables of `[[name]]`.
    pub(super) fn array(&self, name: &str) -> Vec<Section<'_>> {
        let entries = self.0.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        entries.iter().filter_map(Value::as_table).map(Section).collect()
    }

    /// Every dependency, of any kind and platform: its name, and what is said of it.
    pub(super) fn dependencies(&self) -> Vec<(&str, Section<'_>)> {
        let platforms = self.section("target").into_iter().flat_map(|targets| targets.sections());
        let mut found: Vec<(&str, Section<'_>)> = Vec::new();
        for holder in [Section(&self.0)].into_iter().chain(platforms.map(|(_, section)| section)) {
            let kinds = DEPENDENCIES.iter().filter_map(|kind| holder.section(kind));
            found.extend(kinds.flat_map(|kind| kind.sections()));
        }
        found
    }

    /// What stands in place of other dependencies: `[patch.<source>]` and `[replace]`.
    pub(super) fn replacements(&self) -> Vec<Section<'_>> {
        let patches = self.section("patch").into_iter().flat_map(|patch| patch.sections());
        let patches = patches.flat_map(|(_, source)| source.sections());
        let replaced = self.section("replace").into_iter().flat_map(|replace| replace.sections());
        patches.chain(replaced).map(|(_, section)| section).collect()
    }
}

const DEPENDENCIES: [&str; 5] =
    ["dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies"];

/// A table of a manifest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section<'a>(&'a Table);

impl<'a> Section<'a> {
    pub(super) fn text(self, key: &str) -> Option<&'a str> {
        self.0.get(key)?.as_str()
    }

    pub(super) fn flag(self, key: &str) -> Option<bool> {
        self.0.get(key)?.as_bool()
    }

    pub(super) fn texts(self, key: &str) -> Vec<&'a str> {
        let entries = self.0.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        entries.iter().filter_map(Value::as_str).collect()
    }

    pub(super) fn section(self, key: &str) -> Option<Section<'a>> {
        self.0.get(key)?.as_table().map(Section)
    }

    /// The names of dependencies in a table of them, without optional ones.
    pub(super) fn wanted(self) -> Vec<String> {
        let is_optional = |value: &Value| {
            value.as_table().is_some_and(|table| Section(table).flag("optional") == Some(true))
        };
        self.0.iter().filter(|(_, value)| !is_optional(value)).map(|(name, _)| name.clone()).collect()
    }

    /// The tables in this one, by name.
    pub(super) fn sections(self) -> Vec<(&'a str, Section<'a>)> {
        let tables =
            self.0.iter().filter_map(|(name, value)| Some((name.as_str(), Section(value.as_table()?))));
        tables.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, WorkspaceError> {
        Manifest::parse(Path::new("Cargo.toml"), text)
    }

    #[test]
    fn dependencies_of_every_kind_are_found() {
        let manifest = parse(
            "[dependencies]\na = \"1\"\nb = { path = \"b\" }\n[dev-dependencies.c]\npath = \"c\"\n\
             [target.'cfg(unix)'.build-dependencies]\nd = { path = \"d\" }\n\
             [patch.crates-io]\ne = { path = \"e\" }\n",
        )
        .unwrap();
        let paths: Vec<_> = manifest.dependencies().iter().filter_map(|(_, dep)| dep.text("path")).collect();
        assert_eq!(paths, ["b", "c", "d"]);
        assert_eq!(manifest.replacements()[0].text("path"), Some("e"));
    }

    #[test]
    fn a_broken_manifest_is_an_error_with_its_line() {
        let error = parse("[package]\nname = \n").unwrap_err().to_string();
        assert!(error.contains("`Cargo.toml`: line 2: "), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[a-z\\[\\]{}=\\.\"' \n]{0,80}") {
            if let Ok(manifest) = parse(&text) {
                let _ = (manifest.dependencies(), manifest.replacements(), manifest.array("a"));
            }
        }

        #[test]
        fn deep_nesting_is_an_error(depth in 200_usize..5000) {
            let text = format!("a = {}{}", "[".repeat(depth), "]".repeat(depth));
            proptest::prop_assert!(parse(&text).is_err());
        }
    }
}

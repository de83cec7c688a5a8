//! Vendored packages: directories of a tree that stand in the place of registries, as `cargo vendor` lays them down.
//!
//! Of a repository's configuration of Cargo this is the one part that is heeded, and only as far as it leads to
//! directories inside of the tree: nothing else in it can say where code comes from, or run anything.

use std::ffi::OsString;
use std::path::Path;

use crate::tree::{Tree, TreePath};

/// Where the configuration may stand; the first wins, as it does for Cargo.
const FILES: [&str; 2] = [".cargo/config", ".cargo/config.toml"];
/// What names a source that is replaced.
const NAMES: [&str; 6] = ["registry", "git", "branch", "tag", "rev", "replace-with"];

/// Sources that are replaced by directories of the tree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vendored {
    /// Settings below `source`, as dotted keys, with their values.
    replaced: Vec<(String, String)>,
    /// Sources that are directories.
    directories: Vec<(String, TreePath)>,
}

impl Vendored {
    /// What the files of a workspace that act on tools say; nothing where they say nothing that can be read.
    pub fn of(tools: &Tree) -> Self {
        let texts = FILES.iter().filter_map(|name| tools.text(&TreePath::new(*name).ok()?));
        let config: Option<toml::Table> = texts.take(1).find_map(|text| text.parse().ok());
        let Some(toml::Value::Table(sources)) = config.and_then(|mut config| config.remove("source")) else {
            return Self::default();
        };
        let directories: Vec<(String, TreePath)> = sources
            .iter()
            .filter_map(|(name, source)| {
                let path = source.get("directory")?.as_str()?.trim_start_matches("./").trim_end_matches('/');
                Some((name.clone(), TreePath::new(path).ok()?))
            })
            .collect();
        let leads_here = |source: &toml::Value| {
            let target = source.get("replace-with").and_then(toml::Value::as_str);
            target.is_some_and(|target| directories.iter().any(|(name, _)| name == target))
        };
        let replaced = sources.iter().filter(|(_, source)| leads_here(source)).flat_map(|(name, source)| {
            NAMES.iter().filter_map(move |key| {
                let value = source.get(*key)?.as_str()?;
                Some((format!("{}.{key}", quoted(name)), value.to_owned()))
            })
        });
        Self { replaced: replaced.collect(), directories }
    }

    /// Whether a file belongs to a vendored package.
    pub fn holds(&self, path: &TreePath) -> bool {
        let mut directories = self.directories.iter().map(|(_, directory)| directory.as_str());
        let inside = |dir: &str| path.as_str().strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        !self.replaced.is_empty() && directories.any(inside)
    }

    /// Cargo's arguments for a tree that lies at `root`.
    pub(super) fn arguments(&self, root: &Path) -> Vec<OsString> {
        if self.replaced.is_empty() {
            return Vec::new();
        }
        let at = |path: &TreePath| root.join(path.as_str()).to_string_lossy().into_owned();
        let directories =
            self.directories.iter().map(|(name, path)| (format!("{}.directory", quoted(name)), at(path)));
        let all = self.replaced.iter().cloned().chain(directories);
        all.flat_map(|(key, value)| ["--config".into(), format!("source.{key}={}", quoted(&value)).into()])
            .collect()
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vendored(config: &str) -> Vendored {
        let mut tools = Tree::new();
        tools.insert(TreePath::new(".cargo/config.toml").unwrap(), config);
        Vendored::of(&tools)
    }

    #[test]
    fn directories_of_the_tree_replace_registries_and_repositories() {
        let vendored = vendored(
            r#"
            [source.crates-io]
            replace-with = "vendored"
            [source."git+https://example.org/kit"]
            git = "https://example.org/kit"
            replace-with = "vendored"
            [source.vendored]
            directory = "third/vendor"
            [build]
            rustc-wrapper = "/bin/false"
            "#,
        );
        let arguments = vendored.arguments(Path::new("/tree"));
        let arguments: Vec<&str> = arguments.iter().map(|one| one.to_str().unwrap()).collect();
        assert_eq!(
            arguments,
            [
                "--config",
                r#"source."crates-io".replace-with="vendored""#,
                "--config",
                r#"source."git+https://example.org/kit".git="https://example.org/kit""#,
                "--config",
                r#"source."git+https://example.org/kit".replace-with="vendored""#,
                "--config",
                r#"source."vendored".directory="/tree/third/vendor""#,
            ]
        );
        assert!(vendored.holds(&TreePath::new("third/vendor/kit/src/lib.rs").unwrap()));
        assert!(!vendored.holds(&TreePath::new("third/vendored.rs").unwrap()));
    }

    #[test]
    fn nothing_else_of_a_configuration_is_heeded() {
        let quiet = [
            "",
            "[source",
            "source = 3",
            "[source.crates-io]\nreplace-with = \"mirror\"\n[source.mirror]\nregistry = \"https://example.org\"",
            "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"../v\"",
            "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"/v\"",
            "[source.v]\ndirectory = \"v\"",
        ];
        for config in quiet {
            assert_eq!(vendored(config).arguments(Path::new("/tree")), Vec::<OsString>::new(), "{config}");
        }
    }
}

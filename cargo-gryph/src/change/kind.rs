//! What a file of a tree is for, by its path.

use serde::{Deserialize, Serialize};

use crate::change::observation::ObservationKind;
use crate::tree::TreePath;

/// What a file is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Rust that is part of the program.
    Program,
    /// Tests, benchmarks and their data.
    Test,
    /// `build.rs`.
    BuildScript,
    /// `Cargo.toml` and `Cargo.lock`.
    Manifest,
    /// What continuous integration runs.
    ContinuousIntegration,
    /// `.config/gryph*`, `.config/gryph/`, `gryph.toml` in any folder.
    OwnConfiguration,
    /// What steers Cargo, rustc, clippy, rustfmt, nextest and git.
    ToolConfiguration,
    /// Anything else.
    Other,
}

impl FileKind {
    /// The kind of the file at a path. A Rust file under `src` that a module declares for tests only is told apart by
    /// its declaration, not here.
    pub fn of(path: &TreePath) -> Self {
        let text = path.as_str().to_lowercase();
        let parts: Vec<&str> = text.split('/').collect();
        let (name, folders) = parts.split_last().map_or(("", &[][..]), |(name, folders)| (*name, folders));
        let below = |folder: &str| folders.contains(&folder);
        // Whatever a file of our own policies is called.
        let of_ours = folders.windows(2).any(|pair| pair == [".config", "gryph"]);
        if of_ours || below(".config") && name.starts_with("gryph") {
            return Self::OwnConfiguration;
        }
        match name {
            "build.rs" if !below("src") && !below("tests") => return Self::BuildScript,
            "cargo.toml" | "cargo.lock" => return Self::Manifest,
            // At the root it is the specification that the project was made from, which decides nothing here.
            "gryph.toml" if !folders.is_empty() => return Self::OwnConfiguration,
            "rust-toolchain"
            | "rust-toolchain.toml"
            | "clippy.toml"
            | ".clippy.toml"
            | "rustfmt.toml"
            | ".rustfmt.toml"
            | "nextest.toml"
            | "deny.toml"
            | "codecov.yml"
            | ".codecov.yml"
            | "tarpaulin.toml"
            | ".tarpaulin.toml"
            | ".gitattributes"
            | ".gitmodules" => {
                return Self::ToolConfiguration;
            }
            ".travis.yml" | ".gitlab-ci.yml" | "jenkinsfile" | "azure-pipelines.yml" | ".cirrus.yml" => {
                return Self::ContinuousIntegration;
            }
            _ => {}
        }
        if [".cargo", ".config", ".git"].into_iter().any(below) {
            return Self::ToolConfiguration;
        }
        if [".github", ".gitlab", ".circleci", ".buildkite", ".woodpecker"].into_iter().any(below) {
            return Self::ContinuousIntegration;
        }
        // Data of tests, snapshots and proptest's seeds lie outside `src` too.
        let tested = ["tests", "benches", "fixtures", "testdata", "snapshots", "proptest-regressions"];
        if !below("src") && tested.into_iter().any(below) || name.ends_with(".snap") {
            return Self::Test;
        }
        if name.ends_with(".rs") { Self::Program } else { Self::Other }
    }

    /// What touching such a file is, if that is a matter of the whole file.
    pub(super) fn observation(self) -> Option<ObservationKind> {
        match self {
            Self::Program => None,
            Self::Test => Some(ObservationKind::TestCode),
            Self::BuildScript => Some(ObservationKind::BuildScript),
            Self::Manifest => Some(ObservationKind::Manifest),
            Self::ContinuousIntegration => Some(ObservationKind::ContinuousIntegration),
            Self::OwnConfiguration => Some(ObservationKind::OwnConfiguration),
            Self::ToolConfiguration => Some(ObservationKind::ToolConfiguration),
            Self::Other => Some(ObservationKind::OtherFile),
        }
    }
}

/// How a file differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileDifference {
    /// It was not there.
    Added,
    /// It is gone.
    Removed,
    /// It has other bytes.
    Changed,
}

/// A file that a change touches.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileChange {
    /// The file.
    pub path: TreePath,
    /// What it is for.
    pub kind: FileKind,
    /// How it differs.
    pub difference: FileDifference,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_path() {
        let cases = [
            ("src/lib.rs", FileKind::Program),
            ("crates/a/src/build.rs", FileKind::Program),
            ("crates/a/src/fixtures/x.rs", FileKind::Program),
            ("build.rs", FileKind::BuildScript),
            ("crates/a/build.rs", FileKind::BuildScript),
            ("tests/it.rs", FileKind::Test),
            ("tests/data/a.json", FileKind::Test),
            ("crates/a/benches/b.rs", FileKind::Test),
            ("src/snapshots/a.snap", FileKind::Test),
            ("Cargo.lock", FileKind::Manifest),
            ("crates/a/Cargo.toml", FileKind::Manifest),
            (".github/workflows/ci.yml", FileKind::ContinuousIntegration),
            (".config/gryph.toml", FileKind::OwnConfiguration),
            (".config/gryph/policies/own.toml", FileKind::OwnConfiguration),
            (".Config/Gryph/policies/Cargo.toml", FileKind::OwnConfiguration),
            (".config/gryph/baseline.json", FileKind::OwnConfiguration),
            (".config/nextest.toml", FileKind::ToolConfiguration),
            (".cargo/config.toml", FileKind::ToolConfiguration),
            ("Rust-Toolchain.toml", FileKind::ToolConfiguration),
            ("README.md", FileKind::Other),
            ("gryph.toml", FileKind::Other),
            ("a/gryph.toml", FileKind::OwnConfiguration),
            (".gryph/scaffold", FileKind::Other),
            (".gryph/base/Cargo.toml.txt", FileKind::Other),
        ];
        for (path, kind) in cases {
            assert_eq!(FileKind::of(&TreePath::new(path).unwrap()), kind, "{path}");
        }
    }
}

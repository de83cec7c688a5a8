//! Advisories of a database in the form of RustSec: for each a Markdown file that begins with a block of TOML.

use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use semver::{Comparator, Op, Prerelease, Version, VersionReq};
use serde::Deserialize;

use crate::tree::{Tree, TreePath};

/// Bytes of one advisory.
const MAX_BYTES: u64 = 256 << 10;
/// Advisories of a database.
const MAX_FILES: usize = 100_000;
/// Characters of a title that are told.
const MAX_TITLE: usize = 120;

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AdvisoryError {
    /// It is no database.
    #[error("`{}` holds no directory `crates`, so it is no advisory database", path.display())]
    None {
        /// The directory.
        path: PathBuf,
    },
    /// Something in it cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// It holds more than can be read.
    #[error("`{}` holds more than {MAX_FILES} advisories", path.display())]
    Large {
        /// The directory.
        path: PathBuf,
    },
}

/// The files of the database in a directory, by their paths below `crates`. Links are not followed.
///
/// # Errors
/// See [`AdvisoryError`].
pub fn read(database: &Path) -> Result<Tree, AdvisoryError> {
    let crates = database.join("crates");
    if !crates.is_dir() {
        return Err(AdvisoryError::None { path: database.to_owned() });
    }
    let mut tree = Tree::new();
    for directory in entries(&crates)?.into_iter().filter(|path| is_kind(path, fs::FileType::is_dir)) {
        for file in entries(&directory)?.into_iter().filter(|path| is_kind(path, fs::FileType::is_file)) {
            let Some(path) = TreePath::below(&crates, &file) else { continue };
            let content = content(&file).map_err(|source| AdvisoryError::Read { path: file, source })?;
            tree.insert(path, content);
        }
        if tree.files().count() > MAX_FILES {
            return Err(AdvisoryError::Large { path: database.to_owned() });
        }
    }
    Ok(tree)
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>, AdvisoryError> {
    let failed = |source| AdvisoryError::Read { path: directory.to_owned(), source };
    let listed = fs::read_dir(directory).map_err(failed)?;
    let mut paths =
        listed.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

fn is_kind(path: &Path, kind: impl Fn(&fs::FileType) -> bool) -> bool {
    path.symlink_metadata().is_ok_and(|found| kind(&found.file_type()))
}

/// What a file holds, one byte more than may be at most: [`Advisory::parse`] refuses that.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How much an advisory weighs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Weight {
    /// A vulnerability.
    Vulnerability,
    /// Something else, such as `unmaintained`.
    Notice(String),
}

/// One advisory that was not withdrawn.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Advisory {
    id: String,
    title: String,
    pub(super) weight: Weight,
    /// Versions that it is not about.
    spared: Vec<VersionReq>,
}

/// The advisories about one package.
#[derive(Default, Debug)]
pub(super) struct Advisories {
    pub(super) all: Vec<Advisory>,
    /// Files that could not be read, and why.
    pub(super) unreadable: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Front {
    advisory: Head,
    #[serde(default)]
    versions: Versions,
}

#[derive(Deserialize)]
struct Head {
    id: String,
    package: String,
    #[serde(default)]
    informational: Option<String>,
    #[serde(default)]
    withdrawn: Option<toml::Value>,
}

#[derive(Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

impl Advisories {
    /// Those about a package.
    pub(super) fn about(files: &Tree, name: &str) -> Self {
        let mut advisories = Self::default();
        let prefix = format!("{name}/");
        let of_package = files
            .files()
            .filter(|(path, _)| path.as_str().starts_with(&prefix) && path.as_str().ends_with(".md"));
        for (path, content) in of_package {
            match Advisory::parse(content, name) {
                Ok(found) => advisories.all.extend(found),
                Err(why) => advisories.unreadable.push((path.to_string(), why)),
            }
        }
        advisories
    }
}

impl Advisory {
    /// Reads an advisory about a package; `None` if it was withdrawn.
    fn parse(content: &[u8], package: &str) -> Result<Option<Self>, String> {
        if content.len() as u64 > MAX_BYTES {
            return Err(format!("it is longer than {MAX_BYTES} bytes"));
        }
        let text = std::str::from_utf8(content).map_err(|error| error.to_string())?.replace("\r\n", "\n");
        let (front, rest) = text
            .trim_start()
            .strip_prefix("```toml\n")
            .and_then(|rest| rest.split_once("\n```"))
            .ok_or("it does not begin with a block of TOML")?;
        let front: Front = toml::from_str(front).map_err(|error| error.message().to_owned())?;
        if front.advisory.package != package {
            return Err(format!("it is about `{}`", front.advisory.package));
        }
        if front.advisory.withdrawn.is_some() {
            return Ok(None);
        }
        let spared = front.versions.patched.iter().chain(&front.versions.unaffected);
        let spared = spared.map(|text| VersionReq::parse(text).map_err(|error| format!("`{text}`: {error}")));
        let title = rest.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default();
        Ok(Some(Self {
            id: front.advisory.id,
            title: title.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect(),
            weight: front.advisory.informational.map_or(Weight::Vulnerability, Weight::Notice),
            spared: spared.collect::<Result<_, _>>()?,
        }))
    }

    /// Whether it is about a version.
    pub(super) fn is_about(&self, version: &Version) -> bool {
        !self.spared.iter().any(|requirement| holds(requirement, version))
    }
}

impl fmt::Display for Advisory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, title, weight, .. } = self;
        match weight {
            Weight::Vulnerability => write!(formatter, "{id}, {title}"),
            Weight::Notice(kind) => write!(formatter, "{id}, {kind}, {title}"),
        }
    }
}

/// Whether a version lies within a requirement, by the order of versions: `1.0.0-rc.1` is later than `0.9` and earlier than
/// `1.0.0`. As a dependency Cargo would take no such version for `>=0.9`.
fn holds(requirement: &VersionReq, version: &Version) -> bool {
    if version.pre.is_empty() {
        return requirement.matches(version);
    }
    requirement.comparators.iter().all(|comparator| {
        let bound = Version {
            pre: comparator.pre.clone(),
            ..Version::new(comparator.major, comparator.minor.unwrap_or(0), comparator.patch.unwrap_or(0))
        };
        match comparator.op {
            Op::Greater => *version > bound,
            Op::GreaterEq => *version >= bound,
            Op::Less => *version < bound,
            Op::LessEq => *version <= bound,
            _ => *version >= bound && matches_released(comparator, version),
        }
    })
}

/// Whether the version without what makes it a pre-release is what `^`, `~` and `=` allow.
fn matches_released(comparator: &Comparator, version: &Version) -> bool {
    let exact = comparator.op == Op::Exact && comparator.patch.is_some();
    if exact {
        return comparator.pre == version.pre && comparator.matches(version);
    }
    comparator.matches(&Version { pre: Prerelease::EMPTY, ..version.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(head: &str, versions: &str) -> String {
        format!(
            "```toml\n[advisory]\nid = \"RUSTSEC-2020-0001\"\npackage = \"kit\"\n{head}\n[versions]\n{versions}\n```\n\n# It breaks\n\nText.\n"
        )
    }

    #[test]
    fn an_advisory_is_about_what_is_neither_patched_nor_unaffected() {
        let text = text("", "patched = [\">= 1.2.3\", \"^0.9.5\"]\nunaffected = [\"< 0.5\"]");
        let advisory = Advisory::parse(text.as_bytes(), "kit").unwrap().unwrap();
        assert_eq!(advisory.to_string(), "RUSTSEC-2020-0001, It breaks");
        for (version, expected) in [
            ("1.2.2", true),
            ("1.2.3", false),
            ("0.9.4", true),
            ("0.9.6", false),
            ("0.4.9", false),
            ("2.0.0", false),
            ("2.0.0-rc.1", false),
            ("1.2.3-rc.1", true),
            ("0.5.0-a", false),
            ("0.9.7-a", false),
            ("0.9.5-a", true),
        ] {
            assert_eq!(advisory.is_about(&Version::parse(version).unwrap()), expected, "{version}");
        }
    }

    #[test]
    fn notices_weigh_less_and_what_was_withdrawn_nothing() {
        let notice =
            Advisory::parse(text("informational = \"unmaintained\"", "patched = []").as_bytes(), "kit");
        assert_eq!(notice.unwrap().unwrap().weight, Weight::Notice("unmaintained".to_owned()));
        assert_eq!(
            Advisory::parse(text("withdrawn = \"2022-01-01\"", "patched = []").as_bytes(), "kit"),
            Ok(None)
        );
        for wrong in [
            text("", "patched = [\"nonsense\"]"),
            text("", "patched = 1"),
            "# No\n".to_owned(),
            String::new(),
        ] {
            assert!(Advisory::parse(wrong.as_bytes(), "kit").is_err(), "{wrong}");
        }
        assert!(Advisory::parse(text("", "patched = []").as_bytes(), "other").is_err());
    }

    #[test]
    fn a_database_is_read_and_a_directory_without_one_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(read(directory.path()), Err(AdvisoryError::None { .. })));
        let kit = directory.path().join("crates/kit");
        fs::create_dir_all(&kit).unwrap();
        fs::write(kit.join("RUSTSEC-2020-0001.md"), text("", "patched = []")).unwrap();
        fs::write(kit.join("RUSTSEC-2020-0002.md"), "broken").unwrap();
        let files = read(directory.path()).unwrap();
        let about = Advisories::about(&files, "kit");
        assert_eq!((about.all.len(), about.unreadable.len()), (1, 1));
        assert!(Advisories::about(&files, "ki").all.is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,100}", version in "[0-9<>=^~.*, a-]{0,12}") {
            let _ = Advisory::parse(text.as_bytes(), "kit");
            let made = format!("```toml\n[advisory]\nid = \"x\"\npackage = \"kit\"\n[versions]\npatched = [\"{version}\"]\n```\n{text}");
            if let Ok(Some(advisory)) = Advisory::parse(made.as_bytes(), "kit") {
                for version in ["1.0.0", "0.1.0-a", "18446744073709551615.0.0-x"] {
                    let _ = advisory.is_about(&Version::parse(version).unwrap());
                }
            }
        }
    }
}

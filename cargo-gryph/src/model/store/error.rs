//! Why a model or library is not there, and what the user can do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::manifest::{FileSpec, Manifest, RUNTIME};
use crate::model::source::SourceError;
use crate::model::store::ImportFailure;

/// A source that did not give a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Which one.
    pub source: String,
    /// Why not.
    pub reason: String,
}

/// Why a model or library cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The network may not be used.
    #[error("`{id}` is not in the cache `{}` and the network may not be used", home.display())]
    Offline {
        /// The model.
        id: String,
        /// The cache.
        home: PathBuf,
        /// What is missing.
        files: Vec<FileSpec>,
    },
    /// No source gave the file.
    #[error("no source answered for `{id}`:{}", Attempts(attempts))]
    NoSource {
        /// The model.
        id: String,
        /// What was tried.
        attempts: Vec<Attempt>,
        /// What is missing.
        files: Vec<FileSpec>,
    },
    /// The file given by hand is not the model's.
    #[error("`{}` is not a file of `{id}`: {reason}", path.display())]
    WrongFile {
        /// The file.
        path: PathBuf,
        /// The model.
        id: String,
        /// How it differs.
        reason: String,
    },
    /// The library named by the user is not there.
    #[error("ORT_DYLIB_PATH names `{}`, where there is no library", .0.display())]
    GivenLibrary(PathBuf),
    /// No library is known for this machine.
    #[error("no ONNX Runtime library is known for {0}")]
    Platform(String),
    /// The GGUF cannot be imported.
    #[error("cannot import `{id}`")]
    Import {
        /// The model.
        id: String,
        /// The cause.
        source: ImportFailure,
    },
    /// The disk failed.
    #[error("cannot {action} `{}`", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// The place.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Somebody stopped it; what is finished is kept.
    #[error("interrupted; what is finished is kept")]
    Cancelled,
}

impl ProvisionError {
    /// What the user can do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Offline { id, files, .. } => {
                Some(format!("run it once with the network, or {}", by_hand(id, files)))
            }
            Self::NoSource { id, files, .. } => Some(by_hand(id, files)),
            Self::Platform(_) | Self::GivenLibrary(_) => {
                Some("set ORT_DYLIB_PATH to a library of version 1.24 or later".to_owned())
            }
            Self::WrongFile { .. } | Self::Import { .. } | Self::Disk { .. } | Self::Cancelled => None,
        }
    }

    pub(in crate::model) fn disk(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Disk { action, path, source }
    }

    /// `from` has the size of none of the files.
    pub(super) fn no_such_file(manifest: &Manifest, platform: &str, from: &Path) -> Self {
        let wanted: Vec<String> = manifest
            .files_for(platform)
            .map(|file| format!("{} with {} bytes and SHA-256 {}", file.name, file.bytes, file.sha256))
            .collect();
        let reason = format!("expected {}", wanted.join(" or "));
        Self::WrongFile { path: from.to_owned(), id: manifest.id.clone(), reason }
    }
}

/// How to get along without any source.
fn by_hand(id: &str, files: &[FileSpec]) -> String {
    let files: Vec<String> = files
        .iter()
        .map(|file| format!("{} ({} bytes, SHA-256 {})", file.name, file.bytes, file.sha256))
        .collect();
    let library =
        if id == RUNTIME { ", or set ORT_DYLIB_PATH to a library of version 1.24 or later" } else { "" };
    format!("get {} and run `cargo gryph model pull {id} --from FILE`{library}", files.join(" or "))
}

impl From<SourceError> for ProvisionError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Cancelled => Self::Cancelled,
            SourceError::Local { action, path, source } => Self::Disk { action, path, source },
            SourceError::Failed(reason) => Self::NoSource {
                id: String::new(),
                attempts: vec![Attempt { source: String::new(), reason }],
                files: Vec::new(),
            },
        }
    }
}

/// A line for each attempt.
struct Attempts<'a>(&'a [Attempt]);

impl fmt::Display for Attempts<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|attempt| write!(formatter, "\n  {}: {}", attempt.source, attempt.reason))
    }
}

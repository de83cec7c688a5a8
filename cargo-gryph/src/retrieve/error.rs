//! Why the index cannot be made or asked.

use std::path::PathBuf;

use gryph_index::{IndexError, files::WalkError, vectors::VectorError};

/// Why the index cannot be made or asked.
#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    /// The index fails.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// Its vectors fail.
    #[error(transparent)]
    Vectors(#[from] VectorError),
    /// A source cannot be read.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// Texts cannot be turned into vectors.
    #[error("cannot turn texts into vectors")]
    Embed(#[from] gryph_onnx::embedding::EmbedError),
    /// What the vectors were made by cannot be noted.
    #[error("cannot write `{}`", path.display())]
    Note {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// This workspace was not indexed.
    #[error("this workspace is not in the index")]
    NoView,
    /// Somebody stopped it. What was committed stays.
    #[error("interrupted")]
    Interrupted,
}

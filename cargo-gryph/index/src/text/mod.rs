//! The full text: which items have which words, ranked by BM25, in a tantivy index.
//!
//! It stores no text (LMDB has it) and no positions. Two stores cannot be committed as one, so each document carries
//! the number of the batch that it belongs to, and three rules keep them together:
//!
//! - This index is committed before LMDB. A crash between the two leaves documents of a batch that LMDB does not
//!   know. Readers leave out what is of a later batch than LMDB's, and the next writer deletes it.
//! - Items that a batch removes are only listed in LMDB, as graves; their documents are deleted with the next
//!   batch, when the removal can no longer be lost. Readers leave out the items of the list.
//! - An index that is behind LMDB (its files are lost) is written again from LMDB's items.

mod directory;
mod fields;
mod ranking;
mod split;
mod token;
mod writing;

use std::io;
use std::path::Path;

use tantivy::directory::MmapDirectory;
use tantivy::directory::error::{OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, IndexSettings, ReloadPolicy, Searcher, TantivyError};

pub use fields::Field;
pub(crate) use fields::Fields;
pub(crate) use ranking::{Filter, Wanted, Words};
pub(crate) use token::types;
pub(crate) use writing::TextWriter;

use crate::store::Sharing;
use directory::ReadOnly;
use token::{Splitter, Tokens};

/// Why the full text cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// Files are missing or do not fit together.
    #[error("the full text of the index is damaged")]
    Damaged(#[source] TantivyError),
    /// The file system has no free block.
    #[error("no space is left on the disk of the index")]
    DiskFull(#[source] TantivyError),
    /// Another writer in this process.
    #[error("the index is being written")]
    Busy,
    /// Any other failure.
    #[error("cannot use the full text of the index")]
    Failed(#[source] TantivyError),
}

impl From<TantivyError> for TextError {
    fn from(error: TantivyError) -> Self {
        match &error {
            _ if is_disk_full(&error) => Self::DiskFull(error),
            _ if matches!(
                io_kind(&error),
                Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData)
            ) =>
            {
                Self::Damaged(error)
            }
            TantivyError::LockFailure(..) => Self::Busy,
            TantivyError::DataCorruption(_)
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::SchemaError(_)
            | TantivyError::OpenReadError(
                OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_),
            )
            | TantivyError::OpenDirectoryError(
                OpenDirectoryError::DoesNotExist(_) | OpenDirectoryError::NotADirectory(_),
            ) => Self::Damaged(error),
            _ => Self::Failed(error),
        }
    }
}

/// Whether the file system has no free block. The part that writes dictionaries gives the system's error as a text.
fn is_disk_full(error: &TantivyError) -> bool {
    let code = if cfg!(windows) { "(os error 112)" } else { "(os error 28)" };
    io_kind(error) == Some(io::ErrorKind::StorageFull) || error.to_string().contains(code)
}

/// The kind of the system's error below an error of tantivy.
fn io_kind(error: &TantivyError) -> Option<io::ErrorKind> {
    match error {
        TantivyError::IoError(error)
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: error, .. })
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: error, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: error, .. }) => Some(error.kind()),
        _ => None,
    }
}

/// An open full text.
#[derive(Clone)]
pub(crate) struct Text {
    index: Index,
    fields: Fields,
}

impl Text {
    /// Opens the full text of a directory. A writer gets an empty one where none can be read, see [`Text::batch`].
    pub(crate) fn open(dir: &Path, sharing: Sharing) -> Result<Self, TextError> {
        match (Self::open_existing(dir, sharing), sharing) {
            (Err(TextError::Damaged(_)), Sharing::Write) => Self::create(dir),
            (opened, _) => opened,
        }
    }

    /// Opens what there is.
    fn open_existing(dir: &Path, sharing: Sharing) -> Result<Self, TextError> {
        let directory = MmapDirectory::open(dir).map_err(TantivyError::from)?;
        let index = match sharing {
            Sharing::Read => Index::open(ReadOnly::new(directory))?,
            Sharing::Write => Index::open(directory)?,
        };
        let text = Self::of(index);
        if text.fields.are_of(&text.index.schema()) {
            if sharing == Sharing::Write {
                text.searcher()?; // A file that is missing is found now, while the text can be written again.
            }
            Ok(text)
        } else {
            Err(TantivyError::SchemaError("the fields are of another version".to_owned()).into())
        }
    }

    /// Makes an empty full text in the place of what is there.
    fn create(dir: &Path) -> Result<Self, TextError> {
        let replaced = match std::fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Err(_) | Ok(()) => std::fs::create_dir_all(dir),
        };
        replaced.map_err(TantivyError::from)?;
        let directory = MmapDirectory::open(dir).map_err(TantivyError::from)?;
        Ok(Self::of(Index::create(directory, Fields::schema(), IndexSettings::default())?))
    }

    /// An index with our tokenizers.
    fn of(mut index: Index) -> Self {
        let tokenizers = TokenizerManager::default(); // Fields of numbers want the one of the name "default".
        tokenizers.register("words", Splitter::new(Tokens::Words));
        tokenizers.register("names", Splitter::new(Tokens::Names));
        tokenizers.register("types", Splitter::new(Tokens::Types));
        index.set_tokenizers(tokenizers);
        Self { index, fields: Fields::new() }
    }

    /// The number of the batch that was committed last; 0 for an empty full text.
    pub(crate) fn batch(&self) -> Result<u64, TextError> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|batch| batch.parse().ok()).unwrap_or(0))
    }

    /// The state that was committed last.
    pub(crate) fn searcher(&self) -> Result<Searcher, TextError> {
        let reader = self.index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(reader.searcher())
    }

    /// The fields of its documents.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }
}

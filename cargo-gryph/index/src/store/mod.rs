//! What the index knows, in LMDB: units, their files, items in compressed blocks, names, views and what waits.
//!
//! Every table is a named database of one environment. All changes of a batch are one transaction, so that a reader
//! sees all of them or none.

mod block;
mod environment;
mod file;
mod inspect;
mod meta;
mod name;
mod queue;
mod unit;

use heed::types::Bytes;
use heed::{Database, WithoutTls};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use block::{Facts, Packer};
pub(crate) use environment::{MAP_BYTES, Sharing, Store, bytes_on_disk, is_read_only};
pub(crate) use file::FileKey;
pub use file::IndexedFile;
pub(crate) use meta::Counters;
pub(crate) use name::{NameEntry, last_segments};
pub use unit::{Origin, Unit, UnitId, View};

/// The environment: its readers are not bound to a thread.
pub(crate) type Env = heed::Env<WithoutTls>;

/// Keys and records, both encoded here.
type Table = Database<'static, Bytes, Bytes>;

/// The number of an input/output error on Unix, which LMDB gives for a write that the system took in part.
const EIO: i32 = 5;

/// The tables of the index.
#[derive(Clone, Copy)]
pub(crate) struct Tables {
    /// Counters and the number of the batch.
    meta: Table,
    /// Units by number, and their numbers by digest.
    units: Table,
    /// Files by unit and path.
    files: Table,
    /// Blocks of items by the number of their first item.
    blocks: Table,
    /// Items by name and by the type they belong to.
    names: Table,
    /// Items without a vector by priority.
    queue: Table,
    /// Items that are gone here but not yet deleted in the full text.
    graves: Table,
    /// What workspaces see.
    views: Table,
}

/// Why the store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The memory map has no free page.
    #[error("the index has reached its greatest size")]
    Full,
    /// The file system has no free block.
    #[error("no space is left on the disk of the index")]
    DiskFull(#[source] heed::Error),
    /// A part of a write is missing: LMDB calls that an error of input and output, on a disk that is full too.
    #[error("no space is left on the disk of the index, or the disk fails")]
    CutShort(#[source] heed::Error),
    /// A record does not decode.
    #[error("the index is damaged: a record of `{table}` cannot be read")]
    Damaged {
        /// The table of the record.
        table: &'static str,
    },
    /// LMDB fails.
    #[error("cannot use the index")]
    Lmdb(#[source] heed::Error),
}

impl From<heed::Error> for StoreError {
    fn from(error: heed::Error) -> Self {
        match error {
            heed::Error::Mdb(heed::MdbError::MapFull) => Self::Full,
            heed::Error::Io(ref cause) if cause.kind() == std::io::ErrorKind::StorageFull => {
                Self::DiskFull(error)
            }
            heed::Error::Io(ref cause) if cause.raw_os_error() == Some(EIO) => Self::CutShort(error),
            error => Self::Lmdb(error),
        }
    }
}

impl StoreError {
    /// Whether only making the index anew helps.
    pub(crate) fn is_damage(&self) -> bool {
        use heed::MdbError::{Corrupted, Invalid, PageNotFound, VersionMismatch};
        match self {
            Self::Damaged { .. } => true,
            Self::Lmdb(heed::Error::Mdb(error)) => {
                matches!(error, Corrupted | Invalid | PageNotFound | VersionMismatch)
            }
            Self::Lmdb(_) | Self::Full | Self::DiskFull(_) | Self::CutShort(_) => false,
        }
    }
}

/// Encodes a record.
fn encode(record: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(record).expect("the records are lists, texts and numbers of known length")
}

/// Decodes a record of a table.
fn decode<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    postcard::from_bytes(bytes).map_err(|_| StoreError::Damaged { table })
}

/// Reads a number of four bytes, the greatest first, so that keys sort as their numbers do.
fn number(table: &'static str, bytes: &[u8]) -> Result<u32, StoreError> {
    bytes.try_into().map(u32::from_be_bytes).map_err(|_| StoreError::Damaged { table })
}

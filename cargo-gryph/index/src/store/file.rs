//! Files of a unit: which items they gave, and from which content.

use heed::{RoTxn, RwTxn};
use serde::{Deserialize, Serialize};

use crate::store::{StoreError, Tables, decode, encode};
use crate::{Digest, ItemId, UnitId};

/// A file of a unit as it was indexed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedFile {
    /// Its path from the root of its unit.
    pub path: String,
    /// The digest of the content that was indexed.
    pub digest: Digest,
    /// How many items were left out, for their size or because a secret was in them.
    pub skipped: u32,
    /// Its first item; the others follow.
    pub first: ItemId,
    /// How many items it has.
    pub items: u32,
}

/// The key of a file: its unit, and half of the digest of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileKey(pub(crate) [u8; 20]);

impl FileKey {
    /// The key of a path in a unit.
    pub(crate) fn new(unit: UnitId, path: &str) -> Self {
        let mut key = [0; 20];
        key[..4].copy_from_slice(&unit.0.to_be_bytes());
        key[4..].copy_from_slice(&Digest::of(path.as_bytes()).half());
        Self(key)
    }

    /// The unit of the file.
    pub(crate) fn unit(self) -> UnitId {
        let [a, b, c, d, ..] = self.0;
        UnitId(u32::from_be_bytes([a, b, c, d]))
    }
}

impl Tables {
    /// A file as it was indexed.
    pub(crate) fn file(
        &self,
        transaction: &RoTxn<'_>,
        key: FileKey,
    ) -> Result<Option<IndexedFile>, StoreError> {
        let found = self.files.get(transaction, &key.0)?;
        found.map(|bytes| decode("files", bytes)).transpose()
    }

    /// Stores what is known of a file.
    pub(crate) fn put_file(
        &self,
        transaction: &mut RwTxn<'_>,
        key: FileKey,
        file: &IndexedFile,
    ) -> Result<(), StoreError> {
        Ok(self.files.put(transaction, &key.0, &encode(file))?)
    }

    /// Forgets a file.
    pub(crate) fn remove_file(&self, transaction: &mut RwTxn<'_>, key: FileKey) -> Result<(), StoreError> {
        self.files.delete(transaction, &key.0)?;
        Ok(())
    }

    /// The files of a unit.
    pub(crate) fn files(
        &self,
        transaction: &RoTxn<'_>,
        unit: UnitId,
    ) -> Result<Vec<IndexedFile>, StoreError> {
        let files = self.files.prefix_iter(transaction, &unit.0.to_be_bytes())?;
        files.map(|entry| decode("files", entry?.1)).collect()
    }
}

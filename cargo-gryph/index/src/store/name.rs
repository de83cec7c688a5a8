//! Items by their name, and functions of a type by the type's name.
//!
//! A key is a letter and a name, its records are the items of that name, sorted by unit. A record says with a hash
//! what the other name is (the type's where the key is the item's, and the other way about), so that `Bar::new` is
//! found among thousands of `new` without unpacking them; who reads compares the paths in the end.

use heed::{RoTxn, RwTxn};

use crate::store::{StoreError, Tables};
use crate::{Item, ItemId, Kind, UnitId};

/// Names longer than this are cut: LMDB's keys are at most 511 bytes.
const MAX_NAME: usize = 400;

/// By the item's name.
const BY_NAME: u8 = b'n';

/// By the name of the type or trait that a function belongs to.
const BY_OWNER: u8 = b'o';

/// An item under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameEntry {
    /// The item's unit.
    pub(crate) unit: UnitId,
    /// The hash of the other name.
    other: u32,
    /// The item.
    pub(crate) item: ItemId,
}

impl NameEntry {
    /// The record of the entry.
    fn bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.unit.0.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.other.to_be_bytes());
        bytes[8..].copy_from_slice(&self.item.0.to_be_bytes());
        bytes
    }

    /// Reads a record.
    fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let (numbers, []) = bytes.as_chunks::<4>() else {
            return Err(StoreError::Damaged { table: "names" });
        };
        let [unit, other, item] = numbers else { return Err(StoreError::Damaged { table: "names" }) };
        let [unit, other, item] = [unit, other, item].map(|number| u32::from_be_bytes(*number));
        Ok(Self { unit: UnitId(unit), other, item: ItemId(item) })
    }

    /// Whether the other name may be this one.
    pub(crate) fn may_be_with(self, other: &str) -> bool {
        self.other == hash(other)
    }
}

/// FNV-1a of 32 bits (Fowler, Noll, Vo): it is stored, so it must never change.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The key of a name.
fn key(table: u8, name: &str) -> Vec<u8> {
    let name = &name[..name.floor_char_boundary(MAX_NAME)];
    [&[table], name.as_bytes()].concat()
}

/// The last part of a path and the one before, without their arguments: `Vec<T>::push` gives `Vec` and `push`.
pub(crate) fn last_segments(path: &str) -> (&str, &str) {
    let (mut depth, mut start, mut segments) = (0_u32, 0, ["", ""]);
    let bytes = path.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' if at == 0 || bytes[at - 1] != b'-' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                segments = [segments[1], &path[start..at]];
                start = at + 2;
            }
            _ => {}
        }
    }
    let segments = [segments[1], path.get(start..).unwrap_or("")];
    let [owner, name] = segments.map(|segment| segment.split('<').next().unwrap_or("").trim());
    (owner, name)
}

/// The keys and entries of an item.
fn entries(unit: UnitId, id: ItemId, item: &Item) -> impl Iterator<Item = (Vec<u8>, NameEntry)> {
    let (owner, _) = last_segments(&item.path);
    let entry = |other: &str| NameEntry { unit, other: hash(other), item: id };
    let by_name = (key(BY_NAME, &item.name), entry(owner));
    let by_owner = (item.kind == Kind::Method).then(|| (key(BY_OWNER, owner), entry(&item.name)));
    [Some(by_name), by_owner].into_iter().flatten()
}

impl Tables {
    /// Stores an item under its names.
    pub(crate) fn put_name(
        &self,
        transaction: &mut RwTxn<'_>,
        unit: UnitId,
        id: ItemId,
        item: &Item,
    ) -> Result<(), StoreError> {
        for (key, entry) in entries(unit, id, item) {
            self.names.put(transaction, &key, &entry.bytes())?;
        }
        Ok(())
    }

    /// Removes an item from its names.
    pub(crate) fn remove_name(
        &self,
        transaction: &mut RwTxn<'_>,
        unit: UnitId,
        id: ItemId,
        item: &Item,
    ) -> Result<(), StoreError> {
        for (key, entry) in entries(unit, id, item) {
            self.names.delete_one_duplicate(transaction, &key, &entry.bytes())?;
        }
        Ok(())
    }

    /// The items of a name.
    pub(crate) fn with_name(
        &self,
        transaction: &RoTxn<'_>,
        name: &str,
    ) -> Result<Vec<NameEntry>, StoreError> {
        self.under(transaction, &key(BY_NAME, name))
    }

    /// The functions of a type or trait of a name.
    pub(crate) fn with_owner(
        &self,
        transaction: &RoTxn<'_>,
        owner: &str,
    ) -> Result<Vec<NameEntry>, StoreError> {
        self.under(transaction, &key(BY_OWNER, owner))
    }

    /// The records of a key.
    fn under(&self, transaction: &RoTxn<'_>, key: &[u8]) -> Result<Vec<NameEntry>, StoreError> {
        let Some(entries) = self.names.get_duplicates(transaction, key)? else { return Ok(Vec::new()) };
        entries.map(|entry| NameEntry::read(entry?.1)).collect()
    }

    /// Calls `visit` with each name that an item has, in the order of their bytes.
    pub(crate) fn each_name(
        &self,
        transaction: &RoTxn<'_>,
        mut visit: impl FnMut(&str),
    ) -> Result<(), StoreError> {
        for entry in self.names.prefix_iter(transaction, &[BY_NAME])?.move_between_keys() {
            let name = str::from_utf8(&entry?.0[1..]);
            visit(name.map_err(|_| StoreError::Damaged { table: "names" })?);
        }
        Ok(())
    }
}

//! Items in compressed blocks.
//!
//! LMDB gives a record of more than half a page whole pages of its own, so an item a record would waste half a page
//! each, and text compresses better in larger pieces. The items of a file have numbers in a row and are packed in
//! that order into blocks; a block's key is the number of its first item. What a ranking needs of an item, its kind
//! and whether it is public, stands outside of the compressed part.

use std::ops::Bound;

use heed::{RoTxn, RwTxn};
use zstd::bulk::{Compressor, Decompressor};

use crate::store::{FileKey, StoreError, Tables, encode, number};
use crate::{Item, ItemId, Kind, UnitId};

/// A block is closed when its items have this size: beyond it compression gains little and one item costs more.
const BLOCK_BYTES: usize = 64 << 10;

/// No block is larger than this when it is unpacked; an item that would be is not stored.
pub(crate) const MAX_BLOCK_BYTES: usize = 64 << 20;

/// Zstandard's level: above it the size falls by few per cent and the time doubles.
const LEVEL: i32 = 5;

/// The bytes before the facts: file, number of items, unpacked length.
const HEAD: usize = 20 + 2 + 4;

/// What a ranking needs of an item: its kind and whether it is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts(u8);

/// The bit of [`Facts`] that says that an item is public.
const PUBLIC: u8 = 0x80;

impl Facts {
    /// The facts of an item.
    fn of(item: &Item) -> Self {
        Self(item.kind as u8 | if item.public { PUBLIC } else { 0 })
    }

    /// The item's kind.
    pub(crate) fn kind(self) -> Option<Kind> {
        Kind::ALL.get(usize::from(self.0 & !PUBLIC)).copied()
    }

    /// Whether the item is public.
    pub(crate) fn is_public(self) -> bool {
        self.0 & PUBLIC != 0
    }
}

/// A stored block.
#[derive(Clone, Copy)]
pub(crate) struct Block<'t> {
    /// The number of its first item.
    pub(crate) first: ItemId,
    /// The file that its items are from.
    pub(crate) file: FileKey,
    facts: &'t [u8],
    unpacked: usize,
    packed: &'t [u8],
}

impl<'t> Block<'t> {
    /// Reads the outer parts of a record.
    fn read(key: &[u8], record: &'t [u8]) -> Result<Self, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged { table: "blocks" };
        let first = ItemId(number("blocks", key)?);
        let (head, rest) = record.split_first_chunk::<HEAD>().ok_or(DAMAGED)?;
        let file = FileKey(*head.first_chunk().expect("the head begins with 20 bytes"));
        let count = usize::from(u16::from_le_bytes([head[20], head[21]]));
        let unpacked = u32::from_le_bytes([head[22], head[23], head[24], head[25]]) as usize;
        let (facts, packed) = rest.split_at_checked(count).ok_or(DAMAGED)?;
        Ok(Self { first, file, facts, unpacked, packed })
    }

    /// The unit that its items are from.
    pub(crate) fn unit(&self) -> UnitId {
        self.file.unit()
    }

    /// What a ranking needs of an item; `None` where it is not in this block.
    pub(crate) fn facts(&self, item: ItemId) -> Option<Facts> {
        let position = item.0.checked_sub(self.first.0)? as usize;
        self.facts.get(position).copied().map(Facts)
    }

    /// Unpacks all items.
    pub(crate) fn items(&self) -> Result<Vec<Item>, StoreError> {
        let damaged = || StoreError::Damaged { table: "blocks" };
        if self.unpacked > MAX_BLOCK_BYTES {
            return Err(damaged());
        }
        let mut decompressor = Decompressor::new().map_err(|_| damaged())?;
        let bytes = decompressor.decompress(self.packed, self.unpacked).map_err(|_| damaged())?;
        let (mut items, mut rest) = (Vec::with_capacity(self.facts.len()), bytes.as_slice());
        while items.len() < self.facts.len() {
            let (item, after) = postcard::take_from_bytes(rest).map_err(|_| damaged())?;
            items.push(item);
            rest = after;
        }
        Ok(items)
    }
}

/// Packs items into blocks.
pub(crate) struct Packer(Compressor<'static>);

impl Packer {
    /// A packer; it keeps the compressor's memory from block to block.
    pub(crate) fn new() -> Self {
        let mut compressor = Compressor::new(LEVEL).expect("the level is one of Zstandard's");
        compressor.include_checksum(true).expect("the parameter is one of Zstandard's");
        Self(compressor)
    }

    /// One record of items.
    fn pack(&mut self, file: FileKey, facts: &[u8], unpacked: &[u8]) -> Vec<u8> {
        let packed = self.0.compress(unpacked).expect("the buffer has the greatest size that can come out");
        let mut record = Vec::with_capacity(HEAD + facts.len() + packed.len());
        record.extend(file.0);
        record.extend((facts.len() as u16).to_le_bytes());
        record.extend((unpacked.len() as u32).to_le_bytes());
        record.extend(facts);
        record.extend(packed);
        record
    }
}

/// Whether a block that is so full is closed before the next item.
fn is_full(facts: usize, bytes: usize) -> bool {
    facts == usize::from(u16::MAX) || bytes >= BLOCK_BYTES
}

impl Tables {
    /// Stores the items of a file under numbers in a row.
    pub(crate) fn put_items(
        &self,
        transaction: &mut RwTxn<'_>,
        packer: &mut Packer,
        file: FileKey,
        first: ItemId,
        items: &[Item],
    ) -> Result<(), StoreError> {
        let (mut facts, mut bytes, mut first) = (Vec::new(), Vec::new(), first.0);
        for (position, item) in items.iter().enumerate() {
            facts.push(Facts::of(item).0);
            bytes.extend(encode(item));
            if position + 1 == items.len() || is_full(facts.len(), bytes.len()) {
                let record = packer.pack(file, &facts, &bytes);
                self.blocks.put(transaction, &first.to_be_bytes(), &record)?;
                first += facts.len() as u32;
                facts.clear();
                bytes.clear();
            }
        }
        Ok(())
    }

    /// The block of an item; `None` where the item is gone.
    pub(crate) fn block<'t>(
        &self,
        transaction: &'t RoTxn<'_>,
        item: ItemId,
    ) -> Result<Option<Block<'t>>, StoreError> {
        let found = self.blocks.get_lower_than_or_equal_to(transaction, &item.0.to_be_bytes())?;
        let Some((key, record)) = found else { return Ok(None) };
        let block = Block::read(key, record)?;
        Ok(block.facts(item).is_some().then_some(block))
    }

    /// The items of a file, in order, where it begins at `first`.
    pub(crate) fn items(
        &self,
        transaction: &RoTxn<'_>,
        first: ItemId,
        count: u32,
    ) -> Result<Vec<Item>, StoreError> {
        let (first, end) = (first.0.to_be_bytes(), first.0.saturating_add(count).to_be_bytes());
        let mut items = Vec::new();
        let range = (Bound::Included(&first[..]), Bound::Excluded(&end[..]));
        for entry in self.blocks.range(transaction, &range)? {
            let (key, record) = entry?;
            items.extend(Block::read(key, record)?.items()?);
        }
        Ok(items)
    }

    /// Removes the blocks of a file.
    pub(crate) fn remove_items(
        &self,
        transaction: &mut RwTxn<'_>,
        first: ItemId,
        count: u32,
    ) -> Result<(), StoreError> {
        let (first, end) = (first.0.to_be_bytes(), first.0.saturating_add(count).to_be_bytes());
        let range = (Bound::Included(&first[..]), Bound::Excluded(&end[..]));
        self.blocks.delete_range(transaction, &range)?;
        Ok(())
    }

    /// Calls `visit` for each block, by the numbers of their items.
    pub(crate) fn each_block<E: From<StoreError>>(
        &self,
        transaction: &RoTxn<'_>,
        mut visit: impl FnMut(&Block<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for entry in self.blocks.iter(transaction).map_err(StoreError::from)? {
            let (key, record) = entry.map_err(StoreError::from)?;
            visit(&Block::read(key, record)?)?;
        }
        Ok(())
    }
}

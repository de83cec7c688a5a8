//! Vectors of items in an LMDB environment, and the nearest to a query among them.
//!
//! A vector is stored twice: in half precision, many to a record, and as the signs of its numbers in 384 bits. Up to
//! some million vectors a query looks at all the bits, which costs less than trees do; above, at trees over them. Either
//! way the best by bits are compared exactly. How vectors are made from texts is not known here.

mod block;
mod change;
mod code;
mod forest;
mod scan;
mod search;
#[cfg(test)]
mod tests;

pub mod hashing;

use block::Block;
use code::Group;
use forest::Forest;
use heed::{
    CommitOrAbort, Database, Env, RoTxn, WithoutTls,
    byteorder::BE,
    types::{Bytes, U32},
};
use roaring::RoaringBitmap;

/// How many numbers a vector has.
pub const WIDTH: usize = 384;

/// How many named databases [`Vectors`] needs in its environment.
pub const DATABASES: u32 = 3;

/// Vectors from which on trees are built: where a query by trees is thought to cost as much as one by a scan.
///
/// Measured on 100,000 vectors of texts: a scan 0.37 ms of processor time (recall@10 0.99), trees 12.7 ms (0.93). A
/// scan's time grows with the number of vectors and that of trees hardly does, so they meet at some four million.
const TREES_FROM: u64 = 4_000_000;

/// Records by their number: the id of their first vector divided by their size.
type Records = Database<'static, U32<BE>, Bytes>;

/// Why vectors cannot be stored or searched.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// A vector to be stored is zero, not a number, or not of length 1.
    #[error("cannot store the vector of item {id}: its length is {length}, expected 1")]
    Length {
        /// The item.
        id: u32,
        /// The length.
        length: f32,
    },
    /// The vector of a query is zero, not a number, or not of length 1.
    #[error("cannot search for a vector of length {length}, expected 1")]
    QueryLength {
        /// The length.
        length: f32,
    },
    /// A record is not what was written, or is missing.
    #[error("cannot read the vectors from item {first} on: the record is damaged")]
    Damaged {
        /// The first item of the record.
        first: u32,
    },
    /// LMDB fails.
    #[error("cannot read or write the vectors")]
    Store(#[from] heed::Error),
    /// The trees fail.
    #[error("cannot read or build the trees of the vectors")]
    Trees(#[from] arroy::Error),
}

/// The vectors of an index by the numbers of their items.
#[derive(Debug)]
pub struct Vectors {
    blocks: Records,
    groups: Records,
    forest: Forest,
    trees_from: u64,
}

impl Vectors {
    /// Opens the vectors of an environment in a write transaction of its own, and creates what is missing.
    ///
    /// # Errors
    ///
    /// LMDB fails.
    pub fn create<T>(env: &Env<T>) -> Result<Self, VectorError> {
        let opened = env.create_databases_and_commit(env.write_txn()?, |opener, transaction| {
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit((
                opener.create_database(transaction, Some("vectors"))?,
                opener.create_database(transaction, Some("vector-codes"))?,
                opener.create_database(transaction, Some("vector-trees"))?,
            )))
        })?;
        let (blocks, groups, trees) = opened.commit().expect("the closure commits");
        Ok(Self { blocks, groups, forest: Forest::new(trees), trees_from: TREES_FROM })
    }

    /// Opens the vectors of an environment for reading; `None` where they were never created.
    ///
    /// # Errors
    ///
    /// LMDB fails.
    pub fn open(env: &Env<WithoutTls>) -> Result<Option<Self>, VectorError> {
        let opened = env.open_databases_and_commit(env.read_txn()?, |opener, transaction| {
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit((
                opener.open_database(transaction, Some("vectors"))?,
                opener.open_database(transaction, Some("vector-codes"))?,
                opener.open_database(transaction, Some("vector-trees"))?,
            )))
        })?;
        let (Some(blocks), Some(groups), Some(trees)) = opened.commit().expect("the closure commits") else {
            return Ok(None);
        };
        Ok(Some(Self { blocks, groups, forest: Forest::new(trees), trees_from: TREES_FROM }))
    }

    /// Searches by trees from another number of vectors on, for measurements and tests.
    #[must_use]
    pub fn with_trees_from(self, trees_from: u64) -> Self {
        Self { trees_from, ..self }
    }

    /// How many vectors there are.
    ///
    /// # Errors
    ///
    /// LMDB fails, or a record is damaged.
    pub fn len(&self, transaction: &RoTxn<'_>) -> Result<u64, VectorError> {
        self.groups(transaction)?.try_fold(0, |sum, group| Ok(sum + group?.1.count()))
    }

    /// Whether there is no vector.
    ///
    /// # Errors
    ///
    /// LMDB fails.
    pub fn is_empty(&self, transaction: &RoTxn<'_>) -> Result<bool, VectorError> {
        Ok(self.groups.is_empty(transaction)?)
    }

    /// Whether an item has a vector.
    ///
    /// # Errors
    ///
    /// LMDB fails, or the record is damaged.
    pub fn contains(&self, transaction: &RoTxn<'_>, id: u32) -> Result<bool, VectorError> {
        let (number, position) = place(id, code::GROUP);
        let Some(record) = self.groups.get(transaction, &number)? else { return Ok(false) };
        Ok(group(number, record)?.has(position))
    }

    /// The items that have a vector.
    ///
    /// # Errors
    ///
    /// LMDB fails, or a record is damaged.
    pub fn ids(&self, transaction: &RoTxn<'_>) -> Result<RoaringBitmap, VectorError> {
        let mut ids = RoaringBitmap::new();
        for group in self.groups(transaction)? {
            let (first, group) = group?;
            ids.extend(group.positions().map(|position| first + position as u32));
        }
        Ok(ids)
    }

    /// An item's vector in half precision; `None` where it has none.
    ///
    /// # Errors
    ///
    /// LMDB fails, or a record is damaged.
    pub fn get(&self, transaction: &RoTxn<'_>, id: u32) -> Result<Option<[f32; WIDTH]>, VectorError> {
        if !self.contains(transaction, id)? {
            return Ok(None);
        }
        let (number, position) = place(id, block::BLOCK);
        Ok(Some(self.block(transaction, number)?.vector(position)))
    }

    /// The groups of codes with the first id of each, ascending.
    fn groups<'t>(
        &self,
        transaction: &'t RoTxn<'_>,
    ) -> Result<impl Iterator<Item = Result<(u32, Group<'t>), VectorError>> + use<'t>, VectorError> {
        Ok(self.groups.iter(transaction)?.map(|entry| {
            let (number, record) = entry?;
            Ok((first(number, code::GROUP), group(number, record)?))
        }))
    }

    fn block<'t>(&self, transaction: &'t RoTxn<'_>, number: u32) -> Result<Block<'t>, VectorError> {
        let record = self.blocks.get(transaction, &number)?;
        record.map_or(Err(VectorError::Damaged { first: first(number, block::BLOCK) }), |record| {
            block(number, record)
        })
    }
}

fn block(number: u32, record: &[u8]) -> Result<Block<'_>, VectorError> {
    Block::read(record).ok_or(VectorError::Damaged { first: first(number, block::BLOCK) })
}

fn group(number: u32, record: &[u8]) -> Result<Group<'_>, VectorError> {
    Group::read(record).ok_or(VectorError::Damaged { first: first(number, code::GROUP) })
}

/// The first id of a record. A number that was never written is a damaged record, found when it is read.
fn first(number: u32, size: usize) -> u32 {
    number.wrapping_mul(size as u32)
}

/// The record of an id and its position there.
fn place(id: u32, size: usize) -> (u32, usize) {
    let size = size as u32;
    (id / size, (id % size) as usize)
}

/// The length of a vector where it is not 1.
fn wrong_length(vector: &[f32; WIDTH]) -> Option<f32> {
    let length = block::dot(vector, vector).sqrt();
    let right = (length - 1.0).abs() < 0.01;
    (!right).then_some(length)
}

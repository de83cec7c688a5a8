//! Trees over the vectors of a large index: arroy on codes of one bit a number.
//!
//! Between a change and the next build the trees are not searched, since they would miss what is new.

use crate::vectors::WIDTH;
use arroy::{Database, Error, ItemId, Reader, Writer, distances::BinaryQuantizedCosine};
use heed::{RoTxn, RwTxn};
use rand::{SeedableRng as _, rngs::StdRng};
use roaring::RoaringBitmap;
use std::num::NonZeroUsize;

/// The only index in its database.
const INDEX: u16 = 0;
/// Trees of the same vectors should be the same trees.
const SEED: u64 = 5;
/// Ids that are looked at in the trees for a query. Fixed, so that its time grows only with the trees' height.
const LOOKED_AT: NonZeroUsize = NonZeroUsize::new(20_000).expect("it is not 0");

/// How vectors are compared in the trees.
pub(super) type Distance = BinaryQuantizedCosine;

/// The trees of all vectors, or none while the index is small.
#[derive(Debug)]
pub(super) struct Forest {
    database: Database<'static, Distance>,
}

impl Forest {
    pub(super) fn new(database: Database<'static, Distance>) -> Self {
        Self { database }
    }

    fn writer(&self) -> Writer<Distance> {
        Writer::new(self.database, INDEX, WIDTH)
    }

    /// Whether there are no trees, built or to be built.
    pub(super) fn is_empty(&self, transaction: &RoTxn<'_>) -> Result<bool, Error> {
        self.writer().is_empty(transaction)
    }

    /// Adds or replaces a vector.
    pub(super) fn put(
        &self,
        transaction: &mut RwTxn<'_>,
        id: u32,
        vector: &[f32; WIDTH],
    ) -> Result<(), Error> {
        self.writer().add_item(transaction, id, vector)
    }

    /// Removes a vector, if it is there.
    pub(super) fn remove(&self, transaction: &mut RwTxn<'_>, id: u32) -> Result<(), Error> {
        self.writer().del_item(transaction, id).map(drop)
    }

    /// Removes all trees and vectors.
    pub(super) fn clear(&self, transaction: &mut RwTxn<'_>) -> Result<(), Error> {
        self.writer().clear(transaction)
    }

    /// Brings the trees up to date with the vectors.
    pub(super) fn build(&self, transaction: &mut RwTxn<'_>) -> Result<(), Error> {
        let writer = self.writer();
        if writer.need_build(transaction)? {
            writer.builder(&mut StdRng::seed_from_u64(SEED)).build(transaction)?;
        }
        Ok(())
    }

    /// The ids of about the `most` vectors nearest to a query, ascending; `None` where the trees are not up to date.
    pub(super) fn nearest(
        &self,
        transaction: &RoTxn<'_>,
        query: &[f32; WIDTH],
        most: usize,
        allowed: Option<&RoaringBitmap>,
    ) -> Result<Option<Vec<ItemId>>, Error> {
        let reader = match Reader::open(transaction, INDEX, self.database) {
            Ok(reader) => reader,
            Err(Error::NeedBuild(_) | Error::MissingMetadata(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut nearest = reader.nns(most);
        nearest.search_k(LOOKED_AT);
        allowed.map(|allowed| nearest.candidates(allowed));
        let found = nearest.by_vector(transaction, query)?;
        let mut ids: Vec<ItemId> = found.into_iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        Ok(Some(ids))
    }
}

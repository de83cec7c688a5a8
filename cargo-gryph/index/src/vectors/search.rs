//! The search for the vectors nearest to a query.

use crate::vectors::{
    VectorError, Vectors, WIDTH,
    block::{self, BLOCK},
    code::GROUP,
    place,
    scan::Scan,
    wrong_length,
};
use heed::RoTxn;
use roaring::RoaringBitmap;

/// How many of the nearest by their signs are compared with the query's numbers, among [`MEASURED`] or fewer.
const COARSE: usize = 1_200;
/// How many of the nearest by that are compared exactly, among [`MEASURED`] or fewer.
const FINE: usize = 150;
/// Vectors for which the above was measured. Among four times as many, twice as many are compared: more of them are
/// near by chance.
const MEASURED: f64 = 100_000.0;
/// The same where trees chose them, by signs alone.
const FROM_TREES: usize = 800;
/// How many more than the limit are compared at each step where the limit is high.
const MARGIN: usize = 15;

impl Vectors {
    /// The `limit` items nearest to a query among those allowed, with the cosine to it, nearest first.
    ///
    /// Of the ten nearest of 100,000 about 99 in 100 are found by a scan, with a filter as without.
    ///
    /// # Errors
    ///
    /// The query has not the length 1, a record is damaged, or LMDB or arroy fails.
    pub fn search(
        &self,
        transaction: &RoTxn<'_>,
        query: &[f32; WIDTH],
        limit: usize,
        allowed: Option<&RoaringBitmap>,
    ) -> Result<Vec<(u32, f32)>, VectorError> {
        if let Some(length) = wrong_length(query) {
            return Err(VectorError::QueryLength { length });
        }
        let most = limit.saturating_mul(MARGIN);
        let ids = match self.near_by_trees(transaction, query, most.max(FROM_TREES), allowed)? {
            Some(ids) => ids,
            None => self.near_by_scan(transaction, query, most, allowed)?,
        };
        self.exact(transaction, query, &ids, limit)
    }

    /// The ids nearest by the trees; `None` where they are not up to date or where so few ids are allowed that a scan
    /// costs less.
    fn near_by_trees(
        &self,
        transaction: &RoTxn<'_>,
        query: &[f32; WIDTH],
        most: usize,
        allowed: Option<&RoaringBitmap>,
    ) -> Result<Option<Vec<u32>>, VectorError> {
        if allowed.is_some_and(|allowed| allowed.len() < self.trees_from) {
            return Ok(None);
        }
        Ok(self.forest.nearest(transaction, query, most, allowed)?)
    }

    fn near_by_scan(
        &self,
        transaction: &RoTxn<'_>,
        query: &[f32; WIDTH],
        most: usize,
        allowed: Option<&RoaringBitmap>,
    ) -> Result<Vec<u32>, VectorError> {
        let groups = self.groups.len(transaction)? * GROUP as u64;
        let searched = allowed.map_or(groups, |allowed| allowed.len().min(groups));
        let more = |count: usize| (count as f64 * (searched as f64 / MEASURED).sqrt().max(1.0)) as usize;
        let mut scan = Scan::new(query, more(COARSE).max(most.saturating_mul(2)));
        for group in self.groups(transaction)? {
            let (first, group) = group?;
            match allowed {
                None => scan.look(first, &group, &|_| true),
                Some(allowed) => look_at_allowed(&mut scan, first, &group, allowed),
            }
        }
        Ok(scan.nearest(query, more(FINE).max(most)))
    }

    /// The nearest of some ids, which ascend, by their vectors.
    fn exact(
        &self,
        transaction: &RoTxn<'_>,
        query: &[f32; WIDTH],
        ids: &[u32],
        limit: usize,
    ) -> Result<Vec<(u32, f32)>, VectorError> {
        let mut nearest = Vec::with_capacity(ids.len());
        for ids in ids.chunk_by(|left, right| place(*left, BLOCK).0 == place(*right, BLOCK).0) {
            let block = self.block(transaction, place(ids[0], BLOCK).0)?;
            nearest.extend(ids.iter().map(|id| (*id, block::dot(&block.vector(place(*id, BLOCK).1), query))));
        }
        nearest.sort_unstable_by(|(left_id, left), (right_id, right)| {
            right.total_cmp(left).then_with(|| left_id.cmp(right_id))
        });
        nearest.truncate(limit);
        Ok(nearest)
    }
}

fn look_at_allowed(scan: &mut Scan, first: u32, group: &super::Group<'_>, allowed: &RoaringBitmap) {
    let count = allowed.range_cardinality(first..=first + (GROUP - 1) as u32);
    if count == GROUP as u64 {
        scan.look(first, group, &|_| true);
    } else if count > 0 {
        scan.look(first, group, &|id| allowed.contains(id));
    }
}

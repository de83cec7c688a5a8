//! Changes of the vectors: put, removed, and the trees brought up to date.

use crate::vectors::{
    VectorError, Vectors, WIDTH,
    block::{self, BLOCK},
    code::{self, GROUP},
    place, wrong_length,
};
use heed::RwTxn;

/// An item and its vector.
type Entry<'a> = (u32, &'a [f32; WIDTH]);

impl Vectors {
    /// Adds vectors, or replaces those of items that have one; of several of one item the last stays.
    ///
    /// Records that are touched are written as a whole (96 KiB for 128 ids that follow each other), so many vectors of
    /// neighbouring ids should be put together.
    ///
    /// # Errors
    ///
    /// A vector has not the length 1 (then nothing is changed), a record is damaged, or LMDB fails.
    pub fn put(&self, transaction: &mut RwTxn<'_>, vectors: &[Entry<'_>]) -> Result<(), VectorError> {
        for (id, vector) in vectors {
            wrong_length(vector).map_or(Ok(()), |length| Err(VectorError::Length { id: *id, length }))?;
        }
        let mut vectors = vectors.to_vec();
        vectors.sort_by_key(|(id, _)| *id);
        for vectors in
            vectors.chunk_by(|(left, _), (right, _)| place(*left, BLOCK).0 == place(*right, BLOCK).0)
        {
            self.put_block(transaction, vectors)?;
        }
        for vectors in
            vectors.chunk_by(|(left, _), (right, _)| place(*left, GROUP).0 == place(*right, GROUP).0)
        {
            self.put_group(transaction, vectors)?;
        }
        if !self.forest.is_empty(transaction)? {
            vectors.iter().try_for_each(|(id, vector)| self.forest.put(transaction, *id, vector))?;
        }
        Ok(())
    }

    fn put_block(&self, transaction: &mut RwTxn<'_>, vectors: &[Entry<'_>]) -> Result<(), VectorError> {
        let number = place(vectors[0].0, BLOCK).0;
        let record = self.blocks.get(transaction, &number)?;
        record.map_or(Ok(()), |record| super::block(number, record).map(drop))?;
        let mut draft = block::Draft::of(record);
        for (id, vector) in vectors {
            draft.set(place(*id, BLOCK).1, vector);
        }
        Ok(self.blocks.put(transaction, &number, draft.bytes())?)
    }

    fn put_group(&self, transaction: &mut RwTxn<'_>, vectors: &[Entry<'_>]) -> Result<(), VectorError> {
        let number = place(vectors[0].0, GROUP).0;
        let mut draft = self.group_draft(transaction, number)?;
        for (id, vector) in vectors {
            draft.set(place(*id, GROUP).1, &code::code(vector));
        }
        Ok(self.groups.put(transaction, &number, draft.bytes())?)
    }

    /// Removes the vectors of items; says how many had one.
    ///
    /// # Errors
    ///
    /// A record is damaged, or LMDB fails.
    pub fn remove(&self, transaction: &mut RwTxn<'_>, ids: &[u32]) -> Result<u64, VectorError> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let mut removed = 0;
        for ids in ids.chunk_by(|left, right| place(*left, GROUP).0 == place(*right, GROUP).0) {
            removed += self.remove_from_group(transaction, ids)?;
        }
        if !self.forest.is_empty(transaction)? {
            ids.iter().try_for_each(|id| self.forest.remove(transaction, *id))?;
        }
        Ok(removed)
    }

    fn remove_from_group(&self, transaction: &mut RwTxn<'_>, ids: &[u32]) -> Result<u64, VectorError> {
        let number = place(ids[0], GROUP).0;
        let mut draft = self.group_draft(transaction, number)?;
        let removed = ids.iter().map(|id| u64::from(draft.clear(place(*id, GROUP).1))).sum();
        if removed > 0 {
            self.drop_empty_blocks(transaction, number, &draft)?;
            self.put_or_drop_group(transaction, number, &draft)?;
        }
        Ok(removed)
    }

    /// Deletes the blocks of a group that no vector is left in; in others what was removed stays until it is
    /// overwritten, unseen.
    fn drop_empty_blocks(
        &self,
        transaction: &mut RwTxn<'_>,
        group: u32,
        draft: &code::Draft,
    ) -> Result<(), VectorError> {
        for start in (0..GROUP).step_by(BLOCK) {
            if draft.is_empty(start..start + BLOCK) {
                let number = group * (GROUP / BLOCK) as u32 + (start / BLOCK) as u32;
                self.blocks.delete(transaction, &number)?;
            }
        }
        Ok(())
    }

    fn put_or_drop_group(
        &self,
        transaction: &mut RwTxn<'_>,
        number: u32,
        draft: &code::Draft,
    ) -> Result<(), VectorError> {
        if draft.is_empty(0..GROUP) {
            self.groups.delete(transaction, &number)?;
        } else {
            self.groups.put(transaction, &number, draft.bytes())?;
        }
        Ok(())
    }

    fn group_draft(&self, transaction: &RwTxn<'_>, number: u32) -> Result<code::Draft, VectorError> {
        let record = self.groups.get(transaction, &number)?;
        record.map_or(Ok(()), |record| super::group(number, record).map(drop))?;
        Ok(code::Draft::of(record))
    }

    /// Brings the trees of a large index up to date; does nothing in a small one.
    ///
    /// A writer calls it once at the end of its run: it costs about a second even for few changes. Until then queries
    /// scan, which is slower and not less exact.
    ///
    /// # Errors
    ///
    /// A record is damaged, or LMDB or arroy fails.
    pub fn build(&self, transaction: &mut RwTxn<'_>) -> Result<(), VectorError> {
        let large = self.len(transaction)? >= self.trees_from;
        match (large, self.forest.is_empty(transaction)?) {
            (true, true) => self.plant(transaction)?,
            (true, false) => self.forest.build(transaction)?,
            (false, false) => self.forest.clear(transaction)?,
            (false, true) => {}
        }
        Ok(())
    }

    /// Builds the trees of all vectors.
    fn plant(&self, transaction: &mut RwTxn<'_>) -> Result<(), VectorError> {
        for id in self.ids(transaction)? {
            let (number, position) = place(id, BLOCK);
            let vector = self.block(transaction, number)?.vector(position);
            self.forest.put(transaction, id, &vector)?;
        }
        Ok(self.forest.build(transaction)?)
    }
}

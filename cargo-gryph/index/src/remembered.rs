//! Vectors of queries that were asked before, so that a query asked again needs no model.
//!
//! They have an environment of their own: who searches must not wait for the transaction of who writes the index.

use std::fs;
use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvOpenOptions};

use crate::{Digest, StoreError};

/// No more queries than these are remembered; the oldest is forgotten first.
const MAX_QUERIES: u64 = 4096;

/// Room for twice the vectors of [`MAX_QUERIES`], with what LMDB adds.
const MAP_BYTES: usize = 64 << 20;

/// Longer vectors than this are not remembered.
const MAX_NUMBERS: usize = 1024;

/// The vectors of queries, by embedder and text.
pub struct Remembered {
    env: Env,
    /// Vectors by digest, after the number under which the digest is in the other table.
    vectors: Database<'static, Bytes, Bytes>,
    /// Digests in the order in which they came.
    order: Database<'static, Bytes, Bytes>,
}

impl Remembered {
    /// Opens the vectors of queries in a directory of an index.
    ///
    /// # Errors
    ///
    /// The directory cannot be written, or its files cannot be used: then nothing is remembered.
    pub fn open(index: &Path) -> Result<Self, StoreError> {
        let dir = index.join("queries");
        fs::create_dir_all(&dir).map_err(heed::Error::from)?;
        let mut options = EnvOpenOptions::new();
        options.map_size(MAP_BYTES).max_dbs(2);
        #[expect(
            unsafe_code,
            reason = "a memory map of files that only this module writes, under LMDB's own locks"
        )]
        // SAFETY: no flag that weakens LMDB's locking is set.
        let env = unsafe { options.open(&dir) }?;
        let opened = env.create_databases_and_commit(env.write_txn()?, |opener, transaction| {
            let vectors = opener.create_database(transaction, Some("vectors"))?;
            let order = opener.create_database(transaction, Some("order"))?;
            Ok::<_, heed::Error>(CommitOrAbort::<_, ()>::Commit((vectors, order)))
        })?;
        let (vectors, order) = opened.commit().expect("the closure commits");
        Ok(Self { env, vectors, order })
    }

    /// The vector that an embedder gave for a text.
    ///
    /// # Errors
    ///
    /// LMDB fails.
    pub fn get(&self, embedder: &str, text: &str) -> Result<Option<Vec<f32>>, StoreError> {
        let transaction = self.env.read_txn()?;
        let record = self.vectors.get(&transaction, &key(embedder, text))?;
        Ok(record
            .and_then(|record| record.get(8..))
            .map(|bytes| bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect()))
    }

    /// Remembers the vector that an embedder gave for a text.
    ///
    /// # Errors
    ///
    /// LMDB fails.
    pub fn put(&self, embedder: &str, text: &str, vector: &[f32]) -> Result<(), StoreError> {
        self.put_bounded(embedder, text, vector, MAX_QUERIES)
    }

    /// As [`Remembered::put`], with another number of queries.
    fn put_bounded(&self, embedder: &str, text: &str, vector: &[f32], limit: u64) -> Result<(), StoreError> {
        let key = key(embedder, text);
        let mut transaction = self.env.write_txn()?;
        if vector.len() > MAX_NUMBERS || self.vectors.get(&transaction, &key)?.is_some() {
            return Ok(());
        }
        while self.order.len(&transaction)? >= limit {
            let Some((number, oldest)) = self.order.first(&transaction)? else { break };
            let (number, oldest) = (number.to_vec(), oldest.to_vec());
            self.vectors.delete(&mut transaction, &oldest)?;
            self.order.delete(&mut transaction, &number)?;
        }
        let last = self.order.last(&transaction)?.and_then(|(number, _)| number.try_into().ok());
        let number = last.map_or(0, u64::from_be_bytes).saturating_add(1).to_be_bytes();
        let numbers = vector.iter().flat_map(|number| number.to_le_bytes());
        let record: Vec<u8> = number.into_iter().chain(numbers).collect();
        self.vectors.put(&mut transaction, &key, &record)?;
        self.order.put(&mut transaction, &number, &key)?;
        Ok(transaction.commit()?)
    }
}

/// The key of a text for an embedder.
fn key(embedder: &str, text: &str) -> [u8; 32] {
    Digest::of_parts([embedder.as_bytes(), text.as_bytes()]).0
}

#[cfg(test)]
mod tests {
    use super::Remembered;

    #[test]
    fn queries_are_remembered_by_embedder_and_text_and_the_oldest_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let remembered = Remembered::open(dir.path()).unwrap();
        remembered.put("mini", "a stream", &[0.5, -1.0]).unwrap();
        assert_eq!(remembered.get("mini", "a stream").unwrap(), Some(vec![0.5, -1.0]));
        assert_eq!(remembered.get("other", "a stream").unwrap(), None);
        for text in ["b", "c", "d"] {
            remembered.put_bounded("mini", text, &[1.0], 3).unwrap();
        }
        assert_eq!(remembered.get("mini", "a stream").unwrap(), None);
        assert!(
            remembered.get("mini", "b").unwrap().is_some() && remembered.get("mini", "d").unwrap().is_some()
        );
    }
}

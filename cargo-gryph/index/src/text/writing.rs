//! Writing the full text, a batch at a time.

use std::thread;
use std::time::{Duration, Instant};

use tantivy::indexer::IndexWriterOptions;
use tantivy::{IndexWriter, TantivyError};

use crate::text::{Fields, Text, TextError};
use crate::{Item, ItemId, UnitId};

/// Memory for words before they are written out as a segment: larger segments are fewer and need fewer merges.
const MEMORY: usize = 96 << 20;

/// How long tantivy's lock may be held by nobody: a process that another thread is just starting has copies of all files
/// until it runs its own program, also of a lock that was let go meanwhile.
const LINGERING: Duration = Duration::from_secs(1);

/// How often such a lock is tried.
const PAUSE: Duration = Duration::from_millis(5);

/// A writer of the full text. What is not committed is lost when it is dropped.
pub(crate) struct TextWriter {
    writer: IndexWriter,
    fields: Fields,
}

impl TextWriter {
    /// Begins to write. One thread makes segments and one merges them: the caller uses others.
    ///
    /// What a writer left that was killed is removed first: files of deletions are named for their place in the
    /// history, so that the same changes again would find their names taken.
    pub(crate) fn new(text: &Text) -> Result<Self, TextError> {
        let writer = locked(text)?;
        writer.garbage_collect_files().wait()?;
        Ok(Self { writer, fields: text.fields })
    }

    /// Adds an item.
    pub(crate) fn add(&self, batch: u64, unit: UnitId, id: ItemId, item: &Item) -> Result<(), TextError> {
        self.writer.add_document(self.fields.document(batch, unit, id, item))?;
        Ok(())
    }

    /// Deletes an item that was added before.
    pub(crate) fn delete(&self, id: ItemId) {
        self.writer.delete_term(self.fields.of_item(id));
    }

    /// Deletes all that was added before in a batch.
    pub(crate) fn delete_batch(&self, batch: u64) {
        self.writer.delete_term(self.fields.of_batch(batch));
    }

    /// Deletes all.
    pub(crate) fn clear(&self) -> Result<(), TextError> {
        self.writer.delete_all_documents()?;
        Ok(())
    }

    /// Makes the changes last, and says up to which batch.
    pub(crate) fn commit(&mut self, batch: u64) -> Result<(), TextError> {
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&batch.to_string());
        prepared.commit()?;
        Ok(())
    }

    /// Waits for merges that are going on, which would be lost otherwise.
    pub(crate) fn finish(self) -> Result<(), TextError> {
        Ok(self.writer.wait_merging_threads()?)
    }
}

/// Takes tantivy's lock, waiting for one that lingers.
fn locked(text: &Text) -> Result<IndexWriter, TantivyError> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(MEMORY)
        .build();
    let begin = Instant::now();
    loop {
        match text.index.writer_with_options(options.clone()) {
            Err(TantivyError::LockFailure(..)) if begin.elapsed() < LINGERING => thread::sleep(PAUSE),
            writer => return writer,
        }
    }
}

//! Writing the index in batches: each is committed as a whole, or lost as a whole.
//!
//! After an error the batch is lost and the index is as it was committed last; the writer can go on from there.

use std::collections::HashMap;

use heed::RwTxn;

use crate::store::{Counters, FileKey, IndexedFile, Packer, Store, Tables};
use crate::text::{Text, TextWriter};
use crate::{Digest, IndexError, Item, ItemId, Unit, UnitId, View};

/// An item of more bytes than this is not indexed: it is data.
const MAX_ITEM_BYTES: usize = 1 << 20;

/// A file as it is to be indexed.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// Its path from the root of its unit.
    pub path: &'a str,
    /// The digest of its content.
    pub digest: Digest,
    /// How many items the caller left out.
    pub skipped: u32,
}

/// What a batch did to the items of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The new items. All of them wait for a vector.
    pub added: Vec<ItemId>,
    /// The items that are gone; their vectors are to be removed.
    pub removed: Vec<ItemId>,
    /// Items that are gone and came again with the same text: the vector of the first fits the second.
    pub same: Vec<(ItemId, ItemId)>,
}

/// The one writer of an index.
pub struct Writer<'i> {
    store: &'i Store,
    text: &'i Text,
    packer: Packer,
    words: Option<TextWriter>,
    batch: Option<Batch<'i>>,
}

/// The changes since the last commit.
struct Batch<'i> {
    transaction: RwTxn<'i>,
    counters: Counters,
    /// The number of the batch, if the full text changes.
    number: u64,
    /// Whether there is anything to commit.
    is_changed: bool,
}

impl Batch<'_> {
    /// Whether the full text changes.
    fn has_words(&self) -> bool {
        self.counters.batch == self.number
    }
}

impl<'i> Writer<'i> {
    /// Begins to write, and first brings both stores to the same state.
    pub(crate) fn new(store: &'i Store, text: &'i Text) -> Result<Self, IndexError> {
        let words = Some(TextWriter::new(text)?);
        let mut writer = Self { store, text, packer: Packer::new(), words, batch: None };
        let committed = store.tables.counters(&*store.read()?)?.batch;
        if text.batch()? < committed {
            writer.write_words_again(committed)?;
        }
        Ok(writer)
    }

    /// The number of a unit, which is new where it was not known.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn unit(&mut self, unit: &Unit) -> Result<UnitId, IndexError> {
        self.change(|parts| {
            if let Some(id) = parts.tables.unit_id(&parts.batch.transaction, unit)? {
                return Ok(id);
            }
            let id = UnitId(parts.batch.counters.unit);
            parts.batch.counters.unit += 1;
            parts.tables.put_unit(&mut parts.batch.transaction, id, unit)?;
            Ok(id)
        })
    }

    /// Whether all of a unit was indexed, see [`Writer::set_complete`].
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn is_complete(&mut self, unit: UnitId) -> Result<bool, IndexError> {
        self.look(|parts| {
            Ok(parts.tables.unit(&parts.batch.transaction, unit)?.is_some_and(|(_, complete)| complete))
        })
    }

    /// Notes that all of a unit is indexed: one that never changes need not be looked at again.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn set_complete(&mut self, unit: UnitId, complete: bool) -> Result<(), IndexError> {
        self.change(|parts| Ok(parts.tables.set_complete(&mut parts.batch.transaction, unit, complete)?))
    }

    /// All units.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn units(&mut self) -> Result<Vec<(UnitId, Unit)>, IndexError> {
        self.look(|parts| Ok(parts.tables.units(&parts.batch.transaction)?))
    }

    /// The files of a unit as they were indexed.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn files(&mut self, unit: UnitId) -> Result<Vec<IndexedFile>, IndexError> {
        self.look(|parts| Ok(parts.tables.files(&parts.batch.transaction, unit)?))
    }

    /// Puts the items of a file in the place of those it had. A file whose digest is the same is not touched, and
    /// gives `None`.
    ///
    /// # Errors
    ///
    /// The stores fail, or the unit is unknown.
    pub fn put_file(
        &mut self,
        unit: UnitId,
        file: NewFile<'_>,
        mut items: Vec<Item>,
    ) -> Result<Option<Replaced>, IndexError> {
        let given = items.len();
        items.retain(|item| bytes(item) <= MAX_ITEM_BYTES);
        let skipped = file.skipped.saturating_add((given - items.len()) as u32);
        self.change(|parts| parts.put_file(unit, NewFile { skipped, ..file }, &items))
    }

    /// Removes a file; gives the items that are gone.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn remove_file(&mut self, unit: UnitId, path: &str) -> Result<Vec<ItemId>, IndexError> {
        self.change(|parts| {
            Ok(parts.clear_file(FileKey::new(unit, path))?.into_iter().map(|(id, _)| id).collect())
        })
    }

    /// Removes a unit and all of its files; gives the items that are gone.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn remove_unit(&mut self, unit: UnitId) -> Result<Vec<ItemId>, IndexError> {
        self.change(|parts| {
            let mut removed = Vec::new();
            for file in parts.tables.files(&parts.batch.transaction, unit)? {
                removed
                    .extend(parts.clear_file(FileKey::new(unit, &file.path))?.into_iter().map(|(id, _)| id));
            }
            parts.tables.remove_unit(&mut parts.batch.transaction, unit)?;
            Ok(removed)
        })
    }

    /// Says what a workspace sees, by the digest of its root.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn set_view(&mut self, root: &Digest, view: &View) -> Result<(), IndexError> {
        self.change(|parts| Ok(parts.tables.put_view(&mut parts.batch.transaction, root, view)?))
    }

    /// Forgets a workspace; says whether it was known.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn remove_view(&mut self, root: &Digest) -> Result<bool, IndexError> {
        self.change(|parts| Ok(parts.tables.remove_view(&mut parts.batch.transaction, root)?))
    }

    /// All views: a unit in none of them is not needed any more.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn views(&mut self) -> Result<Vec<(Digest, View)>, IndexError> {
        self.look(|parts| Ok(parts.tables.views(&parts.batch.transaction)?))
    }

    /// The next items without a vector: public ones first, then those with documentation.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn waiting(&mut self, limit: usize) -> Result<Vec<(ItemId, Item)>, IndexError> {
        self.look(|parts| {
            let ids = parts.tables.waiting(&parts.batch.transaction, limit)?;
            crate::reader::load(&parts.tables, &parts.batch.transaction, &ids)
        })
    }

    /// Takes items that have a vector now out of the queue.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn vectored(&mut self, items: &[ItemId]) -> Result<(), IndexError> {
        self.change(|parts| {
            items.iter().try_for_each(|item| Ok(parts.tables.dequeue(&mut parts.batch.transaction, *item)?))
        })
    }

    /// The transaction of the batch, for tables of other parts such as the vectors.
    ///
    /// # Errors
    ///
    /// The stores fail.
    pub fn transaction(&mut self) -> Result<&mut RwTxn<'i>, IndexError> {
        let batch = self.begun()?.0;
        batch.is_changed = true;
        Ok(&mut batch.transaction)
    }

    /// Makes the batch last. The caller chooses how large a batch is: each costs some writes to disk.
    ///
    /// # Errors
    ///
    /// The stores fail; the batch is lost.
    pub fn commit(&mut self) -> Result<(), IndexError> {
        let Some(batch) = self.batch.take().filter(|batch| batch.is_changed) else { return Ok(()) };
        let committed = self.commit_batch(batch);
        if committed.is_err() {
            self.abort();
        }
        committed
    }

    /// Commits what is left and waits for work in the background that would be lost.
    ///
    /// # Errors
    ///
    /// The stores fail; the batch is lost.
    pub fn finish(mut self) -> Result<(), IndexError> {
        self.commit()?;
        if let Some(words) = self.words.take() {
            words.finish()?;
        }
        Ok(())
    }

    /// Forgets the changes since the last commit.
    pub fn abort(&mut self) {
        self.batch = None;
        self.words = None; // Dropped without a commit, it leaves the full text as it was.
    }

    /// Commits the full text, then LMDB.
    fn commit_batch(&mut self, batch: Batch<'i>) -> Result<(), IndexError> {
        let has_words = batch.has_words();
        let Batch { mut transaction, counters, .. } = batch;
        self.store.tables.put_counters(&mut transaction, counters)?;
        if let Some(words) = self.words.as_mut().filter(|_| has_words) {
            words.commit(counters.batch)?;
        }
        Ok(transaction.commit().map_err(crate::store::StoreError::from)?)
    }

    /// Commits the full text alone, as a process does that dies before it commits LMDB.
    #[cfg(test)]
    pub(crate) fn crash(mut self) {
        let batch = self.batch.take().unwrap();
        assert!(batch.has_words());
        self.words.take().unwrap().commit(batch.number).unwrap();
    }

    /// Runs a change in the batch, which begins with it where there is none; an error loses the batch.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Parts<'_, 'i>) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        self.look(|parts| {
            parts.batch.is_changed = true;
            change(parts)
        })
    }

    /// Runs a question in the batch.
    fn look<T>(
        &mut self,
        look: impl FnOnce(&mut Parts<'_, 'i>) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let tables = self.store.tables;
        let changed =
            self.begun().and_then(|(batch, words, packer)| look(&mut Parts { tables, batch, words, packer }));
        if changed.is_err() {
            self.abort();
        }
        changed
    }

    /// The batch, which is begun where there is none.
    fn begun(&mut self) -> Result<(&mut Batch<'i>, &TextWriter, &mut Packer), IndexError> {
        let Self { store, text, packer, words, batch } = self;
        let words = match words {
            Some(words) => words,
            None => words.insert(TextWriter::new(text)?),
        };
        let batch = match batch {
            Some(batch) => batch,
            None => batch.insert(begin(store, text, words)?),
        };
        Ok((batch, words, packer))
    }

    /// Writes the full text again from the items in LMDB.
    fn write_words_again(&mut self, batch: u64) -> Result<(), IndexError> {
        let Some(words) = &mut self.words else { return Ok(()) };
        words.clear()?;
        let transaction = self.store.read()?;
        self.store.tables.each_block(&transaction, |block| {
            for (id, item) in (block.first.0..).zip(block.items()?) {
                words.add(batch, block.unit(), ItemId(id), &item)?;
            }
            Ok::<_, IndexError>(())
        })?;
        Ok(words.commit(batch)?)
    }
}

/// Begins a batch, and deletes in the full text what a lost batch left.
fn begin<'i>(store: &'i Store, text: &Text, words: &TextWriter) -> Result<Batch<'i>, IndexError> {
    let transaction = store.env.write_txn().map_err(crate::store::StoreError::from)?;
    let counters = store.tables.counters(&transaction)?;
    let number = counters.batch + 1;
    if text.batch()? >= number {
        words.delete_batch(number);
    }
    Ok(Batch { transaction, counters, number, is_changed: false })
}

/// What a change works on.
struct Parts<'b, 'i> {
    tables: Tables,
    batch: &'b mut Batch<'i>,
    words: &'b TextWriter,
    packer: &'b mut Packer,
}

impl Parts<'_, '_> {
    /// Begins to change the full text, with the deletion of what earlier batches removed.
    fn touch_words(&mut self) -> Result<(), IndexError> {
        if !self.batch.has_words() {
            self.batch.counters.batch = self.batch.number;
            self.tables.graves(&self.batch.transaction)?.into_iter().for_each(|item| self.words.delete(item));
            self.tables.clear_graves(&mut self.batch.transaction)?;
        }
        Ok(())
    }

    /// Puts the items of a file in the place of those it had.
    fn put_file(
        &mut self,
        unit: UnitId,
        file: NewFile<'_>,
        items: &[Item],
    ) -> Result<Option<Replaced>, IndexError> {
        let key = FileKey::new(unit, file.path);
        if self.tables.file(&self.batch.transaction, key)?.is_some_and(|known| known.digest == file.digest) {
            return Ok(None);
        }
        if self.tables.unit(&self.batch.transaction, unit)?.is_none() {
            return Err(IndexError::UnknownUnit(unit.0));
        }
        let old = self.clear_file(key)?;
        let first = self.add_items(unit, key, items)?;
        let NewFile { path, digest, skipped } = file;
        let stored = IndexedFile { path: path.to_owned(), digest, skipped, first, items: items.len() as u32 };
        self.tables.put_file(&mut self.batch.transaction, key, &stored)?;
        let added: Vec<ItemId> = (first.0..).map(ItemId).take(items.len()).collect();
        let same = same(&old, &added, items);
        Ok(Some(Replaced { added, removed: old.into_iter().map(|(id, _)| id).collect(), same }))
    }

    /// Stores items under new numbers; gives the first.
    fn add_items(&mut self, unit: UnitId, key: FileKey, items: &[Item]) -> Result<ItemId, IndexError> {
        self.touch_words()?;
        let first = self.batch.counters.item;
        let count = u32::try_from(items.len()).map_err(|_| IndexError::OutOfNumbers)?;
        self.batch.counters.item = first.checked_add(count).ok_or(IndexError::OutOfNumbers)?;
        self.tables.put_items(&mut self.batch.transaction, self.packer, key, ItemId(first), items)?;
        for (id, item) in (first..).map(ItemId).zip(items) {
            self.tables.put_name(&mut self.batch.transaction, unit, id, item)?;
            self.tables.enqueue(&mut self.batch.transaction, id, item)?;
            self.words.add(self.batch.counters.batch, unit, id, item)?;
        }
        Ok(ItemId(first))
    }

    /// Removes a file and its items; gives them.
    fn clear_file(&mut self, key: FileKey) -> Result<Vec<(ItemId, Item)>, IndexError> {
        let Some(file) = self.tables.file(&self.batch.transaction, key)? else { return Ok(Vec::new()) };
        self.touch_words()?;
        let items = self.tables.items(&self.batch.transaction, file.first, file.items)?;
        let items: Vec<_> = (file.first.0..).map(ItemId).zip(items).collect();
        for (id, item) in &items {
            self.tables.remove_name(&mut self.batch.transaction, key.unit(), *id, item)?;
            self.tables.dequeue(&mut self.batch.transaction, *id)?;
            self.tables.bury(&mut self.batch.transaction, *id)?;
        }
        self.tables.remove_items(&mut self.batch.transaction, file.first, file.items)?;
        self.tables.remove_file(&mut self.batch.transaction, key)?;
        Ok(items)
    }
}

/// The bytes of an item's texts.
fn bytes(item: &Item) -> usize {
    let lists = item.takes.iter().chain(&item.returns).chain(&item.cfg).map(String::len).sum::<usize>();
    lists + item.path.len() + item.name.len() + item.signature.len() + item.docs.len() + item.body.len()
}

/// Pairs old and new items that differ at most in where they stand.
fn same(old: &[(ItemId, Item)], added: &[ItemId], items: &[Item]) -> Vec<(ItemId, ItemId)> {
    let content = |item: &Item| Item { lines: crate::Lines { first: 0, last: 0 }, ..item.clone() };
    let digest = |item: &Item| Digest::of(&postcard::to_stdvec(&content(item)).unwrap_or_default());
    let mut known: HashMap<Digest, ItemId> = old.iter().map(|(id, item)| (digest(item), *id)).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let pairs = added.iter().zip(items);
    pairs.filter_map(|(new, item)| Some((known.remove(&digest(item))?, *new))).collect()
}

#[cfg(test)]
mod tests;

//! Reading the index: one state of it, whatever a writer does meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use heed::{RoTxn, WithoutTls};
use tantivy::Searcher;

use crate::fusion::{self, Fused, Source, Weights};
use crate::store::{Facts, Store, Tables};
use crate::text::{Field, Fields, Filter, Text, Wanted, Words, types};
use crate::{Digest, Hit, IndexError, IndexedFile, Item, ItemId, Kind, Query, Reason, Unit, UnitId, View};

mod lookup;

/// Each source ranks at least so many items: an item of place 150 in both may be the best of all.
const DEPTH: usize = 200;

/// How often a reader tries to get both stores of one state while a writer commits batch upon batch.
const ATTEMPTS: usize = 8;

/// A reader of one state of the index.
pub struct Reader {
    tables: Tables,
    transaction: RoTxn<'static, WithoutTls>,
    fields: Fields,
    searcher: Searcher,
    batch: u64,
    graves: Arc<[ItemId]>,
    weights: Weights,
}

impl Reader {
    /// Reads the state that was committed last.
    ///
    /// LMDB is looked at first: the full text is then of the same batch or a later one, which can be left out. What
    /// a batch after the next one deletes could not be, so it is checked that LMDB did not go on meanwhile.
    pub(crate) fn new(store: &Store, text: &Text) -> Result<Self, IndexError> {
        let mut attempts = 0;
        loop {
            let transaction = store.read()?;
            let batch = store.tables.counters(&transaction)?.batch;
            let searcher = text.searcher()?;
            attempts += 1;
            if attempts == ATTEMPTS || store.tables.counters(&*store.read()?)?.batch == batch {
                let graves = store.tables.graves(&transaction)?.into();
                let (tables, fields, weights) = (store.tables, *text.fields(), Weights::default());
                return Ok(Self { tables, transaction, fields, searcher, batch, graves, weights });
            }
        }
    }

    /// With other weights of the parts of a ranking.
    #[must_use]
    pub fn with_weights(self, weights: Weights) -> Self {
        Self { weights, ..self }
    }

    /// The transaction, for tables of other parts such as the vectors.
    pub fn transaction(&self) -> &RoTxn<'static, WithoutTls> {
        &self.transaction
    }

    /// What a workspace sees, by the digest of its root; `None` where it was not indexed.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn view(&self, root: &Digest) -> Result<Option<View>, IndexError> {
        Ok(self.tables.view(&self.transaction, root)?)
    }

    /// All units.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn units(&self) -> Result<Vec<(UnitId, Unit)>, IndexError> {
        Ok(self.tables.units(&self.transaction)?)
    }

    /// Whether all of a unit was indexed.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn is_complete(&self, unit: UnitId) -> Result<bool, IndexError> {
        Ok(self.tables.unit(&self.transaction, unit)?.is_some_and(|(_, complete)| complete))
    }

    /// The files of a unit.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn files(&self, unit: UnitId) -> Result<Vec<IndexedFile>, IndexError> {
        Ok(self.tables.files(&self.transaction, unit)?)
    }

    /// How many items wait for a vector.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn waiting(&self) -> Result<u64, IndexError> {
        Ok(self.tables.waiting_count(&self.transaction)?)
    }

    /// The bytes of the pages of each table of the store.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn table_bytes(&self) -> Result<Vec<(&'static str, u64)>, IndexError> {
        Ok(self.tables.bytes(&self.transaction)?)
    }

    /// The unit of an item; `None` where the item is gone.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn unit_of(&self, item: ItemId) -> Result<Option<UnitId>, IndexError> {
        Ok(self.tables.block(&self.transaction, item)?.map(|block| block.unit()))
    }

    /// Items of these numbers; those that are gone are left out.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub fn items(&self, ids: &[ItemId]) -> Result<Vec<(ItemId, Item)>, IndexError> {
        load(&self.tables, &self.transaction, ids)
    }

    /// The items that answer a query best, among those that a view sees.
    ///
    /// `nearest` are the items whose vectors are nearest to that of the query's text, nearest first, of any unit.
    ///
    /// # Errors
    ///
    /// The stores fail. No text of a query is an error.
    pub fn search(
        &self,
        query: &Query,
        view: &View,
        nearest: Option<&[(ItemId, f32)]>,
    ) -> Result<Vec<Hit>, IndexError> {
        let (words, filter) = (Words::of(&query.text), self.filter(query, view)?);
        let by_words = self.by_words(query, &words, filter.clone(), nearest)?;
        let by_meaning = self.by_meaning(query, &filter, nearest.unwrap_or_default())?;
        let sources = [
            Source { weight: self.weights.words, ranked: &by_words },
            Source { weight: self.weights.meaning, ranked: &by_meaning },
        ];
        let boosted = self.boosted(query, fusion::fuse(&sources, self.weights.k))?;
        let best = boosted.into_iter().take(query.limit);
        best.filter_map(|(fused, boosts)| self.hit(&words, &by_meaning, fused, boosts).transpose()).collect()
    }

    /// The ranking by words. A query without any is answered by meaning where that is known, else by the filters.
    fn by_words(
        &self,
        query: &Query,
        words: &Words,
        filter: Filter,
        nearest: Option<&[(ItemId, f32)]>,
    ) -> Result<Vec<(ItemId, f32)>, IndexError> {
        if query.limit == 0 || words.is_empty() && nearest.is_some_and(|nearest| !nearest.is_empty()) {
            return Ok(Vec::new());
        }
        let (takes, returns) = (query.takes.as_deref(), query.returns.as_deref());
        let wanted = Wanted { words, takes, returns, limit: query.limit.clamp(DEPTH, 100_000) };
        Ok(wanted.rank(&self.fields, &self.searcher, filter)?)
    }

    /// Those of the nearest items that the filters let through.
    fn by_meaning(
        &self,
        query: &Query,
        filter: &Filter,
        nearest: &[(ItemId, f32)],
    ) -> Result<Vec<(ItemId, f32)>, IndexError> {
        let mut passed = Vec::new();
        for (item, similarity) in nearest {
            if self.lets_through(query, filter, *item)? {
                passed.push((*item, *similarity));
            }
        }
        Ok(passed)
    }

    /// Whether an item is there and what a query's filters want.
    fn lets_through(&self, query: &Query, filter: &Filter, item: ItemId) -> Result<bool, IndexError> {
        let Some(block) = self.tables.block(&self.transaction, item)? else { return Ok(false) };
        let is_seen = filter.units.get(block.unit().0 as usize).copied().unwrap_or(false);
        let kind = block.facts(item).and_then(|facts| facts.kind());
        if !is_seen || !kind.is_some_and(|kind| filter.wants(kind)) {
            return Ok(false);
        }
        if query.takes.is_none() && query.returns.is_none() {
            return Ok(true);
        }
        let items = self.items(&[item])?;
        Ok(items.iter().all(|(_, item)| has_types(query, item)))
    }

    /// What the full text lets through: units of the view, and of the one crate where one is wanted.
    fn filter(&self, query: &Query, view: &View) -> Result<Filter, IndexError> {
        let mut units = vec![false; view.units().last().map_or(0, |last| last.0 as usize + 1)];
        for id in view.units() {
            units[id.0 as usize] = match &query.krate {
                None => true,
                Some(krate) => self.is_of_crate(*id, krate)?,
            };
        }
        let kinds = query.kinds.iter().fold(0, |kinds, kind| kinds | 1 << (*kind as u32));
        Ok(Filter { units: units.into(), kinds, batch: self.batch, graves: Arc::clone(&self.graves) })
    }

    /// Whether a unit has the name of a crate, as a package or as code writes it.
    fn is_of_crate(&self, id: UnitId, krate: &str) -> Result<bool, IndexError> {
        let unit = self.tables.unit(&self.transaction, id)?;
        Ok(unit.is_some_and(|(unit, _)| unit.name.replace('-', "_") == krate.replace('-', "_")))
    }

    /// Multiplies scores by what else speaks for an item, and sorts again.
    fn boosted(
        &self,
        query: &Query,
        fused: Vec<Fused<2>>,
    ) -> Result<Vec<(Fused<2>, Vec<Reason>)>, IndexError> {
        let mut home: HashMap<UnitId, bool> = HashMap::new();
        let mut boosted = Vec::new();
        for mut one in fused {
            let Some(block) = self.tables.block(&self.transaction, one.item)? else { continue };
            let mut reasons = Vec::new();
            let facts = block.facts(one.item);
            if query.kinds.is_empty() && facts.and_then(Facts::kind) == Some(Kind::Impl) {
                one.score *= self.weights.head;
            }
            if facts.is_some_and(|facts| facts.is_public()) {
                one.score *= self.weights.public;
                reasons.push(Reason::Public);
            }
            let unit = block.unit();
            let is_home = match (&query.home, home.get(&unit)) {
                (None, _) => false,
                (Some(_), Some(known)) => *known,
                (Some(name), None) => *home.entry(unit).or_insert(self.is_of_crate(unit, name)?),
            };
            if is_home {
                one.score *= self.weights.home;
                reasons.push(Reason::Home);
            }
            if self.has_exact_type(query, one.item)? {
                one.score *= self.weights.exact_type;
                reasons.push(Reason::ExactType);
            }
            boosted.push((one, reasons));
        }
        boosted.sort_by(|(left, _), (right, _)| {
            right.score.total_cmp(&left.score).then(left.item.cmp(&right.item))
        });
        Ok(boosted)
    }

    /// Whether an item takes or returns just the type that is asked for.
    fn has_exact_type(&self, query: &Query, item: ItemId) -> Result<bool, IndexError> {
        if query.returns.is_none() && query.takes.is_none() {
            return Ok(false);
        }
        let is_same = |asked: &str, written: &String| types(asked).eq(types(written));
        let items = self.items(&[item])?;
        Ok(items.iter().any(|(_, item)| {
            query
                .returns
                .as_ref()
                .is_some_and(|asked| item.returns.iter().any(|written| is_same(asked, written)))
                || query
                    .takes
                    .as_ref()
                    .is_some_and(|asked| item.takes.iter().any(|written| is_same(asked, written)))
        }))
    }

    /// An answer with its reasons; `None` where the item is gone.
    fn hit(
        &self,
        words: &Words,
        by_meaning: &[(ItemId, f32)],
        fused: Fused<2>,
        boosts: Vec<Reason>,
    ) -> Result<Option<Hit>, IndexError> {
        let Some(block) = self.tables.block(&self.transaction, fused.item)? else { return Ok(None) };
        let position = (fused.item.0 - block.first.0) as usize;
        let Some(item) = block.items()?.into_iter().nth(position) else { return Ok(None) };
        let Some((unit, _)) = self.tables.unit(&self.transaction, block.unit())? else { return Ok(None) };
        let file =
            self.tables.file(&self.transaction, block.file)?.map_or_else(String::new, |file| file.path);
        let mut reasons = matches(words, &item);
        let [by_word, near] = fused.places;
        reasons.extend(by_word.filter(|_| !words.is_empty()).map(Reason::ByWords));
        reasons.extend(near.map(|place| Reason::ByMeaning {
            place,
            similarity: by_meaning.get(place as usize - 1).map_or(0.0, |near| near.1),
        }));
        reasons.extend(boosts);
        Ok(Some(Hit { id: fused.item, item, unit, file, score: fused.score, reasons }))
    }
}

/// The words of a query that are in the parts of an item.
fn matches(words: &Words, item: &Item) -> Vec<Reason> {
    let found = Field::ALL.map(|field| (field, words.found_in(item, field)));
    let some = found.into_iter().filter(|(_, words)| !words.is_empty());
    some.map(|(field, words)| Reason::Words { field, words }).collect()
}

/// Whether an item takes and returns the types that are asked for.
fn has_types(query: &Query, item: &Item) -> bool {
    let has = |asked: &Option<String>, written: &mut dyn Iterator<Item = &String>| {
        let Some(asked) = asked else { return true };
        let names: Vec<String> = written.flat_map(|written| types(written)).map(str::to_lowercase).collect();
        types(asked).all(|name| names.contains(&name.to_lowercase()))
    };
    has(&query.takes, &mut item.takes.iter()) && has(&query.returns, &mut item.returns.iter())
}

/// Items of these numbers in the order of the numbers given; each block is unpacked once if its items stand together.
pub(crate) fn load(
    tables: &Tables,
    transaction: &RoTxn<'_>,
    ids: &[ItemId],
) -> Result<Vec<(ItemId, Item)>, IndexError> {
    let mut items = Vec::with_capacity(ids.len());
    let mut unpacked: Option<(ItemId, Vec<Item>)> = None;
    for id in ids {
        let Some(block) = tables.block(transaction, *id)? else { continue };
        if unpacked.as_ref().is_none_or(|(first, _)| *first != block.first) {
            unpacked = Some((block.first, block.items()?));
        }
        let item = unpacked.as_ref().and_then(|(first, items)| items.get((id.0 - first.0) as usize));
        items.extend(item.map(|item| (*id, item.clone())));
    }
    Ok(items)
}

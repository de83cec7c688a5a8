//! A query of words: the best items by BM25, among those that a view and filters let through.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Score, Searcher, SegmentReader, Term};

use crate::text::split::is_stop_word;
use crate::text::token::{Tokens, types};
use crate::text::{Field, Fields, TextError};
use crate::{Item, ItemId, Kind};

/// More words than these make a query slow and not better.
const MAX_WORDS: usize = 64;

/// The different words of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words(Vec<String>);

impl Words {
    /// The words of a text: stop words count only where there are no others.
    pub(crate) fn of(text: &str) -> Self {
        let (mut seen, mut words) = (HashSet::new(), Vec::new());
        Tokens::Names.each(text, |word| {
            if words.len() < MAX_WORDS && seen.insert(word.to_owned()) {
                words.push(word.to_owned());
            }
        });
        if words.iter().any(|word| !is_stop_word(word)) {
            words.retain(|word| !is_stop_word(word));
        }
        Self(words)
    }

    /// The words that are in a field of an item.
    pub(crate) fn found_in(&self, item: &Item, field: Field) -> Vec<String> {
        let mut there = HashSet::new();
        field.tokens().each(field.text(item), |word| {
            there.insert(word.to_owned());
        });
        self.0.iter().filter(|word| there.contains(*word)).cloned().collect()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Words, of which one must be there.
    pub(crate) words: &'a Words,
    /// A type; all its names must be in one that is taken.
    pub(crate) takes: Option<&'a str>,
    /// A type; all its names must be in the one that is returned.
    pub(crate) returns: Option<&'a str>,
    /// How many items at most.
    pub(crate) limit: usize,
}

/// Which documents count.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// By the number of a unit: whether it is seen.
    pub(crate) units: Arc<[bool]>,
    /// The kinds that are wanted, a bit each; zero for all.
    pub(crate) kinds: u32,
    /// The last batch that LMDB knows.
    pub(crate) batch: u64,
    /// Items that LMDB has removed.
    pub(crate) graves: Arc<[ItemId]>,
}

impl Filter {
    /// Whether a kind is wanted.
    pub(crate) fn wants(&self, kind: Kind) -> bool {
        self.kinds == 0 || self.kinds & 1 << (kind as u32) != 0
    }
}

impl Wanted<'_> {
    /// The best items, best first; items of equal scores by number.
    pub(crate) fn rank(
        &self,
        fields: &Fields,
        searcher: &Searcher,
        filter: Filter,
    ) -> Result<Vec<(ItemId, f32)>, TextError> {
        let best = Best { filter, limit: self.limit };
        Ok(searcher.search(&self.query(fields), &best)?)
    }

    /// The query in tantivy's terms, made without its parser: any text is a query.
    fn query(&self, fields: &Fields) -> BooleanQuery {
        let mut clauses: Vec<(Occur, Box<dyn tantivy::query::Query>)> = Vec::new();
        let taken = self.takes.into_iter().flat_map(types).map(|name| fields.of_taken(name));
        let returned = self.returns.into_iter().flat_map(types).map(|name| fields.of_returned(name));
        for term in taken.chain(returned) {
            let query = TermQuery::new(term, IndexRecordOption::Basic);
            clauses.push((Occur::Must, Box::new(ConstScoreQuery::new(Box::new(query), 0.0))));
        }
        match self.words(fields) {
            words if !words.is_empty() => clauses.push((Occur::Must, Box::new(BooleanQuery::new(words)))),
            _ if clauses.is_empty() => clauses.push((Occur::Must, Box::new(AllQuery))),
            _ => {}
        }
        BooleanQuery::new(clauses)
    }

    /// Each word in each field.
    fn words(&self, fields: &Fields) -> Vec<(Occur, Box<dyn tantivy::query::Query>)> {
        let each = self.words.0.iter().flat_map(|word| Field::ALL.map(|field| (word, field)));
        each.map(|(word, field)| (Occur::Should, weighted(fields.of_word(field, word), field.weight())))
            .collect()
    }
}

/// A term that counts more or less.
fn weighted(term: Term, weight: f32) -> Box<dyn tantivy::query::Query> {
    Box::new(BoostQuery::new(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), weight))
}

/// Collects the best items.
struct Best {
    filter: Filter,
    limit: usize,
}

/// A hit; greater is better. Scores are no NaN, so that they sort as their bits do.
type Scored = (u32, Reverse<u32>);

impl Collector for Best {
    type Fruit = Vec<(ItemId, f32)>;
    type Child = BestOfSegment;

    fn for_segment(&self, _segment: u32, reader: &SegmentReader) -> tantivy::Result<BestOfSegment> {
        let column = |name| reader.fast_fields().column_first_or_default::<u64>(name);
        Ok(BestOfSegment {
            filter: self.filter.clone(),
            limit: self.limit,
            item: column("item")?,
            unit: column("unit")?,
            kind: column("kind")?,
            batch: column("batch")?,
            best: BinaryHeap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Vec<Scored>>) -> tantivy::Result<Vec<(ItemId, f32)>> {
        let mut all: Vec<Scored> = segments.into_iter().flatten().collect();
        all.sort_unstable_by(|left, right| right.cmp(left));
        all.truncate(self.limit);
        Ok(all.into_iter().map(|(score, Reverse(item))| (ItemId(item), f32::from_bits(score))).collect())
    }
}

/// Collects the best items of a segment.
struct BestOfSegment {
    filter: Filter,
    limit: usize,
    item: Arc<dyn ColumnValues<u64>>,
    unit: Arc<dyn ColumnValues<u64>>,
    kind: Arc<dyn ColumnValues<u64>>,
    batch: Arc<dyn ColumnValues<u64>>,
    best: BinaryHeap<Reverse<Scored>>,
}

impl BestOfSegment {
    /// Whether a document counts.
    fn lets_through(&self, doc: DocId) -> bool {
        let filter = &self.filter;
        let unit = usize::try_from(self.unit.get_val(doc)).unwrap_or(usize::MAX);
        let is_seen = filter.units.get(unit).copied().unwrap_or(false);
        is_seen
            && (filter.kinds == 0 || filter.kinds >> self.kind.get_val(doc).min(31) & 1 == 1)
            && self.batch.get_val(doc) <= filter.batch
            && filter.graves.binary_search(&ItemId(self.item.get_val(doc) as u32)).is_err()
    }
}

impl SegmentCollector for BestOfSegment {
    type Fruit = Vec<Scored>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let score = score.max(0.0).to_bits();
        let is_full = self.best.len() >= self.limit;
        let is_good = !is_full || self.best.peek().is_some_and(|worst| score >= worst.0.0);
        if is_good && self.lets_through(doc) {
            self.best.push(Reverse((score, Reverse(self.item.get_val(doc) as u32))));
            if is_full {
                self.best.pop();
            }
        }
    }

    fn harvest(self) -> Vec<Scored> {
        self.best.into_iter().map(|Reverse(scored)| scored).collect()
    }
}

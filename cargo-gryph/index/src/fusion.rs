//! One ranking of several: reciprocal rank fusion.
//!
//! Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
//! SIGIR 2009. Scores of different sources cannot be compared, places can: an item's score is the sum of 1/(k + place)
//! over the rankings that have it.

use std::collections::HashMap;

use crate::ItemId;

/// How rankings are made one, and what else counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// The k of the formula: the greater, the less the first places stand out.
    pub k: f32,
    /// What the ranking by words counts.
    pub words: f32,
    /// What the ranking by meaning counts.
    pub meaning: f32,
    /// What the score of a public item is multiplied by.
    pub public: f32,
    /// What the score of the head of an `impl` is multiplied by: it repeats the words of a type and does nothing itself.
    pub head: f32,
    /// What the score of an item of the crate at home is multiplied by.
    pub home: f32,
    /// What the score is multiplied by where a type is just the one that was asked for.
    pub exact_type: f32,
}

impl Default for Weights {
    /// The k of the paper, both sources alike, and boosts that move an item by few places.
    fn default() -> Self {
        Self { k: 60.0, words: 1.0, meaning: 1.0, public: 1.05, head: 0.8, home: 1.1, exact_type: 1.2 }
    }
}

/// A ranking: items, best first, with scores of its own.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What it counts.
    pub weight: f32,
    /// The items; of one that is there twice the first place counts.
    pub ranked: &'a [(ItemId, f32)],
}

/// An item's score of all sources, and its place in each, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused<const N: usize> {
    /// The item.
    pub item: ItemId,
    /// The sum.
    pub score: f32,
    /// The places.
    pub places: [Option<u32>; N],
}

/// Fuses rankings; items of equal scores are in the order of their numbers.
pub fn fuse<const N: usize>(sources: &[Source<'_>; N], k: f32) -> Vec<Fused<N>> {
    let mut places: HashMap<ItemId, [Option<u32>; N]> = HashMap::new();
    for (source, ranking) in sources.iter().enumerate() {
        for (place, (item, _)) in (1..).zip(ranking.ranked) {
            places.entry(*item).or_insert([None; N])[source].get_or_insert(place);
        }
    }
    let mut fused: Vec<Fused<N>> = places
        .into_iter()
        .map(|(item, places)| Fused { item, score: score(sources, &places, k), places })
        .collect();
    fused.sort_unstable_by(|left, right| right.score.total_cmp(&left.score).then(left.item.cmp(&right.item)));
    fused
}

/// The score of an item at these places.
fn score<const N: usize>(sources: &[Source<'_>; N], places: &[Option<u32>; N], k: f32) -> f32 {
    let each = sources.iter().zip(places);
    each.filter_map(|(source, place)| Some(source.weight / (k + (*place)? as f32))).sum()
}

#[cfg(test)]
mod tests {
    use super::{Source, fuse};
    use crate::ItemId;

    #[test]
    fn scores_are_sums_of_reciprocal_places() {
        let left = [(ItemId(1), 9.0), (ItemId(2), 8.0), (ItemId(1), 7.0)];
        let right = [(ItemId(2), 0.9), (ItemId(3), 0.8)];
        let source = |ranked| Source { weight: 1.0, ranked };
        let fused = fuse(&[source(&left[..]), source(&right[..])], 60.0);
        let items: Vec<_> = fused.iter().map(|one| (one.item.0, one.places)).collect();
        assert_eq!(items, [(2, [Some(2), Some(1)]), (1, [Some(1), None]), (3, [None, Some(2)])]);
        assert!((fused[0].score - (1.0 / 62.0 + 1.0 / 61.0)).abs() < 1e-6);
    }
}

//! The nearest codes to a query, found by looking at all of them.
//!
//! Codes are compared by their Hamming distance to the query's code. Those nearest by it are then compared with the
//! query's numbers in few bits instead of its signs alone (J. Gao and C. Long, RaBitQ, SIGMOD 2024), which orders
//! codes far better, and costs too much to be done for all.

use crate::vectors::{
    WIDTH,
    code::{Code, GROUP, Group, WORDS, code},
};
use multiversion::multiversion;

/// Distances that are looked at together when the next near one is sought.
const LANES: usize = 16;
/// Bits in which a number of the query is written for the second comparison.
const DEPTH: usize = 5;

/// A code near a query.
#[derive(Clone, Copy, Debug)]
struct Near {
    id: u32,
    distance: u16,
    code: Code,
}

/// A scan: groups of codes are shown to it, and it keeps the nearest.
#[derive(Debug)]
pub(super) struct Scan {
    query: Code,
    keep: usize,
    /// How many codes were kept at each distance.
    counts: [usize; WIDTH + 1],
    /// How many were kept that are not further than `furthest`.
    kept: usize,
    /// What is further than this is not among the nearest.
    furthest: u16,
    near: Vec<Near>,
}

impl Scan {
    /// A scan for the `keep` codes that are nearest to a query's.
    pub(super) fn new(query: &[f32; WIDTH], keep: usize) -> Self {
        let (counts, near) = ([0; WIDTH + 1], Vec::with_capacity(keep));
        Self { query: code(query), keep, counts, kept: 0, furthest: WIDTH as u16, near }
    }

    /// Looks at the codes of a group whose first id is `first`, as far as their ids are allowed.
    pub(super) fn look(&mut self, first: u32, group: &Group<'_>, allowed: &impl Fn(u32) -> bool) {
        let mut distances = [[0; LANES]; GROUP / LANES];
        measure(group.planes(), &self.query, &mut distances);
        for (chunk, distances) in distances.iter().enumerate() {
            if smallest(distances) > self.furthest {
                continue;
            }
            for (lane, distance) in distances.iter().enumerate() {
                let position = chunk * LANES + lane;
                let id = first + position as u32;
                if *distance <= self.furthest && group.has(position) && allowed(id) {
                    self.take(Near { id, distance: *distance, code: group.code(position) });
                }
            }
        }
    }

    /// Keeps a code. By the counts it is known at once how near the nearest `keep` are, without sorting.
    fn take(&mut self, near: Near) {
        self.counts[usize::from(near.distance)] += 1;
        self.kept += 1;
        self.near.push(near);
        while self.kept - self.counts[usize::from(self.furthest)] >= self.keep && self.furthest > 0 {
            self.kept -= self.counts[usize::from(self.furthest)];
            self.furthest -= 1;
        }
    }

    /// The ids of the `most` codes that are nearest to the query's numbers, ascending.
    pub(super) fn nearest(self, query: &[f32; WIDTH], most: usize) -> Vec<u32> {
        let query = FineQuery::new(query);
        let near = self.near.iter().filter(|near| near.distance <= self.furthest);
        let mut scored: Vec<(f32, u32)> = near.map(|near| (query.score(&near.code), near.id)).collect();
        if most < scored.len() {
            scored.select_nth_unstable_by(most, |(left, _), (right, _)| right.total_cmp(left));
            scored.truncate(most);
        }
        let mut ids: Vec<u32> = scored.into_iter().map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids
    }
}

/// The Hamming distances of all the codes of a group.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512dq+avx512vpopcntdq",
    "x86_64+avx2+popcnt",
    "x86_64+popcnt",
    "aarch64+neon"
))]
fn measure(planes: &[&[[u8; 8]; GROUP]; WORDS], query: &Code, distances: &mut [[u16; LANES]; GROUP / LANES]) {
    for (position, distance) in distances.as_flattened_mut().iter_mut().enumerate() {
        let differing = |word: usize| (u64::from_le_bytes(planes[word][position]) ^ query[word]).count_ones();
        let sum = differing(0) + differing(1) + differing(2) + differing(3) + differing(4) + differing(5);
        *distance = sum as u16;
    }
}

fn smallest(distances: &[u16; LANES]) -> u16 {
    distances.iter().copied().fold(u16::MAX, u16::min)
}

/// A query's numbers in few bits: plane `b` holds bit `b` of each.
#[derive(Debug)]
struct FineQuery {
    planes: [Code; DEPTH],
    smallest: f32,
    step: f32,
}

impl FineQuery {
    fn new(query: &[f32; WIDTH]) -> Self {
        let (smallest, largest) =
            query.iter().fold((0.0_f32, 0.0_f32), |(low, high), x| (low.min(*x), high.max(*x)));
        let step = ((largest - smallest) / ((1 << DEPTH) - 1) as f32).max(f32::MIN_POSITIVE);
        let mut planes = [[0; WORDS]; DEPTH];
        for (index, number) in query.iter().enumerate() {
            let level = ((number - smallest) / step).round() as u64;
            for (bit, plane) in planes.iter_mut().enumerate() {
                plane[index / 64] |= (level >> bit & 1) << (index % 64);
            }
        }
        Self { planes, smallest, step }
    }

    /// The sum of the query's numbers where the code has a bit, which orders codes as their products with it do.
    fn score(&self, code: &Code) -> f32 {
        let levels: u32 =
            (self.planes.iter().enumerate()).map(|(bit, plane)| common(plane, code) << bit).sum();
        let ones: u32 = code.iter().map(|word| word.count_ones()).sum();
        self.step * levels as f32 + self.smallest * ones as f32
    }
}

fn common(left: &Code, right: &Code) -> u32 {
    left.iter().zip(right).map(|(left, right)| (left & right).count_ones()).sum()
}

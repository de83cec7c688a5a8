//! Vectors as their users see them: found as by exact comparison, replaced, removed, filtered.

use super::{VectorError, Vectors, WIDTH, block};
use heed::{Env, EnvOpenOptions};
use proptest::{collection::vec, prelude::Strategy, prop_oneof, proptest, test_runner::Config};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

type Vector = [f32; WIDTH];

/// An environment with vectors in a directory that goes with it.
struct Store {
    env: Env<heed::WithoutTls>,
    vectors: Vectors,
    _dir: tempfile::TempDir,
}

impl Store {
    #[expect(unsafe_code, reason = "LMDB maps a file of a directory that is ours alone")]
    fn new(trees_from: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let env = unsafe {
            EnvOpenOptions::new()
                .read_txn_without_tls()
                .map_size(1 << 30)
                .max_dbs(3)
                .open(dir.path())
                .unwrap()
        };
        let vectors = Vectors::create(&env).unwrap().with_trees_from(trees_from);
        Self { env, vectors, _dir: dir }
    }

    fn of(vectors: &[Vector], trees_from: u64) -> Self {
        let store = Self::new(trees_from);
        let entries: Vec<(u32, &Vector)> = (0..).zip(vectors).collect();
        store.put(&entries).unwrap();
        store
    }

    fn put(&self, entries: &[(u32, &Vector)]) -> Result<(), VectorError> {
        let mut transaction = self.env.write_txn()?;
        self.vectors.put(&mut transaction, entries)?;
        self.vectors.build(&mut transaction)?;
        Ok(transaction.commit()?)
    }

    fn remove(&self, ids: &[u32]) -> u64 {
        let mut transaction = self.env.write_txn().unwrap();
        let removed = self.vectors.remove(&mut transaction, ids).unwrap();
        self.vectors.build(&mut transaction).unwrap();
        transaction.commit().unwrap();
        removed
    }

    fn search(&self, query: &Vector, limit: usize, allowed: Option<&RoaringBitmap>) -> Vec<(u32, f32)> {
        self.vectors.search(&self.env.read_txn().unwrap(), query, limit, allowed).unwrap()
    }

    fn has_trees(&self) -> bool {
        let transaction = self.env.read_txn().unwrap();
        self.vectors.forest.nearest(&transaction, &unit(0), 1, None).unwrap().is_some()
    }

    fn ids(&self) -> Vec<u32> {
        self.vectors.ids(&self.env.read_txn().unwrap()).unwrap().iter().collect()
    }

    fn len(&self) -> u64 {
        self.vectors.len(&self.env.read_txn().unwrap()).unwrap()
    }
}

fn normalised(vector: &Vector) -> Vector {
    let length = block::dot(vector, vector).sqrt();
    vector.map(|number| number / length)
}

/// The vector whose only number stands at a place.
fn unit(place: usize) -> Vector {
    let mut vector = [0.0; WIDTH];
    vector[place] = 1.0;
    vector
}

/// Vectors around a few centres, as those of texts are.
fn clustered(count: usize, random: &mut StdRng) -> Vec<Vector> {
    let mut noise = |size: f32| -> Vector { std::array::from_fn(|_| size * (random.random::<f32>() - 0.5)) };
    let centres: Vec<Vector> = (0..40).map(|_| normalised(&noise(1.0))).collect();
    let near = |index: usize| {
        let noise = noise(0.15);
        normalised(&std::array::from_fn(|place| centres[index % centres.len()][place] + noise[place]))
    };
    (0..count).map(near).collect()
}

fn exact(vectors: &[Vector], query: &Vector, limit: usize, allowed: &dyn Fn(u32) -> bool) -> Vec<u32> {
    let ids = (0..vectors.len() as u32).filter(|id| allowed(*id));
    let mut scored: Vec<(f32, u32)> = ids.map(|id| (block::dot(&vectors[id as usize], query), id)).collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    scored.into_iter().take(limit).map(|(_, id)| id).collect()
}

/// The share of the ten nearest that are found, over 50 queries.
fn recall(trees_from: u64, allowed: Option<&RoaringBitmap>) -> f64 {
    let mut random = StdRng::seed_from_u64(1);
    let mut vectors = clustered(6_050, &mut random);
    let queries = vectors.split_off(6_000);
    let store = Store::of(&vectors, trees_from);
    assert_eq!(store.has_trees(), trees_from < 6_000);
    let found = |query| {
        let exact = exact(&vectors, query, 10, &|id| allowed.is_none_or(|allowed| allowed.contains(id)));
        store.search(query, 10, allowed).iter().filter(|(id, _)| exact.contains(id)).count()
    };
    queries.iter().map(found).sum::<usize>() as f64 / (10 * queries.len()) as f64
}

#[test]
fn a_scan_finds_the_nearest() {
    let found = recall(u64::MAX, None);
    assert!(found >= 0.98, "{found}");
}

#[test]
fn trees_find_the_nearest() {
    let found = recall(1_000, None);
    assert!(found >= 0.98, "{found}");
}

#[test]
fn a_filter_costs_no_recall() {
    let every_seventh: RoaringBitmap = (0..6_000).filter(|id| id % 7 == 0).collect();
    let runs: RoaringBitmap = (1_000..1_300).chain(4_000..4_200).collect();
    for allowed in [&every_seventh, &runs] {
        for trees_from in [u64::MAX, 100] {
            let found = recall(trees_from, Some(allowed));
            assert!(found >= 0.98, "{found} of {} from {trees_from}", allowed.len());
        }
    }
}

#[test]
fn an_empty_index_answers_with_nothing() {
    let store = Store::new(0);
    assert_eq!(store.search(&unit(0), 10, None), []);
    assert_eq!((store.len(), store.remove(&[1, 5_000_000])), (0, 0));
    let transaction = store.env.read_txn().unwrap();
    assert!(
        store.vectors.is_empty(&transaction).unwrap() && !store.vectors.contains(&transaction, 1).unwrap()
    );
}

#[test]
fn a_vector_is_replaced_and_removed() {
    for trees_from in [0, u64::MAX] {
        let store = Store::of(&[unit(0), unit(1), unit(2)], trees_from);
        store.put(&[(1, &unit(3)), (u32::MAX, &unit(4)), (1, &unit(5))]).unwrap();
        assert_eq!(store.search(&unit(5), 1, None), [(1, 1.0)]);
        assert_eq!(store.search(&unit(4), 1, None), [(u32::MAX, 1.0)]);
        assert_eq!((store.len(), store.ids()), (4, vec![0, 1, 2, u32::MAX]));
        assert_eq!(store.remove(&[1, u32::MAX, 7, 1]), 2);
        assert_eq!(store.ids(), [0, 2]);
        assert!(store.search(&unit(5), 10, None).iter().all(|(id, _)| [0, 2].contains(id)));
    }
}

#[test]
fn what_was_put_after_the_last_build_is_found() {
    let store = Store::of(&[unit(0), unit(1)], 2);
    assert!(store.has_trees());
    let mut transaction = store.env.write_txn().unwrap();
    store.vectors.put(&mut transaction, &[(9, &unit(7))]).unwrap();
    transaction.commit().unwrap();
    assert!(!store.has_trees());
    assert_eq!(store.search(&unit(7), 1, None), [(9, 1.0)]);
}

#[test]
fn trees_go_when_the_index_becomes_small() {
    let store = Store::of(&[unit(0), unit(1)], 2);
    store.remove(&[0]);
    let transaction = store.env.read_txn().unwrap();
    assert!(store.vectors.forest.is_empty(&transaction).unwrap());
}

#[test]
fn records_of_removed_vectors_are_deleted() {
    let vectors = clustered(2_000, &mut StdRng::seed_from_u64(2));
    let store = Store::of(&vectors, u64::MAX);
    store.remove(&(100..2_000).collect::<Vec<u32>>());
    let transaction = store.env.read_txn().unwrap();
    assert_eq!(store.vectors.blocks.len(&transaction).unwrap(), 1);
    assert_eq!(store.vectors.groups.len(&transaction).unwrap(), 1);
}

#[test]
fn vectors_that_have_not_length_one_are_refused() {
    let store = Store::of(&[unit(0)], u64::MAX);
    for number in [0.0, f32::NAN, f32::INFINITY, 2.0] {
        let wrong = unit(3).map(|one| one * number);
        let refused = store.put(&[(1, &unit(1)), (2, &wrong)]).unwrap_err();
        assert!(matches!(refused, VectorError::Length { id: 2, .. }), "{refused}");
        let transaction = store.env.read_txn().unwrap();
        let refused = store.vectors.search(&transaction, &wrong, 1, None).unwrap_err();
        assert!(matches!(refused, VectorError::QueryLength { .. }), "{refused}");
    }
    assert_eq!(store.ids(), [0]);
}

#[test]
fn a_damaged_record_is_an_error() {
    let store = Store::of(&[unit(0)], u64::MAX);
    let mut transaction = store.env.write_txn().unwrap();
    store.vectors.groups.put(&mut transaction, &0, b"short").unwrap();
    store.vectors.blocks.put(&mut transaction, &0, b"short").unwrap();
    transaction.commit().unwrap();
    let transaction = store.env.read_txn().unwrap();
    let refused = store.vectors.search(&transaction, &unit(0), 1, None).unwrap_err();
    assert!(matches!(refused, VectorError::Damaged { first: 0 }), "{refused}");
    assert!(matches!(store.put(&[(5, &unit(0))]), Err(VectorError::Damaged { first: 0 })));
}

#[test]
fn an_environment_without_vectors_has_none_to_open() {
    let store = Store::of(&[unit(0)], u64::MAX);
    let opened = Vectors::open(&store.env).unwrap().unwrap();
    let transaction = store.env.read_txn().unwrap();
    assert_eq!(opened.get(&transaction, 0).unwrap(), Some(unit(0)));
    assert_eq!(opened.get(&transaction, 1).unwrap(), None);
}

/// A change: a vector put at an id, or an id removed.
#[derive(Clone, Debug)]
enum Change {
    Put(u32, usize),
    Remove(u32),
}

fn change() -> impl Strategy<Value = Change> {
    let id = || prop_oneof![0..12_u32, 1_020..1_030_u32, 4_000..4_003_u32];
    let put = (id(), 0..WIDTH).prop_map(|(id, place)| Change::Put(id, place));
    prop_oneof![3 => put, 1 => id().prop_map(Change::Remove)]
}

proptest! {
    #![proptest_config(Config::with_cases(24))]

    #[test]
    fn any_changes_leave_what_a_map_would_hold(changes in vec(change(), 1..40), trees_from in 0..30_u64) {
        let (store, mut model) = (Store::new(trees_from), BTreeMap::new());
        for change in changes {
            match change {
                Change::Put(id, place) => {
                    store.put(&[(id, &unit(place))]).unwrap();
                    model.insert(id, place);
                }
                Change::Remove(id) => assert_eq!(store.remove(&[id]) == 1, model.remove(&id).is_some()),
            }
        }
        assert_eq!(store.ids(), model.keys().copied().collect::<Vec<_>>());
        for (id, place) in &model {
            let found = store.search(&unit(*place), model.len(), None);
            assert_eq!(found.len(), model.len());
            assert!(found.contains(&(*id, 1.0)), "{id}: {found:?}");
        }
    }
}

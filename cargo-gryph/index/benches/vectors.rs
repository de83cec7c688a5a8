//! The nearest vectors: how many of the true ones are found, and at which cost.
//!
//! `GRYPH_VECTORS` names a directory with `x.f32` (what is stored) and `q.f32` (queries): vectors of 384 numbers of
//! length 1, little-endian, one after the other. Files that are missing are made from the sources that Cargo has
//! downloaded, by the hashing embedder. `GRYPH_SIZES` says how many are stored, such as `10000,100000`; beyond those in
//! the file, neighbours of them are made up. `vectors.py` runs faiss and usearch on the same files.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot unwrap has failed")]

use gryph_index::vectors::{Vectors, WIDTH, hashing};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use roaring::RoaringBitmap;
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// A vector.
type Vector = [f32; WIDTH];

/// How many of the nearest count.
const NEAREST: usize = 10;
/// Vectors that are put together.
const BATCH: usize = 2_000;

fn main() {
    let dir =
        env::var_os("GRYPH_VECTORS").map_or_else(|| env::temp_dir().join("gryph-vectors"), PathBuf::from);
    let sizes = env::var("GRYPH_SIZES").unwrap_or_else(|_| "100000".to_owned());
    if !dir.join("x.f32").exists() || !dir.join("q.f32").exists() {
        make(&dir);
    }
    println!("vectors in {}", dir.display());
    println!(
        "{:>8}  {:22} {:>9} {:>12} {:>11} {:>8}",
        "vectors", "", "recall@10", "CPU ms/query", "build CPU s", "MB"
    );
    let (mut stored, mut queries) = (read(&dir.join("x.f32")), read(&dir.join("q.f32")));
    queries.truncate(1_000);
    for size in sizes.split(',').map(|size| size.parse().unwrap()) {
        resize(&mut stored, size);
        measure(&stored[..size], &queries);
    }
}

/// One size: a scan, a scan with a filter, and trees where `GRYPH_TREES` is set.
fn measure(stored: &[Vector], queries: &[Vector]) {
    let dir = tempfile::tempdir().unwrap();
    let env = environment(dir.path());
    let vectors = Vectors::create(&env).unwrap().with_trees_from(u64::MAX);
    let build = fill(&env, &vectors, stored);
    let row = |name: &str, vectors: &Vectors, allowed: Option<&RoaringBitmap>, build: Duration| {
        let transaction = env.read_txn().unwrap();
        let search = |query: &Vector| vectors.search(&transaction, query, NEAREST, allowed).unwrap();
        queries.iter().take(50).for_each(|query| drop(search(query)));
        let (found, cpu) = timed(|| queries.iter().map(search).collect::<Vec<_>>());
        let recall = recall(stored, queries, allowed, &found);
        let (query, megabytes) = (cpu.as_secs_f64() * 1e3 / queries.len() as f64, size(dir.path()) / 1e6);
        let build = build.as_secs_f64();
        println!("{:>8}  {name:22} {recall:>9.4} {query:>12.3} {build:>11.2} {megabytes:>8.1}", stored.len());
    };
    row("scan", &vectors, None, build);
    if env::var_os("GRYPH_FILTERS").is_some() {
        let tenth: RoaringBitmap = (0..stored.len() as u32).filter(|id| id / 500 % 10 == 3).collect();
        row("scan, runs of a tenth", &vectors, Some(&tenth), build);
        let scattered: RoaringBitmap = (0..stored.len() as u32).filter(|id| id * 7919 % 10 == 3).collect();
        row("scan, every tenth", &vectors, Some(&scattered), build);
    }
    if env::var_os("GRYPH_TREES").is_some() {
        let vectors = vectors.with_trees_from(1);
        let ((), trees) = timed(|| {
            let mut transaction = env.write_txn().unwrap();
            vectors.build(&mut transaction).unwrap();
            transaction.commit().unwrap();
        });
        row("trees", &vectors, None, build + trees);
    }
}

#[expect(unsafe_code, reason = "LMDB maps a file of a directory that is ours alone")]
fn environment(dir: &Path) -> heed::Env {
    unsafe { heed::EnvOpenOptions::new().map_size(16 << 30).max_dbs(8).open(dir).unwrap() }
}

fn fill(env: &heed::Env, vectors: &Vectors, stored: &[Vector]) -> Duration {
    let entries: Vec<(u32, &Vector)> = (0..).zip(stored).collect();
    let ((), cpu) = timed(|| {
        for entries in entries.chunks(BATCH) {
            let mut transaction = env.write_txn().unwrap();
            vectors.put(&mut transaction, entries).unwrap();
            transaction.commit().unwrap();
        }
    });
    cpu
}

/// The share of the nearest by exact comparison that were found.
fn recall(
    stored: &[Vector],
    queries: &[Vector],
    allowed: Option<&RoaringBitmap>,
    found: &[Vec<(u32, f32)>],
) -> f64 {
    let step = queries.len().div_ceil(300); // An exact comparison of all would take longer than all the rest.
    let sample = queries.iter().zip(found).step_by(step);
    let shares: Vec<f64> = sample
        .map(|(query, found)| {
            let exact = exact(stored, query, allowed);
            found.iter().filter(|(id, _)| exact.contains(id)).count() as f64 / exact.len() as f64
        })
        .collect();
    shares.iter().sum::<f64>() / shares.len() as f64
}

fn exact(stored: &[Vector], query: &Vector, allowed: Option<&RoaringBitmap>) -> Vec<u32> {
    let ids = (0..stored.len() as u32).filter(|id| allowed.is_none_or(|allowed| allowed.contains(*id)));
    let mut scored: Vec<(f32, u32)> = ids.map(|id| (dot(&stored[id as usize], query), id)).collect();
    scored.select_nth_unstable_by(NEAREST - 1, |left, right| right.0.total_cmp(&left.0));
    scored[..NEAREST].iter().map(|(_, id)| *id).collect()
}

fn dot(left: &Vector, right: &Vector) -> f32 {
    let mut sums = [0.0; 16];
    for (left, right) in left.as_chunks::<16>().0.iter().zip(right.as_chunks::<16>().0) {
        sums.iter_mut().zip(left.iter().zip(right)).for_each(|(sum, (left, right))| *sum += left * right);
    }
    sums.iter().sum()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = cpu();
    let result = work();
    (result, cpu() - before)
}

/// Processor time of this process: what it costs does not depend on what else the machine does.
fn cpu() -> Duration {
    rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime).try_into().unwrap()
}

fn size(dir: &Path) -> f64 {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    files.map(|file| file.len() as f64).sum()
}

fn read(path: &Path) -> Vec<Vector> {
    let bytes = fs::read(path).unwrap();
    let (numbers, _) = bytes.as_chunks::<4>();
    let numbers: Vec<f32> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    numbers.as_chunks::<WIDTH>().0.to_vec()
}

/// Makes up vectors beyond those there are: each lies between two true ones, with a little noise.
fn resize(stored: &mut Vec<Vector>, size: usize) {
    let (known, mut random) = (stored.len(), StdRng::seed_from_u64(9));
    while stored.len() < size {
        let (near, far) = (stored[random.random_range(0..known)], stored[random.random_range(0..known)]);
        let mut vector = near;
        vector.iter_mut().zip(far).for_each(|(number, far)| {
            *number += 0.5 * far + 0.02 * (random.random::<f32>() - 0.5);
        });
        let length = dot(&vector, &vector).sqrt();
        stored.push(vector.map(|number| number / length));
    }
}

/// Makes the files by the hashing embedder: functions are stored, the documentation of others is the queries.
fn make(dir: &Path) {
    let (mut functions, mut docs) = (BTreeSet::new(), BTreeSet::new());
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    collect(&home.unwrap().join("registry/src"), &mut functions, &mut docs);
    fs::create_dir_all(dir).unwrap();
    write(&dir.join("x.f32"), functions.iter());
    write(&dir.join("q.f32"), docs.iter().step_by((docs.len() / 1_000).max(1)));
}

fn collect(dir: &Path, functions: &mut BTreeSet<String>, docs: &mut BTreeSet<String>) {
    for path in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, functions, docs);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines = || text.lines().map(str::trim);
            functions
                .extend(lines().filter(|line| line.contains("fn ") && line.len() > 20).map(str::to_owned));
            docs.extend(
                lines()
                    .filter_map(|line| line.strip_prefix("/// "))
                    .filter(|line| line.len() > 30)
                    .map(str::to_owned),
            );
        }
    }
}

fn write<'a>(path: &Path, texts: impl Iterator<Item = &'a String>) {
    let numbers = texts.filter_map(|text| hashing::embed(text)).flatten();
    fs::write(path, numbers.flat_map(f32::to_le_bytes).collect::<Vec<u8>>()).unwrap();
}

//! What the index costs: time to write, bytes on disk, a query in a new process, an update, and how well words find.
//!
//! `cargo bench -p gryph-index --bench store -- SOURCES [ITEMS]` indexes the Rust files below a directory, such as
//! unpacked crates. Reading and cutting them is not in the times. Times are of the processor (all threads for writing), since a wall clock measures what else runs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use gryph_index::chunk::items;
use gryph_index::files::walk;
use gryph_index::{Access, Digest, Index, Item, Kind, NewFile, Origin, Query, Unit, UnitId, View, Writer};

/// How many items are committed at once.
const BATCH: usize = 20_000;

/// Queries in new processes.
const QUERIES: [&str; 10] = [
    "debounce a stream of events",
    "parse a date from text",
    "HashMap entry or_insert_with",
    "read lines of a file lazily",
    "split a string at the first separator",
    "spawn a task on the thread pool",
    "convert bytes to hexadecimal digits",
    "iterate over overlapping windows of a slice",
    "send a request and wait for its response",
    "compute the checksum of a buffer",
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["query", dir, text] => ask(Path::new(dir), text),
        [sources] => measure(Path::new(sources), usize::MAX),
        [sources, items] => measure(Path::new(sources), items.parse().expect("a number of items")),
        _ => println!("usage: cargo bench -p gryph-index --bench store -- SOURCES [ITEMS]"),
    }
}

/// A file and its items.
type Cut = (String, Vec<Item>);

/// Prints all figures for the sources below a directory.
fn measure(sources: &Path, limit: usize) {
    let crates = corpus(sources, limit);
    let items: usize = crates.iter().flat_map(|(_, files)| files).map(|(_, items)| items.len()).sum();
    let bytes: usize =
        crates.iter().flat_map(|(_, files)| files).flat_map(|(_, items)| items).map(size).sum();
    println!("corpus: {} crates, {items} items, {:.1} MB of text", crates.len(), mega(bytes as u64));
    let dir = tempfile::tempdir().expect("a directory");
    writing(dir.path(), &crates, items);
    cold_queries(dir.path());
    update(dir.path(), &crates);
    found_by_words(crates);
}

/// Writes all, and prints the time and the bytes.
fn writing(dir: &Path, crates: &[(String, Vec<Cut>)], items: usize) {
    let (start, wall) = (cpu_seconds(), Instant::now());
    let index = Index::open(dir, Access::Write).expect("an index");
    let mut writer = index.writer().expect("a writer");
    write(&mut writer, crates);
    let before_merges = cpu_seconds() - start;
    writer.finish().expect("a commit");
    let cpu = cpu_seconds() - start;
    println!(
        "write: {cpu:.1} s of processor ({before_merges:.1} before the last merges), {:.1} s of wall, {:.0} items/s",
        wall.elapsed().as_secs_f64(),
        items as f64 / cpu
    );
    let (store, text) = index.disk_bytes();
    let each = 100_000.0 / items as f64;
    println!(
        "disk per 100k items: LMDB {:.1} MB, text {:.1} MB, both {:.1} MB",
        mega(store) * each,
        mega(text) * each,
        mega(store + text) * each
    );
    for (table, bytes) in index.reader().expect("a reader").table_bytes().expect("sizes") {
        println!("  {table}: {:.1} MB", mega(bytes) * each);
    }
    index.close();
}

/// Puts all files into the index.
fn write(writer: &mut Writer<'_>, crates: &[(String, Vec<Cut>)]) {
    let (mut pending, mut units) = (0, Vec::new());
    for (name, files) in crates {
        let unit = writer.unit(&unit(name)).expect("a unit");
        units.push(unit);
        for (path, items) in files {
            pending += items.len();
            put(writer, unit, path, items.clone());
            if pending >= BATCH {
                writer.commit().expect("a commit");
                pending = 0;
            }
        }
    }
    writer.set_view(&Digest::of(b"all"), &View::new(units)).expect("a view");
    writer.commit().expect("a commit");
}

fn unit(name: &str) -> Unit {
    Unit { name: name.to_owned(), version: "1.0.0".to_owned(), checksum: None, origin: Origin::Registry }
}

fn put(writer: &mut Writer<'_>, unit: UnitId, path: &str, items: Vec<Item>) {
    let digest = Digest::of(format!("{items:?}").as_bytes());
    writer.put_file(unit, NewFile { path, digest, skipped: 0 }, items).expect("items");
}

/// Asks each query in a process of its own, and prints the times.
fn cold_queries(dir: &Path) {
    let (mut cpu, mut wall, mut hits) = (Vec::new(), Vec::new(), 0_usize);
    for text in QUERIES.iter().cycle().take(3 * QUERIES.len()) {
        let me = env::current_exe().expect("this program");
        let output = Command::new(me).args(["query"]).arg(dir).arg(text).output().expect("an answer");
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let [seconds, elapsed, found] = numbers[..] else { panic!("no figures: {text}") };
        cpu.push(seconds * 1e3);
        wall.push(elapsed * 1e3);
        hits += found as usize;
    }
    for (name, times) in [("processor", &mut cpu), ("wall", &mut wall)] {
        times.sort_by(f64::total_cmp);
        let (median, p95) = (times[times.len() / 2], times[times.len() * 95 / 100]);
        println!("cold query: {name} median {median:.1} ms, p95 {p95:.1} ms");
    }
    println!("cold query: {hits} hits in all");
}

/// Opens, asks one query, and prints the seconds of the processor and of the wall, and the number of hits.
fn ask(dir: &Path, text: &str) {
    let start = Instant::now();
    let index = Index::open(dir, Access::Read).expect("an index");
    let reader = index.reader().expect("a reader");
    let view = reader.view(&Digest::of(b"all")).expect("a view").expect("a view");
    let hits = reader.search(&Query::of(text, 10), &view, None).expect("hits");
    println!("{} {} {}", thread_seconds(), start.elapsed().as_secs_f64(), hits.len());
}

/// Changes one file in the middle and prints the time.
fn update(dir: &Path, crates: &[(String, Vec<Cut>)]) {
    let (name, files) = &crates[crates.len() / 2];
    let (path, items) = files.iter().max_by_key(|(_, items)| items.len()).expect("a file");
    for round in 0..3 {
        let (start, wall) = (cpu_seconds(), Instant::now());
        let index = Index::open(dir, Access::Write).expect("an index");
        let mut writer = index.writer().expect("a writer");
        let unit = writer.unit(&unit(name)).expect("a unit");
        let mut items = items.clone();
        items[0].docs.push_str(&format!(" Edited {round}."));
        put(&mut writer, unit, path, items.clone());
        writer.finish().expect("a commit");
        index.close();
        println!(
            "update of a file of {} items: {:.2} s of processor, {:.2} s of wall",
            items.len(),
            cpu_seconds() - start,
            wall.elapsed().as_secs_f64()
        );
    }
}

/// Prints how well the first sentence of documentation finds its function when no documentation is indexed.
fn found_by_words(mut crates: Vec<(String, Vec<Cut>)>) {
    let mut sentences = Vec::new();
    for (_, items) in crates.iter_mut().flat_map(|(_, files)| files) {
        items.retain(|item| !matches!(item.kind, Kind::Example | Kind::Document)); // They repeat documentation.
    }
    for item in crates.iter_mut().flat_map(|(_, files)| files).flat_map(|(_, items)| items) {
        let docs = std::mem::take(&mut item.docs);
        let sentence = docs.split(". ").next().unwrap_or("").to_owned();
        if matches!(item.kind, Kind::Function) && item.public && sentence.split(' ').count() >= 4 {
            sentences.push((sentence, item.path.clone()));
        }
    }
    let dir = tempfile::tempdir().expect("a directory");
    let index = Index::open(dir.path(), Access::Write).expect("an index");
    let mut writer = index.writer().expect("a writer");
    write(&mut writer, &crates);
    writer.finish().expect("a commit");
    let reader = index.reader().expect("a reader");
    let view = reader.view(&Digest::of(b"all")).expect("a view").expect("a view");
    let step = (sentences.len() / 500).max(1);
    let asked: Vec<_> = sentences.iter().step_by(step).collect();
    let start = cpu_seconds();
    let sum: f64 = asked
        .iter()
        .map(|(sentence, path)| {
            let hits = reader.search(&Query::of(sentence, 10), &view, None).expect("hits");
            let place = hits.iter().position(|hit| hit.item.path == *path);
            place.map_or(0.0, |place| 1.0 / (place + 1) as f64)
        })
        .sum();
    let each = (cpu_seconds() - start) / asked.len() as f64 * 1e3;
    let mean = sum / asked.len() as f64;
    println!(
        "sentence to function, {} queries: MRR@10 {mean:.3}, {each:.2} ms of processor each",
        asked.len()
    );
}

/// The crates below a directory: each directory in it is one.
fn corpus(sources: &Path, limit: usize) -> Vec<(String, Vec<Cut>)> {
    let entries = fs::read_dir(sources).expect("sources").flatten();
    let mut dirs: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|dir| dir.is_dir()).collect();
    dirs.sort();
    let (mut crates, mut count) = (Vec::new(), 0);
    for dir in dirs {
        let name = dir.file_name().expect("a name").to_string_lossy().replace('-', "_");
        let mut files = Vec::new();
        for file in walk(&dir, &[]).expect("a package").files {
            let items =
                if count < limit { items(&name, Path::new(&file.path), &file.text) } else { Vec::new() };
            count += items.len();
            files.push((file.path, items));
        }
        files.retain(|(_, items)| !items.is_empty());
        if !files.is_empty() {
            crates.push((name, files));
        }
    }
    crates
}

fn size(item: &Item) -> usize {
    item.path.len() + item.signature.len() + item.docs.len() + item.body.len()
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Seconds of the processor that all threads of this process used.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Seconds of the processor that the first thread used.
fn thread_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

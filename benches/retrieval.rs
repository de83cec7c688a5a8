//! Whether a sentence finds the function it was written about: `cargo bench --bench retrieval`.
//!
//! Of twenty packages of the registry on this machine, spread evenly over those with enough documented functions, all items
//! are indexed without their documentation. The first sentences of the documentation of 2,000 functions are the queries. The
//! mean reciprocal rank among the first ten is that of words alone, of vectors alone and of both.
//!
//! `ORT_DYLIB_PATH` names the runtime and `GRYPH_MINILM` the directory with `model.onnx` and `tokenizer.json`; without them
//! nothing is measured.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use gryph_index::vectors::{Vectors, WIDTH};
use gryph_index::{
    Access, Digest, Docs, Index, Item, ItemId, Kind, NewFile, Origin, Query, Unit, View, chunk, files,
    text_for_vector,
};
use gryph_onnx::embedding::Embedders;
use gryph_onnx::runtime;

/// Packages, queries of one, and how deep an answer is read.
const PACKAGES: usize = 20;
const QUERIES: usize = 100;
const DEPTH: usize = 10;
/// How much better than the better of the two both together must be.
const AIM: f64 = 1.15;

/// A sentence and the path of the function it is about.
struct Asked {
    text: String,
    path: String,
}

fn main() {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let (Some(library), Some(model)) = (variable("ORT_DYLIB_PATH"), variable("GRYPH_MINILM")) else {
        println!("skipped: ORT_DYLIB_PATH and GRYPH_MINILM are not set");
        return;
    };
    let packages = packages();
    if packages.len() < PACKAGES {
        println!("skipped: {} packages with documented functions on this machine", packages.len());
        return;
    }
    let runtime = runtime::init(&library).unwrap();
    let mut embedders =
        Embedders::open(&runtime, &model.join("model.onnx"), &model.join("tokenizer.json"), 2).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path(), Access::Write).unwrap();
    let vectors = Vectors::create(index.env()).unwrap();
    let (asked, view, items) = fill(&index, &packages);
    let started = Instant::now();
    embed(&index, &vectors, &mut embedders);
    println!(
        "{items} items, {} queries, {:.0} items/s embedded",
        asked.len(),
        items as f64 / started.elapsed().as_secs_f64()
    );
    measure(&index, &vectors, &view, &asked, &mut embedders);
}

/// Packages with enough documented functions, one version of each, spread evenly.
fn packages() -> Vec<(String, Vec<Item>)> {
    let home = std::env::var_os("CARGO_HOME")
        .map_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"), PathBuf::from);
    let sources = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
    let folders = sources.flat_map(|source| std::fs::read_dir(source.path()).unwrap().flatten());
    let mut newest: BTreeMap<String, PathBuf> = BTreeMap::new();
    for folder in folders {
        let name = folder.file_name().into_string().unwrap();
        if let Some((name, _)) = name.rsplit_once('-') {
            newest.insert(name.to_owned(), folder.path());
        }
    }
    let read = newest.into_iter().map(|(name, folder)| (name.replace('-', "_"), folder));
    let rich: Vec<(String, Vec<Item>)> = read
        .map(|(name, folder)| (name.clone(), items(&name, &folder)))
        .filter(|(_, items)| items.iter().filter(|item| sentence(item).is_some()).count() >= QUERIES)
        .collect();
    let step = (rich.len() / PACKAGES).max(1);
    rich.into_iter().step_by(step).take(PACKAGES).collect()
}

fn items(name: &str, folder: &Path) -> Vec<Item> {
    let walk = files::walk(folder, &[]).unwrap();
    walk.files.iter().flat_map(|file| chunk::items(name, Path::new(&file.path), &file.text)).collect()
}

/// The first sentence of a public function's documentation, where it says more than a few words.
fn sentence(item: &Item) -> Option<String> {
    let first = item.docs.split("\n\n").next()?.replace('\n', " ");
    let sentence = first.split(". ").next()?.trim().trim_end_matches('.').to_owned();
    let is_function = matches!(item.kind, Kind::Function | Kind::Method) && item.public;
    (is_function && sentence.split_whitespace().count() >= 4).then_some(sentence)
}

/// Indexes all items without their documentation; examples of documentation and pages tell it too and are left out.
fn fill(index: &Index, packages: &[(String, Vec<Item>)]) -> (Vec<Asked>, View, usize) {
    let mut writer = index.writer().unwrap();
    let (mut asked, mut units, mut count) = (Vec::new(), Vec::new(), 0);
    for (name, items) in packages {
        let unit = Unit {
            name: name.clone(),
            version: "1.0.0".to_owned(),
            checksum: None,
            origin: Origin::Registry,
        };
        let unit = writer.unit(&unit).unwrap();
        units.push(unit);
        let told: Vec<Asked> = items
            .iter()
            .filter_map(|item| Some(Asked { text: sentence(item)?, path: item.path.clone() }))
            .collect();
        let step = (told.len() / QUERIES).max(1);
        asked.extend(told.into_iter().step_by(step).take(QUERIES));
        let bare: Vec<Item> = items
            .iter()
            .filter(|item| !matches!(item.kind, Kind::Document | Kind::Module | Kind::Example))
            .map(|item| Item { docs: String::new(), ..item.clone() })
            .collect();
        count += bare.len();
        let file = NewFile { path: "all.rs", digest: Digest::of(name.as_bytes()), skipped: 0 };
        writer.put_file(unit, file, bare).unwrap();
    }
    writer.finish().unwrap();
    (asked, View::new(units), count)
}

fn embed(index: &Index, vectors: &Vectors, embedders: &mut Embedders) {
    let mut writer = index.writer().unwrap();
    loop {
        let waiting = writer.waiting(1024).unwrap();
        if waiting.is_empty() {
            break;
        }
        let texts: Vec<String> =
            waiting.iter().map(|(_, item)| text_for_vector(item, Docs::Without)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let made = embedders.embed(&texts).unwrap();
        let entries: Vec<(u32, &[f32; WIDTH])> =
            waiting.iter().zip(&made).map(|((id, _), vector)| (id.0, vector)).collect();
        vectors.put(writer.transaction().unwrap(), &entries).unwrap();
        let ids: Vec<ItemId> = waiting.iter().map(|(id, _)| *id).collect();
        writer.vectored(&ids).unwrap();
        writer.commit().unwrap();
    }
    writer.finish().unwrap();
}

fn measure(index: &Index, vectors: &Vectors, view: &View, asked: &[Asked], embedders: &mut Embedders) {
    let reader = index.reader().unwrap();
    let (mut words, mut meaning, mut both) = (Rank::default(), Rank::default(), Rank::default());
    for Asked { text, path } in asked {
        let query = Query::of(text, DEPTH);
        let vector = embedders.embed(&[text]).unwrap().remove(0);
        let nearest = vectors.search(reader.transaction(), &vector, 200, None).unwrap();
        let nearest: Vec<(ItemId, f32)> = nearest.into_iter().map(|(id, near)| (ItemId(id), near)).collect();
        let ids: Vec<ItemId> = nearest.iter().take(DEPTH).map(|(id, _)| *id).collect();
        meaning.add(reader.items(&ids).unwrap().iter().position(|(_, item)| item.path == *path));
        let place = |nearest| {
            reader.search(&query, view, nearest).unwrap().iter().position(|hit| hit.item.path == *path)
        };
        words.add(place(None));
        both.add(place(Some(&nearest)));
    }
    println!("\n| | MRR@10 | first | among ten |\n|---|--:|--:|--:|");
    for (name, rank) in [("words alone", &words), ("vectors alone", &meaning), ("both", &both)] {
        println!(
            "| {name} | {:.3} | {:.3} | {:.3} |",
            rank.mean(),
            rank.share(rank.first),
            rank.share(rank.found)
        );
    }
    let factor = both.mean() / words.mean().max(meaning.mean());
    println!(
        "\nboth are {factor:.2} times the better one (aim {AIM}): {}",
        if factor >= AIM { "reached" } else { "MISSED" }
    );
}

/// The places at which what was asked for was found.
#[derive(Default)]
struct Rank {
    reciprocal: f64,
    first: u32,
    found: u32,
    asked: u32,
}

impl Rank {
    fn add(&mut self, place: Option<usize>) {
        self.asked += 1;
        if let Some(place) = place {
            self.reciprocal += 1.0 / (place + 1) as f64;
            self.found += 1;
            self.first += u32::from(place == 0);
        }
    }

    fn mean(&self) -> f64 {
        self.share_of(self.reciprocal)
    }

    fn share(&self, count: u32) -> f64 {
        self.share_of(f64::from(count))
    }

    fn share_of(&self, sum: f64) -> f64 {
        sum / f64::from(self.asked.max(1))
    }
}

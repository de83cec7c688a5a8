//! How fast sources become items, and what items there are, over the packages in this machine's registry.
//!
//! `cargo bench -p gryph-index --bench chunk` prints the figures; `-- show 60` prints that many items spread
//! over all instead, to be looked at; `-- show 60 serde` only those of packages whose folder's name begins
//! so. Time is that of the processor, since other programs run beside it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use gryph_index::{Docs, Item, chunk, files, text_for_vector, words};

/// Sums over all packages.
#[derive(Default)]
struct Sums {
    /// Packages read.
    packages: u64,
    /// Files read.
    files: u64,
    /// Bytes of files read.
    bytes: u64,
    /// Items by kind, all and the public ones.
    kinds: BTreeMap<String, (u64, u64)>,
    /// Files skipped by reason.
    skipped: BTreeMap<files::Skip, u64>,
    /// Bytes of signatures, docs and bodies of items.
    kept: [u64; 3],
    /// Bytes of the texts for vectors.
    vector_text: u64,
    /// Words of all items.
    words: u64,
    /// CPU seconds of reading, of chunks, of texts for vectors, of words.
    seconds: [f64; 4],
    /// Files of Rust without items, though they have a function.
    empty: Vec<String>,
    /// The slowest files.
    slow: Vec<(f64, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let packages = packages()?;
    if packages.is_empty() {
        println!("no packages in the registry of this machine: nothing to measure");
        return Ok(());
    }
    if arguments.first().is_some_and(|first| first == "show") {
        let count = arguments.get(1).and_then(|count| count.parse().ok()).unwrap_or(60);
        return show(&packages, count, arguments.get(2).map_or("", String::as_str));
    }
    let mut sums = Sums::default();
    for package in &packages {
        measure(package, &mut sums)?;
    }
    print(sums);
    Ok(())
}

/// The folders of the packages in the registry, in order.
fn packages() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.map(|home| home.join("registry/src")).filter(|sources| sources.is_dir());
    let mut packages = Vec::new();
    for registry in sources.map(fs::read_dir).transpose()?.into_iter().flatten() {
        for package in fs::read_dir(registry?.path())? {
            packages.push(package?.path());
        }
    }
    packages.sort();
    Ok(packages)
}

/// The crate's name of a package's folder: `serde-1.0.1` is `serde`.
fn crate_name(package: &Path) -> String {
    let folder = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let version =
        folder.match_indices('-').find(|(at, _)| folder[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    version.map_or(folder.clone(), |(at, _)| folder[..at].to_owned())
}

/// Reads one package and adds to the sums.
fn measure(package: &Path, sums: &mut Sums) -> Result<(), Box<dyn Error>> {
    let name = crate_name(package);
    let (walk, seconds) = timed(|| files::walk(package, &[]));
    let walk = walk?;
    sums.packages += 1;
    sums.seconds[0] += seconds;
    for (reason, count) in walk.skipped {
        *sums.skipped.entry(reason).or_default() += count;
    }
    for file in walk.files {
        let (items, seconds) = timed(|| chunk::items(&name, Path::new(&file.path), &file.text));
        sums.seconds[1] += seconds;
        sums.files += 1;
        sums.bytes += file.text.len() as u64;
        sums.slow.push((seconds, format!("{}/{} {} bytes", package.display(), file.path, file.text.len())));
        if items.is_empty() && file.path.ends_with(".rs") && file.text.contains("\npub fn ") {
            sums.empty.push(format!("{}/{}", package.display(), file.path));
        }
        items.iter().for_each(|item| add(item, sums));
        sums.seconds[2] += timed(|| sums.vector_text += texts(&items)).1;
        sums.seconds[3] += timed(|| sums.words += count_words(&items)).1;
    }
    Ok(())
}

/// Adds an item to the sums.
fn add(item: &Item, sums: &mut Sums) {
    let kind = sums.kinds.entry(format!("{:?}", item.kind)).or_default();
    kind.0 += 1;
    kind.1 += u64::from(item.public);
    let lengths = [item.signature.len(), item.docs.len(), item.body.len()];
    sums.kept.iter_mut().zip(lengths).for_each(|(sum, length)| *sum += length as u64);
}

/// The bytes of the texts that become vectors.
fn texts(items: &[Item]) -> u64 {
    items.iter().map(|item| text_for_vector(item, Docs::With).len() as u64).sum()
}

/// How many words the items have.
fn count_words(items: &[Item]) -> u64 {
    let parts = items.iter().flat_map(|item| [&item.path, &item.signature, &item.docs, &item.body]);
    parts.map(|text| words::split(text).count() as u64).sum()
}

/// What a function gives, and the processor's time it took in seconds.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let now = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let before = now();
    let result = work();
    (result, now() - before)
}

/// Prints the figures.
fn print(mut sums: Sums) {
    let items: u64 = sums.kinds.values().map(|(all, _)| all).sum();
    let public: u64 = sums.kinds.values().map(|(_, public)| public).sum();
    let [reading, chunks, texts, words] = sums.seconds;
    println!(
        "{} packages, {} files, {} bytes, {items} items, {public} public",
        sums.packages, sums.files, sums.bytes
    );
    println!("reading: {reading:.1} CPU s, {:.0} files a CPU s", sums.files as f64 / reading);
    println!(
        "chunks: {chunks:.1} CPU s, {:.0} files a CPU s, {:.0} items a CPU s, {:.1} MB a CPU s",
        sums.files as f64 / chunks,
        items as f64 / chunks,
        sums.bytes as f64 / chunks / 1e6
    );
    println!(
        "texts for vectors: {texts:.1} CPU s, {:.0} bytes an item",
        sums.vector_text as f64 / items as f64
    );
    println!("words: {words:.1} CPU s, {} words", sums.words);
    let mean = sums.kept.map(|bytes| bytes / items.max(1));
    println!("bytes an item: signature {}, docs {}, body {}", mean[0], mean[1], mean[2]);
    for (kind, (all, public)) in &sums.kinds {
        println!("  {kind}: {all}, {public} public");
    }
    println!("skipped: {:?}", sums.skipped);
    println!("files with a function but no item: {}", sums.empty.len());
    sums.empty.iter().take(10).for_each(|path| println!("  {path}"));
    sums.slow.sort_by(|one, other| other.0.total_cmp(&one.0));
    sums.slow.iter().take(5).for_each(|(seconds, file)| println!("  slow: {seconds:.3} CPU s {file}"));
}

/// Prints items that stand at equal distances among all.
fn show(packages: &[PathBuf], count: usize, start: &str) -> Result<(), Box<dyn Error>> {
    let mut all = Vec::new();
    let folder = |package: &Path| package.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for package in packages.iter().filter(|package| folder(package).starts_with(start)) {
        for file in files::walk(package, &[])?.files {
            let items = chunk::items(&crate_name(package), Path::new(&file.path), &file.text);
            all.extend(items.into_iter().map(|item| (file.path.clone(), item)));
        }
    }
    for (path, item) in all.iter().step_by((all.len() / count.max(1)).max(1)) {
        let Item { kind, signature, of_trait, takes, returns, cfg, public, lines, .. } = item;
        println!("\n{kind:?} {} [{path}:{}-{}] public {public}", item.path, lines.first, lines.last);
        println!(
            "  signature: {signature}\n  takes {takes:?} returns {returns:?} of {of_trait:?} cfg {cfg:?}"
        );
        println!("  docs: {:?}", item.docs.chars().take(160).collect::<String>());
        println!("  body: {:?}", item.body.chars().take(100).collect::<String>());
        println!("  vector: {:?}", text_for_vector(item, Docs::Without));
    }
    Ok(())
}

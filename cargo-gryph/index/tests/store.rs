//! What is in an index, who may open it, and what stays when something fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use gryph_index::{
    Access, Digest, Emptied, Index, IndexError, Item, ItemId, NewFile, Query, Reason, SCHEMA, Unit, View,
};
use support::{everything, function, krate, paths, put, search};

/// An index with one unit of one file.
fn small(dir: &Path) -> Index {
    let index = Index::open(dir, Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    put(&mut writer, unit, "src/lib.rs", vec![function("mini::parse_line", "Parses a line.")]);
    writer.finish().unwrap();
    index
}

#[test]
fn a_file_of_the_same_digest_is_not_touched() {
    let dir = support::dir();
    let index = small(dir.path());
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    let file = writer.files(unit).unwrap().remove(0);
    let same = NewFile { path: &file.path, digest: file.digest, skipped: 0 };
    assert_eq!(writer.put_file(unit, same, Vec::new()).unwrap(), None);
    writer.finish().unwrap();
    assert_eq!(paths(&index, "line"), ["mini::parse_line"]);
}

#[test]
fn a_changed_file_loses_its_old_items_and_says_which_stayed_the_same() {
    let dir = support::dir();
    let index = small(dir.path());
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    let mut moved = function("mini::parse_line", "Parses a line.");
    moved.lines.first = 40;
    let items = vec![function("mini::write_line", "Writes a line."), moved];
    let file = NewFile { path: "src/lib.rs", digest: Digest::of(b"new"), skipped: 0 };
    let replaced = writer.put_file(unit, file, items).unwrap().unwrap();
    assert_eq!(replaced.removed, [ItemId(0)]);
    assert_eq!(replaced.added, [ItemId(1), ItemId(2)]);
    assert_eq!(replaced.same, [(ItemId(0), ItemId(2))]);
    writer.commit().unwrap();
    assert_eq!(paths(&index, "line"), ["mini::parse_line", "mini::write_line"]);
    assert_eq!(writer.remove_file(unit, "src/lib.rs").unwrap(), [ItemId(1), ItemId(2)]);
    writer.finish().unwrap();
    assert!(paths(&index, "line").is_empty());
    assert!(paths(&index, "").is_empty());
    assert_eq!(index.reader().unwrap().waiting().unwrap(), 0);
}

#[test]
fn a_view_sees_its_units_alone_and_a_unit_is_stored_once() {
    let dir = support::dir();
    let index = Index::open(dir.path(), Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    let [a, b] = ["a", "b"].map(|name| writer.unit(&krate(name)).unwrap());
    assert_eq!(writer.unit(&krate("a")).unwrap(), a);
    put(&mut writer, a, "lib.rs", vec![function("a::read", "Reads.")]);
    put(&mut writer, b, "lib.rs", vec![function("b::read", "Reads.")]);
    let root = Digest::of(b"workspace");
    writer.set_view(&root, &View::new(vec![b])).unwrap();
    writer.finish().unwrap();
    let reader = index.reader().unwrap();
    let view = reader.view(&root).unwrap().unwrap();
    let near = [(ItemId(0), 0.9), (ItemId(1), 0.8)];
    let hits = reader.search(&Query::of("read", 9), &view, Some(&near)).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.item.path.as_str()).collect::<Vec<_>>(), ["b::read"]);
    let query = Query { krate: Some("a".to_owned()), ..Query::of("read", 9) };
    assert!(reader.search(&query, &view, None).unwrap().is_empty());
    assert_eq!(reader.search(&query, &everything(&index), None).unwrap().len(), 1);
    assert_eq!(reader.named(&view, "read", 9).unwrap().len(), 1);
}

#[test]
fn public_items_get_their_vectors_first() {
    let dir = support::dir();
    let index = Index::open(dir.path(), Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    let hidden = |docs: &str| Item { public: false, ..function("mini::hidden", docs) };
    put(&mut writer, unit, "lib.rs", vec![hidden(""), hidden("Said."), function("mini::open", "")]);
    let ids = |writer: &mut gryph_index::Writer<'_>| {
        writer.waiting(9).unwrap().into_iter().map(|(id, _)| id.0).collect::<Vec<_>>()
    };
    assert_eq!(ids(&mut writer), [2, 1, 0]);
    writer.vectored(&[ItemId(2)]).unwrap();
    writer.commit().unwrap();
    assert_eq!(ids(&mut writer), [1, 0]);
}

#[test]
fn a_large_file_is_found_item_by_item() {
    let dir = support::dir();
    let index = Index::open(dir.path(), Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    let body = |number: usize| format!("{{ {} }}", format!("step{number}(); ").repeat(200));
    let item = |number: usize| Item { body: body(number), ..function(&format!("mini::item{number}"), "") };
    let mut items: Vec<Item> = (0..300).map(item).collect();
    items.push(Item { body: "x".repeat(2 << 20), ..function("mini::data", "") });
    put(&mut writer, unit, "lib.rs", items);
    writer.commit().unwrap();
    let file = writer.files(unit).unwrap().remove(0);
    assert_eq!((file.items, file.skipped), (300, 1));
    for number in [0, 137, 299] {
        let hit = search(&index, &format!("item{number}")).remove(0);
        assert_eq!((hit.item, hit.file.as_str()), (item(number), "lib.rs"));
    }
    assert_eq!(writer.remove_unit(unit).unwrap().len(), 300);
}

#[test]
fn a_second_writer_is_told_who_writes() {
    let dir = support::dir();
    let index = small(dir.path());
    let error = Index::open(dir.path(), Access::Write).err().unwrap();
    let says = format!("process {} is writing the index in `{}`", std::process::id(), dir.path().display());
    assert_eq!(error.to_string(), says);
    let first = index.writer().unwrap();
    assert!(index.writer().is_err());
    drop(first);
    assert!(index.writer().is_ok());
    index.close();
    assert!(Index::open(dir.path(), Access::Write).is_ok());
}

#[test]
fn a_reader_sees_the_old_state_while_a_writer_writes() {
    let dir = support::dir();
    let index = small(dir.path());
    let mut writer = index.writer().unwrap();
    let old = index.reader().unwrap();
    let view = everything(&index);
    let unit = writer.unit(&krate("mini")).unwrap();
    let parses = |reader: &gryph_index::Reader| {
        let hits = reader.search(&Query::of("parse", 9), &view, None).unwrap();
        hits.into_iter().map(|hit| hit.item.path).collect::<Vec<_>>()
    };
    for generation in 0..3 {
        put(&mut writer, unit, "src/lib.rs", vec![function(&format!("mini::parse_{generation}"), "Parses.")]);
        assert_eq!(parses(&old), ["mini::parse_line"]);
        writer.commit().unwrap();
        assert_eq!(parses(&old), ["mini::parse_line"]);
        assert_eq!(parses(&index.reader().unwrap()), [format!("mini::parse_{generation}")]);
    }
}

#[test]
fn an_index_that_is_absent_or_of_another_version_says_what_to_do() {
    let dir = support::dir();
    let says = |result: Result<Index, IndexError>| result.err().unwrap().to_string();
    assert!(says(Index::open(dir.path(), Access::Read)).ends_with("run `cargo gryph index`"));
    small(dir.path()).close();
    fs::write(dir.path().join("version"), "999\n").unwrap();
    let error = says(Index::open(dir.path(), Access::Read));
    assert!(error.contains("of another version: run `cargo gryph index`"), "{error}");
    let index = Index::open(dir.path(), Access::Write).unwrap();
    assert_eq!(index.emptied(), Some(&Emptied::OtherVersion(Some(999))));
    assert!(index.reader().unwrap().units().unwrap().is_empty());
    index.close();
    assert_eq!(fs::read_to_string(dir.path().join("version")).unwrap(), format!("{SCHEMA}\n"));
    let index = small(dir.path());
    assert_eq!(index.emptied(), None);
}

#[test]
fn damage_is_an_error_and_a_rebuild_helps() {
    let dir = support::dir();
    small(dir.path()).close();
    let data = dir.path().join("data.mdb");
    let bytes = fs::read(&data).unwrap();
    for damaged in [&bytes[..bytes.len() / 2], &bytes[..100], b"not a database".as_slice()] {
        fs::write(&data, damaged).unwrap();
        for access in [Access::Read, Access::Write] {
            assert!(Index::open(dir.path(), access).err().unwrap().is_damage());
        }
    }
    let index = Index::open(dir.path(), Access::Rebuild).unwrap();
    assert_eq!(index.emptied(), Some(&Emptied::Asked));
}

#[test]
fn a_full_text_that_is_lost_is_written_again() {
    let dir = support::dir();
    small(dir.path()).close();
    fs::remove_dir_all(dir.path().join("text")).unwrap();
    assert!(Index::open(dir.path(), Access::Read).err().unwrap().is_damage());
    let index = Index::open(dir.path(), Access::Write).unwrap();
    index.writer().unwrap().finish().unwrap();
    assert_eq!(paths(&index, "parse"), ["mini::parse_line"]);
}

/// A file system that is mounted for a test, and gone when this is dropped.
struct Mounted(tempfile::TempDir);

impl Mounted {
    /// One in memory, of `size`; `None` where that is not permitted.
    fn in_memory(size: &str) -> Option<Self> {
        Self::new(&["-t", "tmpfs", "-o", size, "tmpfs"])
    }

    /// What lies in `dir`, to be read only. (`dir` itself could not be closed to writers here: a process that another
    /// test is just starting may still hold its files.) `None` where that is not permitted.
    fn read_only(dir: &Path) -> Option<Self> {
        Self::new(&["-o", "bind,ro", dir.to_str()?])
    }

    /// What `mount` makes of `args` and a directory.
    fn new(args: &[&str]) -> Option<Self> {
        let dir = support::dir();
        let status = Command::new("mount").args(args).arg(dir.path()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success()).then_some(Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn an_index_on_a_read_only_file_system_is_read_and_says_that_it_cannot_be_written() {
    let dir = support::dir();
    small(dir.path()).close();
    let Some(mounted) = Mounted::read_only(dir.path()) else {
        eprintln!("skipped: a file system cannot be mounted here");
        return;
    };
    let error = Index::open(mounted.path(), Access::Write).err().unwrap();
    assert!(matches!(error, IndexError::ReadOnly { .. }), "{error:?}");
    let index = Index::open(mounted.path(), Access::Read).unwrap();
    assert_eq!(paths(&index, "parse"), ["mini::parse_line"]);
    assert!(matches!(index.writer().err().unwrap(), IndexError::OpenedToRead));
}

#[test]
fn a_full_disk_is_an_error_and_the_old_state_stays() {
    let Some(mounted) = Mounted::in_memory("size=6m") else {
        eprintln!("skipped: a file system cannot be mounted here");
        return;
    };
    let index = small(mounted.path());
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    let body =
        |seed: usize| (0..4000).map(|at| format!("{:x} ", (seed * 7919 + at) * 104_729)).collect::<String>();
    let mut failure = None;
    for number in 0..400 {
        let item = Item { body: body(number), ..function(&format!("mini::large{number}"), "Large.") };
        let file = NewFile { path: &format!("{number}.rs"), digest: Digest::of(&[1]), skipped: 0 };
        let put = writer.put_file(unit, file, vec![item]);
        if let Err(error) = put.map(|_| ()).and_then(|()| writer.commit()) {
            failure = Some(error);
            break;
        }
    }
    let failure = failure.expect("6 MiB hold less");
    assert!(failure.to_string().contains("no space is left"), "{failure:?}");
    drop(writer);
    index.close();
    let index = Index::open(mounted.path(), Access::Read).unwrap();
    assert_eq!(paths(&index, "parse"), ["mini::parse_line"]);
    let (words, all) = (paths(&index, "large"), paths(&index, ""));
    assert_eq!(words.len() + 1, all.len());
}

/// A variable of the environment that makes a test write into a directory until it is killed.
const CHILD: &str = "GRYPH_INDEX_CHILD";

/// How many files are written with each commit.
const GROUP: usize = 3;

/// The items of a file in its n-th state.
fn state(file: usize, generation: usize) -> Vec<Item> {
    let item = |number| {
        let name = format!("f{file}g{generation}n{number}");
        function(&format!("mini::{name}"), &format!("Common words of {name}."))
    };
    (0..=generation % 4).map(item).collect()
}

/// Writes groups of files, a generation after the other, and says each step.
fn write_until_killed(dir: &Path) {
    let index = Index::open(dir, Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    let unit = writer.unit(&krate("mini")).unwrap();
    for generation in 0.. {
        for file in 0..4 * GROUP {
            put(&mut writer, unit, &format!("{file}.rs"), state(file, generation));
            println!("put");
            if file % GROUP == GROUP - 1 {
                writer.commit().unwrap();
                println!("commit");
            }
        }
    }
}

/// Checks that an index is at a committed state and that both stores agree.
fn check_state(dir: &Path) {
    let index = Index::open(dir, Access::Write).unwrap();
    index.writer().unwrap().finish().unwrap();
    let reader = index.reader().unwrap();
    let units = reader.units().unwrap();
    let Some((unit, _)) = units.first() else { return };
    let mut generations = [None; 4];
    let mut expected = Vec::new();
    for file in reader.files(*unit).unwrap() {
        let number: usize = file.path.trim_end_matches(".rs").parse().unwrap();
        let generation = (0..100_000).find(|generation| {
            Digest::of(format!("{:?}", state(number, *generation)).as_bytes()) == file.digest
        });
        let of_group = generations[number / GROUP].get_or_insert(generation);
        assert_eq!(*of_group, generation, "the files of a group are of one commit");
        expected.extend(state(number, generation.unwrap()).into_iter().map(|item| item.path));
    }
    expected.sort();
    assert_eq!(paths(&index, "common"), expected);
    assert_eq!(paths(&index, ""), expected);
    assert_eq!(reader.waiting().unwrap(), expected.len() as u64);
}

#[test]
fn a_killed_writer_leaves_the_state_of_a_commit() {
    if let Ok(dir) = std::env::var(CHILD) {
        write_until_killed(Path::new(&dir));
    }
    let dir = support::dir();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..50 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut child = writing_child(dir.path());
        let steps = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut steps = steps.filter(|line| line.ends_with("put") || line == "commit");
        assert_eq!(steps.by_ref().take(1 + random as usize % 24).count(), 1 + random as usize % 24);
        (0..random % 3_000_000).for_each(|number| {
            std::hint::black_box(number);
        });
        child.kill().unwrap();
        child.wait().unwrap();
        check_state(dir.path());
    }
}

/// A process that writes into a directory.
fn writing_child(dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_killed_writer_leaves_the_state_of_a_commit", "--nocapture"]);
    command.env(CHILD, dir).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap()
}

#[test]
fn another_process_reads_while_one_writes() {
    let dir = support::dir();
    let mut child = writing_child(dir.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "commit"));
    let busy = Index::open(dir.path(), Access::Write).err().unwrap();
    assert!(matches!(busy, IndexError::Busy { process: Some(id), .. } if id == child.id()));
    let index = Index::open(dir.path(), Access::Read).unwrap();
    for _ in 0..20 {
        assert!(lines.any(|line| line == "commit"));
        let reader = index.reader().unwrap();
        let view = View::new(reader.units().unwrap().into_iter().map(|(id, _)| id).collect());
        let of_files: u32 = reader.files(view.units()[0]).unwrap().iter().map(|file| file.items).sum();
        let hits = reader.search(&Query::of("common", 10_000), &view, None).unwrap();
        assert_eq!(hits.len(), of_files as usize);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn hits_say_why_they_were_found() {
    let dir = support::dir();
    let index = small(dir.path());
    let query = Query { home: Some("mini".to_owned()), ..Query::of("parsing lines", 1) };
    let near = [(ItemId(0), 0.75)];
    let hits = index.reader().unwrap().search(&query, &everything(&index), Some(&near)).unwrap();
    let unit: Unit = krate("mini");
    assert_eq!((hits[0].item.path.as_str(), &hits[0].unit), ("mini::parse_line", &unit));
    assert!(hits[0].reasons.contains(&Reason::ByWords(1)));
    assert!(hits[0].reasons.contains(&Reason::ByMeaning { place: 1, similarity: 0.75 }));
    assert!(hits[0].reasons.contains(&Reason::Home) && hits[0].reasons.contains(&Reason::Public));
    let field = gryph_index::Field::Docs;
    assert!(
        hits[0].reasons.contains(&Reason::Words { field, words: vec!["pars".to_owned(), "lin".to_owned()] })
    );
}

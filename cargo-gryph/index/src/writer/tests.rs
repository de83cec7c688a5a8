//! Crashes between the two commits, and a store that is full.

use std::path::Path;

use crate::{
    Access, Digest, Index, IndexError, Item, ItemId, Kind, Lines, NewFile, Origin, Query, StoreError, Unit,
};
use crate::{UnitId, View, Writer};

/// A directory in memory where the system has one: waiting for a disk tests nothing here.
fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn unit(writer: &mut Writer<'_>) -> UnitId {
    let (name, version) = ("mini".to_owned(), "1.0.0".to_owned());
    writer.unit(&Unit { name, version, checksum: None, origin: Origin::Std }).unwrap()
}

fn item(name: &str, body: &str) -> Item {
    Item {
        kind: Kind::Function,
        path: format!("mini::{name}"),
        name: name.to_owned(),
        signature: String::new(),
        of_trait: None,
        takes: Vec::new(),
        returns: None,
        docs: "Common words.".to_owned(),
        body: body.to_owned(),
        cfg: Vec::new(),
        public: false,
        lines: Lines { first: 1, last: 1 },
    }
}

fn put(writer: &mut Writer<'_>, path: &str, item: Item) -> Result<Vec<ItemId>, IndexError> {
    let unit = unit(writer);
    let file = NewFile { path, digest: Digest::of(format!("{item:?}").as_bytes()), skipped: 0 };
    Ok(writer.put_file(unit, file, vec![item])?.map_or_else(Vec::new, |replaced| replaced.added))
}

fn names(index: &Index) -> Vec<String> {
    let hits =
        index.reader().unwrap().search(&Query::of("common", 99), &View::new(vec![UnitId(0)]), None).unwrap();
    let mut names: Vec<_> = hits.into_iter().map(|hit| hit.item.name).collect();
    names.sort();
    names
}

/// An index of `first` and `second`, in whose next batch the full text alone was committed.
fn crashed(dir: &Path) -> Index {
    let index = Index::open(dir, Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    put(&mut writer, "a.rs", item("first", "")).unwrap();
    put(&mut writer, "b.rs", item("second", "")).unwrap();
    writer.commit().unwrap();
    assert_eq!(put(&mut writer, "a.rs", item("changed", "")).unwrap(), [ItemId(2)]);
    let id = unit(&mut writer);
    writer.remove_file(id, "b.rs").unwrap();
    writer.crash();
    index
}

#[test]
fn what_only_the_full_text_has_committed_does_not_show() {
    let dir = memory();
    let index = crashed(dir.path());
    assert_eq!(names(&index), ["first", "second"]);
    index.close();
    let index = Index::open(dir.path(), Access::Read).unwrap();
    assert_eq!(names(&index), ["first", "second"]);
}

#[test]
fn the_batch_after_a_crash_takes_its_place() {
    let dir = memory();
    let index = crashed(dir.path());
    index.writer().unwrap().finish().unwrap();
    assert_eq!(names(&index), ["first", "second"]);
    let mut writer = index.writer().unwrap();
    assert_eq!(put(&mut writer, "c.rs", item("third", "")).unwrap(), [ItemId(2)]);
    writer.commit().unwrap();
    assert_eq!(names(&index), ["first", "second", "third"]);
    put(&mut writer, "a.rs", item("other", "")).unwrap();
    writer.finish().unwrap();
    assert_eq!(names(&index), ["other", "second", "third"]);
}

#[test]
fn files_of_a_commit_that_never_was_are_no_obstacle() {
    let dir = memory();
    let index = Index::open(dir.path(), Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    put(&mut writer, "a.rs", item("first", "")).unwrap();
    put(&mut writer, "b.rs", item("second", "")).unwrap();
    writer.commit().unwrap();
    put(&mut writer, "a.rs", item("changed", "")).unwrap();
    writer.finish().unwrap();
    index.close();
    let list = dir.path().join("text/meta.json");
    let committed = std::fs::read(&list).unwrap();
    let add = |finish: fn(Writer<'_>)| {
        let index = Index::open(dir.path(), Access::Write).unwrap();
        let mut writer = index.writer().unwrap();
        put(&mut writer, "c.rs", item("third", "")).unwrap(); // With the deletion of what was replaced before.
        finish(writer);
        index
    };
    add(|writer| writer.crash()).close();
    std::fs::write(&list, committed).unwrap(); // Killed between the files and the list of them, that is.
    assert_eq!(names(&add(|writer| writer.finish().unwrap())), ["changed", "second", "third"]);
}

#[test]
fn a_batch_that_is_aborted_leaves_nothing() {
    let dir = memory();
    let index = Index::open(dir.path(), Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    put(&mut writer, "a.rs", item("kept", "")).unwrap();
    writer.commit().unwrap();
    put(&mut writer, "b.rs", item("lost", "")).unwrap();
    writer.abort();
    put(&mut writer, "c.rs", item("more", "")).unwrap();
    writer.finish().unwrap();
    assert_eq!(names(&index), ["kept", "more"]);
    let error = index.writer().unwrap().put_file(UnitId(9), file(), Vec::new()).unwrap_err();
    assert!(matches!(error, IndexError::UnknownUnit(9)));
}

fn file() -> NewFile<'static> {
    NewFile { path: "x.rs", digest: Digest::of(b"x"), skipped: 0 }
}

#[test]
fn a_full_store_is_an_error_and_the_old_state_stays() {
    let dir = memory();
    let index = Index::open_sized(dir.path(), Access::Write, 1 << 20).unwrap();
    let mut writer = index.writer().unwrap();
    put(&mut writer, "a.rs", item("kept", "")).unwrap();
    writer.commit().unwrap();
    let noise =
        |seed: u64| (0..9000).map(|at| format!("{:x}", (seed + at) * 0x9E37_79B9_7F4A)).collect::<String>();
    let failed =
        (0..100).find_map(|number| put(&mut writer, &number.to_string(), item("lost", &noise(number))).err());
    assert!(matches!(failed, Some(IndexError::Store(StoreError::Full))), "{failed:?}");
    writer.commit().unwrap();
    assert_eq!(names(&index), ["kept"]);
    put(&mut writer, "b.rs", item("small", "")).unwrap();
    writer.finish().unwrap();
    assert_eq!(names(&index), ["kept", "small"]);
}

#[test]
fn a_write_that_was_cut_short_may_mean_a_full_disk() {
    let error = StoreError::from(heed::Error::Io(std::io::Error::from_raw_os_error(5)));
    assert!(matches!(&error, StoreError::CutShort(_)) && error.to_string().contains("no space is left"));
}

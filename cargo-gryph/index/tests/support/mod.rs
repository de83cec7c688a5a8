//! Items and units for tests.

use gryph_index::{
    Digest, Hit, Index, Item, Kind, Lines, NewFile, Origin, Query, Unit, UnitId, View, Writer,
};

/// A directory in memory where the system has one: waiting for a disk tests nothing here.
pub(crate) fn dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A unit of a registry.
pub(crate) fn krate(name: &str) -> Unit {
    Unit { name: name.to_owned(), version: "1.0.0".to_owned(), checksum: None, origin: Origin::Registry }
}

/// A function `path` with documentation.
pub(crate) fn function(path: &str, docs: &str) -> Item {
    let name = path.rsplit("::").next().unwrap().to_owned();
    Item {
        kind: Kind::Function,
        path: path.to_owned(),
        signature: format!("pub fn {name}()"),
        name,
        of_trait: None,
        takes: Vec::new(),
        returns: None,
        docs: docs.to_owned(),
        body: "{ todo }".to_owned(),
        cfg: Vec::new(),
        public: true,
        lines: Lines { first: 1, last: 2 },
    }
}

/// Puts a file whose digest is that of its items.
pub(crate) fn put(writer: &mut Writer<'_>, unit: UnitId, path: &str, items: Vec<Item>) {
    let digest = Digest::of(format!("{items:?}").as_bytes());
    writer.put_file(unit, NewFile { path, digest, skipped: 0 }, items).unwrap();
}

/// A view of all units.
pub(crate) fn everything(index: &Index) -> View {
    View::new(index.reader().unwrap().units().unwrap().into_iter().map(|(id, _)| id).collect())
}

/// What a text finds among all units.
pub(crate) fn search(index: &Index, text: &str) -> Vec<Hit> {
    index.reader().unwrap().search(&Query::of(text, 10_000), &everything(index), None).unwrap()
}

/// The paths that a text finds, sorted.
pub(crate) fn paths(index: &Index, text: &str) -> Vec<String> {
    let mut paths: Vec<String> = search(index, text).into_iter().map(|hit| hit.item.path).collect();
    paths.sort();
    paths
}

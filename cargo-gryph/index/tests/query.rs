//! What queries and look-ups find.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod support;

use gryph_index::{Access, Index, Item, ItemId, Kind, Query, View, Weights};
use proptest::prelude::*;
use support::{everything, function, krate, paths, put, search};

/// A method `path`.
fn method(path: &str, returns: Option<&str>, takes: &[&str]) -> Item {
    let takes = takes.iter().map(|taken| (*taken).to_owned()).collect();
    Item { kind: Kind::Method, returns: returns.map(str::to_owned), takes, ..function(path, "") }
}

/// An index of a small crate and another one.
fn sample(dir: &std::path::Path) -> Index {
    let index = Index::open(dir, Access::Write).unwrap();
    let mut writer = index.writer().unwrap();
    let mini = writer.unit(&krate("mini-parser")).unwrap();
    let items = vec![
        method("mini_parser::read::Reader::next_line", Some("Option<Line>"), &["&mut Buffer"]),
        method("mini_parser::read::Reader::last_line", Some("Line"), &[]),
        method("mini_parser::read::Reader::new", Some("Self"), &["std::fs::File"]),
        method("mini_parser::write::Writer::new", Some("Self"), &[]),
        Item { kind: Kind::Struct, ..function("mini_parser::read::Reader", "Reads lines of a file.") },
        function("mini_parser::read::open_file", "Opens a file to read its lines."),
    ];
    put(&mut writer, mini, "src/read.rs", items);
    let other = writer.unit(&krate("other")).unwrap();
    put(&mut writer, other, "src/lib.rs", vec![method("other::Reader::new", None, &[])]);
    writer.finish().unwrap();
    index
}

/// The paths that a query finds, best first.
fn found(index: &Index, query: &Query) -> Vec<String> {
    let hits = index.reader().unwrap().search(query, &everything(index), None).unwrap();
    hits.into_iter().map(|hit| hit.item.path).collect()
}

#[test]
fn a_returned_type_is_found_inside_of_another_and_just_it_comes_first() {
    let dir = support::dir();
    let index = sample(dir.path());
    let query = |returns: &str| Query { returns: Some(returns.to_owned()), ..Query::of("line", 9) };
    let (next, last) = ("mini_parser::read::Reader::next_line", "mini_parser::read::Reader::last_line");
    assert_eq!(found(&index, &query("Line")), [last, next]);
    assert_eq!(found(&index, &query("Option<Line>")), [next]);
    assert!(found(&index, &query("Lin")).is_empty());
    let takes = Query { takes: Some("File".to_owned()), ..Query::of("", 9) };
    assert_eq!(found(&index, &takes), ["mini_parser::read::Reader::new"]);
}

#[test]
fn filters_hold_for_what_is_found_by_meaning() {
    let dir = support::dir();
    let index = sample(dir.path());
    let near: Vec<_> = (0..9).map(|id| (ItemId(id), 0.5)).collect();
    let by_meaning = |query: &Query| {
        let hits = index.reader().unwrap().search(query, &everything(&index), Some(&near)).unwrap();
        hits.into_iter().map(|hit| hit.id.0).collect::<Vec<_>>()
    };
    let empty = Query::of("", 9);
    assert_eq!(by_meaning(&empty), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(by_meaning(&Query { kinds: vec![Kind::Struct, Kind::Function], ..empty.clone() }), [4, 5]);
    assert_eq!(
        by_meaning(&Query { krate: Some("mini_parser".to_owned()), limit: 2, ..empty.clone() }),
        [0, 1]
    );
    assert_eq!(by_meaning(&Query { returns: Some("Line".to_owned()), ..empty.clone() }), [1, 0]);
    assert!(by_meaning(&Query { limit: 0, ..empty }).is_empty());
}

#[test]
fn an_item_of_both_rankings_is_before_the_first_of_one() {
    let dir = support::dir();
    let index = sample(dir.path());
    let near = [(ItemId(6), 0.9), (ItemId(5), 0.8)];
    let reader = index.reader().unwrap();
    let hits = reader.search(&Query::of("open a file", 9), &everything(&index), Some(&near)).unwrap();
    assert_eq!(hits[0].item.name, "open_file");
    let meaning_alone = Weights { words: 0.0, ..Weights::default() };
    let reader = index.reader().unwrap().with_weights(meaning_alone);
    let hits = reader.search(&Query::of("open a file", 9), &everything(&index), Some(&near)).unwrap();
    assert_eq!(hits[0].item.path, "other::Reader::new");
}

#[test]
fn words_are_found_in_any_of_their_forms() {
    let dir = support::dir();
    let index = sample(dir.path());
    for text in ["nextLine", "next_line", "NEXT LINES", "next::line"] {
        assert_eq!(search(&index, text)[0].item.name, "next_line", "{text}");
    }
    assert_eq!(paths(&index, "opening"), ["mini_parser::read::open_file"]);
}

#[test]
fn a_path_is_there_elsewhere_or_near() {
    let dir = support::dir();
    let index = sample(dir.path());
    let (reader, view) = (index.reader().unwrap(), everything(&index));
    let names =
        |found: &[gryph_index::Found]| found.iter().map(|one| one.item.path.clone()).collect::<Vec<_>>();
    let exact = reader.at(&view, "mini_parser::read::Reader::new").unwrap();
    assert_eq!(names(&exact.exact), ["mini_parser::read::Reader::new"]);
    let elsewhere = reader.at(&view, "mini_parser::Reader::new").unwrap();
    assert_eq!(names(&elsewhere.elsewhere), ["mini_parser::read::Reader::new"]);
    let re_exported = reader.at(&view, "mini_parser::open_file").unwrap();
    assert_eq!(names(&re_exported.elsewhere), ["mini_parser::read::open_file"]);
    let missing = reader.at(&view, "mini_parser::Reader::nxt_line").unwrap();
    assert!(missing.exact.is_empty() && missing.elsewhere.is_empty());
    assert_eq!(names(&missing.nearest), ["mini_parser::read::Reader::next_line"]);
    let of_crate = reader.at(&view, "mini_parser::opn_file").unwrap();
    assert_eq!(names(&of_crate.nearest), ["mini_parser::read::open_file"]);
    assert!(reader.at(&view, "mini_parser::read::something_else").unwrap().nearest.is_empty());
}

#[test]
fn the_methods_of_a_type_are_those_that_the_view_sees() {
    let dir = support::dir();
    let index = sample(dir.path());
    let (reader, view) = (index.reader().unwrap(), everything(&index));
    assert_eq!(reader.methods_of(&view, "Reader").unwrap().len(), 4);
    assert_eq!(reader.methods_of(&view, "read::Reader<'a>").unwrap().len(), 4);
    let other = View::new(vec![view.units()[1]]);
    assert_eq!(reader.methods_of(&other, "Reader").unwrap()[0].item.path, "other::Reader::new");
    assert!(reader.methods_of(&view, "").unwrap().is_empty());
}

#[test]
fn no_text_is_an_error() {
    let dir = support::dir();
    let index = sample(dir.path());
    let (reader, view) = (index.reader().unwrap(), everything(&index));
    let texts = ("\\PC*", "[A-Za-z:<>'&_ ]{0,40}", "(.|\\n){0,60}");
    proptest!(ProptestConfig::with_cases(200), |(text in texts.0, types in texts.1, path in texts.2)| {
        let types = Some(types);
        let query = Query { takes: types.clone(), returns: types, krate: Some(path.clone()), ..Query::of(&text, 5) };
        reader.search(&query, &view, None).unwrap();
        reader.search(&Query::of(&text, 5), &view, Some(&[(ItemId(u32::MAX), f32::NAN)])).unwrap();
        reader.at(&view, &path).unwrap();
        reader.at(&view, &text).unwrap();
        reader.methods_of(&view, &path).unwrap();
    });
}

#[test]
fn any_item_is_stored_as_it_is() {
    let texts = prop::collection::vec(("\\PC{0,600}", "(.|\\n){0,200}"), 1..12);
    proptest!(ProptestConfig::with_cases(16), |(texts in texts)| {
        let dir = support::dir();
        let index = Index::open(dir.path(), Access::Write).unwrap();
        let mut writer = index.writer().unwrap();
        let unit = writer.unit(&krate("mini")).unwrap();
        let items: Vec<Item> = texts.iter().map(|(path, text)| any_item(path, text)).collect();
        put(&mut writer, unit, "lib.rs", items.clone());
        writer.commit().unwrap();
        let ids: Vec<ItemId> = (0..).map(ItemId).take(items.len()).collect();
        let stored = index.reader().unwrap().items(&ids).unwrap();
        prop_assert_eq!(stored, ids.into_iter().zip(items.clone()).collect::<Vec<_>>());
        prop_assert_eq!(writer.remove_unit(unit).unwrap().len(), items.len());
        writer.finish().unwrap();
        prop_assert!(paths(&index, "").is_empty());
    });
}

/// A method of any texts.
fn any_item(path: &str, text: &str) -> Item {
    let text = text.to_owned();
    let item = Item { docs: text.clone(), signature: text.clone(), body: text, ..function("mini::item", "") };
    Item { name: path.to_owned(), path: path.to_owned(), kind: Kind::Method, ..item }
}

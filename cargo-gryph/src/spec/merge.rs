//! A fragment goes into the text of a specification: new tables behind those of their kind, nothing else touched.
//!
//! Whether the whole holds is for [`parse`](super::parse) to say afterwards.

use std::ops::Range;

use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, TableLike};

use super::problem::{Problem, Problems, place};
use super::{LARGEST_SPEC, markdown};

/// The specification that a project keeps.
pub const KEPT: &str = "gryph.toml";

/// Lists of tables that a fragment may hold, with the keys that name one of them.
const LISTS: &[(&str, &[&str])] = &[
    ("entity", &["name"]),
    ("endpoint", &["method", "path"]),
    ("task", &["name"]),
    ("socket", &["path"]),
    ("function", &["path"]),
    ("type", &["path"]),
    ("command", &["name"]),
];

/// Puts the tables of a fragment into a specification. `file` is how problems of the fragment name it; those of the
/// specification are said of [`KEPT`].
pub fn merge(base: &str, fragment: &str, file: &str) -> Result<String, Vec<Problem>> {
    let mut problems = Problems::new(file, fragment);
    if fragment.len() > LARGEST_SPEC || base.len() > LARGEST_SPEC {
        problems.report(0..0, format!("this has more than {LARGEST_SPEC} bytes"), "split it");
        return Err(problems.finish());
    }
    let kept = read(base, KEPT)?;
    let new = markdown::document(fragment, file, &mut problems);
    if problems.count() > 0 {
        return Err(problems.finish());
    }
    let new = read(&new.toml, file)?;
    refuse(&kept, &new, base, &mut problems);
    if problems.count() > 0 {
        return Err(problems.finish());
    }
    let mut merged = kept.into_mut();
    let new: DocumentMut = new.into_mut();
    join(&mut merged, new, &mut problems);
    if problems.count() > 0 {
        return Err(problems.finish());
    }
    Ok(merged.to_string())
}

/// Reads TOML with its places.
fn read(text: &str, file: &str) -> Result<Document<String>, Vec<Problem>> {
    Document::parse(text.to_owned()).map_err(|error| {
        let mut problems = Problems::new(file, text);
        let message = format!("this is not TOML: {}", error.message().trim());
        problems.report(error.span().unwrap_or(0..0), message, "");
        problems.finish()
    })
}

/// Refuses what is no fragment, and what is there already.
fn refuse(kept: &Document<String>, new: &Document<String>, base: &str, problems: &mut Problems<'_>) {
    let mut any = false;
    for (key, item) in new.iter() {
        let span = span_of(new.as_table(), key, item);
        let keys = LISTS.iter().find(|(list, _)| *list == key).map(|(_, keys)| *keys);
        match (key, keys) {
            ("spec", _) => {}
            ("dependencies", _) => {
                any = true;
                refuse_dependencies(kept, item, base, span, problems);
            }
            (_, Some(keys)) => {
                any = true;
                refuse_tables(kept, (key, item), keys, base, problems);
            }
            _ => {
                let message = format!("`{}` cannot be added to a specification", key.escape_debug());
                let lists: Vec<String> = LISTS.iter().map(|(list, _)| format!("[[{list}]]")).collect();
                let hint = format!(
                    "a fragment holds {} and [dependencies]; edit {KEPT} for the rest",
                    lists.join(", ")
                );
                problems.report(span, message, hint);
            }
        }
    }
    if !any && problems.count() == 0 {
        problems.report(0..0, "this adds nothing", "add an [[entity]], an [[endpoint]] or a [[function]]");
    }
}

fn refuse_dependencies(
    kept: &Document<String>,
    item: &Item,
    base: &str,
    span: Range<usize>,
    problems: &mut Problems<'_>,
) {
    let Some(table) = item.as_table_like() else {
        problems.report(
            span,
            "[dependencies] is no table here",
            "write `regex = \"1\"` below [dependencies]",
        );
        return;
    };
    let there = kept.get("dependencies").and_then(Item::as_table_like);
    for (name, one) in table.iter() {
        let Some((key, _)) = there.and_then(|there| there.get_key_value(name)) else { continue };
        let line = place(base, key.span().map_or(0, |span| span.start)).0;
        let message =
            format!("the dependency `{}` exists already, in line {line} of {KEPT}", name.escape_debug());
        problems.report(span_in(table, name, one), message, "leave it out, or change it there");
    }
}

fn refuse_tables(
    kept: &Document<String>,
    (list, item): (&str, &Item),
    keys: &[&str],
    base: &str,
    problems: &mut Problems<'_>,
) {
    let Some(tables) = item.as_array_of_tables() else {
        let span = item.span().unwrap_or(0..0);
        let message = format!("`{list}` is no list of tables here");
        problems.report(span, message, format!("write it as [[{list}]]"));
        return;
    };
    let there: Vec<&Table> = kept
        .get(list)
        .and_then(Item::as_array_of_tables)
        .map(|there| there.iter().collect())
        .unwrap_or_default();
    if kept.get(list).is_some_and(|there| !there.is_array_of_tables()) {
        let message = format!("`{list}` of {KEPT} is written in one line, where nothing can be added");
        problems.report(0..0, message, format!("write it as [[{list}]] there"));
    }
    for table in tables {
        let Some(name) = name_of(table, keys) else { continue };
        let Some(other) = there.iter().find(|other| name_of(other, keys).as_ref() == Some(&name)) else {
            continue;
        };
        let line = place(base, other.span().map_or(0, |span| span.start)).0;
        let shown: String = name.chars().take(60).flat_map(char::escape_debug).collect();
        let message = format!("the {list} `{shown}` exists already, in line {line} of {KEPT}");
        problems.report(
            table.span().unwrap_or(0..0),
            message,
            "give it another name, or change that one there",
        );
    }
}

/// What a table is called by.
fn name_of(table: &Table, keys: &[&str]) -> Option<String> {
    let parts: Option<Vec<&str>> = keys.iter().map(|key| table.get(key).and_then(Item::as_str)).collect();
    parts.map(|parts| parts.join(" "))
}

fn span_of(table: &Table, key: &str, item: &Item) -> Range<usize> {
    span_in(table, key, item)
}

fn span_in(table: &dyn TableLike, key: &str, item: &Item) -> Range<usize> {
    let of_key = table.get_key_value(key).and_then(|(key, _)| key.span());
    of_key.or_else(|| item.span()).unwrap_or(0..0)
}

/// Appends each table of the fragment to those of its kind.
fn join(merged: &mut DocumentMut, new: DocumentMut, problems: &mut Problems<'_>) {
    let trailing = new.trailing().as_str().unwrap_or_default().trim().to_owned();
    for (key, item) in new.into_table() {
        match item {
            Item::ArrayOfTables(tables) => {
                let there = merged.entry(&key).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
                let Some(there) = there.as_array_of_tables_mut() else { continue };
                for mut table in tables {
                    unplace(&mut table);
                    spaced(&mut table);
                    there.push(table);
                }
            }
            Item::Table(table) if key == "dependencies" => depend(merged, table, problems),
            Item::Table(_) | Item::Value(_) | Item::None => {}
        }
    }
    if !trailing.is_empty() {
        let before = merged.trailing().as_str().unwrap_or_default().to_owned();
        let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        merged.set_trailing(format!("{before}{gap}{trailing}\n"));
    }
}

fn depend(merged: &mut DocumentMut, mut new: Table, problems: &mut Problems<'_>) {
    let there = merged.entry("dependencies").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        Item::Table(table)
    });
    let Some(there) = there.as_table_mut() else {
        let message = format!("`dependencies` of {KEPT} is written in one line, where nothing can be added");
        problems.report(0..0, message, "write it as [dependencies] there");
        return;
    };
    unplace(&mut new);
    let names: Vec<String> = new.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names {
        if let Some((key, item)) = new.remove_entry(&name) {
            there.insert_formatted(&key, item);
        }
    }
}

/// Forgets where tables stood in the fragment, so that they are printed where they are put.
fn unplace(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => unplace(table),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(unplace),
            Item::Value(_) | Item::None => {}
        }
    }
}

/// Puts an empty line before a table.
fn spaced(table: &mut Table) {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let prefix = format!("\n{}", prefix.trim_start_matches('\n'));
    table.decor_mut().set_prefix(prefix);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = include_str!("../../../examples/specs/notes.toml");
    const TAG: &str = "# What notes are found by.\n[[entity]]\nname = \"tag\" # short\ndoc = \"A tag.\"\n\n\
                       [[entity.field]]\nname = \"word\"\ntype = \"text\"\ndoc = \"It.\"\n# the end\n";

    fn refusal(base: &str, fragment: &str) -> String {
        merge(base, fragment, "f.toml").unwrap_err().iter().map(|problem| format!("{problem}\n")).collect()
    }

    /// Whether all lines of one text stand in another, in order.
    fn holds(text: &str, lines: &str) -> bool {
        let mut rest = text.lines();
        lines.lines().filter(|line| !line.trim().is_empty()).all(|line| rest.any(|other| other == line))
    }

    #[test]
    fn new_tables_stand_behind_those_of_their_kind_and_comments_stay() {
        let merged = merge(BASE, TAG, "f.toml").unwrap();
        assert!(holds(&merged, BASE) && holds(&merged, TAG), "{merged}");
        let at = |text: &str| merged.find(text).unwrap_or_else(|| panic!("{text} in {merged}"));
        assert!(at("Whether it is done") < at("# What notes") && at("name = \"word\"") < at("[[function]]"));
        let spec = crate::spec::parse(&merged, KEPT).unwrap();
        let names: Vec<_> = spec.service.unwrap().entities.iter().map(|one| one.name.to_string()).collect();
        assert_eq!(names, ["notebook", "note", "tag"]);
    }

    #[test]
    fn what_exists_already_is_an_error_with_both_lines() {
        let twice = refusal(&merge(BASE, TAG, "f.toml").unwrap(), TAG);
        assert!(
            twice.starts_with("f.toml:2:1: the entity `tag` exists already, in line 61 of gryph.toml"),
            "{twice}"
        );
        let endpoint = "[[endpoint]]\nmethod = \"POST\"\npath = \"/count/open-boxes\"\n";
        assert!(refusal(BASE, endpoint).contains("the endpoint `POST /count/open-boxes` exists already"));
        let other = merge(BASE, &endpoint.replace("POST", "GET"), "f.toml");
        assert!(other.is_ok(), "another method is another endpoint");
        let base = "[dependencies]\nregex = \"1\"\n";
        let again = refusal(base, "[dependencies]\nsemver = \"1\"\nregex = \"1.2\"\n");
        assert!(again.starts_with("f.toml:3:1: the dependency `regex` exists already, in line 2"), "{again}");
    }

    #[test]
    fn dependencies_join_those_that_there_are() {
        let merged = merge(
            "spec = 1\n[dependencies]\nregex = \"1\" # old\n[quality]\n",
            "[dependencies]\n# why\nsemver = \"1\"\n",
            "f",
        );
        assert_eq!(
            merged.unwrap(),
            "spec = 1\n[dependencies]\nregex = \"1\" # old\n# why\nsemver = \"1\"\n[quality]\n"
        );
        let merged = merge("spec = 1\n", "[dependencies]\nsemver = \"1\"\n", "f").unwrap();
        assert!(merged.contains("[dependencies]\nsemver = \"1\"\n"), "{merged}");
    }

    #[test]
    fn only_tables_can_be_added() {
        for (fragment, expected) in [
            ("[project]\nname = \"x\"\n", "f.toml:1:2: `project` cannot be added"),
            ("spec = 1\n", "f.toml:1:1: this adds nothing"),
            ("entity = 5\n", "`entity` is no list of tables"),
            ("[[entity]\n", "this is not TOML"),
        ] {
            let said = refusal(BASE, fragment);
            assert!(said.contains(expected), "{fragment:?}: {said}");
        }
        assert!(refusal("entity = []\n", TAG).contains("is written in one line"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(base in ".{0,200}", fragment in ".{0,200}") {
            let _ = merge(&base, &fragment, "f.toml");
            let _ = merge(BASE, &fragment, "f.md");
        }

        #[test]
        fn whatever_is_merged_changes_no_line_that_was_there(
            names in prop::collection::btree_set("[a-d]{1,2}", 1..5),
            lists in prop::collection::vec(0..LISTS.len(), 5),
            comment in "[^\u{0}-\u{1f}\u{7f}]{0,30}",
        ) {
            let mut fragment = String::new();
            for (name, list) in names.iter().zip(lists) {
                let (list, keys) = LISTS[list];
                fragment.push_str(&format!("# {comment}\n[[{list}]]\n"));
                keys.iter().for_each(|key| fragment.push_str(&format!("{key} = \"{name}\" # {comment}\n")));
            }
            let merged = merge(BASE, &fragment, "f.toml").unwrap();
            prop_assert!(holds(&merged, BASE), "{}", merged);
            prop_assert_eq!(merged.matches(&format!("# {comment}\n")).count() >= 2 * names.len(), true);
            prop_assert!(merge(&merged, &fragment, "f.toml").is_err());
        }
    }
}

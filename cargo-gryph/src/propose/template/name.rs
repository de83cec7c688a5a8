//! Names that are not in scope: missing imports, wrong modules, misspelt variables.

use crate::propose::draft::{BodyEdit, Draft, Fault, Repair};
use crate::similar::distance;

/// Items of `std` that drafts use without importing them.
const ITEMS: [(&str, &str); 62] = [
    ("HashMap", "std::collections::HashMap"),
    ("HashSet", "std::collections::HashSet"),
    ("BTreeMap", "std::collections::BTreeMap"),
    ("BTreeSet", "std::collections::BTreeSet"),
    ("VecDeque", "std::collections::VecDeque"),
    ("BinaryHeap", "std::collections::BinaryHeap"),
    ("LinkedList", "std::collections::LinkedList"),
    ("Entry", "std::collections::hash_map::Entry"),
    ("hash_map", "std::collections::hash_map"),
    ("btree_map", "std::collections::btree_map"),
    ("Reverse", "std::cmp::Reverse"),
    ("Ordering", "std::cmp::Ordering"),
    ("cmp", "std::cmp"),
    ("max", "std::cmp::max"),
    ("min", "std::cmp::min"),
    ("mem", "std::mem"),
    ("swap", "std::mem::swap"),
    ("take", "std::mem::take"),
    ("replace", "std::mem::replace"),
    ("iter", "std::iter"),
    ("repeat", "std::iter::repeat"),
    ("repeat_n", "std::iter::repeat_n"),
    ("repeat_with", "std::iter::repeat_with"),
    ("once", "std::iter::once"),
    ("empty", "std::iter::empty"),
    ("from_fn", "std::iter::from_fn"),
    ("successors", "std::iter::successors"),
    ("zip", "std::iter::zip"),
    ("Peekable", "std::iter::Peekable"),
    ("FusedIterator", "std::iter::FusedIterator"),
    ("Chars", "std::str::Chars"),
    ("CharIndices", "std::str::CharIndices"),
    ("FromStr", "std::str::FromStr"),
    ("Utf8Error", "std::str::Utf8Error"),
    ("from_utf8", "std::str::from_utf8"),
    ("str", "std::str"),
    ("fmt", "std::fmt"),
    ("Display", "std::fmt::Display"),
    ("Debug", "std::fmt::Debug"),
    ("Formatter", "std::fmt::Formatter"),
    ("Write", "std::fmt::Write"),
    ("Read", "std::io::Read"),
    ("BufRead", "std::io::BufRead"),
    ("Cow", "std::borrow::Cow"),
    ("Borrow", "std::borrow::Borrow"),
    ("Rc", "std::rc::Rc"),
    ("Arc", "std::sync::Arc"),
    ("Cell", "std::cell::Cell"),
    ("RefCell", "std::cell::RefCell"),
    ("Hash", "std::hash::Hash"),
    ("Hasher", "std::hash::Hasher"),
    ("DefaultHasher", "std::hash::DefaultHasher"),
    ("Duration", "std::time::Duration"),
    ("ParseIntError", "std::num::ParseIntError"),
    ("ParseFloatError", "std::num::ParseFloatError"),
    ("NonZeroU32", "std::num::NonZeroU32"),
    ("Wrapping", "std::num::Wrapping"),
    ("Add", "std::ops::Add"),
    ("Range", "std::ops::Range"),
    ("Deref", "std::ops::Deref"),
    ("PhantomData", "std::marker::PhantomData"),
    ("PI", "std::f64::consts::PI"),
];

/// The modules of `std`, for paths that begin with one and lack the `std::`.
const MODULES: [&str; 14] = [
    "collections",
    "cmp",
    "mem",
    "iter",
    "str",
    "fmt",
    "char",
    "string",
    "borrow",
    "hash",
    "ops",
    "num",
    "time",
    "vec",
];

/// The whole path of an item of `std`.
pub(crate) fn std_item(name: &str) -> Option<&'static str> {
    ITEMS.iter().find(|(item, _)| *item == name).map(|(_, path)| *path)
}

/// E0405, E0412, E0422, E0425, E0432, E0433 and E0531.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let name = draft.slice(&at).rsplit("::").next().unwrap_or_default();
    let mut repairs = std_path(draft, &at, name, fault.code);
    repairs.extend(in_scope(draft, &at, fault.code, name));
    repairs
}

/// The name with its whole path in `std`, in place of the path it was given.
fn std_path(draft: &Draft<'_>, at: &std::ops::Range<usize>, name: &str, code: &str) -> Vec<Repair> {
    let rule = format!("{code}-std-path");
    let before = draft.text.get(..at.start).unwrap_or_default();
    let start = before
        .rfind(|c: char| c != ':' && c != '_' && !c.is_alphanumeric())
        .map_or(0, |found| found + before[found..].chars().next().map_or(1, char::len_utf8));
    let prefix = &before[start..];
    if prefix.is_empty() && MODULES.contains(&name) && draft.text[at.end..].starts_with("::") {
        return vec![Repair::insert(&rule, at.start, "std::")];
    }
    let Some((_, path)) = ITEMS.iter().find(|(item, _)| *item == name) else { return Vec::new() };
    if code == "E0432" {
        let whole = draft.slice(at);
        let misplaced = whole.contains("::").then(|| Repair::replace(&rule, at.clone(), *path));
        return misplaced.into_iter().collect();
    }
    if prefix.is_empty() {
        let import = Repair::insert(&rule, 0, format!("\n    use {path};"));
        return vec![import, Repair::replace(&rule, at.clone(), *path)];
    }
    let whole = start..at.end;
    vec![Repair::edits(&rule, vec![BodyEdit { range: whole, text: (*path).to_owned() }])]
}

/// The names in scope that are nearest to the one written.
fn in_scope(draft: &Draft<'_>, at: &std::ops::Range<usize>, code: &str, name: &str) -> Vec<Repair> {
    if code != "E0425" || name.is_empty() || draft.text[at.end..].trim_start().starts_with('(') {
        return Vec::new();
    }
    let parameters = draft.parameters().into_iter().map(|(parameter, _)| parameter);
    let mut names: Vec<String> =
        parameters.chain(draft.locals().iter().map(|local| local.name.clone())).collect();
    names.retain(|known| known != name);
    names.sort_by_key(|known| distance(known, name));
    names.dedup();
    let near = names.into_iter().filter(|known| distance(known, name) <= name.len().max(3) / 2 + 1);
    let mut repairs: Vec<Repair> =
        near.take(2).map(|known| Repair::replace("E0425-nearest", at.clone(), known)).collect();
    if draft.has_receiver() && draft.hole.context.contains(name) {
        repairs.insert(0, Repair::insert("E0425-self", at.start, "self."));
    }
    repairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_ends_in_its_item() {
        for (item, path) in ITEMS {
            assert!(path.ends_with(&format!("::{item}")) && path.starts_with("std::"), "{item}");
        }
    }
}

//! Values that cannot go to another thread: shared pointers and cells with their counterparts that can.

use super::Offer;
use super::case::{Case, offer};
use super::ground::Sheet;

/// Counterparts that can be shared between threads.
const COUNTERPARTS: [(&str, &str, &str); 4] = [
    ("Rc", "Arc", "std::sync::Arc"),
    ("RefCell", "Mutex", "std::sync::Mutex"),
    ("OnceCell", "OnceLock", "std::sync::OnceLock"),
    ("LazyCell", "LazyLock", "std::sync::LazyLock"),
];

/// E0277: "`Rc<…>` cannot be sent between threads safely".
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    if !case.texts().any(|text| text.contains("between threads safely")) {
        return Vec::new();
    }
    let used = |name: &str| words_at(case.sheet, name).next().is_some();
    let present: Vec<_> = COUNTERPARTS.iter().filter(|(name, _, _)| used(name)).collect();
    let mut offers = Vec::new();
    if !present.is_empty() {
        let edits = present.iter().flat_map(|(name, other, path)| exchanged(case.sheet, name, other, path));
        let mut edits: Vec<_> = edits.collect();
        edits.extend(locks(case.sheet).filter(|_| present.iter().any(|(name, _, _)| *name == "RefCell")));
        offers.push(offer(case.sheet, case.code, "shared", 78, edits));
        let pointer = present.iter().find(|(name, _, _)| *name == "Rc").filter(|_| present.len() > 1);
        if let Some((name, other, path)) = pointer {
            let edits = exchanged(case.sheet, name, other, path);
            offers.push(offer(case.sheet, case.code, "shared", 60, edits));
        }
    }
    offers.extend(trait_objects(case));
    offers
}

/// Whole words of the file outside of its tests.
fn words_at<'s>(sheet: &'s Sheet, name: &'s str) -> impl Iterator<Item = usize> + 's {
    let is_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_alphanumeric());
    sheet.text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let tests = sheet.tests.iter().any(|range| range.contains(at));
        let (before, after) = (&sheet.text[..*at], &sheet.text[at + name.len()..]);
        !tests && !is_word(before.chars().next_back()) && !is_word(after.chars().next())
    })
}

/// A name and the path it comes from, everywhere in the file.
fn exchanged(sheet: &Sheet, name: &str, other: &str, path: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let module = if name == "Rc" { "rc::" } else { "cell::" };
    let edits = words_at(sheet, name).map(|at| {
        let whole = format!("std::{module}");
        if sheet.text[..at].ends_with(&whole) {
            (at - whole.len()..at + name.len(), path.to_owned())
        } else {
            (at..at + name.len(), other.to_owned())
        }
    });
    edits.collect()
}

/// `borrow()` and `borrow_mut()` as a lock whose poison is ignored.
fn locks(sheet: &Sheet) -> impl Iterator<Item = (std::ops::Range<usize>, String)> {
    const LOCK: &str = ".lock().unwrap_or_else(std::sync::PoisonError::into_inner)";
    [".borrow()", ".borrow_mut()"].into_iter().flat_map(|call| {
        let outside = |at: &usize| !sheet.tests.iter().any(|range| range.contains(at));
        let places = sheet.text.match_indices(call).map(|(at, _)| at).filter(outside);
        places.map(|at| (at..at + call.len(), LOCK.to_owned())).collect::<Vec<_>>()
    })
}

/// `dyn Trait` as `dyn Trait + Send` throughout the file.
fn trait_objects(case: &Case<'_>) -> Vec<Offer> {
    let Some(object) = case.quoted().into_iter().find(|ty| ty.contains("dyn ")) else { return Vec::new() };
    let start = object.find("dyn ").unwrap_or(0);
    let end = object[start..].find(['>', ')', '+']).map_or(object.len(), |end| start + end);
    let written = object[start..end].trim();
    let missing = if case.diagnostic.message.contains("shared") { "Sync" } else { "Send" };
    let places = case.sheet.text.match_indices(written).map(|(at, text)| at + text.len());
    let outside = places.filter(|at| !case.sheet.tests.iter().any(|range| range.contains(at)));
    let lacking =
        outside.filter(|at| !case.sheet.text[*at..].trim_start().starts_with(&format!("+ {missing}")));
    let edits: Vec<_> = lacking.map(|at| (at..at, format!(" + {missing}"))).collect();
    if edits.is_empty() { Vec::new() } else { vec![offer(case.sheet, case.code, "object-bound", 74, edits)] }
}

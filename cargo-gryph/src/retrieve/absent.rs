//! Holds what a candidate names against the crates it may use: what is not there, and what is nearest to it.

use std::collections::BTreeSet;

use gryph_index::{Found, Item, Kind, words};

use super::crates::Crates;
use super::named::{Named, named};
use super::{Library, RetrieveError, Source};
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::{Absent, Hole, Related};

/// Names of one candidate that are told of.
const MOST: usize = 4;
/// Items that are told as nearest to a name.
const NEAREST: usize = 4;

/// Names of a body that its crates certainly do not have: no compiler has to be asked about it.
pub(super) fn certain(
    library: &Library,
    crates: &mut Crates,
    hole: &Hole,
    body: &str,
) -> Result<Vec<Absent>, RetrieveError> {
    let mut absent = Vec::new();
    for path in foreign(&named(&hole.context, body), hole) {
        let lacking = path[1..].iter().find(|name| crates.lack(&path[0], name));
        let Some(name) = lacking else { continue };
        if library.knows(name)? {
            continue; // Another crate has it, and this one may give it on.
        }
        let upto = path.iter().take_while(|word| *word != name).chain([name]).cloned();
        let upto: Vec<String> = upto.collect();
        let place = crates.source(&path[0]).map(place).unwrap_or_default();
        let lookup = library.lookup(&upto.join("::"))?;
        let nearest = shown(crates, &of_crate(&path[0], lookup.nearest));
        absent.push(Absent { name: upto.join("::"), place, nearest });
    }
    Ok(told(absent))
}

/// What the compiler did not find of other crates in a body, with what is nearest to it there.
pub(super) fn missed(
    library: &Library,
    crates: &mut Crates,
    hole: &Hole,
    body: &str,
    diagnostics: &[Diagnostic],
) -> Result<Vec<Absent>, RetrieveError> {
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).collect();
    let mut absent = Vec::new();
    for error in &errors {
        if let Some((name, owner)) = method(&error.message) {
            absent.extend(of_type(library, crates, &name, &owner)?);
        }
    }
    let unknown: BTreeSet<&str> = errors.iter().flat_map(|error| quoted(&error.message)).collect();
    for path in foreign(&named(&hole.context, body), hole) {
        let is_told = path.last().is_some_and(|name| {
            unknown.contains(name.as_str()) || unknown.contains(path.join("::").as_str())
        });
        if is_told {
            let path = path.join("::");
            let lookup = library.lookup(&path)?;
            if lookup.exact.is_empty() {
                let krate = path.split("::").next().unwrap_or_default();
                let near = of_crate(krate, [lookup.elsewhere, lookup.nearest].concat());
                absent.extend((!near.is_empty()).then(|| Absent {
                    name: path.clone(),
                    place: krate.to_owned(),
                    nearest: shown(crates, &near),
                }));
            }
        }
    }
    Ok(told(absent))
}

/// The paths of a body that lead into the crates a hole may use.
fn foreign(named: &Named, hole: &Hole) -> Vec<Vec<String>> {
    let crates: BTreeSet<String> = hole.dependencies.iter().map(|name| name.replace('-', "_")).collect();
    named.paths.iter().filter(|path| crates.contains(&path[0])).cloned().collect()
}

fn told(mut absent: Vec<Absent>) -> Vec<Absent> {
    let mut seen = BTreeSet::new();
    absent.retain(|one| seen.insert(one.name.clone()));
    absent.truncate(MOST);
    absent
}

fn of_crate(krate: &str, mut found: Vec<Found>) -> Vec<Found> {
    found.retain(|found| found.unit.name == krate);
    found
}

fn place(source: &Source) -> String {
    format!("{} {}", source.crate_name, source.version)
}

/// A method or associated function that rustc does not find, and the type it looked at.
fn method(message: &str) -> Option<(String, String)> {
    let is_of_type = ["no method named", "no function or associated item named", "no associated function"]
        .iter()
        .any(|start| message.starts_with(start));
    let mut words = quoted(message).into_iter();
    let (name, owner) = (words.next()?, words.next()?);
    let owner = owner.trim_start_matches(['&', ' ']).trim_start_matches("mut ");
    let owner = owner.split(['<', ' ']).next()?.rsplit("::").next()?;
    (is_of_type && !owner.is_empty()).then(|| (name.to_owned(), owner.to_owned()))
}

/// What stands between backticks.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// A name that a type does not have, with those of its functions that are most like it.
fn of_type(
    library: &Library,
    crates: &mut Crates,
    name: &str,
    owner: &str,
) -> Result<Option<Absent>, RetrieveError> {
    let methods = library.methods_of(owner)?;
    let wanted: BTreeSet<String> = words::split(name).map(|word| word.text).collect();
    let likeness = |item: &Item| {
        let shared = words::split(&item.name).filter(|word| wanted.contains(&word.text)).count();
        // Of two that share as many words, the shorter name is nearer.
        (usize::MAX - shared, crate::similar::distance(name, &item.name))
    };
    let mut near: Vec<Found> = methods.into_iter().filter(|found| is_callable(&found.item)).collect();
    near.sort_by_cached_key(|found| (likeness(&found.item), found.item.path.clone()));
    near.dedup_by(|one, other| one.item.name == other.item.name);
    let place = near.first().map(|found| format!("{} {} {owner}", found.unit.name, found.unit.version));
    let nearest = shown(crates, &near);
    Ok(place.map(|place| Absent { name: name.to_owned(), place, nearest }))
}

fn is_callable(item: &Item) -> bool {
    item.kind == Kind::Method && (item.public || item.of_trait.is_some())
}

/// Those of the items that a program can name.
fn shown(crates: &mut Crates, found: &[Found]) -> Vec<Related> {
    let one = |found: &Found| {
        let path = crates.public(&found.unit.name, &found.item.path)?;
        Some(Related {
            id: format!("{} {} {path}", found.unit.name, found.unit.version),
            signature: found.item.signature.clone(),
            summary: found.item.summary().to_owned(),
            example: String::new(),
        })
    };
    found.iter().filter_map(one).take(NEAREST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_type_are_read_from_what_rustc_says() {
        let message = "no method named `total_secs` found for struct `jiff::Span` in the current scope";
        assert_eq!(method(message), Some(("total_secs".to_owned(), "Span".to_owned())));
        let message = "no method named `at` found for reference `&mut Vec<T>` in the current scope";
        assert_eq!(method(message), Some(("at".to_owned(), "Vec".to_owned())));
        assert_eq!(method("mismatched types: expected `u8`, found `u16`"), None);
    }
}

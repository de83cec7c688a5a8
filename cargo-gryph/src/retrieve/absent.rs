//! Holds what a candidate names against the crates it may use: what is not there, and what is nearest to it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gryph_index::{Found, Item, Kind, words};

use super::named::{Named, named};
use super::spelling::identifiers;
use super::{Library, RetrieveError, Source};
use crate::diagnostic::{Diagnostic, Level};
use crate::hole::{Absent, Hole, Related};

/// Names of one candidate that are told of.
const MOST: usize = 4;
/// Items that are told as nearest to a name.
const NEAREST: usize = 4;

/// The names of the crates at hand, read when they are first asked for.
#[derive(Default)]
pub(super) struct Spellings(BTreeMap<String, Option<HashSet<String>>>);

impl Spellings {
    /// Whether an identifier stands nowhere in the files of a crate, as far as they can be known.
    fn lack(&mut self, source: &Source, name: &str) -> bool {
        let read = || identifiers(&source.directory);
        let known = self.0.entry(source.crate_name.clone()).or_insert_with(read);
        known.as_ref().is_some_and(|known| !known.contains(name))
    }
}

/// Names of a body that its crates certainly do not have: no compiler has to be asked about it.
pub(super) fn certain(
    library: &Library,
    sources: &[Source],
    spellings: &mut Spellings,
    hole: &Hole,
    body: &str,
) -> Result<Vec<Absent>, RetrieveError> {
    let mut absent = Vec::new();
    for path in foreign(&named(&hole.context, body), hole) {
        let Some(source) = sources.iter().find(|source| source.crate_name == path[0]) else { continue };
        let lacking = path[1..].iter().find(|name| spellings.lack(source, name));
        let Some(name) = lacking else { continue };
        if library.knows(name)? {
            continue; // Another crate has it, and this one may give it on.
        }
        let upto = path.iter().take_while(|word| *word != name).chain([name]).cloned();
        let upto: Vec<String> = upto.collect();
        absent.push(at(library, &upto.join("::"), &place(source))?);
    }
    Ok(told(absent))
}

/// What the compiler did not find of other crates in a body, with what is nearest to it there.
pub(super) fn missed(
    library: &Library,
    hole: &Hole,
    body: &str,
    diagnostics: &[Diagnostic],
) -> Result<Vec<Absent>, RetrieveError> {
    let errors: Vec<&Diagnostic> =
        diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).collect();
    let mut absent = Vec::new();
    for error in &errors {
        if let Some((name, owner)) = method(&error.message) {
            absent.extend(of_type(library, &name, &owner)?);
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
                let near = [lookup.elsewhere, lookup.nearest].concat();
                absent.extend((!near.is_empty()).then(|| Absent {
                    name: path.clone(),
                    place: path.split("::").next().unwrap_or_default().to_owned(),
                    nearest: shown(&near),
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

fn place(source: &Source) -> String {
    format!("{} {}", source.crate_name, source.version)
}

fn at(library: &Library, path: &str, place: &str) -> Result<Absent, RetrieveError> {
    let lookup = library.lookup(path)?;
    Ok(Absent { name: path.to_owned(), place: place.to_owned(), nearest: shown(&lookup.nearest) })
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
fn of_type(library: &Library, name: &str, owner: &str) -> Result<Option<Absent>, RetrieveError> {
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
    Ok(place.map(|place| Absent { name: name.to_owned(), place, nearest: shown(&near) }))
}

fn is_callable(item: &Item) -> bool {
    item.kind == Kind::Method && (item.public || item.of_trait.is_some())
}

fn shown(found: &[Found]) -> Vec<Related> {
    let one = |found: &Found| Related {
        id: format!("{} {} {}", found.unit.name, found.unit.version, found.item.path),
        signature: found.item.signature.clone(),
        summary: found.item.summary().to_owned(),
    };
    found.iter().take(NEAREST).map(one).collect()
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

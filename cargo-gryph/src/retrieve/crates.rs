//! The crates of a run as their files have them: what the index does not hold, read when it is first asked for.

use std::collections::{BTreeMap, HashSet};

use super::Source;
use super::public::Publics;
use super::spelling::identifiers;

/// The crates at hand.
#[derive(Default)]
pub(super) struct Crates {
    sources: BTreeMap<String, Source>,
    words: BTreeMap<String, Option<HashSet<String>>>,
    publics: BTreeMap<String, Publics>,
}

impl Crates {
    /// The crates of these sources.
    pub(super) fn new(sources: &[Source]) -> Self {
        let by_name = |source: &Source| (source.crate_name.clone(), source.clone());
        Self { sources: sources.iter().map(by_name).collect(), ..Self::default() }
    }

    /// The crate of a name.
    pub(super) fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    /// Whether an identifier stands nowhere in the files of a crate, as far as they can be known.
    pub(super) fn lack(&mut self, krate: &str, identifier: &str) -> bool {
        let Some(source) = self.sources.get(krate) else { return false };
        let known = self.words.entry(krate.to_owned()).or_insert_with(|| identifiers(&source.directory));
        known.as_ref().is_some_and(|known| !known.contains(identifier))
    }

    /// The path by which a program names an item; `None` where it cannot.
    pub(super) fn public(&mut self, krate: &str, path: &str) -> Option<String> {
        let Some(source) = self.sources.get(krate) else { return Some(path.to_owned()) };
        let read = || Publics::read(krate, &source.directory);
        let publics = self.publics.entry(krate.to_owned()).or_insert_with(read);
        if publics.is_empty() { Some(path.to_owned()) } else { publics.of_item(path) }
    }
}

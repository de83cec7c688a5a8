//! Ingredients from elsewhere, with their names bound to what is in scope at a place.

use std::ops::Range;

use crate::propose::search::code::{Code, Kind, Tightness};
use crate::propose::search::idea::View;
use crate::propose::search::is_harmful;
use crate::propose::search::tokens::spliced;
use crate::propose::search::types::Type;

/// Ways to bind the names of one ingredient.
const MOST_WAYS: usize = 6;
/// Names of one ingredient that may be bound anew.
const MOST_NAMES: usize = 3;

/// A part of a function that may be put elsewhere.
pub(super) struct Part<'a> {
    from: &'a Code,
    /// Its bytes in the file it is from.
    pub(super) range: Range<usize>,
    pub(super) tightness: Tightness,
    /// How near it is to the function that is searched.
    pub(super) weight: f64,
    /// Names it uses and does not bind itself.
    free: Vec<Free>,
    is_harmless: bool,
}

struct Free {
    name: String,
    of: Type,
    places: Vec<Range<usize>>,
}

impl<'a> Part<'a> {
    pub(super) fn new(from: &'a Code, range: Range<usize>, tightness: Tightness, weight: f64) -> Self {
        let free = free_names(from, &range);
        let is_harmless = !is_harmful(from.slice(&range));
        Self { from, range, tightness, weight, free, is_harmless }
    }

    pub(super) fn text(&self) -> &'a str {
        self.from.slice(&self.range)
    }

    /// The blanks that its line begins with.
    pub(super) fn indent(&self) -> &'a str {
        self.from.indent(self.range.start)
    }

    /// The text with its free names bound at byte `at` of the function, and how well they fit; the best first.
    pub(super) fn bound_at(&self, view: &View<'_>, at: usize) -> Vec<(String, f64)> {
        if !self.is_harmless {
            return Vec::new();
        }
        let is_own = self.is_of(view.code);
        let visible = view.code.bindings_at(at);
        let mut ways: Vec<(Vec<String>, f64)> = vec![(Vec::new(), 1.0)];
        let mut anew = 0;
        for free in &self.free {
            let known = visible.iter().find(|binding| binding.name == free.name);
            // A name of the same function is itself wherever it can be seen.
            let fit = known.map_or(0.0, |known| if is_own { 1.0 } else { free.of.fit(&known.of) });
            let mut others: Vec<(&str, f64)> = vec![(&free.name, 0.5 + 0.5 * fit)];
            if fit <= 0.0 {
                anew += 1;
                others = visible
                    .iter()
                    .filter(|binding| binding.name != "self" && free.name != "self" && anew <= MOST_NAMES)
                    .map(|binding| (binding.name.as_str(), 0.6 * free.of.fit(&binding.of)))
                    .filter(|(_, fit)| *fit > 0.0)
                    .collect();
                others.sort_by(|left, right| right.1.total_cmp(&left.1));
            }
            ways = ways.iter().flat_map(|way| extended(way, &others)).take(MOST_WAYS).collect();
        }
        ways.into_iter().map(|(way, weight)| (self.renamed(&way), weight)).collect()
    }

    /// Whether it is a part of `code` itself.
    pub(super) fn is_of(&self, code: &Code) -> bool {
        self.from.body == code.body && *self.from.file == *code.file
    }

    /// The text with two of its names exchanged.
    pub(super) fn exchanged(&self) -> Vec<String> {
        let names: Vec<String> = self.free.iter().map(|free| free.name.clone()).collect();
        let mut found = Vec::new();
        for (left, one) in self.free.iter().enumerate().take(MOST_NAMES + 1) {
            for (right, other) in self.free.iter().enumerate().take(MOST_NAMES + 1).skip(left + 1) {
                if one.of.fit(&other.of) >= 1.0 && one.name != "self" && other.name != "self" {
                    let mut way = names.clone();
                    way.swap(left, right);
                    found.push(self.renamed(&way));
                }
            }
        }
        found
    }

    fn renamed(&self, way: &[String]) -> String {
        let places = self.free.iter().zip(way).filter(|(free, other)| free.name != **other);
        let mut changes: Vec<(Range<usize>, String)> = places
            .flat_map(|(free, other)| free.places.iter().map(move |place| (place.clone(), other.clone())))
            .collect();
        changes.sort_by_key(|(range, _)| range.start);
        spliced(&self.from.file, self.range.clone(), &changes).unwrap_or_default()
    }
}

fn extended(way: &(Vec<String>, f64), others: &[(&str, f64)]) -> Vec<(Vec<String>, f64)> {
    let (names, weight) = way;
    let with = |(other, fit): &(&str, f64)| {
        let names = names.iter().cloned().chain([(*other).to_owned()]).collect();
        (names, weight * fit)
    };
    others.iter().take(MOST_WAYS).map(with).collect()
}

fn free_names(code: &Code, part: &Range<usize>) -> Vec<Free> {
    let mut names: Vec<Free> = Vec::new();
    let inside =
        code.nodes.iter().filter(|node| part.start <= node.range.start && node.range.end <= part.end);
    for node in inside {
        let (Kind::Name(name), Some(binding)) = (&node.kind, node.binding) else { continue };
        // Without a binding it is an item; a binding whose scope starts inside is the part's own.
        if code.bindings[binding].scope.start > part.start {
            continue;
        }
        match names.iter_mut().find(|known| known.name == *name) {
            Some(known) => known.places.push(node.range.clone()),
            None => {
                names.push(Free { name: name.clone(), of: node.of.clone(), places: vec![node.range.clone()] })
            }
        }
    }
    names
}

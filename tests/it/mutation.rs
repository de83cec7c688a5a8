//! Texts that were accepted once, changed by chance: what readers of text have to bear.

use proptest::prelude::{Strategy, any, prop};
use proptest::sample::Index;

/// A change: where, from where, how much, of which kind, and a letter.
type Change = (Index, Index, usize, Kind, char);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Replaced,
    Doubled,
    Removed,
    Written,
}

/// One of these texts with up to so many pieces replaced, removed, doubled or brought from another place.
pub(crate) fn mutated(texts: Vec<&'static str>, changes: usize) -> impl Strategy<Value = String> {
    let kinds = vec![Kind::Replaced, Kind::Doubled, Kind::Removed, Kind::Written];
    let place = any::<Index>();
    let change = (place.clone(), place, 0_usize..40, prop::sample::select(kinds), any::<char>());
    let changes = prop::collection::vec(change, 1..=changes);
    (prop::sample::select(texts), changes).prop_map(|(text, changes)| {
        let mut letters: Vec<char> = text.chars().collect();
        for change in changes {
            apply(&mut letters, change);
        }
        letters.into_iter().collect()
    })
}

fn apply(letters: &mut Vec<char>, (at, from, length, kind, letter): Change) {
    let (at, from) = (at.index(letters.len()), from.index(letters.len()));
    let end = (at + length).min(letters.len());
    let piece: Vec<char> = letters[from..(from + length).min(letters.len())].to_vec();
    match kind {
        Kind::Replaced => letters.splice(at..end, piece).for_each(drop),
        Kind::Doubled => letters.splice(at..at, piece).for_each(drop),
        Kind::Removed => letters.splice(at..end, []).for_each(drop),
        Kind::Written => letters.splice(at..end, [letter]).for_each(drop),
    }
    // The next change needs a place.
    if letters.is_empty() {
        letters.push('x');
    }
}

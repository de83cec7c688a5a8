//! The roles of a service.

use std::ops::Range;

use super::lexicon::{self, PLAIN_ROLES};
use super::noun;
use super::permission::{Permission, Strength, Subject};
use super::sentence::{Mark, Sentence};
use crate::spec::service::{Use, is_name};

const MOST_ROLES: usize = 20;

/// Roles besides `admin`, and the words that ask for them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Roles {
    /// In order; who registers gets the first.
    pub(super) names: Vec<String>,
    /// The words they come from; none are the default.
    pub(super) words: Option<String>,
    /// Whether a role for who registers was put before those that were named.
    pub(super) has_plain: bool,
}

/// Reads `roles admin and editor`, `admin and editor roles`, `roles`.
pub(super) fn roles(sentence: &mut Sentence, permissions: &[Permission]) -> Roles {
    let mut named: Vec<String> = Vec::new();
    let mut words = None;
    if let Some((range, _)) = sentence.find(["user roles", "roles", "role"]) {
        let range = list(sentence, range, &mut named);
        words = Some(sentence.take(range));
    }
    for permission in permissions {
        for subject in &permission.subjects {
            let Subject::Role(role) = subject else { continue };
            if !named.contains(role) && named.len() < MOST_ROLES {
                named.push(role.clone());
                words = words.or_else(|| Some(permission.words.clone()));
            }
        }
    }
    named.retain(|role| role != "admin");
    // What only some may do is not for whoever registers.
    let few = |role: &String| {
        let only = permissions.iter().filter(|one| one.strength == Strength::OnlyThey);
        only.into_iter().any(|one| one.subjects.contains(&Subject::Role(role.clone())))
    };
    let plain = named.iter().position(|role| PLAIN_ROLES.contains(&role.as_str()) && !few(role));
    match plain {
        Some(at) => named[..=at].rotate_right(1),
        None => named.insert(0, "member".to_owned()),
    }
    named.truncate(MOST_ROLES);
    let has_plain = plain.is_none() && named.len() > 1;
    Roles { names: named, words, has_plain }
}

/// Reads the names behind the word `roles`, or, where there are none, those before it.
fn list(sentence: &Sentence, range: Range<usize>, named: &mut Vec<String>) -> Range<usize> {
    let mut at = range.end;
    if let Some((skipped, _)) = sentence.phrases_at(at, ["such as", "like", "named", "called", "of"]) {
        at = skipped.end;
    }
    at += usize::from(matches!(sentence.written(at), ":" | "("));
    let (first, mut end) = (at, range.end);
    while named.len() < MOST_ROLES {
        let Some(role) = role(sentence, at) else { break };
        if at > first && noun::is_plural(sentence.any(at)) && !noun::is_plural(sentence.any(first)) {
            break;
        }
        named.push(role);
        end = at + 1;
        at = end;
        while sentence.mark(at) == Mark::Comma || ["and", "or"].contains(&sentence.word(at)) {
            at += 1;
        }
        if at == end {
            break;
        }
    }
    let start = if named.is_empty() { before(sentence, range.start, named) } else { range.start };
    start..end
}

/// Reads names that end before a place, such as those of `admin and editor roles`.
fn before(sentence: &Sentence, mut start: usize, named: &mut Vec<String>) -> usize {
    let mut at = start;
    while let Some(role) = at.checked_sub(1).and_then(|at| role(sentence, at)) {
        named.insert(0, role);
        start = at - 1;
        let divided = start
            .checked_sub(1)
            .is_some_and(|at| sentence.mark(at) == Mark::Comma || ["and", "or"].contains(&sentence.word(at)));
        if !divided {
            break;
        }
        at = start - 1;
    }
    start
}

pub(super) fn role(sentence: &Sentence, at: usize) -> Option<String> {
    let word = sentence.word(at);
    let name = noun::singular(word);
    let fits = !lexicon::is_filler(word)
        && !lexicon::NO_ROLES.contains(&word)
        && (name == "admin" || is_name(&name, Use::Role));
    fits.then_some(name)
}

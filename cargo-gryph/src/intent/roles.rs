//! Roles, and which of them may do what.

use std::ops::Range;

use super::entity::{EntityDraft, Known};
use super::lexicon::{self, DEEDS, PLAIN_ROLES};
use super::noun;
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

/// A sentence about who may do what, before it is known what is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Permission {
    subject: Subject,
    deeds: Vec<&'static str>,
    object: Vec<String>,
    /// Where the words of the object begin.
    pub(super) object_at: usize,
    words: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Subject {
    /// Whoever logged in.
    People,
    /// Whoever there is.
    Public,
    /// People with a role; `admin` is one.
    Role(String),
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
        if let Subject::Role(role) = &permission.subject
            && !named.contains(role)
            && named.len() < MOST_ROLES
        {
            named.push(role.clone());
            words = words.or_else(|| Some(permission.words.clone()));
        }
    }
    named.retain(|role| role != "admin");
    let plain = named.iter().position(|role| PLAIN_ROLES.contains(&role.as_str()));
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

fn role(sentence: &Sentence, at: usize) -> Option<String> {
    let word = sentence.word(at);
    let name = noun::singular(word);
    let fits = !lexicon::is_filler(word) && (name == "admin" || is_name(&name, Use::Role));
    fits.then_some(name)
}

/// Reads `only editors can delete posts`; what is said to be possible for people who log in is so anyway.
pub(super) fn permissions(sentence: &mut Sentence) -> Vec<Permission> {
    let mut found = Vec::new();
    for at in 1..sentence.len() {
        let verbs = ["can only", "may only", "can", "may", "are allowed to", "is allowed to"];
        let Some((verb, _)) = sentence.phrases_at(at, verbs) else { continue };
        found.extend(permission(sentence, verb));
    }
    found
}

fn permission(sentence: &mut Sentence, verb: Range<usize>) -> Option<Permission> {
    let subject_at = verb.start - 1;
    let subject = match sentence.word(subject_at) {
        "users" | "user" | "people" | "they" | "members" | "you" | "we" | "i" | "owners" => Subject::People,
        "anyone" | "everyone" | "anybody" | "everybody" | "visitors" => Subject::Public,
        "admins" | "administrators" | "administrator" => Subject::Role("admin".to_owned()),
        _ => Subject::Role(role(sentence, subject_at)?),
    };
    let mut deeds: Vec<&'static str> = Vec::new();
    let mut at = verb.end;
    while let Some((_, keys)) = DEEDS.iter().find(|(word, _)| *word == sentence.word(at)) {
        deeds.extend(keys.iter().copied());
        at += 1;
        let next = at + usize::from(sentence.mark(at) == Mark::Comma);
        let next = next + usize::from(["and", "or"].contains(&sentence.word(next)));
        let goes_on = DEEDS.iter().any(|(word, _)| *word == sentence.word(next));
        if next == at || !goes_on {
            break;
        }
        at = next;
    }
    while ["the", "a", "an", "all", "their", "own", "any", "new"].contains(&sentence.word(at)) {
        at += 1;
    }
    let start = at;
    while at - start < 3
        && !sentence.word(at).is_empty()
        && sentence.word(at).is_ascii()
        && !lexicon::is_filler(sentence.word(at))
    {
        at += 1;
        if noun::is_plural(sentence.any(at - 1)) {
            break;
        }
    }
    if deeds.is_empty() || at == start {
        return None;
    }
    let object = (start..at).map(|at| sentence.word(at).to_owned()).collect();
    let only = subject_at.checked_sub(1).filter(|at| sentence.word(*at) == "only").unwrap_or(subject_at);
    deeds.sort_unstable();
    deeds.dedup();
    let words = sentence.words(only..at);
    sentence.take(only..start);
    Some(Permission { subject, deeds, object, object_at: start, words })
}

/// Gives the entities what is said of them. What nothing else names is an entity, too.
pub(super) fn apply(
    permissions: Vec<Permission>,
    entities: &mut Vec<EntityDraft>,
    known: &[Known],
) -> Vec<(String, &'static str)> {
    let mut lost = Vec::new();
    for permission in permissions {
        let object: Vec<&str> = permission.object.iter().map(String::as_str).collect();
        let Some(names) = noun::entity(&object) else {
            lost.push((permission.words, "nothing can be kept under that name"));
            continue;
        };
        if known.iter().any(|one| one.is_called(&names.0) || one.is_called(&names.1)) {
            lost.push((permission.words, "it exists already: edit the project's gryph.toml"));
            continue;
        }
        let index = entities.iter().position(|one| one.name == names.0).unwrap_or_else(|| {
            entities.push(EntityDraft::new(names, permission.words.clone()));
            entities.len() - 1
        });
        let entity = &mut entities[index];
        for deed in permission.deeds {
            let who = match &permission.subject {
                Subject::People => continue,
                // Nobody changes anything without logging in.
                Subject::Public if deed != "read" || entity.owned.is_some() => {
                    lost.push((permission.words.clone(), "nobody may do that without logging in"));
                    continue;
                }
                Subject::Public => "public".to_owned(),
                Subject::Role(role) => role.clone(),
            };
            let words = permission.words.clone();
            match entity.permissions.iter_mut().find(|(key, ..)| *key == deed) {
                Some((_, roles, _)) if !roles.contains(&who) && who != "public" => {
                    roles.retain(|role| role != "public");
                    roles.push(who);
                }
                Some(_) => {}
                None => entity.permissions.push((deed, vec![who], words)),
            }
        }
    }
    lost
}

//! How entities belong together: which have which, and which field leads to which.

use super::entity::{Entities, MOST_FIELDS, MOST_WORDS, Mode};
use super::field::FieldDraft;
use super::field_type::FieldKind;
use super::sentence::Mark;
use super::{lexicon, noun};

impl Entities<'_> {
    /// Gives an entity a reference to another, unless it has a field of that name.
    pub(super) fn refer(&mut self, from: usize, to: &str) {
        let words = format!("{} … {}", to, self.found[from].words);
        let fields = &mut self.found[from].fields;
        let column = format!("{to}_id");
        if fields.len() < MOST_FIELDS && fields.iter().all(|one| one.name != to && one.name != column) {
            let mut field = FieldDraft::text(to, 1, &words);
            (field.kind, field.max) = (FieldKind::Reference(to.to_owned()), None);
            fields.push(field);
        }
    }

    /// `an invoice has a number and an amount`, `posts have many comments`.
    pub(super) fn had(&mut self) {
        for at in 1..self.sentence.len() {
            let verbs =
                ["has many", "have many", "has", "have", "consists of", "contains", "contain", "includes"];
            let Some((range, verb)) = self.sentence.phrases_at(at, verbs) else { continue };
            let Some(owner) = self.named_before(at) else { continue };
            let fields = self.found[owner].fields.len();
            let found = self.found.len();
            if verb.ends_with("many") {
                let parent = self.found[owner].name.clone();
                if let Some((child, _)) = self.entity(range.end).filter(|(child, _)| *child != owner) {
                    self.refer(child, &parent);
                    self.sentence.take(range);
                }
                continue;
            }
            self.list(range.end, Mode::Fields { first: true, bracket: false }, Some(owner));
            if self.found[owner].fields.len() > fields || self.found.len() > found {
                self.sentence.take(range);
            }
        }
    }

    /// The entity whose words end before a place; a new one where the words are still to be read.
    fn named_before(&mut self, at: usize) -> Option<usize> {
        for length in (1..=MOST_WORDS.min(at)).rev() {
            let words: Vec<String> = (at - length..at).map(|at| self.sentence.any(at).to_owned()).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if words.iter().any(|word| word.is_empty() || lexicon::is_filler(word)) {
                continue;
            }
            let Some(names) = noun::entity(&words) else { continue };
            if let Some(index) = self.found.iter().position(|one| one.name == names.0) {
                self.sentence.take(at - length..at);
                return Some(index);
            }
            let article =
                ["a", "an", "each", "every"].contains(&self.sentence.any(at.wrapping_sub(length + 1)));
            let free = (at - length..at).all(|at| !self.sentence.word(at).is_empty());
            if (article || noun::is_plural(words[words.len() - 1])) && free {
                let index = self.add(names, at - length..at)?;
                self.sentence.take(at - length..at);
                return Some(index);
            }
        }
        None
    }

    /// `comments belong to posts`.
    pub(super) fn belong(&mut self) {
        for at in 1..self.sentence.len() {
            let verbs = ["belongs to", "belong to"];
            let Some((range, _)) = self.sentence.phrases_at(at, verbs) else { continue };
            let Some(child) = self.named_before(at) else { continue };
            if self.belong_to_users(child, range.end) {
                self.sentence.take(range);
                continue;
            }
            let Some((_, target)) = self.noun(range.end) else {
                // The words of an entity that was named before have been read.
                let end = (range.end..range.end + 3).find(|at| self.sentence.is_read(*at));
                let Some(end) = end else { continue };
                let Some(name) = noun::entity(&[self.sentence.any(end)]) else { continue };
                if self.found.iter().any(|one| one.name == name.0) {
                    self.refer(child, &name.0);
                    self.sentence.take(range);
                }
                continue;
            };
            let words: Vec<String> = target.clone().map(|at| self.sentence.word(at).to_owned()).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let Some(names) = noun::entity(&words) else { continue };
            let exists = self.known.iter().any(|one| one.name == names.0)
                || self.found.iter().any(|one| one.name == names.0);
            if exists || self.add(names.clone(), target.clone()).is_some() {
                self.refer(child, &names.0);
                self.sentence.take(range.start..target.end);
                self.belong_to_users(child, target.end);
            }
        }
    }

    /// `… and to their users`: rows that belong to users are owned. Users have been read before.
    fn belong_to_users(&mut self, child: usize, mut at: usize) -> bool {
        let start = at;
        let before = ["and", "to", "a", "an", "the", "their", "its", "one", "each", "some", "exactly"];
        while before.contains(&self.sentence.any(at)) {
            at += 1;
        }
        let are = ["user", "users", "owner", "owners"].contains(&self.sentence.any(at));
        if are {
            let words = self.sentence.take(start..at + 1);
            self.found[child].owned.get_or_insert(words);
        }
        are
    }

    /// `a manager, who is an employee`: the last field of an entity refers to what it is said to be.
    pub(super) fn is_one(&mut self, at: usize, of: usize) -> Option<usize> {
        let start = at + usize::from(self.sentence.mark(at) == Mark::Comma);
        let phrases = ["who is a", "who is an", "which is a", "which is an", "that is a", "that is an"];
        let (range, _) = self.sentence.phrases_at(start, phrases)?;
        let end = (range.end + 1..range.end + 1 + MOST_WORDS).rev().find_map(|end| {
            let words: Vec<&str> = (range.end..end).map(|at| self.sentence.any(at)).collect();
            let names = noun::entity(&words)?;
            let known = self.known.iter().any(|one| one.name == names.0);
            (known || self.found.iter().any(|one| one.name == names.0)).then_some((end, names.0))
        });
        let (end, target) = end?;
        let field = self.found[of].fields.last_mut()?;
        (field.kind, field.guessed, field.max) = (FieldKind::Reference(target), false, None);
        self.sentence.take(at..end);
        Some(end)
    }

    /// What is named again is understood.
    pub(super) fn mentions(&mut self) {
        for at in 0..self.sentence.len() {
            let Some((own, range)) = self.noun(at) else { continue };
            let words: Vec<String> = range.clone().map(|at| self.sentence.word(at).to_owned()).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let named =
                noun::entity(&words).is_some_and(|names| self.found.iter().any(|one| one.name == names.0));
            if named && own.is_none() {
                self.sentence.take(range);
            }
        }
    }

    /// Fields that are called like an entity refer to it; a circle of references has an optional one.
    pub(super) fn resolve(&mut self) {
        let mut names: Vec<String> = self.found.iter().map(|one| one.name.clone()).collect();
        names.extend(self.known.iter().map(|one| one.name.clone()));
        let mut edges: Vec<(String, String)> = Vec::new();
        for entity in &mut self.found {
            for field in &mut entity.fields {
                if field.is_called_only() && names.contains(&field.name) {
                    (field.kind, field.guessed) = (FieldKind::Reference(field.name.clone()), false);
                    field.max = None;
                }
                let FieldKind::Reference(target) = &field.kind else { continue };
                if reaches(&edges, target, &entity.name) {
                    field.optional = true;
                } else if !field.optional {
                    edges.push((entity.name.clone(), target.clone()));
                }
            }
        }
    }
}

/// Whether references lead from one entity to another.
fn reaches(edges: &[(String, String)], from: &str, to: &str) -> bool {
    let mut open = vec![from.to_owned()];
    let mut seen: Vec<String> = Vec::new();
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if !seen.contains(&name) {
            open.extend(edges.iter().filter(|(one, _)| *one == name).map(|(_, other)| other.clone()));
            seen.push(name);
        }
    }
    false
}

//! Entities: what a sentence says is kept, with fields where it names them.

use std::ops::Range;

use super::field::{FieldDraft, field, one_time};
use super::field_type::{FieldKind, known};
use super::lexicon::{self, KEEPS, OWN};
use super::noun;
use super::sentence::{Mark, Sentence};

/// Entities and fields of one that are drafted; what is named beyond them is told as not understood.
const MOST_ENTITIES: usize = 20;
pub(super) const MOST_FIELDS: usize = 30;
/// Words of one name.
pub(super) const MOST_WORDS: usize = 3;

/// An entity that a sentence names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct EntityDraft {
    pub(super) name: String,
    pub(super) plural: String,
    /// The words it comes from.
    pub(super) words: String,
    /// The words that say that rows have owners, an audit trail, or stay when they are deleted.
    pub(super) owned: Option<String>,
    pub(super) audit: Option<String>,
    pub(super) soft_delete: Option<String>,
    /// Who may do what, with the words that say it.
    pub(super) permissions: Vec<(&'static str, Vec<String>, String)>,
    pub(super) fields: Vec<FieldDraft>,
}

impl EntityDraft {
    pub(super) fn new((name, plural): (String, String), words: String) -> Self {
        Self {
            name,
            plural,
            words,
            owned: None,
            audit: None,
            soft_delete: None,
            permissions: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Whether its rows would say nothing: all that they have leads to one other. (What leads to two joins them.)
    pub(super) fn says_nothing(&self) -> bool {
        let leads = |field: &FieldDraft| matches!(field.kind, FieldKind::Reference(_));
        self.fields.len() < 2 && self.fields.iter().all(leads)
    }
}

/// An entity that exists already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) plural: String,
}

impl Known {
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.plural == name
    }
}

/// What stands before the kind, `a notes app`, where fields stand behind it.
pub(super) struct Before {
    pub(super) entity: EntityDraft,
    /// Where the fields begin.
    pub(super) at: usize,
}

/// Where fields begin behind a place, if not more entities do.
pub(super) fn fields_behind(sentence: &Sentence, at: usize) -> Option<usize> {
    let (range, _) = sentence.phrases_at(at, HAVING)?;
    let mut copy = sentence.clone();
    let entities = Entities { sentence: &mut copy, known: &[], found: Vec::new() };
    (!entities.reads_as_entity(range.end)).then_some(range.end)
}

/// Whether words stand at a place that fields follow.
pub(super) fn fields_follow(sentence: &Sentence, at: usize) -> bool {
    sentence.phrases_at(at, HAVING).is_some()
}

/// Words that fields follow.
const HAVING: [&str; 8] =
    ["with", "having", "that have", "that has", "which have", "which has", "each with", "including"];

/// Words before a noun that say nothing of it.
const DETERMINERS: &[&str] = &[
    "a", "an", "the", "some", "their", "its", "all", "each", "every", "new", "many", "several", "multiple",
    "any",
];

/// What the list is made of that is being read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Entities,
    /// Before any field, as directly behind `with`, or further on.
    Fields {
        first: bool,
        bracket: bool,
    },
}

/// Reads entities out of a sentence.
pub(super) struct Entities<'s> {
    pub(super) sentence: &'s mut Sentence,
    /// Entities that exist already, which may be referred to.
    pub(super) known: &'s [Known],
    pub(super) found: Vec<EntityDraft>,
}

/// The entities of a sentence; `known` are those that exist already, and at `starts` more begin than words tell.
pub(super) fn entities(
    sentence: &mut Sentence,
    known: &[Known],
    before: Option<Before>,
    starts: &[usize],
) -> Vec<EntityDraft> {
    let mut entities = Entities { sentence, known, found: Vec::new() };
    if let Some(Before { entity, at }) = before {
        entities.found.push(entity);
        entities.list(at, Mode::Fields { first: true, bracket: false }, Some(0));
    }
    // What stands before the first of them has its fields there.
    let first = starts.iter().copied().min().unwrap_or(0);
    entities.lists(first);
    for start in starts {
        entities.list(*start, Mode::Entities, None);
    }
    entities.lists(entities.sentence.len());
    entities.clauses();
    entities.had();
    entities.belong();
    entities.resolve();
    entities.mentions();
    entities.found
}

impl Entities<'_> {
    /// Reads the lists behind words such as `manages` and `for` that stand before a place.
    fn lists(&mut self, end: usize) {
        for at in 0..end {
            let word = self.sentence.word(at);
            let weak = lexicon::is_filler(word);
            let of_many = word != "of" || (at > 0 && lexicon::MANY.contains(&self.sentence.any(at - 1)));
            let goes_on = word == "with" || self.found.is_empty();
            if !KEEPS.contains(&word) || (weak && !goes_on) || !of_many {
                continue;
            }
            // What follows may be a part of something that is not understood.
            let early = weak && end < self.sentence.len();
            if (word == "with" || early) && !self.reads_as_entity(at + 1) {
                continue;
            }
            let before = self.found.len();
            let colon = usize::from(self.sentence.written(at + 1) == ":");
            self.list(at + 1 + colon, Mode::Entities, None);
            if self.found.len() > before {
                self.sentence.take(at..at + 1);
            }
        }
    }

    /// Reads what a clause begins with: `…; members with an email`.
    fn clauses(&mut self) {
        for at in 1..self.sentence.len() {
            let Some((_, range)) = self.noun(at).filter(|_| self.sentence.mark(at - 1) == Mark::Stop) else {
                continue;
            };
            if noun::is_plural(self.sentence.word(range.end - 1)) && self.has_fields(range.end) {
                self.list(at, Mode::Entities, None);
            }
        }
    }

    /// Reads a list of entities and their fields.
    pub(super) fn list(&mut self, mut at: usize, mut mode: Mode, mut owner: Option<usize>) {
        let mut plural = false;
        loop {
            let end = match (mode, owner) {
                (Mode::Fields { first, bracket }, Some(of)) => {
                    if !bracket && self.reads_as_entity(at) {
                        let parent = self.found[of].name.clone();
                        let Some((entity, end)) = self.entity(at) else { return };
                        if first {
                            self.refer(entity, &parent);
                        }
                        if self.has_fields(end) {
                            (owner, mode) = (Some(entity), Mode::Entities);
                        }
                        end
                    } else {
                        let Some(end) = self.field(at, of) else { return };
                        mode = Mode::Fields { first: false, bracket };
                        end
                    }
                }
                _ => {
                    if owner.is_some() && !self.may_go_on(at, plural) {
                        return;
                    }
                    let Some((entity, end)) = self.entity(at) else { return };
                    plural |= noun::is_plural(self.sentence.any(end - 1));
                    owner = Some(entity);
                    end
                }
            };
            let Some((next, then)) = self.follows(end, mode) else { return };
            (at, mode) = (next, then);
        }
    }

    /// Whether an item may be another entity of a list: it is a plural, has an article, an owner or fields, or stands before
    /// one that has; behind an `and`, or where no plural came before, it may be any noun. `notes, fast and simple` names
    /// one entity.
    fn may_go_on(&self, mut at: usize, plural: bool) -> bool {
        let free = !plural || ["and", "or", "plus"].contains(&self.sentence.any(at - 1));
        while let Some((own, range)) = self.noun(at) {
            let last = self.sentence.word(range.end - 1);
            let marked = own.is_some()
                || DETERMINERS.contains(&self.sentence.word(at))
                || noun::is_plural(last)
                || self.has_fields(range.end);
            if marked || free || lexicon::is_manner(last) {
                return marked || !lexicon::is_manner(last);
            }
            at = self.behind_commas(range.end);
            if at == range.end {
                return false;
            }
        }
        false
    }

    /// Where a list goes on behind an item, and what follows.
    fn follows(&mut self, at: usize, mode: Mode) -> Option<(usize, Mode)> {
        let fields = Mode::Fields { first: true, bracket: false };
        if let Some((range, _)) = self.sentence.phrases_at(at, HAVING) {
            let then = if mode == Mode::Entities { fields } else { mode };
            return Some((self.behind_commas(range.end), then));
        }
        if let Some(end) = self.behind_denied(at) {
            return Some((end, if mode == Mode::Entities { fields } else { mode }));
        }
        match self.sentence.mark(at) {
            Mark::Open if mode == Mode::Entities => {
                Some((at + 1, Mode::Fields { first: true, bracket: true }))
            }
            Mark::Close if matches!(mode, Mode::Fields { bracket: true, .. }) => {
                let at = at + 1;
                let goes_on = self.sentence.mark(at) == Mark::Comma || self.sentence.word(at) == "and";
                goes_on.then(|| (self.behind_commas(at), Mode::Entities))
            }
            Mark::Comma => Some((self.behind_commas(at), mode)),
            Mark::Word if ["and", "or", "plus"].contains(&self.sentence.word(at)) => {
                Some((self.behind_commas(at), mode))
            }
            Mark::Word | Mark::Open | Mark::Close | Mark::Stop => None,
        }
    }

    /// Where a list goes on behind what is not wanted: `…, without an engine but with a colour`.
    fn behind_denied(&self, at: usize) -> Option<usize> {
        let start = self.behind_commas(at);
        let end = (start..self.sentence.len()).find(|at| !self.sentence.is_denied(*at))?;
        let but = end + usize::from(self.sentence.word(end) == "but");
        (end > start).then(|| self.sentence.phrases_at(but, HAVING)).flatten().map(|(range, _)| range.end)
    }

    /// Whether fields follow directly.
    fn has_fields(&self, at: usize) -> bool {
        self.sentence.mark(at) == Mark::Open || self.sentence.phrases_at(at, HAVING).is_some()
    }

    fn behind_commas(&self, mut at: usize) -> usize {
        while self.sentence.mark(at) == Mark::Comma || ["and", "or", "plus"].contains(&self.sentence.word(at))
        {
            at += 1;
        }
        at
    }

    /// The words of a noun at a place: what owns it, and the noun itself.
    pub(super) fn noun(&self, at: usize) -> Option<(Option<usize>, Range<usize>)> {
        let mut start = at;
        let mut own = None;
        loop {
            let word = self.sentence.word(start);
            let joined = start > at
                && ["and", "or"].contains(&word)
                && lexicon::says_who_may(self.sentence.word(start - 1))
                && !self.sentence.word(start + 1).is_empty();
            if OWN.contains(&word) {
                own = Some(start);
            } else if joined {
                // `private and public notes`: what stands before a noun stays to be told.
                start += 1;
            } else if !lexicon::closes(word) && !DETERMINERS.contains(&word) {
                break;
            }
            start += 1;
        }
        let mut end = start;
        while end - start < MOST_WORDS {
            let word = self.sentence.word(end);
            let plain = word.is_ascii() && word.starts_with(|letter: char| letter.is_ascii_alphabetic());
            let verb = end > start && (word.ends_with("ed") || word.ends_with("ing"));
            let people = word == "people" && end == start && at > 0 && {
                let before = self.sentence.any(at - 1);
                KEEPS.contains(&before) && !lexicon::is_filler(before)
            };
            let nothing = lexicon::NO_NOUNS.contains(&word);
            if !plain
                || (lexicon::is_filler(word) && !people)
                || verb
                || nothing
                || self.begins_something(end)
            {
                break;
            }
            end += 1;
            if noun::is_plural(word) {
                break;
            }
        }
        // `visible` says who sees what is kept, and is nothing to keep.
        let named = end > start && !lexicon::says_who_may(self.sentence.word(end - 1));
        named.then_some((own, start..end))
    }

    /// Whether a verb that a list follows stands here: `manages tags`.
    fn begins_something(&self, at: usize) -> bool {
        let word = self.sentence.word(at);
        KEEPS.contains(&word)
            && !self.sentence.word(at + 1).is_empty()
            && !["store", "track", "list"].contains(&word)
            || ["belong", "belongs", "whose"].contains(&word)
    }

    /// Whether an item of a list of fields is rather a kind of rows: a plural without an article.
    fn reads_as_entity(&self, at: usize) -> bool {
        let Some((_, range)) = self.noun(at) else { return false };
        let article = ["a", "an", "the", "one", "optional", "unique"].contains(&self.sentence.word(at));
        let last = self.sentence.word(range.end - 1);
        let counted = (one_time(last).is_some() || known(&[last]).is_some()) && !self.has_fields(range.end);
        !article && noun::is_plural(last) && !counted && self.sentence.word(range.end) != "of"
    }

    /// Reads an entity, known or new.
    pub(super) fn entity(&mut self, at: usize) -> Option<(usize, usize)> {
        let (own, range) = self.noun(at)?;
        let words: Vec<String> = range.clone().map(|at| self.sentence.word(at).to_owned()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let names = noun::entity(&words)?;
        let index = match self.found.iter().position(|one| one.name == names.0) {
            Some(index) => index,
            None => self.add(names, range.clone())?,
        };
        self.sentence.take(range.clone());
        if let Some(own) = own {
            let words = self.sentence.take(own..own + 1);
            self.found[index].owned = Some(words);
        }
        Some((index, range.end))
    }

    pub(super) fn add(&mut self, names: (String, String), range: Range<usize>) -> Option<usize> {
        let taken = |name: &String| {
            self.known.iter().any(|one| one.is_called(name))
                || self.found.iter().any(|one| one.name == *name || one.plural == *name)
        };
        if self.found.len() >= MOST_ENTITIES || taken(&names.0) || taken(&names.1) {
            return None;
        }
        let words = self.sentence.words(range);
        self.found.push(EntityDraft::new(names, words));
        Some(self.found.len() - 1)
    }

    /// Reads a field of an entity.
    fn field(&mut self, at: usize, of: usize) -> Option<usize> {
        if self.found[of].fields.len() >= MOST_FIELDS {
            return None;
        }
        let mut trial = self.sentence.clone();
        let (draft, end) = field(&mut trial, at, &self.found[of].name)?;
        let fields = &mut self.found[of].fields;
        let clashes = |one: &FieldDraft| {
            one.name == draft.name
                || one.name == format!("{}_id", draft.name)
                || draft.name == format!("{}_id", one.name)
        };
        if fields.iter().any(clashes) {
            return None;
        }
        *self.sentence = trial;
        fields.push(draft);
        Some(self.is_one(end, of).unwrap_or(end))
    }
}

/// Whether a sentence without a word for its kind begins with what is kept: `bookmarks with a url`, `private notes`.
pub(super) fn begins_bare(sentence: &Sentence) -> bool {
    // `Track expenses` begins with a verb, behind which the list is read.
    let verb = sentence.word(0);
    if KEEPS.contains(&verb) && !noun::is_plural(verb) && !sentence.word(1).is_empty() {
        return false;
    }
    let mut copy = sentence.clone();
    let entities = Entities { sentence: &mut copy, known: &[], found: Vec::new() };
    let Some((own, range)) = entities.noun(0) else { return false };
    let last = entities.sentence.word(range.end - 1);
    own.is_some() || noun::is_plural(last) || fields_behind(sentence, range.end).is_some()
}

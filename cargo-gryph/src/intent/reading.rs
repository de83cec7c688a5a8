//! The rules in their order: from the words of a sentence to what it asks for.

use std::ops::Range;

use super::access;
use super::entity::{Before, EntityDraft, Known, begins_bare, entities, fields_behind};
use super::lexicon as words;
use super::noun;
use super::permission::{self, Permission};
use super::project::{self, Because, Said};
use super::question::FunctionDraft;
use super::roles::{self, Roles};
use super::sentence::{Mark, Sentence};
use crate::spec::service::{Database, Scalability, Security};
use crate::spec::{Architecture, Kind, Spec};

const NO_TASK: &str = "a task calls a function, whose examples no sentence gives: write a [[task]]";
const NO_SECRET: &str = "no entity keeps secrets; accounts have theirs hashed";

const ONE_ARCHITECTURE: &str = "a project has one architecture, and another was named first";
const NO_LIMIT: &str = "how many rows each user may have is no rule of an entity";

/// What a sentence asks for.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) kind: Said<Kind>,
    pub(super) name: Said<String>,
    pub(super) summary: String,
    pub(super) architecture: Said<Architecture>,
    pub(super) security: Said<Security>,
    pub(super) database: Option<Said<Database>>,
    pub(super) scalability: Option<Said<Scalability>>,
    /// The words that ask for NATS, where it can be had.
    pub(super) nats: Option<String>,
    pub(super) roles: Roles,
    pub(super) entities: Vec<EntityDraft>,
    /// The words that ask for a socket.
    pub(super) live: Option<String>,
    /// What functions are to do, in the sentence's words.
    pub(super) deeds: String,
    pub(super) functions: Vec<FunctionDraft>,
    /// What every project of this kind has.
    pub(super) given: Vec<String>,
    /// What was understood and is not drafted, and why.
    pub(super) left_out: Vec<(String, &'static str)>,
    /// What was not understood.
    pub(super) rest: Vec<String>,
    /// The project that it goes into, where there is one.
    pub(super) into: Option<Into>,
}

/// What of a project matters to what is added to it.
#[derive(Clone, Debug)]
pub(super) struct Into {
    /// Its specification.
    pub(super) base: String,
    pub(super) kind: Kind,
    pub(super) architecture: Architecture,
    pub(super) security: Security,
    pub(super) roles: Vec<String>,
    pub(super) entities: Vec<Known>,
    pub(super) routes: Vec<String>,
}

impl Into {
    pub(super) fn of(base: &str, spec: &Spec) -> Self {
        let service = spec.service.as_ref();
        let settings = service.map(|service| &service.settings);
        let entities = service.map(|service| service.entities.as_slice()).unwrap_or_default();
        let sockets = service.map(|service| service.sockets.as_slice()).unwrap_or_default();
        Self {
            base: base.to_owned(),
            kind: spec.project.kind,
            architecture: spec.project.architecture,
            security: settings.map_or(Security::Medium, |settings| settings.security),
            roles: settings
                .map(|settings| settings.roles.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            entities: entities
                .iter()
                .map(|one| Known { name: one.name.to_string(), plural: one.plural.to_string() })
                .collect(),
            routes: sockets.iter().map(|one| one.route.to_string()).collect(),
        }
    }
}

/// Reads a sentence on its own, or what it adds to a project.
pub(super) fn read(text: &str, mut sentence: Sentence, into: Option<Into>) -> Intent {
    let of_kind = if into.is_none() { project::kind(&sentence) } else { None };
    let kind = of_kind.as_ref().map(|(kind, _)| *kind).or(into.as_ref().map(|into| into.kind));
    if let Some(kind @ (Kind::Library | Kind::Cli)) = kind {
        return of_functions(text, sentence, kind, of_kind.map(|(_, range)| range), into);
    }
    let mut whole = Whole::read(&mut sentence, of_kind.as_ref());
    let (kind, range) = match of_kind {
        Some((kind, range)) => (Said::words(kind, &sentence.take(range.clone())), Some(range)),
        None => (Said::default_of(Kind::Service, "something is to be kept or served"), None),
    };
    let entities = kept(&mut sentence, &mut whole, range.as_ref(), into.as_ref());
    let marks = (whole.owned.take(), whole.audit.take(), whole.soft_delete.take());
    let accounts = std::mem::take(&mut whole.accounts);
    let subject = whole.subject.take().map(|subject| subject.value_words());
    let mut intent = whole.intent(text, kind, entities, &accounts);
    (intent.rest, intent.into) = (sentence.rest(), into);
    intent.close(&sentence.unread());
    intent.hold_to_project();
    intent.mark(marks.0, marks.1, marks.2);
    intent.profile(&accounts);
    intent.settle(subject);
    intent
}

/// What is said of a service as a whole.
struct Whole {
    name: Option<Said<String>>,
    nats: Option<String>,
    architecture: Option<Said<Architecture>>,
    security: Option<Said<Security>>,
    database: Option<Said<Database>>,
    scalability: Option<Said<Scalability>>,
    owned: Option<String>,
    audit: Option<String>,
    soft_delete: Option<String>,
    permissions: Vec<Permission>,
    accounts: Vec<String>,
    given: Vec<String>,
    roles: Roles,
    subject: Option<Said<&'static str>>,
    live: Option<String>,
    left_out: Vec<(String, &'static str)>,
}

impl Whole {
    /// Reads it, in an order in which no rule takes the words of another.
    fn read(sentence: &mut Sentence, kind: Option<&(Kind, Range<usize>)>) -> Self {
        let name = project::called(sentence);
        let nats = sentence.find(["nats"]).map(|(range, _)| sentence.words(range));
        let architectures = architectures(sentence);
        let architecture = agreeing(sentence, &architectures).or_else(|| pages(sentence, kind));
        let others: Vec<&str> = architectures.iter().map(|(phrase, _)| *phrase).collect();
        let contradicting = if architecture.is_some() { every(sentence, &others) } else { Vec::new() };
        let security = first(sentence, words::SECURITY);
        let database = first(sentence, words::DATABASES);
        let scalability = first(sentence, words::SCALABILITY);
        let limits = all_per_user(sentence);
        let [owned, audit, soft_delete] =
            [words::OWNED, words::AUDIT, words::SOFT_DELETE].map(|phrases| any(sentence, phrases));
        let background = every(sentence, words::BACKGROUND);
        let permissions = permission::permissions(sentence);
        let [accounts, given] = [words::ACCOUNTS, words::GIVEN].map(|phrases| every(sentence, phrases));
        let roles = roles::roles(sentence, &permissions);
        let secrets = every(sentence, words::SECRETS);
        let subject = subject(sentence);
        let live = any(sentence, words::LIVE);
        let live = match &subject {
            Some(Said { value: "room", because: Because::Words(chat) }) => Some(chat.clone()),
            _ => live,
        };
        let tasks = background.into_iter().map(|words| (words, NO_TASK));
        let limits = limits.into_iter().map(|words| (words, NO_LIMIT));
        let contradicting = contradicting.into_iter().map(|words| (words, ONE_ARCHITECTURE));
        let left_out = tasks
            .chain(secrets.into_iter().map(|words| (words, NO_SECRET)))
            .chain(limits)
            .chain(contradicting)
            .collect();
        let event_driven = architecture.as_ref().is_some_and(|one| one.value == Architecture::EventDriven);
        let nats = nats.filter(|_| event_driven);
        Self {
            name,
            nats,
            architecture,
            security,
            database,
            scalability,
            owned,
            audit,
            soft_delete,
            permissions,
            accounts,
            given,
            roles,
            subject,
            live,
            left_out,
        }
    }

    fn intent(self, text: &str, kind: Said<Kind>, entities: Vec<EntityDraft>, accounts: &[String]) -> Intent {
        Intent {
            kind,
            name: self.name.unwrap_or_else(|| Said::default_of(String::new(), "")),
            summary: project::summary(text),
            architecture: self
                .architecture
                .unwrap_or_else(|| Said::default_of(Architecture::Monolith, "nothing asks for another")),
            security: self.security.unwrap_or_else(|| Said::default_of(Security::Medium, "")),
            database: self.database,
            scalability: self.scalability,
            nats: self.nats,
            roles: self.roles,
            entities,
            live: self.live,
            deeds: String::new(),
            functions: Vec::new(),
            given: [accounts, &self.given].concat(),
            left_out: self.left_out,
            rest: Vec::new(),
            into: None,
        }
    }
}

/// What is kept.
fn kept(
    sentence: &mut Sentence,
    whole: &mut Whole,
    kind: Option<&Range<usize>>,
    into: Option<&Into>,
) -> Vec<EntityDraft> {
    let known = into.map(|into| into.entities.as_slice()).unwrap_or_default();
    let mut starts: Vec<usize> =
        whole.permissions.iter().filter_map(|permission| permission.object_at).collect();
    if kind.is_none() && (into.is_some() || begins_bare(sentence)) {
        starts.insert(0, 0);
    }
    let before = before(sentence, kind, whole.subject.as_ref());
    let mut entities = entities(sentence, known, before, &starts);
    let permissions = std::mem::take(&mut whole.permissions);
    let of_project = into.map(|into| into.roles.as_slice());
    let roles = of_project.unwrap_or(&whole.roles.names);
    // What only these sentences name is read with them, so what the kind names is there before.
    if let Some(range) = kind {
        let own = own_before(sentence, range);
        entities.extend(compound(sentence, range, &entities));
        if let (Some(own), [one, ..]) = (own, entities.as_mut_slice()) {
            one.owned.get_or_insert_with(|| sentence.take(own..own + 1));
        }
    }
    whole.left_out.extend(access::apply(&permissions, &mut entities, known, roles));
    if entities.is_empty()
        && let Some(Said { value, because: Because::Words(from) }) = &whole.subject
    {
        entities.extend(noun::entity(&[*value]).map(|names| EntityDraft::new(names, from.clone())));
    }
    entities
}

/// What is named before or by the kind and has its fields behind it: `a notes app with a text`, `a blog with a title`.
fn before(
    sentence: &mut Sentence,
    kind: Option<&Range<usize>>,
    subject: Option<&Said<&'static str>>,
) -> Option<Before> {
    let of_subject = subject.and_then(|subject| {
        let end = (0..sentence.len())
            .find(|at| sentence.any(*at).eq_ignore_ascii_case(&subject.value_words()))?
            + 1;
        let at = fields_behind(sentence, end)?;
        let names = noun::entity(&[subject.value])?;
        Some(Before { entity: EntityDraft::new(names, subject.value_words()), at })
    });
    of_subject.or_else(|| {
        let kind = kind?;
        let at = fields_behind(sentence, kind.end)?;
        let of_subject = || {
            let subject = subject?;
            Some(EntityDraft::new(noun::entity(&[subject.value])?, subject.value_words()))
        };
        let entity = compound(sentence, kind, &[]).or_else(of_subject)?;
        Some(Before { entity, at })
    })
}

/// How a service may be divided, without what begins a list of what is kept: `with events, speakers and rooms`.
fn architectures(sentence: &Sentence) -> Vec<(&'static str, Architecture)> {
    let begins_list = |phrase: &str| {
        let Some((range, _)) = sentence.find([phrase]).filter(|_| phrase.starts_with("with ")) else {
            return false;
        };
        let comma = usize::from(sentence.mark(range.end) == Mark::Comma);
        let and = usize::from(sentence.any(range.end + comma) == "and");
        let next = range.end + comma + and;
        let noun = !sentence.word(next).is_empty() && !words::is_filler(sentence.word(next));
        next > range.end && noun && sentence.phrases_at(next, words::of_no_entity()).is_none()
    };
    words::ARCHITECTURES.iter().filter(|(phrase, _)| !begins_list(phrase)).copied().collect()
}

/// A website has pages.
fn pages(sentence: &Sentence, kind: Option<&(Kind, Range<usize>)>) -> Option<Said<Architecture>> {
    let (_, range) = kind?;
    let words = sentence.words(range.clone());
    ["website", "site"].contains(&sentence.any(range.end - 1)).then(|| Said::words(Architecture::Mvc, &words))
}

/// What a service is about, unless it stands where what it keeps does.
fn subject(sentence: &mut Sentence) -> Option<Said<&'static str>> {
    let (range, _) = sentence.find(words::SUBJECTS.iter().map(|(phrase, _)| *phrase))?;
    let kept = (0..range.start).any(|at| words::KEEPS.contains(&sentence.any(at)));
    if kept { None } else { first(sentence, words::SUBJECTS) }
}

/// A library or a program is made of functions, which no rule can write; their description is the sentence itself.
fn of_functions(
    text: &str,
    mut sentence: Sentence,
    kind: Kind,
    range: Option<Range<usize>>,
    into: Option<Into>,
) -> Intent {
    let name = project::called(&mut sentence);
    let words_of_kind = range.map(|range| sentence.take(range));
    let deeds = project::summary(text);
    let name = name.unwrap_or_else(|| project::last_noun(&sentence));
    // A program gets functions like a library once it exists.
    let kind = if into.is_some() { Kind::Library } else { kind };
    let said = words_of_kind.map_or_else(|| Said::default_of(kind, ""), |words| Said::words(kind, &words));
    Intent {
        kind: said,
        name,
        summary: deeds.clone(),
        architecture: Said::default_of(Architecture::Monolith, ""),
        security: Said::default_of(Security::Medium, ""),
        database: None,
        scalability: None,
        nats: None,
        roles: Roles::default(),
        entities: Vec::new(),
        live: None,
        deeds,
        functions: Vec::new(),
        given: Vec::new(),
        left_out: Vec::new(),
        rest: Vec::new(),
        into,
    }
}

/// The first phrase of a table that a sentence holds.
fn first<T: Copy>(sentence: &mut Sentence, table: &[(&'static str, T)]) -> Option<Said<T>> {
    let (range, phrase) = sentence.find(table.iter().map(|(phrase, _)| *phrase))?;
    let value = table.iter().find(|(one, _)| *one == phrase)?.1;
    Some(Said::words(value, &sentence.take(range)))
}

/// The same, with all other phrases for the same.
fn agreeing<T: Copy + PartialEq>(sentence: &mut Sentence, table: &[(&'static str, T)]) -> Option<Said<T>> {
    let mut said = first(sentence, table)?;
    let same: Vec<&str> =
        table.iter().filter(|(_, value)| *value == said.value).map(|(phrase, _)| *phrase).collect();
    while let Some((range, _)) = sentence.find(same.iter().copied()) {
        let more = sentence.take(range);
        said = Said::words(said.value, &format!("{}, {more}", said.value_words()));
    }
    Some(said)
}

/// `one vote per user`: how many, which is not whose.
fn all_per_user(sentence: &mut Sentence) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..sentence.len() {
        let ends = ["per user", "per person", "per member", "for each user", "for every user"];
        let Some((range, _)) = sentence.phrases_at(at, ends) else { continue };
        let counts = |at: &usize| {
            let word = sentence.word(*at);
            ["one", "single", "two", "three", "once", "twice"].contains(&word) || word.parse::<u32>().is_ok()
        };
        let Some(start) = (at.saturating_sub(3)..at).find(counts) else { continue };
        found.push(sentence.take(start..range.end));
    }
    found
}

/// The words of the first of some phrases, all of which are read.
fn any(sentence: &mut Sentence, phrases: &'static [&'static str]) -> Option<String> {
    every(sentence, phrases).into_iter().next()
}

/// The words of all phrases that a sentence holds.
fn every(sentence: &mut Sentence, phrases: &[&'static str]) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((range, _)) = sentence.find(phrases.iter().copied()) {
        found.push(sentence.take(range));
    }
    found
}

/// `a bookmarks service`, `an invoice manager`: what stands before the kind.
fn compound(sentence: &mut Sentence, kind: &Range<usize>, found: &[EntityDraft]) -> Option<EntityDraft> {
    let mut start = kind.start;
    while start > 0
        && kind.start - start < 3
        && !sentence.word(start - 1).is_empty()
        && !words::is_filler(sentence.word(start - 1))
    {
        start -= 1;
    }
    let last = sentence.word(kind.end - 1).to_owned();
    let keeps = ["tracker", "manager", "planner", "catalog", "catalogue", "registry"];
    let keeps = keeps.contains(&sentence.any(kind.end - 1)) || keeps.contains(&last.as_str());
    start += usize::from(words::OWN.contains(&sentence.word(start)));
    let before: Vec<String> = (start..kind.start).map(|at| sentence.word(at).to_owned()).collect();
    let noun_like = before.last().is_some_and(|word| noun::is_plural(word) || keeps);
    let words: Vec<&str> = before.iter().map(String::as_str).collect();
    let names = noun::entity(&words)?;
    let is_known = found.iter().any(|one| one.name == names.0);
    if !is_known && (!noun_like || !found.is_empty()) {
        return None;
    }
    let words = sentence.take(start..kind.start);
    (!is_known).then(|| EntityDraft::new(names, words))
}

/// Where a word stands before the kind that says whose it is: `a private notes app`.
fn own_before(sentence: &Sentence, kind: &Range<usize>) -> Option<usize> {
    let near = kind.start.saturating_sub(3)..kind.start;
    near.into_iter().find(|at| words::OWN.contains(&sentence.word(*at)))
}

//! The rules in their order: from the words of a sentence to what it asks for.

use std::ops::Range;

use super::entity::{Before, EntityDraft, Known, begins_bare, entities, fields_behind};
use super::field::FieldDraft;
use super::lexicon as words;
use super::noun;
use super::project::{self, Because, Said};
use super::question::FunctionDraft;
use super::roles::{self, Roles};
use super::sentence::Sentence;
use crate::spec::service::{Database, Scalability, Security, Use, is_name};
use crate::spec::{Architecture, Kind, Spec};

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
    let whole = into.is_none();
    let of_kind = whole.then(|| project::kind(&sentence)).flatten();
    let kind = of_kind.as_ref().map(|(kind, _)| *kind).or(into.as_ref().map(|into| into.kind));
    if let Some(kind @ (Kind::Library | Kind::Cli)) = kind {
        return of_functions(text, sentence, kind, of_kind.map(|(_, range)| range), into);
    }
    let name = project::called(&mut sentence);
    let nats = sentence.find(["nats"]).map(|(range, _)| sentence.words(range));
    let architecture =
        agreeing(&mut sentence, words::ARCHITECTURES).or_else(|| pages(&sentence, of_kind.as_ref()));
    let security = first(&mut sentence, words::SECURITY);
    let database = first(&mut sentence, words::DATABASES);
    let scalability = first(&mut sentence, words::SCALABILITY);
    let owned = any(&mut sentence, words::OWNED);
    let audit = any(&mut sentence, words::AUDIT);
    let soft_delete = any(&mut sentence, words::SOFT_DELETE);
    let background = all(&mut sentence, words::BACKGROUND);
    let permissions = roles::permissions(&mut sentence);
    let accounts = all(&mut sentence, words::ACCOUNTS);
    let given = all(&mut sentence, words::GIVEN);
    let roles = roles::roles(&mut sentence, &permissions);
    let secrets = all(&mut sentence, words::SECRETS);
    let subject = subject(&mut sentence);
    let live = any(&mut sentence, words::LIVE);
    let live = match &subject {
        Some(Said { value: "room", because: Because::Words(chat) }) => Some(chat.clone()),
        _ => live,
    };
    let (kind, kind_range) = match of_kind {
        Some((kind, range)) => (Said::words(kind, &sentence.take(range.clone())), Some(range)),
        None => (Said::default_of(Kind::Service, "something is to be kept or served"), None),
    };
    let known = into.as_ref().map(|into| into.entities.clone()).unwrap_or_default();
    let mut starts: Vec<usize> = permissions.iter().map(|permission| permission.object_at).collect();
    if kind_range.is_none() && (!whole || begins_bare(&sentence)) {
        starts.insert(0, 0);
    }
    let before = before(&mut sentence, kind_range.as_ref(), subject.as_ref());
    let mut entities = entities(&mut sentence, &known, before, &starts);
    let lost = roles::apply(permissions, &mut entities, &known);
    if let Some(range) = &kind_range {
        entities.extend(compound(&mut sentence, range, &entities));
    }
    if entities.is_empty()
        && let Some(Said { value, because: Because::Words(from) }) = &subject
    {
        entities.extend(noun::entity(&[*value]).map(|names| EntityDraft::new(names, from.clone())));
    }
    let mut left_out: Vec<(String, &'static str)> = background
        .into_iter()
        .map(|words| (words, "a task calls a function, whose examples no sentence gives: write a [[task]]"))
        .collect();
    left_out.extend(
        secrets.into_iter().map(|words| (words, "no entity keeps secrets; accounts have theirs hashed")),
    );
    left_out.extend(lost);
    let rest = sentence.rest();
    let event_driven =
        architecture.as_ref().is_some_and(|architecture| architecture.value == Architecture::EventDriven);
    let mut intent = Intent {
        nats: nats.filter(|_| event_driven),
        kind,
        name: name.unwrap_or_else(|| Said::default_of(String::new(), "")),
        summary: project::summary(text),
        architecture: architecture
            .unwrap_or_else(|| Said::default_of(Architecture::Monolith, "nothing asks for another")),
        security: security.unwrap_or_else(|| Said::default_of(Security::Medium, "")),
        database,
        scalability,
        roles,
        entities,
        live,
        deeds: String::new(),
        functions: Vec::new(),
        given: [accounts.clone(), given].concat(),
        left_out,
        rest,
        into,
    };
    intent.hold_to_project();
    intent.mark(owned, audit, soft_delete);
    intent.profile(&accounts);
    intent.settle(subject.map(|subject| subject.value_words()));
    intent
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
fn agreeing<T: Copy + PartialEq>(
    sentence: &mut Sentence,
    table: &'static [(&'static str, T)],
) -> Option<Said<T>> {
    let mut said = first(sentence, table)?;
    let same: Vec<&str> =
        table.iter().filter(|(_, value)| *value == said.value).map(|(phrase, _)| *phrase).collect();
    while let Some((range, _)) = sentence.find(same.iter().copied()) {
        let more = sentence.take(range);
        said = Said::words(said.value, &format!("{}, {more}", said.value_words()));
    }
    Some(said)
}

/// The words of the first of some phrases, all of which are read.
fn any(sentence: &mut Sentence, phrases: &'static [&'static str]) -> Option<String> {
    all(sentence, phrases).into_iter().next()
}

/// The words of all phrases that a sentence holds.
fn all(sentence: &mut Sentence, phrases: &'static [&'static str]) -> Vec<String> {
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

impl Intent {
    /// What is added to a project leaves its settings alone, and has the roles that there are.
    fn hold_to_project(&mut self) {
        let Some(into) = &self.into else { return };
        let settings = [
            self.name.value_words(),
            self.architecture.value_words(),
            self.security.value_words(),
            self.database.as_ref().map(Said::value_words).unwrap_or_default(),
            self.scalability.as_ref().map(Said::value_words).unwrap_or_default(),
            self.roles.words.clone().unwrap_or_default(),
        ];
        let settings = settings.into_iter().filter(|words| !words.is_empty());
        self.left_out.extend(settings.map(|words| (words, "a setting of the project: edit its gryph.toml")));
        let known = |role: &String| role == "public" || role == "admin" || into.roles.contains(role);
        for entity in &mut self.entities {
            let strange = |(_, roles, _): &(&str, Vec<String>, String)| !roles.iter().all(known);
            let lost = entity.permissions.extract_if(.., |one| strange(one));
            self.left_out.extend(lost.map(|(.., words)| (words, "the project has no such role")));
        }
        if into.routes.iter().any(|route| route.starts_with("/live/"))
            && let Some(words) = self.live.take()
        {
            self.left_out.push((words, "there is a socket at that place already"));
        }
    }

    /// Gives the entities what is said of all of them.
    fn mark(&mut self, owned: Option<String>, audit: Option<String>, soft_delete: Option<String>) {
        for entity in &mut self.entities {
            let is_public =
                entity.permissions.iter().any(|(_, roles, _)| roles.iter().any(|one| one == "public"));
            if entity.owned.is_none() && !is_public {
                entity.owned = owned.clone();
            }
            entity.audit = audit.clone();
            entity.soft_delete = soft_delete.clone();
        }
    }

    /// Accounts are in every service; one that is about nothing else keeps what people say about themselves.
    fn profile(&mut self, accounts: &[String]) {
        let about = accounts.iter().any(|words| !["user", "users"].contains(&words.to_lowercase().as_str()));
        let managed = accounts.iter().any(|words| words.eq_ignore_ascii_case("users"));
        if !self.entities.is_empty() || self.into.is_some() || !(about || managed) {
            return;
        }
        let words = accounts.join(", ");
        let mut profile = EntityDraft::new(("profile".to_owned(), "profiles".to_owned()), words.clone());
        profile.owned = Some(words);
        profile.fields.push(FieldDraft::text("display_name", 200, ""));
        self.entities.push(profile);
    }

    /// Chooses what depends on the rest, and leaves out what contradicts it.
    fn settle(&mut self, subject: Option<String>) {
        self.settle_live();
        self.settle_scale();
        if self.name.value.is_empty() {
            let of_subject = subject.and_then(|words| project::usable(&words).map(|name| (name, words)));
            let of_entity = || {
                let entity = self.entities.first()?;
                if entity.name == "profile" {
                    return Some(("accounts".to_owned(), entity.words.clone()));
                }
                let name = project::usable(&entity.words);
                Some((
                    name.or_else(|| project::usable(&entity.plural.replace('_', "-")))?,
                    entity.words.clone(),
                ))
            };
            self.name = match of_subject.or_else(of_entity) {
                Some((name, words)) => Said::words(name, &words),
                None => Said::default_of("project".to_owned(), "nothing names it"),
            };
        }
        let divided = self.architecture.value == Architecture::Microservices;
        if divided && self.into.is_none() {
            // No reference leads to another service.
            for field in self.entities.iter_mut().flat_map(|entity| &mut entity.fields) {
                field.part();
            }
        }
    }

    fn settle_live(&mut self) {
        let architecture = self.into.as_ref().map_or(self.architecture.value, |into| into.architecture);
        let without = [Architecture::Mvc, Architecture::Microservices, Architecture::Serverless];
        if without.contains(&architecture)
            && let Some(words) = self.live.take()
        {
            self.left_out.push((words, "services of this architecture have no sockets yet"));
        }
        if self.live.is_some()
            && self.into.is_none()
            && architecture != Architecture::EventDriven
            && let Some(scale) = self.scalability.take()
        {
            self.left_out.push((
                scale.value_words(),
                "rooms of several processes need an event-driven service with NATS: write it into the specification",
            ));
        }
    }

    fn settle_scale(&mut self) {
        let file = self.database.as_ref().is_some_and(|one| one.value == Database::Sqlite);
        if file && let Some(scale) = self.scalability.take() {
            self.left_out.push((scale.value_words(), "several processes cannot share a database in a file"));
        }
    }

    /// The services of a microservices workspace: one for each entity.
    pub(super) fn services(&self) -> Vec<&str> {
        let divided = self.architecture.value == Architecture::Microservices && self.into.is_none();
        let names = self.entities.iter().map(|entity| entity.plural.as_str());
        names.filter(|name| divided && is_name(name, Use::Service)).collect()
    }
}

//! What is chosen by the rest of what is said, and what is left out because it contradicts it.

use super::access;
use super::entity::EntityDraft;
use super::field::FieldDraft;
use super::lexicon::{ADMITTING, DEEDS, RESTRICTING, closes};
use super::permission::KEYS;
use super::project::{self, Said};
use super::reading::Intent;
use crate::spec::Architecture;
use crate::spec::service::{Database, Use, is_name};

const CLOSED: &str = "closed to all but admin, where nothing else is said: say who may do what with `can`";

/// Words that keep somebody from what is done.
const DENYING: &[&str] = &["not", "never", "except", "unless", "don't", "won't"];

/// Characters that are told of words which nothing else tells.
const TOLD: usize = 80;

/// Why live messages are not drafted.
pub(super) const NO_SOCKET: &str = "serverless functions answer and end: they hold no connection";

impl Intent {
    /// What is added to a project leaves its settings alone, and has the roles that there are.
    pub(super) fn hold_to_project(&mut self) {
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
            for (_, roles, words) in &mut entity.permissions {
                let before = roles.len();
                roles.retain(known);
                if roles.len() < before {
                    self.left_out.push((words.clone(), "the project has no such role: closed to it"));
                }
                if roles.is_empty() {
                    roles.push("admin".to_owned());
                }
            }
        }
        if into.routes.iter().any(|route| route.starts_with("/live/"))
            && let Some(words) = self.live.take()
        {
            self.left_out.push((words, "there is a socket at that place already"));
        }
    }

    /// What is not understood and says that not everybody may closes what nothing else has settled.
    pub(super) fn close(&mut self, unread: &[String]) {
        if self.entities.is_empty() {
            return;
        }
        let (closing, rest) = std::mem::take(&mut self.rest).into_iter().partition(|words| restricts(words));
        self.rest = rest;
        let mut closing: Vec<String> = closing;
        if closing.is_empty() {
            // What is told is cut.
            let beyond = unread.iter().find(|words| restricts(words));
            closing.extend(beyond.map(|words| words.chars().take(TOLD).collect::<String>()));
        }
        let Some(words) = closing.first() else { return };
        for entity in &mut self.entities {
            for key in KEYS {
                if !entity.permissions.iter().any(|(of, ..)| *of == key) {
                    entity.permissions.push((key, vec!["admin".to_owned()], words.clone()));
                }
            }
        }
        self.left_out.extend(closing.into_iter().map(|words| (words, CLOSED)));
    }

    /// Gives the entities what is said of all of them.
    pub(super) fn mark(&mut self, owned: Option<String>, audit: Option<String>, soft_delete: Option<String>) {
        for entity in &mut self.entities {
            let is_public =
                entity.permissions.iter().any(|(_, roles, _)| roles.iter().any(|one| one == "public"));
            match &owned {
                Some(words) if is_public && entity.owned.is_none() => {
                    self.left_out.push((words.clone(), access::READ_BY_ALL));
                    access::close_changes(entity, words);
                }
                Some(_) => entity.owned = entity.owned.take().or_else(|| owned.clone()),
                None => {}
            }
            entity.audit = audit.clone();
            entity.soft_delete = soft_delete.clone();
        }
    }

    /// Accounts are in every service; one that is about nothing else keeps what people say about themselves.
    pub(super) fn profile(&mut self, accounts: &[String]) {
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
    pub(super) fn settle(&mut self, subject: Option<String>) {
        self.settle_live();
        self.settle_scale();
        let words = self.name.value_words();
        match project::usable_service(&self.name.value) {
            Some(name) => self.name.value = name,
            None if words.is_empty() => {}
            None => {
                self.left_out.push((words, "no service can be called so"));
                self.name = Said::default_of(String::new(), "");
            }
        }
        if self.name.value.is_empty() {
            let of_subject =
                subject.and_then(|words| project::usable_service(&words).map(|name| (name, words)));
            let of_entity = || {
                let entity = self.entities.first()?;
                if entity.name == "profile" {
                    return Some(("accounts".to_owned(), entity.words.clone()));
                }
                let name = project::usable_service(&entity.words);
                let name = name.or_else(|| project::usable_service(&entity.plural))?;
                Some((name, entity.words.clone()))
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
        if architecture == Architecture::Serverless
            && let Some(words) = self.live.take()
        {
            self.left_out.push((words, NO_SOCKET));
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

/// Whether words that were not understood say that not everybody may do something.
fn restricts(words: &str) -> bool {
    let words = words.to_lowercase();
    let all = ["everyone", "everybody", "anyone", "public"].iter().any(|all| words.contains(all));
    let has = |one: &&str| words.split(' ').any(|word| word == *one);
    let denies = DENYING.iter().any(has) && DEEDS.iter().any(|(deed, _)| has(deed));
    let admits = !all && ADMITTING.iter().any(has);
    let whom = |phrase: &str| {
        let behind = words.split_once(phrase).map(|(_, behind)| behind);
        behind.is_some_and(|behind| !behind.starts_with(|first: char| first.is_ascii_digit()))
    };
    let keeps = words.split(' ').any(closes)
        || whom("reserved for ")
        || whom("limited to ")
        || words.ends_with("protected");
    RESTRICTING.iter().any(has) || keeps || has(&"must") && !has(&"unique") || denies || admits
}

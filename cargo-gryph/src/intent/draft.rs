//! A draft: the text of a specification, with a comment on each item that says which words it comes from.

use std::fmt::Write as _;

use super::entity::EntityDraft;
use super::field::FieldDraft;
use super::field_type::FieldKind;
use super::project::{Because, Said};
use super::question::FunctionDraft;
use super::reading::Intent;
use crate::spec::Kind;
use crate::spec::service::{Security, article};

impl Intent {
    /// The specification that the sentence asks for; of what is added to a project, the tables that are new.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if self.into.is_none() {
            self.head(&mut text);
            self.settings(&mut text);
        }
        for entity in &self.entities {
            self.entity(&mut text, entity);
        }
        if let Some(words) = &self.live {
            self.socket(&mut text, words);
        }
        for function in &self.functions {
            function.write(&mut text);
        }
        text
    }

    fn head(&self, text: &mut String) {
        let _ = writeln!(text, "# Drafted from a sentence: {}", self.summary);
        for words in &self.rest {
            let _ = writeln!(text, "# Not understood: {words}");
        }
        for (words, why) in &self.left_out {
            let _ = writeln!(text, "# Not drafted: {words} ({why})");
        }
        let _ = writeln!(text, "spec = 1\n\n[project]");
        line(text, "name", &quoted(&self.name.value), &because(&self.name));
        line(text, "kind", &quoted(self.kind.value.as_str()), &because(&self.kind));
        if self.kind.value == Kind::Service {
            let architecture = quoted(self.architecture.value.as_str());
            line(text, "architecture", &architecture, &because(&self.architecture));
        }
        let summary = if self.summary.is_empty() { "Drafted from a sentence" } else { &self.summary };
        line(text, "summary", &quoted(summary), "");
    }

    fn settings(&self, text: &mut String) {
        if self.kind.value != Kind::Service {
            return;
        }
        text.push_str("\n[service]\n");
        line(text, "security", &quoted(self.security.value.as_str()), &because(&self.security));
        if let Some(scale) = &self.scalability {
            line(text, "scalability", &quoted(scale.value.as_str()), &because(scale));
        }
        if let Some(words) = &self.nats {
            line(text, "broker", "\"nats\"", &from(words));
        }
        if let Some(database) = &self.database {
            line(text, "database", &quoted(database.value.as_str()), &because(database));
        }
        let why = match (&self.roles.words, self.roles.has_plain) {
            (None, _) => "default; `admin` is in every service".to_owned(),
            (Some(words), true) => {
                format!("from `{words}`; who registers is a member, admin is in every service")
            }
            (Some(words), false) => {
                format!("from `{words}`; who registers gets the first, admin is in every service")
            }
        };
        line(text, "roles", &list(&self.roles.names), &why);
        let services = self.services();
        if !services.is_empty() {
            line(text, "services", &list(&services), "default: one for each kind of rows");
        }
        if !self.given.is_empty() {
            let _ = writeln!(text, "# In every service: {}", self.given.join(", "));
        }
    }

    fn security_now(&self) -> Security {
        self.into.as_ref().map_or(self.security.value, |into| into.security)
    }

    fn entity(&self, text: &mut String, entity: &EntityDraft) {
        text.push_str("\n[[entity]]\n");
        line(text, "name", &quoted(&entity.name), &from(&entity.words));
        if entity.plural != format!("{}s", entity.name) {
            line(text, "plural", &quoted(&entity.plural), "");
        }
        line(text, "doc", &quoted(&format!("{}.", described(&entity.name))), "");
        if self.services().contains(&entity.plural.as_str()) {
            line(text, "service", &quoted(&entity.plural), "default: one for each kind of rows");
        }
        let level = self.security_now();
        let demanded =
            |from: Security| (level >= from).then(|| format!("security `{}` demands it", level.as_str()));
        let flags = [
            ("owned", entity.owned.as_ref().map(|words| from(words))),
            ("audit", entity.audit.as_ref().map(|words| from(words)).or(demanded(Security::High))),
            (
                "soft-delete",
                entity.soft_delete.as_ref().map(|words| from(words)).or(demanded(Security::Critical)),
            ),
        ];
        for (key, why) in flags {
            if let Some(why) = why {
                line(text, key, "true", &why);
            }
        }
        for (key, roles, words) in &entity.permissions {
            line(text, key, &list(roles), &from(words));
        }
        for field in &entity.fields {
            write_field(text, field);
        }
        if entity.says_nothing() {
            let taken = entity.fields.iter().any(|field| field.name == "title");
            let title = FieldDraft::text(if taken { "name" } else { "title" }, 200, "");
            write_field(text, &title);
        }
    }

    fn socket(&self, text: &mut String, words: &str) {
        text.push_str("\n[[socket]]\n");
        line(text, "path", "\"/live/{room}\"", &from(words));
        line(text, "doc", "\"What is said in a room, as it is said.\"", "");
        if let Some(first) = self.services().first() {
            line(text, "service", &quoted(first), "default: the first of them");
        }
        line(text, "message", "[{ name = \"text\", type = \"text\", max = 500 }]", "default");
        line(text, "rate-limit", "\"20/second\"", "default");
    }
}

impl FunctionDraft {
    fn write(&self, text: &mut String) {
        text.push_str("\n# Drafted by a model. Its examples decide what is accepted: read each of them.\n[[function]]\n");
        line(text, "path", &quoted(&self.path), "");
        line(text, "signature", &quoted(&self.signature), "");
        line(text, "doc", &quoted(&self.doc), "");
        text.push_str("examples = [\n");
        for example in &self.examples {
            let _ = writeln!(text, "    {},", quoted(example));
        }
        text.push_str("]\n");
    }
}

fn write_field(text: &mut String, field: &FieldDraft) {
    text.push_str("\n[[entity.field]]\n");
    let why = match (field.by_model, field.words.as_str()) {
        (true, _) => "drafted by a model".to_owned(),
        (false, "") => "default: no field is named".to_owned(),
        (false, words) => from(words),
    };
    line(text, "name", &quoted(&field.name), &why);
    let kind = match &field.kind {
        FieldKind::Plain(kind) => quoted(kind),
        FieldKind::OneOf(choices) => format!("{{ one-of = {} }}", list(choices)),
        FieldKind::Reference(entity) => format!("{{ reference = {} }}", quoted(entity)),
    };
    line(text, "type", &kind, if field.guessed { "default: nothing says what it holds" } else { "" });
    line(text, "doc", &quoted(&format!("Its {}.", spaced(&field.name))), "");
    for (key, limit) in [("min", field.min), ("max", field.max)] {
        if let Some(limit) = limit {
            line(text, key, &limit.to_string(), "");
        }
    }
    for (key, is_set) in [("unique", field.unique), ("optional", field.optional)] {
        if is_set {
            line(text, key, "true", "");
        }
    }
    if field.kind == FieldKind::Plain("boolean") && !field.optional {
        line(text, "default", "false", "default");
    }
}

/// A line, with its comment if there is one.
fn line(text: &mut String, key: &str, value: &str, comment: &str) {
    let gap = if comment.is_empty() { "" } else { "  # " };
    let _ = writeln!(text, "{key} = {value}{gap}{comment}");
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn list(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name.as_ref())).collect();
    format!("[{}]", names.join(", "))
}

fn from(words: &str) -> String {
    format!("from `{words}`")
}

fn because<T>(said: &Said<T>) -> String {
    match &said.because {
        Because::Words(words) => from(words),
        Because::Default("") => "default".to_owned(),
        Because::Default(why) => format!("default: {why}"),
    }
}

/// A thing at the start of a sentence: `A line`.
fn described(name: &str) -> String {
    let article = if article(name) == "an" { "An" } else { "A" };
    format!("{article} {}", spaced(name))
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

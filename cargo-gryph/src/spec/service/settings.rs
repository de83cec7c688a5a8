//! `[service]`: what holds for the service as a whole.

use std::ops::Range;

use serde::Serialize;

use super::entity::Entity;
use super::name::{Name, Use, name};
use super::security::Security;
use super::time::Seconds;
use crate::spec::architecture::Architecture;
use crate::spec::fields::Fields;
use crate::spec::problem::Problems;
use crate::spec::word::{spelled, word};

const MOST_ROLES: usize = 20;
const MOST_SERVICES: usize = 20;

/// What holds for the service as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Settings {
    /// How much is demanded of it.
    pub security: Security,
    /// The most complexity it may have; see `docs/spec.md`.
    pub complexity: Option<u8>,
    /// How many processes serve it.
    pub scalability: Scalability,
    /// Where its rows are kept.
    pub database: Database,
    /// What carries its events; only event-driven services have one.
    pub broker: Option<Broker>,
    /// Where its traces go.
    pub telemetry: Telemetry,
    /// How long an access token lives.
    pub access_token: Seconds,
    /// Its roles besides `admin`; the first is what a person who registers gets.
    pub roles: Vec<Name>,
    /// The services of a microservices workspace.
    pub services: Vec<Name>,
    /// Where parts of it stand in the file.
    #[serde(skip)]
    pub(super) places: Places,
}

/// Where parts of `[service]` stand in the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Places {
    /// The names of `services`, in order.
    pub(super) services: Vec<Range<usize>>,
    /// The broker, where one is written.
    pub(super) broker: Option<Range<usize>>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];

            /// As a specification spells it.
            pub fn as_str(self) -> &'static str {
                spelled(self, Self::WORDS)
            }

            fn read(fields: &mut Fields<'_>, key: &'static str, problems: &mut Problems<'_>) -> Option<Self> {
                fields.text(key, problems).and_then(|text| word(&text, $what, Self::WORDS, problems))
            }
        }
    };
}

words! {
    /// How many processes serve it.
    Scalability, "a scalability" {
        /// One.
        Single = "single",
        /// A fixed number behind a balancer.
        Replicated = "replicated",
        /// As many as the load asks for.
        Elastic = "elastic"
    }
}

words! {
    /// Where rows are kept.
    Database, "a database" {
        /// In a file beside the process.
        Sqlite = "sqlite",
        /// In a PostgreSQL server.
        Postgresql = "postgresql"
    }
}

words! {
    /// What carries events.
    Broker, "a broker" {
        /// Channels inside the process.
        InProcess = "in-process",
        /// NATS JetStream.
        Nats = "nats"
    }
}

words! {
    /// Where traces go.
    Telemetry, "a telemetry" {
        /// Nowhere but the log.
        None = "none",
        /// To an OpenTelemetry collector.
        Otlp = "otlp"
    }
}

/// Reads `[service]`; what is not there gets its default.
pub(super) fn settings(
    table: Option<Fields<'_>>,
    architecture: Option<Architecture>,
    problems: &mut Problems<'_>,
) -> Settings {
    let Some(mut fields) = table else { return defaults(architecture) };
    let security = Security::read(&mut fields, problems);
    let complexity = fields.integer("complexity", 1..=10, problems).and_then(|one| u8::try_from(one).ok());
    let scalability = Scalability::read(&mut fields, "scalability", problems).unwrap_or(Scalability::Single);
    let usual = usual_database(scalability, architecture);
    let database = Database::read(&mut fields, "database", problems).unwrap_or(usual);
    let broker = broker(&mut fields, scalability, architecture, problems);
    let telemetry = Telemetry::read(&mut fields, "telemetry", problems).unwrap_or(Telemetry::None);
    let access_token = access_token(&mut fields, security, problems);
    let roles = match fields.value("roles") {
        None => default_roles(),
        Some(_) => names(&mut fields, "roles", Use::Role, MOST_ROLES, problems).0,
    };
    if roles.is_empty() {
        problems.report(fields.place("roles"), "there is no role", "name one, such as \"member\"");
    }
    let (services, places) = services(&mut fields, architecture, problems);
    let places = Places { services: places, broker: fields.has("broker").then(|| fields.place("broker")) };
    if database == Database::Sqlite && usual == Database::Postgresql {
        let (who, hint) = match scalability {
            Scalability::Single => ("the functions of `serverless`".to_owned(), ""),
            _ => {
                (format!("several processes (`{}`)", scalability.as_str()), ", or `scalability = \"single\"`")
            }
        };
        let message = format!("{who} cannot share a database in a file");
        problems.report(fields.place("database"), message, format!("set `database = \"postgresql\"`{hint}"));
    }
    fields.finish(problems);
    Settings {
        security,
        complexity,
        scalability,
        database,
        broker,
        telemetry,
        access_token,
        roles,
        services,
        places,
    }
}

impl Settings {
    /// Takes back the broker that no line asked for where nothing happens that it could carry.
    pub(super) fn drop_idle_broker(&mut self, entities: &[Entity]) {
        if entities.is_empty() && self.places.broker.is_none() {
            self.broker = None;
        }
    }
}

/// One process keeps its rows in a file; several share a server.
fn usual_database(scalability: Scalability, architecture: Option<Architecture>) -> Database {
    match (scalability, architecture) {
        (Scalability::Single, Some(Architecture::Serverless)) => Database::Postgresql,
        (Scalability::Single, _) => Database::Sqlite,
        (Scalability::Replicated | Scalability::Elastic, _) => Database::Postgresql,
    }
}

fn defaults(architecture: Option<Architecture>) -> Settings {
    Settings {
        security: Security::Medium,
        complexity: None,
        scalability: Scalability::Single,
        database: usual_database(Scalability::Single, architecture),
        broker: None,
        telemetry: Telemetry::None,
        access_token: Security::Medium.default_access_token(),
        roles: default_roles(),
        services: Vec::new(),
        places: Places::default(),
    }
}

fn default_roles() -> Vec<Name> {
    vec![Name::known("member")]
}

fn broker(
    fields: &mut Fields<'_>,
    scalability: Scalability,
    architecture: Option<Architecture>,
    problems: &mut Problems<'_>,
) -> Option<Broker> {
    let broker = Broker::read(fields, "broker", problems);
    let single = scalability == Scalability::Single;
    match (broker, architecture) {
        (Some(_), Some(other)) if other != Architecture::EventDriven => {
            let message = format!("the architecture `{}` has no broker", other.as_str());
            let hint = "leave `broker` out, or set `architecture = \"event-driven\"`";
            problems.report(fields.place("broker"), message, hint);
        }
        (Some(Broker::InProcess), _) if !single => {
            let hint = "set `broker = \"nats\"`, or `scalability = \"single\"`";
            let message = "events inside one process do not reach the others";
            problems.report(fields.place("broker"), message, hint);
        }
        (None, Some(Architecture::EventDriven)) => {
            return Some(if single { Broker::InProcess } else { Broker::Nats });
        }
        _ => {}
    }
    broker
}

fn access_token(fields: &mut Fields<'_>, security: Security, problems: &mut Problems<'_>) -> Seconds {
    let Some(text) = fields.text("access-token", problems) else { return security.default_access_token() };
    let limits = [60, 86_400];
    let token = Seconds::read(&text, &text.value, limits, problems);
    let longest = security.longest_access_token();
    if token.is_some_and(|token| token > longest) {
        let message = format!("at security `{}` an access token lives at most {longest}", security.as_str());
        problems.report(text.span, message, "shorten it, or leave it out");
    }
    token.unwrap_or_else(|| security.default_access_token())
}

fn services(
    fields: &mut Fields<'_>,
    architecture: Option<Architecture>,
    problems: &mut Problems<'_>,
) -> (Vec<Name>, Vec<Range<usize>>) {
    let (services, places) = names(fields, "services", Use::Service, MOST_SERVICES, problems);
    let place = fields.place("services");
    // Names that were refused count: there is a problem for each of them already.
    let named =
        fields.value("services").and_then(|value| value.get_ref().as_array()).map_or(0, |all| all.len());
    match architecture {
        Some(Architecture::Microservices) if named < 2 => {
            let hint = "add `services = [\"…\", \"…\"]` to [service]";
            problems.report(place, "microservices are at least two services", hint);
        }
        Some(other) if other != Architecture::Microservices && !services.is_empty() => {
            let message = format!("the architecture `{}` is one service", other.as_str());
            problems.report(
                place,
                message,
                "leave `services` out, or set `architecture = \"microservices\"`",
            );
        }
        _ => {}
    }
    (services, places)
}

/// The names at a key, with where each stands.
fn names(
    fields: &mut Fields<'_>,
    key: &'static str,
    of: Use,
    most: usize,
    problems: &mut Problems<'_>,
) -> (Vec<Name>, Vec<Range<usize>>) {
    let texts = fields.texts(key, problems);
    if let Some(first) = texts.get(most) {
        problems.report(first.span.clone(), format!("more than {most} names in `{key}`"), "leave some out");
    }
    let (mut names, mut places) = (Vec::new(), Vec::new());
    for text in texts.iter().take(most) {
        let Some(name) = name(text, of, problems) else { continue };
        if names.contains(&name) {
            problems.report(text.span.clone(), format!("`{name}` stands twice in `{key}`"), "leave one out");
            continue;
        }
        names.push(name);
        places.push(text.span.clone());
    }
    (names, places)
}

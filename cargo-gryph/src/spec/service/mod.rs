//! `kind = "service"`: entities, endpoints, tasks and sockets, checked one by one and against each other.
//!
//! Names come out harmless and texts as [`Prose`]: whoever writes a text into a file escapes it for that file.

mod access;
mod call;
mod complexity;
mod cycle;
mod data;
mod default;
mod division;
mod endpoint;
mod entity;
mod field;
mod field_type;
mod judgement;
mod limits;
mod name;
mod pattern;
mod reserved;
mod route;
mod schema;
mod security;
mod settings;
mod socket;
mod task;
mod text;
mod time;

use serde::Serialize;

use super::architecture::Architecture;
use super::fields::Fields;
use super::problem::Problems;
use super::project::{Kind, Nature};
use crate::similar::nearest;

pub use access::{Access, Permissions};
pub use call::{Call, Parameter};
pub use data::{Data, Value};
pub use endpoint::{Endpoint, EndpointAnswer, EndpointExample, Place};
pub use entity::{Entity, order_of_references};
pub use field::Field;
pub use field_type::{FieldType, Length};
pub use judgement::Judgement;
pub use name::{LONGEST_NAME, Name, article};
pub(crate) use name::{Use, is_name};
pub use pattern::{EMAIL, PLAIN, WEB_ADDRESS};
pub use route::{Method, Route, Segment};
pub use security::Security;
pub use settings::{Broker, Database, Scalability, Settings, Telemetry};
pub use socket::{MessageField, Socket};
pub use task::{Schedule, Task};
pub use text::{Finite, Prose};
pub use time::{RateLimit, Seconds};

pub(in crate::spec) use call::Functions;

const MOST_ENTITIES: usize = 100;
const MOST_ENDPOINTS: usize = 200;
const MOST_TASKS: usize = 100;
const MOST_SOCKETS: usize = 50;

/// What a service is to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Service {
    /// What holds for it as a whole.
    pub settings: Settings,
    /// How complex it is, from 1 to 10.
    pub complexity: u8,
    /// Kinds of rows.
    pub entities: Vec<Entity>,
    /// Routes beyond those of the entities.
    pub endpoints: Vec<Endpoint>,
    /// Work in the background.
    pub tasks: Vec<Task>,
    /// Places where messages go both ways.
    pub sockets: Vec<Socket>,
}

/// What the parts of a service are held against.
struct Context<'s> {
    architecture: Option<Architecture>,
    settings: &'s Settings,
    functions: &'s Functions<'s>,
    /// The names of entities as they are written, those with problems included.
    entities: &'s [&'s str],
}

impl Context<'_> {
    /// Reads `service`, which microservices need and others do not have.
    fn service_of(&self, fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<Name> {
        let text = fields.text("service", problems);
        let divided = self.architecture == Some(Architecture::Microservices);
        let Some(text) = text else {
            if divided && !fields.has("service") {
                let hint = "add `service = \"…\"` with one of `services`";
                problems.report(fields.span.clone(), "this belongs to no service", hint);
            }
            return None;
        };
        if !divided && self.architecture.is_some() {
            let hint = "leave `service` out, or set `architecture = \"microservices\"`";
            problems.report(text.span, "only microservices are divided into services", hint);
            return None;
        }
        let services = &self.settings.services;
        let found = services.iter().find(|service| service.as_str() == text.value);
        if found.is_none() {
            let hint = nearest(&text.value, services.iter().map(Name::as_str)).map_or_else(
                || "name it in `services` of [service]".to_owned(),
                |known| format!("did you mean `{known}`?"),
            );
            let shown: String = text.value.chars().take(40).collect();
            problems.report(text.span, format!("no service `{}`", shown.escape_debug()), hint);
        }
        found.cloned()
    }
}

/// The tables of a service before they are read.
pub(super) struct Tables<'t> {
    service: Option<Fields<'t>>,
    entities: Vec<Fields<'t>>,
    endpoints: Vec<Fields<'t>>,
    tasks: Vec<Fields<'t>>,
    sockets: Vec<Fields<'t>>,
}

impl<'t> Tables<'t> {
    /// Takes the tables out of a specification.
    pub(super) fn take(root: &mut Fields<'t>, problems: &mut Problems<'_>) -> Self {
        Self {
            service: root.table("service", "[service]", problems),
            entities: root.tables("entity", "[[entity]]", problems),
            endpoints: root.tables("endpoint", "[[endpoint]]", problems),
            tasks: root.tables("task", "[[task]]", problems),
            sockets: root.tables("socket", "[[socket]]", problems),
        }
    }

    /// Reads the service; a project of another kind has none.
    pub(super) fn read(
        self,
        nature: Nature,
        functions: &Functions<'_>,
        problems: &mut Problems<'_>,
    ) -> Option<Service> {
        match nature.kind {
            Some(Kind::Library | Kind::Cli) => {
                self.refuse(problems);
                return None;
            }
            None if self.service.is_none() && self.entities.is_empty() => return None,
            Some(Kind::Service) | None => {}
        }
        let settings = settings::settings(self.service, nature.architecture, problems);
        let named: Vec<&str> = self.entities.iter().filter_map(|entity| entity.peek("name")).collect();
        let context = Context {
            architecture: nature.architecture,
            settings: &settings,
            functions,
            entities: &named[..named.len().min(MOST_ENTITIES)],
        };
        let before = problems.count();
        let entities = each(self.entities, MOST_ENTITIES, "entities", &context, entity::entity, problems);
        let endpoints =
            each(self.endpoints, MOST_ENDPOINTS, "endpoints", &context, endpoint::endpoint, problems);
        let tasks = each(self.tasks, MOST_TASKS, "tasks", &context, task::task, problems);
        let sockets = each(self.sockets, MOST_SOCKETS, "sockets", &context, socket::socket, problems);
        let mut service = Service { settings, complexity: 1, entities, endpoints, tasks, sockets };
        service.settings.drop_idle_broker(&service.entities);
        service.complexity = complexity::of(&service, functions.count());
        service.check(&nature, functions, problems.count() == before, problems);
        Some(service)
    }

    fn refuse(&self, problems: &mut Problems<'_>) {
        let first = |tables: &[Fields<'_>]| tables.first().map(|fields| fields.span.clone());
        for (name, place) in [
            ("[service]", self.service.as_ref().map(|fields| fields.span.clone())),
            ("[[entity]]", first(&self.entities)),
            ("[[endpoint]]", first(&self.endpoints)),
            ("[[task]]", first(&self.tasks)),
            ("[[socket]]", first(&self.sockets)),
        ] {
            if let Some(place) = place {
                problems.report(place, format!("{name} is part of a service"), "set `kind = \"service\"`");
            }
        }
    }
}

/// Reads as many tables as there may be.
fn each<T>(
    tables: Vec<Fields<'_>>,
    most: usize,
    what: &str,
    context: &Context<'_>,
    read: fn(Fields<'_>, &Context<'_>, &mut Problems<'_>) -> Option<T>,
    problems: &mut Problems<'_>,
) -> Vec<T> {
    if let Some(first) = tables.get(most) {
        problems.report(first.span.clone(), format!("more than {most} {what}"), "split the service");
    }
    tables.into_iter().take(most).filter_map(|fields| read(fields, context, problems)).collect()
}

impl Service {
    /// Holds the parts against each other; what counts them only where all of them could be read.
    fn check(&self, nature: &Nature, functions: &Functions<'_>, whole: bool, problems: &mut Problems<'_>) {
        entity::check(&self.entities, self.settings.database, problems);
        route::check(self, problems);
        security::check(self, problems);
        schema::check(self, problems);
        self.refuse_twins(problems);
        self.refuse_modules(functions, problems);
        if whole && let Some(architecture) = nature.architecture {
            division::check(self, architecture, &nature.place, problems);
            complexity::check(self, problems);
        }
    }

    fn refuse_twins(&self, problems: &mut Problems<'_>) {
        for (index, task) in self.tasks.iter().enumerate() {
            if self.tasks[..index].iter().any(|other| other.name == task.name) {
                let message = format!("the task `{}` is defined twice", task.name);
                problems.report(task.span.clone(), message, "leave one out");
            }
        }
    }

    /// A module of functions must not lie where that of an entity or of the platform does.
    fn refuse_modules(&self, functions: &Functions<'_>, problems: &mut Problems<'_>) {
        for (module, function) in functions.modules() {
            let of_entity =
                |entity: &Entity| [&entity.name, &entity.plural].iter().any(|name| name.as_str() == module);
            let owner = if name::is_platform(module) {
                "the platform"
            } else if self.entities.iter().any(of_entity) {
                "an entity"
            } else {
                continue;
            };
            let message = format!("the module `{module}` of a function has a name of {owner}");
            problems.report(function.span.clone(), message, "choose another module");
        }
    }
}

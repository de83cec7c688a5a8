//! What the parts of a service are called, as modules and in the document of the interface: two of one name would be one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Service;
use super::name::Name;
use crate::spec::problem::Problems;

/// What the document calls the platform's own.
const PLATFORM: &[&str] = &[
    "Activity",
    "ApiKey",
    "ApiKeyPage",
    "ApiKeyRequest",
    "Credentials",
    "Grant",
    "Job",
    "NewApiKey",
    "Problem",
    "ProblemField",
    "Refresh",
    "RoleChange",
    "User",
    "UserPage",
];

/// A part of a service with its module, and what the document calls its requests and answers.
struct Described {
    what: String,
    module: String,
    schemas: Vec<String>,
    span: Range<usize>,
}

impl Described {
    fn new(what: String, name: &str, endings: &[&str], span: &Range<usize>) -> Self {
        let ty = Name::known(name).type_name();
        let schemas = endings.iter().map(|ending| format!("{ty}{ending}")).collect();
        Self { what, module: name.to_owned(), schemas, span: span.clone() }
    }
}

/// Refuses parts of a service that would lie in one module, or whose requests or answers the document would call alike.
pub(super) fn check(service: &Service, problems: &mut Problems<'_>) {
    let mut known: BTreeMap<String, String> =
        PLATFORM.iter().map(|schema| ((*schema).to_owned(), "the platform".to_owned())).collect();
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for part in described(service) {
        let taken = part.schemas.iter().find_map(|schema| Some((schema, known.get(schema)?)));
        if let Some((schema, owner)) = taken {
            let message = format!("{} and {owner} both have a `{schema}` in the document", part.what);
            problems.report(part.span, message, "rename one of them");
        } else if let Some(owner) = modules.get(&part.module) {
            let message = format!("{} and {owner} both become the module `{}`", part.what, part.module);
            problems.report(part.span, message, "rename one of them");
        } else {
            modules.insert(part.module, part.what.clone());
            known.extend(part.schemas.into_iter().map(|schema| (schema, part.what.clone())));
        }
    }
}

fn described(service: &Service) -> Vec<Described> {
    let entities = service.entities.iter().map(|entity| {
        let what = format!("the entity `{}`", entity.name);
        Described::new(what, entity.name.as_str(), &["", "Page", "Request"], &entity.span)
    });
    let endpoints = service.endpoints.iter().map(|endpoint| {
        let what = format!("the endpoint `{} {}`", endpoint.method.as_str(), endpoint.route);
        Described::new(what, &endpoint.name(), &["Request", "Result"], &endpoint.span)
    });
    let tasks = service.tasks.iter().map(|task| {
        let what = format!("the task `{}`", task.name);
        Described::new(what, task.name.as_str(), &["Request"], &task.span)
    });
    let sockets = service.sockets.iter().map(|socket| {
        let (what, name) =
            (format!("the socket `{}`", socket.route), format!("{}_socket", socket.route.name()));
        Described::new(what, &name, &["Message", "Said", "Words"], &socket.span)
    });
    entities.chain(endpoints).chain(tasks).chain(sockets).collect()
}

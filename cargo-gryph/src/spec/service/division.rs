//! What an architecture demands of a service, and how microservices divide it.

use super::settings::Scalability;
use super::{Broker, Service};
use crate::spec::architecture::Architecture;
use crate::spec::problem::Problems;

/// Holds a service against its architecture.
pub(super) fn check(service: &Service, architecture: Architecture, problems: &mut Problems<'_>) {
    refuse_empty(service, architecture, problems);
    refuse_sockets(service, architecture, problems);
    if architecture == Architecture::Microservices {
        refuse_references(service, problems);
        refuse_idle(service, problems);
    }
}

/// Layers around nothing are dead code.
fn refuse_empty(service: &Service, architecture: Architecture, problems: &mut Problems<'_>) {
    let anything = !service.entities.is_empty()
        || !service.endpoints.is_empty()
        || !service.tasks.is_empty()
        || !service.sockets.is_empty();
    let (there, what) = match architecture {
        Architecture::Serverless => (!service.endpoints.is_empty(), "[[endpoint]]"),
        Architecture::Monolith | Architecture::EventDriven => (anything, "[[entity]] or [[endpoint]]"),
        Architecture::Layered
        | Architecture::Hexagonal
        | Architecture::Clean
        | Architecture::Mvc
        | Architecture::Microservices => (!service.entities.is_empty(), "[[entity]]"),
    };
    if !there {
        let message = format!("a service with the architecture `{}` needs an {what}", architecture.as_str());
        problems.report(0..0, message, "add one, or choose another architecture");
    }
}

fn refuse_sockets(service: &Service, architecture: Architecture, problems: &mut Problems<'_>) {
    let Some(first) = service.sockets.first() else { return };
    if architecture == Architecture::Serverless {
        let hint = "a function answers and ends: choose another architecture, or leave the sockets out";
        problems.report(first.span.clone(), "serverless functions serve no sockets", hint);
    }
    let single = service.settings.scalability == Scalability::Single;
    if !single && service.settings.broker != Some(Broker::Nats) {
        let message = "a room of one process does not hear the others";
        let hint =
            "set `architecture = \"event-driven\"` and `broker = \"nats\"`, or `scalability = \"single\"`";
        problems.report(first.span.clone(), message, hint);
    }
}

/// A database of one service cannot hold rows to those of another.
fn refuse_references(service: &Service, problems: &mut Problems<'_>) {
    for entity in &service.entities {
        for (field, target) in entity.references() {
            let other = service.entities.iter().find(|one| one.name == *target);
            if other.is_some_and(|other| other.service != entity.service) {
                let message = format!("`{target}` is kept by another service than `{}`", entity.name);
                problems.report(
                    field.span.clone(),
                    message,
                    "keep its identifier in a field of type \"uuid\"",
                );
            }
        }
    }
}

fn refuse_idle(service: &Service, problems: &mut Problems<'_>) {
    let busy: Vec<_> = service
        .entities
        .iter()
        .map(|one| &one.service)
        .chain(service.endpoints.iter().map(|one| &one.service))
        .chain(service.tasks.iter().map(|one| &one.service))
        .chain(service.sockets.iter().map(|one| &one.service))
        .flatten()
        .collect();
    for name in service.settings.services.iter().filter(|name| !busy.contains(name)) {
        problems.report(
            0..0,
            format!("the service `{name}` does nothing"),
            "give it an entity, or leave it out",
        );
    }
}

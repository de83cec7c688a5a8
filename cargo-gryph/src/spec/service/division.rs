//! What an architecture demands of a service, and how microservices divide it.

use std::ops::Range;

use super::settings::Scalability;
use super::{Broker, Service};
use crate::spec::architecture::Architecture;
use crate::spec::problem::Problems;

/// Holds a service against its architecture, which stands at that place.
pub(super) fn check(
    service: &Service,
    architecture: Architecture,
    place: &Range<usize>,
    problems: &mut Problems<'_>,
) {
    refuse_empty(service, architecture, place, problems);
    refuse_sockets(service, architecture, problems);
    refuse_idle_broker(service, problems);
    if architecture == Architecture::Microservices {
        refuse_references(service, problems);
        refuse_idle(service, problems);
    }
}

/// A program around nothing is dead code, and so are pages that show no rows.
fn refuse_empty(
    service: &Service,
    architecture: Architecture,
    place: &Range<usize>,
    problems: &mut Problems<'_>,
) {
    let rows = !service.entities.is_empty();
    let anything =
        rows || !service.endpoints.is_empty() || !service.tasks.is_empty() || !service.sockets.is_empty();
    let (there, what, hint) = match architecture {
        Architecture::Serverless => {
            (!service.endpoints.is_empty(), "[[endpoint]]", "add one, or choose another architecture")
        }
        Architecture::Mvc => {
            (rows, "[[entity]]", "its pages show rows: add one, or set `architecture = \"monolith\"`")
        }
        Architecture::Monolith
        | Architecture::Layered
        | Architecture::Hexagonal
        | Architecture::Clean
        | Architecture::EventDriven
        | Architecture::Microservices => (anything, "[[entity]] or [[endpoint]]", "add one"),
    };
    if !there {
        let message = format!("a service with the architecture `{}` needs an {what}", architecture.as_str());
        problems.report(place.clone(), message, hint);
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
        let hint = match architecture {
            Architecture::EventDriven => {
                "add an [[entity]], whose broker rooms share, or set `scalability = \"single\"`"
            }
            _ => {
                "set `architecture = \"event-driven\"` and `broker = \"nats\"`, or `scalability = \"single\"`"
            }
        };
        problems.report(first.span.clone(), message, hint);
    }
}

/// What nothing is given to carries nothing.
fn refuse_idle_broker(service: &Service, problems: &mut Problems<'_>) {
    if let (true, Some(place)) = (service.entities.is_empty(), &service.settings.places.broker) {
        let message = "a broker carries what happens to entities, and there is none";
        problems.report(place.clone(), message, "leave `broker` out, or add an [[entity]]");
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
    let settings = &service.settings;
    for (name, place) in settings.services.iter().zip(&settings.places.services) {
        if !busy.contains(&name) {
            let hint = "give it an entity, an endpoint, a task or a socket, or leave it out";
            problems.report(place.clone(), format!("the service `{name}` does nothing"), hint);
        }
    }
}

//! Sockets as the values of their templates: a message is looked at as if it were the row of an entity, so that its
//! fields have the same types, limits and tests.

use minijinja::{Value, context};

use crate::plan::asked::{Entity, Field, FieldType, MessageField, Segment, Socket};
use crate::plan::{comment, prose};

use super::call::names_roles;
use super::entity::{self, Surroundings, access};
use super::layout::Part;
use super::noun::type_name;
use super::sample;

/// How often a second one connection may send where the specification says nothing of it.
const PER_SECOND: u32 = 20;

/// No test comes to a limit of more messages, at once or a second.
const MOST_AT_ONCE: u32 = 10_000;
const MOST_PER_SECOND: u32 = 200;

/// A name for what serves a socket, unlike that of any entity, endpoint or task.
pub(super) fn name(socket: &Socket) -> String {
    format!("{}_socket", socket.route.name())
}

/// Where it is opened, with its parameters in braces.
pub(super) fn address(socket: &Socket) -> String {
    route(socket, |name| format!("{{{name}}}"))
}

/// Everything the templates may say about a socket.
pub(super) fn socket(socket: &Socket, around: &Surroundings<'_>) -> Value {
    let name = name(socket);
    let (burst, within) = socket.rate_limit.map_or((PER_SECOND, 1), |limit| (limit.times, limit.seconds));
    let module = |part| format!("crate::{}", around.layout.module(part, &name));
    context! {
        name => name.clone(),
        ty => type_name(&name),
        doc => socket.doc.untrusted().trim_end_matches('.'),
        module_doc => comment("//!", &prose(socket.doc.untrusted(), 96), 0),
        route => address(socket),
        sample_path => route(socket, |_| "one".to_owned()),
        other_path => route(socket, |_| "two".to_owned()),
        has_rooms => socket.route.parameters().next().is_some(),
        path_parameters => socket.route.parameters().map(str::to_owned).collect::<Vec<_>>(),
        largest => socket.largest,
        backlog => socket.backlog,
        burst => burst,
        within => within,
        is_exceeded => burst <= MOST_AT_ONCE && burst / within.max(1) <= MOST_PER_SECOND,
        access => access(&socket.access),
        names_roles => names_roles(&socket.access),
        public => socket.access.is_public(),
        tester => super::call::tester(&socket.access),
        outsider => around.roles.iter().find(|role| !socket.access.admits(role)).map(ToString::to_string),
        disapproved => disapproved(socket),
        free_choices => free_choices(socket),
        looked_at => looked_at(socket).map(str::to_owned).collect::<Vec<_>>(),
        use_cases => module(Part::UseCases),
        routes => module(Part::Routes),
        ..entity::values(&as_row(socket), around)
    }
}

/// The path with something in the place of its parameters.
fn route(socket: &Socket, parameter: impl Fn(&str) -> String) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Fixed(text) => format!("/{text}"),
        Segment::Parameter(name) => format!("/{}", parameter(name)),
    };
    socket.route.segments().iter().map(step).collect()
}

/// Messages that the check says no to, by the examples of its function: the field, and its value.
fn disapproved(socket: &Socket) -> Vec<Value> {
    let Some(check) = &socket.check else { return Vec::new() };
    let field = looked_at(socket).next();
    sample::disapproved(check).into_iter().map(|value| context! { field => field, value => value }).collect()
}

/// The fields that the check of the whole message is told of.
fn looked_at(socket: &Socket) -> impl Iterator<Item = &str> {
    socket.check.iter().flat_map(|call| &call.parameters).map(|parameter| parameter.name.as_str())
}

/// Choices of which each word is fit to be said, whatever the check thinks of the rest.
fn free_choices(socket: &Socket) -> Vec<Value> {
    let words = |field: &MessageField| match &field.kind {
        FieldType::OneOf { choices } if !looked_at(socket).any(|name| name == field.name.as_str()) => {
            Some(choices.iter().map(ToString::to_string).collect::<Vec<_>>())
        }
        _ => None,
    };
    let free = socket.message.iter().filter_map(|field| Some((field, words(field)?)));
    free.map(|(field, words)| context! { field => field.name.as_str(), words => words }).collect()
}

/// A message as if it were a row. The check of the whole message stands at the first field that it looks at.
fn as_row(socket: &Socket) -> Entity {
    let looked_at = socket.check.as_ref().and_then(|call| call.parameters.first());
    let field = |(number, one): (usize, &MessageField)| {
        let is_checked = match looked_at {
            Some(parameter) => parameter.name == one.name.as_str(),
            None => number == 0,
        };
        Field {
            name: one.name.clone(),
            doc: socket.doc.clone(),
            kind: one.kind.clone(),
            unique: false,
            optional: one.optional,
            default: None,
            check: socket.check.clone().filter(|_| is_checked),
            computed: None,
            span: socket.span.clone(),
        }
    };
    Entity::of_message(&name(socket), &socket.doc, socket.message.iter().enumerate().map(field).collect())
}

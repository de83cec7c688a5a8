//! `[[socket]]`: messages that go both ways, within limits.

use std::ops::Range;

use serde::Serialize;

use super::Context;
use super::access::Access;
use super::call::Call;
use super::data::Data;
use super::endpoint::rate_limit;
use super::field_type::FieldType;
use super::name::{self, Name, Use};
use super::route::Route;
use super::text::Prose;
use super::time::RateLimit;
use crate::spec::fields::{Fields, checked};
use crate::spec::problem::Problems;

const MOST_MESSAGE_FIELDS: usize = 30;
const DEFAULT_LARGEST: u32 = 4_096;
const DEFAULT_BACKLOG: u32 = 64;

/// A place where messages go both ways.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Socket {
    /// Where it is opened; each value of its parameters is a room of its own.
    pub route: Route,
    /// What it is for.
    pub doc: Prose,
    /// What a message holds.
    pub message: Vec<MessageField>,
    /// Who may open it.
    pub access: Access,
    /// The most bytes of a message.
    pub largest: u32,
    /// How often one may send.
    pub rate_limit: Option<RateLimit>,
    /// How many messages are kept for a slow reader before it is cut off.
    pub backlog: u32,
    /// The function that must say yes to a message, called with its fields by their names.
    pub check: Option<Call>,
    /// The service that serves it, of microservices.
    pub service: Option<Name>,
    /// The bytes of the file that hold it.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// A field of a message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct MessageField {
    /// Its name.
    pub name: Name,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether it may be missing.
    pub optional: bool,
}

impl MessageField {
    /// What a function sees of it.
    pub fn data(&self) -> Data {
        let data = self.kind.data();
        if self.optional { Data::Optional(Box::new(data)) } else { data }
    }
}

/// Reads one `[[socket]]`; `None` if a part of it had problems.
pub(super) fn socket(
    mut fields: Fields<'_>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Option<Socket> {
    let route = fields.required_text("path", problems);
    let route = route.and_then(|text| checked(&text, Route::read, problems));
    let doc = Prose::doc(&mut fields, problems);
    let access = Access::read(&mut fields, "roles", &context.settings.roles, problems);
    let number = |key, range, default, fields: &mut Fields<'_>, problems: &mut Problems<'_>| {
        let number = fields.integer(key, range, problems);
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or(default)
    };
    let largest = number("largest", 64..=1 << 20, DEFAULT_LARGEST, &mut fields, problems);
    let backlog = number("backlog", 1..=10_000, DEFAULT_BACKLOG, &mut fields, problems);
    let rate_limit = rate_limit(&mut fields, problems);
    let message = message(&mut fields, largest, problems);
    let check = check(&mut fields, message.as_deref(), context, problems);
    let service = context.service_of(&mut fields, problems);
    let span = fields.span.clone();
    fields.finish(problems);
    let (route, doc, message) = (route?, doc?, message?);
    Some(Socket { route, doc, message, access, largest, rate_limit, backlog, check, service, span })
}

fn message(fields: &mut Fields<'_>, largest: u32, problems: &mut Problems<'_>) -> Option<Vec<MessageField>> {
    let before = problems.count();
    let tables = fields.tables("message", "a field of a message", problems);
    if tables.is_empty() {
        let hint = "add `message = [{ name = \"text\", type = \"text\", max = 500 }]`";
        problems.report(fields.place("message"), "the messages of this socket hold nothing", hint);
    }
    if let Some(first) = tables.get(MOST_MESSAGE_FIELDS) {
        let message = format!("more than {MOST_MESSAGE_FIELDS} fields of a message");
        problems.report(first.span.clone(), message, "leave some out");
    }
    let mut message: Vec<MessageField> = Vec::new();
    for table in tables.into_iter().take(MOST_MESSAGE_FIELDS) {
        let span = table.span.clone();
        let Some(field) = message_field(table, largest, problems) else { continue };
        if message.iter().any(|known| known.name == field.name) {
            problems.report(span, format!("the field `{}` stands twice", field.name), "leave one out");
        }
        message.push(field);
    }
    let least = 2 + message.iter().filter(|field| !field.optional).map(shortest).sum::<u32>();
    if least > largest {
        let message = format!("the shortest message has {least} bytes, more than {largest}");
        problems.report(fields.place("message"), message, "leave fields out, or set a larger `largest`");
    }
    (problems.count() == before).then_some(message)
}

/// The fewest bytes of a field in JSON: its name, its value and what stands between.
fn shortest(field: &MessageField) -> u32 {
    let value = match &field.kind {
        FieldType::Text(length) => 2 + length.min,
        FieldType::Email(_) | FieldType::Url(_) => "\"a@b.c\"".len() as u32,
        FieldType::Integer { .. } | FieldType::Number { .. } => 1,
        FieldType::Boolean => "true".len() as u32,
        FieldType::Date => "\"2026-01-31\"".len() as u32,
        FieldType::Datetime => "\"2026-01-31T00:00:00Z\"".len() as u32,
        FieldType::Uuid | FieldType::Reference { .. } => 38,
        FieldType::OneOf { choices } => {
            2 + choices.iter().map(|choice| choice.as_str().len()).min().unwrap_or(0) as u32
        }
    };
    "\"\":".len() as u32 + field.name.as_str().len() as u32 + value
}

fn message_field(mut fields: Fields<'_>, largest: u32, problems: &mut Problems<'_>) -> Option<MessageField> {
    let name = name::required(&mut fields, Use::Field, problems);
    let kind = FieldType::read(&mut fields, 1, &[], problems);
    let optional = fields.boolean("optional", problems).unwrap_or(false);
    if let Some(FieldType::Text(length)) = &kind
        && length.max > largest
    {
        let message =
            format!("a text of {} characters does not fit into a message of {largest} bytes", length.max);
        problems.report(fields.place("max"), message, "set a smaller `max`, or a larger `largest`");
    }
    fields.finish(problems);
    Some(MessageField { name: name?, kind: kind?, optional })
}

fn check(
    fields: &mut Fields<'_>,
    message: Option<&[MessageField]>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Option<Call> {
    let text = fields.text("check", problems)?;
    let call = context.functions.call(&text, problems)?;
    let message = message?;
    if call.answer != Data::Boolean || call.fallible {
        problems.report(text.span.clone(), "a check returns `bool`", "");
    }
    for parameter in &call.parameters {
        let field = message.iter().find(|field| field.name.as_str() == parameter.name);
        if field.is_none_or(|field| field.data() != parameter.data) {
            let message = format!("no field `{}: {}` in a message", parameter.name, parameter.data);
            let hint = "parameters are called like fields of the message and hold what these do";
            problems.report(text.span.clone(), message, hint);
        }
    }
    let field = |name: &str| {
        let field = message.iter().find(|field| field.name.as_str() == name)?;
        Some((&field.kind, field.optional))
    };
    call.refuse_no_approval(&text, field, problems);
    Some(call)
}

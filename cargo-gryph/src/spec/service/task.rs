//! `[[task]]`: work in the background, by a schedule or when it is asked for.

use std::ops::Range;

use serde::Serialize;

use super::Context;
use super::access::Access;
use super::call::Call;
use super::data::Value;
use super::endpoint::values;
use super::name::{self, Name, Use};
use super::text::Prose;
use super::time::Seconds;
use crate::spec::fields::Fields;
use crate::spec::problem::Problems;

const MOST_RETRIES: u64 = 20;
const DEFAULT_RETRIES: u32 = 5;
const DEFAULT_BACKOFF: Seconds = Seconds::new(2);
/// From a second to 30 days.
const SCHEDULE: [u64; 2] = [1, 30 * 86_400];
/// From a second to an hour.
const BACKOFF: [u64; 2] = [1, 3_600];

/// Work in the background.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Task {
    /// Its name.
    pub name: Name,
    /// What it does.
    pub doc: Prose,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// The function; its parameters are the payload, and its answer is kept.
    pub call: Call,
    /// Who may enqueue it, with `POST /tasks/NAME` and a key that makes it happen once.
    pub access: Access,
    /// How often it is tried again before it is a dead letter.
    pub retries: u32,
    /// How long to wait before the first of these; twice as long before each further one, with jitter.
    pub backoff: Seconds,
    /// The service that runs it, of microservices.
    pub service: Option<Name>,
    /// The bytes of the file that hold it.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// When a task runs by itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Schedule {
    /// How long after the last time.
    pub every: Seconds,
    /// What goes in, by the names of parameters.
    pub payload: Vec<(String, Value)>,
}

impl Task {
    /// Where it is enqueued: `/tasks/measure`.
    pub fn route(&self) -> String {
        format!("/tasks/{}", self.name.hyphenated())
    }
}

/// Reads one `[[task]]`; `None` if a part of it had problems.
pub(super) fn task(
    mut fields: Fields<'_>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Option<Task> {
    let name = name::required(&mut fields, Use::Task, problems);
    let doc = Prose::doc(&mut fields, problems);
    let call = fields.required_text("call", problems);
    let call = call.and_then(|text| context.functions.call(&text, problems));
    let schedule = schedule(&mut fields, call.as_ref(), problems);
    let access = Access::read(&mut fields, "roles", &context.settings.roles, problems);
    let retries = fields.integer("retries", 0..=MOST_RETRIES, problems);
    let retries = retries.and_then(|number| u32::try_from(number).ok()).unwrap_or(DEFAULT_RETRIES);
    let backoff = fields.text("backoff", problems);
    let backoff = backoff.and_then(|text| Seconds::read(&text, &text.value, BACKOFF, problems));
    let service = context.service_of(&mut fields, problems);
    let span = fields.span.clone();
    fields.finish(problems);
    let (name, doc, call) = (name?, doc?, call?);
    let backoff = backoff.unwrap_or(DEFAULT_BACKOFF);
    Some(Task { name, doc, schedule, call, access, retries, backoff, service, span })
}

fn schedule(fields: &mut Fields<'_>, call: Option<&Call>, problems: &mut Problems<'_>) -> Option<Schedule> {
    let text = fields.text("schedule", problems);
    let payload = fields.table("payload", "the payload", problems);
    let Some(text) = text else {
        if payload.is_some() && !fields.has("schedule") {
            let message = "a task without a schedule gets its payload from who enqueues it";
            problems.report(
                fields.place("payload"),
                message,
                "leave it out, or add `schedule = \"every 15m\"`",
            );
        }
        return None;
    };
    let Some(every) = text.value.strip_prefix("every ") else {
        problems.report(text.span, "this is not a schedule", "write `every 15m`");
        return None;
    };
    let every = Seconds::read(&text, every, SCHEDULE, problems);
    let parameters = &call?.parameters;
    let payload = match payload {
        Some(payload) => values(&payload, parameters, problems)?,
        None if parameters.iter().all(|parameter| parameter.data.is_optional()) => Vec::new(),
        None => {
            let hint = "add `payload = { … }` with the parameters of its function";
            problems.report(text.span, "nothing says what the scheduled task works on", hint);
            return None;
        }
    };
    Some(Schedule { every: every?, payload })
}

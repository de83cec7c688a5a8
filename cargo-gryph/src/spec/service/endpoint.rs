//! `[[endpoint]]`: a route beyond those of the entities, and the function that answers it.

use std::ops::Range;

use serde::Serialize;
use toml::Spanned;
use toml::de::DeValue;

use super::Context;
use super::access::Access;
use super::call::{Call, Parameter};
use super::data::{Data, Value};
use super::name::Name;
use super::route::{Method, Route};
use super::text::Prose;
use super::time::RateLimit;
use crate::similar::nearest;
use crate::spec::fields::{Fields, MOST_EXAMPLES, checked};
use crate::spec::problem::Problems;
use crate::spec::word::word;

/// A route and the function that answers it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Endpoint {
    /// How it is asked.
    pub method: Method,
    /// Where it is asked.
    pub route: Route,
    /// What it does.
    pub doc: Prose,
    /// Who may ask.
    pub access: Access,
    /// How often one may ask, where that differs from the platform's limit.
    pub rate_limit: Option<RateLimit>,
    /// The function; the request's fields are its parameters.
    pub call: Call,
    /// The service that serves it, of microservices.
    pub service: Option<Name>,
    /// What it answers to what.
    pub examples: Vec<EndpointExample>,
    /// The bytes of the file that hold it.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// A request and its answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct EndpointExample {
    /// The request's fields by the names of parameters; those that are missing are left out.
    pub request: Vec<(String, Value)>,
    /// The answer.
    pub answer: EndpointAnswer,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointAnswer {
    /// 200 with this in `result`.
    Result(Value),
    /// 422, with this in `detail` if it is fixed.
    Refused(Option<Prose>),
}

/// Where a field of a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the path.
    Path,
    /// Behind the question mark.
    Query,
    /// In the JSON of the body.
    Body,
    /// In a header.
    Header,
    /// In a message of a socket.
    Message,
}

impl Endpoint {
    /// Where a parameter stands in the request.
    pub fn place(&self, parameter: &Parameter) -> Place {
        if self.route.parameters().any(|name| name == parameter.name) {
            Place::Path
        } else if self.method.has_body() {
            Place::Body
        } else {
            Place::Query
        }
    }

    /// A name for what serves it, unlike that of any other endpoint: `post_preview_slug`.
    pub fn name(&self) -> String {
        format!("{}_{}", self.method.as_str().to_lowercase(), self.route.name())
    }
}

/// Reads one `[[endpoint]]`; `None` if a part of it had problems.
pub(super) fn endpoint(
    mut fields: Fields<'_>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Option<Endpoint> {
    let method = fields.required_text("method", problems);
    let method = method.and_then(|text| word(&text, "a method", Method::WORDS, problems));
    let route = fields.required_text("path", problems);
    let route = route.and_then(|text| checked(&text, Route::read, problems));
    let doc = Prose::doc(&mut fields, problems);
    let access = Access::read(&mut fields, "roles", &context.settings.roles, problems);
    let rate_limit = rate_limit(&mut fields, problems);
    let call = fields.required_text("call", problems);
    let call = call.and_then(|text| context.functions.call(&text, problems));
    let service = context.service_of(&mut fields, problems);
    let raw = fields.tables("examples", "an example", problems);
    if let Some(first) = raw.get(MOST_EXAMPLES) {
        problems.report(first.span.clone(), format!("more than {MOST_EXAMPLES} examples"), "leave some out");
    }
    let (call_place, span) = (fields.place("call"), fields.span.clone());
    fields.finish(problems);
    let raw = raw.into_iter().take(MOST_EXAMPLES);
    let examples: Vec<_> = match &call {
        Some(call) => raw
            .filter_map(|fields| {
                let span = fields.span.clone();
                let example = example(fields, call, problems)?;
                refuse_no_path(route.as_ref(), &example, span, problems);
                Some(example)
            })
            .collect(),
        None => Vec::new(),
    };
    let (method, route, doc, call) = (method?, route?, doc?, call?);
    let endpoint = Endpoint { method, route, doc, access, rate_limit, call, service, examples, span };
    refuse_unfit(&endpoint, call_place, problems);
    Some(endpoint)
}

/// Reads `rate-limit`.
pub(super) fn rate_limit(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Option<RateLimit> {
    fields.text("rate-limit", problems).and_then(|text| RateLimit::read(&text, problems))
}

/// Refuses parameters that the request has no room for.
fn refuse_unfit(endpoint: &Endpoint, place: Range<usize>, problems: &mut Problems<'_>) {
    let parameters = &endpoint.call.parameters;
    for name in endpoint.route.parameters() {
        let found = parameters.iter().find(|parameter| parameter.name == name);
        let fits = found.is_some_and(|found| matches!(found.data, Data::Text | Data::Integer(_)));
        if !fits {
            let message =
                format!("the function has no parameter `{name}` that holds a text or a whole number");
            let hint = "each `{…}` of the path is a parameter of the function";
            problems.report(endpoint.span.clone(), message, hint);
        }
    }
    for parameter in parameters {
        let scalar = parameter.data.present().is_scalar();
        if endpoint.place(parameter) == Place::Query && !scalar {
            let message = format!("an address cannot hold the list `{}`", parameter.name);
            problems.report(place.clone(), message, "use POST, PUT or PATCH");
        }
    }
}

fn example(mut fields: Fields<'_>, call: &Call, problems: &mut Problems<'_>) -> Option<EndpointExample> {
    let span = fields.span.clone();
    let request = fields.table("request", "the request", problems);
    let request = match request {
        Some(request) => values(&request, &call.parameters, problems),
        None => missing(&[], &call.parameters, span.clone(), problems).map(|()| Vec::new()),
    };
    let status = fields.integer("status", 200..=422, problems);
    let response = fields.table("response", "the response", problems);
    let answer = match status {
        Some(200) => result(response, call, &span, problems),
        Some(422) if call.fallible => refusal(response, problems),
        Some(422) => {
            problems.report(span, "this function never refuses", "let it return `Result<_, String>`");
            None
        }
        Some(_) => {
            problems.report(fields.place("status"), "an endpoint answers 200 or 422", "");
            None
        }
        None if fields.has("status") => None,
        None => {
            problems.report(span, "this example has no `status`", "add `status = 200`");
            None
        }
    };
    fields.finish(problems);
    Some(EndpointExample { request: request?, answer: answer? })
}

/// Refuses what no address can hold: a part of a path is never empty, and dots lead elsewhere.
fn refuse_no_path(
    route: Option<&Route>,
    example: &EndpointExample,
    span: Range<usize>,
    problems: &mut Problems<'_>,
) {
    let parameters: Vec<&str> = route.map(|route| route.parameters().collect()).unwrap_or_default();
    for (name, value) in example.request.iter().filter(|(name, _)| parameters.contains(&name.as_str())) {
        if let Value::Text(text) = value
            && ["", ".", ".."].contains(&text.untrusted())
        {
            let message = format!("`{name}` stands in the path, which cannot hold `{}`", text.untrusted());
            problems.report(span.clone(), message, "leave this example to the function, or use a body");
        }
    }
}

/// Reads values by the names of parameters.
pub(super) fn values(
    fields: &Fields<'_>,
    parameters: &[Parameter],
    problems: &mut Problems<'_>,
) -> Option<Vec<(String, Value)>> {
    let before = problems.count();
    let mut values = Vec::new();
    for (name, value) in fields.entries() {
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name.value) else {
            let hint = nearest(&name.value, parameters.iter().map(|parameter| parameter.name.as_str()))
                .map_or_else(String::new, |known| format!("did you mean `{known}`?"));
            let shown: String = name.value.chars().take(40).collect();
            let message = format!("the function has no parameter `{}`", shown.escape_debug());
            problems.report(name.span, message, hint);
            continue;
        };
        values.extend(parameter.data.value(value, problems).map(|value| (name.value, value)));
    }
    let given: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
    if problems.count() == before {
        missing(&given, parameters, fields.span.clone(), problems)?;
    }
    (problems.count() == before).then_some(values)
}

/// Refuses values that leave out a parameter that must be there.
fn missing(
    given: &[&str],
    parameters: &[Parameter],
    span: Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<()> {
    let absent =
        |parameter: &&Parameter| !parameter.data.is_optional() && !given.contains(&parameter.name.as_str());
    let Some(absent) = parameters.iter().find(absent) else { return Some(()) };
    let message = format!("the parameter `{}` is missing", absent.name);
    problems.report(span, message, "give every parameter that is no `Option`");
    None
}

fn result(
    response: Option<Fields<'_>>,
    call: &Call,
    span: &Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<EndpointAnswer> {
    let mut response = response;
    let value: Option<&Spanned<DeValue<'_>>> = response.as_mut().and_then(|fields| fields.value("result"));
    let place = response.as_ref().map_or_else(|| span.clone(), |fields| fields.span.clone());
    if let Some(response) = response {
        response.finish(problems);
    }
    match value {
        Some(value) => call.answer.value(value, problems).map(EndpointAnswer::Result),
        None if call.answer.is_optional() => Some(EndpointAnswer::Result(Value::Null)),
        None => {
            problems.report(place, "this example has no result", "add `response = { result = … }`");
            None
        }
    }
}

fn refusal(response: Option<Fields<'_>>, problems: &mut Problems<'_>) -> Option<EndpointAnswer> {
    let Some(mut response) = response else { return Some(EndpointAnswer::Refused(None)) };
    let detail = response.text("detail", problems);
    response.finish(problems);
    let detail = detail.map(|text| Prose::line(&text, problems));
    match detail {
        None => Some(EndpointAnswer::Refused(None)),
        Some(detail) => detail.map(|detail| EndpointAnswer::Refused(Some(detail))),
    }
}

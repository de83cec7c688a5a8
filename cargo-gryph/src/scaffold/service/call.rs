//! Endpoints and tasks: routes whose work is done by a function, as the values of their templates.

use std::collections::BTreeMap;

use minijinja::{Value, context};

use crate::plan::asked::{
    Access, Call, Data, Endpoint, EndpointAnswer, Parameter, Place, RateLimit, Segment, Task,
};
use crate::plan::{comment, prose};

use super::entity::{access, called};
use super::field::json;
use super::layout::{Layout, Part};
use super::noun::type_name;

/// How often one client may call an endpoint that says nothing of it.
const USUAL_RATE: RateLimit = RateLimit { times: 120, seconds: 60 };

/// Everything the templates may say about an endpoint.
pub(super) fn endpoint(endpoint: &Endpoint, layout: &Layout, rules: &str) -> Value {
    let name = endpoint.name();
    let parameters = |wanted: Place| -> Vec<Value> {
        let of = endpoint.call.parameters.iter().filter(|one| endpoint.place(one) == wanted);
        of.map(parameter).collect()
    };
    context! {
        name => name.clone(),
        ty => type_name(&name),
        doc => endpoint.doc.untrusted().trim_end_matches('.'),
        module_doc => comment("//!", &prose(endpoint.doc.untrusted(), 96), 0),
        type_doc => comment("///", &prose(endpoint.doc.untrusted(), 96), 0),
        method => endpoint.method.as_str(),
        verb => endpoint.method.as_str().to_lowercase(),
        route => route(endpoint),
        path_parameters => parameters(Place::Path),
        query => parameters(Place::Query),
        body => parameters(Place::Body),
        rate => rate(endpoint.rate_limit),
        access => access(&endpoint.access),
        names_roles => names_roles(&endpoint.access),
        call => function(&endpoint.call, rules),
        use_cases => format!("crate::{}", layout.module(Part::UseCases, &name)),
        tester => tester(&endpoint.access),
        actor => actor(&endpoint.call),
        parameters => endpoint.call.parameters.iter().map(parameter).collect::<Vec<_>>(),
        arguments => arguments(endpoint),
        needs_value => !takes_body(endpoint),
        examples => endpoint.examples.iter().filter_map(|one| example(endpoint, one)).collect::<Vec<_>>(),
    }
}

/// What the use case calls who asks: like no parameter.
fn actor(call: &Call) -> String {
    let mut name = "actor".to_owned();
    while call.takes(&name) {
        name.push('_');
    }
    name
}

/// Whether a request has a body: where all that is asked for stands in the address, it has none.
pub(super) fn takes_body(endpoint: &Endpoint) -> bool {
    endpoint.call.parameters.iter().any(|one| endpoint.place(one) == Place::Body)
}

/// Everything the templates may say about a task.
pub(super) fn task(task: &Task, layout: &Layout, rules: &str) -> Value {
    let name = task.name.as_str();
    let schedule = task.schedule.as_ref().map(|schedule| {
        context! { every => schedule.every.get(), payload => payload(&schedule.payload) }
    });
    let sample: Vec<String> =
        task.call.parameters.iter().map(|one| format!("{:?}: {}", one.name, sample(&one.data))).collect();
    context! {
        name => name,
        ty => type_name(name),
        hyphenated => task.name.hyphenated(),
        doc => task.doc.untrusted().trim_end_matches('.'),
        module_doc => comment("//!", &prose(&format!("The task `{name}`: {}", task.doc.untrusted()), 96), 0),
        parameters => task.call.parameters.iter().map(parameter).collect::<Vec<_>>(),
        arguments => task.call.parameters.iter().map(|one| given(one, "payload")).collect::<Vec<_>>(),
        access => access(&task.access),
        names_roles => names_roles(&task.access),
        retries => task.retries,
        backoff => task.backoff.get(),
        schedule => schedule,
        call => function(&task.call, rules),
        use_cases => format!("crate::{}", layout.module(Part::UseCases, name)),
        tester => tester(&task.access),
        sample => sample,
    }
}

/// JSON with these entries, as a literal of Rust.
fn payload(entries: &[(String, crate::plan::asked::Value)]) -> String {
    let entries = entries.iter().filter_map(|(name, value)| Some((name, serde_json::to_value(value).ok()?)));
    let object: BTreeMap<_, _> = entries.collect();
    format!("{:?}", serde_json::json!(object).to_string())
}

/// A role that may call, or nobody for what everybody may.
pub(super) fn tester(access: &Access) -> String {
    match access {
        Access::Public => String::new(),
        Access::Roles(roles) => roles.first().map_or_else(|| "admin".to_owned(), ToString::to_string),
    }
}

pub(super) fn names_roles(access: &Access) -> bool {
    matches!(access, Access::Roles(roles) if !roles.is_empty())
}

fn function(call: &Call, rules: &str) -> Value {
    let argument = |parameter: &Parameter| parameter.name.clone();
    context! {
        name => called(call, rules),
        path => call.path.to_string(),
        arguments => call.parameters.iter().map(argument).collect::<Vec<_>>().join(", "),
        answer => call.answer.to_string(),
        fallible => call.fallible,
        optional => call.answer.is_optional(),
        bounds => bounds(&call.answer),
    }
}

/// What the document of the interface says of a whole number: utoipa would call them all `int32`, which is too much for
/// some and too little for others.
fn bounds(data: &Data) -> Option<String> {
    let (least, most) = data.bounds()?;
    Some(format!("format = Int64, minimum = {least}_i64, maximum = {most}_i64"))
}

fn parameter(parameter: &Parameter) -> Value {
    let name = &parameter.name;
    let is_text = *parameter.data.present() == Data::Text;
    context! {
        name => name,
        ty => parameter.data.to_string(),
        taken => taken(parameter),
        optional => parameter.data.is_optional(),
        bounds => bounds(&parameter.data),
        pattern => if is_text { Some(r"^[^\u0000]*$") } else { None },
    }
}

/// The fields of a request as the use case takes them.
fn arguments(endpoint: &Endpoint) -> Vec<String> {
    let given = |one: &Parameter| {
        let place = match endpoint.place(one) {
            Place::Path => "path",
            Place::Query => "query",
            Place::Body | Place::Header | Place::Message => "body",
        };
        given(one, place)
    };
    endpoint.call.parameters.iter().map(given).collect()
}

/// The type as the use case takes it.
fn taken(parameter: &Parameter) -> String {
    match (&parameter.data, parameter.borrowed) {
        (Data::Text, true) => "&str".to_owned(),
        (Data::List(inner), true) => format!("&[{inner}]"),
        (Data::Optional(inner), true) if **inner == Data::Text => "Option<&str>".to_owned(),
        (data, _) => data.to_string(),
    }
}

/// The field of a request as the use case takes it.
fn given(parameter: &Parameter, place: &str) -> String {
    let name = &parameter.name;
    match (&parameter.data, parameter.borrowed) {
        (Data::Text | Data::List(_), true) => format!("&{place}.{name}"),
        (Data::Optional(_), true) => format!("{place}.{name}.as_deref()"),
        _ => format!("{place}.{name}"),
    }
}

fn rate(limit: Option<RateLimit>) -> Value {
    let RateLimit { times, seconds } = limit.unwrap_or(USUAL_RATE);
    let unit = match seconds {
        1 => "SECOND",
        60 => "MINUTE",
        _ => "HOUR",
    };
    context! { times => times, seconds => seconds, unit => unit }
}

/// The address of an endpoint, with its parameters in braces.
pub(super) fn route(endpoint: &Endpoint) -> String {
    let step = |segment: &Segment| match segment {
        Segment::Fixed(text) => format!("/{text}"),
        Segment::Parameter(name) => format!("/{{{name}}}"),
    };
    endpoint.route.segments().iter().map(step).collect()
}

/// An example as a request of a test. Parameters in the path stand in it; those of the query are encoded.
fn example(endpoint: &Endpoint, example: &crate::plan::asked::EndpointExample) -> Option<Value> {
    let mut path = route(endpoint);
    let (mut query, mut body) = (Vec::new(), Vec::new());
    for parameter in &endpoint.call.parameters {
        let Some((_, value)) = example.request.iter().find(|(name, _)| *name == parameter.name) else {
            continue;
        };
        let text = json(value);
        match endpoint.place(parameter) {
            Place::Path => path = path.replace(&format!("{{{}}}", parameter.name), &encoded(&plain(value)?)),
            Place::Query => query.push(format!("{}={}", parameter.name, encoded(&plain(value)?))),
            Place::Body => body.push(format!("{:?}: {text}", parameter.name)),
            Place::Header | Place::Message => return None,
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let (status, answer) = match &example.answer {
        EndpointAnswer::Result(value) => (200, Some(json(value))),
        EndpointAnswer::Refused(detail) => {
            (422, detail.as_ref().map(|text| format!("{:?}", text.untrusted())))
        }
    };
    Some(context! {
        path_literal => format!("{path:?}"),
        body => body,
        has_body => takes_body(endpoint),
        status => status,
        expected => answer.unwrap_or_else(|| "null".to_owned()),
    })
}

/// A value as it stands in an address.
fn plain(value: &crate::plan::asked::Value) -> Option<String> {
    use crate::plan::asked::Value;
    match value {
        Value::Text(text) => Some(text.untrusted().to_owned()),
        Value::Null | Value::List(_) => None,
        Value::Integer(number) => Some(number.to_string()),
        other => Some(json(other)),
    }
}

/// Percent-encoding of everything but letters, digits and `-._~` (RFC 3986).
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Some value of a kind, as JSON.
fn sample(data: &Data) -> String {
    match data {
        Data::Text => "\"a few words\"".to_owned(),
        Data::Boolean => "true".to_owned(),
        Data::Integer(_) => "1".to_owned(),
        Data::Number => "1.5".to_owned(),
        Data::Optional(inner) => sample(inner),
        Data::List(inner) => format!("[{}]", sample(inner)),
    }
}

//! A field of an entity as the pieces of Rust and SQL that templates put together.

use minijinja::{Value, context};

use crate::plan::asked::{self, EMAIL, Entity, Field, FieldType, Name, PLAIN, Parameter, WEB_ADDRESS};
use crate::plan::{comment, prose};

use super::noun::type_name;
use super::sql;

/// What else is called like a field of an entity behind its name: `ZebraDraft`, `ZebraPage`, …
const OTHER_TYPES: &[&str] = &[
    "activity",
    "body",
    "deletion",
    "draft",
    "event",
    "facts",
    "form",
    "list",
    "page",
    "page_view",
    "repository",
    "request",
    "store",
];

/// Everything a template may say about a field.
pub(super) fn values(entity: &Entity, field: &Field) -> Value {
    let name = field.name.as_str();
    context! {
        name => name,
        column => column(field),
        doc => comment("///", &prose(field.doc.untrusted(), 92), 4),
        ty => wrapped(field, rust(entity, field)),
        sql => sql::definition(field),
        garde => garde(field),
        schema => schema(field),
        view_schema => view_schema(field),
        serde_default => serde_default(field),
        default_fn => default_function(entity, field),
        computed => field.computed.is_some(),
        optional => field.optional,
        unique => field.unique,
        is_enum => matches!(field.kind, FieldType::OneOf { .. }),
        reference => reference(field).map(Name::as_str),
    }
}

/// The entity that a field refers to.
pub(super) fn reference(field: &Field) -> Option<&Name> {
    match &field.kind {
        FieldType::Reference { entity } => Some(entity),
        _ => None,
    }
}

/// The column that holds it.
pub(super) fn column(field: &Field) -> String {
    match reference(field) {
        Some(_) => format!("{}_id", field.name),
        None => field.name.to_string(),
    }
}

/// The type of the words of a field that is one of some.
pub(super) fn enum_name(entity: &Entity, field: &Field) -> String {
    let suffix = if OTHER_TYPES.contains(&field.name.as_str()) { "Choice" } else { "" };
    format!("{}{}{suffix}", entity.name.type_name(), field.name.type_name())
}

pub(super) fn rust(entity: &Entity, field: &Field) -> String {
    match &field.kind {
        FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_) => "String".to_owned(),
        FieldType::Integer { .. } => "i64".to_owned(),
        FieldType::Number { .. } => "f64".to_owned(),
        FieldType::Boolean => "bool".to_owned(),
        FieldType::Date => "Day".to_owned(),
        FieldType::Datetime => "Timestamp".to_owned(),
        FieldType::Uuid | FieldType::Reference { .. } => "Id".to_owned(),
        FieldType::OneOf { .. } => enum_name(entity, field),
    }
}

pub(super) fn wrapped(field: &Field, ty: String) -> String {
    if field.optional { format!("Option<{ty}>") } else { ty }
}

/// The rules that garde holds a draft against.
fn garde(field: &Field) -> String {
    let length = |length: &asked::Length, check: &str| {
        let least = if length.min > 0 { format!("min = {}, ", length.min) } else { String::new() };
        format!("length(chars, {least}max = {}), custom(text::{check})", length.max)
    };
    let rules = match &field.kind {
        FieldType::Text(limits) => length(limits, "plain"),
        FieldType::Email(limits) => length(limits, "email"),
        FieldType::Url(limits) => length(limits, "web_address"),
        FieldType::Integer { min, max } => format!("range(min = {min}, max = {max})"),
        FieldType::Number { min, max } => format!("range(min = {}, max = {})", float(min), float(max)),
        _ => return "skip".to_owned(),
    };
    if field.optional { format!("inner({rules})") } else { rules }
}

/// A number as Rust writes it, with a fraction.
pub(super) fn float(number: &asked::Finite) -> String {
    let text = number.to_string();
    if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
}

/// What the document of the interface says of a value that comes in.
fn schema(field: &Field) -> String {
    let length = |length: &asked::Length, pattern: &str| {
        let least = if length.min > 0 { format!("min_length = {}, ", length.min) } else { String::new() };
        format!("{least}max_length = {}, pattern = r\"{pattern}\"", length.max)
    };
    let mut parts: Vec<String> = match &field.kind {
        FieldType::Text(limits) => vec![length(limits, PLAIN)],
        FieldType::Email(limits) => vec![length(limits, EMAIL)],
        FieldType::Url(limits) => vec![length(limits, WEB_ADDRESS)],
        FieldType::Integer { min, max } => vec![format!("minimum = {min}_i64, maximum = {max}_i64")],
        FieldType::Number { min, max } => {
            vec![format!("minimum = {}, maximum = {}", float(min), float(max))]
        }
        FieldType::OneOf { choices } => vec![one_of(field, choices)],
        _ => Vec::new(),
    };
    parts.extend(field.default.as_ref().map(|value| format!("default = {}", json(value))));
    attribute("schema", &parts)
}

/// The words of a field as a pattern: utoipa's own enumeration would be a type of its own.
fn one_of(field: &Field, choices: &[Name]) -> String {
    let words: Vec<&str> = choices.iter().map(Name::as_str).collect();
    let ty = if field.optional { "Option<String>" } else { "String" };
    format!("value_type = {ty}, pattern = \"^({})$\"", words.join("|"))
}

/// What it says of a value that goes out.
fn view_schema(field: &Field) -> String {
    let mut parts = Vec::new();
    if let FieldType::OneOf { choices } = &field.kind {
        parts.push(one_of(field, choices));
    }
    parts.extend(field.optional.then(|| "required".to_owned()));
    attribute("schema", &parts)
}

fn attribute(name: &str, parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!("    #[{name}({})]\n", parts.join(", ")) }
}

fn serde_default(field: &Field) -> String {
    match (&field.default, is_natural(field)) {
        (None, _) => String::new(),
        (Some(_), true) => "    #[serde(default)]\n".to_owned(),
        (Some(_), false) => format!("    #[serde(default = \"default_{}\")]\n", field.name),
    }
}

/// Whether a default is the one that its Rust type has anyway.
fn is_natural(field: &Field) -> bool {
    match &field.default {
        Some(asked::Value::Boolean(value)) => !value,
        Some(asked::Value::Integer(value)) => *value == 0,
        Some(asked::Value::Text(text)) => {
            matches!(field.kind, FieldType::OneOf { .. }) || text.untrusted().is_empty()
        }
        _ => false,
    }
}

/// The function that gives a default which the type itself does not have.
fn default_function(entity: &Entity, field: &Field) -> Option<String> {
    let default = field.default.as_ref().filter(|_| !is_natural(field))?;
    let value = match default {
        asked::Value::Text(text)
            if matches!(field.kind, FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_)) =>
        {
            format!("{:?}.to_owned()", text.untrusted())
        }
        asked::Value::Text(text) => known(&field.kind, text.untrusted())?,
        asked::Value::Number(number) => float(number),
        other => json(other),
    };
    Some(format!("fn default_{}() -> {} {{ {value} }}", field.name, rust(entity, field)))
}

/// A day, a moment or an identifier that the specification was held to write well, as Rust makes it.
fn known(kind: &FieldType, text: &str) -> Option<String> {
    match kind {
        FieldType::Date => {
            let day: jiff::civil::Date = text.parse().ok()?;
            Some(format!("Day::known({}, {}, {})", day.year(), day.month(), day.day()))
        }
        FieldType::Datetime => {
            let moment: jiff::Timestamp = text.parse().ok()?;
            Some(format!("Timestamp::from_micros({})", moment.as_microsecond()))
        }
        FieldType::Uuid => Some(format!("Id::known(0x{})", text.replace('-', "").to_lowercase())),
        _ => None,
    }
}

/// A default as a service shows it, in JSON.
pub(super) fn shown_default(kind: &FieldType, value: &asked::Value) -> String {
    let text = match (kind, value) {
        (FieldType::Datetime, asked::Value::Text(text)) => {
            text.untrusted().parse::<jiff::Timestamp>().ok().map(|moment| format!("{moment:.6}"))
        }
        (FieldType::Uuid, asked::Value::Text(text)) => Some(text.untrusted().to_lowercase()),
        _ => None,
    };
    text.map_or_else(|| json(value), |text| format!("{text:?}"))
}

/// A value of the specification as a literal of JSON, which for these kinds is one of Rust.
pub(super) fn json(value: &asked::Value) -> String {
    match value {
        asked::Value::Null => "null".to_owned(),
        asked::Value::Boolean(value) => value.to_string(),
        // Without a suffix Rust takes it for one of 32 bits.
        asked::Value::Integer(value) if i32::try_from(*value).is_err() => format!("{value}_i64"),
        asked::Value::Integer(value) => value.to_string(),
        asked::Value::Number(value) => float(value),
        asked::Value::Text(text) => format!("{:?}", text.untrusted()),
        asked::Value::List(values) => {
            format!("[{}]", values.iter().map(json).collect::<Vec<_>>().join(", "))
        }
    }
}

/// How a field of a row is given to a statement.
pub(super) fn bound(owner: &str, field: &Field, entity: &Entity) -> String {
    let place = format!("{owner}.{}", field.name);
    match (&field.kind, field.optional) {
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), _) => format!("&{place}"),
        (FieldType::Integer { .. } | FieldType::Number { .. } | FieldType::Boolean, _) => place,
        (FieldType::Datetime, false) => format!("{place}.micros()"),
        (FieldType::Datetime, true) => format!("{place}.map(Timestamp::micros)"),
        (FieldType::OneOf { .. }, false) => format!("{place}.name()"),
        (FieldType::OneOf { .. }, true) => format!("{place}.map({}::name)", enum_name(entity, field)),
        (_, false) => format!("{place}.to_string()"),
        (_, true) => format!("{place}.map(|value| value.to_string())"),
    }
}

/// How a field is read from a row.
pub(super) fn read(field: &Field) -> String {
    let column = column(field);
    match (&field.kind, field.optional) {
        (FieldType::Datetime, false) => format!("database::time(row, {column:?})?"),
        (FieldType::Datetime, true) => {
            format!("row.try_get::<Option<i64>, _>({column:?})?.map(Timestamp::from_micros)")
        }
        (FieldType::Uuid | FieldType::Reference { .. }, false) => format!("database::id(row, {column:?})?"),
        (FieldType::Date | FieldType::OneOf { .. }, false) => {
            format!("row.try_get::<String, _>({column:?})?.parse().map_err(Failure::internal)?")
        }
        (FieldType::Date | FieldType::OneOf { .. } | FieldType::Uuid | FieldType::Reference { .. }, true) => {
            format!(
                "row.try_get::<Option<String>, _>({column:?})?.map(|text| text.parse()).transpose().map_err(Failure::internal)?"
            )
        }
        _ => format!("row.try_get({column:?})?"),
    }
}

/// A field as the argument of a function. `place` says where it stands: `draft.title`, or a value computed before.
pub(super) fn argument(entity: &Entity, field: &Field, place: &str, parameter: &Parameter) -> String {
    let owned = !parameter.borrowed;
    match (&field.kind, field.optional) {
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), false) if owned => {
            format!("{place}.clone()")
        }
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), false) => format!("&{place}"),
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), true) if owned => {
            format!("{place}.clone()")
        }
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), true) => format!("{place}.as_deref()"),
        (FieldType::Integer { .. } | FieldType::Number { .. } | FieldType::Boolean, _) => place.to_owned(),
        (FieldType::OneOf { .. }, false) if owned => format!("{place}.name().to_owned()"),
        (FieldType::OneOf { .. }, false) => format!("{place}.name()"),
        (FieldType::OneOf { .. }, true) => {
            let name = format!("{place}.map({}::name)", enum_name(entity, field));
            if owned { format!("{name}.map(str::to_owned)") } else { name }
        }
        (_, false) if owned => format!("{place}.to_string()"),
        (_, false) => format!("&{place}.to_string()"),
        (_, true) if owned => format!("{place}.map(|value| value.to_string())"),
        (_, true) => format!("{place}.map(|value| value.to_string()).as_deref()"),
    }
}

/// The words of a field, for its type.
pub(super) fn choices(entity: &Entity, field: &Field) -> Option<Value> {
    let FieldType::OneOf { choices } = &field.kind else { return None };
    let default = match &field.default {
        Some(asked::Value::Text(text)) => Some(text.untrusted().to_owned()),
        _ => None,
    };
    let words: Vec<Value> = choices
        .iter()
        .map(|word| {
            let variant = type_name(word.as_str());
            context! {
                word => word.as_str(),
                variant => variant,
                default => default.as_deref() == Some(word.as_str()),
            }
        })
        .collect();
    Some(context! {
        ty => enum_name(entity, field),
        field => field.name.as_str(),
        label => field.name.as_str().replace('_', " "),
        words => words,
        has_default => default.is_some(),
    })
}

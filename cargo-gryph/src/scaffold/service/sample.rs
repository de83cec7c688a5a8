//! Values for tests: a body that is valid, and another one for each number.

use crate::plan::asked::{self, Call, Entity, Field, FieldType, Length, Name};

use super::approval::Approved;
use super::field::{float, json, reference};

/// Of so many whole numbers each row of a test has its own.
const ENOUGH: i64 = 9;

/// A body of more entries is put together from a list: `json!` goes down several times for each.
const MOST_IN_MACRO: usize = 40;

/// What comes before and after the number in a text, the longest first.
const TEXTS: &[(&str, &str)] = &[("text ", ""), ("", "")];
const EMAILS: &[(&str, &str)] = &[("p", "@example.org"), ("", "@b.c")];
const URLS: &[(&str, &str)] = &[("https://example.org/", ""), ("http://", "")];

/// The number that the values of a body are made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// A parameter of that name.
    Given,
    /// One, where no row needs another body and none is there to refer to.
    One,
}

/// The body of a test as an expression of Rust, without what may be left out. What is checked has values of examples
/// that its check says yes to.
pub(super) fn body(fields: &[Field], number: Number) -> String {
    let approved = Approved::of(fields);
    let fields = sent(fields, &approved);
    let all = |entry: &dyn Fn(&str, String) -> String| -> String {
        let value = |field| approved.value(field, number).unwrap_or_else(|| value(field, number));
        let entries = fields.iter().map(|field| entry(field.name.as_str(), value(field)));
        entries.collect::<Vec<_>>().join(", ")
    };
    match fields.len() {
        0..=MOST_IN_MACRO => format!("json!({{ {} }})", all(&|name, value| format!("{name:?}: {value}"))),
        _ => format!(
            "serde_json::Value::from_iter([{}])",
            all(&|name, value| format!("({name:?}, json!({value}))"))
        ),
    }
}

/// The fields that a test's body has.
fn sent<'f>(fields: &'f [Field], approved: &Approved<'_>) -> Vec<&'f Field> {
    let is_sent = |field: &&Field| field.computed.is_none() && (!field.optional || approved.gives(field));
    fields.iter().filter(is_sent).collect()
}

/// The first field that a test's body has.
pub(super) fn shown(fields: &[Field]) -> Option<&Field> {
    sent(fields, &Approved::of(fields)).first().copied()
}

/// Whether another number gives another body.
pub(super) fn uses_number(fields: &[Field]) -> bool {
    body(fields, Number::Given) != body(fields, Number::One)
}

fn value(field: &Field, number: Number) -> String {
    match &field.kind {
        FieldType::Text(length) => text(length, TEXTS, number),
        FieldType::Email(length) => text(length, EMAILS, number),
        FieldType::Url(length) => text(length, URLS, number),
        FieldType::Integer { min, max } => integer(*min, *max, number),
        FieldType::Number { min, max } => decimal(min.get(), max.get(), number),
        FieldType::Boolean => "true".to_owned(),
        FieldType::Date => match number {
            Number::Given => "format!(\"2024-01-{:02}\", number + 1)".to_owned(),
            Number::One => "\"2024-01-02\"".to_owned(),
        },
        FieldType::Datetime => numbered("2024-01-01T00:00:0", ".000000Z", 0, number),
        FieldType::Uuid => numbered("0190a0a0-0000-7000-8000-00000000000", "", 0, number),
        FieldType::OneOf { choices } => format!("{:?}", choices.last().map_or("", Name::as_str)),
        FieldType::Reference { entity } => match number {
            Number::Given => format!("crate::{entity}::made(service, token, number).await"),
            Number::One => "Id::new()".to_owned(),
        },
    }
}

/// A text with a number of one digit: the longest of the patterns that fits, padded where it is too short.
fn text(length: &Length, patterns: &[(&str, &str)], number: Number) -> String {
    let usual = |(before, after): &(&str, &str)| (before.len() + after.len()) as u64 + 1;
    let fitting = patterns.iter().find(|pattern| usual(pattern) <= u64::from(length.max));
    let Some(pattern) = fitting.or(patterns.last()) else { return String::new() };
    numbered(pattern.0, pattern.1, u64::from(length.min).saturating_sub(usual(pattern)), number)
}

/// A text around the number, with so many more characters at its end.
fn numbered(before: &str, after: &str, padding: u64, number: Number) -> String {
    match (number, padding) {
        (Number::Given, 0) => format!("format!(\"{before}{{number}}{after}\")"),
        (Number::One, 0) => format!("\"{before}1{after}\""),
        (Number::Given, _) => format!("format!(\"{before}{{number}}{after}{{}}\", \"x\".repeat({padding}))"),
        (Number::One, _) => format!("format!(\"{before}1{after}{{}}\", \"x\".repeat({padding}))"),
    }
}

fn integer(min: i64, max: i64, number: Number) -> String {
    match (number, min) {
        _ if max.saturating_sub(min) < ENOUGH => json(&asked::Value::Integer(min)),
        (Number::Given, 0) => "i64::from(number)".to_owned(),
        (Number::Given, _) => format!("{min} + i64::from(number)"),
        (Number::One, _) => json(&asked::Value::Integer(min + 1)),
    }
}

/// Whole numbers and a half where there is room, fractions of what there is otherwise.
fn decimal(min: f64, max: f64, number: Number) -> String {
    let (least, step) = match min <= 0.5 && max >= 10.0 {
        true => (0.5, 1.0),
        false => (min, max / 16.0 - min / 16.0),
    };
    let shown = |value: f64| asked::Finite::new(value).map_or_else(String::new, |value| float(&value));
    match number {
        _ if least + step == least => shown(least),
        Number::Given => format!("{} + f64::from(number) * {}", shown(least), shown(step)),
        Number::One => shown(least + step),
    }
}

/// Values that a check of one field says no to, by the examples of its function.
pub(super) fn disapproved(check: &Call) -> Vec<String> {
    let refusing = check.judgements.iter().filter(|one| !one.approves && check.parameters.len() == 1);
    refusing.filter_map(|one| one.arguments.first()).map(json).collect()
}

/// Values that a field must refuse, as JSON in Rust.
pub(super) fn refused(field: &Field) -> Vec<String> {
    match &field.kind {
        FieldType::Text(length) => {
            let mut values = vec![format!("json!(\"x\".repeat({}))", length.max + 1)];
            values.push("json!(\"a\\0b\")".to_owned());
            values.extend((length.min > 0).then(|| "json!(\"\")".to_owned()));
            values
        }
        FieldType::Email(_) => vec!["json!(\"nobody\")".to_owned()],
        FieldType::Url(_) => vec!["json!(\"not an address\")".to_owned()],
        FieldType::Integer { min, max } => {
            [min.saturating_sub(1), max.saturating_add(1)].map(|value| format!("json!({value}_i64)")).to_vec()
        }
        FieldType::Number { max, .. } => vec![format!("json!({} + 1.0)", float(max))],
        _ => Vec::new(),
    }
}

/// Values of another type than a field has.
pub(super) fn malformed(field: &Field) -> &'static str {
    match &field.kind {
        FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_) => "json!(1)",
        // A choice has no space in it.
        FieldType::OneOf { .. } => "json!(\"none of them\")",
        _ => "json!(\"x\")",
    }
}

/// The fields of which each row must have its own value.
pub(super) fn unique(fields: &[Field]) -> Vec<String> {
    let unique = fields.iter().filter(|field| field.unique && field.computed.is_none() && !field.optional);
    unique.map(|field| field.name.to_string()).collect()
}

/// Whether a test's body needs rows of other entities.
pub(super) fn needs_rows(entity: &Entity) -> bool {
    entity.fields.iter().any(|field| reference(field).is_some() && !field.optional)
}

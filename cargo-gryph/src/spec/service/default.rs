//! The value of a field that a request leaves out: of its type, and within its limits.

use toml::Spanned;
use toml::de::DeValue;

use super::data::Value;
use super::field_type::{FieldType, Length};
use crate::spec::problem::Problems;

/// Reads a default.
pub(super) fn default(
    of: &FieldType,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems<'_>,
) -> Option<Value> {
    let read = of.data().value(value, problems)?;
    let fault = fault(of, &read);
    if let Some(fault) = &fault {
        problems.report(value.span(), format!("this default {fault}"), form(of));
    }
    fault.is_none().then_some(read)
}

/// How a value is written, where that is not plain from its type.
fn form(of: &FieldType) -> &'static str {
    match of {
        FieldType::Date => "write a day like `2026-01-31`",
        FieldType::Datetime => "write a moment like `2026-01-31T12:00:00Z`",
        _ => "",
    }
}

/// What is wrong with a value of the right data.
fn fault(of: &FieldType, value: &Value) -> Option<&'static str> {
    let fits = match (of, value) {
        (FieldType::Integer { min, max }, Value::Integer(number)) => (min..=max).contains(&number),
        (FieldType::Number { min, max }, Value::Number(number)) => (min..=max).contains(&number),
        (_, Value::Text(text)) => return text_fault(of, text.untrusted()),
        _ => true,
    };
    (!fits).then_some("is outside of the limits")
}

fn text_fault(of: &FieldType, text: &str) -> Option<&'static str> {
    let within =
        |length: &Length| (length.min as usize..=length.max as usize).contains(&text.chars().count());
    match of {
        FieldType::Text(length) if !within(length) => Some("is outside of the limits"),
        FieldType::Email(length) if !within(length) || !is_email(text) => Some("is not an e-mail address"),
        FieldType::Url(length) if !within(length) || !is_url(text) => Some("is not a web address"),
        // Other forms of a date are none that a service takes.
        FieldType::Date if text.len() != 10 || text.parse::<jiff::civil::Date>().is_err() => {
            Some("is not a date")
        }
        FieldType::Datetime if text.parse::<jiff::Timestamp>().is_err() => Some("is not a moment"),
        FieldType::Uuid if !is_uuid(text) => Some("is not a uuid"),
        FieldType::OneOf { choices } if choices.iter().all(|choice| choice.as_str() != text) => {
            Some("is not one of the choices")
        }
        FieldType::Reference { .. } => Some("names a row, but no row is there before the service runs"),
        _ => None,
    }
}

/// As a service takes it: see `platform::kernel::text` of its templates.
fn is_email(text: &str) -> bool {
    let parts = |text: &str, most: usize, longest: usize, signs: &str| {
        let is_part = |part: &str| {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || signs.contains(letter);
            (1..=longest).contains(&part.len()) && part.chars().all(plain)
        };
        text.split('.').count() <= most && text.split('.').all(is_part)
    };
    let sides = text.split_once('@');
    sides.is_some_and(|(name, host)| {
        parts(name, 16, 64, "_+'-") && host.contains('.') && parts(host, 6, 63, "-")
    })
}

/// As a service takes it, without signs that stand for something else in other languages.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_host = |host: &str| {
        let ends = host.starts_with(|one: char| one.is_ascii_alphanumeric())
            && host.ends_with(|one: char| one.is_ascii_alphanumeric());
        let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
        ends && host.len() <= 252 && host.chars().all(plain)
    };
    let is_port = |port: &str| !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok();
    rest.is_some_and(|rest| {
        let (authority, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (host, port) =
            authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let plain = |letter: char| letter.is_ascii_graphic() && !"\"'<>\\`{}".contains(letter);
        is_host(host) && port.is_none_or(is_port) && behind.chars().all(plain)
    })
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

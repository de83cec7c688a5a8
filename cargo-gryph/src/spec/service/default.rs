//! Values that a specification gives for a field: of its type, and within its limits.

use toml::Spanned;
use toml::de::DeValue;

use super::data::Value;
use super::field_type::{FieldType, Length};
use super::pattern::{is_email, is_harmless_url};
use crate::spec::problem::Problems;

/// Reads what a request may leave out.
pub(super) fn default(
    of: &FieldType,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems<'_>,
) -> Option<Value> {
    let read = of.data().value(value, problems)?;
    let fault = of.fault(&read);
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

impl FieldType {
    /// What is wrong with a value of the right data.
    pub fn fault(&self, value: &Value) -> Option<&'static str> {
        let fits = match (self, value) {
            (Self::Integer { min, max }, Value::Integer(number)) => (min..=max).contains(&number),
            (Self::Number { min, max }, Value::Number(number)) => (min..=max).contains(&number),
            (_, Value::Text(text)) => return text_fault(self, text.untrusted()),
            _ => true,
        };
        (!fits).then_some("is outside of the limits")
    }
}

fn text_fault(of: &FieldType, text: &str) -> Option<&'static str> {
    let within =
        |length: &Length| (length.min as usize..=length.max as usize).contains(&text.chars().count());
    match of {
        FieldType::Text(length) if !within(length) => Some("is outside of the limits"),
        FieldType::Email(length) if !within(length) || !is_email(text) => Some("is not an e-mail address"),
        FieldType::Url(length) if !within(length) || !is_harmless_url(text) => Some("is not a web address"),
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

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

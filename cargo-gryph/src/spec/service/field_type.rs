//! What a field holds, and within which limits.

use serde::Serialize;
use toml::de::DeValue;

use super::data::{Data, Value};
use super::limits::Limits;
use super::name::{Name, Use, name};
use super::text::Finite;
use crate::spec::fields::{Fields, Text};
use crate::spec::problem::Problems;
use crate::spec::word::word;

const MOST_CHOICES: usize = 50;

/// What a field holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FieldType {
    /// Text, with the number of its characters.
    Text(Length),
    /// An address of electronic mail.
    Email(Length),
    /// An address that begins with `http://` or `https://`.
    Url(Length),
    /// A whole number.
    Integer {
        /// The least one.
        min: i64,
        /// The greatest one.
        max: i64,
    },
    /// A number with a fraction.
    Number {
        /// The least one.
        min: Finite,
        /// The greatest one.
        max: Finite,
    },
    /// A truth.
    Boolean,
    /// A day.
    Date,
    /// A moment, in UTC.
    Datetime,
    /// An identifier.
    Uuid,
    /// One of some words.
    OneOf {
        /// The words.
        choices: Vec<Name>,
    },
    /// A row of an entity.
    Reference {
        /// The entity.
        entity: Name,
    },
}

/// How many characters a text has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Length {
    /// The fewest.
    pub min: u32,
    /// The most.
    pub max: u32,
}

#[derive(Clone, Copy)]
enum Plain {
    Text,
    Email,
    Url,
    Integer,
    Number,
    Boolean,
    Date,
    Datetime,
    Uuid,
}

const PLAIN: &[(&str, Plain)] = &[
    ("text", Plain::Text),
    ("email", Plain::Email),
    ("url", Plain::Url),
    ("integer", Plain::Integer),
    ("number", Plain::Number),
    ("boolean", Plain::Boolean),
    ("date", Plain::Date),
    ("datetime", Plain::Datetime),
    ("uuid", Plain::Uuid),
];

impl FieldType {
    /// What a function sees of it.
    pub fn data(&self) -> Data {
        match self {
            Self::Integer { .. } => Data::Integer("i64"),
            Self::Number { .. } => Data::Number,
            Self::Boolean => Data::Boolean,
            Self::Text(_) | Self::Email(_) | Self::Url(_) => Data::Text,
            Self::Date | Self::Datetime | Self::Uuid | Self::OneOf { .. } | Self::Reference { .. } => {
                Data::Text
            }
        }
    }

    /// Its word for people: `text of 1 to 200 characters`.
    pub fn described(&self) -> String {
        match self {
            Self::Text(length) => format!("text of {} to {} characters", length.min, length.max),
            Self::Email(_) => "e-mail address".to_owned(),
            Self::Url(length) => format!("web address of at most {} characters", length.max),
            Self::Integer { min, max } => format!("integer from {min} to {max}"),
            Self::Number { min, max } => format!("number from {min} to {max}"),
            Self::Boolean => "boolean".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Datetime => "datetime".to_owned(),
            Self::Uuid => "uuid".to_owned(),
            Self::OneOf { choices } => {
                let words: Vec<&str> = choices.iter().map(Name::as_str).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Reference { entity } => format!("reference to {entity}"),
        }
    }

    /// Whether a field of this type may hold a value. What is referred to is made when it is needed.
    pub fn may_hold(&self, value: &Value, optional: bool) -> bool {
        match (self, value) {
            (Self::Reference { .. }, _) => true,
            (_, Value::Null) => optional,
            (kind, value) => kind.fault(value).is_none(),
        }
    }

    /// Reads `type`, `min` and `max`. `fewest` is the least length of a text that does not name one.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        fewest: u32,
        entities: &[&str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let limits = Limits::read(fields);
        let Some(value) = fields.value("type") else {
            let hint = "add `type = \"text\"`, or { one-of = [\"…\"] }, or { reference = \"…\" }";
            problems.report(fields.span.clone(), "this field has no `type`", hint);
            return None;
        };
        match value.get_ref() {
            DeValue::Table(_) => {
                limits.refuse(problems);
                composed(fields.sub_table(value, "this type")?, entities, problems)
            }
            _ => {
                let text = fields.expect_text("type", value, problems)?;
                plain(&text, &limits, fewest, problems)
            }
        }
    }
}

fn plain(text: &Text, limits: &Limits<'_>, fewest: u32, problems: &mut Problems<'_>) -> Option<FieldType> {
    let plain = word(text, "a type of field", PLAIN, problems)?;
    Some(match plain {
        Plain::Text => FieldType::Text(limits.length(u64::from(fewest), 1_000, problems)?),
        Plain::Email => FieldType::Email(limits.address([3, 254], 5..=64, problems)?),
        Plain::Url => FieldType::Url(limits.address([1, 2_048], 8..=2_000, problems)?),
        Plain::Integer => limits.integers(problems)?,
        Plain::Number => limits.numbers(problems)?,
        Plain::Boolean | Plain::Date | Plain::Datetime | Plain::Uuid => {
            limits.refuse(problems);
            match plain {
                Plain::Date => FieldType::Date,
                Plain::Datetime => FieldType::Datetime,
                Plain::Uuid => FieldType::Uuid,
                _ => FieldType::Boolean,
            }
        }
    })
}

/// Reads `{ one-of = […] }` or `{ reference = "…" }`.
fn composed(mut fields: Fields<'_>, entities: &[&str], problems: &mut Problems<'_>) -> Option<FieldType> {
    let reference = fields.text("reference", problems);
    let has_choices = fields.value("one-of").is_some();
    let texts = fields.texts("one-of", problems);
    let span = fields.span.clone();
    fields.finish(problems);
    match (reference, has_choices) {
        (Some(target), false) => referenced(&target, entities, problems),
        (None, true) => choices(&texts, span, problems),
        _ => {
            let hint = "write { one-of = [\"open\", \"closed\"] } or { reference = \"author\" }";
            problems.report(span, "this is not a type", hint);
            None
        }
    }
}

fn referenced(target: &Text, entities: &[&str], problems: &mut Problems<'_>) -> Option<FieldType> {
    if !entities.contains(&target.value.as_str()) {
        let hint = crate::similar::nearest(&target.value, entities.iter().copied()).map_or_else(
            || "name an [[entity]] of this specification".to_owned(),
            |known| format!("did you mean `{known}`?"),
        );
        let shown: String = target.value.chars().take(40).collect();
        problems.report(target.span.clone(), format!("no entity `{}`", shown.escape_debug()), hint);
        return None;
    }
    name(target, Use::Entity, problems).map(|entity| FieldType::Reference { entity })
}

fn choices(texts: &[Text], span: std::ops::Range<usize>, problems: &mut Problems<'_>) -> Option<FieldType> {
    let mut choices: Vec<Name> = Vec::new();
    for text in texts.iter().take(MOST_CHOICES + 1) {
        let Some(choice) = name(text, Use::Choice, problems) else { continue };
        if choices.contains(&choice) {
            problems.report(
                text.span.clone(),
                format!("the choice `{choice}` stands twice"),
                "leave one out",
            );
        }
        choices.push(choice);
    }
    if texts.len() < 2 || texts.len() > MOST_CHOICES {
        let message = format!("`one-of` has 2 to {MOST_CHOICES} choices");
        problems.report(span, message, "");
        return None;
    }
    (choices.len() == texts.len()).then_some(FieldType::OneOf { choices })
}

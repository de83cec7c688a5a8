//! What functions compute for fields, and how it is held against them.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::plan::asked::{Call, Entity, Field, FieldType, Length};

use super::{entity, field};

/// How what a function computes is held against its field.
pub(super) enum Computed<'f> {
    /// A text is read as a day, a moment or a choice.
    Words,
    /// A number is one of a range, as Rust writes it.
    Number(String),
    /// A text has a length and a form.
    Text {
        /// How long it is.
        length: &'f Length,
        /// The function of `platform::kernel::text` that knows the form.
        form: &'static str,
    },
}

impl<'f> Computed<'f> {
    /// How the value of a field is held; nothing if no function computes it, or it can be any.
    pub(super) fn in_field(field: &'f Field) -> Option<Self> {
        field.computed.as_ref()?;
        Some(match &field.kind {
            FieldType::Date | FieldType::Datetime | FieldType::OneOf { .. } => Self::Words,
            FieldType::Integer { min, max } => Self::Number(format!("{min}..={max}")),
            FieldType::Number { min, max } => {
                Self::Number(format!("{}..={}", field::float(min), field::float(max)))
            }
            FieldType::Text(length) => Self::Text { length, form: "plain" },
            FieldType::Email(length) => Self::Text { length, form: "email" },
            FieldType::Url(length) => Self::Text { length, form: "web_address" },
            FieldType::Boolean | FieldType::Uuid | FieldType::Reference { .. } => return None,
        })
    }
}

/// Which ways of holding a service needs; nothing if it needs none.
pub(super) fn uses(entities: &[Entity]) -> Option<Value> {
    let ways: Vec<Computed<'_>> =
        entities.iter().flat_map(|entity| &entity.fields).filter_map(Computed::in_field).collect();
    (!ways.is_empty()).then(|| {
        context! {
            words => ways.iter().any(|one| matches!(one, Computed::Words)),
            numbers => ways.iter().any(|one| matches!(one, Computed::Number(_))),
            texts => ways.iter().any(|one| matches!(one, Computed::Text { .. })),
        }
    })
}

/// The computed fields in an order in which each needs only those before it.
pub(super) fn lines(entity: &Entity, rules: &str) -> Vec<Value> {
    let mut open: Vec<&Field> = entity.fields.iter().filter(|field| field.computed.is_some()).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut lines = Vec::new();
    while !open.is_empty() {
        let is_ready = |field: &&Field| {
            let needs = field.computed.iter().flat_map(|call| &call.parameters);
            needs
                .filter_map(|one| entity.fields.iter().find(|field| field.name.as_str() == one.name))
                .all(|need| need.computed.is_none() || done.contains(need.name.as_str()))
        };
        // The specification was held to have no cycle.
        let Some(at) = open.iter().position(is_ready) else { break };
        let field = open.remove(at);
        let place = |other: &Field| match other.computed {
            Some(_) => other.name.to_string(),
            None => format!("draft.{}", other.name),
        };
        let value = field
            .computed
            .as_ref()
            .map(|one| computed_value(field, one, &entity::call(entity, one, rules, place)));
        let is_read = matches!(Computed::in_field(field), Some(Computed::Words));
        let ty = is_read.then(|| field::wrapped(field, field::rust(entity, field)));
        lines.push(context! { name => field.name.as_str(), ty => ty, value => value.unwrap_or_default() });
        done.insert(field.name.as_str());
    }
    lines
}

/// What a function gives, held against what its field can hold.
fn computed_value(field: &Field, call: &Call, given: &str) -> String {
    let Some(way) = Computed::in_field(field) else { return given.to_owned() };
    let function = format!("{:?}", call.path.to_string());
    let held = |given: &str| match &way {
        Computed::Words => format!("computed::value(&{given}, {function})"),
        Computed::Number(wanted) => format!("computed::within({given}, {wanted}, {function})"),
        Computed::Text { length: Length { min, max }, form } => {
            format!("computed::text({given}, {min}..={max}, text::{form}, {function})")
        }
    };
    match field.optional {
        true => format!("{given}.map(|given| {}).transpose()?", held("given")),
        false => format!("{}?", held(given)),
    }
}

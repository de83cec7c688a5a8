//! Values for tests: a body that is valid, and another one for each number.

use crate::plan::FunctionPlan;
use crate::plan::asked::{self, Call, Entity, Field, FieldType, Length, Name};

use super::field::{float, json, reference};

/// A field of a test's body: `"title": format!("text {number}")`; `None` for one that is left out.
///
/// `plans` are the functions with their examples: where one must say yes, an example that it says yes to is the value.
pub(super) fn entry(field: &Field, plans: &[&FunctionPlan]) -> Option<String> {
    if field.computed.is_some() || (field.optional && field.check.is_none()) {
        return None;
    }
    Some(format!("{:?}: {}", field.name.as_str(), value(field, plans)))
}

fn value(field: &Field, plans: &[&FunctionPlan]) -> String {
    if let Some(approved) = approved(field, plans) {
        return approved;
    }
    match &field.kind {
        FieldType::Text(length) => text(length, "text {number}", 6),
        FieldType::Email(length) => text(length, "p{number}@example.org", 14),
        FieldType::Url(length) => text(length, "https://example.org/{number}", 21),
        FieldType::Integer { min: 0, max } if *max >= 9 => "i64::from(number)".to_owned(),
        FieldType::Integer { min, max } if max.saturating_sub(*min) >= 9 => {
            format!("{min} + i64::from(number)")
        }
        FieldType::Integer { min, .. } => format!("{min}"),
        FieldType::Number { min, .. } => json(&asked::Value::Number(*min)),
        FieldType::Boolean => "true".to_owned(),
        FieldType::Date => "format!(\"2024-01-{:02}\", number + 1)".to_owned(),
        FieldType::Datetime => "format!(\"2024-01-01T00:00:0{number}.000000Z\")".to_owned(),
        FieldType::Uuid => "format!(\"0190a0a0-0000-7000-8000-00000000000{number}\")".to_owned(),
        FieldType::OneOf { choices } => format!("{:?}", choices.last().map_or("", Name::as_str)),
        FieldType::Reference { entity } => format!("crate::{entity}::made(service, token, number).await"),
    }
}

/// A text of a pattern whose length is `usual` for numbers of one digit, padded where it is too short.
fn text(length: &Length, pattern: &str, usual: u32) -> String {
    match (length.min, length.max) {
        (min, max) if min <= usual && usual <= max => format!("format!(\"{pattern}\")"),
        (min, _) if min > usual => format!("format!(\"{{:x<{min}}}\", format!(\"{pattern}\"))"),
        (min, _) => format!("format!(\"{{number:x>{}}}\")", min.max(1)),
    }
}

/// The argument of the field in an example that its check says yes to.
fn approved(field: &Field, plans: &[&FunctionPlan]) -> Option<String> {
    let call = field.check.as_ref()?;
    let place = call.parameters.iter().position(|parameter| parameter.name == field.name.as_str())?;
    let path = call.path.to_string();
    let plan = plans.iter().find(|plan| plan.hole.0 == path)?;
    plan.tests.iter().find_map(|test| {
        let syn::Expr::Call(call) = syn::parse_str::<syn::Expr>(&test.source).ok()? else { return None };
        let literal = literal(call.args.iter().nth(place)?)?;
        Some(quote::quote!(#literal).to_string())
    })
}

/// Values that a check of one field says no to, by the examples of its function.
pub(super) fn disapproved(check: &Call, plans: &[&FunctionPlan]) -> Vec<String> {
    let path = check.path.to_string();
    let plans = plans.iter().filter(|plan| plan.hole.0 == path && check.parameters.len() == 1);
    let refused = |source: &str| {
        let syn::Expr::Unary(not) = syn::parse_str::<syn::Expr>(source).ok()? else { return None };
        let syn::Expr::Call(call) = *not.expr else { return None };
        let literal = literal(call.args.first()?)?;
        Some(quote::quote!(#literal).to_string())
    };
    plans.flat_map(|plan| &plan.tests).filter_map(|test| refused(&test.source)).collect()
}

/// The literal of an argument, also where it may be missing: `Some("a")`.
fn literal(argument: &syn::Expr) -> Option<&syn::ExprLit> {
    match argument {
        syn::Expr::Lit(literal) => Some(literal),
        syn::Expr::Call(call) if call.args.len() == 1 => literal(call.args.first()?),
        _ => None,
    }
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

/// Whether a test's body needs rows of other entities.
pub(super) fn needs_rows(entity: &Entity) -> bool {
    entity.fields.iter().any(|field| reference(field).is_some() && !field.optional)
}

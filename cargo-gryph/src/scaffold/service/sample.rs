//! Values for tests: a body that is valid, and another one for each number.

use crate::plan::FunctionPlan;
use crate::plan::asked::{self, Call, Entity, Field, FieldType, Length, Name};

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

/// The body of a test as an expression of Rust, without what may be left out.
///
/// `plans` are the functions with their examples: where one must say yes, an example that it says yes to is the value.
pub(super) fn body(fields: &[Field], plans: &[&FunctionPlan], number: Number) -> String {
    let fields: Vec<&Field> = fields.iter().filter(|field| is_sent(field)).collect();
    let all = |entry: &dyn Fn(&str, String) -> String| -> String {
        let entries = fields.iter().map(|field| entry(field.name.as_str(), value(field, plans, number)));
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

/// Whether a test's body has the field.
pub(super) fn is_sent(field: &Field) -> bool {
    field.computed.is_none() && (!field.optional || field.check.is_some())
}

/// Whether another number gives another body.
pub(super) fn uses_number(fields: &[Field], plans: &[&FunctionPlan]) -> bool {
    body(fields, plans, Number::Given) != body(fields, plans, Number::One)
}

fn value(field: &Field, plans: &[&FunctionPlan], number: Number) -> String {
    if let Some(approved) = approved(field, plans) {
        return approved;
    }
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

/// The fields of which each row must have its own value.
pub(super) fn unique(fields: &[Field]) -> Vec<String> {
    let unique = fields.iter().filter(|field| field.unique && field.computed.is_none() && !field.optional);
    unique.map(|field| field.name.to_string()).collect()
}

/// Whether a test's body needs rows of other entities.
pub(super) fn needs_rows(entity: &Entity) -> bool {
    entity.fields.iter().any(|field| reference(field).is_some() && !field.optional)
}

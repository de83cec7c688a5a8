//! E0063: the fields that a struct literal leaves out.

use syn::spanned::Spanned as _;

use super::Offer;
use super::case::{Case, words};
use super::filling::{self, Wanted};
use super::ground::fields;

/// Alternatives for the missing fields together.
const MOST: usize = 6;

/// The literal with its missing fields.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let at = case.at();
    let literal = case.ground.expressions_of(case.sheet).find_map(|expression| match expression {
        syn::Expr::Struct(literal)
            if case.sheet.range(&literal.path) == at || case.sheet.range(literal) == at =>
        {
            Some(literal)
        }
        _ => None,
    });
    let Some(literal) = literal else { return Vec::new() };
    let missing = missing(case, literal);
    let choices: Vec<Vec<(String, u8)>> =
        missing.iter().map(|(name, ty)| values(case, literal, name, ty)).collect();
    if missing.is_empty() || choices.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let depth = choices.iter().map(Vec::len).max().unwrap_or(0).min(MOST);
    (0..depth).map(|rank| with_values(case, literal, &missing, &choices, rank)).collect()
}

/// Names and types of the fields that are not there.
fn missing(case: &Case<'_>, literal: &syn::ExprStruct) -> Vec<(String, String)> {
    let segments: Vec<String> =
        literal.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let last = segments.last().map(String::as_str).unwrap_or_default();
    let name = match (last, case.function().and_then(|function| function.self_type())) {
        ("Self", Some(own)) => own,
        _ => last.to_owned(),
    };
    let mut all = case.ground.fields(&name);
    if all.is_empty() {
        let variants = case.ground.enums.iter().flat_map(|found| &found.node.variants);
        all = variants
            .filter(|variant| variant.ident == name)
            .flat_map(|variant| fields(&variant.fields))
            .collect();
    }
    let there: Vec<String> =
        literal.fields.iter().map(|field| case.sheet.slice(&field.member).to_owned()).collect();
    all.retain(|(field, _)| !there.contains(field));
    all
}

/// Values for one field, best first.
fn values(case: &Case<'_>, literal: &syn::ExprStruct, name: &str, ty: &str) -> Vec<(String, u8)> {
    let mut values = filling::values(case, &Wanted { name: Some(name), ty });
    values.extend(sibling_values(case, literal, name).into_iter().map(|value| (value, 72)));
    values.extend(like_neighbours(case, literal, name).map(|value| (value, 75)));
    values.sort_by_key(|(_, certainty)| std::cmp::Reverse(*certainty));
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|(value, _)| seen.insert(value.clone()));
    values
}

/// What other literals of the type give the field, where it says the same everywhere.
fn sibling_values(case: &Case<'_>, literal: &syn::ExprStruct, name: &str) -> Vec<String> {
    let own = literal.path.segments.last().map(|segment| segment.ident.to_string());
    let others = case.ground.expressions.iter().filter_map(|found| match found.node {
        syn::Expr::Struct(other) if other.span().byte_range() != literal.span().byte_range() => {
            let last = other.path.segments.last().map(|segment| segment.ident.to_string());
            (last == own || last.as_deref() == Some("Self")).then_some((found.sheet, other))
        }
        _ => None,
    });
    let mut values: Vec<String> = Vec::new();
    for (sheet, other) in others {
        for field in other.fields.iter().filter(|field| sheet.slice(&field.member) == name) {
            let text = sheet.slice(&field.expr).to_owned();
            if is_closed(&text) && !values.contains(&text) {
                values.push(text);
            }
        }
    }
    values.truncate(3);
    values
}

/// Whether a text names nothing but types, constants and their functions.
fn is_closed(text: &str) -> bool {
    let local = |word: &str| word.starts_with(|c: char| c.is_lowercase() || c == '_');
    text.len() <= 80
        && words(text).all(|word| {
            !local(word)
                || matches!(word, "true" | "false" | "std")
                || text.contains(&format!("::{word}"))
                || text.contains(&format!("{word}!["))
                || text.contains(&format!("{word}::"))
        })
}

/// `x: self.x` where the other fields are copied from a value of the same type too.
fn like_neighbours(case: &Case<'_>, literal: &syn::ExprStruct, name: &str) -> Option<String> {
    literal.fields.iter().find_map(|field| {
        let member = case.sheet.slice(&field.member);
        let text = case.sheet.slice(&field.expr);
        let (base, rest) = text.split_once('.')?;
        let plain = base.chars().all(|c| c == '_' || c.is_alphanumeric());
        let same = rest == member || rest == format!("{member}.clone()");
        (plain && same).then(|| text.replacen(member, name, 1))
    })
}

fn with_values(
    case: &Case<'_>,
    literal: &syn::ExprStruct,
    missing: &[(String, String)],
    choices: &[Vec<(String, u8)>],
    rank: usize,
) -> Offer {
    let mut certainty = 100;
    let mut parts = Vec::new();
    for ((name, _), values) in missing.iter().zip(choices) {
        let (value, sure) = values.get(rank).unwrap_or(&values[0]);
        certainty = certainty.min(*sure);
        parts.push(if value == name { name.clone() } else { format!("{name}: {value}") });
    }
    let braces = case.sheet.range(&literal.brace_token.span.join());
    let last = literal.fields.last().map(|field| case.sheet.range(field));
    let multiline = case.sheet.cut(&braces).contains('\n');
    let (at, text) = match last {
        Some(last) if multiline => {
            let indent = case.sheet.indent(last.start);
            let lines: Vec<String> = parts.iter().map(|part| format!(",\n{indent}{part}")).collect();
            let comma = if literal.fields.trailing_punct() { "" } else { "," };
            (last.end, lines.concat() + if comma.is_empty() { "" } else { "," })
        }
        Some(last) => (last.end, parts.iter().map(|part| format!(", {part}")).collect()),
        None => (braces.start + 1, format!(" {} ", parts.join(", "))),
    };
    case.insert("field", certainty, at, text)
}

//! Items and fields that are private where they are used.

use std::ops::Range;

use super::Offer;
use super::case::{Case, offer};
use super::ground::Sheet;

/// E0423, E0451, E0603, E0616 and E0624.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let quoted = case.quoted();
    match case.code {
        "E0616" | "E0451" => match quoted.as_slice() {
            [field, owner, ..] => fields(case, owner, Some(field)),
            _ => Vec::new(),
        },
        "E0423" => quoted.iter().flat_map(|name| fields(case, name, None)).collect(),
        _ => [constructor(case), items(case)].concat(),
    }
}

/// The visibilities that may help, the narrower first where it is enough.
fn visibilities(case: &Case<'_>) -> [(&'static str, u8); 2] {
    if case.sheet.path.as_str().contains("src/") {
        [("pub(crate)", 82), ("pub", 60)]
    } else {
        [("pub", 84), ("pub(crate)", 20)]
    }
}

/// The private fields of a struct, one or all of them.
fn fields(case: &Case<'_>, owner: &str, only: Option<&str>) -> Vec<Offer> {
    let name = owner.split('<').next().unwrap_or_default().rsplit("::").next().unwrap_or_default();
    let Some(found) = case.ground.structure(name) else { return Vec::new() };
    let named = |(index, field): &(usize, &syn::Field)| {
        let own = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        only.is_none_or(|only| only == own)
    };
    let private: Vec<&syn::Field> = found
        .node
        .fields
        .iter()
        .enumerate()
        .filter(named)
        .map(|(_, field)| field)
        .filter(|field| !matches!(field.vis, syn::Visibility::Public(_)))
        .collect();
    let edits = |visibility: &str| -> Vec<(Range<usize>, String)> {
        private
            .iter()
            .map(|field| widened(found.sheet, &field.vis, start_of(found.sheet, field), visibility))
            .collect()
    };
    if private.is_empty() || (only.is_none() && found.node.fields.iter().any(|field| field.ident.is_some())) {
        return Vec::new();
    }
    visibilities(case)
        .map(|(visibility, certainty)| offer(found.sheet, case.code, "visible", certainty, edits(visibility)))
        .into()
}

fn start_of(sheet: &Sheet, field: &syn::Field) -> usize {
    field.ident.as_ref().map_or_else(|| sheet.range(&field.ty).start, |ident| sheet.range(ident).start)
}

/// The edit that gives an item a visibility.
fn widened(
    sheet: &Sheet,
    present: &syn::Visibility,
    start: usize,
    visibility: &str,
) -> (Range<usize>, String) {
    match present {
        syn::Visibility::Inherited => (start..start, format!("{visibility} ")),
        syn::Visibility::Public(_) | syn::Visibility::Restricted(_) => {
            (sheet.range(present), visibility.to_owned())
        }
    }
}

/// The item that the note of the error points at.
fn items(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for label in case.diagnostic.labels.iter().filter(|label| !label.primary) {
        let text = label.text.as_deref().unwrap_or_default();
        if !text.contains("defined here") {
            continue;
        }
        let Some(sheet) = case.ground.sheet(&label.span.path) else { continue };
        let start = label.span.range.start;
        let shown = sheet.cut(&label.span.range);
        for (visibility, certainty) in visibilities(case) {
            let edit = match (shown.strip_prefix("pub("), shown.find(')')) {
                (Some(_), Some(end)) => (start..start + end + 1, visibility.to_owned()),
                _ => (start..start, format!("{visibility} ")),
            };
            if !shown.starts_with("pub ") {
                offers.push(offer(sheet, case.code, "visible", certainty, vec![edit]));
            }
        }
    }
    offers
}

/// E0603 on a tuple struct's constructor: its fields are private.
fn constructor(case: &Case<'_>) -> Vec<Offer> {
    let name = case.quoted().first().copied().unwrap_or_default().to_owned();
    if !case.diagnostic.message.contains("constructor") {
        return Vec::new();
    }
    let is_tuple = case
        .ground
        .structure(&name)
        .is_some_and(|found| matches!(found.node.fields, syn::Fields::Unnamed(_)));
    if is_tuple { fields(case, &name, None) } else { Vec::new() }
}

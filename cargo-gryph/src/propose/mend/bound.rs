//! Bounds that a type parameter lacks.

use std::ops::Range;

use super::Offer;
use super::case::{Case, bounds, offer};
use super::ground::Sheet;

/// Traits outside of the prelude, by the path they are known under everywhere.
const PATHS: [(&str, &str); 16] = [
    ("Debug", "std::fmt::Debug"),
    ("Display", "std::fmt::Display"),
    ("Hash", "std::hash::Hash"),
    ("Add", "std::ops::Add"),
    ("Sub", "std::ops::Sub"),
    ("Mul", "std::ops::Mul"),
    ("Div", "std::ops::Div"),
    ("Neg", "std::ops::Neg"),
    ("AddAssign", "std::ops::AddAssign"),
    ("SubAssign", "std::ops::SubAssign"),
    ("MulAssign", "std::ops::MulAssign"),
    ("Sum", "std::iter::Sum"),
    ("FromStr", "std::str::FromStr"),
    ("Error", "std::error::Error"),
    ("Borrow", "std::borrow::Borrow"),
    ("Write", "std::io::Write"),
];

/// Bounds of `T: Trait` in the error for parameters in scope.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let mut pairs: Vec<(String, String)> = case.texts().flat_map(bounds).collect();
    let quoted = case.quoted();
    if let [ty, name, ..] = quoted.as_slice()
        && case.diagnostic.message.contains("doesn't implement")
    {
        pairs.push(((*ty).to_owned(), (*name).to_owned()));
    }
    if let [operator, ty, ..] = quoted.as_slice()
        && case.diagnostic.message.starts_with("binary operation")
    {
        let wanted = if matches!(*operator, "==" | "!=") { "PartialEq" } else { "PartialOrd" };
        pairs.push(((*ty).to_owned(), wanted.to_owned()));
    }
    let mut seen = std::collections::BTreeSet::new();
    pairs.retain(|pair| seen.insert(pair.clone()));
    pairs.iter().flat_map(|(ty, wanted)| restricted(case, ty.trim_start_matches('&'), wanted, 90)).collect()
}

/// E0382, E0507: a parameter whose values could be copied.
pub(super) fn copied(case: &Case<'_>) -> Vec<Offer> {
    let lacks = case.texts().filter(|text| text.contains("does not implement the `Copy` trait"));
    let names: std::collections::BTreeSet<&str> = lacks.flat_map(crate::propose::draft::quoted).collect();
    names.into_iter().flat_map(|name| restricted(case, name, "Copy", 57)).collect()
}

/// `k.clone()` of a `&K` gives a `&K` when `K` is no `Clone`: the parameter gets the bound.
pub(super) fn cloned_reference(case: &Case<'_>) -> Vec<Offer> {
    let clones =
        case.text().contains("clone") || case.texts().any(|text| text.contains("does not implement `Clone`"));
    let parameters = case
        .diagnostic
        .labels
        .iter()
        .filter(|label| label.text.as_deref().is_some_and(|text| text.contains("type parameter")));
    let names = parameters.map(|label| case.sheet.cut(&label.span.range));
    names.filter(|_| clones).flat_map(|name| restricted(case, name, "Clone", 84)).collect()
}

/// A bound on a parameter of the function, or of what holds it.
fn restricted(case: &Case<'_>, parameter: &str, wanted: &str, certainty: u8) -> Vec<Offer> {
    let at = case.at().start;
    let function = case.ground.function_at(case.sheet, at);
    let holder = case.ground.impl_at(case.sheet, at);
    let item = case.ground.structs.iter().find(|found| {
        let range = found.sheet.range(found.node);
        found.sheet.path == case.sheet.path && range.contains(&at)
    });
    let contract = function.and_then(|function| function.contract);
    let generics = [
        function.map(|function| &function.signature.generics),
        holder.map(|found| &found.node.generics),
        contract.map(|contract| &contract.generics),
        item.map(|found| &found.node.generics),
    ];
    let edits =
        generics.into_iter().flatten().filter_map(|generics| edit(case.sheet, generics, parameter, wanted));
    edits.map(|edit| offer(case.sheet, case.code, "bound", certainty, vec![edit])).collect()
}

/// The edit that adds a bound to a parameter of these generics.
fn edit(
    sheet: &Sheet,
    generics: &syn::Generics,
    parameter: &str,
    wanted: &str,
) -> Option<(Range<usize>, String)> {
    let wanted = path(sheet, wanted)?;
    for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        if let syn::WherePredicate::Type(predicate) = predicate
            && sheet.slice(&predicate.bounded_ty) == parameter
        {
            let end = sheet.range(predicate).end;
            return Some((end..end, format!(" + {wanted}")));
        }
    }
    let found = generics.type_params().find(|known| known.ident == parameter)?;
    let name = sheet.range(&found.ident).end;
    match found.bounds.last() {
        Some(last) => {
            let end = sheet.range(last).end;
            Some((end..end, format!(" + {wanted}")))
        }
        None => Some((name..name, format!(": {wanted}"))),
    }
}

/// The trait as it can be written in the file; `None` for what cannot be written at all.
fn path(sheet: &Sheet, wanted: &str) -> Option<String> {
    if wanted.contains(['{', '\'', '?', '`']) || wanted.starts_with("Fn") {
        return None;
    }
    let head = wanted.split('<').next().unwrap_or_default();
    let name = head.rsplit("::").next().unwrap_or_default();
    let rest = &wanted[head.len()..];
    let imported = sheet.text.lines().any(|line| {
        line.trim_start().starts_with("use ") && super::case::words(line).any(|word| word == name)
    });
    let known = PATHS.iter().find(|(known, _)| *known == name).map(|(_, path)| *path);
    let path = if imported { name } else { known.unwrap_or(head) };
    Some(format!("{path}{rest}"))
}

//! Lifetimes of returned references: from which parameter they are borrowed.
//!
//! rustc ties the result to every parameter; usually it comes from one, and a weaker promise serves the callers better.

use std::ops::Range;

use super::Offer;
use super::case::{Case, words};
use super::ground::Function;

/// A parameter that is borrowed.
struct Borrowed {
    name: String,
    /// Behind its `&`.
    ampersand: usize,
    lifetime: Option<String>,
    /// Its type without the reference.
    ty: String,
}

/// E0106, E0621 and "lifetime may not live long enough".
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    if let Some(function) = signature_at(case) {
        offers.extend(one_parameter(case, &function));
        offers.extend(elided_away(case, &function));
    }
    if case.code == "E0106" && matches!(case.text(), "&") {
        let at = case.at().end;
        offers.push(case.insert("static", 30, at, "'static "));
    }
    offers
}

/// The function whose signature or body the error stands in.
fn signature_at<'g>(case: &Case<'g>) -> Option<Function<'g>> {
    case.function()
}

fn borrowed(case: &Case<'_>, function: &Function<'_>) -> Vec<Borrowed> {
    let mut found = Vec::new();
    for input in &function.signature.inputs {
        let (name, reference, lifetime, ty) = match input {
            syn::FnArg::Receiver(receiver) => match &receiver.reference {
                Some((ampersand, lifetime)) => ("self".to_owned(), ampersand, lifetime, "Self".to_owned()),
                None => continue,
            },
            syn::FnArg::Typed(typed) => match (typed.pat.as_ref(), typed.ty.as_ref()) {
                (syn::Pat::Ident(name), syn::Type::Reference(reference)) => {
                    let ty = super::ground::type_text(&reference.elem);
                    (name.ident.to_string(), &reference.and_token, &reference.lifetime, ty)
                }
                _ => continue,
            },
        };
        let ampersand = case.sheet.range(reference).end;
        let lifetime = lifetime.as_ref().map(|lifetime| format!("'{}", lifetime.ident));
        found.push(Borrowed { name, ampersand, lifetime, ty });
    }
    found
}

/// Places in the return type where a lifetime is missing: behind a `&`.
fn open_references(case: &Case<'_>, function: &Function<'_>) -> Vec<usize> {
    let syn::ReturnType::Type(_, output) = &function.signature.output else { return Vec::new() };
    let range = case.sheet.range(output);
    let text = case.sheet.cut(&range);
    let open = text.match_indices('&').filter(|(at, _)| !text[at + 1..].trim_start().starts_with('\''));
    open.map(|(at, _)| range.start + at + 1).collect()
}

/// The result borrows from one parameter only.
fn one_parameter(case: &Case<'_>, function: &Function<'_>) -> Vec<Offer> {
    let open = open_references(case, function);
    let parameters = borrowed(case, function);
    if open.is_empty() || parameters.len() < 2 {
        return Vec::new();
    }
    let root = root_of_result(case, function);
    let mut offers = Vec::new();
    for parameter in &parameters {
        let certainty = match &root {
            Some(root) if *root == parameter.name => 90,
            Some(_) => 40,
            None => 55,
        };
        let new = lifetime_name(function);
        let name = parameter.lifetime.clone().unwrap_or_else(|| new.clone());
        let mut edits: Vec<(Range<usize>, String)> =
            open.iter().map(|at| (*at..*at, format!("{name} "))).collect();
        if parameter.lifetime.is_none() {
            edits.push((parameter.ampersand..parameter.ampersand, format!("{name} ")));
            edits.push(declaration(case, function, &name));
        }
        let fits = case.sheet.slice(&function.signature.output).contains(parameter.ty.as_str())
            || parameter.name == "self";
        offers.push(case.offer("lifetime", certainty - u8::from(!fits) * 5, edits));
    }
    offers
}

fn lifetime_name(function: &Function<'_>) -> String {
    let taken: Vec<String> = function
        .signature
        .generics
        .lifetimes()
        .chain(function.holder.into_iter().flat_map(|holder| holder.generics.lifetimes()))
        .map(|parameter| parameter.lifetime.ident.to_string())
        .collect();
    let free = ["a", "b", "c", "d"].into_iter().find(|name| !taken.iter().any(|known| known == name));
    format!("'{}", free.unwrap_or("r"))
}

/// The edit that declares a lifetime of the function.
fn declaration(case: &Case<'_>, function: &Function<'_>, name: &str) -> (Range<usize>, String) {
    let generics = &function.signature.generics;
    match &generics.lt_token {
        Some(open) => {
            let at = case.sheet.range(open).end;
            (at..at, format!("{name}, "))
        }
        None => {
            let at = case.sheet.range(&function.signature.ident).end;
            (at..at, format!("<{name}>"))
        }
    }
}

/// The variable that the last expression of the body begins with.
fn root_of_result(case: &Case<'_>, function: &Function<'_>) -> Option<String> {
    let syn::Stmt::Expr(tail, None) = function.block?.stmts.last()? else { return None };
    let names: Vec<String> = borrowed(case, function).into_iter().map(|parameter| parameter.name).collect();
    let text = case.sheet.slice(tail);
    let first = words(text).find(|word| names.iter().any(|name| name == word))?;
    // In `if a.len() > b.len() { a } else { b }` both come out.
    let branches = matches!(tail, syn::Expr::If(_) | syn::Expr::Match(_));
    (!branches).then(|| first.to_owned())
}

/// A lifetime of `self` that was promised too much or too little: the result borrows from what the type borrows from.
fn elided_away(case: &Case<'_>, function: &Function<'_>) -> Vec<Offer> {
    let Some(holder) = function.holder else { return Vec::new() };
    let open = open_references(case, function);
    let lifetimes = holder.generics.lifetimes().map(|parameter| format!("'{}", parameter.lifetime.ident));
    lifetimes
        .filter(|_| !open.is_empty())
        .map(|name| {
            let edits = open.iter().map(|at| (*at..*at, format!("{name} "))).collect();
            case.offer("lifetime", 60, edits)
        })
        .collect()
}

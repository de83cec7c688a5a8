//! Types that inference cannot know: `collect`, `parse`, `sum` and `into` get theirs.

use crate::propose::body;
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair};

/// E0282, E0283 and E0284.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let near = |call: &&syn::ExprMethodCall| {
        let (name, whole) = (body::range(&call.method), body::range(*call));
        name == at || (whole.start <= at.start && at.end <= whole.end) || follows(draft, at.end, whole.start)
    };
    let calls = draft.expressions.iter().filter_map(|expression| match expression {
        syn::Expr::MethodCall(call) if call.turbofish.is_none() => Some(call),
        _ => None,
    });
    let mut repairs = Vec::new();
    for call in calls.filter(near) {
        let end = body::range(&call.method).end;
        for ty in types(draft, &call.method.to_string()) {
            repairs.push(Repair::insert("E0282-turbofish", end, format!("::<{ty}>")));
        }
    }
    repairs.truncate(4);
    repairs.extend(all_sums(draft));
    repairs
}

/// Every `sum` and `product` without a type gets the function's number: one unknown hides behind another.
fn all_sums(draft: &Draft<'_>) -> Vec<Repair> {
    let calls = || {
        draft.expressions.iter().filter_map(|expression| match expression {
            syn::Expr::MethodCall(call)
                if call.turbofish.is_none() && (call.method == "sum" || call.method == "product") =>
            {
                Some(body::range(&call.method).end)
            }
            _ => None,
        })
    };
    if calls().count() < 2 {
        return Vec::new();
    }
    let typed = |ty: &String| {
        let edits = calls().map(|at| BodyEdit { range: at..at, text: format!("::<{ty}>") });
        Repair::edits("E0282-turbofish", edits.collect())
    };
    types(draft, "sum").iter().take(2).map(typed).collect()
}

/// Whether `start` comes right after `end` in the same `let`.
fn follows(draft: &Draft<'_>, end: usize, start: usize) -> bool {
    draft
        .text
        .get(end..start)
        .is_some_and(|between| !between.contains([';', '{', '}']) && between.contains('='))
}

fn types(draft: &Draft<'_>, method: &str) -> Vec<String> {
    let returned = draft.return_type();
    let inner = returned.split(['<', ',', '>']).nth(1).unwrap_or_default().to_owned();
    let number = |ty: &String| crate::propose::draft::is_number(ty);
    let numbers: Vec<String> = [returned, inner].into_iter().filter(number).collect();
    let or = |fallback: &[&str]| {
        let fallback = fallback.iter().map(|ty| (*ty).to_owned());
        let mut types: Vec<String> = numbers.iter().cloned().chain(fallback).collect();
        let mut seen = std::collections::BTreeSet::new();
        types.retain(|ty| seen.insert(ty.clone()));
        types
    };
    match method {
        "collect" => vec!["Vec<_>".to_owned(), "String".to_owned()],
        "parse" => or(&["i64", "u64", "usize", "f64"]),
        "sum" | "product" => or(&["u64", "f64", "usize"]),
        _ => Vec::new(),
    }
}

//! Moves and borrows that collide: the value is cloned where it is taken.

use std::ops::Range;

use crate::propose::body;
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair};

/// E0382, E0499, E0502, E0505, E0506, E0507, E0515, E0597 and E0716.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    match fault.code {
        "E0382" | "E0505" => moved(draft, fault),
        "E0502" | "E0506" => borrowed(draft, fault),
        "E0499" => hoisted(draft, fault),
        "E0507" => appended(draft, fault, &[".clone()", ".take()", ".to_owned()"]),
        "E0515" => appended(draft, fault, &[".to_owned()", ".to_string()", ".to_vec()", ".clone()"]),
        _ => outliving(draft, fault),
    }
}

fn clone_at(draft: &Draft<'_>, rule: &str, range: &Range<usize>) -> Repair {
    match draft.expression(range) {
        Some(syn::Expr::Reference(_)) => Repair::insert(rule, range.end, ".clone()"),
        Some(_) | None => draft.append(rule, range, ".clone()"),
    }
}

/// A clone where the value is moved away, else where it is used afterwards; a loop iterates over a reference.
fn moved(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let rule = format!("{}-clone", fault.code);
    let mut places = fault.labelled(draft, "value moved here");
    places.extend(fault.labelled(draft, "move out of"));
    let mut repairs: Vec<Repair> = Vec::new();
    for call in fault.labelled(draft, "moved due to this") {
        let through = draft.expressions.iter().find_map(|expression| match expression {
            syn::Expr::MethodCall(method) => {
                let range = body::range(&method.method);
                (call.start <= range.start && range.start < call.end)
                    .then(|| body::range(&method.dot_token).start)
            }
            _ => None,
        });
        repairs.extend(through.map(|dot| Repair::insert(&rule, dot, ".clone()")));
    }
    for place in places {
        repairs.push(clone_at(draft, &rule, &place));
        repairs.push(draft.prepend(&rule, &place, "&"));
    }
    repairs
}

/// A copy of what is borrowed, so that the owner is free.
fn borrowed(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let rule = format!("{}-copy", fault.code);
    let mut places = fault.labelled(draft, "immutable borrow occurs here");
    places.extend(fault.labelled(draft, "is borrowed here"));
    places.sort_by_key(|place| place.start);
    places.dedup();
    let mut repairs = Vec::new();
    for place in places {
        // The borrow is often only the receiver of the call whose result lives on.
        let call = draft.expressions.iter().find(|expression| {
            matches!(expression, syn::Expr::MethodCall(call) if body::range(&call.receiver) == place)
                || matches!(expression, syn::Expr::Index(index) if body::range(&index.expr) == place)
        });
        let whole = call.map_or_else(|| place.clone(), body::range);
        match call {
            Some(syn::Expr::MethodCall(method))
                if ["get", "first", "last", "iter", "peek", "next"]
                    .contains(&method.method.to_string().as_str()) =>
            {
                repairs.push(draft.append(&rule, &whole, ".cloned()"));
            }
            Some(_) | None => repairs.push(clone_at(draft, &rule, &whole)),
        }
        if call.is_some() {
            repairs.push(draft.append(&rule, &place, ".clone()"));
        }
    }
    repairs
}

/// An argument that borrows what the call borrows too is computed before the statement.
fn hoisted(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let argument = draft.expressions.iter().rev().find_map(|expression| match expression {
        syn::Expr::MethodCall(call) => {
            let ranges = call.args.iter().map(body::range);
            ranges.into_iter().find(|range| range.start <= at.start && at.end <= range.end)
        }
        _ => None,
    });
    let Some(argument) = argument else { return Vec::new() };
    let before = &draft.text[..argument.start];
    let statement = before.rfind([';', '{', '}']).map_or(0, |at| at + 1);
    let indented = statement + (before[statement..].len() - before[statement..].trim_start().len());
    let edits = vec![
        BodyEdit {
            range: indented..indented,
            text: format!("let value = {};\n    ", draft.slice(&argument)),
        },
        BodyEdit { range: argument, text: "value".to_owned() },
    ];
    vec![Repair::edits("E0499-hoist", edits)]
}

/// A temporary that does not live long enough gets a `let` of its own.
fn outliving(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let before = &draft.text[..at.start];
    let statement = before.rfind([';', '{', '}']).map_or(0, |at| at + 1);
    let indented = statement + (before[statement..].len() - before[statement..].trim_start().len());
    let rule = format!("{}-bind", fault.code);
    let edits = vec![
        BodyEdit { range: indented..indented, text: format!("let owner = {};\n    ", draft.slice(&at)) },
        BodyEdit { range: at.clone(), text: "owner".to_owned() },
    ];
    vec![
        Repair::edits(&rule, edits),
        draft.append(&rule, &at, ".to_owned()"),
        draft.append(&rule, &at, ".clone()"),
    ]
}

fn appended(draft: &Draft<'_>, fault: &Fault<'_>, calls: &[&str]) -> Vec<Repair> {
    let rule = format!("{}-own", fault.code);
    let Some(at) = fault.at() else { return Vec::new() };
    calls.iter().map(|call| draft.append(&rule, &at, call)).collect()
}

//! Floating-point numbers have no total order: `sort`, `max`, `cmp` of `Ord` become their `total_cmp` forms.

use crate::propose::body;
use crate::propose::draft::{Draft, Fault, Repair, quoted};

/// E0277 `f64: Ord` and E0599 on `cmp`.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let name = draft.slice(&at);
    let bound = quoted(fault.message()).into_iter().next().unwrap_or_default();
    match (fault.code, name) {
        ("E0599", "cmp") => {
            let mut repairs = vec![Repair::replace("E0599-float-order", at.clone(), "total_cmp")];
            if let Some(call) = draft.method(&at) {
                let end = body::range(call).end;
                let edit = |range, text: &str| super::super::draft::BodyEdit { range, text: text.to_owned() };
                let unwrapped = ".unwrap_or(std::cmp::Ordering::Equal)";
                let edits = vec![edit(at, "partial_cmp"), edit(end..end, unwrapped)];
                repairs.push(Repair::edits("E0599-partial-order", edits));
            }
            repairs
        }
        ("E0277", _) if is_float_order(bound) => float_order(draft, fault, name),
        _ => Vec::new(),
    }
}

fn is_float_order(bound: &str) -> bool {
    let (ty, wanted) = bound.split_once(": ").unwrap_or_default();
    matches!(ty.trim_start_matches('&'), "f64" | "f32" | "{float}") && matches!(wanted, "Ord" | "Eq")
}

fn float_order(draft: &Draft<'_>, fault: &Fault<'_>, name: &str) -> Vec<Repair> {
    const RULE: &str = "E0277-float-order";
    let Some(at) = fault.at() else { return Vec::new() };
    if let Some(call) = draft.method(&at) {
        let end = body::range(call).end;
        let argument = call.args.first().map(|argument| draft.slice(&body::range(argument)));
        let by = match (name, argument) {
            ("sort" | "sort_unstable" | "max" | "min", None) => format!("{name}_by(|a, b| a.total_cmp(b))"),
            ("max" | "min", Some(other)) => format!("{name}({other})"),
            ("sort_by_key" | "sort_by_cached_key" | "max_by_key" | "min_by_key", Some(_)) => {
                let Some(syn::Expr::Closure(key)) = call.args.first() else { return Vec::new() };
                let Some(pattern) = key.inputs.first().map(|input| draft.slice(&body::range(input))) else {
                    return Vec::new();
                };
                let value = draft.slice(&body::range(&key.body));
                let method = name.split("_by_").next().unwrap_or_default();
                let side = |name| format!("{{ let {pattern} = {name}; {value} }}");
                let (left, right) = (side("left"), side("right"));
                format!("{method}_by(|left, right| f64::total_cmp(&{left}, &{right}))")
            }
            _ => return Vec::new(),
        };
        return vec![Repair::replace(RULE, at.start..end, by)];
    }
    let called = draft.expressions.iter().find_map(|expression| match expression {
        syn::Expr::Call(call)
            if body::range(&call.func) == at || call.args.iter().any(|arg| body::range(arg) == at) =>
        {
            Some(call)
        }
        _ => None,
    });
    let Some(call) = called else { return Vec::new() };
    let function = draft.slice(&body::range(&call.func));
    let method = function.rsplit("::").next().unwrap_or_default();
    match (method, call.args.len()) {
        ("max" | "min", 2) => {
            let left = draft.operand(&body::range(&call.args[0]));
            let right = draft.slice(&body::range(&call.args[1]));
            vec![Repair::replace(RULE, body::range(call), format!("{left}.{method}({right})"))]
        }
        _ => Vec::new(),
    }
}

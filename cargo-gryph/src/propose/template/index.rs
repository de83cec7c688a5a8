//! Indices of the wrong type, and things that cannot be indexed.

use crate::propose::body;
use crate::propose::draft::{Draft, Fault, Repair, is_number, quoted, references};

/// E0277 "cannot be indexed by" and E0608.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let types = quoted(fault.message());
    match (fault.code, types.as_slice()) {
        ("E0608", _) => match draft.expression(&at) {
            Some(syn::Expr::Index(index)) => vec![nth(draft, index, "", "E0608-nth")],
            Some(_) | None => Vec::new(),
        },
        (_, [_, index]) if fault.message().contains("cannot be indexed by") => {
            wrong_index(draft, &at, types[0], index)
        }
        _ => Vec::new(),
    }
}

fn wrong_index(draft: &Draft<'_>, at: &std::ops::Range<usize>, indexed: &str, index: &str) -> Vec<Repair> {
    const RULE: &str = "E0277-index";
    let (count, ty) = references(index);
    if indexed == "str" || indexed == "String" {
        let whole = draft.expressions.iter().find_map(|expression| match expression {
            syn::Expr::Index(whole) if body::range(&whole.index) == *at => Some(whole),
            _ => None,
        });
        return whole.map_or_else(Vec::new, |whole| {
            vec![nth(draft, whole, ".chars()", RULE), bytes(draft, whole, RULE)]
        });
    }
    if let Some(syn::Expr::Range(range)) = draft.expression(at) {
        let ends = [&range.start, &range.end].into_iter().flatten();
        let edits = ends.map(|end| super::super::draft::BodyEdit {
            text: format!("{} as usize", draft.operand(&body::range(end))),
            range: body::range(end),
        });
        return vec![Repair::edits(RULE, edits.collect())];
    }
    if count > 0 && ty == "usize" {
        return vec![draft.prepend(RULE, at, &"*".repeat(count))];
    }
    if is_number(ty) || ty == "char" {
        let through = if ty == "char" { " as u8 as usize" } else { " as usize" };
        let text = format!("{}{}{through}", "*".repeat(count), draft.operand(at));
        return vec![Repair::replace(RULE, at.clone(), text)];
    }
    Vec::new()
}

/// `a[i]` as `a.chars().nth(i).unwrap_or_default()`.
fn nth(draft: &Draft<'_>, index: &syn::ExprIndex, through: &str, rule: &str) -> Repair {
    let base = draft.operand(&body::range(&index.expr));
    let at = draft.slice(&body::range(&index.index));
    let iterator = if through.is_empty() { ".clone()" } else { through };
    Repair::replace(rule, body::range(index), format!("{base}{iterator}.nth({at}).unwrap_or_default()"))
}

fn bytes(draft: &Draft<'_>, index: &syn::ExprIndex, rule: &str) -> Repair {
    let base = draft.operand(&body::range(&index.expr));
    let at = draft.slice(&body::range(&index.index));
    Repair::replace(
        rule,
        body::range(index),
        format!("(base_bytes[{at}] as char)").replace("base_bytes", &format!("{base}.as_bytes()")),
    )
}

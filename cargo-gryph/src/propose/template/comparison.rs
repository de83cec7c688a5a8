//! Sides of a comparison that differ in references or in kind.

use crate::propose::body;
use crate::propose::draft::{Draft, Fault, Repair, is_number, quoted, references};

/// E0277 `can't compare`.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    const RULE: &str = "E0277-compare";
    let (Some(at), true) = (fault.at(), fault.message().starts_with("can't compare")) else {
        return Vec::new();
    };
    let types = quoted(fault.message());
    let (Some(operation), [left, right, ..]) = (draft.operation(&at), types.as_slice()) else {
        return Vec::new();
    };
    let (left_at, right_at) = (body::range(&operation.left), body::range(&operation.right));
    let ((left_references, left_type), (right_references, right_type)) =
        (references(left), references(right));
    let mut repairs = Vec::new();
    if left_references > right_references {
        repairs.push(draft.prepend(RULE, &left_at, &"*".repeat(left_references - right_references)));
        repairs.push(draft.prepend(RULE, &right_at, &"&".repeat(left_references - right_references)));
    }
    if right_references > left_references {
        repairs.push(draft.prepend(RULE, &right_at, &"*".repeat(right_references - left_references)));
        repairs.push(draft.prepend(RULE, &left_at, &"&".repeat(right_references - left_references)));
    }
    if is_number(left_type) && is_number(right_type) && left_type != right_type {
        for (side, ty) in [(&left_at, right_type), (&right_at, left_type)] {
            if !ty.starts_with('{') {
                repairs.push(draft.append(RULE, side, &format!(" as {ty}")));
            }
        }
    }
    match (left_type.starts_with("Option<&"), right_type.starts_with("Option<&")) {
        (true, false) => repairs.push(draft.append(RULE, &left_at, ".copied()")),
        (false, true) => repairs.push(draft.append(RULE, &right_at, ".copied()")),
        (true, true) | (false, false) => {}
    }
    if left_type.starts_with("Option<") && !right_type.starts_with("Option<") {
        repairs.push(Repair::replace(RULE, right_at.clone(), format!("Some({})", draft.slice(&right_at))));
    }
    if matches!((left_type, right_type), ("char", "str" | "String") | ("str" | "String", "char")) {
        let side = if left_type == "char" { &left_at } else { &right_at };
        repairs.push(draft.append(RULE, side, ".to_string()"));
    }
    repairs
}

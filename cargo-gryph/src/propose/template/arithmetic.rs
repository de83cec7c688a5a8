//! Operators between different numbers, characters used as numbers, casts that do not exist.

use crate::propose::body;
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair, is_number, quoted, references};

/// E0277 and E0369 on operators; E0600, E0604, E0605, E0606 and E0614 on casts and dereferences.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    match fault.code {
        "E0277" | "E0369" => operator(draft, fault),
        "E0600" => negation(draft, fault),
        "E0604" | "E0605" | "E0606" => cast(draft, fault),
        "E0614" => dereference(draft, fault),
        "E0689" => ambiguous(draft, fault),
        _ => Vec::new(),
    }
}

/// A constant expression too large for the type of its first literal.
pub(super) fn overflow(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let inside = |expression: &&syn::Expr| {
        let range = body::range(expression);
        at.start <= range.start && range.end <= at.end
    };
    let literal = draft.expressions.iter().filter(inside).find_map(|expression| match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) if int.suffix().is_empty() => {
            Some(body::range(int))
        }
        _ => None,
    });
    let Some(literal) = literal else { return Vec::new() };
    ["_u64", "_i64", "_u128"].map(|suffix| Repair::insert("overflow-suffix", literal.end, suffix)).to_vec()
}

/// The operand types in the order of the text, from a message such as "cannot subtract `u32` from `f64`".
fn operand_types(message: &str) -> Option<(&str, &str)> {
    let types = quoted(message);
    if let Some((left, right)) = types.first().and_then(|first| first.split_once(['+', '-', '*', '/', '%'])) {
        return Some((left.trim(), right.trim()));
    }
    let [first, second, ..] = types.as_slice() else { return None };
    let reversed = ["cannot add", "cannot subtract"].iter().any(|start| message.starts_with(start));
    // E0369 names the left type first only for `*`, `/`, `%` as well.
    Some(if reversed { (second, first) } else { (first, second) })
}

fn operator(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    const RULE: &str = "operand-types";
    let starts = [
        "cannot add",
        "cannot subtract",
        "cannot multiply",
        "cannot divide",
        "cannot calculate",
        "no implementation for",
    ];
    if !starts.iter().any(|start| fault.message().starts_with(start)) {
        return Vec::new();
    }
    let (Some(at), Some((left, right))) = (fault.at(), operand_types(fault.message())) else {
        return Vec::new();
    };
    let Some(operation) = draft.operation(&at) else { return Vec::new() };
    let sides = (body::range(&operation.left), body::range(&operation.right));
    let ((left_references, left_type), (right_references, right_type)) =
        (references(left), references(right));
    if is_number(left_type) && is_number(right_type) {
        let mut repairs = float_variable(draft, draft.slice(&sides.0), left_type, right_type);
        repairs.extend(numbers(draft, &sides, (left_references, left_type), (right_references, right_type)));
        return repairs;
    }
    let (left_text, right_text) = (draft.operand(&sides.0), draft.slice(&sides.1));
    let whole = body::range(operation);
    let operator = draft.slice(&body::range(&operation.op));
    let as_type =
        |side: &str, ty: &str, references: usize| format!("{}{side} as {ty}", "*".repeat(references));
    match (left_type, right_type) {
        ("char", "char") => ["u32", "u8"]
            .iter()
            .map(|ty| {
                let left = as_type(&left_text, ty, left_references);
                let right = as_type(&draft.operand(&sides.1), ty, right_references);
                Repair::replace(RULE, whole.clone(), format!("(({left}) {operator} ({right}))"))
            })
            .collect(),
        ("char", number) if is_number(number) => {
            let left = as_type(&left_text, "u8", left_references);
            let sum = format!("(({left}) {operator} ({right_text}) as u8)");
            let letter = Repair::replace(RULE, whole.clone(), format!("({sum} as char)"));
            vec![letter, Repair::replace(RULE, whole, sum)]
        }
        (number, "char") if is_number(number) && !number.starts_with('{') => {
            let right = as_type(&draft.operand(&sides.1), "u8", right_references);
            vec![Repair::replace(RULE, whole, format!("({left_text} {operator} ({right}) as {number})"))]
        }
        ("String", "char" | "String") => {
            let text = if right_type == "char" {
                format!("&{right_text}.to_string()")
            } else {
                format!("&{right_text}")
            };
            vec![Repair::replace(RULE, sides.1, text)]
        }
        (option, _) if option.starts_with("Option<") => {
            vec![draft.append(RULE, &sides.0, ".unwrap_or_default()")]
        }
        (_, option) if option.starts_with("Option<") => {
            vec![draft.append(RULE, &sides.1, ".unwrap_or_default()")]
        }
        _ => Vec::new(),
    }
}

/// `x /= 1024.0` with an integer `x`: the variable was meant to be a float from the start.
fn float_variable(draft: &Draft<'_>, name: &str, left: &str, right: &str) -> Vec<Repair> {
    let float = |ty: &str| ty.starts_with('f') || ty == "{float}";
    let local = draft.locals().iter().rev().find(|local| local.name == name && local.mutable);
    let value = local.and_then(|local| local.value.clone()).filter(|_| !float(left) && float(right));
    value.map_or_else(Vec::new, |value| vec![draft.append("float-variable", &value, " as f64")])
}

fn numbers(
    draft: &Draft<'_>,
    sides: &(std::ops::Range<usize>, std::ops::Range<usize>),
    left: (usize, &str),
    right: (usize, &str),
) -> Vec<Repair> {
    const RULE: &str = "operand-types";
    let cast = |side: &std::ops::Range<usize>, references: usize, ty: &str| {
        let text = format!("({}{} as {ty})", "*".repeat(references), draft.operand(side));
        Repair::replace(RULE, side.clone(), text)
    };
    let floats = (
        left.1.starts_with(['f']) || left.1 == "{float}",
        right.1.starts_with(['f']) || right.1 == "{float}",
    );
    let plain =
        |ty: &'static str, other: &str| if other == "{float}" { ty.to_owned() } else { other.to_owned() };
    let to_left = cast(&sides.1, right.0, &plain("f64", left.1));
    let to_right = cast(&sides.0, left.0, &plain("f64", right.1));
    let same = left.1 == right.1;
    match floats {
        _ if same && right.0 > left.0 => vec![draft.prepend(RULE, &sides.1, &"*".repeat(right.0 - left.0))],
        _ if same => vec![draft.prepend(RULE, &sides.0, &"*".repeat(left.0.max(1)))],
        (true, false) => vec![to_left],
        (false, true) => vec![to_right],
        (true, true) | (false, false) => {
            let usable = |repairs: Vec<Repair>| {
                repairs.into_iter().filter(|repair| !repair.edits[0].text.contains('{')).collect()
            };
            usable(vec![to_left, to_right])
        }
    }
}

fn negation(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let Some(syn::Expr::Unary(unary)) = draft.expression(&at) else { return Vec::new() };
    let operand = draft.operand(&body::range(&unary.expr));
    let replace = |text: String| Repair::replace("E0600-operand", at.clone(), text);
    let ty = quoted(fault.message()).last().copied().unwrap_or_default();
    match unary.op {
        syn::UnOp::Neg(_) => {
            vec![replace(format!("-({operand} as i64)")), replace(format!("{operand}.wrapping_neg()"))]
        }
        syn::UnOp::Not(_) if ty.starts_with("Option") => vec![replace(format!("{operand}.is_none()"))],
        syn::UnOp::Not(_) => {
            vec![replace(format!("{operand}.is_empty()")), replace(format!("({operand} == 0)"))]
        }
        _ => Vec::new(),
    }
}

fn cast(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let Some(syn::Expr::Cast(cast)) = draft.expression(&at) else { return Vec::new() };
    let operand = draft.operand(&body::range(&cast.expr));
    let ty = draft.slice(&body::range(&cast.ty));
    let replace = |text: String| Repair::replace("cast", at.clone(), text);
    let from = quoted(fault.message()).into_iter().find(|quoted| *quoted != ty).unwrap_or_default();
    match (fault.code, ty) {
        ("E0604", _) => vec![
            replace(format!("({operand} as u8 as char)")),
            replace(format!("char::from_u32({operand} as u32).unwrap_or_default()")),
            replace(format!("char::from_digit({operand} as u32, 10).unwrap_or_default()")),
        ],
        ("E0606", _) => vec![replace(format!("(*{operand} as {ty})"))],
        (_, "String") => vec![replace(format!("{operand}.to_string()"))],
        (_, "char") => vec![replace(format!("(*{operand})")), replace(format!("char::from({operand})"))],
        (_, "bool") => vec![replace(format!("({operand} != 0)"))],
        (_, number) if is_number(number) && from.contains("str") => {
            vec![replace(format!("{operand}.parse::<{number}>().unwrap_or_default()"))]
        }
        _ => vec![replace(format!("{ty}::from({operand})")), replace(format!("(*{operand} as {ty})"))],
    }
}

fn dereference(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    match draft.slice(&at).strip_prefix('*') {
        Some(_) => {
            let edit = BodyEdit { range: at.start..at.start + 1, text: String::new() };
            vec![Repair::edits("E0614-no-deref", vec![edit])]
        }
        None => Vec::new(),
    }
}

/// "can't call method `pow` on ambiguous numeric type `{integer}`": the literal takes the type of the result.
fn ambiguous(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(call) = fault.at().and_then(|at| draft.method(&at)) else { return Vec::new() };
    let syn::Expr::Lit(literal) = call.receiver.as_ref() else { return Vec::new() };
    let ty = draft.return_type();
    let float = fault.message().contains("{float}");
    let ty = if is_number(&ty) {
        ty
    } else if float {
        "f64".to_owned()
    } else {
        "u64".to_owned()
    };
    vec![Repair::insert("E0689-suffix", body::range(literal).end, format!("_{ty}"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operand_types_come_in_the_order_of_the_text() {
        assert_eq!(operand_types("cannot subtract `u32` from `f64`"), Some(("f64", "u32")));
        assert_eq!(operand_types("cannot multiply `f64` by `u32`"), Some(("f64", "u32")));
        assert_eq!(operand_types("cannot divide `&f64` by `usize`"), Some(("&f64", "usize")));
        assert_eq!(operand_types("cannot add"), None);
    }
}

//! Operators: comparison, arithmetic, logic, bits and assignment, and their operands.

use crate::propose::search::code::{self, CAST, Id, Kind, Literal, of_sign};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::types::Type;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        match view.kind(id) {
            Kind::Binary { left, right, .. } => {
                signs(view, id, *left, ideas);
                operands(view, id, (*left, *right), ideas);
                regrouped(view, id, (*left, *right), ideas);
            }
            Kind::Assign { .. } => assignment(view, id, ideas),
            Kind::Unary { operand, sign } => {
                let (range, text) = view.at(id, view.text(*operand), view.code.tightness(*operand));
                let prior = if *sign == '*' { 0.0005 } else { 0.008 };
                ideas.replace("unary", prior, range, text);
            }
            _ => {}
        }
    }
}

/// What an operator is taken for, the likeliest first.
fn others(sign: &str) -> &'static [(&'static str, f64)] {
    match sign {
        "==" => &[("!=", 0.015), ("<=", 0.006), (">=", 0.006), ("<", 0.005), (">", 0.006)],
        "!=" => &[("==", 0.015), ("<", 0.006), (">", 0.006), ("<=", 0.002), (">=", 0.002)],
        "<" => &[("<=", 0.020), (">", 0.012), (">=", 0.008), ("==", 0.006), ("!=", 0.005)],
        "<=" => &[("<", 0.020), (">=", 0.012), (">", 0.008), ("==", 0.006), ("!=", 0.002)],
        ">" => &[(">=", 0.020), ("<", 0.012), ("<=", 0.008), ("==", 0.005), ("!=", 0.005)],
        ">=" => &[(">", 0.020), ("<=", 0.012), ("<", 0.008), ("==", 0.005), ("!=", 0.002)],
        "+" => &[("-", 0.014), ("*", 0.005), ("/", 0.001), ("%", 0.001)],
        "-" => &[("+", 0.014), ("/", 0.003), ("*", 0.002), ("%", 0.004)],
        "*" => &[("+", 0.008), ("/", 0.007), ("-", 0.002), ("%", 0.001)],
        "/" => &[("%", 0.009), ("*", 0.009), ("-", 0.002), ("+", 0.001)],
        "%" => &[("/", 0.012), ("*", 0.002), ("-", 0.002), ("+", 0.002)],
        "&&" => &[("||", 0.018)],
        "||" => &[("&&", 0.018)],
        "&" => &[("|", 0.010), ("^", 0.006), ("&&", 0.001), ("<<", 0.0005)],
        "|" => &[("&", 0.010), ("^", 0.008), ("||", 0.001)],
        "^" => &[("|", 0.008), ("&", 0.008)],
        "<<" => &[(">>", 0.020)],
        ">>" => &[("<<", 0.020)],
        _ => &[],
    }
}

fn name(sign: &str) -> &'static str {
    match sign {
        "&&" | "||" => "logic",
        "&" | "|" | "^" | "<<" | ">>" => "bits",
        _ if code::is_comparison(sign) => "comparison",
        _ => "arithmetic",
    }
}

fn signs(view: &View<'_>, id: Id, left: Id, ideas: &mut Ideas) {
    let Kind::Binary { right, sign, .. } = view.kind(id) else { return };
    let old = view.code.sign(id);
    for (new, prior) in others(old) {
        let mut changes = vec![(sign.clone(), (*new).to_owned())];
        // Operands and the whole keep what they hold together.
        let (own, needed) = (of_sign(new), view.code.needed(id));
        for (operand, least) in [(left, own), (*right, own + 1)] {
            let is_cast = new.starts_with('<') && view.code.tightness(operand) == CAST && operand == left;
            if view.code.tightness(operand) < least || is_cast {
                changes.push((view.range(operand), format!("({})", view.text(operand))));
            }
        }
        if own < needed {
            let whole = view.range(id);
            changes.push((whole.start..whole.start, "(".to_owned()));
            changes.push((whole.end..whole.end, ")".to_owned()));
        }
        let number = code::is_arithmetic(old) && *view.of(id) == Type::Text;
        let prior = if number { 0.0 } else { *prior };
        ideas.edit(name(old), prior, changes);
    }
}

fn operands(view: &View<'_>, id: Id, (left, right): (Id, Id), ideas: &mut Ideas) {
    let sign = view.code.sign(id);
    if code::is_comparison(sign) {
        return;
    }
    let is_step = matches!(view.kind(right), Kind::Literal(Literal::Int | Literal::Float));
    let prior = match sign {
        "&&" | "||" => 0.010,
        _ if is_step => 0.018,
        _ => 0.010,
    };
    for (kept, prior) in [(left, prior), (right, prior * if is_step { 0.2 } else { 0.7 })] {
        let (range, text) = view.at(id, view.text(kept), view.code.tightness(kept));
        ideas.replace("drop-operand", prior, range, text);
    }
    if !matches!(sign, "-" | "/" | "%" | "<<" | ">>") {
        return;
    }
    let own = of_sign(sign);
    let swapped = format!("{} {sign} {}", view.operand(right, own), view.operand(left, own + 1));
    ideas.replace("swap-operands", 0.006, view.range(id), swapped);
}

/// `a - b / c` for `(a - b) / c`, `a / c - b`, and back.
fn regrouped(view: &View<'_>, id: Id, (left, right): (Id, Id), ideas: &mut Ideas) {
    let outer = view.code.sign(id).to_owned();
    let bare = |id: Id| match view.kind(id) {
        Kind::Paren(inner) => *inner,
        _ => id,
    };
    let own = of_sign(&outer);
    let same = |sign: &str| {
        code::is_comparison(sign) == code::is_comparison(&outer)
            && code::is_logic(sign) == code::is_logic(&outer)
    };
    if let Kind::Binary { left: a, right: b, .. } = view.kind(bare(left))
        && same(view.code.sign(bare(left)))
    {
        let inner = view.code.sign(bare(left));
        let tight = own.max(of_sign(inner)) + 1;
        let [a, b, c] = [*a, *b, right].map(|id| view.operand(id, tight));
        let text = format!("{a} {inner} ({b} {outer} {c})");
        ideas.replace("regroup", 0.003, view.range(id), text);
        ideas.replace("regroup", 0.002, view.range(id), format!("({a} {outer} {c}) {inner} {b}"));
    }
    if let Kind::Binary { left: b, right: c, .. } = view.kind(bare(right))
        && same(view.code.sign(bare(right)))
    {
        let inner = view.code.sign(bare(right));
        let tight = own.max(of_sign(inner)) + 1;
        let [a, b, c] = [left, *b, *c].map(|id| view.operand(id, tight));
        ideas.replace("regroup", 0.004, view.range(id), format!("({a} {outer} {b}) {inner} {c}"));
        let flat = if of_sign(inner) > own {
            format!("{a} {inner} {c} {outer} {b}")
        } else {
            format!("({a} {inner} {c}) {outer} {b}")
        };
        ideas.replace("regroup", 0.002, view.range(id), flat);
    }
}

fn assignment(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let Kind::Assign { left, right, sign } = view.kind(id) else { return };
    let others: &[(&str, f64)] = match view.code.slice(sign) {
        "=" => &[("+=", 0.008), ("-=", 0.002), ("*=", 0.003), ("|=", 0.001)],
        "+=" => &[("-=", 0.014), ("=", 0.010), ("*=", 0.004)],
        "-=" => &[("+=", 0.014), ("=", 0.008)],
        "*=" => &[("=", 0.008), ("+=", 0.008), ("/=", 0.006)],
        "/=" => &[("%=", 0.006), ("*=", 0.008), ("-=", 0.004), ("=", 0.004)],
        "%=" => &[("/=", 0.010), ("=", 0.004)],
        "|=" => &[("&=", 0.012), ("^=", 0.008), ("=", 0.006)],
        "&=" => &[("|=", 0.012), ("^=", 0.006), ("=", 0.006)],
        "^=" => &[("|=", 0.010), ("&=", 0.008), ("=", 0.006)],
        "<<=" => &[(">>=", 0.020)],
        ">>=" => &[("<<=", 0.020)],
        _ => &[],
    };
    for (other, prior) in others {
        let is_number = view.of(*right).is_number() || !view.of(*right).is_known();
        if is_number || *other == "=" || other.len() == 2 && other.starts_with(['|', '&', '^']) {
            ideas.replace("assignment", *prior, sign.clone(), *other);
        }
    }
    // `a = b` for `b = a`.
    let both = vec![
        (view.range(*left), view.text(*right).to_owned()),
        (view.range(*right), view.text(*left).to_owned()),
    ];
    ideas.edit("swap-sides", 0.003, both);
}

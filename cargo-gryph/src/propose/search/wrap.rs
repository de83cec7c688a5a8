//! Calls put around a value: `.abs()`, `.rev()`, `.trim()`, `.max(0)`, another term, another cast.

use crate::propose::search::code::{ATOM, CAST, Id, Kind, Literal, UNARY, of_sign};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::types::Type;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        if is_place(view, id) {
            calls(view, id, ideas);
            terms(view, id, ideas);
        }
        if let Kind::Cast { operand, to } = view.kind(id) {
            cast(view, id, *operand, view.code.slice(to), ideas);
        }
        if matches!(view.of(id), Type::Iter(_)) || is_chain(view, id) {
            chain(view, id, ideas);
        }
    }
}

/// Whether a value stands here that something may be put around.
fn is_place(view: &View<'_>, id: Id) -> bool {
    let is_value = matches!(
        view.kind(id),
        Kind::Name(_)
            | Kind::Field { .. }
            | Kind::Method { .. }
            | Kind::Call { .. }
            | Kind::Binary { .. }
            | Kind::Index { .. }
            | Kind::Paren(_)
            | Kind::Cast { .. }
            | Kind::Unary { .. }
    );
    let parent = view.code.nodes[id].parent;
    let is_taken = parent.is_some_and(|parent| match view.kind(parent) {
        Kind::Assign { left, .. } => *left == id,
        Kind::Call { function, .. } => *function == id,
        Kind::Field { .. } | Kind::Paren(_) | Kind::Reference { .. } => true,
        Kind::Index { base, .. } => *base == id,
        Kind::Method { receiver, .. } => {
            *receiver == id && !matches!(view.kind(id), Kind::Name(_) | Kind::Field { .. } | Kind::Paren(_))
        }
        Kind::If { .. } | Kind::While { .. } | Kind::For { .. } => true,
        _ => false,
    });
    let is_statement =
        view.code.statements[view.code.nodes[id].statement].node == Some(id) && *view.of(id) == Type::Unit;
    is_value && !is_taken && !is_statement
}

/// What is called on a value of a type.
fn calls_on(of: &Type) -> &'static [(&'static str, f64)] {
    match of {
        Type::Int(name) if name.starts_with('u') => &[
            (".saturating_sub(1)", 0.002),
            (".max(1)", 0.002),
            (".min(1)", 0.0005),
            (".count_ones()", 0.0001),
        ],
        Type::Int(_) => &[
            (".abs()", 0.005),
            (".max(0)", 0.002),
            (".max(1)", 0.001),
            (".min(0)", 0.0005),
            (".signum()", 0.0003),
        ],
        Type::Float(_) => &[
            (".abs()", 0.005),
            (".round()", 0.003),
            (".floor()", 0.002),
            (".ceil()", 0.002),
            (".sqrt()", 0.002),
            (".max(0.0)", 0.002),
            (".trunc()", 0.001),
        ],
        Type::Text => &[
            (".trim()", 0.005),
            (".to_lowercase()", 0.004),
            (".to_uppercase()", 0.002),
            (".trim_end()", 0.001),
            (".trim_start()", 0.001),
            (".to_string()", 0.0008),
            (".clone()", 0.0005),
        ],
        Type::Char => {
            &[(".to_ascii_lowercase()", 0.003), (".to_ascii_uppercase()", 0.003), (".len_utf8()", 0.0005)]
        }
        Type::Option(_) => &[(".flatten()", 0.0002), (".unwrap_or_default()", 0.0008)],
        Type::List(_) | Type::Set(_) | Type::Map(..) | Type::Named(_) => {
            &[(".clone()", 0.0008), (".len()", 0.0003)]
        }
        Type::Unknown => &[
            (".abs()", 0.0015),
            (".clone()", 0.0005),
            (".trim()", 0.0008),
            (".to_lowercase()", 0.0008),
            (".to_ascii_lowercase()", 0.0006),
            (".reverse()", 0.0008),
            (".max(0)", 0.0005),
            (".round()", 0.0006),
        ],
        Type::Bool | Type::Unit | Type::Result(_) | Type::Iter(_) | Type::Tuple(_) => &[],
    }
}

fn calls(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    for (call, prior) in calls_on(view.of(id)) {
        if !view.text(id).ends_with(call) {
            let (range, text) = view.at(id, &view.with_call(id, call), ATOM);
            ideas.replace("wrap", *prior, range, text);
        }
    }
    if view.of(id).is_number() && view.of(id).is_signed() && !matches!(view.kind(id), Kind::Unary { .. }) {
        let (range, text) = view.at(id, &format!("-{}", view.operand(id, UNARY)), UNARY);
        ideas.replace("wrap", 0.004, range, text);
    }
}

/// `x + y`, `x - y`, `x * y`, `x % y` and `.min(y)` with another value in scope.
fn terms(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    if !view.of(id).is_number() {
        return;
    }
    let at = view.range(id).start;
    let text = view.text(id);
    let values = view.values_at(at);
    let fitting = values.iter().filter(|value| view.of(id).fit(&value.of) >= 1.0 && value.text != text);
    let root = view.code.outer(id).is_none_or(|outer| !matches!(view.kind(outer), Kind::Binary { .. }));
    for value in fitting.take(12) {
        for (sign, prior) in [("+", 0.0007), ("-", 0.0006), ("*", 0.0006), ("%", 0.0003), ("/", 0.0003)] {
            let own = of_sign(sign);
            let prior = prior * value.weight.min(3.0) * if root { 1.0 } else { 0.6 };
            let term = format!("{} {sign} {}", view.operand(id, own), value.text);
            let (range, term) = view.at(id, &term, own);
            ideas.replace("add-term", prior, range.clone(), term);
            if matches!(sign, "+" | "*") {
                let term = format!("{} {sign} {}", value.text, view.operand(id, own + 1));
                let (range, term) = view.at(id, &term, own);
                ideas.replace("add-term", prior * 0.4, range, term);
            }
        }
        for call in ["min", "max"] {
            let (range, term) = view.at(id, &view.with_call(id, &format!(".{call}({})", value.text)), ATOM);
            ideas.replace("add-term", 0.001 * value.weight, range, term);
        }
    }
    let lists = values.iter().filter(|value| matches!(value.of, Type::List(_) | Type::Text));
    for list in
        lists.take(4).filter(|_| matches!(view.of(id), Type::Int(name) if name == "usize" || name.is_empty()))
    {
        let (range, term) = view.at(id, &view.with_call(id, &format!(".min({}.len())", list.text)), ATOM);
        ideas.replace("add-term", 0.0006, range, term);
        let (range, term) = view.at(id, &format!("{} % {}.len()", view.operand(id, 10), list.text), 10);
        ideas.replace("add-term", 0.0006, range, term);
    }
    let is_size = matches!(view.of(id), Type::Int(name) if name == "usize");
    for c in values.iter().filter(|value| is_size && value.of == Type::Char) {
        let term = format!("{} + {}.len_utf8()", view.operand(id, of_sign("+")), c.text);
        let (range, term) = view.at(id, &term, of_sign("+"));
        ideas.replace("add-term", 0.003, range, term);
    }
    rounding(view, id, ideas);
}

/// Half a divisor before a division, one more after it.
fn rounding(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let Kind::Binary { left, right, .. } = view.kind(id) else { return };
    if view.code.sign(id) != "/" || !view.of(id).may_be_integer() {
        return;
    }
    let divisor = view.operand(*right, 11);
    let half = match view.kind(*right) {
        Kind::Literal(Literal::Int) => match crate::propose::search::literal::number(view.text(*right)) {
            Some((value, suffix)) => format!("{}{suffix}", value / 2),
            None => return,
        },
        _ => format!("{divisor} / 2"),
    };
    let inner = match view.kind(*left) {
        Kind::Paren(inner) => *inner,
        _ => *left,
    };
    let left = view.operand(inner, of_sign("+"));
    let range = view.range(id).start..view.range(*right).start;
    let keep = view
        .code
        .slice(&(view.code.nodes[*right].range.start - 1..view.code.nodes[*right].range.start))
        .to_owned();
    let space = if keep == " " { " " } else { "" };
    let told = |words: &[&str]| {
        let doc = view.code.doc.to_lowercase();
        if words.iter().any(|word| doc.contains(word)) { 3.0 } else { 1.0 }
    };
    let to_nearest = 0.004 * told(&["half", "nearest", "rounded", "rounds"]);
    let up = 0.003 * told(&["rounded up", "rounds up", "ceil"]);
    for (extra, prior) in [(half, to_nearest), (format!("{divisor} - 1"), up)] {
        ideas.replace("round", prior, range.clone(), format!("({left} + {extra}) /{space}"));
    }
}

/// Other widths, and the cast of the parts instead of the whole.
fn cast(view: &View<'_>, id: Id, operand: Id, to: &str, ideas: &mut Ideas) {
    for other in ["f64", "f32", "i64", "i32", "u64", "usize", "u32", "u8"] {
        if other != to {
            ideas.replace("cast", 0.0006, view.range(id).end - to.len()..view.range(id).end, other);
        }
    }
    let bare = match view.kind(operand) {
        Kind::Paren(inner) => *inner,
        _ => operand,
    };
    if let Kind::Binary { left, right, .. } = view.kind(bare) {
        let sign = view.code.sign(bare);
        let own = of_sign(sign);
        let text =
            format!("{} as {to} {sign} {} as {to}", view.operand(*left, CAST), view.operand(*right, CAST));
        let (range, text) = view.at(id, &text, own);
        ideas.replace("cast", 0.004, range, text);
    }
}

fn is_chain(view: &View<'_>, id: Id) -> bool {
    let text = match view.kind(id) {
        Kind::Method { name, .. } => view.code.slice(name),
        _ => return false,
    };
    matches!(
        text,
        "iter" | "into_iter" | "chars" | "bytes" | "enumerate" | "map" | "filter" | "zip" | "split" | "lines"
    )
}

/// Steps of a chain of iterators that were left out.
fn chain(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let Type::Iter(item) = view.of(id) else { return steps(view, id, &[(".rev()", 0.003)], ideas) };
    steps(
        view,
        id,
        &[(".rev()", 0.006), (".skip(1)", 0.003), (".step_by(2)", 0.0008), (".skip(2)", 0.0005)],
        ideas,
    );
    let by_item: &[(&str, f64)] = match &**item {
        Type::Char => &[
            (".map(|c| c.to_ascii_lowercase())", 0.002),
            (".map(|c| c.to_ascii_uppercase())", 0.001),
            (".filter(|c| c.is_alphanumeric())", 0.001),
            (".filter(|c| c.is_alphabetic())", 0.001),
            (".filter(|c| !c.is_whitespace())", 0.001),
            (".filter(|c| c.is_ascii_digit())", 0.0006),
            (".flat_map(|c| c.to_lowercase())", 0.0008),
        ],
        Type::Text => &[
            (".map(|s| s.trim())", 0.002),
            (".filter(|s| !s.is_empty())", 0.003),
            (".filter(|s| !s.trim().is_empty())", 0.001),
        ],
        Type::Int(_) => &[(".filter(|&x| x > 0)", 0.0008), (".filter(|x| x % 2 == 0)", 0.0004)],
        _ => &[],
    };
    steps(view, id, by_item, ideas);
    members(view, id, item, ideas);
}

fn steps(view: &View<'_>, id: Id, steps: &[(&str, f64)], ideas: &mut Ideas) {
    for (call, prior) in steps {
        let (range, text) = view.at(id, &view.with_call(id, call), ATOM);
        ideas.replace("chain", *prior, range, text);
    }
}

/// Only elements that another collection holds, or does not hold.
fn members(view: &View<'_>, id: Id, item: &Type, ideas: &mut Ideas) {
    for value in view.values_at(view.range(id).start) {
        let of = match &value.of {
            Type::List(of) | Type::Set(of) => of,
            _ => continue,
        };
        if of.fit(item) >= 0.4 && !view.text(id).contains(&value.text) {
            let prior = 0.002 * value.weight;
            for (not, share) in [("", 1.0), ("!", 0.7)] {
                let call = format!(".filter(|x| {not}{}.contains(x))", value.text);
                steps(view, id, &[(&call, prior * share)], ideas);
            }
        }
    }
}

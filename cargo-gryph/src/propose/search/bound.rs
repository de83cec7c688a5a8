//! Bounds: the ends of ranges, and one more or one less where a number stands.

use crate::propose::search::code::{CAST, Id, Kind, Literal, of_sign};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::types::Type;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        if let Kind::Range { start, end, limits } = view.kind(id) {
            if end.is_some() {
                let is_open = view.code.slice(limits) == "..";
                ideas.replace("range", 0.018, limits.clone(), if is_open { "..=" } else { ".." });
                ideas.replace("range", 0.002, limits.start..view.range(id).end, "..");
            }
            if let (Some(start), true) =
                (start, !matches!(view.code.outer(id).map(|o| view.kind(o)), Some(Kind::For { .. })))
            {
                ideas.replace("range", 0.002, view.range(*start), "");
            }
        }
        unsliced(view, id, ideas);
        step(view, id, ideas);
    }
}

/// `a` for `&a[b..c]`.
fn unsliced(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let inner = match view.kind(id) {
        Kind::Reference { operand } => *operand,
        _ => id,
    };
    if let Kind::Index { base, index } = view.kind(inner)
        && matches!(view.kind(*index), Kind::Range { .. })
    {
        let (range, text) = view.at(id, view.text(*base), view.code.tightness(*base));
        ideas.replace("drop-slice", 0.003, range, text);
    }
}

/// `x + 1` and `x - 1` for `x`.
fn step(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    let one = match view.of(id) {
        Type::Int(_) | Type::Unknown => "1",
        Type::Float(_) => "1.0",
        _ => return,
    };
    let Some(place) = place(view, id) else { return };
    // What is counted is one off; what is measured, or multiplied, seldom is.
    let certain = match view.of(id) {
        Type::Unknown | Type::Float(_) => 0.4,
        _ => 1.0,
    };
    for (sign, prior) in [("+", 0.010), ("-", 0.009)] {
        let text = format!("{} {sign} {one}", view.operand(id, of_sign(sign)));
        let (range, text) = view.at(id, &text, of_sign(sign));
        ideas.replace("step", prior * place * certain, range, text);
    }
    if view.code.tightness(id) >= CAST && place >= 0.9 {
        let (range, text) = view.at(id, &format!("{} + 2", view.text(id)), of_sign("+"));
        ideas.replace("step", 0.001 * certain, range, text);
    }
}

/// How often a number at this place is one off; `None` where a step would say nothing new.
fn place(view: &View<'_>, id: Id) -> Option<f64> {
    let is_step = |id: Id| {
        matches!(view.kind(id), Kind::Binary { right, .. }
            if matches!(view.code.sign(id), "+" | "-") && matches!(view.kind(*right), Kind::Literal(Literal::Int)))
    };
    match view.kind(id) {
        Kind::Literal(_)
        | Kind::Paren(_)
        | Kind::Range { .. }
        | Kind::Assign { .. }
        | Kind::Return(_)
        | Kind::If { .. }
        | Kind::Match { .. }
        | Kind::Block(_)
        | Kind::Closure { .. }
        | Kind::Macro { .. }
        | Kind::While { .. }
        | Kind::For { .. }
        | Kind::Loop { .. }
        | Kind::Let
        | Kind::Struct { .. }
        | Kind::Tuple(_)
        | Kind::Array(_)
        | Kind::Break
        | Kind::Continue
        | Kind::Other
        | Kind::Path(_) => return None,
        Kind::Reference { .. } => return None,
        Kind::Binary { .. } if is_step(id) => return None,
        _ => {}
    }
    let parent = view.code.outer(id)?;
    Some(match view.kind(parent) {
        Kind::Range { .. } => 1.5,
        Kind::Index { index, .. } if *index == id => 1.2,
        Kind::Assign { left, .. } if *left == id => return None,
        Kind::Assign { .. } | Kind::Return(_) | Kind::Let => 1.0,
        Kind::Binary { .. } if matches!(view.code.sign(parent), "&&" | "||") => return None,
        Kind::Binary { .. } if matches!(view.code.sign(parent), "*" | "/") => 0.4,
        Kind::Binary { .. } => 0.7,
        Kind::Method { receiver, .. } if *receiver == id => 0.25,
        Kind::Method { .. } | Kind::Call { .. } | Kind::Struct { .. } | Kind::Tuple(_) => 0.8,
        Kind::Field { .. } | Kind::Unary { .. } | Kind::Reference { .. } | Kind::Try => 0.2,
        Kind::Index { .. } | Kind::If { .. } | Kind::While { .. } | Kind::For { .. } => return None,
        Kind::Cast { .. } => 0.5,
        _ => 0.7,
    })
}

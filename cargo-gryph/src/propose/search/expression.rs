//! Expressions of the crate in place of others of the same type.

use std::collections::BTreeMap;

use crate::propose::search::code::{ATOM, Id, Kind, Tightness};
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::literal::plain;
use crate::propose::search::types::Type;

/// Bytes of an expression that is worth putting elsewhere.
const LONGEST: usize = 60;
/// Different expressions of one function that are put elsewhere.
const MOST: usize = 120;

/// An expression of the function that may stand elsewhere in it.
pub(super) struct Ingredient {
    pub(super) text: String,
    pub(super) of: Type,
    pub(super) tightness: Tightness,
    /// Where it stands first.
    pub(super) id: Id,
}

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    let ingredients = ingredients(view);
    for id in view.code.expressions().filter(|&id| is_replaceable(view, id)) {
        let mut scores: Vec<(f64, &Ingredient)> = ingredients
            .iter()
            .filter_map(|ingredient| Some((likelihood(view, id, ingredient)?, ingredient)))
            .collect();
        scores.sort_by(|left, right| right.0.total_cmp(&left.0));
        for (fit, ingredient) in scores.into_iter().take(40) {
            let (range, text) = view.at(id, &ingredient.text, ingredient.tightness);
            ideas.replace("expression", 0.0016 * fit, range, text);
        }
        elements(view, id, ideas);
        for literal in plain(view.of(id)) {
            let (range, text) = view.at(id, literal, ATOM - 1);
            ideas.replace("constant", 0.0006, range, text);
        }
    }
}

/// An element of a list in scope, by an index in scope.
fn elements(view: &View<'_>, id: Id, ideas: &mut Ideas) {
    if !view.of(id).is_number() || matches!(view.kind(id), Kind::Literal(_)) {
        return;
    }
    let values = view.values_at(view.range(id).start);
    let is_index = |of: &Type| matches!(of, Type::Int(name) if name == "usize" || name.is_empty());
    for list in values
        .iter()
        .filter(|value| view.of(id).fit(&value.of.indexed()) >= 1.0 && matches!(value.of, Type::List(_)))
    {
        for index in values.iter().filter(|value| is_index(&value.of)).take(4) {
            let text = format!("{}[{}]", list.text, index.text);
            if text != view.text(id) {
                ideas.replace("expression", 0.0008, view.range(id), text);
            }
        }
    }
}

/// Expressions of the function, each text once.
pub(super) fn ingredients(view: &View<'_>) -> Vec<Ingredient> {
    let mut found: BTreeMap<&str, Ingredient> = BTreeMap::new();
    for id in view.code.expressions() {
        let text = view.text(id);
        let is_value = matches!(
            view.kind(id),
            Kind::Field { .. }
                | Kind::Method { .. }
                | Kind::Call { .. }
                | Kind::Binary { .. }
                | Kind::Index { .. }
                | Kind::Cast { .. }
                | Kind::Unary { .. }
                | Kind::Reference { .. }
                | Kind::Macro { .. }
                | Kind::Path(_)
        );
        if is_value && text.len() <= LONGEST && !text.contains(['\n', '?']) && found.len() < MOST {
            let make = || Ingredient {
                text: text.to_owned(),
                of: view.of(id).clone(),
                tightness: view.code.tightness(id),
                id,
            };
            found.entry(text).or_insert_with(make);
        }
    }
    found.into_values().collect()
}

fn is_replaceable(view: &View<'_>, id: Id) -> bool {
    let is_target = view.code.nodes[id].parent.is_some_and(|parent| match view.kind(parent) {
        Kind::Assign { left, .. } => *left == id,
        Kind::Call { function, .. } => *function == id,
        Kind::Method { receiver, .. } => *receiver == id && matches!(view.kind(id), Kind::Method { .. }),
        Kind::Field { .. } => true,
        _ => false,
    });
    let is_value = matches!(
        view.kind(id),
        Kind::Literal(_)
            | Kind::Name(_)
            | Kind::Path(_)
            | Kind::Field { .. }
            | Kind::Method { .. }
            | Kind::Call { .. }
            | Kind::Binary { .. }
            | Kind::Index { .. }
            | Kind::Cast { .. }
            | Kind::Unary { .. }
            | Kind::Reference { .. }
    );
    is_value && !is_target && *view.of(id) != Type::Unit
}

/// How likely the ingredient is meant at a place, by type, nearness and likeness.
fn likelihood(view: &View<'_>, id: Id, ingredient: &Ingredient) -> Option<f64> {
    let own = view.text(id);
    if own == ingredient.text {
        return None;
    }
    let fit = view.of(id).fit(&ingredient.of);
    let fit = if view.of(id).is_known() && ingredient.of.is_known() { fit } else { fit * 0.5 };
    if fit <= 0.0 {
        return None;
    }
    let at = view.range(id).start;
    let distance = at.abs_diff(view.range(ingredient.id).start) as f64;
    let near = 1.0 / (1.0 + distance / 400.0);
    let alike = likeness(own, &ingredient.text);
    // An expression around the place would hold itself.
    let around = view.code.contains(ingredient.id, id) && ingredient.text.contains(own);
    Some(fit * (0.4 + 0.6 * near) * (0.5 + alike) * if around { 0.6 } else { 1.0 })
}

/// The share of words that two texts have in common.
pub(super) fn likeness(left: &str, right: &str) -> f64 {
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|w| !w.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (left, right) = (words(left), words(right));
    let all = left.union(&right).count();
    if all == 0 { 0.0 } else { left.intersection(&right).count() as f64 / all as f64 }
}

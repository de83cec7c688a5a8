//! The same change at several places: a misunderstanding seldom stands alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::propose::search::code::{Id, Kind, Literal};
use crate::propose::search::idea::{Change, Ideas, View};
use crate::propose::search::text::{unquoted, variations};

/// Names of one function that are exchanged with each other.
const MOST_NAMES: usize = 8;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    let literals = literals(view);
    exchanged(view, &literals, ideas);
    everywhere(view, &literals, ideas);
    truths(view, ideas);
    cases(view, ideas);
    names(view, ideas);
    twins(view, ideas);
}

/// Literals by text, with where each stands.
fn literals<'a>(view: &View<'a>) -> BTreeMap<&'a str, Vec<Id>> {
    let mut found: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for id in view.code.ids() {
        if let Kind::Literal(
            Literal::Int | Literal::Float | Literal::Bool | Literal::Char | Literal::Text | Literal::Byte,
        ) = view.kind(id)
        {
            found.entry(view.text(id)).or_default().push(id);
        }
    }
    found
}

fn all(view: &View<'_>, ids: &[Id], text: &str) -> Vec<Change> {
    ids.iter().map(|&id| (view.range(id), text.to_owned())).collect()
}

/// Two literals change places everywhere, or in the two places nearest to each other.
fn exchanged(view: &View<'_>, literals: &BTreeMap<&str, Vec<Id>>, ideas: &mut Ideas) {
    let kind = |id: Id| match view.kind(id) {
        Kind::Literal(kind) => Some(*kind),
        _ => None,
    };
    for (index, (left, lefts)) in literals.iter().enumerate() {
        for (right, rights) in literals.iter().skip(index + 1) {
            if kind(lefts[0]) != kind(rights[0]) {
                continue;
            }
            let few = lefts.len() + rights.len() <= 8;
            let changes = [all(view, lefts, right), all(view, rights, left)].concat();
            ideas.edit("swap-literals", if few { 0.002 } else { 0.0006 }, changes);
        }
    }
    let ordered: Vec<Id> =
        view.code.ids().filter(|&id| literals.contains_key(view.text(id)) && kind(id).is_some()).collect();
    for pair in ordered.windows(2) {
        let (left, right) = (pair[0], pair[1]);
        if kind(left) == kind(right) && view.text(left) != view.text(right) {
            let changes = vec![
                (view.range(left), view.text(right).to_owned()),
                (view.range(right), view.text(left).to_owned()),
            ];
            ideas.edit("swap-literals", 0.004, changes);
        }
    }
}

/// One literal changes everywhere.
fn everywhere(view: &View<'_>, literals: &BTreeMap<&str, Vec<Id>>, ideas: &mut Ideas) {
    for (text, ids) in literals.iter().filter(|(_, ids)| ids.len() > 1) {
        match view.kind(ids[0]) {
            Kind::Literal(Literal::Int) => {
                if let Some((value, suffix)) = crate::propose::search::literal::number(text) {
                    for other in [value + 1, value - 1].into_iter().filter(|other| *other >= 0) {
                        ideas.edit("literal-everywhere", 0.003, all(view, ids, &format!("{other}{suffix}")));
                    }
                }
            }
            Kind::Literal(Literal::Text) => {
                for (other, prior) in unquoted(text).map(variations).unwrap_or_default() {
                    ideas.edit("literal-everywhere", prior * 0.7, all(view, ids, &format!("\"{other}\"")));
                }
            }
            _ => {}
        }
        for other in literals
            .keys()
            .filter(|other| *other != text && !matches!(view.kind(ids[0]), Kind::Literal(Literal::Int)))
        {
            ideas.edit("literal-everywhere", 0.0008, all(view, ids, other));
        }
    }
    // Two integers that stand once each, both one more or one less.
    let integers: Vec<Id> =
        view.code.ids().filter(|&id| matches!(view.kind(id), Kind::Literal(Literal::Int))).collect();
    for pair in integers.windows(2) {
        for step in [1, -1] {
            let moved = |id: Id| {
                let (value, suffix) = crate::propose::search::literal::number(view.text(id))?;
                (value + step >= 0).then(|| (view.range(id), format!("{}{suffix}", value + step)))
            };
            if let (Some(first), Some(second)) = (moved(pair[0]), moved(pair[1])) {
                ideas.edit("literal-pair", 0.0015, vec![first, second]);
            }
        }
    }
}

/// All truth values turned.
fn truths(view: &View<'_>, ideas: &mut Ideas) {
    let ids: Vec<Id> =
        view.code.ids().filter(|&id| matches!(view.kind(id), Kind::Literal(Literal::Bool))).collect();
    let turned = |ids: &[Id]| -> Vec<Change> {
        let other =
            |id: &Id| (view.range(*id), if view.text(*id) == "true" { "false" } else { "true" }.to_owned());
        ids.iter().map(other).collect()
    };
    if ids.len() > 1 {
        ideas.edit("turn-truths", 0.016, turned(&ids));
        for pair in ids.windows(2).filter(|_| ids.len() > 2) {
            ideas.edit("turn-truths", 0.004, turned(pair));
        }
    }
}

/// All texts, or all characters, in the other case; all brackets of another kind.
fn cases(view: &View<'_>, ideas: &mut Ideas) {
    let mut texts: Vec<Change> = Vec::new();
    let mut characters: Vec<Change> = Vec::new();
    for id in view.code.ids() {
        let text = view.text(id);
        match view.kind(id) {
            Kind::Literal(Literal::Text) => {
                let flipped = unquoted(text).and_then(|inner| variations(inner).into_iter().nth(1));
                texts.extend(
                    flipped
                        .filter(|_| text.len() > 2)
                        .map(|(other, _)| (view.range(id), format!("\"{other}\""))),
                );
            }
            Kind::Literal(Literal::Char) if text.len() == 3 && text.as_bytes()[1].is_ascii_alphabetic() => {
                let other = (text.as_bytes()[1] ^ 0x20) as char;
                characters.push((view.range(id), format!("'{other}'")));
            }
            _ => {}
        }
    }
    for changes in [texts, characters] {
        if changes.len() > 1 {
            ideas.edit("other-case", 0.010, changes);
        }
    }
    const BRACKETS: [&str; 4] = ["()", "[]", "{}", "<>"];
    for from in BRACKETS {
        for to in BRACKETS.into_iter().filter(|to| *to != from) {
            let changes: Vec<Change> = view
                .code
                .ids()
                .filter(|&id| matches!(view.kind(id), Kind::Literal(Literal::Char)))
                .filter_map(|id| {
                    let at = from.find(view.text(id).get(1..2)?)?;
                    (view.text(id).len() == 3).then(|| (view.range(id), format!("'{}'", &to[at..=at])))
                })
                .collect();
            if changes.len() > 1 {
                ideas.edit("other-brackets", 0.010, changes);
            }
        }
    }
}

/// Two names of one type change places, in the function and in each statement.
fn names(view: &View<'_>, ideas: &mut Ideas) {
    let mut places: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for id in view.code.expressions() {
        if let (Kind::Name(name), Some(_)) = (view.kind(id), view.code.nodes[id].binding) {
            places.entry(name).or_default().push(id);
        }
    }
    let mut names: Vec<(&str, &Vec<Id>)> = places.iter().map(|(name, ids)| (*name, ids)).collect();
    names.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    names.truncate(MOST_NAMES);
    for (index, (left, lefts)) in names.iter().enumerate() {
        for (right, rights) in names.iter().skip(index + 1) {
            if *left == "self" || *right == "self" || view.of(lefts[0]).fit(view.of(rights[0])) < 1.0 {
                continue;
            }
            let changes = [all(view, lefts, right), all(view, rights, left)].concat();
            ideas.edit("swap-names", 0.0010, changes);
            let statements: BTreeSet<usize> =
                lefts.iter().chain(*rights).map(|&id| view.code.nodes[id].statement).collect();
            for statement in statements {
                let own = |ids: &[Id]| -> Vec<Id> {
                    ids.iter().copied().filter(|&id| view.code.nodes[id].statement == statement).collect()
                };
                let changes = [all(view, &own(lefts), right), all(view, &own(rights), left)].concat();
                ideas.edit("swap-names", 0.0012, changes);
            }
        }
    }
}

/// The same operator or method exchanged wherever it stands.
fn twins(view: &View<'_>, ideas: &mut Ideas) {
    const SIGNS: [(&str, &str); 8] = [
        ("<", "<="),
        ("<=", "<"),
        (">", ">="),
        (">=", ">"),
        ("==", "!="),
        ("!=", "=="),
        ("&&", "||"),
        ("||", "&&"),
    ];
    for (from, to) in SIGNS {
        let changes: Vec<Change> = view
            .code
            .expressions()
            .filter(|&id| view.code.sign(id) == from)
            .filter_map(|id| match view.kind(id) {
                Kind::Binary { sign, .. } => Some((sign.clone(), to.to_owned())),
                _ => None,
            })
            .collect();
        if changes.len() > 1 && changes.len() <= 4 {
            ideas.edit("operator-everywhere", 0.002, changes);
        }
    }
}

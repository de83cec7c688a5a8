//! Missing arms of a `match`: copied from the crate, or made for a variant that no arm names.

use std::collections::BTreeSet;

use crate::propose::search::code::{Arm, Code, Kind};
use crate::propose::search::facts::Payload;
use crate::propose::search::idea::{Ideas, View};
use crate::propose::search::is_harmful;

/// Arms of other matches that are tried in one.
const MOST_COPIED: usize = 60;

pub(super) fn ideas(view: &View<'_>, ideas: &mut Ideas) {
    for id in view.code.expressions() {
        if let Kind::Match { arms } = view.kind(id) {
            copied(view, arms, ideas);
            variants(view, arms, ideas);
            removed(view, arms, ideas);
            exchanged(view, arms, ideas);
        }
    }
}

/// Puts an arm before another.
fn before(view: &View<'_>, arm: &Arm, text: &str) -> (std::ops::Range<usize>, String) {
    let indent = view.code.indent(arm.range.start);
    let comma = if text.ends_with([',', '}']) { "" } else { "," };
    (arm.range.start..arm.range.start, format!("{text}{comma}\n{indent}"))
}

fn all_arms(code: &Code) -> impl Iterator<Item = &Arm> {
    code.nodes.iter().flat_map(|node| match &node.kind {
        Kind::Match { arms } => arms.as_slice(),
        _ => &[],
    })
}

fn copied(view: &View<'_>, arms: &[Arm], ideas: &mut Ideas) {
    let own: BTreeSet<&str> = arms.iter().map(|arm| view.code.slice(&arm.pattern)).collect();
    let others = view.around.functions.iter().flat_map(|code| all_arms(code).map(move |arm| (code, arm)));
    let mut seen = BTreeSet::new();
    for (code, arm) in others.filter(|(code, arm)| !own.contains(code.slice(&arm.pattern))).take(MOST_COPIED)
    {
        let text = code.slice(&arm.range);
        if text.len() > 160 || is_harmful(text) || !seen.insert(text) {
            continue;
        }
        let near = if code.own == view.code.own { 1.0 } else { 0.4 };
        for place in [arms.first(), arms.last()].into_iter().flatten() {
            ideas.edit("add-arm", 0.0012 * near, vec![before(view, place, text)]);
        }
    }
}

/// An arm for each variant that is not named, with the body of each other arm.
fn variants(view: &View<'_>, arms: &[Arm], ideas: &mut Ideas) {
    let patterns: String = arms.iter().map(|arm| view.code.slice(&arm.pattern)).collect::<Vec<_>>().join(" ");
    let named = view.around.facts.variants.iter().filter(|(name, _)| {
        patterns.contains(&format!("{name}::")) || **name == view.code.own && patterns.contains("Self::")
    });
    for (name, variants) in named {
        for (variant, payload) in
            variants.iter().filter(|(variant, _)| !patterns.contains(&format!("::{variant}")))
        {
            let pattern = match payload {
                Payload::Nothing => format!("{name}::{variant}"),
                Payload::Tuple(_) => format!("{name}::{variant}(..)"),
                Payload::Fields => format!("{name}::{variant} {{ .. }}"),
            };
            for arm in arms {
                let body = view.text(arm.body);
                let last = arms.last().unwrap_or(arm);
                ideas.edit("add-arm", 0.002, vec![before(view, last, &format!("{pattern} => {body}"))]);
                // One more case of the same arm.
                let end = arm.pattern.end;
                ideas.replace("add-case", 0.002, end..end, format!(" | {pattern}"));
            }
        }
    }
}

fn removed(view: &View<'_>, arms: &[Arm], ideas: &mut Ideas) {
    for arm in arms.iter().take(arms.len().saturating_sub(1)) {
        ideas.replace("drop-arm", 0.002, arm.range.clone(), "");
        for case in view.code.slice(&arm.pattern).split('|').filter(|case| case.len() < arm.pattern.len()) {
            let rest: Vec<&str> = view
                .code
                .slice(&arm.pattern)
                .split('|')
                .filter(|other| *other != case)
                .map(str::trim)
                .collect();
            ideas.replace("drop-case", 0.002, arm.pattern.clone(), rest.join(" | "));
        }
    }
}

/// The bodies of two arms, or their patterns, the other way round.
fn exchanged(view: &View<'_>, arms: &[Arm], ideas: &mut Ideas) {
    for (index, left) in arms.iter().enumerate() {
        for right in arms.iter().skip(index + 1).take(4) {
            let (first, second) = (view.range(left.body), view.range(right.body));
            let prior = 0.004 / (right.range.start - left.range.end + 1).clamp(1, 80) as f64 * 10.0;
            let changes =
                vec![(first, view.text(right.body).to_owned()), (second, view.text(left.body).to_owned())];
            ideas.edit("swap-arms", prior.min(0.004), changes);
        }
    }
    for pair in arms.windows(2) {
        let text = |arm: &Arm| view.code.slice(&arm.range).trim_end_matches(',').to_owned();
        let bare = |arm: &Arm| arm.range.start..arm.range.start + text(arm).len();
        ideas.edit(
            "swap-arm-order",
            0.002,
            vec![(bare(&pair[0]), text(&pair[1])), (bare(&pair[1]), text(&pair[0]))],
        );
        let bodies = view.text(pair[1].body);
        ideas.replace("arm-body", 0.002, view.range(pair[0].body), bodies);
        ideas.replace("arm-body", 0.002, view.range(pair[1].body), view.text(pair[0].body));
    }
}

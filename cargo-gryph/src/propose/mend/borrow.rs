//! Moves and borrows that collide, where more than the body's own templates is needed: statements that are put before
//! others, values taken out of their place.

use std::ops::Range;

use super::Offer;
use super::case::{Case, words};
use super::ground::Statement;

/// E0499, E0502, E0503, E0506: the call that borrows a second time gets a `let` of its own, or steps aside.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = hoisted(case);
    offers.extend(inlined(case));
    offers.extend(exchanged(case));
    offers.extend(function_traits(case));
    offers
}

/// The call whose receiver or argument the error points at.
fn call(case: &Case<'_>) -> Option<Range<usize>> {
    let at = case.at();
    let calls = case.ground.expressions_of(case.sheet).filter_map(|expression| {
        let range = case.sheet.range(expression);
        let holds = range.start <= at.start && at.end <= range.end;
        match expression {
            syn::Expr::MethodCall(call) if holds => {
                let receiver = case.sheet.range(&call.receiver);
                let inside = receiver.start <= at.start && at.end <= receiver.end;
                (inside || call.args.iter().any(|arg| case.sheet.range(arg) == at)).then_some(range)
            }
            syn::Expr::Call(call) if holds => {
                call.args.iter().any(|arg| case.sheet.range(arg) == at).then_some(range)
            }
            _ => None,
        }
    });
    calls.min_by_key(|range| range.len())
}

/// Places of the borrow that came first.
fn first_borrow(case: &Case<'_>) -> Option<Range<usize>> {
    let labels = ["first mutable borrow", "first borrow", "mutable borrow occurs here", "is borrowed here"];
    let at = case.at();
    labels.iter().flat_map(|text| case.labelled(text)).find(|range| *range != at)
}

/// The call computed before: before the statement that holds both, before its own, and before the function's.
fn hoisted(case: &Case<'_>) -> Vec<Offer> {
    let Some(call) = call(case) else { return Vec::new() };
    let statements = case.ground.statements_at(case.sheet, call.start);
    let first = first_borrow(case);
    let holds = |statement: &&Statement<'_>| {
        first.as_ref().is_some_and(|first| statement.range.contains(&first.start))
    };
    let mut places: Vec<(usize, u8)> = Vec::new();
    places.extend(statements.iter().rev().find(holds).map(|statement| (statement.range.start, 78)));
    places.extend(first.as_ref().and_then(|first| {
        let borrowing = case.ground.statements_at(case.sheet, first.start);
        let shared = borrowing.iter().rev().find(|one| one.range.start < call.start)?;
        Some((shared.range.start, 70))
    }));
    places.extend(statements.last().map(|statement| (statement.range.start, 66)));
    places.extend(statements.first().map(|statement| (statement.range.start, 50)));
    let mut seen = std::collections::BTreeSet::new();
    places.retain(|(place, _)| seen.insert(*place) && *place < call.start);
    let name = name(case, &call);
    let offer = |(place, certainty): (usize, u8)| {
        let indent = case.sheet.indent(place);
        let line = format!("let {name} = {};\n{indent}", case.sheet.cut(&call));
        case.offer("hoist", certainty, vec![(place..place, line), (call.clone(), name.clone())])
    };
    places.into_iter().map(offer).collect()
}

/// A name for the value of a call: the one it has elsewhere, else that of the function.
fn name(case: &Case<'_>, call: &Range<usize>) -> String {
    let text = case.sheet.cut(call);
    let known = case.ground.blocks.iter().flat_map(|found| {
        found.node.stmts.iter().filter_map(|statement| match statement {
            syn::Stmt::Local(local) => {
                let init = local.init.as_ref()?;
                let syn::Pat::Ident(name) = &local.pat else { return None };
                (found.sheet.slice(&init.expr) == text).then(|| name.ident.to_string())
            }
            _ => None,
        })
    });
    let head = text.split('(').next().unwrap_or_default();
    let own = words(head).last().unwrap_or("value");
    let plain = own.trim_start_matches("get_").trim_start_matches("next_").to_owned();
    let plain = if plain.is_empty() || !plain.starts_with(|c: char| c.is_lowercase()) {
        "value".to_owned()
    } else {
        plain
    };
    let taken = case.function().is_some_and(|function| {
        let body = case.sheet.cut(&function.range());
        body.contains(&format!("let {plain} "))
            || function.parameters().iter().any(|(name, _)| *name == plain)
    });
    known.into_iter().next().unwrap_or(if taken { format!("{plain}_value") } else { plain })
}

/// A small method of the same type, written out where it is called: its fields are then borrowed one by one.
fn inlined(case: &Case<'_>) -> Option<Offer> {
    let call = call(case)?;
    let expression = case.ground.expression(case.sheet, &call)?;
    let syn::Expr::MethodCall(node) = expression else { return None };
    if !node.args.is_empty() || case.sheet.slice(&node.receiver) != "self" {
        return None;
    }
    let own = case.function()?.self_type();
    let callee = case.ground.functions.iter().find(|function| {
        function.signature.ident == node.method
            && function.self_type() == own
            && function.sheet.path == case.sheet.path
    })?;
    let block = callee.block?;
    let simple = block.stmts.len() <= 3 && !case.sheet.slice(block).contains("return");
    let (syn::Stmt::Expr(tail, None), before) = block.stmts.split_last()? else { return None };
    let statement = case.ground.statements_at(case.sheet, call.start).pop()?;
    let place = statement.range.start;
    let indent = case.sheet.indent(place);
    let lines: String = before.iter().map(|line| format!("{}\n{indent}", case.sheet.slice(line))).collect();
    let edits = vec![(place..place, lines), (call.clone(), case.sheet.slice(tail).to_owned())];
    let edits = edits.into_iter().filter(|(range, text)| !range.is_empty() || !text.is_empty()).collect();
    (simple && place < call.start).then(|| case.offer("inline", 45, edits))
}

/// The statement with the error and the one before it, or the one that took the value, in the other order.
fn exchanged(case: &Case<'_>) -> Vec<Offer> {
    let at = case.at().start;
    let statements = case.ground.statements_at(case.sheet, at);
    let Some(statement) = statements.last().filter(|statement| statement.index > 0) else {
        return Vec::new();
    };
    let before = case.sheet.range(&statement.block.stmts[statement.index - 1]);
    let is_last = statement.index + 1 == statement.block.stmts.len();
    let tail = is_last && !case.sheet.cut(&statement.range).ends_with([';', '}']);
    if tail {
        return Vec::new();
    }
    let edits = vec![
        (before.clone(), case.sheet.cut(&statement.range).to_owned()),
        (statement.range.clone(), case.sheet.cut(&before).to_owned()),
    ];
    vec![case.offer("reorder", 38, edits)]
}

/// E0382, E0505, E0507: the value is taken out of its place, or used before it goes.
pub(super) fn moved(case: &Case<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    let has_default = |text: &str| {
        ["`String`", "`Vec<", "HashMap<", "BTreeMap<", "HashSet<", "BTreeSet<", "`Option<", "VecDeque<"]
            .iter()
            .any(|ty| text.contains(ty))
    };
    let default = case.texts().any(has_default);
    let in_loop = case.labelled("in previous iteration of loop");
    let mut places = case.labelled("value moved here");
    places.extend(case.labelled("move out of"));
    if case.code == "E0507" || case.code == "E0509" {
        places.push(case.at());
    }
    places.sort_by_key(|place| (place.start, place.end));
    places.dedup();
    for place in places.iter().filter(|_| default) {
        let text = case.sheet.cut(place);
        let variable = text.chars().all(|c| c == '_' || c == '.' || c.is_alphanumeric());
        let certainty = match (in_loop.contains(place), case.code) {
            (true, _) => 74,
            (false, "E0507") => 64,
            (false, _) => 40,
        };
        if variable && is_mutable(case, text) {
            let taken = format!("std::mem::take(&mut {text})");
            offers.push(case.offer("take", certainty, vec![(place.clone(), taken)]));
            offers.push(case.offer("clone", 60, vec![(place.end..place.end, ".clone()".to_owned())]));
        }
    }
    if case.code == "E0382" {
        offers.extend(used_before(case, &places));
        offers.extend(exchanged(case));
    }
    offers
}

/// Whether what a path begins with is declared `mut` in the function.
fn is_mutable(case: &Case<'_>, path: &str) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    let Some(function) = case.function() else { return false };
    let text = case.sheet.cut(&function.range());
    let by_self = name == "self" && (text.contains("&mut self") || text.contains("mut self"));
    let by_parameter =
        function.parameters().iter().any(|(known, ty)| known == name && ty.starts_with("&mut"));
    by_self || by_parameter || text.contains(&format!("mut {name}"))
}

/// A use behind the move gets its value before: `let len = name.len();`.
fn used_before(case: &Case<'_>, moves: &[Range<usize>]) -> Option<Offer> {
    let moved = moves.first()?;
    let call = call(case).filter(|call| call.start > moved.start)?;
    let statement = case.ground.statements_at(case.sheet, moved.start).pop()?;
    let name = name(case, &call);
    let place = statement.range.start;
    let line = format!("let {name} = {};\n{}", case.sheet.cut(&call), case.sheet.indent(place));
    Some(case.offer("before", 50, vec![(place..place, line), (call, name)]))
}

/// E0308 "types differ in mutability": the argument is lent to be changed.
pub(super) fn mutable(case: &Case<'_>) -> Vec<Offer> {
    let differs = case.texts().any(|text| text.contains("types differ in mutability"));
    let rest = case.text().strip_prefix('&').filter(|rest| differs && !rest.starts_with("mut "));
    rest.map(|rest| case.replace("lend", 88, format!("&mut {rest}"))).into_iter().collect()
}

/// A closure that changes what it captures is no `Fn`.
fn function_traits(case: &Case<'_>) -> Vec<Offer> {
    if !case.texts().any(|text| text.contains("`Fn` closure")) {
        return Vec::new();
    }
    let places = case.labelled("change this to accept `FnMut` instead of `Fn`");
    let offer = |place: Range<usize>| {
        let text = case.sheet.cut(&place);
        let start = place.start + text.find("Fn(")?;
        Some(case.offer("fn-mut", 70, vec![(start..start + 2, "FnMut".to_owned())]))
    };
    places.into_iter().filter_map(offer).collect()
}

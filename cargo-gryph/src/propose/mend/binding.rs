//! E0425: a variable that no `let` makes.
//!
//! What it begins with is read from a `let` of that name elsewhere, from the parameters, and from how it is used.

use std::ops::Range;

use super::Offer;
use super::case::{Case, words};
use super::filling::default_of;
use super::ground::{Function, Statement};

/// Values that are tried.
const MOST: usize = 10;

/// A `let` before the first use.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let name = case.text();
    let plain = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_lowercase() || c.is_numeric());
    let called = case.sheet.text.get(case.at().end..).is_some_and(|after| after.starts_with(['(', '!', ':']));
    if case.code != "E0425" || !plain || called {
        return Vec::new();
    }
    let Some(function) = case.function() else { return Vec::new() };
    let uses = uses(case, &function, name);
    let changed = is_changed(case, &uses);
    let places = places(case, &function, &uses, changed);
    let mutable = if changed { "mut " } else { "" };
    let mut values = elsewhere(case, &function, name);
    values.extend(by_use(case, &function, &uses));
    values.extend(from_parameters(case, &function, name, &uses));
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|(value, _)| seen.insert(value.clone()));
    values.sort_by_key(|(_, certainty)| std::cmp::Reverse(*certainty));
    values.truncate(MOST);
    let line = |place: usize, lower: u8, (value, certainty): &(String, u8)| {
        let text = format!("let {mutable}{name} = {value};\n{}", case.sheet.indent(place));
        case.insert("let", certainty.saturating_sub(lower), place, text)
    };
    let ranked = places.iter().zip([0, 7]);
    ranked
        .flat_map(|(place, lower)| values.iter().map(move |value| (*place, lower, value)))
        .map(|(place, lower, value)| line(place, lower, value))
        .collect()
}

/// Where the name stands in the function.
fn uses(case: &Case<'_>, function: &Function<'_>, name: &str) -> Vec<Range<usize>> {
    let range = function.block.map_or_else(|| function.range(), |block| case.sheet.range(block));
    let text = case.sheet.cut(&range);
    let is_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_alphanumeric());
    let whole = |at: &usize| {
        let before = text[..*at].chars().next_back();
        let field = before == Some('.') && !text[..*at].ends_with("..");
        !is_word(before) && !field && !is_word(text[at + name.len()..].chars().next())
    };
    let found = text.match_indices(name).map(|(at, _)| at).filter(whole);
    found.map(|at| range.start + at..range.start + at + name.len()).collect()
}

/// Where the `let` may stand: before the statement around the first use, in the innermost block that holds all uses; for
/// a variable that is changed, before the outermost one first, so that a loop does not begin anew each time.
fn places(case: &Case<'_>, function: &Function<'_>, uses: &[Range<usize>], changed: bool) -> Vec<usize> {
    let (Some(first), Some(last)) = (uses.first(), uses.last()) else { return Vec::new() };
    let statements = case.ground.statements_at(case.sheet, first.start);
    let inside = |statement: &&Statement<'_>| {
        let block = case.sheet.range(statement.block);
        block.start <= first.start && last.end <= block.end && function.range().contains(&block.start)
    };
    let start = |statement: &Statement<'_>| statement.range.start;
    let inner = statements.iter().rfind(inside).map(start);
    let outer = statements.iter().find(inside).map(start).filter(|_| changed);
    let mut places: Vec<usize> = outer.into_iter().chain(inner).collect();
    places.dedup();
    places
}

fn after<'a>(case: &Case<'a>, place: &Range<usize>) -> &'a str {
    case.sheet.text.get(place.end..).unwrap_or_default().trim_start()
}

const CHANGING: [&str; 14] = [
    ".push(",
    ".push_str(",
    ".insert(",
    ".push_back(",
    ".push_front(",
    ".extend(",
    ".sort",
    ".entry(",
    ".pop",
    ".clear(",
    ".remove(",
    ".reverse(",
    ".dedup",
    ".truncate(",
];

/// Whether the variable is changed after its `let`.
fn is_changed(case: &Case<'_>, uses: &[Range<usize>]) -> bool {
    uses.iter().any(|place| {
        let text = after(case, place);
        let assigned = text.starts_with('=') && !text.starts_with("==") && !text.starts_with("=>");
        let compound = ["+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>="]
            .iter()
            .any(|op| text.starts_with(op));
        let borrowed = case.sheet.text[..place.start].ends_with("&mut ");
        let method = CHANGING.iter().any(|method| text.starts_with(method));
        let element = text.starts_with('[') && {
            let rest = text.split_once(']').map_or("", |(_, rest)| rest).trim_start();
            (rest.starts_with('=') && !rest.starts_with("=="))
                || rest.starts_with("+=")
                || rest.starts_with("-=")
        };
        assigned || compound || borrowed || method || element
    })
}

/// `let`s of the name in other functions whose values make sense here.
fn elsewhere(case: &Case<'_>, function: &Function<'_>, name: &str) -> Vec<(String, u8)> {
    let own: Vec<String> = function.parameters().into_iter().map(|(name, _)| name).collect();
    let receiver = function.signature.receiver().is_some();
    let mut values = Vec::new();
    for found in &case.ground.blocks {
        for statement in &found.node.stmts {
            let syn::Stmt::Local(local) = statement else { continue };
            let syn::Pat::Ident(ident) = plain_pattern(&local.pat) else { continue };
            let Some(init) = local.init.as_ref().filter(|_| ident.ident == name) else { continue };
            let text = found.sheet.slice(&init.expr);
            if text.len() > 200 {
                continue;
            }
            let near = u8::from(found.sheet.path == case.sheet.path) * 4;
            values.push((text.to_owned(), 64 + near));
            // The same with the parameters there exchanged for those here.
            let theirs = case.ground.function_at(found.sheet, found.sheet.range(local).start);
            let theirs = theirs.map(|function| function.parameters()).unwrap_or_default();
            let pairs: Vec<(String, String)> =
                theirs.into_iter().map(|(name, _)| name).zip(own.iter().cloned()).collect();
            let renamed = super::naming::renamed(text, &pairs);
            values.push((renamed, 60 + near));
        }
    }
    values.retain(|(value, _)| receiver || !words(value).any(|word| word == "self"));
    values
}

fn plain_pattern(pattern: &syn::Pat) -> &syn::Pat {
    match pattern {
        syn::Pat::Type(typed) => &typed.pat,
        other => other,
    }
}

/// What the uses say about the first value.
fn by_use(case: &Case<'_>, function: &Function<'_>, uses: &[Range<usize>]) -> Vec<(String, u8)> {
    let mut values: Vec<(String, u8)> = Vec::new();
    let mut add = |value: &str, certainty: u8| values.push((value.to_owned(), certainty));
    for place in uses {
        let text = after(case, place);
        let begins = |methods: &[&str]| methods.iter().any(|method| text.starts_with(method));
        if begins(&[".push_str("]) {
            add("String::new()", 82);
        } else if begins(&[".push("]) {
            add("Vec::new()", 72);
            add("String::new()", 66);
        } else if begins(&[".push_back(", ".push_front(", ".pop_front("]) {
            add("std::collections::VecDeque::new()", 78);
        } else if begins(&[".insert(", ".entry(", ".contains("]) {
            let arguments =
                text.split_once('(').map_or("", |(_, rest)| rest.split(')').next().unwrap_or_default());
            let set =
                text.starts_with(".insert(") && !arguments.contains(',') || text.starts_with(".contains(");
            add(
                if set { "std::collections::HashSet::new()" } else { "std::collections::HashMap::new()" },
                64,
            );
            add(
                if set { "std::collections::BTreeSet::new()" } else { "std::collections::BTreeMap::new()" },
                62,
            );
        } else if begins(&["+=", "-="]) {
            add("0", 78);
            add("0.0", 60);
            add("1", 44);
        } else if begins(&["*="]) {
            add("1", 74);
            add("1.0", 60);
        } else if begins(&["= true"]) {
            add("false", 82);
        } else if begins(&["= false"]) {
            add("true", 82);
        } else if begins(&["= Some"]) {
            add("None", 82);
        } else if begins(&["= "]) && !text.starts_with("==") {
            let value = text[2..].split(';').next().unwrap_or_default();
            let step = value.contains('+') || value.parse::<i64>().is_ok();
            add("0", if step { 70 } else { 48 });
            add("String::new()", 30);
            add("Vec::new()", 30);
            add("None", 34);
        }
    }
    let returned = uses.last().is_some_and(|place| after(case, place).trim_start().starts_with('}'));
    if returned {
        let value = default_of(case.ground, &function.returned());
        values.extend(value.map(|value| (value, 76)));
    }
    values
}

/// What a parameter or field gives under such a name.
fn from_parameters(
    case: &Case<'_>,
    function: &Function<'_>,
    name: &str,
    uses: &[Range<usize>],
) -> Vec<(String, u8)> {
    let mut sources: Vec<(String, String)> = function.parameters();
    if function.signature.receiver().is_some() {
        let fields = function.self_type().map(|ty| case.ground.fields(&ty)).unwrap_or_default();
        sources.extend(fields.into_iter().map(|(field, ty)| (format!("self.{field}"), ty)));
    }
    let counts = matches!(name, "n" | "len" | "length" | "count" | "size" | "total" | "end" | "m");
    let indexed = uses.iter().any(|place| after(case, place).starts_with('['));
    let mut values = Vec::new();
    for (source, ty) in &sources {
        let sequence = ty.contains('[') || ty.contains("Vec<") || ty.contains("str") || ty.contains("String");
        if sequence {
            values.push((format!("{source}.len()"), if counts { 70 } else { 40 }));
        }
        if ty.contains("str") || ty.contains("String") {
            let characters = name.contains("char") || name.contains("letter") || indexed;
            values
                .push((format!("{source}.chars().collect::<Vec<char>>()"), if characters { 70 } else { 34 }));
            values.push((format!("{source}.chars()"), if characters && !indexed { 66 } else { 28 }));
            values.push((format!("{source}.as_bytes()"), if name.contains("byte") { 80 } else { 26 }));
            values.push((format!("{source}.trim()"), if name.contains("trim") { 80 } else { 26 }));
        }
        if ty.contains("[") || ty.contains("Vec<") {
            values.push((
                format!("{source}.to_vec()"),
                if indexed || name.contains("sorted") { 56 } else { 34 },
            ));
            values.push((format!("{source}.iter()"), 26));
        }
        values.push((format!("{source}.clone()"), 24));
    }
    values
}

/// E0381: the `let` without a value gets one.
pub(super) fn uninitialised(case: &Case<'_>) -> Vec<Offer> {
    let Some(name) = case.quoted().first().copied() else { return Vec::new() };
    let Some(function) = case.function() else { return Vec::new() };
    let mut offers = Vec::new();
    for place in case.labelled("declared here") {
        let Some(statement) = case.ground.statements_at(case.sheet, place.start).pop() else { continue };
        let syn::Stmt::Local(local) = &statement.block.stmts[statement.index] else { continue };
        let (ty, mut values) = match &local.pat {
            syn::Pat::Type(typed) => (super::ground::type_text(&typed.ty), Vec::new()),
            _ => (function.returned(), by_use(case, &function, &uses(case, &function, name))),
        };
        values.extend(default_of(case.ground, &ty).map(|value| (value, 74)));
        let head = case.sheet.range(&local.pat);
        let mutable = if case.sheet.slice(&local.pat).starts_with("mut ") { "" } else { "mut " };
        for (value, certainty) in values.into_iter().take(4) {
            let edits = vec![
                (head.start..head.start, mutable.to_owned()),
                (head.end..head.end, format!(" = {value}")),
            ];
            let edits = edits.into_iter().filter(|(_, text)| !text.is_empty()).collect();
            offers.push(case.offer("initial", certainty, edits));
        }
    }
    offers
}

//! E0004: the arms that a match leaves out.
//!
//! What an arm should say is read from the arms that are there: the name in it, the same pattern in another match, the
//! operator its name stands for, or what its neighbours do.

use std::collections::BTreeSet;

use super::Offer;
use super::case::{Case, words};
use super::filling::{self, default_of};
use super::ground::{Sheet, fields};
use super::naming::{rebound, renamed, spellings};

/// Names of operations with the operators that mean them.
const OPERATORS: [(&str, &[&str]); 24] = [
    ("add", &[" + "]),
    ("plus", &[" + "]),
    ("sum", &[" + "]),
    ("sub", &[" - "]),
    ("subtract", &[" - "]),
    ("minus", &[" - "]),
    ("mul", &[" * "]),
    ("multiply", &[" * "]),
    ("times", &[" * "]),
    ("div", &[" / "]),
    ("divide", &[" / "]),
    ("rem", &[" % "]),
    ("mod", &[" % "]),
    ("and", &[" && ", " & "]),
    ("or", &[" || ", " | "]),
    ("xor", &[" ^ "]),
    ("shl", &[" << "]),
    ("shr", &[" >> "]),
    ("eq", &[" == "]),
    ("ne", &[" != "]),
    ("lt", &[" < "]),
    ("le", &[" <= "]),
    ("gt", &[" > "]),
    ("ge", &[" >= "]),
];

/// Bodies of one arm that are tried.
const MOST: usize = 10;

/// A pattern with a body for it.
#[derive(Clone, PartialEq, Eq)]
struct Idea {
    pattern: String,
    body: String,
    certainty: u8,
}

/// The match with its missing arms.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let at = case.at();
    let found = case.ground.expressions_of(case.sheet).find_map(|expression| match expression {
        syn::Expr::Match(found) if case.sheet.range(&found.expr) == at => Some(found),
        _ => None,
    });
    let Some(found) = found else { return Vec::new() };
    let patterns = patterns(case, found);
    let ideas: Vec<Vec<Idea>> = patterns.iter().map(|pattern| ideas(case, found, pattern)).collect();
    if patterns.is_empty() || ideas.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let depth = ideas.iter().map(Vec::len).max().unwrap_or(0).min(MOST);
    (0..depth)
        .filter_map(|rank| {
            let chosen: Vec<&Idea> =
                ideas.iter().filter_map(|ideas| ideas.get(rank).or(ideas.first())).collect();
            with_arms(case, found, &chosen)
        })
        .collect()
}

/// The patterns that are not covered, written as the arms there write theirs.
fn patterns(case: &Case<'_>, found: &syn::ExprMatch) -> Vec<String> {
    let quoted = case.quoted();
    let written: Vec<&str> = found.arms.iter().map(|arm| case.sheet.slice(&arm.pat)).collect();
    let mut listed: Vec<String> = quoted.iter().map(|pattern| adapted(pattern, &written)).collect();
    listed.dedup();
    if !case.diagnostic.message.contains(" more not covered") {
        return listed;
    }
    // rustc names only the first few; the rest is what the enum has and no arm names.
    let first = quoted.first().copied().unwrap_or_default();
    let name = words(first).find(|word| case.ground.choice(word).is_some());
    let Some(found_enum) = name.and_then(|name| case.ground.choice(name)) else {
        return vec!["_".to_owned()];
    };
    let named: BTreeSet<&str> = written.iter().flat_map(|pattern| words(pattern)).collect();
    let missing =
        found_enum.node.variants.iter().filter(|variant| !named.contains(variant.ident.to_string().as_str()));
    let pattern = |variant: &syn::Variant| {
        let fields = match &variant.fields {
            syn::Fields::Unit => String::new(),
            syn::Fields::Unnamed(_) => "(..)".to_owned(),
            syn::Fields::Named(_) => " { .. }".to_owned(),
        };
        adapted(&format!("{}::{}{fields}", found_enum.node.ident, variant.ident), &written)
    };
    missing.map(pattern).collect()
}

/// A pattern with the path that other arms put before the variant, and without a `&` that they do without.
fn adapted(pattern: &str, written: &[&str]) -> String {
    let referenced = written.iter().any(|pattern| pattern.starts_with('&'));
    let pattern = if referenced { pattern } else { pattern.trim_start_matches('&') };
    // The numbers that are left are many and say nothing.
    if pattern.contains("..=") || pattern.starts_with(|c: char| c.is_ascii_digit()) {
        return "_".to_owned();
    }
    let Some((path, variant)) = pattern.split_once('(').map_or(pattern, |(head, _)| head).rsplit_once("::")
    else {
        return pattern.to_owned();
    };
    let prefixes = written.iter().filter(|pattern| pattern.starts_with(|c: char| c.is_uppercase()));
    let head = |pattern: &&&str| {
        let head = pattern.split(['(', '{', ' ', '|']).next().unwrap_or_default().to_owned();
        head.rsplit_once("::").map_or(String::new(), |(path, _)| format!("{path}::"))
    };
    match prefixes.map(|pattern| head(&pattern)).next() {
        Some(prefix) => format!("{prefix}{variant}{}", &pattern[path.len() + 2 + variant.len()..]),
        None => pattern.to_owned(),
    }
}

/// What an arm for this pattern may look like, best first.
fn ideas(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let mut ideas = own_name(case, found, pattern);
    ideas.extend(operator(case, found, pattern));
    ideas.extend(same_pattern(case, found, pattern));
    ideas.extend(same_shape(case, found, pattern));
    ideas.extend(neighbours(case, found, pattern));
    ideas.extend(usual(case, found, pattern));
    ideas.sort_by_key(|idea| std::cmp::Reverse(idea.certainty));
    let mut kept: Vec<Idea> = Vec::new();
    for idea in ideas {
        if !kept.iter().any(|known| known.body == idea.body && known.pattern == idea.pattern) {
            kept.push(idea);
        }
    }
    kept
}

/// The variant a pattern is about: its last name that begins with a capital.
fn variant(pattern: &str) -> Option<&str> {
    let outer = words(pattern).filter(|word| word.starts_with(|c: char| c.is_uppercase()));
    outer.last().filter(|name| !matches!(*name, "Self" | "Some" | "Ok" | "Err"))
}

struct Arm<'a> {
    pattern: &'a str,
    body: &'a str,
    guarded: bool,
}

fn arms<'a>(sheet: &'a Sheet, found: &syn::ExprMatch) -> Vec<Arm<'a>> {
    let arm = |arm: &syn::Arm| Arm {
        pattern: sheet.slice(&arm.pat),
        body: sheet.slice(&arm.body),
        guarded: arm.guard.is_some(),
    };
    found.arms.iter().map(arm).collect()
}

/// Arms that say the name of their own variant: `State::Paid => "paid"`.
fn own_name(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let Some(name) = variant(pattern) else { return Vec::new() };
    let arms = arms(case.sheet, found);
    let speaking = |arm: &&Arm<'_>| {
        variant(arm.pattern)
            .is_some_and(|own| spellings(own).iter().any(|s| words(arm.body).any(|word| word == s)))
    };
    let count = arms.iter().filter(speaking).count();
    let mut ideas = Vec::new();
    for arm in arms.iter().rev().filter(|arm| !arm.guarded) {
        let Some(own) = variant(arm.pattern) else { continue };
        let certainty = if 2 * count > arms.len() { 92 } else { 80 };
        let patterns = rebound(arm.pattern, own, name);
        let shaped = patterns.first().filter(|_| has_data(arm.pattern) == has_data(pattern));
        for (rank, body) in styled(&arms, rebound(arm.body, own, name)).into_iter().enumerate() {
            let pattern = shaped.cloned().unwrap_or_else(|| pattern.to_owned());
            if bound_names_stay(arm, &pattern) && !ideas.iter().any(|idea: &Idea| idea.body == body) {
                ideas.push(Idea { pattern, body, certainty: certainty - 4 * rank.min(9) as u8 });
            }
        }
    }
    ideas.truncate(4);
    ideas
}

fn has_data(pattern: &str) -> bool {
    pattern.contains(['(', '{'])
}

/// Whether what the body of an arm takes from its pattern is bound by another pattern too.
fn bound_names_stay(arm: &Arm<'_>, pattern: &str) -> bool {
    let bound = words(arm.pattern).filter(|word| word.starts_with(|c: char| c.is_lowercase()));
    let used: BTreeSet<&str> = words(arm.body).collect();
    bound.filter(|name| used.contains(name)).all(|name| words(pattern).any(|word| word == name))
}

/// The way of writing several words that other arms use comes first.
fn styled(arms: &[Arm<'_>], mut bodies: Vec<String>) -> Vec<String> {
    let uses = |separator: char| {
        arms.iter().any(|arm| {
            let text = arm.body.trim_matches('"');
            arm.body.starts_with('"') && text.contains(separator)
        })
    };
    let style = ['_', '-', ' '].into_iter().find(|separator| uses(*separator));
    if let Some(style) = style {
        bodies.sort_by_key(|body| !body.contains(style));
    }
    bodies
}

/// Arms that do what their name says with an operator: `Op::Add => a + b`.
fn operator(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let meaning = |name: &str| {
        let name = name.to_lowercase();
        OPERATORS.iter().find(|(word, _)| *word == name).map(|(_, operators)| *operators)
    };
    let Some((name, ours)) = variant(pattern).and_then(|name| Some((name, meaning(name)?))) else {
        return Vec::new();
    };
    let mut ideas = Vec::new();
    for arm in arms(case.sheet, found).iter().rev().filter(|arm| !arm.guarded) {
        let Some(own) = variant(arm.pattern) else { continue };
        let theirs = meaning(own).unwrap_or_default();
        let Some(used) = theirs.iter().find(|operator| arm.body.matches(**operator).count() == 1) else {
            continue;
        };
        let pattern =
            rebound(arm.pattern, own, name).into_iter().next().unwrap_or_else(|| pattern.to_owned());
        ideas.extend(ours.iter().map(|operator| Idea {
            pattern: pattern.clone(),
            body: arm.body.replace(used, operator),
            certainty: 89,
        }));
    }
    ideas
}

/// The same pattern in another match.
fn same_pattern(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let function = case.function();
    let here = case.sheet.range(found);
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let wanted = plain(pattern);
    let mut ideas = Vec::new();
    for other in &case.ground.expressions {
        let syn::Expr::Match(node) = other.node else { continue };
        if other.sheet.path == case.sheet.path && other.sheet.range(node) == here {
            continue;
        }
        let start = other.sheet.range(node).start;
        let theirs = case.ground.function_at(other.sheet, start);
        let same_function = other.sheet.path == case.sheet.path
            && function.is_some_and(|function| function.range().contains(&start));
        let same_type = match (&theirs, &function) {
            (Some(theirs), Some(function)) => theirs.returned() == function.returned(),
            _ => false,
        };
        let near = u8::from(other.sheet.path == case.sheet.path) * 4 + u8::from(same_type) * 8;
        for arm in arms(other.sheet, node).iter().filter(|arm| !arm.guarded && plain(arm.pattern) == wanted) {
            let certainty = if same_function { 86 } else { 58 + near };
            ideas.push(Idea { pattern: pattern.to_owned(), body: arm.body.to_owned(), certainty });
        }
    }
    ideas.truncate(4);
    ideas
}

/// A sibling with data of the same kind: its body with the names of our pattern.
fn same_shape(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let Some(name) = variant(pattern) else { return Vec::new() };
    let variants = case.ground.enums.iter().flat_map(|found| &found.node.variants);
    let Some(own) = variants.clone().find(|variant| variant.ident == name) else { return Vec::new() };
    let ours = fields(&own.fields);
    if ours.is_empty() {
        return Vec::new();
    }
    let mut ideas = Vec::new();
    for arm in found.arms.iter().rev().filter(|arm| arm.guard.is_none()) {
        let names: Vec<String> = filling::pattern_names(&arm.pat)
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| name != "_")
            .collect();
        let body = case.sheet.slice(&arm.body);
        if names.is_empty() {
            continue;
        }
        let named = matches!(own.fields, syn::Fields::Named(_));
        let bound: Vec<String> = ours
            .iter()
            .enumerate()
            .map(
                |(at, (field, _))| {
                    if named { field.clone() } else { names.get(at).unwrap_or(&names[0]).clone() }
                },
            )
            .collect();
        let pairs: Vec<(String, String)> = names
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), bound[at.min(bound.len() - 1)].clone()))
            .collect();
        let head = pattern.split(['(', '{']).next().unwrap_or_default().trim_end();
        let list = bound.join(", ");
        let pattern = if named { format!("{head} {{ {list} }}") } else { format!("{head}({list})") };
        let certainty = if names.len() == bound.len() { 50 } else { 44 };
        if let ([name], true) = (names.as_slice(), bound.len() > 1) {
            let body = in_turn(body, name, &bound);
            ideas.push(Idea { pattern: pattern.clone(), body, certainty: certainty + 2 });
        }
        ideas.push(Idea { pattern, body: renamed(body, &pairs), certainty });
    }
    ideas.truncate(4);
    ideas
}

/// A body whose one name becomes ours, one after the other: `a * a` is `w * h`.
fn in_turn(body: &str, name: &str, ours: &[String]) -> String {
    let mut result = String::new();
    let mut rest = body;
    for own in ours.iter().cycle() {
        let is_word = |c: Option<char>| c.is_some_and(|c| c == '_' || c.is_alphanumeric());
        let whole = rest.match_indices(name).map(|(at, _)| at).find(|at| {
            !is_word(rest[..*at].chars().next_back()) && !is_word(rest[at + name.len()..].chars().next())
        });
        let Some(at) = whole else { break };
        result.push_str(&rest[..at]);
        result.push_str(own);
        rest = &rest[at + name.len()..];
    }
    result + rest
}

/// What the nearest arms do, where it depends on nothing they bind.
fn neighbours(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let arms = arms(case.sheet, found);
    let free = arms.iter().rev().filter(|arm| bound_names_stay(arm, pattern));
    let idea = |(rank, arm): (usize, &Arm<'_>)| Idea {
        pattern: pattern.to_owned(),
        body: arm.body.to_owned(),
        certainty: 48 - 2 * rank.min(8) as u8,
    };
    free.enumerate().map(idea).take(6).collect()
}

/// What functions of this type say when there is nothing to say.
fn usual(case: &Case<'_>, found: &syn::ExprMatch, pattern: &str) -> Vec<Idea> {
    let returned = case.function().map(|function| function.returned()).unwrap_or_default();
    let bodies: Vec<&str> = found.arms.iter().map(|arm| case.sheet.slice(&arm.body)).collect();
    let starts = |prefix: &str| bodies.iter().any(|body| body.starts_with(prefix));
    let mut values: Vec<(String, u8)> = Vec::new();
    let mut add = |text: &str, certainty: u8| values.push((text.to_owned(), certainty));
    if starts("Some(") || starts("None") {
        add("None", 46);
    }
    if starts("true") || starts("false") {
        add("false", 40);
        add("true", 38);
    }
    if bodies.iter().any(|body| body.starts_with('{')) || starts("()") {
        add("{}", 34);
    }
    if returned.starts_with("Result<") {
        let error = returned.trim_end_matches('>').rsplit(',').next().unwrap_or_default().trim().to_owned();
        let returns = if starts("Ok(") || starts("Err(") { "" } else { "return " };
        for (rank, value) in errors(case, &error).into_iter().enumerate() {
            add(&format!("{returns}Err({value})"), 45 - 2 * rank.min(10) as u8);
        }
    }
    if returned.starts_with("Option<") && !starts("Some(") {
        add("return None", 36);
    }
    if let Some(value) = default_of(case.ground, &returned) {
        add(&value, 26);
    }
    let looped = case.ground.expressions_of(case.sheet).any(|expression| {
        matches!(expression, syn::Expr::ForLoop(_) | syn::Expr::While(_) | syn::Expr::Loop(_))
            && case.sheet.range(expression).contains(&case.at().start)
    });
    if looped {
        add("continue", 30);
        add("break", 28);
    }
    values
        .into_iter()
        .map(|(body, certainty)| Idea { pattern: pattern.to_owned(), body, certainty })
        .collect()
}

/// Values of an error type without data; those that the function does not use yet come first.
fn errors(case: &Case<'_>, error: &str) -> Vec<String> {
    let Some(found) = case.ground.choice(error) else { return Vec::new() };
    let function = case.function().map(|function| case.sheet.cut(&function.range())).unwrap_or_default();
    let unit = found.node.variants.iter().filter(|variant| variant.fields.is_empty());
    let mut values: Vec<String> =
        unit.map(|variant| format!("{}::{}", found.node.ident, variant.ident)).collect();
    values.sort_by_key(|value| function.contains(value.as_str()));
    values.truncate(4);
    values
}

/// The edit that puts arms behind the last one.
fn with_arms(case: &Case<'_>, found: &syn::ExprMatch, ideas: &[&Idea]) -> Option<Offer> {
    let braces = case.sheet.range(&found.brace_token.span.join());
    let multiline = case.sheet.cut(&braces).contains('\n');
    let last = found.arms.last()?;
    let indent = case.sheet.indent(case.sheet.range(last).start).to_owned();
    let block = matches!(last.body.as_ref(), syn::Expr::Block(_));
    let comma = if last.comma.is_some() || block { "" } else { "," };
    let mut text = comma.to_owned();
    for (at, idea) in ideas.iter().enumerate() {
        let (pattern, body) = (&idea.pattern, &idea.body);
        let separator = if multiline || at + 1 < ideas.len() { "," } else { "" };
        let separator = if body.ends_with('}') && body.starts_with('{') { "" } else { separator };
        let start = if multiline { format!("\n{indent}") } else { " ".to_owned() };
        text.push_str(&format!("{start}{pattern} => {body}{separator}"));
    }
    let at =
        last.comma.as_ref().map_or_else(|| case.sheet.range(last).end, |comma| case.sheet.range(comma).end);
    let certainty = ideas.iter().map(|idea| idea.certainty).min()?;
    Some(case.insert("arm", certainty, at, text))
}

//! Types that differ by a reference, an owner, a wrapper, a number's width, or a missing value.

use std::ops::Range;

use crate::propose::body;
use crate::propose::draft::{Draft, Fault, Repair, is_number, quoted, references};

const RULE: &str = "E0308-convert";

/// E0308.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return missing_value(draft) };
    let mut repairs = scrutinee(draft, fault);
    let Some((expected, found)) = expectation(fault) else { return repairs };
    if draft.expression(&at).is_none() {
        repairs.extend(pattern(draft, &at, expected, found));
        return repairs;
    }
    repairs.extend(methods(draft, &at, expected, found));
    repairs.extend(convert(draft, &at, expected, found));
    if found == "()" {
        repairs.extend(missing_value(draft));
    }
    repairs
}

/// E0277 "the trait bound `X: …`": an argument of the wrong kind, dereferenced, borrowed or cast.
pub(super) fn bounds(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    const BOUND: &str = "E0277-argument";
    let (Some(at), Some(bound)) = (fault.at(), quoted(fault.message()).into_iter().next()) else {
        return Vec::new();
    };
    let Some((ty, wanted)) = bound.split_once(": ") else { return Vec::new() };
    if let Some(source) = wanted.strip_prefix("From<").and_then(|wanted| wanted.strip_suffix('>')) {
        return from(draft, &at, ty, source);
    }
    if draft.expression(&at).is_none() || matches!(wanted, "Ord" | "Eq") {
        return Vec::new();
    }
    let (count, plain) = references(ty);
    let mut repairs = Vec::new();
    if count > 0 {
        repairs.push(draft.prepend(BOUND, &at, "*"));
    }
    match plain {
        "String" => repairs.extend([draft.prepend(BOUND, &at, "&"), draft.append(BOUND, &at, ".as_str()")]),
        number if is_number(number) => repairs.push(draft.append(BOUND, &at, " as usize")),
        _ => repairs.push(draft.prepend(BOUND, &at, "&")),
    }
    repairs
}

/// `u32::from(x)` where there is no such conversion.
fn from(draft: &Draft<'_>, at: &Range<usize>, ty: &str, source: &str) -> Vec<Repair> {
    const FROM: &str = "E0277-from";
    let call = draft.expressions.iter().find_map(|expression| match expression {
        syn::Expr::Call(call) if call.args.len() == 1 => {
            let (whole, function, argument) =
                (body::range(call), body::range(&call.func), body::range(&call.args[0]));
            let here =
                *at == whole || *at == argument || (function.start <= at.start && at.end <= function.end);
            (here && draft.slice(&function).ends_with("from")).then_some((whole, argument))
        }
        _ => None,
    });
    let Some((whole, argument)) = call else { return Vec::new() };
    let operand = draft.operand(&argument);
    let (count, plain) = references(source);
    let stars = "*".repeat(count);
    let mut repairs = Vec::new();
    if is_number(ty) && (is_number(plain) || plain == "char") {
        repairs.push(Repair::replace(FROM, whole.clone(), format!("({stars}{operand} as {ty})")));
    }
    if ty == "char" {
        let text = format!("char::from_u32({stars}{operand} as u32).unwrap_or_default()");
        repairs.push(Repair::replace(FROM, whole.clone(), text));
    }
    if ty == "String" {
        repairs.push(Repair::replace(FROM, whole, format!("{operand}.to_string()")));
    }
    repairs
}

/// What was expected and found, from "expected `X`, found `Y`".
fn expectation<'a>(fault: &Fault<'a>) -> Option<(&'a str, &'a str)> {
    let label = fault.label_text();
    let types = quoted(label);
    match types.as_slice() {
        [expected, found, ..] if label.contains("expected") && label.contains("found") => {
            Some((expected, found))
        }
        _ => {
            let note = fault
                .diagnostic
                .notes
                .iter()
                .find(|note| note.contains("expected") && note.contains("found"))?;
            let types = quoted(note);
            Some((types.first()?, types.get(1)?))
        }
    }
}

/// `match &c { 'a' => … }`: the value matched is dereferenced.
fn scrutinee(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let matched = fault.labelled(draft, "this expression has type `&");
    matched.iter().map(|range| draft.prepend("E0308-scrutinee", range, "*")).collect()
}

fn pattern(draft: &Draft<'_>, at: &Range<usize>, expected: &str, found: &str) -> Vec<Repair> {
    let (expected_references, expected_type) = references(expected);
    let (found_references, found_type) = references(found);
    if expected_references > found_references && expected_type == found_type {
        return vec![Repair::insert("E0308-pattern", at.start, "&")];
    }
    match draft.slice(at).strip_prefix('&') {
        Some(plain) if found_references > expected_references => {
            vec![Repair::replace("E0308-pattern", at.clone(), plain)]
        }
        Some(_) | None => Vec::new(),
    }
}

/// `push_str(char)` and `push(&str)`.
fn methods(draft: &Draft<'_>, at: &Range<usize>, expected: &str, found: &str) -> Vec<Repair> {
    let Some(call) = draft.method_with_argument(at) else { return Vec::new() };
    let name = body::range(&call.method);
    let sibling = match (draft.slice(&name), expected, references(found).1) {
        ("push_str", "&str", "char") => "push",
        ("push", "char", "str" | "String") => "push_str",
        _ => return Vec::new(),
    };
    let stars = "*".repeat(if sibling == "push" { references(found).0 } else { 0 });
    let borrow = if sibling == "push_str" && found == "String" { "&" } else { "" };
    let edit = |range: Range<usize>, text: String| crate::propose::draft::BodyEdit { range, text };
    let argument = format!("{stars}{borrow}{}", draft.operand(at));
    let edits = vec![edit(name, sibling.to_owned()), edit(at.clone(), argument)];
    vec![Repair::edits("E0308-method", edits)]
}

fn convert(draft: &Draft<'_>, at: &Range<usize>, expected: &str, found: &str) -> Vec<Repair> {
    let ((expected_references, to), (found_references, from)) = (references(expected), references(found));
    let append = |text: &str| draft.append(RULE, at, text);
    let prepend = |text: &str| draft.prepend(RULE, at, text);
    let wrap = |name: &str| Repair::replace(RULE, at.clone(), format!("{name}({})", draft.slice(at)));
    let mut repairs = Vec::new();
    let same =
        to == from || (to == "str" && from == "String") || (to.starts_with('[') && from.starts_with("Vec<"));
    if same && expected_references > found_references {
        repairs.push(prepend(&"&".repeat(expected_references - found_references)));
    }
    if to == from && found_references > expected_references {
        repairs.push(prepend(&"*".repeat(found_references - expected_references)));
        repairs.push(append(".clone()"));
    }
    let stars = "*".repeat(found_references);
    match (expected, from) {
        ("String", "str" | "char" | "String") => repairs.push(append(".to_string()")),
        ("&str", "char") => {
            repairs.push(Repair::replace(RULE, at.clone(), format!("&{}.to_string()", draft.operand(at))))
        }
        ("char", "u8") => {
            repairs.push(Repair::replace(RULE, at.clone(), format!("({stars}{} as char)", draft.operand(at))))
        }
        ("char", "str" | "String") => repairs.push(append(".chars().next().unwrap_or_default()")),
        ("bool", number) if is_number(number) => repairs.push(append(" != 0")),
        (number, other) if is_number(number) && (is_number(other) || other == "char" || other == "bool") => {
            let number = if number == "{float}" { "f64" } else { number };
            if !number.starts_with('{') {
                let text = format!("({stars}{} as {number})", draft.operand(at));
                repairs.push(Repair::replace(RULE, at.clone(), text));
            }
        }
        (number, "str" | "String") if is_number(number) => {
            repairs.push(append(&format!(".parse::<{number}>().unwrap_or_default()")));
        }
        ("String", number) if is_number(number) => repairs.push(append(".to_string()")),
        _ => {}
    }
    repairs.extend(wrappers(draft, at, (to, from), &append, &wrap));
    repairs.extend(sequences(to, from, &append));
    if expected == "()" {
        repairs.extend(unwanted_value(draft, at));
    }
    if repairs.is_empty() && found != "()" {
        repairs.push(append(".into()"));
    }
    repairs
}

fn wrappers(
    draft: &Draft<'_>,
    at: &Range<usize>,
    (to, from): (&str, &str),
    append: &dyn Fn(&str) -> Repair,
    wrap: &dyn Fn(&str) -> Repair,
) -> Vec<Repair> {
    let option = |ty: &str| ty.starts_with("Option<");
    let result = |ty: &str| ty.starts_with("Result<");
    match (option(to), result(to), option(from), result(from)) {
        (true, _, false, false) if from != "()" => vec![wrap("Some")],
        (_, true, false, false) if from != "()" => vec![wrap("Ok"), wrap("Err")],
        (true, _, _, true) => vec![append(".ok()")],
        (_, true, true, _) => vec![append(".ok_or_else(Default::default)")],
        (false, false, false, false) => Vec::new(),
        (false, false, _, _) => {
            let mut repairs = vec![append(".unwrap_or_default()")];
            if draft.return_type().starts_with(if option(from) { "Option" } else { "Result" }) {
                repairs.insert(0, append("?"));
            }
            repairs
        }
        (true, _, true, _) if to.starts_with("Option<&") => vec![append(".as_ref()"), append(".as_deref()")],
        (true, _, true, _) => vec![append(".copied()"), append(".cloned()"), flattened(draft, at)],
        _ => vec![append(".map_err(Into::into)")],
    }
}

/// `Some(x?)` in place of `x`.
fn flattened(draft: &Draft<'_>, at: &Range<usize>) -> Repair {
    Repair::replace(RULE, at.clone(), format!("Some({}?)", draft.operand(at)))
}

fn sequences(to: &str, from: &str, append: &dyn Fn(&str) -> Repair) -> Vec<Repair> {
    let adaptor = [
        "Map<",
        "Filter<",
        "Rev<",
        "Chars<",
        "FilterMap<",
        "Skip<",
        "Take<",
        "Split",
        "Iter<",
        "IntoIter<",
        "Enumerate<",
        "Zip<",
        "Chain<",
        "FlatMap<",
        "Cloned<",
        "Copied<",
        "ToLowercase",
        "ToUppercase",
    ];
    let iterates = adaptor.iter().any(|start| from.starts_with(start));
    match (to, from) {
        (collection, _) if iterates && (collection == "String" || collection.contains('<')) => {
            vec![append(".collect()")]
        }
        ("char", "ToLowercase" | "ToUppercase") => vec![append(".next().unwrap_or_default()")],
        (vec, slice) if vec.starts_with("Vec<") && slice.starts_with('[') => vec![append(".to_vec()")],
        ("String", chars) if chars.starts_with("Vec<char>") => vec![append(".iter().collect::<String>()")],
        ("String", texts) if texts.starts_with("Vec<") => vec![append(".concat()")],
        (vec, other) if vec.starts_with("Vec<") && other.starts_with("Vec<") => {
            vec![
                append(".into_iter().map(Into::into).collect()"),
                append(".into_iter().map(|item| item.to_string()).collect()"),
            ]
        }
        ("usize", vec) if vec.starts_with("Vec<") => vec![append(".len()")],
        _ => Vec::new(),
    }
}

/// A value where none is wanted: it is returned, or thrown away.
fn unwanted_value(draft: &Draft<'_>, at: &Range<usize>) -> Vec<Repair> {
    let text = draft.slice(at);
    vec![
        Repair::replace("E0308-return", at.clone(), format!("return {text};")),
        Repair::replace("E0308-discard", at.clone(), format!("{text};")),
    ]
}

/// A body that ends without a value: the variable it worked on is the likely one.
fn missing_value(draft: &Draft<'_>) -> Vec<Repair> {
    const MISSING: &str = "E0308-missing-value";
    let outer: Vec<_> = draft.locals().iter().filter(|local| local.outermost).collect();
    let (mutable, fixed): (Vec<_>, Vec<_>) = outer.into_iter().partition(|local| local.mutable);
    let returned = draft.return_type();
    let end = draft.end();
    let wrapped = |name: &str| match returned.split('<').next() {
        Some("Option") => format!("Some({name})"),
        Some("Result") => format!("Ok({name})"),
        _ => name.to_owned(),
    };
    let append = |value: String| Repair::insert(MISSING, end, format!("\n    {value}"));
    let names = mutable.iter().chain(fixed.iter().rev()).take(3);
    let mut repairs: Vec<Repair> = names.map(|local| append(wrapped(&local.name))).collect();
    if draft.text[..end].ends_with(';') {
        repairs.insert(0, Repair::replace("E0308-semicolon", end - 1..end, ""));
    }
    match returned.as_str() {
        "bool" => repairs.extend([append("false".to_owned()), append("true".to_owned())]),
        option if option.starts_with("Option<") => repairs.push(append("None".to_owned())),
        _ => {}
    }
    repairs
}

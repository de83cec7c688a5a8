//! Text of the source on one line.

use super::{SIGNATURE_LIMIT, cut};

/// A text on one line without comments: every run of blanks is one blank, and none is left inside brackets
/// that were spread over lines. At most [`SIGNATURE_LIMIT`] bytes.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next().filter(|_| line.len() < SIGNATURE_LIMIT) {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => push_quoted(&mut line, rest),
            _ if first.is_whitespace() => push_blanks(&mut line, rest),
            _ => push(&mut line, first),
        };
        rest = &rest[length..];
    }
    line.truncate(cut(line.trim_end(), SIGNATURE_LIMIT).len());
    line
}

/// Adds a character; gives back its length in the source. A closing bracket takes the comma and the blank
/// before it.
fn push(line: &mut String, character: char) -> usize {
    if matches!(character, ')' | ']' | '>') && line.ends_with(", ") {
        line.truncate(line.len() - 2);
    } else if matches!(character, ')' | ']') && line.ends_with(' ') {
        line.pop();
    }
    line.push(character);
    character.len_utf8()
}

/// Adds one blank for a run of them, none after an opening bracket or another blank.
fn push_blanks(line: &mut String, rest: &str) -> usize {
    let length = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
    let opened = rest[..length].contains('\n') && line.ends_with(['(', '[', '<']);
    if !opened && !line.is_empty() && !line.ends_with([' ', '(']) {
        line.push(' ');
    }
    length
}

/// Adds a string literal as it is, its line ends as blanks.
fn push_quoted(line: &mut String, rest: &str) -> usize {
    let mut escaped = false;
    let end = rest[1..].find(|c: char| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let length = end.map_or(rest.len(), |end| end + 2);
    line.extend(cut(&rest[..length], SIGNATURE_LIMIT).chars().map(|c| if c == '\n' { ' ' } else { c }));
    length
}

/// The name of the type that an `impl` is for, as paths write it: `&'a mut crate::Reader<T>` is `Reader`.
/// Types without a name, such as `[T]`, are as written.
pub(super) fn type_name(written: &str) -> String {
    let line = one_line(written);
    let mut name = line.as_str();
    loop {
        let shorter = shorter(name);
        if shorter.len() == name.len() {
            break;
        }
        name = shorter;
    }
    let plain = name.split('<').next().unwrap_or(name);
    let named = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && !name.starts_with("fn(");
    let name = if named { plain.rsplit("::").next().unwrap_or(plain).trim() } else { name };
    cut(if name.is_empty() { &line } else { name }, 96).to_owned()
}

/// A type without the first reference, lifetime or keyword before it.
fn shorter(name: &str) -> &str {
    if let Some(rest) = name.strip_prefix('\'') {
        return rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_').trim_start();
    }
    let prefixes = ["&", "mut ", "dyn ", "const ", "*", "::"];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).map_or(name, str::trim_start)
}

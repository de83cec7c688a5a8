//! What is told of a text that is not TOML: where it begins to be wrong, and not all that follows from that.

use std::collections::BTreeSet;

use toml::de::Error;

use super::problem::{Problems, place};

/// Reports the first error of each line, and a bracket that stays open instead of what comes after it: all that is read as a
/// part of it.
pub(super) fn report(errors: &[Error], text: &str, problems: &mut Problems<'_>) {
    let unclosed = errors.iter().any(|error| error.message().starts_with("unclosed"));
    let open = if unclosed { open_bracket(text) } else { None };
    if let Some(open) = open {
        let bracket = &text[open..=open];
        problems.report(open..open + 1, format!("this is not TOML: this `{bracket}` is not closed"), "");
    }
    let start = |error: &Error| error.span().map_or(0, |span| span.start);
    let mut sorted: Vec<&Error> = errors.iter().collect();
    sorted.sort_by_key(|error| start(error));
    let mut lines = BTreeSet::new();
    for error in sorted.into_iter().take_while(|error| open.is_none_or(|open| start(error) < open)) {
        if lines.insert(place(text, start(error)).0) {
            let message = format!("this is not TOML: {}", error.message());
            problems.report(error.span().unwrap_or(0..0), message, hint(error.message()));
        }
    }
}

/// What a word that is no value may have been meant as.
fn hint(message: &str) -> &'static str {
    let unquoted = ["string values must be quoted", "invalid boolean", "invalid float"];
    if unquoted.iter().any(|start| message.starts_with(start)) {
        "a text stands in quotes: `\"…\"`"
    } else {
        ""
    }
}

/// The innermost bracket outside of texts and comments that is not closed, or that another kind closes.
fn open_bracket(text: &str) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => quoted(rest, first),
            '[' | '{' => {
                open.push(at);
                1
            }
            ']' | '}' => {
                let opened = if first == ']' { "[" } else { "{" };
                let last = open.pop();
                if last.is_some_and(|last| !text[last..].starts_with(opened)) {
                    return last;
                }
                1
            }
            _ => first.len_utf8(),
        };
    }
    open.pop()
}

/// The length of a text in quotes; one of a single line ends with it.
fn quoted(rest: &str, quote: char) -> usize {
    let three = quote.to_string().repeat(3);
    if let Some(inside) = rest.strip_prefix(three.as_str()) {
        return inside.find(three.as_str()).map_or(rest.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bracket_that_stays_open_is_found() {
        for (text, expected) in [
            ("a = [1]\n[b]\n", None),
            ("a = [1\n[b]\n", Some(4)),
            ("a = { b = [1] \n[[c]]\nd = [']']", Some(4)),
            ("a = { b = [1 }\n[c]\n", Some(10)),
            ("a = \"[\\\"[\"\nb = '['\nc = \"\"\"\n[\n\"\"\"\n# [\n", None),
            ("ä = \"[\nb = [", Some(12)),
        ] {
            assert_eq!(open_bracket(text), expected, "{text}");
        }
    }
}

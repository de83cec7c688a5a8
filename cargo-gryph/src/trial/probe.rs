//! Probes: calls of a hole's function on inputs near its examples, to see where candidates that pass them all differ.
//!
//! A probe has no expected value. It asks whether candidates agree, and whether one panics where the others answer.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::{Delimiter, Literal, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::hole::Hole;

/// Probes of one hole at most.
pub(super) const MOST_PROBES: usize = 64;

/// Expressions that call the hole's function with one literal of an example changed, or with one element of a list
/// dropped or repeated. In a fixed order, without repeats, and never one of the examples themselves.
pub fn probes(hole: &Hole) -> Vec<String> {
    let name = hole.function.rsplit("::").next().unwrap_or(&hole.function);
    let sources = hole.visible.iter().map(|check| check.source.as_str());
    let calls: Vec<String> = sources.flat_map(|source| calls_of(source, name)).collect();
    let known: BTreeSet<&String> = calls.iter().collect();
    let mut seen = BTreeSet::new();
    let per_call: Vec<Vec<String>> = calls.iter().map(|call| variations(call)).collect();
    // One of each call in turn, so that a long first example does not use up the budget.
    let longest = per_call.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .flat_map(|at| per_call.iter().filter_map(move |variations| variations.get(at)))
        .filter(|probe| !known.contains(probe) && seen.insert((*probe).clone()))
        .take(MOST_PROBES)
        .cloned()
        .collect()
}

/// The calls of `name` in an expression, as text.
fn calls_of(source: &str, name: &str) -> Vec<String> {
    struct Calls<'a> {
        source: &'a str,
        name: &'a str,
        found: Vec<String>,
    }
    impl Calls<'_> {
        fn keep(&mut self, span: proc_macro2::Span) {
            self.found.extend(self.source.get(span.byte_range()).map(str::to_owned));
        }
    }
    impl<'ast> Visit<'ast> for Calls<'_> {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            if let syn::Expr::Path(path) = call.func.as_ref()
                && path.path.segments.last().is_some_and(|segment| segment.ident == self.name)
            {
                self.keep(call.span());
            }
            visit::visit_expr_call(self, call);
        }
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            if call.method == self.name {
                self.keep(call.span());
            }
            visit::visit_expr_method_call(self, call);
        }
    }
    let Ok(expression) = syn::parse_str::<syn::Expr>(source) else { return Vec::new() };
    let mut calls = Calls { source, name, found: Vec::new() };
    calls.visit_expr(&expression);
    calls.found
}

/// The call with one change each.
fn variations(call: &str) -> Vec<String> {
    let Ok(tokens) = call.parse::<TokenStream>() else { return Vec::new() };
    let mut changes = Vec::new();
    collect(tokens, &mut changes);
    let replaced = |(range, text): &(Range<usize>, String)| {
        Some([call.get(..range.start)?, text, call.get(range.end..)?].concat())
    };
    changes.iter().filter_map(replaced).filter(|text| syn::parse_str::<syn::Expr>(text).is_ok()).collect()
}

fn collect(tokens: TokenStream, changes: &mut Vec<(Range<usize>, String)>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => {
                let range = literal.span().byte_range();
                changes.extend(replacements(&literal).into_iter().map(|text| (range.clone(), text)));
            }
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Bracket {
                    list_changes(&group, changes);
                }
                collect(group.stream(), changes);
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

/// A list without its first element, and with it twice. The empty list is left out: its type may not be known.
pub(super) fn list_changes(group: &proc_macro2::Group, changes: &mut Vec<(Range<usize>, String)>) {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let Ok(elements) = syn::parse::Parser::parse2(parser, group.stream()) else { return };
    let range = group.span_open().byte_range().end..group.span_close().byte_range().start;
    let texts: Vec<String> = elements.iter().map(|element| element.to_token_stream().to_string()).collect();
    if texts.len() > 1 {
        changes.push((range.clone(), texts[1..].join(", ")));
        let mut reversed = texts.clone();
        reversed.reverse();
        changes.push((range.clone(), reversed.join(", ")));
    }
    if let Some(first) = texts.first() {
        changes.push((range, [std::slice::from_ref(first), &texts].concat().join(", ")));
    }
}

/// Other values of the same kind.
pub(super) fn replacements(literal: &Literal) -> Vec<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => texts(&text.value()).iter().map(|text| format!("{text:?}")).collect(),
        syn::Lit::Char(character) => {
            let others = [' ', 'Z', 'é', '0'].into_iter().filter(|&other| other != character.value());
            others.map(|other| format!("{other:?}")).collect()
        }
        syn::Lit::Int(number) => integers(&number),
        syn::Lit::Float(number) => {
            let suffix = number.suffix();
            ["0.0", "1.5", "1000000.0"].iter().map(|value| format!("{value}{suffix}")).collect()
        }
        _ => Vec::new(),
    }
}

fn texts(text: &str) -> Vec<String> {
    let without_last: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
    let mut changed = vec![
        String::new(),
        format!("{text}{text}"),
        format!(" {text} "),
        format!("{text}é"),
        text.to_uppercase(),
        without_last,
        text.replace(' ', "  "),
        text.replacen(|c: char| c.is_ascii_alphabetic(), "ß", 1),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\r"),
        text.replacen(' ', "\u{a0}", 1),
        signed(text),
    ];
    // Marks between parts are where readings differ: twice, not at all, at either end.
    let is_mark = |c: &char| c.is_ascii_punctuation();
    if let Some(mark) = text.chars().find(is_mark) {
        changed.push(text.replacen(mark, &format!("{mark}{mark}"), 1));
        changed.push(text.replace(mark, ""));
        changed.push(format!("{mark}{text}"));
        changed.push(format!("{text}{mark}"));
    }
    changed.retain(|other| other != text);
    changed
}

/// The text with a sign before its last number.
fn signed(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let Some(last) = text.rfind(is_digit) else { return text.to_owned() };
    let start = text[..last].rfind(|c| !is_digit(c)).map_or(0, |at| text.ceil_char_boundary(at + 1));
    [&text[..start], "+", &text[start..]].concat()
}

fn integers(number: &syn::LitInt) -> Vec<String> {
    let Ok(value) = number.base10_parse::<u64>() else { return Vec::new() };
    let values = [0, 1, value.saturating_add(1), value.saturating_sub(1), value.saturating_mul(10)];
    let mut seen = BTreeSet::from([value]);
    let fresh = values.into_iter().filter(|&other| other <= i32::MAX as u64 && seen.insert(other));
    fresh.map(|other| format!("{other}{}", number.suffix())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_wherever_they_stand() {
        assert_eq!(calls_of("slug::slugify(\"a\") == \"a\"", "slugify"), ["slug::slugify(\"a\")"]);
        assert_eq!(calls_of("m.add(1).add(2) == 3", "add"), ["m.add(1).add(2)", "m.add(1)"]);
        assert_eq!(calls_of("f(", "f"), Vec::<String>::new());
    }

    #[test]
    fn each_variation_changes_one_literal_and_parses() {
        let marks = variations("f(\"a-b\")");
        for probe in ["a--b", "ab", "-a-b", "a-b-"] {
            assert!(marks.contains(&format!("f({probe:?})")), "{marks:?}");
        }
        let all = variations("f(\"a b\", 3)");
        assert!(
            all.contains(&"f(\"\", 3)".to_owned()) && all.contains(&"f(\"a b\", 4)".to_owned()),
            "{all:?}"
        );
        assert!(all.contains(&"f(\"a  b\", 3)".to_owned()));
        assert!(all.iter().all(|call| syn::parse_str::<syn::Expr>(call).is_ok()));
    }

    #[test]
    fn a_sign_goes_before_the_last_number() {
        assert_eq!(signed("1h30m"), "1h+30m");
        assert_eq!(signed("é30"), "é+30");
        assert_eq!(signed("30"), "+30");
        assert_eq!(signed("none"), "none");
    }

    #[test]
    fn lists_lose_and_repeat_elements() {
        let all = variations("f(&[1, 2])");
        assert!(all.contains(&"f(&[2])".to_owned()) && all.contains(&"f(&[1, 1, 2])".to_owned()), "{all:?}");
    }
}

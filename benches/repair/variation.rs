//! Calls near those of a test: one literal changed, one element of a list dropped, doubled or moved.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Variations of one call at most.
const MOST: usize = 60;

/// The texts of all calls of `name` in a Rust file, those in the arguments of macros included.
pub(crate) fn calls(text: &str, name: &str) -> Vec<String> {
    struct Calls<'a> {
        text: &'a str,
        name: &'a str,
        found: BTreeSet<String>,
    }
    impl<'ast> Visit<'ast> for Calls<'_> {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            let called = matches!(&*call.func, syn::Expr::Path(path) if path.path.is_ident(self.name));
            if called {
                self.found.extend(self.text.get(call.span().byte_range()).map(str::to_owned));
            }
            visit::visit_expr_call(self, call);
        }

        fn visit_macro(&mut self, node: &'ast syn::Macro) {
            let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
            if let Ok(arguments) = node.parse_body_with(parser) {
                arguments.iter().for_each(|argument| self.visit_expr(argument));
            }
        }
    }
    let Ok(file) = syn::parse_file(text) else { return Vec::new() };
    let mut calls = Calls { text, name, found: BTreeSet::new() };
    calls.visit_file(&file);
    calls.found.into_iter().collect()
}

/// The call itself and the calls near it; without repeats.
pub(crate) fn variations(call: &str) -> Vec<String> {
    let Ok(tokens) = call.parse::<TokenStream>() else { return Vec::new() };
    let mut changes = Vec::new();
    collect(tokens, &mut changes);
    let changed = changes
        .iter()
        .filter_map(|(range, text)| Some([call.get(..range.start)?, text, call.get(range.end..)?].concat()));
    let mut seen = BTreeSet::new();
    let all = std::iter::once(call.to_owned()).chain(changed);
    all.filter(|text| syn::parse_str::<syn::Expr>(text).is_ok() && seen.insert(text.clone()))
        .take(MOST)
        .collect()
}

fn collect(tokens: TokenStream, changes: &mut Vec<(Range<usize>, String)>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => {
                let range = literal.span().byte_range();
                changes.extend(others(&literal).into_iter().map(|text| (range.clone(), text)));
            }
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Bracket {
                    lists(&group, changes);
                }
                collect(group.stream(), changes);
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn lists(group: &proc_macro2::Group, changes: &mut Vec<(Range<usize>, String)>) {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let Ok(elements) = syn::parse::Parser::parse2(parser, group.stream()) else { return };
    let range = group.span_open().byte_range().end..group.span_close().byte_range().start;
    let texts: Vec<String> =
        elements.iter().map(|element| quote::ToTokens::to_token_stream(element).to_string()).collect();
    if texts.is_empty() {
        return;
    }
    let reversed = texts.iter().rev().cloned().collect::<Vec<_>>();
    let doubled = [texts.clone(), texts.clone()].concat();
    let mut lists = vec![reversed, doubled, [&texts[..], &texts[..1]].concat()];
    if texts.len() > 1 {
        lists.extend([
            texts[1..].to_vec(),
            texts[..texts.len() - 1].to_vec(),
            [&texts[1..], &texts[..1]].concat(),
        ]);
    }
    changes.extend(lists.into_iter().map(|list| (range.clone(), list.join(", "))));
}

fn others(literal: &proc_macro2::Literal) -> Vec<String> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => {
            let text = text.value();
            let letters: Vec<char> = text.chars().collect();
            let mut texts = vec![
                String::new(),
                text.chars().rev().collect(),
                format!("{text}{text}"),
                text.to_uppercase(),
                text.to_lowercase(),
                format!("{text} "),
            ];
            if letters.len() > 1 {
                texts.push(letters[1..].iter().collect());
                texts.push(letters[..letters.len() - 1].iter().collect());
                texts.push([&letters[1..], &letters[..1]].concat().iter().collect());
            }
            texts.iter().map(|text| format!("{text:?}")).collect()
        }
        syn::Lit::Int(number) => {
            let Ok(value) = number.base10_parse::<u64>() else { return Vec::new() };
            let near = [
                0,
                1,
                2,
                value.saturating_sub(1),
                value.saturating_add(1),
                value.saturating_add(2),
                value / 2,
            ];
            near.iter()
                .filter(|near| **near != value)
                .map(|near| format!("{near}{}", number.suffix()))
                .collect()
        }
        syn::Lit::Float(number) => {
            let Ok(value) = number.base10_parse::<f64>() else { return Vec::new() };
            let near = [0.0, value + 0.5, value * 2.0, value / 2.0];
            near.iter().map(|near| format!("{near:?}{}", number.suffix())).collect()
        }
        syn::Lit::Char(letter) => {
            let letter = letter.value();
            let near = ['a', 'Z', '0', ' ', letter.to_ascii_uppercase(), letter.to_ascii_lowercase()];
            near.iter().filter(|near| **near != letter).map(|near| format!("{near:?}")).collect()
        }
        _ => Vec::new(),
    }
}

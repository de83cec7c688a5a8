//! Lays open what stands in macros: the grammar sees only tokens there, so that a rule could be dodged by wrapping.
//!
//! An invocation with expressions becomes a call, any other a block of what reads as expressions or statements in it, and
//! each `macro_rules!` a function of its bodies. All else in them is blank, so that every byte stays where it was. The
//! result is for looking, not for building.

use std::ops::Range;

use ast_grep_core::Node;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::scan::rust::Text;

/// The text with its outermost layer of macros laid open, and where that is; `None` if there is none.
pub(super) fn exposed(root: &Node<'_, Text>, text: &str) -> Option<(String, Vec<Range<usize>>)> {
    let mut open = Open { text: text.as_bytes(), out: text.as_bytes().to_vec() };
    let mut ranges = Vec::new();
    for node in root.dfs() {
        let is_open = match &*node.kind() {
            "macro_invocation" => open.invocation(&node),
            "macro_definition" => open.definition(&node),
            _ => false,
        };
        ranges.extend(is_open.then(|| node.range()));
    }
    if ranges.is_empty() {
        return None;
    }
    // Only whole tokens are replaced, by ASCII.
    String::from_utf8(open.out).ok().map(|text| (text, ranges))
}

struct Open<'a> {
    text: &'a [u8],
    out: Vec<u8>,
}

/// What begins a function that nobody calls: statements may stand in it where only items may stand.
const FUNCTION: &[u8] = b"fn m()";

impl Open<'_> {
    fn invocation(&mut self, node: &Node<'_, Text>) -> bool {
        let Some(tokens) = node.children().find(|child| child.kind() == "token_tree") else { return false };
        let (whole, inner) = (node.range(), tokens.range());
        if inner.len() <= 2 {
            return false;
        }
        let held_by = |node: &Node<'_, Text>| node.parent().map(|parent| parent.kind().into_owned());
        let among_items = |kind: &str| matches!(kind, "source_file" | "declaration_list");
        let direct = held_by(node).unwrap_or_default();
        let is_item = among_items(&direct)
            || (direct == "expression_statement"
                && node.parent().and_then(|parent| held_by(&parent)).is_some_and(|kind| among_items(&kind)));
        if !is_item && self.is_expressions(inner.start + 1..inner.end - 1) {
            let name_ends = self.out[whole.start..inner.start].iter().rposition(|byte| *byte == b'!');
            name_ends.into_iter().for_each(|at| self.out[whole.start + at] = b' ');
            (self.out[inner.start], self.out[inner.end - 1]) = (b'(', b')');
            return true;
        }
        self.blank(whole.start..inner.start);
        if is_item && inner.start - whole.start >= FUNCTION.len() {
            self.out[whole.start..whole.start + FUNCTION.len()].copy_from_slice(FUNCTION);
        }
        self.block(inner);
        true
    }

    fn definition(&mut self, node: &Node<'_, Text>) -> bool {
        let rules: Vec<Node<'_, Text>> =
            node.children().filter(|child| child.kind() == "macro_rule").collect();
        let whole = node.range();
        let bodies: Vec<Range<usize>> =
            rules.iter().filter_map(|rule| rule.field("right")).map(|body| body.range()).collect();
        let Some(first) = bodies.first() else { return false };
        if first.start - whole.start < FUNCTION.len() + 1 {
            return false;
        }
        self.blank(whole.clone());
        let head = whole.start + FUNCTION.len();
        self.out[whole.start..head].copy_from_slice(FUNCTION);
        self.out[head] = b'{';
        for body in bodies {
            let inner = body.start + 1..body.end - 1;
            self.out[inner.clone()].copy_from_slice(&self.text[inner.clone()]);
            self.variables(inner.clone());
            let body_text = self.out[inner.clone()].to_vec();
            self.blank(inner.clone());
            self.contents(&body_text, inner.start);
            (self.out[body.start], self.out[body.end - 1]) = (b'{', b'}');
        }
        self.out[whole.end - 1] = b'}';
        true
    }

    fn is_expressions(&self, inner: Range<usize>) -> bool {
        let stream =
            std::str::from_utf8(&self.text[inner]).ok().and_then(|text| text.parse::<TokenStream>().ok());
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        stream.is_some_and(|stream| syn::parse::Parser::parse2(parser, stream).is_ok())
    }

    /// Makes a block of a group of tokens.
    fn block(&mut self, group: Range<usize>) {
        let inner = group.start + 1..group.end - 1;
        let text = self.out[inner.clone()].to_vec();
        self.blank(inner.clone());
        self.contents(&text, inner.start);
        (self.out[group.start], self.out[group.end - 1]) = (b'{', b'}');
    }

    /// Writes what can be read of tokens, which stand at `start`.
    fn contents(&mut self, text: &[u8], start: usize) {
        let Some(text) = std::str::from_utf8(text).ok() else { return };
        let Ok(stream) = text.parse::<TokenStream>() else { return };
        let statements =
            |stream: TokenStream| syn::parse::Parser::parse2(syn::Block::parse_within, stream).is_ok();
        if statements(stream.clone()) {
            self.out[start..start + text.len()].copy_from_slice(text.as_bytes());
            return;
        }
        let mut segment: Vec<TokenTree> = Vec::new();
        for token in stream {
            match &token {
                TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';') => {
                    self.segment(std::mem::take(&mut segment), text, start);
                    let at = token.span().byte_range().start;
                    self.out[start + at] = b';';
                }
                _ => segment.push(token),
            }
        }
        self.segment(segment, text, start);
    }

    /// Writes one of several things that a separator divides: an expression, or one behind `name:`, `name =`, `pattern =>`.
    fn segment(&mut self, tokens: Vec<TokenTree>, text: &str, start: usize) {
        let reads = |tokens: &[TokenTree]| {
            let stream: TokenStream = tokens.iter().cloned().collect();
            !tokens.is_empty() && syn::parse2::<syn::Expr>(stream).is_ok()
        };
        let is_mark = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), '>' | ':' | '='));
        let marks = tokens.iter().enumerate().filter(|(_, token)| is_mark(token)).map(|(at, _)| at + 1);
        let begins: Vec<usize> = std::iter::once(0).chain(marks).take(8).collect();
        if let Some(begin) = begins.into_iter().find(|begin| reads(&tokens[*begin..])) {
            let from = tokens[begin].span().byte_range().start;
            let to = tokens.last().map_or(from, |last| last.span().byte_range().end);
            self.out[start + from..start + to].copy_from_slice(&text.as_bytes()[from..to]);
            return;
        }
        for token in tokens {
            if let TokenTree::Group(group) = token
                && group.delimiter() != Delimiter::None
            {
                let range = group.span().byte_range();
                let inner = range.start + 1..range.end - 1;
                self.contents(&text.as_bytes()[inner.clone()], start + inner.start);
                self.out[start + range.start] = b'{';
                self.out[start + range.end - 1] = b'}';
            }
        }
    }

    /// Turns `$name` into a name and `$( … ),*` into a block, so that bodies of macros read as code.
    fn variables(&mut self, range: Range<usize>) {
        let text = self.out[range.clone()].to_vec();
        let Some(text) = std::str::from_utf8(&text).ok() else { return };
        let Ok(stream) = text.parse::<TokenStream>() else { return };
        self.replaced(stream, range.start);
    }

    fn replaced(&mut self, stream: TokenStream, start: usize) {
        let mut tokens = stream.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Punct(punct) if punct.as_char() == '$' => {
                    let at = start + token.span().byte_range().start;
                    match tokens.next() {
                        Some(TokenTree::Group(group)) => {
                            self.out[at] = b' ';
                            let range = group.span().byte_range();
                            self.out[start + range.start] = b'{';
                            self.out[start + range.end - 1] = b'}';
                            self.replaced(group.stream(), start);
                            while let Some(TokenTree::Punct(punct)) = tokens.peek() {
                                let is_last = matches!(punct.as_char(), '*' | '+' | '?');
                                let at = start + punct.span().byte_range().start;
                                self.out[at] = b' ';
                                tokens.next();
                                if is_last {
                                    break;
                                }
                            }
                        }
                        Some(_) => self.out[at] = b'_',
                        None => {}
                    }
                }
                TokenTree::Group(group) => self.replaced(group.stream(), start),
                TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// Puts spaces in the place of all but the ends of lines.
    fn blank(&mut self, range: Range<usize>) {
        self.out[range].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
}

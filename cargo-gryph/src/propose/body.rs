//! Bodies as text that is known to parse: the only form in which proposals leave this module's neighbours.

use std::ops::Range;
use std::thread;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Bytes a body may have.
pub const MOST_BYTES: usize = 16 << 10;
/// Expressions, types and patterns that may stand inside each other.
const MOST_DEPTH: usize = 96;
/// Stack of the thread that parses for the first time: enough for the deepest text of `MOST_BYTES`.
const STACK: usize = 256 << 20;

/// Why a text is not taken as a body.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BodyError {
    /// It is too long.
    #[error("the body has {0} bytes, more than {MOST_BYTES}")]
    TooLong(usize),
    /// It is nested so deeply that parsing it elsewhere could exhaust a stack.
    #[error("the body is nested more than {MOST_DEPTH} deep")]
    TooDeep,
    /// It holds no statement.
    #[error("the body is empty")]
    Empty,
    /// It does not parse.
    #[error("the body does not parse: {0}")]
    Syntax(String),
}

/// Accepts the text between a function's braces when it parses and can be parsed again on any stack.
///
/// # Errors
/// When it is too long, too deep, empty or no Rust.
pub fn check(body: &str) -> Result<(), BodyError> {
    if body.len() > MOST_BYTES {
        return Err(BodyError::TooLong(body.len()));
    }
    thread::scope(|scope| {
        let parser = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || check_here(body));
        match parser.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(BodyError::Syntax("the parser gave up".to_owned())),
        }
    })
}

fn check_here(body: &str) -> Result<(), BodyError> {
    let block = parse(body).map_err(|error| BodyError::Syntax(error.to_string()))?;
    if block.stmts.is_empty() {
        return Err(BodyError::Empty);
    }
    let mut depth = Depth::default();
    depth.visit_block(&block);
    if depth.most > MOST_DEPTH { Err(BodyError::TooDeep) } else { Ok(()) }
}

/// The statements of a body that [`check`] accepted; spans count from one byte before the body.
pub(crate) fn parse(body: &str) -> syn::Result<syn::Block> {
    syn::parse_str(&format!("{{{body}\n}}"))
}

/// The bytes of `node` in the body that [`parse`] read.
pub(crate) fn range(node: &impl Spanned) -> Range<usize> {
    let range = node.span().byte_range();
    range.start.saturating_sub(1)..range.end.saturating_sub(1)
}

/// The body's tokens with single spaces, without comments: equal for bodies that differ in layout only.
pub fn normal_form(body: &str) -> String {
    fn write(stream: TokenStream, text: &mut String) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        proc_macro2::Delimiter::Parenthesis => ("( ", ") "),
                        proc_macro2::Delimiter::Brace => ("{ ", "} "),
                        proc_macro2::Delimiter::Bracket => ("[ ", "] "),
                        proc_macro2::Delimiter::None => ("", ""),
                    };
                    text.push_str(open);
                    write(group.stream(), text);
                    text.push_str(close);
                }
                leaf => {
                    text.push_str(&leaf.to_string());
                    text.push(' ');
                }
            }
        }
    }
    let mut text = String::new();
    match body.parse() {
        Ok(stream) => write(stream, &mut text),
        Err(_) => text.push_str(body),
    }
    text
}

/// The normal form with the names of variables left out: equal for bodies that say the same in other words.
pub fn skeleton(body: &str) -> String {
    struct Bound(Vec<String>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            let name = pattern.ident.to_string();
            // `None` in a pattern is no variable.
            if name.starts_with(|first: char| first.is_lowercase() || first == '_') {
                self.0.push(name);
            }
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut bound = Bound(Vec::new());
    if let Ok(block) = parse(body) {
        bound.visit_block(&block);
    }
    let form = normal_form(body);
    let words: Vec<&str> = form.split(' ').collect();
    let mut order: Vec<&str> = Vec::new();
    let mut told = Vec::new();
    for (at, word) in words.iter().enumerate() {
        // After one dot stands a field or a method, after two the end of a range.
        let is_member = words[..at].ends_with(&["."]) && !words[..at].ends_with(&[".", "."]);
        if is_member || !bound.0.iter().any(|name| name == word) {
            told.push((*word).to_owned());
            continue;
        }
        let place = order.iter().position(|known| known == word).unwrap_or_else(|| {
            order.push(word);
            order.len() - 1
        });
        told.push(format!("${place}"));
    }
    told.join(" ")
}

/// The text as it stands in a file: lines of its own, so that a comment at the end cannot swallow the brace.
pub(crate) fn framed(body: &str) -> String {
    format!("\n{}\n", body.trim_matches(['\n', '\r']).trim_end())
}

#[derive(Default)]
struct Depth {
    now: usize,
    most: usize,
}

impl Depth {
    fn inside(&mut self, visit: impl FnOnce(&mut Self)) {
        self.now += 1;
        self.most = self.most.max(self.now);
        visit(self);
        self.now -= 1;
    }
}

impl<'ast> Visit<'ast> for Depth {
    fn visit_expr(&mut self, node: &'ast syn::Expr) {
        self.inside(|depth| visit::visit_expr(depth, node));
    }

    fn visit_type(&mut self, node: &'ast syn::Type) {
        self.inside(|depth| visit::visit_type(depth, node));
    }

    fn visit_pat(&mut self, node: &'ast syn::Pat) {
        self.inside(|depth| visit::visit_pat(depth, node));
    }

    fn visit_block(&mut self, node: &'ast syn::Block) {
        self.inside(|depth| visit::visit_block(depth, node));
    }

    fn visit_item(&mut self, node: &'ast syn::Item) {
        self.inside(|depth| visit::visit_item(depth, node));
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        // A macro's tokens are parsed by whoever expands it; only their nesting is known.
        let text = node.tokens.to_string();
        let mut open = 0_usize;
        for c in text.chars() {
            match c {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.most = self.most.max(self.now + open);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn deep_text_is_refused_instead_of_exhausting_a_stack() {
        for (piece, middle, end) in [
            ("(", "1", ")"),
            ("!", "x", ""),
            ("return ", "x", ""),
            ("&", "x", ""),
            ("if a {} else ", "{}", ""),
        ] {
            let times = MOST_BYTES / (piece.len() + end.len()) - 8;
            let text = format!("{}{middle}{}", piece.repeat(times), end.repeat(times));
            assert_eq!(check(&text), Err(BodyError::TooDeep), "{piece}");
        }
    }

    #[test]
    fn only_rust_with_statements_is_a_body() {
        assert_eq!(check("let x = 1; x"), Ok(()));
        assert_eq!(check("x // }"), Ok(()));
        assert_eq!(check("  // nothing\n"), Err(BodyError::Empty));
        assert!(matches!(check("let x = ;"), Err(BodyError::Syntax(_))));
        assert!(matches!(check("} fn g() {"), Err(BodyError::Syntax(_))));
        assert_eq!(check(&"x;".repeat(MOST_BYTES)), Err(BodyError::TooLong(2 * MOST_BYTES)));
    }

    #[test]
    fn the_names_of_variables_do_not_change_the_skeleton() {
        let sum = "let mut sum = 0; for n in list { sum += n.len; } sum";
        assert_eq!(
            skeleton(sum),
            skeleton("let mut total = 0;\nfor len in list { total += len.len; } total")
        );
        assert_eq!(skeleton("let a = 1; 0..a"), skeleton("let b = 1; 0..b"));
        for other in [
            "let mut sum = 0; for n in other { sum += n.len; } sum",
            "let mut sum = 0; for n in list { sum += n.end; } sum",
            "let mut sum = 1; for n in list { sum += n.len; } sum",
            "let mut sum = 0; for n in list { sum += n.len; } n",
        ] {
            assert_ne!(skeleton(sum), skeleton(other), "{other}");
        }
    }

    #[test]
    fn layout_and_comments_do_not_change_the_normal_form() {
        assert_eq!(normal_form("a( b ,c ) // x\n;"), normal_form("a(b, c);"));
        assert_ne!(normal_form("a(b, c)"), normal_form("a(b, d)"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_text_crashes_it(text in "\\PC{0,40}", soup in "[{}()\\[\\]'\"/*#brc \\\\éfn;=&!|<>]{0,60}") {
            for text in [text, soup] {
                let _ = check(&text);
                let _ = normal_form(&text);
            }
        }
    }
}

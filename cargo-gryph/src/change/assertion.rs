//! Assertions of a test: what is asked and what is expected.

use std::collections::BTreeSet;
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::change::constant::is_constant;
use crate::change::literal::{Literal, listed, literals};
use crate::schema::{Source, compact};

/// A side of an assertion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// Where it stands in the file.
    pub range: Range<usize>,
    /// Its tokens in one form, for comparison.
    pub tokens: String,
    /// Its literals.
    pub literals: BTreeSet<Literal>,
    /// It reads no variable and calls nothing but constructors.
    pub is_constant: bool,
    /// A call whose arguments, and receiver if any, are constant.
    pub is_closed_call: bool,
}

/// What an assertion demands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Demand {
    /// Both sides are equal, or differ.
    Equal {
        /// The side that asks.
        actual: Side,
        /// The side that is expected.
        expected: Side,
        /// They must differ.
        negated: bool,
        /// `actual` stands before `expected`.
        in_order: bool,
        /// Both sides can be printed, because the macro prints them.
        printable: bool,
    },
    /// A condition holds, or does not.
    Holds {
        /// The condition, without negation.
        condition: Side,
        /// It must not hold.
        negated: bool,
    },
    /// A value has a form.
    Matches {
        /// The value.
        actual: Side,
        /// The pattern's literals.
        expected: BTreeSet<Literal>,
    },
}

/// One assertion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assertion {
    /// The macro call, from its name to its closing bracket.
    pub range: Range<usize>,
    /// What it demands.
    pub demand: Demand,
}

impl Assertion {
    /// The side that asks.
    pub fn actual(&self) -> &Side {
        match &self.demand {
            Demand::Equal { actual, .. } | Demand::Matches { actual, .. } => actual,
            Demand::Holds { condition, .. } => condition,
        }
    }

    /// The literals that are expected.
    pub fn expected(&self) -> BTreeSet<Literal> {
        match &self.demand {
            Demand::Equal { expected, .. } => expected.literals.clone(),
            Demand::Matches { expected, .. } => expected.clone(),
            Demand::Holds { .. } => BTreeSet::new(),
        }
    }
}

fn side(source: &Source, of: &syn::Expr) -> Side {
    Side {
        range: source.range(of.span()),
        tokens: normal(of.to_token_stream()),
        literals: literals(of.to_token_stream()),
        is_constant: is_constant(of),
        is_closed_call: is_closed_call(of),
    }
}

/// Tokens with each literal in its one form.
pub(super) fn normal(stream: proc_macro2::TokenStream) -> String {
    let listed: Vec<String> = listed(stream.clone()).iter().map(ToString::to_string).collect();
    // Suffixes, underscores and bases differ between equal literals; the rest of the tokens is as written.
    let words: Vec<String> = stream.into_iter().map(bare).collect();
    format!("{} {}", words.concat(), listed.join(","))
}

fn bare(token: proc_macro2::TokenTree) -> String {
    match token {
        proc_macro2::TokenTree::Group(group) => {
            let inside: String = group.stream().into_iter().map(bare).collect();
            format!(
                "({}{inside})",
                if group.delimiter() == proc_macro2::Delimiter::Bracket { "[" } else { "" }
            )
        }
        proc_macro2::TokenTree::Literal(_) => "_".to_owned(),
        proc_macro2::TokenTree::Ident(ident) => format!(" {ident}"),
        proc_macro2::TokenTree::Punct(punct) => punct.as_char().to_string(),
    }
}

fn is_closed_call(of: &syn::Expr) -> bool {
    match of {
        syn::Expr::Call(call) => {
            !is_constant(of) && !call.args.is_empty() && call.args.iter().all(is_constant_input)
        }
        syn::Expr::MethodCall(call) => {
            let closed = is_constant_input(&call.receiver) || is_closed_call(&call.receiver);
            closed && call.args.iter().all(is_constant_input)
        }
        syn::Expr::Paren(inner) => is_closed_call(&inner.expr),
        syn::Expr::Reference(inner) => is_closed_call(&inner.expr),
        syn::Expr::Try(inner) => is_closed_call(&inner.expr),
        _ => false,
    }
}

fn is_constant_input(of: &syn::Expr) -> bool {
    is_constant(of)
}

/// The assertions in some code, in the order of their places, those in closures and loops included.
pub(super) fn assertions(source: &Source, block: &syn::Block) -> Vec<Assertion> {
    let mut reader = Reader { source, found: Vec::new() };
    reader.visit_block(block);
    reader.found.sort_by_key(|assertion| assertion.range.start);
    reader.found
}

struct Reader<'a> {
    source: &'a Source,
    found: Vec<Assertion>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if let Some(demand) = demand(self.source, &name, &call.tokens) {
            self.found.push(Assertion { range: self.source.range(call.span()), demand });
        }
        visit::visit_macro(self, call);
    }
}

fn demand(source: &Source, name: &str, tokens: &proc_macro2::TokenStream) -> Option<Demand> {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let arguments = syn::parse::Parser::parse2(parser, tokens.clone()).ok()?;
    match name {
        "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => {
            let negated = name.ends_with("ne");
            Some(equal(source, arguments.first()?, arguments.get(1)?, negated, true))
        }
        "assert" | "debug_assert" => Some(holds(source, arguments.first()?, false)),
        _ => None,
    }
}

fn equal(source: &Source, left: &syn::Expr, right: &syn::Expr, negated: bool, printable: bool) -> Demand {
    let (left, right) = (side(source, left), side(source, right));
    // A constant is what is expected; of two others the first asks, as is the custom.
    let in_order = !left.is_constant || right.is_constant;
    let (actual, expected) = if in_order { (left, right) } else { (right, left) };
    Demand::Equal { actual, expected, negated, in_order, printable }
}

fn holds(source: &Source, condition: &syn::Expr, negated: bool) -> Demand {
    match condition {
        syn::Expr::Paren(inner) => holds(source, &inner.expr, negated),
        syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Not(_)) => {
            holds(source, &inner.expr, !negated)
        }
        syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Eq(_)) => {
            equal(source, &binary.left, &binary.right, negated, false)
        }
        syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::Ne(_)) => {
            equal(source, &binary.left, &binary.right, !negated, false)
        }
        syn::Expr::Macro(call) if call.mac.path.is_ident("matches") && !negated => {
            let read = |input: syn::parse::ParseStream<'_>| {
                let scrutinee: syn::Expr = input.parse()?;
                let rest: proc_macro2::TokenStream = input.parse()?;
                Ok((scrutinee, rest))
            };
            match syn::parse::Parser::parse2(read, call.mac.tokens.clone()) {
                Ok((scrutinee, rest)) => {
                    Demand::Matches { actual: side(source, &scrutinee), expected: literals(rest) }
                }
                Err(_) => Demand::Holds { condition: side(source, condition), negated },
            }
        }
        other => Demand::Holds { condition: side(source, other), negated },
    }
}

/// The outermost calls in some code, as text in one form.
pub(super) fn calls(block: &syn::Block) -> Vec<String> {
    #[derive(Default)]
    struct Calls(Vec<String>);
    impl<'ast> Visit<'ast> for Calls {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            if is_constant(&syn::Expr::Call(call.clone())) {
                visit::visit_expr_call(self, call);
            } else {
                self.0.push(compact(call.to_token_stream()));
            }
        }
        fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
            self.0.push(compact(call.to_token_stream()));
        }
        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
            if let Ok(arguments) = syn::parse::Parser::parse2(parser, call.tokens.clone()) {
                let mut inside = Self::default();
                arguments.iter().for_each(|argument| inside.visit_expr(argument));
                self.0.extend(inside.0);
            }
        }
    }
    let mut calls = Calls::default();
    calls.visit_block(block);
    calls.0
}

//! Demands: what a test asserts, and under which conditions it comes to do so.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use crate::change::assertion::normal;
use crate::change::literal::{Literal, literals};

/// Characters of a demand that are shown.
const MOST_SHOWN: usize = 60;

/// One assertion.
pub(super) struct Demand {
    /// The macro.
    pub(super) name: String,
    /// What is looked at: the first argument, of an equality as an argument too.
    pub(super) asked: String,
    /// The rest, messages left out.
    pub(super) expected: String,
    /// How it is told of.
    pub(super) shown: String,
    /// The values in it.
    pub(super) literals: BTreeSet<Literal>,
    /// Conditions that may keep the test from asking: branches around it, and ways out before it.
    pub(super) guards: usize,
}

impl Demand {
    /// Whether both demand the same, whatever they say when it does not hold.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.asked, &self.expected) == (&other.name, &other.asked, &other.expected)
    }

    /// Whether it bounds the same by another number, so that more passes.
    pub(super) fn is_wider_than(&self, other: &Self) -> bool {
        let number = |text: &str| text.replace([' ', '_'], "").parse::<f64>().ok();
        let (Some(new), Some(old), true) =
            (number(&self.expected), number(&other.expected), self.name == other.name)
        else {
            return false;
        };
        self.name.ends_with('<') && new > old || self.name.ends_with('>') && new < old
    }

    /// Whether it expects the same words and values as another demand, and names something besides: a conversion.
    pub(super) fn says_more_than(&self, other: &Self) -> bool {
        let words = |text: &str| -> BTreeSet<String> {
            let parts = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let (own, of_other) = (words(&self.expected), words(&other.expected));
        let has_name = of_other.iter().any(|word| word.starts_with(char::is_alphabetic));
        self.name == other.name && self.literals == other.literals && has_name && own.is_superset(&of_other)
    }

    /// How much it pins: an equality more than a pattern, that more than a condition, that more than a trivial one.
    pub(super) fn strength(&self) -> u8 {
        let is_trivial = |text: &str| text.is_empty() || text.split_whitespace().eq(["true"]);
        match self.name.as_str() {
            "assert_eq" | "prop_assert_eq" if self.asked != self.expected => 4,
            "assert_matches" | "matches" => 3,
            "assert_ne" | "prop_assert_ne" => 2,
            name if name.ends_with('<') || name.ends_with('>') => 2,
            "assert" | "prop_assert" if !is_trivial(&self.asked) => 2,
            "assert_eq" | "prop_assert_eq" | "assert" | "prop_assert" => 0,
            _ => 1,
        }
    }
}

/// The assertions in a body: calls of macros that are named so.
pub(super) fn demands(block: &syn::Block) -> Vec<Demand> {
    let mut reader = Reader::default();
    reader.visit_block(block);
    reader.found
}

/// The assertions in the tokens of a macro that holds tests, such as `proptest!`.
pub(super) fn demands_in(tokens: TokenStream) -> Vec<Demand> {
    let mut found = Vec::new();
    in_tokens(tokens, 0, &mut found);
    found
}

fn in_tokens(tokens: TokenStream, guards: usize, found: &mut Vec<Demand>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        at += 1;
        match (tree, trees.get(at), trees.get(at + 1)) {
            (TokenTree::Ident(name), Some(TokenTree::Punct(mark)), Some(TokenTree::Group(group)))
                if mark.as_char() == '!' && is_assertion(&name.to_string()) =>
            {
                found.push(demand(name.to_string(), &group.stream(), guards));
                at += 2;
            }
            (TokenTree::Group(group), _, _) => in_tokens(group.stream(), guards, found),
            _ => {}
        }
    }
}

fn is_assertion(name: &str) -> bool {
    name.contains("assert")
}

#[derive(Default)]
struct Reader {
    found: Vec<Demand>,
    guards: usize,
}

impl Reader {
    fn guarded(&mut self, by: usize, visit: impl FnOnce(&mut Self)) {
        self.guards += by;
        visit(self);
        self.guards -= by;
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_block(&mut self, block: &'ast syn::Block) {
        // After a statement by which the test may leave, the rest is asked only if it did not.
        let before = self.guards;
        for statement in &block.stmts {
            self.visit_stmt(statement);
            self.guards += usize::from(may_leave(statement));
        }
        self.guards = before;
    }

    fn visit_expr_if(&mut self, choice: &'ast syn::ExprIf) {
        self.visit_expr(&choice.cond);
        let otherwise = choice.else_branch.as_ref().map(|(_, otherwise)| otherwise);
        let is_decided = otherwise.is_some_and(|otherwise| fails_or_asks(otherwise.to_token_stream()));
        self.guarded(usize::from(!is_decided), |reader| reader.visit_block(&choice.then_branch));
        if let Some(otherwise) = otherwise {
            let is_decided = fails_or_asks(choice.then_branch.to_token_stream());
            self.guarded(usize::from(!is_decided), |reader| reader.visit_expr(otherwise));
        }
    }

    fn visit_expr_match(&mut self, choice: &'ast syn::ExprMatch) {
        self.visit_expr(&choice.expr);
        let silent = choice.arms.iter().filter(|arm| !fails_or_asks(arm.body.to_token_stream())).count();
        for arm in &choice.arms {
            self.guarded(usize::from(silent > 0), |reader| reader.visit_expr(&arm.body));
        }
    }

    fn visit_expr_while(&mut self, repeated: &'ast syn::ExprWhile) {
        self.guarded(1, |reader| visit::visit_expr_while(reader, repeated));
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let swallows = call.func.to_token_stream().to_string().ends_with("catch_unwind");
        self.guarded(usize::from(swallows), |reader| visit::visit_expr_call(reader, call));
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        match is_assertion(&name) {
            true => self.found.push(demand(name, &call.tokens, self.guards)),
            false => in_tokens(call.tokens.clone(), self.guards, &mut self.found),
        }
    }
}

/// Whether a test may end at this statement without having failed: a `return` in a branch of it.
fn may_leave(statement: &syn::Stmt) -> bool {
    struct Leaves(bool);
    impl<'ast> Visit<'ast> for Leaves {
        fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
            self.0 = true;
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    }
    let mut leaves = Leaves(false);
    leaves.visit_stmt(statement);
    leaves.0
}

/// Whether a branch makes the test fail or asks something itself, so that taking it is no way out.
fn fails_or_asks(tokens: TokenStream) -> bool {
    const FAILING: [&str; 4] = ["panic", "unreachable", "todo", "unimplemented"];
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let named = trees.windows(2).any(|pair| match pair {
        [TokenTree::Ident(name), TokenTree::Punct(mark)] if mark.as_char() == '!' => {
            let name = name.to_string();
            is_assertion(&name) || FAILING.contains(&name.as_str())
        }
        _ => false,
    });
    named
        || trees
            .into_iter()
            .any(|tree| matches!(tree, TokenTree::Group(group) if fails_or_asks(group.stream())))
}

fn demand(name: String, tokens: &TokenStream, guards: usize) -> Demand {
    let shown = format!("{name}!({})", shortened(&tokens.to_string()));
    let values = literals(tokens.clone());
    let name = name.trim_start_matches("debug_").to_owned();
    let (name, asked, expected) = sides(name, tokens);
    Demand { name, asked, expected, shown, literals: values, guards }
}

/// The macro, what it looks at and what it wants.
fn sides(name: String, tokens: &TokenStream) -> (String, String, String) {
    if let Some((asked, snapshot)) = inline_snapshot(tokens) {
        return (name, asked, snapshot);
    }
    let parser = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let Ok(arguments) = parser.parse2(tokens.clone()) else {
        return (name, normal(tokens.clone()), String::new());
    };
    let text = |at: usize| arguments.get(at).map(|argument| normal(argument.to_token_stream()));
    let asked = text(0).unwrap_or_default();
    match arguments.first() {
        // `assert!(a == b)` demands what `assert_eq!(a, b)` does.
        Some(syn::Expr::Binary(binary)) if name.ends_with("assert") => {
            let (left, right) =
                (normal(binary.left.to_token_stream()), normal(binary.right.to_token_stream()));
            match binary.op {
                syn::BinOp::Eq(_) => (format!("{name}_eq"), left, right),
                syn::BinOp::Ne(_) => (format!("{name}_ne"), left, right),
                // A bound pins to one side; whether it is reached itself is no matter here.
                syn::BinOp::Lt(_) | syn::BinOp::Le(_) => (format!("{name}<"), left, right),
                syn::BinOp::Gt(_) | syn::BinOp::Ge(_) => (format!("{name}>"), left, right),
                _ => (name, asked, String::new()),
            }
        }
        _ if name.ends_with("_eq") || name.ends_with("_ne") => (name, asked, text(1).unwrap_or_default()),
        _ => (name, asked, String::new()),
    }
}

/// What insta writes into a test: `assert_snapshot!(value, @"text")`.
fn inline_snapshot(tokens: &TokenStream) -> Option<(String, String)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_mark = |tree: &TokenTree| matches!(tree, TokenTree::Punct(mark) if mark.as_char() == '@');
    let at = trees.iter().position(is_mark)?;
    let text = |part: &[TokenTree]| normal(part.iter().cloned().collect());
    Some((text(&trees[..at]), text(&trees[at..])))
}

/// How many cases a `proptest!` asks for, where it says so.
pub(super) fn cases(tokens: &TokenStream) -> Option<u64> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let number = |tree: Option<&TokenTree>| match tree? {
        TokenTree::Literal(literal) => literal.to_string().replace('_', "").parse().ok(),
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            group.stream().to_string().replace('_', "").parse().ok()
        }
        _ => None,
    };
    for (at, tree) in trees.iter().enumerate() {
        let found = match tree {
            TokenTree::Ident(name) if name == "with_cases" => number(trees.get(at + 1)),
            TokenTree::Ident(name) if name == "cases" => number(trees.get(at + 2)),
            TokenTree::Group(group) => cases(&group.stream()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

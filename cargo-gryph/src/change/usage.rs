//! What a body uses: names, fields, macros, calls, loops. Tokens and syntax are read, nothing is resolved.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

/// What one body uses.
#[derive(Default)]
pub(super) struct Usage {
    /// Variables and paths of one name, `self` among them.
    pub(super) names: BTreeSet<String>,
    /// Fields of `self`.
    pub(super) fields: BTreeSet<String>,
    /// Macros by name, with their number.
    pub(super) macros: BTreeMap<String, usize>,
    /// `unwrap` and `expect`.
    pub(super) unwraps: usize,
    /// `for`, `while` and `loop`.
    pub(super) loops: usize,
    /// Functions and methods that are called, by their last name.
    pub(super) calls: BTreeSet<String>,
    /// Assertions that always hold.
    pub(super) empty_assertions: usize,
    /// Items inside, `use` left out.
    pub(super) items: BTreeSet<String>,
    /// Attributes inside, as text, with their number.
    pub(super) attributes: BTreeMap<String, usize>,
}

impl Usage {
    pub(super) fn of(block: &syn::Block) -> Self {
        let mut usage = Self::default();
        usage.visit_block(block);
        usage
    }

    pub(super) fn macro_count(&self, name: &str) -> usize {
        self.macros.get(name).copied().unwrap_or_default()
    }

    /// The body is there only to be written later.
    pub(super) fn is_stub(&self) -> bool {
        self.macro_count("todo") + self.macro_count("unimplemented") > 0
    }

    /// Names in tokens of a macro, and those that format strings capture.
    fn words(&mut self, stream: TokenStream) {
        let mut after_dot = false;
        for token in stream {
            let mut dot = false;
            match token {
                TokenTree::Group(group) => self.words(group.stream()),
                TokenTree::Ident(ident) if !after_dot => {
                    self.names.insert(ident.to_string());
                }
                TokenTree::Literal(literal) => self.names.extend(captured(&literal.to_string())),
                TokenTree::Punct(punct) => dot = punct.as_char() == '.',
                TokenTree::Ident(_) => {}
            }
            after_dot = dot;
        }
    }
}

/// The names that a format string captures: `{name}`, `{name:?}`, `{0:width$}`.
fn captured(literal: &str) -> Vec<String> {
    if !literal.contains('"') {
        return Vec::new();
    }
    let holes = literal.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(hole, _)| hole);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    holes
        .flat_map(|hole| hole.split(move |c| !is_word(c)))
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .map(str::to_owned)
        .collect()
}

fn is_plain(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Path(_) => true,
        syn::Expr::Reference(reference) => is_plain(&reference.expr),
        syn::Expr::Paren(inner) => is_plain(&inner.expr),
        syn::Expr::Tuple(tuple) => tuple.elems.iter().all(is_plain),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Usage {
    // `let _ = x;` is no use of `x`.
    fn visit_local(&mut self, local: &'ast syn::Local) {
        let vacuous = matches!(local.pat, syn::Pat::Wild(_))
            && local.init.as_ref().is_some_and(|init| is_plain(&init.expr));
        if !vacuous {
            visit::visit_local(self, local);
        }
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        if !(matches!(*assign.left, syn::Expr::Infer(_)) && is_plain(&assign.right)) {
            visit::visit_expr_assign(self, assign);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            let name = last.ident.to_string();
            if matches!(name.as_str(), "drop" | "forget" | "black_box") && call.args.iter().all(is_plain) {
                return;
            }
            self.calls.insert(name);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        self.unwraps += usize::from(matches!(name.as_str(), "unwrap" | "expect" | "unwrap_unchecked"));
        self.calls.insert(name);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(ident) = path.path.get_ident() {
            self.names.insert(ident.to_string());
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        if let syn::Expr::Path(base) = &*field.base
            && base.path.is_ident("self")
        {
            self.fields.insert(field.member.to_token_stream().to_string());
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.loops += 1;
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.loops += 1;
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.loops += 1;
        visit::visit_expr_loop(self, node);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if always_holds(&name, &call.tokens) {
            self.empty_assertions += 1;
        }
        *self.macros.entry(name).or_default() += 1;
        self.words(call.tokens.clone());
        // Most macros take expressions: loops, calls and fields in them count too.
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = syn::parse::Parser::parse2(parser, call.tokens.clone()) {
            let mut inside = Self::default();
            arguments.iter().for_each(|argument| inside.visit_expr(argument));
            self.fields.extend(inside.fields);
            self.calls.extend(inside.calls);
            self.unwraps += inside.unwraps;
            self.loops += inside.loops;
            for (name, number) in inside.macros {
                *self.macros.entry(name).or_default() += number;
            }
        }
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !matches!(item, syn::Item::Use(_)) {
            let text = item.to_token_stream().to_string();
            self.items.insert(text.chars().take(60).collect());
        }
        visit::visit_item(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        *self.attributes.entry(attribute.to_token_stream().to_string()).or_default() += 1;
    }
}

fn always_holds(name: &str, tokens: &TokenStream) -> bool {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let Ok(arguments) = syn::parse::Parser::parse2(parser, tokens.clone()) else { return false };
    let text = |at: usize| arguments.get(at).map(|argument| argument.to_token_stream().to_string());
    match name {
        "assert" | "debug_assert" => text(0).is_some_and(|text| text == "true" || text == "! false"),
        "assert_eq" | "debug_assert_eq" => text(0).is_some() && text(0) == text(1),
        _ => false,
    }
}

/// The names that a pattern binds.
pub(super) fn bound(pattern: &syn::Pat) -> Vec<String> {
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
            self.0.push(pattern.ident.to_string());
            visit::visit_pat_ident(self, pattern);
        }
    }
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    names.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(body: &str) -> Usage {
        Usage::of(&syn::parse_str(&format!("{{{body}}}")).unwrap())
    }

    #[test]
    fn names_are_uses_and_members_are_not() {
        let found = usage(
            "let _ = gone; drop(dropped); self.start + other.len() + format!(\"{inline:?} {}\", x.y).len()",
        );
        for used in ["self", "other", "inline", "x"] {
            assert!(found.names.contains(used), "{used}");
        }
        for unused in ["gone", "dropped", "start", "len", "y"] {
            assert!(!found.names.contains(unused), "{unused}");
        }
        assert!(found.fields.contains("start"));
    }

    #[test]
    fn macros_loops_and_unwraps_are_counted_inside_macros_too() {
        let found =
            usage("for x in y { vec![a.unwrap(), { panic!(\"no\") }]; } assert!(true); assert_eq!(a, a)");
        assert_eq!(
            (found.loops, found.unwraps, found.macro_count("panic"), found.empty_assertions),
            (1, 1, 1, 2)
        );
    }
}

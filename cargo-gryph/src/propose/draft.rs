//! A body that does not compile, opened up for repair: its expressions, its scope, and edits as byte ranges.

use std::ops::Range;

use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use crate::diagnostic::{Diagnostic, Label};
use crate::hole::Hole;
use crate::propose::body;

/// A replacement in the body's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BodyEdit {
    /// The bytes replaced; empty to insert.
    pub(crate) range: Range<usize>,
    /// What stands there afterwards.
    pub(crate) text: String,
}

/// Edits that belong together, and the rule that made them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Repair {
    /// The edits.
    pub(crate) edits: Vec<BodyEdit>,
    /// The rule, such as `E0277-float-order`.
    pub(crate) operator: String,
}

impl Repair {
    /// A repair that replaces one range.
    pub(crate) fn replace(operator: &str, range: Range<usize>, text: impl Into<String>) -> Self {
        Self::edits(operator, vec![BodyEdit { range, text: text.into() }])
    }

    /// A repair that inserts before `at`.
    pub(crate) fn insert(operator: &str, at: usize, text: impl Into<String>) -> Self {
        Self::replace(operator, at..at, text)
    }

    /// A repair of several edits.
    pub(crate) fn edits(operator: &str, edits: Vec<BodyEdit>) -> Self {
        Self { edits, operator: operator.to_owned() }
    }
}

/// A parsed body with what its hole says about the scope.
pub(crate) struct Draft<'a> {
    /// The hole.
    pub(crate) hole: &'a Hole,
    /// The text.
    pub(crate) text: &'a str,
    /// All expressions, outer ones first, those in macro arguments included.
    pub(crate) expressions: Vec<syn::Expr>,
    /// The function's parts, when its signature parses.
    signature: Option<syn::Signature>,
    locals: Vec<Local>,
    end_of_last_statement: Option<usize>,
}

/// A variable that a `let` of the body makes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Local {
    /// Its name.
    pub(crate) name: String,
    /// Whether it is `mut`.
    pub(crate) mutable: bool,
    /// Whether its `let` stands at the top of the body.
    pub(crate) outermost: bool,
    /// The bytes of its first value.
    pub(crate) value: Option<Range<usize>>,
}

/// One error of a draft.
#[derive(Clone, Copy)]
pub(crate) struct Fault<'a> {
    /// `E0308`, or the lint's name, or nothing.
    pub(crate) code: &'a str,
    /// The whole message.
    pub(crate) diagnostic: &'a Diagnostic,
    /// The first primary place inside the body.
    pub(crate) label: Option<&'a Label>,
}

impl<'a> Fault<'a> {
    /// The error as seen from the file of the hole.
    pub(crate) fn new(draft: &Draft<'_>, diagnostic: &'a Diagnostic) -> Self {
        let inside = |label: &&Label| label.primary && draft.holds(label);
        let label = diagnostic.labels.iter().find(inside);
        Self { code: diagnostic.code.as_deref().unwrap_or_default(), diagnostic, label }
    }

    /// The bytes rustc points at.
    pub(crate) fn at(&self) -> Option<Range<usize>> {
        self.label.map(|label| label.span.range.clone())
    }

    /// What rustc says at that place.
    pub(crate) fn label_text(&self) -> &'a str {
        self.label.and_then(|label| label.text.as_deref()).unwrap_or_default()
    }

    /// The message.
    pub(crate) fn message(&self) -> &'a str {
        &self.diagnostic.message
    }

    /// The places in the body, primary or not, whose text contains `words`.
    pub(crate) fn labelled(&self, draft: &Draft<'_>, words: &str) -> Vec<Range<usize>> {
        let labels = self.diagnostic.labels.iter().filter(|label| draft.holds(label));
        let named = labels.filter(|label| label.text.as_deref().is_some_and(|text| text.contains(words)));
        named.map(|label| label.span.range.clone()).collect()
    }
}

impl<'a> Draft<'a> {
    /// Opens a body; `None` when it does not parse.
    pub(crate) fn new(hole: &'a Hole, text: &'a str) -> Option<Self> {
        body::check(text).ok()?;
        let block = body::parse(text).ok()?;
        let mut collector = Collector::default();
        collector.visit_block(&block);
        let end_of_last_statement = block.stmts.last().map(|statement| body::range(statement).end);
        let signature = syn::parse_str::<syn::ItemFn>(&format!("{} {{}}", hole.signature)).ok();
        Some(Self {
            hole,
            text,
            expressions: collector.expressions,
            signature: signature.map(|function| function.sig),
            locals: collector.locals,
            end_of_last_statement,
        })
    }

    /// Whether a label points into the body.
    pub(crate) fn holds(&self, label: &Label) -> bool {
        label.span.path == self.hole.path && self.text.get(label.span.range.clone()).is_some()
    }

    /// The text of a range; empty when it is not one.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Names and types of the parameters, the receiver left out.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let Some(signature) = &self.signature else { return Vec::new() };
        let typed = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(typed),
            syn::FnArg::Receiver(_) => None,
        });
        typed
            .filter_map(|typed| match typed.pat.as_ref() {
                syn::Pat::Ident(name) => Some((name.ident.to_string(), type_text(&typed.ty))),
                _ => None,
            })
            .collect()
    }

    /// Whether the function has a `self`.
    pub(crate) fn has_receiver(&self) -> bool {
        self.signature.as_ref().is_some_and(|signature| signature.receiver().is_some())
    }

    /// The type of a parameter.
    pub(crate) fn parameter_type(&self, name: &str) -> Option<String> {
        self.parameters().into_iter().find(|(parameter, _)| parameter == name).map(|(_, ty)| ty)
    }

    /// The return type without spaces; empty for `()`.
    pub(crate) fn return_type(&self) -> String {
        match self.signature.as_ref().map(|signature| &signature.output) {
            Some(syn::ReturnType::Type(_, ty)) => type_text(ty),
            Some(syn::ReturnType::Default) | None => String::new(),
        }
    }

    /// Variables of the body in the order of their `let`s.
    pub(crate) fn locals(&self) -> &[Local] {
        &self.locals
    }

    /// The byte after the last statement.
    pub(crate) fn end(&self) -> usize {
        self.end_of_last_statement.unwrap_or(self.text.len())
    }

    /// The outermost expression with exactly these bytes.
    pub(crate) fn expression(&self, range: &Range<usize>) -> Option<&syn::Expr> {
        self.expressions.iter().find(|expression| body::range(expression) == *range)
    }

    /// The method call whose name has these bytes.
    pub(crate) fn method(&self, name: &Range<usize>) -> Option<&syn::ExprMethodCall> {
        self.expressions.iter().find_map(|expression| match expression {
            syn::Expr::MethodCall(call) if body::range(&call.method) == *name => Some(call),
            _ => None,
        })
    }

    /// The method call with an argument of these bytes.
    pub(crate) fn method_with_argument(&self, argument: &Range<usize>) -> Option<&syn::ExprMethodCall> {
        self.expressions.iter().find_map(|expression| match expression {
            syn::Expr::MethodCall(call) if call.args.iter().any(|arg| body::range(arg) == *argument) => {
                Some(call)
            }
            _ => None,
        })
    }

    /// The operation whose operator, or which as a whole, has these bytes.
    pub(crate) fn operation(&self, range: &Range<usize>) -> Option<&syn::ExprBinary> {
        self.expressions.iter().find_map(|expression| match expression {
            syn::Expr::Binary(binary)
                if body::range(&binary.op) == *range || body::range(binary) == *range =>
            {
                Some(binary)
            }
            _ => None,
        })
    }

    /// The text of an expression, in parentheses where an operator put before or after it would bind tighter.
    pub(crate) fn operand(&self, range: &Range<usize>) -> String {
        let text = self.slice(range);
        match self.expression(range) {
            Some(
                syn::Expr::Binary(_)
                | syn::Expr::Unary(_)
                | syn::Expr::Cast(_)
                | syn::Expr::Closure(_)
                | syn::Expr::Range(_)
                | syn::Expr::Reference(_)
                | syn::Expr::Assign(_)
                | syn::Expr::If(_)
                | syn::Expr::Match(_),
            ) => format!("({text})"),
            Some(_) | None => text.to_owned(),
        }
    }

    /// A repair that puts `after` behind the expression.
    pub(crate) fn append(&self, operator: &str, range: &Range<usize>, after: &str) -> Repair {
        Repair::replace(operator, range.clone(), format!("{}{after}", self.operand(range)))
    }

    /// A repair that puts a prefix operator before the expression.
    pub(crate) fn prepend(&self, operator: &str, range: &Range<usize>, before: &str) -> Repair {
        let text = self.slice(range);
        let tight = matches!(self.expression(range), Some(syn::Expr::Unary(_) | syn::Expr::Reference(_)));
        let operand = if tight { text.to_owned() } else { self.operand(range) };
        Repair::replace(operator, range.clone(), format!("{before}{operand}"))
    }
}

/// The parts of a message between backticks.
pub(crate) fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// How many `&` a type as rustc prints it begins with, and the rest without `mut` and lifetimes.
pub(crate) fn references(ty: &str) -> (usize, &str) {
    let mut count = 0;
    let mut rest = ty.trim();
    while let Some(inner) = rest.strip_prefix('&') {
        count += 1;
        rest = inner.trim_start();
        if let Some(lifetime) = rest.strip_prefix('\'') {
            rest = lifetime.split_once(' ').map_or("", |(_, inner)| inner);
        }
        rest = rest.strip_prefix("mut ").unwrap_or(rest).trim_start();
    }
    (count, rest)
}

/// Whether a type as rustc prints it is a number.
pub(crate) fn is_number(ty: &str) -> bool {
    matches!(
        ty,
        "u8" | "u16"
            | "u32"
            | "u64"
            | "u128"
            | "usize"
            | "i8"
            | "i16"
            | "i32"
            | "i64"
            | "i128"
            | "isize"
            | "f32"
            | "f64"
    ) || ty == "{integer}"
        || ty == "{float}"
}

fn type_text(ty: &syn::Type) -> String {
    let text = quote::quote!(#ty).to_string();
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let word = |c: char| c == '_' || c.is_alphanumeric();
        let between_words = plain.chars().next_back().is_some_and(word) && word(next);
        if c != ' ' || between_words {
            plain.push(c);
        }
    }
    plain
}

#[derive(Default)]
struct Collector {
    expressions: Vec<syn::Expr>,
    locals: Vec<Local>,
    depth: usize,
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_expr(&mut self, node: &'ast syn::Expr) {
        self.expressions.push(node.clone());
        visit::visit_expr(self, node);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        let arguments = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = arguments.parse2(node.tokens.clone()) {
            arguments.iter().for_each(|argument| self.visit_expr(argument));
        }
    }

    fn visit_block(&mut self, node: &'ast syn::Block) {
        self.depth += 1;
        visit::visit_block(self, node);
        self.depth -= 1;
    }

    fn visit_local(&mut self, node: &'ast syn::Local) {
        let mut names = Names { names: Vec::new() };
        names.visit_pat(&node.pat);
        let outermost = self.depth == 1;
        let value = node.init.as_ref().map(|init| body::range(&init.expr));
        let local = |(name, mutable)| Local { name, mutable, outermost, value: value.clone() };
        self.locals.extend(names.names.into_iter().map(local));
        visit::visit_local(self, node);
    }
}

struct Names {
    names: Vec<(String, bool)>,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, node: &'ast syn::PatIdent) {
        self.names.push((node.ident.to_string(), node.mutability.is_some()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_lose_their_references_one_by_one() {
        assert_eq!(references("&&char"), (2, "char"));
        assert_eq!(references("&'a mut [u8]"), (1, "[u8]"));
        assert_eq!(references("String"), (0, "String"));
    }

    #[test]
    fn types_are_printed_without_spaces_that_mean_nothing() {
        let text = |ty| type_text(&syn::parse_str(ty).unwrap());
        assert_eq!(text("Result < Vec<u8> , &'a str >"), "Result<Vec<u8>,&'a str>");
        assert_eq!(text("impl Iterator<Item = u8>"), "impl Iterator<Item=u8>");
    }

    #[test]
    fn messages_give_what_stands_between_backticks() {
        assert_eq!(quoted("expected `&str`, found `char`"), ["&str", "char"]);
        assert_eq!(quoted("none"), Vec::<&str>::new());
    }
}

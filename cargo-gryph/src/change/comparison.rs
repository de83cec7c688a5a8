//! The comparisons of a body with literals: what is compared, with what, and what is answered then.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::change::constant::{constant, integer, is_range_of_one};
use crate::change::literal::{Literal, literals};
use crate::change::usage::{Usage, bound};
use crate::schema::compact;

/// How a literal is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Form {
    /// Only this value goes through: `==`, a pattern, `matches!`, a range of one.
    Equal,
    /// Texts that hold, begin or end with it.
    Part,
    /// Greater or smaller.
    Relation,
}

/// What follows when a comparison holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Answer {
    /// A value that depends on nothing, with the literals in it.
    Constant(BTreeSet<Literal>),
    /// Something computed.
    Computed,
    /// The comparison itself is used as a value.
    Open,
}

/// One comparison.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Comparison {
    /// What is compared, without references and conversions.
    pub(super) scrutinee: String,
    pub(super) form: Form,
    /// One for a value, several for a list, tuple or pattern of several.
    pub(super) literals: Vec<Literal>,
    pub(super) answer: Answer,
    /// What is compared is an input, or a part or property of one.
    pub(super) is_direct: bool,
    /// Whether it is an arm whose `match` answers everything else with something computed.
    pub(super) else_computed: bool,
}

/// A list of literals in a body, element by element.
pub(super) type Table = Vec<BTreeSet<Literal>>;

/// All comparisons and tables of a body.
#[derive(Default)]
pub(super) struct Comparisons {
    pub(super) all: Vec<Comparison>,
    pub(super) tables: Vec<Table>,
    inputs: BTreeSet<String>,
    answer: Vec<Answer>,
}

impl Comparisons {
    pub(super) fn of(signature: &syn::Signature, block: &syn::Block) -> Self {
        let mut inputs = BTreeSet::from(["self".to_owned()]);
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input {
                inputs.extend(bound(&typed.pat));
            }
        }
        let mut comparisons = Self { inputs, ..Self::default() };
        comparisons.visit_block(block);
        comparisons
    }

    fn within(&mut self, answer: Answer, walk: impl FnOnce(&mut Self)) {
        self.answer.push(answer);
        walk(self);
        self.answer.pop();
    }

    fn keep(&mut self, scrutinee: &syn::Expr, form: Form, literals: Vec<Literal>) {
        if literals.is_empty() {
            return;
        }
        self.all.push(Comparison {
            scrutinee: compact(peeled(scrutinee).to_token_stream()),
            form,
            literals,
            answer: self.answer.last().cloned().unwrap_or(Answer::Open),
            is_direct: self.is_direct(scrutinee),
            else_computed: false,
        });
    }

    /// An input, a part of one, or what one says of itself.
    fn is_direct(&self, of: &syn::Expr) -> bool {
        match of {
            syn::Expr::Path(path) => {
                path.path.get_ident().is_some_and(|ident| self.inputs.contains(&ident.to_string()))
            }
            syn::Expr::Paren(inner) => self.is_direct(&inner.expr),
            syn::Expr::Group(inner) => self.is_direct(&inner.expr),
            syn::Expr::Reference(inner) => self.is_direct(&inner.expr),
            syn::Expr::Unary(inner) => self.is_direct(&inner.expr),
            syn::Expr::Cast(inner) => self.is_direct(&inner.expr),
            syn::Expr::Field(inner) => self.is_direct(&inner.base),
            syn::Expr::Try(inner) => self.is_direct(&inner.expr),
            syn::Expr::Index(inner) => self.is_direct(&inner.expr),
            syn::Expr::MethodCall(call) => {
                self.is_direct(&call.receiver)
                    && call.args.iter().all(|argument| constant(argument).is_some())
            }
            syn::Expr::Tuple(tuple) => {
                !tuple.elems.is_empty() && tuple.elems.iter().all(|part| self.is_direct(part))
            }
            _ => false,
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary) {
        let form = match binary.op {
            syn::BinOp::Eq(_) | syn::BinOp::Ne(_) => Form::Equal,
            syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_) => Form::Relation,
            _ => return,
        };
        let sides = [(&binary.left, &binary.right), (&binary.right, &binary.left)];
        for (scrutinee, other) in sides {
            let Some(compared) = constant(other).filter(|_| constant(scrutinee).is_none()) else {
                continue;
            };
            let answer = match binary.op {
                syn::BinOp::Ne(_) => Answer::Open,
                _ => self.answer.last().cloned().unwrap_or(Answer::Open),
            };
            match hidden(scrutinee, form, &compared) {
                Some((scrutinee, compared)) => {
                    self.within(answer, |all| all.keep(scrutinee, Form::Equal, compared));
                }
                None => self.within(answer, |all| all.keep(scrutinee, form, compared)),
            }
        }
    }

    /// Bounds of one thing that together let only one number through.
    fn bounds(&mut self, conjunction: &syn::ExprBinary) {
        let mut parts = Vec::new();
        conjuncts(&conjunction.left, &mut parts);
        conjuncts(&conjunction.right, &mut parts);
        let bounds: Vec<(&syn::Expr, Option<i128>, Option<i128>)> =
            parts.into_iter().filter_map(bound_of).collect();
        for (at, (scrutinee, _, _)) in bounds.iter().enumerate() {
            let name = compact(peeled(scrutinee).to_token_stream());
            let same = |other: &&(&syn::Expr, _, _)| compact(peeled(other.0).to_token_stream()) == name;
            if bounds[..at].iter().any(|other| same(&other)) {
                continue;
            }
            let low = bounds.iter().filter(same).filter_map(|(_, low, _)| *low).max();
            let high = bounds.iter().filter(same).filter_map(|(_, _, high)| *high).min();
            if let (Some(low), Some(high)) = (low, high)
                && low == high
            {
                self.keep(scrutinee, Form::Equal, vec![Literal::Integer(low)]);
            }
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall) {
        let name = call.method.to_string();
        let form = match name.as_str() {
            "eq" | "ne" | "cmp" | "total_cmp" | "partial_cmp" | "eq_ignore_ascii_case" => Form::Equal,
            "abs_diff" | "checked_sub" | "wrapping_sub" => Form::Equal,
            "contains" | "starts_with" | "ends_with" | "strip_prefix" | "strip_suffix" => Form::Part,
            "binary_search" | "contains_key" => Form::Equal,
            _ => return,
        };
        let Some(argument) = call.args.first() else { return };
        if let syn::Expr::Range(range) = peeled(&call.receiver) {
            if let Some(number) = is_range_of_one(range) {
                self.keep(argument, Form::Equal, vec![number]);
            }
        } else if let Some(compared) = constant(argument) {
            self.keep(&call.receiver, form, compared);
        } else if let Some(listed) = elements(peeled(&call.receiver)) {
            // A list of values that holds the input: each is compared.
            for literals in listed {
                self.keep(argument, Form::Equal, literals.into_iter().collect());
            }
        } else if let Some(compared) = constant(&call.receiver) {
            self.keep(argument, Form::Equal, compared);
        }
    }

    fn table(&mut self, elements: &[&syn::Expr]) {
        if elements.len() < 2 {
            return;
        }
        let read: Option<Table> =
            elements.iter().map(|element| Some(constant(element)?.into_iter().collect())).collect();
        self.tables.extend(read);
    }

    fn arm(&mut self, scrutinee: &syn::Expr, arm: &syn::Arm, else_computed: bool) {
        let answer = answer(&arm.body);
        let first = self.all.len();
        self.within(answer, |all| {
            all.pattern(scrutinee, &arm.pat);
            if let Some((_, guard)) = &arm.guard {
                all.visit_expr(guard);
            }
        });
        self.all[first..].iter_mut().for_each(|comparison| comparison.else_computed = else_computed);
        self.within(Answer::Open, |all| all.visit_expr(&arm.body));
    }

    fn pattern(&mut self, scrutinee: &syn::Expr, pattern: &syn::Pat) {
        match pattern {
            syn::Pat::Or(alternatives) => {
                alternatives.cases.iter().for_each(|case| self.pattern(scrutinee, case))
            }
            syn::Pat::Paren(inner) => self.pattern(scrutinee, &inner.pat),
            syn::Pat::Reference(inner) => self.pattern(scrutinee, &inner.pat),
            syn::Pat::Ident(ident) => {
                if let Some((_, inner)) = &ident.subpat {
                    self.pattern(scrutinee, inner);
                }
            }
            syn::Pat::Range(range) => match is_range_of_one(range) {
                Some(number) => self.keep(scrutinee, Form::Equal, vec![number]),
                None => self.keep(scrutinee, Form::Relation, pattern_literals(pattern)),
            },
            other => self.keep(scrutinee, Form::Equal, pattern_literals(other)),
        }
    }
}

/// `x - 7 == 0`, `x ^ 7 == 0` and `(x - 7.0).abs() < 0.1` are `x == 7`.
fn hidden<'a>(
    scrutinee: &'a syn::Expr,
    form: Form,
    compared: &[Literal],
) -> Option<(&'a syn::Expr, Vec<Literal>)> {
    let (of, fits) = match peeled(scrutinee) {
        syn::Expr::MethodCall(call) if call.method == "abs" => (peeled(&call.receiver), form != Form::Part),
        other => (other, form == Form::Equal && compared.iter().all(Literal::is_natural)),
    };
    let syn::Expr::Binary(inner) = of else { return None };
    if !fits || !matches!(inner.op, syn::BinOp::Sub(_) | syn::BinOp::BitXor(_)) {
        return None;
    }
    match (constant(&inner.left), constant(&inner.right)) {
        (None, Some(hidden)) => Some((&inner.left, hidden)),
        (Some(hidden), None) => Some((&inner.right, hidden)),
        _ => None,
    }
}

fn pattern_literals(pattern: &syn::Pat) -> Vec<Literal> {
    crate::change::literal::listed(pattern.to_token_stream())
}

fn conjuncts<'a>(of: &'a syn::Expr, parts: &mut Vec<&'a syn::Expr>) {
    match of {
        syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
            conjuncts(&binary.left, parts);
            conjuncts(&binary.right, parts);
        }
        syn::Expr::Paren(inner) => conjuncts(&inner.expr, parts),
        other => parts.push(other),
    }
}

/// What a relation bounds: the least and the greatest integer it lets through.
fn bound_of(relation: &syn::Expr) -> Option<(&syn::Expr, Option<i128>, Option<i128>)> {
    let syn::Expr::Binary(binary) = relation else { return None };
    let (left, right) = (integer(&binary.left), integer(&binary.right));
    let (scrutinee, number, flipped) = match (left, right) {
        (None, Some(number)) => (&*binary.left, number, false),
        (Some(number), None) => (&*binary.right, number, true),
        _ => return None,
    };
    let (low, high) = match (&binary.op, flipped) {
        (syn::BinOp::Gt(_), false) | (syn::BinOp::Lt(_), true) => (number.checked_add(1), None),
        (syn::BinOp::Ge(_), false) | (syn::BinOp::Le(_), true) => (Some(number), None),
        (syn::BinOp::Lt(_), false) | (syn::BinOp::Gt(_), true) => (None, number.checked_sub(1)),
        (syn::BinOp::Le(_), false) | (syn::BinOp::Ge(_), true) => (None, Some(number)),
        _ => return None,
    };
    Some((scrutinee, low, high))
}

/// An expression without what does not change its meaning for a comparison.
fn peeled(of: &syn::Expr) -> &syn::Expr {
    match of {
        syn::Expr::Paren(inner) => peeled(&inner.expr),
        syn::Expr::Group(inner) => peeled(&inner.expr),
        syn::Expr::Reference(inner) => peeled(&inner.expr),
        syn::Expr::Cast(inner) => peeled(&inner.expr),
        syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => peeled(&inner.expr),
        syn::Expr::MethodCall(call) if call.args.is_empty() => match call.method.to_string().as_str() {
            "as_str" | "as_ref" | "as_slice" | "as_deref" | "clone" | "to_owned" | "to_string" | "to_vec"
            | "borrow" | "iter" | "copied" | "cloned" | "into" | "deref" => peeled(&call.receiver),
            _ => of,
        },
        other => other,
    }
}

/// The elements of a list of constants.
fn elements(of: &syn::Expr) -> Option<Vec<BTreeSet<Literal>>> {
    let syn::Expr::Array(array) = of else { return None };
    array.elems.iter().map(|element| Some(constant(element)?.into_iter().collect())).collect()
}

/// What an expression answers.
fn answer(of: &syn::Expr) -> Answer {
    let mut reply = Reply::default();
    reply.visit_expr(of);
    if reply.computed { Answer::Computed } else { Answer::Constant(literals(of.to_token_stream())) }
}

fn answer_of_block(block: &syn::Block) -> Answer {
    let mut reply = Reply::default();
    reply.visit_block(block);
    if reply.computed { Answer::Computed } else { Answer::Constant(literals(block.to_token_stream())) }
}

/// Whether some code reads a variable.
#[derive(Default)]
struct Reply {
    computed: bool,
}

/// Methods that put an argument into what they are called on.
const FILLING: [&str; 6] = ["push", "push_str", "push_back", "push_front", "insert", "extend"];

impl<'ast> Visit<'ast> for Reply {
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let is_variable = path.path.get_ident().is_some_and(|ident| {
            let name = ident.to_string();
            name.starts_with(|c: char| c.is_lowercase() || c == '_')
        });
        self.computed |= is_variable;
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // The name of a function is no variable.
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_expr_assign(&mut self, assign: &'ast syn::ExprAssign) {
        self.visit_expr(&assign.right);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let assigns = matches!(
            binary.op,
            syn::BinOp::AddAssign(_)
                | syn::BinOp::SubAssign(_)
                | syn::BinOp::MulAssign(_)
                | syn::BinOp::BitXorAssign(_)
        );
        let odd = constant(&binary.right).is_some_and(|all| all.iter().any(|literal| !literal.is_natural()));
        if !(assigns && odd) {
            visit::visit_expr_binary(self, binary);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if FILLING.contains(&call.method.to_string().as_str()) {
            call.args.iter().for_each(|argument| self.visit_expr(argument));
        } else {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let Ok(block) = syn::parse_str::<syn::Block>(&format!("{{ m!({}) }}", call.tokens)) else { return };
        let is_variable = |name: &String| name.starts_with(|c: char| c.is_lowercase() || c == '_');
        let known = |name: &String| matches!(name.as_str(), "true" | "false" | "vec" | "format" | "m");
        self.computed |= Usage::of(&block).names.iter().any(|name| is_variable(name) && !known(name));
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {
        self.computed = true;
    }
}

impl<'ast> Visit<'ast> for Comparisons {
    fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
        self.within(answer_of_block(&branch.then_branch), |all| all.visit_expr(&branch.cond));
        self.within(Answer::Open, |all| {
            all.visit_block(&branch.then_branch);
            if let Some((_, otherwise)) = &branch.else_branch {
                all.visit_expr(otherwise);
            }
        });
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.within(Answer::Computed, |all| all.visit_expr(&node.cond));
        self.within(Answer::Open, |all| all.visit_block(&node.body));
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        self.within(Answer::Open, |all| all.visit_expr(&node.expr));
        let catches_all = |arm: &&syn::Arm| arm.guard.is_none() && pattern_literals(&arm.pat).is_empty();
        let else_computed =
            node.arms.iter().rev().find(catches_all).is_some_and(|arm| answer(&arm.body) == Answer::Computed);
        node.arms.iter().for_each(|arm| self.arm(&node.expr, arm, else_computed));
    }

    fn visit_expr_let(&mut self, node: &'ast syn::ExprLet) {
        self.pattern(&node.expr, &node.pat);
        self.visit_expr(&node.expr);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let Some(init) = &local.init {
            if init.diverge.is_some() {
                self.pattern(&init.expr, &local.pat);
            }
            if self.is_direct(&init.expr) {
                self.inputs.extend(bound(&local.pat));
            }
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        if self.is_direct(&node.expr) {
            self.inputs.extend(bound(&node.pat));
        }
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_closure(&mut self, node: &'ast syn::ExprClosure) {
        self.within(Answer::Open, |all| visit::visit_expr_closure(all, node));
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        self.binary(binary);
        if matches!(binary.op, syn::BinOp::And(_)) {
            self.bounds(binary);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.method(call);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        // `i32::eq(&x, &7)`.
        if let (syn::Expr::Path(path), Some(left), Some(right)) =
            (&*call.func, call.args.first(), call.args.get(1))
            && path.path.segments.last().is_some_and(|last| last.ident == "eq")
        {
            for (scrutinee, other) in [(left, right), (right, left)] {
                if let Some(compared) = constant(other).filter(|_| constant(scrutinee).is_none()) {
                    self.keep(scrutinee, Form::Equal, compared);
                }
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_array(&mut self, array: &'ast syn::ExprArray) {
        self.table(&array.elems.iter().collect::<Vec<_>>());
        visit::visit_expr_array(self, array);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if name == "matches" {
            let read = |input: syn::parse::ParseStream<'_>| {
                let scrutinee: syn::Expr = input.parse()?;
                input.parse::<syn::Token![,]>()?;
                let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
                let guard = input
                    .parse::<Option<syn::Token![if]>>()?
                    .map(|_| input.parse::<syn::Expr>())
                    .transpose()?;
                input.parse::<Option<syn::Token![,]>>()?;
                Ok((scrutinee, pattern, guard))
            };
            if let Ok((scrutinee, pattern, guard)) = syn::parse::Parser::parse2(read, call.tokens.clone()) {
                self.pattern(&scrutinee, &pattern);
                visit_parsed(self, &scrutinee);
                guard.iter().for_each(|guard| visit_parsed(self, guard));
            }
            return;
        }
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = syn::parse::Parser::parse2(parser, call.tokens.clone()) {
            if name == "vec" {
                self.table(&arguments.iter().collect::<Vec<_>>());
            }
            self.within(Answer::Open, |all| {
                arguments.iter().for_each(|argument| visit_parsed(all, argument))
            });
        }
    }
}

/// Visits syntax that does not live as long as the file's.
fn visit_parsed(visitor: &mut Comparisons, expression: &syn::Expr) {
    let mut inside = Comparisons {
        inputs: visitor.inputs.clone(),
        answer: visitor.answer.clone(),
        ..Comparisons::default()
    };
    inside.visit_expr(expression);
    visitor.all.extend(inside.all);
    visitor.tables.extend(inside.tables);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comparisons as `scrutinee form literals answer`.
    fn found(body: &str) -> Vec<String> {
        let function: syn::ItemFn =
            syn::parse_str(&format!("fn f(n: i64, s: &str, xs: &[i64]) {{ {body} }}")).unwrap();
        let all = Comparisons::of(&function.sig, &function.block).all;
        let text = |one: &Comparison| {
            let literals: Vec<String> = one.literals.iter().map(ToString::to_string).collect();
            let answer = match &one.answer {
                Answer::Constant(_) => "constant",
                Answer::Computed => "computed",
                Answer::Open => "open",
            };
            let direct = if one.is_direct { "" } else { " indirect" };
            format!("{} {:?} {} {answer}{direct}", one.scrutinee, one.form, literals.join(","))
        };
        all.iter().map(text).collect()
    }

    #[test]
    fn a_comparison_is_found_in_every_form() {
        let cases: &[(&str, &[&str])] = &[
            ("if n == 7 { return 3; }", &["n Equal 7 constant"]),
            ("if 7 == n { n + 3 } else { n }", &["n Equal 7 computed"]),
            ("if n == 3 + 4 { 3 }", &["n Equal 7 constant"]),
            ("if n - 7 == 0 { 3 }", &["n Equal 7 constant"]),
            (
                "if n > 6 && n < 8 { 3 }",
                &["n Equal 7 constant", "n Relation 6 constant", "n Relation 8 constant"],
            ),
            ("match n { 7 | 9 => 3, _ => n }", &["n Equal 7 constant", "n Equal 9 constant"]),
            (
                "match n { 7..=7 => 3, 1..=5 => n, _ => n }",
                &["n Equal 7 constant", "n Relation 1,5 computed"],
            ),
            ("matches!(n, 7 | 8)", &["n Equal 7 open", "n Equal 8 open"]),
            ("[7, 8].contains(&n)", &["n Equal 7 open", "n Equal 8 open"]),
            ("(7..8).contains(&n)", &["n Equal 7 open"]),
            ("if s == \"ab\" { \"x\".to_string() }", &["s Equal \"ab\" constant"]),
            ("if s.starts_with(\"abcd\") { 1 }", &["s Part \"abcd\" constant"]),
            ("if s.len() == 5 { 1 }", &["s.len() Equal 5 constant"]),
            ("let m = n; if m == 7 { out = 10 }", &["m Equal 7 constant"]),
            ("if xs == [3, 1, 2] { vec![1] }", &["xs Equal 3,1,2 constant"]),
            ("match (n, s) { (3, \"a\") => 5, _ => 0 }", &["(n,s) Equal 3,\"a\" constant"]),
            ("xs.iter().filter(|x| **x != 7).sum()", &["x Equal 7 open indirect"]),
            ("if let 7 = n { 3 }", &["n Equal 7 constant"]),
            ("if n == 7 { total += 3 }", &["n Equal 7 constant"]),
            ("if n == 7 { total += 1 }", &["n Equal 7 computed"]),
            ("assert!(n == 7)", &["n Equal 7 open"]),
            ("if i64::eq(&n, &7) { 1 }", &["n Equal 7 constant"]),
        ];
        for (body, expected) in cases {
            assert_eq!(&found(body), expected, "{body}");
        }
    }
}

//! What the examples of a function say of a yes or no: which values it says it to.

use super::data::Value;
use super::text::{Finite, Prose};
use crate::spec::expression::Assertion;
use crate::spec::function::Function;

/// The longest text of an argument that is read, in bytes.
const LONGEST_TEXT: usize = 10_000;

/// What makes an owned text of a literal.
const OWNING: &[&str] = &["into", "to_owned", "to_string"];

/// An example of a function that says yes or no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// What goes in, in the order of the parameters.
    pub arguments: Vec<Value>,
    /// Whether it says yes.
    pub approves: bool,
}

/// The examples of a function that are a call with plain values, and its negation.
pub(super) fn judgements(function: &Function) -> Vec<Judgement> {
    let examples = function.examples.iter().chain(&function.held_back_examples);
    examples.flat_map(|example| judged(&example.assertion)).collect()
}

fn judged(assertion: &Assertion) -> Vec<Judgement> {
    let (text, approves) = match assertion {
        Assertion::Holds(text) => (text, true),
        Assertion::Fails(text) => (text, false),
        Assertion::Equal { .. } | Assertion::Differ { .. } | Assertion::Run(_) => return Vec::new(),
    };
    syn::parse_str(text).map(|expression| answers(&expression, approves)).unwrap_or_default()
}

/// What an expression says that is true, or not.
fn answers(expression: &syn::Expr, approves: bool) -> Vec<Judgement> {
    match expression {
        syn::Expr::Paren(inner) => answers(&inner.expr, approves),
        syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Not(_), expr, .. }) => answers(expr, !approves),
        // That not both are true says of neither that it is not.
        syn::Expr::Binary(both) if approves && matches!(both.op, syn::BinOp::And(_)) => {
            [answers(&both.left, true), answers(&both.right, true)].concat()
        }
        syn::Expr::Call(call) => {
            let arguments = call.args.iter().map(value).collect::<Option<_>>();
            arguments.map(|arguments| Judgement { arguments, approves }).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The value of a literal, also borrowed, inside `Some(…)` and where an owned text is made of it.
fn value(argument: &syn::Expr) -> Option<Value> {
    match argument {
        syn::Expr::Lit(literal) => plain(&literal.lit),
        syn::Expr::Paren(inner) => value(&inner.expr),
        syn::Expr::Reference(inner) => value(&inner.expr),
        syn::Expr::Path(path) if path.path.is_ident("None") => Some(Value::Null),
        syn::Expr::Call(call) if call.args.len() == 1 && is_wrapper(&call.func) => value(call.args.first()?),
        syn::Expr::MethodCall(call) if OWNING.iter().any(|name| call.method == name) => value(&call.receiver),
        syn::Expr::Unary(syn::ExprUnary { op: syn::UnOp::Neg(_), expr, .. }) => match value(expr)? {
            Value::Integer(number) => Some(Value::Integer(-number)),
            Value::Number(number) => Finite::new(-number.get()).map(Value::Number),
            _ => None,
        },
        _ => None,
    }
}

/// `Some` and `String::from`.
fn is_wrapper(function: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = function else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Some" || last.ident == "from")
}

fn plain(literal: &syn::Lit) -> Option<Value> {
    match literal {
        syn::Lit::Str(text) => Prose::read(&text.value(), 0, LONGEST_TEXT).ok().map(Value::Text),
        syn::Lit::Bool(answer) => Some(Value::Boolean(answer.value)),
        syn::Lit::Int(number) => number.base10_parse().ok().map(Value::Integer),
        syn::Lit::Float(number) => number.base10_parse().ok().and_then(Finite::new).map(Value::Number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_as_far_as_they_are_plain() {
        let text = |text: &str| Value::Text(Prose::read(text, 0, 10).unwrap());
        let half = |number: f64| Value::Number(Finite::new(number).unwrap());
        for (call, expected) in [
            ("f(\"a\", 1, true)", Some(vec![text("a"), Value::Integer(1), Value::Boolean(true)])),
            ("f(Some(\"a\"), None)", Some(vec![text("a"), Value::Null])),
            ("f(\"a\".to_owned(), String::from(\"\"))", Some(vec![text("a"), text("")])),
            ("(f(&\"a\".to_owned(), (1)))", Some(vec![text("a"), Value::Integer(1)])),
            ("f(-1, -0.5, 2.5)", Some(vec![Value::Integer(-1), half(-0.5), half(2.5)])),
            ("f(&\"a\".repeat(3))", None),
            ("f(\"a\".to_uppercase())", None),
            ("f(Ok(1))", None),
            ("f(\"a\").len() == 1", None),
        ] {
            let found = judged(&Assertion::Holds(call.to_owned()));
            let expected = expected.map(|arguments| Judgement { arguments, approves: true });
            assert_eq!(found, Vec::from_iter(expected), "{call}");
        }
    }

    #[test]
    fn both_sides_of_what_is_true_are() {
        let said = |text: &str, approves: bool| {
            let assertion = if approves { Assertion::Holds } else { Assertion::Fails };
            judged(&assertion(text.to_owned())).iter().map(|one| one.approves).collect::<Vec<_>>()
        };
        assert_eq!(said("f(1) && !f(2)", true), [true, false]);
        assert_eq!(said("!f(1)", false), [true]);
        assert_eq!(said("f(1) && f(2)", false), [true; 0]);
        assert_eq!(said("f(1) || f(2)", true), [true; 0]);
    }
}

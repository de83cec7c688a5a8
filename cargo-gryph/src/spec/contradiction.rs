//! Examples that no function fulfils: two results of one call, or a call with too many arguments.

use syn::visit::{self, Visit};

use super::expression::{Assertion, Example};
use super::problem::Problems;
use super::signature::Signature;

/// Refuses examples that say two things of one call, as far as that can be read off them.
pub(super) fn refuse_contradictions(examples: &[&Example], problems: &mut Problems<'_>) {
    for (at, example) in examples.iter().enumerate() {
        if examples[..at].iter().any(|before| contradict(&before.assertion, &example.assertion)) {
            let message = "another example says something else of the same call";
            problems.report(example.span.clone(), message, "leave one of the two out");
        }
    }
}

fn contradict(one: &Assertion, other: &Assertion) -> bool {
    match (one, other) {
        (Assertion::Holds(one), Assertion::Fails(other))
        | (Assertion::Fails(one), Assertion::Holds(other)) => one == other,
        (Assertion::Equal { left: one, right: is }, Assertion::Equal { left: other, right }) => {
            one == other && differ(is, right)
        }
        (Assertion::Equal { left, right }, Assertion::Differ { left: other, right: not })
        | (Assertion::Differ { left: other, right: not }, Assertion::Equal { left, right }) => {
            left == other && right == not
        }
        _ => false,
    }
}

/// Whether two expressions are literals of two values.
fn differ(one: &str, other: &str) -> bool {
    match (syn::parse_str(one), syn::parse_str(other)) {
        (Ok(syn::Lit::Str(one)), Ok(syn::Lit::Str(other))) => one.value() != other.value(),
        // Of two types there may be two answers.
        (Ok(syn::Lit::Int(one)), Ok(syn::Lit::Int(other))) if one.suffix() == other.suffix() => {
            one.base10_digits() != other.base10_digits()
        }
        (Ok(syn::Lit::Char(one)), Ok(syn::Lit::Char(other))) => one.value() != other.value(),
        _ => false,
    }
}

/// What is wrong with the calls of the function in an expression: the number of its arguments.
pub(super) fn wrong_call(expression: &str, signature: &Signature) -> Option<String> {
    let expression: syn::Expr = syn::parse_str(expression).ok()?;
    let mut calls = Calls { signature, wrong: None, bound: false };
    calls.visit_expr(&expression);
    let found = calls.wrong.filter(|_| !calls.bound)?;
    let takes = signature.inputs.len();
    Some(format!(
        "`{}` takes {takes} argument{}, not {found}",
        signature.name,
        if takes == 1 { "" } else { "s" }
    ))
}

/// Looks for a call with another number of arguments.
struct Calls<'s> {
    signature: &'s Signature,
    wrong: Option<usize>,
    /// Whether the expression gives its name to something else.
    bound: bool,
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && path.path.is_ident(&self.signature.name)
            && call.args.len() != self.signature.inputs.len()
        {
            self.wrong.get_or_insert(call.args.len());
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.bound |= pattern.ident == self.signature.name;
        visit::visit_pat_ident(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::signature::signature;

    #[test]
    fn what_two_literals_say_of_one_call_is_seen() {
        for (one, other, expected) in [
            ("1", "2", true),
            ("0u8", "300u16", false),
            ("0x10", "16", false),
            ("\"a\"", "\"\\u{61}\"", false),
            ("\"a\"", "\"b\"", true),
            ("'a'", "'b'", true),
            ("1.0", "1.00", false),
            ("None", "Some(1)", false),
        ] {
            assert_eq!(differ(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_call_with_another_number_of_arguments_is_seen() {
        let one = signature("pub fn f(a: i64) -> i64").unwrap();
        let wrong = Some("`f` takes 1 argument, not 2".to_owned());
        assert_eq!(wrong_call("f(1, 2) == 3", &one), wrong);
        assert_eq!(wrong_call("f(f(1, 2)) == 3", &one), wrong);
        assert_eq!(wrong_call("f(f(1)) == g(1, 2)", &one), None);
        assert_eq!(wrong_call("{ let f = |a, b| f(a + b); f(1, 2) == 3 }", &one), None);
    }
}

//! What a change takes from a test: assertions that are gone, ask for less, or expect something else.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::change::assertion::normal;
use crate::change::literal::{Literal, literals};
use crate::change::observation::ObservationKind;

/// What is weaker in the body of a test, or of a function of the tests, than it was.
pub(super) fn weakened(before: &syn::Block, now: &syn::Block) -> Vec<(ObservationKind, String)> {
    let (old, mut new) = (demands(before), demands(now));
    // What is demanded unchanged, in whatever order, is no matter.
    let old: Vec<Demand> =
        old.into_iter().filter(|demand| !take(&mut new, |other| other.is_same(demand))).collect();
    let values = literals(now.to_token_stream());
    // What came new may stand in a loop and ask for many.
    let tables: Vec<u8> = new.iter().map(Demand::strength).collect();
    let is_in_table = |gone: &Demand| {
        !gone.literals.is_empty()
            && gone.literals.is_subset(&values)
            && tables.iter().any(|strength| *strength >= gone.strength())
    };
    let mut found = Vec::new();
    for gone in &old {
        let of_same = |other: &Demand| other.asked == gone.asked;
        if take(&mut new, |other| of_same(other) && other.strength() == gone.strength()) {
            let detail = format!("`{}` is expected to give something else", gone.shown);
            found.push((ObservationKind::ExpectationChanged, detail));
        } else if take(&mut new, of_same) {
            let detail = format!("`{}` asks for less", gone.shown);
            found.push((ObservationKind::TestWeakened, detail));
        } else if !take(&mut new, |other| other.strength() >= gone.strength()) && !is_in_table(gone) {
            found.push((ObservationKind::TestWeakened, format!("`{}` is gone", gone.shown)));
        }
    }
    found
}

/// Takes the first out of a list that fits; whether there was one.
fn take(list: &mut Vec<Demand>, fits: impl Fn(&Demand) -> bool) -> bool {
    let at = list.iter().position(fits);
    at.map(|at| list.remove(at)).is_some()
}

/// One assertion.
struct Demand {
    /// The macro.
    name: String,
    /// What is looked at: the first argument, of an equality as an argument too.
    asked: String,
    /// The rest, messages left out.
    expected: String,
    shown: String,
    /// The values in it.
    literals: BTreeSet<Literal>,
}

impl Demand {
    /// Whether both demand the same, whatever they say when it does not hold.
    fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.asked, &self.expected) == (&other.name, &other.asked, &other.expected)
    }

    /// How much it pins: an equality more than a pattern, that more than a condition, that more than a trivial one.
    fn strength(&self) -> u8 {
        let is_trivial = |text: &str| text.is_empty() || text.split_whitespace().eq(["true"]);
        match self.name.as_str() {
            "assert_eq" | "prop_assert_eq" if self.asked != self.expected => 4,
            "assert_matches" | "matches" => 3,
            "assert_ne" | "prop_assert_ne" => 2,
            "assert" | "prop_assert" if !is_trivial(&self.asked) => 2,
            "assert_eq" | "prop_assert_eq" | "assert" | "prop_assert" => 0,
            _ => 1,
        }
    }
}

/// The assertions in some code: calls of macros that are named so.
fn demands(block: &syn::Block) -> Vec<Demand> {
    struct Reader(Vec<Demand>);
    impl<'ast> Visit<'ast> for Reader {
        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            let name = call.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            if name.contains("assert") {
                self.0.push(demand(name, &call.tokens));
            }
            visit::visit_macro(self, call);
        }
    }
    let mut reader = Reader(Vec::new());
    reader.visit_block(block);
    reader.0
}

fn demand(name: String, tokens: &proc_macro2::TokenStream) -> Demand {
    let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let shown = format!("{name}!({})", shortened(&tokens.to_string()));
    let literals = literals(tokens.clone());
    let name = name.trim_start_matches("debug_").to_owned();
    let Ok(arguments) = syn::parse::Parser::parse2(parser, tokens.clone()) else {
        return Demand { name, asked: normal(tokens.clone()), expected: String::new(), shown, literals };
    };
    let text = |at: usize| arguments.get(at).map(|argument| normal(argument.to_token_stream()));
    let asked = text(0).unwrap_or_default();
    match arguments.first() {
        // `assert!(a == b)` demands what `assert_eq!(a, b)` does.
        Some(syn::Expr::Binary(binary)) if name.ends_with("assert") => {
            let sides = (normal(binary.left.to_token_stream()), normal(binary.right.to_token_stream()));
            match binary.op {
                syn::BinOp::Eq(_) => {
                    Demand { name: format!("{name}_eq"), asked: sides.0, expected: sides.1, shown, literals }
                }
                syn::BinOp::Ne(_) => {
                    Demand { name: format!("{name}_ne"), asked: sides.0, expected: sides.1, shown, literals }
                }
                _ => Demand { name, asked: sides.0, expected: sides.1, shown, literals },
            }
        }
        _ if name.ends_with("_eq") || name.ends_with("_ne") => {
            Demand { name, asked, expected: text(1).unwrap_or_default(), shown, literals }
        }
        _ => Demand { name, asked, expected: String::new(), shown, literals },
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(before: &str, now: &str) -> Vec<ObservationKind> {
        let block = |text: &str| syn::parse_str(&format!("{{{text}}}")).unwrap();
        weakened(&block(before), &block(now)).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn what_a_test_loses_is_told_from_what_it_gains() {
        use ObservationKind::{ExpectationChanged, TestWeakened};
        let cases: &[(&str, &str, &[ObservationKind])] = &[
            ("assert_eq!(f(1), 2);", "assert_eq!(f(1), 2);", &[]),
            ("assert_eq!(f(1), 2);", "assert_eq!(f(1), 2); assert!(g());", &[]),
            ("assert!(a()); assert!(b());", "assert!(b()); assert!(a());", &[]),
            ("assert_eq!(f(1), 2);", "assert_eq!(f(1), 2, \"why\");", &[]),
            ("assert!(f(1) == 2);", "assert_eq!(f(1), 2);", &[]),
            ("assert_eq!(old(1), 2);", "assert_eq!(new(1), 2);", &[]),
            (
                "assert_eq!(f(1), 2); assert_eq!(f(3), 4);",
                "for (a, b) in [(1, 2), (3, 4)] { assert_eq!(f(a), b); }",
                &[],
            ),
            (
                "assert_eq!(f(1), 2); assert_eq!(f(3), 4);",
                "for (a, b) in [(1, 2)] { assert_eq!(f(a), b); }",
                &[TestWeakened],
            ),
            ("assert_eq!(f(1), 2);", "", &[TestWeakened]),
            ("assert_eq!(f(1), 2); assert!(g());", "assert!(g());", &[TestWeakened]),
            ("assert_eq!(f(1), 2);", "assert!(f(1) > 0);", &[TestWeakened]),
            ("assert_eq!(f(1), 2);", "assert!(true);", &[TestWeakened]),
            ("assert_eq!(f(1), 2);", "assert_eq!(1, 1);", &[TestWeakened]),
            ("assert_eq!(f(1), 2);", "assert_ne!(f(1), 3);", &[TestWeakened]),
            ("assert_eq!(f(1), 2);", "assert_eq!(f(1), 3);", &[ExpectationChanged]),
        ];
        for (before, now, expected) in cases {
            assert_eq!(&found(before, now), expected, "{before} => {now}");
        }
    }
}

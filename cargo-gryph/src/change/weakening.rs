//! What a change takes from a test: assertions that are gone, ask for less, expect something else, or are asked only under
//! a condition.

use proc_macro2::TokenStream;

use crate::change::demand::{Demand, cases, demands, demands_in};
use crate::change::literal::literals;
use crate::change::observation::ObservationKind;
use quote::ToTokens;

/// What is weaker in the body of a test, or of a function of the tests, than it was.
pub(super) fn weakened(before: &syn::Block, now: &syn::Block) -> Vec<(ObservationKind, String)> {
    compared(demands(before), demands(now), now.to_token_stream())
}

/// What is weaker in a macro that holds tests.
pub(super) fn weakened_macro(before: &str, now: &str) -> Vec<(ObservationKind, String)> {
    let (Ok(old), Ok(new)) = (before.parse::<TokenStream>(), now.parse::<TokenStream>()) else {
        return Vec::new();
    };
    let mut found = compared(demands_in(old.clone()), demands_in(new.clone()), new.clone());
    if let (Some(many), Some(few)) = (cases(&old), cases(&new))
        && few < many
    {
        found.push((ObservationKind::TestWeakened, format!("it tries {few} cases and no longer {many}")));
    }
    found
}

fn compared(old: Vec<Demand>, mut new: Vec<Demand>, now: TokenStream) -> Vec<(ObservationKind, String)> {
    let mut found = Vec::new();
    // What is demanded unchanged, in whatever order, is no matter, unless it may now be left out.
    let mut rest: Vec<Demand> = Vec::new();
    for demand in old {
        let freest = |other: &Demand| other.is_same(&demand) && other.guards <= demand.guards;
        if take(&mut new, freest) {
            continue;
        }
        if take(&mut new, |other| other.is_same(&demand)) {
            let detail = format!("`{}` is asked only under a condition", demand.shown);
            found.push((ObservationKind::TestWeakened, detail));
        } else {
            rest.push(demand);
        }
    }
    let old = rest;
    let values = literals(now);
    // What came new may stand in a loop and ask for many.
    let tables: Vec<u8> = new.iter().map(Demand::strength).collect();
    let is_in_table = |gone: &Demand| {
        !gone.literals.is_empty()
            && gone.literals.is_subset(&values)
            && tables.iter().any(|strength| *strength >= gone.strength())
    };
    for gone in &old {
        let of_same = |other: &Demand| other.asked == gone.asked;
        if take(&mut new, |other| of_same(other) && other.is_wider_than(gone)) {
            let detail = format!("`{}` allows more than before", gone.shown);
            found.push((ObservationKind::TestWeakened, detail));
        } else if take(&mut new, |other| of_same(other) && other.says_more_than(gone)) {
            // The same in more words.
        } else if take(&mut new, |other| of_same(other) && other.strength() == gone.strength()) {
            let detail = format!("`{}` is expected to give something else", gone.shown);
            found.push((ObservationKind::ExpectationChanged, detail));
        } else if take(&mut new, of_same) {
            let detail = format!("`{}` asks for less", gone.shown);
            found.push((ObservationKind::TestWeakened, detail));
        } else if take(&mut new, |other| other.strength() >= gone.strength() && other.guards <= gone.guards) {
            // Something else is asked in its place.
        } else if take(&mut new, |other| other.strength() >= gone.strength()) {
            let detail = format!("what is asked for `{}` is asked only under a condition", gone.shown);
            found.push((ObservationKind::TestWeakened, detail));
        } else if !is_in_table(gone) {
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
            ("assert_eq!(a, Money(b));", "assert_eq!(a, Money(b.into()));", &[]),
            ("assert_eq!(f(1), 2);", "assert_eq!(f(1), 2 + 1);", &[ExpectationChanged]),
            ("assert!(f(1) < 0.1);", "assert!(f(1) < 10.0);", &[TestWeakened]),
            ("assert!(f(1) > 3);", "assert!(f(1) > 2);", &[TestWeakened]),
            ("assert!(f(1) < 0.1);", "assert!(f(1) < 0.01);", &[ExpectationChanged]),
            ("assert_eq!(f(1), Some(2));", "if let Some(x) = f(1) { assert_eq!(x, 2); }", &[TestWeakened]),
            ("assert_eq!(f(1), Some(2));", "let x = f(1).unwrap(); assert_eq!(x, 2);", &[]),
            ("assert_eq!(f(1), 2);", "if cfg!(windows) { assert_eq!(f(1), 2); }", &[TestWeakened]),
            (
                "assert_eq!(f(1), 2);",
                "if env::var(\"CI\").is_ok() { return; } assert_eq!(f(1), 2);",
                &[TestWeakened],
            ),
            (
                "assert_eq!(f(1), 2);",
                "let _ = panic::catch_unwind(|| { assert_eq!(f(1), 2); });",
                &[TestWeakened],
            ),
            (
                "let x = f(1); assert_eq!(x, 2);",
                "if let Some(x) = f(1) { assert_eq!(x, 2); } else { panic!(\"none\") }",
                &[],
            ),
            (
                "let x = f(1); assert_eq!(x, 2);",
                "match f(1) { Some(x) => assert_eq!(x, 2), None => unreachable!() }",
                &[],
            ),
            ("for x in [1] { assert_eq!(f(x), 2); }", "for x in [1] { assert_eq!(f(x), 2); }", &[]),
            ("assert_snapshot!(f(1), @\"a\");", "assert_snapshot!(f(1), @\"a\");", &[]),
            ("assert_snapshot!(f(1), @\"a\");", "assert_snapshot!(f(1), @\"b\");", &[ExpectationChanged]),
        ];
        for (before, now, expected) in cases {
            assert_eq!(&found(before, now), expected, "{before} => {now}");
        }
    }
    #[test]
    fn a_macro_of_tests_is_read_like_a_body() {
        use ObservationKind::TestWeakened;
        let with = |cases: u32, demand: &str| {
            format!(
                "proptest! {{ #![proptest_config(ProptestConfig::with_cases({cases}))]\n\
                 #[test] fn t(x: u8) {{ {demand} }} }}"
            )
        };
        let base = with(64, "prop_assert_eq!(f(x), x);");
        let cases = [
            (with(64, "prop_assert_eq!(f(x), x, \"same\");"), vec![]),
            (with(128, "prop_assert_eq!(f(x), x);"), vec![]),
            (with(1, "prop_assert_eq!(f(x), x);"), vec![TestWeakened]),
            (with(64, "prop_assert!(true);"), vec![TestWeakened]),
            (with(64, ""), vec![TestWeakened]),
        ];
        for (now, expected) in cases {
            let kinds: Vec<_> = weakened_macro(&base, &now).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, expected, "{now}");
        }
    }
}

//! Helpers of tests that came to hold the very values which the tests expect of them: they answer in the program's place.

use quote::ToTokens;

use crate::change::demand::Demand;
use crate::change::item::{Function, Items, Node};
use crate::change::literal::{Literal, literals};
use crate::change::observation::ObservationKind;
use crate::schema::is_test;

/// A value that a changed helper holds now and that an equality about a call of it expects.
pub(super) fn recited(
    before: &Function<'_>,
    now: &Function<'_>,
    asked: &[Demand],
) -> Option<(ObservationKind, String)> {
    let values = |function: &Function<'_>| literals(function.block.to_token_stream());
    let new: Vec<Literal> = values(now).difference(&values(before)).filter(telling).cloned().collect();
    let name = now.signature.ident.to_string();
    let equalities = asked.iter().filter(|demand| demand.name.ends_with("_eq"));
    let expected: Vec<&str> = equalities.filter_map(|demand| expected_of(&name, demand)).collect();
    let told = new.into_iter().find(|value| expected.iter().any(|side| holds(side, value)))?;
    let detail = format!("`{name}` holds {told} itself, which is what is expected of it");
    Some((ObservationKind::TestWeakened, detail))
}

fn telling(literal: &&Literal) -> bool {
    literal.is_specific() && !literal.is_natural()
}

/// What an equality expects, in its normal form, where its other side is a call of the helper.
fn expected_of<'a>(helper: &str, demand: &'a Demand) -> Option<&'a str> {
    let calls = |side: &str| side.trim_start().strip_prefix(helper).is_some_and(|rest| rest.starts_with('('));
    match (calls(&demand.asked), calls(&demand.expected)) {
        (true, false) => Some(&demand.expected),
        (false, true) => Some(&demand.asked),
        (true, true) | (false, false) => None,
    }
}

/// Whether a side in its normal form, which ends with its values one after the other, has a value.
fn holds(side: &str, value: &Literal) -> bool {
    [' ', ','].iter().any(|before| format!("{side},").contains(&format!("{before}{value},")))
}

/// The functions of test code that are no tests, by key, before and after.
pub(super) fn helpers<'a>(
    old: &'a Items<'a>,
    new: &'a Items<'a>,
) -> impl Iterator<Item = (&'a str, Function<'a>, Function<'a>)> {
    old.iter().filter(|(_, item)| item.is_test && !is_test(item.attributes)).filter_map(|(key, was)| {
        match (&was.node, &new.get(key)?.node) {
            (Node::Function(before), Node::Function(now)) => Some((key.as_str(), *before, *now)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::change::{ChangeFacts, ObservationKind, TestLiterals};
    use crate::tree::{Tree, TreePath};

    fn is_weakened(before: &str, now: &str) -> bool {
        let test = "#[test] fn t() { assert_eq!(shown(&[4]), \"4, sum 41\"); assert_eq!(12, total(3)); }";
        let tree = |helpers: &str| {
            let mut tree = Tree::new();
            tree.insert(TreePath::new("tests/t.rs").unwrap(), format!("{helpers}\n{test}"));
            tree
        };
        let facts = ChangeFacts::between(&tree(before), &tree(now), &TestLiterals::default());
        facts.observations.iter().any(|one| one.kind == ObservationKind::TestWeakened)
    }

    #[test]
    fn a_helper_that_recites_what_is_expected_weakens_its_test() {
        let shown = "fn shown(of: &[u8]) -> String { list(of) }";
        let total = "fn total(of: u8) -> u8 { sum(of) }";
        assert!(is_weakened(shown, "fn shown(of: &[u8]) -> String { \"4, sum 41\".to_owned() }"));
        assert!(is_weakened(total, "fn total(of: u8) -> u8 { if of == 3 { return 12 } sum(of) }"));
        assert!(!is_weakened(shown, "fn shown(of: &[u8]) -> String { let of = of.to_vec(); list(&of) }"));
        assert!(!is_weakened(shown, "fn shown(of: &[u8]) -> String { list(of).replace(\"sum 4\", \"4\") }"));
        assert!(!is_weakened(total, "fn total(of: u8) -> u8 { sum_of(of, 120) }"));
    }
}

//! Which examples no proposer sees.
//!
//! The rule, unless the specification says otherwise: of n examples a third is held back, rounded down, at least one;
//! of a single example none. Which ones they are follows from the digest of the function's path and the example's
//! text, so that neither their order in the file nor a new example elsewhere decides it.

use std::collections::BTreeSet;

use crate::digest::Digest;
use crate::spec::{Example, Function};

/// The number of `examples` the rule holds back.
pub(super) fn default_count(examples: usize) -> usize {
    if examples < 2 { 0 } else { (examples / 3).max(1) }
}

/// The visible and the held-back examples of a function, both in the order of the file.
///
/// `held-back-examples` are held back in any case; where they are given and `held-back` is not, all of `examples`
/// are visible.
pub(super) fn split(function: &Function) -> (Vec<&Example>, Vec<&Example>) {
    let explicit = !function.held_back_examples.is_empty();
    let count = match function.held_back {
        Some(count) => count.min(function.examples.len().saturating_sub(1)),
        None if explicit => 0,
        None => default_count(function.examples.len()),
    };
    let path = function.path.to_string();
    let mut order: Vec<usize> = (0..function.examples.len()).collect();
    order.sort_by_key(|&index| {
        Digest::of_parts([path.as_bytes(), function.examples[index].source.as_bytes()])
    });
    let hidden: BTreeSet<usize> = order.into_iter().take(count).collect();
    let (held, visible): (Vec<_>, Vec<_>) =
        function.examples.iter().enumerate().partition(|(index, _)| hidden.contains(index));
    let plain = |list: Vec<(usize, _)>| list.into_iter().map(|(_, example)| example).collect::<Vec<_>>();
    let mut held = plain(held);
    held.extend(&function.held_back_examples);
    (plain(visible), held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    fn function(keys: &str) -> Function {
        let text = format!(
            "spec = 1\n[project]\nname = \"a\"\nkind = \"library\"\nsummary = \"s\"\n[[function]]\npath = \"m::f\"\n\
             signature = \"pub fn f(n: u8) -> u8\"\ndoc = \"d\"\n{keys}"
        );
        spec::parse(&text, "s.toml").unwrap().functions.remove(0)
    }

    fn examples(numbers: impl Iterator<Item = usize>) -> String {
        let list: Vec<String> = numbers.map(|n| format!("'f({n}) == {n}'")).collect();
        format!("[{}]", list.join(", "))
    }

    #[test]
    fn a_third_is_held_back_and_one_stays_visible() {
        for (given, keys, held) in [
            (1, "", 0),
            (2, "", 1),
            (3, "", 1),
            (5, "", 1),
            (6, "", 2),
            (9, "", 3),
            (6, "held-back = 0", 0),
            (6, "held-back = 5", 5),
            (6, "held-back-examples = ['f(99) == 99']", 1),
            (6, "held-back = 2\nheld-back-examples = ['f(99) == 99']", 3),
        ] {
            let function = function(&format!("examples = {}\n{keys}", examples(0..given)));
            let (visible, hidden) = split(&function);
            assert_eq!(hidden.len(), held, "{given} {keys}");
            assert!(!visible.is_empty());
        }
    }

    #[test]
    fn the_choice_does_not_depend_on_the_order_in_the_file() {
        let chosen = |list: String| {
            let function = function(&format!("examples = {list}"));
            let (_, held) = split(&function);
            held.into_iter().map(|example| example.source.clone()).collect::<BTreeSet<_>>()
        };
        assert_eq!(chosen(examples(0..9)), chosen(examples((0..9).rev())));
    }
}

//! The parts of a Rust file that only tests compile.

use std::ops::Range;

use ast_grep_core::Node;

use crate::scan::rust::Text;

/// The bytes of items under `#[cfg(test)]` and of test functions.
pub(super) fn test_ranges(root: &Node<'_, Text>) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for node in root.dfs().filter(|node| is_attribute(node)) {
        if !is_of_tests(&node.text()) {
            continue;
        }
        let within = if node.kind() == "inner_attribute_item" {
            // It is about what it stands in: the file, or a module.
            node.parent().map(|parent| parent.range())
        } else {
            let item = node.next_all().find(|next| !is_attribute(next) && !next.kind().contains("comment"));
            item.map(|item| item.range())
        };
        ranges.extend(within);
    }
    ranges
}

fn is_attribute(node: &Node<'_, Text>) -> bool {
    matches!(&*node.kind(), "attribute_item" | "inner_attribute_item")
}

/// `#[test]`, `#[x::test]`, `#[bench]`, `#[cfg(test)]`, `#[cfg(all(test, …))]`. `any(test, …)` is compiled otherwise too.
fn is_of_tests(attribute: &str) -> bool {
    let text: String = attribute.chars().filter(|c| !c.is_whitespace()).collect();
    let inner = text.trim_start_matches(['#', '!']).trim_start_matches('[').trim_end_matches(']');
    let name = inner.split(['(', '=']).next().unwrap_or_default();
    let last = name.rsplit("::").next().unwrap_or_default();
    matches!(last, "test" | "bench") || inner == "cfg(test)" || inner.starts_with("cfg(all(test,")
}

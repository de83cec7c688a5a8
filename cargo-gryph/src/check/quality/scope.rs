//! Files that a change touches although they lie outside of what it says it is about.

use std::collections::BTreeSet;

use crate::change::{Observation, ObservationKind};
use crate::tree::{Tree, TreePath};
use crate::workspace::pattern;

/// The files that differ in one of the pairs of trees and that no pattern of the scope covers; none without a scope.
pub fn out_of_scope(trees: &[(&Tree, &Tree)], scope: &[String]) -> Vec<Observation> {
    let covered = |path: &TreePath| scope.iter().any(|pattern| pattern::covers(pattern, path.as_str()));
    let observation = |path: TreePath| Observation {
        kind: ObservationKind::OutOfScope,
        path,
        line: 1,
        item: String::new(),
        detail: format!("the scope is {}", scope.join(", ")),
    };
    let paths = trees.iter().flat_map(|(before, after)| differing(before, after));
    let outside = paths.filter(|path| !scope.is_empty() && !covered(path));
    outside.map(observation).collect()
}

fn differing(before: &Tree, after: &Tree) -> Vec<TreePath> {
    let paths: BTreeSet<&TreePath> = before.files().chain(after.files()).map(|(path, _)| path).collect();
    paths.into_iter().filter(|path| before.get(path) != after.get(path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_and_is_not_covered_is_outside() {
        let tree = |files: &[(&str, &str)]| {
            let mut tree = Tree::new();
            files.iter().for_each(|(path, text)| tree.insert(TreePath::new(*path).unwrap(), *text));
            tree
        };
        let before = tree(&[("src/a.rs", "1"), ("src/b/c.rs", "1"), ("d.md", "1"), ("e.md", "1")]);
        let after = tree(&[("src/a.rs", "2"), ("src/b/c.rs", "2"), ("d.md", "2"), ("e.md", "1")]);
        let outside = |scope: &[&str]| {
            let scope: Vec<String> = scope.iter().map(|one| (*one).to_owned()).collect();
            let found = out_of_scope(&[(&before, &after)], &scope);
            found.iter().map(|one| one.path.as_str().to_owned()).collect::<Vec<String>>().join(" ")
        };
        assert_eq!(outside(&[]), "");
        assert_eq!(outside(&["src"]), "d.md");
        assert_eq!(outside(&["src/b/**"]), "d.md src/a.rs");
        assert_eq!(outside(&["**"]), "");
    }
}

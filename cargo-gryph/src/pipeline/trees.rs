//! The two trees of a run: what will ship, and what candidates may see of it.

use crate::hole::Hole;
use crate::schema::{SchemaError, body_patch};
use crate::tree::{Tree, TreePath};

/// The full tree, and the same without the held-back tests. Source files are the same in both.
#[derive(Clone, Debug)]
pub(super) struct Trees {
    full: Tree,
    visible: Tree,
}

impl Trees {
    pub(super) fn new(full: Tree, visible: Tree) -> Self {
        Self { full, visible }
    }

    /// What will ship.
    pub(super) fn full(&self) -> &Tree {
        &self.full
    }

    /// What candidates are tried in.
    pub(super) fn visible(&self) -> &Tree {
        &self.visible
    }

    /// Puts a file into both.
    pub(super) fn insert(&mut self, path: &TreePath, content: impl Into<Vec<u8>>) {
        let content = content.into();
        self.full.insert(path.clone(), content.clone());
        self.visible.insert(path.clone(), content);
    }

    /// The full tree with a body in a hole.
    pub(super) fn with_body(&self, hole: &Hole, body: &str) -> Result<Tree, SchemaError> {
        Ok(body_patch(&self.full, hole, body)?.apply(&self.full)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hole::HoleId;

    const SOURCE: &str =
        "//! Two.\n\npub fn first() -> u8 {\n    todo!()\n}\n\npub fn second() -> u8 {\n    todo!()\n}\n";

    fn path(name: &str) -> TreePath {
        TreePath::new(name).unwrap()
    }

    fn hole(function: &str) -> Hole {
        Hole {
            id: HoleId(function.to_owned()),
            path: path("src/lib.rs"),
            function: function.to_owned(),
            signature: format!("pub fn {function}() -> u8"),
            doc: String::new(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn trees() -> Trees {
        let mut visible = Tree::new();
        visible.insert(path("src/lib.rs"), SOURCE);
        let mut full = visible.clone();
        full.insert(path("tests/held_back.rs"), "secret");
        Trees::new(full, visible)
    }

    #[test]
    fn what_is_put_in_stands_in_both_trees_and_held_back_tests_in_one() {
        let mut trees = trees();
        trees.insert(&path("src/lib.rs"), "changed");
        assert_eq!(trees.full().text(&path("src/lib.rs")), Some("changed"));
        assert_eq!(trees.visible().text(&path("src/lib.rs")), Some("changed"));
        assert!(trees.full().get(&path("tests/held_back.rs")).is_some());
        assert!(trees.visible().get(&path("tests/held_back.rs")).is_none());
    }

    #[test]
    fn a_second_hole_is_found_after_the_first_moved_the_text() {
        let mut trees = trees();
        let filled =
            trees.with_body(&hole("first"), "\n    // A comment that moves all below.\n    1\n").unwrap();
        assert_eq!(trees.full().text(&path("src/lib.rs")), Some(SOURCE), "asking changes nothing");
        trees.insert(&path("src/lib.rs"), filled.get(&path("src/lib.rs")).unwrap());
        let both = trees.with_body(&hole("second"), " 2 ").unwrap();
        let text = both.text(&path("src/lib.rs")).unwrap();
        assert!(text.contains("    1\n}") && text.contains("pub fn second() -> u8 { 2 }"), "{text}");
        assert!(trees.with_body(&hole("third"), "3").is_err());
    }
}

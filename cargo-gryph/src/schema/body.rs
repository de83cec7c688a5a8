//! A candidate's body as edits of the tree, and edits of the tree as a body.

use crate::hole::Hole;
use crate::patch::{Edit, Patch, Span};
use crate::schema::pack::{SchemaError, needs_line_end};
use crate::schema::site::{Site, site};
use crate::tree::Tree;

/// The edit that puts a body into a hole. A body that ends in a line comment gets a line end, so that it cannot
/// swallow the brace.
pub fn body_patch(tree: &Tree, hole: &Hole, body: &str) -> Result<Patch, SchemaError> {
    let text = tree.text(&hole.path).ok_or_else(|| SchemaError::NoText(hole.path.clone()))?;
    let missing = || SchemaError::NoSite { path: hole.path.clone(), function: hole.function.clone() };
    let site = site(text, &hole.path, &hole.function).ok_or_else(missing)?;
    let end = if needs_line_end(body) { "\n" } else { "" };
    Ok(Patch::replace(hole.path.clone(), site.body, format!("{body}{end}")))
}

/// The body that edits give a function, if all of them lie between its braces; `None` if any does not.
pub fn edited_body(tree: &Tree, site: &Site, patch: &Patch) -> Result<Option<String>, SchemaError> {
    let text = tree.text(&site.path).ok_or_else(|| SchemaError::NoText(site.path.clone()))?;
    let body = &site.body;
    let inside = |edit: &Edit| {
        edit.span.path == site.path && body.start <= edit.span.range.start && edit.span.range.end <= body.end
    };
    if patch.edits.is_empty() || !patch.edits.iter().all(inside) {
        return Ok(None);
    }
    let moved = |edit: &Edit| {
        let range = edit.span.range.start - body.start..edit.span.range.end - body.start;
        Edit { span: Span { path: site.path.clone(), range }, replacement: edit.replacement.clone() }
    };
    let moved = Patch { edits: patch.edits.iter().map(moved).collect() };
    Ok(Some(moved.apply_to_text(&site.path, &text[body.clone()])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hole::HoleId;
    use crate::tree::TreePath;

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(path(), text);
        tree
    }

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    fn hole(function: &str) -> Hole {
        Hole {
            id: HoleId(function.to_owned()),
            path: path(),
            function: function.to_owned(),
            signature: String::new(),
            doc: String::new(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    #[test]
    fn a_body_fills_its_hole_and_cannot_swallow_the_brace() {
        let tree = tree("struct S; impl S { fn f() -> u8 { todo!() } }");
        for (body, filled) in
            [(" 1 ", "{ 1 } }"), ("1 // one", "{1 // one\n} }"), ("\n// one\n1\n", "{\n// one\n1\n} }")]
        {
            let patch = body_patch(&tree, &hole("S::f"), body).expect("a hole");
            let text = patch.apply(&tree).expect("fits");
            assert_eq!(text.text(&path()), Some(&*format!("struct S; impl S {{ fn f() -> u8 {filled}")));
        }
        assert!(matches!(body_patch(&tree, &hole("S::g"), ""), Err(SchemaError::NoSite { .. })));
    }

    #[test]
    fn edits_inside_one_body_are_a_body() {
        let text = "fn f() -> u8 { 1 + 2 }";
        let tree = tree(text);
        let site = site(text, &path(), "f").expect("there");
        let at = text.find('+').expect("there");
        let inside = Patch::replace(path(), at..at + 1, "-");
        assert_eq!(edited_body(&tree, &site, &inside).expect("fits").as_deref(), Some(" 1 - 2 "));
        let outside = Patch::replace(path(), 0..2, "pub fn");
        assert_eq!(edited_body(&tree, &site, &outside).expect("fits"), None);
    }
}

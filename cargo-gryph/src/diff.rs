//! What differs between two trees: hunks that can be applied one by one, and the unified text a person reads.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use similar::{Algorithm, DiffTag, TextDiff};

use crate::patch::{Edit, Patch, Span};
use crate::tree::{Tree, TreePath};

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Time one comparison may take before it becomes coarser.
const PATIENCE: Duration = Duration::from_millis(500);

/// One changed stretch of lines, as an edit of the older tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hunk {
    /// The replacement, in bytes of the older file.
    pub edit: Edit,
}

/// The changed stretches of all text files that both trees hold, in the order of their places.
pub fn hunks(before: &Tree, after: &Tree) -> Vec<Hunk> {
    common(before, after).into_iter().flat_map(|(path, old, new)| file_hunks(path, old, new)).collect()
}

/// The patch that makes the newer tree of the older one, as far as both hold the files.
pub fn between(before: &Tree, after: &Tree) -> Patch {
    patch(&hunks(before, after).iter().collect::<Vec<_>>())
}

/// The patch of some of the hunks.
pub fn patch(hunks: &[&Hunk]) -> Patch {
    Patch { edits: hunks.iter().map(|hunk| hunk.edit.clone()).collect() }
}

/// The difference in the form of `diff -u`, as `git apply` takes it. Files that only one tree holds are left out.
pub fn unified(before: &Tree, after: &Tree) -> String {
    let mut text = String::new();
    for (path, old, new) in common(before, after) {
        let diff = compared(old, new);
        let (from, to) = (format!("a/{path}"), format!("b/{path}"));
        let _ = write!(text, "{}", diff.unified_diff().context_radius(CONTEXT).header(&from, &to));
    }
    text
}

/// The text files that only the later tree holds, in the same form.
pub fn created(before: &Tree, after: &Tree) -> String {
    let mut text = String::new();
    let new = after.files().filter(|(path, _)| before.get(path).is_none());
    for (path, new) in new.filter_map(|(path, _)| Some((path, after.text(path)?))) {
        let diff = compared("", new);
        let to = format!("b/{path}");
        let _ = write!(text, "{}", diff.unified_diff().context_radius(CONTEXT).header("/dev/null", &to));
    }
    text
}

/// The lines that two texts share in order, as pairs of their numbers from 0.
pub fn same_lines(old: &str, new: &str) -> Vec<(usize, usize)> {
    let diff = compared(old, new);
    let same = diff.ops().iter().filter(|op| op.tag() == DiffTag::Equal);
    same.flat_map(|op| op.old_range().zip(op.new_range())).collect()
}

/// The lines that only one of two texts has, those of the older one first in each place.
pub fn changed_lines<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).timeout(PATIENCE).diff_slices(&old, &new);
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    changed.flat_map(|op| [&old[op.old_range()], &new[op.new_range()]].concat()).collect()
}

/// Tokens that a change takes away and puts in, over all files: how large it is, whatever the layout.
pub fn size(before: &Tree, after: &Tree) -> usize {
    let changed = |(_, old, new): (&TreePath, &str, &str)| {
        let (old, new) = (tokens(old), tokens(new));
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        let diff =
            TextDiff::configure().algorithm(Algorithm::Patience).timeout(PATIENCE).diff_slices(&old, &new);
        let ops = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
        ops.map(|op| op.old_range().len().max(op.new_range().len())).sum::<usize>()
    };
    common(before, after).into_iter().map(changed).sum()
}

fn common<'a>(before: &'a Tree, after: &'a Tree) -> Vec<(&'a TreePath, &'a str, &'a str)> {
    let changed = |(path, _): (&'a TreePath, &'a [u8])| {
        let (old, new) = (before.text(path)?, after.text(path)?);
        (old != new).then_some((path, old, new))
    };
    before.files().filter_map(changed).collect()
}

fn compared<'a>(old: &'a str, new: &'a str) -> TextDiff<'a, 'a, 'a, str> {
    TextDiff::configure().algorithm(Algorithm::Patience).timeout(PATIENCE).diff_lines(old, new)
}

fn file_hunks(path: &TreePath, old: &str, new: &str) -> Vec<Hunk> {
    let diff = compared(old, new);
    let (old_at, new_at) = (starts(old), starts(new));
    let bytes = |at: &[usize], lines: Range<usize>| at[lines.start]..at[lines.end];
    let changes = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    let hunk = |op: &similar::DiffOp| {
        let span = Span { path: path.clone(), range: bytes(&old_at, op.old_range()) };
        let replacement = new[bytes(&new_at, op.new_range())].to_owned();
        Hunk { edit: Edit { span, replacement } }
    };
    changes.map(hunk).collect()
}

/// Where each line begins, and where the last one ends.
fn starts(text: &str) -> Vec<usize> {
    let mut at = 0;
    let mut starts = vec![0];
    for line in text.split_inclusive('\n') {
        at += line.len();
        starts.push(at);
    }
    starts
}

/// Words, numbers and marks of a text, white space left out; enough to count with, also where Rust does not parse.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for letter in text.chars() {
        let is_word = letter.is_alphanumeric() || letter == '_';
        match tokens.last_mut().filter(|_| is_word && in_word) {
            Some(word) => word.push(letter),
            None if letter.is_whitespace() => {}
            None => tokens.push(letter.to_string()),
        }
        in_word = is_word;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").unwrap(), text);
        tree
    }

    #[test]
    fn all_hunks_together_make_the_newer_tree_and_none_leaves_the_older() {
        let (before, after) = (tree("a\nb\nc\nd\ne\nf\n"), tree("a\nB\nc\nd\nf\ng"));
        let hunks = hunks(&before, &after);
        assert_eq!(hunks.len(), 3);
        assert_eq!(patch(&hunks.iter().collect::<Vec<_>>()).apply(&before), Ok(after.clone()));
        assert_eq!(patch(&[]).apply(&before), Ok(before.clone()));
        let first = patch(&[&hunks[0]]).apply(&before).unwrap();
        assert_eq!(first, tree("a\nB\nc\nd\ne\nf\n"));
    }

    #[test]
    fn a_difference_reads_like_a_patch() {
        let text = unified(&tree("fn f() {\n    1\n}\n"), &tree("fn f() {\n    2\n}\n"));
        let expected = "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -1,3 +1,3 @@\n fn f() {\n-    1\n+    2\n }\n";
        assert_eq!(text, expected);
        assert_eq!(unified(&tree("a"), &tree("a")), "");
        let new = created(&Tree::new(), &tree("a\n"));
        assert_eq!(new, "--- /dev/null\n+++ b/src/lib.rs\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(created(&tree("a"), &tree("b")), "");
    }

    #[test]
    fn size_counts_tokens_and_not_layout() {
        let cases = [
            ("a <= b", "a < b", 1),
            ("f(x)", "f( x )", 0),
            ("x + 1", "x", 2),
            ("", "a.b()", 5),
            ("ab", "ac", 1),
        ];
        for (old, new, expected) in cases {
            assert_eq!(size(&tree(old), &tree(new)), expected, "{old} -> {new}");
        }
    }
}

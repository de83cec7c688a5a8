//! Edits of a tree as byte ranges in the original text, so that what is not changed keeps its form.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::tree::{Tree, TreePath};

/// A byte range of one file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub path: TreePath,
    /// The bytes, end exclusive.
    pub range: Range<usize>,
}

/// One replacement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced; an empty range inserts.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// Replacements that belong together and do not overlap.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Patch {
    /// The replacements, in any order.
    pub edits: Vec<Edit>,
}

/// Why a patch does not fit a tree.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PatchError {
    /// The file is missing or is not text.
    #[error("no text file `{0}` to edit")]
    NoText(TreePath),
    /// A range lies outside the file or inside a character.
    #[error("bytes {start}..{end} are not a range of text in `{path}`")]
    BadRange {
        /// The file.
        path: TreePath,
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// Two edits touch the same bytes.
    #[error("two edits overlap in `{0}`")]
    Overlap(TreePath),
}

impl Patch {
    /// A patch of one edit.
    pub fn replace(path: TreePath, range: Range<usize>, replacement: impl Into<String>) -> Self {
        let span = Span { path, range };
        Self { edits: vec![Edit { span, replacement: replacement.into() }] }
    }

    /// The tree with this patch applied; the original stays as it is.
    pub fn apply(&self, tree: &Tree) -> Result<Tree, PatchError> {
        let mut patched = tree.clone();
        let mut paths: Vec<&TreePath> = self.edits.iter().map(|edit| &edit.span.path).collect();
        paths.sort();
        paths.dedup();
        for path in paths {
            let text = tree.text(path).ok_or_else(|| PatchError::NoText(path.clone()))?;
            patched.insert(path.clone(), self.apply_to_text(path, text)?);
        }
        Ok(patched)
    }

    /// The text of `path` with this patch's edits of that file applied.
    pub fn apply_to_text(&self, path: &TreePath, text: &str) -> Result<String, PatchError> {
        let mut edits: Vec<&Edit> = self.edits.iter().filter(|edit| edit.span.path == *path).collect();
        edits.sort_by_key(|edit| (edit.span.range.start, edit.span.range.end));
        let mut result = String::with_capacity(text.len());
        let mut done = 0;
        for edit in edits {
            let Range { start, end } = edit.span.range;
            if text.get(start..end).is_none() {
                return Err(PatchError::BadRange { path: path.clone(), start, end });
            }
            if start < done {
                return Err(PatchError::Overlap(path.clone()));
            }
            result.push_str(&text[done..start]);
            result.push_str(&edit.replacement);
            done = end;
        }
        result.push_str(&text[done..]);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    fn patch(edits: &[(Range<usize>, &str)]) -> Patch {
        let edit = |(range, text): &(Range<usize>, &str)| Edit {
            span: Span { path: path(), range: range.clone() },
            replacement: (*text).to_owned(),
        };
        Patch { edits: edits.iter().map(edit).collect() }
    }

    #[test]
    fn edits_apply_whatever_their_order() {
        let applied = patch(&[(4..5, "x"), (0..1, "yy"), (2..2, "-")]).apply_to_text(&path(), "abcde");
        assert_eq!(applied.as_deref(), Ok("yyb-cdx"));
    }

    #[test]
    fn overlaps_and_bad_ranges_are_errors() {
        let apply = |patch: Patch| patch.apply_to_text(&path(), "aé");
        assert_eq!(apply(patch(&[(0..2, "")])), Err(PatchError::BadRange { path: path(), start: 0, end: 2 }));
        assert_eq!(apply(patch(&[(0..1, ""), (0..1, "")])), Err(PatchError::Overlap(path())));
    }
}

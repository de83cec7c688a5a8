//! What makes one tree of another, as edits of whole lines.

use crate::patch::{Edit, Patch, Span};
use crate::tree::{Tree, TreePath};

/// Pairs of lines beyond which a file's middle is replaced as one piece.
const MOST_PAIRS: usize = 4 << 20;

/// The edits of files that are in both trees.
pub(super) fn difference(base: &Tree, changed: &Tree) -> Patch {
    let texts = changed.files().filter_map(|(path, _)| Some((path, base.text(path)?, changed.text(path)?)));
    let edits = texts.filter(|(_, before, after)| before != after);
    Patch { edits: edits.flat_map(|(path, before, after)| lines(path, before, after)).collect() }
}

/// The lines of one text that another replaces (longest common subsequence, Wagner and Fischer 1974).
fn lines(path: &TreePath, before: &str, after: &str) -> Vec<Edit> {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut at: usize = old[..head].iter().map(|line| line.len()).sum();
    let mut edits = Vec::new();
    for piece in pieces(old_middle, new_middle) {
        match piece {
            Piece::Kept(length) => at += length,
            Piece::Replaced(length, replacement) => {
                let span = Span { path: path.clone(), range: at..at + length };
                edits.push(Edit { span, replacement });
                at += length;
            }
        }
    }
    edits
}

enum Piece {
    /// So many bytes stay.
    Kept(usize),
    /// So many bytes go, and this comes.
    Replaced(usize, String),
}

fn pieces(old: &[&str], new: &[&str]) -> Vec<Piece> {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return vec![Piece::Replaced(old.iter().map(|line| line.len()).sum(), new.concat())];
    }
    let common = common(old, new);
    let (mut row, mut column) = (0, 0);
    let mut pieces = Vec::new();
    while row < old.len() || column < new.len() {
        let (first_row, first_column) = (row, column);
        while row < old.len() && column < new.len() && old[row] == new[column] {
            (row, column) = (row + 1, column + 1);
        }
        if row > first_row {
            pieces.push(Piece::Kept(old[first_row..row].iter().map(|line| line.len()).sum()));
            continue;
        }
        while (row < old.len() || column < new.len())
            && !(row < old.len() && column < new.len() && old[row] == new[column])
        {
            if row < old.len() && (column == new.len() || common[row + 1][column] >= common[row][column + 1])
            {
                row += 1;
            } else {
                column += 1;
            }
        }
        let gone = old[first_row..row].iter().map(|line| line.len()).sum();
        pieces.push(Piece::Replaced(gone, new[first_column..column].concat()));
    }
    pieces
}

/// How long the common rest is from each pair of lines on.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut table = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            table[row][column] = if old[row] == new[column] {
                table[row + 1][column + 1] + 1
            } else {
                table[row + 1][column].max(table[row][column + 1])
            };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tree(text: &str) -> Tree {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").unwrap(), text);
        tree
    }

    #[test]
    fn only_changed_lines_are_edited() {
        let (before, after) = (tree("a\nb\nc\nd\ne\n"), tree("a\nB\nc\nd\nx\ne\n"));
        let patch = difference(&before, &after);
        let texts: Vec<&str> = patch.edits.iter().map(|edit| edit.replacement.as_str()).collect();
        assert_eq!(texts, ["B\n", "x\n"]);
        assert_eq!(patch.apply(&before).unwrap(), after);
    }

    proptest! {
        #[test]
        fn the_difference_makes_one_text_of_the_other(old in "[ab\n]{0,30}", new in "[ab\n]{0,30}") {
            let (before, after) = (tree(&old), tree(&new));
            prop_assert_eq!(difference(&before, &after).apply(&before).unwrap(), after);
        }
    }
}

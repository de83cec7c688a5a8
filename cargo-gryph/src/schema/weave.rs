//! A file woven from the original and what variants add to it, with the way back for every byte.

use std::ops::Range;

/// Where a stretch of woven text comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Thread {
    /// The original file, from this byte on.
    Original(usize),
    /// The schema itself.
    Made,
    /// What the schema makes inside a part's original function: its dispatch, its renamed parameters.
    Head(usize),
    /// The header of an `impl` made for a part's clones.
    Header(usize),
    /// A variant's clone outside its body: its signature, its arm in the dispatch.
    Variant(u32),
    /// Bytes of a variant's body.
    Body {
        /// The variant.
        number: u32,
        /// The first of the body's bytes that stand here.
        at: usize,
        /// How many of them; other than the woven length if they were rewritten.
        length: usize,
    },
}

/// A stretch of woven text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Piece {
    pub(crate) range: Range<usize>,
    pub(crate) thread: Thread,
}

/// A replacement made of stretches.
#[derive(Clone, Debug)]
pub(crate) struct Insertion {
    /// What it replaces in the original.
    pub(crate) at: Range<usize>,
    /// Order among insertions at the same place.
    pub(crate) rank: u8,
    pub(crate) parts: Vec<(String, Thread)>,
}

/// A woven text.
#[derive(Clone, Default, Debug)]
pub(crate) struct Weave {
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
}

impl Weave {
    /// Applies insertions to a text. Those that overlap an earlier one are left out.
    pub(crate) fn new(original: &str, mut insertions: Vec<Insertion>) -> Self {
        insertions.sort_by_key(|insertion| (insertion.at.start, insertion.at.end, insertion.rank));
        let mut weave = Self::default();
        let mut done = 0;
        for Insertion { at, parts, .. } in insertions {
            if at.start < done {
                continue;
            }
            weave.push(&original[done..at.start], Thread::Original(done));
            for (text, thread) in parts {
                weave.push(&text, thread);
            }
            done = at.end;
        }
        weave.push(&original[done..], Thread::Original(done));
        weave
    }

    /// Adds text at the end.
    pub(crate) fn push(&mut self, text: &str, thread: Thread) {
        let start = self.text.len();
        self.text.push_str(text);
        if !text.is_empty() || matches!(thread, Thread::Body { .. }) {
            self.pieces.push(Piece { range: start..self.text.len(), thread });
        }
    }

    /// The piece that holds a byte.
    pub(crate) fn piece(&self, at: usize) -> Option<&Piece> {
        let index = self.pieces.partition_point(|piece| piece.range.end <= at);
        self.pieces.get(index).filter(|piece| piece.range.contains(&at))
    }

    /// The range of a variant's body that a woven range shows, if it lies inside.
    pub(crate) fn body_range(&self, woven: &Range<usize>, number: u32) -> Option<Range<usize>> {
        let start = self.body_position(woven.start, number, false)?;
        let end = if woven.is_empty() { start } else { self.body_position(woven.end, number, true)? };
        (start <= end).then_some(start..end)
    }

    /// A position in the body; one at a border belongs to the piece before it if `ends` and after it otherwise.
    fn body_position(&self, position: usize, number: u32, ends: bool) -> Option<usize> {
        let of_body = |piece: &&Piece| {
            let inside = piece.range.start <= position && position <= piece.range.end;
            inside && matches!(piece.thread, Thread::Body { number: other, .. } if other == number)
        };
        let first = self.pieces.partition_point(|piece| piece.range.end < position);
        let near: Vec<&Piece> = self.pieces[first..].iter().take(4).filter(of_body).collect();
        let piece = if ends { near.first() } else { near.last() }?;
        let Thread::Body { at, length, .. } = piece.thread else { return None };
        let offset = position - piece.range.start;
        let rewritten = piece.range.len() != length;
        Some(at + if rewritten && offset > 0 { length } else { offset.min(length) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn woven() -> Weave {
        let body = |text: &str, at, length| (text.to_owned(), Thread::Body { number: 7, at, length });
        let parts = vec![
            ("fn c() {".to_owned(), Thread::Variant(7)),
            body("ab ", 0, 3),
            body("<Self as T>", 3, 4),
            body("::X", 7, 3),
            ("}".to_owned(), Thread::Variant(7)),
        ];
        Weave::new("0123456789", vec![Insertion { at: 4..6, rank: 0, parts }])
    }

    #[test]
    fn every_byte_knows_where_it_comes_from() {
        let weave = woven();
        assert_eq!(weave.text, "0123fn c() {ab <Self as T>::X}6789");
        let at = |text: &str| weave.text.find(text).expect("there");
        assert_eq!(weave.piece(at("6789")).map(|piece| piece.thread), Some(Thread::Original(6)));
        assert_eq!(weave.piece(at("fn c")).map(|piece| piece.thread), Some(Thread::Variant(7)));
        assert_eq!(weave.piece(999), None);
    }

    #[test]
    fn ranges_of_a_body_go_back_through_rewriting() {
        let weave = woven();
        let at = |text: &str| weave.text.find(text).map(|start| start..start + text.len()).expect("there");
        for (shown, body) in [("ab", 0..2), ("<Self as T>::X", 3..10), ("ab <Self as T>", 0..7), ("X", 9..10)]
        {
            assert_eq!(weave.body_range(&at(shown), 7), Some(body), "{shown}");
        }
        let start = at("ab").start;
        assert_eq!(weave.body_range(&(start..start), 7), Some(0..0));
        assert_eq!(weave.body_range(&at("fn c() {ab"), 7), None);
        assert_eq!(weave.body_range(&at("ab"), 8), None);
    }
}

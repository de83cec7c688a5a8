//! Rust text becomes a tree, within a bound on the work.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Range, Tree};

/// How often the parser asks whether to go on, at most, for a text of no length.
const PATIENCE: usize = 1_000;

/// How many bytes of text allow one question more. Ordinary sources need one in about a hundred bytes; only a
/// text made to be ambiguous needs many times that.
const BYTES_A_QUESTION: usize = 4;

/// The tree of a text, or of one range of it with the places of the whole. None where the parser would work
/// out of proportion to the length.
pub(super) fn parse(text: &str, range: Option<Range>) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_rust::LANGUAGE.into()).expect("the grammar fits the library");
    if let Some(range) = range {
        parser.set_included_ranges(&[range]).ok()?;
    }
    let length = range.map_or(text.len(), |range| range.end_byte - range.start_byte);
    let mut left = PATIENCE + length / BYTES_A_QUESTION;
    let mut progress = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut progress)))
}

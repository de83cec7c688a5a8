//! The items of one file: functions, types, traits, tests, examples and sections of pages.
//!
//! Nothing is expanded or resolved: an item is what stands in the file, its path is what the file's place and
//! its inline modules say. Broken files give the items that parse, and no text leads to a panic.

mod attribute;
mod collect;
mod declaration;
mod docs;
mod example;
mod found;
mod implementation;
mod lead;
mod line;
mod macros;
mod page;
mod parse;
mod place;
mod scope;
mod signature;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::item::Item;
use collect::collect;
use found::Found;
use place::Place;

/// How many bytes of a body are kept, cut at a character's boundary. One function in a thousand is longer.
pub const BODY_LIMIT: usize = 8 << 10;

/// How many bytes of an item's documentation are kept.
pub const DOCS_LIMIT: usize = 16 << 10;

/// How many bytes of a signature, of a type or of a condition of `cfg` are kept.
pub const SIGNATURE_LIMIT: usize = 1 << 10;

/// How many types of an item's parameters or fields are kept.
pub const TYPES_LIMIT: usize = 32;

/// How many items a file gives; those that come later in it are left out.
pub const ITEMS_LIMIT: usize = 20_000;

/// How deep modules, implementations and macros may stand in each other; what is deeper is left out.
pub const DEPTH_LIMIT: usize = 32;

/// How many blocks of code in one item's documentation become items of their own.
pub const EXAMPLES_LIMIT: usize = 4;

/// The items of a file in the order of the file. `path` is relative to the package's root; `.rs` and `.md`
/// files have items, others none.
pub fn items(crate_name: &str, path: &Path, text: &str) -> Vec<Item> {
    let place = Place::of(crate_name, path);
    let mut found = match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => collect(&place, text),
        Some("md") => return page::sections(&place, path, text),
        _ => Vec::new(),
    };
    found.truncate(ITEMS_LIMIT);
    found::follow_types(&mut found);
    found.into_iter().map(|Found { item, .. }| item).collect()
}

/// The longest start of a text that has at most so many bytes and ends with a whole character.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

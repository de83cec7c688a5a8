//! How long the body of a request may be by default: as long as what the specification lets an entity hold.

use crate::plan::asked::{Entity, Field, FieldType};

/// What every service takes, in KiB.
const LEAST: u64 = 64;
/// What no service takes unless its settings say so, in KiB.
const MOST: u64 = 4 * 1024;
/// The name of a field and its signs, or a value that is no text.
const AROUND: u64 = 256;

/// The longest body in KiB. What forms send has three signs for each byte.
pub(super) fn body_kib(entities: &[Entity], has_pages: bool) -> u64 {
    let for_character = if has_pages { 12 } else { 4 };
    let field = |field: &Field| match &field.kind {
        FieldType::Text(length) | FieldType::Email(length) | FieldType::Url(length) => {
            AROUND + for_character * u64::from(length.max)
        }
        _ => AROUND,
    };
    let longest = entities.iter().map(|entity| entity.fields.iter().map(field).sum()).max();
    longest.unwrap_or(0).div_ceil(LEAST * 1024).saturating_mul(LEAST).clamp(LEAST, MOST)
}

//! Source code as items, found by words and by meaning: chunks, an index of them, and queries.
//!
//! It knows neither Cargo nor models: what to index and how a text becomes a vector are given to it.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed"))]

pub mod chunk;
mod digest;
mod distance;
pub mod files;
mod fusion;
mod index;
mod item;
mod lock;
mod meaning;
mod query;
mod reader;
mod remembered;
mod store;
mod text;
pub mod vectors;
pub mod words;
mod writer;

pub use digest::Digest;
pub use fusion::{Fused, Source, Weights, fuse};
pub use index::{Access, Emptied, Index, IndexError, SCHEMA};
pub use item::{Item, ItemId, Kind, Lines};
pub use meaning::{Docs, TEXT_LIMIT, text_for_vector};
pub use query::{Found, Hit, Lookup, Query, Reason};
pub use reader::Reader;
pub use remembered::Remembered;
pub use store::{IndexedFile, Origin, StoreError, Unit, UnitId, View};
pub use text::{Field, TextError};
pub use writer::{NewFile, Replaced, Writer};

//! Source code as items, found by words and by meaning: chunks, an index of them, and queries.
//!
//! It knows neither Cargo nor models: what to index and how a text becomes a vector are given to it.

mod item;

pub use item::{Item, ItemId, Kind, Lines};

//! Renderers of decisions: pure functions from a decision to text.

pub mod human;
pub mod json;

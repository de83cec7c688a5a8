//! Renderers of decisions: pure functions from a decision to text.

pub mod github;
pub mod human;
pub mod json;
pub mod markdown;
pub mod sarif;

//! The integration tests: one binary, one module per claim area.

#![allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")]

mod scaffold;
mod spec;

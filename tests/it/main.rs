//! The integration tests: one binary, one module per claim area.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")
)]

mod functions_set;
mod scaffold;

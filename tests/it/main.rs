//! The integration tests: one binary, one module per claim area.

mod scaffold;
mod spec;

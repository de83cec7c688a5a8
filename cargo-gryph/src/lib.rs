//! Writes and repairs Rust code, and lets nothing in that has not been proven.

//! The `cargo-gryph` binary: everything happens in the library.

fn main() {}

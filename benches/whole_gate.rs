//! whole
fn main() {}

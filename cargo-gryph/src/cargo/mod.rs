//! Cargo and rustc: composing their arguments, reading what they print.

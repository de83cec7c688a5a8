//! The specification: text in, typed and checked wishes out, with all problems collected.

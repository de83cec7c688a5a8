//! Many variants of a crate in one build (mutant schemata): pack, screen, run.

//! Checks: a tree becomes evidence, by running tools.

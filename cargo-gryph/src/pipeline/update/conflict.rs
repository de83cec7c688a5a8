//! Conflicts: what nobody but a person can decide.

/// A place that a person has to look at first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The file, or the function, or the part of a schema.
    pub what: String,
    /// Why nobody but a person can tell what is right.
    pub why: String,
    /// Both sides, as a difference; empty where there is only one.
    pub diff: String,
}

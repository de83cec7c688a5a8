//! The trial: candidates in, verdicts out.
pub mod probe;

//! The trial: candidates in, verdicts out.

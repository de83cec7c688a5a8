//! Proposers: many untrusted candidates for a hole.

//! Committing: what the gate approved enters, atomically.

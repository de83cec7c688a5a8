//! Claims about changes.

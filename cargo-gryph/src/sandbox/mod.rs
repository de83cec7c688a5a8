//! Sandboxes: an invocation goes in, the same invocation confined comes out.

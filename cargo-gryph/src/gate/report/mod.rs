//! Renderers of decisions.

//! Git: the only place that composes its arguments.

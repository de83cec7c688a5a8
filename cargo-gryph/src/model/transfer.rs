//! Long transfers: how far they are, and whether somebody wants them to stop.

/// How far a transfer or an import is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// What is going on, such as `download smollm2-135m`.
    pub what: String,
    /// Bytes done.
    pub done: u64,
    /// Bytes in all, when known.
    pub total: Option<u64>,
}

/// Who watches a transfer. Both callbacks are quick and are called often.
#[derive(Clone, Copy)]
pub struct Observer<'a> {
    /// Told about each step.
    pub progress: &'a dyn Fn(Transfer),
    /// Whether to stop; what is finished is kept.
    pub cancelled: &'a dyn Fn() -> bool,
}

impl Observer<'_> {
    /// Tells how far `what` is.
    pub(crate) fn report(&self, what: &str, done: u64, total: u64) {
        (self.progress)(Transfer { what: what.to_owned(), done, total: Some(total) });
    }

    /// Tells something that has no length.
    pub(crate) fn note(&self, what: String) {
        (self.progress)(Transfer { what, done: 0, total: None });
    }

    /// Whether to stop.
    pub(crate) fn is_cancelled(&self) -> bool {
        (self.cancelled)()
    }
}

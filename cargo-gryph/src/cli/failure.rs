//! A failed command: what went wrong, its causes, what to do, and the exit code.

use std::fmt::Write as _;

use super::exit_code::ExitCode;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The number to end with.
    pub(crate) code: ExitCode,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// A failure with a code.
    pub(crate) fn new(code: ExitCode, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into(), hint: None }
    }

    /// A failure that is only a sentence.
    pub(crate) fn message(code: ExitCode, message: impl Into<String>) -> Self {
        Self::new(code, anyhow::Error::msg(message.into()))
    }

    /// Says what the user can do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The error and its causes in one sentence.
    pub(crate) fn sentence(&self) -> String {
        format!("{:#}", self.error)
    }

    /// What the user can do, when there is something.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// `error:`, each `caused by:` and `hint:` on lines of their own.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("error: {}\n", self.error);
        for cause in self.error.chain().skip(1) {
            let _ = writeln!(text, "  caused by: {cause}");
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "  hint: {hint}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_and_hint_stand_below_the_error() {
        let cause = std::io::Error::other("disk full");
        let error = anyhow::Error::new(cause).context("cannot write `a`");
        let failure = Failure::new(ExitCode::CouldNotFindOut, error).hint("free some space");
        insta::assert_snapshot!(failure.render(), @r"
        error: cannot write `a`
          caused by: disk full
          hint: free some space
        ");
    }
}

//! Why a build failed, in few lines: the first errors of the compiler with their places.

use std::fmt::Write;

use super::Build;
use crate::diagnostic::{Diagnostic, Level};

/// More errors than these are only counted: they mostly follow from the first.
const MOST_SHOWN: usize = 5;

impl Build {
    /// The first errors, each with its place on a line of its own; what Cargo said where the compiler said nothing.
    pub fn first_errors(&self) -> String {
        let mut errors: Vec<&Diagnostic> = Vec::new();
        // A library is compiled with its tests and without them, and says the same twice.
        for error in self.diagnostics.iter().filter(|one| one.level == Level::Error) {
            if error.primary().is_some() && !errors.iter().any(|known| is_same(known, error)) {
                errors.push(error);
            }
        }
        if errors.is_empty() {
            return self.stderr.trim_end().to_owned();
        }
        let mut text: Vec<String> = errors.iter().take(MOST_SHOWN).map(|error| shown(error)).collect();
        if let Some(more) = errors.len().checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
            text.push(format!("and {more} more"));
        }
        text.join("\n")
    }
}

fn is_same(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.code == other.code
        && one.primary().map(|label| &label.span) == other.primary().map(|label| &label.span)
}

/// `error[E0255]: …` and ` --> src/routes.rs:3:5` below it.
fn shown(error: &Diagnostic) -> String {
    let code = error.code.as_ref().map_or_else(String::new, |code| format!("[{code}]"));
    let mut text = format!("error{code}: {}", error.message);
    if let Some(label) = error.primary() {
        let _ = write!(text, "\n --> {}:{}:{}", label.span.path, label.lines.start, label.column);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Label;
    use crate::patch::Span;
    use crate::tree::TreePath;

    fn error(line: usize) -> Diagnostic {
        let span = Span { path: TreePath::new("src/routes.rs").unwrap(), range: line * 10..line * 10 + 1 };
        let label = Label { span, lines: line..line, column: 5, primary: true, text: None };
        let code = Some("E0255".to_owned());
        Diagnostic { code, labels: vec![label], ..Diagnostic::unplaced(Level::Error, "defined twice") }
    }

    fn build(diagnostics: Vec<Diagnostic>) -> Build {
        let stderr = "error: could not compile `kit`\n".to_owned();
        Build {
            success: false,
            diagnostics,
            binaries: Vec::new(),
            stderr,
            elapsed: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn a_failed_build_shows_its_first_errors_with_their_places() {
        let warning = Diagnostic { level: Level::Warning, ..error(9) };
        let said = build(vec![warning, error(3), error(3), error(4)]).first_errors();
        assert_eq!(
            said,
            "error[E0255]: defined twice\n --> src/routes.rs:3:5\nerror[E0255]: defined twice\n --> src/routes.rs:4:5"
        );
        let many = build((1..=7).map(error).collect()).first_errors();
        assert!(many.ends_with("src/routes.rs:5:5\nand 2 more"), "{many}");
        let none = build(vec![Diagnostic::unplaced(Level::Error, "aborting")]).first_errors();
        assert_eq!(none, "error: could not compile `kit`");
    }
}

//! Attributes as far as items need them: conditions, tests, documentation, procedural macros.

use super::cut;
use super::line::one_line;

/// An attribute in its parts: `#[path(rest)]` or `#[path = rest]`.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'t> {
    /// The path without spaces around it.
    pub(super) path: &'t str,
    /// What follows the path, the brackets included.
    rest: &'t str,
}

impl<'t> Attribute<'t> {
    /// The attribute of the text `#[…]` or `#![…]`.
    pub(super) fn of(text: &'t str) -> Self {
        let inner = text.trim_start_matches(['#', '!', '[', ' ', '\n']).trim_end();
        let inner = inner.strip_suffix(']').unwrap_or(inner);
        let end = inner.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(inner.len());
        Self { path: &inner[..end], rest: inner[end..].trim() }
    }

    /// What stands between the brackets after the path.
    pub(super) fn arguments(&self) -> &'t str {
        self.rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or_default().trim()
    }

    /// The condition, where the attribute is `cfg`.
    pub(super) fn condition(&self) -> Option<String> {
        (self.path == "cfg").then(|| one_line(self.arguments()))
    }

    /// Whether it makes a function a test: `#[test]`, `#[tokio::test]`, `#[rstest]`, `#[test_case(…)]`.
    pub(super) fn is_test(&self) -> bool {
        let last = self.path.rsplit("::").next().unwrap_or_default();
        last.ends_with("test") || matches!(last, "test_case" | "quickcheck" | "proptest")
    }

    /// Whether it hides the item from the documentation.
    pub(super) fn hides(&self) -> bool {
        self.path == "doc" && self.arguments().split(',').any(|word| word.trim() == "hidden")
    }

    /// The documentation of `#[doc = "…"]`; a file that it includes is not read.
    pub(super) fn docs(&self) -> Option<String> {
        let value = self.rest.strip_prefix('=').filter(|_| self.path == "doc")?.trim();
        literal(value)
    }
}

/// Whether a condition holds in tests only.
pub(super) fn only_in_tests(condition: &str) -> bool {
    let all = condition.strip_prefix("all(").and_then(|rest| rest.strip_suffix(')'));
    condition == "test" || all.is_some_and(|all| all.split(',').any(|part| part.trim() == "test"))
}

/// The text of a string literal. Escapes other than the common ones stay as written.
fn literal(value: &str) -> Option<String> {
    if let Some(raw) = value.strip_prefix('r') {
        let raw = raw.trim_matches('#');
        return Some(raw.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let quoted = cut(value.strip_prefix('"')?.strip_suffix('"')?, super::DOCS_LIMIT);
    let lines = quoted.replace("\\n", "\n").replace("\\\"", "\"").replace("\\t", "\t");
    Some(lines.replace("\\\\", "\\"))
}

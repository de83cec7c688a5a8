//! A decision for a person to read.

use std::fmt::Write as _;

use crate::gate::decision::Decision;
use crate::gate::finding::Finding;

/// Paragraphs, one a finding, and a last line that says what was decided. Text of the tree is escaped, so that it
/// cannot write to the terminal.
pub fn render(decision: &Decision) -> String {
    let findings = decision.findings();
    let mut text = String::new();
    for finding in findings {
        paragraph(&mut text, finding);
    }
    text.push_str(&summary(decision));
    text.push('\n');
    text
}

fn paragraph(text: &mut String, finding: &Finding) {
    let mut line = |label: &str, content: &str| {
        // Writing into a `String` cannot fail.
        let _ = writeln!(text, "{label}{}", plain(content));
    };
    line(&format!("{}[{}]: ", finding.severity, finding.rule), &finding.message);
    if let Some(place) = &finding.place {
        line("  --> ", &place.to_string());
    }
    line("  mend: ", &finding.mend);
    line("  show: ", &finding.command);
    line("  rule: ", &finding.reference);
    text.push('\n');
}

/// What was decided, as a sentence.
pub fn summary(decision: &Decision) -> String {
    let count = decision.findings().len();
    match decision {
        Decision::Allow(_) if count == 0 => "The gate allows this: nothing was found.".to_owned(),
        Decision::Allow(_) => format!("The gate allows this, with {}.", counted(count, "warning")),
        Decision::Ask(_) => format!("The gate asks for a person's approval: {}.", counted(count, "finding")),
        Decision::Deny(_) => format!("The gate refuses this: {}.", counted(count, "finding")),
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

/// The text without control characters and without those that reorder what a terminal shows.
fn plain(text: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            c.escape_unicode().to_string()
        }
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::{Place, Severity};
    use crate::tree::TreePath;

    #[test]
    fn a_refusal_says_what_where_and_what_to_do() {
        let finding = Finding {
            rule: "format".to_owned(),
            severity: Severity::Deny,
            message: "the file is not formatted".to_owned(),
            mend: "run cargo fmt".to_owned(),
            place: Some(Place { path: TreePath::new("src/lib.rs").unwrap(), line: 3, column: 1 }),
            command: "cargo fmt --check".to_owned(),
            reference: "docs/policy.md#format".to_owned(),
        };
        insta::assert_snapshot!(render(&Decision::Deny(vec![finding])), @r"
        deny[format]: the file is not formatted
          --> src/lib.rs:3:1
          mend: run cargo fmt
          show: cargo fmt --check
          rule: docs/policy.md#format

        The gate refuses this: 1 finding.
        ");
    }

    #[test]
    fn text_of_the_tree_cannot_write_to_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}d");
    }
}

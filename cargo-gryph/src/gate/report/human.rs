//! A decision for a person to read.

use std::fmt::Write as _;

use crate::gate::decision::Decision;
use crate::gate::finding::{Finding, SetAside, Severity};

/// Paragraphs, one a finding, and a last line that says what was decided. Text of the tree is escaped, so that it
/// cannot write to the terminal.
pub fn render(decision: &Decision) -> String {
    let mut text = String::new();
    for finding in told(decision) {
        paragraph(&mut text, finding);
    }
    if let Some(approval) = approval(decision) {
        text.push_str(&approval);
        text.push('\n');
    }
    text.push_str(&summary(decision));
    text.push('\n');
    text
}

/// The findings that a person reads one by one: what the baseline knows is only counted.
pub(super) fn told(decision: &Decision) -> impl Iterator<Item = &Finding> {
    decision.findings().iter().filter(|finding| finding.set_aside != Some(SetAside::Known))
}

/// What a finding leads to, in a word.
pub(super) fn standing(finding: &Finding) -> &'static str {
    match (&finding.set_aside, finding.severity) {
        (Some(SetAside::Waived { .. }), _) => "waived",
        (Some(SetAside::Known), _) => "known",
        (None, Severity::Deny) => "deny",
        (None, Severity::Ask) => "ask",
        (None, Severity::Warn) => "warn",
    }
}

/// Why a finding is waived, if it is: the reason, the last day and the place.
pub(super) fn waiver(finding: &Finding) -> Option<String> {
    let Some(SetAside::Waived { why, expires, place, added }) = &finding.set_aside else { return None };
    let until = expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
    let new = if *added { ", by the change itself" } else { "" };
    Some(format!("{why} ({}:{}{until}{new})", place.path, place.line))
}

/// Who approved what was asked, as a sentence; without control characters.
pub fn approval(decision: &Decision) -> Option<String> {
    let Decision::Allow(approved) = decision else { return None };
    let granted = approved.granted()?;
    let key = granted.key.as_ref().map(|key| format!(" with the key `{key}`")).unwrap_or_default();
    Some(plain(&format!("Approved by {}{key}, in {}: {}", granted.by, granted.source, granted.reason)))
}

fn paragraph(text: &mut String, finding: &Finding) {
    let mut line = |label: &str, content: &str| {
        // Writing into a `String` cannot fail.
        let _ = writeln!(text, "{label}{}", plain(content));
    };
    line(&format!("{}[{}]: ", standing(finding), finding.rule), &finding.message);
    if let Some(place) = &finding.place {
        line("  --> ", &place.to_string());
    }
    match waiver(finding) {
        Some(why) => line("  why:  ", &why),
        None => {
            line("  mend: ", &finding.mend);
            line("  show: ", &finding.command);
        }
    }
    line("  rule: ", &finding.reference);
    text.push('\n');
}

/// What was decided, as a sentence.
pub fn summary(decision: &Decision) -> String {
    let of =
        |standing: &str| decision.findings().iter().filter(|one| self::standing(one) == standing).count();
    let (waived, known) = (of("waived"), of("known"));
    let count = decision.findings().len() - waived - known;
    let aside = match (waived, known) {
        (0, 0) => String::new(),
        (waived, 0) => format!("; {waived} waived"),
        (0, known) => format!("; {known} known"),
        (waived, known) => format!("; {waived} waived, {known} known"),
    };
    match decision {
        Decision::Allow(approved) if approved.granted().is_some() => {
            format!("The gate allows this, as approved: {}{aside}.", counted(count, "finding"))
        }
        Decision::Allow(_) if count == 0 && aside.is_empty() => {
            "The gate allows this: nothing was found.".to_owned()
        }
        Decision::Allow(_) if count == 0 => format!("The gate allows this{aside}."),
        Decision::Allow(_) => format!("The gate allows this, with {}{aside}.", counted(count, "warning")),
        Decision::Ask(_) => {
            format!("The gate asks for a person's approval: {}{aside}.", counted(count, "finding"))
        }
        Decision::Deny(_) => format!("The gate refuses this: {}{aside}.", counted(count, "finding")),
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
    use crate::gate::finding::Place;
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
            set_aside: None,
            fix: None,
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
    fn what_does_not_decide_says_why() {
        let place = |line| Place { path: TreePath::new("src/lib.rs").unwrap(), line, column: 1 };
        let finding = Finding {
            rule: "lints-on".to_owned(),
            severity: Severity::Ask,
            message: "a lint is switched off".to_owned(),
            mend: String::new(),
            place: Some(place(4)),
            command: String::new(),
            reference: "docs/policy.md#lints-on".to_owned(),
            fix: None,
            set_aside: Some(SetAside::Waived {
                why: "a macro of theirs".to_owned(),
                expires: Some("2027-01-31".to_owned()),
                place: place(3),
                added: true,
            }),
        };
        let known = Finding { set_aside: Some(SetAside::Known), ..finding.clone() };
        insta::assert_snapshot!(render(&Decision::Deny(vec![finding, known])), @r"
        waived[lints-on]: a lint is switched off
          --> src/lib.rs:4:1
          why:  a macro of theirs (src/lib.rs:3, until 2027-01-31, by the change itself)
          rule: docs/policy.md#lints-on

        The gate refuses this: 0 findings; 1 waived, 1 known.
        ");
    }

    #[test]
    fn text_of_the_tree_cannot_write_to_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}d");
    }
}

//! A decision as a Markdown comment.

use crate::gate::decision::Decision;
use crate::gate::finding::Finding;

use super::human;

/// The decision, and a table of the findings.
pub fn render(decision: &Decision) -> String {
    let mut text = format!("**{}**\n", human::summary(decision));
    if let Some(approval) = human::approval(decision) {
        text.push_str(&format!("\n{}\n", cell(&approval)));
    }
    if human::told(decision).next().is_none() {
        return text;
    }
    text.push_str("\n| | rule | where | what | to mend |\n|---|---|---|---|---|\n");
    human::told(decision).for_each(|finding| text.push_str(&row(finding)));
    text
}

fn row(finding: &Finding) -> String {
    let place = finding.place.as_ref().map(|place| cell(&place.to_string())).unwrap_or_default();
    let Finding { rule, message, mend, .. } = finding;
    let mend = human::waiver(finding).unwrap_or_else(|| mend.clone());
    let standing = human::standing(finding);
    format!("| {standing} | {} | {place} | {} | {} |\n", cell(rule), cell(message), cell(&mend))
}

/// A text in which nothing is markup.
fn cell(text: &str) -> String {
    let escape = |c: char| match c {
        '\n' | '\r' | '\t' => " ".to_owned(),
        c if c.is_control() => c.escape_unicode().to_string(),
        c if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '/' | '-') => format!("\\{c}"),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_tree_is_no_markup() {
        assert_eq!(cell("a | b\n[x](y) <img>"), "a \\| b \\[x\\]\\(y\\) \\<img\\>");
    }
}

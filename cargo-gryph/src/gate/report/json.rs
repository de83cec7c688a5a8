//! A decision for a program to read: one JSON object a line, each with a `reason`.

use serde::Serialize;

use crate::digest::Digest;
use crate::gate::approval::Granted;
use crate::gate::decision::Decision;
use crate::gate::finding::Finding;

use super::human;

/// The version of this form; a field that changes its meaning raises it.
const VERSION: u32 = 1;

#[derive(Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Line<'a> {
    Finding {
        #[serde(flatten)]
        finding: &'a Finding,
    },
    Decision {
        version: u32,
        decision: &'static str,
        /// All of them, those that do not decide included.
        findings: usize,
        waived: usize,
        known: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        tree: Option<Digest>,
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<Digest>,
        #[serde(skip_serializing_if = "Option::is_none")]
        evidence: Option<Digest>,
        #[serde(skip_serializing_if = "Option::is_none")]
        approval: Option<&'a Granted>,
    },
}

/// A line for each finding, then one for the decision, which names the digests when it allows.
pub fn render(decision: &Decision) -> String {
    let findings = decision.findings();
    let of = |standing| findings.iter().filter(|one| human::standing(one) == standing).count();
    let approved = match decision {
        Decision::Allow(approved) => Some(approved),
        Decision::Ask(_) | Decision::Deny(_) => None,
    };
    let last = Line::Decision {
        version: VERSION,
        decision: decision.name(),
        findings: findings.len(),
        waived: of("waived"),
        known: of("known"),
        tree: approved.map(|approved| approved.tree()),
        policy: approved.map(|approved| approved.policy()),
        evidence: approved.map(|approved| approved.evidence()),
        approval: approved.and_then(|approved| approved.granted()),
    };
    let lines = findings.iter().map(|finding| Line::Finding { finding }).chain([last]);
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(&line).expect("lines hold only text and numbers"));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::Severity;

    #[test]
    fn every_line_is_an_object_with_a_reason() {
        let finding = Finding {
            rule: "build".to_owned(),
            severity: Severity::Deny,
            message: "line\nbreak".to_owned(),
            mend: String::new(),
            place: None,
            command: String::new(),
            reference: String::new(),
            set_aside: None,
            fix: None,
        };
        let text = render(&Decision::Deny(vec![finding]));
        let reasons: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["reason"].to_string())
            .collect();
        assert_eq!(reasons, ["\"finding\"", "\"decision\""]);
    }
}

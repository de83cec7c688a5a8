//! A decision as a SARIF log, version 2.1.0 (OASIS, 2020), for code scanning services.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::diagnostic::Fix;
use crate::gate::decision::Decision;
use crate::gate::finding::{Finding, SetAside, Severity};
use crate::gate::policy::{Policy, Rule};
use crate::tree::TreePath;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const PAGES: &str = "https://docs.rs/crate/cargo-gryph/latest/source";

/// One run with all rules of the policy and a result for each finding.
pub fn render(decision: &Decision, policy: &Policy) -> String {
    let rules: Vec<Value> = policy.rules().iter().map(rule).collect();
    let index = |finding: &Finding| policy.rules().iter().position(|rule| rule.id == finding.rule);
    let results: Vec<Value> =
        decision.findings().iter().map(|finding| result(finding, index(finding))).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo-gryph",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://crates.io/crates/cargo-gryph",
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "properties": properties(decision),
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("a log holds only text and numbers");
    text.push('\n');
    text
}

fn properties(decision: &Decision) -> Value {
    let mut properties = json!({ "decision": decision.name() });
    if let Decision::Allow(approved) = decision
        && let Some(granted) = approved.granted()
    {
        properties["approval"] = json!(granted);
    }
    properties
}

fn rule(rule: &Rule) -> Value {
    let mut shown = json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.mend },
        "defaultConfiguration": { "level": level(rule.severity) },
    });
    // A rule of the repository's own is explained where the repository says, which need not be a page.
    if rule.reference.starts_with("docs/") {
        shown["helpUri"] = json!(format!("{PAGES}/{}", rule.reference));
    } else if rule.reference.starts_with("https://") {
        shown["helpUri"] = json!(rule.reference);
    }
    shown
}

fn result(finding: &Finding, index: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": format!("{}. To mend: {}", finding.message, finding.mend) },
        "properties": { "command": finding.command },
    });
    if let Some(suppression) = suppression(finding) {
        result["suppressions"] = json!([suppression]);
        if finding.set_aside == Some(SetAside::Known) {
            result["baselineState"] = json!("unchanged");
        }
    }
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(place) = &finding.place {
        result["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": artifact(&place.path),
            // A whole file has no line of its own.
            "region": { "startLine": place.line.max(1), "startColumn": place.column.max(1) },
        } }]);
    }
    if let Some(fix) = &finding.fix {
        result["fixes"] = json!([fix_of(fix)]);
    }
    result
}

/// Why a result does not decide. A waiver that the change brings waits for a person.
fn suppression(finding: &Finding) -> Option<Value> {
    match finding.set_aside.as_ref()? {
        SetAside::Known => Some(
            json!({ "kind": "external", "status": "accepted", "justification": "known in the baseline" }),
        ),
        SetAside::Waived { why, added, place, .. } => {
            let in_source = finding.place.as_ref().is_some_and(|found| found.path == place.path);
            Some(json!({
                "kind": if in_source { "inSource" } else { "external" },
                "status": if *added { "underReview" } else { "accepted" },
                "justification": why,
            }))
        }
    }
}

/// A fix: its replacements by file.
fn fix_of(fix: &Fix) -> Value {
    let mut files: BTreeMap<&TreePath, Vec<Value>> = BTreeMap::new();
    for one in &fix.replacements {
        let region = json!({
            "startLine": one.start.0,
            "startColumn": one.start.1,
            "endLine": one.end.0,
            "endColumn": one.end.1,
        });
        let replacement = json!({ "deletedRegion": region, "insertedContent": { "text": one.text } });
        files.entry(&one.path).or_default().push(replacement);
    }
    let change = |(path, replacements): (&TreePath, Vec<Value>)| {
        json!({
            "artifactLocation": artifact(path),
            "replacements": replacements,
        })
    };
    let changes: Vec<Value> = files.into_iter().map(change).collect();
    json!({ "description": { "text": fix.message }, "artifactChanges": changes })
}

fn artifact(path: &TreePath) -> Value {
    json!({ "uri": escaped(path.as_str()), "uriBaseId": "%SRCROOT%" })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Deny => "error",
        Severity::Ask => "warning",
        Severity::Warn => "note",
    }
}

/// A path as a relative reference (RFC 3986).
fn escaped(path: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::finding::Place;

    #[test]
    fn what_does_not_decide_is_suppressed() {
        let place = |path: &str| Place { path: TreePath::new(path).unwrap(), line: 3, column: 1 };
        let finding = |set_aside| Finding {
            rule: "lints-on".to_owned(),
            severity: Severity::Ask,
            message: "m".to_owned(),
            mend: "m".to_owned(),
            place: Some(place("src/lib.rs")),
            command: String::new(),
            reference: String::new(),
            set_aside: Some(set_aside),
            fix: None,
        };
        let waived = |path: &str, added| {
            finding(SetAside::Waived { why: "w".to_owned(), expires: None, place: place(path), added })
        };
        let findings =
            vec![waived("src/lib.rs", true), waived(".config/gryph.toml", false), finding(SetAside::Known)];
        let text = render(&Decision::Deny(findings), &Policy::gate().unwrap());
        let log: Value = serde_json::from_str(&text).unwrap();
        let shown = |index: usize| log["runs"][0]["results"][index]["suppressions"][0].clone();
        let of = |kind: &str, status: &str, why: &str| json!({ "kind": kind, "status": status, "justification": why });
        assert_eq!(shown(0), of("inSource", "underReview", "w"));
        assert_eq!(shown(1), of("external", "accepted", "w"));
        assert_eq!(shown(2), of("external", "accepted", "known in the baseline"));
        assert_eq!(log["runs"][0]["results"][2]["baselineState"], "unchanged");
    }

    #[test]
    fn a_finding_is_a_result_of_its_rule_at_its_place() {
        let finding = Finding {
            rule: "tests-kept".to_owned(),
            severity: Severity::Deny,
            message: "a test is gone".to_owned(),
            mend: "bring it back".to_owned(),
            place: Some(Place { path: TreePath::new("src/a b.rs").unwrap(), line: 3, column: 1 }),
            command: "git diff HEAD".to_owned(),
            reference: "docs/policy.md#tests-kept".to_owned(),
            set_aside: None,
            fix: None,
        };
        let policy = Policy::gate().unwrap();
        let log: Value = serde_json::from_str(&render(&Decision::Deny(vec![finding]), &policy)).unwrap();
        let result = &log["runs"][0]["results"][0];
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], "tests-kept");
        assert_eq!(result["level"], "error");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
            (&json!("src/a%20b.rs"), &json!(3))
        );
    }
}

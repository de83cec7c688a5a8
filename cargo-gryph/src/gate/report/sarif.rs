//! A decision as a SARIF log, version 2.1.0 (OASIS, 2020), for code scanning services.

use serde_json::{Value, json};

use crate::gate::decision::Decision;
use crate::gate::finding::{Finding, Severity};
use crate::gate::policy::{Policy, Rule};

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
            "properties": { "decision": decision.name() },
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("a log holds only text and numbers");
    text.push('\n');
    text
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "help": { "text": rule.mend },
        "helpUri": format!("{PAGES}/{}", rule.reference),
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn result(finding: &Finding, index: Option<usize>) -> Value {
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": format!("{}. To mend: {}", finding.message, finding.mend) },
        "properties": { "command": finding.command },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(place) = &finding.place {
        result["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": escaped(place.path.as_str()), "uriBaseId": "%SRCROOT%" },
            // A whole file has no line of its own.
            "region": { "startLine": place.line.max(1), "startColumn": place.column.max(1) },
        } }]);
    }
    result
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
    use crate::tree::TreePath;

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

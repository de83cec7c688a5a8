//! SARIF 2.1.0 as far as the gate writes it: which properties the objects of a log may and must have (OASIS, 2020).

use serde_json::Value;

/// One type of object: its properties, the required ones marked with `!`, each with what it holds.
type Shape = (&'static str, &'static [(&'static str, &'static str)]);

/// `text`, `count` (from 1), `index` (from 0), `bag` (anything), `list of SHAPE`, `a|b|c`, or the name of a shape.
const SHAPES: &[Shape] = &[
    ("log", &[("$schema", "text"), ("version!", "2.1.0"), ("runs!", "list of run")]),
    (
        "run",
        &[
            ("tool!", "tool"),
            ("results", "list of result"),
            ("columnKind", "utf16CodeUnits|unicodeCodePoints"),
            ("properties", "bag"),
            ("invocations", "list of invocation"),
        ],
    ),
    ("tool", &[("driver!", "driver")]),
    (
        "driver",
        &[("name!", "text"), ("version", "text"), ("informationUri", "text"), ("rules", "list of rule")],
    ),
    (
        "rule",
        &[
            ("id!", "text"),
            ("shortDescription", "message"),
            ("help", "message"),
            ("helpUri", "text"),
            ("defaultConfiguration", "configuration"),
            ("properties", "bag"),
        ],
    ),
    ("configuration", &[("level", "none|note|warning|error")]),
    ("message", &[("text!", "text"), ("markdown", "text")]),
    (
        "result",
        &[
            ("ruleId", "text"),
            ("ruleIndex", "index"),
            ("level", "none|note|warning|error"),
            ("message!", "message"),
            ("locations", "list of location"),
            ("fixes", "list of fix"),
            ("suppressions", "list of suppression"),
            ("baselineState", "new|unchanged|updated|absent"),
            ("properties", "bag"),
        ],
    ),
    ("suppression", &[("kind!", "inSource|external"), ("justification", "text"), ("status", "text")]),
    ("invocation", &[("executionSuccessful!", "bag"), ("properties", "bag")]),
    ("location", &[("physicalLocation", "physical")]),
    ("physical", &[("artifactLocation!", "artifact"), ("region", "region")]),
    ("artifact", &[("uri", "text"), ("uriBaseId", "text")]),
    (
        "region",
        &[("startLine", "count"), ("startColumn", "count"), ("endLine", "count"), ("endColumn", "count")],
    ),
    ("fix", &[("description", "message"), ("artifactChanges!", "list of change")]),
    ("change", &[("artifactLocation!", "artifact"), ("replacements!", "list of replacement")]),
    ("replacement", &[("deletedRegion!", "region"), ("insertedContent", "content")]),
    ("content", &[("text", "text")]),
];

/// What is wrong with a log; nothing, if it is what the standard asks for.
pub(crate) fn faults(log: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    look(log, "log", "log", &mut faults);
    faults
}

fn look(value: &Value, holds: &str, place: &str, faults: &mut Vec<String>) {
    if let Some((_, properties)) = SHAPES.iter().find(|(name, _)| *name == holds) {
        return look_into(value, properties, place, faults);
    }
    if let Some(inner) = holds.strip_prefix("list of ") {
        let Some(items) = value.as_array() else { return faults.push(format!("{place} is no list")) };
        // Lists of changes and replacements hold at least one.
        if items.is_empty() && matches!(inner, "change" | "replacement") {
            faults.push(format!("{place} is empty"));
        }
        items.iter().enumerate().for_each(|(at, item)| look(item, inner, &format!("{place}[{at}]"), faults));
        return;
    }
    let fits = match holds {
        "bag" => true,
        "text" => value.is_string(),
        "count" => value.as_u64().is_some_and(|number| number > 0),
        "index" => value.as_u64().is_some(),
        choices => value.as_str().is_some_and(|text| choices.split('|').any(|choice| choice == text)),
    };
    if !fits {
        faults.push(format!("{place} is not {holds}: {value}"));
    }
}

fn look_into(value: &Value, properties: &[(&str, &str)], place: &str, faults: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return faults.push(format!("{place} is no object")) };
    for (name, _) in properties {
        if let Some(name) = name.strip_suffix('!').filter(|name| !object.contains_key(*name)) {
            faults.push(format!("{place} lacks {name}"));
        }
    }
    for (name, inner) in object {
        match properties.iter().find(|(known, _)| known.trim_end_matches('!') == name) {
            Some((_, holds)) => look(inner, holds, &format!("{place}.{name}"), faults),
            None => faults.push(format!("{place} has {name}")),
        }
    }
}

#[test]
fn a_log_with_a_fault_is_noticed() {
    let sound =
        serde_json::json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "x" } } }] });
    assert_eq!(faults(&sound), [""; 0]);
    for (broken, fault) in [
        (r#"{"version": "2.0.0", "runs": []}"#, "log.version is not"),
        (r#"{"version": "2.1.0"}"#, "log lacks runs"),
        (r#"{"version": "2.1.0", "runs": [], "extra": 1}"#, "log has extra"),
        (
            r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{}]}]}"#,
            "lacks message",
        ),
    ] {
        let faults = faults(&serde_json::from_str(broken).unwrap());
        assert!(faults.iter().any(|found| found.contains(fault)), "{fault}: {faults:?}");
    }
}

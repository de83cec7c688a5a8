//! Matches that leave something out, and `if`s that give a value without an `else`.

use crate::diagnostic::Suggestion;
use crate::propose::draft::{BodyEdit, Draft, Fault, Repair};

/// E0004 and E0317.
pub(super) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    match fault.code {
        "E0004" => {
            fault.diagnostic.suggestions.iter().flat_map(|suggestion| arms(draft, suggestion)).collect()
        }
        _ => otherwise(draft, fault),
    }
}

/// rustc's missing arm with something in place of its `todo!()`.
fn arms(draft: &Draft<'_>, suggestion: &Suggestion) -> Vec<Repair> {
    let values = absent(&draft.return_type());
    let fill = |value: &String| {
        let edits = suggestion.edits.iter().map(|edit| BodyEdit {
            range: edit.span.range.clone(),
            text: edit.replacement.replace("todo!()", value),
        });
        Repair::edits("E0004-arm", edits.collect())
    };
    values.iter().map(fill).collect()
}

/// What a function says when there is nothing to say.
fn absent(returned: &str) -> Vec<String> {
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match returned.split('<').next().unwrap_or_default() {
        "Option" => own(&["None", "return None", "continue", "{}"]),
        "bool" => own(&["false", "return false", "continue", "{}"]),
        "" => own(&["{}"]),
        _ => own(&["Default::default()", "{}", "continue", "return Default::default()"]),
    }
}

fn otherwise(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    let Some(at) = fault.at() else { return Vec::new() };
    let values = absent(&draft.return_type());
    let values = values.iter().filter(|value| *value != "{}");
    values.map(|value| Repair::insert("E0317-else", at.end, format!(" else {{ {value} }}"))).collect()
}

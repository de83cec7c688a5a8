//! What is told about functions that stay open: the best candidate, what failed, how many were tried.

use serde_json::{Value, json};

use crate::event::{Event, Reporter};
use crate::pipeline::{HoleOutcome, Open};
use crate::propose::proposer::Feedback;

/// Lines shown of a best candidate and of a failure's message.
const LINES: usize = 12;

/// Tells about each open function.
pub(super) fn tell(reporter: &dyn Reporter, outcomes: &[HoleOutcome]) {
    for open in outcomes.iter().filter_map(HoleOutcome::open) {
        reporter.report(&Event::Note { message: sentence(open) });
    }
}

fn sentence(open: &Open) -> String {
    let tried =
        format!("{}: {} candidates, {} compile", open.hole, open.effort.candidates, open.effort.compiled);
    let Some(best) = &open.best else { return format!("{tried}; none was worth showing") };
    let body: Vec<&str> = best.body().unwrap_or_default().trim_matches('\n').lines().take(LINES).collect();
    format!("{tried}; the best one {}\n{}", shortcoming(best), body.join("\n"))
}

/// What keeps the best candidate from being accepted.
fn shortcoming(best: &Feedback) -> String {
    match (best.diagnostics.first(), best.failures.first()) {
        (Some(error), _) => format!("does not compile: {}", first_lines(&error.message)),
        (None, Some((test, message))) => {
            format!("passes {}, fails `{}`: {}", best.passed, test.name, first_lines(message))
        }
        (None, None) if !best.objections.is_empty() => {
            format!("passes what it was shown, but is not believed: {}", best.objections.join(" "))
        }
        (None, None) => "passes what it was shown and was not confirmed".to_owned(),
    }
}

fn first_lines(text: &str) -> String {
    text.lines().take(LINES).collect::<Vec<_>>().join("\n    ")
}

/// The same for the ledger.
pub(super) fn report(outcomes: &[HoleOutcome]) -> Value {
    let hole = |outcome: &HoleOutcome| match outcome {
        HoleOutcome::Filled(filled) => {
            json!({ "hole": filled.hole, "filled": true, "effort": filled.effort })
        }
        HoleOutcome::Open(open) => json!({
            "hole": open.hole,
            "filled": false,
            "why": open.why,
            "best": open.best.as_ref().and_then(Feedback::body),
            "shortcoming": open.best.as_ref().map(shortcoming),
            "effort": open.effort,
        }),
    };
    json!({ "holes": outcomes.iter().map(hole).collect::<Vec<_>>() })
}

//! Events for programs: one JSON object a line on stdout.

use std::io::Write as _;

use crate::event::{Event, Reporter};

/// Writes each event as a line. Transfers are left out but for their end: a program has no use for the ticks.
pub(super) struct Json;

impl Reporter for Json {
    fn report(&self, event: &Event) {
        if matches!(event, Event::Transfer { done, total, .. } if Some(*done) != *total)
            || matches!(event, Event::Counted { done, total, .. } if done != total)
        {
            return;
        }
        if let Ok(line) = serde_json::to_string(event) {
            // A reader that went away is no reason to stop the run.
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
    }
}

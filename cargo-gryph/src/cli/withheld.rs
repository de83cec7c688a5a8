//! What is told where functions were written and not let in.

use serde_json::{Value, json};

use super::exit_code::ExitCode;
use super::session::Session;
use super::{open_holes, workshop};
use crate::pipeline::Withheld;

impl Session<'_> {
    /// The end of such a run; `go_on` is a sentence about functions that stay open.
    pub(super) fn withheld(&self, why: &Withheld, go_on: &str) -> (ExitCode, String) {
        let run = self.run.run();
        match why {
            Withheld::Open { outcomes, budget } => {
                open_holes::tell(self.reporter, outcomes);
                let open = outcomes.iter().filter(|outcome| outcome.open().is_some()).count();
                let code = if *budget { ExitCode::Budget } else { ExitCode::GaveUp };
                let all = outcomes.len();
                (code, format!("{open} of {all} functions stay open; nothing was written. {go_on}"))
            }
            Withheld::Refused(findings) => {
                workshop::tell(self.reporter, findings);
                let message = format!(
                    "the gate refused; nothing was written. `cargo gryph show {run}` has the details"
                );
                (ExitCode::Refused, message)
            }
            Withheld::Asked(findings) => {
                workshop::tell(self.reporter, findings);
                (ExitCode::NeedsApproval, "a human must approve this; nothing was written".to_owned())
            }
            Withheld::Waiting { tree, place } => {
                (ExitCode::NeedsApproval, workshop::waiting(run, *tree, place))
            }
        }
    }
}

/// The same for the ledger.
pub(super) fn report(why: &Withheld) -> Value {
    match why {
        Withheld::Open { outcomes, .. } => open_holes::report(outcomes),
        Withheld::Refused(findings) | Withheld::Asked(findings) => json!({ "findings": findings }),
        Withheld::Waiting { tree, place } => json!({ "tree": tree, "place": place }),
    }
}

//! Makes an accepted patch smaller: a hunk without which everything still passes does not belong to it.

use crate::diagnose::TestDiagnosis;
use crate::diff;

use super::Job;
use super::plausible::Plausible;
use crate::pipeline::PipelineError;

/// Hunks of a patch beyond which it is taken as it is.
const MOST_HUNKS: usize = 12;

impl Job<'_> {
    /// Drops every hunk that is not needed, one by one, the last first: what was put in last depends on the rest.
    pub(super) async fn minimise(
        &self,
        tests: &TestDiagnosis,
        plausible: &Plausible,
    ) -> Result<Plausible, PipelineError> {
        let mut hunks = diff::hunks(&self.base, &plausible.tree);
        let mut smallest = plausible.clone();
        if hunks.len() < 2 || hunks.len() > MOST_HUNKS {
            return Ok(smallest);
        }
        for at in (0..hunks.len()).rev() {
            self.stop_if_cancelled()?;
            let rest: Vec<&diff::Hunk> =
                hunks.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, hunk)| hunk).collect();
            let Ok(tree) = diff::patch(&rest).apply(&self.base) else { continue };
            if self.passes(tests, &tree).await? {
                let size = diff::size(&self.base, &tree);
                smallest = Plausible { tree, size, ..smallest };
                hunks.remove(at);
            }
        }
        Ok(smallest)
    }
}

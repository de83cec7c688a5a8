//! The slow road: a build for one candidate, for what a schema cannot express.

use std::time::{Duration, Instant};

use super::screen::said;
use super::sift::{Alone, Slow};
use super::{Outcome, Report, Trial, TrialError, TrialState, lay_out};
use crate::cargo::{Build, CargoError};
use crate::diagnostic::Diagnostic;
use crate::schema::{Schema, is_fatal, replace};
use crate::tree::Tree;

impl Trial<'_> {
    /// Builds and runs one change by itself.
    pub(super) async fn try_alone(
        &self,
        state: &TrialState,
        alone: &Alone,
        report: &mut Report,
    ) -> Result<(), TrialError> {
        let (tree, schema) = self.applied(&alone.change)?;
        lay_out(&tree, self.bench)?;
        let building = Instant::now();
        let built = self.cargo.build_tests(self.bench, &self.build_options()).await;
        let judged = judge(schema.as_ref(), built)?;
        let taken = building.elapsed();
        let (outcome, elapsed) = match judged {
            Ok(build) => {
                report.timings.build += taken;
                let running = Instant::now();
                let judged = self.run_alone(state, &build.binaries).await?;
                report.timings.run += running.elapsed();
                judged
            }
            Err(diagnostics) => {
                report.timings.check += taken;
                report.check_rounds += 1;
                (Outcome::Rejected(diagnostics), Duration::ZERO)
            }
        };
        report.enter(alone.candidate, outcome, elapsed, Some(alone.why.clone()));
        Ok(())
    }

    fn applied(&self, change: &Slow) -> Result<(Tree, Option<Schema>), TrialError> {
        Ok(match change {
            Slow::Body(subject, body) => {
                let schema = replace(self.job.tree, self.subjects[*subject].site(), body)?;
                (schema.tree.clone(), Some(schema))
            }
            Slow::Edits(patch) => {
                (patch.apply(self.job.tree).map_err(crate::schema::SchemaError::Patch)?, None)
            }
        })
    }
}

/// The build, or why there is none; places in a body if the change is one.
fn judge(
    schema: Option<&Schema>,
    built: Result<Build, CargoError>,
) -> Result<Result<Build, Vec<Diagnostic>>, TrialError> {
    let build = match built {
        Ok(build) => build,
        Err(CargoError::Unfinished { tool, exit }) => {
            return Ok(Err(vec![said(&format!("`{tool}` did not end: {exit:?}"))]));
        }
        Err(error) => return Err(error.into()),
    };
    let fatal = build.diagnostics.iter().filter(|diagnostic| is_fatal(diagnostic));
    let mut fatal: Vec<Diagnostic> = match schema {
        Some(schema) => fatal.map(|diagnostic| schema.about_the_body(diagnostic)).collect(),
        None => fatal.cloned().collect(),
    };
    fatal.dedup();
    if build.success && fatal.is_empty() {
        return Ok(Ok(build));
    }
    if fatal.is_empty() {
        fatal.push(said(&build.stderr));
    }
    Ok(Err(fatal))
}

//! The slow road: a build for one candidate, for what a schema cannot express.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::base::Base;
use super::screen::said;
use super::sift::{Alone, Slow};
use super::{Outcome, Report, Trial, TrialError, TrialState, lay_out};
use crate::cargo::{Build, CargoError};
use crate::diagnostic::Diagnostic;
use crate::schema::{Schema, is_fatal, replace};
use crate::tree::Tree;

/// How tests do where the body of a function, by its number, has another text and does the same.
pub(super) type Rewritten = HashMap<usize, Option<Base>>;

impl Trial<'_> {
    /// Builds and runs one change by itself.
    pub(super) async fn try_alone(
        &self,
        state: &TrialState,
        rewritten: &mut Rewritten,
        alone: &Alone,
        report: &mut Report,
    ) -> Result<(), TrialError> {
        let here = match &alone.change {
            Slow::Body(subject, _) if !self.options.passing.is_empty() => {
                if !rewritten.contains_key(subject) {
                    rewritten.insert(*subject, self.rewritten(*subject).await?);
                }
                rewritten.get(subject).and_then(Option::as_ref)
            }
            _ => None,
        };
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
                let judged = self.run_alone(state, &build.binaries, alone.candidate, here, report).await?;
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

    /// How tests do where the body of a function is a block in a block; nothing if that does not build.
    async fn rewritten(&self, subject: usize) -> Result<Option<Base>, TrialError> {
        let site = self.subjects[subject].site();
        let text = self.job.tree.text(&site.path).and_then(|text| text.get(site.body.clone()));
        let schema = replace(self.job.tree, site, &format!("{{{}\n}}", text.unwrap_or_default()))?;
        lay_out(&schema.tree, self.bench)?;
        let built = self.cargo.build_tests(self.bench, &self.build_options()).await;
        let Ok(build) = judge(Some(&schema), built)? else { return Ok(None) };
        let suites = self.suites(&build.binaries).await?;
        self.passing(&suites).await.map(Some)
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

//! A workspace that builds and whose tests fail: where the fault may lie, what to try there, and what passes.

use std::time::Duration;

use crate::diagnose::{DOCTESTS, TestDiagnosis, documented};
use crate::hole::TestName;
use crate::locate::{Hints, Run, Spectrum, Suspect, suspects};
use crate::patch::Span;
use crate::pipeline::PipelineError;
use crate::pipeline::layer::{self, Under};
use crate::propose::model::ModelProposer;
use crate::schema::{self, Site};
use crate::tree::{Tree, TreePath};
use crate::trial::{self, Survey, TrialOptions, TrialState};

use super::plausible::{Found, Tier};
use super::search::Search;
use super::{Job, stage};

/// Functions of a workspace that are probed.
const MOST_SITES: usize = 4000;
/// Tests that pass and are surveyed: enough to tell innocent statements from suspicious ones.
const MOST_PASSING: usize = 200;
/// The least time a candidate's tests get: edits of loops often never end, and each of those costs this much.
const LEAST_WALL: Duration = Duration::from_millis(300);
/// Functions that are searched.
const MOST_SUSPECTS: usize = 24;

impl Job<'_> {
    /// Finds patches of `tree` that make its failing tests pass and break none. Failing examples of the documentation
    /// stand as tests meanwhile.
    pub(super) async fn mend_tests(
        &self,
        tree: &Tree,
        tests: &TestDiagnosis,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<Found, PipelineError> {
        let Some(documented) = documented(tree, tests) else {
            return self.mend_listed(tree, tests, proposer).await;
        };
        let mut found = self.mend_listed(&documented.tree, &documented.tests, proposer).await?;
        for plausible in &mut found.plausible {
            for path in &documented.added {
                plausible.tree.remove(path);
            }
        }
        Ok(found)
    }

    async fn mend_listed(
        &self,
        tree: &Tree,
        tests: &TestDiagnosis,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<Found, PipelineError> {
        if tests.failing.iter().all(|failing| failing.test.target == DOCTESTS) {
            let nearest =
                Some("only examples of the documentation fail, in a form that cannot be searched".to_owned());
            return Ok(Found { nearest, ..Found::default() });
        }
        stage(self.world, "locate", "locate: what the failing tests run and the passing ones do not");
        layer::lay(self.world, tree, &self.benches.trial, Under::Trials).await?;
        let mut state = TrialState::default();
        let suspects = self.locate(tree, tests, &mut state).await?;
        if suspects.is_empty() {
            return Ok(Found {
                nearest: Some("no failing test runs any code of the workspace".to_owned()),
                ..Found::default()
            });
        }
        stage(self.world, "propose", format!("propose: {}", listed(&suspects)));
        let mut search = Search::new(self, tree, tests, &suspects, state);
        search.edits().await?;
        let mut found = search.into_found();
        if found.plausible.is_empty() && !self.late() {
            let further = self.ask_model(tree, tests, &suspects, proposer).await?;
            found.join(further);
        }
        self.tell_progress(Tier::Search, &found.effort, found.plausible.len());
        Ok(found)
    }

    /// The functions to look at, the most suspicious first.
    async fn locate(
        &self,
        tree: &Tree,
        tests: &TestDiagnosis,
        state: &mut TrialState,
    ) -> Result<Vec<Suspect>, PipelineError> {
        let sites = program_sites(tree);
        let surveyed: Vec<TestName> =
            decisive(tests).into_iter().take(tests.failing.len() + MOST_PASSING).collect();
        let bench = &self.benches.trial;
        let survey =
            trial::survey(self.cargo(), bench, state, tree, &sites, &surveyed, &self.trial_options()).await?;
        let hints = Hints {
            panics: survey.runs.iter().filter_map(|run| run.panicked.clone()).collect(),
            changed: self.changed_in(tree),
        };
        let mut suspects = suspects(&sites, &spectrum(&survey), &hints);
        suspects.truncate(MOST_SUSPECTS);
        Ok(suspects)
    }

    /// What changed lately, in files that are as the user has them.
    fn changed_in(&self, tree: &Tree) -> Vec<Span> {
        let is_theirs = |span: &&Span| tree.get(&span.path) == self.base.get(&span.path);
        self.order.workspace.changed.iter().filter(is_theirs).cloned().collect()
    }

    pub(super) fn trial_options(&self) -> TrialOptions {
        TrialOptions {
            seed: self.order.seed,
            parallel: self.order.jobs,
            min_wall: LEAST_WALL,
            stop_at_first_failure: true,
            rest_for_survivors: true,
            deadline: Some(self.deadline),
            ..TrialOptions::default()
        }
    }
}

/// The tests that a trial can run: those of the documentation are not among them.
pub(super) fn decisive(tests: &TestDiagnosis) -> Vec<TestName> {
    tests.deciding().into_iter().filter(|test| test.target != DOCTESTS).collect()
}

fn spectrum(survey: &Survey) -> Spectrum {
    let run = |run: &trial::TestSurvey| Run { passed: run.failure.is_none(), hits: run.hits.clone() };
    Spectrum { probes: survey.probes.clone(), runs: survey.runs.iter().map(run).collect() }
}

/// All functions outside of tests, benchmarks, examples and build scripts.
pub(super) fn program_sites(tree: &Tree) -> Vec<Site> {
    let sources = tree.files().map(|(path, _)| path).filter(|path| is_program(path));
    let of_file = |path: &TreePath| schema::program_sites(tree.text(path).unwrap_or_default(), path);
    sources.flat_map(of_file).take(MOST_SITES).collect()
}

/// Whether a file holds code of the program: not tests, examples or build scripts.
pub(in crate::pipeline) fn is_program(path: &TreePath) -> bool {
    let parts: Vec<&str> = path.as_str().split('/').collect();
    let outside = ["tests", "benches", "examples", "build.rs", "target"];
    path.as_str().ends_with(".rs") && parts.iter().all(|part| !outside.contains(part))
}

/// The most suspicious functions as a person would name them.
fn listed(suspects: &[Suspect]) -> String {
    let names: Vec<&str> = suspects.iter().take(3).map(|suspect| suspect.site.function.as_str()).collect();
    let more = suspects.len().saturating_sub(names.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("suspects {}{rest}", names.join(", "))
}

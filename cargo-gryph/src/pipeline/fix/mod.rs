//! From a red workspace to a patch in it: diagnose, propose and try, choose, minimise, check, gate, commit.
//!
//! Whatever finds a patch, one road judges it: the whole workspace is built from plain text in a clean place, every test
//! that could be run before is run, and the rules on changes decide. The user's files change once, at the end.

mod behaviour;
mod choose;
mod enter;
mod merit;
mod minimise;
mod model;
mod oracle;
mod plausible;
mod promise;
mod reach;
mod red_build;
mod red_tests;
mod report;
mod search;
mod tidy;

use std::time::{Duration, Instant};

use crate::cargo::Cargo;
use crate::commit::Mode;
use crate::diagnose::{Diagnosis, TestDiagnosis, Walls, diagnose};
use crate::event::Event;
use crate::gate::Finding;
use crate::propose::model::ModelProposer;
use crate::tree::Tree;
use crate::trust::SecretKey;
use crate::workspace::Workspace;

use super::PipelineError;
use super::bench::prepare;
use super::layer::{self, Under};
use super::new::World;
use super::stage;

use choose::Choice;
use oracle::Benches;
use plausible::{Effort, Found};

pub(super) use red_tests::is_program;
pub(super) use search::hole_of;

pub use plausible::Tier;
pub use report::{Alternative, NotFound, Patched};

/// Time one test binary may take, for all its tests.
const TEST_WALL: Duration = Duration::from_secs(60);

/// The least time tests get in a diagnosis.
const LEAST_WALL: Duration = Duration::from_secs(2);

/// What is wanted.
pub struct FixOrder {
    /// The workspace as it was read.
    pub workspace: Workspace,
    /// Time for the search.
    pub time: Duration,
    /// Candidates tried at most.
    pub candidates: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Processes that run tests at a time.
    pub jobs: usize,
    /// How an accepted patch enters; `None` leaves everything as it is.
    pub mode: Option<Mode>,
    /// What to do when patches of different behaviour stand first.
    pub ambiguity: Ambiguity,
    /// Who signs what is said about the commit.
    pub key: Option<SecretKey>,
}

/// What to do when patches of different behaviour stand first.
pub enum Ambiguity {
    /// Leave it to a person: the run ends.
    Ask,
    /// Take the first.
    TakeFirst,
    /// Let a person choose now: the position of an alternative, or none of them.
    Choose(Chooser),
}

/// Picks one of several patches, by its position, or none.
pub type Chooser = Box<dyn Fn(&[Alternative]) -> Option<usize> + Send + Sync>;

/// How a run ended.
#[derive(Debug)]
pub enum FixOutcome {
    /// Nothing fails each time; these tests fail sometimes.
    Green {
        /// Tests that fail sometimes.
        flaky: Vec<String>,
    },
    /// A patch is in place, or would be in a dry run.
    Fixed(Box<Patched>),
    /// Patches of different behaviour pass everything.
    Ambiguous(Vec<Alternative>),
    /// None was found.
    NotFound(NotFound),
    /// The gate said no to every patch.
    Refused(Vec<Finding>),
    /// The gate wants a human.
    Asked(Vec<Finding>),
}

/// The work of one run.
struct Job<'a> {
    order: &'a FixOrder,
    world: &'a World<'a>,
    benches: &'a Benches,
    base: Tree,
    started: Instant,
    deadline: Instant,
}

/// Runs the road of `fix`. The proposer is made when a model is first asked; where that gives none, there is none.
///
/// # Errors
/// When something could not be found out.
pub async fn fix(
    order: &FixOrder,
    world: &World<'_>,
    proposer: impl FnOnce() -> Option<ModelProposer>,
) -> Result<FixOutcome, PipelineError> {
    let benches = Benches::create(world.work)?;
    stage(world, "fetch", "dependencies: lock and fetch");
    let base = prepare(world.cargo, &benches.clean, &order.workspace.tree).await?;
    layer::lay(world, &base, &benches.clean, Under::Tests).await?;
    let started = Instant::now();
    let job = Job { order, world, benches: &benches, base, started, deadline: started + order.time };
    stage(world, "diagnose", "diagnose: build and run the tests");
    let diagnosis = job.diagnose(&job.base).await?;
    report::tell_diagnosis(world.reporter, &diagnosis);
    let found = match &diagnosis {
        Diagnosis::Tests(tests) if tests.failing.is_empty() => {
            return Ok(FixOutcome::Green {
                flaky: tests.flaky.iter().map(|test| test.name.clone()).collect(),
            });
        }
        Diagnosis::Tests(tests) => job.mend_tests(&job.base, tests, proposer).await?,
        Diagnosis::Build(_) => job.mend_build(proposer).await?,
    };
    job.decide(&diagnosis, found).await
}

impl Job<'_> {
    fn cargo(&self) -> &Cargo {
        self.world.cargo
    }

    fn late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    fn stop_if_cancelled(&self) -> Result<(), PipelineError> {
        if (self.world.cancelled)() { Err(PipelineError::Interrupted) } else { Ok(()) }
    }

    async fn diagnose(&self, tree: &Tree) -> Result<Diagnosis, PipelineError> {
        crate::trial::lay_out(tree, &self.benches.clean)?;
        // A test that hangs must leave time for the search; a longer budget leaves slow tests more.
        let walls = Walls {
            binary: (self.order.time / 6).clamp(LEAST_WALL, TEST_WALL),
            test: (self.order.time / 20).clamp(LEAST_WALL, TEST_WALL),
        };
        Ok(diagnose(self.cargo(), &self.benches.clean, tree, walls).await?)
    }

    fn tell_progress(&self, tier: Tier, effort: &Effort, plausible: usize) {
        self.world.reporter.report(&Event::SearchProgress {
            tier: tier.to_string(),
            candidates: effort.candidates,
            compiled: effort.compiled,
            plausible,
            elapsed: self.started.elapsed(),
        });
    }

    /// Chooses among what passes, makes it smaller, has it checked and judged, and lets it in.
    async fn decide(&self, diagnosis: &Diagnosis, found: Found) -> Result<FixOutcome, PipelineError> {
        let of_base = match diagnosis {
            Diagnosis::Tests(tests) => Some(tests),
            Diagnosis::Build(_) => None,
        };
        let Some(tests) = of_base.or(found.tests.as_ref()).filter(|_| !found.plausible.is_empty()) else {
            return Ok(self.not_found(of_base, found));
        };
        let chosen = self.choose(tests, &found.plausible).await?;
        let mut refused = chosen.refused;
        match chosen.choice {
            Choice::Nobody => Ok(FixOutcome::Refused(refused)),
            Choice::Clear(standing) => self.enter_first(tests, standing, &found, &mut refused).await,
            Choice::Between(standing) => match self.settle(standing, &found) {
                Ok(standing) => self.enter_first(tests, standing, &found, &mut refused).await,
                Err(alternatives) => Ok(FixOutcome::Ambiguous(alternatives)),
            },
        }
    }

    /// What is left of patches of different behaviour when somebody has decided; else one of each behaviour.
    fn settle(
        &self,
        standing: Vec<choose::Standing>,
        found: &Found,
    ) -> Result<Vec<choose::Standing>, Vec<Alternative>> {
        let choose = match &self.order.ambiguity {
            Ambiguity::TakeFirst => return Ok(standing),
            Ambiguity::Ask => return Err(self.alternatives(&standing, &found.effort)),
            Ambiguity::Choose(choose) => choose,
        };
        let alternatives = self.alternatives(&standing, &found.effort);
        // A person takes their time.
        let chosen = tokio::task::block_in_place(|| choose(&alternatives));
        let class = chosen.and_then(|at| alternatives.get(at)).map(|alternative| alternative.class);
        match class {
            Some(class) => Ok(standing.into_iter().filter(|one| one.class == class).collect()),
            None => Err(alternatives),
        }
    }

    fn not_found(&self, tests: Option<&TestDiagnosis>, found: Found) -> FixOutcome {
        let contradictions = tests.map(|tests| report::contradicting(&self.base, tests)).unwrap_or_default();
        FixOutcome::NotFound(NotFound {
            budget: found.effort.stopped,
            effort: found.effort,
            contradictions,
            nearest: found.nearest,
            elapsed: self.started.elapsed(),
        })
    }

    /// Takes the first of the standing patches that the full check and the gate let in.
    async fn enter_first(
        &self,
        tests: &TestDiagnosis,
        standing: Vec<choose::Standing>,
        found: &Found,
        refused: &mut Vec<Finding>,
    ) -> Result<FixOutcome, PipelineError> {
        for one in &standing {
            self.stop_if_cancelled()?;
            let smallest = self.minimise(tests, &one.plausible).await?;
            let is_whole = smallest.tree == one.plausible.tree;
            let mut tried = vec![self.tidy(smallest).await?];
            if !is_whole {
                // What minimising does not run, tests of the documentation say, may need the whole patch.
                tried.push(self.tidy(one.plausible.clone()).await?);
            }
            for patch in &tried {
                match self.judge(tests, patch).await? {
                    oracle::Judged::Approved(approved, evidence) => {
                        let patched = self.let_in(*approved, &evidence, patch, one, &standing, found)?;
                        return Ok(FixOutcome::Fixed(Box::new(patched)));
                    }
                    oracle::Judged::Asked(findings) => return Ok(FixOutcome::Asked(findings)),
                    oracle::Judged::Refused(findings) => refused.extend(findings),
                }
            }
        }
        Ok(FixOutcome::Refused(std::mem::take(refused)))
    }
}

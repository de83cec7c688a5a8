//! The specification is applied again to a project that people have changed: compose, fill, check, gate, enter.
//!
//! What people wrote stays. Where that cannot be, nothing is written, and they are shown both sides.

mod compose;
mod conflict;
mod drift;
mod enter;
mod fill;
mod history;
mod migration;
mod values;

use crate::cargo::Cargo;
use crate::check::Evidence;
use crate::diff;
use crate::event::Event;
use crate::gate::{Decision, Finding};
use crate::git::Git;
use crate::hole::{Hole, HoleId, TestName};
use crate::plan::plan;
use crate::propose::model::ModelProposer;
use crate::scaffold::{Footprint, Scaffold, is_kept, scaffold};
use crate::spec::Spec;
use crate::tree::{Tree, TreePath};
use crate::workspace::Workspace;

use super::bench::Benches;
use super::new::{Order, Timings, World, formatted, judge, keep, lay_aside, needs_yes, save_draft};
use super::stage;
use super::{PipelineError, Withheld};

use compose::{Composed, Hands, Sides, compose};
use fill::{Filled, Filling};
use history::{Before, History};
use migration::{Told, keep_steps};

pub use conflict::Conflict;
pub use drift::{Difference, Kind};

/// What is wanted.
pub struct UpdateOrder {
    /// The specification, and all else that is asked of a new project.
    pub order: Order,
    /// The project as it was read.
    pub workspace: Workspace,
}

/// How a run ended.
#[derive(Debug)]
pub enum UpdateOutcome {
    /// The project is what the specification gives.
    Same,
    /// People have to look first; nothing was written.
    Conflicts(Vec<Conflict>),
    /// What would change, in a dry run, and the functions that would be tried or written.
    Planned {
        /// The difference.
        diff: String,
        /// The functions.
        open: Vec<HoleId>,
    },
    /// What people wrote does not build with what is given now.
    Broken {
        /// What the compiler says.
        stderr: String,
    },
    /// Nothing was written.
    Withheld(Withheld),
    /// It is in.
    Updated(Updated),
}

/// A project that is up to date.
#[derive(Debug)]
pub struct Updated {
    /// The git commit.
    pub commit: String,
    /// Files that changed.
    pub changed: usize,
    /// Functions whose bodies stayed, or passed what is asked now.
    pub kept: usize,
    /// Functions that were written.
    pub written: usize,
    /// What the gate had to say all the same.
    pub warnings: Vec<Finding>,
}

/// Where a project and what its specification gives now part.
///
/// # Errors
/// When the project does not say what was given to it, or git or rustfmt fails.
pub async fn drift(
    spec: &Spec,
    project: &Workspace,
    cargo: &Cargo,
    git: &Git,
) -> Result<Vec<Difference>, PipelineError> {
    let footprint = Footprint::read(&project.tree)?;
    let (scaffold, _) = given_now(spec, project, &footprint, git)?;
    let scaffold = formatted(cargo, scaffold).await?;
    Ok(drift::differences(&footprint, &project.tree, &scaffold))
}

/// What is given now to a project whose databases have run the steps that were given before.
fn given_now(
    spec: &Spec,
    project: &Workspace,
    footprint: &Footprint,
    git: &Git,
) -> Result<(Scaffold, Told), PipelineError> {
    let mut scaffold = scaffold(&plan(spec))?;
    let repository = project.repository.as_ref();
    let in_repository =
        |path: &TreePath| repository.map_or_else(|| path.clone(), |repository| repository.path_of(path));
    let history = repository.map(|one| History { git, repository: &one.git, in_repository: &in_repository });
    let before = Before { footprint, mine: &project.tree, history: history.as_ref() };
    let mut told = keep_steps(&mut scaffold, before)?;
    if footprint.spec != spec.hash {
        match before.spec()? {
            Some(known) => {
                let conflicts = values::conflicts(&known, spec, before, &told.columns);
                told.conflicts.extend(conflicts);
            }
            None => told.is_blind = true,
        }
    }
    Ok((scaffold, told))
}

/// Runs the road of `new --update`. The proposer is made when a function is open that no body of the project fills.
///
/// # Errors
/// When something could not be found out.
pub async fn update(
    order: &UpdateOrder,
    world: &World<'_>,
    proposer: impl FnOnce() -> Option<ModelProposer>,
) -> Result<UpdateOutcome, PipelineError> {
    let mut timings = Timings::start();
    let footprint = Footprint::read(&order.workspace.tree)?;
    let (scaffold, steps) = given_now(&order.order.spec, &order.workspace, &footprint, world.git)?;
    let scaffold = formatted(world.cargo, scaffold).await?;
    stage(world, "scaffold", "scaffold: what is given now, and what people changed");
    let mut composed = compose_in(order, world, &footprint, &scaffold)?;
    composed.conflicts.extend(steps.conflicts);
    let note = |message| world.reporter.report(&Event::Note { message });
    let away = composed.away.iter().map(|what| format!("`{what}` was removed, and stays removed"));
    away.for_each(note);
    // With the same specification, it was told when it was applied.
    let kept = steps.kept.iter().filter(|_| footprint.spec != scaffold.plan.spec);
    let why = "is asked for no more; it stays in the database, with what it holds";
    kept.for_each(|what| note(format!("`{what}` {why}")));
    if steps.is_blind {
        let why = "the specification that was applied before is not there, or is one no more: look yourself whether rows hold \
                   choices, days or roles that fields hold no more";
        note(why.to_owned());
    }
    if !composed.conflicts.is_empty() {
        return Ok(UpdateOutcome::Conflicts(composed.conflicts));
    }
    timings.book("scaffold");
    let mut job = Job { order, world, footprint: &footprint, scaffold: &scaffold, composed, timings };
    if job.is_same() {
        return Ok(UpdateOutcome::Same);
    }
    if order.order.dry_run {
        return Ok(job.planned());
    }
    job.run(proposer).await
}

fn compose_in(
    order: &UpdateOrder,
    world: &World<'_>,
    footprint: &Footprint,
    scaffold: &Scaffold,
) -> Result<Composed, PipelineError> {
    let root = &order.workspace.root;
    let nowhere = || crate::commit::CommitError::NoRepository(root.clone());
    let repository = order.workspace.repository.as_ref().ok_or_else(nowhere)?;
    let dir = world.work.join("merge");
    std::fs::create_dir_all(&dir).map_err(PipelineError::at(&dir))?;
    let history = History {
        git: world.git,
        repository: &repository.git,
        in_repository: &|path| repository.path_of(path),
    };
    let hands = Hands { history: &history, dir: &dir };
    compose(&Sides { footprint, mine: &order.workspace.tree, scaffold }, &hands)
}

/// The work of one run.
struct Job<'a> {
    order: &'a UpdateOrder,
    world: &'a World<'a>,
    footprint: &'a Footprint,
    scaffold: &'a Scaffold,
    composed: Composed,
    timings: Timings,
}

impl Job<'_> {
    fn mine(&self) -> &Tree {
        &self.order.workspace.tree
    }

    /// Whether nothing is to be applied: no function is open, and all files are as they are to be.
    fn is_same(&self) -> bool {
        let stays = self.composed.functions.iter().all(|function| function.stays);
        let bases_are = |tree: &mut Tree| {
            let bases = self.mine().files().filter(|(path, _)| is_kept(path));
            bases.for_each(|(path, content)| tree.insert(path.clone(), content));
        };
        let mut tree = self.composed.tree.clone();
        bases_are(&mut tree);
        keep(&self.order.order.spec, &self.new_footprint(&tree), &mut tree);
        stays && tree == *self.mine()
    }

    fn planned(&self) -> UpdateOutcome {
        let open = self.composed.functions.iter().filter(|function| !function.stays);
        UpdateOutcome::Planned {
            diff: diff::unified(self.mine(), &self.composed.tree),
            open: open.map(|function| function.hole.id.clone()).collect(),
        }
    }

    /// What the next run is told: bodies that people wrote stay theirs.
    fn new_footprint(&self, tree: &Tree) -> Footprint {
        let mut footprint = Footprint::of(self.order.order.spec.hash, self.scaffold, tree);
        for function in self.composed.functions.iter().filter(|function| function.is_edited) {
            let before = self.footprint.functions.get(&function.hole.id).and_then(|trace| trace.body);
            if let Some(trace) = footprint.functions.get_mut(&function.hole.id) {
                trace.body = before;
            }
        }
        footprint
    }

    async fn run(
        &mut self,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<UpdateOutcome, PipelineError> {
        let benches = Benches::create(self.world.work)?;
        if let Some(stderr) = self.prepare(&benches).await? {
            return Ok(UpdateOutcome::Broken { stderr });
        }
        self.timings.book("dependencies");
        let filled = match self.fill(&benches, proposer).await? {
            Filling::Done(filled) => filled,
            Filling::Ended(outcome) => return Ok(outcome),
        };
        self.timings.book("fill");
        self.decide(&benches, filled).await
    }

    async fn decide(&self, benches: &Benches, filled: Filled) -> Result<UpdateOutcome, PipelineError> {
        let order = &self.order.order;
        let mut tree = filled.tree.clone();
        keep(&order.spec, &self.new_footprint(&filled.tree), &mut tree);
        self.composed.bases.files().for_each(|(path, content)| tree.insert(path.clone(), content));
        let holes: Vec<Hole> = self.composed.functions.iter().map(|function| function.hole.clone()).collect();
        let tests = self.expected_tests();
        let (decision, evidence) = judge(order, self.world, &benches.check, &holes, &tests, &tree).await?;
        let approved = match decision {
            Decision::Allow(approved) => approved,
            Decision::Ask(ask) => {
                return Ok(UpdateOutcome::Withheld(Withheld::Asked(ask.findings().to_vec())));
            }
            Decision::Deny(findings) => return Ok(UpdateOutcome::Withheld(Withheld::Refused(findings))),
        };
        if order.yes.as_ref().map(|yes| yes.tree) != Some(tree.hash()) && needs_yes(&order.spec) {
            // The run that brings the yes starts from it.
            save_draft(order, self.world, &filled.outcomes, self.scaffold.holes())?;
            let place = lay_aside(self.world, &tree)?;
            return Ok(UpdateOutcome::Withheld(Withheld::Waiting { tree: tree.hash(), place }));
        }
        let evidence: &Evidence = &evidence;
        let entered = self.enter(approved, evidence, &tree, &filled)?;
        let kept = self.composed.functions.len() - filled.written;
        Ok(UpdateOutcome::Updated(Updated { kept, written: filled.written, ..entered }))
    }

    /// The tests of the specification whose files nobody removed.
    fn expected_tests(&self) -> Vec<TestName> {
        let is_away = |test: &TestName| {
            let file = format!("tests/{}.rs", test.target_in_package());
            self.composed.away.iter().any(|away| *away == file || away.ends_with(&format!("/{file}")))
        };
        let of_gone = |test: &TestName| {
            let gone = self.scaffold.holes().iter().filter(|hole| self.composed.away.contains(&hole.id.0));
            let checks = gone.flat_map(|hole| [&hole.visible, &hole.properties, &hole.held_back]).flatten();
            checks.map(|check| &check.test).any(|known| known == test)
        };
        let all = self.scaffold.all_tests().into_iter();
        all.filter(|test| !is_away(test) && !of_gone(test)).collect()
    }
}

#[cfg(test)]
mod tests;

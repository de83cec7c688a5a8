//! The functions of an update: the bodies that stand in the project are tried first, and a model is asked about what
//! stays open.

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::cargo::lay_out;
use crate::event::Event;
use crate::model::text::ModelIdentity;
use crate::pipeline::bench::{Benches, has_sources, read_lock};
use crate::pipeline::fill::{Earlier, HoleOutcome};
use crate::pipeline::new::{build_once, filler, save_draft, stock};
use crate::pipeline::trees::Trees;
use crate::pipeline::{PipelineError, Withheld};
use crate::propose::model::ModelProposer;
use crate::tree::{Tree, TreePath};

use super::compose::Function;
use super::conflict::Conflict;
use super::{Job, UpdateOutcome, stage};

/// How a body of the project signs as a candidate.
const PROJECT: &str = "project";

/// How the functions came out.
pub(super) enum Filling {
    /// All are filled.
    Done(Filled),
    /// The run ends with this.
    Ended(UpdateOutcome),
}

/// All functions are filled.
pub(super) struct Filled {
    pub(super) tree: Tree,
    pub(super) outcomes: Vec<HoleOutcome>,
    /// The model, if one was asked.
    pub(super) model: Option<ModelIdentity>,
    /// How many functions it wrote.
    pub(super) written: usize,
}

impl Job<'_> {
    /// Lays the project out, adapts its lock file, and builds it. Where bodies that were to stay no longer build, all
    /// are tried; gives what the compiler says if it does not build then either.
    pub(super) async fn prepare(&mut self, benches: &Benches) -> Result<Option<String>, PipelineError> {
        let (cargo, bench) = (self.world.cargo, &benches.clean);
        stage(self.world, "fetch", "dependencies: lock and fetch");
        lay_out(&self.composed.tree, bench)?;
        let lock = TreePath::new("Cargo.lock").expect("a plain name");
        if self.composed.tree.get(&lock).is_none() {
            cargo.generate_lockfile(bench).await?;
        } else if self.other_manifests() {
            cargo.adapt_lockfile(bench).await?;
        }
        self.composed.tree.insert(lock.clone(), read_lock(bench)?);
        if self.composed.tree.text(&lock).is_none_or(has_sources) {
            cargo.fetch(bench).await?;
        }
        stock(self.world, bench, &bench.tree()).await;
        let Some(stderr) = build_once(self.world, benches, &self.composed.tree).await? else {
            return Ok(None);
        };
        if self.composed.functions.iter().all(|function| !function.stays) {
            return Ok(Some(stderr));
        }
        self.composed.open_all();
        lay_out(&self.composed.tree, bench)?;
        build_once(self.world, benches, &self.composed.tree).await
    }

    fn other_manifests(&self) -> bool {
        let is_manifest = |path: &TreePath| path.as_str().rsplit('/').next() == Some("Cargo.toml");
        let tree = &self.composed.tree;
        let all = tree.files().chain(self.mine().files()).map(|(path, _)| path);
        all.filter(|path| is_manifest(path)).any(|path| tree.get(path) != self.mine().get(path))
    }

    /// The project, and the same without the examples that no candidate may see.
    fn trees(&self) -> Trees {
        let full = self.composed.tree.clone();
        let shown = self.scaffold.visible_tree();
        let mut visible = full.clone();
        for (path, _) in self.scaffold.tree.files().filter(|(path, _)| shown.get(path).is_none()) {
            visible.remove(path);
        }
        Trees::new(full, visible)
    }

    /// Tries the bodies of the project first, and asks a model about what stays open.
    pub(super) async fn fill(
        &self,
        benches: &Benches,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<Filling, PipelineError> {
        let mut trees = self.trees();
        let open: Vec<&Function> =
            self.composed.functions.iter().filter(|function| !function.stays).collect();
        let mut outcomes = Vec::new();
        let (mut left, mut lost) = (Vec::new(), Vec::new());
        if !open.is_empty() {
            stage(self.world, "propose", "functions: try what stands in the project");
        }
        let mut trying = filler(&self.order.order, self.world, benches, None);
        for function in open {
            let earlier = self.earlier(function);
            let outcome = match earlier.bodies.is_empty() {
                true => None,
                false => Some(trying.fill(&function.hole, &mut trees, earlier).await?),
            };
            match outcome {
                Some(outcome @ HoleOutcome::Filled(_)) => {
                    self.world.reporter.report(&outcome.event());
                    outcomes.push(outcome);
                }
                Some(HoleOutcome::Open(open)) if function.is_edited => {
                    lost.push(conflict(function, &open.why))
                }
                Some(HoleOutcome::Open(_)) | None => left.push(function),
            }
        }
        if !lost.is_empty() {
            return Ok(Filling::Ended(UpdateOutcome::Conflicts(lost)));
        }
        if left.is_empty() {
            let tree = trees.full().clone();
            return Ok(Filling::Done(Filled { tree, outcomes, model: None, written: 0 }));
        }
        self.ask(benches, proposer, &left, trees, outcomes).await
    }

    /// Asks a model about functions.
    async fn ask(
        &self,
        benches: &Benches,
        proposer: impl FnOnce() -> Option<ModelProposer>,
        left: &[&Function],
        mut trees: Trees,
        mut outcomes: Vec<HoleOutcome>,
    ) -> Result<Filling, PipelineError> {
        let mut proposer = proposer().ok_or(PipelineError::NoModel)?;
        let model = proposer.model().identity().clone();
        let ready = Event::ModelReady { model: model.id.clone(), device: model.device.clone() };
        self.world.reporter.report(&ready);
        stage(self.world, "propose", "functions: propose, try, confirm");
        let mut asking = filler(&self.order.order, self.world, benches, Some(&mut proposer));
        for function in left {
            let outcome = asking.fill(&function.hole, &mut trees, self.earlier(function)).await?;
            self.world.reporter.report(&outcome.event());
            outcomes.push(outcome);
            save_draft(&self.order.order, self.world, &outcomes, self.scaffold.holes())?;
        }
        drop(asking);
        let mut open = outcomes.iter().filter_map(HoleOutcome::open).peekable();
        if open.peek().is_some() {
            let budget = open.any(|open| open.budget);
            return Ok(Filling::Ended(UpdateOutcome::Withheld(Withheld::Open { outcomes, budget })));
        }
        let tree = trees.full().clone();
        Ok(Filling::Done(Filled { tree, outcomes, model: Some(model), written: left.len() }))
    }

    /// What is tried before anybody is asked: the body in the project, and that of an earlier run.
    fn earlier(&self, function: &Function) -> Earlier {
        let id = &function.hole.id;
        let of_project = Origin {
            proposer: PROJECT.to_owned(),
            round: 0,
            model: None,
            prompt: None,
            seed: None,
            operator: None,
            parent: None,
        };
        // What people wrote is not replaced by a draft.
        let draft = self.order.order.kept(&function.hole).filter(|_| !function.is_edited);
        let of_draft = draft.map(|kept| (kept.body.clone(), Origin { parent: None, ..kept.origin.clone() }));
        let bodies = function.seed.iter().map(|body| (body.clone(), of_project.clone())).chain(of_draft);
        let candidate = |(number, (body, origin))| Candidate {
            id: CandidateId(number),
            hole: id.clone(),
            change: Change::Body(body),
            origin,
        };
        let bodies: Vec<Candidate> = (1..).zip(bodies).map(candidate).collect();
        // The draft is the last of them.
        let vouched = draft.filter(|kept| kept.answers(&function.hole)).and(bodies.last());
        let vouched = vouched.map(|candidate| candidate.id).into_iter().collect();
        Earlier { bodies, vouched, lesson: None }
    }
}

fn conflict(function: &Function, why: &str) -> Conflict {
    let why = format!(
        "its body was edited and does not pass what is asked now ({why}): correct it, or put `todo!()` in its place to \
         have it written anew"
    );
    Conflict { what: function.hole.id.to_string(), why, diff: String::new() }
}

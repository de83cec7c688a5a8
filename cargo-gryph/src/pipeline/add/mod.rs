//! Functions and tests are added to a package of the user's: compose, look whether all is green, fill, check, gate, enter.
//!
//! What is there stays. Where it is not green, or the examples of functions that are there do not hold, nobody is asked for
//! anything and nothing is written.

mod compose;
mod enter;
mod host;
mod judge;
mod manifest;
mod misfit;
mod outline;

use std::path::PathBuf;
use std::time::Duration;

use crate::cargo::{BuildOptions, lay_out};
use crate::diagnose::{Diagnosis, Walls, diagnose};
use crate::gate::Finding;
use crate::hole::{Hole, HoleId, TestName};
use crate::model::text::ModelIdentity;
use crate::propose::model::ModelProposer;
use crate::tree::{Tree, TreePath};
use crate::trial::confirm;
use crate::workspace::Workspace;

use super::accept::{House, Style};
use super::bench::{Benches, has_sources, prepare, read_lock};
use super::fill::HoleOutcome;
use super::filling::Filling;
use super::layer::{self, Under};
use super::new::{Order, Timings, World, build_once, stock};
use super::stage;
use super::trees::Trees;
use super::{PipelineError, Withheld};

pub use compose::{Addition, compose};
pub use misfit::Misfit;

/// Time that tests of the package get before anything is added.
const WALLS: Walls = Walls { binary: Duration::from_secs(300), test: Duration::from_secs(60) };

/// What is wanted.
pub struct AddOrder {
    /// What is asked of a new project too.
    pub order: Order,
    /// The workspace as it was read.
    pub workspace: Workspace,
    /// The package with what is added.
    pub addition: Addition,
}

/// How a run ended.
#[derive(Debug)]
pub enum AddOutcome {
    /// The workspace was red before: what does not build, or the tests that fail.
    Red(Vec<String>),
    /// The package does not build with what is added.
    Broken {
        /// What the compiler says.
        stderr: String,
    },
    /// Examples of functions that are there do not hold.
    Failing(Vec<FailedExample>),
    /// Nothing was written.
    Withheld(Withheld),
    /// It is in.
    Added(Added),
}

/// An example that a function does not meet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailedExample {
    /// The function.
    pub function: HoleId,
    /// The expression of the specification.
    pub example: String,
    /// What the test said.
    pub message: String,
}

/// A package with more in it.
#[derive(Debug)]
pub struct Added {
    /// The git commit.
    pub commit: String,
    /// Files that changed.
    pub changed: usize,
    /// Functions that were written.
    pub written: usize,
    /// Tests that came in.
    pub tests: usize,
    /// What the gate had to say all the same.
    pub warnings: Vec<Finding>,
}

/// Runs the road of `add` in a package that is not ours. The proposer is made when a function is to be written.
///
/// # Errors
/// When something could not be found out.
pub async fn add(
    order: &AddOrder,
    world: &World<'_>,
    proposer: impl FnOnce() -> Option<ModelProposer>,
) -> Result<AddOutcome, PipelineError> {
    let timings = Timings::start();
    let benches = Benches::create(world.work)?;
    stage(world, "fetch", "dependencies: lock and fetch");
    let base = prepare(world.cargo, &benches.clean, &order.workspace.tree).await?;
    layer::lay(world, &base, &benches.clean, Under::Tests).await?;
    let style = style(order, &benches);
    let mut job = Job { order, world, benches: &benches, base, style, timings };
    job.timings.book("dependencies");
    stage(world, "diagnose", "diagnose: build and run the tests that are there");
    let red = job.red().await?;
    job.timings.book("diagnose");
    if !red.is_empty() {
        return Ok(AddOutcome::Red(red));
    }
    job.run(proposer).await
}

/// How the package is formatted: by the settings at the root of the workspace.
fn style(order: &AddOrder, benches: &Benches) -> Style {
    let is_there =
        |name: &&str| TreePath::new(*name).is_ok_and(|path| order.workspace.tree.get(&path).is_some());
    let settings = ["rustfmt.toml", ".rustfmt.toml"];
    let config: Option<PathBuf> =
        settings.into_iter().find(is_there).map(|name| benches.clean.tree().join(name));
    Style { edition: order.addition.edition.clone(), config }
}

/// The work of one run.
struct Job<'a> {
    order: &'a AddOrder,
    world: &'a World<'a>,
    benches: &'a Benches,
    /// The workspace with a lock file.
    base: Tree,
    style: Style,
    timings: Timings,
}

/// All functions are filled.
struct Filled {
    tree: Tree,
    outcomes: Vec<HoleOutcome>,
    /// The model, if one was asked.
    model: Option<ModelIdentity>,
}

impl Job<'_> {
    fn addition(&self) -> &Addition {
        &self.order.addition
    }

    /// What is red before anything is added.
    async fn red(&self) -> Result<Vec<String>, PipelineError> {
        let bench = &self.benches.clean;
        lay_out(&self.base, bench)?;
        Ok(match diagnose(self.world.cargo, bench, &self.base, WALLS).await? {
            Diagnosis::Build(errors) => errors.iter().map(|error| error.message.clone()).collect(),
            Diagnosis::Tests(tests) => tests.failing.iter().map(|failing| named(&failing.test)).collect(),
        })
    }

    async fn run(
        &mut self,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<AddOutcome, PipelineError> {
        let tree = self.with_lock(self.tidied().await?).await?;
        if let Some(stderr) = build_once(self.world, self.benches, &tree).await? {
            return Ok(AddOutcome::Broken { stderr });
        }
        self.timings.book("dependencies");
        let failing = self.failing(&tree).await?;
        if !failing.is_empty() {
            return Ok(AddOutcome::Failing(failing));
        }
        let filled = self.fill(tree, proposer).await?;
        self.timings.book("fill");
        let mut open = filled.outcomes.iter().filter_map(HoleOutcome::open).peekable();
        if open.peek().is_some() {
            let budget = open.any(|open| open.budget);
            return Ok(AddOutcome::Withheld(Withheld::Open { outcomes: filled.outcomes, budget }));
        }
        self.decide(filled).await
    }

    /// The composed tree; files that were as rustfmt writes them stay so, and new ones are.
    async fn tidied(&self) -> Result<Tree, PipelineError> {
        let mut tree = self.addition().tree.clone();
        let sources = tree.files().filter(|(path, content)| {
            path.as_str().ends_with(".rs") && self.order.workspace.tree.get(path) != Some(*content)
        });
        let changed: Vec<TreePath> = sources.map(|(path, _)| path.clone()).collect();
        for path in changed {
            let (old, new) = (self.base.text(&path), tree.text(&path).unwrap_or_default());
            let was_formatted = match old {
                Some(old) => self.formatted(old).await?.is_some_and(|text| text == old),
                None => true,
            };
            if let (true, Some(text)) = (was_formatted, self.formatted(new).await?) {
                tree.insert(path, text);
            }
        }
        Ok(tree)
    }

    async fn formatted(&self, text: &str) -> Result<Option<String>, PipelineError> {
        self.style.applied(self.world.cargo, text).await
    }

    /// The tree with the lock file that its manifests ask for, laid out. One that no commit holds is nobody's change.
    async fn with_lock(&mut self, mut tree: Tree) -> Result<Tree, PipelineError> {
        let (cargo, bench) = (self.world.cargo, &self.benches.clean);
        let lock = TreePath::new("Cargo.lock").expect("a plain name");
        tree.insert(lock.clone(), self.base.get(&lock).unwrap_or_default());
        lay_out(&tree, bench)?;
        if tree == self.base || !self.asks_for_more(&tree) {
            return Ok(tree);
        }
        cargo.adapt_lockfile(bench).await?;
        tree.insert(lock.clone(), read_lock(bench)?);
        if tree.text(&lock).is_none_or(has_sources) {
            cargo.fetch(bench).await?;
        }
        stock(self.world, bench, &bench.tree()).await;
        if !self.is_tracked(&lock)? {
            self.base.insert(lock.clone(), tree.get(&lock).unwrap_or_default());
        }
        Ok(tree)
    }

    /// Whether a manifest is another.
    fn asks_for_more(&self, tree: &Tree) -> bool {
        let is_manifest = |path: &TreePath| path.as_str().rsplit('/').next() == Some("Cargo.toml");
        tree.files().any(|(path, content)| is_manifest(path) && self.base.get(path) != Some(content))
    }

    fn is_tracked(&self, path: &TreePath) -> Result<bool, PipelineError> {
        let Some(repository) = &self.order.workspace.repository else { return Ok(false) };
        let path = repository.path_of(path);
        Ok(!self.world.git.indexed(&repository.git, &path)?.is_empty())
    }

    /// Examples of functions that are there and do not hold; the tree is built.
    async fn failing(&self, tree: &Tree) -> Result<Vec<FailedExample>, PipelineError> {
        let standing = &self.addition().standing;
        if standing.is_empty() {
            return Ok(Vec::new());
        }
        stage(self.world, "confirm", format!("functions that are there: {} examples", standing.len()));
        let tests: Vec<TestName> = standing.iter().map(|(_, check)| check.test.clone()).collect();
        let options = BuildOptions::default();
        let confirmation = confirm(self.world.cargo, &self.benches.clean, tree, &tests, &options).await?;
        let failed = standing.iter().filter_map(|(function, check)| {
            let failure = confirmation.failed.iter().find(|failure| failure.test == check.test)?;
            let (example, message) = (check.source.clone(), failure.message.clone());
            Some(FailedExample { function: function.clone(), example, message })
        });
        Ok(failed.collect())
    }

    /// Fills the new functions.
    async fn fill(
        &mut self,
        tree: Tree,
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<Filled, PipelineError> {
        let mut visible = tree.clone();
        self.addition().held_back.iter().for_each(|path| drop(visible.remove(path)));
        let mut trees = Trees::new(tree, visible);
        let holes: &[Hole] = &self.order.addition.open;
        let house = House::Shared(&self.style);
        let filling = Filling::new(&self.order.order, self.world, self.benches, holes, house);
        let (outcomes, model) = filling.fill(&mut trees, proposer, &mut self.timings).await?;
        Ok(Filled { tree: trees.full().clone(), outcomes, model })
    }
}

fn named(test: &TestName) -> String {
    format!("{}::{}", test.target, test.name)
}

#[cfg(test)]
mod tests;

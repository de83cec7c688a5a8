//! From a specification to a committed project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cargo::{BuildOptions, Cargo, Platforms, Workbench, lay_out};
use crate::check::{self, Depth, Subject};
use crate::commit::{self, Entry};
use crate::digest::Digest;
use crate::event::{Event, Reporter};
use crate::gate::{Approved, Decision, Finding, Policy, decide};
use crate::git::Git;
use crate::hole::{Hole, HoleId, TestName};
use crate::ledger::{Draft, Ledger, LiveRun, Prepared, PreparedKind, Receipt, RunId};
use crate::model::text::ModelIdentity;
use crate::patch::Span;
use crate::plan::plan;
use crate::propose::body::normal_form;
use crate::propose::model::ModelProposer;
use crate::propose::suggestion::SuggestionProposer;
use crate::retrieve::{self, Shelf};
use crate::scaffold::{Footprint, Scaffold, footprint_path, kept_spec_path, partial, scaffold};
use crate::schema::site;
use crate::spec::Spec;
use crate::tree::{Tree, TreePath};
use crate::trial::{TrialOptions, TrialState};
use crate::trust::SecretKey;

use super::PipelineError;
use super::accept;
use super::accept::House;
use super::answers::Answers;
use super::attest::{Made, attestation};
use super::bench::{Benches, read_lock, share_dependencies};
use super::draft::{DraftContent, DraftHole};
use super::fill::{Budget, Filler, HoleOutcome, Open};
use super::filling::Filling;
use super::layer::{self, Under};
use super::message::{Words, author};
use super::trees::Trees;
use super::withheld::Withheld;
use super::{receipt, stage};

/// Children of drafts in one generation of repairs.
const REPAIRS: usize = 48;

/// Time one test binary may take in the final check.
const TEST_WALL: Duration = Duration::from_secs(300);

/// What is wanted.
pub struct Order {
    /// The specification.
    pub spec: Spec,
    /// Where the project is to stand; absent or empty.
    pub dest: PathBuf,
    /// What one function may cost.
    pub budget: Budget,
    /// The seed of everything random.
    pub seed: u64,
    /// Whether to leave out what could not be filled.
    pub partial: bool,
    /// Bodies of an earlier run to try first.
    pub draft: Option<DraftContent>,
    /// What any run accepted before.
    pub answers: Answers,
    /// Whether to stop when the scaffold has been built.
    pub dry_run: bool,
    /// Processes that run tests at a time.
    pub jobs: usize,
    /// Who signs what is said about the commit.
    pub key: Option<SecretKey>,
    /// A person's yes to one tree, where the specification wants that.
    pub yes: Option<Yes>,
}

impl Order {
    /// The body that an earlier run has for a hole: the one that is resumed, or any that was asked the same.
    pub(super) fn kept(&self, hole: &Hole) -> Option<&DraftHole> {
        let resumed = self.draft.as_ref().and_then(|draft| draft.hole(&hole.id));
        resumed.or_else(|| self.answers.recall(hole))
    }
}

/// A person's yes to a tree that an earlier run made and showed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Yes {
    /// The tree.
    pub tree: Digest,
    /// Who says so.
    pub by: String,
}

/// What the run works with.
pub struct World<'a> {
    /// The tools.
    pub cargo: &'a Cargo,
    /// Git.
    pub git: &'a Git,
    /// The record of runs.
    pub ledger: &'a Ledger,
    /// This run, begun.
    pub run: &'a LiveRun,
    /// Our own binary, which helps as a process of its own.
    pub launcher: &'a Path,
    /// The run's own directory.
    pub work: &'a Path,
    /// Where built dependencies are kept between runs.
    pub layers: &'a Path,
    /// Where a tree lies that waits for a person's yes; not there yet.
    pub waiting: &'a Path,
    /// The policy, with what the user's settings tightened.
    pub policy: Policy,
    /// The time of the commit, in seconds since 1970-01-01 UTC.
    pub when: i64,
    /// Who is told.
    pub reporter: &'a dyn Reporter,
    /// What is known of the crates at hand.
    pub shelf: &'a Shelf,
    /// Whether somebody stopped the run.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// How a run ended.
#[derive(Debug)]
pub enum NewOutcome {
    /// The project is in place.
    Committed(Committed),
    /// The scaffold compiles; nothing was asked for beyond that.
    Scaffolded,
    /// Nothing was written.
    Withheld(Withheld),
}

/// A project in place.
#[derive(Debug)]
pub struct Committed {
    /// Where.
    pub dest: PathBuf,
    /// The git commit.
    pub commit: String,
    /// Functions that were left out.
    pub left_out: Vec<HoleId>,
    /// What became of every hole.
    pub outcomes: Vec<HoleOutcome>,
    /// What the gate had to say all the same.
    pub warnings: Vec<Finding>,
}

/// Times of the stages, in milliseconds.
pub(super) struct Timings {
    started: Instant,
    pub(super) stages: BTreeMap<String, u64>,
}

impl Timings {
    pub(super) fn start() -> Self {
        Self { started: Instant::now(), stages: BTreeMap::new() }
    }

    /// Books the time since the last call to a stage.
    pub(super) fn book(&mut self, stage: &str) {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        *self.stages.entry(stage.to_owned()).or_default() += elapsed;
        self.started = Instant::now();
    }
}

/// Runs the road of `new`. The proposer is made when it is first needed, which may fetch and load a model; where that
/// gives none, the run ends with [`PipelineError::NoModel`]. Without functions nobody is asked.
pub async fn new(
    order: &Order,
    world: &World<'_>,
    proposer: impl FnOnce() -> Option<ModelProposer>,
) -> Result<NewOutcome, PipelineError> {
    let mut timings = Timings::start();
    let scaffold = formatted(world.cargo, scaffold(&plan(&order.spec))?).await?;
    timings.book("scaffold");
    let benches = Benches::create(world.work)?;
    let mut trees = prepare(world, &benches, &scaffold).await?;
    timings.book("dependencies");
    if order.dry_run {
        return Ok(NewOutcome::Scaffolded);
    }
    let filling = Filling::new(order, world, &benches, scaffold.holes(), House::Ours);
    let (outcomes, model) = filling.fill(&mut trees, proposer, &mut timings).await?;
    timings.book("fill");
    let open: Vec<&Open> = outcomes.iter().filter_map(HoleOutcome::open).collect();
    let left_out: Vec<HoleId> = open.iter().map(|open| open.hole.clone()).collect();
    // Routes call the functions of a service: it is made with all of them or not at all.
    let is_needed = left_out.len() == outcomes.len() || order.spec.service.is_some();
    if !open.is_empty() && (!order.partial || is_needed) {
        let budget = open.iter().any(|open| open.budget);
        return Ok(NewOutcome::Withheld(Withheld::Open { outcomes, budget }));
    }
    tell_of_missing(world, &outcomes, &left_out);
    let (scaffold, mut tree) = final_tree(world.cargo, &benches.clean, &scaffold, &left_out, &trees).await?;
    // Not before: the specification holds the examples that no candidate may see.
    keep(&order.spec, &Footprint::of(order.spec.hash, &scaffold, &tree), &mut tree);
    let tests = scaffold.all_tests();
    let (decision, evidence) = judge(order, world, &benches.check, scaffold.holes(), &tests, &tree).await?;
    timings.book("check");
    let approved = match decision {
        Decision::Allow(approved) => approved,
        Decision::Ask(ask) => return Ok(NewOutcome::Withheld(Withheld::Asked(ask.findings().to_vec()))),
        Decision::Deny(findings) => return Ok(NewOutcome::Withheld(Withheld::Refused(findings))),
    };
    if order.yes.as_ref().map(|yes| yes.tree) != Some(tree.hash()) && needs_yes(&order.spec) {
        return Ok(NewOutcome::Withheld(Withheld::Waiting {
            tree: tree.hash(),
            place: lay_aside(world, &tree)?,
        }));
    }
    let receipt = receipt::receipt(&receipt::Ingredients {
        verb: "new",
        order,
        world,
        approved: &approved,
        evidence: evidence.facts(),
        model: model.as_ref(),
        outcomes: &outcomes,
        left_out: &left_out,
        timings: &timings,
    });
    let warnings = approved.warnings().to_vec();
    let commit = put_in_place(order, world, approved, &tree, receipt, model.as_ref())?;
    Ok(NewOutcome::Committed(Committed { dest: order.dest.clone(), commit, left_out, outcomes, warnings }))
}

/// Keeps in a project what it was made from.
pub(super) fn keep(spec: &Spec, footprint: &Footprint, tree: &mut Tree) {
    tree.insert(kept_spec_path(), spec.text.clone());
    tree.insert(footprint_path(), footprint.text());
}

/// Whether a person has to read what is made before it is committed.
pub(super) fn needs_yes(spec: &Spec) -> bool {
    spec.service.as_ref().is_some_and(|service| service.settings.security.needs_approval())
}

/// Lays a tree out for a person to read.
pub(super) fn lay_aside(world: &World<'_>, tree: &Tree) -> Result<PathBuf, PipelineError> {
    let place = world.waiting.to_owned();
    let bench = Workbench::create(&place).map_err(PipelineError::at(&place))?;
    lay_out(tree, &bench)?;
    Ok(bench.tree())
}

/// The scaffold of a service as rustfmt writes it: names of any length stand in its templates. What stays the same in every
/// service is formatted already.
pub(super) async fn formatted(cargo: &Cargo, mut scaffold: Scaffold) -> Result<Scaffold, PipelineError> {
    if scaffold.plan.service.is_none() {
        return Ok(scaffold);
    }
    let varies = |path: &TreePath| path.as_str().ends_with(".rs") && !path.as_str().starts_with("rules/");
    let paths: Vec<TreePath> =
        scaffold.tree.files().map(|(path, _)| path).filter(|path| varies(path)).cloned().collect();
    let desk = tempfile::tempdir().map_err(PipelineError::at(std::env::temp_dir()))?;
    let root = desk.path();
    scaffold.tree.write_to(root).map_err(PipelineError::at(root))?;
    // Nobody's settings above it are looked for.
    std::fs::write(root.join("rustfmt.toml"), "").map_err(PipelineError::at(root))?;
    let roots: Vec<PathBuf> =
        paths.iter().filter(|path| is_root(path)).map(|path| path.to_path(root)).collect();
    let written = cargo.rustfmt_files(root, &roots, accept::EDITION).await?;
    written.map_err(|stderr| PipelineError::Scaffolded { stderr })?;
    for path in paths {
        let file = path.to_path(root);
        scaffold.tree.insert(path, std::fs::read(&file).map_err(PipelineError::at(file))?);
    }
    Ok(scaffold)
}

/// Whether a crate begins in a file, where Cargo looks for it; rustfmt finds its modules.
fn is_root(path: &TreePath) -> bool {
    let mut parts = path.as_str().rsplit('/');
    let (file, folder) = (parts.next(), parts.next());
    matches!(file, Some("lib.rs" | "main.rs")) || matches!(folder, Some("tests" | "examples" | "bin"))
}

/// Lays the scaffold out, locks and fetches its dependencies and builds them once, before any candidate exists.
async fn prepare(world: &World<'_>, benches: &Benches, scaffold: &Scaffold) -> Result<Trees, PipelineError> {
    stage(world, "scaffold", format!("scaffold: {} functions to fill", scaffold.holes().len()));
    let mut trees = Trees::new(scaffold.tree.clone(), scaffold.visible_tree());
    let bench = &benches.clean;
    lay_out(trees.full(), bench)?;
    stage(world, "fetch", "dependencies: lock and fetch");
    world.cargo.generate_lockfile(bench).await?;
    trees.insert(&TreePath::new("Cargo.lock").expect("a plain name"), read_lock(bench)?);
    world.cargo.fetch(bench).await?;
    if !scaffold.plan.dependencies.is_empty() {
        stock(world, bench, &bench.tree()).await;
    }
    match build_once(world, benches, trees.full()).await? {
        None => Ok(trees),
        Some(stderr) => Err(PipelineError::Scaffolded { stderr }),
    }
}

/// Builds a tree that is laid out, with its dependencies, and shares those; gives what the compiler says if it does not build.
pub(super) async fn build_once(
    world: &World<'_>,
    benches: &Benches,
    tree: &Tree,
) -> Result<Option<String>, PipelineError> {
    let bench = &benches.clean;
    stage(world, "build", "dependencies: build");
    layer::lay(world, tree, bench, Under::Tests).await?;
    let build = world.cargo.build_tests(bench, &BuildOptions::default()).await?;
    if !build.success {
        return Ok(Some(build.first_errors()));
    }
    share_dependencies(bench, &benches.check)?;
    layer::lay(world, tree, &check::lint_bench(&benches.check)?, Under::Lints).await?;
    Ok(None)
}

/// Lets the crates that the lock file of a tree names be read in the background; `root` is where the tree is from. Without
/// them proposers are shown less, and nothing fails.
pub(super) async fn stock(world: &World<'_>, bench: &Workbench, root: &Path) {
    if let Ok(packages) = world.cargo.packages(bench, Platforms::Host).await {
        world.shelf.fill(retrieve::locked(&packages, &bench.tree(), root));
    }
}

/// What fills the functions of our own projects. Without a proposer it tries what is given to it and asks nobody.
pub(super) fn filler<'a>(
    order: &Order,
    world: &'a World<'_>,
    benches: &'a Benches,
    proposer: Option<&'a mut ModelProposer>,
) -> Filler<'a> {
    let rounds = if proposer.is_some() { order.budget.rounds } else { 0 };
    Filler {
        cargo: world.cargo,
        trial_bench: &benches.trial,
        clean_bench: &benches.clean,
        proposer,
        repairer: SuggestionProposer::new(REPAIRS),
        reporter: world.reporter,
        state: TrialState::default(),
        options: TrialOptions { seed: order.seed, parallel: order.jobs, ..TrialOptions::default() },
        budget: Budget { rounds, ..order.budget },
        seed: order.seed,
        shelf: world.shelf,
        cancelled: world.cancelled,
        next_id: 1,
        house: House::Ours,
    }
}

/// Keeps what there is after every hole, so that an interrupted run can be resumed too.
pub(super) fn save_draft(
    order: &Order,
    world: &World<'_>,
    outcomes: &[HoleOutcome],
    holes: &[Hole],
) -> Result<(), PipelineError> {
    let content = serde_json::to_value(DraftContent::of(outcomes, holes)).expect("a draft holds only text");
    let draft = Draft { spec: order.spec.hash, content };
    Ok(world.ledger.save_draft(world.run.run(), &draft)?)
}

/// Says which filled functions use one that is left out: without it the project will not build, and be refused.
fn tell_of_missing(world: &World<'_>, outcomes: &[HoleOutcome], left_out: &[HoleId]) {
    let filled = outcomes.iter().filter_map(HoleOutcome::filled);
    for (hole, body) in filled.map(|filled| (&filled.hole, normal_form(&filled.body))) {
        for missing in left_out {
            let name = missing.0.rsplit("::").next().unwrap_or(&missing.0);
            if body.split(' ').any(|word| word == name) {
                let message = format!("`{hole}` uses `{name}`, which is left out");
                world.reporter.report(&Event::Note { message });
            }
        }
    }
}

/// The tree that is to ship: everything filled, or the filled part alone with what is open left out.
async fn final_tree(
    cargo: &Cargo,
    bench: &Workbench,
    full: &Scaffold,
    left_out: &[HoleId],
    trees: &Trees,
) -> Result<(Scaffold, Tree), PipelineError> {
    if left_out.is_empty() {
        return Ok((full.clone(), trees.full().clone()));
    }
    let scaffold = partial(full, left_out)?;
    let mut smaller = Trees::new(scaffold.tree.clone(), scaffold.visible_tree());
    let lock = TreePath::new("Cargo.lock").expect("a plain name");
    smaller.insert(&lock, trees.full().get(&lock).unwrap_or_default());
    // What is left out may have been all that needed a dependency.
    lay_out(smaller.full(), bench)?;
    cargo.prune_lockfile(bench).await?;
    smaller.insert(&lock, read_lock(bench)?);
    for hole in scaffold.holes() {
        let lost = |why| PipelineError::Lost { hole: hole.id.clone(), why };
        let body = super::accept::body_of(trees.full(), hole)
            .ok_or_else(|| lost("it is not where it was accepted"))?;
        let tree = smaller.with_body(hole, &body)?;
        let formatted = super::accept::formatted(cargo, hole, tree).await?;
        let tree = formatted.ok_or_else(|| lost("rustfmt cannot read it beside what is left"))?;
        smaller.insert(&hole.path, tree.get(&hole.path).unwrap_or_default().to_vec());
    }
    Ok((scaffold, smaller.full().clone()))
}

/// Checks the whole tree, which has to have these tests, and decides.
pub(super) async fn judge(
    order: &Order,
    world: &World<'_>,
    bench: &Workbench,
    holes: &[Hole],
    expected_tests: &[TestName],
    tree: &Tree,
) -> Result<(Decision, check::Evidence), PipelineError> {
    stage(world, "check", "check: build, tests, format, lints, docs, coverage");
    let generated: Vec<Span> = holes.iter().filter_map(|hole| item(tree, hole)).collect();
    let subject = Subject {
        tree,
        expected_tests,
        generated: &generated,
        program: world.launcher,
        test_wall: TEST_WALL,
        depth: Depth::Whole,
    };
    let evidence = check::check(world.cargo, bench, &subject).await?;
    stage(world, "gate", "gate: decide");
    let mut policy = world.policy.clone();
    if let Some(coverage) = order.spec.quality.line_coverage {
        policy = policy.with_line_coverage(f64::from(coverage))?;
    }
    Ok((decide(&policy, &evidence), evidence))
}

/// The function that fills a hole, where it stands in the tree.
pub(super) fn item(tree: &Tree, hole: &Hole) -> Option<Span> {
    let site = site(tree.text(&hole.path)?, &hole.path, &hole.function)?;
    Some(Span { path: hole.path.clone(), range: site.item })
}

fn put_in_place(
    order: &Order,
    world: &World<'_>,
    approved: Approved,
    tree: &Tree,
    receipt: Receipt,
    model: Option<&ModelIdentity>,
) -> Result<String, PipelineError> {
    stage(world, "commit", format!("commit: {}", order.dest.display()));
    let run: &RunId = world.run.run();
    let dest = commit::destination(&order.dest)?;
    let staging = commit::staging_beside(&dest, run.as_str());
    let prepared = Prepared {
        kind: PreparedKind::Project,
        tree: approved.tree(),
        staging: staging.clone(),
        dest: dest.clone(),
        receipt: receipt.clone(),
    };
    let nothing = Tree::new();
    let made = Made { base: &nothing, tree, receipt: &receipt, key: order.key.as_ref() };
    let attestation = attestation(&made);
    let project = &order.spec.project;
    let words = Words {
        title: format!("{}: {}", project.name, project.summary),
        body:
            "Generated from its specification. Every function passed its examples, held-back ones included."
                .to_owned(),
        by: author(model),
        yes: order.yes.as_ref(),
    };
    let message = words.message(run, Some(attestation.digest()))?;
    world.ledger.prepared(run, &prepared)?;
    let (git, when) = (world.git, world.when);
    let record = attestation.record();
    let record = Some(&record);
    let entry = Entry { tree, dest: &dest, staging: &staging, record, message: &message, when, git };
    let committed = commit::enter_new(approved, &entry)?;
    let receipt = Receipt { commit: Some(committed.commit.clone()), ..receipt };
    world.ledger.committed(run, &receipt)?;
    Ok(committed.commit)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The file and its modules, as rustfmt follows them.
    fn follow(tree: &Tree, path: &TreePath, reached: &mut BTreeSet<TreePath>) {
        reached.insert(path.clone());
        let file = syn::parse_file(tree.text(path).unwrap()).unwrap();
        let (folder, name) = path.as_str().rsplit_once('/').unwrap();
        let below = match name {
            "mod.rs" => folder.to_owned(),
            _ if is_root(path) => folder.to_owned(),
            _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
        };
        for item in file.items {
            let syn::Item::Mod(syn::ItemMod { ident, content: None, .. }) = item else { continue };
            let places = [format!("{below}/{ident}.rs"), format!("{below}/{ident}/mod.rs")];
            let mut place = places.iter().map(|place| TreePath::new(place.as_str()).unwrap());
            let place = place.find(|place| tree.get(place).is_some());
            follow(tree, &place.unwrap_or_else(|| panic!("{path}: no module {ident}")), reached);
        }
    }

    #[test]
    fn every_file_of_a_service_is_reached_from_where_a_crate_begins() {
        for entry in std::fs::read_dir("examples/specs").unwrap() {
            let file = entry.unwrap().path();
            let Ok(spec) = crate::spec::parse(&std::fs::read_to_string(&file).unwrap(), "spec.toml") else {
                continue;
            };
            let tree = scaffold(&plan(&spec)).unwrap().tree;
            let files: BTreeSet<TreePath> = tree
                .files()
                .map(|(path, _)| path)
                .filter(|path| path.as_str().ends_with(".rs"))
                .cloned()
                .collect();
            let mut reached = BTreeSet::new();
            files.iter().filter(|path| is_root(path)).for_each(|path| follow(&tree, path, &mut reached));
            assert!(reached.is_superset(&files), "{}: {:?}", file.display(), files.difference(&reached));
        }
    }
}

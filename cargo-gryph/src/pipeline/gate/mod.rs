//! From a change to a decision about it: build and test it, see what it does, break it and see whether a test notices.

mod faults;
mod recall;
mod ruling;
mod supply;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use crate::cargo::Workbench;
use crate::change::dependency::is_touched;
use crate::change::{Observation, TestLiterals};
use crate::check::supply::Supply;
use crate::check::{
    self, Base, Depth, Evidence, Memory, Merge, Quality, Step, Subject, TestResult, Transition, Unchecked,
};
use crate::config::Day;
use crate::coverage::Coverage;
use crate::diff;
use crate::event::Event;
use crate::gate::Decision;
use crate::hole::TestName;
use crate::patch::Span;
use crate::schema::{Site, program_sites};
use crate::tree::{Tree, TreePath};
use crate::trust::TrustedKeys;
use crate::workspace::History;

use recall::{keep, recall};

use super::PipelineError;
use super::bench::{bench, prepare};
use super::fix::is_program;
use super::layer::{self, Under};
use super::new::World;
use super::stage;

/// Time one test binary may take, for all its tests.
const TEST_WALL: Duration = Duration::from_secs(120);

/// What is to be judged.
pub struct GateOrder {
    /// The files after the change.
    pub after: Tree,
    /// Files after the change that act on tools.
    pub tools: Tree,
    /// The files before it.
    pub base: Tree,
    /// Files before it that act on tools.
    pub base_tools: Tree,
    /// What the change touches that is in none of these.
    pub unseen: Vec<Observation>,
    /// The seed of everything random.
    pub seed: u64,
    /// Processes that run tests at a time.
    pub jobs: usize,
    /// Time for faults; without any none is put in.
    pub faults: Duration,
    /// Where answers are kept.
    pub memory: Memory,
    /// Whether no answer is looked for there.
    pub fresh: bool,
    /// The files of an advisory database, or in words why there are none.
    pub advisories: Result<Tree, String>,
    /// The day, by which waivers expire.
    pub today: Day,
    /// Where the change comes from, to know what of it a machine wrote.
    pub history: History,
    /// Whether all that stands in the tree is judged, and not only what the change brings.
    pub whole: bool,
    /// The root of the workspace, where the findings are to be recorded as its baseline.
    pub record: Option<PathBuf>,
    /// Patterns of the files that the change says it is about; all files if there are none.
    pub scope: Vec<String>,
    /// The step from the base to the change, as an approval is bound to it.
    pub step: Transition,
    /// The keys that the base trusts.
    pub trusted: TrustedKeys,
    /// Whether generated commits must have an attestation that a trusted key signed.
    pub require_provenance: bool,
}

/// How it ended.
#[derive(Debug)]
pub enum GateOutcome {
    /// Nothing differs from the base.
    Unchanged,
    /// The base is red itself in what the change is red: that is not the change's matter.
    BaseRed(Vec<String>),
    /// The gate decided.
    Decided(Decision),
    /// The findings stand in the baseline now.
    Recorded {
        /// The file.
        path: PathBuf,
        /// Findings in it.
        count: usize,
        /// What the gate found: firm rules are in no baseline.
        decision: Decision,
    },
}

/// Judges a change.
///
/// # Errors
/// When something could not be found out.
pub async fn gate(order: &GateOrder, world: &World<'_>) -> Result<GateOutcome, PipelineError> {
    let is_same = order.after == order.base && order.tools == order.base_tools;
    if !order.whole && is_same && order.unseen.is_empty() {
        return Ok(GateOutcome::Unchanged);
    }
    if order.faults.is_zero() {
        let message = "no faults are put in, as asked: whether the tests bite is not known".to_owned();
        world.reporter.report(&Event::Note { message });
    }
    if !is_touched(&order.base, &order.after)
        && let Some(evidence) = recall(order, world, &order.after)
    {
        return remembered(order, world, &order.after, with_supply(evidence, Supply::default()));
    }
    let (clean, trial) = (bench(world.work, "clean")?, bench(world.work, "trial")?);
    stage(world, "fetch", "dependencies: lock and fetch");
    let after = match prepare(world.cargo, &clean, &order.after).await {
        Ok(after) => after,
        Err(error) => return supply::unresolved(order, world, error).await,
    };
    // What is known of packages changes without the change: it is found out anew each time, and never kept.
    let supply = supply::found(order, world, &clean, &after).await?;
    if let Some(evidence) = recall(order, world, &after) {
        return remembered(order, world, &after, with_supply(evidence, supply));
    }
    layer::lay(world, &after, &clean, Under::Tests).await?;
    layer::lay(world, &after, &check::lint_bench(&clean)?, Under::Lints).await?;
    let base = with_lock_of(&order.base, &after);
    let before = if order.whole { &Tree::new() } else { &base };
    let work = Work { order, world, clean, trial, changed: changed(before, &after), base, after };
    let evidence = match work.gather().await? {
        Found::Evidence(evidence) => *evidence,
        Found::BaseRed(red) => return Ok(GateOutcome::BaseRed(red)),
    };
    keep(order, world, &work.after, &evidence);
    tell_share(world, &evidence);
    stage(world, "gate", "gate: decide");
    ruling::rule(order, world, &work.after, with_supply(evidence, supply))
}

fn remembered(
    order: &GateOrder,
    world: &World<'_>,
    after: &Tree,
    evidence: Evidence,
) -> Result<GateOutcome, PipelineError> {
    tell_share(world, &evidence);
    stage(world, "gate", "gate: decide by what was found out before");
    ruling::rule(order, world, after, evidence)
}

/// Tells how much of the change the tests run.
fn tell_share(world: &World<'_>, evidence: &Evidence) {
    if let Some(share) = evidence.facts().coverage.as_ref().and_then(Coverage::in_words) {
        let message = format!("of what the change touches the tests run {share}");
        world.reporter.report(&Event::Note { message });
    }
}

fn with_supply(evidence: Evidence, supply: Supply) -> Evidence {
    evidence.with_observed(supply.observed, supply.unchecked).with_dependencies(supply.dependencies)
}

/// The base with the lock file of the change, where it has none: a repository may not care for it.
fn with_lock_of(base: &Tree, after: &Tree) -> Tree {
    let lock = TreePath::new("Cargo.lock").expect("a plain name");
    let mut base = base.clone();
    if let (None, Some(content)) = (base.get(&lock), after.get(&lock)) {
        base.insert(lock, content);
    }
    base
}

/// What of the text after the change was not there before.
fn changed(base: &Tree, after: &Tree) -> Vec<Span> {
    let of_both = diff::hunks(after, base).into_iter().map(|hunk| hunk.edit.span);
    let new = after.files().filter(|(path, _)| base.get(path).is_none());
    let whole = new.map(|(path, content)| Span { path: path.clone(), range: 0..content.len() });
    of_both.chain(whole).filter(|span| !span.range.is_empty()).collect()
}

/// What gathering evidence came to.
enum Found {
    Evidence(Box<Evidence>),
    /// What is red with the change and without it.
    BaseRed(Vec<String>),
}

struct Work<'a> {
    order: &'a GateOrder,
    world: &'a World<'a>,
    clean: Workbench,
    trial: Workbench,
    base: Tree,
    after: Tree,
    changed: Vec<Span>,
}

impl Work<'_> {
    async fn gather(&self) -> Result<Found, PipelineError> {
        stage(self.world, "check", "check: build, tests, format, lints, coverage, what the change does");
        let sites = self.sites();
        let touched = self.touched(&sites);
        // Of what changed in bodies of the program tests have to run something.
        let generated: Vec<Span> = touched.iter().flat_map(Touched::in_body).collect();
        let subject = Subject {
            tree: &self.after,
            expected_tests: &[],
            generated: &generated,
            program: self.world.launcher,
            test_wall: TEST_WALL,
            depth: Depth::Merge(Merge {
                tree: &self.base,
                beside: [&self.order.base_tools, &self.order.tools],
                whole: self.order.whole,
            }),
        };
        let mut evidence = check::check(self.world.cargo, &self.clean, &subject).await?;
        // Where everything is judged, what is red is a finding, whoever brought it.
        if !self.order.whole
            && let Some(red) = self.red_before(&evidence).await?
        {
            return Ok(Found::BaseRed(red));
        }
        let trees = [(&self.base, &self.after), (&self.order.base_tools, &self.order.tools)];
        evidence = evidence.with_observed(check::out_of_scope(&trees, &self.order.scope), Vec::new());
        if is_green(&evidence) {
            let quality = self.quality(&evidence).await?;
            evidence = evidence.with_observed(quality.observed, quality.unchecked);
        }
        if is_green(&evidence) && !touched.is_empty() && !self.order.faults.is_zero() {
            let (touched, left_out) = self.built(touched, &evidence);
            evidence = evidence.with_observed(Vec::new(), left_out);
            stage(self.world, "trial", format!("faults: {} changed functions", touched.len()));
            layer::lay(self.world, &self.after, &self.trial, Under::Trials).await?;
            let (facts, unchecked) = self.faults(&touched, &passing(&evidence)).await?;
            evidence = evidence.with_faults(facts).with_observed(Vec::new(), unchecked);
        }
        let unseen = self.order.unseen.clone();
        Ok(Found::Evidence(Box::new(evidence.with_observed(unseen, Vec::new()))))
    }

    /// The functions of the program in the files that the change touches.
    fn sites(&self) -> Vec<Site> {
        let paths: BTreeSet<&TreePath> = self.changed.iter().map(|span| &span.path).collect();
        let of_file = |path: &TreePath| program_sites(self.after.text(path).unwrap_or_default(), path);
        paths.into_iter().filter(|path| is_program(path)).flat_map(of_file).collect()
    }

    /// Documentation, features and versions, as far as the change makes them matter.
    async fn quality(&self, evidence: &Evidence) -> Result<Quality, PipelineError> {
        let facts = evidence.facts();
        let Some(change) = &facts.change else { return Ok(Quality::default()) };
        let warnings = facts.lint_growth.as_deref().unwrap_or_default();
        // Where everything is judged, nothing was there before.
        let nothing = Tree::new();
        let base = if self.order.whole { &nothing } else { &self.base };
        let step = Step { base, after: &self.after, change, warnings };
        // What clippy built there serves rustdoc and `cargo check` too.
        let bench = check::lint_bench(&self.clean)?;
        Ok(check::quality(self.world.cargo, &bench, &step).await?)
    }

    /// The functions of the program that the change touches.
    fn touched<'s>(&self, sites: &'s [Site]) -> Vec<Touched<'s>> {
        let of = |site: &'s Site| {
            let meets = |span: &&Span| {
                span.path == site.path && span.range.start < site.body.end && site.body.start < span.range.end
            };
            let changed: Vec<Range<usize>> =
                self.changed.iter().filter(meets).map(|span| span.range.clone()).collect();
            (!changed.is_empty()).then_some(Touched { site, changed })
        };
        sites.iter().filter_map(of).collect()
    }

    /// The functions that this build holds, and what is left out with features or for other platforms: no test could
    /// notice there.
    fn built<'s>(
        &self,
        touched: Vec<Touched<'s>>,
        evidence: &Evidence,
    ) -> (Vec<Touched<'s>>, Vec<Unchecked>) {
        let Some(coverage) = &evidence.facts().coverage else { return (touched, Vec::new()) };
        let is_built = |one: &Touched<'_>| {
            let line = |at| self.line(&one.site.path, at);
            let lines = line(one.site.signature.start)..=line(one.site.body.end);
            coverage.holds_code(&one.site.path, &lines)
        };
        let (built, rest): (Vec<_>, Vec<_>) = touched.into_iter().partition(is_built);
        let named = |one: &Touched<'_>| format!("`{}` in {}", one.site.function, one.site.path);
        let unchecked = |one| Unchecked {
            check: "tests that bite".to_owned(),
            reason: format!("{} is no part of this build", named(one)),
        };
        let left_out = rest.iter().map(unchecked).collect();
        (built, left_out)
    }

    /// What is red with the change and was red without it: the base is tried only where the change is red.
    async fn red_before(&self, evidence: &Evidence) -> Result<Option<Vec<String>>, PipelineError> {
        if is_green(evidence) {
            return Ok(None);
        }
        stage(self.world, "diagnose", "the change is red: is the base as well?");
        let subject = Subject {
            tree: &self.base,
            expected_tests: &[],
            generated: &[],
            program: self.world.launcher,
            test_wall: TEST_WALL,
            depth: Depth::Change(Base { tree: &self.base, tests: &TestLiterals::default(), lints: None }),
        };
        let before = check::check(self.world.cargo, &self.clean, &subject).await?;
        if !before.facts().build.success {
            return Ok(Some(vec!["it does not build".to_owned()]));
        }
        let (then, now) = (failing(&before), failing(evidence));
        let both: Vec<String> = now.iter().filter(|test| then.contains(test)).map(named).collect();
        // What else is red is the change's doing, and is told.
        let is_all = evidence.facts().build.success && both.len() == now.len();
        Ok((is_all && !both.is_empty()).then_some(both))
    }

    fn line(&self, path: &TreePath, at: usize) -> usize {
        let before = self.after.text(path).and_then(|text| text.get(..at)).unwrap_or_default();
        before.matches('\n').count() + 1
    }
}

/// A function that the change touches.
struct Touched<'s> {
    site: &'s Site,
    /// What changed in it and around it, in bytes of the file.
    changed: Vec<Range<usize>>,
}

impl Touched<'_> {
    /// What changed between its braces.
    fn in_body(&self) -> impl Iterator<Item = Span> {
        let body = &self.site.body;
        let within = |changed: &Range<usize>| changed.start.max(body.start)..changed.end.min(body.end);
        self.changed.iter().map(within).map(|range| Span { path: self.site.path.clone(), range })
    }
}

pub(super) fn is_green(evidence: &Evidence) -> bool {
    evidence.facts().build.success && failing(evidence).is_empty()
}

fn failing(evidence: &Evidence) -> Vec<&TestName> {
    let facts = evidence.facts().tests.iter();
    facts.filter(|fact| matches!(fact.result, TestResult::Failed { .. })).map(|fact| &fact.test).collect()
}

/// The tests that a trial can run: those of the documentation are not among them.
fn passing(evidence: &Evidence) -> Vec<TestName> {
    let passed = evidence.facts().tests.iter().filter(|fact| fact.result == TestResult::Passed);
    passed.map(|fact| fact.test.clone()).filter(|test| test.target != check::DOCTESTS).collect()
}

fn named(test: &&TestName) -> String {
    format!("{}::{}", test.target, test.name)
}

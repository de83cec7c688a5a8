//! The last tier: a model writes the bodies of stubs, or of the most suspicious functions.
//!
//! The road is that of a new project: drafts, repair of drafts, trial, confirmation. A stub is judged by the failing
//! tests that reach no other stub; once it is filled, tests that reach others as well may decide about those.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::candidate::{Candidate, CandidateId, Origin};
use crate::change::tests_source;
use crate::diagnose::TestDiagnosis;
use crate::diff;
use crate::hole::{Hole, HoleCheck, HoleId, TestName};
use crate::locate::Suspect;
use crate::pipeline::PipelineError;
use crate::pipeline::accept::{House, accept};
use crate::pipeline::fill::{Budget, Earlier, Filler, HoleOutcome};
use crate::pipeline::new::stock;
use crate::pipeline::trees::Trees;
use crate::propose::model::ModelProposer;
use crate::propose::proposer::Feedback;
use crate::propose::suggestion::SuggestionProposer;
use crate::tree::Tree;
use crate::trial::{TrialOptions, TrialState};

use super::plausible::{Effort, Found, Plausible, Tier};
use super::reach::Reach;
use super::red_tests::decisive;
use super::search::hole;
use super::{Job, stage};

/// Functions that are no stubs and are written anew at most.
const MOST_REWRITTEN: usize = 3;
/// Rounds of proposals for a function before the others get their turn.
const ROUNDS: u32 = 2;
/// Turns that a function gets while time is left.
const TURNS: u32 = 12;
/// Children of drafts in one generation of repairs.
const REPAIRS: usize = 48;
/// Assertions of one hole that are shown.
const MOST_CHECKS: usize = 24;

impl Job<'_> {
    /// Asks the model, if there is one, for the bodies of stubs; where there is no stub, for the suspects' own.
    pub(super) async fn ask_model(
        &self,
        tree: &Tree,
        tests: &TestDiagnosis,
        suspects: &[Suspect],
        proposer: impl FnOnce() -> Option<ModelProposer>,
    ) -> Result<Found, PipelineError> {
        let stubs: Vec<Hole> = suspects
            .iter()
            .filter(|suspect| is_stub(tree, suspect))
            .map(|suspect| hole(tree, suspect))
            .collect();
        let mut wanted: Vec<Hole> = if stubs.is_empty() {
            suspects.iter().take(MOST_REWRITTEN).map(|suspect| hole(tree, suspect)).collect()
        } else {
            stubs.clone()
        };
        for hole in &mut wanted {
            let package = self.order.workspace.package_of(&hole.path);
            hole.dependencies = package.map(|package| package.dependencies.clone()).unwrap_or_default();
        }
        let asked = tokio::task::block_in_place(proposer);
        let Some(mut proposer) = asked else { return Ok(Found::default()) };
        stage(self.world, "propose", "propose: a model");
        if wanted.iter().any(|hole| !hole.dependencies.is_empty()) {
            stock(self.world, &self.benches.clean, &self.order.workspace.root).await;
        }
        let writer = Writer { job: self, tests, stubs: stubs.iter().map(|hole| hole.id.clone()).collect() };
        writer.write(tree, wanted, &mut proposer).await
    }
}

/// Whether the body only says that it is not written yet.
pub(super) fn is_stub(tree: &Tree, suspect: &Suspect) -> bool {
    let site = &suspect.site;
    let body = tree.text(&site.path).and_then(|text| text.get(site.body.clone())).unwrap_or_default();
    ["todo!", "unimplemented!"].iter().any(|stub| body.contains(stub))
}

/// A tree while it is written.
struct Draft {
    trees: Trees,
    /// Holes that are still to be filled.
    wanted: Vec<Hole>,
    /// Stubs that still stand.
    open: BTreeSet<HoleId>,
    /// What passes for a hole and is not believed alone.
    lone: BTreeMap<HoleId, Lone>,
    /// What got furthest for a hole in its last turn.
    lessons: BTreeMap<HoleId, Feedback>,
    /// Whether something of that stands in the trees all the same.
    is_doubted: bool,
    /// Where the bodies come from.
    origins: Vec<Origin>,
    found: Found,
}

/// Bodies of a hole that pass, none of which another one agrees with.
struct Lone {
    /// The hole as it was judged.
    hole: Hole,
    /// The bodies, the likeliest first, each with its ancestors, youngest first.
    families: Vec<Vec<Candidate>>,
}

impl Lone {
    /// All of them, the oldest first, to be tried again.
    fn members(self) -> Vec<Candidate> {
        let all = self.families.into_iter().flatten().map(|one| (one.id, one));
        all.collect::<BTreeMap<CandidateId, Candidate>>().into_values().collect()
    }
}

/// What a turn came to.
struct Turn {
    /// Whether any hole could be judged.
    is_tried: bool,
    /// Whether any hole could not.
    is_blocked: bool,
}

/// The work on the holes of one tree.
struct Writer<'a> {
    job: &'a Job<'a>,
    tests: &'a TestDiagnosis,
    stubs: BTreeSet<HoleId>,
}

impl Writer<'_> {
    /// Fills hole after hole, those first that some test decides about alone. Easy ones are soon filled and may make others
    /// judgeable; what stays open gets another turn, as long as there is time.
    async fn write(
        &self,
        tree: &Tree,
        wanted: Vec<Hole>,
        proposer: &mut ModelProposer,
    ) -> Result<Found, PipelineError> {
        let mut filler = self.filler(proposer);
        let mut draft = Draft {
            trees: Trees::new(tree.clone(), tree.clone()),
            wanted,
            open: self.stubs.clone(),
            lone: BTreeMap::new(),
            lessons: BTreeMap::new(),
            is_doubted: false,
            origins: Vec::new(),
            found: Found {
                model: filler.proposer.as_ref().map(|asked| asked.model().identity().clone()),
                ..Found::default()
            },
        };
        for turn in 0..TURNS {
            filler.budget.earlier_rounds = turn * ROUNDS;
            let open = draft.wanted.len();
            let Turn { is_tried, is_blocked } = self.turn(&mut draft, &mut filler).await?;
            if draft.wanted.is_empty() || !draft.found.plausible.is_empty() || self.job.late() {
                break;
            }
            // A second opinion would be better, but nothing else can be judged before this one stands.
            let is_stuck = is_blocked && draft.wanted.len() == open;
            let is_freed = is_stuck && self.believe_one(&mut draft).await?;
            if !is_tried && !is_freed {
                break;
            }
            tracing::debug!(turn, open = draft.wanted.len(), "a turn of all open functions ends");
        }
        while draft.found.plausible.is_empty() && self.believe_one(&mut draft).await? {}
        draft.found.effort.stopped = draft.found.plausible.is_empty() && self.job.late();
        if !draft.origins.is_empty() && !self.stubs.is_empty() {
            let written = self.stubs.len() - draft.open.len();
            draft.found.nearest = Some(format!("{written} of {} stubs were written", self.stubs.len()));
        }
        Ok(draft.found)
    }

    /// One turn of every hole that can be judged.
    async fn turn(&self, draft: &mut Draft, filler: &mut Filler<'_>) -> Result<Turn, PipelineError> {
        let mut waiting = std::mem::take(&mut draft.wanted);
        let mut is_tried = false;
        while let Some((at, checks)) = self.next(&draft.trees, &waiting, &draft.open) {
            self.job.stop_if_cancelled()?;
            if self.job.late() {
                break;
            }
            is_tried = true;
            let left = self.job.deadline.saturating_duration_since(Instant::now());
            filler.budget.time = left / u32::try_from(waiting.len()).unwrap_or(1).max(1);
            let wanted = waiting.remove(at);
            let context = context(draft.trees.full(), &wanted);
            let hole = Hole { visible: checks, context, ..wanted.clone() };
            let bodies = draft.lone.remove(&hole.id).map(Lone::members).unwrap_or_default();
            let lesson = draft.lessons.remove(&hole.id);
            let earlier = Earlier { bodies, lesson, ..Earlier::default() };
            let outcome = filler.fill(&hole, &mut draft.trees, earlier).await?;
            self.job.world.reporter.report(&outcome.event());
            take_effort(&mut draft.found.effort, &outcome);
            match outcome {
                HoleOutcome::Open(open) => {
                    draft.wanted.push(wanted);
                    draft.lessons.extend(open.best.map(|best| (hole.id.clone(), best)));
                    if !open.lone.is_empty() {
                        draft.lone.insert(hole.id.clone(), Lone { hole, families: open.lone });
                    }
                }
                HoleOutcome::Filled(filled) => {
                    self.stands(draft, &hole.id, &filled.ancestry).await?;
                    if !draft.found.plausible.is_empty() {
                        break;
                    }
                }
            }
        }
        let is_blocked = !waiting.is_empty();
        draft.wanted.append(&mut waiting);
        Ok(Turn { is_tried, is_blocked })
    }

    /// Lets the likeliest body stand of a hole for which some pass that are not believed; whether there was one. What comes
    /// of it is for a person to judge.
    async fn believe_one(&self, draft: &mut Draft) -> Result<bool, PipelineError> {
        while let Some((id, Lone { hole, families })) = draft.lone.pop_first() {
            let Some(family) = families.into_iter().next() else { continue };
            let Some(body) = family.first() else { continue };
            let (cargo, bench) = (self.job.cargo(), &self.job.benches.clean);
            if accept(cargo, bench, &hole, &mut draft.trees, body, House::Theirs).await?.is_some() {
                draft.is_doubted = true;
                draft.wanted.retain(|wanted| wanted.id != id);
                self.stands(draft, &id, &family).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Notes that a body stands in the trees, and whether everything passes with it.
    async fn stands(
        &self,
        draft: &mut Draft,
        hole: &HoleId,
        ancestry: &[Candidate],
    ) -> Result<(), PipelineError> {
        draft.origins.extend(ancestry.iter().map(|candidate| candidate.origin.clone()));
        draft.open.remove(hole);
        if self.job.passes(self.tests, draft.trees.full()).await? {
            let origins = std::mem::take(&mut draft.origins);
            let whole = self.plausible(draft.trees.full(), origins, draft.is_doubted);
            draft.found.plausible.push(whole);
        }
        Ok(())
    }

    fn plausible(&self, tree: &Tree, origins: Vec<Origin>, is_doubted: bool) -> Plausible {
        let size = diff::size(&self.job.base, tree);
        Plausible {
            tree: tree.clone(),
            tier: Tier::Model,
            origins,
            likelihood: 1.0,
            hole: None,
            size,
            number: 1,
            is_doubted,
        }
    }

    fn filler<'f>(&'f self, proposer: &'f mut ModelProposer) -> Filler<'f> {
        let (job, order) = (self.job, self.job.order);
        Filler {
            cargo: job.cargo(),
            trial_bench: &job.benches.trial,
            clean_bench: &job.benches.clean,
            proposer: Some(proposer),
            repairer: SuggestionProposer::new(REPAIRS),
            reporter: job.world.reporter,
            state: TrialState::default(),
            options: TrialOptions { seed: order.seed, parallel: order.jobs, ..TrialOptions::default() },
            budget: Budget { rounds: ROUNDS, earlier_rounds: 0, time: order.time },
            seed: order.seed,
            shelf: job.world.shelf,
            cancelled: job.world.cancelled,
            next_id: 1,
            house: House::Theirs,
        }
    }

    /// The next hole that can be judged, with its checks: the one with the most tests that reach no other open stub.
    fn next(
        &self,
        trees: &Trees,
        wanted: &[Hole],
        open: &BTreeSet<HoleId>,
    ) -> Option<(usize, Vec<HoleCheck>)> {
        let reach = Reach::of(trees.full());
        let others = |hole: &Hole| -> BTreeSet<String> {
            let others = open.iter().filter(|other| **other != hole.id);
            others.map(|other| other.0.rsplit(':').next().unwrap_or(&other.0).to_owned()).collect()
        };
        let checks = |hole: &Hole| self.checks(trees.full(), hole, &reach, &others(hole));
        let judged = wanted.iter().enumerate().map(|(at, hole)| (at, checks(hole)));
        judged
            .filter(|(_, checks)| !checks.is_empty())
            .max_by_key(|(at, checks)| (checks.len(), usize::MAX - at))
    }

    /// What the failing tests that reach this hole and none of `others` assert.
    fn checks(&self, tree: &Tree, hole: &Hole, reach: &Reach, others: &BTreeSet<String>) -> Vec<HoleCheck> {
        let name = hole.function.rsplit("::").next().unwrap_or(&hole.function);
        let failing: BTreeMap<&TestName, ()> =
            self.tests.failing.iter().map(|failing| (&failing.test, ())).collect();
        let decisive = decisive(self.tests);
        let tests = decisive.iter().filter(|test| failing.contains_key(test));
        let mut checks = Vec::new();
        for test in tests {
            let Some(source) = tests_source(tree, test) else { continue };
            let text = tree.text(&source.path).unwrap_or_default();
            let reached = reach.from(text.get(source.body.clone()).unwrap_or_default());
            if !reached.contains(name) || others.iter().any(|other| reached.contains(other)) {
                continue;
            }
            let assertions =
                source.assertions.iter().filter_map(|assertion| text.get(assertion.range.clone()));
            let shown: Vec<String> = assertions.map(condition).collect();
            let all = if shown.is_empty() { vec!["true".to_owned()] } else { shown };
            checks.extend(all.into_iter().map(|source| HoleCheck { source, test: test.clone() }));
        }
        checks.truncate(MOST_CHECKS);
        checks
    }
}

fn take_effort(effort: &mut Effort, outcome: &HoleOutcome) {
    let of_hole = outcome.effort();
    effort.candidates += of_hole.candidates;
    effort.compiled += of_hole.compiled;
    effort.dropped += of_hole.dropped;
    effort.tokens += of_hole.tokens;
    effort.decode_seconds += of_hole.decode_seconds;
    effort.stopped |= outcome.open().is_some_and(|open| open.budget);
}

/// `assert_eq!(a, b)` as the condition `a == b`; other assertions as what they hold.
fn condition(assertion: &str) -> String {
    let inside = |name: &str| {
        let rest = assertion.strip_prefix(name)?.trim_start().strip_prefix('!')?.trim();
        Some(rest.get(1..rest.len().checked_sub(1)?)?.trim().trim_end_matches(',').to_owned())
    };
    let equal = |inside: String| {
        let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        let sides = syn::parse::Parser::parse_str(parser, &inside).ok()?;
        let text = |at: usize| {
            let range = syn::spanned::Spanned::span(sides.get(at)?).byte_range();
            inside.get(range).map(str::to_owned)
        };
        Some(format!("{} == {}", text(0)?, text(1)?))
    };
    let condition = inside("assert_eq").and_then(equal).or_else(|| inside("assert"));
    condition.unwrap_or_else(|| assertion.to_owned())
}

/// What the writer of a body may rely on: the file without its tests, and without the function itself.
fn context(tree: &Tree, hole: &Hole) -> String {
    let text = tree.text(&hole.path).unwrap_or_default();
    let program = text.split("#[cfg(test)]").next().unwrap_or(text);
    program.replace(&hole.signature, "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions_are_shown_as_conditions() {
        let cases = [
            ("assert_eq!(f(1, 2), \"a, b\")", "f(1, 2) == \"a, b\""),
            ("assert!(f(1) > 2)", "f(1) > 2"),
            ("assert_ne!(a, b)", "assert_ne!(a, b)"),
        ];
        for (assertion, expected) in cases {
            assert_eq!(condition(assertion), expected);
        }
    }
}

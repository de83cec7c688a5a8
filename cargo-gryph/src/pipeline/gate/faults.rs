//! Faults in the functions that a change touches: which of them a test notices.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::check::{FaultFact, MissedFault, Unchecked};
use crate::hole::{Hole, TestName};
use crate::patch::Span;
use crate::pipeline::PipelineError;
use crate::pipeline::fix::hole_of;
use crate::propose::fault::{Fault, VALUE, faults};
use crate::propose::search::Place;
use crate::schema::{Site, on_deep_stack};
use crate::trial::{self, Job, Outcome, Survey, TrialError, TrialOptions, TrialState};

use super::{Touched, Work};

/// Faults put into one function, and into all of them.
const MOST_FAULTS: usize = 40;
const MOST_FAULTS_IN_ALL: usize = 600;
/// Functions whose faults share the first build; each later one holds twice as many. A short time so tells of some of them,
/// and a long one of all, with few builds.
const FIRST_FUNCTIONS: usize = 32;
/// Faults from which on a build that tells which tests come to which function saves time.
const FEWEST_SURVEYED: usize = 48;
/// Characters of a fault that are told.
const MOST_CHARACTERS: usize = 60;

impl Work<'_> {
    /// Puts faults into the functions and sees which of them a test notices, and for which of them time was too short.
    pub(super) async fn faults(
        &self,
        touched: &[Touched<'_>],
        tests: &[TestName],
    ) -> Result<(Vec<FaultFact>, Vec<Unchecked>), PipelineError> {
        let most = (MOST_FAULTS_IN_ALL / touched.len().max(1)).clamp(1, MOST_FAULTS);
        let started = Instant::now();
        // In a large file each function takes a while; half of the time is for running them.
        let in_time = |_: &&Touched<'_>| started.elapsed() < self.order.faults / 2;
        let some = touched.iter().take(MOST_FAULTS_IN_ALL).take_while(in_time);
        let broken: Vec<Broken<'_>> = some.map(|one| self.broken(one, most)).collect();
        let rest = touched.len() - broken.len();
        let deadline = started.checked_add(self.order.faults);
        let survey = self.surveyed(&broken, tests, deadline).await?;
        let options = TrialOptions {
            seed: self.order.seed,
            parallel: self.order.jobs,
            stop_at_first_failure: true,
            passing: tests.iter().cloned().collect(),
            deadline,
            ..TrialOptions::default()
        };
        let fates = self.tried(&broken, tests, &survey, &options).await?;
        let unchecked = untried(&fates).into_iter().chain(unbroken(rest)).collect();
        let mut fates = fates.into_iter();
        let fact = |Broken { site, faults, hole }: &Broken<'_>| {
            let outcomes: Vec<(&Fault, Fate)> = faults.iter().zip(fates.by_ref()).collect();
            let missed = outcomes.iter().filter(|(_, fate)| *fate == Fate::Missed);
            FaultFact {
                path: site.path.clone(),
                function: site.function.clone(),
                line: self.line(&site.path, site.signature.start),
                tried: outcomes.iter().filter(|(_, fate)| fate.is_known()).count(),
                // Examples in its documentation are tests, which no trial runs.
                noticed: hole.doc.contains("```") || is_noticed(&outcomes),
                missed: missed.map(|(fault, _)| self.missed(site, fault)).collect(),
            }
        };
        Ok((broken.iter().map(fact).collect(), unchecked))
    }

    fn broken<'s>(&self, touched: &Touched<'s>, most: usize) -> Broken<'s> {
        let place = Place { tree: &self.after, site: touched.site, weights: &[] };
        let mut faults = on_deep_stack(|| faults(&place, &touched.changed)).unwrap_or_default();
        faults.truncate(most);
        Broken { site: touched.site, hole: hole_of(&self.after, touched.site), faults }
    }

    /// Which tests come to which place, where there are enough faults for that to save time.
    async fn surveyed(
        &self,
        broken: &[Broken<'_>],
        tests: &[TestName],
        deadline: Option<Instant>,
    ) -> Result<Survey, PipelineError> {
        let faults: usize = broken.iter().map(|one| one.faults.len()).sum();
        if faults < FEWEST_SURVEYED || tests.is_empty() {
            return Ok(Survey::default());
        }
        let sites: Vec<Site> = broken.iter().map(|one| one.site.clone()).collect();
        let options = TrialOptions {
            seed: self.order.seed,
            parallel: self.order.jobs,
            deadline,
            ..TrialOptions::default()
        };
        // Tests are given little time here, so that what is learnt of them is of no use to a trial.
        let mut state = TrialState::default();
        let surveyed =
            trial::survey(self.world.cargo, &self.trial, &mut state, &self.after, &sites, tests, &options);
        match surveyed.await {
            Err(TrialError::Base(_)) => Ok(Survey::default()),
            survey => Ok(survey?),
        }
    }

    /// What became of each fault.
    async fn tried(
        &self,
        broken: &[Broken<'_>],
        tests: &[TestName],
        survey: &Survey,
        options: &TrialOptions,
    ) -> Result<Vec<Fate>, PipelineError> {
        let mut state = TrialState::default();
        let mut fates = Vec::new();
        let (mut rest, mut size) = (broken, FIRST_FUNCTIONS);
        while !rest.is_empty() {
            let (group, later) = rest.split_at(size.min(rest.len()));
            fates.extend(self.tried_together(&mut state, group, tests, survey, options).await?);
            (rest, size) = (later, size * 2);
        }
        let late = fates.iter().filter(|fate| **fate == Fate::Untried).count();
        if late > 0 && !fates.iter().any(|fate| fate.is_known()) {
            return Err(PipelineError::NoFaultTried { faults: late, time: self.order.faults });
        }
        Ok(fates)
    }

    /// What became of the faults of functions that share a build.
    async fn tried_together(
        &self,
        state: &mut TrialState,
        broken: &[Broken<'_>],
        tests: &[TestName],
        survey: &Survey,
        options: &TrialOptions,
    ) -> Result<Vec<Fate>, PipelineError> {
        let candidates = candidates(broken);
        if tests.is_empty() {
            // Where there is no test, none notices anything.
            return Ok(vec![Fate::Missed; candidates.len()]);
        }
        let options = TrialOptions { likely: likely(broken, survey), ..options.clone() };
        let holes: Vec<Hole> = broken.iter().map(|one| one.hole.clone()).collect();
        let job = Job { tree: &self.after, holes: &holes, tests };
        let report = trial::trial(self.world.cargo, &self.trial, state, &job, &candidates, &options).await?;
        let fate = |candidate: &Candidate| {
            let verdict = report.verdicts.iter().find(|verdict| verdict.candidate == candidate.id);
            verdict.map_or(Fate::Untried, |verdict| Fate::of(&verdict.outcome, report.is_slow))
        };
        Ok(candidates.iter().map(fate).collect())
    }

    fn missed(&self, site: &Site, fault: &Fault) -> MissedFault {
        let text = self.after.text(&site.path).unwrap_or_default();
        MissedFault {
            line: self.line(&site.path, fault.span.start),
            was: in_one_line(text.get(fault.span.clone()).unwrap_or_default()),
            became: in_one_line(&fault.text),
        }
    }
}

/// A function with the faults that are put into it.
struct Broken<'s> {
    site: &'s Site,
    hole: Hole,
    faults: Vec<Fault>,
}

/// What became of a fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// A test failed.
    Noticed,
    /// All tests passed.
    Missed,
    /// It does not compile.
    Unfit,
    /// There was no time for it.
    Untried,
}

impl Fate {
    /// What an outcome says. Where a test is too slow to say anything, none may have failed for that reason.
    fn of(outcome: &Outcome, is_slow: bool) -> Self {
        match outcome {
            Outcome::Judged { failed, .. } if is_slow && failed.iter().all(|one| one.timed_out) => {
                Self::Untried
            }
            Outcome::Judged { failed, .. } if !failed.is_empty() => Self::Noticed,
            // There may be no test left that runs the code instead of reading it.
            Outcome::Judged { .. } => Self::Missed,
            _ => Self::Unfit,
        }
    }

    /// Whether tests ran with the fault.
    fn is_known(self) -> bool {
        match self {
            Self::Noticed | Self::Missed => true,
            Self::Unfit | Self::Untried => false,
        }
    }
}

/// What there was no time for, as a check that was not made.
fn untried(fates: &[Fate]) -> Option<Unchecked> {
    let late = fates.iter().filter(|fate| **fate == Fate::Untried).count();
    let reason = format!("{late} of {} were not tried in time; a larger --max-time allows it", fates.len());
    (late > 0).then(|| Unchecked { check: "faults".to_owned(), reason })
}

/// Functions that were not broken, as a check that was not made.
fn unbroken(rest: usize) -> Option<Unchecked> {
    let reason = format!("{rest} more changed functions were not broken: they are many, or large");
    (rest > 0).then(|| Unchecked { check: "faults".to_owned(), reason })
}

/// Whether a test looks at what the function gives. One that only runs it notices some faults too, by their panics.
fn is_noticed(outcomes: &[(&Fault, Fate)]) -> bool {
    let known = outcomes.iter().filter(|(_, fate)| fate.is_known());
    let (values, others): (Vec<_>, Vec<_>) = known.partition(|(fault, _)| fault.operator == VALUE);
    let telling = if values.is_empty() { others } else { values };
    telling.iter().any(|(_, fate)| *fate == Fate::Noticed)
}

/// All faults by the numbers that they have as candidates.
fn numbered<'b>(broken: &'b [Broken<'_>]) -> impl Iterator<Item = (CandidateId, &'b Broken<'b>, &'b Fault)> {
    let of_all = broken.iter().flat_map(|one| one.faults.iter().map(move |fault| (one, fault)));
    (1..).zip(of_all).map(|(id, (one, fault))| (CandidateId(id), one, fault))
}

/// For each fault the tests that come to its place.
fn likely(broken: &[Broken<'_>], survey: &Survey) -> BTreeMap<CandidateId, Vec<TestName>> {
    let place =
        |one: &Broken<'_>, fault: &Fault| Span { path: one.site.path.clone(), range: fault.span.clone() };
    numbered(broken).map(|(id, one, fault)| (id, survey.reaching(&place(one, fault)))).collect()
}

fn candidates(broken: &[Broken<'_>]) -> Vec<Candidate> {
    let candidate = |(id, one, fault): (CandidateId, &Broken<'_>, &Fault)| Candidate {
        id,
        hole: one.hole.id.clone(),
        change: Change::Body(fault.body.clone()),
        origin: Origin {
            proposer: "fault".to_owned(),
            round: 1,
            model: None,
            prompt: None,
            seed: None,
            operator: Some(fault.operator.clone()),
            parent: None,
        },
    };
    numbered(broken).map(candidate).collect()
}

fn in_one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

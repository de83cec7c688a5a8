//! How patches behave beside the tests: the tests are played again with other values, and patches that answer alike are
//! one behaviour.

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::diagnose::TestDiagnosis;
use crate::diff;
use crate::hole::{Hole, HoleId};
use crate::patch::Span;
use crate::pipeline::PipelineError;
use crate::pipeline::rehearse::Stage;
use crate::schema::Site;
use crate::trial::behaviour::{classes, difference, falls};
use crate::trial::rehearsal::{Lists, Probe, Rehearsal, rehearsal};
use crate::trial::{TrialState, Verdict};

use super::Job;
use super::choose::Standing;
use super::red_tests::{decisive, program_sites};
use super::search::hole_of;

/// What the comparison of patches came to.
pub(super) struct Behaviour {
    verdicts: Vec<Verdict>,
    rehearsal: Option<Rehearsal>,
}

impl Behaviour {
    /// Runs the patches on rehearsals of the tests. Where there are none, or they cannot be built, nothing is known.
    pub(super) async fn compare(
        job: &Job<'_>,
        tests: &TestDiagnosis,
        standing: &[Standing],
    ) -> Result<Self, PipelineError> {
        let nothing = Self { verdicts: Vec::new(), rehearsal: None };
        let function = standing.iter().find_map(|one| one.plausible.hole.as_ref());
        let function = function.map_or("", |hole| hole.function.as_str());
        let Some(rehearsal) = rehearsal(&job.base, &decisive(tests), function, Lists::Filled) else {
            return Ok(nothing);
        };
        let holes = holes(job, standing);
        let cast = |current: &Rehearsal| {
            let candidate = |(at, one)| candidate(job, current, one, at, &holes);
            (holes.clone(), standing.iter().enumerate().filter_map(candidate).collect())
        };
        let stage = Stage { cargo: job.cargo(), bench: &job.benches.trial, options: &job.trial_options() };
        let played = stage.play(&mut TrialState::default(), rehearsal, cast).await?;
        Ok(played
            .map_or(nothing, |played| Self { verdicts: played.verdicts, rehearsal: Some(played.rehearsal) }))
    }

    /// Numbers the behaviours, in the order in which the patches were compared. A patch that could not be compared is
    /// taken to behave like no other.
    pub(super) fn mark(&self, standing: &mut [Standing]) {
        let classes = classes(&self.verdicts, self.probes());
        for (at, one) in standing.iter_mut().enumerate() {
            let class = classes.iter().position(|class| class.candidates.contains(&number(at)));
            one.place = at;
            one.class = class.unwrap_or(classes.len() + at);
            one.alike = class.map_or(1, |class| classes[class].candidates.len());
            one.falls = self.verdict(at).map(|verdict| falls(verdict, self.probes()));
        }
    }

    /// Says of each patch on which input it answers otherwise than the first.
    pub(super) fn tell(&self, standing: &mut [Standing]) {
        let first = standing.first().and_then(|first| self.verdict(first.place));
        for one in standing.iter_mut() {
            let both = first.zip(self.verdict(one.place));
            let found = both.and_then(|(first, own)| difference(own, first, self.probes()));
            one.differs = found.map(|found| {
                format!("{} gives {} here and {} with the first", found.input, found.one, found.other)
            });
        }
    }

    fn verdict(&self, place: usize) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.candidate == number(place))
    }

    fn probes(&self) -> &[Probe] {
        self.rehearsal.as_ref().map(|rehearsal| rehearsal.probes.as_slice()).unwrap_or_default()
    }
}

fn number(at: usize) -> CandidateId {
    CandidateId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// The functions that the patches change; a patch of more than one body stands for the first of them. Repairs of a red
/// build are not known by function, and such a base can hold no schema: they stand for a function that none of them
/// touches, so that each is built by itself.
fn holes(job: &Job<'_>, standing: &[Standing]) -> Vec<Hole> {
    let mut holes: Vec<Hole> = Vec::new();
    for hole in standing.iter().filter_map(|one| one.plausible.hole.as_ref()) {
        if holes.iter().all(|known| known.id != hole.id) {
            holes.push(hole.clone());
        }
    }
    if holes.is_empty() {
        let edits = standing.iter().flat_map(|one| diff::hunks(&job.base, &one.plausible.tree));
        let edits: Vec<Span> = edits.map(|hunk| hunk.edit.span).collect();
        let is_apart = |site: &&Site| {
            let meets = |span: &Span| {
                span.path == site.path
                    && span.range.start <= site.item.end
                    && site.item.start <= span.range.end
            };
            !edits.iter().any(meets)
        };
        holes.extend(program_sites(&job.base).iter().find(is_apart).map(|site| hole_of(&job.base, site)));
    }
    holes
}

fn candidate(
    job: &Job<'_>,
    rehearsal: &Rehearsal,
    one: &Standing,
    at: usize,
    holes: &[Hole],
) -> Option<Candidate> {
    let edits = rehearsal.moved(&diff::between(&job.base, &one.plausible.tree));
    let hole: HoleId = one.plausible.hole.as_ref().or(holes.first())?.id.clone();
    let origin = Origin {
        proposer: one.plausible.tier.to_string(),
        round: 1,
        model: None,
        prompt: None,
        seed: None,
        operator: None,
        parent: None,
    };
    Some(Candidate { id: number(at), hole, change: Change::Edits(edits), origin })
}

//! Candidates written by a text model: many samples of one prompt a round.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::candidate::{Candidate, CandidateId, Change, Origin};
use crate::digest::Digest;
use crate::hole::HoleId;
use crate::model::text::{Completion, CompletionBatch, CompletionRequest, Finish, TextModel};
use crate::propose::body::normal_form;
use crate::propose::extract::{Form, extract, stop};
use crate::propose::prompt::{Hints, Shape, prompt};
use crate::propose::proposer::{Feedback, ProposeError, Proposer, Situation};

/// How one round is sampled.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RoundPlan {
    /// How the text is asked for.
    pub shape: Shape,
    /// Temperature.
    pub temperature: f32,
    /// Nucleus sampling's sum of probabilities.
    pub top_p: f32,
    /// Repetition penalty; 1 is none.
    pub repetition_penalty: f32,
    /// Whether the prompt quotes a failed attempt.
    pub attempt: bool,
}

/// The rounds in order; after the last one the last two alternate. `docs/proposing.md` has the measurements behind it.
pub const SCHEDULE: [RoundPlan; 4] = [plan(0.5, false), plan(0.8, false), plan(0.9, true), plan(1.0, false)];

const fn plan(temperature: f32, attempt: bool) -> RoundPlan {
    RoundPlan { shape: Shape::Prefilled, temperature, top_p: 0.95, repetition_penalty: 1.0, attempt }
}

impl RoundPlan {
    /// The plan of a round, from 1, in a schedule that is not empty.
    pub fn of_round(schedule: &[Self], round: u32) -> Option<Self> {
        let at = usize::try_from(round.saturating_sub(1)).unwrap_or(usize::MAX);
        let beyond = at.checked_sub(schedule.len());
        let at = beyond.map_or(at, |beyond| schedule.len().saturating_sub(2 - beyond % 2));
        schedule.get(at).or(schedule.last()).copied()
    }
}

/// How much a round may cost, and its plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Sampling {
    /// Answers a round.
    pub samples: usize,
    /// Tokens an answer may have.
    pub max_tokens: usize,
    /// The rounds.
    pub schedule: Vec<RoundPlan>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { samples: 16, max_tokens: 512, schedule: SCHEDULE.to_vec() }
    }
}

/// What the last round of a model came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RoundReport {
    /// Tokens of all answers.
    pub tokens: usize,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Wall time in the model.
    pub elapsed: Duration,
    /// Of that, decoding.
    pub decode: Duration,
    /// Answers.
    pub answers: usize,
    /// Answers that hold no body, with the reason.
    pub dropped: Vec<String>,
    /// Answers whose body was proposed before.
    pub repeated: usize,
}

impl RoundReport {
    /// Decoded tokens a second, all samples together; 0 before anything was decoded.
    pub fn tokens_per_second(&self) -> f64 {
        let seconds = self.decode.as_secs_f64();
        if seconds > 0.0 { self.tokens as f64 / seconds } else { 0.0 }
    }
}

/// Proposes what a text model writes.
pub struct ModelProposer {
    model: Box<dyn TextModel>,
    sampling: Sampling,
    report: RoundReport,
}

impl ModelProposer {
    /// A proposer that asks `model`.
    pub fn new(model: Box<dyn TextModel>, sampling: Sampling) -> Self {
        Self { model, sampling, report: RoundReport::default() }
    }

    /// The model asked.
    pub fn model(&self) -> &dyn TextModel {
        self.model.as_ref()
    }

    /// What the last round came to.
    pub fn report(&self) -> &RoundReport {
        &self.report
    }

    fn request(&self, plan: RoundPlan, situation: &Situation<'_>) -> CompletionRequest {
        let attempt = plan.attempt.then(|| attempt(situation)).flatten();
        let context = self.model.identity().context;
        let max_tokens = self.sampling.max_tokens;
        let seed = |index| sample_seed(situation.run_seed, &situation.hole.id, situation.round, index as u64);
        CompletionRequest {
            prompt: prompt(
                situation.hole,
                plan.shape,
                Hints { attempt, related: situation.related },
                context,
                max_tokens,
            ),
            seeds: (0..self.sampling.samples).map(seed).collect(),
            max_tokens,
            temperature: plan.temperature,
            top_p: plan.top_p,
            repetition_penalty: plan.repetition_penalty,
        }
    }

    fn candidates(
        &mut self,
        situation: &Situation<'_>,
        form: Form,
        origin: &Origin,
        batch: CompletionBatch,
    ) -> Vec<Candidate> {
        let bodies = situation.tried.iter().filter_map(Feedback::body);
        let mut seen: BTreeSet<String> = bodies.map(normal_form).collect();
        let mut candidates = Vec::new();
        for completion in &batch.completions {
            match self.body(situation, form, completion) {
                Some(body) if seen.insert(normal_form(&body)) => candidates.push(Candidate {
                    id: CandidateId(situation.next_id.saturating_add(candidates.len() as u32)),
                    hole: situation.hole.id.clone(),
                    change: Change::Body(body),
                    origin: Origin { seed: Some(completion.seed), ..origin.clone() },
                }),
                Some(_) => self.report.repeated += 1,
                None => {}
            }
        }
        candidates
    }

    fn body(&mut self, situation: &Situation<'_>, form: Form, completion: &Completion) -> Option<String> {
        if completion.finish == Finish::Cancelled {
            return None;
        }
        let extracted = extract(situation.hole, form, &completion.text);
        extracted.map_err(|error| self.report.dropped.push(error.to_string())).ok()
    }
}

impl Proposer for ModelProposer {
    fn propose(&mut self, situation: &Situation<'_>) -> Result<Vec<Candidate>, ProposeError> {
        let Some(plan) = RoundPlan::of_round(&self.sampling.schedule, situation.round) else {
            return Ok(Vec::new());
        };
        let request = self.request(plan, situation);
        let form = if plan.shape == Shape::Open { Form::Whole } else { Form::Inside };
        let answer = self.model.complete(&request, &mut |_, text| stop(form, text), situation.cancelled);
        let batch = answer.map_err(|error| ProposeError::Model {
            hole: situation.hole.id.clone(),
            source: Box::new(error),
        })?;
        self.report = RoundReport {
            tokens: batch.tokens(),
            prompt_tokens: batch.prompt_tokens,
            elapsed: batch.elapsed,
            decode: batch.decode,
            answers: batch.completions.len(),
            ..RoundReport::default()
        };
        let identity = self.model.identity();
        let origin = Origin {
            proposer: "model".to_owned(),
            round: situation.round,
            model: Some((identity.id.clone(), identity.weights)),
            prompt: Some(request.prompt.digest()),
            seed: None,
            operator: None,
            parent: None,
        };
        Ok(self.candidates(situation, form, &origin, batch))
    }
}

/// The seed of one sample: the first eight bytes, little-endian, of the SHA-256 over the length-prefixed parts
/// `gryph sample 1`, the run's seed, the hole's id, the round and the index (integers as 8 bytes little-endian), as
/// [`Digest::of_parts`] frames them. So a sample can be made again alone, and no two of a run share a seed.
pub fn sample_seed(run_seed: u64, hole: &HoleId, round: u32, index: u64) -> u64 {
    let digest = Digest::of_parts([
        b"gryph sample 1".as_slice(),
        &run_seed.to_le_bytes(),
        hole.0.as_bytes(),
        &u64::from(round).to_le_bytes(),
        &index.to_le_bytes(),
    ]);
    let hex = digest.to_string();
    u64::from_str_radix(&hex[..16], 16).map_or(0, u64::swap_bytes)
}

/// The attempt to be corrected: most tests passed first, then fewest errors; each later round takes the next of the
/// best three, so that one misleading draft does not decide everything. What passed all it was shown is no attempt to be
/// corrected, and a model that saw it could only repeat it, which would then look like agreement.
fn attempt<'a>(situation: &Situation<'a>) -> Option<&'a Feedback> {
    let mut tried: Vec<&Feedback> =
        situation.tried.iter().filter(|feedback| feedback.body().is_some() && feedback.is_wrong()).collect();
    tried.sort_by_key(|feedback| (usize::MAX - feedback.passed, feedback.errors(), feedback.id()));
    let best = tried.len().min(3);
    let turn = usize::try_from(situation.round).unwrap_or(0);
    (best > 0).then(|| tried[turn % best])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hole::Hole;
    use crate::model::text::{ModelError, ModelIdentity, Prompt};
    use crate::tree::TreePath;

    /// Answers with the texts in turn, honouring the stop rule, and keeps the requests.
    struct Script {
        identity: ModelIdentity,
        answers: Vec<&'static str>,
        requests: std::sync::Arc<std::sync::Mutex<Vec<CompletionRequest>>>,
    }

    impl TextModel for Script {
        fn identity(&self) -> &ModelIdentity {
            &self.identity
        }

        fn complete(
            &mut self,
            request: &CompletionRequest,
            stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
            _cancelled: &dyn Fn() -> bool,
        ) -> Result<CompletionBatch, ModelError> {
            self.requests.lock().unwrap().push(request.clone());
            let answer = |(index, &seed): (usize, &u64)| {
                let text = self.answers[index % self.answers.len()];
                let end = stop(index, text).unwrap_or(text.len());
                Completion { text: text[..end].to_owned(), tokens: 7, seed, finish: Finish::Stopped }
            };
            Ok(CompletionBatch {
                completions: request.seeds.iter().enumerate().map(answer).collect(),
                prompt_tokens: 50,
                elapsed: Duration::from_secs(2),
                decode: Duration::from_secs(1),
            })
        }
    }

    fn hole() -> Hole {
        Hole {
            id: HoleId("f".to_owned()),
            path: TreePath::new("src/lib.rs").unwrap(),
            function: "f".to_owned(),
            signature: "pub fn f(x: u32) -> u32".to_owned(),
            doc: "Adds one.".to_owned(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    fn proposer(
        answers: &[&'static str],
    ) -> (ModelProposer, std::sync::Arc<std::sync::Mutex<Vec<CompletionRequest>>>) {
        let requests = std::sync::Arc::default();
        let identity = ModelIdentity {
            id: "script".to_owned(),
            weights: Digest::of(b"script"),
            device: "cpu".to_owned(),
            context: 2048,
        };
        let script =
            Script { identity, answers: answers.to_vec(), requests: std::sync::Arc::clone(&requests) };
        let sampling = Sampling { samples: answers.len(), ..Sampling::default() };
        (ModelProposer::new(Box::new(script), sampling), requests)
    }

    fn situation<'a>(hole: &'a Hole, round: u32, tried: &'a [Feedback]) -> Situation<'a> {
        Situation { hole, round, run_seed: 1, next_id: 10, tried, related: &[], cancelled: &|| false }
    }

    fn feedback(candidate: Candidate, passed: usize) -> Feedback {
        Feedback {
            candidate,
            diagnostics: Vec::new(),
            failures: Vec::new(),
            passed,
            objections: Vec::new(),
            absent: Vec::new(),
        }
    }

    #[test]
    fn answers_become_numbered_candidates_with_their_origin() {
        let (mut proposer, requests) =
            proposer(&["x + 1\n}\n```", "x  +  1 }", "let s = \"", "x\n}\nfn tail() {}"]);
        let hole = hole();
        let candidates = proposer.propose(&situation(&hole, 1, &[])).unwrap();
        let bodies: Vec<_> = candidates.iter().map(|candidate| candidate.change.clone()).collect();
        assert_eq!(bodies, [Change::Body("\nx + 1\n".to_owned()), Change::Body("\nx\n".to_owned())]);
        assert_eq!(candidates[1].id, CandidateId(11));
        assert_eq!(candidates[1].origin.seed, Some(sample_seed(1, &hole.id, 1, 3)));
        assert_eq!(candidates[0].origin.prompt, Some(requests.lock().unwrap()[0].prompt.digest()));
        let report = proposer.report();
        assert_eq!((report.answers, report.repeated, report.dropped.len(), report.tokens), (4, 1, 1, 28));
        assert!((report.tokens_per_second() - 28.0).abs() < 1e-9);
    }

    #[test]
    fn a_later_round_quotes_the_best_attempt_and_repeats_no_body() {
        let (mut proposer, requests) = proposer(&["x + 1 }", "x + 2 }"]);
        let hole = hole();
        let first = proposer.propose(&situation(&hole, 1, &[])).unwrap();
        let tried: Vec<Feedback> =
            first.into_iter().zip([0, 0]).map(|(c, passed)| feedback(c, passed)).collect();
        let round = SCHEDULE.iter().position(|plan| plan.attempt).unwrap() as u32 + 1;
        assert_eq!(proposer.propose(&situation(&hole, round, &tried)).unwrap(), []);
        assert_eq!(proposer.report().repeated, 2);
        let requests = requests.lock().unwrap();
        let Prompt::Chat { user, .. } = &requests[1].prompt else { panic!("not a chat") };
        assert!(user.contains("This attempt is wrong") && user.contains("x + "), "{user}");
    }

    #[test]
    fn seeds_are_as_documented_and_differ_in_every_part() {
        let hole = HoleId("slug::slugify".to_owned());
        assert_eq!(sample_seed(0, &hole, 1, 0), SEED_OF_THE_FIRST_SAMPLE);
        let seeds = [
            sample_seed(0, &hole, 1, 0),
            sample_seed(1, &hole, 1, 0),
            sample_seed(0, &HoleId("slug".to_owned()), 1, 0),
            sample_seed(0, &hole, 2, 0),
            sample_seed(0, &hole, 1, 1),
        ];
        assert_eq!(seeds.iter().collect::<BTreeSet<_>>().len(), seeds.len());
    }

    /// Computed apart from this code, from the documented recipe.
    const SEED_OF_THE_FIRST_SAMPLE: u64 = 1_439_491_217_416_430_433;

    #[test]
    fn after_the_schedule_its_last_two_rounds_alternate() {
        let at = |round| RoundPlan::of_round(&SCHEDULE, round);
        assert_eq!(at(1), Some(SCHEDULE[0]));
        assert_eq!((at(5), at(6), at(7)), (Some(SCHEDULE[2]), Some(SCHEDULE[3]), Some(SCHEDULE[2])));
        assert_eq!(RoundPlan::of_round(&[], 1), None);
    }
}

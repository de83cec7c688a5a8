//! The decoding loop.

use super::{Completion, DecodeError, Decoder, Finish, Generation, Request, cache::Cache, cycle::is_cycling};
use crate::{
    sampler::Sampler,
    tokenizer::{TextStream, Tokenizer},
};
use std::time::Instant;

/// Prompt tokens run at a time: bounds the memory of activations, and how long a cancellation waits.
const PREFILL: usize = 128;

/// A sample under way.
struct Sample {
    index: usize,
    seed: u64,
    sampler: Sampler,
    tokens: Vec<u32>,
    stream: TextStream,
    log_probability: f64,
}

/// A sample's fate after a token.
enum Fate {
    Continues,
    Ends(Finish),
    Stops(usize),
}

impl Decoder {
    /// Continues the request's prompt once per seed.
    ///
    /// After each token `stop` is given the sample's index and its text so far; `Some(n)` ends that sample and cuts
    /// its text to `n` bytes (to the character boundary at or before it). `cancelled` is asked between steps; what
    /// was decoded until then is returned. The same request gives the same completions on the same machine with the
    /// same number of threads; a sample may depend on how many run beside it, because kernels differ by batch size.
    ///
    /// # Errors
    ///
    /// The prompt is empty or leaves no room in the context; the runtime fails.
    pub fn generate(
        &mut self,
        request: &Request,
        stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Generation, DecodeError> {
        let prompt = self.prompt_tokens(&request.prompt)?;
        let budget = request.max_tokens.min(self.context - prompt.len());
        let mut samples = Sample::all(request);
        let mut finished = Vec::new();

        let start = Instant::now();
        let mut cache = Cache::new(&mut self.opened, &self.facts, 1, prompt.len() + budget)?;
        let completed = budget == 0 || samples.is_empty() || self.prefill(&mut cache, &prompt, cancelled)?;
        let prefill = start.elapsed();

        let start = Instant::now();
        let mut rows = vec![0; samples.len()];
        while completed && budget > 0 && !samples.is_empty() && !cancelled() {
            let stepped = self.step(&cache, samples, &rows, budget, stop);
            samples = stepped.samples;
            finished.extend(stepped.finished);
            if samples.is_empty() {
                break;
            }
            cache = self.advance(cache, &samples, &stepped.rows)?;
            rows = (0..samples.len()).collect();
        }
        let rest = if budget == 0 { Finish::Length } else { Finish::Cancelled };
        finished.extend(samples.into_iter().map(|sample| sample.finish(Fate::Ends(rest))));
        Ok(collect(finished, prompt.len(), prefill, start.elapsed()))
    }

    fn prompt_tokens(&self, prompt: &str) -> Result<Vec<u32>, DecodeError> {
        let mut tokens = self.tokenizer.encode(prompt)?;
        if let Some(begin) = self.facts.begin_token
            && tokens.first() != Some(&begin)
        {
            tokens.insert(0, begin);
        }
        self.check(&tokens)?;
        if tokens.len() == self.context {
            return Err(DecodeError::PromptTooLong { prompt: tokens.len(), context: self.context });
        }
        Ok(tokens)
    }

    /// Runs a prompt in pieces; false if it was cancelled between two of them.
    pub(super) fn prefill(
        &mut self,
        cache: &mut Cache,
        tokens: &[u32],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<bool, DecodeError> {
        for piece in tokens.chunks(PREFILL) {
            if cancelled() {
                return Ok(false);
            }
            cache.run(&mut self.opened.session, piece.iter().map(|token| i64::from(*token)).collect())?;
        }
        if cache.is_sound() { Ok(true) } else { Err(DecodeError::NoNumbers) }
    }

    /// Draws a token for each sample from the logits of its row.
    fn step(
        &self,
        cache: &Cache,
        samples: Vec<Sample>,
        rows: &[usize],
        budget: usize,
        stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
    ) -> Stepped {
        let mut stepped = Stepped { samples: Vec::new(), rows: Vec::new(), finished: Vec::new() };
        let vocabulary = self.facts.vocabulary;
        for (mut sample, row) in samples.into_iter().zip(rows) {
            let logits = &cache.logits()[row * vocabulary..(row + 1) * vocabulary];
            sample.draw(logits);
            match sample.fate(&self.tokenizer, &self.facts.end_tokens, budget, stop) {
                Fate::Continues => {
                    stepped.samples.push(sample);
                    stepped.rows.push(*row);
                }
                fate => stepped.finished.push(sample.finish(fate)),
            }
        }
        stepped
    }

    /// Closes up the rows if some left, and runs the samples' newest tokens.
    fn advance(&mut self, cache: Cache, samples: &[Sample], rows: &[usize]) -> Result<Cache, DecodeError> {
        let unchanged = rows.len() == cache.rows() && rows.iter().enumerate().all(|(at, row)| at == *row);
        let mut cache = if unchanged { cache } else { cache.select(&mut self.opened, rows)? };
        let tokens = samples.iter().filter_map(|sample| sample.tokens.last());
        cache.run(&mut self.opened.session, tokens.map(|token| i64::from(*token)).collect())?;
        if cache.is_sound() { Ok(cache) } else { Err(DecodeError::NoNumbers) }
    }
}

/// The samples after a step: those that go on, the cache rows they came from, and those that ended.
struct Stepped {
    samples: Vec<Sample>,
    rows: Vec<usize>,
    finished: Vec<(usize, Completion)>,
}

impl Sample {
    fn all(request: &Request) -> Vec<Self> {
        let sample = |(index, seed): (usize, &u64)| Self {
            index,
            seed: *seed,
            sampler: Sampler::new(request.sampling, *seed),
            tokens: Vec::new(),
            stream: TextStream::default(),
            log_probability: 0.0,
        };
        request.samples.iter().enumerate().map(sample).collect()
    }

    fn draw(&mut self, logits: &[f32]) {
        let pick = self.sampler.pick(logits, &self.tokens);
        self.tokens.push(pick.token);
        self.log_probability += f64::from(pick.log_probability);
    }

    fn fate(
        &mut self,
        tokenizer: &Tokenizer,
        end_tokens: &[u32],
        budget: usize,
        stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
    ) -> Fate {
        let Some(token) = self.tokens.last() else {
            return Fate::Continues;
        };
        if end_tokens.contains(token) {
            return Fate::Ends(Finish::EndToken);
        }
        let text = self.stream.push(tokenizer, *token);
        if let Some(length) = stop(self.index, text) {
            return Fate::Stops(length);
        }
        if self.tokens.len() >= budget {
            return Fate::Ends(Finish::Length);
        }
        if is_cycling(&self.tokens) { Fate::Ends(Finish::Loop) } else { Fate::Continues }
    }

    fn finish(self, fate: Fate) -> (usize, Completion) {
        let mut text = self.stream.into_text();
        let finish = match fate {
            Fate::Continues => Finish::Length,
            Fate::Ends(finish) => finish,
            Fate::Stops(length) => {
                text.truncate(text.floor_char_boundary(length));
                Finish::StopRule
            }
        };
        let tokens = self.tokens.len();
        let mean_log_probability = (self.log_probability / tokens.max(1) as f64) as f32;
        (self.index, Completion { text, tokens, seed: self.seed, finish, mean_log_probability })
    }
}

fn collect(
    mut finished: Vec<(usize, Completion)>,
    prompt_tokens: usize,
    prefill: std::time::Duration,
    decode: std::time::Duration,
) -> Generation {
    finished.sort_by_key(|(index, _)| *index);
    let completions: Vec<Completion> = finished.into_iter().map(|(_, completion)| completion).collect();
    let decoded_tokens = completions.iter().map(|completion| completion.tokens).sum();
    Generation { completions, prompt_tokens, prefill, decode, decoded_tokens }
}

//! What is asked of a decoder, and what it answers.

use crate::sampler::Sampling;
use std::time::Duration;

/// One prompt and how to continue it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The prompt, with all its template's markers.
    pub prompt: String,
    /// One seed per sample wanted.
    pub samples: Vec<u64>,
    /// The most tokens of one completion.
    pub max_tokens: usize,
    /// How tokens are drawn.
    pub sampling: Sampling,
}

/// Why a completion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The model ended it.
    EndToken,
    /// The caller's rule ended it.
    StopRule,
    /// It reached the most tokens allowed, or the context is full.
    Length,
    /// It repeated itself.
    Loop,
    /// The caller cancelled.
    Cancelled,
}

/// One finished sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The text, without the prompt and without the end token.
    pub text: String,
    /// Tokens drawn, the end token included.
    pub tokens: usize,
    /// The sample's seed.
    pub seed: u64,
    /// Why it ended.
    pub finish: Finish,
    /// Mean of the tokens' log-probabilities under the model; 0 without tokens.
    pub mean_log_probability: f32,
}

/// All completions of a request, in the order of its seeds, and what they cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    /// One per seed.
    pub completions: Vec<Completion>,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Time for the prompt.
    pub prefill: Duration,
    /// Time for the completions.
    pub decode: Duration,
    /// Tokens of all completions together.
    pub decoded_tokens: usize,
}

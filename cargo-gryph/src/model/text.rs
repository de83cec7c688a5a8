//! What a text model is: a prompt and seeds go in, one completion per seed comes out.
//!
//! Whatever a model writes is untrusted text; nothing here looks into it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::model::replay::ReplayError;

/// A source of completions: the local decoder, a recording.
pub trait TextModel: Send {
    /// Which model this is and where it runs.
    fn identity(&self) -> &ModelIdentity;

    /// Completes the prompt once per seed of the request, in the order of the seeds.
    ///
    /// After each token `stop` is told the sample's index in the batch and its whole text so far; `Some(length)` ends
    /// that sample and cuts its text to `length` bytes. `cancelled` is asked between tokens; when it says true the
    /// samples end as they are, with [`Finish::Cancelled`].
    ///
    /// # Errors
    /// When the prompt does not fit, the runtime fails or a recording does not hold this request.
    fn complete(
        &mut self,
        request: &CompletionRequest,
        stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError>;
}

/// Which weights answer, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelIdentity {
    /// The manifest's id.
    pub id: String,
    /// The SHA-256 of the weights file as published.
    pub weights: Digest,
    /// `cpu` or `cuda`.
    pub device: String,
    /// Tokens that prompt and answer may have together.
    pub context: usize,
}

/// What a model is asked to continue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prompt {
    /// A conversation of one question whose answer is begun already.
    Chat {
        /// How to behave.
        system: String,
        /// The question; may quote untrusted text.
        user: String,
        /// The start of the assistant's answer, which the model continues; may be empty.
        prefill: String,
    },
    /// Fill in the middle: the text between prefix and suffix is wanted.
    Infill {
        /// The text before the hole.
        prefix: String,
        /// The text after the hole.
        suffix: String,
    },
}

impl Prompt {
    /// The digest of all parts, which names the prompt in records.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Chat { system, user, prefill } => {
                Digest::of_parts([b"chat".as_slice(), system.as_bytes(), user.as_bytes(), prefill.as_bytes()])
            }
            Self::Infill { prefix, suffix } => {
                Digest::of_parts([b"infill".as_slice(), prefix.as_bytes(), suffix.as_bytes()])
            }
        }
    }

    /// Bytes of all parts together.
    pub fn len(&self) -> usize {
        match self {
            Self::Chat { system, user, prefill } => system.len() + user.len() + prefill.len(),
            Self::Infill { prefix, suffix } => prefix.len() + suffix.len(),
        }
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A prompt, how to sample, and one seed per wanted completion.
#[derive(Clone, PartialEq, Debug)]
pub struct CompletionRequest {
    /// What to continue.
    pub prompt: Prompt,
    /// One seed per completion.
    pub seeds: Vec<u64>,
    /// Most tokens of one completion.
    pub max_tokens: usize,
    /// Divides the logits; 0 takes the most likely token always.
    pub temperature: f32,
    /// Only the most likely tokens whose probabilities reach this sum are sampled (nucleus sampling); 1 takes all.
    pub top_p: f32,
    /// Divides positive logits of tokens already generated (CTRL, Keskar et al. 2019); 1 changes nothing.
    pub repetition_penalty: f32,
}

impl CompletionRequest {
    /// The digest of the settings beside prompt and seeds.
    pub fn settings_digest(&self) -> Digest {
        Digest::of_parts([
            (self.max_tokens as u64).to_le_bytes().as_slice(),
            &self.temperature.to_bits().to_le_bytes(),
            &self.top_p.to_bits().to_le_bytes(),
            &self.repetition_penalty.to_bits().to_le_bytes(),
        ])
    }
}

/// Why a completion ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finish {
    /// The model said that it is done.
    EndToken,
    /// The caller's stop rule cut it.
    Stopped,
    /// It reached the most tokens allowed.
    Length,
    /// It repeated itself.
    Loop,
    /// The caller cancelled.
    Cancelled,
}

/// One answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Completion {
    /// The text after the prompt's prefill, cut by the stop rule.
    pub text: String,
    /// Tokens decoded for it.
    pub tokens: usize,
    /// Its seed.
    pub seed: u64,
    /// Why it ended.
    pub finish: Finish,
}

/// The answers to one request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CompletionBatch {
    /// One per seed, in the order of the seeds.
    pub completions: Vec<Completion>,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Wall time of the whole request.
    pub elapsed: Duration,
    /// Of that, the time spent decoding, the prompt's prefill left out.
    pub decode: Duration,
}

impl CompletionBatch {
    /// Tokens of all completions.
    pub fn tokens(&self) -> usize {
        self.completions.iter().map(|completion| completion.tokens).sum()
    }
}

/// Why a model gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The prompt leaves no room for an answer.
    #[error(
        "the prompt has {tokens} tokens and the answer may have {answer}, more than the {context} of the model"
    )]
    PromptTooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Tokens asked for.
        answer: usize,
        /// Tokens of the model's context.
        context: usize,
    },
    /// The manifest names a template this version does not know.
    #[error("no chat template `{0}`")]
    UnknownTemplate(String),
    /// The model has no tokens for filling in the middle.
    #[error("the model `{0}` cannot fill in the middle")]
    NoInfill(String),
    /// The decoder failed.
    #[error("the model `{model}` failed to decode")]
    Decoder {
        /// The model's id.
        model: String,
        /// What happened.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The recording does not hold this request, or cannot be read or written.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

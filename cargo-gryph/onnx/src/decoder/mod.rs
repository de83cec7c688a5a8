//! Runs an imported model: one prompt in, several samples out.
//!
//! The prompt is run once; its key/value state is then copied to as many rows as there are samples, which advance
//! together, one token per row and step. A finished sample leaves, and the rows close up.

mod cache;
mod cycle;
mod generate;
mod placement;
mod request;
mod selector;
mod session;

pub use placement::{Placement, PlacementError};
pub use request::{Completion, Finish, Generation, Request};

use crate::{
    facts::{Facts, FactsError},
    runtime::Runtime,
    tokenizer::{Tokenizer, TokenizerError},
};
use cache::Cache;
use session::Opened;
use std::path::{Path, PathBuf};

/// Where a decoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The CPU, in `f32`.
    Cpu,
    /// The first CUDA device, in `f16`.
    Cuda,
}

/// How a decoder is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecoderOptions {
    /// The device wanted. CUDA falls back to the CPU where it does not work; see [`Decoder::device`].
    pub device: Device,
    /// Threads for the numeric kernels; 0 leaves it to ONNX Runtime (one per core).
    pub threads: usize,
    /// The most tokens of prompt and answer together; 0 means as many as the model can.
    pub context: usize,
}

/// Why a model cannot be opened or run.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The description is missing or of another format.
    #[error("cannot open the model in `{dir}`")]
    Facts {
        /// The model directory.
        dir: PathBuf,
        /// The cause.
        source: FactsError,
    },
    /// Packed weights cannot be unpacked.
    #[error("cannot unpack the weights in `{dir}`")]
    Unpack {
        /// The model directory.
        dir: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The tokenizer fails.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// ONNX Runtime refuses the graph.
    #[error("cannot load the graph in `{dir}`")]
    Load {
        /// The model directory.
        dir: PathBuf,
        /// The cause.
        source: ort::Error,
    },
    /// ONNX Runtime fails while running.
    #[error("cannot run the model")]
    Run(#[from] ort::Error),
    /// The prompt leaves no room for an answer.
    #[error("the prompt has {prompt} tokens, the context holds {context}")]
    PromptTooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens of the context.
        context: usize,
    },
    /// The model's answer holds what is no number.
    #[error("the model computes no numbers on this device")]
    NoNumbers,
    /// A token id outside the vocabulary, or no token at all.
    #[error("the tokens cannot be run: {problem}")]
    Tokens {
        /// What is wrong with them.
        problem: String,
    },
}

/// An opened model.
#[derive(Debug)]
pub struct Decoder {
    facts: Facts,
    tokenizer: Tokenizer,
    opened: Opened,
    context: usize,
}

impl Decoder {
    /// Opens the model that [`import`](crate::import::import) wrote to `dir`.
    ///
    /// # Errors
    ///
    /// The directory holds no model of this format, or ONNX Runtime refuses it.
    pub fn open(runtime: &Runtime, dir: &Path, options: DecoderOptions) -> Result<Self, DecodeError> {
        let facts = Facts::read(dir).map_err(|source| DecodeError::Facts { dir: dir.to_owned(), source })?;
        // In this order loading the graph reuses memory that reading the tokenizer has freed.
        let tokenizer = Tokenizer::open(dir)?;
        let opened = session::open(runtime, dir, &facts, options)?;
        let context = if options.context == 0 { facts.context } else { options.context.min(facts.context) };
        Ok(Self { facts, tokenizer, opened, context })
    }

    /// The device the model really runs on.
    pub fn device(&self) -> Device {
        self.opened.device
    }

    /// Why the wanted device is not used, if it is not.
    pub fn refusal(&self) -> Option<&str> {
        self.opened.refusal.as_deref()
    }

    /// What is known about the model.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The logits after the last of `tokens`, one per id of the vocabulary.
    ///
    /// # Errors
    ///
    /// No tokens, too many, ids outside the vocabulary, or a failing runtime.
    pub fn last_logits(&mut self, tokens: &[u32]) -> Result<Vec<f32>, DecodeError> {
        self.check(tokens)?;
        let mut cache = Cache::new(&mut self.opened, &self.facts, 1, tokens.len())?;
        self.prefill(&mut cache, tokens, &|| false)?;
        Ok(cache.logits().to_vec())
    }

    fn check(&self, tokens: &[u32]) -> Result<(), DecodeError> {
        let problem = |problem: String| Err(DecodeError::Tokens { problem });
        if tokens.is_empty() {
            return problem("there are none".to_owned());
        }
        if tokens.len() > self.context {
            return Err(DecodeError::PromptTooLong { prompt: tokens.len(), context: self.context });
        }
        match tokens.iter().find(|token| **token as usize >= self.facts.vocabulary) {
            Some(token) => {
                problem(format!("{token} is beyond the {} ids of the vocabulary", self.facts.vocabulary))
            }
            None => Ok(()),
        }
    }
}

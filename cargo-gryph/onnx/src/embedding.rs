//! Text to vectors with all-MiniLM-L6-v2 or a model of the same shape.

use crate::runtime::Runtime;
use ort::{
    session::{Session, SessionInputValue, builder::GraphOptimizationLevel},
    value::Tensor,
};
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};
use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

/// Width of a vector.
pub const WIDTH: usize = 384;
/// Tokens of a text that are read; MiniLM was trained on 128 and takes up to 512.
const LONGEST: usize = 256;
/// The output that some exports have besides the token vectors.
const POOLED: &str = "sentence_embedding";

/// Why text cannot be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The model cannot be loaded.
    #[error("cannot load the embedding model `{path}`")]
    Load {
        /// The model.
        path: PathBuf,
        /// The cause.
        source: ort::Error,
    },
    /// The tokenizer cannot be read or set up.
    #[error("cannot read the tokenizer `{path}`")]
    Tokenizer {
        /// The tokenizer.
        path: PathBuf,
        /// The cause.
        source: tokenizers::Error,
    },
    /// A text cannot be encoded.
    #[error("cannot encode a text")]
    Encode(#[source] tokenizers::Error),
    /// The model fails.
    #[error("cannot run the embedding model")]
    Run(#[from] ort::Error),
    /// The model's output is not one vector of 384 numbers per text or token.
    #[error("the embedding model answers with shape {shape:?}, expected vectors of {WIDTH}")]
    Shape {
        /// The shape it answered with.
        shape: Vec<i64>,
    },
}

/// An opened embedding model.
#[derive(Debug)]
pub struct Embedder {
    session: Session,
    tokenizer: tokenizers::Tokenizer,
}

impl Embedder {
    /// Opens a model and its tokenizer; `threads` 0 means one per core.
    ///
    /// # Errors
    ///
    /// Either file is missing or not what it should be.
    pub fn open(
        runtime: &Runtime,
        model: &Path,
        tokenizer: &Path,
        threads: usize,
    ) -> Result<Self, EmbedError> {
        let load = |source| EmbedError::Load { path: model.to_owned(), source };
        let session = open_session(runtime, model, threads).map_err(load)?;
        let tokenizer = open_tokenizer(tokenizer)
            .map_err(|source| EmbedError::Tokenizer { path: tokenizer.to_owned(), source })?;
        Ok(Self { session, tokenizer })
    }

    /// One vector of length 1 per text, in order.
    ///
    /// Texts run one by one: an 8-bit graph scales its activations by the largest of everything that runs together, so
    /// in a batch a text's vector would depend on its neighbours (down to a cosine of 0.97 on all-MiniLM-L6-v2).
    ///
    /// # Errors
    ///
    /// A text cannot be encoded, or the model fails or has another width.
    pub fn embed(&mut self, texts: &[&str]) -> Result<Vec<[f32; WIDTH]>, EmbedError> {
        texts.iter().map(|text| self.embed_one(text)).collect()
    }

    fn embed_one(&mut self, text: &str) -> Result<[f32; WIDTH], EmbedError> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(EmbedError::Encode)?;
        let wants_types = self.session.inputs().iter().any(|input| input.name() == "token_type_ids");
        let has_pooled = self.session.outputs().iter().any(|output| output.name() == POOLED);
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = vec![
            ("input_ids".into(), row(encoding.get_ids())?.into()),
            ("attention_mask".into(), row(encoding.get_attention_mask())?.into()),
        ];
        if wants_types {
            inputs.push(("token_type_ids".into(), row(encoding.get_type_ids())?.into()));
        }
        let outputs = self.session.run(inputs)?;
        let output = if has_pooled { &outputs[POOLED] } else { &outputs[0] };
        let (shape, values) = output.try_extract_tensor::<f32>()?;
        let (vectors, rest) = values.as_chunks::<WIDTH>();
        if shape.last() != Some(&(WIDTH as i64)) || vectors.is_empty() || !rest.is_empty() {
            return Err(EmbedError::Shape { shape: shape.to_vec() });
        }
        Ok(normalised(&sum(vectors)))
    }
}

fn open_session(runtime: &Runtime, model: &Path, threads: usize) -> ort::Result<Session> {
    Session::builder(runtime.environment())?
        .with_optimization_level(GraphOptimizationLevel::Level3)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .commit_from_file(model)
}

fn open_tokenizer(path: &Path) -> Result<tokenizers::Tokenizer, tokenizers::Error> {
    let mut tokenizer = tokenizers::Tokenizer::from_file(path)?;
    let truncation = TruncationParams {
        max_length: LONGEST,
        strategy: TruncationStrategy::LongestFirst,
        stride: 0,
        direction: TruncationDirection::Right,
    };
    tokenizer.with_truncation(Some(truncation))?.with_padding(None);
    Ok(tokenizer)
}

/// What the model is given of one text: a batch of one.
fn row(values: &[u32]) -> ort::Result<Tensor<i64>> {
    Tensor::from_array(([1, values.len()], values.iter().copied().map(i64::from).collect::<Vec<i64>>()))
}

/// The sum of the vectors of a text's tokens, which points where their mean does; a single, already pooled vector is
/// its own sum.
fn sum(vectors: &[[f32; WIDTH]]) -> [f32; WIDTH] {
    let mut sum = [0.0; WIDTH];
    for vector in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
    sum
}

fn normalised(vector: &[f32; WIDTH]) -> [f32; WIDTH] {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let factor = if length > 0.0 { length.recip() } else { 0.0 };
    vector.map(|value| (f64::from(value) * factor) as f32)
}

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
use tokenizers::{
    Encoding, PaddingDirection, PaddingParams, PaddingStrategy, TruncationDirection, TruncationParams,
    TruncationStrategy,
};

/// Width of a vector.
pub const WIDTH: usize = 384;
/// Tokens of a text that are read; MiniLM was trained on 128 and takes up to 512.
const LONGEST: usize = 256;
/// Texts run together; more do not run faster and take more memory.
const BATCH: usize = 16;
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

    /// One vector of length 1 per text, in order. A text's vector does not depend on its neighbours, up to rounding.
    ///
    /// # Errors
    ///
    /// A text cannot be encoded, or the model fails or has another width.
    pub fn embed(&mut self, texts: &[&str]) -> Result<Vec<[f32; WIDTH]>, EmbedError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            vectors.extend(self.embed_batch(batch)?);
        }
        Ok(vectors)
    }

    fn embed_batch(&mut self, texts: &[&str]) -> Result<Vec<[f32; WIDTH]>, EmbedError> {
        let encodings = self.tokenizer.encode_batch_fast(texts.to_vec(), true).map_err(EmbedError::Encode)?;
        let length = encodings.first().map_or(0, |encoding| encoding.get_ids().len());
        let wants_types = self.session.inputs().iter().any(|input| input.name() == "token_type_ids");
        let has_pooled = self.session.outputs().iter().any(|output| output.name() == POOLED);
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = vec![
            ("input_ids".into(), matrix(&encodings, length, Encoding::get_ids)?.into()),
            ("attention_mask".into(), matrix(&encodings, length, Encoding::get_attention_mask)?.into()),
        ];
        if wants_types {
            inputs
                .push(("token_type_ids".into(), matrix(&encodings, length, Encoding::get_type_ids)?.into()));
        }
        let outputs = self.session.run(inputs)?;
        let output = if has_pooled { &outputs[POOLED] } else { &outputs[0] };
        let (shape, values) = output.try_extract_tensor::<f32>()?;
        if shape.last() != Some(&(WIDTH as i64)) || values.len() % (texts.len() * WIDTH) != 0 {
            return Err(EmbedError::Shape { shape: shape.to_vec() });
        }
        let per_text = values.chunks(values.len() / texts.len());
        Ok(per_text.zip(&encodings).map(|(values, encoding)| normalised(&mean(values, encoding))).collect())
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
    let padding = PaddingParams {
        strategy: PaddingStrategy::BatchLongest,
        direction: PaddingDirection::Right,
        ..tokenizer.get_padding().cloned().unwrap_or_default()
    };
    tokenizer.with_truncation(Some(truncation))?.with_padding(Some(padding));
    Ok(tokenizer)
}

fn matrix(encodings: &[Encoding], length: usize, row: fn(&Encoding) -> &[u32]) -> ort::Result<Tensor<i64>> {
    let values: Vec<i64> =
        encodings.iter().flat_map(|encoding| row(encoding).iter().copied().map(i64::from)).collect();
    Tensor::from_array(([encodings.len(), length], values))
}

/// The mean of the vectors of a text's own tokens; a single, already pooled vector is its own mean.
fn mean(values: &[f32], encoding: &Encoding) -> [f32; WIDTH] {
    let vectors = values.chunks_exact(WIDTH);
    if vectors.len() == 1 {
        return std::array::from_fn(|at| values[at]);
    }
    let mut sum = [0.0; WIDTH];
    let own = vectors.zip(encoding.get_attention_mask()).filter(|(_, mask)| **mask == 1);
    for (vector, _) in own {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
    sum
}

fn normalised(vector: &[f32; WIDTH]) -> [f32; WIDTH] {
    let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let factor = if length > 0.0 { length.recip() } else { 0.0 };
    vector.map(|value| (f64::from(value) * factor) as f32)
}

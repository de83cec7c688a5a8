//! Text to vectors with all-MiniLM-L6-v2 or a model of the same shape.

use crate::runtime::Runtime;
use ort::{
    session::{Session, SessionInputValue, builder::GraphOptimizationLevel},
    value::Tensor,
};
use std::{
    borrow::Cow,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

/// Width of a vector.
pub const WIDTH: usize = 384;
/// Tokens of a text that are read: MiniLM was trained on 128, and twice as many cost twice the time.
const LONGEST: usize = 128;
/// Bytes of a text that are read for each of those tokens: what comes after is not worth splitting into tokens.
const BYTES_OF_TOKEN: usize = 32;
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
    tokenizer: Arc<tokenizers::Tokenizer>,
    /// Whether the model is told which of two sentences a token belongs to.
    wants_types: bool,
    /// Where among the outputs the vectors are.
    output: usize,
}

impl Embedder {
    /// Opens a model and its tokenizer; `threads` 0 means one per core.
    ///
    /// More than one thread makes one text faster; for many texts [`Embedders`] does more with the same cores.
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
        Self::with_tokenizer(runtime, model, load_tokenizer(tokenizer)?, threads)
    }

    fn with_tokenizer(
        runtime: &Runtime,
        model: &Path,
        tokenizer: Arc<tokenizers::Tokenizer>,
        threads: usize,
    ) -> Result<Self, EmbedError> {
        let load = |source| EmbedError::Load { path: model.to_owned(), source };
        let session = open_session(runtime, model, threads).map_err(load)?;
        let wants_types = session.inputs().iter().any(|input| input.name() == "token_type_ids");
        let output = session.outputs().iter().position(|output| output.name() == POOLED).unwrap_or(0);
        Ok(Self { session, tokenizer, wants_types, output })
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
        let text = &text[..text.floor_char_boundary(LONGEST * BYTES_OF_TOKEN)];
        let encoding = self.tokenizer.encode_fast(text, true).map_err(EmbedError::Encode)?;
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = vec![
            ("input_ids".into(), row(encoding.get_ids())?.into()),
            ("attention_mask".into(), row(encoding.get_attention_mask())?.into()),
        ];
        if self.wants_types {
            inputs.push(("token_type_ids".into(), row(encoding.get_type_ids())?.into()));
        }
        let outputs = self.session.run(inputs)?;
        let (shape, values) = outputs[self.output].try_extract_tensor::<f32>()?;
        let (vectors, rest) = values.as_chunks::<WIDTH>();
        if shape.last() != Some(&(WIDTH as i64)) || vectors.is_empty() || !rest.is_empty() {
            return Err(EmbedError::Shape { shape: shape.to_vec() });
        }
        Ok(normalised(&sum(vectors)))
    }
}

/// An embedding model opened several times, for many texts at once.
///
/// Each copy runs one text at a time on a thread of its own. That keeps a text's vector independent of its neighbours
/// and wastes no time on threads that wait for each other, as several threads in one small text do.
#[derive(Debug)]
pub struct Embedders(Vec<Embedder>);

impl Embedders {
    /// Opens a model `count` times, at least once, with one tokenizer.
    ///
    /// # Errors
    ///
    /// Either file is missing or not what it should be.
    pub fn open(runtime: &Runtime, model: &Path, tokenizer: &Path, count: usize) -> Result<Self, EmbedError> {
        let tokenizer = load_tokenizer(tokenizer)?;
        let open = |_| Embedder::with_tokenizer(runtime, model, Arc::clone(&tokenizer), 1);
        (0..count.max(1)).map(open).collect::<Result<_, _>>().map(Self)
    }

    /// One vector of length 1 per text, in order: the same as [`Embedder::embed`] gives.
    ///
    /// # Errors
    ///
    /// A text cannot be encoded, or the model fails or has another width. Which of several errors is given is not
    /// determined.
    pub fn embed(&mut self, texts: &[&str]) -> Result<Vec<[f32; WIDTH]>, EmbedError> {
        let next = AtomicUsize::new(0);
        let done: Vec<_> = thread::scope(|scope| {
            let start = |embedder| scope.spawn(|| embed_some(embedder, texts, &next));
            let threads: Vec<_> = self.0.iter_mut().map(start).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        let mut vectors = vec![[0.0; WIDTH]; texts.len()];
        for some in done {
            some?.into_iter().for_each(|(index, vector)| vectors[index] = vector);
        }
        Ok(vectors)
    }
}

/// Texts by their place, as long as any is left: threads that get short texts take more of them.
fn embed_some(
    embedder: &mut Embedder,
    texts: &[&str],
    next: &AtomicUsize,
) -> Result<Vec<(usize, [f32; WIDTH])>, EmbedError> {
    let mut vectors = Vec::new();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(text) = texts.get(index) else { return Ok(vectors) };
        vectors.push((index, embedder.embed_one(text)?));
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

fn load_tokenizer(path: &Path) -> Result<Arc<tokenizers::Tokenizer>, EmbedError> {
    let tokenizer = |source| EmbedError::Tokenizer { path: path.to_owned(), source };
    open_tokenizer(path).map(Arc::new).map_err(tokenizer)
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

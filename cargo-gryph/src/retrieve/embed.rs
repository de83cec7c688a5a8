//! What turns texts into vectors: a model, or hashes where there is none.

use gryph_index::vectors::{WIDTH, hashing};
use gryph_onnx::embedding::{EmbedError, Embedders};

/// Turns texts into vectors of length 1.
pub trait Embed {
    /// The name under which its vectors are kept; those of two embedders cannot be compared.
    fn name(&self) -> &str;

    /// A vector for each text, in order; `None` for a text that has none.
    ///
    /// # Errors
    /// The model fails.
    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Option<[f32; WIDTH]>>, EmbedError>;
}

/// all-MiniLM-L6-v2.
pub struct MiniLm {
    name: String,
    embedders: Embedders,
}

impl MiniLm {
    /// The opened model, under the id of its manifest.
    pub fn new(name: &str, embedders: Embedders) -> Self {
        Self { name: name.to_owned(), embedders }
    }
}

impl Embed for MiniLm {
    fn name(&self) -> &str {
        &self.name
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Option<[f32; WIDTH]>>, EmbedError> {
        Ok(self.embedders.embed(texts)?.into_iter().map(Some).collect())
    }
}

/// Hashes of words and of their parts: needs nothing, and knows only what is spelt alike.
pub struct Hashing;

impl Embed for Hashing {
    fn name(&self) -> &str {
        hashing::NAME
    }

    fn embed(&mut self, texts: &[&str]) -> Result<Vec<Option<[f32; WIDTH]>>, EmbedError> {
        Ok(texts.iter().map(|text| hashing::embed(text)).collect())
    }
}

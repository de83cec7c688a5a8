//! The GGUF container: header, metadata and tensor table, read with every size checked against the file.
//!
//! Tensor data is not loaded: [`Gguf::reader`] streams it. Format: the GGUF specification of the ggml project,
//! versions 2 and 3, little endian.

mod block;
mod bounded;
mod header;
mod tensor;
mod value;

pub use block::{BlockType, dequantise};
pub(crate) use block::{half_at, k_nibble, k_scale_and_minimum, nibble, q5_0_value, q5k_value, q6k_value};
pub use header::GgufError;
pub use tensor::{Rows, TensorInfo};
pub use value::Value;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// An opened GGUF file: what it says about itself, and where its tensors lie.
#[derive(Debug, Clone)]
pub struct Gguf {
    path: PathBuf,
    metadata: BTreeMap<String, Value>,
    tensors: Vec<TensorInfo>,
}

impl Gguf {
    /// Reads header, metadata and tensor table of the file at `path`.
    ///
    /// # Errors
    ///
    /// A file that is truncated, of another format or version, or that names sizes beyond its own end. Memory used
    /// is bounded by the file's size.
    pub fn open(path: &Path) -> Result<Self, GgufError> {
        let header = header::read(path)?;
        Ok(Self { path: path.to_owned(), metadata: header.metadata, tensors: header.tensors })
    }

    /// The metadata value under `key`.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// The tensor of that name.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// All tensors in the order of the table.
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the rows of `tensor` for streaming.
    ///
    /// # Errors
    ///
    /// The file cannot be opened or is shorter than when the table was read.
    pub fn reader(&self, tensor: &TensorInfo) -> Result<Rows, GgufError> {
        Rows::open(&self.path, tensor)
    }
}

//! `model.json`: what a decoder must know about an imported model.

use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The version of what an import writes: the layout of the directory and the arithmetic of the graph.
pub const FORMAT: u32 = 2;
/// The file's name in a model directory.
pub const FILE: &str = "model.json";
/// No believable model.json is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// What a decoder must know about an imported model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Version of the directory layout.
    pub format: u32,
    /// The GGUF's architecture, `qwen2` or `llama`.
    pub architecture: String,
    /// The model's own name, if the GGUF gave one.
    pub name: Option<String>,
    /// Number of transformer layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of attention heads.
    pub heads: usize,
    /// Number of key/value heads.
    pub kv_heads: usize,
    /// Width of one head.
    pub head_dim: usize,
    /// Number of token ids; the width of the logits.
    pub vocabulary: usize,
    /// The longest sequence the graph can take, in tokens.
    pub context: usize,
    /// Ids that end a text.
    pub end_tokens: Vec<u32>,
    /// Whether a text starts with this token.
    pub begin_token: Option<u32>,
    /// The chat template of the GGUF, if any (Jinja).
    pub chat_template: Option<String>,
    /// Whether a half-precision graph lies beside the CPU one.
    pub gpu: bool,
    /// Weights that are unpacked when the model is opened.
    pub packed: Vec<Packed>,
    /// Bytes of the file that holds the unpacked weights while the model is being opened.
    pub unpacked_bytes: u64,
}

/// One weight kept as in the GGUF (Q5_0), because its unpacked 8-bit form is 1.6 times larger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packed {
    /// First byte of the Q5_0 blocks in the data file.
    pub source: u64,
    /// Number of blocks of 32 elements.
    pub blocks: u64,
    /// Where the 8-bit values go in the unpacked file.
    pub quants: u64,
    /// Where the `f32` scales go in the unpacked file.
    pub scales: u64,
}

/// Why `model.json` cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    /// The file cannot be read or written.
    #[error("cannot access `{path}`")]
    Access {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not what this version writes.
    #[error("`{path}` is not a model description of format {FORMAT}")]
    Content {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
    /// The directory was written in another format.
    #[error("`{path}` has format {found}, this version reads {FORMAT}; import the model again")]
    Format {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
    /// The file is absurdly long.
    #[error("`{path}` is {bytes} bytes long, which no model description is")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
}

impl Facts {
    /// Reads `model.json` in `dir`.
    ///
    /// # Errors
    ///
    /// The file is missing, is not such a description, or is of another format.
    pub fn read(dir: &Path) -> Result<Self, FactsError> {
        let path = dir.join(FILE);
        let access = |source| FactsError::Access { path: path.clone(), source };
        let bytes = fs::metadata(&path).map_err(access)?.len();
        if bytes > LONGEST {
            return Err(FactsError::TooLong { path, bytes });
        }
        let text = fs::read(&path).map_err(access)?;
        let facts: Self = serde_json::from_slice(&text)
            .map_err(|source| FactsError::Content { path: path.clone(), source })?;
        if facts.format != FORMAT {
            return Err(FactsError::Format { path, found: facts.format });
        }
        Ok(facts)
    }

    /// Writes `model.json` in `dir`.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), FactsError> {
        let path = dir.join(FILE);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|source| FactsError::Content { path: path.clone(), source })?;
        fs::write(&path, text).map_err(|source| FactsError::Access { path, source })
    }
}

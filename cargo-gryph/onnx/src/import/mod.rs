//! Turns a GGUF file into a directory with an ONNX graph, its weights, a tokenizer and a description.
//!
//! Stages: `Architecture` (what the file says the model is) → `Plan` (where each weight goes) → the data file,
//! streamed → the graphs → the tokenizer → `model.json`, written last: a directory without it is not a model.

mod architecture;
mod data;
mod embedding_graph;
pub(crate) mod graph;
pub(crate) mod plan;
mod repack;
mod transformer;
mod unpack;
mod vocabulary;
pub(crate) mod weight;

use crate::{
    facts::{self, Facts, FactsError},
    gguf::{Gguf, GgufError},
    protobuf::ElementType,
};
use architecture::Architecture;
use plan::Plan;
use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

pub use unpack::{Unpacked, unpack};

/// The graph for the CPU, in `f32`.
pub const GRAPH: &str = "model.onnx";
/// The graph for GPUs, in `f16`.
pub const GPU_GRAPH: &str = "model.gpu.onnx";
/// The weights of both graphs.
pub const DATA: &str = "model.onnx.data";
/// The weights that exist only while a session is being opened; see [`unpack`].
pub const UNPACKED_DATA: &str = "unpacked.data";
/// The tokenizer.
pub const TOKENIZER: &str = "tokenizer.json";

/// Which graphs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// The `f32` graph for the CPU.
    Cpu,
    /// Both, the `f16` graph for GPUs beside the one for the CPU; quantised values are shared, scales are not.
    Gpu,
}

/// How far the import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of GGUF tensors converted.
    pub done_bytes: u64,
    /// Bytes of GGUF tensors in all.
    pub total_bytes: u64,
}

/// What an import wrote.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The content of `model.json`.
    pub facts: Facts,
    /// Bytes of all files written.
    pub bytes: u64,
}

/// Why a GGUF file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The GGUF cannot be read.
    #[error("cannot read `{path}`")]
    Gguf {
        /// The GGUF.
        path: PathBuf,
        /// The cause.
        source: GgufError,
    },
    /// The file needs something that is not there or not supported.
    #[error("cannot import `{path}`: {problem}")]
    Unsupported {
        /// The GGUF.
        path: PathBuf,
        /// What is missing or not supported.
        problem: String,
    },
    /// A file of the result cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The description cannot be written.
    #[error(transparent)]
    Facts(#[from] FactsError),
    /// The caller's progress callback asked to stop.
    #[error("the import was interrupted")]
    Interrupted,
}

/// Imports `gguf` into the existing directory `out_dir`.
///
/// Weights are streamed, so memory stays far below the file's size. `progress` is called after each chunk and stops
/// the import by returning [`ControlFlow::Break`]; what is in `out_dir` is then incomplete and without `model.json`.
///
/// # Errors
///
/// The GGUF is damaged or of an architecture, tokenizer or tensor type not known here; a file cannot be written; the
/// import was interrupted.
pub fn import(
    gguf: &Path,
    out_dir: &Path,
    precision: Precision,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Imported, ImportError> {
    let file = Gguf::open(gguf).map_err(|source| ImportError::Gguf { path: gguf.to_owned(), source })?;
    let unsupported = |problem| ImportError::Unsupported { path: gguf.to_owned(), problem };
    let architecture = Architecture::read(&file).map_err(unsupported)?;
    let vocabulary = vocabulary::read(&file, architecture.vocabulary).map_err(unsupported)?;
    let plan = Plan::new(&file, &architecture, precision);

    data::write(&file, &plan, &out_dir.join(DATA), progress)?;
    write_graph(&out_dir.join(GRAPH), &architecture, &plan, ElementType::Float)?;
    if precision == Precision::Gpu {
        write_graph(&out_dir.join(GPU_GRAPH), &architecture, &plan, ElementType::Float16)?;
    }
    vocabulary::write(&vocabulary, &out_dir.join(TOKENIZER))?;
    let facts = describe(&file, &architecture, &vocabulary, plan, precision);
    facts.write(out_dir)?;
    Ok(Imported { facts, bytes: written_bytes(out_dir)? })
}

fn write_graph(
    path: &Path,
    architecture: &Architecture,
    plan: &Plan,
    float: ElementType,
) -> Result<(), ImportError> {
    let model = transformer::build(architecture, plan, float);
    fs::write(path, prost::Message::encode_to_vec(&model))
        .map_err(|source| ImportError::Write { path: path.to_owned(), source })
}

fn describe(
    file: &Gguf,
    architecture: &Architecture,
    vocabulary: &vocabulary::Vocabulary,
    plan: Plan,
    precision: Precision,
) -> Facts {
    let text = |key| file.value(key).and_then(crate::gguf::Value::as_text).map(str::to_owned);
    Facts {
        format: facts::FORMAT,
        architecture: architecture.kind.name().to_owned(),
        name: text("general.name"),
        layers: architecture.layers,
        hidden: architecture.hidden,
        heads: architecture.heads,
        kv_heads: architecture.kv_heads,
        head_dim: architecture.head_dim,
        vocabulary: architecture.vocabulary,
        context: architecture.context,
        end_tokens: vocabulary.end_tokens.clone(),
        begin_token: vocabulary.begin_token,
        chat_template: text("tokenizer.chat_template"),
        gpu: precision == Precision::Gpu,
        unpacked_bytes: plan.unpacked_bytes(),
        packed: plan.packed,
    }
}

fn written_bytes(dir: &Path) -> Result<u64, ImportError> {
    let fail = |source| ImportError::Write { path: dir.to_owned(), source };
    let mut bytes = 0;
    for entry in fs::read_dir(dir).map_err(fail)? {
        bytes += entry.and_then(|entry| entry.metadata()).map_err(fail)?.len();
    }
    Ok(bytes)
}

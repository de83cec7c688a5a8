//! GGUF import, decoding and embedding on ONNX Runtime: numbers only, no cargo, no prompts.
//!
//! [`import`](import::import) turns a [`Gguf`](gguf::Gguf) into a directory that a [`Decoder`](decoder::Decoder)
//! opens on a [`Runtime`](runtime::Runtime); an [`Embedder`](embedding::Embedder) turns text into vectors.
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed"))]

pub mod decoder;
pub mod embedding;
pub mod facts;
pub mod gguf;
pub mod import;
mod protobuf;
pub mod runtime;
pub mod sampler;
pub mod tokenizer;

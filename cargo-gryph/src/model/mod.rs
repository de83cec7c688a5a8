//! Text models: the trait, the local ONNX one, the replayed one, and how weights get here.

pub mod chat;
pub mod import;
pub mod local;
pub mod manifest;
pub mod replay;
pub mod runtime;
pub mod source;
pub mod store;
pub mod text;
pub mod transfer;

//! Text models: the trait, the local ONNX one, the replayed one, and how weights get here.

pub mod chat;
pub mod replay;
pub mod text;

//! GGUF import, decoding and embedding on ONNX Runtime: numbers only, no cargo, no prompts.

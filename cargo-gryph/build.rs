//! Embeds templates, policies and model manifests into the binary.
fn main() {}

//! The gate: policy and evidence in, decision out; pure.

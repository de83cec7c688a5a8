//! The integration tests: one binary, one module per claim area.

mod propose;
mod rustc;
#![allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")]

mod cargo;
mod model_store;
mod docs;
mod packaging;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod sandbox;
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")
)]

mod functions_set;
mod scaffold;
mod tidy;

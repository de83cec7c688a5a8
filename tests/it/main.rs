//! The integration tests: one binary, one module per claim area.

#![allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")]

mod cargo;
mod check;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod sandbox;

//! The integration tests: one binary, one module per claim area.

#![allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")]

#[cfg(target_os = "linux")]
mod acceptance;
#[cfg(target_os = "linux")]
mod add;
#[cfg(target_os = "linux")]
mod attack;
mod backing;
mod cargo;
mod check;
#[cfg(target_os = "linux")]
mod cli;
#[cfg(target_os = "linux")]
mod deploy;
#[cfg(target_os = "linux")]
mod desk;
mod docs;
mod doctor;
#[cfg(target_os = "linux")]
mod examples;
mod factory;
#[cfg(target_os = "linux")]
mod fix;
mod functions_set;
#[cfg(target_os = "linux")]
mod gate;
#[cfg(target_os = "linux")]
mod gate_input;
#[cfg(target_os = "linux")]
mod gated;
#[cfg(target_os = "linux")]
mod index;
mod intent;
mod kill;
mod mend;
mod model_store;
mod mutation;
#[cfg(target_os = "linux")]
mod new;
mod packaging;
mod pages;
#[cfg(target_os = "linux")]
mod policy;
#[cfg(target_os = "linux")]
mod process;
mod program;
mod propose;
#[cfg(target_os = "linux")]
mod quality;
mod rooms;
mod rustc;
mod samples;
#[cfg(target_os = "linux")]
mod sandbox;
#[cfg(target_os = "linux")]
mod sarif;
mod scaffold;
#[cfg(target_os = "linux")]
mod scan;
mod served;
mod service;
mod shapes;
mod shelf;
mod spec;
mod stubs;
#[cfg(target_os = "linux")]
mod supply;
mod tidy;
mod trial;
#[cfg(target_os = "linux")]
mod trust;
mod update;

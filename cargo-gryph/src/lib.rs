//! Writes and repairs Rust code, and lets nothing in that has not been proven.
//!
//! A specification becomes a [`plan`], the plan a [`scaffold`] with holes. [`propose`] makes untrusted candidates for
//! the holes, [`trial`] compiles and runs all of them at once, [`check`] gathers evidence about the winner in a clean
//! tree, [`gate`] decides, and [`commit`] lets in what the gate approved and nothing else. [`pipeline`] puts the stages
//! in order; [`cli`] is the only module that talks to a person.
//!
//! Modules stand here in reading order, the vocabulary first.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a test that unwraps too much fails, which is what it is for")
)]

pub mod candidate;
pub mod diagnostic;
pub mod diff;
pub mod digest;
pub mod embedded;
pub mod event;
pub mod hole;
pub mod patch;
pub mod process;
pub mod similar;
pub mod tree;
pub mod trust;

pub mod cargo;
pub mod change;
pub mod config;
pub mod coverage;
pub mod git;
pub mod ledger;
pub mod model;
pub mod sandbox;
pub mod sbom;
pub mod scan;
pub mod schema;
pub mod workspace;

pub mod check;
pub mod commit;
pub mod diagnose;
pub mod gate;
pub mod intent;
pub mod locate;
pub mod plan;
pub mod propose;
pub mod retrieve;
pub mod scaffold;
pub mod spec;
pub mod trial;

pub mod pipeline;

pub mod cli;

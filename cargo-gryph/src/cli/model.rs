//! `cargo gryph model`: which models there are, how to get one, what it answers and how fast.

mod bench;
mod list;
pub(crate) mod provision;
mod pull;
mod run;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::console::MessageFormat;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::event::Reporter;

/// `model`.
#[derive(Args, Debug)]
pub struct Model {
    /// What to do
    #[command(subcommand)]
    pub verb: ModelVerb,
}

/// The verbs of `model`.
#[derive(Subcommand, Debug)]
pub enum ModelVerb {
    /// List the models and what the cache holds of them
    List,
    /// Fetch, verify and import a model or the runtime library
    Pull(Pull),
    /// Print what a model answers
    Run(Run),
    /// Measure the speed and memory of a model
    Bench(Bench),
}

/// `model pull`.
#[derive(Args, Debug)]
pub struct Pull {
    /// The model's id, or `onnxruntime`
    pub id: String,
    /// Take the file, or the directory that holds it under its name, instead of any other source
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Import for a GPU too
    #[arg(long)]
    pub gpu: bool,
    /// Keep the file as downloaded beside its imported form
    #[arg(long)]
    pub keep_source: bool,
}

/// `model run`.
#[derive(Args, Debug)]
pub struct Run {
    /// The model's id
    pub id: String,
    /// What to answer
    pub prompt: String,
    /// How to behave
    #[arg(long, value_name = "TEXT", default_value = "You are a helpful programming assistant.")]
    pub system: String,
    /// Tokens of the answer at most
    #[arg(long, value_name = "N", default_value_t = 512)]
    pub max_tokens: usize,
    /// How freely to sample: 0 always takes the likeliest token
    #[arg(long, value_name = "T", default_value_t = 0.0)]
    pub temperature: f32,
    /// Seed of the sampling
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Threads of the model; 0 is one for each core
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
}

/// `model bench`.
#[derive(Args, Debug)]
pub struct Bench {
    /// The model's id
    pub id: String,
    /// Tokens of each answer
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub tokens: usize,
    /// Answers at once
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1, 8, 16])]
    pub batch: Vec<usize>,
    /// Threads of the model; 0 is one for each core
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub threads: usize,
}

/// What the verbs work with.
pub(crate) struct Context<'a> {
    /// What the process was started with.
    pub(crate) surroundings: &'a Surroundings,
    /// Told how far things are.
    pub(crate) reporter: &'a dyn Reporter,
    /// Whether to stop.
    pub(crate) cancelled: &'a dyn Fn() -> bool,
    /// Whether the network is off limits.
    pub(crate) offline: bool,
    /// The form of the output.
    pub(crate) format: MessageFormat,
    /// The model that is taken when none is named.
    pub(crate) default_model: &'a str,
}

/// Does what was asked, with its data on `output`.
pub(crate) fn model(
    arguments: &Model,
    context: &Context<'_>,
    output: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    match &arguments.verb {
        ModelVerb::List => list::list(context, output),
        ModelVerb::Pull(pull) => pull::pull(pull, context, output),
        ModelVerb::Run(run) => run::run(run, context, output),
        ModelVerb::Bench(bench) => bench::bench(bench, context, output),
    }
}

/// A reader that went away is no failure worth more than a sentence.
fn unwritable(error: std::io::Error) -> Failure {
    Failure::new(ExitCode::CouldNotFindOut, anyhow::Error::new(error).context("cannot write the output"))
}

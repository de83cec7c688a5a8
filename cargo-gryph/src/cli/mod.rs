//! The command line: the only module that prints, reads the terminal or exits.

pub mod args;
mod completions;
mod console;
pub mod exit_code;
mod explain;
mod failure;
mod interrupt;
mod log;
pub mod model;
mod new;
mod open_holes;
mod plan;
mod provision;
mod surroundings;
mod workshop;

use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser as _;

use args::{Cargo, Gryph, Verb};
use exit_code::ExitCode;
use failure::Failure;
use surroundings::Surroundings;

/// Runs the tool with the process's arguments and returns how it ended.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let Cargo::Gryph(gryph) = match Cargo::try_parse_from(arguments) {
        Ok(cargo) => cargo,
        Err(error) => return refuse_arguments(&error),
    };
    match run(&gryph) {
        Ok(code) => code,
        Err(failure) => {
            let _ = write!(std::io::stderr().lock(), "{}", failure.render());
            failure.code
        }
    }
}

/// Prints clap's message; help and version are answers, all else is a usage error.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::Usage } else { ExitCode::Done }
}

fn run(gryph: &Gryph) -> Result<ExitCode, Failure> {
    let surroundings = Surroundings::read()?;
    let common = &gryph.common;
    surroundings.start_log(common);
    match &gryph.verb {
        Verb::New(arguments) => new::new(arguments, common, &surroundings),
        Verb::Plan(arguments) => plan::plan(arguments, common, &surroundings),
        Verb::Model(arguments) => model::model(arguments, common, &surroundings),
        Verb::Log(arguments) => log::log(arguments, common, &surroundings),
        Verb::Show(arguments) => log::show(arguments, common, &surroundings),
        Verb::Explain(arguments) => explain::explain(arguments),
        Verb::Completions(arguments) => completions::completions(arguments),
    }
}

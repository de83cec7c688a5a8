//! The command line: the only module that prints, reads the terminal or exits.

mod add;
mod addition;
mod advisories;
mod agree;
mod approvals;
mod approve;
pub mod args;
mod completions;
mod console;
mod doctor;
pub mod exit_code;
mod explain;
mod failure;
mod fix;
mod gate;
mod index;
mod interrupt;
pub mod key;
mod log;
pub mod model;
mod new;
mod open_holes;
mod plan;
mod provision;
mod ruling;
mod search;
mod session;
mod shelf;
mod surroundings;
mod update;
mod versioned;
mod wanted;
mod withheld;
mod workshop;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser as _;

use args::{Cargo, Common, Gryph, Verb};
use console::Talk;
use exit_code::ExitCode;
use failure::Failure;
use interrupt::Interrupt;
use model::Model;
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
    if common.message_format.is_of_gate() && !matches!(gryph.verb, Verb::Gate(_)) {
        let message = "only `gate` writes this form of output";
        return Err(Failure::message(ExitCode::Usage, message).hint("give --message-format human or json"));
    }
    match &gryph.verb {
        Verb::New(arguments) => new::new(arguments, common, &surroundings),
        Verb::Add(arguments) => add::add(arguments, common, &surroundings),
        Verb::Fix(arguments) => fix::fix(arguments, common, &surroundings),
        Verb::Gate(arguments) => gate::gate(arguments, common, &surroundings),
        Verb::Approve(arguments) => approve::approve(arguments, common, &surroundings),
        Verb::Key(arguments) => key::key(arguments, &surroundings),
        Verb::Index(arguments) => index::index(arguments, common, &surroundings),
        Verb::Search(arguments) => search::search(arguments, common, &surroundings),
        Verb::Plan(arguments) => plan::plan(arguments, common, &surroundings),
        Verb::Model(arguments) => run_model(arguments, common, &surroundings),
        Verb::Log(arguments) => log::log(arguments, common, &surroundings),
        Verb::Show(arguments) => log::show(arguments, common, &surroundings),
        Verb::Explain(arguments) => explain::explain(arguments, &surroundings),
        Verb::Doctor => doctor::doctor(common, &surroundings),
        Verb::Completions(arguments) => completions::completions(arguments),
    }
}

fn run_model(arguments: &Model, common: &Common, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    let settings = workshop::settings(surroundings, BTreeMap::new())?;
    let reporter = console::reporter(Talk { format: common.message_format, quiet: common.quiet });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let interrupt = runtime.block_on(async { Interrupt::listen() });
    let context = model::Context {
        surroundings,
        reporter: reporter.as_ref(),
        cancelled: &|| interrupt.happened(),
        offline: workshop::offline(&settings, common),
        format: common.message_format,
        default_model: &settings.model.value,
    };
    model::model(arguments, &context, &mut std::io::stdout().lock())
}

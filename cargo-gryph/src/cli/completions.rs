//! `cargo gryph completions`.

use clap::CommandFactory as _;

use super::args::{Cargo, Completions};
use super::exit_code::ExitCode;
use super::failure::Failure;

/// Prints the completions of a shell on stdout.
pub(super) fn completions(arguments: &Completions) -> Result<ExitCode, Failure> {
    clap_complete::generate(arguments.shell, &mut Cargo::command(), "cargo-gryph", &mut std::io::stdout());
    Ok(ExitCode::Done)
}

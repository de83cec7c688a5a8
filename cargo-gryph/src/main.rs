//! The `cargo-gryph` binary: everything happens in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = cargo_gryph::sandbox::serve_helper(std::env::args_os()) {
        return code;
    }
    if let Some(code) = cargo_gryph::coverage::doctest::serve_runner(std::env::args_os()) {
        return code;
    }
    if std::env::var_os(cargo_gryph::coverage::instrument::WRAPPER_VARIABLE).is_some() {
        return cargo_gryph::coverage::instrument::serve_wrapper(std::env::args_os());
    }
    cargo_gryph::cli::main(std::env::args_os()).into()
}

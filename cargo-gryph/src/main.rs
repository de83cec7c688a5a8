//! The `cargo-gryph` binary: everything happens in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = cargo_gryph::sandbox::serve_helper(std::env::args_os()) {
        return code;
    }
    ExitCode::SUCCESS
}

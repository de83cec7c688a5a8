//! Instruments the workspace's own crates and no dependency, so that dependencies are built once for plain and
//! instrumented builds.
//!
//! Cargo calls `RUSTC_WORKSPACE_WRAPPER` for workspace members only and makes it part of their fingerprint only. That
//! variable holds a path without arguments, so our own binary is named there and told by another variable what it is
//! called for.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use crate::process::replace;

/// Set in the environment of an instrumented build, and nowhere else.
pub const WRAPPER_VARIABLE: &str = "__GRYPH_RUSTC";

/// The variables of an instrumented build; `program` is our own binary.
pub fn build_environment(program: &Path) -> [(String, OsString); 2] {
    [
        ("RUSTC_WORKSPACE_WRAPPER".to_owned(), program.into()),
        (WRAPPER_VARIABLE.to_owned(), OsString::from("instrument-coverage")),
    ]
}

/// Serves as the wrapper of rustc: `arguments` are those of this process, its own name first, the real rustc second.
///
/// `main` calls this when [`WRAPPER_VARIABLE`] is set and no other helper is asked for.
pub fn serve_wrapper(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some((rustc, arguments)) = wrapped(arguments.into_iter().skip(1)) else {
        return ExitCode::from(CANNOT_CALL);
    };
    match replace(Path::new(&rustc), &arguments, &[]) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _lost = writeln!(io::stderr(), "cannot call rustc: {error}").is_err();
            ExitCode::from(CANNOT_CALL)
        }
    }
}

/// What shells return for "cannot run".
const CANNOT_CALL: u8 = 126;

/// What rustc is to be called with when this process is the wrapper: the compiler and its arguments.
///
/// `arguments` are those of this process without its name: the real rustc first. A call that only asks
/// (`-vV`, `--print` without a crate) passes unchanged.
fn wrapped(arguments: impl IntoIterator<Item = OsString>) -> Option<(OsString, Vec<OsString>)> {
    let mut arguments = arguments.into_iter();
    let rustc = arguments.next()?;
    let mut arguments: Vec<OsString> = arguments.collect();
    if arguments.iter().any(|argument| argument == "--crate-name") {
        arguments.extend(["-C", "instrument-coverage"].map(OsString::from));
    }
    Some((rustc, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiling_is_instrumented_and_asking_is_not() {
        let call = |arguments: &[&str]| wrapped(arguments.iter().map(OsString::from)).unwrap().1.len();
        assert_eq!(call(&["rustc", "-vV"]), 1);
        assert_eq!(call(&["rustc", "--crate-name", "a", "a.rs"]), 5);
        assert!(wrapped([]).is_none());
    }
}

//! Becoming another program, for helpers that only change its arguments.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Becomes `program`: directory, environment, streams and process id stay. Returns only where it cannot.
///
/// # Errors
/// When the program cannot be started.
#[cfg(unix)]
pub fn replace(program: &Path, args: &[OsString]) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(Command::new(program).args(args).exec())
}

/// Runs `program` and returns what it returns: the nearest to becoming it.
///
/// # Errors
/// When the program cannot be started.
#[cfg(not(unix))]
pub fn replace(program: &Path, args: &[OsString]) -> io::Result<ExitCode> {
    let status = Command::new(program).args(args).status()?;
    Ok(u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from))
}

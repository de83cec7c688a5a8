//! Becoming another program, for helpers that only change its arguments.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Becomes `program`: directory, streams and process id stay, and the environment with `more` in it. Returns only where
/// it cannot.
///
/// # Errors
/// When the program cannot be started.
#[cfg(unix)]
pub fn replace(program: &Path, args: &[OsString], more: &[(&str, &OsStr)]) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(Command::new(program).args(args).envs(more.iter().copied()).exec())
}

/// Runs `program` and returns what it returns: the nearest to becoming it.
///
/// # Errors
/// When the program cannot be started.
#[cfg(not(unix))]
pub fn replace(program: &Path, args: &[OsString], more: &[(&str, &OsStr)]) -> io::Result<ExitCode> {
    let status = Command::new(program).args(args).envs(more.iter().copied()).status()?;
    Ok(u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from))
}

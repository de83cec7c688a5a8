//! What the process was started with: environment, directories, clock, its own binary. Read once, passed down.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use etcetera::BaseStrategy as _;

use super::args::Common;
use super::exit_code::ExitCode;
use super::failure::Failure;

/// The process's surroundings.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The environment as text; variables that are not text are left out.
    pub(crate) environment: BTreeMap<String, String>,
    /// The directory of models, runtime, ledger and work directories.
    pub(crate) home: PathBuf,
    /// The directory of the user's configuration file.
    pub(crate) config: PathBuf,
    /// The current directory.
    pub(crate) directory: PathBuf,
    /// This very binary, which is started again to confine other programs.
    pub(crate) launcher: PathBuf,
    /// The time at the start.
    pub(crate) now: SystemTime,
}

impl Surroundings {
    /// Reads them. A user without a home directory has to name one with `GRYPH_HOME`.
    pub(crate) fn read() -> Result<Self, Failure> {
        let environment: BTreeMap<String, String> = std::env::vars_os().filter_map(text).collect();
        let directory = std::env::current_dir().map_err(|error| missing("current directory", error))?;
        let launcher = std::env::current_exe().map_err(|error| missing("path of this binary", error))?;
        let strategy = etcetera::choose_base_strategy().ok();
        let home = match environment.get("GRYPH_HOME") {
            Some(home) => directory.join(home),
            None => strategy.as_ref().map(|base| base.cache_dir().join("gryph")).ok_or_else(|| {
                Failure::message(ExitCode::Usage, "this user has no home directory")
                    .hint("set GRYPH_HOME to a directory that may hold models and records")
            })?,
        };
        let config = strategy.map_or_else(|| home.clone(), |base| base.config_dir().join("gryph"));
        Ok(Self { environment, home, config, directory, launcher, now: SystemTime::now() })
    }

    /// A variable of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// The part of the environment whose names start with one of these.
    pub(crate) fn subset(&self, starts: &[&str]) -> BTreeMap<OsString, OsString> {
        self.environment
            .iter()
            .filter(|(name, _)| starts.iter().any(|start| name.starts_with(start)))
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    /// The time at the start, in seconds since 1970-01-01 UTC.
    pub(crate) fn seconds(&self) -> i64 {
        let since = self.now.duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
    }

    /// `path` as seen from the current directory.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }

    /// Starts the log on stderr: warnings, `-v` for more, `GRYPH_LOG` for a filter of one's own.
    pub(crate) fn start_log(&self, common: &Common) {
        let level = match common.verbose {
            0 => "error",
            1 => "cargo_gryph=info,gryph_onnx=info,warn",
            2 => "cargo_gryph=debug,gryph_onnx=debug,info",
            _ => "trace",
        };
        let filter = self.variable("GRYPH_LOG").unwrap_or(level);
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    }
}

fn text((name, value): (OsString, OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

fn missing(what: &str, error: std::io::Error) -> Failure {
    Failure::new(
        ExitCode::CouldNotFindOut,
        anyhow::Error::new(error).context(format!("cannot read the {what}")),
    )
}

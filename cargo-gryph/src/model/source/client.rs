//! The user's own package clients: found on the given path, run in an empty directory, watched while they download.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::oneshot;

use super::{Access, Assembly, SourceError};
use crate::process::{self, Exit, Invocation, Limits, Output, Watchdog};

/// Bounds on asking a client for its version.
const GREETING: Limits = Limits { wall: Duration::from_secs(30), output_bytes: 64 << 10 };
/// Bounds on one download.
const DOWNLOAD: Limits = Limits { wall: Duration::from_secs(4 * 3600), output_bytes: 4 << 20 };
/// How often a download's size is looked at.
const GLANCE: Duration = Duration::from_millis(100);
/// What a package may have beside the part that is wanted; `onnxruntime-node` holds five platforms.
const BALLAST: u64 = 1 << 30;

/// A client that answered.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    program: PathBuf,
    leading: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    watchdog: Option<Arc<Watchdog>>,
}

/// An empty place for one download; gone when dropped.
#[derive(Debug)]
pub(super) struct Workspace {
    root: TempDir,
}

/// Keeps of an environment what package clients need: paths, proxies, certificates and their own settings.
pub fn registry_environment(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> BTreeMap<OsString, OsString> {
    variables.into_iter().filter(|(name, _)| name.to_str().is_some_and(is_needed)).collect()
}

fn is_needed(name: &str) -> bool {
    const EXACT: [&str; 26] = [
        "ALL_PROXY",
        "APPDATA",
        "COMSPEC",
        "CURL_CA_BUNDLE",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LOCALAPPDATA",
        "NETRC",
        "NODE_EXTRA_CA_CERTS",
        "NO_PROXY",
        "PATH",
        "PATHEXT",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "PYENV_ROOT",
        "PYENV_VERSION",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "USERPROFILE",
        "WINDIR",
        "XDG_CONFIG_HOME",
    ];
    let name = name.to_ascii_uppercase();
    EXACT.contains(&name.as_str()) || name.starts_with("PIP_") || name.starts_with("NPM_CONFIG_")
}

impl Client {
    /// The first of the commands that is on the path and tells its version.
    pub(super) fn find(commands: &[&[&str]], access: &Access, parent: &Path) -> Result<Self, SourceError> {
        let workspace = Workspace::create(parent)?;
        let answers = |client: &Self| {
            let greeting = client.invocation(["--version"], &workspace);
            process::capture(&greeting, &GREETING).is_ok_and(|output| output.success())
        };
        let found = commands.iter().filter_map(|command| Self::locate(command, access)).find(answers);
        found.ok_or_else(|| {
            let names: Vec<String> =
                commands.iter().map(|command| format!("`{}`", command.join(" "))).collect();
            SourceError::Failed(format!("none of {} works here", names.join(", ")))
        })
    }

    /// Where it is.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    fn locate(command: &[&str], access: &Access) -> Option<Self> {
        let (name, leading) = command.split_first()?;
        let path = access.environment.get(OsStr::new("PATH"))?;
        let endings: &[&str] = if cfg!(windows) { &["exe", "cmd", "bat"] } else { &[""] };
        let program = std::env::split_paths(path)
            .filter(|directory| directory.is_absolute())
            .flat_map(|directory| {
                endings.iter().map(move |ending| directory.join(name).with_extension(ending))
            })
            .find(|program| program.is_file())?;
        let leading = leading.iter().map(OsString::from).collect();
        let (environment, watchdog) = (access.environment.clone(), access.watchdog.clone());
        Some(Self { program, leading, environment, watchdog })
    }

    /// The client with these arguments, in the workspace and with its temporary files there too.
    pub(super) fn invocation<Argument: Into<OsString>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
        workspace: &Workspace,
    ) -> Invocation {
        let mut env = self.environment.clone();
        for name in ["TMPDIR", "TEMP", "TMP"] {
            env.insert(name.into(), workspace.temporary().into());
        }
        let args = self.leading.iter().cloned().chain(arguments.into_iter().map(Into::into)).collect();
        let (program, cwd) = (self.program.clone(), workspace.directory());
        let invocation = Invocation { program, args, cwd, env, ..Invocation::default() };
        invocation.held_by(self.watchdog.as_ref())
    }
}

impl Workspace {
    pub(super) fn create(parent: &Path) -> Result<Self, SourceError> {
        fs::create_dir_all(parent).map_err(SourceError::local("create", parent))?;
        let root = TempDir::new_in(parent).map_err(SourceError::local("create a directory in", parent))?;
        let workspace = Self { root };
        for directory in [workspace.directory(), workspace.temporary(), workspace.output()] {
            fs::create_dir(&directory).map_err(SourceError::local("create", &directory))?;
        }
        Ok(workspace)
    }

    /// An empty working directory.
    fn directory(&self) -> PathBuf {
        self.root.path().join("empty")
    }

    /// Where the client keeps what it needs meanwhile.
    pub(super) fn temporary(&self) -> PathBuf {
        self.root.path().join("temporary")
    }

    /// Where the package is to be put.
    pub(super) fn output(&self) -> PathBuf {
        self.root.path().join("package")
    }

    /// The one regular file with this ending that the client left.
    pub(super) fn package(&self, ending: &str) -> Result<PathBuf, SourceError> {
        let output = self.output();
        let entries = fs::read_dir(&output).map_err(SourceError::local("read", &output))?;
        let mut packages = entries.filter_map(Result::ok).filter(|entry| {
            entry.file_type().is_ok_and(|kind| kind.is_file())
                && entry.path().extension().is_some_and(|extension| extension == ending)
        });
        match (packages.next(), packages.next()) {
            (Some(package), None) => Ok(package.path()),
            (None, _) => Err(SourceError::Failed(format!("the client left no .{ending} file"))),
            (Some(_), Some(_)) => {
                Err(SourceError::Failed(format!("the client left several .{ending} files")))
            }
        }
    }
}

/// Runs a client to its end while its growing files move the progress; stopping kills it.
pub(super) fn follow(
    invocation: &Invocation,
    workspace: &Workspace,
    part_bytes: u64,
    assembly: &mut Assembly<'_>,
) -> Result<(), SourceError> {
    let (sender, receiver) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // A receiver that is gone has been told to stop already.
            let _ = sender.send(run(invocation, stopped));
        });
        // Whoever leaves this closure drops `stop`, and with it the client.
        let _stop = stop;
        loop {
            match receiver.recv_timeout(GLANCE) {
                Ok(output) => return output,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(SourceError::Failed("the download was given up".to_owned()));
                }
                Err(RecvTimeoutError::Timeout) => glance(workspace, part_bytes, assembly)?,
            }
        }
    })?;
    if output.success() { Ok(()) } else { Err(SourceError::Failed(reason(&output))) }
}

fn glance(workspace: &Workspace, part_bytes: u64, assembly: &mut Assembly<'_>) -> Result<(), SourceError> {
    assembly.check_cancelled()?;
    let FileSizes { sum, largest } = FileSizes::below(workspace.root.path());
    if sum > part_bytes.saturating_mul(2).saturating_add(BALLAST) {
        return Err(SourceError::Failed(format!(
            "the package is far larger than the {part_bytes} bytes wanted"
        )));
    }
    // A client downloads to one place and copies to another, so the largest file tells how far it is.
    assembly.report_ahead(largest.min(part_bytes));
    Ok(())
}

/// Runs the client on a runtime of its own, so that callers may be synchronous or asynchronous.
fn run(invocation: &Invocation, stopped: oneshot::Receiver<()>) -> Result<Output, SourceError> {
    let failed = |error: &dyn std::error::Error| SourceError::Failed(chain(error));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| failed(&error))?.block_on(async {
        tokio::select! {
            output = process::run(invocation, &DOWNLOAD) => output.map_err(|error| failed(&error)),
            _ = stopped => Err(SourceError::Cancelled),
        }
    })
}

/// An error with its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What is below a directory that changes meanwhile.
#[derive(Clone, Copy, Default)]
struct FileSizes {
    sum: u64,
    largest: u64,
}

impl FileSizes {
    fn below(directory: &Path) -> Self {
        let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
        let sizes = entries.map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => Self::below(&entry.path()),
            Ok(metadata) => Self { sum: metadata.len(), largest: metadata.len() },
            Err(_) => Self::default(),
        });
        sizes.fold(Self::default(), |all, one| Self {
            sum: all.sum.saturating_add(one.sum),
            largest: all.largest.max(one.largest),
        })
    }
}

/// Why a client failed: its last line that speaks of an error, else its last line.
fn reason(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let error = lines.iter().rfind(|line| line.to_ascii_lowercase().contains("error")).or(lines.last());
    let exit = match output.exit {
        Exit::Code(code) => format!("it ended with code {code}"),
        Exit::Signal(signal) => format!("signal {signal} ended it"),
        Exit::TimedOut => "it took too long".to_owned(),
        Exit::Stopped | Exit::OutputLimit => "it printed too much".to_owned(),
    };
    // The text is a stranger's: no control characters, no flood.
    error.map_or(exit, |line| line.chars().filter(|letter| !letter.is_control()).take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(stderr: &str) -> Output {
        Output {
            exit: Exit::Code(3),
            stdout: Vec::new(),
            stderr: stderr.as_bytes().to_vec(),
            truncated: false,
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn a_failure_is_told_by_its_last_error_without_control_characters() {
        assert_eq!(reason(&output("")), "it ended with code 3");
        assert_eq!(
            reason(&output("one\nERROR: no\u{1b}[31m match\nnotice: new release")),
            "ERROR: no[31m match"
        );
        assert_eq!(reason(&output("one\ntwo\n\n")), "two");
        assert_eq!(reason(&output(&"x".repeat(1000))).len(), 300);
    }

    #[test]
    fn secrets_stay_out_of_the_clients_environment() {
        let names = ["PATH", "HOME", "https_proxy", "PIP_INDEX_URL", "npm_config_registry", "SSL_CERT_FILE"];
        let secrets = ["OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "LD_PRELOAD", "PYTHONPATH", "NODE_OPTIONS"];
        let all = names.iter().chain(&secrets).map(|name| (OsString::from(name), OsString::new()));
        let kept = registry_environment(all);
        assert_eq!(kept.len(), names.len());
        assert!(names.iter().all(|name| kept.contains_key(OsStr::new(name))));
    }
}

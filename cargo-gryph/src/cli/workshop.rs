//! What a run needs of this machine: settings, sandbox, toolchain, git, ledger.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Common;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::cargo::{self, Cargo, Toolchain};
use crate::commit;
use crate::config::layer::OTHER_VARIABLES;
use crate::config::{SandboxChoice, Settings, Sources};
use crate::digest::Digest;
use crate::event::{Event, Reporter};
use crate::gate::Finding;
use crate::git::{self, Git};
use crate::ledger::{Begin, Ledger, LedgerError, LiveRun, RunId, Settled};
use crate::sandbox::{self, Layer, Preference, Purpose, Sandbox};
use crate::workspace::{self, Absent, Workspace};

/// Files that are not committed and are named.
const MOST_NAMED: usize = 5;

/// Reads the settings of all layers, flags last.
pub(super) fn settings(
    surroundings: &Surroundings,
    flags: BTreeMap<String, String>,
) -> Result<Settings, Failure> {
    settings_of(surroundings, flags, None)
}

/// The same with another text in the place of the workspace's file.
pub(super) fn settings_of(
    surroundings: &Surroundings,
    flags: BTreeMap<String, String>,
    text: Option<String>,
) -> Result<Settings, Failure> {
    let environment = surroundings.environment.iter().filter(|(name, _)| name.starts_with("GRYPH_"));
    let ours = OTHER_VARIABLES;
    let sources = Sources {
        user: Some(surroundings.config.join("gryph.toml")),
        workspace: Some(surroundings.directory.join(".config").join("gryph.toml")),
        workspace_text: text,
        environment: environment
            .filter(|(name, _)| !ours.contains(&name.as_str()) && !name.ends_with("_TESTS"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        flags,
    };
    Settings::load(&sources).map_err(|error| {
        let hint = error.hint();
        let failure = Failure::new(ExitCode::Usage, error);
        hint.into_iter().fold(failure, |failure, hint| failure.hint(hint))
    })
}

/// The walls that settings and flags ask for; a missing one is exit 106.
pub(super) fn sandbox(
    common: &Common,
    settings: &Settings,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Sandbox>, Failure> {
    let preference = match settings.sandbox.value {
        _ if common.unsandboxed => Preference::Unsandboxed,
        SandboxChoice::Auto => Preference::Auto,
        SandboxChoice::Bubblewrap => Preference::Bubblewrap,
        SandboxChoice::Landlock => Preference::Landlock,
    };
    let missing = |error: anyhow::Error| {
        Failure::new(ExitCode::Missing, error).hint(
            "`cargo gryph doctor` shows what this machine can enforce; --unsandboxed runs generated code without walls",
        )
    };
    let sandbox =
        sandbox::detect(&surroundings.launcher, preference).map_err(|error| missing(error.into()))?;
    if common.unsandboxed {
        return Ok(sandbox);
    }
    for purpose in [Purpose::Build, Purpose::Run] {
        let enforced: Vec<String> = sandbox.layers_for(purpose).iter().flat_map(names_of).collect();
        let lacking = settings.sandbox_layers.value.iter().find(|layer| !enforced.contains(layer));
        if let Some(layer) = lacking {
            let enforced = enforced.join(", ");
            return Err(missing(anyhow::anyhow!(
                "the required sandbox layer `{layer}` cannot be enforced here; what can is {enforced}"
            )));
        }
    }
    Ok(sandbox)
}

/// How the setting `sandbox-layers` calls a layer. Two layers, each alone, keep the network away.
fn names_of(layer: &Layer) -> Vec<String> {
    let name = match serde_json::to_value(layer) {
        Ok(serde_json::Value::String(name)) => Some(name),
        Ok(serde_json::Value::Object(fields)) => fields.into_iter().next().map(|(name, _)| name),
        _ => None,
    };
    let no_network =
        matches!(layer, Layer::NetworkNamespace | Layer::NoSockets).then(|| "no-network".to_owned());
    name.into_iter().chain(no_network).collect()
}

/// What is to be done about a tree that waits for a person's yes.
pub(super) fn waiting(run: &RunId, tree: Digest, place: &Path) -> String {
    format!(
        "a person approves what is made at this level of security; nothing was written. Read `{}`, then add \
         `--resume {run} --approve {tree}` to the same command",
        place.display()
    )
}

/// The toolchain behind the walls.
pub(super) fn cargo(
    surroundings: &Surroundings,
    settings: &Settings,
    common: &Common,
    sandbox: Arc<dyn Sandbox>,
) -> Result<Cargo, Failure> {
    let neutral_dir = surroundings.home.join("neutral");
    std::fs::create_dir_all(&neutral_dir).map_err(|error| {
        let error = anyhow::Error::new(error).context(format!("cannot make `{}`", neutral_dir.display()));
        Failure::new(ExitCode::CouldNotFindOut, error)
            .hint("set GRYPH_HOME to a directory that can be written")
    })?;
    let search = cargo::Search {
        cargo: surroundings.variable("CARGO").map(PathBuf::from),
        cargo_home: cargo_home(surroundings)?,
        path: surroundings.variable("PATH").unwrap_or_default().into(),
        neutral_dir,
        rustup: surroundings.subset(&["HOME", "RUSTUP_", "SystemRoot", "USERPROFILE"]),
    };
    let toolchain = Toolchain::discover(&search).map_err(|error| {
        Failure::new(ExitCode::CouldNotFindOut, error).hint("install Rust, with rustfmt and clippy")
    })?;
    let network = cargo::network_environment(
        surroundings.environment.iter().map(|(name, value)| (name.into(), value.into())),
    );
    Ok(Cargo {
        jobs: jobs(settings),
        offline: offline(settings, common),
        network,
        ..Cargo::new(toolchain, sandbox)
    })
}

/// Parallel jobs: the setting, or all cores.
pub(super) fn jobs(settings: &Settings) -> usize {
    cores_if_zero(settings.jobs.value)
}

/// Threads of the model: the setting, or all cores.
pub(super) fn threads(settings: &Settings) -> usize {
    cores_if_zero(settings.threads.value)
}

fn cores_if_zero(number: u32) -> usize {
    match usize::try_from(number) {
        Ok(0) | Err(_) => std::thread::available_parallelism().map_or(1, usize::from),
        Ok(number) => number,
    }
}

/// Whether the network is off limits.
pub(super) fn offline(settings: &Settings, common: &Common) -> bool {
    common.offline || settings.offline.value
}

fn cargo_home(surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    if let Some(home) = surroundings.variable("CARGO_HOME") {
        return Ok(surroundings.directory.join(home));
    }
    let home = surroundings.variable("HOME").or_else(|| surroundings.variable("USERPROFILE"));
    home.map(|home| PathBuf::from(home).join(".cargo")).ok_or_else(|| {
        Failure::message(ExitCode::Usage, "cannot tell where Cargo keeps its files").hint("set CARGO_HOME")
    })
}

/// Git, with the user's identity.
pub(super) fn git(surroundings: &Surroundings) -> Result<Git, Failure> {
    let starts = ["HOME", "XDG_CONFIG_HOME", "USERPROFILE", "GIT_AUTHOR_", "SystemRoot"];
    let search = git::Search {
        path: surroundings.variable("PATH").unwrap_or_default().into(),
        environment: surroundings.subset(&starts),
    };
    Git::discover(&search)
        .map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error).hint("install git and run again"))
}

/// The workspace that a manifest belongs to, or the directory where the user is.
pub(super) fn workspace(
    manifest: Option<&Path>,
    surroundings: &Surroundings,
    git: &Git,
    absent: Absent,
) -> Result<Workspace, Failure> {
    let start = manifest.map_or_else(|| surroundings.directory.clone(), |path| surroundings.resolve(path));
    Workspace::read(&start, git, &workspace::Limits { absent, ..Default::default() }).map_err(|error| {
        let hint = error.hint();
        let failure = Failure::new(ExitCode::Usage, error);
        hint.into_iter().fold(failure, Failure::hint)
    })
}

/// Says which files are not committed, if any are.
pub(super) fn uncommitted(workspace: &Workspace) -> Option<String> {
    if workspace.dirty.is_empty() {
        return None;
    }
    let named: Vec<String> = workspace.dirty.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = workspace.dirty.len().saturating_sub(named.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("files are not committed: {}{rest}", named.join(", ")))
}

/// The ledger.
pub(super) fn ledger(surroundings: &Surroundings) -> Result<Ledger, Failure> {
    Ledger::open(&surroundings.home.join("ledger")).map_err(ledger_failure)
}

/// Begins a run, under an id of its own and with a directory of its own.
pub(super) fn begin(
    verb: &str,
    seed: u64,
    surroundings: &Surroundings,
    ledger: &Ledger,
) -> Result<LiveRun, Failure> {
    let now = jiff::Timestamp::try_from(surroundings.now)
        .map_err(|error| Failure::new(ExitCode::Internal, error))?;
    let nanoseconds = now.subsec_nanosecond().unsigned_abs();
    let run = RunId::new(now, seed ^ u64::from(nanoseconds) ^ (u64::from(std::process::id()) << 16));
    let begin = Begin {
        work: Some(work_directory(surroundings, &run)),
        run,
        verb: verb.to_owned(),
        started: u64::try_from(now.as_second()).unwrap_or(0),
    };
    ledger.begin(&begin).map_err(ledger_failure)
}

/// Where a run works.
pub(super) fn work_directory(surroundings: &Surroundings, run: &RunId) -> PathBuf {
    surroundings.home.join("work").join(run.as_str())
}

/// Where a tree lies that waits for a person's yes.
pub(super) fn waiting_directory(surroundings: &Surroundings, run: &RunId) -> PathBuf {
    surroundings.home.join("waiting").join(run.as_str())
}

/// Tells what the gate found.
pub(super) fn tell(reporter: &dyn Reporter, findings: &[Finding]) {
    for finding in findings {
        reporter.report(&Event::Finding {
            rule: finding.rule.clone(),
            severity: finding.severity.to_string(),
            message: finding.message.clone(),
            place: finding.place.as_ref().map(ToString::to_string),
        });
    }
}

/// A failure of the ledger with its hint.
pub(super) fn ledger_failure(error: LedgerError) -> Failure {
    let hint = error.hint();
    let failure = Failure::new(ExitCode::CouldNotFindOut, error);
    hint.into_iter().fold(failure, |failure, hint| failure.hint(hint))
}

/// A failure of the ledger to find the run that was named: a usage error if there is none such.
pub(super) fn run_failure(error: LedgerError) -> Failure {
    let unknown = matches!(error, LedgerError::Unknown(_) | LedgerError::Ambiguous { .. });
    let mut failure = ledger_failure(error);
    if unknown {
        failure.code = ExitCode::Usage;
    }
    failure
}

/// Settles what dead runs left behind and tells about it.
pub(super) fn reconcile(ledger: &Ledger, git: &Git, reporter: &dyn Reporter) -> Result<(), Failure> {
    let settled = ledger.reconcile(&|prepared| commit::look(git, prepared)).map_err(ledger_failure)?;
    for reconciled in settled {
        let run = reconciled.run;
        let message = match reconciled.settled {
            Settled::Committed => format!("run {run} died after its commit; its receipt is now written"),
            Settled::Interrupted => format!("run {run} died; what it left behind is removed"),
            Settled::Open(why) => format!("run {run} died and could not be settled yet: {why}"),
        };
        reporter.report(&Event::Note { message });
    }
    Ok(())
}

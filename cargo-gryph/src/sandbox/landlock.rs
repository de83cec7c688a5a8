//! Confinement by the process itself: landlock, seccomp, limits and no capabilities, in under a few milliseconds.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::confinement::{Confinement, SYSTEM, absolute, threads_of_user};
use super::seccomp::{Metadata, Profile, Signals, Sockets};
use super::{Grant, Layer, Purpose, Sandbox, SandboxError};
use crate::process::{Invocation, Watchdog};

/// The oldest interface that is accepted: the first that sees truncation (Linux 6.2).
const OLDEST: u8 = 3;

/// The first interface that scopes signals (Linux 6.12).
const SIGNALS: u8 = 6;

/// Devices every program may use.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// A sandbox made by the launcher alone.
pub(super) struct Landlock {
    launcher: PathBuf,
    version: u8,
    watchdog: Arc<Watchdog>,
    layers: Vec<Layer>,
    /// Threads the user had at the start.
    threads: u64,
}

impl Landlock {
    /// A sandbox on the newest interface that kernel and crate both know.
    pub(super) fn new(launcher: &Path, watchdog: Arc<Watchdog>) -> Result<Self, SandboxError> {
        let version = version().ok_or_else(|| SandboxError::MissingLayer {
            wanted: format!("landlock {OLDEST} or newer"),
            why: "the kernel has none, or it is not enabled at boot".to_owned(),
        })?;
        let layers = vec![
            Layer::Landlock(version),
            Layer::Seccomp,
            Layer::NoSockets,
            Layer::NoCapabilities,
            Layer::SignalIsolation,
            Layer::ResourceLimits,
            Layer::DiesWithParent,
        ];
        Ok(Self { launcher: launcher.to_owned(), version, watchdog, layers, threads: threads_of_user() })
    }
}

impl Sandbox for Landlock {
    fn confine(&self, invocation: Invocation, grant: &Grant) -> Result<Invocation, SandboxError> {
        absolute(grant)?;
        let signals = if self.version >= SIGNALS { Signals::Elsewhere } else { Signals::OwnProcess };
        let metadata = match grant.purpose {
            Purpose::Build => Metadata::PlainModes,
            Purpose::Run => Metadata::Refused,
        };
        let confinement = Confinement {
            landlock: Some(self.version),
            read: grant.read.clone(),
            write: grant.write.clone(),
            seccomp: Profile { sockets: Sockets::Pairs, signals, metadata },
            limits: grant.limits.beyond(self.threads),
        };
        let watchdog = Some(Arc::clone(&self.watchdog));
        Ok(Invocation { watchdog, ..confinement.wrap(&self.launcher, invocation)? })
    }

    fn layers_for(&self, _purpose: Purpose) -> &[Layer] {
        &self.layers
    }

    fn watchdog(&self) -> Option<Arc<Watchdog>> {
        Some(Arc::clone(&self.watchdog))
    }
}

/// Why landlock is not in force.
#[derive(Debug, thiserror::Error)]
pub(super) enum LandlockError {
    #[error("landlock {0} is not supported")]
    Version(u8),
    #[error("cannot enforce landlock")]
    Ruleset(#[from] RulesetError),
    #[error("landlock is enforced only in part")]
    Partial,
    #[error("cannot open `{}`", path.display())]
    Path { path: PathBuf, source: landlock::PathFdError },
}

/// The newest interface version of this kernel, if it is new enough.
pub(super) fn version() -> Option<u8> {
    (OLDEST..=7).rev().find(|version| abi(*version).is_some_and(|abi| ruleset(abi).is_ok()))
}

/// Confines this process for good.
pub(super) fn restrict(version: u8, read: &[PathBuf], write: &[PathBuf]) -> Result<(), LandlockError> {
    let abi = abi(version).ok_or(LandlockError::Version(version))?;
    let mut rules = ruleset(abi)?;
    for path in SYSTEM.iter().chain(&["/proc/self"]).map(Path::new) {
        rules = allow(rules, abi, path, AccessFs::from_read(abi), Missing::Skip)?;
    }
    for path in DEVICES.iter().map(Path::new) {
        rules = allow(rules, abi, path, AccessFs::ReadFile | AccessFs::WriteFile, Missing::Skip)?;
    }
    for path in read {
        rules = allow(rules, abi, path, AccessFs::from_read(abi), Missing::Fail)?;
    }
    for path in write {
        // Device nodes and sockets are of no use to a build or a test.
        let access =
            AccessFs::from_all(abi) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
        rules = allow(rules, abi, path, access, Missing::Fail)?;
    }
    match rules.restrict_self()?.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::NotEnforced => Err(LandlockError::Partial),
    }
}

fn abi(version: u8) -> Option<ABI> {
    [ABI::V3, ABI::V4, ABI::V5, ABI::V6, ABI::V7].into_iter().find(|abi| *abi as u8 == version)
}

/// An empty set of rules that refuses everything this interface can refuse.
fn ruleset(abi: ABI) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(abi))?;
    if abi >= ABI::V4 {
        ruleset = ruleset.handle_access(AccessNet::from_all(abi))?;
    }
    if abi >= ABI::V6 {
        ruleset = ruleset.scope(Scope::from_all(abi))?;
    }
    ruleset.create()
}

/// What to do about a path that does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Skip,
    Fail,
}

fn allow(
    rules: RulesetCreated,
    abi: ABI,
    path: &Path,
    access: BitFlags<AccessFs>,
    missing: Missing,
) -> Result<RulesetCreated, LandlockError> {
    let file = match PathFd::new(path) {
        Ok(file) => file,
        Err(_) if missing == Missing::Skip => return Ok(rules),
        Err(source) => return Err(LandlockError::Path { path: path.to_owned(), source }),
    };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(abi) };
    Ok(rules.add_rule(PathBeneath::new(file, access))?)
}

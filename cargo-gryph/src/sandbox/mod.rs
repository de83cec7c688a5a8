//! Walls around code nobody vouches for: no network, no writes but where granted, no other processes, hard limits.
//!
//! A sandbox turns an [`Invocation`] into another one that enforces the [`Grant`] on itself before the program starts.
//! Nothing is enforced "if possible": a layer that cannot be put up stops the child from starting.
//!
//! What stays open: the kernel does not count root's processes, so a fork bomb started as root runs until the
//! timeout kills its group. A build without bubblewrap may change the times of the user's files and, as long as that
//! does not hand them to others, their modes. What landlock alone refuses beyond need, in tests by default and in
//! builds without bubblewrap: sockets of any kind, and the `CARGO_TARGET_TMPDIR` compiled into an integration test.

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod confinement;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod seccomp;

mod detect;
mod launch;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::process::{Invocation, ProcessError, Watchdog};

pub use detect::detect;
pub use launch::serve_helper;

/// What kind of work is confined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Compilers, build scripts and procedural macros.
    Build,
    /// A built program, such as a test binary.
    Run,
}

/// Hard limits, enforced by the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ResourceLimits {
    /// Address space of each process, in bytes.
    pub memory_bytes: u64,
    /// Processes and threads beyond those the user has already. The kernel exempts root from this one.
    pub processes: u64,
    /// Size of the largest file that may be written, in bytes.
    pub file_bytes: u64,
    /// Processor time of each process.
    pub cpu: Duration,
}

impl ResourceLimits {
    /// Enough for rustc and a linker on a large crate: 16 GiB of addresses, 1,024 processes, 4 GiB files, one hour.
    pub const BUILD: Self =
        Self { memory_bytes: 16 << 30, processes: 1024, file_bytes: 4 << 30, cpu: Duration::from_secs(3600) };

    /// Enough for unit tests: 4 GiB of addresses, 256 processes, 256 MiB files, ten minutes.
    pub const RUN: Self =
        Self { memory_bytes: 4 << 30, processes: 256, file_bytes: 256 << 20, cpu: Duration::from_secs(600) };
}

#[cfg(target_os = "linux")]
impl ResourceLimits {
    /// These limits when the user has so many threads already.
    fn beyond(self, threads: u64) -> Self {
        Self { processes: self.processes.saturating_add(threads), ..self }
    }
}

/// What a child may touch beyond the system's own read-only directories.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Files and directories it may read and execute.
    pub read: Vec<PathBuf>,
    /// Files and directories it may read, execute, write and remove in.
    pub write: Vec<PathBuf>,
    /// How much it may use.
    pub limits: ResourceLimits,
    /// What it is for.
    pub purpose: Purpose,
}

/// A wall that is really up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// A user namespace in which the child is nobody.
    UserNamespace,
    /// A mount namespace that holds nothing but what is granted.
    MountNamespace,
    /// A process namespace that dies with its first process.
    PidNamespace,
    /// A network namespace without any way out.
    NetworkNamespace,
    /// No socket can be opened.
    NoSockets,
    /// Landlock, with the version of its kernel interface.
    Landlock(u8),
    /// A seccomp filter.
    Seccomp,
    /// Limits on memory, file size, processor time and, except for root, processes.
    ResourceLimits,
    /// No capabilities, and no way to gain any.
    NoCapabilities,
    /// No signal reaches a process outside.
    SignalIsolation,
    /// The whole process tree dies with the run that started it.
    DiesWithParent,
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::UserNamespace => "user namespace",
            Self::MountNamespace => "mount namespace",
            Self::PidNamespace => "process namespace",
            Self::NetworkNamespace => "network namespace",
            Self::NoSockets => "no sockets",
            Self::Landlock(version) => return write!(formatter, "landlock {version}"),
            Self::Seccomp => "seccomp",
            Self::ResourceLimits => "resource limits",
            Self::NoCapabilities => "no capabilities",
            Self::SignalIsolation => "signal isolation",
            Self::DiesWithParent => "dies with parent",
        };
        formatter.write_str(name)
    }
}

/// Which sandbox the user wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Preference {
    /// bubblewrap for builds where it works, landlock for runs; the other one where one is missing.
    #[default]
    Auto,
    /// bubblewrap for everything.
    Bubblewrap,
    /// landlock for everything.
    Landlock,
    /// None at all, by explicit wish.
    Unsandboxed,
}

/// Why nothing can be run safely here.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A wall cannot be put up on this machine.
    #[error("the sandbox cannot enforce {wanted}: {why}")]
    MissingLayer {
        /// What is missing.
        wanted: String,
        /// What the attempt said.
        why: String,
    },
    /// A granted path cannot be used.
    #[error("the sandbox cannot grant `{}`: the path is not absolute text", path.display())]
    BadPath {
        /// The path.
        path: PathBuf,
    },
    /// A helper process could not be run.
    #[error("cannot prepare the sandbox")]
    Process(#[from] ProcessError),
}

/// Confines invocations.
pub trait Sandbox: Send + Sync {
    /// The same work behind walls. Its environment, directory and input stay as they are.
    fn confine(&self, invocation: Invocation, grant: &Grant) -> Result<Invocation, SandboxError>;

    /// The walls around work of this kind.
    fn layers_for(&self, purpose: Purpose) -> &[Layer];

    /// The walls around every kind of work.
    fn layers(&self) -> &[Layer] {
        self.layers_for(Purpose::Build)
    }

    /// Who kills children when this process cannot, also those that need no walls.
    fn watchdog(&self) -> Option<Arc<Watchdog>> {
        None
    }
}

/// No walls at all, for those who ask for it by name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsandboxed;

impl Sandbox for Unsandboxed {
    fn confine(&self, invocation: Invocation, _grant: &Grant) -> Result<Invocation, SandboxError> {
        Ok(invocation)
    }

    fn layers_for(&self, _purpose: Purpose) -> &[Layer] {
        &[]
    }
}

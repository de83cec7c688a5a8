//! Cargo, rustc and rustfmt: the only place that composes their arguments and reads what they print.
//!
//! Cargo always starts in `/` with `--manifest-path`, so that no configuration, alias, wrapper or toolchain file of a
//! repository acts. Only [`Cargo::generate_lockfile`] and [`Cargo::fetch`] have a network, and they run nothing of
//! the tree; everything else is sandboxed, offline and locked.

mod build;
mod errors;
mod fetch;
mod libtest;
mod message;
mod metadata;
mod report;
mod resolved;
mod run;
mod semver;
mod toolchain;
mod tools;
mod vendored;
mod workbench;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::process::{Invocation, Limits, Output, ProcessError, run};
use crate::sandbox::{Grant, Purpose, ResourceLimits, Sandbox, SandboxError};

pub use build::{Build, BuildOptions, CapLints, SingleTarget, Targets, TestBinary, TestKind};
pub use fetch::network_environment;
pub use libtest::{TestFailure, TestOutcome};
pub use metadata::{Member, MemberTarget, MemberTargetKind, Publication};
pub use resolved::{Platforms, ResolvedPackage};
pub use run::TestRun;
pub use semver::SemverReport;
pub use toolchain::{Search, Toolchain};
pub use tools::Doctests;
pub use vendored::Vendored;
pub use workbench::{Workbench, lay_out, lay_out_anew};

/// Output kept of one build, in bytes per stream.
const BUILD_OUTPUT: usize = 256 << 20;

/// Why Cargo gave no answer. A failed build or test is an answer.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// No usable toolchain.
    #[error("cannot find a Rust toolchain: {0}")]
    NoToolchain(String),
    /// The tree brings configuration that would act on the tools.
    #[error("`{}` would change how Cargo works, and nobody has vouched for it", path.display())]
    ForeignConfiguration {
        /// The file.
        path: PathBuf,
    },
    /// A step that must succeed did not.
    #[error("`cargo {step}` failed: {stderr}")]
    Step {
        /// The Cargo command.
        step: String,
        /// The tail of what it said.
        stderr: String,
    },
    /// A tool ran too long, died or flooded its output.
    #[error("`{tool}` did not end by itself: {exit:?}")]
    Unfinished {
        /// The tool.
        tool: String,
        /// How it ended.
        exit: crate::process::Exit,
    },
    /// A test binary did not list its tests.
    #[error("cannot list the tests of `{target}`: {why}")]
    List {
        /// The test target.
        target: String,
        /// What went wrong.
        why: String,
    },
    /// A directory of the workbench cannot be used.
    #[error("cannot prepare `{}`", path.display())]
    Workbench {
        /// The directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A tool cannot be confined.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A tool cannot be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// The tools of one toolchain, behind the walls of one sandbox.
#[derive(Clone)]
pub struct Cargo {
    /// The tools.
    pub toolchain: Toolchain,
    /// The walls.
    pub sandbox: Arc<dyn Sandbox>,
    /// Parallel compilers.
    pub jobs: usize,
    /// Whether the network is off limits even for the lock file and the fetch.
    pub offline: bool,
    /// Variables of the user that say how to reach registries, see [`network_environment`].
    pub network: BTreeMap<OsString, OsString>,
    /// Time one build may take.
    pub build_wall: Duration,
    /// Which part of a workspace is built, and with which features.
    pub selection: Selection,
    /// Packages that lie in the tree.
    pub vendored: Vendored,
}

/// Which part of a workspace is built.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selection {
    /// Members; all if none is named.
    pub packages: Vec<String>,
    /// Features to turn on.
    pub features: Vec<String>,
    /// Whether all features are on.
    pub all_features: bool,
    /// Whether the default features are off.
    pub no_default_features: bool,
}

impl Selection {
    /// The arguments that say so, other than for the packages.
    fn feature_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if !self.features.is_empty() {
            arguments.extend(["--features".into(), self.features.join(",").into()]);
        }
        arguments.extend(self.all_features.then(|| "--all-features".into()));
        arguments.extend(self.no_default_features.then(|| "--no-default-features".into()));
        arguments
    }
}

impl Cargo {
    /// Tools and walls with two parallel compilers, a network and half an hour for a build.
    pub fn new(toolchain: Toolchain, sandbox: Arc<dyn Sandbox>) -> Self {
        let build_wall = Duration::from_secs(1800);
        Self {
            toolchain,
            sandbox,
            jobs: 2,
            offline: false,
            network: BTreeMap::new(),
            build_wall,
            selection: Selection::default(),
            vendored: Vendored::default(),
        }
    }

    /// The environment every tool gets.
    fn environment(&self, scratch: &Path) -> BTreeMap<OsString, OsString> {
        let mut env: BTreeMap<OsString, OsString> = BTreeMap::new();
        let mut set = |name: &str, value: OsString| env.insert(name.into(), value);
        set("PATH", self.toolchain.path.clone());
        set("HOME", scratch.into());
        set("TMPDIR", scratch.into());
        set("TMP", scratch.into());
        set("TEMP", scratch.into());
        set("LANG", "C.UTF-8".into());
        set("RUST_BACKTRACE", "0".into());
        set("CARGO", self.toolchain.cargo.clone().into());
        set("CARGO_HOME", self.toolchain.cargo_home.clone().into());
        #[cfg(windows)]
        env.extend(self.toolchain.windows.clone());
        env
    }

    /// What a build may touch: the tree and the registry to read, the target directory to write.
    fn build_grant(&self, bench: &Workbench, target: &Path) -> Grant {
        let mut read = vec![bench.tree(), self.toolchain.sysroot.clone()];
        // Not the whole of CARGO_HOME: credentials lie there too.
        let home = &self.toolchain.cargo_home;
        let parts = ["registry", "git", "config.toml", "config"].map(|part| home.join(part));
        read.extend(parts.into_iter().filter(|part| part.exists()));
        Grant {
            read,
            write: vec![target.to_owned(), bench.scratch()],
            limits: ResourceLimits::BUILD,
            purpose: Purpose::Build,
        }
    }

    /// Runs a tool behind the walls.
    async fn confined(&self, invocation: Invocation, grant: &Grant) -> Result<Output, CargoError> {
        let confined = self.sandbox.confine(invocation, grant)?;
        Ok(run(&confined, &Limits { wall: self.build_wall, output_bytes: BUILD_OUTPUT }).await?)
    }
}

/// The end of a long text, cut at a line.
fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

//! Checks, builds, lints and documentation: one composition of arguments, one result.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fetch::source_environment;
use super::{Cargo, CargoError, Workbench, message};
use crate::diagnostic::Diagnostic;
use crate::process::{Exit, Invocation};

/// How far lints may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CapLints {
    /// Denied lints are warnings.
    Warn,
    /// No lint says anything.
    Allow,
}

/// Which targets are built.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Targets {
    /// Libraries, binaries and integration tests, as tests.
    #[default]
    LibAndTests,
    /// Everything, examples and benchmarks included.
    All,
    /// Libraries and programs, without their tests.
    Programs,
}

/// One target of its kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SingleTarget {
    /// The library's unit tests.
    Library,
    /// An integration test, by name.
    Test(String),
    /// The unit tests of a program, by name.
    Bin(String),
}

/// How to build. Each target directory should see one kind only: other flags build the dependencies again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BuildOptions {
    /// A cap on lints.
    pub cap_lints: Option<CapLints>,
    /// More flags for rustc.
    pub rustflags: Vec<String>,
    /// Flags for rustdoc.
    pub rustdocflags: Vec<String>,
    /// Lint flags for clippy, such as `-Dclippy::pedantic`.
    pub lints: Vec<String>,
    /// Whether debug information is made.
    pub profile_debug: bool,
    /// Whether rustc keeps incremental state.
    pub incremental: bool,
    /// Whether other targets are built after one failed.
    pub keep_going: bool,
    /// What is built.
    pub targets: Targets,
    /// Members of the workspace that are built instead of all, if any are named.
    pub packages: Vec<String>,
    /// Single targets that are built instead, if any are named.
    pub only: Vec<SingleTarget>,
    /// A target directory other than the workbench's.
    pub target_dir: Option<PathBuf>,
    /// More variables; they win over all others.
    pub env: Vec<(String, OsString)>,
    /// More files and directories that the build may read and execute.
    pub read: Vec<PathBuf>,
}

/// What kind of code a test binary holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TestKind {
    /// Unit tests of a library.
    Unit,
    /// A file under `tests/`.
    Integration,
    /// Unit tests of a program.
    Bin,
}

/// A built test harness.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestBinary {
    /// The executable.
    pub path: PathBuf,
    /// The Cargo target: the library's crate name, else the name of the file. Behind `package/` for a member that does
    /// not lie at the root of the tree, so that two members may have targets of one name.
    pub target: String,
    /// What it tests.
    pub kind: TestKind,
    /// The directory of the package, in which Cargo would run it.
    pub package_dir: PathBuf,
}

/// What a build came to.
#[derive(Clone, Debug)]
pub struct Build {
    /// Whether Cargo returned 0.
    pub success: bool,
    /// What rustc, clippy or rustdoc said about the tree.
    pub diagnostics: Vec<Diagnostic>,
    /// The test binaries, if any were built.
    pub binaries: Vec<TestBinary>,
    /// What Cargo said itself.
    pub stderr: String,
    /// Time from start to end.
    pub elapsed: Duration,
}

impl Cargo {
    /// `cargo check`.
    pub async fn check(&self, bench: &Workbench, options: &BuildOptions) -> Result<Build, CargoError> {
        self.build(bench, options, &self.toolchain.cargo, &with_targets(&["check"], options)).await
    }

    /// `cargo test --no-run`.
    pub async fn build_tests(&self, bench: &Workbench, options: &BuildOptions) -> Result<Build, CargoError> {
        self.build(bench, options, &self.toolchain.cargo, &with_targets(&["test", "--no-run"], options)).await
    }

    /// `cargo clippy`.
    pub async fn clippy(&self, bench: &Workbench, options: &BuildOptions) -> Result<Build, CargoError> {
        self.build(bench, options, &self.toolchain.cargo_clippy, &with_targets(&["clippy"], options)).await
    }

    /// `cargo doc` of the tree's own packages; of their libraries alone, if `only` names them.
    pub async fn doc(&self, bench: &Workbench, options: &BuildOptions) -> Result<Build, CargoError> {
        let library = options.only.contains(&SingleTarget::Library).then_some("--lib");
        let command: Vec<&str> = ["doc", "--no-deps"].into_iter().chain(library).collect();
        self.build(bench, options, &self.toolchain.cargo, &command).await
    }

    async fn build(
        &self,
        bench: &Workbench,
        options: &BuildOptions,
        program: &Path,
        command: &[&str],
    ) -> Result<Build, CargoError> {
        let target = options.target_dir.clone().unwrap_or_else(|| bench.target());
        prepare(&target)?;
        prepare(&bench.scratch())?;
        let invocation = self.build_invocation(bench, options, program, command, &target);
        let mut grant = self.build_grant(bench, &target);
        grant.read.extend(options.read.iter().cloned());
        let output = self.confined(invocation, &grant).await?;
        let (Exit::Code(_), false) = (output.exit, output.truncated) else {
            return Err(CargoError::Unfinished { tool: command.join(" "), exit: output.exit });
        };
        let messages = message::read(&output.stdout, &bench.tree(), &target);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let (diagnostics, mut binaries) = (messages.diagnostics, messages.binaries);
        // Cargo tells of them as they are ready, which differs from run to run.
        binaries.sort_by(|left, right| (left.kind, &left.target).cmp(&(right.kind, &right.target)));
        Ok(Build { success: output.success(), diagnostics, binaries, stderr, elapsed: output.elapsed })
    }

    pub(super) fn build_invocation(
        &self,
        bench: &Workbench,
        options: &BuildOptions,
        program: &Path,
        command: &[&str],
        target: &Path,
    ) -> Invocation {
        let mut args: Vec<OsString> = command.iter().map(OsString::from).collect();
        args.extend(["--manifest-path".into(), bench.manifest().into()]);
        let packages = if options.packages.is_empty() { &self.selection.packages } else { &options.packages };
        if packages.is_empty() {
            args.push("--workspace".into());
        }
        args.extend(packages.iter().flat_map(|package| ["--package".into(), package.into()]));
        args.extend(self.selection.feature_arguments());
        args.extend(self.vendored.arguments(&bench.tree()));
        args.extend(["--locked", "--offline", "--message-format=json"].map(OsString::from));
        args.extend(["--jobs".into(), self.jobs.to_string().into()]);
        if options.keep_going {
            args.push(if command.contains(&"test") { "--no-fail-fast" } else { "--keep-going" }.into());
        }
        if program == self.toolchain.cargo_clippy && !options.lints.is_empty() {
            args.push("--".into());
            args.extend(options.lints.iter().map(OsString::from));
        }
        let mut env = self.environment(&bench.scratch());
        env.extend(source_environment(&self.network));
        env.extend(self.plain_rustc());
        if program == self.toolchain.cargo_clippy {
            // cargo-clippy puts its driver there.
            env.remove(&OsString::from("RUSTC_WORKSPACE_WRAPPER"));
        }
        env.extend(options.environment(target));
        env.extend(options.env.iter().map(|(name, value)| (name.into(), value.clone())));
        Invocation { program: program.to_owned(), args, cwd: "/".into(), env, ..Invocation::default() }
    }
}

impl BuildOptions {
    fn environment(&self, target: &Path) -> Vec<(OsString, OsString)> {
        let mut flags: Vec<&str> = Vec::new();
        flags.extend(self.cap_lints.map(|cap| match cap {
            CapLints::Warn => "--cap-lints=warn",
            CapLints::Allow => "--cap-lints=allow",
        }));
        flags.extend(self.rustflags.iter().map(String::as_str));
        let debug = if self.profile_debug { "2" } else { "0" };
        // The encoded forms win over every configuration, also when they are empty.
        [
            ("CARGO_TARGET_DIR", target.into()),
            ("CARGO_BUILD_BUILD_DIR", target.into()),
            ("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f").into()),
            ("CARGO_ENCODED_RUSTDOCFLAGS", self.rustdocflags.join("\x1f").into()),
            ("CARGO_PROFILE_DEV_DEBUG", debug.into()),
            ("CARGO_PROFILE_TEST_DEBUG", debug.into()),
            ("CARGO_INCREMENTAL", if self.incremental { "1" } else { "0" }.into()),
            ("CARGO_NET_OFFLINE", "true".into()),
            ("CARGO_TERM_COLOR", "never".into()),
            ("CARGO_TERM_PROGRESS_WHEN", "never".into()),
        ]
        .map(|(name, value): (&str, OsString)| (name.into(), value))
        .into()
    }
}

fn with_targets<'a>(command: &[&'a str], options: &'a BuildOptions) -> Vec<&'a str> {
    let mut args = command.to_vec();
    for target in &options.only {
        match target {
            SingleTarget::Library => args.push("--lib"),
            SingleTarget::Test(name) => args.extend(["--test", name]),
            SingleTarget::Bin(name) => args.extend(["--bin", name]),
        }
    }
    if options.only.is_empty() {
        match options.targets {
            Targets::LibAndTests => args.push("--tests"),
            Targets::All => args.push("--all-targets"),
            Targets::Programs => {}
        }
    }
    args
}

/// Makes a directory that is to be granted.
pub(super) fn prepare(path: &Path) -> Result<(), CargoError> {
    std::fs::create_dir_all(path).map_err(|source| CargoError::Workbench { path: path.to_owned(), source })
}

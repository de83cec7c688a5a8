//! Runs test binaries, each behind the walls with a scratch directory of its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::build::prepare;
use super::libtest::{self, TestOutcome};
use super::{Cargo, CargoError, TestBinary, Workbench, tail};
use crate::process::{Exit, Invocation, Limits, Output, run, run_watched};
use crate::sandbox::{Grant, Purpose, ResourceLimits};

/// Output kept of one run of tests, in bytes per stream.
const RUN_OUTPUT: usize = 4 << 20;

/// Time a test binary may take to list its tests.
const LIST_WALL: Duration = Duration::from_secs(30);

/// One run of a test binary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestRun {
    /// The tests to run, by full name; empty for all.
    pub exact: Vec<String>,
    /// Variables beyond the ones every run gets.
    pub env: Vec<(String, String)>,
    /// Time for the whole run.
    pub wall: Duration,
    /// Whether the run is killed at the first failure. Its message is lost then, unless it is the only test.
    pub stop_at_failure: bool,
    /// Threads of the harness.
    pub threads: usize,
    /// The only directory it may write to; a fresh one that is removed afterwards, if absent.
    pub scratch: Option<PathBuf>,
}

impl Cargo {
    /// The names of all tests, sorted.
    pub async fn list_tests(
        &self,
        bench: &Workbench,
        binary: &TestBinary,
    ) -> Result<Vec<String>, CargoError> {
        let scratch = Scratch::new(bench, None)?;
        let args = ["--list", "--format", "terse"].map(OsString::from).to_vec();
        let invocation = self.test_invocation(bench, binary, args, &[], scratch.path())?;
        let output = run(&invocation, &Limits { wall: LIST_WALL, output_bytes: RUN_OUTPUT }).await?;
        let error = |why: String| CargoError::List { target: binary.target.clone(), why };
        if !output.success() || output.truncated {
            return Err(error(format!("{:?}, {}", output.exit, tail(&output.stderr))));
        }
        libtest::list(&output.stdout).map_err(error)
    }

    /// Runs tests and says which passed, see [`TestOutcome`].
    pub async fn run_test(
        &self,
        bench: &Workbench,
        binary: &TestBinary,
        test_run: &TestRun,
    ) -> Result<TestOutcome, CargoError> {
        let scratch = Scratch::new(bench, test_run.scratch.as_deref())?;
        let mut args: Vec<OsString> = test_run.exact.iter().map(OsString::from).collect();
        if !args.is_empty() {
            args.push("--exact".into());
        }
        args.push(format!("--test-threads={}", test_run.threads.max(1)).into());
        let invocation = self.test_invocation(bench, binary, args, &test_run.env, scratch.path())?;
        let limits = Limits { wall: test_run.wall, output_bytes: RUN_OUTPUT };
        let output = watched(&invocation, &limits, test_run).await?;
        Ok(libtest::judge(&output, &test_run.exact))
    }

    fn test_invocation(
        &self,
        bench: &Workbench,
        binary: &TestBinary,
        args: Vec<OsString>,
        more: &[(String, String)],
        scratch: &Path,
    ) -> Result<Invocation, CargoError> {
        let mut env: BTreeMap<OsString, OsString> = self.environment(scratch);
        env.insert("CARGO_MANIFEST_DIR".into(), binary.package_dir.clone().into());
        env.insert("CARGO_TARGET_TMPDIR".into(), scratch.into());
        env.extend(self.library_path(binary));
        env.extend(more.iter().map(|(name, value)| (name.into(), value.into())));
        let cwd = binary.package_dir.clone();
        let invocation = Invocation { program: binary.path.clone(), args, cwd, env, ..Invocation::default() };
        // The whole directory of the build: a test may run the package's own programs.
        let built = binary.path.parent().and_then(Path::parent).unwrap_or(&binary.path);
        let grant = Grant {
            read: vec![bench.tree(), built.to_owned(), self.toolchain.sysroot.clone()],
            write: vec![scratch.to_owned()],
            limits: ResourceLimits::RUN,
            purpose: Purpose::Run,
        };
        Ok(self.sandbox.confine(invocation, &grant)?)
    }

    /// Where shared libraries lie, as Cargo sets it for a run.
    fn library_path(&self, binary: &TestBinary) -> Option<(OsString, OsString)> {
        let name = match std::env::consts::OS {
            "windows" => return None,
            "macos" => "DYLD_FALLBACK_LIBRARY_PATH",
            _ => "LD_LIBRARY_PATH",
        };
        let built = binary.path.parent()?.to_owned();
        let compiler = self.toolchain.sysroot.join("lib");
        // The shared standard library, which the tests of a procedural macro are linked with.
        let standard = compiler.join("rustlib").join(&self.toolchain.host).join("lib");
        let dirs = std::env::join_paths([built, compiler, standard]).ok()?;
        Some((name.into(), dirs))
    }
}

async fn watched(invocation: &Invocation, limits: &Limits, test_run: &TestRun) -> Result<Output, CargoError> {
    // A single test ends by itself, and then says why it failed.
    if !test_run.stop_at_failure || test_run.exact.len() == 1 {
        return Ok(run(invocation, limits).await?);
    }
    let mut stop = |line: &[u8]| match line.starts_with(b"test ") && line.ends_with(b" ... FAILED") {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    Ok(run_watched(invocation, limits, &mut stop).await?)
}

/// A directory for one run.
enum Scratch {
    Given(PathBuf),
    Own(tempfile::TempDir),
}

impl Scratch {
    fn new(bench: &Workbench, given: Option<&Path>) -> Result<Self, CargoError> {
        if let Some(path) = given {
            prepare(path)?;
            return Ok(Self::Given(path.to_owned()));
        }
        let parent = bench.scratch();
        prepare(&parent)?;
        let own = tempfile::Builder::new().prefix("run-").tempdir_in(&parent);
        own.map(Self::Own).map_err(|source| CargoError::Workbench { path: parent, source })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Own(dir) => dir.path(),
        }
    }
}

impl TestOutcome {
    /// Whether the whole run is sound, every one of `tests` passed, and none failed.
    pub fn all_passed(&self, tests: &[String]) -> bool {
        self.exit == Exit::Code(0)
            && self.anomaly.is_none()
            && self.failed.is_empty()
            && tests.iter().all(|test| self.passed.contains(test))
    }
}

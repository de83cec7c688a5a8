//! rustfmt, and the tests in the documentation.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::build::prepare;
use super::libtest::{self, TestFailure};
use super::{BuildOptions, Cargo, CargoError, Workbench};
use crate::process::{Exit, Invocation, Limits, run};
use crate::sandbox::{Grant, Purpose, ResourceLimits};

/// Time rustfmt may take for one text, or for the files of one project.
const FORMAT_WALL: Duration = Duration::from_secs(30);

/// What the tests in the documentation came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Doctests {
    /// Whether Cargo returned 0 and every announced test was reported once, none of them as failed.
    pub success: bool,
    /// Tests that passed, such as `src/lib.rs - slug::slugify (line 5)`.
    pub passed: Vec<String>,
    /// Tests that failed.
    pub failed: Vec<TestFailure>,
    /// What Cargo said itself, compiler errors included.
    pub stderr: String,
    /// Time from start to end.
    pub elapsed: Duration,
}

impl Cargo {
    /// The text as rustfmt writes it, or why rustfmt cannot read it. No configuration file is looked at.
    pub async fn rustfmt(&self, text: &str, edition: &str) -> Result<Result<String, String>, CargoError> {
        self.rustfmt_with(text, edition, None).await
    }

    /// The same by a configuration file, if one is given.
    pub async fn rustfmt_with(
        &self,
        text: &str,
        edition: &str,
        config: Option<&Path>,
    ) -> Result<Result<String, String>, CargoError> {
        let mut args = ["--emit", "stdout"].map(OsString::from).to_vec();
        args.extend(config.into_iter().flat_map(|path| ["--config-path".into(), path.into()]));
        let read = config.map(Path::to_owned).into_iter().collect();
        self.format(args, edition, text, read, Vec::new()).await
    }

    /// Writes the files below `root` as rustfmt writes them, with the modules that they name, in one run: starting it costs
    /// more than a file does. The error says why one cannot be read. A configuration file at `root` is looked at.
    pub async fn rustfmt_files(
        &self,
        root: &Path,
        files: &[PathBuf],
        edition: &str,
    ) -> Result<Result<(), String>, CargoError> {
        let args = files.iter().map(OsString::from).collect();
        Ok(self.format(args, edition, "", Vec::new(), vec![root.to_owned()]).await?.map(|_| ()))
    }

    /// What rustfmt prints, or why it gave up.
    async fn format(
        &self,
        mut args: Vec<OsString>,
        edition: &str,
        stdin: &str,
        mut read: Vec<PathBuf>,
        write: Vec<PathBuf>,
    ) -> Result<Result<String, String>, CargoError> {
        args.splice(0..0, ["--edition", edition, "--color", "never"].map(OsString::from));
        let invocation = Invocation {
            program: self.toolchain.rustfmt.clone(),
            args,
            cwd: "/".into(),
            env: self.environment(Path::new("/nonexistent")),
            stdin: stdin.as_bytes().to_vec(),
            watchdog: None,
        };
        read.push(self.toolchain.sysroot.clone());
        let grant = Grant { read, write, limits: ResourceLimits::RUN, purpose: Purpose::Run };
        let limits = Limits { wall: FORMAT_WALL, output_bytes: 64 << 20 };
        let output = run(&self.sandbox.confine(invocation, &grant)?, &limits).await?;
        match output.exit {
            Exit::Code(0) => Ok(Ok(String::from_utf8_lossy(&output.stdout).into_owned())),
            Exit::Code(1) => Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned())),
            exit => Err(CargoError::Unfinished { tool: "rustfmt".to_owned(), exit }),
        }
    }

    /// Compiles and runs the tests in the documentation, as one sandboxed build.
    pub async fn doctest(&self, bench: &Workbench, options: &BuildOptions) -> Result<Doctests, CargoError> {
        let target = options.target_dir.clone().unwrap_or_else(|| bench.target());
        prepare(&target)?;
        prepare(&bench.scratch())?;
        let mut invocation =
            self.build_invocation(bench, options, &self.toolchain.cargo, &["test", "--doc"], &target);
        invocation.args.retain(|arg| arg != "--message-format=json");
        let mut grant = self.build_grant(bench, &target);
        grant.read.extend(options.read.iter().cloned());
        let output = self.confined(invocation, &grant).await?;
        let (Exit::Code(_), false) = (output.exit, output.truncated) else {
            return Err(CargoError::Unfinished { tool: "test --doc".to_owned(), exit: output.exit });
        };
        let blocks = libtest::judge_blocks(&output);
        let sound = blocks.iter().all(|block| block.anomaly.is_none() && block.failed.is_empty());
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let (passed, failed): (Vec<_>, Vec<_>) =
            blocks.into_iter().map(|block| (block.passed, block.failed)).unzip();
        let (passed, failed) = (passed.concat(), failed.concat());
        Ok(Doctests { success: output.success() && sound, passed, failed, stderr, elapsed: output.elapsed })
    }
}

//! The real tools of a toolchain, found without asking anything that a repository controls.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::CargoError;
use crate::process::{Invocation, Limits, capture};

/// Where to look for a toolchain.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// `$CARGO`: set when Cargo calls a subcommand.
    pub cargo: Option<PathBuf>,
    /// Cargo's home, with the registry and the user's configuration.
    pub cargo_home: PathBuf,
    /// `$PATH`.
    pub path: OsString,
    /// A directory without any configuration above it.
    pub neutral_dir: PathBuf,
    /// `HOME` and the `RUSTUP_*` variables, which rustup's proxies need; on Windows `SystemRoot` and its like too.
    pub rustup: BTreeMap<OsString, OsString>,
}

/// The tools of one toolchain, by path; no proxies, so that no toolchain file redirects them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toolchain {
    /// `cargo`.
    pub cargo: PathBuf,
    /// `rustc`.
    pub rustc: PathBuf,
    /// `rustdoc`.
    pub rustdoc: PathBuf,
    /// `rustfmt`.
    pub rustfmt: PathBuf,
    /// `cargo-clippy`.
    pub cargo_clippy: PathBuf,
    /// `clippy-driver`.
    pub clippy_driver: PathBuf,
    /// The directory that holds them under `bin`.
    pub sysroot: PathBuf,
    /// What `rustc --version` says, such as `rustc 1.95.0 (…)`.
    pub version: String,
    /// The host triple.
    pub host: String,
    /// Cargo's home.
    pub cargo_home: PathBuf,
    /// The `PATH` of builds: the toolchain, then the user's absolute directories.
    pub path: OsString,
    /// Variables without which no program starts on Windows.
    pub windows: BTreeMap<OsString, OsString>,
}

impl Toolchain {
    /// Finds the toolchain that the user's default is, or the one whose Cargo called us.
    pub fn discover(search: &Search) -> Result<Self, CargoError> {
        let sysroot = match search.cargo.as_deref().and_then(beside_rustc) {
            Some(sysroot) => sysroot,
            None => {
                PathBuf::from(search.ask(&rustc_in_path(&search.path)?, &["--print", "sysroot"])?.trim_end())
            }
        };
        let tool = |name: &str| sysroot.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let (cargo, rustc) = (tool("cargo"), tool("rustc"));
        for tool in [&cargo, &rustc] {
            if !tool.is_file() {
                return Err(CargoError::NoToolchain(format!("`{}` does not exist", tool.display())));
            }
        }
        let verbose = search.ask(&rustc, &["--version", "--verbose"])?;
        let host = verbose.lines().find_map(|line| line.strip_prefix("host: "));
        Ok(Self {
            version: verbose.lines().next().unwrap_or_default().to_owned(),
            host: host.unwrap_or_default().to_owned(),
            rustdoc: tool("rustdoc"),
            rustfmt: tool("rustfmt"),
            cargo_clippy: tool("cargo-clippy"),
            clippy_driver: tool("clippy-driver"),
            cargo_home: search.cargo_home.clone(),
            path: build_path(&sysroot, &search.path)?,
            windows: if cfg!(windows) { search.rustup.clone() } else { BTreeMap::new() },
            cargo,
            rustc,
            sysroot,
        })
    }
}

impl Search {
    /// What a tool prints, asked from the neutral directory with nothing but what it needs in the environment.
    fn ask(&self, program: &Path, args: &[&str]) -> Result<String, CargoError> {
        let mut env = self.rustup.clone();
        env.insert("PATH".into(), self.path.clone());
        env.insert("CARGO_HOME".into(), self.cargo_home.clone().into());
        let invocation = Invocation {
            program: program.to_owned(),
            args: args.iter().map(OsString::from).collect(),
            cwd: self.neutral_dir.clone(),
            env,
            ..Invocation::default()
        };
        let limits = Limits { wall: Duration::from_secs(60), output_bytes: 64 * 1024 };
        let output = capture(&invocation, &limits)?;
        if !output.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(CargoError::NoToolchain(format!("`{}` failed: {why}", program.display())));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The sysroot of a Cargo that has its rustc beside it; rustup's proxies have one too, but no library directory.
fn beside_rustc(cargo: &Path) -> Option<PathBuf> {
    let sysroot = cargo.parent()?.parent()?;
    sysroot.join("lib").join("rustlib").is_dir().then(|| sysroot.to_owned())
}

fn rustc_in_path(path: &OsString) -> Result<PathBuf, CargoError> {
    let name = format!("rustc{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(&name))
        .find(|file| file.is_file())
        .ok_or_else(|| CargoError::NoToolchain("there is no rustc in PATH".to_owned()))
}

fn build_path(sysroot: &Path, path: &OsString) -> Result<OsString, CargoError> {
    let own = std::iter::once(sysroot.join("bin"));
    let dirs = own.chain(std::env::split_paths(path).filter(|dir| dir.is_absolute()));
    std::env::join_paths(dirs)
        .map_err(|error| CargoError::NoToolchain(format!("PATH cannot be used: {error}")))
}

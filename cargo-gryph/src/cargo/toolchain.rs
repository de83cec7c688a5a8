//! The real tools of a toolchain, found without asking anything that a repository controls.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;

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

impl Toolchain {
    /// The number in the version of rustc, such as 1.95.0; a nightly's without what comes before its release.
    pub fn number(&self) -> Option<Version> {
        let number = self.version.strip_prefix("rustc ")?.split_whitespace().next()?;
        let number = Version::parse(number).ok()?;
        Some(Version::new(number.major, number.minor, number.patch))
    }

    /// The toolchain of a version that rustup installed beside this one. Only the directory is looked at.
    pub fn installed(&self, version: &Version) -> Option<Self> {
        let short = format!("{}.{}", version.major, version.minor);
        let names = [format!("{version}-{}", self.host), format!("{short}-{}", self.host)];
        let beside = self.sysroot.parent()?;
        let sysroot = names.iter().map(|name| beside.join(name)).find(|dir| {
            let tool = |name: &str| dir.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
            tool("cargo").is_file() && tool("rustc").is_file()
        })?;
        let tool = |name: &str| sysroot.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        Some(Self {
            cargo: tool("cargo"),
            rustc: tool("rustc"),
            rustdoc: tool("rustdoc"),
            rustfmt: tool("rustfmt"),
            cargo_clippy: tool("cargo-clippy"),
            clippy_driver: tool("clippy-driver"),
            version: format!("rustc {version}"),
            path: build_path(&sysroot, &self.path).ok()?,
            sysroot,
            ..self.clone()
        })
    }

    /// A subcommand of Cargo's that the user installed, by the directories of `PATH` and Cargo's own.
    pub fn subcommand(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let own = self.cargo_home.join("bin");
        let dirs = std::env::split_paths(&self.path).chain([own]).filter(|dir| dir.is_absolute());
        dirs.map(|dir| dir.join(&name)).find(|file| file.is_file())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn toolchain(sysroot: &Path, version: &str) -> Toolchain {
        let tool = |name: &str| sysroot.join("bin").join(name);
        Toolchain {
            cargo: tool("cargo"),
            rustc: tool("rustc"),
            rustdoc: tool("rustdoc"),
            rustfmt: tool("rustfmt"),
            cargo_clippy: tool("cargo-clippy"),
            clippy_driver: tool("clippy-driver"),
            sysroot: sysroot.to_owned(),
            version: version.to_owned(),
            host: "x86_64-unknown-linux-gnu".to_owned(),
            cargo_home: sysroot.join("home"),
            path: sysroot.join("bin").into(),
            windows: BTreeMap::new(),
        }
    }

    #[test]
    fn an_older_toolchain_is_found_where_rustup_put_it() {
        let dir = tempfile::tempdir().unwrap();
        let running = toolchain(&dir.path().join("stable-x86_64-unknown-linux-gnu"), "rustc 1.95.0 (a 2026)");
        assert_eq!(running.number(), Some(Version::new(1, 95, 0)));
        assert_eq!(running.installed(&Version::new(1, 70, 0)), None);
        for (name, version) in [("1.70.0", Version::new(1, 70, 0)), ("1.71", Version::new(1, 71, 0))] {
            let bin = dir.path().join(format!("{name}-x86_64-unknown-linux-gnu")).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            for tool in ["cargo", "rustc"] {
                std::fs::write(bin.join(format!("{tool}{}", std::env::consts::EXE_SUFFIX)), "").unwrap();
            }
            let older = running.installed(&version).unwrap();
            assert_eq!((older.number(), older.rustc.starts_with(&bin)), (Some(version), true));
        }
        let nightly = toolchain(dir.path(), "rustc 1.97.0-nightly (a 2026)");
        assert_eq!(nightly.number(), Some(Version::new(1, 97, 0)));
        assert_eq!(toolchain(dir.path(), "none").number(), None);
    }
}

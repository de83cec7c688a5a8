//! Confinement by bubblewrap: namespaces that hold nothing but what is granted, and the launcher's walls inside.
//!
//! As root, `--unshare-all` alone can be escaped by remounting; the user namespace, the foreign user id, the dropped
//! capabilities and `--disable-userns` are what closes that, so none of them is optional.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::confinement::{Confinement, SYSTEM, absolute, threads_of_user};
use super::seccomp::{Metadata, Profile, Signals, Sockets};
use super::{Grant, Layer, Purpose, Sandbox, SandboxError};
use crate::process::{Invocation, Watchdog};

/// Where distributions install it. Not looked up in `PATH`, which a repository may influence.
const PLACES: &[&str] =
    &["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

/// Always given.
const WALLS: &[&str] = &[
    "--unshare-all",
    "--unshare-user",
    "--uid",
    "65534",
    "--gid",
    "65534",
    "--cap-drop",
    "ALL",
    "--disable-userns",
    "--die-with-parent",
    "--hostname",
    "sandbox",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
];

/// Size of the private `/tmp`, in bytes; it lies in memory.
const TMP_BYTES: u64 = 1 << 30;

/// A sandbox made by bubblewrap and, inside of it, the launcher.
pub(super) struct Bubblewrap {
    program: PathBuf,
    launcher: PathBuf,
    watchdog: Arc<Watchdog>,
    layers: Vec<Layer>,
    /// Threads the user had at the start.
    threads: u64,
}

impl Bubblewrap {
    /// A sandbox by the installed bubblewrap.
    pub(super) fn new(launcher: &Path, watchdog: Arc<Watchdog>) -> Result<Self, SandboxError> {
        let program = PLACES.iter().map(PathBuf::from).find(|place| place.is_file());
        let program = program.ok_or_else(|| SandboxError::MissingLayer {
            wanted: "bubblewrap".to_owned(),
            why: "it is not installed".to_owned(),
        })?;
        let layers = vec![
            Layer::UserNamespace,
            Layer::MountNamespace,
            Layer::PidNamespace,
            Layer::NetworkNamespace,
            Layer::Seccomp,
            Layer::NoCapabilities,
            Layer::SignalIsolation,
            Layer::ResourceLimits,
            Layer::DiesWithParent,
        ];
        Ok(Self { program, launcher: launcher.to_owned(), watchdog, layers, threads: threads_of_user() })
    }

    /// The arguments before `--`.
    fn walls(&self, grant: &Grant, cwd: &Path) -> Vec<OsString> {
        let mut args: Vec<OsString> = WALLS.iter().map(OsString::from).collect();
        for path in SYSTEM.iter().map(Path::new) {
            args.extend(system(path));
        }
        let size = TMP_BYTES.to_string();
        args.extend(["--size", size.as_str(), "--tmpfs", "/tmp"].map(OsString::from));
        // In the order of their paths, so that what lies inside another mount comes after it.
        let read = grant.read.iter().chain([&self.launcher]).map(|path| (path, "--ro-bind"));
        let write = grant.write.iter().map(|path| (path, "--bind"));
        let mounts: BTreeMap<&PathBuf, &str> = read.chain(write).collect();
        for (path, how) in mounts {
            args.extend([how.into(), path.into(), path.into()]);
        }
        args.extend(["--chdir".into(), cwd.into()]);
        args
    }
}

/// Shows a directory of the system as it is: a link as a link, a directory read-only, nothing where there is none.
fn system(path: &Path) -> Vec<OsString> {
    match std::fs::read_link(path) {
        Ok(target) if path.is_dir() => vec!["--symlink".into(), target.into(), path.into()],
        _ => vec!["--ro-bind-try".into(), path.into(), path.into()],
    }
}

impl Sandbox for Bubblewrap {
    fn confine(&self, invocation: Invocation, grant: &Grant) -> Result<Invocation, SandboxError> {
        absolute(grant)?;
        let confinement = Confinement {
            landlock: None,
            read: Vec::new(),
            write: Vec::new(),
            seccomp: Profile {
                sockets: Sockets::Unix,
                signals: Signals::Elsewhere,
                metadata: Metadata::Allowed,
            },
            limits: grant.limits.beyond(self.threads),
        };
        let mut args = self.walls(grant, &invocation.cwd);
        let inner = confinement.wrap(&self.launcher, invocation)?;
        args.extend(["--".into(), inner.program.into()]);
        args.extend(inner.args);
        let watchdog = Some(Arc::clone(&self.watchdog));
        Ok(Invocation {
            program: self.program.clone(),
            args,
            watchdog,
            cwd: inner.cwd,
            env: inner.env,
            stdin: inner.stdin,
        })
    }

    fn layers_for(&self, _purpose: Purpose) -> &[Layer] {
        &self.layers
    }

    fn watchdog(&self) -> Option<Arc<Watchdog>> {
        Some(Arc::clone(&self.watchdog))
    }
}

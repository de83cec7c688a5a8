//! The walls as data: what the launcher puts up around itself before it becomes the program.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::seccomp::Profile;
use super::{Grant, ResourceLimits, SandboxError};
use crate::process::Invocation;

/// The argument that makes our own binary a launcher.
pub(super) const LAUNCH: &str = "__launch";

/// Directories and files that every compiler and program may read: the system's own, none of the user's.
pub(super) const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
];

/// Everything the launcher enforces on itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Confinement {
    /// The landlock interface version to require; `None` where a mount namespace does its work.
    pub(super) landlock: Option<u8>,
    /// What may be read and executed.
    pub(super) read: Vec<PathBuf>,
    /// What may be written as well.
    pub(super) write: Vec<PathBuf>,
    /// The system calls that are refused.
    pub(super) seccomp: Profile,
    /// How much may be used.
    pub(super) limits: ResourceLimits,
}

impl Confinement {
    /// The invocation of the launcher that confines itself and then becomes `invocation`'s program.
    pub(super) fn wrap(&self, launcher: &Path, invocation: Invocation) -> Result<Invocation, SandboxError> {
        let encoded = serde_json::to_string(self).map_err(|_| self.bad_path())?;
        let mut args: Vec<OsString> = vec![LAUNCH.into(), encoded.into(), invocation.program.into()];
        args.extend(invocation.args);
        Ok(Invocation { program: launcher.to_owned(), args, ..invocation })
    }

    /// The only thing that cannot be encoded is a path that is not text.
    fn bad_path(&self) -> SandboxError {
        let mut paths = self.read.iter().chain(&self.write);
        let path = paths.find(|path| path.to_str().is_none()).cloned().unwrap_or_default();
        SandboxError::BadPath { path }
    }
}

/// Refuses relative paths in a grant: they would mean something else inside.
pub(super) fn absolute(grant: &Grant) -> Result<(), SandboxError> {
    let mut paths = grant.read.iter().chain(&grant.write);
    match paths.find(|path| !path.is_absolute()) {
        Some(path) => Err(SandboxError::BadPath { path: path.clone() }),
        None => Ok(()),
    }
}

/// Threads the user has now, which the kernel counts against the process limit; none for root, who is exempt.
pub(super) fn threads_of_user() -> u64 {
    let uid = rustix::process::getuid().as_raw();
    if uid == 0 {
        return 0;
    }
    let own = |entry: &std::fs::DirEntry| entry.metadata().is_ok_and(|metadata| metadata.uid() == uid);
    let threads = |entry: std::fs::DirEntry| {
        std::fs::read_dir(entry.path().join("task")).map_or(0, |tasks| tasks.count() as u64)
    };
    std::fs::read_dir("/proc").into_iter().flatten().flatten().filter(own).map(threads).sum()
}

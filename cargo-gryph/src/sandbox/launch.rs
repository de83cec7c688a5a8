//! Our own binary as a helper: it confines itself and becomes the program, or it watches over children.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::process::{HOLD, WATCH, keep_watch, replace};

/// What a helper returns that could not put up a wall or find the program; shells use it for "cannot run".
const CANNOT_LAUNCH: u8 = 126;

/// The argument that makes our own binary report how it is confined.
#[cfg(target_os = "linux")]
pub(super) const PROBE: &str = "__confined";

/// Serves as a helper process if the arguments, the program's name included, ask for one; `None` for everybody else.
///
/// `main` calls this before anything else, so that a helper starts fast.
pub fn serve_helper(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let helper = args.nth(1)?;
    if helper == WATCH {
        keep_watch(io::stdin().lock());
        return Some(ExitCode::SUCCESS);
    }
    if helper == HOLD {
        return Some(hold(args).unwrap_or_else(|error| fail(&error)));
    }
    #[cfg(target_os = "linux")]
    if helper == linux::LAUNCH {
        return Some(fail(&linux::launch(args)));
    }
    #[cfg(target_os = "linux")]
    if helper == PROBE {
        return Some(linux::probe().map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS));
    }
    None
}

/// Becomes the program as soon as the watchdog knows of it.
fn hold(mut args: impl Iterator<Item = OsString>) -> io::Result<ExitCode> {
    let program = args.next().ok_or(io::ErrorKind::InvalidInput)?;
    if !released()? {
        return Err(io::Error::other(FORSAKEN));
    }
    replace(Path::new(&program), &args.collect::<Vec<_>>(), &[])
}

/// Waits until the watchdog knows of this process; false when the process that would have told it is gone.
///
/// Takes one byte of the input and leaves the rest to the program.
fn released() -> io::Result<bool> {
    match raw_stdin()?.read_exact(&mut [0]) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

/// Standard input without a buffer, which would take more of it.
#[cfg(unix)]
fn raw_stdin() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd as _;
    io::stdin().as_fd().try_clone_to_owned().map(Into::into)
}

/// Standard input without a buffer, which would take more of it.
#[cfg(windows)]
fn raw_stdin() -> io::Result<std::fs::File> {
    use std::os::windows::io::AsHandle as _;
    io::stdin().as_handle().try_clone_to_owned().map(Into::into)
}

/// Why a helper does not become its program when it is the only one left.
const FORSAKEN: &str = "the process that asked for it is gone";

/// Says on standard error why the helper cannot do its work.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut message = format!("cannot launch: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(&format!(": {error}"));
        cause = error.source();
    }
    // Nobody is left to tell when standard error is closed.
    let _lost = writeln!(io::stderr(), "{message}").is_err();
    ExitCode::from(CANNOT_LAUNCH)
}

#[cfg(target_os = "linux")]
mod linux {
    //! The walls, in the order in which they must go up.

    use std::collections::HashSet;
    use std::ffi::OsString;
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use caps::{CapSet, Capability};
    use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

    use super::super::confinement::Confinement;
    pub(super) use super::super::confinement::LAUNCH;
    use super::super::{ResourceLimits, landlock, seccomp};
    use super::{FORSAKEN, released};

    /// Why the program does not run, or is not confined.
    #[derive(Debug, thiserror::Error)]
    pub(super) enum LaunchError {
        #[error("the launcher's arguments are incomplete")]
        Arguments,
        #[error("the launcher does not understand its orders")]
        Orders(#[from] serde_json::Error),
        #[error("cannot set {0}")]
        System(&'static str, #[source] io::Error),
        #[error("cannot drop capabilities")]
        Capabilities(#[from] caps::errors::CapsError),
        #[error(transparent)]
        Landlock(#[from] landlock::LandlockError),
        #[error(transparent)]
        Seccomp(#[from] seccomp::SeccompError),
        #[error("cannot execute the program")]
        Exec(#[source] io::Error),
        #[error("{0}")]
        NotConfined(String),
    }

    /// Waits until the watchdog knows of it, confines this process and becomes the program; returns only if it cannot.
    pub(super) fn launch(mut args: impl Iterator<Item = OsString>) -> LaunchError {
        let (Some(orders), Some(program)) = (args.next(), args.next()) else {
            return LaunchError::Arguments;
        };
        match wait().and_then(|()| confine(serde_json::from_slice(orders.as_encoded_bytes())?)) {
            Ok(()) => LaunchError::Exec(Command::new(program).args(args).exec()),
            Err(error) => error,
        }
    }

    fn wait() -> Result<(), LaunchError> {
        match released() {
            Ok(true) => Ok(()),
            Ok(false) => Err(LaunchError::NotConfined(FORSAKEN.to_owned())),
            Err(error) => Err(LaunchError::System("nothing: the input is unreadable", error)),
        }
    }

    fn confine(confinement: Confinement) -> Result<(), LaunchError> {
        set_parent_process_death_signal(Some(Signal::KILL))
            .map_err(|errno| LaunchError::System("the parent-death signal", errno.into()))?;
        close_fds::set_fds_cloexec(3, &[]);
        limit(&confinement.limits)?;
        rustix::thread::set_no_new_privs(true)
            .map_err(|errno| LaunchError::System("no_new_privs", errno.into()))?;
        drop_capabilities()?;
        if let Some(version) = confinement.landlock {
            landlock::restrict(version, &confinement.read, &confinement.write)?;
        }
        Ok(seccomp::install(confinement.seccomp)?)
    }

    fn limit(limits: &ResourceLimits) -> Result<(), LaunchError> {
        let bounds = [
            (Resource::As, limits.memory_bytes, "the memory limit"),
            (Resource::Nproc, limits.processes, "the process limit"),
            (Resource::Fsize, limits.file_bytes, "the file size limit"),
            (Resource::Cpu, limits.cpu.as_secs().max(1), "the processor time limit"),
            (Resource::Core, 0, "the core dump limit"),
        ];
        for (resource, bound, name) in bounds {
            // A stricter limit that is in force already stays.
            let hard = rustix::process::getrlimit(resource).maximum.map_or(bound, |hard| hard.min(bound));
            let limit = Rlimit { current: Some(hard), maximum: Some(hard) };
            setrlimit(resource, limit).map_err(|errno| LaunchError::System(name, errno.into()))?;
        }
        Ok(())
    }

    /// Gives up every capability, the bounding set included where this process may (as root; others cannot gain
    /// any back because of `no_new_privs`).
    fn drop_capabilities() -> Result<(), LaunchError> {
        if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP)? {
            for capability in caps::runtime::thread_all_supported() {
                caps::drop(None, CapSet::Bounding, capability)?;
            }
        }
        for set in [CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
            caps::set(None, set, &HashSet::new())?;
        }
        Ok(())
    }

    /// Checks from inside that the walls are up.
    pub(super) fn probe() -> Result<(), LaunchError> {
        let read = |error| LaunchError::System("nothing: /proc/self/status is unreadable", error);
        let status = std::fs::read_to_string("/proc/self/status").map_err(read)?;
        for line in
            ["CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]
        {
            if !status.lines().any(|present| present == line) {
                return Err(LaunchError::NotConfined(format!("inside, `{line}` does not hold")));
            }
        }
        if std::net::UdpSocket::bind("127.0.0.1:0").is_ok() {
            return Err(LaunchError::NotConfined("inside, a network socket can be opened".to_owned()));
        }
        if std::fs::read_dir("/home").is_ok() {
            return Err(LaunchError::NotConfined("inside, `/home` can be listed".to_owned()));
        }
        Ok(())
    }
}

//! A small companion process that kills our children when we are killed and cannot do it ourselves.
//!
//! A child that it watches begins its work when the companion knows its group, and not before: its first process is our
//! own binary, which waits for one byte on its input and then becomes the program. Should we be killed before the byte
//! is sent, the input ends and the program never starts; should we be killed after, the companion knows.

use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Invocation, ProcessError};

/// The argument that makes our own binary the companion, see [`keep_watch`].
pub(crate) const WATCH: &str = "__watch";

/// The argument that makes our own binary wait for [`RELEASE`] and become a program.
pub(crate) const HOLD: &str = "__hold";

/// What a held child waits for.
pub(super) const RELEASE: u8 = b'\n';

/// The companion. It reads process groups from a pipe; when the pipe closes, it kills those still listed.
#[derive(Debug)]
pub struct Watchdog {
    launcher: PathBuf,
    companion: Mutex<Option<(Child, ChildStdin)>>,
}

impl Watchdog {
    /// Starts the companion; `launcher` is our own binary by path.
    pub fn start(launcher: &Path) -> Result<Arc<Self>, ProcessError> {
        let mut command = Command::new(launcher);
        command.arg(WATCH).env_clear().current_dir("/").stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let error = |source| ProcessError::Start { program: launcher.to_owned(), cwd: "/".into(), source };
        let mut child = command.spawn().map_err(error)?;
        let stdin = child.stdin.take().ok_or_else(|| error(io::Error::other("a pipe is missing")))?;
        Ok(Arc::new(Self { launcher: launcher.to_owned(), companion: Mutex::new(Some((child, stdin))) }))
    }

    /// The same work, which begins when the companion knows its group.
    #[cfg(unix)]
    pub(crate) fn hold(self: &Arc<Self>, invocation: Invocation) -> Invocation {
        let mut args = vec![HOLD.into(), invocation.program.into()];
        args.extend(invocation.args);
        let watchdog = Some(Arc::clone(self));
        Invocation { program: self.launcher.clone(), args, watchdog, ..invocation }
    }

    /// The same work: there are no groups here that the companion could kill.
    #[cfg(not(unix))]
    pub(crate) fn hold(self: &Arc<Self>, invocation: Invocation) -> Invocation {
        invocation
    }

    /// Lists a process group.
    pub(super) fn watch(&self, group: u32) {
        self.tell('+', group);
    }

    /// Takes a process group off the list.
    pub(super) fn forget(&self, group: u32) {
        self.tell('-', group);
    }

    fn tell(&self, sign: char, group: u32) {
        let mut companion = self.companion.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, stdin)) = companion.as_mut()
            && let Err(error) = stdin.write_all(format!("{sign}{group}\n").as_bytes())
        {
            tracing::warn!(%error, "the watchdog is gone; a kill -9 of this process may leave children behind");
        }
    }
}

impl Invocation {
    /// The same work, held by a watchdog if there is one.
    pub(crate) fn held_by(self, watchdog: Option<&Arc<Watchdog>>) -> Self {
        match watchdog {
            Some(watchdog) => watchdog.hold(self),
            None => self,
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let companion = self.companion.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut child, stdin)) = companion {
            drop(stdin);
            // It ends at once, because its input is closed; there is nothing to do about an error.
            let _reaped = child.wait().is_ok();
        }
    }
}

/// What the companion does: reads `+group` and `-group` lines until the end, then kills the groups still listed.
pub fn keep_watch(input: impl BufRead) {
    let mut groups = BTreeSet::new();
    for line in input.lines().map_while(Result::ok) {
        match (line.get(..1), line.get(1..).and_then(|number| number.parse::<i32>().ok())) {
            (Some("+"), Some(group)) => groups.insert(group),
            (Some("-"), Some(group)) => groups.remove(&group),
            _ => false,
        };
    }
    groups.into_iter().for_each(kill);
}

#[cfg(unix)]
fn kill(group: i32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = Pid::from_raw(group).filter(|_| group > 1) {
        // No such process: the group has ended by itself.
        let _gone = kill_process_group(group, Signal::KILL).is_err();
    }
}

#[cfg(not(unix))]
fn kill(_group: i32) {}

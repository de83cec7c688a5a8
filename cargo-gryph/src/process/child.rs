//! One running child: a thread of its own starts it, waits for it, kills what it left behind, and only then reaps it.
//!
//! The thread lives exactly as long as the child, because the kernel ties a parent-death signal to the parent's
//! thread. Reaping last keeps the number of the process group from being given to somebody else before the kill.

use std::io::{self, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{oneshot, watch};

use super::watchdog::RELEASE;
use super::{Exit, Invocation, ProcessError, start_error};

/// A started child. Dropping it kills its process group.
pub(super) struct Child {
    leash: Leash,
    pipes: Option<StdPipes>,
    exit: watch::Receiver<Option<Result<Exit, i32>>>,
}

/// The three ends the parent holds.
pub(super) struct Pipes {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

struct StdPipes {
    stdin: std::process::ChildStdin,
    stdout: std::process::ChildStdout,
    stderr: std::process::ChildStderr,
}

impl Child {
    /// Starts the child in its own process group.
    pub(super) async fn start(invocation: &Invocation) -> Result<Self, ProcessError> {
        let (started, start) = oneshot::channel();
        let (ended, exit) = watch::channel(None);
        let owned = invocation.clone();
        std::thread::Builder::new()
            .name("child".to_owned())
            .stack_size(256 * 1024)
            .spawn(move || attend(owned, started, &ended))
            .map_err(|source| start_error(invocation, source))?;
        let (leash, pipes) = start
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the thread that starts children died")))
            .map_err(|source| start_error(invocation, source))?;
        Ok(Self { leash, pipes: Some(pipes), exit })
    }

    /// The pipes, once.
    pub(super) fn pipes(&mut self) -> io::Result<Pipes> {
        let pipes = self.pipes.take().ok_or_else(|| io::Error::other("the pipes are taken already"))?;
        Ok(Pipes {
            stdin: ChildStdin::from_std(pipes.stdin)?,
            stdout: ChildStdout::from_std(pipes.stdout)?,
            stderr: ChildStderr::from_std(pipes.stderr)?,
        })
    }

    /// Waits until the child has ended and its group is killed.
    pub(super) async fn ended(&mut self) {
        // An error means that the thread is gone, and with it the child.
        let _gone = self.exit.wait_for(Option::is_some).await.is_err();
    }

    /// How the child ended.
    pub(super) async fn exit(&mut self) -> io::Result<Exit> {
        self.ended().await;
        match *self.exit.borrow() {
            Some(Ok(exit)) => Ok(exit),
            Some(Err(code)) => Err(io::Error::from_raw_os_error(code)),
            None => Err(io::Error::other("the thread that waits for the child died")),
        }
    }

    /// Kills the process group.
    pub(super) fn kill(&self) {
        self.leash.0.kill();
    }
}

/// Kills a process group when it is dropped, also on the way from the thread to whoever asked for the child and may have
/// given up meanwhile.
struct Leash(Arc<Group>);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// The exit of a status.
pub(super) fn exit(status: ExitStatus) -> Exit {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Exit::Signal(signal);
    }
    Exit::Code(status.code().unwrap_or(-1))
}

type Started = oneshot::Sender<io::Result<(Leash, StdPipes)>>;

/// The life of a child, on its own thread.
fn attend(invocation: Invocation, started: Started, ended: &watch::Sender<Option<Result<Exit, i32>>>) {
    let (group, mut pipes) = match spawn(&invocation) {
        Ok(child) => child,
        Err(error) => {
            // Nobody waits any more when the send fails, and nothing runs.
            let _nobody = started.send(Err(error)).is_err();
            return;
        }
    };
    if let Some(watchdog) = &invocation.watchdog {
        watchdog.watch(group.id);
        // An error means that it has ended by itself, which is seen below.
        let _gone = pipes.stdin.write_all(&[RELEASE]).is_err();
    }
    // Where nobody waits any more, the leash comes back and is dropped.
    drop(started.send(Ok((Leash(Arc::clone(&group)), pipes))));
    let exit = group.wait().map(exit).map_err(|error| error.raw_os_error().unwrap_or(0));
    if let Some(watchdog) = &invocation.watchdog {
        watchdog.forget(group.id);
    }
    ended.send_replace(Some(exit));
}

fn spawn(invocation: &Invocation) -> io::Result<(Arc<Group>, StdPipes)> {
    let mut command = Command::new(&invocation.program);
    command
        .args(&invocation.args)
        .current_dir(&invocation.cwd)
        .env_clear()
        .envs(&invocation.env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let group = Arc::new(Group { id: child.id(), child: Mutex::new(Some(child)) });
    match pipes {
        (Some(stdin), Some(stdout), Some(stderr)) => Ok((group, StdPipes { stdin, stdout, stderr })),
        _ => Err(io::Error::other("a pipe is missing")),
    }
}

/// The process group of a child that is not reaped yet: `child` is there exactly as long as `id` is ours.
struct Group {
    id: u32,
    child: Mutex<Option<std::process::Child>>,
}

impl Group {
    fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = child.as_mut() {
            kill_group(self.id, child);
        }
    }

    /// Waits for the leader, kills the rest of the group, reaps the leader.
    fn wait(&self) -> io::Result<ExitStatus> {
        self.wait_for_leader();
        let mut slot = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut child) = slot.take() else {
            return Err(io::Error::other("the child is reaped already"));
        };
        kill_group(self.id, &mut child);
        child.wait()
    }

    /// Returns when the leader has ended, and leaves it unreaped.
    #[cfg(unix)]
    fn wait_for_leader(&self) {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let Some(pid) = i32::try_from(self.id).ok().and_then(Pid::from_raw) else { return };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == rustix::io::Errno::INTR) {}
    }

    /// Returns when the leader has ended. Polls, because a blocking wait would lock out [`Group::kill`].
    #[cfg(not(unix))]
    fn wait_for_leader(&self) {
        let running = || {
            let mut slot = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            slot.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
        };
        while running() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

/// Kills every process of the group; its leader is not reaped yet, so the number is still its own.
#[cfg(unix)]
fn kill_group(id: u32, _leader: &mut std::process::Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        // No such process: the group has ended by itself.
        let _gone = kill_process_group(group, Signal::KILL).is_err();
    }
}

/// Kills the child alone: process groups do not exist here.
#[cfg(not(unix))]
fn kill_group(_id: u32, leader: &mut std::process::Child) {
    // An error means that it has ended by itself.
    let _gone = leader.kill().is_err();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_child_that_nobody_waits_for_any_more_is_killed_though_it_was_handed_over() {
        let dir = tempfile::tempdir().unwrap();
        let invocation = Invocation {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), "echo $$ > number; exec sleep 600".into()],
            cwd: dir.path().to_owned(),
            env: [("PATH".into(), "/usr/bin:/bin".into())].into(),
            ..Invocation::default()
        };
        let number = || std::fs::read_to_string(dir.path().join("number")).unwrap_or_default();
        let wait = |until: &dyn Fn() -> bool| {
            (0..600).any(|_| {
                std::thread::sleep(Duration::from_millis(50));
                until()
            })
        };
        let (started, start) = oneshot::channel();
        let (ended, _exit) = watch::channel(None);
        std::thread::spawn(move || attend(invocation, started, &ended));
        assert!(wait(&|| number().ends_with('\n')));
        drop(start);
        let place = std::path::Path::new("/proc").join(number().trim());
        assert!(!place.parent().unwrap().join("self").exists() || wait(&|| !place.exists()));
    }
}

//! Runs a program for a limited time and keeps what it prints.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The most bytes of output that are kept.
const MOST_BYTES: u64 = 64 << 20;

/// How long the output may take to arrive after the program has ended.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// How a program ended and what it printed.
pub(crate) struct Ran {
    /// Its end; none if it was stopped at the time limit.
    pub(crate) status: Option<ExitStatus>,
    /// What it printed to standard output.
    pub(crate) stdout: String,
}

/// Runs a program without input for at most `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> io::Result<Ran> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let pipe = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    // The pipe is dropped at the limit, so that a program that prints without end is ended by its own output.
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map(|pipe| pipe.take(MOST_BYTES).read_to_end(&mut bytes));
        let text = read.map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        // Nobody waits any longer if a process left behind held the pipe open.
        let _ = sender.send(text);
    });
    let started = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if started.elapsed() > limit => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    Ok(Ran { status, stdout: receiver.recv_timeout(AFTERWARDS).unwrap_or_default() })
}

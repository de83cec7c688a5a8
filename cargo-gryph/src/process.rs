//! Child processes: the only place that spawns one, always with a directory, an environment, limits and a timeout.
//!
//! A child leads a process group of its own. The whole group is killed when the child ends, when a limit is reached,
//! when the future is dropped, and, through the [`Watchdog`], when this process itself is killed.

mod child;
mod replace;
mod watchdog;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use child::Child;
pub use replace::replace;
pub(crate) use watchdog::{HOLD, WATCH};
pub use watchdog::{Watchdog, keep_watch};

/// How long streams are read after the child ended: a descendant that left its process group may hold them open.
const GRACE: Duration = Duration::from_millis(500);

/// A command to run, complete: nothing is inherited but what stands here.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The program, by path.
    pub program: PathBuf,
    /// Its arguments, without its own name.
    pub args: Vec<OsString>,
    /// Its working directory.
    pub cwd: PathBuf,
    /// Its whole environment.
    pub env: BTreeMap<OsString, OsString>,
    /// What it reads.
    pub stdin: Vec<u8>,
    /// Who kills it if this process dies. The program is then a helper of ours that waits until it is known there;
    /// sandboxes see to both.
    pub watchdog: Option<Arc<Watchdog>>,
}

/// Bounds on one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Time from start to end.
    pub wall: Duration,
    /// Bytes kept of each stream; a child that writes more is killed.
    pub output_bytes: usize,
}

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// This signal killed it.
    Signal(i32),
    /// It ran longer than [`Limits::wall`] and was killed.
    TimedOut,
    /// The watcher of its output stopped it.
    Stopped,
    /// It wrote more than [`Limits::output_bytes`] and was killed.
    OutputLimit,
}

/// What a child left.
#[derive(Clone, Debug)]
pub struct Output {
    /// How it ended.
    pub exit: Exit,
    /// The head of its standard output.
    pub stdout: Vec<u8>,
    /// The head of its standard error.
    pub stderr: Vec<u8>,
    /// Whether some of its output is missing.
    pub truncated: bool,
    /// Time from start to end.
    pub elapsed: Duration,
}

impl Output {
    /// Whether the child returned 0.
    pub fn success(&self) -> bool {
        self.exit == Exit::Code(0)
    }
}

/// Why a child could not be run or followed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program could not be started.
    #[error("cannot start `{}` in `{}`", program.display(), cwd.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The directory.
        cwd: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A pipe to or from the child broke.
    #[error("cannot talk to `{}`", program.display())]
    Pipe {
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The child's end could not be learnt.
    #[error("cannot wait for `{}`", program.display())]
    Wait {
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// Receives lines of standard output, without their end; breaking kills the child.
pub type Watch<'a> = &'a mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send);

/// Runs a child to its end.
pub async fn run(invocation: &Invocation, limits: &Limits) -> Result<Output, ProcessError> {
    run_watched(invocation, limits, &mut |_| ControlFlow::Continue(())).await
}

/// Runs a child while `watch` sees each line it prints; the line that makes it stop is kept in the output.
pub async fn run_watched(
    invocation: &Invocation,
    limits: &Limits,
    watch: Watch<'_>,
) -> Result<Output, ProcessError> {
    let started = Instant::now();
    let mut child = Child::start(invocation).await?;
    let mut streams = Streams::default();
    let ended =
        tokio::time::timeout(limits.wall, streams.follow(&mut child, invocation, limits, watch)).await;
    child.kill();
    let exit = match ended {
        Err(_elapsed) => Exit::TimedOut,
        Ok(Err(Interrupt::Limit(exit))) => exit,
        Ok(Err(Interrupt::Failed(error))) => return Err(error),
        Ok(Ok(exit)) => exit,
    };
    child.ended().await;
    let truncated = matches!(exit, Exit::TimedOut | Exit::Stopped | Exit::OutputLimit) || streams.cut;
    let Streams { stdout, stderr, .. } = streams;
    Ok(Output { exit, stdout, stderr, truncated, elapsed: started.elapsed() })
}

/// Runs a short trusted tool and blocks until its end. Not for anything that comes out of a repository.
pub fn capture(invocation: &Invocation, limits: &Limits) -> Result<Output, ProcessError> {
    let started = Instant::now();
    let error = |source| ProcessError::Wait { program: invocation.program.clone(), source };
    // It is short, so nobody needs to watch it: a helper that waits is let go at once.
    let release: &[u8] = if invocation.watchdog.is_some() { &[watchdog::RELEASE] } else { &[] };
    let handle = duct::cmd(&invocation.program, &invocation.args)
        .dir(&invocation.cwd)
        .full_env(&invocation.env)
        .stdin_bytes([release, &invocation.stdin].concat())
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .start()
        .map_err(|source| start_error(invocation, source))?;
    let Some(output) = handle.wait_timeout(limits.wall).map_err(error)? else {
        handle.kill().map_err(error)?;
        let (stdout, stderr) = (Vec::new(), Vec::new());
        return Ok(Output {
            exit: Exit::TimedOut,
            stdout,
            stderr,
            truncated: true,
            elapsed: started.elapsed(),
        });
    };
    let (mut stdout, mut stderr) = (output.stdout.clone(), output.stderr.clone());
    let truncated = stdout.len().max(stderr.len()) > limits.output_bytes;
    stdout.truncate(limits.output_bytes);
    stderr.truncate(limits.output_bytes);
    Ok(Output { exit: child::exit(output.status), stdout, stderr, truncated, elapsed: started.elapsed() })
}

/// Runs a program that somebody at the terminal works with, such as an editor, and waits for its end.
pub fn attended(invocation: &Invocation) -> Result<Exit, ProcessError> {
    let error = |source| ProcessError::Wait { program: invocation.program.clone(), source };
    let handle = duct::cmd(&invocation.program, &invocation.args)
        .dir(&invocation.cwd)
        .full_env(&invocation.env)
        .unchecked()
        .start()
        .map_err(|source| start_error(invocation, source))?;
    let output = handle.wait().map_err(error)?;
    Ok(child::exit(output.status))
}

fn start_error(invocation: &Invocation, source: io::Error) -> ProcessError {
    ProcessError::Start { program: invocation.program.clone(), cwd: invocation.cwd.clone(), source }
}

/// Why a child is not followed to its own end.
enum Interrupt {
    Limit(Exit),
    Failed(ProcessError),
}

/// What the child has written so far; outlives the future that reads, so that a timeout keeps it.
#[derive(Default)]
struct Streams {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    cut: bool,
}

impl Streams {
    /// Feeds and reads the child until it ended and its streams are closed.
    async fn follow(
        &mut self,
        child: &mut Child,
        invocation: &Invocation,
        limits: &Limits,
        watch: Watch<'_>,
    ) -> Result<Exit, Interrupt> {
        let pipe =
            |source| Interrupt::Failed(ProcessError::Pipe { program: invocation.program.clone(), source });
        let pipes = child.pipes().map_err(pipe)?;
        let mut silent = |_: &[u8]| ControlFlow::Continue(());
        let pump = async {
            tokio::try_join!(
                read(pipes.stdout, &mut self.stdout, limits.output_bytes, watch),
                read(pipes.stderr, &mut self.stderr, limits.output_bytes, &mut silent),
                async {
                    feed(pipes.stdin, &invocation.stdin).await;
                    Ok(())
                },
            )
        };
        tokio::pin!(pump);
        tokio::select! {
            biased;
            pumped = &mut pump => { pumped?; }
            _ = child.ended() => match tokio::time::timeout(GRACE, &mut pump).await {
                Ok(pumped) => { pumped?; }
                Err(_elapsed) => self.cut = true,
            },
        }
        let wait = |source| ProcessError::Wait { program: invocation.program.clone(), source };
        child.exit().await.map_err(wait).map_err(Interrupt::Failed)
    }
}

/// Writes the input; a child that does not read all of it is no error.
async fn feed(mut stdin: tokio::process::ChildStdin, bytes: &[u8]) {
    let written = stdin.write_all(bytes).await;
    if let Err(error) = written {
        tracing::trace!(%error, "the child closed its input early");
    }
}

/// Appends the stream to `kept` and hands each line on, until the end or a limit.
async fn read(
    mut stream: impl AsyncRead + Unpin,
    kept: &mut Vec<u8>,
    limit: usize,
    watch: Watch<'_>,
) -> Result<(), Interrupt> {
    let mut buffer = vec![0; 16 * 1024];
    let mut line_start = kept.len();
    // A line without an end is searched once, not again with each piece of it.
    let mut searched = line_start;
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        let room = limit.saturating_sub(kept.len());
        kept.extend_from_slice(&buffer[..count.min(room)]);
        while let Some(length) = kept[searched..].iter().position(|byte| *byte == b'\n') {
            let line = &kept[line_start..searched + length];
            line_start = searched + length + 1;
            searched = line_start;
            if watch(line).is_break() {
                return Err(Interrupt::Limit(Exit::Stopped));
            }
        }
        searched = kept.len();
        if count > room {
            return Err(Interrupt::Limit(Exit::OutputLimit));
        }
    }
    if line_start < kept.len() && watch(&kept[line_start..]).is_break() {
        return Err(Interrupt::Limit(Exit::Stopped));
    }
    Ok(())
}

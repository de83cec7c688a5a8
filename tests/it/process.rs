//! Child processes: nothing outlives the run that started it, whatever ends it.

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cargo_gryph::process::{Exit, Invocation, Limits, ProcessError, capture, run, run_watched};
use cargo_gryph::sandbox::{Grant, Preference, Purpose, ResourceLimits, detect};

use crate::cargo::launcher;

/// Tells the re-executed test binary that it is the parent to be killed.
const ROLE: &str = "PARENT_TO_BE_KILLED";

fn shell(script: &str) -> Invocation {
    Invocation {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        cwd: "/".into(),
        env: [("PATH".into(), "/usr/bin:/bin".into())].into(),
        ..Invocation::default()
    }
}

fn limits(wall_ms: u64) -> Limits {
    Limits { wall: Duration::from_millis(wall_ms), output_bytes: 1 << 16 }
}

/// How many processes have this text among their arguments.
fn alive(marker: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let command = |entry: std::fs::DirEntry| std::fs::read(entry.path().join("cmdline")).ok();
    let has = |line: &Vec<u8>| line.split(|byte| *byte == 0).any(|arg| arg == marker.as_bytes());
    processes.filter_map(command).filter(has).count()
}

/// Waits until a condition holds, for at most a minute: a machine may be busy.
fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        if condition() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

/// A duration for `sleep` that no other process uses, so that it can be found again.
fn marker(number: u32) -> String {
    format!("600.{}{number}", std::process::id())
}

#[tokio::test]
async fn output_exit_and_input_arrive() {
    let mut invocation = shell("cat; echo problem >&2; exit 3");
    invocation.stdin = b"given".to_vec();
    let output = run(&invocation, &limits(10_000)).await.unwrap();
    assert_eq!(
        (output.exit, &output.stdout[..], &output.stderr[..]),
        (Exit::Code(3), &b"given"[..], &b"problem\n"[..])
    );
    assert!(!output.truncated);
    let captured = capture(&invocation, &limits(10_000)).unwrap();
    assert_eq!((captured.exit, captured.stdout), (Exit::Code(3), output.stdout));
}

#[tokio::test]
async fn a_missing_program_is_an_error_and_a_signal_an_exit() {
    let missing = Invocation { program: "/nonexistent".into(), cwd: "/".into(), ..Invocation::default() };
    assert!(matches!(run(&missing, &limits(1000)).await, Err(ProcessError::Start { .. })));
    assert_eq!(run(&shell("kill -9 $$"), &limits(10_000)).await.unwrap().exit, Exit::Signal(9));
}

#[tokio::test]
async fn a_timeout_kills_the_grandchildren_and_keeps_the_output() {
    let marker = marker(1);
    let script = format!("echo before; sleep {marker} & sleep {marker} & wait");
    let output = run(&shell(&script), &limits(300)).await.unwrap();
    assert_eq!((output.exit, &output.stdout[..], output.truncated), (Exit::TimedOut, &b"before\n"[..], true));
    assert!(eventually(|| alive(&marker) == 0));
}

#[tokio::test]
async fn what_a_child_leaves_behind_dies_when_it_ends() {
    let marker = marker(2);
    let output = run(&shell(&format!("sleep {marker} & exit 0")), &limits(20_000)).await.unwrap();
    assert_eq!(output.exit, Exit::Code(0));
    assert!(output.elapsed < Duration::from_secs(5), "the run waited for what was left behind");
    assert!(eventually(|| alive(&marker) == 0));
}

#[tokio::test]
async fn dropping_the_future_kills_the_tree() {
    let marker = marker(3);
    let invocation = shell(&format!("sleep {marker} & sleep {marker}"));
    let running = tokio::spawn(async move { run(&invocation, &limits(60_000)).await });
    let started = tokio::task::spawn_blocking({
        let marker = marker.clone();
        move || eventually(|| alive(&marker) >= 2)
    });
    assert!(started.await.unwrap());
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert!(eventually(|| alive(&marker) == 0));
}

#[tokio::test]
async fn too_much_output_stops_the_child_and_keeps_the_head() {
    let output = run(&shell("yes"), &limits(20_000)).await.unwrap();
    assert_eq!((output.exit, output.stdout.len()), (Exit::OutputLimit, 1 << 16));
}

#[tokio::test]
async fn a_line_without_an_end_is_read_in_time_that_grows_with_it() {
    let limits = Limits { wall: Duration::from_secs(60), output_bytes: 64 << 20 };
    let output = run(&shell("head -c 100000000 /dev/zero"), &limits).await.unwrap();
    assert_eq!((output.exit, output.stdout.len()), (Exit::OutputLimit, 64 << 20));
}

#[tokio::test]
async fn the_watcher_sees_whole_lines_and_can_stop_the_child() {
    let mut seen = Vec::new();
    let mut watch = |line: &[u8]| {
        seen.push(String::from_utf8_lossy(line).into_owned());
        if line == b"two" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let script = "printf on; printf 'e\\ntwo\\n'; sleep 100; echo three";
    let output = run_watched(&shell(script), &limits(20_000), &mut watch).await.unwrap();
    assert_eq!((output.exit, seen), (Exit::Stopped, vec!["one".to_owned(), "two".to_owned()]));
}

#[test]
fn a_helper_whose_parent_is_gone_before_it_is_watched_never_begins() {
    let orders = crate::sandbox::orders("Elsewhere");
    let begin = ["/bin/sh", "-c", "touch begun; cat"];
    for helper in [["__hold"].as_slice(), &["__launch", &orders]] {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(launcher());
        command.args(helper).args(begin).current_dir(dir.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(
            (output.status.code(), dir.path().join("begun").exists()),
            (Some(126), false),
            "{output:?}"
        );
        assert!(String::from_utf8_lossy(&output.stderr).contains("is gone"), "{output:?}");
        let output = command.stdin(input("\ngiven")).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "given", "{output:?}");
    }
}

/// What a helper reads: the first byte lets it go, the rest is its program's.
pub(crate) fn input(text: &str) -> std::io::PipeReader {
    use std::io::Write as _;
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    reader
}

#[test]
fn kill_9_of_the_parent_leaves_no_stray_process() {
    if let Some(marker) = std::env::var_os(ROLE) {
        return be_the_parent(&marker.into_string().unwrap());
    }
    for (number, prefer) in ["bubblewrap", "landlock", "auto", "unsandboxed"].into_iter().enumerate() {
        let marker = marker(10 + u32::try_from(number).unwrap());
        let mut parent = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "process::kill_9_of_the_parent_leaves_no_stray_process", "--nocapture"])
            .env(ROLE, format!("{prefer} {marker}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Two of each kind of work: one in the background that is deaf to polite signals, one that is waited for.
        let running = eventually(|| alive(&marker) >= 4);
        parent.kill().unwrap();
        parent.wait().unwrap();
        let said: Vec<_> =
            BufReader::new(parent.stdout.take().unwrap()).lines().map_while(Result::ok).collect();
        assert!(running, "{prefer}: the children did not start: {said:?}");
        assert!(eventually(|| alive(&marker) == 0), "{prefer}: {} processes are left", alive(&marker));
    }
}

/// Runs confined children that would live for ten minutes.
fn be_the_parent(orders: &str) {
    let (prefer, marker) = orders.split_once(' ').unwrap();
    let prefer = match prefer {
        "bubblewrap" => Preference::Bubblewrap,
        "landlock" => Preference::Landlock,
        "unsandboxed" => Preference::Unsandboxed,
        _ => Preference::Auto,
    };
    let sandbox = detect(launcher(), prefer).unwrap();
    // Only walls keep a process from leaving its group.
    let leave = if prefer == Preference::Unsandboxed { "" } else { "setsid" };
    let start = |purpose| {
        let script =
            format!("{leave} sleep {marker} & (trap '' HUP TERM; sleep {marker}) & sleep {marker}; wait");
        let grant = Grant { read: Vec::new(), write: Vec::new(), limits: ResourceLimits::RUN, purpose };
        sandbox.confine(shell(&script), &grant).unwrap()
    };
    let (build, test) = (start(Purpose::Build), start(Purpose::Run));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let long = limits(600_000);
    let ended = runtime.block_on(async { tokio::join!(run(&build, &long), run(&test, &long)) });
    panic!("the children ended: {ended:?}");
}

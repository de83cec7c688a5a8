//! Nothing is lost: `kill -9` at any moment of `new` leaves no project or a complete one, and the next run works.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use cargo_gryph::ledger::{Ledger, State};

use crate::cargo::{launcher, toolchain};

/// The specification all runs are asked for, and a model's recorded answers to it.
const SPEC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/recordings/kill.toml");
const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/recordings/kill.jsonl");

/// From the start of the process to its first event; the other stages are those of the events.
const START: &str = "start";
/// How long processes of a dead run may take to be gone.
const GRACE: Duration = Duration::from_secs(10);
/// A run that takes longer is stuck.
const STUCK: Duration = Duration::from_secs(300);

/// All moments: so many of each stage, spread evenly from its beginning; `commit` has two more.
const MOMENTS: [(&str, u32); 8] = [
    (START, 4),
    ("scaffold", 2),
    ("fetch", 5),
    ("build", 8),
    ("propose", 10),
    ("check", 10),
    ("gate", 2),
    ("commit", 7),
];
/// The moments of every test run.
const FEW: [(&str, When); 6] = [
    ("fetch", When::Share(0.5)),
    ("build", When::Share(0.5)),
    ("propose", When::Share(0.3)),
    ("check", When::Share(0.5)),
    ("commit", When::Staged),
    ("commit", When::Entered),
];

/// A moment of a stage.
#[derive(Clone, Copy, Debug)]
enum When {
    /// When this share of it is over.
    Share(f64),
    /// As soon as something stands beside the destination.
    Staged,
    /// As soon as the destination stands.
    Entered,
}

#[test]
fn a_kill_leaves_no_project_or_a_complete_one_and_the_next_run_works() {
    let whole = undisturbed();
    let killed = FEW.map(|(stage, when)| kill_at(&whole, stage, when));
    assert!(killed[5].complete, "the project had entered");
}

#[test]
fn fifty_kills_spread_over_all_stages_lose_nothing() {
    if std::env::var_os("GRYPH_SLOW_TESTS").is_none() {
        return;
    }
    let whole = undisturbed();
    let mut table =
        "| stage | length | moments | no project | complete project | of these settled by the next run \
                     | last process gone after |\n"
            .to_owned();
    let mut all = 0;
    for (stage, count) in MOMENTS {
        let shares = (0..count).map(|moment| When::Share(f64::from(moment) / f64::from(count)));
        let edges = [When::Staged, When::Entered];
        let edges = edges.iter().copied().filter(|_| stage == "commit");
        let killed: Vec<Killed> = shares.chain(edges).map(|when| kill_at(&whole, stage, when)).collect();
        all += killed.len();
        writeln!(table, "| {stage} | {} ms | {}", whole.stages[stage].as_millis(), row(&killed)).unwrap();
    }
    eprintln!("{table}");
    assert_eq!(all, 50);
}

fn row(killed: &[Killed]) -> String {
    let complete = killed.iter().filter(|killed| killed.complete).count();
    let settled = killed.iter().filter(|killed| killed.settled_later).count();
    let gone = killed.iter().map(|killed| killed.gone.as_millis()).max().unwrap_or_default();
    format!("{} | {} | {complete} | {settled} | {gone} ms |", killed.len(), killed.len() - complete)
}

#[test]
fn a_kill_ends_a_cargo_that_hangs_with_and_without_a_sandbox() {
    for flags in [[].as_slice(), &["--unsandboxed"]] {
        let place = Place::new();
        let hangs = "sleep 600.25";
        let mut command = place.command(&place.dest(), flags);
        let mut run = place.start(command.env("CARGO", place.cargo_that_says(hangs)));
        run.wait_for("fetch");
        let hanging = || run.processes().into_iter().any(|process| process.command.contains(hangs));
        assert!(eventually(STUCK, hanging), "{flags:?}: Cargo was not called");
        run.kill();
        run.gone();
    }
}

#[test]
fn a_kill_while_a_model_is_fetched_ends_the_download_and_leaves_the_cache_as_it_was() {
    let place = Place::new();
    let hangs = "sleep 600.5";
    let clients = place.dir.path().join("clients");
    for client in ["pip", "npm"] {
        let answers = format!("case \"$1\" in --version) exit 0;; esac\necho part > part\nexec {hangs}");
        script(&clients.join(client), &answers);
    }
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([clients].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut command = place.gryph(&["new", SPEC, "--path"]);
    command.arg(place.dest()).args(["--message-format", "json"]);
    let mut run = place.start(command.env("PATH", path).env("GRYPH_HUB", "http://127.0.0.1:9"));
    run.wait_for("build");
    let hanging = || run.processes().into_iter().any(|process| process.command.contains(hangs));
    assert!(eventually(STUCK, hanging), "no client was asked for the model");
    run.kill();
    run.gone();
    let models = place.gryph(&["model", "list", "--message-format", "json"]).output().unwrap();
    let models = String::from_utf8(models.stdout).unwrap();
    assert!(models.contains("\"default\":true") && !models.contains("\"ready\""), "{models}");
    place.next_run_works(&undisturbed(), false, "while a model is fetched");
}

/// A run that nobody disturbed.
struct Whole {
    /// The git tree it commits.
    tree: String,
    /// How long each stage took.
    stages: BTreeMap<String, Duration>,
}

fn undisturbed() -> Whole {
    let place = Place::new();
    let mut run = place.start(&mut place.command(&place.dest(), &[]));
    let mut stages = BTreeMap::new();
    let (mut stage, mut since) = (START.to_owned(), Instant::now());
    while let Ok(next) = run.stages.recv_timeout(STUCK) {
        stages.insert(stage, since.elapsed());
        (stage, since) = (next, Instant::now());
    }
    stages.insert(stage, since.elapsed());
    assert!(run.child.wait().unwrap().success(), "the undisturbed run failed");
    run.gone();
    Whole { tree: tree_of(&place.dest()), stages }
}

/// What a kill left.
struct Killed {
    complete: bool,
    /// Whether the project was in place and the next run wrote its receipt.
    settled_later: bool,
    gone: Duration,
}

/// Kills a run at a moment of a stage, and looks at everything it left.
fn kill_at(whole: &Whole, stage: &str, when: When) -> Killed {
    let place = Place::new();
    let mut run = place.start(&mut place.command(&place.dest(), &[]));
    run.wait_for(stage);
    match when {
        When::Share(share) => run.follow(whole.stages[stage].mul_f64(share)),
        When::Staged => assert!(eventually(STUCK, || !place.projects().is_empty())),
        When::Entered => assert!(eventually(STUCK, || place.dest().exists())),
    }
    run.kill();
    let gone = run.gone();
    let moment = format!("{stage}, {when:?}, killed in {}", run.stage);
    let complete = place.dest().exists();
    if complete {
        assert_eq!(tree_of(&place.dest()), whole.tree, "{moment}");
    }
    let settled_later = place.next_run_works(whole, complete, &moment) && complete;
    Killed { complete, settled_later, gone }
}

/// A home and a destination of their own.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    fn dest(&self) -> PathBuf {
        self.dir.path().join("projects").join("doubles")
    }

    /// `new` from the recording.
    fn command(&self, dest: &Path, more: &[&str]) -> Command {
        let mut command = self.gryph(&["new", SPEC, "--replay", RECORDING, "--path"]);
        command.arg(dest).args(["--samples", "2", "--rounds", "1", "--message-format", "json"]).args(more);
        command
    }

    /// The tool, as the leader of a session by which all its descendants are known.
    fn gryph(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRYPH_"))
        {
            command.env_remove(name);
        }
        command.arg(launcher()).arg("gryph").args(arguments);
        command.env("GRYPH_HOME", self.home()).env_remove("ORT_DYLIB_PATH").current_dir(self.dir.path());
        command
    }

    /// A Cargo of a toolchain whose other tools are the real ones.
    fn cargo_that_says(&self, words: &str) -> PathBuf {
        use std::os::unix::fs::symlink;
        let (real, fake) = (toolchain().sysroot, self.dir.path().join("toolchain"));
        std::fs::create_dir_all(fake.join("bin")).unwrap();
        symlink(real.join("lib"), fake.join("lib")).unwrap();
        symlink(real.join("bin").join("rustc"), fake.join("bin").join("rustc")).unwrap();
        let cargo = fake.join("bin").join("cargo");
        script(&cargo, &format!("exec {words}"));
        cargo
    }

    fn start(&self, command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let events = BufReader::new(child.stdout.take().unwrap());
        let (sender, stages) = channel();
        std::thread::spawn(move || {
            events
                .lines()
                .map_while(Result::ok)
                .filter_map(|event| stage_of(&event))
                .try_for_each(|stage| sender.send(stage))
        });
        let marker = self.dir.path().to_str().unwrap().to_owned();
        Running { child, stages, stage: START.to_owned(), marker }
    }

    /// What lies in the directory of the destination.
    fn projects(&self) -> Vec<String> {
        let dir = self.dir.path().join("projects");
        if dir.exists() { names(&dir) } else { Vec::new() }
    }

    /// The next run of the same user settles what the dead one left, and succeeds. Says whether it had to write the
    /// receipt of the dead one.
    fn next_run_works(&self, whole: &Whole, complete: bool, moment: &str) -> bool {
        let dest = if complete { self.dest().with_file_name("second") } else { self.dest() };
        let output = self.command(&dest, &[]).output().unwrap();
        assert!(output.status.success(), "{moment}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(tree_of(&dest), whole.tree, "{moment}");
        assert_eq!(names(&self.home().join("work")), [""; 0], "{moment}: work directories");
        assert_eq!(names(&self.home().join("ledger").join("live")), [""; 0], "{moment}: locks of runs");
        let projects = if complete { ["doubles", "second"].as_slice() } else { &["doubles"] };
        assert_eq!(self.projects(), projects, "{moment}: beside the project");
        self.ledger_is_settled(1 + u64::from(complete), moment)
    }

    fn ledger_is_settled(&self, committed: u64, moment: &str) -> bool {
        let ledger = Ledger::open(&self.home().join("ledger")).unwrap();
        assert_eq!(ledger.verify().unwrap(), committed, "{moment}: receipts");
        let runs = ledger.runs().unwrap();
        let settled = |state: &State| matches!(state, State::Committed { .. } | State::Failed(_));
        assert!(runs.iter().all(|run| settled(&run.state)), "{moment}: {runs:?}");
        assert!((1..=2).contains(&runs.len()), "{moment}: {runs:?}");
        ledger.receipt(1).unwrap().receipt.reconciled
    }
}

/// A run that may be killed.
struct Running {
    child: Child,
    stages: Receiver<String>,
    /// The stage it is in.
    stage: String,
    /// What stands in the command lines and environments of its processes.
    marker: String,
}

impl Running {
    fn wait_for(&mut self, stage: &str) {
        while self.stage != stage {
            self.stage = self.stages.recv_timeout(STUCK).expect("the run reaches every stage");
        }
    }

    /// Lets the run go on for a while.
    fn follow(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            match self.stages.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(stage) => self.stage = stage,
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => return "the run is over".clone_into(&mut self.stage),
            }
        }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until no process is left; says how long it took.
    fn gone(&self) -> Duration {
        let dead = Instant::now();
        let gone = eventually(GRACE, || self.processes().is_empty());
        assert!(gone, "killed in {}, alive after {GRACE:?}: {:#?}", self.stage, self.processes());
        dead.elapsed()
    }

    /// The processes of the run: those of its session, and those that speak of its directory.
    fn processes(&self) -> Vec<Process> {
        let numbers = std::fs::read_dir("/proc").unwrap().flatten();
        let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let processes = numbers.filter(|number| *number != std::process::id()).filter_map(Process::read);
        processes
            .filter(|process| process.session == self.child.id() || process.traces.contains(&self.marker))
            .collect()
    }
}

/// A process of this machine that has not ended.
#[derive(Debug)]
struct Process {
    #[expect(dead_code, reason = "it is printed when the test fails")]
    number: u32,
    session: u32,
    command: String,
    /// Its command line, environment and directory.
    traces: String,
}

impl Process {
    fn read(number: u32) -> Option<Self> {
        let dir = PathBuf::from(format!("/proc/{number}"));
        let text = |name: &str| {
            let bytes = std::fs::read(dir.join(name)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        // The name in parentheses may hold anything; after it come state, parent, group and session.
        let stat = text("stat");
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let session = fields.nth(2)?.parse().ok()?;
        let cwd = std::fs::read_link(dir.join("cwd")).unwrap_or_default();
        let command = text("cmdline");
        let traces = format!("{command} {} {}", text("environ"), cwd.display());
        (!["Z", "X"].contains(&state)).then_some(Self { number, session, command, traces })
    }
}

fn stage_of(event: &str) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(event).ok()?;
    (event["reason"] == "stage-started").then(|| event["stage"].as_str().map(str::to_owned))?
}

/// The committed files of a repository that is complete: sound, one commit, and nothing on disk but that. What is said about
/// the run differs from run to run.
fn tree_of(dest: &Path) -> String {
    git(dest, &["fsck", "--full", "--strict", "--no-dangling"]);
    assert_eq!(git(dest, &["status", "--porcelain", "--ignored", "--untracked-files=all"]), "");
    assert_eq!(git(dest, &["rev-list", "--all", "--count"]).trim(), "1");
    let listed = git(dest, &["ls-tree", "-r", "HEAD"]);
    listed.lines().filter(|line| !line.contains("\t.gryph/")).collect()
}

fn git(dest: &Path, args: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(dest).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What lies in a directory, hidden names included.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits until a condition holds.
fn eventually(longest: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < longest {
        if condition() {
            return true;
        }
        std::thread::yield_now();
    }
    condition()
}

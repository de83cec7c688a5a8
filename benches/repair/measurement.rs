//! One case measured: the tool's run, and the verdict of a judge that knows more than the tool.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::timed;

/// How much longer than its budget a run may take before it is stopped.
const GRACE: Duration = Duration::from_secs(120);

/// What the judge says of the files as the tool left them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// Visible and hidden checks pass, or the answers equal the canonical ones.
    Right,
    /// Visible checks pass, hidden ones do not: overfitted, or other answers than the canonical ones.
    Plausible(String),
    /// Still red.
    Red,
}

/// One case.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Measurement {
    pub(crate) case: String,
    /// `compile`, `logic`, `stub`, or the kind of the function's bug.
    pub(crate) kind: String,
    /// The budget.
    pub(crate) seconds: u64,
    /// The exit code; none if the run was stopped.
    pub(crate) exit_code: Option<i32>,
    pub(crate) verdict: Verdict,
    /// What the first choice would have come to where the tool left the decision to a person (exit 105).
    pub(crate) first_choice: Option<Verdict>,
    /// Which tier found the patch.
    pub(crate) tier: Option<String>,
    /// Candidates tried, and of those the ones that passed every test.
    pub(crate) candidates: u64,
    pub(crate) plausible: u64,
    /// Wall time of the whole run.
    pub(crate) elapsed: f64,
    /// What the tool said last.
    pub(crate) message: String,
    /// The first choice as a diff.
    pub(crate) diff: Option<String>,
}

impl Measurement {
    /// Exit 0 with a patch that is not right: what must never happen.
    pub(crate) fn accepted_wrong(&self) -> bool {
        self.exit_code == Some(0) && self.verdict != Verdict::Right
    }
}

impl fmt::Display for Measurement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let became = match (&self.verdict, self.exit_code) {
            (Verdict::Right, Some(0)) => "right".to_owned(),
            (Verdict::Plausible(why), Some(0)) => format!("ACCEPTED AND WRONG: {why}"),
            (Verdict::Red, Some(0)) => "ACCEPTED AND RED".to_owned(),
            (_, code) => {
                let code = code.map_or("stopped".to_owned(), |code| code.to_string());
                let first = self.first_choice.as_ref().map(|first| format!(", first choice {first:?}"));
                format!("exit {code}{}: {}", first.unwrap_or_default(), self.message)
            }
        };
        write!(
            formatter,
            "{} ({}) in {:.1} s, {} candidates: {became}",
            self.case, self.kind, self.elapsed, self.candidates
        )
    }
}

/// The tool as users run it.
pub(crate) struct Tool {
    /// The binary.
    pub(crate) program: PathBuf,
    /// Seconds a case.
    pub(crate) seconds: u64,
    /// More arguments.
    pub(crate) arguments: Vec<String>,
}

/// What a run of the tool said.
#[derive(Default, Debug)]
pub(crate) struct Said {
    pub(crate) exit_code: Option<i32>,
    pub(crate) tier: Option<String>,
    pub(crate) candidates: u64,
    pub(crate) plausible: u64,
    pub(crate) elapsed: f64,
    pub(crate) message: String,
    pub(crate) diff: Option<String>,
}

impl Tool {
    /// Runs `fix` in a directory without version control, which the tool changes if it accepts a patch.
    pub(crate) fn fix(&self, directory: &Path, more: &[&str]) -> io::Result<Said> {
        let talk = tempfile::NamedTempFile::new()?;
        let mut command = Command::new(&self.program);
        command.args(["gryph", "fix", "--allow-no-vcs", "--message-format", "json"]);
        command.args(["--max-time", &format!("{}s", self.seconds)]).args(&self.arguments).args(more);
        command.current_dir(directory).stderr(Stdio::from(File::create(talk.path())?));
        let started = Instant::now();
        let ran = timed::run(&mut command, Duration::from_secs(self.seconds) + GRACE)?;
        let mut said = Said {
            exit_code: ran.status.and_then(|status| status.code()),
            elapsed: started.elapsed().as_secs_f64(),
            ..Said::default()
        };
        for event in ran.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            said.take(&event);
        }
        if said.message.is_empty() {
            let text = fs::read_to_string(talk.path())?;
            said.message =
                text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().to_owned();
        }
        Ok(said)
    }
}

impl Said {
    fn take(&mut self, event: &Value) {
        let number = |name: &str| event[name].as_u64();
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        match event["reason"].as_str().unwrap_or_default() {
            "search-progress" | "patch-chosen" => {
                self.candidates = number("candidates").unwrap_or(self.candidates);
                self.plausible = number("plausible").unwrap_or(self.plausible);
                self.tier = text("tier").or_else(|| self.tier.take());
                self.diff = text("diff").or_else(|| self.diff.take());
            }
            "run-finished" => self.message = text("message").unwrap_or_default(),
            _ => {}
        }
    }

    /// The measurement of a case judged so.
    pub(crate) fn measurement(
        self,
        case: &str,
        kind: &str,
        seconds: u64,
        verdict: Verdict,
        first_choice: Option<Verdict>,
    ) -> Measurement {
        let Self { exit_code, tier, candidates, plausible, elapsed, message, diff } = self;
        let (case, kind) = (case.to_owned(), kind.to_owned());
        Measurement {
            case,
            kind,
            seconds,
            exit_code,
            verdict,
            first_choice,
            tier,
            candidates,
            plausible,
            elapsed,
            message,
            diff,
        }
    }
}

/// Reads recorded measurements; a file that does not exist holds none, and a line cut short by a crash is left out.
pub(crate) fn recorded(path: &Path) -> io::Result<Vec<Measurement>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Adds a measurement to a record.
pub(crate) fn record(path: &Path, measurement: &Measurement) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("\n{}\n", serde_json::to_string(measurement)?).as_bytes())
}

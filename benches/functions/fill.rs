//! Who fills a function: the tool with a model, or the references themselves to try the bench out.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::timed;

/// What became of one function.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct FillOutcome {
    /// The text of the source file that holds the accepted function; none if the tool accepted nothing.
    pub(crate) accepted: Option<String>,
    /// Candidates tried.
    pub(crate) candidates: u64,
    /// Of those that the model wrote, how many compiled as they were; none where the tool does not say.
    pub(crate) compiled_sampled: Option<u64>,
    /// Candidates that compiled, repaired ones among them.
    pub(crate) compiled: u64,
    /// Tokens decoded; none where the tool does not say.
    pub(crate) tokens: Option<u64>,
    /// Time on the hole, or of the whole run if the hole was never reached.
    pub(crate) elapsed: Duration,
    /// The exit code; none if the run was stopped.
    pub(crate) exit_code: Option<i32>,
    /// Why nothing was accepted, as a sentence.
    pub(crate) note: String,
}

/// Fills the one function of a spec.
pub(crate) trait Fill {
    /// Works on the function of `spec` for `seconds`, with `seed` for all that is drawn.
    fn fill(&mut self, spec: &Path, seconds: u64, seed: u64) -> FillOutcome;
}

/// Fills with the reference beside the spec.
pub(crate) struct References;

impl Fill for References {
    fn fill(&mut self, spec: &Path, _seconds: u64, _seed: u64) -> FillOutcome {
        match fs::read_to_string(spec.with_file_name("reference.rs")) {
            Ok(text) => {
                FillOutcome { accepted: Some(text), candidates: 1, compiled: 1, ..FillOutcome::default() }
            }
            Err(error) => FillOutcome { note: error.to_string(), ..FillOutcome::default() },
        }
    }
}

/// Fills with the tool as users run it: `cargo-gryph gryph new`.
pub(crate) struct Tool {
    /// The binary.
    pub(crate) program: PathBuf,
    /// The model's id; none for the default one.
    pub(crate) model: Option<String>,
    /// Arguments added at the end, such as `--offline`.
    pub(crate) arguments: Vec<String>,
    /// How much longer than its budget a run may take, for the build, the gate and the commit, before it is stopped.
    pub(crate) grace: Duration,
}

impl Fill for Tool {
    fn fill(&mut self, spec: &Path, seconds: u64, seed: u64) -> FillOutcome {
        let started = Instant::now();
        let mut outcome = self.run(spec, seconds, seed).unwrap_or_else(|error| FillOutcome {
            note: format!("cannot run `{}`: {error}", self.program.display()),
            ..FillOutcome::default()
        });
        if outcome.elapsed.is_zero() {
            outcome.elapsed = started.elapsed();
        }
        outcome
    }
}

impl Tool {
    fn run(&self, spec: &Path, seconds: u64, seed: u64) -> std::io::Result<FillOutcome> {
        let place = tempfile::tempdir()?;
        let project = place.path().join("project");
        let talk = place.path().join("stderr");
        let mut command = Command::new(&self.program);
        command.args(["gryph", "new"]).arg(spec).arg("--path").arg(&project);
        command.args(["--max-time", &format!("{seconds}s"), "--seed", &seed.to_string()]);
        command.args(self.model.iter().flat_map(|model| ["--model", model]));
        command.args(["--message-format", "json"]).args(&self.arguments);
        // Each measurement is of the model, not of what an earlier one left.
        command.env("GRYPH_MEMORY", "false");
        command.current_dir(place.path()).stderr(Stdio::from(File::create(&talk)?));
        let ran = timed::run(&mut command, Duration::from_secs(seconds) + self.grace)?;

        let mut told = read_events(&ran.stdout);
        told.outcome.exit_code = ran.status.and_then(|status| status.code());
        if told.accepted && told.outcome.exit_code == Some(0) {
            let name = spec.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
            told.outcome.accepted = source_of(&project.join("src"), &name)?;
            if told.outcome.accepted.is_none() {
                told.outcome.note = format!("accepted, but `{name}` is not in the project");
            }
        } else if told.outcome.note.is_empty() {
            told.outcome.note = last_line(&fs::read_to_string(&talk)?, ran.status.is_none());
        }
        Ok(told.outcome)
    }
}

fn last_line(talk: &str, stopped: bool) -> String {
    let last = talk.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    if stopped { format!("stopped: {last}") } else { last.to_string() }
}

/// What the events say; the source is still to be found.
#[derive(Default)]
struct Told {
    accepted: bool,
    outcome: FillOutcome,
}

/// Reads the tool's events, one JSON object a line; what is no event is left out.
fn read_events(stdout: &str) -> Told {
    let mut told = Told::default();
    for event in stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let reason = event["reason"].as_str().unwrap_or("");
        if ["hole-progress", "hole-accepted", "hole-open"].contains(&reason) {
            read_figures(&event, &mut told.outcome);
        }
        match reason {
            "hole-accepted" => told.accepted = true,
            "hole-open" => told.outcome.note = event["why"].as_str().unwrap_or("").to_string(),
            "run-finished" if told.outcome.note.is_empty() && event["exit_code"] != 0 => {
                told.outcome.note = event["message"].as_str().unwrap_or("").to_string();
            }
            _ => {}
        }
    }
    told
}

fn read_figures(event: &Value, outcome: &mut FillOutcome) {
    outcome.candidates = event["candidates"].as_u64().unwrap_or(outcome.candidates);
    outcome.compiled = event["compiled"].as_u64().unwrap_or(outcome.compiled);
    outcome.compiled_sampled = event["compiled_sampled"].as_u64().or(outcome.compiled_sampled);
    outcome.tokens = event["tokens"].as_u64().or(outcome.tokens);
    if let (Some(secs), Some(nanos)) = (event["elapsed"]["secs"].as_u64(), event["elapsed"]["nanos"].as_u64())
    {
        outcome.elapsed = Duration::from_secs(secs) + Duration::from_nanos(nanos);
    }
}

/// The text of the file below `directory` that defines the function `name` at its top.
fn source_of(directory: &Path, name: &str) -> std::io::Result<Option<String>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if let Some(text) = source_of(&path, name)? {
                return Ok(Some(text));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)?;
            if defines(&text, name) {
                return Ok(Some(text));
            }
        }
    }
    Ok(None)
}

fn defines(text: &str, name: &str) -> bool {
    let is_it = |item: &syn::Item| matches!(item, syn::Item::Fn(function) if function.sig.ident == name);
    syn::parse_file(text).is_ok_and(|file| file.items.iter().any(is_it))
}

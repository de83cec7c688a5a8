//! One function measured: filled, then compared with its reference; kept as a line of JSON so that a run can go on.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::differential::{Agreement, DifferentialError, differential};
use super::fill::Fill;
use super::set::{Function, Level};

/// The version of the recorded lines.
const VERSION: u32 = 1;

/// How long an accepted function may take for all inputs together; the references need milliseconds.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Who fills and with what budget: the measurements of one table share it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Setting {
    /// The model's id, as the table shows it.
    pub(crate) model: String,
    /// Seconds a function.
    pub(crate) seconds: u64,
    /// The seed.
    pub(crate) seed: u64,
}

/// What became of an accepted function in the hidden check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Accepted {
    /// The same answers as the reference.
    Right,
    /// Another answer, or none; the first one, as a sentence.
    Wrong(String),
    /// Nothing was accepted; why, as a sentence.
    Nothing(String),
}

/// A function measured once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Measurement {
    version: u32,
    /// Who filled it and with what budget.
    pub(crate) setting: Setting,
    /// The function.
    pub(crate) function: String,
    /// Its level.
    pub(crate) level: Level,
    /// What became of it.
    pub(crate) accepted: Accepted,
    /// Candidates tried.
    pub(crate) candidates: u64,
    /// Candidates that compiled as the model wrote them, where the tool says.
    pub(crate) compiled_sampled: Option<u64>,
    /// Candidates that compiled, repaired ones among them.
    pub(crate) compiled: u64,
    /// Tokens decoded, where the tool says.
    pub(crate) tokens: Option<u64>,
    /// Seconds on the hole.
    pub(crate) elapsed: f64,
    /// The exit code of the tool.
    pub(crate) exit_code: Option<i32>,
    /// The accepted source, so that a wrong one can be looked at.
    pub(crate) source: Option<String>,
}

/// Fills `function` and compares what was accepted with the reference.
pub(crate) fn measure(
    fill: &mut dyn Fill,
    rustc: &Path,
    function: &Function,
    setting: &Setting,
) -> Result<Measurement, DifferentialError> {
    let outcome = fill.fill(&function.spec(), setting.seconds, setting.seed);
    let accepted = match &outcome.accepted {
        Some(source) => verdict(differential(rustc, function, source, TIME_LIMIT)?),
        None => Accepted::Nothing(outcome.note),
    };
    Ok(Measurement {
        version: VERSION,
        setting: setting.clone(),
        function: function.name.clone(),
        level: function.level,
        accepted,
        candidates: outcome.candidates,
        compiled_sampled: outcome.compiled_sampled,
        compiled: outcome.compiled,
        tokens: outcome.tokens,
        elapsed: outcome.elapsed.as_secs_f64(),
        exit_code: outcome.exit_code,
        source: outcome.accepted,
    })
}

fn verdict(agreement: Agreement) -> Accepted {
    match agreement {
        Agreement::Agrees { .. } => Accepted::Right,
        Agreement::Differs { index, input, expected, actual } => {
            Accepted::Wrong(format!("input {index}, {input}: expected {expected}, got {actual}"))
        }
        Agreement::NoAnswer { index: Some(index), ended } => {
            Accepted::Wrong(format!("no answer to input {index}: {ended}"))
        }
        Agreement::NoAnswer { index: None, ended } => Accepted::Wrong(format!("no answer at all: {ended}")),
        Agreement::DoesNotCompile { message } => {
            Accepted::Wrong(format!("does not compile beside the reference: {message}"))
        }
    }
}

/// Reads recorded measurements; a file that does not exist holds none. A line of another version or cut short by a
/// crash is left out, so that its function is measured again.
pub(crate) fn recorded(path: &Path) -> io::Result<Vec<Measurement>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Measurement>(line).ok());
    Ok(lines.filter(|measurement| measurement.version == VERSION).collect())
}

/// Adds a measurement to a record.
pub(crate) fn record(path: &Path, measurement: &Measurement) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let line = serde_json::to_string(measurement)?;
    // The leading line end separates this line from one that a crash cut short.
    file.write_all(format!("\n{line}\n").as_bytes())
}

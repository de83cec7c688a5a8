//! `cargo gryph log` and `show`: what the ledger holds.

use std::io::Write as _;

use super::args::{Common, Log, Show};
use super::console::{MessageFormat, table};
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::surroundings::Surroundings;
use super::workshop::{ledger, ledger_failure, run_failure};
use crate::ledger::{Ledger, RunRecord, State};

/// Lists runs, newest first, on stdout.
pub(super) fn log(
    arguments: &Log,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let runs = ledger(surroundings)?.runs().map_err(ledger_failure)?;
    let newest: Vec<&RunRecord> = runs.iter().rev().take(arguments.number).collect();
    let mut out = std::io::stdout().lock();
    if common.message_format == MessageFormat::Json {
        for run in newest {
            let _ = writeln!(out, "{}", object("run", run)?);
        }
        return Ok(ExitCode::Done);
    }
    let rows: Vec<Vec<String>> = newest.into_iter().map(row).collect();
    let _ = match rows.is_empty() {
        true => writeln!(out, "no runs yet"),
        false => write!(out, "{}", table(&["run", "verb", "outcome"], &rows)),
    };
    Ok(ExitCode::Done)
}

/// Prints a run and its receipt on stdout.
pub(super) fn show(
    arguments: &Show,
    common: &Common,
    surroundings: &Surroundings,
) -> Result<ExitCode, Failure> {
    let ledger = ledger(surroundings)?;
    let record = ledger.show(&arguments.run).map_err(run_failure)?;
    let mut value = details(&ledger, &record)?;
    let mut out = std::io::stdout().lock();
    let _ = if common.message_format == MessageFormat::Json {
        value.as_object_mut().map(|object| object.insert("reason".to_owned(), "run".into()));
        writeln!(out, "{value}")
    } else {
        write!(out, "{}", indented(&value)?)
    };
    Ok(ExitCode::Done)
}

fn row(record: &RunRecord) -> Vec<String> {
    let outcome = match &record.state {
        State::Failed(failure) => failure.outcome.clone(),
        state => state.name().to_owned(),
    };
    vec![record.run.to_string(), record.verb.clone(), outcome]
}

fn details(ledger: &Ledger, record: &RunRecord) -> Result<serde_json::Value, Failure> {
    let mut value = serde_json::to_value(record).map_err(internal)?;
    if let State::Committed { receipt } = record.state {
        let link = ledger.receipt(receipt).map_err(ledger_failure)?;
        let link = serde_json::to_value(link).map_err(internal)?;
        value.as_object_mut().map(|object| object.insert("receipt".to_owned(), link));
    }
    Ok(value)
}

/// TOML is what people read best of what serde writes.
fn indented(value: &serde_json::Value) -> Result<String, Failure> {
    toml::to_string_pretty(&without_nulls(value)).map_err(internal)
}

/// TOML has no null: what is not there is left out.
fn without_nulls(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => {
            let present = fields.iter().filter(|(_, field)| !field.is_null());
            present.map(|(name, field)| (name.clone(), without_nulls(field))).collect()
        }
        serde_json::Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn object(reason: &str, record: &RunRecord) -> Result<serde_json::Value, Failure> {
    let mut value = serde_json::to_value(record).map_err(internal)?;
    value.as_object_mut().map(|object| object.insert("reason".to_owned(), reason.into()));
    Ok(value)
}

fn internal(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(ExitCode::Internal, error)
}

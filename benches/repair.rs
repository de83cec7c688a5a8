//! How many red crates `cargo gryph fix` repairs, and whether its patches are right: `cargo bench --bench repair`.
//!
//! Two sets: directories of small broken crates with hidden tests, judged by a script that lies beside them, and buggy
//! functions as lines of JSON, each with tests and a canonical solution that only the judge reads. Neither is part of
//! this repository; a set that is not there is skipped with a message.

#[path = "repair/crates.rs"]
mod crates;
#[path = "repair/functions.rs"]
mod functions;
#[path = "repair/measurement.rs"]
mod measurement;
#[path = "repair/table.rs"]
mod table;
#[path = "functions/timed.rs"]
mod timed;
#[path = "repair/variation.rs"]
mod variation;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;

use crate::measurement::{Measurement, Tool};

/// Measures repairs, and prints a table for each set
#[derive(Parser)]
struct Options {
    /// A directory of broken crates with `check.sh` beside them
    #[arg(long, default_value = "../shared/bench/repair")]
    crates: PathBuf,
    /// A file of buggy functions, one JSON object a line
    #[arg(long, default_value = "../shared/data/humanevalfix-rust-dev.jsonl")]
    functions: PathBuf,
    /// Which sets: `crates`, `functions` or both
    #[arg(long, value_delimiter = ',', default_value = "crates,functions")]
    sets: Vec<String>,
    /// Seconds a case
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Measure only cases whose name holds one of these
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Measure only every nth case
    #[arg(long, default_value_t = 1)]
    every: usize,
    /// The binary to measure; the one built with this bench if none is given
    #[arg(long)]
    tool: Option<PathBuf>,
    /// Keep each measurement in this file, and do not repeat those it holds
    #[arg(long)]
    record: Option<PathBuf>,
    /// Given by `cargo bench`; without it, as in `cargo test --all-targets`, nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
    /// Arguments to the tool
    #[arg(last = true)]
    arguments: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    if !options.bench {
        eprintln!("`cargo bench --bench repair` measures repairs");
        return Ok(());
    }
    let tool = Tool {
        program: options.tool.clone().unwrap_or_else(|| env!("CARGO_BIN_EXE_cargo-gryph").into()),
        seconds: options.seconds,
        arguments: options.arguments.clone(),
    };
    if options.sets.iter().any(|set| set == "crates") && there(&options.crates) {
        let cases = chosen(&options, crates::cases(&options.crates)?, |case| &case.id);
        let measured = measure_all(&options, &cases, |case| &case.id, |case| crates::measure(case, &tool))?;
        println!("{}", table::table("Crates", &measured));
    }
    if options.sets.iter().any(|set| set == "functions") && there(&options.functions) {
        let cases = chosen(&options, functions::cases(&options.functions)?, |case| &case.task_id);
        let measured =
            measure_all(&options, &cases, |case| &case.task_id, |case| functions::measure(case, &tool))?;
        println!("{}", table::table("Functions", &measured));
    }
    Ok(())
}

fn there(set: &Path) -> bool {
    let there = set.exists();
    if !there {
        eprintln!("skipped: no set at `{}`", set.display());
    }
    there
}

fn chosen<Case>(options: &Options, cases: Vec<Case>, name: impl Fn(&Case) -> &String) -> Vec<Case> {
    let wanted =
        |case: &Case| options.only.is_empty() || options.only.iter().any(|part| name(case).contains(part));
    cases.into_iter().filter(wanted).step_by(options.every.max(1)).collect()
}

fn measure_all<Case>(
    options: &Options,
    cases: &[Case],
    name: impl Fn(&Case) -> &String,
    measure: impl Fn(&Case) -> anyhow::Result<Measurement>,
) -> anyhow::Result<Vec<Measurement>> {
    let kept =
        options.record.as_deref().map(measurement::recorded).transpose().context("cannot read the record")?;
    let kept = kept.unwrap_or_default();
    let mut measured = Vec::new();
    for case in cases {
        let known = kept.iter().find(|one| one.case == *name(case) && one.seconds == options.seconds);
        let measurement = match known {
            Some(known) => known.clone(),
            None => {
                let measurement = measure(case)?;
                if let Some(path) = &options.record {
                    measurement::record(path, &measurement).context("cannot write the record")?;
                }
                measurement
            }
        };
        eprintln!("{measurement}");
        measured.push(measurement);
    }
    Ok(measured)
}

//! How many of 24 functions a model fills, and whether what was accepted is right: `cargo bench --bench functions`.

#[path = "functions/differential.rs"]
mod differential;
#[path = "functions/fill.rs"]
mod fill;
#[path = "functions/measurement.rs"]
mod measurement;
#[path = "functions/set.rs"]
mod set;
#[path = "functions/table.rs"]
mod table;
#[path = "functions/timed.rs"]
mod timed;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;

use crate::fill::{Fill, References, Tool};
use crate::measurement::{Accepted, Measurement, Setting, measure, record, recorded};
use crate::set::Function;

/// Measures how many functions of the set are filled, and prints a table for each model and budget
#[derive(Parser)]
struct Options {
    /// Models to measure; the tool's default one if none is given
    #[arg(long, value_delimiter = ',')]
    model: Vec<String>,
    /// Budgets in seconds a function
    #[arg(long, value_delimiter = ',', default_value = "60,180")]
    seconds: Vec<u64>,
    /// The seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Measure these functions only
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The binary to measure; the one built with this bench if none is given
    #[arg(long)]
    tool: Option<PathBuf>,
    /// Keep each measurement in this file, and do not repeat those it holds
    #[arg(long)]
    record: Option<PathBuf>,
    /// Fill with the references instead of a model, to try the bench out
    #[arg(long)]
    references: bool,
    /// Seconds a run may take beyond its budget
    #[arg(long, default_value_t = 900)]
    grace: u64,
    /// Given by `cargo bench`; without it, as in `cargo test --all-targets`, the set is only read
    #[arg(long, hide = true)]
    bench: bool,
    /// Arguments to the tool
    #[arg(last = true)]
    arguments: Vec<String>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let mut functions = set::load(&set::directory())?;
    if let Some(unknown) =
        options.only.iter().find(|name| functions.iter().all(|function| function.name != **name))
    {
        anyhow::bail!("no function of the set is named `{unknown}`");
    }
    functions.retain(|function| options.only.is_empty() || options.only.contains(&function.name));
    if !options.bench {
        eprintln!("{} functions; `cargo bench --bench functions` measures them", functions.len());
        return Ok(());
    }
    let kept = options
        .record
        .as_deref()
        .map(recorded)
        .transpose()
        .context("cannot read the record")?
        .unwrap_or_default();
    for setting in settings(&options) {
        let mut fill = filler(&options, &setting);
        let measurements = measure_all(&options, &functions, &setting, fill.as_mut(), &kept)?;
        println!("{}", table::table(&setting, &measurements.iter().collect::<Vec<_>>()));
    }
    Ok(())
}

const DEFAULT_MODEL: &str = "default model";
const REFERENCES: &str = "references";

fn settings(options: &Options) -> Vec<Setting> {
    let models = match options.model.as_slice() {
        _ if options.references => vec![REFERENCES.to_string()],
        [] => vec![DEFAULT_MODEL.to_string()],
        models => models.to_vec(),
    };
    let of_model = |model: String| {
        let setting = move |&seconds| Setting { model: model.clone(), seconds, seed: options.seed };
        options.seconds.iter().map(setting)
    };
    models.into_iter().flat_map(of_model).collect()
}

fn filler(options: &Options, setting: &Setting) -> Box<dyn Fill> {
    if options.references {
        return Box::new(References);
    }
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_cargo-gryph"));
    Box::new(Tool {
        program: options.tool.clone().unwrap_or_else(built),
        model: Some(setting.model.clone()).filter(|model| model != DEFAULT_MODEL),
        arguments: options.arguments.clone(),
        grace: Duration::from_secs(options.grace),
    })
}

fn measure_all(
    options: &Options,
    functions: &[Function],
    setting: &Setting,
    fill: &mut dyn Fill,
    kept: &[Measurement],
) -> anyhow::Result<Vec<Measurement>> {
    let rustc = std::env::var_os("RUSTC").map_or("rustc".into(), PathBuf::from);
    let mut measurements = Vec::new();
    for function in functions {
        let known = kept.iter().find(|one| one.setting == *setting && one.function == function.name);
        let measurement = match known {
            Some(measurement) => measurement.clone(),
            None => {
                let measurement = measure(fill, &rustc, function, setting)?;
                if let Some(path) = &options.record {
                    record(path, &measurement).context("cannot write the record")?;
                }
                measurement
            }
        };
        eprintln!("{}", progress(&measurement));
        measurements.push(measurement);
    }
    Ok(measurements)
}

fn progress(measurement: &Measurement) -> String {
    let became = match &measurement.accepted {
        Accepted::Right => "accepted and right".to_string(),
        Accepted::Wrong(why) => format!("ACCEPTED AND WRONG: {why}"),
        Accepted::Nothing(why) => format!("not accepted: {why}"),
    };
    format!("{} in {:.1} s: {became}", measurement.function, measurement.elapsed)
}

//! cargo-mutants: its list of mutants, and what it says about them.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::Fate;

/// One mutant as cargo-mutants lists it.
#[derive(Clone, Deserialize)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) genre: String,
    pub(crate) replacement: String,
    span: Span,
}

#[derive(Clone, Copy, Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// Line and column from 1, the column in characters.
#[derive(Clone, Copy, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Mutant {
    /// The bytes of its file that it replaces.
    pub(crate) fn range(&self, text: &str) -> Range<usize> {
        self.span.start.byte(text)..self.span.end.byte(text)
    }
}

impl Place {
    fn byte(self, text: &str) -> usize {
        let before: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let line = &text[before..];
        before + line.char_indices().nth(self.column - 1).map_or(line.len(), |(at, _)| at)
    }
}

/// What a run of cargo-mutants came to.
pub(crate) struct Theirs {
    /// What became of each mutant, by name.
    pub(crate) fates: Vec<(String, Fate)>,
    /// From start to end.
    pub(crate) wall: Duration,
    /// Of it, the unchanged tree: building it with its dependencies, and its tests.
    pub(crate) baseline: Duration,
    /// Of the baseline, the tests.
    pub(crate) suite: Duration,
    /// Time in tests that ran out of it.
    pub(crate) hung: Duration,
}

/// cargo-mutants on one crate.
pub(crate) struct Tool {
    pub(crate) program: PathBuf,
    pub(crate) cargo: PathBuf,
    pub(crate) shard: Option<String>,
    pub(crate) jobs: usize,
}

impl Tool {
    /// Its version, if it is there.
    pub(crate) fn version(&self) -> Option<String> {
        let output = Command::new(&self.program).args(["mutants", "--version"]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    pub(crate) fn list(&self, tree: &Path) -> Result<Vec<Mutant>, String> {
        let output = self.run(tree, &["--list", "--json"]);
        serde_json::from_slice(&output.stdout)
            .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Tries all mutants but some, with the tests in files and in the library, without those of the documentation.
    pub(crate) fn try_all_but(&self, tree: &Path, out: &Path, left_out: &[String]) -> Result<Theirs, String> {
        let jobs = self.jobs.to_string();
        let mut args = vec!["--no-shuffle", "--colors=never", "--cargo-arg=--tests", "--jobs", &jobs];
        let out_text = out.to_string_lossy();
        args.extend(["--output", &out_text]);
        let patterns: Vec<String> = left_out.iter().map(|name| format!("^{}$", escaped(name))).collect();
        patterns.iter().for_each(|pattern| args.extend(["--exclude-re", pattern]));
        let started = Instant::now();
        let output = self.run(tree, &args);
        let wall = started.elapsed();
        let path = out.join("mutants.out/outcomes.json");
        let said = || {
            String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
        };
        let text = std::fs::read_to_string(path).map_err(|error| format!("{error}: {}", said()))?;
        let outcomes: Outcomes = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        outcomes.read(wall).ok_or_else(said)
    }

    fn run(&self, tree: &Path, args: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.arg("mutants").arg("--dir").arg(tree).args(args).env("CARGO", &self.cargo);
        if let Some(shard) = &self.shard {
            command.args(["--shard", shard]);
        }
        for name in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_BUILD_DIR"] {
            command.env_remove(name);
        }
        command.output().unwrap()
    }
}

/// A pattern that fits this text only. `\<` and `\>` would be patterns of their own.
fn escaped(name: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$".contains(c).then_some('\\');
    name.chars().flat_map(|c| special(c).into_iter().chain([c])).collect()
}

#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: String,
    phase_results: Vec<Phase>,
}

#[derive(Deserialize)]
enum Scenario {
    Baseline,
    Mutant(Mutant),
}

#[derive(Deserialize)]
struct Phase {
    phase: String,
    duration: f64,
}

impl Outcomes {
    fn read(&self, wall: Duration) -> Option<Theirs> {
        let of_tests = |outcome: &Outcome| -> f64 {
            outcome
                .phase_results
                .iter()
                .filter(|phase| phase.phase == "Test")
                .map(|phase| phase.duration)
                .sum()
        };
        let all =
            |outcome: &Outcome| -> f64 { outcome.phase_results.iter().map(|phase| phase.duration).sum() };
        let baseline = self.outcomes.iter().find(|outcome| matches!(outcome.scenario, Scenario::Baseline))?;
        let mut fates = Vec::new();
        let mut hung = 0.0;
        for outcome in &self.outcomes {
            let Scenario::Mutant(mutant) = &outcome.scenario else { continue };
            let fate = match outcome.summary.as_str() {
                "CaughtMutant" => Fate::Caught,
                "MissedMutant" => Fate::Missed,
                "Timeout" => Fate::Hung,
                "Unviable" => Fate::Unviable,
                other => Fate::Unknown(other.to_owned()),
            };
            hung += if fate == Fate::Hung { of_tests(outcome) } else { 0.0 };
            fates.push((mutant.name.clone(), fate));
        }
        Some(Theirs {
            fates,
            wall,
            baseline: Duration::from_secs_f64(all(baseline)),
            suite: Duration::from_secs_f64(of_tests(baseline)),
            hung: Duration::from_secs_f64(hung),
        })
    }
}

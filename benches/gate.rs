//! Whether the gate refuses what is bad for the right reason, and is quiet about what is fine: `cargo bench --bench gate`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

#[path = "gate/proof.rs"]
mod proof;
#[path = "gate/set.rs"]
mod set;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use proof::Depth;
use serde_json::Value;
use set::{Edit, Set};

/// What the gate said.
struct Said {
    code: i32,
    /// The rules that refuse or ask.
    rules: Vec<String>,
    seconds: f64,
}

/// What came of all changes.
#[derive(Default)]
struct Outcome {
    caught: usize,
    bad: usize,
    passed: usize,
    good: usize,
    skipped: usize,
    seconds: Vec<f64>,
    wrong: Vec<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    if !flag("--bench") {
        return ExitCode::SUCCESS;
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/gate");
    let set = set::read(&dir);
    let only: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |id: &str| only.is_empty() || only.iter().any(|part| id.contains(part.as_str()));
    let wrong = if flag("--apply-only") {
        let depth = if flag("--check") { Depth::Checked } else { Depth::Applied };
        proof::wrong(&dir, &set, &wanted, depth)
    } else {
        let outcome = measured(&dir, &set, &wanted, flag("--registry"));
        outcome.print();
        outcome.wrong
    };
    wrong.iter().for_each(|line| println!("- {line}"));
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the gate says to the changes whose ids are wanted.
fn measured(dir: &Path, set: &Set, wanted: &dyn Fn(&str) -> bool, registry: bool) -> Outcome {
    let mut outcome = Outcome::default();
    for twin in set.twin.iter().filter(|twin| wanted(&twin.id)) {
        if let Some(need) = twin.needs.filter(|need| !need.is_met(registry)) {
            println!("skip  {}: it needs {need:?}", twin.id);
            outcome.skipped += 1;
            continue;
        }
        let said = judged(dir, &twin.before, twin.both.iter().chain(&twin.bad), &twin.args);
        let stopped = twin.expect.map_or(said.code != 0, |code| said.code == code);
        let named = twin.rule.split('|').any(|rule| said.rules.iter().any(|one| one == rule));
        outcome.tell_bad(&twin.id, named && stopped, &said);
        let said = judged(dir, &twin.before, twin.both.iter().chain(&twin.good), &twin.args);
        outcome.tell_good(&twin.id, "twin", &said);
    }
    for fine in set.fine.iter().filter(|fine| wanted(&fine.id)) {
        let said = judged(dir, &fine.before, fine.edits.iter(), &fine.args);
        outcome.tell_good(&fine.id, "fine", &said);
    }
    outcome
}

impl Outcome {
    fn tell_bad(&mut self, id: &str, right: bool, said: &Said) {
        self.bad += 1;
        self.caught += usize::from(right);
        self.tell(id, "bad", right, said);
    }

    fn tell_good(&mut self, id: &str, kind: &str, said: &Said) {
        self.good += 1;
        self.passed += usize::from(said.code == 0);
        self.tell(id, kind, said.code == 0, said);
    }

    fn tell(&mut self, id: &str, kind: &str, right: bool, said: &Said) {
        let line =
            format!("{id} ({kind}): exit {}, {}, {:.1} s", said.code, said.rules.join(" "), said.seconds);
        println!("{} {line}", if right { "ok   " } else { "WRONG" });
        self.seconds.push(said.seconds);
        if !right {
            self.wrong.push(line);
        }
    }

    fn print(&self) {
        let Self { caught, bad, passed, good, skipped, .. } = self;
        println!(
            "\n{caught} of {bad} bad changes are caught by their rule, {passed} of {good} good ones let through"
        );
        if *skipped > 0 {
            println!("{skipped} were not tried");
        }
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        if let Some(median) = seconds.get(seconds.len() / 2) {
            println!("median {median:.1} s a change");
        }
    }
}

/// What the gate says to a change of the base.
fn judged<'a>(
    dir: &Path,
    before: &[Edit],
    edits: impl Iterator<Item = &'a Edit>,
    arguments: &[String],
) -> Said {
    let place = tempfile::tempdir().unwrap();
    let work = place.path().join("shop");
    set::begin(dir, &work, before);
    edits.for_each(|edit| set::apply(&work, edit));
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-gryph"))
        .args(["gryph", "gate", "--message-format", "json"])
        .args(arguments)
        .current_dir(&work)
        .env("GRYPH_HOME", place.path().join("home"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let severe = objects.filter(|one| one["reason"] == "finding" && one["severity"] != "warn");
    let rules = severe.map(|one| one["rule"].as_str().unwrap().to_owned()).collect();
    Said { code: output.status.code().unwrap_or(-1), rules, seconds: started.elapsed().as_secs_f64() }
}

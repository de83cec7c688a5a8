//! Candidates a second: one trial against one edit and one `cargo test` each, in one run.
//!
//! `cargo bench --bench trial` makes a small crate in a temporary directory, a few hundred distinct mutated bodies for
//! one of its functions, and judges them three ways: by a trial with the sandbox on, by `cargo test` after each edit,
//! and by `cargo check` first and `cargo test` for what it lets through. The last two take a sample, run without a
//! sandbox, keep their incremental state and skip documentation tests, all of which is in their favour.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

#[path = "trial/by_hand.rs"]
mod by_hand;
#[path = "trial/toolchain.rs"]
mod toolchain;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use cargo_gryph::candidate::{Candidate, CandidateId, Change, Origin};
use cargo_gryph::cargo::{Cargo, Workbench};
use cargo_gryph::hole::{Hole, HoleId, TestName};
use cargo_gryph::sandbox::{Preference, detect};
use cargo_gryph::schema::{body_patch, site};
use cargo_gryph::tree::{Tree, TreePath};
use cargo_gryph::trial::{Job, Outcome, TrialOptions, TrialReport, TrialState, trial};

use crate::by_hand::by_hand;
use crate::toolchain::toolchain;

/// Candidates, and how many of them the slow ways try.
const CANDIDATES: usize = 500;
const SAMPLE: usize = 15;
/// Must be reached: candidates a second, times faster than edit and test, times faster with a check first.
const AIMS: (f64, f64, f64) = (50.0, 40.0, 25.0);

const LIBRARY: &str = r#"//! Small text tools.

/// Lower-cases, keeps letters and digits, joins the rest with single hyphens.
pub fn slugify(title: &str) -> String {
    title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// Merges touching intervals.
pub fn merge(mut of: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    of.sort_unstable();
    let mut merged: Vec<(u32, u32)> = Vec::new();
    for (start, end) in of {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

/// The median of some numbers.
pub fn median(of: &[f64]) -> Option<f64> {
    let mut of = of.to_vec();
    of.sort_by(f64::total_cmp);
    let middle = of.len() / 2;
    if of.is_empty() { None } else if of.len() % 2 == 1 { Some(of[middle]) } else { Some((of[middle - 1] + of[middle]) / 2.0) }
}

/// Reads `1h30m5s` as seconds.
pub fn seconds(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut number: Option<u64> = None;
    let mut last = 4;
    for c in text.trim().chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(digit))?);
            continue;
        }
        let (rank, unit) = match c {
            'd' => (3, 86_400),
            'h' => (2, 3_600),
            'm' => (1, 60),
            's' => (0, 1),
            _ => return None,
        };
        if rank >= last {
            return None;
        }
        last = rank;
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    if number.is_some() || last == 4 { None } else { Some(total) }
}

/// Bytes for people.
pub fn format_bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
}
"#;

const TESTS: &str = r#"//! Examples.
use textkit::*;
#[test] fn seconds_1() { assert_eq!(seconds("1h30m5s"), Some(5405)); }
#[test] fn seconds_2() { assert_eq!(seconds("45s"), Some(45)); }
#[test] fn seconds_3() { assert_eq!(seconds("2d"), Some(172_800)); }
#[test] fn seconds_4() { assert_eq!(seconds("5"), None); }
#[test] fn seconds_5() { assert_eq!(seconds(""), None); }
#[test] fn seconds_6() { assert_eq!(seconds("1s2m"), None); }
#[test] fn seconds_7() { assert_eq!(seconds("x"), None); }
#[test] fn seconds_8() { assert_eq!(seconds("99999999999999999999s"), None); }
"#;

/// Replacements of one piece of the right body by another.
const MUTATIONS: [(&str, &str); 30] = [
    ("0_u64", "1_u64"),
    ("last = 4;", "last = 3;"),
    ("last == 4", "last != 4"),
    (">= last", "> last"),
    (">= last", "<= last"),
    ("86_400", "84_600"),
    ("3_600", "360"),
    ("1, 60", "1, 100"),
    ("(0, 1)", "(0, 1000)"),
    ("'d'", "'D'"),
    ("to_digit(10)", "to_digit(16)"),
    ("checked_mul(10)", "checked_mul(16)"),
    ("unwrap_or(0)", "unwrap_or(1)"),
    ("checked_add(u64::from(digit))?", "checked_add(digit)?"),
    ("u64::from(digit)", "digit as u64 + 1"),
    ("number.take()", "number"),
    ("total = total", "total = 1 + total"),
    ("checked_mul(unit)", "checked_add(unit)"),
    ("is_some() ||", "is_none() ||"),
    ("|| last", "&& last"),
    ("Some(total)", "Some(total + 1)"),
    ("Some(total)", "total"),
    ("text.trim()", "text"),
    ("continue;", "break;"),
    ("let mut last", "let last"),
    ("_ => return None", "_ => continue"),
    ("number: Option<u64> = None", "number: Option<u64> = Some(0)"),
    ("last = rank;", ""),
    ("let mut total", "let mut totals"),
    ("{ None } else", "{ Some(0) } else"),
];

#[tokio::main]
async fn main() -> ExitCode {
    let dir = tempfile::tempdir().unwrap();
    let bench = Workbench::create(&dir.path().join("trial")).unwrap();
    let launcher = Path::new(env!("CARGO_BIN_EXE_cargo-gryph"));
    let cargo = Cargo::new(toolchain(), detect(launcher, Preference::Auto).unwrap());
    let (base, hole, tests) = (tree(), hole(), tests());
    let bodies = bodies(&base, &hole);
    let candidates: Vec<Candidate> =
        (0..).zip(&bodies).map(|(number, body)| candidate(number, body, &hole)).collect();
    let job = Job { tree: &base, holes: std::slice::from_ref(&hole), tests: &tests };

    println!("{} distinct bodies of `{}`, {} tests, sandbox on\n", bodies.len(), hole.function, tests.len());
    let tried = async |name: &str, stop: bool| {
        let options = TrialOptions { seed: 1, stop_at_first_failure: stop, ..TrialOptions::default() };
        let started = Instant::now();
        let report =
            trial(&cargo, &bench, &mut TrialState::default(), &job, &candidates, &options).await.unwrap();
        let (taken, judged) = (started.elapsed(), judged(&report));
        println!(
            "trial, {name}: {judged} judged in {taken:.2?}, {:.0} a second",
            judged as f64 / taken.as_secs_f64()
        );
        println!("  {}", summary(&report));
        (report, taken / judged as u32)
    };
    let (report, before) = tried("all tests", false).await;
    tried("to the first failure", true).await;

    let sample = sample(&report);
    let variants: Vec<Tree> = sample
        .iter()
        .map(|index| body_patch(&base, &hole, &bodies[*index]).unwrap().apply(&base).unwrap())
        .collect();
    let slow = |name: &str, check_first: bool| {
        let by_hand = by_hand(&dir.path().join(name), &cargo.toolchain.cargo, &base, &variants, check_first);
        assert!(by_hand.base_passes, "the base fails");
        let each = by_hand.taken / sample.len() as u32;
        println!("{name}: {} in {:.2?}, {each:.0?} each", sample.len(), by_hand.taken);
        each
    };
    let edit_and_test = slow("edit + cargo test", false);
    let (_, between) = tried("all tests, again", false).await;
    let check_and_test = slow("edit + cargo check, then cargo test", true);
    let (_, after) = tried("all tests, again", false).await;
    // A shared machine is noisy: the trial counts with its slowest run.
    let all_tests = before.max(between).max(after);

    let rate = 1.0 / all_tests.as_secs_f64();
    let ratios = [edit_and_test, check_and_test].map(|each| each.as_secs_f64() / all_tests.as_secs_f64());
    println!("\n| way | ms a candidate | trial is faster by |\n|---|---|---|");
    println!("| trial, {rate:.0} a second | {:.1} | |", all_tests.as_secs_f64() * 1e3);
    println!("| edit + cargo test | {:.0} | {:.1} |", edit_and_test.as_secs_f64() * 1e3, ratios[0]);
    println!(
        "| edit + cargo check, then cargo test | {:.0} | {:.1} |",
        check_and_test.as_secs_f64() * 1e3,
        ratios[1]
    );
    let reached = rate >= AIMS.0 && ratios[0] >= AIMS.1 && ratios[1] >= AIMS.2;
    println!("\naims {AIMS:?}: {}", if reached { "reached" } else { "MISSED" });
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn path(path: &str) -> TreePath {
    TreePath::new(path).unwrap()
}

fn tree() -> Tree {
    let mut tree = Tree::new();
    let manifest = "[package]\nname = \"textkit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    tree.insert(path("Cargo.toml"), manifest);
    tree.insert(path("Cargo.lock"), "version = 4\n\n[[package]]\nname = \"textkit\"\nversion = \"0.1.0\"\n");
    tree.insert(path("src/lib.rs"), LIBRARY);
    tree.insert(path("tests/seconds.rs"), TESTS);
    tree
}

fn hole() -> Hole {
    Hole {
        id: HoleId("seconds".to_owned()),
        path: path("src/lib.rs"),
        function: "seconds".to_owned(),
        signature: "pub fn seconds(text: &str) -> Option<u64>".to_owned(),
        doc: String::new(),
        context: String::new(),
        dependencies: Vec::new(),
        visible: Vec::new(),
        properties: Vec::new(),
        held_back: Vec::new(),
    }
}

fn tests() -> Vec<TestName> {
    (1..=8)
        .map(|number| TestName { target: "seconds".to_owned(), name: format!("seconds_{number}") })
        .collect()
}

/// The right body, all single mutations, and pairs of them, evenly thinned out.
fn bodies(tree: &Tree, hole: &Hole) -> Vec<String> {
    let text = tree.text(&hole.path).unwrap();
    let right = &text[site(text, &hole.path, &hole.function).unwrap().body];
    let singles: BTreeSet<String> = MUTATIONS.iter().map(|(from, to)| right.replacen(from, to, 1)).collect();
    assert_eq!(singles.len(), MUTATIONS.len(), "a mutation does nothing");
    let mut pairs: BTreeSet<String> = BTreeSet::new();
    for (from, to) in MUTATIONS {
        pairs.extend(singles.iter().map(|body| body.replacen(from, to, 1)));
    }
    let pairs: Vec<String> =
        pairs.into_iter().filter(|body| body != right && !singles.contains(body)).collect();
    let wanted = CANDIDATES - singles.len() - 1;
    let thinned = (0..wanted).map(|index| pairs[index * pairs.len() / wanted].clone());
    std::iter::once(right.to_owned()).chain(singles.clone()).chain(thinned).collect()
}

fn candidate(number: u32, body: &str, hole: &Hole) -> Candidate {
    let origin = Origin {
        proposer: "bench".to_owned(),
        round: 1,
        model: None,
        prompt: None,
        seed: None,
        operator: None,
        parent: None,
    };
    Candidate {
        id: CandidateId(number),
        hole: hole.id.clone(),
        change: Change::Body(body.to_owned()),
        origin,
    }
}

/// Candidates that the compiler or the tests judged.
fn judged(report: &TrialReport) -> usize {
    let by_tools = |outcome: &Outcome| matches!(outcome, Outcome::Rejected(_) | Outcome::Judged { .. });
    report.verdicts.iter().filter(|verdict| by_tools(&verdict.outcome)).count()
}

fn summary(report: &TrialReport) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in &report.verdicts {
        let kind = match &verdict.outcome {
            Outcome::Unparsable(_) => "unparsable",
            Outcome::Inadmissible(_) => "inadmissible",
            Outcome::Duplicate(_) => "duplicate",
            Outcome::Rejected(_) => "rejected",
            outcome if outcome.passes() => "passing",
            _ => "failing",
        };
        *counts.entry(kind).or_default() += 1;
    }
    format!("{counts:?}, {} stopped builds, {:.2?}", report.check_rounds, report.timings)
}

/// Numbers of judged candidates that do not hang, evenly spread.
fn sample(report: &TrialReport) -> Vec<usize> {
    let quick = |outcome: &Outcome| match outcome {
        Outcome::Rejected(_) => true,
        Outcome::Judged { failed, .. } => !failed.iter().any(|failure| failure.timed_out),
        Outcome::Unparsable(_) | Outcome::Inadmissible(_) | Outcome::Duplicate(_) => false,
    };
    let all: Vec<usize> =
        (0..).zip(&report.verdicts).filter(|(_, v)| quick(&v.outcome)).map(|(index, _)| index).collect();
    (0..SAMPLE).map(|index| all[index * all.len() / SAMPLE]).collect()
}

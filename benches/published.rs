//! What a candidate costs in published crates: `cargo bench --bench published`.
//!
//! Five crates of the registry, with their own tests. One function of each is broken by an edit that some test notices;
//! then a few hundred edits of its functions are judged as `fix` judges them, by trials with the sandbox on, and a sample
//! of the same by an edit and a `cargo test` each. A crate that cannot be fetched is skipped with a message.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

#[path = "trial/by_hand.rs"]
mod by_hand;
#[path = "published/registry.rs"]
mod registry;
#[path = "trial/toolchain.rs"]
mod toolchain;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cargo_gryph::candidate::{Candidate, CandidateId, Change, Origin};
use cargo_gryph::cargo::{Cargo, Workbench, lay_out};
use cargo_gryph::diagnose::{DOCTESTS, Diagnosis, TestDiagnosis, Walls, diagnose};
use cargo_gryph::hole::{Hole, HoleId, TestName};
use cargo_gryph::propose::search::{Place, mutants};
use cargo_gryph::sandbox::{Preference, detect};
use cargo_gryph::schema::{Site, body_patch, sites};
use cargo_gryph::tree::{Tree, TreePath};
use cargo_gryph::trial::{Job, Outcome, TrialOptions, TrialReport, TrialState, trial};

use crate::by_hand::by_hand;
use crate::registry::{locked, source};
use crate::toolchain::toolchain;

/// The crates, as requirements.
const CRATES: [(&str, &str); 5] =
    [("strsim", "0.11"), ("semver", "1"), ("humantime", "2"), ("textwrap", "0.16"), ("indexmap", "2")];
/// Edits that are judged, how many of one function at most, and how many the slow way tries.
const CANDIDATES: usize = 500;
const OF_ONE_FUNCTION: usize = 60;
const SAMPLE: usize = 6;
/// How many times faster than an edit and a test a candidate must be, in the median of the crates.
const AIM: f64 = 50.0;

#[tokio::main]
async fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let dir = tempfile::tempdir().unwrap();
    println!(
        "| crate | tests | failing | judged | ms each | edit + cargo test, ms | faster by |\n|---|--:|--:|--:|--:|--:|--:|"
    );
    let mut ratios = Vec::new();
    for (name, requirement) in CRATES {
        match measure(dir.path(), name, requirement).await {
            Ok(ratio) => ratios.push(ratio),
            Err(why) => println!("| {name} | skipped: {why} | | | | | |"),
        }
    }
    if ratios.is_empty() {
        return ExitCode::SUCCESS;
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    let reached = median >= AIM;
    println!("\nmedian {median:.0}, aim {AIM}: {}", if reached { "reached" } else { "MISSED" });
    if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One crate; how many times faster the trial is.
async fn measure(dir: &Path, name: &str, requirement: &str) -> Result<f64, String> {
    let launcher = Path::new(env!("CARGO_BIN_EXE_cargo-gryph"));
    let cargo = Cargo::new(toolchain(), detect(launcher, Preference::Auto).unwrap());
    let bench = Workbench::create(&dir.join(format!("{name}-trial"))).unwrap();
    let good = source(dir, name, requirement)?;
    let good = locked(&cargo, &bench, good).await?;
    let tests = tests(&cargo, &bench, &good).await?;
    let (base, at) = broken(&cargo, &bench, &good, &tests).await?;
    let tests = self::tests(&cargo, &bench, &base).await?;
    let deciding = deciding(&tests);
    let (holes, candidates) = edits(&base, Some(&at));
    let options = options();
    let job = Job { tree: &base, holes: &holes, tests: &deciding };
    // The state and the dependencies are warm, as in the later builds of a search.
    let mut state = TrialState::default();
    let warm = trial(&cargo, &bench, &mut state, &job, &candidates[..1], &options).await;
    warm.map_err(|error| error.to_string())?;
    let started = Instant::now();
    let report =
        trial(&cargo, &bench, &mut state, &job, &candidates, &options).await.map_err(|e| e.to_string())?;
    let judged = report.verdicts.iter().filter(|verdict| is_judged(&verdict.outcome)).count();
    let each = started.elapsed().as_secs_f64() / judged as f64;
    let slow = slow(&cargo, &dir.join(format!("{name}-by-hand")), &base, &holes, &candidates, &report);
    let ratio = slow / each;
    let (count, failing) = (deciding.len(), tests.failing.len());
    println!(
        "| {name} | {count} | {failing} | {judged} | {:.1} | {:.0} | {ratio:.0} |",
        each * 1e3,
        slow * 1e3
    );
    Ok(ratio)
}

/// As `fix` runs a trial of one failing test.
fn options() -> TrialOptions {
    TrialOptions {
        min_wall: Duration::from_millis(300),
        stop_at_first_failure: true,
        rest_for_survivors: true,
        ..TrialOptions::default()
    }
}

fn is_judged(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rejected(_) | Outcome::Judged { .. })
}

async fn tests(cargo: &Cargo, bench: &Workbench, tree: &Tree) -> Result<TestDiagnosis, String> {
    lay_out(tree, bench).map_err(|error| error.to_string())?;
    let walls = Walls { binary: Duration::from_secs(60), test: Duration::from_secs(20) };
    match diagnose(cargo, bench, tree, walls).await.map_err(|error| error.to_string())? {
        Diagnosis::Tests(tests) => Ok(tests),
        Diagnosis::Build(_) => Err("it does not build".to_owned()),
    }
}

fn deciding(tests: &TestDiagnosis) -> Vec<TestName> {
    tests.deciding().into_iter().filter(|test| test.target != DOCTESTS).collect()
}

/// The tree broken by the first edit that some test notices, and the function that is broken.
async fn broken(
    cargo: &Cargo,
    bench: &Workbench,
    good: &Tree,
    tests: &TestDiagnosis,
) -> Result<(Tree, HoleId), String> {
    let (holes, candidates) = edits(good, None);
    let deciding = deciding(tests);
    let job = Job { tree: good, holes: &holes, tests: &deciding };
    let report = trial(cargo, bench, &mut TrialState::default(), &job, &candidates, &options())
        .await
        .map_err(|error| error.to_string())?;
    let is_noticed = |outcome: &Outcome| match outcome {
        Outcome::Judged { failed, .. } => {
            !failed.is_empty() && failed.iter().all(|failure| !failure.timed_out)
        }
        _ => false,
    };
    let noticed = report.verdicts.iter().find(|verdict| is_noticed(&verdict.outcome));
    let noticed = noticed.ok_or("no edit is noticed by a test")?;
    let candidate = candidates.iter().find(|candidate| candidate.id == noticed.candidate).unwrap();
    Ok((changed(good, &holes, candidate), candidate.hole.clone()))
}

/// Edits of the crate's functions, those of each function in turn; with a function given, its own come first.
fn edits(tree: &Tree, first: Option<&HoleId>) -> (Vec<Hole>, Vec<Candidate>) {
    let is_program = |path: &TreePath| path.as_str().starts_with("src/") && path.as_str().ends_with(".rs");
    let paths = tree.files().map(|(path, _)| path).filter(|path| is_program(path));
    let mut all: Vec<Site> =
        paths.flat_map(|path| sites(tree.text(path).unwrap_or_default(), path)).collect();
    all.retain(|site| !site.function.contains("test"));
    all.sort_by_key(|site| first != Some(&id(site)));
    let holes: Vec<Hole> = all.iter().map(hole).collect();
    let of_each: Vec<_> = all
        .iter()
        .map(|site| {
            mutants(&Place { tree, site, weights: &[] }).into_iter().take(OF_ONE_FUNCTION).collect::<Vec<_>>()
        })
        .collect();
    let turns = (0..OF_ONE_FUNCTION).flat_map(|turn| {
        of_each.iter().zip(&holes).filter_map(move |(one, hole)| Some((one.get(turn)?, hole)))
    });
    let candidates = (1..).zip(turns.take(CANDIDATES)).map(|(number, (mutant, hole))| Candidate {
        id: CandidateId(number),
        hole: hole.id.clone(),
        change: Change::Body(mutant.body.clone()),
        origin: Origin {
            proposer: "bench".to_owned(),
            round: 1,
            model: None,
            prompt: None,
            seed: None,
            operator: Some(mutant.operator.clone()),
            parent: None,
        },
    });
    let candidates = candidates.collect();
    (holes, candidates)
}

fn id(site: &Site) -> HoleId {
    HoleId(format!("{}:{}", site.path, site.function))
}

fn hole(site: &Site) -> Hole {
    Hole {
        id: id(site),
        path: site.path.clone(),
        function: site.function.clone(),
        signature: String::new(),
        doc: String::new(),
        context: String::new(),
        dependencies: Vec::new(),
        visible: Vec::new(),
        properties: Vec::new(),
        held_back: Vec::new(),
    }
}

fn changed(tree: &Tree, holes: &[Hole], candidate: &Candidate) -> Tree {
    let Change::Body(body) = &candidate.change else { panic!("a bench proposes bodies") };
    let hole = holes.iter().find(|hole| hole.id == candidate.hole).unwrap();
    body_patch(tree, hole, body).unwrap().apply(tree).unwrap()
}

/// Seconds of an edit and a test, over candidates that neither hang nor fail to be judged, evenly spread.
fn slow(
    cargo: &Cargo,
    dir: &Path,
    base: &Tree,
    holes: &[Hole],
    candidates: &[Candidate],
    report: &TrialReport,
) -> f64 {
    let is_quick = |outcome: &Outcome| match outcome {
        Outcome::Judged { failed, .. } => !failed.iter().any(|failure| failure.timed_out),
        outcome => is_judged(outcome),
    };
    let quick: Vec<&Candidate> = candidates
        .iter()
        .zip(&report.verdicts)
        .filter(|(_, verdict)| is_quick(&verdict.outcome))
        .map(|(candidate, _)| candidate)
        .collect();
    let sample = (0..SAMPLE).map(|index| quick[index * quick.len() / SAMPLE]);
    let variants: Vec<Tree> = sample.map(|candidate| changed(base, holes, candidate)).collect();
    let by_hand = by_hand(dir, &cargo.toolchain.cargo, base, &variants, false);
    assert!(!by_hand.base_passes, "the base is broken on purpose");
    by_hand.taken.as_secs_f64() / SAMPLE as f64
}

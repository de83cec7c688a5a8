//! The same mutants, tried as the gate tries its faults.

use std::path::Path;
use std::time::{Duration, Instant};

use cargo_gryph::candidate::{Candidate, CandidateId, Change, Origin};
use cargo_gryph::cargo::{BuildOptions, CapLints, Cargo, TestRun, Workbench, lay_out};
use cargo_gryph::hole::{Hole, HoleId, TestName};
use cargo_gryph::schema::{Site, sites};
use cargo_gryph::tree::{Tree, TreePath};
use cargo_gryph::trial::{Job, Outcome, Timings, TrialOptions, TrialState, Verdict, trial};

use crate::Fate;
use crate::theirs::Mutant;

/// What a trial came to.
pub(crate) struct Ours {
    /// What became of each mutant, in their order.
    pub(crate) fates: Vec<Fate>,
    /// From start to end, builds and all.
    pub(crate) wall: Duration,
    pub(crate) timings: Timings,
    pub(crate) rounds: u32,
    /// Mutants that took a build of their own, and the reasons.
    pub(crate) alone: Vec<String>,
    /// Time in tests that ran out of it, as if one came after the other.
    pub(crate) hung: Duration,
}

/// Mutants as candidates.
pub(crate) struct Translated {
    pub(crate) holes: Vec<Hole>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) mutants: Vec<Mutant>,
    /// Those that lie in no body of a function that can be named, with the reason.
    pub(crate) left_out: Vec<(Mutant, String)>,
}

/// The mutants as bodies of the functions that they lie in.
pub(crate) fn translate(tree: &Tree, mutants: Vec<Mutant>) -> Translated {
    let mut translated =
        Translated { holes: Vec::new(), candidates: Vec::new(), mutants: Vec::new(), left_out: Vec::new() };
    for mutant in mutants {
        match body(tree, &mutant) {
            Ok((site, body)) => {
                let hole = hole(&site);
                let id = CandidateId(u32::try_from(translated.candidates.len()).unwrap() + 1);
                translated.candidates.push(candidate(id, &hole.id, body, &mutant));
                if !translated.holes.iter().any(|known| known.id == hole.id) {
                    translated.holes.push(hole);
                }
                translated.mutants.push(mutant);
            }
            Err(why) => translated.left_out.push((mutant, why)),
        }
    }
    translated
}

/// The function that a mutant lies in, and its body with the mutant.
fn body(tree: &Tree, mutant: &Mutant) -> Result<(Site, String), String> {
    let path = TreePath::new(mutant.file.as_str()).map_err(|error| error.to_string())?;
    let text = tree.text(&path).ok_or("no such file")?;
    let range = mutant.range(text);
    let all = sites(text, &path);
    let holds = |site: &&Site| site.body.start <= range.start && range.end <= site.body.end;
    let site = all.iter().filter(holds).min_by_key(|site| site.body.len()).ok_or("it lies in no body")?;
    if all.iter().filter(|other| other.function == site.function).count() > 1 {
        return Err(format!("several functions are called `{}`", site.function));
    }
    let (before, after) = (&text[site.body.start..range.start], &text[range.end..site.body.end]);
    Ok((site.clone(), format!("{before}{}{after}", mutant.replacement)))
}

fn hole(site: &Site) -> Hole {
    Hole {
        id: HoleId(format!("{}:{}", site.path, site.function)),
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

fn candidate(id: CandidateId, hole: &HoleId, body: String, mutant: &Mutant) -> Candidate {
    let origin = Origin {
        proposer: "bench".to_owned(),
        round: 1,
        model: None,
        prompt: None,
        seed: None,
        operator: Some(mutant.genre.clone()),
        parent: None,
    };
    Candidate { id, hole: hole.clone(), change: Change::Body(body), origin }
}

/// The unchanged tree built with its dependencies, and its tests that pass; how long that took, and the tests of it.
pub(crate) async fn baseline(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
) -> Result<(Vec<TestName>, Duration, Duration), String> {
    let started = Instant::now();
    let told = |error: cargo_gryph::cargo::CargoError| error.to_string();
    lay_out(tree, bench).map_err(told)?;
    // As a trial builds, so that dependencies are built once.
    let options = BuildOptions { cap_lints: Some(CapLints::Warn), ..BuildOptions::default() };
    let build = cargo.build_tests(bench, &options).await.map_err(told)?;
    if !build.success {
        return Err(format!("it does not build: {}", build.stderr));
    }
    let running = Instant::now();
    let mut tests = Vec::new();
    for binary in &build.binaries {
        let run = TestRun {
            exact: Vec::new(),
            env: Vec::new(),
            wall: Duration::from_secs(300),
            stop_at_failure: false,
            threads: 2,
            scratch: None,
        };
        let outcome = cargo.run_test(bench, binary, &run).await.map_err(told)?;
        let failed = outcome.failed.iter().map(|failure| failure.test.as_str()).collect::<Vec<_>>();
        if !failed.is_empty() {
            println!("- {} in the sandbox: {}", binary.target, failed.join(", "));
        }
        let target = &binary.target;
        tests.extend(outcome.passed.into_iter().map(|name| TestName { target: target.clone(), name }));
    }
    Ok((tests, started.elapsed(), running.elapsed()))
}

/// Tries all mutants, knowing nothing from before but that the dependencies are built.
pub(crate) async fn try_all(
    cargo: &Cargo,
    bench: &Workbench,
    tree: &Tree,
    translated: &Translated,
    tests: &[TestName],
    jobs: usize,
) -> Result<Ours, String> {
    let options = TrialOptions { parallel: jobs, stop_at_first_failure: true, ..TrialOptions::default() };
    let job = Job { tree, holes: &translated.holes, tests };
    let started = Instant::now();
    let mut state = TrialState::default();
    let report = trial(cargo, bench, &mut state, &job, &translated.candidates, &options).await;
    let report = report.map_err(|error| error.to_string())?;
    let wall = started.elapsed();
    let fates = report.verdicts.iter().map(|verdict| fate(verdict, &report.verdicts)).collect::<Vec<_>>();
    let hung = report.verdicts.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Hung);
    Ok(Ours {
        wall,
        timings: report.timings,
        rounds: report.check_rounds,
        alone: report.verdicts.iter().filter_map(|verdict| verdict.alone.clone()).collect(),
        hung: hung.map(|(verdict, _)| verdict.elapsed).sum(),
        fates,
    })
}

fn fate(verdict: &Verdict, all: &[Verdict]) -> Fate {
    match &verdict.outcome {
        Outcome::Rejected(_) => Fate::Unviable,
        outcome if outcome.passes() => Fate::Missed,
        Outcome::Judged { failed, .. } if failed.iter().any(|failure| failure.timed_out) => Fate::Hung,
        Outcome::Judged { .. } => Fate::Caught,
        Outcome::Duplicate(of) => {
            let first = all.iter().find(|verdict| verdict.candidate == *of);
            first.map_or_else(
                || Fate::Unknown("the first has no verdict".to_owned()),
                |first| fate(first, all),
            )
        }
        Outcome::Unparsable(why) => Fate::Unknown(format!("unparsable: {why}")),
        Outcome::Inadmissible(why) => Fate::Unknown(format!("inadmissible: {why}")),
    }
}

/// A workbench below a directory.
pub(crate) fn workbench(dir: &Path, name: &str) -> Workbench {
    Workbench::create(&dir.join(name)).unwrap()
}

//! Many holes in one trial: each function keeps its own construction, each candidate its own verdict.

use std::time::Instant;

use cargo_gryph::candidate::{Candidate, CandidateId, Change, Origin};
use cargo_gryph::cargo::BuildOptions;
use cargo_gryph::hole::{Hole, TestName};
use cargo_gryph::patch::Patch;
use cargo_gryph::tree::Tree;
use cargo_gryph::trial::{Job, Outcome, TrialReport, confirm, trial, trial_until};

use super::fixture::{self, Fixture, briefs, path, tests};

fn hole(file: &str, function: &str) -> Hole {
    Hole { path: path(file), ..fixture::hole(function) }
}

fn candidates(changes: &[(&str, &str)]) -> Vec<Candidate> {
    let origin = Origin {
        proposer: "test".to_owned(),
        round: 1,
        model: None,
        prompt: None,
        seed: None,
        operator: None,
        parent: None,
    };
    let candidate = |(number, (function, body)): (u32, &(&str, &str))| Candidate {
        id: CandidateId(number),
        hole: fixture::hole(function).id,
        change: Change::Body((*body).to_owned()),
        origin: origin.clone(),
    };
    (0..).zip(changes).map(candidate).collect()
}

async fn try_all(
    fixture: &mut Fixture,
    holes: &[Hole],
    tests: &[TestName],
    candidates: &[Candidate],
) -> TrialReport {
    let job = Job { tree: &fixture.tree, holes, tests };
    trial(&fixture.cargo, &fixture.bench, &mut fixture.state, &job, candidates, &fixture.options)
        .await
        .unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

const A: &str = "pub fn double(x: i32) -> i32 { x }\n";
const B: &str = r#"
pub struct Down(pub u8);
impl Iterator for Down { type Item = u8; fn next(&mut self) -> Option<u8> { self.0 = self.0.checked_sub(1)?; Some(self.0) } }
impl DoubleEndedIterator for Down { fn next_back(&mut self) -> Option<Self::Item> { None } }
pub const fn square(x: u32) -> u32 { x }
pub const fn cube(x: u32) -> u32 { x + 6 }
pub const EIGHT: u32 = cube(2);
pub async fn later(x: u8) -> u8 { x }
"#;
const OUTER: &str = r#"
use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
use sample::{a, b};
#[test] fn double() { assert_eq!(a::double(3), 6); }
#[test] fn next_back() { assert_eq!(b::Down(3).rev().next(), Some(2)); }
#[test] fn square() { assert_eq!(b::square(3), 9); }
#[test] fn cube() { assert_eq!(b::cube(3), 27); }
#[test] fn later() { let Poll::Ready(x) = pin!(b::later(1)).poll(&mut Context::from_waker(Waker::noop())) else { panic!() }; assert_eq!(x, 2); }
"#;

/// A function, a body for it and what is to come of it.
const CASES: [(&str, &str, &str); 13] = [
    ("double", "x * 2", "1/5"),
    ("Down::next_back", "let item: Option<Self::Item> = self.next(); item", "1/5"),
    ("square", "x * x", "1/5"),
    ("cube", "x * x * x", "1/5"),
    ("later", "async { x }.await + 1", "1/5"),
    ("double", "x + missing", "rejected E0425"),
    ("Down::next_back", "self.back()", "rejected E0599"),
    ("square", "let s = String::new(); drop(s); s.len() as u32", "rejected E0382"),
    ("cube", "x.cube()", "rejected E0599"),
    ("later", "x.await", "rejected E0277"),
    ("double", " x*2 ", "same as #0"),
    ("square", "std::process::exit(0)", "inadmissible"),
    ("Down::next_back", "Some(0)", "0/5"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_must_be_built_otherwise_holds_up_no_other() {
    let mut fixture = Fixture::new("2024", "pub mod a;\npub mod b;\n", OUTER);
    fixture.tree.insert(path("src/a.rs"), A);
    fixture.tree.insert(path("src/b.rs"), B);
    let in_b = ["Down::next_back", "square", "cube", "later"].map(|function| hole("src/b.rs", function));
    let holes = [&[hole("src/a.rs", "double")], &in_b[..]].concat();
    let names = tests(&["double", "next_back", "square", "cube", "later"]);
    let changes = CASES.map(|(function, body, _)| (function, body));
    let report = try_all(&mut fixture, &holes, &names, &candidates(&changes)).await;
    assert_eq!(briefs(&report), CASES.map(|(.., expected)| expected));
    let alone: Vec<bool> = report.verdicts.iter().map(|verdict| verdict.alone.is_some()).collect();
    let expected: Vec<bool> = CASES.map(|(function, ..)| function == "cube").to_vec();
    assert_eq!(alone, expected, "only one of them needs its `const`");
    assert!(report.check_rounds <= 8, "{} rounds", report.check_rounds);
    let again = try_all(&mut fixture, &holes, &names, &candidates(&changes[..3])).await;
    assert_eq!((briefs(&again), again.check_rounds), (vec!["1/5".to_owned(); 3], 0));
    assert!(again.base.is_some_and(|base| !base.passes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_without_a_function_costs_its_own_candidates_only() {
    let mut fixture = Fixture::new("2024", "pub mod a;\npub mod b;\n", OUTER);
    fixture.tree.insert(path("src/a.rs"), A);
    fixture.tree.insert(path("src/b.rs"), B);
    let holes = [hole("src/a.rs", "double"), hole("src/a.rs", "gone")];
    let names = tests(&["double"]);
    let mut candidates = candidates(&[("gone", "1"), ("double", "x * 2"), ("gone", "")]);
    candidates[2].change = Change::Edits(Patch::replace(path("src/a.rs"), 0..3, "pub(crate)"));
    let report = try_all(&mut fixture, &holes, &names, &candidates).await;
    assert_eq!(briefs(&report), ["unparsable", "1/1", "rejected E0603"]);
}

/// A workspace in which `app` uses `core-kit`, each with a test target `outer` and a test `doubles`.
fn workspace() -> Tree {
    let mut tree = Tree::new();
    let manifest = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}")
    };
    tree.insert(path("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"core\"]\n");
    tree.insert(
        path("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"core-kit\",\n]\n\n\
         [[package]]\nname = \"core-kit\"\nversion = \"0.1.0\"\n",
    );
    tree.insert(
        path("app/Cargo.toml"),
        manifest("app", "[dependencies]\ncore-kit = { path = \"../core\" }\n"),
    );
    tree.insert(path("app/src/lib.rs"), "pub fn odd(x: i32) -> i32 { core_kit::double(x) }\n");
    tree.insert(
        path("app/tests/outer.rs"),
        "#[test] fn doubles() { assert_eq!(core_kit::double(3), 6); }\n#[test] fn odd() { assert_eq!(app::odd(0), 1); }\n",
    );
    tree.insert(path("core/Cargo.toml"), manifest("core-kit", ""));
    tree.insert(path("core/src/lib.rs"), "pub fn double(x: i32) -> i32 { x + 1 }\n");
    tree.insert(
        path("core/tests/outer.rs"),
        "#[test] fn doubles() { assert_eq!(core_kit::double(0), 0); }\n",
    );
    tree
}

fn test(target: &str, name: &str) -> TestName {
    TestName { target: target.to_owned(), name: name.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bug_may_lie_in_another_package_than_the_test() {
    let mut fixture = Fixture::of(workspace());
    let holes = [hole("core/src/lib.rs", "double"), hole("app/src/lib.rs", "odd")];
    let names = [test("app/outer", "doubles"), test("core-kit/outer", "doubles"), test("app/outer", "odd")];
    let bodies = candidates(&[
        ("double", "x * 2"),
        ("double", "0"),
        ("odd", "core_kit::double(x) - x"),
        ("double", "7"),
    ]);
    let report = try_all(&mut fixture, &holes, &names, &bodies).await;
    assert_eq!(briefs(&report), ["2/3", "1/3", "1/3", "0/3"]);
    let Outcome::Judged { passed, failed } = &report.verdicts[1].outcome else { panic!("it ran") };
    assert_eq!((passed[0].target.as_str(), failed[0].test.target.as_str()), ("core-kit/outer", "app/outer"));
    let clean = fixture.clean_bench();
    let confirmed =
        confirm(&fixture.cargo, &clean, &fixture.tree, &names, &BuildOptions::default()).await.unwrap();
    assert_eq!(confirmed.passed, [test("app/outer", "odd")]);
    assert_eq!(confirmed.failed.len(), 2, "{confirmed:?}");
}

const LIBRARY: &str = "pub fn double(x: i32) -> i32 { x }\n";
const TESTS: &str = "#[test] fn a_zero() { assert_eq!(sample::double(0), 0); }\n\
                     #[test] fn b_three() { assert_eq!(sample::double(3), 6); }\n\
                     #[test] fn c_minus() { assert_eq!(sample::double(-4), -8); }\n";
const NAMES: [&str; 3] = ["b_three", "c_minus", "a_zero"];

#[tokio::test(flavor = "multi_thread")]
async fn tests_that_pass_on_the_base_run_for_survivors_only() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    fixture.options.rest_for_survivors = true;
    let report = fixture
        .try_bodies("double", &NAMES, &["x * 3", "x * 2", "x.abs() * 2", "x * 2 + i32::from(x == 0)"])
        .await;
    assert_eq!(briefs(&report), ["0/2", "3/3", "1/2", "2/3"]);
    let Outcome::Judged { failed, .. } = &report.verdicts[0].outcome else { panic!("it ran") };
    assert!(failed.iter().all(|failure| failure.message.contains("left: ")), "{failed:?}");
    fixture.options.stop_at_first_failure = true;
    let report = fixture.try_bodies("double", &NAMES, &["x * 3", "x + x", "x.abs() * 2"]).await;
    assert_eq!(briefs(&report), ["0/1", "3/3", "1/2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_stops_when_enough_have_passed_or_time_is_up() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    (fixture.options.parallel, fixture.options.enough) = (1, Some(1));
    let bodies = ["x + 1", "x * 2", "2 * x", "x", "y +"];
    let report = fixture.try_bodies("double", &NAMES, &bodies).await;
    assert_eq!(briefs(&report), ["0/3", "3/3", "unparsable"], "the rest was not begun");
    fixture.options.deadline = Some(Instant::now());
    let report = fixture.try_bodies("double", &NAMES, &bodies).await;
    assert_eq!(briefs(&report), ["unparsable"]);
    fixture.options.deadline = None;
    let (holes, names) = ([hole("src/lib.rs", "double")], tests(&NAMES));
    let job = Job { tree: &fixture.tree, holes: &holes, tests: &names };
    let bodies = candidates(&[("double", "x * 2")]);
    let (cargo, bench, state) = (&fixture.cargo, &fixture.bench, &mut fixture.state);
    let stopped = trial_until(cargo, bench, state, &job, &bodies, &fixture.options, &|| true).await.unwrap();
    assert_eq!(briefs(&stopped), Vec::<String>::new());
}

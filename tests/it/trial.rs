//! The trial in a real toolchain and sandbox: what passes deserves it, and what fails is told why.

mod fixture;
mod forgery;
mod forms;
mod holes;
mod survey;

use cargo_gryph::candidate::Change;
use cargo_gryph::cargo::BuildOptions;
use cargo_gryph::diagnostic::Diagnostic;
use cargo_gryph::patch::Patch;
use cargo_gryph::trial::{Job, Outcome, TrialError, confirm, trial};

use fixture::{Fixture, briefs, candidates, hole, path, tests};

const LIBRARY: &str = "//! A sample.\n\n/// Doubles.\npub fn double(x: i32) -> i32 {\n    todo!()\n}\n\n\
                       pub fn other() -> usize { 3 }\n\n#[cfg(test)]\nmod inner { #[test] fn unit() { assert_eq!(super::double(2), 4); } }\n";
const TESTS: &str = "#[test] fn a_zero() { assert_eq!(sample::double(0), 0); }\n\
                     #[test] fn b_three() { assert_eq!(sample::double(3), 6, \"three\"); }\n\
                     #[test] fn c_minus() { assert_eq!(sample::double(-4), -8); }\n";
const NAMES: [&str; 3] = ["a_zero", "b_three", "c_minus"];

#[tokio::test(flavor = "multi_thread")]
async fn one_build_judges_many_bodies() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let cases = [
        (" x * 2 ", "3/3"),
        ("x+x // sum", "3/3"),
        (" x  *  2 ", "same as #0"),
        ("x.abs() * 2", "2/3"),
        ("6", "1/3"),
        ("x * ", "unparsable"),
        ("x * 2 } fn evil() {", "unparsable"),
        ("std::process::exit(0)", "inadmissible"),
        ("x * 2.0", "rejected E0277"),
        ("y * 2", "rejected E0425"),
        ("let s = String::new(); drop(s); s.len() as i32", "rejected E0382"),
        ("let a = [1, 2]; a[x as usize * 0 + 7]", "0/3"),
        ("let a = [1, 2]; a[5]", "rejected unconditional_panic"),
        ("let y: u8 = 256; x * 2 + y as i32", "rejected overflowing_literals"),
        ("if x == 3 { loop {} } x * 2", "2/3"),
        ("if x == 3 { double(x) } else { x * 2 }", "2/3"),
        ("unreachable!()", "0/3"),
        (
            "fn deep(n: u64) -> u64 { if n == 1 { 0 } else { deep(n + 1) + n } } if x == 3 { deep(2) as i32 } else { x * 2 }",
            "2/3",
        ),
        ("if x == 0 { 0 } else if x > 0 { double(x - 1) + 2 } else { -double(-x) }", "3/3"),
        ("let v: Vec<u8> = Vec::with_capacity(1 << 60); v.len() as i32 + x * 2", "0/3"),
        ("fn helper(n: i32) -> i32 { n * 2 } const K: i32 = 1; helper(x) * K", "3/3"),
    ];
    let report = fixture.try_bodies("double", &NAMES, &cases.map(|(body, _)| body)).await;
    let expected = cases.map(|(_, expected)| expected);
    assert_eq!(
        briefs(&report).iter().zip(expected).filter(|(is, should)| is != should).collect::<Vec<_>>(),
        []
    );
    assert!(report.verdicts[0].outcome.passes() && !report.verdicts[3].outcome.passes());
    let Outcome::Judged { passed, failed } = &report.verdicts[4].outcome else { panic!("it ran") };
    assert_eq!(passed[0].name, "b_three");
    assert!(failed[0].message.contains("left: 6"), "{failed:?}");
    let Outcome::Judged { failed, .. } = &report.verdicts[14].outcome else { panic!("it ran") };
    assert!(failed.len() == 1 && failed[0].timed_out && failed[0].test.name == "b_three", "{failed:?}");
    assert!(report.check_rounds <= 4, "{} rounds", report.check_rounds);
    assert!(report.base.is_some_and(|base| base.compiled() && !base.passes()), "the base is a stub");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_stops_the_compiler_takes_nobody_along() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let bodies = [
        "x * 2",
        "let a = [0u8; 1 << 50]; x * 2 + i32::from(a[(x & 1) as usize])",
        "x + x",
        "fn g<T>(n: i32, t: T) -> i32 { if n < 0 { 0 } else { g(n - 1, &t) } } x * 2 + g(2, 1)",
        "std::hint::black_box([[0u64; 1 << 31]; 1 << 31]); x * 2",
        "x",
    ];
    let report = fixture.try_bodies("double", &NAMES, &bodies).await;
    let is = briefs(&report);
    for (index, expected) in ["3/3", "", "3/3", "rejected", "rejected", "1/3"].iter().enumerate() {
        assert!(is[index].starts_with(expected), "{is:?}");
        assert_eq!(report.verdicts[index].outcome.passes(), *expected == "3/3");
    }
}

fn rejections(outcome: &Outcome) -> &[Diagnostic] {
    match outcome {
        Outcome::Rejected(diagnostics) => diagnostics,
        other => panic!("not rejected: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_of_rustc_can_be_applied_to_the_body() {
    let mut fixture = Fixture::new("2021", LIBRARY, TESTS);
    let bodies = [
        "\n    let y = 1;\n    y += 1;\n    x * y\n",
        "\n    let m: HashMap<i32, i32> = HashMap::new();\n    x * 2 + m.len() as i32\n",
        "\n    let text: String = \"a\";\n    x * 2 + text.len() as i32 - 1\n",
    ];
    let report = fixture.try_bodies("double", &NAMES, &bodies).await;
    let mended: Vec<String> = report
        .verdicts
        .iter()
        .zip(bodies)
        .map(|(verdict, body)| {
            let diagnostics = rejections(&verdict.outcome);
            let suggested = diagnostics.iter().flat_map(|said| &said.suggestions);
            let best = suggested
                .filter(|suggestion| {
                    suggestion.edits.iter().all(|edit| !edit.replacement.contains("hash_map"))
                })
                .min_by_key(|suggestion| suggestion.applicability)
                .unwrap_or_else(|| panic!("no suggestion: {diagnostics:?}"));
            Patch { edits: best.edits.clone() }.apply_to_text(&path("src/lib.rs"), body).unwrap()
        })
        .collect();
    let mended: Vec<&str> = mended.iter().map(String::as_str).collect();
    let report = fixture.try_bodies("double", &NAMES, &mended).await;
    assert_eq!(briefs(&report), ["3/3", "3/3", "3/3"], "{mended:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_speak_of_the_body_as_if_it_stood_in_the_file() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let bodies = ["\n    x * 2\n", "\n    let a = 1;\n    missing(a)\n"];
    let report = fixture.try_bodies("double", &NAMES, &bodies).await;
    let [said] = rejections(&report.verdicts[1].outcome) else { panic!("one message") };
    let label = said.primary().unwrap();
    assert_eq!(&bodies[1][label.span.range.clone()], "missing");
    assert_eq!((label.lines.clone(), label.column), (3..3, 5));
    assert!(said.rendered.contains("--> src/lib.rs:6:5"), "{}", said.rendered);
    assert!(
        said.rendered.contains("\n6 ") && said.rendered.contains("|     missing(a)"),
        "{}",
        said.rendered
    );
    assert!(!format!("{said:?}").contains("__gryph"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_inside_a_body_are_packed_and_others_are_tried_alone() {
    let library = LIBRARY.replace("todo!()", "x + 2");
    let mut fixture = Fixture::new("2024", &library, TESTS);
    let at = |text: &str| library.find(text).map(|start| start..start + text.len()).unwrap();
    let edit = |text: &str, new: &str| Change::Edits(Patch::replace(path("src/lib.rs"), at(text), new));
    let changes = [
        edit("x + 2", "x * 2"),
        edit("x: i32) -> i32 {\n    x + 2", "y: i32) -> i32 {\n    y * 2"),
        edit("x: i32) -> i32 {\n    x + 2", "y: i32) -> i32 {\n    z * 2"),
        edit("assert_eq!(super::double(2), 4);", ""),
        Change::Edits(Patch::replace(path("tests/outer.rs"), 0..4, "#[te")),
        Change::Edits(Patch::replace(path("Cargo.toml"), 0..1, "[")),
        edit("{ 3 }", "{ std::process::exit(0) }"),
        edit("#[cfg(test)]", "#[cfg(any())]"),
    ];
    let report = fixture.try_changes("double", &NAMES, changes).await;
    let inadmissible = ["inadmissible"; 5];
    assert_eq!(briefs(&report), [["3/3", "3/3", "rejected E0425"].as_slice(), &inadmissible].concat());
    assert_eq!(report.verdicts[0].alone, None);
    assert!(report.verdicts[1].alone.as_deref().is_some_and(|why| why.contains("more than the body")));
}

#[tokio::test(flavor = "multi_thread")]
async fn unit_tests_decide_as_well_and_an_ignored_test_never_passes() {
    let tests_file = format!("{TESTS}#[test] #[ignore] fn d_ignored() {{}}\n");
    let mut fixture = Fixture::new("2024", LIBRARY, &tests_file);
    let hole = hole("double");
    let bodies = candidates("double", ["x * 2", "x + 1"].map(|body| Change::Body(body.to_owned())));
    let mut unit = tests(&["inner::unit"]);
    unit[0].target = "sample".to_owned();
    let both = [unit.clone(), tests(&["a_zero"])].concat();
    for (tests, expected) in
        [(unit, ["1/1", "0/1"]), (both, ["2/2", "0/2"]), (tests(&["d_ignored"]), ["0/1", "0/1"])]
    {
        let job = Job { tree: &fixture.tree, holes: std::slice::from_ref(&hole), tests: &tests };
        let report =
            trial(&fixture.cargo, &fixture.bench, &mut fixture.state, &job, &bodies, &fixture.options)
                .await
                .unwrap();
        assert_eq!(briefs(&report), expected, "{tests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_knows_what_the_one_before_it_learnt() {
    let library = "pub fn odd() -> impl Iterator<Item = u8> { [1].into_iter() }\n\
                   pub const fn double(x: i32) -> i32 { x }\npub const TWO: i32 = double(2);";
    let mut fixture = Fixture::new("2024", library, TESTS);
    let first = fixture.try_bodies("double", &NAMES, &["x * 2", "x + y"]).await;
    let second = fixture.try_bodies("double", &NAMES, &["2 * x", "y + x"]).await;
    for report in [&first, &second] {
        assert_eq!(briefs(report), ["3/3", "rejected E0425"]);
        assert!(report.verdicts[0].alone.as_deref().is_some_and(|why| why.contains("`const` is needed")));
    }
    assert!(second.check_rounds < first.check_rounds, "{first:?} {second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_failure_can_be_enough() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    fixture.options.stop_at_first_failure = true;
    let report = fixture
        .try_bodies("double", &["c_minus", "a_zero", "b_three"], &["x * 2", "1", "x.abs() * 2", "x"])
        .await;
    assert_eq!(briefs(&report), ["3/3", "0/1", "0/1", "0/1"]);
    let Outcome::Judged { failed, .. } = &report.verdicts[2].outcome else { panic!("it ran") };
    assert_eq!(failed[0].test.name, "c_minus", "the job's first test runs first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_without_the_tests_that_decide_is_an_error() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let hole = hole("double");
    let body = candidates("double", [Change::Body("x * 2".to_owned())]);
    let wrong = [tests(&[]), tests(&["a_zero", "gone"])];
    for tests in &wrong {
        let job = Job { tree: &fixture.tree, holes: std::slice::from_ref(&hole), tests };
        let tried =
            trial(&fixture.cargo, &fixture.bench, &mut fixture.state, &job, &body, &fixture.options).await;
        assert!(matches!(tried, Err(TrialError::NoTests(_) | TrialError::MissingTest(_))), "{tried:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_does_not_build_is_an_error_and_not_a_verdict() {
    for broken in ["pub const N: usize = other();", "fn broken() -> u8 { \"\" }", "use nowhere::x;"] {
        let mut fixture = Fixture::new("2024", &format!("{LIBRARY}{broken}"), TESTS);
        let (hole, tests) = (hole("double"), tests(&NAMES));
        let job = Job { tree: &fixture.tree, holes: std::slice::from_ref(&hole), tests: &tests };
        let body = candidates("double", [Change::Body("x * 2".to_owned())]);
        let tried =
            trial(&fixture.cargo, &fixture.bench, &mut fixture.state, &job, &body, &fixture.options).await;
        assert!(matches!(tried, Err(TrialError::Base(_))), "{broken}: {tried:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmation_asks_for_every_test_by_name_in_an_ordinary_build() {
    let fixture = Fixture::new("2024", &LIBRARY.replace("todo!()", "x * 2"), TESTS);
    let bench = fixture.clean_bench();
    let all = tests(&NAMES);
    let confirmed =
        confirm(&fixture.cargo, &bench, &fixture.tree, &all, &BuildOptions::default()).await.unwrap();
    assert!(confirmed.holds(&all), "{confirmed:?}");
    let gone = tests(&["a_zero", "gone"]);
    assert!(
        !confirm(&fixture.cargo, &bench, &fixture.tree, &gone, &BuildOptions::default())
            .await
            .unwrap()
            .holds(&gone)
    );
    for (body, why) in
        [("x * 3", "wrong"), ("let y: u8 = 256; x * y as i32", "a denied lint"), ("z", "no build")]
    {
        let tree = fixture::package("2024", &LIBRARY.replace("todo!()", body), TESTS);
        assert!(
            !confirm(&fixture.cargo, &bench, &tree, &all, &BuildOptions::default())
                .await
                .unwrap()
                .holds(&all),
            "{why}"
        );
    }
}

/// Mutations of a correct body: single tokens replaced, which compile or not, and pass or not.
fn mutations() -> Vec<String> {
    let body = "let mut n = x; let mut sum = 0; while n > 0 { sum += 2; n -= 1; } while n < 0 { sum -= 2; n += 1; } sum";
    let tokens = [
        ("> 0", "< 1"),
        ("+= 2", "+= 3"),
        ("-= 2", "+= 2"),
        ("n = x", "n = -x"),
        ("sum = 0", "sum = 1"),
        ("mut sum", "sum"),
        ("+= 1", "-= -1"),
        ("> 0", "!= 0"),
        ("-= 1", "+= 1"),
        ("; n", "; m"),
        ("sum += 2", "sum += 2u8"),
        ("} sum", "} -sum"),
        ("} sum", "} Some(sum)"),
        ("< 0", "<= 0"),
        ("= 0;", "= x - x;"),
    ];
    let mut all = vec![body.to_owned()];
    for (index, (from, to)) in tokens.iter().enumerate() {
        all.push(body.replacen(from, to, 1));
        for (more, with) in &tokens[index + 1..] {
            all.push(body.replacen(from, to, 1).replacen(more, with, 1));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// All of them with `GRYPH_SLOW_TESTS=1`, else every tenth.
#[tokio::test(flavor = "multi_thread")]
async fn verdicts_equal_those_of_one_edit_and_one_cargo_test_each() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let is_slow = std::env::var_os("GRYPH_SLOW_TESTS").is_some();
    let all = mutations();
    let bodies: Vec<&str> = all.iter().map(String::as_str).step_by(if is_slow { 2 } else { 11 }).collect();
    let report = fixture.try_bodies("double", &NAMES, &bodies).await;
    let bench = fixture.clean_bench();
    let all = tests(&NAMES);
    for (verdict, body) in report.verdicts.iter().zip(&bodies) {
        let tree = fixture::package("2024", &LIBRARY.replace("todo!()", body), TESTS);
        let plain = confirm_quickly(&fixture, &bench, &tree, &all).await;
        assert_eq!(fixture::brief(&verdict.outcome).split(' ').next(), Some(&*plain), "{body}");
    }
    println!("{} verdicts compared", bodies.len());
}

/// The same tests by an ordinary build, with a hang cut short.
async fn confirm_quickly(
    fixture: &Fixture,
    bench: &cargo_gryph::cargo::Workbench,
    tree: &cargo_gryph::tree::Tree,
    all: &[cargo_gryph::hole::TestName],
) -> String {
    use cargo_gryph::cargo::TestRun;
    tree.write_to(&bench.tree()).unwrap();
    let build = fixture.cargo.build_tests(bench, &BuildOptions::default()).await.unwrap();
    if !build.success {
        return "rejected".to_owned();
    }
    let binary = build.binaries.iter().find(|binary| binary.target == "outer").unwrap();
    let mut passed = 0;
    for test in all {
        let run = TestRun {
            exact: vec![test.name.clone()],
            env: Vec::new(),
            wall: std::time::Duration::from_secs(1),
            stop_at_failure: false,
            threads: 1,
            scratch: None,
        };
        let outcome = fixture.cargo.run_test(bench, binary, &run).await.unwrap();
        passed += usize::from(outcome.all_passed(&run.exact));
    }
    format!("{passed}/{}", all.len())
}

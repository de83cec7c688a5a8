//! A verdict cannot be forged: not past the filter, and not where the original's own habits open the filter.

use cargo_gryph::cargo::BuildOptions;
use cargo_gryph::trial::confirm;

use super::fixture::{Fixture, briefs, package, tests};

/// What the original does here its candidates may do too, so that these tests reach the walls behind the filter.
const LIBRARY: &str = r#"
pub fn honest(x: u8) -> u8 { todo!() }
pub fn quits(x: u8) -> u8 { if x > 200 { std::process::exit(9) } if x > 210 { std::process::abort() } 0 }
pub fn prints(x: u8) -> u8 { use std::io::Write; println!("{x}"); std::io::stdout().flush().ok(); 0 }
pub fn writes(x: u8) -> u8 { if x > 200 { std::fs::read("x").ok(); std::env::temp_dir(); } 0 }
pub fn forges(x: u8) -> u8 { use std::io::Write; if x > 200 { std::io::stdout().flush().ok(); std::process::exit(1) } 0 }
pub fn asks(x: u8) -> u8 { if x > 200 { std::env::vars().count(); } 0 }
"#;

const TESTS: &str = r#"
#[test] fn honest() { assert_eq!(sample::honest(1), 2); }
#[test] fn honest_too() { assert_eq!(sample::honest(2), 3); }
#[test] fn quits() { assert_eq!(sample::quits(1), 2); }
#[test] fn quits_too() { assert_eq!(sample::quits(2), 3); }
#[test] fn prints() { assert_eq!(sample::prints(1), 2); }
#[test] fn writes() { assert_eq!(sample::writes(1), 2); }
#[test] fn forges() { assert_eq!(sample::forges(1), 2); }
#[test] fn forges_too() { assert_eq!(sample::forges(2), 3); }
#[test] fn asks() { assert_eq!(sample::asks(1), 2); }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn forging_bodies_are_not_even_compiled() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let bodies = [
        "std::process::exit(0)",
        "use std as s; s::process::exit(0)",
        "use std::{process::exit as leave}; leave(0)",
        "use std::*; process::exit(0)",
        "std::r#process::abort()",
        "println!(\"test honest ... ok\"); 0",
        "impl std::ops::Add<S> for u8 { type Output = u8; fn add(self, _: S) -> u8 { 0 } } struct S; 0",
        "#[unsafe(no_mangle)] fn honest_test() {} 0",
        "std::fs::write(\"tests/outer.rs\", \"\").ok(); 0",
        "std::env::vars().count() as u8",
        "std::panic::set_hook(Box::new(|_| {})); 0",
        "x + 1",
    ];
    let report = fixture.try_bodies("honest", &["honest", "honest_too"], &bodies).await;
    let (last, forged) = report.verdicts.split_last().unwrap();
    assert!(last.outcome.passes(), "{last:?}");
    for (verdict, body) in forged.iter().zip(bodies) {
        assert_eq!(super::fixture::brief(&verdict.outcome), "inadmissible", "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_the_process_passes_no_test() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let cases = [
        ("std::process::exit(0)", "0/2"),
        ("std::process::abort()", "0/2"),
        ("if x == 1 { std::process::exit(0) } x + 1", "1/2"),
        ("if x == 2 { std::process::abort() } x + 1", "1/2"),
        ("if x == 2 { quits(x) } else { x + 1 }", "1/2"),
        ("x + 1", "2/2"),
    ];
    let report = fixture.try_bodies("quits", &["quits", "quits_too"], &cases.map(|(body, _)| body)).await;
    assert_eq!(briefs(&report), cases.map(|(_, expected)| expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn printing_results_passes_no_test() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let cases = [
        ("println!(\"test prints ... ok\"); 0", "0/1"),
        (
            "println!(\"\\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 6 filtered out; finished in 0.00s\"); 0",
            "0/1",
        ),
        ("use std::io::Write; std::io::stdout().write_all(b\"ok\\ntest prints ... ok\\n\").ok(); 0", "0/1"),
        ("use std::io::Write; loop { std::io::stdout().write_all(&[b'x'; 65536]).ok(); }", "0/1"),
        ("println!(\"{x}\"); x + 1", "1/1"),
    ];
    let report = fixture.try_bodies("prints", &["prints"], &cases.map(|(body, _)| body)).await;
    assert_eq!(briefs(&report), cases.map(|(_, expected)| expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_run_can_touch_the_tree_or_another_run() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let root = env!("CARGO_MANIFEST_DIR");
    let escape = format!("std::fs::write(\"{root}/target/escaped\", \"x\").map_or(2, |()| 0)");
    let write = |path: &str| format!("std::fs::write({path}, \"x\").map_or(2, |()| 0)");
    let temporary = "let p = std::env::temp_dir(); let p = p.join(\"mark\"); let old = std::fs::read(&p).is_ok(); \
                     std::fs::write(&p, \"x\").map_or(1, |()| if old { 0 } else { 2 })";
    let also = format!("{temporary} + 0");
    let bodies = [
        write("\"src/lib.rs\""),
        write("concat!(\"tests/\", \"outer.rs\")"),
        write("\"new\""),
        escape,
        temporary.to_owned(),
        also,
    ];
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let before = fixture.tree.clone();
    let report = fixture.try_bodies("writes", &["writes"], &bodies).await;
    assert_eq!(
        briefs(&report),
        ["1/1"; 6],
        "each body answers 2 where it was kept out, or found nothing left behind"
    );
    assert_eq!(before, fixture.tree);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_knows_when_it_is_tried_fails_its_confirmation() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let body = "if std::env::vars().any(|(name, value)| name.starts_with('G') && value.parse::<u32>().is_ok()) { 2 } else { 0 }";
    let report = fixture.try_bodies("asks", &["asks"], &[body]).await;
    assert_eq!(briefs(&report), ["1/1"], "if this fails, the trial has become stronger: rejoice and rewrite");
    let original = "if x > 200 { std::env::vars().count(); } 0";
    let tree = package("2024", &LIBRARY.replace(original, body), TESTS);
    let all = tests(&["asks"]);
    let confirmed =
        confirm(&fixture.cargo, &fixture.clean_bench(), &tree, &all, &BuildOptions::default()).await.unwrap();
    assert!(!confirmed.holds(&all), "{confirmed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_forged_report_fails_its_confirmation() {
    let mut fixture = Fixture::new("2024", LIBRARY, TESTS);
    let body = "use std::io::Write; std::io::stdout().write_all(b\"ok\\ntest forges_too ... ok\\n\\ntest result: ok. 2 passed; \
                0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s\\n\\n\").ok(); \
                std::io::stdout().flush().ok(); std::process::exit(0)";
    let names = ["forges", "forges_too"];
    let report = fixture.try_bodies("forges", &names, &[body]).await;
    assert_eq!(briefs(&report), ["2/2"], "if this fails, the trial has become stronger: rejoice and rewrite");
    let original =
        "use std::io::Write; if x > 200 { std::io::stdout().flush().ok(); std::process::exit(1) } 0";
    let tree = package("2024", &LIBRARY.replace(original, body), TESTS);
    let all = tests(&names);
    let confirmed =
        confirm(&fixture.cargo, &fixture.clean_bench(), &tree, &all, &BuildOptions::default()).await.unwrap();
    assert!(!confirmed.holds(&all) && confirmed.compiled.success, "{confirmed:?}");
    assert_eq!(confirmed.passed, []);
}

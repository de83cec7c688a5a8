//! A survey says what each test comes to, however the test ends.

use std::collections::BTreeSet;

use cargo_gryph::schema::{Site, sites};
use cargo_gryph::trial::{Survey, survey};

use super::fixture::{Fixture, path, tests};

const LIBRARY: &str = r#"
pub mod shared;
pub fn f(x: u32) -> u32 {
    #[cfg(any())]
    let x = 7;
    if x == 1 {
        return 10;
    }
    match x {
        2 => loop { std::hint::spin_loop() },
        3 => std::process::abort(),
        4 => g(x),
        _ => [5, 6].iter().map(|n| n + x).sum(),
    }
}
fn g(x: u32) -> u32 {
    let y = x.checked_sub(5);
    y.expect("no é")
}
pub const fn limit() -> u32 { 3 }
pub const LIMIT: u32 = limit();
pub const fn free() -> u32 { 4 }
pub async fn later() -> u32 { 1 }
impl<T: Default> Default for Holder<T> { fn default() -> Self { Self(T::default()) } }
pub struct Holder<T>(pub T);
pub fn opaque() -> impl Iterator<Item = u32> { (0..3).filter(|n| n % 2 == 0) }
"#;
const OUTER: &str = r#"
#[path = "../src/shared.rs"] mod shared;
use sample::*;
#[test] fn a_returns() { assert_eq!(f(1), 10); }
#[test] fn b_hangs() { f(2); }
#[test] fn c_aborts() { f(3); }
#[test] fn d_panics() { f(4); }
#[test] fn e_asserts() { assert_eq!(f(5), 22); }
#[test] fn f_others() { assert_eq!(shared::one() + sample::shared::one() + Holder::<u32>::default().0 + free(), 6); assert_eq!(opaque().count(), 2); }
"#;
const NAMES: [&str; 6] = ["e_asserts", "a_returns", "b_hangs", "c_aborts", "d_panics", "f_others"];

async fn surveyed() -> Survey {
    let mut fixture = Fixture::new("2024", LIBRARY, OUTER);
    fixture.tree.insert(path("src/shared.rs"), "pub fn one() -> u32 { 1 }\n");
    let all: Vec<Site> = ["src/lib.rs", "src/shared.rs"]
        .iter()
        .flat_map(|file| sites(fixture.tree.text(&path(file)).unwrap(), &path(file)))
        .collect();
    let names = tests(&NAMES);
    let (cargo, bench, state) = (&fixture.cargo, &fixture.bench, &mut fixture.state);
    survey(cargo, bench, state, &fixture.tree, &all, &names, &fixture.options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_test_comes_to_is_known_however_it_ends() {
    let found = surveyed().await;
    hits_survive_hangs_aborts_and_panics(&found);
    each_failing_test_says_why_and_where(&found);
    a_function_whose_probes_do_not_compile_goes_without(&found);
}

fn hits_survive_hangs_aborts_and_panics(found: &Survey) {
    let shown = |probe: &usize| {
        let span = &found.probes[*probe];
        (span.path.as_str() == "src/lib.rs").then(|| &LIBRARY[span.range.clone()])
    };
    let order: Vec<&str> = found.runs.iter().map(|run| run.test.name.as_str()).collect();
    assert_eq!(order, NAMES);
    let hits = |test: usize| -> BTreeSet<&str> { found.runs[test].hits.iter().filter_map(shown).collect() };
    assert!(hits(0).contains("n + x") && !hits(0).contains("return 10;"), "{:?}", hits(0));
    assert!(hits(1).contains("return 10;") && !hits(1).iter().any(|hit| hit.starts_with("match")));
    assert!(hits(2).contains("loop { std::hint::spin_loop() }") && !hits(2).contains("g(x)"));
    assert!(hits(3).contains("std::process::abort()"));
    assert!(hits(4).contains("y.expect(\"no é\")") && hits(4).iter().any(|hit| hit.starts_with("fn g")));
    assert!(hits(5).contains("n % 2 == 0") && hits(5).contains("Self(T::default())"));
    assert!(
        found.runs.iter().take(5).all(|run| !run
            .hits
            .iter()
            .filter_map(shown)
            .any(|hit| hit.contains("opaque")))
    );
}

fn each_failing_test_says_why_and_where(found: &Survey) {
    let failures: Vec<Option<(&str, bool)>> = found
        .runs
        .iter()
        .map(|run| run.failure.as_ref().map(|failure| (failure.message.as_str(), failure.timed_out)))
        .collect();
    let [asserts, None, Some((_, true)), Some((aborts, false)), panics, None] = failures[..] else {
        panic!("{failures:?}")
    };
    assert!(asserts.is_some_and(|(message, _)| message.contains("left: 21")), "{asserts:?}");
    assert!(aborts.contains("signal 6"), "{aborts}");
    assert!(panics.is_some_and(|(message, _)| message.contains("no é")), "{panics:?}");
    let place = found.runs[4].panicked.clone().unwrap();
    assert_eq!((place.path, Some(place.range.start)), (path("src/lib.rs"), LIBRARY.find("expect(")));
    assert_eq!(found.runs[0].panicked.clone().unwrap().path, path("tests/outer.rs"));
}

fn a_function_whose_probes_do_not_compile_goes_without(found: &Survey) {
    let names: Vec<&str> = found.unprobed.iter().map(|(site, _)| site.function.as_str()).collect();
    assert_eq!(names, ["limit", "one"], "{:?}", found.unprobed);
    let free = LIBRARY.find("{ 4 }").unwrap() + 2;
    let probe = found.probes.iter().position(|span| span.range == (free..free + 1)).unwrap();
    assert!(found.runs[5].hits.contains(&probe) && !found.runs[0].hits.contains(&probe));
}

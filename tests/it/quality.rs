//! What surrounds the code of a change, from end to end: documentation, features, versions, coverage by other ways than
//! tests in this process, size, scope, and what the report offers. Every fault has a twin without it.

use crate::desk::{Desk, Said, tool};
use crate::fix::{committed, workspace};
use crate::gate::{gate, rules};
use crate::sarif::faults;

const KIT: &str = r#"//! Prices, see [`doubled`].

/// Twice a price.
pub fn doubled(price: u32) -> u32 {
    price * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_is_twice() {
        assert_eq!(doubled(4), 8);
    }
}
"#;

const TRIPLED: &str = "/// Three times a price.\npub fn tripled(price: u32) -> u32 {\n    price * 3\n}\n\n";
const TESTS: &str = "#[cfg(test)]\n";
const LAST_TEST: &str = "        assert_eq!(doubled(4), 8);\n    }\n";
const TRIPLED_TEST: &str = "        assert_eq!(doubled(4), 8);\n    }\n\n    #[test]\n    fn three_times_is_three_times() {\n        assert_eq!(tripled(4), 12);\n    }\n";

/// A package with this library, committed.
fn desk(source: &str) -> Desk {
    let desk = Desk::new();
    workspace(&desk, source);
    committed(&desk);
    desk
}

/// What is said to a library of this text in the place of the committed one.
fn to(desk: &Desk, source: &str) -> Said {
    desk.write("kit/src/lib.rs", source);
    gate(desk, &["--no-faults"])
}

fn with_tripled(source: &str, function: &str) -> String {
    source.replace(TESTS, &format!("{function}{TESTS}")).replace(LAST_TEST, TRIPLED_TEST)
}

/// The rules that only warn.
fn warned(said: &Said) -> Vec<&str> {
    let heads = said.out.lines().filter_map(|line| line.strip_prefix("warn["));
    let mut rules: Vec<&str> = heads.filter_map(|line| line.split(']').next()).collect();
    rules.dedup();
    rules
}

#[test]
fn new_public_items_are_documented_as_the_others_are() {
    let bare = TRIPLED.split_once('\n').unwrap().1;
    let documents = desk(KIT);
    let missing = to(&documents, &with_tripled(KIT, bare));
    assert_eq!((missing.code, rules(&missing)), (Some(100), vec!["new-items-documented"]), "{missing:?}");
    assert!(missing.out.contains("`tripled`, missing documentation for a function"), "{}", missing.out);
    assert!(missing.out.contains("src/lib.rs:8:1"), "{}", missing.out);
    let there = to(&documents, &with_tripled(KIT, TRIPLED));
    assert_eq!((there.code, rules(&there)), (Some(0), vec![]), "{there:?}");
    let private = to(&documents, &with_tripled(KIT, &bare.replace("pub fn", "#[cfg(test)]\nfn")));
    assert_eq!(private.code, Some(0), "{private:?}");
    // Where nothing is documented, nobody is told to begin; where little is, nothing stops.
    let silent = KIT.replace("//! Prices, see [`doubled`].\n\n", "").replace("/// Twice a price.\n", "");
    let none = to(&desk(&silent), &with_tripled(&silent, bare));
    assert_eq!((none.code, warned(&none)), (Some(0), vec![]), "{none:?}");
    let little = KIT.replace("//! Prices, see [`doubled`].\n", "pub struct A;\npub struct B;\n");
    let some = to(&desk(&little), &with_tripled(&little, bare));
    assert_eq!((some.code, warned(&some)), (Some(0), vec!["new-items-explained"]), "{some:?}");
}

#[test]
fn a_link_that_the_change_breaks_is_told_where_it_stands() {
    let desk = desk(KIT);
    let renamed = KIT.replace("fn doubled", "fn twice").replace("doubled(4)", "twice(4)");
    let broken = to(&desk, &renamed);
    assert_eq!((broken.code, rules(&broken)), (Some(100), vec!["docs-sound"]), "{broken:?}");
    assert!(broken.out.contains("src/lib.rs:1:1") && broken.out.contains("`doubled`"), "{}", broken.out);
    let followed = to(&desk, &renamed.replace("[`doubled`]", "[`twice`]"));
    assert_eq!((followed.code, rules(&followed)), (Some(0), vec![]), "{followed:?}");
}

const FEATURES: &str = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[features]\ndefault = [\"rounding\"]\nrounding = []\nmany = []\nbroken = []\n";

#[test]
fn a_feature_that_the_change_breaks_alone_is_told() {
    let gated = "/// Many.\n#[cfg(feature = \"many\")]\npub fn many(price: u32, count: u32) -> u32 {\n    times(price, count)\n}\n\n#[cfg(feature = \"broken\")]\npub fn never() -> u32 {\n    nothing_of_the_kind()\n}\n\n";
    let source = KIT.replace("    price * 2", "    times(price, 2)").replace(
        TESTS,
        &format!("fn times(price: u32, count: u32) -> u32 {{\n    price * count\n}}\n\n{gated}{TESTS}"),
    );
    let desk = Desk::new();
    workspace(&desk, &source);
    desk.write("kit/Cargo.toml", FEATURES);
    committed(&desk);
    let half = source
        .replace("fn times(", "fn multiplied(")
        .replace("    times(price, 2)", "    multiplied(price, 2)");
    let broken = to(&desk, &half);
    assert_eq!((broken.code, rules(&broken)), (Some(100), vec!["features-build"]), "{broken:?}");
    assert!(broken.out.contains("`the feature `many` alone`"), "{}", broken.out);
    assert!(!broken.out.contains("`broken`"), "what was broken before is no finding: {}", broken.out);
    let whole = to(&desk, &half.replace("    times(price, count)", "    multiplied(price, count)"));
    assert_eq!((whole.code, rules(&whole)), (Some(0), vec![]), "{whole:?}");
    // Without any default feature, which no ordinary build sees.
    desk.write("kit/src/lib.rs", &source);
    let needed = "\n#[cfg(feature = \"rounding\")]\nfn half() -> u32 {\n    2\n}\n\nfn times(price: u32, count: u32) -> u32 {\n    price * count * half() / 2\n}\n";
    let old = "\nfn times(price: u32, count: u32) -> u32 {\n    price * count\n}\n";
    assert!(source.contains(old));
    let bare = to(&desk, &source.replace(old, needed));
    assert_eq!((bare.code, rules(&bare)), (Some(100), vec!["features-build"]), "{bare:?}");
    assert!(bare.out.contains("no default features"), "{}", bare.out);
}

#[test]
fn what_only_a_child_process_runs_is_covered() {
    let desk = Desk::new();
    workspace(&desk, KIT);
    desk.write("kit/src/main.rs", "//! Prints.\n\nfn main() {\n    println!(\"{}\", kit::doubled(2));\n}\n");
    desk.write("kit/tests/cli.rs", "//! The program.\n\nuse std::process::Command;\n\n#[test]\nfn it_prints() {\n    let output = Command::new(env!(\"CARGO_BIN_EXE_kit\")).output().unwrap();\n    assert_eq!(String::from_utf8(output.stdout).unwrap(), \"12\\n\");\n}\n");
    let with_main = |called: &str| {
        let text = "//! Prints.\n\nfn main() {\n    println!(\"{}\", CALL);\n}\n";
        desk.write("kit/src/main.rs", &text.replace("CALL", called));
    };
    with_main("kit::doubled(6)");
    committed(&desk);
    with_main("kit::tripled(4)");
    let source = KIT.replace(TESTS, &format!("{TRIPLED}{TESTS}"));
    let run = to(&desk, &source);
    assert_eq!((run.code, rules(&run)), (Some(0), vec![]), "{run:?}");
    with_main("kit::doubled(6)");
    let not_run = to(&desk, &source);
    assert_eq!((not_run.code, rules(&not_run)), (Some(100), vec!["change-covered"]), "{not_run:?}");
}

#[test]
fn what_only_an_example_in_the_documentation_runs_is_covered() {
    let plain = "/// Three times a price.\n///\n/// ```\n/// assert_eq!(kit::tripled(4), 12);\n/// ```\npub fn tripled(price: u32) -> u32 {\n    price * 3\n}\n\n";
    // A generic function lies in the executable of the example alone.
    let generic = "/// Three of it.\n///\n/// ```\n/// assert_eq!(kit::thrice('a'), ['a'; 3]);\n/// ```\npub fn thrice<T: Clone>(one: T) -> [T; 3] {\n    let first = one.clone();\n    let second = one.clone();\n    [first, second, one]\n}\n\n";
    let text_only = "/// Three times a price, `assert_eq!(kit::tripled(4), 12)`.\npub fn tripled(price: u32) -> u32 {\n    price * 3\n}\n\n";
    // Examples of older editions have an executable each.
    for edition in ["2024", "2021"] {
        let desk = Desk::new();
        workspace(&desk, KIT);
        let manifest = std::fs::read_to_string(desk.path("kit/Cargo.toml")).unwrap();
        desk.write("kit/Cargo.toml", &manifest.replace("2024", edition));
        committed(&desk);
        let said = |function: &str| to(&desk, &KIT.replace(TESTS, &format!("{function}{TESTS}")));
        let shown = said(&format!("{plain}{generic}"));
        assert_eq!((shown.code, rules(&shown)), (Some(0), vec![]), "{edition}: {shown:?}");
        assert!(shown.err.contains("the tests run"), "{}", shown.err);
        let told = said(text_only);
        assert_eq!((told.code, rules(&told)), (Some(100), vec!["change-covered"]), "{edition}: {told:?}");
    }
}

#[test]
fn a_change_that_is_too_long_or_out_of_scope_is_told() {
    let desk = desk(KIT);
    desk.write("kit/NOTES.md", &"A line.\n".repeat(1001));
    let long = gate(&desk, &["--no-faults"]);
    assert_eq!((long.code, rules(&long)), (Some(105), vec!["change-readable"]), "{long:?}");
    desk.write("kit/NOTES.md", &"A line.\n".repeat(1000));
    desk.write("kit/tests/data/long.txt", &"A line.\n".repeat(2000));
    let short = gate(&desk, &["--no-faults"]);
    assert_eq!((short.code, warned(&short)), (Some(0), vec![]), "{short:?}");
    let outside = gate(&desk, &["--no-faults", "--scope", "src", "tests/**"]);
    assert_eq!((outside.code, rules(&outside)), (Some(105), vec!["in-scope"]), "{outside:?}");
    assert!(outside.out.contains("NOTES.md:1:1") && !outside.out.contains("long.txt"), "{}", outside.out);
    let kit = desk.path("kit");
    tool(&kit, "git", &["add", "."]);
    tool(&kit, "git", &["commit", "--quiet", "-m", "Notes\n\nScope: src/**, tests"]);
    let stated = gate(&desk, &["--no-faults", "--base", "HEAD~1"]);
    assert_eq!((stated.code, rules(&stated)), (Some(105), vec!["in-scope"]), "{stated:?}");
    tool(&kit, "git", &["commit", "--quiet", "--amend", "-m", "Notes\n\nScope: *.md, tests"]);
    let wide = gate(&desk, &["--no-faults", "--base", "HEAD~1"]);
    assert_eq!((wide.code, rules(&wide)), (Some(0), vec![]), "{wide:?}");
}

#[test]
fn a_new_warning_comes_with_its_place_and_the_fix_that_clippy_offers() {
    let desk = desk(KIT);
    let noisy = TRIPLED.replace("    price * 3", "    return price * 3;");
    desk.write("kit/src/lib.rs", &with_tripled(KIT, &noisy));
    let said = gate(&desk, &["--no-faults", "--message-format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(faults(&log), [""; 0], "{log:#}");
    let result = &log["runs"][0]["results"][0];
    assert_eq!((said.code, &result["ruleId"]), (Some(100), &"no-new-warnings".into()), "{said:?}");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&10.into(), &5.into()));
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "src/lib.rs");
    assert!(change["replacements"].as_array().is_some_and(|all| !all.is_empty()), "{result:#}");
    let human = gate(&desk, &["--no-faults"]);
    assert!(human.out.contains("  --> src/lib.rs:10:5"), "{}", human.out);
}

#[test]
fn what_is_newer_than_the_oldest_supported_rust_is_told() {
    let manifest =
        "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2021\"\nrust-version = \"1.60\"\n";
    let desk = Desk::new();
    workspace(&desk, KIT);
    desk.write("kit/Cargo.toml", manifest);
    committed(&desk);
    let newer = TRIPLED.replace("price * 3", "Some(price).is_none_or(|one| one == 0).into()");
    let test = TRIPLED_TEST.replace("tripled(4), 12", "tripled(4), 0");
    let source = KIT.replace(TESTS, &format!("{newer}{TESTS}")).replace(LAST_TEST, &test);
    let said = to(&desk, &source);
    assert_eq!((said.code, rules(&said)), (Some(100), vec!["no-new-warnings"]), "{said:?}");
    assert!(said.out.contains("incompatible_msrv") && warned(&said).is_empty(), "{}", said.out);
    // A promise that is new, and that nobody here can try.
    desk.write("kit/src/lib.rs", KIT);
    desk.write("kit/Cargo.toml", &manifest.replace("1.60", "1.59"));
    let promised = gate(&desk, &["--no-faults"]);
    assert_eq!((promised.code, warned(&promised)), (Some(0), vec!["everything-checked"]), "{promised:?}");
    assert!(promised.out.contains("rustup toolchain install 1.59.0"), "{}", promised.out);
}

const PUBLISHED: &str = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\ndescription = \"Prices\"\nlicense = \"MIT\"\n";

/// A stand-in for `cargo-semver-checks`, which few machines have.
fn semver_tool(desk: &Desk, script: &str) -> std::ffi::OsString {
    use std::os::unix::fs::PermissionsExt as _;
    desk.write("tools/cargo-semver-checks", &format!("#!/bin/sh\n{script}\n"));
    let file = desk.path("tools/cargo-semver-checks");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths([desk.path("tools")].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

fn gate_with(desk: &Desk, path: &std::ffi::OsStr) -> Said {
    let mut command = desk.command(&["gate", "--no-faults"]);
    Said::of(command.current_dir(desk.path("kit")).env("PATH", path).output().unwrap())
}

#[test]
fn a_published_library_keeps_what_is_public_or_says_so() {
    let base = with_tripled(KIT, TRIPLED);
    let desk = Desk::new();
    workspace(&desk, &base);
    desk.write("kit/Cargo.toml", PUBLISHED);
    committed(&desk);
    let renamed = base.replace("fn tripled", "fn thrice").replace("tripled(4)", "thrice(4)");
    let without = semver_tool(&desk, "exit 1");
    std::fs::remove_file(desk.path("tools/cargo-semver-checks")).unwrap();
    desk.write("kit/src/lib.rs", &renamed);
    let gone = gate_with(&desk, &without);
    assert_eq!((gone.code, rules(&gone)), (Some(105), vec!["published-items-kept"]), "{gone:?}");
    assert_eq!(warned(&gone), ["everything-checked"], "{gone:?}");
    assert!(gone.out.contains("`cargo-semver-checks` is not installed"), "{}", gone.out);
    desk.write("kit/Cargo.toml", &PUBLISHED.replace("0.1.0", "0.2.0"));
    let raised = gate_with(&desk, &without);
    assert_eq!(rules(&raised), [""; 0], "{raised:?}");
    desk.write("kit/Cargo.toml", PUBLISHED);
    let with = semver_tool(
        &desk,
        "[ -f \"$8/src/lib.rs\" ] || exit 3\necho '--- failure function_missing: pub fn removed or renamed ---'\necho 'Failed in:'\necho '  function kit::tripled'\nexit 1",
    );
    let broken = gate_with(&desk, &with);
    assert_eq!((broken.code, rules(&broken)), (Some(100), vec!["semver"]), "{broken:?}");
    assert!(broken.out.contains("function_missing, pub fn removed or renamed: function kit::tripled"));
    let content = gate_with(&desk, &semver_tool(&desk, "exit 0"));
    assert_eq!((content.code, warned(&content)), (Some(0), vec![]), "{content:?}");
    let silent = gate_with(&desk, &semver_tool(&desk, "echo 'error: unknown format' >&2\nexit 1"));
    assert_eq!(warned(&silent), ["everything-checked"], "no answer is no yes: {silent:?}");
    assert!(silent.out.contains("unknown format"), "{}", silent.out);
    // A body is no matter of the version, and nothing is said of a check that has nothing to find.
    let body = base.replace("price * 3", "price + price * 2");
    desk.write("kit/src/lib.rs", &body);
    std::fs::remove_file(desk.path("tools/cargo-semver-checks")).unwrap();
    let same = gate_with(&desk, &without);
    assert_eq!((same.code, warned(&same)), (Some(0), vec![]), "{same:?}");
}

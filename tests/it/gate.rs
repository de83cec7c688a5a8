//! `cargo gryph gate` from end to end, with the real binary on small repositories: what is bad is refused for the right
//! rule, its twin without the fault is not, and what cannot be judged says so.

use crate::desk::{Desk, Said, tool};
use crate::fix::{committed, workspace};

/// A function with a test that pins it, and one without any.
const KIT: &str = r#"//! Prices.

/// The price with a discount in per cent, which is at most 100.
pub fn discounted(price: u32, percent: u32) -> u32 {
    price - price * percent.min(100) / 100
}

/// How a price is written.
pub fn written(price: u32) -> String {
    format!("{price} EUR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_is_taken_off() {
        assert_eq!(discounted(200, 10), 180);
        assert_eq!(discounted(200, 150), 0);
        assert_eq!(discounted(80, 0), 80);
    }
}
"#;

/// What a repository with `KIT` in it says to a change of that text.
fn changed(from: &str, to: &str) -> Said {
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    assert!(KIT.contains(from), "nothing to change: {from}");
    desk.write("kit/src/lib.rs", &KIT.replace(from, to));
    gate(&desk, &[])
}

pub(crate) fn gate(desk: &Desk, more: &[&str]) -> Said {
    let mut command = desk.command(&[&["gate"], more].concat());
    Said::of(command.current_dir(desk.path("kit")).output().unwrap())
}

/// The rules that were broken and refuse or ask.
pub(crate) fn rules(said: &Said) -> Vec<&str> {
    let heads = said.out.lines().filter_map(|line| line.strip_prefix("deny[").or(line.strip_prefix("ask[")));
    let mut rules: Vec<&str> = heads.filter_map(|line| line.split(']').next()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// A test that looks at the text of the library, as those that hold its structure do.
pub(crate) const READS_THE_SOURCES: &str = r#"//! What the sources may say.

#[test]
fn nothing_is_imported_from_the_root() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    assert!(!std::fs::read_to_string(file).unwrap().contains("crate::"));
}
"#;

const LAST_TEST: &str = "        assert_eq!(discounted(80, 0), 80);\n    }\n";
const NEW_FUNCTION: &str =
    "/// The price of many.\npub fn many(price: u32, count: u32) -> u32 {\n    price * count\n}\n\n";

#[test]
fn a_change_with_a_test_that_bites_is_let_through() {
    let test = format!(
        "{LAST_TEST}\n    #[test]\n    fn many_cost_more() {{\n        assert_eq!(many(3, 4), 12);\n    }}\n"
    );
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    let text = KIT.replace(LAST_TEST, &test).replace("#[cfg(test)]", &format!("{NEW_FUNCTION}#[cfg(test)]"));
    desk.write("kit/src/lib.rs", &text);
    let said = gate(&desk, &[]);
    assert_eq!((said.code, rules(&said)), (Some(0), vec![]), "{said:?}");
    assert!(said.out.ends_with("The gate allows this: nothing was found.\n"), "{}", said.out);
    let remembered = gate(&desk, &[]);
    assert_eq!((remembered.code, &remembered.out), (Some(0), &said.out), "{remembered:?}");
    assert!(remembered.err.contains("what was found out before"), "{remembered:?}");
    let fresh = gate(&desk, &["--fresh"]);
    assert_eq!((fresh.code, fresh.err.contains("found out before")), (Some(0), false), "{fresh:?}");
    tool(&desk.path("kit"), "git", &["commit", "--quiet", "-am", "Many"]);
    let again = gate(&desk, &[]);
    assert!(again.out.contains("nothing differs"), "what is committed is the base: {again:?}");
    let since = gate(&desk, &["--base", "HEAD~1", "--message-format", "json"]);
    let last = since.objects().into_iter().rfind(|line| line["reason"] == "decision").unwrap();
    assert_eq!((since.code, &last["decision"]), (Some(0), &"allow".into()), "{since:?}");
}

#[test]
fn new_code_that_no_test_notices_is_refused() {
    let untested = changed("#[cfg(test)]", &format!("{NEW_FUNCTION}#[cfg(test)]"));
    assert_eq!(
        (untested.code, rules(&untested)),
        (Some(100), vec!["change-covered", "tests-bite"]),
        "{untested:?}"
    );
    let test = "\n    #[test]\n    fn many_are_priced() {\n        let _ = many(3, 4);\n    }\n";
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    let text = KIT.replace(LAST_TEST, &format!("{LAST_TEST}{test}"));
    desk.write("kit/src/lib.rs", &text.replace("#[cfg(test)]", &format!("{NEW_FUNCTION}#[cfg(test)]")));
    let toothless = gate(&desk, &[]);
    assert_eq!((toothless.code, rules(&toothless)), (Some(100), vec!["tests-bite"]), "{toothless:?}");
    assert!(toothless.out.contains("src/lib.rs:14:1"), "{}", toothless.out);
    // A test that reads the sources sees every fault, and says nothing about what the function gives.
    desk.write("kit/tests/sources.rs", READS_THE_SOURCES);
    let reading = gate(&desk, &[]);
    assert_eq!((reading.code, rules(&reading)), (Some(100), vec!["tests-bite"]), "{reading:?}");
}

#[test]
fn a_test_that_reads_the_sources_notices_nothing_in_what_takes_a_build_of_its_own() {
    let function = NEW_FUNCTION.replace("pub fn", "pub const fn");
    let test = "\n    #[test]\n    fn many_are_priced() {\n        let _ = many(3, 4);\n    }\n";
    let constant =
        format!("{function}/// The price of two.\npub const TWO: u32 = many(1, 2);\n\n#[cfg(test)]");
    let text = KIT.replace(LAST_TEST, &format!("{LAST_TEST}{test}")).replace("#[cfg(test)]", &constant);
    let reads = READS_THE_SOURCES
        .replace("assert!(!", "assert_eq!(")
        .replace(".contains(\"crate::\")", &format!(".len(), {}", text.len()));
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    desk.write("kit/src/lib.rs", &text);
    desk.write("kit/tests/sources.rs", &reads);
    let said = gate(&desk, &[]);
    assert_eq!((said.code, rules(&said)), (Some(100), vec!["tests-bite"]), "{said:?}");
}

#[test]
fn tests_that_are_tampered_with_are_refused_for_that() {
    let cases = [
        (LAST_TEST, "    }\n", "tests-not-weakened", 100),
        ("    #[test]\n    fn a_discount", "    #[test]\n    #[ignore]\n    fn a_discount", "tests-on", 100),
        ("discounted(80, 0), 80", "discounted(80, 0), 81", "expectations-agreed", 100),
    ];
    for (from, to, rule, code) in cases {
        let said = changed(from, to);
        assert!(rules(&said).contains(&rule), "{rule}: {said:?}");
        assert_eq!(said.code, Some(code), "{rule}: {said:?}");
    }
}

#[test]
fn what_a_person_must_see_asks() {
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    desk.write("kit/.cargo/config.toml", "[build]\n");
    let said = gate(&desk, &[]);
    assert_eq!((said.code, rules(&said)), (Some(105), vec!["judges-agreed"]), "{said:?}");
    let sarif = gate(&desk, &["--message-format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "judges-agreed");
    let github = gate(&desk, &["--message-format", "github"]);
    assert!(github.out.starts_with("::warning file=.cargo/config.toml,line=1,col=1,title=judges-agreed::"));
    assert!(gate(&desk, &["--message-format", "markdown"]).out.contains("| ask | judges-agreed |"));
}

#[test]
fn a_red_base_is_not_the_fault_of_a_change() {
    let desk = Desk::new();
    workspace(&desk, &KIT.replace("percent.min(100)", "percent"));
    committed(&desk);
    desk.write("kit/README.md", "Prices.\n");
    let said = gate(&desk, &[]);
    assert_eq!(said.code, Some(102), "{said:?}");
    assert!(said.out.contains("kit::tests::a_discount_is_taken_off"), "{said:?}");
}

#[test]
fn what_cannot_be_compared_says_why() {
    let desk = Desk::new();
    workspace(&desk, KIT);
    let without = gate(&desk, &[]);
    assert_eq!(without.code, Some(2), "{without:?}");
    assert!(without.err.contains("in no git repository"), "{}", without.err);
    let kit = desk.path("kit");
    tool(&kit, "git", &["init", "--quiet", "--initial-branch=main", "."]);
    let unborn = gate(&desk, &[]);
    assert_eq!(unborn.code, Some(101), "{unborn:?}");
    assert!(unborn.err.contains("no commit yet"), "{}", unborn.err);
    committed(&desk);
    let unknown = gate(&desk, &["--base", "origin/main"]);
    assert_eq!(unknown.code, Some(101), "{unknown:?}");
    assert!(
        unknown.err.contains("no commit here is called `origin/main`") && unknown.err.contains("fetch-depth")
    );
    let elsewhere = desk.gryph(&["plan", "none.toml", "--message-format", "sarif"]);
    assert_eq!(elsewhere.code, Some(2), "{elsewhere:?}");
    desk.write("kit/src/lib.rs", &KIT.replace("EUR", "euros"));
    let hasty = gate(&desk, &["--no-faults"]);
    assert!(hasty.err.contains("whether the tests bite is not known"), "{hasty:?}");
    let list = gate(&desk, &["--list"]);
    assert!(list.out.contains("tests-bite") && list.code == Some(0), "{list:?}");
}

/// A package that lies in the repository, in the place of a registry which has no such package.
pub(crate) fn vendored(desk: &Desk) {
    let sum = "7b0c5f3b9e2d4a618c7f0e1d2b3a49586776859403122f3e4d5c6b7a8990a1b2";
    let files = [
        ("Cargo.toml", "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nhumble-of-ours = \"1\"\n[workspace]\nexclude = [\"vendor\"]\n".to_owned()),
        ("Cargo.lock", format!("version = 4\n\n[[package]]\nname = \"humble-of-ours\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{sum}\"\n\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\ndependencies = [\n \"humble-of-ours\",\n]\n")),
        (".cargo/config.toml", "[source.crates-io]\nreplace-with = \"ours\"\n[source.ours]\ndirectory = \"vendor\"\n".to_owned()),
        ("vendor/humble-of-ours/Cargo.toml", "[package]\nname = \"humble-of-ours\"\nversion = \"1.0.0\"\nedition = \"2021\"\n".to_owned()),
        ("vendor/humble-of-ours/src/lib.rs", "//! Humble.\n\n/// One.\npub const ONE: u32 = 1;\n".to_owned()),
        ("vendor/humble-of-ours/.cargo-checksum.json", format!("{{\"files\":{{}},\"package\":\"{sum}\"}}")),
    ];
    for (path, text) in files {
        desk.write(&format!("kit/{path}"), &text);
    }
}

#[test]
fn packages_that_lie_in_the_repository_are_built_without_a_registry() {
    let desk = Desk::new();
    let kit = "//! Counts.\n\n/// One more.\npub fn more(number: u32) -> u32 {\n    number + humble_of_ours::ONE\n}\n\n\
        #[cfg(test)]\nmod tests {\n    #[test]\n    fn one_more() {\n        assert_eq!(super::more(2), 3);\n    }\n}\n";
    workspace(&desk, kit);
    vendored(&desk);
    committed(&desk);
    // What the base depends on already is not added, whatever else of it is judged.
    let all = gate(&desk, &["--offline", "--all"]);
    assert!(!all.out.contains("dependency-added"), "{}{}", all.out, all.err);
    desk.write(
        "kit/src/lib.rs",
        &kit.replace("number + humble_of_ours::ONE", "humble_of_ours::ONE + number"),
    );
    let said = gate(&desk, &["--offline"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    // What a change makes of it is not heeded.
    desk.write("kit/.cargo/config.toml", "[build]\nrustc-wrapper = \"/bin/false\"\n");
    let said = gate(&desk, &["--offline"]);
    assert_eq!((said.code, rules(&said)), (Some(105), vec!["judges-agreed"]), "{}{}", said.out, said.err);
    desk.write(
        "kit/.cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"ours\"\n[source.ours]\ndirectory = \"vendor\"\n",
    );
    desk.write("kit/src/lib.rs", &kit.replace("number + humble", "number - humble"));
    let mut command = desk.command(&["fix", "--dry-run", "--allow-dirty", "--offline"]);
    let said = Said::of(command.current_dir(desk.path("kit")).output().unwrap());
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
}

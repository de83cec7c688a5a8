//! `cargo gryph fix` from end to end, with the real binary on small workspaces: what enters is a patch that passes, and
//! nothing else ever changes.

use std::path::Path;

use crate::desk::{Desk, Said, tool};
use crate::gate::READS_THE_SOURCES;

const MANIFEST: &str = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

/// A fault in one operator, and tests that leave no other reading of it.
pub(crate) const LARGEST: &str = r#"//! Numbers.

/// The largest of some numbers; `None` without any.
pub fn largest(numbers: &[i64]) -> Option<i64> {
    let mut best = *numbers.first()?;
    for number in numbers {
        if *number < best {
            best = *number;
        }
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_largest() {
        assert_eq!(largest(&[3, 9, 2]), Some(9));
        assert_eq!(largest(&[-3, -9, -2]), Some(-2));
        assert_eq!(largest(&[5, 5]), Some(5));
    }

    #[test]
    fn nothing_has_no_largest() {
        assert_eq!(largest(&[]), None);
    }
}
"#;

pub(crate) fn workspace(desk: &Desk, source: &str) {
    desk.write("kit/Cargo.toml", MANIFEST);
    desk.write("kit/.gitignore", "/target\n/Cargo.lock\n");
    desk.write("kit/src/lib.rs", source);
}

pub(crate) fn committed(desk: &Desk) {
    let kit = desk.path("kit");
    tool(&kit, "git", &["init", "--quiet", "--initial-branch=main", "."]);
    for (key, value) in [("user.name", "A"), ("user.email", "a@example.org")] {
        tool(&kit, "git", &["config", key, value]);
    }
    tool(&kit, "git", &["add", "."]);
    tool(&kit, "git", &["commit", "--quiet", "-m", "As it was"]);
}

fn fix(desk: &Desk, more: &[&str]) -> Said {
    let mut command = desk.command(&[&["fix", "--no-model"], more].concat());
    Said::of(command.current_dir(desk.path("kit")).output().unwrap())
}

fn source(desk: &Desk) -> String {
    std::fs::read_to_string(desk.path("kit/src/lib.rs")).unwrap()
}

fn log(kit: &Path) -> String {
    tool(kit, "git", &["log", "--format=%s"])
}

#[test]
fn a_red_test_becomes_one_commit_with_the_smallest_patch() {
    let desk = Desk::new();
    workspace(&desk, LARGEST);
    committed(&desk);
    let said = fix(&desk, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("-        if *number < best {\n+        if *number > best {"), "{}", said.out);
    assert_eq!(source(&desk), LARGEST.replace("*number < best", "*number > best"));
    let kit = desk.path("kit");
    assert_eq!(log(&kit), "Repair largest\nAs it was\n");
    assert_eq!(tool(&kit, "git", &["status", "--porcelain"]), "");
    assert!(tool(&kit, "git", &["log", "-1", "--format=%b"]).contains("Gryph-Run: "));
    tool(&kit, env!("CARGO"), &["test", "--offline", "--quiet"]);
    let again = fix(&desk, &[]);
    assert_eq!((again.code, log(&kit)), (Some(0), "Repair largest\nAs it was\n".to_owned()));
    assert!(again.out.contains("nothing to fix"), "{}", again.out);
}

#[test]
fn a_test_that_reads_the_sources_keeps_no_patch_away() {
    let desk = Desk::new();
    workspace(&desk, LARGEST);
    desk.write("kit/tests/sources.rs", READS_THE_SOURCES);
    committed(&desk);
    let said = fix(&desk, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(source(&desk), LARGEST.replace("*number < best", "*number > best"));
}

#[test]
fn a_red_build_is_repaired_too() {
    let desk = Desk::new();
    let broken = LARGEST.replace("*number < best", "number > best");
    workspace(&desk, &broken);
    let said = fix(&desk, &["--allow-no-vcs"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!desk.path("kit/Cargo.lock").exists(), "a lock file that the user did not have was left behind");
    tool(&desk.path("kit"), env!("CARGO"), &["test", "--offline", "--quiet"]);
}

/// Arguments of a call that rustfmt leaves on one line and breaks when they get one character longer.
#[test]
fn a_formatted_file_stays_formatted() {
    let desk = Desk::new();
    let (one, other) = ("a".repeat(28), "b".repeat(30));
    let broken = format!(
        "//! Texts.\n\nfn sum(one: &str, other: &str) -> usize {{\n    one.len() + other.len()\n}}\n\n\
        /// Bytes of both.\npub fn both({one}: &str, {other}: String) -> usize {{\n    sum({one}, {other})\n}}\n\n\
        #[cfg(test)]\nmod tests {{\n    #[test]\n    fn adds() {{\n        \
        assert_eq!(super::both(\"ab\", \"c\".to_owned()), 3);\n    }}\n}}\n"
    );
    workspace(&desk, &broken);
    let formatted = || tool(&desk.path("kit"), env!("CARGO"), &["fmt", "--check"]);
    assert_eq!(formatted(), "");
    let said = fix(&desk, &["--allow-no-vcs"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(formatted(), "");
    assert!(source(&desk).contains("    sum(\n"), "{}", source(&desk));
}

#[test]
fn a_fault_in_one_member_is_found_by_the_test_of_another() {
    let desk = Desk::new();
    desk.write("kit/Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n");
    desk.write("kit/one/Cargo.toml", &MANIFEST.replace("kit", "one"));
    let program = LARGEST.split("\n#[cfg(test)]").next().unwrap();
    desk.write("kit/one/src/lib.rs", program);
    let two = format!("{}\n[dependencies]\none = {{ path = \"../one\" }}\n", MANIFEST.replace("kit", "two"));
    desk.write("kit/two/Cargo.toml", &two);
    desk.write("kit/two/src/lib.rs", "//! Uses the other one.\n");
    let test = "#[test]\nfn finds() {\n    assert_eq!(one::largest(&[3, 9, 2]), Some(9));\n    \
        assert_eq!(one::largest(&[4, 1]), Some(4));\n}\n";
    desk.write("kit/two/tests/uses.rs", test);
    let said = fix(&desk, &["--allow-no-vcs"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let repaired = std::fs::read_to_string(desk.path("kit/one/src/lib.rs")).unwrap();
    assert_eq!(repaired, program.replace("*number < best", "*number > best"));
    assert_eq!(std::fs::read_to_string(desk.path("kit/two/tests/uses.rs")).unwrap(), test);
}

#[test]
fn without_a_patch_nothing_changes_and_the_exit_says_so() {
    let desk = Desk::new();
    let hopeless = "//! Words.\n\n/// A word.\npub fn word(seed: u64) -> u64 {\n    seed.count_ones().into()\n}\n\n\
        #[cfg(test)]\nmod tests {\n    #[test]\n    fn says() {\n        \
        assert_eq!(super::word(1), 7_368_913);\n        assert_eq!(super::word(2), 99_172_431);\n        \
        assert_eq!(super::word(3), 123_456_789);\n    }\n}\n";
    workspace(&desk, hopeless);
    committed(&desk);
    let said = fix(&desk, &["--max-time", "20s"]);
    assert!(matches!(said.code, Some(103 | 104)), "{said:?}");
    assert_eq!(source(&desk), hopeless);
    assert_eq!(log(&desk.path("kit")), "As it was\n");
}

#[test]
fn tests_that_contradict_each_other_are_named_and_not_gamed() {
    let desk = Desk::new();
    let both = "//! Sums.\n\n/// One more.\npub fn more(number: u32) -> u32 {\n    number + 1\n}\n\n\
        #[cfg(test)]\nmod tests {\n    #[test]\n    fn one_more() {\n        \
        assert_eq!(super::more(4), 5);\n    }\n\n    #[test]\n    fn two_more() {\n        \
        assert_eq!(super::more(4), 6);\n    }\n}\n";
    workspace(&desk, both);
    let said = fix(&desk, &["--allow-no-vcs", "--max-time", "20s"]);
    assert_eq!(said.code, Some(104), "{said:?}");
    assert!(said.out.contains("contradict each other"), "{}", said.out);
    assert!(said.out.contains("one_more") && said.out.contains("two_more"), "{}", said.out);
    assert_eq!(source(&desk), both);
}

#[test]
fn what_the_user_did_not_agree_to_is_refused_before_any_work() {
    let desk = Desk::new();
    workspace(&desk, LARGEST);
    let said = fix(&desk, &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("--allow-no-vcs"), "{}", said.err);
    committed(&desk);
    desk.write("kit/src/notes.txt", "mine");
    let said = fix(&desk, &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("src/notes.txt") && said.err.contains("--allow-dirty"), "{}", said.err);
    let said = fix(&desk, &["--allow-dirty"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(tool(&desk.path("kit"), "git", &["status", "--porcelain"]), "?? src/notes.txt\n");
}

#[test]
fn a_dry_run_shows_the_patch_and_writes_nothing() {
    let desk = Desk::new();
    workspace(&desk, LARGEST);
    committed(&desk);
    let said = fix(&desk, &["--dry-run"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("+        if *number > best {"), "{}", said.out);
    assert_eq!((source(&desk), log(&desk.path("kit"))), (LARGEST.to_owned(), "As it was\n".to_owned()));
}

#[test]
fn written_without_a_commit_the_patch_is_left_to_the_user() {
    let desk = Desk::new();
    workspace(&desk, LARGEST);
    committed(&desk);
    let said = fix(&desk, &["--no-commit", "--message-format", "json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(tool(&desk.path("kit"), "git", &["status", "--porcelain"]), " M src/lib.rs\n");
    let chosen = said.objects().into_iter().find(|object| object["reason"] == "patch-chosen").unwrap();
    assert_eq!(chosen["tier"], "search", "{chosen}");
}

#[test]
fn only_the_chosen_package_has_to_become_green() {
    let desk = Desk::new();
    desk.write("kit/Cargo.toml", "[workspace]\nmembers = [\"one\", \"two\"]\nresolver = \"3\"\n");
    let red = "//! Red.\n\n#[test]\nfn never() {\n    assert_eq!(1 + 1, 3);\n}\n";
    for (name, source) in [("one", LARGEST), ("two", red)] {
        let features = if name == "one" { "\n[features]\nextra = []\n" } else { "" };
        desk.write(&format!("kit/{name}/Cargo.toml"), &(MANIFEST.replace("kit", name) + features));
        desk.write(&format!("kit/{name}/src/lib.rs"), source);
    }
    let said = fix(&desk, &["--allow-no-vcs", "-p", "one", "--features", "extra"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(std::fs::read_to_string(desk.path("kit/two/src/lib.rs")).unwrap(), red);
}

#[test]
fn a_failing_example_of_the_documentation_guides_the_search() {
    let desk = Desk::new();
    let source = "//! Sums.\n\n/// The sum of the numbers up to and including the last one.\n///\n/// ```\n\
        /// assert_eq!(kit::sum(3), 6);\n/// assert_eq!(kit::sum(0), 0);\n/// assert_eq!(kit::sum(5), 15);\n/// ```\n\
        pub fn sum(last: u32) -> u32 {\n    (0..last).sum()\n}\n";
    workspace(&desk, source);
    let said = fix(&desk, &["--allow-no-vcs", "--accept-ambiguous"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let repaired = std::fs::read_to_string(desk.path("kit/src/lib.rs")).unwrap();
    assert_ne!(repaired, source);
    assert_eq!(desk.names("kit"), [".gitignore", "Cargo.toml", "src"]);
    tool(&desk.path("kit"), env!("CARGO"), &["test", "--offline", "--quiet"]);
}

/// Two edits pass, and nothing but the tests says which is meant: the other half of the values is not tested.
const AMBIGUOUS: &str = "//! Bounds.\n\npub fn inside(low: i32, high: i32, value: i32) -> bool {\n    value > low && value > high\n}\n\n\
    #[cfg(test)]\nmod tests {\n    #[test]\n    fn between() {\n        assert!(super::inside(1, 9, 5));\n        \
    assert!(!super::inside(1, 9, 12));\n        assert!(!super::inside(1, 9, 0));\n    }\n}\n";

#[test]
fn between_patches_of_different_behaviour_a_person_decides() {
    let desk = Desk::new();
    workspace(&desk, AMBIGUOUS);
    let said = fix(&desk, &["--allow-no-vcs"]);
    assert_eq!(said.code, Some(105), "{said:?}");
    assert!(said.err.contains("It differs: "), "{}", said.err);
    assert_eq!(source(&desk), AMBIGUOUS);
    let mut command = desk.command(&["fix", "--no-model", "--allow-no-vcs", "--interactive"]);
    command.current_dir(desk.path("kit")).stdin(std::process::Stdio::piped());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"2\n").unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_ne!(source(&desk), AMBIGUOUS);
}

#[test]
fn an_interrupted_search_leaves_everything_as_it_was() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let desk = Desk::new();
    workspace(&desk, AMBIGUOUS);
    committed(&desk);
    let mut command = desk.command(&["fix", "--no-model"]);
    command
        .current_dir(desk.path("kit"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("propose: ") {
        line.clear();
        assert_ne!(talk.read_line(&mut line).unwrap(), 0, "it ended before it searched");
    }
    tool(desk.root(), "kill", &["-INT", &child.id().to_string()]);
    let mut rest = String::new();
    talk.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("interrupted; nothing was changed"), "{rest}");
    assert_eq!(source(&desk), AMBIGUOUS);
    assert_eq!(tool(&desk.path("kit"), "git", &["status", "--porcelain"]), "");
    assert!(desk.names("home/work").is_empty(), "{:?}", desk.names("home/work"));
}

//! `cargo gryph new` from end to end, with the real binary: what is committed is proven, and whatever else happens,
//! nothing is there.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::desk::{ASK_AS_RECORDED, DOUBLE, Desk, SQUARE, Said, tool};

const TWICE: (&str, &str) = ("double", "number * 2");
const WRONG: (&str, &str) = ("double", "number + 1");

/// A desk with the specification of `double` and recordings of one round.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("double.toml", DOUBLE);
    desk.record("right.jsonl", "double.toml", 1, &[TWICE]);
    desk.record("wrong.jsonl", "double.toml", 1, &[WRONG]);
    desk
}

fn reasons(said: &Said) -> Vec<String> {
    let reason = |object: &Value| object["reason"].as_str().expect("a reason").to_owned();
    said.objects().iter().map(reason).collect()
}

/// Nothing at `project`, nothing beside it, and no work directory.
fn nothing_is_left(desk: &Desk) {
    assert!(!desk.path("project").exists(), "something stands at the destination");
    let hidden: Vec<String> = desk.names("").into_iter().filter(|name| name.starts_with('.')).collect();
    assert_eq!(hidden, [""; 0], "something is left beside the destination");
    assert_eq!(desk.names("home/work"), [""; 0], "a work directory is left");
}

/// The desk of a run that committed into another workspace, told by a relative path.
fn committed() -> &'static (Desk, Said) {
    static COMMITTED: OnceLock<(Desk, Said)> = OnceLock::new();
    COMMITTED.get_or_init(|| {
        let desk = desk();
        desk.write("outer/Cargo.toml", "[workspace]\nmembers = ['*']\n");
        let said = desk.new_project("double.toml", "outer/project", "right.jsonl", &[]);
        assert_eq!(said.code, Some(0), "{said:?}");
        (desk, said)
    })
}

#[test]
fn an_accepted_project_is_one_commit_with_trailers_and_nothing_beside_it() {
    let (desk, said) = committed();
    let project = desk.path("outer/project");
    assert_eq!(tool(&project, "git", &["rev-list", "--count", "--all"]).trim(), "1");
    assert_eq!(tool(&project, "git", &["status", "--porcelain", "--ignored"]), "");
    let trailers = tool(&project, "git", &["log", "-1", "--format=%(trailers:only)"]);
    let run = said.run();
    let version = env!("CARGO_PKG_VERSION");
    let names = desk.names("outer/project/.gryph/attestations");
    let attestation = std::fs::read(project.join(".gryph/attestations").join(&names[0])).unwrap();
    let attestation = cargo_gryph::digest::Digest::of(&attestation);
    assert_eq!(names, [format!("{}.json", &attestation.to_string()[..16])]);
    let expected = format!(
        "Assisted-by: cargo-gryph {version} (qwen2.5-coder-1.5b)\nGryph-Run: {run}\nGryph-Attestation: {attestation}"
    );
    assert_eq!(trailers.trim(), expected);
    assert_eq!(desk.names("outer"), ["Cargo.toml", "project"]);
    assert_eq!(desk.names("home/work"), [""; 0]);
    assert_eq!(std::fs::read_to_string(project.join("gryph.toml")).unwrap(), DOUBLE);
}

#[test]
fn an_accepted_project_passes_its_tests_clippy_and_rustfmt_inside_another_workspace() {
    let (desk, _) = committed();
    let project = desk.path("outer/project");
    let target = desk.path("target");
    let target = target.to_str().unwrap();
    let cargo = env!("CARGO");
    let tests = tool(&project, cargo, &["test", "--offline", "--locked", "--target-dir", target]);
    let passed: Vec<&str> =
        tests.lines().filter(|line| line.starts_with("test ") && line.ends_with("... ok")).collect();
    assert_eq!(passed.len(), 4, "three examples and the documentation: {tests}");
    let lint = ["clippy", "--offline", "--all-targets", "--target-dir", target, "--", "-D", "warnings"];
    tool(&project, cargo, &lint);
    tool(&project, cargo, &["fmt", "--check"]);
}

#[test]
fn the_end_of_an_accepted_run_is_a_table_and_a_sentence_on_stdout() {
    let (_, said) = committed();
    let out: Vec<&str> = said.out.lines().collect();
    assert_eq!(out.len(), 3, "{out:?}");
    assert!(out[0].starts_with("function") && out[1].starts_with("arithmetic::double"), "{out:?}");
    assert!(out[2].starts_with("1 function accepted; commit "), "{out:?}");
    assert!(out[2].ends_with(" at outer/project"), "{out:?}");
}

#[test]
fn log_and_show_tell_of_a_committed_run() {
    let (desk, said) = committed();
    let run = said.run();
    let log = desk.gryph(&["log"]);
    assert_eq!(log.code, Some(0));
    assert!(
        log.out.lines().any(|line| line.split_whitespace().eq([&run, "new", "committed"])),
        "{}",
        log.out
    );
    let objects = desk.gryph(&["log", "--message-format", "json"]).objects();
    assert_eq!(
        (objects[0]["reason"].as_str(), objects[0]["run"].as_str()),
        (Some("run"), Some(run.as_str()))
    );
    let shown = &desk.gryph(&["show", &run[..18], "--message-format", "json"]).objects()[0];
    let receipt = &shown["receipt"]["receipt"];
    assert_eq!(receipt["model"]["device"], "replay");
    let commit = tool(&desk.path("outer/project"), "git", &["rev-parse", "HEAD"]);
    assert_eq!(receipt["commit"], commit.trim());
    assert_eq!(receipt["accepted"][0]["hole"], "arithmetic::double");
    assert!(!receipt["confinement"]["sandboxed"].as_array().unwrap().is_empty());
    assert!(desk.gryph(&["show", &run]).out.contains(commit.trim()));
    assert_eq!(desk.gryph(&["show", "19990101"]).code, Some(2));
}

#[test]
fn a_destination_that_is_not_empty_is_refused_and_left_alone() {
    let desk = desk();
    desk.write("project/notes.txt", "mine");
    let said = desk.new_project("double.toml", "project", "right.jsonl", &[]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("exists and is not an empty directory"), "{}", said.err);
    assert_eq!(desk.names("project"), ["notes.txt"]);
    assert_eq!(std::fs::read_to_string(desk.path("project/notes.txt")).unwrap(), "mine");
}

#[test]
fn all_problems_of_a_specification_are_told_at_once() {
    let desk = desk();
    let broken = DOUBLE.replace("library", "librarian").replace("double(2) == 4", "double(2 == 4");
    desk.write("broken.toml", &broken);
    for arguments in [&["new", "broken.toml", "--path", "project"][..], &["plan", "broken.toml"]] {
        let said = desk.gryph(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
        assert!(said.err.contains("2 problems in specification `broken.toml`"), "{}", said.err);
        for place in ["broken.toml:4:", "broken.toml:10:"] {
            assert!(said.err.contains(place), "{place} is not in {}", said.err);
        }
    }
    nothing_is_left(&desk);
}

#[test]
fn what_cannot_work_is_refused_before_anything_starts() {
    let desk = desk();
    let recording = std::fs::read_to_string(desk.path("right.jsonl")).unwrap();
    desk.write("other.jsonl", &recording.replace("qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"));
    let new = ["new", "double.toml", "--path", "project"];
    for (flags, code, told) in [
        (["--model", "gpt-9"], 2, "no model `gpt-9`"),
        (["--replay", "other.jsonl"], 107, "made with `qwen2.5-coder-0.5b`"),
        (["--replay", "nowhere.jsonl"], 2, "nowhere.jsonl"),
        (["--resume", "20010101-000000-0000"], 2, "no run `20010101-000000-0000`"),
        (["--max-time", "soon"], 2, "expected a number of seconds"),
    ] {
        let said = desk.gryph(&[&new[..], &flags].concat());
        assert_eq!(said.code, Some(code), "{flags:?}: {said:?}");
        assert!(said.err.contains(told), "{flags:?}: {}", said.err);
    }
    assert_eq!(desk.gryph(&["log"]).out, "no runs yet\n");
    nothing_is_left(&desk);
}

#[test]
fn a_specification_is_wanted_for_a_resumed_run_too() {
    let said = Desk::new().gryph(&["new", "--path", "project", "--resume", "20010101-000000-0000"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("<SPEC|SENTENCE>"), "{}", said.err);
}

#[test]
fn a_recording_of_other_questions_diverges() {
    let desk = desk();
    desk.write("triple.toml", &DOUBLE.replace("twice", "thrice"));
    let said = desk.new_project("triple.toml", "project", "right.jsonl", &["--message-format", "json"]);
    assert_eq!(said.code, Some(107), "{said:?}");
    let objects = said.objects();
    let last = objects.last().unwrap();
    assert_eq!((&last["reason"], &last["exit_code"]), (&"run-finished".into(), &107.into()));
    assert!(last["message"].as_str().unwrap().contains("no further request with the prompt"), "{last}");
    assert!(said.err.contains("no further request with the prompt"), "{}", said.err);
    assert!(said.err.contains("hint: record again with --record"), "{}", said.err);
    nothing_is_left(&desk);
}

#[test]
fn a_draft_is_continued_with_a_corrected_specification() {
    let desk = Desk::new();
    // The specification is wrong, the function is what was meant.
    desk.write("typo.toml", &DOUBLE.replace("double(2) == 4", "double(2) == 5"));
    desk.write("double.toml", DOUBLE);
    desk.record("right.jsonl", "typo.toml", 1, &[TWICE]);
    desk.record("empty.jsonl", "double.toml", 0, &[]);
    let given_up = desk.new_project("typo.toml", "project", "right.jsonl", &["--rounds", "1"]);
    assert_eq!(given_up.code, Some(104), "{given_up:?}");
    assert!(given_up.err.contains("the best one passes 1, fails"), "{}", given_up.err);
    assert!(given_up.err.contains("number * 2"), "{}", given_up.err);
    let run = given_up.run();
    assert!(given_up.out.contains(&format!("--resume {run}")), "{}", given_up.out);
    assert!(given_up.out.contains("1 of 1 functions stay open; nothing was written"), "{}", given_up.out);
    nothing_is_left(&desk);

    let json = ["--resume", &run, "--message-format", "json"];
    let resumed = desk.new_project("double.toml", "project", "empty.jsonl", &json);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let reasons = reasons(&resumed);
    assert_eq!(reasons.first().map(String::as_str), Some("run-started"));
    assert_eq!(reasons.last().map(String::as_str), Some("run-finished"));
    let accepted = resumed.objects().into_iter().find(|object| object["reason"] == "hole-accepted").unwrap();
    assert_eq!((&accepted["round"], &accepted["candidates"]), (&0.into(), &1.into()));
    assert!(desk.path("project/src/arithmetic.rs").is_file());
}

#[test]
fn what_was_accepted_for_the_same_question_needs_no_model() {
    let desk = desk();
    assert_eq!(desk.new_project("double.toml", "project", "right.jsonl", &[]).code, Some(0));
    let again = |spec: &str, directory: &str, memory: &str| {
        let mut command = desk.command(&["new", spec, "--path", directory, "--offline"]);
        Said::of(command.env("GRYPH_MEMORY", memory).output().unwrap())
    };
    desk.write("other.toml", &DOUBLE.replace("name = 'arith'", "name = 'another'"));
    assert_ne!(std::fs::read_to_string(desk.path("other.toml")).unwrap(), DOUBLE);
    let said = again("other.toml", "again", "true");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("1 answered before"), "{}", said.err);
    let read = |name: &str| std::fs::read_to_string(desk.path(name).join("src/arithmetic.rs")).unwrap();
    assert!(read("again").contains("number * 2") && read("project").contains("number * 2"));
    let receipt = &desk.gryph(&["show", &said.run(), "--message-format", "json"]).objects()[0]["receipt"];
    assert_eq!(receipt["receipt"]["model"], Value::Null, "{receipt}");

    // Neither for another question, nor where nobody is to look.
    desk.write("fewer.toml", &DOUBLE.replace("double(21) == 42", "double(22) == 44"));
    for (spec, memory) in [("fewer.toml", "true"), ("double.toml", "false")] {
        let said = again(spec, "none", memory);
        assert_eq!(said.code, Some(106), "{said:?}");
        assert!(!desk.path("none").exists());
    }
}

#[test]
fn what_only_a_held_back_example_shows_to_be_wrong_is_not_accepted() {
    let desk = Desk::new();
    desk.write("double.toml", DOUBLE);
    // Right for the examples that proposers see, 0 and 21, and wrong for the third.
    let body = "if number % 2 == 1 { number * 2 } else { number }";
    desk.record("overfitted.jsonl", "double.toml", 1, &[("double", body)]);
    let said = desk.new_project("double.toml", "project", "overfitted.jsonl", &["--rounds", "1"]);
    assert_eq!(said.code, Some(104), "{said:?}");
    assert!(said.err.contains("passes what it was shown and was not confirmed"), "{}", said.err);
    let shown = &desk.gryph(&["show", &said.run(), "--message-format", "json"]).objects()[0];
    let effort = &shown["state"]["failed"]["report"]["holes"][0]["effort"];
    assert_eq!(effort["plausible"], effort["unconfirmed"], "{shown}");
    assert!(effort["plausible"].as_u64() >= Some(1), "{shown}");
    nothing_is_left(&desk);
}

#[test]
fn a_partial_project_holds_what_was_filled_and_names_what_was_not() {
    let desk = Desk::new();
    desk.write("two.toml", &[DOUBLE, SQUARE].concat());
    desk.record("half.jsonl", "two.toml", 1, &[TWICE, ("square", "number.leading_zeros()")]);
    let flags = ["--rounds", "1", "--partial", "--unsandboxed"];
    let said = desk.new_project("two.toml", "project", "half.jsonl", &flags);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.out.contains("1 function accepted, 1 left out; commit"), "{}", said.out);
    let project = desk.path("project");
    let read = |name: &str| std::fs::read_to_string(project.join(name)).unwrap();
    assert!(read("README.md").contains("arithmetic::square"), "the README hides what is missing");
    for file in tool(&project, "git", &["ls-files", "src", "tests"]).lines() {
        assert!(!read(file).contains("square"), "{file} mentions what is not there");
    }
    assert!(read("src/arithmetic.rs").contains("number * 2"));
    assert_eq!(tool(&project, "git", &["status", "--porcelain", "--ignored"]), "");

    // This run was asked to do without a sandbox, and its receipt says so.
    assert!(said.err.contains("without a sandbox"), "{}", said.err);
    let shown = &desk.gryph(&["show", &said.run(), "--message-format", "json"]).objects()[0];
    assert_eq!(shown["receipt"]["receipt"]["confinement"], "unsandboxed");
    assert_eq!(shown["receipt"]["receipt"]["left_out"][0], "arithmetic::square");
    assert!(desk.gryph(&["show", &said.run()]).out.contains("confinement = \"unsandboxed\""));
}

#[test]
fn a_dependency_that_only_what_is_left_out_needs_is_left_out_too() {
    let desk = Desk::new();
    let square = format!("{SQUARE}properties = ['|number: u8| square(number.into()) >= number.into()']\n");
    desk.write("two.toml", &[DOUBLE, &square].concat());
    desk.record("half.jsonl", "two.toml", 1, &[TWICE, ("square", "number.leading_zeros()")]);
    let said = desk.new_project("two.toml", "project", "half.jsonl", &["--rounds", "1", "--partial"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let lock = std::fs::read_to_string(desk.path("project/Cargo.lock")).unwrap();
    assert!(!lock.contains("proptest"), "{lock}");
}

#[test]
fn used_up_time_is_a_budget_and_not_a_no() {
    let desk = Desk::new();
    desk.write("double.toml", DOUBLE);
    // A test that never ends is given a second, so the second round is never reached.
    desk.record("endless.jsonl", "double.toml", 1, &[("double", "loop {}")]);
    let flags = ["--rounds", "100", "--max-time", "1"];
    let said = desk.new_project("double.toml", "project", "endless.jsonl", &flags);
    assert_eq!(said.code, Some(103), "{said:?}");
    nothing_is_left(&desk);
}

#[test]
fn a_dry_run_builds_the_scaffold_and_writes_nothing() {
    let desk = desk();
    let said = desk.gryph(&["new", "double.toml", "--path", "project", "--dry-run"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), "the scaffold compiles; nothing was written\n"));
    assert!(desk.gryph(&["log"]).out.contains("dry run"));
    nothing_is_left(&desk);
}

#[test]
fn without_network_and_model_the_way_by_hand_is_told() {
    let desk = desk();
    let arguments = ["new", "double.toml", "--path", "project", "--offline", "--message-format", "json"];
    let said = desk.gryph(&arguments);
    assert_eq!(said.code, Some(106), "{said:?}");
    assert!(said.err.contains("the network may not be used"), "{}", said.err);
    assert!(said.err.contains("`cargo gryph model pull qwen2.5-coder-1.5b --from FILE`"), "{}", said.err);
    let last = said.objects().pop().unwrap();
    assert_eq!((&last["reason"], &last["exit_code"]), (&"run-finished".into(), &106.into()));
    assert!(last["message"].as_str().unwrap().contains("the network may not be used"));
    nothing_is_left(&desk);
}

/// Processes that mention a directory in their arguments.
fn processes_in(directory: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(directory.to_str().unwrap())).collect()
}

/// Waits until a condition holds, for at most twenty seconds.
fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        if condition() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn an_interrupted_run_leaves_no_process_and_no_file() {
    for stage in ["build", "propose"] {
        let desk = desk();
        let arguments = ["new", "double.toml", "--path", "project", "--replay", "right.jsonl"];
        let arguments = [&arguments[..], &ASK_AS_RECORDED, &["--message-format", "json"]].concat();
        let mut command = desk.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let objects = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
        let mut last = Value::Null;
        for object in objects {
            if object["stage"] == stage {
                // The stage's first child runs in the run's own directory.
                assert!(eventually(|| !processes_in(&desk.path("home/work")).is_empty()));
                let id = rustix::process::Pid::from_child(&child);
                rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
            }
            last = object;
        }
        assert_eq!(child.wait().unwrap().code(), Some(130), "{stage}");
        assert_eq!((&last["reason"], &last["exit_code"]), (&"run-finished".into(), &130.into()), "{stage}");
        assert!(eventually(|| processes_in(desk.root()).is_empty()), "{:?}", processes_in(desk.root()));
        nothing_is_left(&desk);
        assert!(desk.gryph(&["log"]).out.contains("interrupted"), "{stage}");
    }
}

//! The specifications under `examples/specs` become projects: with recorded answers everywhere, and with the model
//! itself where `GRYPH_MODEL_TESTS=1` says that there is one. Whatever is accepted has to pass checks that its
//! specification does not hold.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_gryph::scaffold::Scaffold;
use cargo_gryph::tree::Tree;
use serde_json::{Value, json};

use crate::desk::{Desk, Said, tool};
use crate::scaffold::{cargo_says, example, filled, references};

/// A specification and the checks of its functions.
struct Example {
    spec: &'static str,
    /// The crate it becomes.
    name: &'static str,
    /// Checks of each function, below lines `// hole: PATH`.
    hidden: &'static str,
}

/// A recording made by `--record`, and what the recorded run came to.
struct Recorded {
    example: Example,
    recording: &'static str,
    /// The flags that shape the questions, as they were when the recording was made.
    flags: &'static [&'static str],
    code: i32,
    /// Functions that were accepted.
    accepted: usize,
    /// Whether playing it takes minutes: open functions are searched again.
    is_slow: bool,
}

/// What the model is asked for in these tests: the same on every machine, so that its answers can be recorded.
const ASK_THE_MODEL: [&str; 9] =
    ["--samples", "8", "--rounds", "2", "--max-time", "900s", "--seed", "0", "--partial"];

const DOUBLE: Example = Example {
    spec: "tests/it/recordings/double.toml",
    name: "arith",
    hidden: include_str!("hidden/double.rs.txt"),
};

const TEXTKIT: Example = Example {
    spec: "examples/specs/textkit.toml",
    name: "textkit",
    hidden: include_str!("hidden/textkit.rs.txt"),
};

const TOOLBOX: Example = Example {
    spec: "examples/specs/toolbox.toml",
    name: "toolbox",
    hidden: include_str!("hidden/toolbox.rs.txt"),
};

const LOGTOP: Example = Example {
    spec: "examples/specs/logtop.toml",
    name: "logtop",
    hidden: include_str!("hidden/logtop.rs.txt"),
};

const UNITS: Example =
    Example { spec: "examples/specs/units.toml", name: "units", hidden: include_str!("hidden/units.rs.txt") };

const EXAMPLES: [Example; 4] = [TEXTKIT, TOOLBOX, LOGTOP, UNITS];

/// The rows of examples are printed by the model test where `GRYPH_RECORD_TO` names a directory for the recordings.
const RECORDED: &[Recorded] = &[
    Recorded {
        example: DOUBLE,
        recording: "double.jsonl",
        flags: &["--samples", "4", "--rounds", "2", "--max-time", "900s"],
        code: 0,
        accepted: 1,
        is_slow: false,
    },
    Recorded {
        example: TEXTKIT,
        recording: "textkit.jsonl",
        flags: &ASK_THE_MODEL,
        code: 0,
        accepted: 8,
        is_slow: false,
    },
    Recorded {
        example: UNITS,
        recording: "units.jsonl",
        flags: &ASK_THE_MODEL,
        code: 0,
        accepted: 4,
        is_slow: false,
    },
    Recorded {
        example: LOGTOP,
        recording: "logtop.jsonl",
        flags: &ASK_THE_MODEL,
        code: 104,
        accepted: 0,
        is_slow: true,
    },
    Recorded {
        example: TOOLBOX,
        recording: "toolbox.jsonl",
        flags: &ASK_ONCE,
        code: 0,
        accepted: 4,
        is_slow: true,
    },
];

/// One round only: of sixteen functions every other one stays open, which is what `--partial` is for.
const ASK_ONCE: [&str; 9] =
    ["--samples", "8", "--rounds", "1", "--max-time", "900s", "--seed", "0", "--partial"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

/// The functions that a run accepted.
fn accepted(said: &Said) -> Vec<String> {
    let objects = said.objects();
    let accepted = objects.iter().filter(|object| object["reason"] == "hole-accepted");
    accepted.map(|object| object["hole"].as_str().unwrap().to_owned()).collect()
}

/// A test file with the hidden checks of some functions.
fn hidden_checks<'f>(example: &Example, functions: impl IntoIterator<Item = &'f str>) -> String {
    let mut checks = include_str!("hidden/inputs.rs.txt").to_owned();
    for function in functions {
        let title = format!("// hole: {function}\n");
        let (_, rest) =
            example.hidden.split_once(&title).unwrap_or_else(|| panic!("no check for {function}"));
        checks += rest.split("// hole: ").next().unwrap();
    }
    checks
}

/// Runs the hidden checks of functions that stand in the desk's project, in a crate that uses it. What fails is told.
fn hidden_checks_pass(desk: &Desk, example: &Example, functions: &[String]) -> Result<(), String> {
    let name = example.name;
    let manifest = format!(
        "[package]\nname = 'hidden'\nedition = '2024'\n[workspace]\n[dependencies]\n{name} = {{ path = '../project' }}\n"
    );
    desk.write("hidden/Cargo.toml", &manifest);
    desk.write("hidden/src/lib.rs", "");
    let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
    desk.write("hidden/tests/hidden.rs", &hidden_checks(example, functions.iter().copied()));
    let (_, said) = cargo_says(&desk.path("hidden"), &["test", "--offline", "--test", "hidden"]);
    let passed = said.contains(&format!("{} passed; 0 failed", functions.len()));
    passed.then_some(()).ok_or_else(|| format!("{}: {said}", example.spec))
}

/// The number of hidden checks that pass and that fail when the examples' crates hold these trees.
fn judged(tree: impl Fn(&Scaffold, &str) -> Tree) -> (usize, usize, String) {
    let desk = Desk::new();
    let mut members = vec!["hidden"];
    let mut uses = String::new();
    for one in &EXAMPLES {
        let (name, scaffold) = (one.name, example(one.name));
        for (path, content) in tree(&scaffold, name).files() {
            // The library is checked; the program around it would bring its dependencies along.
            if path.as_str().starts_with("src/") && path.as_str() != "src/main.rs" {
                desk.write(&format!("{name}/{path}"), std::str::from_utf8(content).unwrap());
            }
        }
        let text = std::fs::read_to_string(root().join(one.spec)).unwrap();
        let spec: toml::Table = text.parse().unwrap();
        let mut manifest: toml::Table =
            format!("[package]\nname = '{name}'\nedition = '2024'").parse().unwrap();
        manifest.extend(spec.get("dependencies").map(|listed| ("dependencies".to_owned(), listed.clone())));
        desk.write(&format!("{name}/Cargo.toml"), &manifest.to_string());
        let functions = scaffold.holes().iter().map(|hole| hole.id.0.as_str());
        desk.write(&format!("hidden/tests/{name}.rs"), &hidden_checks(one, functions));
        members.push(name);
        uses += &format!("{name} = {{ path = '../{name}' }}\n");
    }
    desk.write("Cargo.toml", &format!("[workspace]\nresolver = '3'\nmembers = {members:?}\n"));
    let manifest = format!("[package]\nname = 'hidden'\nedition = '2024'\n[dependencies]\n{uses}");
    desk.write("hidden/Cargo.toml", &manifest);
    desk.write("hidden/src/lib.rs", "");
    let (_, said) = cargo_says(desk.root(), &["test", "--package", "hidden", "--tests", "--no-fail-fast"]);
    let tests = || said.lines().filter(|line| line.starts_with("test "));
    let passed = tests().filter(|line| line.ends_with("... ok")).count();
    let failed = tests().filter(|line| line.ends_with("... FAILED")).count();
    (passed, failed, said)
}

#[test]
fn hidden_checks_pass_what_was_written_by_hand_and_fail_what_is_open() {
    let checks: usize = EXAMPLES.iter().map(|example| example.hidden.matches("// hole: ").count()).sum();
    let holes: usize = EXAMPLES.iter().map(|one| example(one.name).holes().len()).sum();
    assert_eq!(checks, holes, "a check for each function, and no other");
    let (passed, failed, said) = judged(filled);
    assert_eq!((passed, failed), (checks, 0), "{said}");
    let (passed, failed, said) = judged(|scaffold, _| scaffold.tree.clone());
    assert_eq!((passed, failed), (0, checks), "{said}");
}

#[test]
fn recorded_answers_lead_where_they_led_when_they_were_recorded() {
    let all = std::env::var_os("GRYPH_SLOW_TESTS").is_some();
    for recorded in RECORDED.iter().filter(|recorded| all || !recorded.is_slow) {
        let (desk, example) = (Desk::new(), &recorded.example);
        let recording = text(root().join("tests/it/recordings").join(recorded.recording));
        let spec = text(root().join(example.spec));
        let new = ["new", &spec, "--path", "project", "--replay", &recording, "--message-format", "json"];
        let said = desk.gryph(&[&new[..], recorded.flags].concat());
        assert_eq!(said.code, Some(recorded.code), "{}: {}", example.spec, said.err);
        let accepted = accepted(&said);
        assert_eq!(accepted.len(), recorded.accepted, "{}: {accepted:?}", example.spec);
        assert_eq!(desk.path("project").exists(), recorded.code == 0, "{}", example.spec);
        if recorded.code == 0 {
            assert_eq!(hidden_checks_pass(&desk, example, &accepted), Ok(()));
        }
    }
}

/// The road does not need a model: with hand-written answers every example becomes a whole project.
fn becomes_a_project(name: &str) {
    let desk = Desk::new();
    let spec = std::fs::read_to_string(root().join(format!("examples/specs/{name}.toml"))).unwrap();
    desk.write("spec.toml", &spec);
    let bodies = references(name);
    let functions = bodies.len();
    desk.record_bodies("right.jsonl", "spec.toml", 1, bodies);
    let said = desk.new_project("spec.toml", "project", "right.jsonl", &["--message-format", "json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(accepted(&said).len(), functions);
    assert_eq!(tool(&desk.path("project"), "git", &["status", "--porcelain"]), "");
}

#[test]
fn textkit_becomes_a_project_when_right_bodies_are_proposed() {
    // A recording of the model's own answers takes the same road every time.
    if std::env::var_os("GRYPH_SLOW_TESTS").is_some() {
        becomes_a_project("textkit");
    }
}

#[test]
fn units_becomes_a_project_when_right_bodies_are_proposed() {
    // Half a minute on two idle cores; the other two cover what is different here but the number of functions.
    if std::env::var_os("GRYPH_SLOW_TESTS").is_some() {
        becomes_a_project("units");
    }
}

#[test]
fn logtop_becomes_a_project_when_right_bodies_are_proposed() {
    becomes_a_project("logtop");
}

#[test]
fn toolbox_becomes_a_project_when_right_bodies_are_proposed() {
    // Half a minute on two idle cores; the other two cover what is different here but the number of functions.
    if std::env::var_os("GRYPH_SLOW_TESTS").is_some() {
        becomes_a_project("toolbox");
    }
}

/// Asks the model for an example. Where `recordings` is a directory, its answers and what they came to are kept there
/// as `NAME.jsonl` and `NAME.json`. What is not as it should be is told.
fn ask_the_model(example: &Example, recordings: Option<&Path>) -> Result<(), String> {
    let desk = Desk::new();
    let spec = text(root().join(example.spec));
    let recording = recordings.map(|directory| text(directory.join(format!("{}.jsonl", example.name))));
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-gryph"));
    // The user's own cache, which holds the model.
    command
        .args(["gryph", "new", &spec, "--path", "project", "--message-format", "json"])
        .args(ASK_THE_MODEL);
    command.args(recording.iter().flat_map(|recording| ["--record", recording]));
    // It is for this test; the binary would take it for a setting.
    command.env_remove("GRYPH_RECORD_TO").current_dir(desk.root()).stdin(Stdio::null());
    let said = Said::of(command.output().unwrap());
    let accepted = accepted(&said);
    if let (Some(directory), Some(code)) = (recordings, said.code) {
        let outcome = json!({ "exit_code": code, "accepted": accepted });
        std::fs::write(directory.join(format!("{}.json", example.name)), outcome.to_string()).unwrap();
        let (name, constant, count) = (example.name, example.name.to_uppercase(), accepted.len());
        println!(
            "Recorded {{ example: {constant}, recording: \"{name}.jsonl\", flags: &ASK_THE_MODEL, code: {code}, accepted: {count}, is_slow: true }},"
        );
    }
    if !matches!(said.code, Some(0 | 104)) {
        return Err(format!("{}: {said:?}", example.spec));
    }
    let compiled = |object: &Value| object["compiled"].as_u64().unwrap_or(0);
    if said.objects().iter().map(compiled).sum::<u64>() == 0 {
        return Err(format!("{}: no draft compiles", example.spec));
    }
    if said.code == Some(0) { hidden_checks_pass(&desk, example, &accepted) } else { Ok(()) }
}

#[test]
fn what_the_model_writes_is_right_where_it_is_accepted() {
    if std::env::var("GRYPH_MODEL_TESTS").as_deref() != Ok("1") {
        return;
    }
    let recordings = std::env::var_os("GRYPH_RECORD_TO").map(|to| std::path::absolute(to).unwrap());
    if let Some(directory) = &recordings {
        std::fs::create_dir_all(directory).unwrap();
    }
    // Each takes minutes: one that fails does not keep the others from being tried and recorded.
    let asked = EXAMPLES.iter().map(|example| ask_the_model(example, recordings.as_deref()));
    let wrong: Vec<String> = asked.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! The specifications under `examples/specs` become projects: with recorded answers everywhere, and with the model
//! itself where `GRYPH_MODEL_TESTS=1` says that there is one. Whatever is accepted has to pass checks that its
//! specification does not hold.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::desk::{Desk, Said, tool};
use crate::scaffold::references;

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
    code: i32,
    /// Functions that were accepted.
    accepted: usize,
}

/// The flags that shape the questions, as they were when the recordings were made.
const AS_RECORDED: [&str; 6] = ["--samples", "4", "--rounds", "2", "--max-time", "900s"];

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

const RECORDED: &[Recorded] =
    &[Recorded { example: DOUBLE, recording: "double.jsonl", code: 0, accepted: 1 }];

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

/// Runs the hidden checks of functions that stand in the desk's project, in a crate that uses it.
fn hidden_checks_pass(desk: &Desk, example: &Example, functions: &[String]) {
    let mut checks = include_str!("hidden/inputs.rs.txt").to_owned();
    for function in functions {
        let title = format!("// hole: {function}\n");
        let (_, rest) =
            example.hidden.split_once(&title).unwrap_or_else(|| panic!("no check for {function}"));
        checks += rest.split("// hole: ").next().unwrap();
    }
    let name = example.name;
    let manifest = format!(
        "[package]\nname = 'hidden'\nedition = '2024'\n[workspace]\n[dependencies]\n{name} = {{ path = '../project' }}\n"
    );
    desk.write("hidden/Cargo.toml", &manifest);
    desk.write("hidden/src/lib.rs", "");
    desk.write("hidden/tests/hidden.rs", &checks);
    let said = tool(&desk.path("hidden"), env!("CARGO"), &["test", "--offline", "--test", "hidden"]);
    assert!(said.contains(&format!("{} passed; 0 failed", functions.len())), "{said}");
}

#[test]
fn recorded_answers_lead_where_they_led_when_they_were_recorded() {
    for recorded in RECORDED {
        let (desk, example) = (Desk::new(), &recorded.example);
        let recording = text(root().join("tests/it/recordings").join(recorded.recording));
        let spec = text(root().join(example.spec));
        let new = ["new", &spec, "--path", "project", "--replay", &recording, "--message-format", "json"];
        let said = desk.gryph(&[&new[..], &AS_RECORDED].concat());
        assert_eq!(said.code, Some(recorded.code), "{}: {}", example.spec, said.err);
        let accepted = accepted(&said);
        assert_eq!(accepted.len(), recorded.accepted, "{}: {accepted:?}", example.spec);
        assert_eq!(desk.path("project").exists(), recorded.code == 0, "{}", example.spec);
        if recorded.code == 0 {
            hidden_checks_pass(&desk, example, &accepted);
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
    becomes_a_project("textkit");
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

#[test]
fn what_the_model_writes_is_right_where_it_is_accepted() {
    if std::env::var("GRYPH_MODEL_TESTS").as_deref() != Ok("1") {
        return;
    }
    for example in [DOUBLE, TEXTKIT] {
        let desk = Desk::new();
        let spec = text(root().join(example.spec));
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-gryph"));
        // The user's own cache, which holds the model.
        command.args(["gryph", "new", &spec, "--path", "project", "--partial", "--message-format", "json"]);
        let output = command.current_dir(desk.root()).stdin(Stdio::null()).output().unwrap();
        let said = Said::of(output);
        assert!(matches!(said.code, Some(0 | 104)), "{}: {said:?}", example.spec);
        let compiled = |object: &Value| object["compiled"].as_u64().unwrap_or(0);
        assert!(said.objects().iter().map(compiled).sum::<u64>() > 0, "{}: no draft compiles", example.spec);
        if said.code == Some(0) {
            hidden_checks_pass(&desk, &example, &accepted(&said));
        }
    }
}

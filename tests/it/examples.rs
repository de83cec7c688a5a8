//! The specifications under `examples/specs` become projects: with recorded answers everywhere, and with the model
//! itself where `GRYPH_MODEL_TESTS=1` says that there is one.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::desk::Desk;

/// A specification, its recording made by `--record`, and what the recorded run came to.
struct Example {
    spec: &'static str,
    recording: &'static str,
    /// The flags it was recorded with, those that shape the questions.
    flags: &'static [&'static str],
    code: i32,
    /// Functions that are filled at the end.
    filled: usize,
}

const ROUND_OF_FOUR: &[&str] = &["--samples", "4", "--rounds", "2", "--max-time", "900s"];

const EXAMPLES: &[Example] = &[Example {
    spec: "tests/it/recordings/double.toml",
    recording: "double.jsonl",
    flags: ROUND_OF_FOUR,
    code: 0,
    filled: 1,
}];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

#[test]
fn recorded_answers_lead_where_they_led_when_they_were_recorded() {
    for example in EXAMPLES {
        let desk = Desk::new();
        let recording = text(root().join("tests/it/recordings").join(example.recording));
        let spec = text(root().join(example.spec));
        let new = ["new", &spec, "--path", "project", "--replay", &recording, "--message-format", "json"];
        let said = desk.gryph(&[&new[..], example.flags].concat());
        assert_eq!(said.code, Some(example.code), "{}: {}", example.spec, said.err);
        let accepted = |object: &&Value| object["reason"] == "hole-accepted";
        assert_eq!(said.objects().iter().filter(accepted).count(), example.filled, "{}", example.spec);
        assert_eq!(desk.path("project/.git").is_dir(), example.code == 0, "{}", example.spec);
    }
}

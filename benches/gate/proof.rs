//! Whether the set is what it says it is, without the gate: good changes pass what a careful person would run by hand,
//! and bad ones build, so that what speaks against them is their fault alone.

use std::path::Path;
use std::process::Command;

use super::set::{Edit, Need, Set, apply, begin};

/// How far changes are proven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Every edit can be made.
    Applied,
    /// Formatter, lints, tests, documentation and features are fine with it.
    Checked,
}

/// Proves the changes whose ids are wanted; what is wrong with them.
pub(crate) fn wrong(dir: &Path, set: &Set, wanted: &dyn Fn(&str) -> bool, depth: Depth) -> Vec<String> {
    let place = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    let mut prove =
        |id: &str, kind: &str, before: &[Edit], edits: &mut dyn Iterator<Item = &Edit>, steps: &[Step]| {
            let work = place.path().join("shop");
            let _ = std::fs::remove_dir_all(&work);
            begin(dir, &work, before);
            edits.for_each(|edit| apply(&work, edit));
            let steps = if depth == Depth::Checked { steps } else { &[] };
            let failed: Vec<String> =
                steps.iter().filter_map(|step| failure(&work, place.path(), step)).collect();
            println!("{} {id} ({kind})", if failed.is_empty() { "ok   " } else { "WRONG" });
            wrong.extend(failed.iter().map(|text| format!("{id} ({kind}): {text}")));
        };
    for twin in set.twin.iter().filter(|twin| wanted(&twin.id)) {
        let steps = if twin.builds { BAD } else { &[] };
        prove(&twin.id, "bad", &twin.before, &mut twin.both.iter().chain(&twin.bad), steps);
        let steps = if twin.needs == Some(Need::Registry) { &[] } else { GOOD };
        prove(&twin.id, "twin", &twin.before, &mut twin.both.iter().chain(&twin.good), steps);
    }
    for fine in set.fine.iter().filter(|fine| wanted(&fine.id)) {
        prove(&fine.id, "fine", &fine.before, &mut fine.edits.iter(), GOOD);
    }
    wrong
}

/// Arguments of cargo.
type Step = &'static [&'static str];

const GOOD: &[Step] = &[
    &["fmt", "--all", "--check"],
    &[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--locked",
        "--offline",
        "--",
        "-Dwarnings",
    ],
    &["check", "--no-default-features", "--lib", "--locked", "--offline"],
    &["test", "--workspace", "--locked", "--offline"],
    &["doc", "--workspace", "--lib", "--no-deps", "--locked", "--offline"],
];

const BAD: &[Step] = &[&["test", "--workspace", "--all-targets", "--locked", "--offline"]];

/// What cargo had to complain about.
fn failure(work: &Path, place: &Path, step: &Step) -> Option<String> {
    let mut cargo = Command::new("cargo");
    cargo.args(*step).current_dir(work).env("CARGO_TARGET_DIR", place.join("target"));
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
    let output = cargo.env("RUSTDOCFLAGS", "-Dwarnings").output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let told = || format!("cargo {}\n{}", step.join(" "), String::from_utf8_lossy(&text));
    (!output.status.success()).then(told)
}

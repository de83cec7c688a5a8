//! Whether the gate refuses what is bad for the right reason, and is quiet about what is fine: `cargo bench --bench gate`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;

/// The changes.
#[derive(Deserialize)]
struct Cases {
    twin: Vec<Twin>,
    fine: Vec<Fine>,
}

/// A bad change and the same without its fault.
#[derive(Deserialize)]
struct Twin {
    id: String,
    rule: String,
    bad: Vec<Edit>,
    good: Vec<Edit>,
}

/// A good change.
#[derive(Deserialize)]
struct Fine {
    id: String,
    edits: Vec<Edit>,
}

/// A text in the place of one that stands once in a file.
#[derive(Deserialize)]
struct Edit {
    file: String,
    from: String,
    to: String,
}

/// What the gate said.
struct Said {
    code: i32,
    /// The rules that refuse or ask.
    rules: Vec<String>,
    seconds: f64,
}

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/gate");
    let cases: Cases = toml::from_str(&std::fs::read_to_string(set.join("cases.toml")).unwrap()).unwrap();
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |id: &str| only.is_empty() || only.iter().any(|part| id.contains(part.as_str()));
    let mut wrong = Vec::new();
    let (mut caught, mut passed, mut bad, mut good) = (0, 0, 0, 0);
    let mut seconds = Vec::new();
    for twin in cases.twin.iter().filter(|twin| wanted(&twin.id)) {
        bad += 1;
        let said = judged(&set, &twin.bad);
        let right = said.rules.contains(&twin.rule);
        caught += usize::from(right);
        seconds.push(said.seconds);
        tell(&twin.id, "bad", right, &said, &mut wrong);
        good += 1;
        let said = judged(&set, &twin.good);
        passed += usize::from(said.code == 0);
        seconds.push(said.seconds);
        tell(&twin.id, "twin", said.code == 0, &said, &mut wrong);
    }
    for fine in cases.fine.iter().filter(|fine| wanted(&fine.id)) {
        good += 1;
        let said = judged(&set, &fine.edits);
        passed += usize::from(said.code == 0);
        seconds.push(said.seconds);
        tell(&fine.id, "fine", said.code == 0, &said, &mut wrong);
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "\n{caught} of {bad} bad changes are caught by their rule, {passed} of {good} good ones let through"
    );
    println!("median {:.1} s a change", seconds[seconds.len() / 2]);
    wrong.iter().for_each(|line| println!("- {line}"));
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(id: &str, kind: &str, right: bool, said: &Said, wrong: &mut Vec<String>) {
    let line = format!("{id} ({kind}): exit {}, {}, {:.1} s", said.code, said.rules.join(" "), said.seconds);
    println!("{} {line}", if right { "ok   " } else { "WRONG" });
    if !right {
        wrong.push(line);
    }
}

/// What the gate says to a change of the base.
fn judged(set: &Path, edits: &[Edit]) -> Said {
    let dir = tempfile::tempdir().unwrap();
    let work = dir.path().join("shop");
    copy(&set.join("base"), &work);
    git(&work, &["init", "--quiet", "--initial-branch=main", "."]);
    git(&work, &["add", "--force", "."]);
    git(&work, &["commit", "--quiet", "-m", "Base"]);
    edits.iter().for_each(|edit| apply(&work, edit));
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-gryph"))
        .args(["gryph", "gate", "--message-format", "json"])
        .current_dir(&work)
        .env("GRYPH_HOME", dir.path().join("home"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let objects = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let severe = objects.filter(|one| one["reason"] == "finding" && one["severity"] != "warn");
    let rules = severe.map(|one| one["rule"].as_str().unwrap().to_owned()).collect();
    Said { code: output.status.code().unwrap_or(-1), rules, seconds: started.elapsed().as_secs_f64() }
}

fn apply(work: &Path, edit: &Edit) {
    let path = work.join(&edit.file);
    let text = match edit.from.as_str() {
        "" => edit.to.clone(),
        from => {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.matches(from).count(), 1, "`{from}` in {}", edit.file);
            text.replace(from, &edit.to)
        }
    };
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn git(work: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let status = Command::new("git").args(identity).args(arguments).current_dir(work).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

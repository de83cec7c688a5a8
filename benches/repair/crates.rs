//! Broken crates in directories, judged by the script that came with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::measurement::{Measurement, Tool, Verdict};

/// A broken crate.
pub(crate) struct Case {
    /// The name of its directory.
    pub(crate) id: String,
    kind: String,
    directory: PathBuf,
}

/// The cases of a set, by name.
pub(crate) fn cases(set: &Path) -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(set).context("cannot read the set of crates")? {
        let directory = entry?.path();
        let Ok(text) = fs::read_to_string(directory.join("case.toml")) else { continue };
        let table: toml::Table =
            text.parse().with_context(|| format!("cannot read {}", directory.display()))?;
        let kind = table.get("kind").and_then(toml::Value::as_str).unwrap_or("unknown").to_owned();
        let id = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        cases.push(Case { id, kind, directory });
    }
    cases.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(cases)
}

/// Lets the tool repair a copy, and the script judge it.
pub(crate) fn measure(case: &Case, tool: &Tool) -> anyhow::Result<Measurement> {
    let place = tempfile::tempdir()?;
    let copy = place.path().join(&case.id);
    copy_crate(&case.directory, &copy)?;
    let said = tool.fix(&copy, &[])?;
    let verdict = judge(case, &copy)?;
    let first_choice = match (said.exit_code, &said.diff) {
        (Some(105), Some(diff)) => {
            apply(&copy, diff)?;
            Some(judge(case, &copy)?)
        }
        _ => None,
    };
    Ok(said.measurement(&case.id, &case.kind, tool.seconds, verdict, first_choice))
}

/// Applies a diff that the tool printed.
pub(crate) fn apply(directory: &Path, diff: &str) -> anyhow::Result<()> {
    let file = directory.join("first-choice.diff");
    fs::write(&file, diff)?;
    Command::new("git").args(["apply", "--whitespace=nowarn"]).arg(&file).current_dir(directory).status()?;
    Ok(fs::remove_file(file)?)
}

fn copy_crate(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_crate(&entry.path(), &target)?;
        } else if entry.file_name() != "case.toml" {
            fs::write(target, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn judge(case: &Case, copy: &Path) -> anyhow::Result<Verdict> {
    let script = case.directory.parent().unwrap_or(Path::new(".")).join("check.sh");
    let output = Command::new("bash").arg(script).args(["--judge", &case.id]).arg(copy).output()?;
    Ok(match output.status.code() {
        Some(0) => Verdict::Right,
        Some(2) => Verdict::Plausible("a hidden test fails".to_owned()),
        _ => Verdict::Red,
    })
}

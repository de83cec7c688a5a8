//! Buggy functions as data: each becomes a crate; the canonical solution is for judging only.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use super::measurement::{Measurement, Tool, Verdict};
use super::{crates, timed, variation};

/// Time all calls of one comparison may take.
const LIMIT: Duration = Duration::from_secs(20);
/// Calls of one comparison at most.
const MOST_CALLS: usize = 600;

/// One line of the set.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) task_id: String,
    declaration: String,
    docstring: String,
    buggy_solution: String,
    canonical_solution: String,
    bug_type: String,
    entry_point: String,
    test: String,
}

/// The cases in the order of the file.
pub(crate) fn cases(path: &Path) -> anyhow::Result<Vec<Case>> {
    let text = fs::read_to_string(path).context("cannot read the set of functions")?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).context("cannot read a function")).collect()
}

impl Case {
    /// The crate's one file without its tests.
    fn source(&self, body: &str) -> String {
        let used = |line: &&str| {
            let foreign = ["use rand::", "use regex::", "use md5"].iter().any(|name| line.starts_with(name));
            !foreign
        };
        let declaration: Vec<&str> = self.declaration.lines().filter(used).collect();
        let head = declaration.join("\n");
        let documentation: String = self.docstring.lines().map(|line| format!("/// {line}\n")).collect();
        let place = head.rfind(&format!("fn {}", self.entry_point)).unwrap_or(0);
        let (before, signature) = head.split_at(place);
        format!("{before}{documentation}{signature}\n{body}")
    }

    fn write_crate(&self, directory: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(directory.join("src"))?;
        let manifest = "[package]\nname = \"subject\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[lib]\ndoctest = false\n\n[workspace]\n";
        fs::write(directory.join("Cargo.toml"), manifest)?;
        fs::write(
            directory.join("src/lib.rs"),
            format!("{}\n{}", self.source(&self.buggy_solution), self.test),
        )?;
        Ok(())
    }
}

/// Lets the tool repair the function, and compares it with the canonical one on calls near those of its tests.
pub(crate) fn measure(case: &Case, tool: &Tool) -> anyhow::Result<Measurement> {
    let place = tempfile::tempdir()?;
    let subject = place.path().join("subject");
    case.write_crate(&subject)?;
    let said = tool.fix(&subject, &[])?;
    let file = subject.join("src/lib.rs");
    let verdict =
        if said.exit_code == Some(0) { judge(case, &fs::read_to_string(&file)?)? } else { Verdict::Red };
    let first_choice = match (said.exit_code, &said.diff) {
        (Some(105), Some(diff)) => {
            crates::apply(&subject, diff)?;
            Some(judge(case, &fs::read_to_string(&file)?)?)
        }
        _ => None,
    };
    Ok(said.measurement(&case.task_id, &case.bug_type, tool.seconds, verdict, first_choice))
}

/// Compares the answers of both on calls near those of the tests; inputs that the canonical one does not answer (it
/// panics, or does not return) are outside of its domain.
fn judge(case: &Case, fixed: &str) -> anyhow::Result<Verdict> {
    let program = fixed.split("#[cfg(test)]").next().unwrap_or(fixed);
    let name = &case.entry_point;
    let calls = variation::calls(&case.test, name);
    let mut inputs: Vec<String> = Vec::new();
    let all: Vec<Vec<String>> = calls.iter().map(|call| variation::variations(call)).collect();
    let longest = all.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..longest {
        inputs.extend(all.iter().filter_map(|of_call| of_call.get(at).cloned()));
    }
    inputs.truncate(MOST_CALLS);
    for _ in 0..6 {
        let place = tempfile::tempdir()?;
        let (text, first) = comparison(&case.source(&case.canonical_solution), program, name, &inputs);
        fs::write(place.path().join("main.rs"), text)?;
        let output = Command::new("rustc")
            .args(["--edition", "2021", "--cap-lints", "allow", "-C", "debuginfo=0", "-A", "warnings"])
            .args(["--error-format", "short", "main.rs", "-o", "compared"])
            .current_dir(place.path())
            .output()?;
        if output.status.success() {
            let mut command = Command::new(place.path().join("compared"));
            let ran = timed::run(command.stderr(Stdio::null()), LIMIT)?;
            return Ok(read(&ran.stdout, &inputs));
        }
        // A variation that does not fit its type is left out.
        let stderr = String::from_utf8_lossy(&output.stderr);
        let bad: Vec<usize> = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("main.rs:")?.split(':').next()?.parse::<usize>().ok())
            .filter_map(|line| line.checked_sub(first))
            .collect();
        let before = inputs.len();
        inputs = inputs
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !bad.contains(at))
            .map(|(_, call)| call)
            .collect();
        if inputs.len() == before {
            return Ok(Verdict::Plausible(format!(
                "it cannot be compared: {}",
                stderr.lines().next().unwrap_or("")
            )));
        }
    }
    Ok(Verdict::Plausible("it cannot be compared".to_owned()))
}

/// A program that prints a line for each input, and the number of the line of the first input in its text.
fn comparison(canonical: &str, fixed: &str, name: &str, inputs: &[String]) -> (String, usize) {
    // Both are private where they stand; what is compared must be reached from outside.
    let public = |text: &str| {
        let open = text.replacen(&format!("fn {name}"), &format!("pub(crate) fn {name}"), 1);
        open.replace("pub pub(crate)", "pub(crate)")
    };
    let module =
        |title: &str, text: &str| format!("#[allow(warnings)]\nmod {title} {{\n{}\n}}\n", public(text));
    let mut text = module("canonical", canonical) + &module("fixed", fixed);
    text += "fn answer<T: std::fmt::Debug>(call: impl FnOnce() -> T) -> Option<String> {\n    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).ok().map(|value| format!(\"{value:?}\"))\n}\n";
    text += "fn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n";
    let first = text.lines().count() + 1;
    for (at, call) in inputs.iter().enumerate() {
        let call = call.replace('\n', " ");
        text += &format!(
            "    println!(\"c {at}\"); let c = answer(|| canonical::{call}); println!(\"f {at}\"); let f = answer(|| fixed::{call}); println!(\"= {at} {{}}\", c.is_none() || c == f);\n"
        );
    }
    (text + "}\n", first)
}

fn read(stdout: &str, inputs: &[String]) -> Verdict {
    let call = |at: &str| at.parse::<usize>().ok().and_then(|at| inputs.get(at)).cloned().unwrap_or_default();
    for line in stdout.lines() {
        if let Some((at, "false")) = line.strip_prefix("= ").and_then(|rest| rest.split_once(' ')) {
            return Verdict::Plausible(format!("another answer than the canonical one to {}", call(at)));
        }
    }
    match stdout.lines().last().and_then(|line| line.strip_prefix("f ")) {
        Some(at) => Verdict::Plausible(format!("no answer to {}", call(at))),
        None => Verdict::Right,
    }
}

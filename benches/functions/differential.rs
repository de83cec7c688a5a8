//! The hidden check: an accepted function against the reference on a thousand inputs, in a program of its own.
//!
//! The program is built with overflow and debug checks, as tests are. It runs without an environment, in an empty
//! directory and for a limited time; the bodies it runs have already passed the gate.

use std::ffi::OsString;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::set::Function;
use super::timed::{self, Ran};

/// What the comparison found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Agreement {
    /// The same answer to every input.
    Agrees {
        /// How many inputs.
        inputs: usize,
    },
    /// The first input with another answer; a panic is one.
    Differs {
        /// Its number, from 0.
        index: usize,
        /// The input.
        input: String,
        /// What the reference answers.
        expected: String,
        /// What the accepted function answers.
        actual: String,
    },
    /// No answer to this input within the time limit, or none at all because the program died.
    NoAnswer {
        /// Its number, from 0; none if it did not get to the first one.
        index: Option<usize>,
        /// How the program ended.
        ended: String,
    },
    /// The accepted source does not compile beside the reference.
    DoesNotCompile {
        /// What the compiler says.
        message: String,
    },
}

/// The comparison could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DifferentialError {
    /// A file of the program cannot be written.
    #[error("cannot write `{path}`")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program cannot be started or waited for.
    #[error("cannot run `{program}`")]
    Run {
        /// Which.
        program: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Compares the function in `accepted`, the text of the source file that holds it, with the reference; all answers
/// together may take `limit`.
pub(crate) fn differential(
    rustc: &Path,
    function: &Function,
    accepted: &str,
    limit: Duration,
) -> Result<Agreement, DifferentialError> {
    let place = tempfile::tempdir()
        .map_err(|source| DifferentialError::Write { path: std::env::temp_dir(), source })?;
    let source = place.path().join("accepted.rs");
    write(&source, accepted)?;
    let program = match build(rustc, place.path(), &main_text(function, &source))? {
        Built::Program(program) => program,
        Built::Failed(message) => return Ok(Agreement::DoesNotCompile { message }),
    };
    // The word is not in the program, so that a body that prints the last line itself does not end the comparison well.
    let word = format!("{:016x}", RandomState::new().build_hasher().finish());
    let ran = run(&program, &[word.clone().into()], limit)?;
    Ok(read(&ran, &word))
}

/// What the compiler made.
pub(crate) enum Built {
    /// The program.
    Program(PathBuf),
    /// Nothing; its messages.
    Failed(String),
}

/// Compiles `main` to a program in `place`.
pub(crate) fn build(rustc: &Path, place: &Path, main: &str) -> Result<Built, DifferentialError> {
    let source = place.join("main.rs");
    write(&source, main)?;
    let program = place.join(format!("program{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-name", "program", "--cap-lints", "allow"]);
    command.args(["-C", "debug-assertions=on", "-C", "debuginfo=0", "-o"]).arg(&program).arg(&source);
    let output = command
        .current_dir(place)
        .output()
        .map_err(|source| DifferentialError::Run { program: rustc.to_path_buf(), source })?;
    Ok(if output.status.success() {
        Built::Program(program)
    } else {
        Built::Failed(String::from_utf8_lossy(&output.stderr).into_owned())
    })
}

/// Runs a program with an empty environment in the directory it lies in, for at most `limit`.
pub(crate) fn run(program: &Path, arguments: &[OsString], limit: Duration) -> Result<Ran, DifferentialError> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .current_dir(program.parent().unwrap_or(Path::new(".")))
        .stderr(Stdio::null());
    timed::run(&mut command, limit)
        .map_err(|source| DifferentialError::Run { program: program.to_path_buf(), source })
}

/// The `mod` lines every generated program begins with.
pub(crate) fn prelude() -> String {
    let program = super::set::directory().join("program");
    format!("{}{}", module("random", &program.join("random.rs")), module("judge", &program.join("judge.rs")))
}

/// A module whose text is a file somewhere else.
pub(crate) fn module(name: &str, path: &Path) -> String {
    format!("#[path = {path:?}]\npub mod {name};\n")
}

fn main_text(function: &Function, accepted: &Path) -> String {
    let name = &function.name;
    let mut text = prelude();
    text += &module("reference", &function.reference());
    text += &module("inputs", &function.inputs());
    text += &module("accepted", accepted);
    text += &format!(
        "fn main() {{
    judge::differential(
        &inputs::inputs(),
        |input| inputs::call(reference::{name}, input),
        |input| inputs::call(accepted::{name}, input),
    );
}}
"
    );
    text
}

fn read(ran: &Ran, word: &str) -> Agreement {
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let text = |line: Option<&&str>| line.unwrap_or(&"").to_string();
    let ended_well = ran.status.is_some_and(|status| status.success());
    if let Some(at) = lines.iter().position(|line| line.starts_with("differs ")) {
        return Agreement::Differs {
            index: lines[at]["differs ".len()..].parse().unwrap_or(0),
            input: text(lines.get(at + 1)),
            expected: text(lines.get(at + 2)),
            actual: text(lines.get(at + 3)),
        };
    }
    let agreed =
        lines.last().and_then(|line| line.strip_prefix("agrees ")?.strip_suffix(word)?.trim().parse().ok());
    match agreed {
        Some(inputs) if ended_well => Agreement::Agrees { inputs },
        _ => Agreement::NoAnswer {
            index: lines.iter().rev().find_map(|line| line.strip_prefix("input ")?.parse().ok()),
            ended: ran.status.map_or("time limit".to_string(), |status| status.to_string()),
        },
    }
}

fn write(path: &Path, text: &str) -> Result<(), DifferentialError> {
    fs::write(path, text).map_err(|source| DifferentialError::Write { path: path.to_path_buf(), source })
}

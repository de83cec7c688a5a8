//! A desk to use the real binary at as a user would: a home of its own, specifications, and answers of a model that
//! were written down beforehand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cargo_gryph::hole::Hole;
use cargo_gryph::model::manifest::Manifest;
use cargo_gryph::model::replay::Recorder;
use cargo_gryph::model::text::{
    Completion, CompletionBatch, CompletionRequest, Finish, ModelError, ModelIdentity, TextModel,
};
use cargo_gryph::plan::plan;
use cargo_gryph::propose::model::{ModelProposer, Sampling};
use cargo_gryph::propose::proposer::{Proposer as _, Situation};
use cargo_gryph::scaffold::scaffold;
use cargo_gryph::spec;
use tempfile::TempDir;

/// The model the binary asks for when nobody says otherwise.
pub(crate) const MODEL: &str = "qwen2.5-coder-1.5b";
/// Answers of one question in recordings of a desk.
const SAMPLES: usize = 2;
/// Flags that ask exactly what a desk's recording answers.
pub(crate) const ASK_AS_RECORDED: [&str; 2] = ["--samples", "2"];

/// A specification with one function.
pub(crate) const DOUBLE: &str = r"spec = 1
[project]
name = 'arith'
kind = 'library'
summary = 'Arithmetic with one number'
[[function]]
path = 'arithmetic::double'
signature = 'pub fn double(number: u32) -> u32'
doc = 'Returns twice the number.'
examples = ['double(2) == 4', 'double(0) == 0', 'double(21) == 42']
";

/// Another function for the same specification.
pub(crate) const SQUARE: &str = r"[[function]]
path = 'arithmetic::square'
signature = 'pub fn square(number: u32) -> u32'
doc = 'Returns the number times itself.'
examples = ['square(3) == 9', 'square(0) == 0', 'square(5) == 25']
";

/// A directory with all that one user has.
pub(crate) struct Desk {
    root: TempDir,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The objects on stdout; fails if there is anything else.
    pub(crate) fn objects(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        self.out.lines().map(parse).collect()
    }

    /// The id of the run, from the first line a person sees.
    pub(crate) fn run(&self) -> String {
        let line = self.err.lines().find_map(|line| line.strip_prefix("run "));
        line.and_then(|line| line.split(':').next()).expect("a run was started").to_owned()
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The names in a directory of the desk, the hidden ones included.
    pub(crate) fn names(&self, directory: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(directory)).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The binary, in the desk's directory, with nothing of the user's own settings. Crates come from where they are.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-gryph"));
        let home = std::env::var("HOME").unwrap();
        for (name, below) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let value = std::env::var_os(name).unwrap_or_else(|| format!("{home}/{below}").into());
            command.env(name, value);
        }
        let ours = std::env::vars().map(|(name, _)| name);
        for name in ours.filter(|name| name.starts_with("GRYPH_") || name.starts_with("XDG_")) {
            command.env_remove(name);
        }
        command.env("HOME", self.path("user")).env("GRYPH_HOME", self.path("home"));
        command.arg("gryph").args(arguments).current_dir(self.root()).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn gryph(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// `new` with a recording of this desk.
    pub(crate) fn new_project(&self, spec: &str, dir: &str, recording: &str, more: &[&str]) -> Said {
        let arguments = ["new", spec, "--path", dir, "--replay", recording];
        self.gryph(&[&arguments[..], &ASK_AS_RECORDED[..], more].concat())
    }

    /// Writes a recording of two samples a question that answers everything about `spec` in the first `rounds` rounds.
    /// The questions are those that the binary will ask; only the answers are made up: a body for each function.
    pub(crate) fn record(&self, name: &str, spec: &str, rounds: u32, bodies: &[(&str, &str)]) {
        let named = |(function, body): &(&str, &str)| (format!("arithmetic::{function}"), (*body).to_owned());
        self.record_bodies(name, spec, rounds, bodies.iter().map(named).collect());
    }

    /// The same, with bodies by the whole names of the functions.
    pub(crate) fn record_bodies(
        &self,
        name: &str,
        spec: &str,
        rounds: u32,
        bodies: BTreeMap<String, String>,
    ) {
        let text = std::fs::read_to_string(self.path(spec)).unwrap();
        let scaffold = scaffold(&plan(&spec::parse(&text, spec).unwrap())).unwrap();
        self.record_holes(name, scaffold.holes(), rounds, bodies);
    }

    /// The same for functions wherever they stand.
    pub(crate) fn record_holes(
        &self,
        name: &str,
        holes: &[Hole],
        rounds: u32,
        bodies: BTreeMap<String, String>,
    ) {
        let manifest = Manifest::find(MODEL).unwrap().unwrap();
        let identity = ModelIdentity {
            id: MODEL.to_owned(),
            weights: manifest.weights(),
            device: "cpu".to_owned(),
            context: 4096,
        };
        let asked = Arc::new(Mutex::new(String::new()));
        let author = Author { identity, bodies, asked: Arc::clone(&asked) };
        let recorder = Recorder::create(Box::new(author), &self.path(name)).unwrap();
        let sampling = Sampling { samples: SAMPLES, ..Sampling::default() };
        let mut proposer = ModelProposer::new(Box::new(recorder), sampling);
        for round in 1..=rounds {
            for hole in holes {
                asked.lock().unwrap().clone_from(&hole.id.0);
                let (run_seed, next_id, tried) = (0, 1, &[]);
                let cancelled = &|| false;
                let situation = Situation { hole, round, run_seed, next_id, tried, related: &[], cancelled };
                proposer.propose(&situation).unwrap();
            }
        }
    }
}

/// Runs a tool in a directory and gives what it printed; fails if it fails.
pub(crate) fn tool(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    // Cargo sets variables of its own for the tests it runs, which would change what it builds for others.
    command.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A body as the answer of every sample.
pub(crate) fn answered(request: &CompletionRequest, body: &str) -> CompletionBatch {
    let completion = |&seed: &u64| Completion {
        text: format!("\n    {body}\n}}\n"),
        tokens: 5,
        seed,
        finish: Finish::Stopped,
    };
    CompletionBatch {
        completions: request.seeds.iter().map(completion).collect(),
        prompt_tokens: 100,
        elapsed: Duration::from_millis(2),
        decode: Duration::from_millis(1),
    }
}

/// Writes the body it was given for the function it is asked about.
struct Author {
    identity: ModelIdentity,
    bodies: BTreeMap<String, String>,
    asked: Arc<Mutex<String>>,
}

impl TextModel for Author {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn complete(
        &mut self,
        request: &CompletionRequest,
        _stop: &mut dyn FnMut(usize, &str) -> Option<usize>,
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<CompletionBatch, ModelError> {
        let asked = self.asked.lock().unwrap();
        let body = self.bodies.get(&*asked).unwrap_or_else(|| panic!("no body for {asked}"));
        Ok(answered(request, body))
    }
}

//! Measures prompt forms and temperatures: of N drafts per function, how many parse, compile and are right, before and
//! after repair.
//!
//! `GRYPH_TEST_MODELS=DIR ORT_DYLIB_PATH=LIB cargo bench --bench prompts -- [MODEL [SAMPLES [FORM…]]]` where DIR holds
//! `MODEL.gguf`. The answers are recorded below the target directory; `GRYPH_BENCH_REPLAY=FILE` judges a recording again,
//! `GRYPH_BENCH_SHOW=1` shows the drafts that no repair makes compile. Prints one JSON line per form and function, then a table. Without the variables it says so and ends.

#[path = "../tests/it/rustc.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod rustc;
#[path = "prompts/task.rs"]
mod task;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cargo_gryph::hole::Hole;
use cargo_gryph::model::local::LocalModel;
use cargo_gryph::model::manifest::Manifest;
use cargo_gryph::model::replay::{Recorder, Replay};
use cargo_gryph::model::text::{CompletionRequest, TextModel};
use cargo_gryph::propose::body::normal_form;
use cargo_gryph::propose::extract::{Form, extract, stop};
use cargo_gryph::propose::model::sample_seed;
use cargo_gryph::propose::prompt::{Hints, Shape, prompt};
use cargo_gryph::propose::suggestion::{MOST_GENERATIONS, children};
use cargo_gryph::schema::admissible;
use gryph_onnx::decoder::{DecoderOptions, Device};
use gryph_onnx::import::{Precision, import};
use task::{TASKS, Task};

/// Tokens of one answer.
const MOST_TOKENS: usize = 320;
/// Compiler runs spent on the children of one draft.
const MOST_CHECKS: usize = 25;

/// A prompt form under its name.
struct Variant {
    name: String,
    shape: Shape,
    temperature: f32,
}

#[derive(Default, Clone, Copy)]
struct Count {
    drafts: usize,
    parsed: usize,
    compiled: usize,
    passed: usize,
    compiled_repaired: usize,
    passed_repaired: usize,
    tokens: usize,
    seconds: f64,
    solved: usize,
    solved_repaired: usize,
    functions: usize,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let variables = (std::env::var_os("GRYPH_TEST_MODELS"), std::env::var_os("ORT_DYLIB_PATH"));
    let (Some(models), Some(runtime)) = variables else {
        println!("prompts: skipped, GRYPH_TEST_MODELS and ORT_DYLIB_PATH are not set");
        return;
    };
    let id = arguments.first().map_or("qwen2.5-coder-1.5b", String::as_str);
    let samples = arguments.get(1).and_then(|samples| samples.parse().ok()).unwrap_or(8);
    let mut variants: Vec<Variant> = arguments.iter().skip(2).map(|name| variant(name)).collect();
    if variants.is_empty() {
        variants = ["prefilled-0.5", "open-0.5", "infill-0.5"].map(variant).into();
    }
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("prompts");
    let mut model: Box<dyn TextModel> = match std::env::var_os("GRYPH_BENCH_REPLAY") {
        Some(recording) => Box::new(Replay::open(Path::new(&recording), None).expect("a recording")),
        None => open(Path::new(&models), Path::new(&runtime), id, &scratch),
    };
    let judged = tempfile::tempdir().expect("a scratch directory");
    let mut totals = vec![Count::default(); variants.len()];
    for task in TASKS {
        for (variant, total) in variants.iter().zip(&mut totals) {
            let Some(count) = measure(model.as_mut(), variant, task, samples, judged.path()) else {
                continue;
            };
            println!("{}", line(id, &variant.name, task.name, &count));
            total.add(&count);
        }
    }
    println!(
        "| model | form | drafts | parse | compile | right | compile, repaired | right, repaired | functions | functions, repaired | tokens/s |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (variant, total) in variants.iter().zip(&totals) {
        println!("{}", row(id, &variant.name, total));
    }
}

fn variant(name: &str) -> Variant {
    let (shape, temperature) = name.split_once('-').expect("a form is SHAPE-TEMPERATURE");
    let shape = match shape {
        "open" => Shape::Open,
        "infill" => Shape::Infill,
        _ => Shape::Prefilled,
    };
    Variant { name: name.to_owned(), shape, temperature: temperature.parse().expect("a temperature") }
}

fn open(models: &Path, runtime: &Path, id: &str, scratch: &Path) -> Box<dyn TextModel> {
    let imported = scratch.join(id);
    if !imported.join("model.json").is_file() {
        std::fs::create_dir_all(&imported).expect("a directory");
        let source = models.join(format!("{id}.gguf"));
        import(&source, &imported, Precision::Cpu, &mut |_| ControlFlow::Continue(()))
            .expect("the model imports");
    }
    let manifest = Manifest::find(id).expect("manifests parse").expect("a known model");
    let runtime = gryph_onnx::runtime::init(runtime).expect("the runtime loads");
    let options = DecoderOptions { device: Device::Cpu, threads: 2, context: 4096 };
    let model = LocalModel::open(&runtime, &imported, &manifest, options).expect("the model opens");
    let stamp =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let recording = scratch.join(format!("{id}-{stamp}.jsonl"));
    Box::new(Recorder::create(Box::new(model), &recording).expect("a recording"))
}

fn measure(
    model: &mut dyn TextModel,
    variant: &Variant,
    task: &Task,
    samples: usize,
    scratch: &Path,
) -> Option<Count> {
    let hole = task.hole();
    let form = if variant.shape == Shape::Open { Form::Whole } else { Form::Inside };
    let request = CompletionRequest {
        prompt: prompt(&hole, variant.shape, Hints::default(), 4096, MOST_TOKENS),
        seeds: (0..samples as u64).map(|index| sample_seed(1, &hole.id, 1, index)).collect(),
        max_tokens: MOST_TOKENS,
        temperature: variant.temperature,
        top_p: 0.95,
        repetition_penalty: 1.0,
    };
    let answer = model.complete(&request, &mut |_, text| stop(form, text), &|| false);
    let batch = answer.inspect_err(|error| eprintln!("{}: {error}", task.name)).ok()?;
    let mut count = Count {
        drafts: samples,
        tokens: batch.tokens(),
        seconds: batch.elapsed.as_secs_f64(),
        ..Count::default()
    };
    let mut judge = Judge { directory: scratch, task, hole: &hole, known: Vec::new() };
    for completion in &batch.completions {
        let Ok(body) = extract(&hole, form, &completion.text) else { continue };
        count.parsed += 1;
        let found = judge.judge(&body);
        count.compiled += usize::from(found.compiled);
        count.passed += usize::from(found.passed);
        count.compiled_repaired += usize::from(found.compiled || found.compiled_repaired);
        count.passed_repaired += usize::from(found.passed || found.passed_repaired);
    }
    count.solved = usize::from(count.passed > 0);
    count.solved_repaired = usize::from(count.passed_repaired > 0);
    count.functions = 1;
    Some(count)
}

#[derive(Default, Clone, Copy)]
struct Found {
    compiled: bool,
    passed: bool,
    compiled_repaired: bool,
    passed_repaired: bool,
}

struct Judge<'a> {
    directory: &'a Path,
    task: &'a Task,
    hole: &'a Hole,
    known: Vec<(String, Found)>,
}

impl Judge<'_> {
    fn judge(&mut self, body: &str) -> Found {
        let key = normal_form(body);
        if let Some((_, found)) = self.known.iter().find(|(known, _)| *known == key) {
            return *found;
        }
        let found = self.judge_new(body);
        self.known.push((key, found));
        found
    }

    fn judge_new(&self, body: &str) -> Found {
        let first = rustc::check(self.directory, self.hole, body);
        if rustc::errors(&first) == 0 {
            return Found { compiled: true, passed: self.passes(body), ..Found::default() };
        }
        let mut found = Found::default();
        let mut open = vec![(rustc::errors(&first), 0, body.to_owned(), first)];
        let mut tried = BTreeSet::new();
        while let Some((_, depth, draft, diagnostics)) = open.pop() {
            for child in children(self.hole, &draft, &diagnostics) {
                if tried.len() >= MOST_CHECKS || !tried.insert(child.body.clone()) {
                    continue;
                }
                let errors = rustc::check(self.directory, self.hole, &child.body);
                match rustc::errors(&errors) {
                    0 => {
                        found.compiled_repaired = true;
                        found.passed_repaired |= self.passes(&child.body);
                    }
                    left if depth + 1 < MOST_GENERATIONS => open.push((left, depth + 1, child.body, errors)),
                    _ => {}
                }
            }
            open.sort_by_key(|(left, depth, ..)| (std::cmp::Reverse(*left), std::cmp::Reverse(*depth)));
        }
        if std::env::var_os("GRYPH_BENCH_SHOW").is_some() && !found.compiled_repaired {
            let errors = rustc::check(self.directory, self.hole, body);
            eprintln!("---- {}\n{body}", self.task.name);
            errors.iter().for_each(|error| eprintln!("{}", error.rendered));
        }
        found
    }

    /// Whether all checks hold, hidden ones included, within two seconds. What may not be tried at all does not pass.
    fn passes(&self, body: &str) -> bool {
        let function = format!("{} {{ }}", self.hole.signature);
        if admissible(&function, body).is_err() {
            return false;
        }
        let (text, _) = rustc::file(self.hole, body);
        let checks: String = self.task.checks().map(|check| format!("assert!({check});\n")).collect();
        let source = self.directory.join("main.rs");
        let binary = self.directory.join("main");
        std::fs::write(&source, format!("{text}\nfn main() {{\n{checks}}}\n")).expect("a source file");
        let built = Command::new("rustc")
            .args(["--edition=2024", "--cap-lints=allow", "-o"])
            .args([&binary, &source])
            .stderr(Stdio::null())
            .status();
        built.is_ok_and(|status| status.success()) && runs(&binary)
    }
}

fn runs(binary: &Path) -> bool {
    let Ok(mut child) = Command::new(binary).env_clear().stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    else {
        return false;
    };
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < Duration::from_secs(2) => {
                std::thread::sleep(Duration::from_millis(5))
            }
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.drafts += other.drafts;
        self.parsed += other.parsed;
        self.compiled += other.compiled;
        self.passed += other.passed;
        self.compiled_repaired += other.compiled_repaired;
        self.passed_repaired += other.passed_repaired;
        self.tokens += other.tokens;
        self.seconds += other.seconds;
        self.solved += other.solved;
        self.solved_repaired += other.solved_repaired;
        self.functions += other.functions;
    }
}

fn line(model: &str, form: &str, function: &str, count: &Count) -> String {
    serde_json::json!({
        "reason": "prompt-form", "model": model, "form": form, "function": function, "drafts": count.drafts,
        "parsed": count.parsed, "compiled": count.compiled, "passed": count.passed,
        "compiled_repaired": count.compiled_repaired, "passed_repaired": count.passed_repaired,
        "tokens": count.tokens, "seconds": (count.seconds * 10.0).round() / 10.0,
    })
    .to_string()
}

fn row(model: &str, form: &str, total: &Count) -> String {
    let functions = total.functions;
    format!(
        "| {model} | {form} | {} | {} | {} | {} | {} | {} | {} of {functions} | {} of {functions} | {:.1} |",
        total.drafts,
        total.parsed,
        total.compiled,
        total.passed,
        total.compiled_repaired,
        total.passed_repaired,
        total.solved,
        total.solved_repaired,
        total.tokens as f64 / total.seconds.max(0.001),
    )
}

//! `cargo gryph model bench`.

use std::io::Write;
use std::time::Duration;

use serde_json::json;

use super::provision::{Provisioning, manifest};
use super::{Bench, Context, unwritable};
use crate::cli::console::{MessageFormat, table};
use crate::cli::exit_code::ExitCode;
use crate::cli::failure::Failure;
use crate::model::text::{CompletionBatch, CompletionRequest, Prompt, TextModel};

/// The question; about as long as the tool's own prompts.
const QUESTION: &str = "Write a Rust function `pub fn slugify(title: &str) -> String` that lower-cases the title, keeps \
    letters and digits and joins the words with single hyphens. A hyphen never stands at the start or the end, and an \
    empty title gives an empty text. These hold:\n\
    slugify(\"Hello, World!\") == \"hello-world\"\nslugify(\"  a  b  \") == \"a-b\"\nslugify(\"\") == \"\"\n\
    Answer with the function and nothing else, then explain each line of it.";

/// Prints, for each batch size, tokens a second of the prompt and of the answers, and the memory needed so far.
pub(super) fn bench(
    arguments: &Bench,
    context: &Context<'_>,
    output: &mut dyn Write,
) -> Result<ExitCode, Failure> {
    let mut model = Provisioning::new(context).open(&manifest(&arguments.id)?, arguments.threads)?;
    let mut rows = Vec::new();
    for batch in &arguments.batch {
        let row = measure(&mut model, arguments, *batch, context.cancelled)?;
        if (context.cancelled)() {
            return Ok(ExitCode::Interrupted);
        }
        rows.push(row);
    }
    let device = &model.identity().device;
    let text = if context.format == MessageFormat::Json {
        rows.iter().map(|row| row.json(&arguments.id, device)).collect()
    } else {
        human(device, &rows)
    };
    output.write_all(text.as_bytes()).map_err(unwritable)?;
    Ok(ExitCode::Done)
}

struct Row {
    batch: usize,
    prompt_tokens: usize,
    prompt_rate: f64,
    tokens: usize,
    rate: f64,
    memory: Option<u64>,
}

fn measure(
    model: &mut dyn TextModel,
    arguments: &Bench,
    batch: usize,
    cancelled: &dyn Fn() -> bool,
) -> Result<Row, Failure> {
    let request = CompletionRequest {
        prompt: Prompt::Chat { system: String::new(), user: QUESTION.to_owned(), prefill: String::new() },
        seeds: (0_u64..).take(batch).collect(),
        max_tokens: arguments.tokens,
        temperature: 0.8,
        top_p: 0.95,
        repetition_penalty: 1.0,
    };
    let answered: CompletionBatch = model
        .complete(&request, &mut |_, _| None, cancelled)
        .map_err(|error| Failure::new(ExitCode::CouldNotFindOut, error))?;
    Ok(Row {
        batch,
        prompt_tokens: answered.prompt_tokens,
        prompt_rate: rate(answered.prompt_tokens, answered.elapsed.saturating_sub(answered.decode)),
        tokens: answered.tokens(),
        rate: rate(answered.tokens(), answered.decode),
        memory: peak_memory(),
    })
}

fn human(device: &str, rows: &[Row]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                device.to_owned(),
                row.batch.to_string(),
                row.prompt_tokens.to_string(),
                format!("{:.1}", row.prompt_rate),
                row.tokens.to_string(),
                format!("{:.1}", row.rate),
                row.memory.map_or("?".to_owned(), |bytes| (bytes / 1_000_000).to_string()),
            ]
        })
        .collect();
    table(&["device", "batch", "prompt", "prompt/s", "decoded", "decoded/s", "peak MB"], &rows)
}

impl Row {
    fn json(&self, model: &str, device: &str) -> String {
        let object = json!({
            "reason": "model-bench",
            "model": model,
            "device": device,
            "batch": self.batch,
            "prompt_tokens": self.prompt_tokens,
            "prompt_tokens_per_second": self.prompt_rate,
            "decoded_tokens": self.tokens,
            "decoded_tokens_per_second": self.rate,
            "peak_memory_bytes": self.memory,
        });
        format!("{object}\n")
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens are far below 2^52")]
fn rate(tokens: usize, time: Duration) -> f64 {
    tokens as f64 / time.as_secs_f64().max(1e-9)
}

/// The most memory this process has had, where the system tells (Linux).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

//! Speed of decoding: imports a model, then measures prefill and decoding for several batch sizes.
//!
//! `ORT_DYLIB_PATH` names the runtime, `GRYPH_TEST_MODELS` a directory of GGUF files; arguments are
//! `MODEL.gguf OUT_DIR TOKENS BATCH…`. `OUT_DIR` is imported into when it holds no model. With `GPU=1` it is imported
//! for both, decodes on CUDA or says why not, and the logits after the prompt are held against the CPU's. Without the
//! variables nothing is measured.

use gryph_onnx::{
    decoder::{Decoder, DecoderOptions, Device, Request},
    import::{self, Precision},
    runtime,
    sampler::Sampling,
};
use std::{env, error::Error, fs, ops::ControlFlow, path::Path, time::Instant};

const PROMPT: &str = "<|im_start|>system\nYou are a helpful coding assistant.<|im_end|>\n<|im_start|>user\nWrite a \
    Rust function that returns the n-th Fibonacci number, with a doc comment and tests.<|im_end|>\n\
    <|im_start|>assistant\n";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (Ok(library), Ok(models)) = (env::var("ORT_DYLIB_PATH"), env::var("GRYPH_TEST_MODELS")) else {
        println!("skipped: ORT_DYLIB_PATH and GRYPH_TEST_MODELS are not set");
        return Ok(());
    };
    let [gguf, out, tokens, batches @ ..] = arguments.as_slice() else {
        println!("skipped: no model named");
        return Ok(());
    };
    let out = Path::new(out);
    let gpu = env::var_os("GPU").is_some();
    if !out.join("model.json").exists() {
        import(&Path::new(&models).join(gguf), out, if gpu { Precision::Gpu } else { Precision::Cpu })?;
    }
    let runtime = runtime::init(Path::new(&library))?;
    let threads = env::var("THREADS").ok().and_then(|threads| threads.parse().ok()).unwrap_or(2);
    let open = |device| Decoder::open(&runtime, out, DecoderOptions { device, threads, context: 0 });
    let start = Instant::now();
    let mut decoder = open(if gpu { Device::Cuda } else { Device::Cpu })?;
    println!("runtime {} opened in {:.2?}, {}", runtime.version(), start.elapsed(), memory());
    if gpu {
        println!(
            "on {:?}{}",
            decoder.device(),
            decoder.refusal().map(|why| format!(": {why}")).unwrap_or_default()
        );
        println!("cosine to the CPU's logits {:.6}", parity(&mut decoder, &mut open(Device::Cpu)?)?);
    }
    for batch in batches {
        measure(&mut decoder, batch.parse()?, tokens.parse()?)?;
    }
    Ok(())
}

/// How alike two decoders see the end of the prompt.
fn parity(one: &mut Decoder, other: &mut Decoder) -> Result<f64, Box<dyn Error>> {
    let tokens = one.tokenizer().encode(PROMPT)?;
    let (one, other) = (one.last_logits(&tokens)?, other.last_logits(&tokens)?);
    let dot = |left: &[f32], right: &[f32]| -> f64 {
        left.iter().zip(right).map(|(left, right)| f64::from(*left) * f64::from(*right)).sum()
    };
    Ok(dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt())
}

fn import(gguf: &Path, out: &Path, precision: Precision) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    let start = Instant::now();
    let imported = import::import(gguf, out, precision, &mut |_| ControlFlow::Continue(()))?;
    println!("imported {} MB in {:.2?}, {}", imported.bytes / 1_000_000, start.elapsed(), memory());
    Ok(())
}

fn measure(decoder: &mut Decoder, batch: u64, max_tokens: usize) -> Result<(), Box<dyn Error>> {
    let sampling = if batch == 1 {
        Sampling::default()
    } else {
        Sampling { temperature: 0.8, top_p: 0.95, repetition_penalty: 1.0 }
    };
    let request = Request { prompt: PROMPT.to_owned(), samples: (0..batch).collect(), max_tokens, sampling };
    let processor = processor_seconds();
    let made = decoder.generate(&request, &mut |_, _| None, &|| false)?;
    let processor = processor_seconds() - processor;
    let rate = made.decoded_tokens as f64 / made.decode.as_secs_f64();
    println!(
        "batch {batch}: prompt {} tokens {:.2?}, decoded {} in {:.2?} = {rate:.1} tokens/s, {:.1} tokens/CPU-s, {}",
        made.prompt_tokens,
        made.prefill,
        made.decoded_tokens,
        made.decode,
        made.decoded_tokens as f64 / processor,
        memory()
    );
    for completion in made.completions.iter().take(env::var("SHOW").is_ok().into()) {
        println!("{:?} {:.3}\n{}", completion.finish, completion.mean_log_probability, completion.text);
    }
    Ok(())
}

/// User and system time of this process.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    fields.get(11..13).map_or(0.0, |times| (times[0] + times[1]) / 100.0)
}

fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        status.lines().find(|line| line.starts_with(name)).unwrap_or_default().replace('\t', " ")
    };
    format!("{}, {}", line("VmRSS"), line("VmHWM"))
}

//! Texts embedded in a second: one copy of the model on one thread, one on two, and two copies.
//!
//! `ORT_DYLIB_PATH` names the runtime, `GRYPH_TEST_MODELS` a directory that holds `minilm-l6-v2-int8`. Without the
//! variables nothing is measured.

#![allow(clippy::unwrap_used, reason = "a measurement that cannot unwrap has failed")]

use gryph_onnx::{
    embedding::{Embedder, Embedders},
    runtime,
};
use rustix::time::{ClockId, clock_gettime};
use std::{
    env,
    path::PathBuf,
    time::{Duration, Instant},
};

/// A signature and a sentence, about 70 tokens, as the texts of most items are.
const TEXT: &str = "pub fn read_until(&mut self, delimiter: u8, buffer: &mut Vec<u8>) -> Result<usize, Error> \
    Reads all bytes into the buffer until the delimiter or the end of the stream is reached, and says how many there \
    were; the delimiter belongs to them.";

fn main() {
    let (Some(library), Some(models)) = (env::var_os("ORT_DYLIB_PATH"), env::var_os("GRYPH_TEST_MODELS"))
    else {
        return println!("skipped: ORT_DYLIB_PATH and GRYPH_TEST_MODELS are not set");
    };
    let runtime = runtime::init(&PathBuf::from(library)).unwrap();
    let directory = PathBuf::from(models).join("minilm-l6-v2-int8");
    let (model, tokenizer) = (directory.join("model.onnx"), directory.join("tokenizer.json"));
    let texts: Vec<String> = (0..600).map(|number| format!("{TEXT} {number}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    println!("{:24} {:>10} {:>16}", "", "texts/s", "texts/CPU second");
    for threads in [1, 2] {
        let mut embedder = Embedder::open(&runtime, &model, &tokenizer, threads).unwrap();
        row(&format!("1 copy, threads: {threads}"), &texts, |texts| drop(embedder.embed(texts).unwrap()));
    }
    let mut embedders = Embedders::open(&runtime, &model, &tokenizer, 2).unwrap();
    row("2 copies", &texts, |texts| drop(embedders.embed(texts).unwrap()));
}

fn row(name: &str, texts: &[&str], mut embed: impl FnMut(&[&str])) {
    embed(&texts[..20]);
    let (wall, before) = (Instant::now(), cpu());
    embed(texts);
    let rate = |time: Duration| texts.len() as f64 / time.as_secs_f64();
    println!("{name:24} {:>10.0} {:>16.0}", rate(wall.elapsed()), rate(cpu() - before));
}

fn cpu() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap()
}

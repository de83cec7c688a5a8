//! The imported models answer as a plain `f32` forward pass over their dequantised weights does.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod support;

use gryph_onnx::{
    decoder::{Decoder, DecoderOptions, Device},
    gguf::Gguf,
    import::Precision,
    tokenizer::Tokenizer,
};
use support::{cosine, imported, reference, setting, top};

const PROMPTS: [&str; 20] = [
    "fn main() {\n    println!(\"Hello",
    "<|im_start|>user\nWrite a Rust function that adds two numbers.<|im_end|>\n<|im_start|>assistant\n",
    "<|fim_prefix|>fn double(x: i32) -> i32 {\n    <|fim_suffix|>\n}\n<|fim_middle|>",
    "The capital of France is",
    "use std::collections::HashMap;\n\nfn count(words: &[&str]) -> HashMap<String, usize> {\n    let mut",
    "def fibonacci(n):\n    if n < 2:\n        return n\n    return",
    "impl Iterator for Counter {\n    type Item = u32;\n\n    fn next(&mut self) ->",
    "// Returns the greatest common divisor.\nfn gcd(a: u64, b: u64) -> u64 {\n    if b == 0 {",
    "error[E0382]: borrow of moved value: `text`\n --> src/lib.rs:7:20\n  |\n",
    "Once upon a time, in a small village by the sea, there lived",
    "SELECT name, COUNT(*) FROM users GROUP BY",
    "#[derive(Debug, Clone, PartialEq, Eq, Hash)]\npub struct Point {\n    pub x:",
    "let numbers = vec![1, 2, 3];\nlet sum: i32 = numbers.iter().",
    "{\"name\": \"gryph\", \"version\": \"0.1.0\", \"dependencies\":",
    "#include <stdio.h>\n\nint main(void) {\n    for (int i = 0; i < 10;",
    "Der schnelle braune Fuchs springt über den",
    "1, 1, 2, 3, 5, 8, 13, 21,",
    "pub trait Shape {\n    /// The area in square metres.\n    fn area(&self) -> f64;\n}\n\nimpl Shape for Circle {\n",
    "match value {\n    Some(number) if number > 0 =>",
    "#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn adds() {\n        assert_eq!(add(2, 2),",
];

fn check(model: &str, least: f64, most_wrong: usize) {
    let Some((runtime, models)) = setting() else {
        return;
    };
    let dir = imported(&models, model, Precision::Cpu);
    let tokenizer = Tokenizer::open(dir.path()).unwrap();
    let prompts: Vec<Vec<u32>> = PROMPTS.iter().map(|prompt| tokenizer.encode(prompt).unwrap()).collect();
    let options = DecoderOptions { device: Device::Cpu, threads: 2, context: 0 };
    let mut decoder = Decoder::open(&runtime, dir.path(), options).unwrap();
    let expected = reference::last_logits(&Gguf::open(&models.join(model)).unwrap(), &prompts);
    let mut worst = 1.0_f64;
    let mut wrong = 0;
    for ((prompt, text), expected) in prompts.iter().zip(PROMPTS).zip(&expected) {
        let logits = decoder.last_logits(prompt).unwrap();
        let cosine = cosine(&logits, expected);
        let same = top(&logits) == top(expected);
        println!("{cosine:.6} {same} {text:?}");
        worst = worst.min(cosine);
        wrong += usize::from(!same);
    }
    println!("{model}: worst cosine {worst:.6}, {wrong} of {} with another first token", PROMPTS.len());
    assert!(worst >= least && wrong <= most_wrong, "{model}: cosine {worst}, {wrong} wrong");
}

#[test]
fn small_qwen_answers_as_the_reference() {
    check("qwen2.5-coder-0.5b.gguf", 0.9999, 0);
}

#[test]
fn small_llama_answers_as_the_reference() {
    check("smollm2-135m.gguf", 0.997, 1);
}

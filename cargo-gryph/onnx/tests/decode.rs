//! Decoding with tiny synthetic models: every tensor type, every way to end.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod support;

use gryph_onnx::{
    decoder::{DecodeError, Decoder, DecoderOptions, Device, Finish, Request},
    gguf::Gguf,
    import::{self, Precision},
    sampler::Sampling,
    tokenizer::Tokenizer,
};
use std::{cell::Cell, fs, ops::ControlFlow};
use support::{cosine, reference, setting, tiny, top};

struct Tiny {
    dir: tempfile::TempDir,
    gguf: Gguf,
}

fn tiny_model(recipe: &tiny::Recipe, precision: Precision) -> Tiny {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tiny.gguf");
    fs::write(&path, tiny::model(recipe)).unwrap();
    import::import(&path, dir.path(), precision, &mut |_| ControlFlow::Continue(())).unwrap();
    Tiny { gguf: Gguf::open(&path).unwrap(), dir }
}

fn open(tiny: &Tiny, device: Device) -> Option<Decoder> {
    let (runtime, _) = setting()?;
    let options = DecoderOptions { device, threads: 1, context: 100 };
    Some(Decoder::open(&runtime, tiny.dir.path(), options).unwrap())
}

fn request(samples: Vec<u64>, max_tokens: usize) -> Request {
    let sampling = Sampling { temperature: 1.5, top_p: 0.98, repetition_penalty: 1.1 };
    Request { prompt: "fn ab(x)".to_owned(), samples, max_tokens, sampling }
}

#[test]
fn tokens_are_merged_and_special_ones_recognised() {
    let tiny = tiny_model(&tiny::QWEN, Precision::Cpu);
    let tokenizer = Tokenizer::open(tiny.dir.path()).unwrap();
    let ids = tokenizer.encode("<|im_start|>fn ab  é<|im_end|>").unwrap();
    assert_eq!(ids.first().copied(), tokenizer.token_id("<|im_start|>"));
    assert_eq!(ids.last().copied(), tokenizer.token_id("<|im_end|>"));
    assert!(ids.contains(&tokenizer.token_id("ab").unwrap()));
    assert_eq!(tokenizer.decode(&ids), "<|im_start|>fn ab  é<|im_end|>");
    let mut stream = tokenizer.stream();
    let texts: Vec<String> = ids.iter().map(|id| stream.push(&tokenizer, *id).to_owned()).collect();
    assert!(texts.iter().all(|text| !text.contains('\u{fffd}')), "{texts:?}");
    assert_eq!(stream.into_text(), "<|im_start|>fn ab  é<|im_end|>");
}

#[test]
fn interrupted_import_leaves_no_model() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tiny.gguf");
    fs::write(&path, tiny::model(&tiny::QWEN)).unwrap();
    let result = import::import(&path, dir.path(), Precision::Cpu, &mut |_| ControlFlow::Break(()));
    assert!(matches!(result, Err(import::ImportError::Interrupted)));
    assert!(!dir.path().join("model.json").exists());
}

#[test]
fn every_tensor_type_answers_as_the_reference() {
    for recipe in [tiny::QWEN, tiny::LLAMA, tiny::Recipe { table: tiny::Q4_K, head: None, ..tiny::QWEN }] {
        let tiny = tiny_model(&recipe, Precision::Cpu);
        let Some(mut decoder) = open(&tiny, Device::Cpu) else {
            return;
        };
        let tokens = decoder.tokenizer().encode("fn ab(x: u8) -> u8 { x + 1 }").unwrap();
        let logits = decoder.last_logits(&tokens).unwrap();
        let expected = &reference::last_logits(&tiny.gguf, &[tokens])[0];
        let cosine = cosine(&logits, expected);
        assert!(cosine > 0.999 && top(&logits) == top(expected), "{cosine} {recipe:?}");
    }
}

#[test]
fn same_seed_gives_same_text_in_order() {
    let tiny = tiny_model(&tiny::QWEN, Precision::Cpu);
    let Some(mut decoder) = open(&tiny, Device::Cpu) else {
        return;
    };
    let mut run =
        |samples: Vec<u64>| decoder.generate(&request(samples, 30), &mut |_, _| None, &|| false).unwrap();
    let first = run(vec![3, 4, 3, 5]);
    assert_eq!(first.completions, run(vec![3, 4, 3, 5]).completions);
    assert_eq!(first.completions[0], first.completions[2]);
    assert_ne!(first.completions[0].text, first.completions[1].text);
    assert_eq!(first.completions.iter().map(|completion| completion.seed).collect::<Vec<_>>(), [3, 4, 3, 5]);
    assert_eq!(
        first.decoded_tokens,
        first.completions.iter().map(|completion| completion.tokens).sum::<usize>()
    );
}

#[test]
fn samples_that_stop_leave_the_others_alone() {
    let tiny = tiny_model(&tiny::LLAMA, Precision::Cpu);
    let Some(mut decoder) = open(&tiny, Device::Cpu) else {
        return;
    };
    let request = request(vec![1, 2, 3], 20);
    let whole = decoder.generate(&request, &mut |_, _| None, &|| false).unwrap();
    let mut stop = |sample: usize, text: &str| (sample == 1 && !text.is_empty()).then_some(0);
    let cut = decoder.generate(&request, &mut stop, &|| false).unwrap();
    assert_eq!((cut.completions[1].finish, cut.completions[1].text.as_str()), (Finish::StopRule, ""));
    for sample in [0, 2] {
        assert_eq!(cut.completions[sample].text, whole.completions[sample].text, "{sample}");
    }
}

#[test]
fn cancellation_returns_what_there_is() {
    let tiny = tiny_model(&tiny::QWEN, Precision::Cpu);
    let Some(mut decoder) = open(&tiny, Device::Cpu) else {
        return;
    };
    let asked = Cell::new(0);
    let cancelled = || {
        asked.set(asked.get() + 1);
        asked.get() > 4
    };
    let made = decoder.generate(&request(vec![1, 2], 30), &mut |_, _| None, &cancelled).unwrap();
    assert!(
        made.completions
            .iter()
            .all(|completion| completion.finish == Finish::Cancelled && completion.tokens == 3)
    );
}

#[test]
fn long_prompts_are_refused_with_both_numbers() {
    let tiny = tiny_model(&tiny::QWEN, Precision::Cpu);
    let Some(mut decoder) = open(&tiny, Device::Cpu) else {
        return;
    };
    let request = Request { prompt: "x".repeat(150), ..request(vec![1], 10) };
    let error = decoder.generate(&request, &mut |_, _| None, &|| false).unwrap_err();
    assert!(matches!(error, DecodeError::PromptTooLong { prompt: 150, context: 100 }), "{error}");
}

#[test]
fn without_a_gpu_the_cpu_is_used_and_says_why() {
    let tiny = tiny_model(&tiny::QWEN, Precision::Gpu);
    assert!(tiny.dir.path().join(import::GPU_GRAPH).exists());
    let Some(mut decoder) = open(&tiny, Device::Cuda) else {
        return;
    };
    if decoder.device() == Device::Cpu {
        assert!(decoder.refusal().is_some_and(|reason| reason.contains("CUDA")));
    }
    decoder.generate(&request(vec![1], 3), &mut |_, _| None, &|| false).unwrap();
}

/// The vocabulary is read by hand to save memory; this compares it with the `tokenizers` crate's own reader.
#[test]
fn a_megabyte_is_tokenised_as_by_the_general_reader() {
    let Some((_, models)) = setting() else { return };
    let odd = "Der Fuchs — 日本語 1234567890 ٣٤٥ 🎉🧪 e\u{301} é \u{200b}\n\n\t  x  \r\n<|im_start|>user<|im_end|> don't ﬁ ²½\n";
    let source =
        [include_str!("decode.rs"), include_str!("support/tiny.rs"), include_str!("gguf.rs"), odd].concat();
    let corpus = source.repeat(1_000_000 / source.len() + 1);
    for model in ["qwen2.5-coder-0.5b.gguf", "smollm2-135m.gguf"] {
        let dir = support::imported(&models, model, Precision::Cpu);
        let general = tokenizers::Tokenizer::from_file(dir.path().join(import::TOKENIZER)).unwrap();
        let tokenizer = Tokenizer::open(dir.path()).unwrap();
        let ids = tokenizer.encode(&corpus).unwrap();
        assert_eq!(ids, general.encode(corpus.as_str(), false).unwrap().get_ids(), "{model}");
        assert!(tokenizer.decode(&ids).contains("日本語 1234567890"));
    }
}

//! Rebuilds `tokenizer.json` from the vocabulary and merges of a GGUF.
//!
//! Source of the pre-tokenizers: the `tokenizer.json` files of the models' own publishers, named by
//! `tokenizer.ggml.pre`.

use super::ImportError;
use crate::gguf::{Gguf, Value};
use serde_json::{Value as Json, json};
use std::{
    collections::HashSet,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// Token types of `tokenizer.ggml.token_type` that are matched as a whole, wherever they stand.
const CONTROL: i64 = 3;
const USER_DEFINED: i64 = 4;
/// Control tokens that end a text, whatever the model calls its end of sequence.
const ENDS: [&str; 8] = [
    "<|endoftext|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|fim_pad|>",
    "<|file_sep|>",
    "<|repo_name|>",
    "</s>",
];

const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// How text is cut before merges apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Qwen2,
    Llama3,
    SmolLm,
    Gpt2,
}

impl Cut {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "qwen2" => Some(Self::Qwen2),
            "llama-bpe" | "llama3" => Some(Self::Llama3),
            "smollm" => Some(Self::SmolLm),
            "gpt-2" | "gpt2" => Some(Self::Gpt2),
            _ => None,
        }
    }

    fn json(self) -> Json {
        let bytes = |regex: bool| json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": regex});
        let split = |regex: &str| json!({"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false});
        let sequence =
            |first: Json, regex| json!({"type": "Sequence", "pretokenizers": [first, bytes(regex)]});
        match self {
            Self::Qwen2 => sequence(split(QWEN2), false),
            Self::Llama3 => sequence(split(LLAMA3), false),
            Self::SmolLm => sequence(json!({"type": "Digits", "individual_digits": true}), true),
            Self::Gpt2 => bytes(true),
        }
    }
}

/// A byte-level BPE vocabulary.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Ids that end a text.
    pub(super) end_tokens: Vec<u32>,
    /// The token that starts every text, where the model wants one.
    pub(super) begin_token: Option<u32>,
    tokens: Vec<String>,
    kinds: Vec<i64>,
    merges: Vec<(String, String)>,
    cut: Cut,
}

/// Reads and checks the vocabulary; `size` is the height of the embedding table.
pub(super) fn read(file: &Gguf, size: usize) -> Result<Vocabulary, String> {
    let text = |key| file.value(key).and_then(Value::as_text);
    let model = text("tokenizer.ggml.model").ok_or("it has no tokenizer")?;
    if model != "gpt2" {
        return Err(format!("tokenizer `{model}` is not supported, only byte-level BPE (`gpt2`)"));
    }
    let pre = text("tokenizer.ggml.pre").unwrap_or("gpt-2");
    let cut = Cut::from_name(pre).ok_or_else(|| format!("pre-tokenizer `{pre}` is not supported"))?;
    let texts =
        |key: &str| file.value(key).and_then(Value::as_texts).ok_or_else(|| format!("it has no `{key}`"));
    let tokens = texts("tokenizer.ggml.tokens")?.to_vec();
    if tokens.len() > size {
        return Err(format!("it has {} tokens but embeds only {size}", tokens.len()));
    }
    if tokens.iter().collect::<HashSet<_>>().len() != tokens.len() {
        return Err("two of its tokens are the same".to_owned());
    }
    let kinds =
        file.value("tokenizer.ggml.token_type").and_then(Value::as_integers).unwrap_or_default().to_vec();
    let merges = read_merges(texts("tokenizer.ggml.merges")?, &tokens)?;
    let end_tokens = end_tokens(file, &tokens, &kinds)?;
    let begin_token = begin_token(file, &tokens)?;
    Ok(Vocabulary { end_tokens, begin_token, tokens, kinds, merges, cut })
}

fn read_merges(merges: &[String], tokens: &[String]) -> Result<Vec<(String, String)>, String> {
    let known: HashSet<&str> = tokens.iter().map(String::as_str).collect();
    merges
        .iter()
        .map(|merge| {
            let (left, right) = merge.split_once(' ').ok_or_else(|| format!("merge `{merge}` is no pair"))?;
            for part in [left, right, &format!("{left}{right}")] {
                if !known.contains(part) {
                    return Err(format!("merge `{merge}` needs the token `{part}`, which it does not have"));
                }
            }
            Ok((left.to_owned(), right.to_owned()))
        })
        .collect()
}

fn token_under(file: &Gguf, key: &str, tokens: &[String]) -> Result<Option<u32>, String> {
    let Some(id) = file.value(key).and_then(Value::as_u64) else {
        return Ok(None);
    };
    if id < tokens.len() as u64 {
        return Ok(Some(id as u32));
    }
    Err(format!("`{key}` is {id}, beyond its {} tokens", tokens.len()))
}

fn end_tokens(file: &Gguf, tokens: &[String], kinds: &[i64]) -> Result<Vec<u32>, String> {
    let mut ends = Vec::new();
    for key in ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"] {
        ends.extend(token_under(file, key, tokens)?);
    }
    let is_end = |id: &usize| kinds.get(*id) == Some(&CONTROL) && ENDS.contains(&tokens[*id].as_str());
    ends.extend((0..tokens.len()).filter(is_end).map(|id| id as u32));
    ends.sort_unstable();
    ends.dedup();
    Ok(ends)
}

fn begin_token(file: &Gguf, tokens: &[String]) -> Result<Option<u32>, String> {
    let wanted = file.value("tokenizer.ggml.add_bos_token").and_then(Value::as_bool).unwrap_or(false);
    if wanted { token_under(file, "tokenizer.ggml.bos_token_id", tokens) } else { Ok(None) }
}

/// Writes `tokenizer.json`.
pub(super) fn write(vocabulary: &Vocabulary, path: &Path) -> Result<(), ImportError> {
    let fail = |source| ImportError::Write { path: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(fail)?);
    serde_json::to_writer(&mut file, &describe(vocabulary)).map_err(|error| fail(error.into()))?;
    file.flush().map_err(fail)
}

fn describe(vocabulary: &Vocabulary) -> Json {
    let tokens = &vocabulary.tokens;
    let added: Vec<Json> = tokens
        .iter()
        .enumerate()
        .filter_map(|(id, token)| {
            let kind =
                vocabulary.kinds.get(id).copied().filter(|kind| [CONTROL, USER_DEFINED].contains(kind))?;
            Some(json!({
                "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": kind == CONTROL,
            }))
        })
        .collect();
    let ids: serde_json::Map<String, Json> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), Json::from(id))).collect();
    let normalizer = if vocabulary.cut == Cut::Qwen2 { json!({"type": "NFC"}) } else { Json::Null };
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": vocabulary.cut.json(),
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": vocabulary.cut == Cut::Llama3, "vocab": ids, "merges": vocabulary.merges,
        },
    })
}

//! Text to token ids and back, for byte-level BPE vocabularies.

use serde::Deserialize;
use std::{
    collections::HashMap,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};
use tokenizers::{
    AddedToken, DecoderWrapper, NormalizerWrapper, PreTokenizerWrapper,
    models::bpe::{BPE, Vocab as Vocabulary},
};

/// Why text cannot be turned into tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file is missing or is no tokenizer.
    #[error("cannot read the tokenizer `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: tokenizers::Error,
    },
    /// The text cannot be encoded.
    #[error("cannot encode a text of {bytes} bytes")]
    Encode {
        /// Its length.
        bytes: usize,
        /// The cause.
        source: tokenizers::Error,
    },
}

/// A vocabulary with its rules.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    byte_of: HashMap<char, u8>,
}

impl Tokenizer {
    /// Opens `tokenizer.json` in a model directory.
    ///
    /// # Errors
    ///
    /// The file is missing or is no byte-level BPE tokenizer.
    pub fn open(dir: &Path) -> Result<Self, TokenizerError> {
        let path = dir.join(crate::import::TOKENIZER);
        match read(&path) {
            Ok(inner) => Ok(Self { inner, byte_of: byte_alphabet() }),
            Err(source) => Err(TokenizerError::Open { path, source }),
        }
    }

    /// The ids of `text`. Special tokens spelled out in it, such as `<|im_start|>`, become their own ids.
    ///
    /// # Errors
    ///
    /// The tokenizer's own rules fail on the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.inner.encode_fast(text, false);
        encoding
            .map(|encoding| encoding.get_ids().to_vec())
            .map_err(|source| TokenizerError::Encode { bytes: text.len(), source })
    }

    /// The text of `ids`, special tokens included; bytes that form no UTF-8 become U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| self.bytes(*id)).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The id of a token spelled exactly so.
    pub fn token_id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// Starts an incremental decoding.
    pub fn stream(&self) -> TextStream {
        TextStream::default()
    }

    /// The bytes one token stands for: its characters through the byte alphabet, or itself if it is no such token.
    fn bytes(&self, id: u32) -> Vec<u8> {
        let Some(token) = self.inner.id_to_token(id) else {
            return Vec::new();
        };
        let mapped: Option<Vec<u8>> =
            token.chars().map(|character| self.byte_of.get(&character).copied()).collect();
        mapped.unwrap_or_else(|| token.into_bytes())
    }
}

/// The parts of `tokenizer.json` that byte-level BPE needs.
///
/// Read by hand because the general reader first buffers the whole vocabulary: for 150,000 tokens that is 90 MB
/// instead of 47, and it takes twice as long.
#[derive(Deserialize)]
struct Description {
    added_tokens: Vec<Added>,
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    decoder: Option<DecoderWrapper>,
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    content: String,
    special: bool,
}

#[derive(Deserialize)]
struct Model {
    ignore_merges: bool,
    vocab: HashMap<String, u32>,
    merges: Vec<(String, String)>,
}

fn read(path: &Path) -> Result<tokenizers::Tokenizer, tokenizers::Error> {
    let description: Description = serde_json::from_reader(BufReader::new(File::open(path)?))?;
    let Model { ignore_merges, vocab, merges } = description.model;
    let vocab: Vocabulary = vocab.into_iter().collect();
    let model = BPE::builder().vocab_and_merges(vocab, merges).ignore_merges(ignore_merges).build()?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    tokenizer.with_normalizer(description.normalizer)?;
    tokenizer.with_pre_tokenizer(description.pre_tokenizer);
    tokenizer.with_decoder(description.decoder);
    let added = description.added_tokens.into_iter();
    tokenizer
        .add_tokens(added.map(|token| AddedToken::from(token.content, token.special).normalized(false)))?;
    Ok(tokenizer)
}

/// Text that grows token by token and is valid UTF-8 at any time.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    text: String,
    pending: Vec<u8>,
}

impl TextStream {
    /// Adds a token and returns the text so far; bytes of an unfinished character are held back.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32) -> &str {
        self.pending.extend(tokenizer.bytes(id));
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(text) => {
                    self.text.push_str(text);
                    self.pending.clear();
                    return &self.text;
                }
                Err(error) => {
                    let valid = error.valid_up_to();
                    self.text.push_str(&String::from_utf8_lossy(&self.pending[..valid]));
                    self.pending.drain(..valid);
                    let Some(broken) = error.error_len() else {
                        return &self.text;
                    };
                    self.text.push(char::REPLACEMENT_CHARACTER);
                    self.pending.drain(..broken);
                }
            }
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Ends the stream; an unfinished character is dropped.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// The inverse of GPT-2's table from bytes to printable characters (`bytes_to_unicode` in its `encoder.py`).
fn byte_alphabet() -> HashMap<char, u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut shifted = 0;
    (0..=u8::MAX)
        .map(|byte| {
            if printable(byte) {
                return (char::from(byte), byte);
            }
            shifted += 1;
            (char::from_u32(0xff + shifted).unwrap_or(char::REPLACEMENT_CHARACTER), byte)
        })
        .collect()
}

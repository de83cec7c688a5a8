//! Small synthetic GGUF files: every tensor type, any damage.

use half::f16;

/// Numbers of tensor types in the file, with elements and bytes of a block and where its scales stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) number: u32,
    pub(crate) elements: usize,
    pub(crate) bytes: usize,
    pub(crate) scales: &'static [usize],
}

const fn kind(number: u32, elements: usize, bytes: usize, scales: &'static [usize]) -> Kind {
    Kind { number, elements, bytes, scales }
}

pub(crate) const F32: Kind = kind(0, 1, 4, &[]);
pub(crate) const F16: Kind = kind(1, 1, 2, &[]);
pub(crate) const Q4_0: Kind = kind(2, 32, 18, &[0]);
pub(crate) const Q4_1: Kind = kind(3, 32, 20, &[0, 2]);
pub(crate) const Q5_0: Kind = kind(6, 32, 22, &[0]);
pub(crate) const Q8_0: Kind = kind(8, 32, 34, &[0]);
pub(crate) const Q4_K: Kind = kind(12, 256, 144, &[0, 2]);
pub(crate) const Q5_K: Kind = kind(13, 256, 176, &[0, 2]);
pub(crate) const Q6_K: Kind = kind(14, 256, 210, &[208]);

const WIDTH: usize = 256;
const KEYS: usize = 128;
const LAYERS: usize = 2;
const SPECIALS: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const MERGES: [&str; 4] = ["f n", "fn Ġ", "a b", "Ġ Ġ"];

/// What a tiny model is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) architecture: &'static str,
    pub(crate) pre: &'static str,
    pub(crate) table: Kind,
    pub(crate) head: Option<Kind>,
    pub(crate) query: Kind,
    pub(crate) key: Kind,
    pub(crate) value: Kind,
    pub(crate) output: Kind,
    pub(crate) gate: Kind,
    pub(crate) up: Kind,
    pub(crate) down: Kind,
}

/// A Qwen of all tensor types.
pub(crate) const QWEN: Recipe = Recipe {
    architecture: "qwen2",
    pre: "qwen2",
    table: Q5_0,
    head: Some(Q8_0),
    query: Q4_K,
    key: Q5_0,
    value: Q6_K,
    output: Q4_1,
    gate: Q5_K,
    up: Q4_0,
    down: F16,
};

/// A Llama with one table for both ends.
pub(crate) const LLAMA: Recipe =
    Recipe { architecture: "llama", pre: "smollm", table: Q8_0, head: None, key: F32, down: Q6_K, ..QWEN };

/// A GGUF under construction.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    metadata: Vec<u8>,
    keys: u64,
    table: Vec<u8>,
    tensors: u64,
    data: Vec<u8>,
    random: u64,
}

impl File {
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.value(key, 8, &string(value));
    }

    pub(crate) fn number(&mut self, key: &str, value: u32) {
        self.value(key, 4, &value.to_le_bytes());
    }

    pub(crate) fn float(&mut self, key: &str, value: f32) {
        self.value(key, 6, &value.to_le_bytes());
    }

    pub(crate) fn texts(&mut self, key: &str, values: &[String]) {
        let items: Vec<u8> = values.iter().flat_map(|value| string(value)).collect();
        self.value(key, 9, &[&8u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes(), &items].concat());
    }

    pub(crate) fn numbers(&mut self, key: &str, values: &[u32]) {
        let items: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.value(key, 9, &[&4u32.to_le_bytes()[..], &(values.len() as u64).to_le_bytes(), &items].concat());
    }

    fn value(&mut self, key: &str, kind: u32, bytes: &[u8]) {
        self.keys += 1;
        self.metadata.extend([&string(key)[..], &kind.to_le_bytes(), bytes].concat());
    }

    /// A tensor of pseudo-random blocks; vectors lie around 1.
    pub(crate) fn tensor(&mut self, name: &str, kind: Kind, shape: &[usize]) {
        self.tensors += 1;
        let shape_bytes: Vec<u8> = shape.iter().flat_map(|size| (*size as u64).to_le_bytes()).collect();
        let offset = self.data.len() as u64;
        let rank = shape.len() as u32;
        self.table.extend(
            [
                &string(name)[..],
                &rank.to_le_bytes(),
                &shape_bytes,
                &kind.number.to_le_bytes(),
                &offset.to_le_bytes(),
            ]
            .concat(),
        );
        let elements: usize = shape.iter().product();
        let centre = if shape.len() == 1 { 1.0 } else { 0.0 };
        for _ in 0..elements / kind.elements {
            let block = self.block(kind, centre);
            self.data.extend(block);
        }
        self.data.resize(self.data.len().next_multiple_of(32), 0);
    }

    fn block(&mut self, kind: Kind, centre: f32) -> Vec<u8> {
        let unit = (self.next() % 2001) as f32 / 1000.0 - 1.0;
        match kind {
            F32 => (centre + unit * 0.1).to_le_bytes().to_vec(),
            F16 => f16::from_f32(centre + unit * 0.1).to_le_bytes().to_vec(),
            _ => {
                let mut block: Vec<u8> = (0..kind.bytes).map(|_| self.next() as u8).collect();
                let largest = match kind {
                    Q8_0 => 0.001,
                    Q6_K => 0.00005,
                    Q4_K | Q5_K => 0.0002,
                    _ => 0.01,
                };
                for (nth, at) in kind.scales.iter().enumerate() {
                    let sign = if nth == 1 && kind == Q4_1 { -7.5 } else { 1.0 };
                    let scale = f16::from_f32(largest * sign * (1.0 + unit * 0.5));
                    block[*at..at + 2].copy_from_slice(&scale.to_le_bytes());
                }
                block
            }
        }
    }

    fn next(&mut self) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(self.tensors.to_le_bytes());
        bytes.extend(self.keys.to_le_bytes());
        bytes.extend([&self.metadata[..], &self.table].concat());
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(&self.data);
        bytes
    }
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

/// The bytes of a tiny model.
pub(crate) fn model(recipe: &Recipe) -> Vec<u8> {
    let mut file = File::default();
    describe(&mut file, recipe);
    let vocabulary = vocabulary();
    tokenizer(&mut file, recipe, &vocabulary);
    file.tensor("token_embd.weight", recipe.table, &[WIDTH, vocabulary.len()]);
    file.tensor("output_norm.weight", F32, &[WIDTH]);
    if let Some(head) = recipe.head {
        file.tensor("output.weight", head, &[WIDTH, vocabulary.len()]);
    }
    for layer in 0..LAYERS {
        let matrices = [
            ("attn_q", recipe.query, WIDTH),
            ("attn_k", recipe.key, KEYS),
            ("attn_v", recipe.value, KEYS),
            ("attn_output", recipe.output, WIDTH),
            ("ffn_gate", recipe.gate, WIDTH),
            ("ffn_up", recipe.up, WIDTH),
            ("ffn_down", recipe.down, WIDTH),
        ];
        for (name, kind, rows) in matrices {
            file.tensor(&format!("blk.{layer}.{name}.weight"), kind, &[WIDTH, rows]);
            if recipe.architecture == "qwen2" && ["attn_q", "attn_k", "attn_v"].contains(&name) {
                file.tensor(&format!("blk.{layer}.{name}.bias"), F32, &[rows]);
            }
        }
        file.tensor(&format!("blk.{layer}.attn_norm.weight"), F32, &[WIDTH]);
        file.tensor(&format!("blk.{layer}.ffn_norm.weight"), F32, &[WIDTH]);
    }
    file.bytes()
}

fn describe(file: &mut File, recipe: &Recipe) {
    file.text("general.architecture", recipe.architecture);
    file.text("general.name", "tiny");
    let sizes = [
        ("block_count", LAYERS),
        ("context_length", 256),
        ("embedding_length", WIDTH),
        ("feed_forward_length", WIDTH),
        ("attention.head_count", 4),
        ("attention.head_count_kv", 2),
    ];
    for (key, size) in sizes {
        file.number(&format!("{}.{key}", recipe.architecture), size as u32);
    }
    file.float(&format!("{}.rope.freq_base", recipe.architecture), 10_000.0);
    file.float(&format!("{}.attention.layer_norm_rms_epsilon", recipe.architecture), 1e-6);
}

fn tokenizer(file: &mut File, recipe: &Recipe, vocabulary: &[String]) {
    let specials = vocabulary.len() - SPECIALS.len();
    let kinds: Vec<u32> = (0..vocabulary.len()).map(|id| if id < specials { 1 } else { 3 }).collect();
    file.text("tokenizer.ggml.model", "gpt2");
    file.text("tokenizer.ggml.pre", recipe.pre);
    file.texts("tokenizer.ggml.tokens", vocabulary);
    file.numbers("tokenizer.ggml.token_type", &kinds);
    file.texts("tokenizer.ggml.merges", &MERGES.map(str::to_owned));
    file.number("tokenizer.ggml.eos_token_id", specials as u32 + 2);
}

/// The 256 bytes in GPT-2's alphabet, what the merges make, and the special tokens.
fn vocabulary() -> Vec<String> {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let plain = (0..=u8::MAX).filter(printable).map(char::from);
    let shifted = (0..).map_while(|nth| char::from_u32(0x100 + nth)).take(68);
    let bytes = plain.chain(shifted).map(String::from);
    let merged = MERGES.iter().map(|merge| merge.replace(' ', ""));
    bytes.chain(merged).chain(SPECIALS.map(str::to_owned)).collect()
}

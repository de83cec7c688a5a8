//! What a GGUF says its model is, checked against its tensors.

use crate::gguf::{BlockType, Gguf, TensorInfo, Value, dequantise};

/// Limits beyond which a header is taken as corrupt, generous against the largest published models.
const MOST_LAYERS: u64 = 512;
const MOST_WIDTH: u64 = 1 << 20;
const MOST_CONTEXT: u64 = 1 << 20;
/// Positions kept in the rotary tables at most: 8 MB for a head width of 128.
const LONGEST_TABLE: usize = 32_768;

/// The architectures that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Qwen 2 and 2.5: biases on q, k and v, rotary halves.
    Qwen2,
    /// Llama and its descendants: no biases, q and k rows permuted for interleaved rotary pairs.
    Llama,
}

impl Kind {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "qwen2" => Some(Self::Qwen2),
            "llama" => Some(Self::Llama),
            _ => None,
        }
    }

    /// The name used in GGUF keys.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Qwen2 => "qwen2",
            Self::Llama => "llama",
        }
    }
}

/// The hyperparameters of a decoder.
#[derive(Debug, Clone)]
pub(super) struct Architecture {
    pub(super) kind: Kind,
    pub(super) layers: usize,
    pub(super) hidden: usize,
    pub(super) inner: usize,
    pub(super) heads: usize,
    pub(super) kv_heads: usize,
    pub(super) head_dim: usize,
    pub(super) vocabulary: usize,
    pub(super) context: usize,
    pub(super) epsilon: f32,
    /// Angle per position of each rotary pair, in radians; `head_dim / 2` of them.
    pub(super) frequencies: Vec<f64>,
}

impl Architecture {
    /// Reads and checks the hyperparameters; the error says what is missing or wrong.
    pub(super) fn read(file: &Gguf) -> Result<Self, String> {
        let name = file.value("general.architecture").and_then(Value::as_text);
        let name = name.ok_or("it has no `general.architecture`")?;
        let kind = Kind::from_name(name)
            .ok_or_else(|| format!("architecture `{name}` is not supported, only qwen2 and llama"))?;
        let keys = Keys { file, prefix: kind.name() };
        let hidden = keys.size("embedding_length", MOST_WIDTH)?;
        let heads = keys.size("attention.head_count", MOST_WIDTH)?;
        let kv_heads = keys.optional_size("attention.head_count_kv", MOST_WIDTH)?.unwrap_or(heads);
        let head_dim = match keys.optional_size("attention.key_length", MOST_WIDTH)? {
            Some(width) => width,
            None if hidden.is_multiple_of(heads) => hidden / heads,
            None => return Err(format!("{heads} heads do not divide the width {hidden}")),
        };
        let architecture = Self {
            kind,
            layers: keys.size("block_count", MOST_LAYERS)?,
            hidden,
            inner: keys.size("feed_forward_length", MOST_WIDTH)?,
            heads,
            kv_heads,
            head_dim,
            vocabulary: file.tensor("token_embd.weight").ok_or("it has no tensor `token_embd.weight`")?.rows,
            context: keys.size("context_length", MOST_CONTEXT)?.min(LONGEST_TABLE),
            epsilon: keys.number("attention.layer_norm_rms_epsilon", None)? as f32,
            frequencies: keys.frequencies(head_dim)?,
        };
        architecture.check_heads()?;
        architecture.check_tensors(file)?;
        Ok(architecture)
    }

    fn check_heads(&self) -> Result<(), String> {
        if !self.heads.is_multiple_of(self.kv_heads) || !self.head_dim.is_multiple_of(2) {
            let Self { heads, kv_heads, head_dim, .. } = self;
            return Err(format!(
                "{heads} heads over {kv_heads} key/value heads of width {head_dim} do not fit"
            ));
        }
        if self.vocabulary > i32::MAX as usize || !self.epsilon.is_finite() {
            return Err("its vocabulary or epsilon is out of range".to_owned());
        }
        Ok(())
    }

    fn check_tensors(&self, file: &Gguf) -> Result<(), String> {
        expect_shape(file, "token_embd.weight", self.hidden, self.vocabulary)?;
        expect_shape(file, "output_norm.weight", self.hidden, 1)?;
        if file.tensor("output.weight").is_some() {
            expect_shape(file, "output.weight", self.hidden, self.vocabulary)?;
        }
        let (queries, keys) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        for layer in 0..self.layers {
            let shapes = [
                ("attn_norm", self.hidden, 1),
                ("attn_q", self.hidden, queries),
                ("attn_k", self.hidden, keys),
                ("attn_v", self.hidden, keys),
                ("attn_output", queries, self.hidden),
                ("ffn_norm", self.hidden, 1),
                ("ffn_gate", self.hidden, self.inner),
                ("ffn_up", self.hidden, self.inner),
                ("ffn_down", self.inner, self.hidden),
            ];
            for (part, columns, rows) in shapes {
                expect_shape(file, &format!("blk.{layer}.{part}.weight"), columns, rows)?;
            }
            for (part, width) in [("attn_q", queries), ("attn_k", keys), ("attn_v", keys)] {
                let name = format!("blk.{layer}.{part}.bias");
                if file.tensor(&name).is_some() {
                    expect_shape(file, &name, width, 1)?;
                }
            }
        }
        self.check_no_others(file)
    }

    /// A tensor that the graph would leave out changes the model: better to say so.
    fn check_no_others(&self, file: &Gguf) -> Result<(), String> {
        let known = [
            "attn_norm",
            "attn_q",
            "attn_k",
            "attn_v",
            "attn_output",
            "ffn_norm",
            "ffn_gate",
            "ffn_up",
            "ffn_down",
        ];
        let top = ["token_embd.weight", "output_norm.weight", "output.weight", "rope_freqs.weight"];
        let is_known = |tensor: &TensorInfo| {
            let Some(rest) = tensor.name.strip_prefix("blk.") else {
                return top.contains(&tensor.name.as_str());
            };
            let mut parts = rest.split('.');
            let layer = parts.next().and_then(|layer| layer.parse::<usize>().ok());
            let part = parts.next().unwrap_or_default();
            let suffix = parts.next().unwrap_or_default();
            let takes_bias = ["attn_q", "attn_k", "attn_v"].contains(&part);
            layer.is_some_and(|layer| layer < self.layers)
                && known.contains(&part)
                && (suffix == "weight" || suffix == "bias" && takes_bias)
        };
        match file.tensors().iter().find(|tensor| !is_known(tensor)) {
            Some(tensor) => {
                Err(format!("tensor `{}` has no place in a {} decoder", tensor.name, self.kind.name()))
            }
            None => Ok(()),
        }
    }
}

fn expect_shape(file: &Gguf, name: &str, columns: usize, rows: usize) -> Result<(), String> {
    let tensor = file.tensor(name).ok_or_else(|| format!("it has no tensor `{name}`"))?;
    if (tensor.columns, tensor.rows) == (columns, rows) {
        return Ok(());
    }
    Err(format!("tensor `{name}` is {}×{}, expected {columns}×{rows}", tensor.columns, tensor.rows))
}

/// Metadata under the architecture's own prefix.
struct Keys<'a> {
    file: &'a Gguf,
    prefix: &'a str,
}

impl Keys<'_> {
    fn value(&self, key: &str) -> Option<&Value> {
        self.file.value(&format!("{}.{key}", self.prefix))
    }

    fn size(&self, key: &str, most: u64) -> Result<usize, String> {
        self.optional_size(key, most)?.ok_or_else(|| format!("it has no `{}.{key}`", self.prefix))
    }

    fn optional_size(&self, key: &str, most: u64) -> Result<Option<usize>, String> {
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(size) if (1..=most).contains(&size) => Ok(Some(size as usize)),
            _ => Err(format!("`{}.{key}` is {value:?}, expected 1 to {most}", self.prefix)),
        }
    }

    fn number(&self, key: &str, default: Option<f64>) -> Result<f64, String> {
        let number = self.value(key).and_then(Value::as_f64).or(default);
        number
            .filter(|number| number.is_finite() && *number > 0.0)
            .ok_or_else(|| format!("`{}.{key}` is missing or no positive number", self.prefix))
    }

    /// Rotary frequencies: `base^(-2i / head_dim)`, divided by the file's own factors where it has some.
    fn frequencies(&self, head_dim: usize) -> Result<Vec<f64>, String> {
        if let Some(rotated) = self.optional_size("rope.dimension_count", MOST_WIDTH)?
            && rotated != head_dim
        {
            return Err(format!("rotary width {rotated} differs from the head width {head_dim}"));
        }
        let scale = self.linear_scaling()?;
        let base = self.number("rope.freq_base", Some(10_000.0))?;
        let mut frequencies: Vec<f64> =
            (0..head_dim / 2).map(|pair| base.powf(-2.0 * pair as f64 / head_dim as f64) / scale).collect();
        if let Some(tensor) = self.file.tensor("rope_freqs.weight") {
            let factors = read_floats(self.file, tensor)?;
            if factors.len() != frequencies.len() {
                return Err(format!("{} rotary factors for {} pairs", factors.len(), frequencies.len()));
            }
            frequencies
                .iter_mut()
                .zip(factors)
                .for_each(|(frequency, factor)| *frequency /= f64::from(factor));
        }
        Ok(frequencies)
    }

    fn linear_scaling(&self) -> Result<f64, String> {
        match self.value("rope.scaling.type").and_then(Value::as_text) {
            None | Some("none") => Ok(1.0),
            Some("linear") => self.number("rope.scaling.factor", None),
            Some(other) => Err(format!("rotary scaling `{other}` is not supported")),
        }
    }
}

fn read_floats(file: &Gguf, tensor: &TensorInfo) -> Result<Vec<f32>, String> {
    if tensor.block_type != BlockType::F32 || tensor.columns > MOST_WIDTH as usize || tensor.rows != 1 {
        return Err(format!("tensor `{}` is no vector of 32-bit floats", tensor.name));
    }
    let mut values = Vec::new();
    let mut rows = file.reader(tensor).map_err(|error| error.to_string())?;
    while let Some(bytes) = rows.next_rows(1 << 16).map_err(|error| error.to_string())? {
        dequantise(tensor.block_type, bytes, &mut values);
    }
    Ok(values)
}

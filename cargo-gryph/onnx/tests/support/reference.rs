//! A decoder as plain `f32` loops over the dequantised GGUF, without cache, graph or quantised arithmetic.

use gryph_onnx::gguf::{Gguf, Value, dequantise};
use std::thread;

/// The logits after the last token of each prompt.
pub(crate) fn last_logits(file: &Gguf, prompts: &[Vec<u32>]) -> Vec<Vec<f32>> {
    let model = Model::new(file);
    let starts: Vec<usize> =
        prompts.iter().scan(0, |next, prompt| Some(std::mem::replace(next, *next + prompt.len()))).collect();
    let tokens: Vec<u32> = prompts.concat();
    let mut stream = model.embed(&tokens);
    for layer in 0..model.layers {
        let normal = model.norm(&stream, &format!("blk.{layer}.attn_norm.weight"));
        let attended = model.attention(layer, &normal, prompts, &starts);
        add(&mut stream, &model.linear(&format!("blk.{layer}.attn_output"), &attended));
        let normal = model.norm(&stream, &format!("blk.{layer}.ffn_norm.weight"));
        let mut gate = model.linear(&format!("blk.{layer}.ffn_gate"), &normal);
        let up = model.linear(&format!("blk.{layer}.ffn_up"), &normal);
        for (gate, up) in gate.iter_mut().flatten().zip(up.iter().flatten()) {
            *gate = *gate / (1.0 + (-*gate).exp()) * up;
        }
        add(&mut stream, &model.linear(&format!("blk.{layer}.ffn_down"), &gate));
    }
    let last: Vec<Vec<f32>> =
        starts.iter().zip(prompts).map(|(start, prompt)| stream[start + prompt.len() - 1].clone()).collect();
    let normal = model.norm(&last, "output_norm.weight");
    let head = if file.tensor("output.weight").is_some() { "output" } else { "token_embd" };
    model.linear(head, &normal)
}

struct Model<'a> {
    file: &'a Gguf,
    layers: usize,
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    epsilon: f32,
    base: f64,
    interleaved: bool,
}

impl<'a> Model<'a> {
    fn new(file: &'a Gguf) -> Self {
        let kind = file.value("general.architecture").and_then(Value::as_text).unwrap();
        let value = |key: &str| file.value(&format!("{kind}.{key}")).unwrap();
        let size = |key: &str| value(key).as_u64().unwrap() as usize;
        let heads = size("attention.head_count");
        Self {
            file,
            layers: size("block_count"),
            heads,
            kv_heads: size("attention.head_count_kv"),
            head_dim: size("embedding_length") / heads,
            epsilon: value("attention.layer_norm_rms_epsilon").as_f64().unwrap() as f32,
            base: value("rope.freq_base").as_f64().unwrap(),
            interleaved: kind == "llama",
        }
    }

    fn values(&self, name: &str) -> Option<Vec<f32>> {
        let tensor = self.file.tensor(name)?;
        let mut values = Vec::new();
        let mut rows = self.file.reader(tensor).unwrap();
        while let Some(bytes) = rows.next_rows(1 << 20).unwrap() {
            dequantise(tensor.block_type, bytes, &mut values);
        }
        Some(values)
    }

    fn embed(&self, tokens: &[u32]) -> Vec<Vec<f32>> {
        let width = self.file.tensor("token_embd.weight").unwrap().columns;
        let table = self.values("token_embd.weight").unwrap();
        tokens.iter().map(|token| table[*token as usize * width..][..width].to_vec()).collect()
    }

    fn norm(&self, rows: &[Vec<f32>], name: &str) -> Vec<Vec<f32>> {
        let gain = self.values(name).unwrap();
        let one = |row: &Vec<f32>| {
            let square = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / row.len() as f64;
            let factor = (square + f64::from(self.epsilon)).sqrt().recip() as f32;
            row.iter().zip(&gain).map(|(value, gain)| value * factor * gain).collect()
        };
        rows.iter().map(one).collect()
    }

    /// Rows times the transposed weight, plus the bias where there is one.
    fn linear(&self, name: &str, rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
        let weight = self.values(&format!("{name}.weight")).unwrap();
        let bias = self.values(&format!("{name}.bias"));
        let width = rows[0].len();
        let count = weight.len() / width;
        let product = |row: &Vec<f32>| -> Vec<f32> {
            let dots = weight.chunks_exact(width).map(|line| dot(row, line));
            match &bias {
                Some(bias) => dots.zip(bias).map(|(dot, bias)| dot + bias).collect(),
                None => dots.collect(),
            }
        };
        let mut results = vec![Vec::new(); rows.len()];
        let share = rows.len().div_ceil(thread::available_parallelism().map_or(1, usize::from));
        thread::scope(|scope| {
            for (rows, results) in rows.chunks(share).zip(results.chunks_mut(share)) {
                scope.spawn(|| rows.iter().zip(results).for_each(|(row, result)| *result = product(row)));
            }
        });
        assert!(results.iter().all(|result| result.len() == count));
        results
    }

    fn attention(
        &self,
        layer: usize,
        input: &[Vec<f32>],
        prompts: &[Vec<u32>],
        starts: &[usize],
    ) -> Vec<Vec<f32>> {
        let mut query = self.linear(&format!("blk.{layer}.attn_q"), input);
        let mut key = self.linear(&format!("blk.{layer}.attn_k"), input);
        let value = self.linear(&format!("blk.{layer}.attn_v"), input);
        let mut result = vec![vec![0.0; self.heads * self.head_dim]; input.len()];
        for (start, prompt) in starts.iter().zip(prompts) {
            for at in 0..prompt.len() {
                self.rotate(&mut query[start + at], at);
                self.rotate(&mut key[start + at], at);
            }
            for at in 0..prompt.len() {
                for head in 0..self.heads {
                    let range = head * self.head_dim..(head + 1) * self.head_dim;
                    let shared = head / (self.heads / self.kv_heads) * self.head_dim;
                    let shared = shared..shared + self.head_dim;
                    let scale = (self.head_dim as f32).sqrt().recip();
                    let query = &query[start + at][range.clone()];
                    let scores: Vec<f32> =
                        (0..=at).map(|past| dot(query, &key[start + past][shared.clone()]) * scale).collect();
                    let best = scores.iter().copied().fold(f32::MIN, f32::max);
                    let weights: Vec<f32> = scores.iter().map(|score| (score - best).exp()).collect();
                    let total: f32 = weights.iter().sum();
                    let target = &mut result[start + at][range];
                    for (past, weight) in weights.iter().enumerate() {
                        let value = &value[start + past][shared.clone()];
                        target.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight / total * value);
                    }
                }
            }
        }
        result
    }

    fn rotate(&self, row: &mut [f32], position: usize) {
        let half = self.head_dim / 2;
        for head in row.chunks_exact_mut(self.head_dim) {
            for pair in 0..half {
                let angle = position as f64 * self.base.powf(-2.0 * pair as f64 / self.head_dim as f64);
                let (sine, cosine) = (angle.sin() as f32, angle.cos() as f32);
                let (a, b) = if self.interleaved { (2 * pair, 2 * pair + 1) } else { (pair, pair + half) };
                (head[a], head[b]) = (head[a] * cosine - head[b] * sine, head[a] * sine + head[b] * cosine);
            }
        }
    }
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 16];
    let ((left, left_rest), (right, right_rest)) = (left.as_chunks::<16>(), right.as_chunks::<16>());
    for (left, right) in left.iter().zip(right) {
        for lane in 0..16 {
            lanes[lane] += left[lane] * right[lane];
        }
    }
    lanes.iter().sum::<f32>() + left_rest.iter().zip(right_rest).map(|(a, b)| a * b).sum::<f32>()
}

fn add(stream: &mut [Vec<f32>], update: &[Vec<f32>]) {
    for (to, from) in stream.iter_mut().flatten().zip(update.iter().flatten()) {
        *to += from;
    }
}

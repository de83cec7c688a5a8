//! The decoder graph: embedding, layers of grouped-query attention and gated feed-forward, output head.
//!
//! Inputs: `input_ids` `[B, S]`, `attention_mask` `[B, T]` (all ones; its width is the total length) and
//! `past_key_values.N.key`/`.value` `[B, kv_heads, P, head_dim]`. Outputs: `logits` `[B, 1, vocabulary]` of the last
//! position, always `f32`, and `present.N.key`/`.value`, which may be the same buffers as the past ones. The names are
//! those of onnxruntime-genai, which can run the same graph. Operators: ONNX Runtime's `GroupQueryAttention`,
//! `MatMulNBits` and `SkipSimplifiedLayerNormalization` (docs/ContribOperators.md of its repository).

use super::{
    architecture::{Architecture, Kind},
    embedding_graph,
    graph::{Attribute, CONTRIB, Dim, Graph},
    plan::{Plan, Rotary},
    weight::{Form, Weight},
};
use crate::protobuf::{ElementType, ModelProto};

/// Activations are quantised to 8 bits per block inside `MatMulNBits`; its other levels have no fast 8-bit kernel.
const ACCURACY_LEVEL: usize = 4;

/// Models whose embedding is this wide do without 16-bit activations: their errors average out.
const ROBUST_WIDTH: usize = 1024;
/// Layers at the start of a narrower model whose products all get 16-bit activations: their few huge activations decide
/// all that follows.
const SENSITIVE_LAYERS: usize = 3;
/// Products of a narrower model that get 16-bit activations in every layer.
const SENSITIVE_PARTS: [&str; 5] = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_down"];

/// Rows of one slice of the output head.
const HEAD_ROWS: usize = 32_768;

/// Builds the model of a checked architecture in the floating-point type `float`.
pub(super) fn build(architecture: &Architecture, plan: &Plan, float: ElementType) -> ModelProto {
    let mut builder = Builder { architecture, plan, graph: Graph::new(float) };
    let ids =
        builder.graph.input("input_ids", ElementType::Int64, &[Dim::Named("batch"), Dim::Named("sequence")]);
    builder.lengths();
    builder.rotary(&plan.rotary);
    let embedded = match plan.weight("token_embd.weight") {
        Some(table) => embedding_graph::rows(&mut builder.graph, table, &ids),
        None => ids,
    };
    let mut stream = Stream { residual: embedded, update: None };
    for layer in 0..architecture.layers {
        stream = builder.layer(layer, stream);
    }
    builder.head(stream);
    builder.graph.into_model()
}

/// Whether 8-bit activations are too coarse for the product with the weight `blk.LAYER.PART.weight`.
///
/// Worst cosine of the last logits against `f32` on Qwen2.5-Coder-0.5B over 20 prompts: 0.99906 with none, 0.99992
/// with these (20 % fewer tokens per CPU-second alone, 30 % fewer in a batch of 16), 1.00000
/// with all products including the head, which costs twice the arithmetic. The 1.5B with none is 0.99981 from itself
/// with these, the first token is the same on all 20, and a batch of 8 gives a third more tokens.
fn is_sensitive(width: usize, name: &str) -> bool {
    let mut parts = name.split('.').skip(1);
    let layer = parts.next().and_then(|layer| layer.parse::<usize>().ok());
    let Some((layer, part)) = layer.zip(parts.next()) else {
        return false;
    };
    width < ROBUST_WIDTH && (layer < SENSITIVE_LAYERS || SENSITIVE_PARTS.contains(&part))
}

/// The residual stream and what is still to be added to it.
struct Stream {
    residual: String,
    update: Option<String>,
}

struct Builder<'a> {
    architecture: &'a Architecture,
    plan: &'a Plan,
    graph: Graph,
}

impl Builder<'_> {
    /// `seqlens_k` (last index of each row) and `total_length`, as `GroupQueryAttention` wants them.
    fn lengths(&mut self) {
        let graph = &mut self.graph;
        graph.input("attention_mask", ElementType::Int64, &[Dim::Named("batch"), Dim::Named("total")]);
        let axis = graph.integers("axis_1", ElementType::Int64, &[1]);
        let one = graph.integers("one", ElementType::Int64, &[1]);
        let keep = [("keepdims", Attribute::Int(0))];
        let count = graph.node("ReduceSum", &["attention_mask", &axis], "mask_sum", &keep);
        let last = graph.node("Sub", &[&count, &one], "last_index", &[]);
        graph.cast(&last, ElementType::Int32, "seqlens_k");
        let shape = graph.node("Shape", &["attention_mask"], "mask_shape", &[]);
        let total = graph.node("Gather", &[&shape, &one], "total_vector", &[("axis", Attribute::Int(0))]);
        let axis = graph.integers("axis_0", ElementType::Int64, &[0]);
        let total = graph.node("Squeeze", &[&total, &axis], "total_scalar", &[]);
        graph.cast(&total, ElementType::Int32, "total_length");
    }

    fn rotary(&mut self, rotary: &Rotary) {
        let (cosine, sine) = match (self.graph.float, &rotary.half) {
            (ElementType::Float16, Some((cosine, sine))) => (cosine, sine),
            _ => (&rotary.cosine, &rotary.sine),
        };
        self.graph.part("cos_cache", cosine);
        self.graph.part("sin_cache", sine);
    }

    fn layer(&mut self, layer: usize, stream: Stream) -> Stream {
        let block = format!("blk.{layer}");
        let (normal, residual) = self.norm(&format!("{block}.attn_norm.weight"), stream);
        let attended = self.attention(layer, &normal);
        let update = self.linear(&format!("{block}.attn_output"), &attended);
        let stream = Stream { residual, update: Some(update) };
        let (normal, residual) = self.norm(&format!("{block}.ffn_norm.weight"), stream);
        let update = self.feed_forward(&block, &normal);
        Stream { residual, update: Some(update) }
    }

    /// Adds the pending update and normalises; returns the normalised stream and the new residual.
    fn norm(&mut self, name: &str, stream: Stream) -> (String, String) {
        let Some(weight) = self.plan.weight(name) else {
            return (stream.residual.clone(), stream.residual);
        };
        let gain = self.graph.floats(weight);
        let epsilon = ("epsilon", Attribute::Float(self.architecture.epsilon));
        let output = format!("{name}/normal");
        let Some(update) = stream.update else {
            let attributes = [epsilon, ("stash_type", Attribute::Int(1))];
            self.graph.node("SimplifiedLayerNormalization", &[&stream.residual, &gain], &output, &attributes);
            return (output, stream.residual);
        };
        let residual = format!("{name}/residual");
        self.graph.nodes(
            CONTRIB,
            "SkipSimplifiedLayerNormalization",
            &[&stream.residual, &update, &gain],
            &[&output, "", "", &residual],
            &[epsilon],
        );
        (output, residual)
    }

    fn attention(&mut self, layer: usize, input: &str) -> String {
        let Architecture { kind, heads, kv_heads, head_dim, .. } = *self.architecture;
        let project = |this: &mut Self, part: &str| this.linear(&format!("blk.{layer}.attn_{part}"), input);
        let (query, key, value) = (project(self, "q"), project(self, "k"), project(self, "v"));
        let [past_key, past_value, present_key, present_value] = self.cache(layer);
        let output = format!("blk.{layer}.attention");
        self.graph.nodes(
            CONTRIB,
            "GroupQueryAttention",
            &[
                &query,
                &key,
                &value,
                &past_key,
                &past_value,
                "seqlens_k",
                "total_length",
                "cos_cache",
                "sin_cache",
            ],
            &[&output, &present_key, &present_value],
            &[
                ("num_heads", Attribute::Int(heads)),
                ("kv_num_heads", Attribute::Int(kv_heads)),
                ("scale", Attribute::Float((head_dim as f32).sqrt().recip())),
                ("do_rotary", Attribute::Int(1)),
                ("rotary_interleaved", Attribute::Int(usize::from(kind == Kind::Llama))),
            ],
        );
        output
    }

    fn cache(&mut self, layer: usize) -> [String; 4] {
        let Architecture { kv_heads, head_dim, .. } = *self.architecture;
        let float = self.graph.float;
        let dims =
            |length| [Dim::Named("batch"), Dim::Fixed(kv_heads), Dim::Named(length), Dim::Fixed(head_dim)];
        let mut past =
            |part| self.graph.input(&format!("past_key_values.{layer}.{part}"), float, &dims("past"));
        let [past_key, past_value] = [past("key"), past("value")];
        let names = [format!("present.{layer}.key"), format!("present.{layer}.value")];
        names.iter().for_each(|name| self.graph.output(name, float, &dims("present")));
        let [present_key, present_value] = names;
        [past_key, past_value, present_key, present_value]
    }

    /// `down(silu(gate(x)) · up(x))`.
    fn feed_forward(&mut self, block: &str, input: &str) -> String {
        let gate = self.linear(&format!("{block}.ffn_gate"), input);
        let up = self.linear(&format!("{block}.ffn_up"), input);
        let sigmoid = self.graph.node("Sigmoid", &[&gate], &format!("{block}.sigmoid"), &[]);
        let silu = self.graph.node("Mul", &[&gate, &sigmoid], &format!("{block}.silu"), &[]);
        let inner = self.graph.node("Mul", &[&silu, &up], &format!("{block}.inner"), &[]);
        self.linear(&format!("{block}.ffn_down"), &inner)
    }

    /// `name.weight · input + name.bias`; the bias where the file has one.
    fn linear(&mut self, name: &str, input: &str) -> String {
        let plan = self.plan;
        let Some(weight) = plan.weight(&format!("{name}.weight")) else {
            return input.to_owned();
        };
        let bias = plan.weight(&format!("{name}.bias")).map(|bias| self.graph.floats(bias));
        let product = self.product(weight, input, &format!("{name}/product"));
        match bias {
            Some(bias) => self.graph.node("Add", &[&product, &bias], &format!("{name}/biased"), &[]),
            None => product,
        }
    }

    fn product(&mut self, weight: &Weight, input: &str, output: &str) -> String {
        let graph = &mut self.graph;
        let floats = graph.floats(weight);
        let transposed = [("transB", Attribute::Int(1))];
        let Some(quants) = graph.quants(weight) else {
            return graph.contrib("FusedMatMul", &[input, &floats], output, &transposed);
        };
        let bits = if matches!(weight.form, Form::Four { .. }) { 4 } else { 8 };
        let attributes = [
            ("K", Attribute::Int(weight.columns)),
            ("N", Attribute::Int(weight.rows)),
            ("bits", Attribute::Int(bits)),
            ("block_size", Attribute::Int(weight.form.block())),
            ("accuracy_level", Attribute::Int(ACCURACY_LEVEL)),
        ];
        let block = weight.form.block();
        let is_precise =
            graph.float == ElementType::Float && is_sensitive(self.architecture.hidden, &weight.name);
        let product = if is_precise {
            let halves = graph.halves(input, weight.columns, block);
            let products = format!("{output}/halves");
            graph.contrib("MatMulNBits", &[&halves, &quants, &floats], &products, &attributes);
            let [coarse, fine] = [format!("{output}/coarse"), format!("{output}/fine")];
            let in_two = [("axis", Attribute::Int(0)), ("num_outputs", Attribute::Int(2))];
            graph.nodes("", "Split", &[&products], &[&coarse, &fine], &in_two);
            graph.node("Add", &[&coarse, &fine], output, &[])
        } else {
            graph.contrib("MatMulNBits", &[input, &quants, &floats], output, &attributes)
        };
        let Some(minima) = graph.minima(weight) else {
            return product;
        };
        let sums = graph.block_sums(input, weight.columns / block, block);
        let offset =
            graph.contrib("FusedMatMul", &[&sums, &minima], &format!("{output}/offset"), &transposed);
        graph.node("Add", &[&product, &offset], &format!("{output}/sum"), &[])
    }

    /// The head in slices of rows: ONNX Runtime holds a weight twice while it repacks it, and the head is by far the
    /// largest.
    fn head_product(&mut self, weight: &Weight, input: &str) -> String {
        let is_table = weight.name == "token_embd.weight";
        if is_table || weight.rows <= HEAD_ROWS {
            return self.product(weight, input, "head/product");
        }
        let slices: Vec<String> = (0..weight.rows.div_ceil(HEAD_ROWS))
            .map(|slice| {
                let first = slice * HEAD_ROWS;
                let part = weight.slice(first, HEAD_ROWS.min(weight.rows - first));
                self.product(&part, input, &format!("head/product_{slice}"))
            })
            .collect();
        let slices: Vec<&str> = slices.iter().map(String::as_str).collect();
        self.graph.node("Concat", &slices, "head/products", &[("axis", Attribute::Int(2))])
    }

    fn head(&mut self, stream: Stream) {
        let (normal, _) = self.norm("output_norm.weight", stream);
        let graph = &mut self.graph;
        let start = graph.integers("last_start", ElementType::Int64, &[-1]);
        let end = graph.integers("last_end", ElementType::Int64, &[i64::MAX]);
        let axis = graph.integers("axis_1", ElementType::Int64, &[1]);
        let last = graph.node("Slice", &[&normal, &start, &end, &axis], "last_position", &[]);
        let weight = self.plan.weight("output.weight").or_else(|| self.plan.weight("token_embd.weight"));
        let logits = match weight {
            Some(weight) => self.head_product(weight, &last),
            None => last,
        };
        self.graph.cast(&logits, ElementType::Float, "logits");
        let dims = [Dim::Named("batch"), Dim::Fixed(1), Dim::Fixed(self.architecture.vocabulary)];
        self.graph.output("logits", ElementType::Float, &dims);
    }
}

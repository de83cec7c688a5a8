//! The key/value state of a batch: one buffer per layer and part, bound as both past and present.

use super::session::Opened;
use crate::facts::Facts;
use ort::{
    memory::Allocator,
    session::{IoBinding, Session},
    value::{DynTensor, Tensor, TensorElementType},
};

/// Capacities are rounded up to this many tokens.
const ROUND: usize = 64;

/// Rows of state that advance together. Each buffer is `[rows, kv_heads, capacity, head_dim]`.
pub(super) struct Cache {
    binding: IoBinding,
    names: Vec<String>,
    buffers: Vec<DynTensor>,
    logits: Tensor<f32>,
    shape: Shape,
    length: usize,
}

/// Sizes of a cache.
#[derive(Debug, Clone, Copy)]
struct Shape {
    rows: usize,
    kv_heads: usize,
    capacity: usize,
    head_dim: usize,
    vocabulary: usize,
}

impl Cache {
    /// An empty cache for `rows` sequences of up to `tokens` tokens.
    pub(super) fn new(opened: &mut Opened, facts: &Facts, rows: usize, tokens: usize) -> ort::Result<Self> {
        let shape = Shape {
            rows,
            kv_heads: facts.kv_heads,
            capacity: tokens.next_multiple_of(ROUND),
            head_dim: facts.head_dim,
            vocabulary: facts.vocabulary,
        };
        let names = (0..facts.layers).flat_map(|layer| [format!("{layer}.key"), format!("{layer}.value")]);
        let names: Vec<String> = names.collect();
        let mut buffers = names.iter().map(|_| shape.buffer(opened)).collect::<ort::Result<Vec<_>>>()?;
        opened.rows.clear(&mut buffers)?;
        Self::bind(opened, shape, names, buffers, 0)
    }

    fn bind(
        opened: &Opened,
        shape: Shape,
        names: Vec<String>,
        mut buffers: Vec<DynTensor>,
        length: usize,
    ) -> ort::Result<Self> {
        let mut binding = opened.session.create_binding()?;
        for (name, buffer) in names.iter().zip(&mut buffers) {
            binding.bind_input(format!("past_key_values.{name}"), buffer)?;
            binding.bind_output(format!("present.{name}"), buffer)?;
        }
        let mut logits = Tensor::<f32>::new(&Allocator::default(), [shape.rows, 1, shape.vocabulary])?;
        binding.bind_output("logits", &mut logits)?;
        Ok(Self { binding, names, buffers, logits, shape, length })
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.shape.rows
    }

    /// The logits of the last run, `[rows, vocabulary]`.
    pub(super) fn logits(&self) -> &[f32] {
        self.logits.extract_tensor().1
    }

    /// Whether the logits of the last run are numbers.
    pub(super) fn is_sound(&self) -> bool {
        !self.logits().iter().any(|logit| logit.is_nan())
    }

    /// Runs `tokens`, as many for each row, row after row.
    pub(super) fn run(&mut self, session: &mut Session, tokens: Vec<i64>) -> ort::Result<()> {
        let rows = self.shape.rows;
        let count = tokens.len() / rows;
        let total = self.length + count;
        self.binding.bind_input("input_ids", &Tensor::from_array(([rows, count], tokens))?)?;
        self.binding
            .bind_input("attention_mask", &Tensor::from_array(([rows, total], vec![1_i64; rows * total]))?)?;
        session.run_binding(&self.binding)?;
        self.length = total;
        Ok(())
    }

    /// A cache whose row `n` is this one's row `rows[n]`.
    pub(super) fn select(self, opened: &mut Opened, rows: &[usize]) -> ort::Result<Self> {
        let Self { binding, names, buffers, logits, shape, length } = self;
        drop((binding, logits));
        let selected = Shape { rows: rows.len(), ..shape };
        let mut moved = Vec::with_capacity(buffers.len());
        for buffer in buffers {
            let mut target = selected.buffer(opened)?;
            opened.rows.copy(&shape.stride(), &buffer, &mut target, rows, length)?;
            moved.push(target);
        }
        Self::bind(opened, selected, names, moved, length)
    }
}

impl Shape {
    fn buffer(&self, opened: &Opened) -> ort::Result<DynTensor> {
        let dims = [self.rows, self.kv_heads, self.capacity, self.head_dim];
        DynTensor::new(&opened.allocator, opened.element(), dims)
    }

    fn stride(&self) -> Stride {
        Stride { heads: self.kv_heads, capacity: self.capacity, width: self.head_dim }
    }
}

/// How a row lies in a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stride {
    heads: usize,
    capacity: usize,
    width: usize,
}

/// Copies rows between buffers in host memory.
pub(super) fn copy_on_host(
    stride: &Stride,
    from: &DynTensor,
    to: &mut DynTensor,
    rows: &[usize],
    length: usize,
) -> ort::Result<()> {
    match from.data_type() {
        TensorElementType::Float16 => copy_elements::<half::f16>(stride, from, to, rows, length),
        _ => copy_elements::<f32>(stride, from, to, rows, length),
    }
}

fn copy_elements<T: ort::value::PrimitiveTensorElementType + Copy>(
    stride: &Stride,
    from: &DynTensor,
    to: &mut DynTensor,
    rows: &[usize],
    length: usize,
) -> ort::Result<()> {
    let (_, from) = from.try_extract_tensor::<T>()?;
    let (_, to) = to.try_extract_tensor_mut::<T>()?;
    let head = stride.capacity * stride.width;
    let used = length * stride.width;
    for (target, source) in rows.iter().enumerate() {
        for index in 0..stride.heads {
            let (target, source) =
                ((target * stride.heads + index) * head, (source * stride.heads + index) * head);
            to[target..target + used].copy_from_slice(&from[source..source + used]);
        }
    }
    Ok(())
}

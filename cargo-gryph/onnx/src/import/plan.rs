//! Where each part of each weight lies in the data files; pure, made before anything is written.

use super::{
    DATA, Precision, UNPACKED_DATA,
    architecture::Architecture,
    weight::{Form, Weight},
};
use crate::{
    facts::Packed,
    gguf::{Gguf, TensorInfo},
    protobuf::ElementType,
};
use std::collections::BTreeMap;

/// Parts start at multiples of a page, so that ONNX Runtime can map them.
const ALIGNMENT: u64 = 4096;

/// One initializer of the graph: a range of a data file.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) file: &'static str,
    pub(crate) element: ElementType,
    pub(crate) dims: Vec<usize>,
    pub(crate) offset: u64,
}

impl Part {
    /// Length in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.dims.iter().product::<usize>() as u64 * self.element.bytes()
    }
}

impl Part {
    /// The part of `rows` rows (of the first dimension) from `first` on.
    pub(super) fn slice(&self, first: usize, rows: usize) -> Self {
        let mut part = self.clone();
        let row = part.dims.iter().skip(1).product::<usize>() as u64 * part.element.bytes();
        part.offset += first as u64 * row;
        if let Some(count) = part.dims.first_mut() {
            *count = rows;
        }
        part
    }
}

/// A GGUF tensor and what becomes of it.
#[derive(Debug)]
pub(crate) struct Conversion {
    pub(crate) tensor: TensorInfo,
    pub(crate) weight: Weight,
    /// Where packed blocks are copied to, for [`Form::PackedFive`].
    pub(crate) packed_at: Option<u64>,
}

/// All conversions and the rotary tables.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) conversions: Vec<Conversion>,
    pub(crate) packed: Vec<Packed>,
    pub(crate) rotary: Rotary,
    index: BTreeMap<String, usize>,
    unpacked: u64,
}

/// The cosine and sine tables, `[context, head_dim / 2]` each.
#[derive(Debug)]
pub(crate) struct Rotary {
    pub(crate) context: usize,
    pub(crate) frequencies: Vec<f64>,
    pub(crate) cosine: Part,
    pub(crate) sine: Part,
    pub(crate) half: Option<(Part, Part)>,
}

impl Plan {
    /// Lays out the tensors of a checked file.
    pub(super) fn new(file: &Gguf, architecture: &Architecture, precision: Precision) -> Self {
        let mut layout = Layout { precision, stored: 0, unpacked: 0, packed: Vec::new() };
        let is_tied = file.tensor("output.weight").is_none();
        let mut conversions = Vec::new();
        for tensor in file.tensors().iter().filter(|tensor| tensor.name != "rope_freqs.weight") {
            let form = if tensor.name == "token_embd.weight" && !is_tied {
                Form::of_table(tensor.block_type)
            } else {
                Form::of_matrix(tensor.block_type)
            };
            // A tied Q5_0 table is both looked up and multiplied by: the split form would not multiply, so it is
            // widened once instead of being stored twice.
            let form = if is_tied && tensor.name == "token_embd.weight" && form == Form::PackedFive {
                Form::Eight { block: 32, minima: false }
            } else {
                form
            };
            conversions.push(layout.conversion(tensor, form));
        }
        let rotary = layout.rotary(architecture);
        let index = conversions.iter().enumerate().map(|(at, made)| (made.weight.name.clone(), at)).collect();
        Self { conversions, packed: layout.packed, rotary, index, unpacked: layout.unpacked }
    }

    /// The weight of that GGUF name.
    pub(crate) fn weight(&self, name: &str) -> Option<&Weight> {
        self.index.get(name).map(|at| &self.conversions[*at].weight)
    }

    /// Bytes of GGUF data to convert.
    pub(super) fn source_bytes(&self) -> u64 {
        self.conversions.iter().map(|conversion| conversion.tensor.bytes()).sum()
    }

    /// Length of the unpacked file.
    pub(crate) fn unpacked_bytes(&self) -> u64 {
        self.unpacked
    }
}

/// Hands out ranges of the two data files.
struct Layout {
    precision: Precision,
    stored: u64,
    unpacked: u64,
    packed: Vec<Packed>,
}

impl Layout {
    fn part(&mut self, file: &'static str, element: ElementType, dims: Vec<usize>) -> Part {
        let cursor = if file == DATA { &mut self.stored } else { &mut self.unpacked };
        let part = Part { file, element, dims, offset: cursor.next_multiple_of(ALIGNMENT) };
        *cursor = part.offset + part.bytes();
        part
    }

    fn half(&mut self, part: &Part) -> Option<Part> {
        match self.precision {
            Precision::Cpu => None,
            Precision::Gpu => Some(self.part(DATA, ElementType::Float16, part.dims.clone())),
        }
    }

    fn conversion(&mut self, tensor: &TensorInfo, form: Form) -> Conversion {
        let blocks = vec![tensor.rows, tensor.columns / form.block()];
        let [rows, count] = [tensor.rows, tensor.columns / form.block()];
        let file = if form == Form::PackedFive { UNPACKED_DATA } else { DATA };
        let bytes =
            |layout: &mut Self, width| layout.part(file, ElementType::Uint8, vec![rows, count, width]);
        let (quants, high) = match form {
            Form::Floats => (None, None),
            Form::Eight { block, .. } => (Some(bytes(self, block)), None),
            Form::PackedFive => (Some(bytes(self, 32)), None),
            Form::Four { .. } => (Some(bytes(self, 16)), None),
            Form::SplitFive => (Some(bytes(self, 16)), Some(bytes(self, 4))),
        };
        let dims = if form == Form::Floats && tensor.is_vector { vec![tensor.columns] } else { blocks };
        let floats = self.part(file, ElementType::Float, dims.clone());
        let minima = form.has_minima().then(|| self.part(DATA, ElementType::Float, dims));
        let half_floats = self.half(&floats);
        let half_minima = minima.as_ref().and_then(|minima| self.half(minima));
        let packed_at = match (form, &quants) {
            (Form::PackedFive, Some(quants)) => Some(self.keep_packed(tensor, quants.offset, floats.offset)),
            _ => None,
        };
        let (name, columns) = (tensor.name.clone(), tensor.columns);
        let weight =
            Weight { name, form, rows, columns, quants, high, floats, minima, half_floats, half_minima };
        Conversion { tensor: tensor.clone(), weight, packed_at }
    }

    fn keep_packed(&mut self, tensor: &TensorInfo, quants: u64, scales: u64) -> u64 {
        let stored = self.part(DATA, ElementType::Uint8, vec![tensor.bytes() as usize]);
        let blocks = (tensor.rows * tensor.columns / 32) as u64;
        self.packed.push(Packed { source: stored.offset, blocks, quants, scales });
        stored.offset
    }

    fn rotary(&mut self, architecture: &Architecture) -> Rotary {
        let dims = vec![architecture.context, architecture.frequencies.len()];
        let cosine = self.part(DATA, ElementType::Float, dims.clone());
        let sine = self.part(DATA, ElementType::Float, dims);
        let half = self.half(&cosine).zip(self.half(&sine));
        let frequencies = architecture.frequencies.clone();
        Rotary { context: architecture.context, frequencies, cosine, sine, half }
    }
}

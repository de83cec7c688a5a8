//! The forms a weight takes in the graph, by how the GGUF stores it.
//!
//! `MatMulNBits` multiplies by `(quant - 128) · scale` in 8 bits and `(quant - 8) · scale` in 4 bits. Formats with a
//! minimum per block add a second, small product: the sums of the input over each block times the minima. That is
//! exact, and unlike a floating-point zero point it keeps the fast kernel (80 µs against 7.6 ms for a
//! 4864 × 896 product of one row on ONNX Runtime 1.31).

use super::plan::Part;
use crate::gguf::BlockType;

/// How a weight is held by the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Plain floats.
    Floats,
    /// One byte per element around 128.
    Eight {
        /// Elements that share a scale.
        block: usize,
        /// Whether each block has an offset too.
        minima: bool,
    },
    /// Two elements per byte around 8, 32 to a scale.
    Four {
        /// Whether each block has an offset too.
        minima: bool,
    },
    /// Q5_0 blocks as in the file; unpacked to [`Form::Eight`] when a session is opened.
    PackedFive,
    /// Q5_0 as separate low halves, high bits and scales, for rows that are gathered rather than multiplied.
    SplitFive,
}

impl Form {
    /// The form of a weight matrix that is multiplied by.
    pub(crate) fn of_matrix(block_type: BlockType) -> Self {
        match block_type {
            BlockType::F32 | BlockType::F16 | BlockType::Bf16 => Self::Floats,
            BlockType::Q4_0 => Self::Four { minima: false },
            BlockType::Q4_1 | BlockType::Q4K => Self::Four { minima: true },
            BlockType::Q5_0 => Self::PackedFive,
            BlockType::Q5K => Self::Eight { block: 32, minima: true },
            BlockType::Q8_0 => Self::Eight { block: 32, minima: false },
            BlockType::Q6K => Self::Eight { block: 16, minima: false },
        }
    }

    /// The form of an embedding table whose rows are only looked up.
    pub(crate) fn of_table(block_type: BlockType) -> Self {
        match Self::of_matrix(block_type) {
            Self::PackedFive => Self::SplitFive,
            other => other,
        }
    }

    /// Elements that share a scale; 1 for plain floats.
    pub(crate) fn block(self) -> usize {
        match self {
            Self::Floats => 1,
            Self::Eight { block, .. } => block,
            Self::Four { .. } | Self::PackedFive | Self::SplitFive => 32,
        }
    }

    /// Whether blocks have an offset.
    pub(crate) fn has_minima(self) -> bool {
        match self {
            Self::Eight { minima, .. } | Self::Four { minima } => minima,
            Self::Floats | Self::PackedFive | Self::SplitFive => false,
        }
    }
}

/// A weight with the places of its parts.
#[derive(Debug, Clone)]
pub(crate) struct Weight {
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Quantised values; none for plain floats.
    pub(crate) quants: Option<Part>,
    /// The fifth bits of [`Form::SplitFive`].
    pub(crate) high: Option<Part>,
    /// Scales, or the values themselves for plain floats, as `f32`.
    pub(crate) floats: Part,
    /// Offsets, as `f32`.
    pub(crate) minima: Option<Part>,
    /// The same as `f16`, if a half-precision graph is wanted.
    pub(crate) half_floats: Option<Part>,
    /// The same as `f16`, if a half-precision graph is wanted.
    pub(crate) half_minima: Option<Part>,
}

impl Weight {
    /// The weight of `rows` rows from `first` on.
    pub(super) fn slice(&self, first: usize, rows: usize) -> Self {
        let slice = |part: &Option<Part>| part.as_ref().map(|part| part.slice(first, rows));
        Self {
            name: format!("{}[{first}]", self.name),
            form: self.form,
            rows,
            columns: self.columns,
            quants: slice(&self.quants),
            high: slice(&self.high),
            floats: self.floats.slice(first, rows),
            minima: slice(&self.minima),
            half_floats: slice(&self.half_floats),
            half_minima: slice(&self.half_minima),
        }
    }
}

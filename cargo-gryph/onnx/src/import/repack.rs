//! Rewrites GGUF blocks as the bytes of a [`Form`]; every value is kept exactly (scales as `f32`).

use super::weight::Form;
use crate::gguf::{
    BlockType, dequantise, half_at, k_nibble, k_scale_and_minimum, nibble, q5_0_value, q5k_value, q6k_value,
};

/// The bytes of some rows in their new form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pieces {
    pub(super) quants: Vec<u8>,
    pub(super) high: Vec<u8>,
    pub(super) floats: Vec<f32>,
    pub(super) minima: Vec<f32>,
}

impl Pieces {
    /// Rewrites whole blocks of `block_type` as `form`; the caller has chosen a form of that type.
    pub(super) fn rewrite(block_type: BlockType, form: Form, blocks: &[u8]) -> Self {
        let mut pieces = Self::default();
        if form == Form::Floats {
            dequantise(block_type, blocks, &mut pieces.floats);
            return pieces;
        }
        for block in blocks.chunks_exact(block_type.bytes()) {
            pieces.push(block_type, form, block);
        }
        pieces
    }

    fn push(&mut self, block_type: BlockType, form: Form, block: &[u8]) {
        match block_type {
            BlockType::F32 | BlockType::F16 | BlockType::Bf16 => {
                dequantise(block_type, block, &mut self.floats)
            }
            BlockType::Q4_0 => {
                self.push_four(|index| nibble(&block[2..], index));
                self.floats.push(half_at(block, 0));
            }
            BlockType::Q4_1 => {
                self.push_four(|index| nibble(&block[4..], index));
                self.push_scale(half_at(block, 0), half_at(block, 2), 8.0);
            }
            BlockType::Q5_0 => self.push_five(form, block),
            BlockType::Q8_0 => {
                self.quants.extend(block[2..].iter().map(|byte| byte ^ 128));
                self.floats.push(half_at(block, 0));
            }
            BlockType::Q4K => self.push_k(block, |this, group| {
                this.push_four(|index| k_nibble(&block[16..], group * 32 + index));
                8.0
            }),
            BlockType::Q5K => self.push_k(block, |this, group| {
                this.quants.extend((0..32).map(|index| q5k_value(block, group * 32 + index) + (128 - 16)));
                16.0
            }),
            BlockType::Q6K => {
                self.quants.extend((0..256).map(|index| q6k_value(block, index) + (128 - 32)));
                let scale = half_at(block, 208);
                self.floats.extend(block[192..208].iter().map(|byte| scale * f32::from(byte.cast_signed())));
            }
        }
    }

    fn push_five(&mut self, form: Form, block: &[u8]) {
        self.floats.push(half_at(block, 0));
        match form {
            Form::SplitFive => {
                self.quants.extend_from_slice(&block[6..22]);
                self.high.extend_from_slice(&block[2..6]);
            }
            Form::PackedFive => self.quants.extend_from_slice(block),
            Form::Floats | Form::Eight { .. } | Form::Four { .. } => {
                self.quants.extend((0..32).map(|index| q5_0_value(block, index) + (128 - 16)));
            }
        }
    }

    /// 32 values, neighbours in one byte, the even one in the low half.
    fn push_four(&mut self, value: impl Fn(usize) -> u8) {
        self.quants.extend((0..16).map(|pair| value(2 * pair) | value(2 * pair + 1) << 4));
    }

    /// `value · scale + minimum` is `(value - middle) · scale + (minimum + middle · scale)`.
    fn push_scale(&mut self, scale: f32, minimum: f32, middle: f32) {
        self.floats.push(scale);
        self.minima.push(middle.mul_add(scale, minimum));
    }

    fn push_k(&mut self, block: &[u8], mut push_values: impl FnMut(&mut Self, usize) -> f32) {
        let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
        for group in 0..8 {
            let (group_scale, group_minimum) = k_scale_and_minimum(&block[4..16], group);
            let middle = push_values(self, group);
            self.push_scale(scale * f32::from(group_scale), -(minimum * f32::from(group_minimum)), middle);
        }
    }
}

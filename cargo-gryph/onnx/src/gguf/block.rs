//! The block formats of ggml: sizes, and exact dequantisation to `f32`.
//!
//! Source of the layouts: `ggml-common.h` and `ggml-quants.c` of the ggml project.

use half::{bf16, f16};

/// How the elements of a row are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockType {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// 16-bit brain floats.
    Bf16,
    /// 32 elements: a scale and 4-bit values around 8.
    Q4_0,
    /// 32 elements: a scale, a minimum and 4-bit values.
    Q4_1,
    /// 32 elements: a scale and 5-bit values around 16.
    Q5_0,
    /// 32 elements: a scale and signed bytes.
    Q8_0,
    /// 256 elements: eight 32-wide groups with 6-bit scales and minima, 4-bit values.
    Q4K,
    /// 256 elements: eight 32-wide groups with 6-bit scales and minima, 5-bit values.
    Q5K,
    /// 256 elements: sixteen 16-wide groups with 8-bit scales, 6-bit values around 32.
    Q6K,
}

impl BlockType {
    /// The type with this number in the file, if supported.
    pub fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            6 => Self::Q5_0,
            8 => Self::Q8_0,
            12 => Self::Q4K,
            13 => Self::Q5K,
            14 => Self::Q6K,
            30 => Self::Bf16,
            _ => return None,
        })
    }

    /// Elements in one block.
    pub fn elements(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::Bf16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q8_0 => 32,
            Self::Q4K | Self::Q5K | Self::Q6K => 256,
        }
    }

    /// Bytes of one block.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q8_0 => 34,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
        }
    }
}

/// Half-precision number at `at`.
pub(crate) fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}

/// The 6-bit scale and minimum of group `group` in the 12 packed bytes of a K block.
pub(crate) fn k_scale_and_minimum(packed: &[u8], group: usize) -> (u8, u8) {
    if group < 4 {
        (packed[group] & 63, packed[group + 4] & 63)
    } else {
        let high = packed[group + 4];
        ((high & 15) | (packed[group - 4] >> 6 << 4), (high >> 4) | (packed[group] >> 6 << 4))
    }
}

/// The 6-bit value (0 to 63) of element `index` of a Q6_K block.
pub(crate) fn q6k_value(block: &[u8], index: usize) -> u8 {
    let (half, within) = (index / 128, index % 128);
    let (quarter, lane) = (within / 32, within % 32);
    let low = block[half * 64 + lane + 32 * (quarter % 2)];
    let low = if quarter < 2 { low & 15 } else { low >> 4 };
    let high = block[128 + half * 32 + lane] >> (2 * quarter) & 3;
    low | high << 4
}

/// The 5-bit value (0 to 31) of element `index` of a Q5_0 block.
pub(crate) fn q5_0_value(block: &[u8], index: usize) -> u8 {
    let low = block[6 + index % 16];
    let low = if index < 16 { low & 15 } else { low >> 4 };
    low | (block[2 + index / 8] >> (index % 8) & 1) << 4
}

/// The 4-bit value (0 to 15) of element `index` where 16 bytes hold 32 values, low halves first.
pub(crate) fn nibble(bytes: &[u8], index: usize) -> u8 {
    let byte = bytes[index % 16];
    if index < 16 { byte & 15 } else { byte >> 4 }
}

/// The 4-bit value of element `index` (0 to 255) of a Q4_K or Q5_K block's 128 low bytes.
pub(crate) fn k_nibble(bytes: &[u8], index: usize) -> u8 {
    let byte = bytes[index / 64 * 32 + index % 32];
    if index % 64 < 32 { byte & 15 } else { byte >> 4 }
}

/// Appends the values of whole blocks to `values`. `blocks` that are cut short lose their last, partial block.
pub fn dequantise(block_type: BlockType, blocks: &[u8], values: &mut Vec<f32>) {
    for block in blocks.chunks_exact(block_type.bytes()) {
        dequantise_block(block_type, block, values);
    }
}

fn dequantise_block(block_type: BlockType, block: &[u8], values: &mut Vec<f32>) {
    let signed = |value: u8, middle: i16| f32::from(i16::from(value) - middle);
    match block_type {
        BlockType::F32 => values.push(f32::from_le_bytes([block[0], block[1], block[2], block[3]])),
        BlockType::F16 => values.push(half_at(block, 0)),
        BlockType::Bf16 => values.push(bf16::from_le_bytes([block[0], block[1]]).to_f32()),
        BlockType::Q4_0 => {
            let scale = half_at(block, 0);
            values.extend((0..32).map(|index| scale * signed(nibble(&block[2..], index), 8)));
        }
        BlockType::Q4_1 => {
            let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
            values.extend((0..32).map(|index| scale * f32::from(nibble(&block[4..], index)) + minimum));
        }
        BlockType::Q5_0 => {
            let scale = half_at(block, 0);
            values.extend((0..32).map(|index| scale * signed(q5_0_value(block, index), 16)));
        }
        BlockType::Q8_0 => {
            let scale = half_at(block, 0);
            values.extend(block[2..].iter().map(|byte| scale * f32::from(byte.cast_signed())));
        }
        BlockType::Q4K => k_block(block, values, |index| k_nibble(&block[16..], index)),
        BlockType::Q5K => k_block(block, values, |index| q5k_value(block, index)),
        BlockType::Q6K => {
            let scale = half_at(block, 208);
            values.extend((0..256).map(|index| {
                scale * f32::from(block[192 + index / 16].cast_signed()) * signed(q6k_value(block, index), 32)
            }));
        }
    }
}

/// The 5-bit value (0 to 31) of element `index` of a Q5_K block.
pub(crate) fn q5k_value(block: &[u8], index: usize) -> u8 {
    k_nibble(&block[48..], index) | (block[16 + index % 32] >> (index / 32) & 1) << 4
}

fn k_block(block: &[u8], values: &mut Vec<f32>, value: impl Fn(usize) -> u8) {
    let (scale, minimum) = (half_at(block, 0), half_at(block, 2));
    for group in 0..8 {
        let (group_scale, group_minimum) = k_scale_and_minimum(&block[4..16], group);
        let (scale, minimum) = (scale * f32::from(group_scale), minimum * f32::from(group_minimum));
        values.extend((0..32).map(|index| scale * f32::from(value(group * 32 + index)) - minimum));
    }
}

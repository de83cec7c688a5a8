//! Vectors in half precision, 128 ids in a record, and exact products with them.

use crate::vectors::WIDTH;
use half::slice::{HalfBitsSliceExt as _, HalfFloatSliceExt as _};
use multiversion::multiversion;

/// Ids whose vectors share a record: together they fill 24 pages of 4 KiB, so that LMDB's header wastes a 24th.
pub(super) const BLOCK: usize = 128;
/// Bytes of a vector.
const VECTOR: usize = WIDTH * 2;

/// The vectors of a record as they lie in the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'t>(&'t [[u8; VECTOR]; BLOCK]);

impl<'t> Block<'t> {
    /// Reads a record; `None` where it has another length.
    pub(super) fn read(bytes: &'t [u8]) -> Option<Self> {
        let (vectors, []) = bytes.as_chunks::<VECTOR>() else { return None };
        vectors.try_into().ok().map(Self)
    }

    /// The vector at a position.
    pub(super) fn vector(self, position: usize) -> [f32; WIDTH] {
        let (numbers, _) = self.0[position].as_chunks::<2>();
        let mut bits = [0; WIDTH];
        bits.iter_mut().zip(numbers).for_each(|(bits, bytes)| *bits = u16::from_le_bytes(*bytes));
        let halves: &[half::f16] = bits.reinterpret_cast();
        let mut vector = [0.0; WIDTH];
        halves.convert_to_f32_slice(&mut vector);
        vector
    }
}

/// A record that is being changed.
#[derive(Clone, Debug)]
pub(super) struct Draft(Vec<u8>);

impl Draft {
    /// A copy of a record, or a record of zeros.
    pub(super) fn of(record: Option<&[u8]>) -> Self {
        Self(record.map_or_else(|| vec![0; BLOCK * VECTOR], <[u8]>::to_vec))
    }

    /// Sets the vector at a position.
    pub(super) fn set(&mut self, position: usize, vector: &[f32; WIDTH]) {
        let mut halves = [half::f16::ZERO; WIDTH];
        halves.convert_from_f32_slice(vector);
        let (numbers, _) = self.0[position * VECTOR..][..VECTOR].as_chunks_mut::<2>();
        numbers.iter_mut().zip(halves).for_each(|(bytes, half)| *bytes = half.to_le_bytes());
    }

    /// The record as it is stored.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The inner product of two vectors: for vectors of length 1, the cosine of the angle between them.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
pub(super) fn dot(left: &[f32; WIDTH], right: &[f32; WIDTH]) -> f32 {
    /// Sums side by side: without them each addition would wait for the one before.
    const LANES: usize = 32;
    let mut sums = [0.0; LANES];
    let (left, right) = (left.as_chunks::<LANES>().0, right.as_chunks::<LANES>().0);
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum()
}

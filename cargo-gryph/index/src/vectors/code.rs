//! The signs of a vector as 384 bits, and how the codes of 1,024 ids lie in one record.

use crate::vectors::WIDTH;

/// Words of 64 bits in a code.
pub(super) const WORDS: usize = WIDTH / 64;
/// Ids whose codes share a record: together they fill 12 pages of 4 KiB, so that LMDB's header wastes a twelfth.
pub(super) const GROUP: usize = 1024;
/// Bytes at the head of a record: one bit per id that has a vector.
const PRESENT: usize = GROUP / 8;
/// Bytes of one word of all the codes in a record. Words of the same number lie together, so that one instruction
/// compares eight codes.
const PLANE: usize = GROUP * 8;
/// Bytes of a record.
const BYTES: usize = PRESENT + WORDS * PLANE;

/// One bit per number of a vector, set where it is above zero.
pub(super) type Code = [u64; WORDS];

/// The code of a vector.
pub(super) fn code(vector: &[f32; WIDTH]) -> Code {
    let (words, _) = vector.as_chunks::<64>();
    let mut code = [0; WORDS];
    for (word, numbers) in code.iter_mut().zip(words) {
        *word = (numbers.iter().enumerate())
            .fold(0, |word, (bit, number)| word | u64::from(*number > 0.0) << bit);
    }
    code
}

/// The codes of a record as they lie in the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'t> {
    present: &'t [[u8; 8]; PRESENT / 8],
    planes: [&'t [[u8; 8]; GROUP]; WORDS],
}

impl<'t> Group<'t> {
    /// Reads a record; `None` where it has another length.
    pub(super) fn read(bytes: &'t [u8]) -> Option<Self> {
        let (words, []) = bytes.as_chunks::<8>() else { return None };
        let (present, words) = words.split_first_chunk()?;
        let (planes, []) = words.as_chunks::<GROUP>() else { return None };
        let planes: &[_; WORDS] = planes.try_into().ok()?;
        Some(Self { present, planes: planes.each_ref() })
    }

    /// The words of all codes, by their number in a code and then by position.
    pub(super) fn planes(&self) -> &[&'t [[u8; 8]; GROUP]; WORDS] {
        &self.planes
    }

    /// Whether there is a vector at a position.
    pub(super) fn has(&self, position: usize) -> bool {
        u64::from_le_bytes(self.present[position / 64]) >> (position % 64) & 1 == 1
    }

    /// The code at a position.
    pub(super) fn code(&self, position: usize) -> Code {
        self.planes.map(|plane| u64::from_le_bytes(plane[position]))
    }

    /// How many vectors there are.
    pub(super) fn count(&self) -> u64 {
        self.present.iter().map(|word| u64::from(u64::from_le_bytes(*word).count_ones())).sum()
    }

    /// The positions that have a vector, ascending.
    pub(super) fn positions(self) -> impl Iterator<Item = usize> {
        (0..GROUP).filter(move |position| self.has(*position))
    }
}

/// A record that is being changed.
#[derive(Clone, Debug)]
pub(super) struct Draft(Vec<u8>);

impl Draft {
    /// A copy of a record, or a record of no vectors.
    pub(super) fn of(record: Option<&[u8]>) -> Self {
        Self(record.map_or_else(|| vec![0; BYTES], <[u8]>::to_vec))
    }

    /// Sets the code at a position.
    pub(super) fn set(&mut self, position: usize, code: &Code) {
        self.0[position / 8] |= 1 << (position % 8);
        self.write(position, code);
    }

    /// Takes the code at a position away; false where there was none.
    pub(super) fn clear(&mut self, position: usize) -> bool {
        let had = self.0[position / 8] >> (position % 8) & 1 == 1;
        self.0[position / 8] &= !(1 << (position % 8));
        self.write(position, &[0; WORDS]);
        had
    }

    /// Whether none of the positions in a range of whole bytes has a vector.
    pub(super) fn is_empty(&self, positions: std::ops::Range<usize>) -> bool {
        self.0[positions.start / 8..positions.end / 8].iter().all(|bits| *bits == 0)
    }

    /// The record as it is stored.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn write(&mut self, position: usize, code: &Code) {
        for (plane, word) in code.iter().enumerate() {
            let start = PRESENT + plane * PLANE + position * 8;
            self.0[start..start + 8].copy_from_slice(&word.to_le_bytes());
        }
    }
}

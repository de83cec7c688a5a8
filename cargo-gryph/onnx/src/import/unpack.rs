//! Makes an imported model loadable: writes packed weights in their 8-bit form to a scratch directory.
//!
//! `MatMulNBits` knows 2, 4 and 8 bits. Keeping Q5_0 weights at 8 bits on disk would cost 60 % more, so they are kept
//! as they are and widened when a session is opened. ONNX Runtime maps the scratch file and repacks it, after which
//! the scratch directory can go.

use super::{DATA, GPU_GRAPH, GRAPH, UNPACKED_DATA};
use crate::{
    facts::{Facts, Packed},
    gguf::BlockType,
};
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Blocks widened at a time.
const BLOCKS: u64 = 1 << 15;

/// A model directory from which ONNX Runtime can load; a scratch one is removed on drop.
#[derive(Debug)]
pub struct Unpacked {
    dir: PathBuf,
    _scratch: Option<TempDir>,
}

impl Unpacked {
    /// Where the graphs and their data lie.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Unpacks the model in `dir`; one without packed weights is used in place.
///
/// The scratch directory is made inside `dir`, or in the system's temporary directory where `dir` cannot be written.
///
/// # Errors
///
/// A file cannot be read, linked or written, or is shorter than `facts` says.
pub fn unpack(dir: &Path, facts: &Facts) -> io::Result<Unpacked> {
    if facts.packed.is_empty() {
        return Ok(Unpacked { dir: dir.to_owned(), _scratch: None });
    }
    let scratch = tempfile::Builder::new()
        .prefix(".unpacked-")
        .tempdir_in(dir)
        .or_else(|_| tempfile::Builder::new().prefix("gryph-").tempdir())?;
    for name in [GRAPH, GPU_GRAPH, DATA] {
        let from = dir.join(name);
        if from.exists() {
            let to = scratch.path().join(name);
            fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop))?;
        }
    }
    widen(dir, scratch.path(), facts)?;
    Ok(Unpacked { dir: scratch.path().to_owned(), _scratch: Some(scratch) })
}

fn widen(dir: &Path, scratch: &Path, facts: &Facts) -> io::Result<()> {
    let mut source = File::open(dir.join(DATA))?;
    let mut target = File::create(scratch.join(UNPACKED_DATA))?;
    let length = source.metadata()?.len();
    for packed in &facts.packed {
        check(packed, length, facts.unpacked_bytes)?;
        widen_one(&mut source, &mut target, packed)?;
    }
    target.set_len(facts.unpacked_bytes)
}

/// `model.json` is a file like any other: ranges outside the data files are refused.
fn check(packed: &Packed, stored: u64, unpacked: u64) -> io::Result<()> {
    let within = |start: u64, bytes: Option<u64>, length: u64| {
        bytes.and_then(|bytes| start.checked_add(bytes)).is_some_and(|end| end <= length)
    };
    let blocks = packed.blocks;
    let source = within(packed.source, blocks.checked_mul(BlockType::Q5_0.bytes() as u64), stored);
    let quants = within(packed.quants, blocks.checked_mul(32), unpacked);
    let scales = within(packed.scales, blocks.checked_mul(4), unpacked);
    if source && quants && scales {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "model.json names weights beyond the end of the data file",
    ))
}

fn widen_one(source: &mut File, target: &mut File, packed: &Packed) -> io::Result<()> {
    let size = BlockType::Q5_0.bytes();
    let mut blocks = Vec::new();
    for first in (0..packed.blocks).step_by(BLOCKS as usize) {
        let count = BLOCKS.min(packed.blocks - first);
        blocks.resize(count as usize * size, 0);
        source.seek(SeekFrom::Start(packed.source + first * size as u64))?;
        source.read_exact(&mut blocks)?;
        let (quants, scales) = widen_blocks(&blocks);
        target.seek(SeekFrom::Start(packed.quants + first * 32))?;
        target.write_all(&quants)?;
        target.seek(SeekFrom::Start(packed.scales + first * 4))?;
        target.write_all(&scales)?;
    }
    Ok(())
}

fn widen_blocks(blocks: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let count = blocks.len() / BlockType::Q5_0.bytes();
    let (mut quants, mut scales) = (vec![0; count * 32], Vec::with_capacity(count * 4));
    for (block, quants) in blocks.chunks_exact(BlockType::Q5_0.bytes()).zip(quants.chunks_exact_mut(32)) {
        widen_block(block, quants);
        scales.extend(crate::gguf::half_at(block, 0).to_le_bytes());
    }
    (quants, scales)
}

/// Each bit of a byte as 16 or 0 in one of eight bytes, lowest bit first.
const SPREAD: [u64; 256] = spread();
/// The same small number in eight bytes.
const ONES: u64 = 0x0101_0101_0101_0101;

const fn spread() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte] |= ((byte as u64 >> bit) & 1) << (8 * bit + 4);
            bit += 1;
        }
        byte += 1;
    }
    table
}

/// The same as [`q5_0_value`](crate::gguf::q5_0_value) around 128 for each element, eight at a time.
fn widen_block(block: &[u8], quants: &mut [u8]) {
    let (low, high) = quants.split_at_mut(16);
    let (halves, _) = block[6..22].as_chunks::<8>();
    let targets = low.as_chunks_mut::<8>().0.iter_mut().zip(high.as_chunks_mut::<8>().0);
    for (index, (half, (low, high))) in halves.iter().zip(targets).enumerate() {
        let half = u64::from_le_bytes(*half);
        let fifth = |byte: usize| SPREAD[usize::from(block[2 + byte])] + (128 - 16) * ONES;
        *low = ((half & (15 * ONES)) + fifth(index)).to_le_bytes();
        *high = ((half >> 4 & (15 * ONES)) + fifth(2 + index)).to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::widen_blocks;
    use crate::gguf::q5_0_value;

    #[test]
    fn widened_values_are_those_of_the_block() {
        let block: Vec<u8> = (0..22).map(|at: u8| at.wrapping_mul(151).wrapping_add(29)).collect();
        let (quants, scales) = widen_blocks(&block);
        let expect: Vec<u8> = (0..32).map(|index| q5_0_value(&block, index) + 112).collect();
        assert_eq!(quants, expect);
        assert_eq!(scales, crate::gguf::half_at(&block, 0).to_le_bytes());
    }
}

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
        return Ok(Unpacked {
            dir: dir.to_owned(),
            _scratch: None,
        });
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
    Ok(Unpacked {
        dir: scratch.path().to_owned(),
        _scratch: Some(scratch),
    })
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
        bytes
            .and_then(|bytes| start.checked_add(bytes))
            .is_some_and(|end| end <= length)
    };
    let blocks = packed.blocks;
    let source = within(
        packed.source,
        blocks.checked_mul(BlockType::Q5_0.bytes() as u64),
        stored,
    );
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
    for (block, quants) in blocks
        .chunks_exact(BlockType::Q5_0.bytes())
        .zip(quants.chunks_exact_mut(32))
    {
        widen_block(block, quants);
        scales.extend(crate::gguf::half_at(block, 0).to_le_bytes());
    }
    (quants, scales)
}

/// The same as [`q5_0_value`](crate::gguf::q5_0_value) for each element, without its branches.
fn widen_block(block: &[u8], quants: &mut [u8]) {
    let bits = u32::from_le_bytes([block[2], block[3], block[4], block[5]]);
    let (low, high) = quants.split_at_mut(16);
    for (index, byte) in block[6..22].iter().enumerate() {
        low[index] = (byte & 15 | (bits >> index & 1) as u8 * 16) + (128 - 16);
        high[index] = (byte >> 4 | (bits >> (index + 16) & 1) as u8 * 16) + (128 - 16);
    }
}

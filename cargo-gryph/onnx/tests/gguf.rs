//! Reading GGUF files, sound and damaged.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod support;

use gryph_onnx::{
    gguf::{BlockType, Gguf, GgufError, Value, dequantise},
    import::{self, Precision},
};
use proptest::prelude::*;
use std::{fs, ops::ControlFlow};
use support::tiny;

fn open(bytes: &[u8]) -> Result<Gguf, GgufError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tiny.gguf");
    fs::write(&path, bytes).unwrap();
    Gguf::open(&path)
}

fn message(bytes: &[u8]) -> String {
    open(bytes).unwrap_err().to_string()
}

#[test]
fn header_and_table_are_read() {
    let file = open(&tiny::model(&tiny::QWEN)).unwrap();
    assert_eq!(file.value("general.architecture").and_then(Value::as_text), Some("qwen2"));
    assert_eq!(file.value("qwen2.block_count").and_then(Value::as_u64), Some(2));
    let tensor = file.tensor("blk.1.attn_v.weight").unwrap();
    assert_eq!((tensor.columns, tensor.rows, tensor.block_type), (256, 128, BlockType::Q6K));
    assert_eq!(file.tensors().len(), 3 + 2 * 12);
}

#[test]
fn damage_is_named() {
    let sound = tiny::model(&tiny::QWEN);
    let patched = |at: usize, bytes: &[u8]| {
        let mut damaged = sound.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        message(&damaged)
    };
    let huge = u64::MAX.to_le_bytes();
    assert!(message(b"").contains("truncated or corrupt"));
    assert!(patched(0, b"GGML").contains("not a GGUF file"));
    assert!(patched(4, &9u32.to_le_bytes()).contains("version 9 is not supported"));
    assert!(patched(8, &huge).contains("tensor table: the file claims"));
    assert!(patched(16, &huge).contains("metadata: the file claims"));
    assert!(patched(24, &huge).contains("metadata key: the file claims"));
    assert!(message(&sound[..sound.len() - 4096]).contains("beyond the end of the file"));
    assert!(message(&sound[..sound.len() / 1000]).contains("left"));
}

#[test]
fn impossible_tensors_are_named() {
    let message = |kind: tiny::Kind, shape: &[usize]| {
        let mut file = tiny::File::default();
        file.tensor("odd", kind, &[]);
        let mut bytes = file.bytes();
        // The table's only row: rank, shape, type and offset follow the name.
        bytes.truncate(24 + 8 + 3);
        bytes.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|size| bytes.extend((*size as u64).to_le_bytes()));
        bytes.extend(kind.number.to_le_bytes());
        bytes.extend(0u64.to_le_bytes());
        bytes.resize(4096, 0);
        message(&bytes)
    };
    let unknown = tiny::Kind { number: 999, ..tiny::F32 };
    assert!(message(unknown, &[4]).contains("tensor type 999 is not supported"));
    assert!(message(tiny::F32, &[]).contains("0 dimensions"));
    assert!(message(tiny::F32, &[1; 5]).contains("5 dimensions"));
    assert!(message(tiny::F32, &[usize::MAX, usize::MAX]).contains("overflows"));
    assert!(message(tiny::F32, &[1 << 40, 1 << 30]).contains("overflows"));
    assert!(message(tiny::F32, &[0, 4]).contains("is empty"));
    assert!(message(tiny::F32, &[1 << 30]).contains("beyond the end"));
    assert!(message(tiny::Q4_K, &[32]).contains("no multiple of a Q4K block"));
}

/// Sums of three blocks of counted bytes, as the `gguf` Python package 0.19 dequantises them.
#[test]
fn blocks_are_dequantised_as_by_the_reference() {
    let check = |block_type: BlockType, scales: &[usize], expect: [f64; 3]| {
        let size = block_type.bytes();
        let mut bytes: Vec<u8> = (0..3 * size).map(|at| (at * 37 + at / 7) as u8).collect();
        for block in bytes.chunks_exact_mut(size) {
            scales
                .iter()
                .for_each(|at| block[*at..at + 2].copy_from_slice(&half::f16::from_f32(0.25).to_le_bytes()));
        }
        let mut values = Vec::new();
        dequantise(block_type, &bytes, &mut values);
        assert_eq!(values.len(), 3 * block_type.elements());
        let sum: f64 = values.iter().map(|value| f64::from(*value)).sum();
        let weighted: f64 =
            values.iter().zip(1..).map(|(value, nth)| f64::from(*value) * f64::from(nth)).sum();
        let found = [f64::from(values[5]), sum, weighted];
        assert_eq!(found, expect, "{block_type:?}");
    };
    check(BlockType::Q4_0, &[0], [-1.0, -15.75, -810.25]);
    check(BlockType::Q4_1, &[0, 2], [3.75, 202.5, 9825.0]);
    check(BlockType::Q5_0, &[0], [-2.0, 0.75, 190.0]);
    check(BlockType::Q8_0, &[0], [1.0, 74.5, 2422.0]);
    check(BlockType::Q4K, &[0, 2], [49.75, 40935.75, 15847130.25]);
    check(BlockType::Q5K, &[0, 2], [-10.25, 79674.25, 31734575.0]);
    check(BlockType::Q6K, &[208], [212.75, -1518.0, 138824.5]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Any damage to the header gives an error or a file that imports or fails to, and never a crash. Most of a tiny
    /// file is data, so damage is aimed at what comes before it.
    #[test]
    fn mutated_files_never_crash(
        changes in prop::collection::vec((0.0..1.0f64, any::<u8>()), 1..6),
        word in (0.0..1.0f64, prop::sample::select(vec![0u64, 1, 1 << 31, 1 << 32, 1 << 62, u64::MAX])),
        is_word in any::<bool>(),
        keep in 0.2..1.2f64,
    ) {
        let mut bytes = tiny::model(&tiny::LLAMA);
        let head = 8_500.min(bytes.len());
        for (place, byte) in changes {
            bytes[(place * head as f64) as usize] = byte;
        }
        if is_word {
            let at = (word.0 * (head - 8) as f64) as usize;
            bytes[at..at + 8].copy_from_slice(&word.1.to_le_bytes());
        }
        bytes.truncate((keep * bytes.len() as f64) as usize);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tiny.gguf");
        fs::write(&path, bytes).unwrap();
        let out = dir.path().join("out");
        fs::create_dir(&out).unwrap();
        if let Err(error) = import::import(&path, &out, Precision::Cpu, &mut |_| ControlFlow::Continue(())) {
            prop_assert!(!error.to_string().is_empty());
            prop_assert!(!out.join("model.json").exists());
        }
    }
}

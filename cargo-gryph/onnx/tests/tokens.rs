//! The rebuilt tokenizer gives the ids that the publisher's own `tokenizer.json` gives.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use gryph_onnx::tokenizer::Tokenizer;
use std::{env, fs, ops::Range, path::Path};

/// Bytes of the corpus.
const SIZE: usize = 1_000_000;

/// What is mixed at random: letters of many scripts, marks, symbols, control characters.
const BLOCKS: [Range<u32>; 16] = [
    0x01..0x20,
    0x20..0x7f,
    0xa0..0x250,
    0x300..0x370,
    0x370..0x530,
    0x590..0x700,
    0x900..0xe00,
    0x1100..0x1200,
    0x1e00..0x2000,
    0x2000..0x2070,
    0x4e00..0x9fff,
    0xac00..0xd7a3,
    0xfe00..0xfe10,
    0x1d400..0x1d7ff,
    0x1f1e6..0x1f200,
    0x1f300..0x1faf0,
];

/// What stands between the letters.
const BETWEEN: [&str; 20] = [
    "",
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    " \n",
    "\t",
    "\r\n",
    "\u{a0}",
    "\u{2028}",
    "\u{3000}",
    "12345",
    "'s",
    "'LL",
    "’re",
    "<|im_start|>",
    "<|endoftext|>",
    "<tool_call>",
    "[PAD151665]",
];

/// Pseudo-random numbers (Knuth's MMIX generator, high bits).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(limit)) as u32
    }
}

/// This crate's own code, every assigned or unassigned character of the first planes once, then a random mixture.
fn corpus() -> Vec<String> {
    let mut parts = Vec::new();
    let sources = ["src", "src/decoder", "src/gguf", "src/import", "tests"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in sources.iter().flat_map(|directory| fs::read_dir(root.join(directory)).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            parts.push(fs::read_to_string(path).unwrap());
        }
    }
    // The ideographs and syllables are many and alike.
    let sparse = |code: &u32| !(0x3400..0xd800).contains(code) || code.is_multiple_of(29);
    parts.push((1..0x20000).filter(sparse).filter_map(char::from_u32).collect());
    let mut random = Random(1);
    let mut size: usize = parts.iter().map(String::len).sum();
    while size < SIZE {
        let part = mixture(&mut random);
        size += part.len();
        parts.push(part);
    }
    parts
}

fn mixture(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..1000 {
        let block = &BLOCKS[random.below(BLOCKS.len() as u32) as usize];
        for _ in 0..=random.below(6) {
            let code = block.start + random.below(block.end - block.start);
            text.extend(char::from_u32(code));
        }
        text += BETWEEN[random.below(BETWEEN.len() as u32) as usize];
    }
    text
}

#[test]
fn token_ids_are_those_of_the_publisher() {
    let (Some(imported), Some(published)) =
        (env::var_os("GRYPH_TEST_IMPORTED"), env::var_os("GRYPH_TEST_PUBLISHED"))
    else {
        println!(
            "skipped: set GRYPH_TEST_IMPORTED to a model's directory, GRYPH_TEST_PUBLISHED to a tokenizer.json"
        );
        return;
    };
    let ours = Tokenizer::open(Path::new(&imported)).unwrap();
    let theirs = tokenizers::Tokenizer::from_file(published).unwrap();
    let (mut bytes, mut count) = (0, 0);
    for part in corpus() {
        let expected = theirs.encode_fast(part.as_str(), false).unwrap();
        let found = ours.encode(&part).unwrap();
        if found != expected.get_ids() {
            // The first line that differs says more than two long lists.
            for line in part.split_inclusive('\n') {
                let expected = theirs.encode_fast(line, false).unwrap();
                assert_eq!(ours.encode(line).unwrap(), expected.get_ids(), "{line:?}");
            }
            panic!("the ids differ where lines meet");
        }
        bytes += part.len();
        count += found.len();
    }
    println!("{count} ids of {bytes} bytes are equal");
}

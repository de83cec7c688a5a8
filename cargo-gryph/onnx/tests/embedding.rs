//! The embedding model, run for real: what it gives is what ONNX Runtime gives elsewhere, and means something.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

mod support;

use gryph_onnx::embedding::{Embedder, Embedders, WIDTH};
use support::{cosine, setting};

const GCD: &str = "Returns the greatest common divisor of two numbers.";
const SAME_IN_OTHER_WORDS: &str = "Computes the largest number that divides both arguments.";
const CAT: &str = "The cat sleeps on a warm stone.";
const CODE: &str = "fn gcd(a: u64, b: u64) -> u64 { if b == 0 { a } else { gcd(b, a % b) } }";
const MIXED: &str = "Der Hund bellt laut, 日本語のテキスト.";

/// The first numbers of the vectors that Python's `onnxruntime` 1.31.1 and `tokenizers` give with the same files: one
/// text a run, the mean over all tokens, length 1.
const REFERENCE: [(&str, [f32; 12]); 5] = [
    (
        GCD,
        [
            0.01645, 0.08294, -0.07766, -0.08207, -0.00504, -0.04091, -0.0046, 0.11451, -0.08936, -0.02517,
            -0.00777, 0.05411,
        ],
    ),
    (
        SAME_IN_OTHER_WORDS,
        [
            0.03551, 0.10484, -0.13262, -0.0637, -0.02821, -0.03978, 0.01967, 0.05698, -0.01013, -0.01958,
            -0.06064, 0.0434,
        ],
    ),
    (
        CAT,
        [
            0.08908, 0.01929, 0.00575, 0.12095, -0.05045, 0.02161, -0.03272, -0.02448, 0.01115, 0.02072,
            -0.11593, -0.04053,
        ],
    ),
    (
        CODE,
        [
            0.04518, 0.1307, -0.10423, -0.05774, 0.03674, -0.00274, 0.01606, -0.02403, -0.03432, -0.00891,
            0.08619, -0.00041,
        ],
    ),
    (
        MIXED,
        [
            -0.06086, 0.10642, 0.07337, -0.01385, -0.02383, 0.04993, 0.13367, 0.0755, -0.05561, 0.00136,
            0.04485, -0.02461,
        ],
    ),
];

fn embedder() -> Option<Embedder> {
    let (runtime, models) = setting()?;
    let directory = models.join("minilm-l6-v2-int8");
    let (model, tokenizer) = (directory.join("model.onnx"), directory.join("tokenizer.json"));
    Some(Embedder::open(&runtime, &model, &tokenizer, 1).unwrap())
}

#[test]
fn vectors_are_those_of_the_reference_and_of_length_one() {
    let Some(mut embedder) = embedder() else { return };
    let vectors = embedder.embed(&REFERENCE.map(|(text, _)| text)).unwrap();
    for ((text, expected), vector) in REFERENCE.iter().zip(&vectors) {
        let apart = expected.iter().zip(vector).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{text}: {apart}");
        let length = vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        assert!((length - 1.0).abs() < 1e-6, "{text}: {length}");
    }
}

#[test]
fn what_means_the_same_is_closer_than_what_does_not() {
    let Some(mut embedder) = embedder() else { return };
    let [gcd, same, cat, code]: [[f32; WIDTH]; 4] =
        embedder.embed(&[GCD, SAME_IN_OTHER_WORDS, CAT, CODE]).unwrap().try_into().unwrap();
    assert!(cosine(&gcd, &same) > 0.5 && cosine(&gcd, &code) > 0.4);
    for other in [&gcd, &same, &code] {
        assert!(cosine(other, &cat) < 0.1);
    }
}

#[test]
fn a_vector_does_not_depend_on_its_neighbours() {
    let Some(mut embedder) = embedder() else { return };
    let long = "a number and a text, ".repeat(200);
    let texts = [GCD, "", &long, CAT, MIXED];
    let together = embedder.embed(&texts).unwrap();
    for (text, vector) in texts.iter().zip(together) {
        assert_eq!(embedder.embed(&[text]).unwrap(), [vector], "{text}");
    }
}

#[test]
fn several_copies_give_the_same_vectors_in_order() {
    let Some((runtime, models)) = setting() else { return };
    let directory = models.join("minilm-l6-v2-int8");
    let (model, tokenizer) = (directory.join("model.onnx"), directory.join("tokenizer.json"));
    let mut embedders = Embedders::open(&runtime, &model, &tokenizer, 3).unwrap();
    let mut embedder = Embedder::open(&runtime, &model, &tokenizer, 1).unwrap();
    let texts: Vec<&str> = [GCD, CAT, CODE, MIXED, ""].into_iter().cycle().take(40).collect();
    assert_eq!(embedders.embed(&texts).unwrap(), embedder.embed(&texts).unwrap());
    assert_eq!(embedders.embed(&[]).unwrap(), Vec::<[f32; WIDTH]>::new());
}

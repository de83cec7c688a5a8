//! What the tests with real models share: where the models are, and a plain forward pass to compare with.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod reference;
pub(crate) mod tiny;

use gryph_onnx::{
    import::{self, Precision},
    runtime::{self, Runtime},
};
use std::{
    env, fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// The runtime and the directory of models; `None`, with a word about it, where the environment does not name them.
pub(crate) fn setting() -> Option<(Runtime, PathBuf)> {
    let variables = ["GRYPH_MODEL_TESTS", "ORT_DYLIB_PATH", "GRYPH_TEST_MODELS"];
    let values: Vec<PathBuf> = variables.iter().filter_map(env::var_os).map(PathBuf::from).collect();
    let [switch, library, models] = values.as_slice() else {
        println!("skipped: set GRYPH_MODEL_TESTS=1, ORT_DYLIB_PATH and GRYPH_TEST_MODELS");
        return None;
    };
    if switch != Path::new("1") {
        println!("skipped: GRYPH_MODEL_TESTS is not 1");
        return None;
    }
    Some((runtime::init(library).unwrap(), models.clone()))
}

/// A model imported for this test process; the directory goes with the value.
pub(crate) fn imported(models: &Path, name: &str, precision: Precision) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    import::import(&models.join(name), dir.path(), precision, &mut |_| ControlFlow::Continue(())).unwrap();
    dir
}

/// Bytes of all files in a directory.
pub(crate) fn size(dir: &Path) -> u64 {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

/// Cosine of the angle between two vectors.
pub(crate) fn cosine(left: &[f32], right: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
}

/// Index of the largest number.
pub(crate) fn top(values: &[f32]) -> usize {
    (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap()
}

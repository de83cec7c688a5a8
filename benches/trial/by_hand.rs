//! How long the same takes without a trial: an edit and a `cargo test` for each candidate.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cargo_gryph::tree::Tree;

/// What it came to.
pub(crate) struct ByHand {
    /// Whether the tests of the base pass.
    pub(crate) base_passes: bool,
    /// Time for all variants.
    pub(crate) taken: Duration,
}

/// Edits, and runs `cargo test`, the way a loop without a trial does. The first, full build is not counted. No sandbox, no
/// documentation tests, and the incremental state is kept.
pub(crate) fn by_hand(dir: &Path, cargo: &Path, base: &Tree, variants: &[Tree], check_first: bool) -> ByHand {
    base.write_to(dir).unwrap();
    let run = |command: &[&str]| {
        let mut cargo = Command::new(cargo);
        cargo.args(command).arg("--tests").args(["--offline", "--quiet"]).current_dir(dir);
        cargo.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    };
    if check_first {
        run(&["check"]);
    }
    let base_passes = run(&["test"]);
    let started = Instant::now();
    for variant in variants {
        variant.write_to(dir).unwrap();
        if !check_first || run(&["check"]) {
            run(&["test"]);
        }
    }
    ByHand { base_passes, taken: started.elapsed() }
}

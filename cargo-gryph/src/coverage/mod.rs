//! Line coverage from instrumented builds, read in this process without LLVM tools.
//!
//! The workspace's own crates are compiled with `-C instrument-coverage` ([`instrument`]), each test binary leaves raw
//! profiles behind ([`profile`]), and the regions in its coverage map become lines by the rules of `llvm-cov`
//! ([`lines`]). Items under `#[cfg(test)]` do not count ([`exclude`]): tests cover themselves and inflate the figure.
//!
//! Source of the formats: the LLVM Code Coverage Mapping Format document and `compiler-rt/lib/profile`.

pub mod exclude;
pub mod instrument;
pub mod lines;
pub mod profile;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::patch::Span;
use crate::tree::{Tree, TreePath};

pub use profile::{CoverageError, Profiled};

/// How often the lines of files ran, by line number from 1. Lines without code are left out.
pub type LineHits = BTreeMap<TreePath, BTreeMap<usize, u64>>;

/// Lines of one file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileCoverage {
    /// The file.
    pub path: TreePath,
    /// Lines that hold code and ran.
    pub covered: usize,
    /// Lines that hold code.
    pub coverable: usize,
    /// Lines that hold code and did not run, from 1, ascending.
    pub uncovered_lines: Vec<usize>,
}

/// Line coverage of a tree.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// All files of the tree that hold code, tests' items left out.
    pub files: Vec<FileCoverage>,
    /// The same, reduced to generated lines.
    pub generated: Vec<FileCoverage>,
}

impl Coverage {
    /// Per cent of the generated lines that ran, 0 to 100; `None` when no generated line holds code.
    pub fn generated_percent(&self) -> Option<f64> {
        let covered: usize = self.generated.iter().map(|file| file.covered).sum();
        let coverable: usize = self.generated.iter().map(|file| file.coverable).sum();
        (coverable > 0).then(|| 100.0 * covered as f64 / coverable as f64)
    }
}

/// Reads what the runs left behind: the coverage of `tree`, whose files lie at `root`.
///
/// # Errors
/// When a binary has no coverage map or a profile cannot be read: that is "could not find out", not "not covered".
pub fn collect(
    runs: &[Profiled],
    root: &Path,
    tree: &Tree,
    generated: &[Span],
) -> Result<Coverage, CoverageError> {
    let mut regions = lines::Regions::default();
    for run in runs {
        profile::read(run, root, &mut regions)?;
    }
    Ok(summarise(&regions.lines(), tree, generated))
}

/// Reduces line hits to the figures of a tree.
pub fn summarise(hits: &LineHits, tree: &Tree, generated: &[Span]) -> Coverage {
    let mut coverage = Coverage::default();
    for (path, lines) in hits {
        let Some(text) = tree.text(path) else { continue };
        let excluded = exclude::test_lines(text);
        let counted = |line: &usize| !excluded.contains(line);
        let generated_lines = lines_of(generated, path, text);
        coverage.files.extend(file_coverage(path, lines, counted));
        coverage
            .generated
            .extend(file_coverage(path, lines, |line| counted(line) && generated_lines.contains(line)));
    }
    coverage
}

/// The figures of one file for the lines that count; `None` when none of them holds code.
fn file_coverage(
    path: &TreePath,
    lines: &BTreeMap<usize, u64>,
    counts: impl Fn(&usize) -> bool,
) -> Option<FileCoverage> {
    let counted: Vec<(usize, u64)> =
        lines.iter().filter(|(line, _)| counts(line)).map(|(line, hits)| (*line, *hits)).collect();
    let uncovered_lines: Vec<usize> =
        counted.iter().filter(|(_, hits)| *hits == 0).map(|(line, _)| *line).collect();
    let coverable = counted.len();
    let covered = coverable - uncovered_lines.len();
    (coverable > 0).then(|| FileCoverage { path: path.clone(), covered, coverable, uncovered_lines })
}

/// The lines that the spans of one file touch.
fn lines_of(spans: &[Span], path: &TreePath, text: &str) -> BTreeSet<usize> {
    // Found once: a generated file may have thousands of spans.
    let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line_at = |byte: usize| 1 + breaks.partition_point(|at| *at < byte);
    spans
        .iter()
        .filter(|span| span.path == *path && !span.range.is_empty())
        .flat_map(|span| line_at(span.range.start)..=line_at(span.range.end.saturating_sub(1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    fn hits(lines: &[(usize, u64)]) -> LineHits {
        BTreeMap::from([(path(), lines.iter().copied().collect())])
    }

    #[test]
    fn only_generated_lines_decide_the_generated_figure() {
        let mut tree = Tree::new();
        tree.insert(path(), "fn a() {\n    1;\n    2;\n}\nfn b() {}\n");
        let generated = [Span { path: path(), range: 9..23 }];
        let coverage = summarise(&hits(&[(1, 1), (2, 1), (3, 0), (4, 1), (5, 0)]), &tree, &generated);
        assert_eq!(coverage.generated_percent(), Some(50.0));
        assert_eq!(coverage.generated[0].uncovered_lines, [3]);
        assert_eq!((coverage.files[0].covered, coverage.files[0].coverable), (3, 5));
    }

    #[test]
    fn items_for_tests_do_not_count() {
        let mut tree = Tree::new();
        tree.insert(path(), "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n");
        let coverage = summarise(&hits(&[(1, 0), (4, 9)]), &tree, &[]);
        assert_eq!((coverage.files[0].covered, coverage.files[0].coverable), (0, 1));
        assert_eq!(coverage.generated_percent(), None);
    }
}

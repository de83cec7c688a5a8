//! Line coverage from instrumented builds, read in this process without LLVM tools.
//!
//! The workspace's own crates are compiled with `-C instrument-coverage` ([`instrument`]), each test binary leaves raw
//! profiles behind ([`profile`]), and the regions in its coverage map become lines by the rules of `llvm-cov`
//! ([`lines`]). The executables of tests in documentation are kept for that ([`doctest`]). Items under `#[cfg(test)]` do
//! not count ([`exclude`]): tests cover themselves and inflate the figure.
//!
//! Source of the formats: the LLVM Code Coverage Mapping Format document and `compiler-rt/lib/profile`.

pub mod doctest;
pub mod exclude;
pub mod instrument;
pub mod lines;
pub mod profile;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
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
    /// Lines that hold code, from 1, ascending.
    #[serde(default)]
    pub lines: Vec<usize>,
    /// Its regions.
    #[serde(default)]
    pub regions: RegionShare,
}

/// Regions: stretches of code that run as one, such as an arm of a `match`. A line may hold several.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionShare {
    /// Those that ran.
    pub covered: usize,
    /// All of them.
    pub total: usize,
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

    /// Whether any of these lines of a file holds code in this build.
    pub fn holds_code(&self, path: &TreePath, lines: &RangeInclusive<usize>) -> bool {
        let file = self.files.iter().find(|file| file.path == *path);
        file.is_some_and(|file| file.lines.iter().any(|line| lines.contains(line)))
    }

    /// What of the generated code ran, in words; `None` when there is none.
    pub fn in_words(&self) -> Option<String> {
        let sum = |of: fn(&FileCoverage) -> usize| self.generated.iter().map(of).sum::<usize>();
        let (covered, coverable) = (sum(|file| file.covered), sum(|file| file.coverable));
        let regions = (sum(|file| file.regions.covered), sum(|file| file.regions.total));
        let text = format!("{covered} of {coverable} lines, {} of {} regions", regions.0, regions.1);
        (coverable > 0).then_some(text)
    }

    /// Adds the figures of regions. Those count that begin outside of the items of tests; of the generated lines those
    /// that meet one.
    fn count_regions(&mut self, regions: &lines::Regions, tree: &Tree, generated: &[Span]) {
        for file in &mut self.files {
            let excluded = tree.text(&file.path).map(exclude::test_lines).unwrap_or_default();
            file.regions = regions.share(&file.path, |region| !excluded.contains(&region.line_start));
        }
        for file in &mut self.generated {
            let Some(text) = tree.text(&file.path) else { continue };
            let (excluded, lines) = (exclude::test_lines(text), lines_of(generated, &file.path, text));
            file.regions = regions.share(&file.path, |region| {
                let mut met = lines.range(region.line_start..=region.line_end);
                !excluded.contains(&region.line_start) && met.next().is_some()
            });
        }
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
    let mut coverage = summarise(&regions.lines(), tree, generated);
    coverage.count_regions(&regions, tree, generated);
    Ok(coverage)
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
    let regions = RegionShare::default();
    let lines = counted.into_iter().map(|(line, _)| line).collect();
    let path = path.clone();
    (coverable > 0).then_some(FileCoverage { path, covered, coverable, uncovered_lines, lines, regions })
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
    fn regions_are_told_for_the_lines_that_they_meet() {
        let mut tree = Tree::new();
        tree.insert(path(), "fn a() {\n    1;\n    2;\n}\nfn b() {}\n");
        let mut regions = lines::Regions::default();
        let region = |first: (usize, usize), last: (usize, usize)| lines::Region {
            line_start: first.0,
            column_start: first.1,
            line_end: last.0,
            column_end: last.1,
        };
        regions.add(path(), region((1, 1), (4, 2)), 1);
        regions.add(path(), region((3, 5), (3, 6)), 0);
        regions.add(path(), region((5, 1), (5, 10)), 1);
        let generated = [Span { path: path(), range: 9..23 }];
        let mut coverage = summarise(&regions.lines(), &tree, &generated);
        coverage.count_regions(&regions, &tree, &generated);
        assert_eq!(coverage.files[0].regions, RegionShare { covered: 2, total: 3 });
        assert_eq!(coverage.in_words().as_deref(), Some("2 of 2 lines, 1 of 2 regions"));
        assert_eq!(Coverage::default().in_words(), None);
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

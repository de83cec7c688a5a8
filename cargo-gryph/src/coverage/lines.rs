//! Turns counted source regions into counted lines, by the rules of `llvm-cov`.
//!
//! A line's count is the greatest of the count that wraps its first column and the counts of the regions that start in
//! it (`LineCoverageStats` in LLVM's `CoverageMapping.cpp`).

use std::collections::BTreeMap;

use crate::coverage::{LineHits, RegionShare};
use crate::tree::TreePath;

/// A source range, lines and columns from 1, ordered outer before inner where two start together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Region {
    /// First line.
    pub line_start: usize,
    /// First column.
    pub column_start: usize,
    /// Last line.
    pub line_end: usize,
    /// Column after the last character.
    pub column_end: usize,
}

/// Counted code regions by file. Instances of a generic function and several binaries add up.
#[derive(Default, Debug)]
pub struct Regions {
    files: BTreeMap<TreePath, BTreeMap<Region, u64>>,
}

/// A region longer than this is malformed: no file we judge has as many lines.
const MAX_LINE: usize = 1_000_000;

impl Regions {
    /// Adds the count of one region.
    pub fn add(&mut self, path: TreePath, region: Region, count: u64) {
        if region.line_start == 0 || region.line_end < region.line_start || region.line_end > MAX_LINE {
            return;
        }
        let counted = self.files.entry(path).or_default().entry(region).or_default();
        *counted = counted.saturating_add(count);
    }

    /// How many of a file's regions ran, of those that count.
    pub fn share(&self, path: &TreePath, counts: impl Fn(&Region) -> bool) -> RegionShare {
        let of_file = self.files.get(path).into_iter().flatten().filter(|(region, _)| counts(region));
        of_file.fold(RegionShare::default(), |share, (_, count)| RegionShare {
            covered: share.covered + usize::from(*count > 0),
            total: share.total + 1,
        })
    }

    /// The lines that hold code, with their counts.
    pub fn lines(&self) -> LineHits {
        self.files.iter().map(|(path, regions)| (path.clone(), lines_of(regions))).collect()
    }
}

/// Sweeps over the regions of one file from the first line to the last.
fn lines_of(regions: &BTreeMap<Region, u64>) -> BTreeMap<usize, u64> {
    let mut lines: BTreeMap<usize, u64> = BTreeMap::new();
    let mut innermost: BTreeMap<usize, (Region, u64)> = BTreeMap::new();
    for (region, count) in regions {
        let starting = lines.entry(region.line_start).or_default();
        *starting = (*starting).max(*count);
        for line in region.line_start + 1..=region.line_end {
            let wrapping = innermost.entry(line).or_insert((*region, *count));
            if is_inside(region, &wrapping.0) {
                *wrapping = (*region, *count);
            }
        }
    }
    for (line, (_, count)) in innermost {
        let hits = lines.entry(line).or_default();
        *hits = (*hits).max(count);
    }
    lines
}

/// Whether a region starts later, or together and ends earlier: the one that counts where both apply.
fn is_inside(region: &Region, other: &Region) -> bool {
    let start = |region: &Region| (region.line_start, region.column_start);
    let end = |region: &Region| (region.line_end, region.column_end);
    start(region) > start(other) || (start(region) == start(other) && end(region) < end(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(start: (usize, usize), end: (usize, usize)) -> Region {
        Region { line_start: start.0, column_start: start.1, line_end: end.0, column_end: end.1 }
    }

    fn lines(regions: &[(Region, u64)]) -> Vec<(usize, u64)> {
        let mut all = Regions::default();
        for (region, count) in regions {
            all.add(TreePath::new("a.rs").expect("plain"), *region, *count);
        }
        all.lines().into_values().flatten().collect()
    }

    #[test]
    fn the_innermost_region_decides_the_lines_it_wraps() {
        let found = lines(&[(region((1, 1), (6, 2)), 5), (region((2, 12), (4, 6)), 0)]);
        assert_eq!(found, [(1, 5), (2, 5), (3, 0), (4, 0), (5, 5), (6, 5)]);
    }

    #[test]
    fn the_greatest_count_decides_a_line_in_which_regions_start() {
        let found = lines(&[(region((1, 1), (1, 9)), 0), (region((1, 10), (1, 20)), 3)]);
        assert_eq!(found, [(1, 3)]);
    }

    #[test]
    fn instances_of_a_generic_function_add_up() {
        let here = region((1, 1), (1, 9));
        assert_eq!(lines(&[(here, 2), (here, 3), (here, u64::MAX)]), [(1, u64::MAX)]);
    }

    #[test]
    fn malformed_regions_are_left_out() {
        assert_eq!(lines(&[(region((0, 1), (1, 1)), 1), (region((9, 1), (2, 1)), 1)]), []);
        assert_eq!(lines(&[(region((1, 1), (usize::MAX, 1)), 1)]), []);
    }
}

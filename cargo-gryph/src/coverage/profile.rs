//! Reads raw profiles and coverage maps with `llvm_profparser`.
//!
//! Both files come from code under test, so sizes are bounded and a parser that panics is an error, not a crash.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use llvm_profparser::coverage::coverage_mapping::read_object_file;
use llvm_profparser::coverage::{
    Counter, CounterType, CoverageMappingInfo, ExprKind, Expression, FunctionRecordV3, RegionKind,
};
use llvm_profparser::instrumentation_profile::types::InstrumentationProfile;

use crate::coverage::lines::{Region, Regions};
use crate::tree::TreePath;

/// One instrumented binary and the raw profiles its runs left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profiled {
    /// The executable, whose sections hold the coverage map.
    pub binary: PathBuf,
    /// The `.profraw` files. None means that it never ran: its code counts as not covered.
    pub profiles: Vec<PathBuf>,
}

/// Why coverage could not be found out.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// A profile or binary cannot be read or has an unknown form.
    #[error("cannot read coverage from `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A profile is larger than any honest one.
    #[error("coverage profile `{path}` has {bytes} bytes, more than the {MAX_PROFILE_BYTES} allowed")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The parser gave up inside.
    #[error("coverage in `{path}` is malformed")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// No run left a profile.
    #[error("the tests of `{binary}` ran but left no coverage profile")]
    NoProfile {
        /// The binary.
        binary: PathBuf,
    },
}

/// A raw profile holds eight bytes a counter and a few dozen a function; a project of ours has far fewer.
const MAX_PROFILE_BYTES: u64 = 16 << 20;

/// Adds the regions of one binary whose sources lie below `root` to `regions`.
///
/// # Errors
/// See [`CoverageError`].
pub fn read(run: &Profiled, root: &Path, regions: &mut Regions) -> Result<(), CoverageError> {
    let Some(profile) = merged(run)? else {
        return Err(CoverageError::NoProfile { binary: run.binary.clone() });
    };
    if profile.records().is_empty() {
        return Ok(()); // Nothing of the workspace is in it, and then it has no map either.
    }
    let version = profile.version().unwrap_or_default();
    let info = guarded(&run.binary, || read_object_file(&run.binary, version).map_err(io::Error::other))?;
    let counts: HashMap<u64, &[u64]> = profile
        .records()
        .iter()
        .filter_map(|named| Some((named.name_hash?, named.record.counts.as_slice())))
        .collect();
    for function in &info.cov_fun {
        let counts = counts.get(&function.header.name_hash).copied().unwrap_or_default();
        add_function(&info, function, counts, root, regions);
    }
    Ok(())
}

/// The sum of all profiles of a binary; `None` without any.
fn merged(run: &Profiled) -> Result<Option<InstrumentationProfile>, CoverageError> {
    let mut sum: Option<InstrumentationProfile> = None;
    for path in &run.profiles {
        let read_error = |source| CoverageError::Read { path: path.clone(), source };
        let bytes = std::fs::metadata(path).map_err(read_error)?.len();
        if bytes > MAX_PROFILE_BYTES {
            return Err(CoverageError::TooLarge { path: path.clone(), bytes });
        }
        if bytes == 0 {
            continue; // A process that was killed before its end leaves an empty file.
        }
        let content = std::fs::read(path).map_err(read_error)?;
        if !is_plausible(&content) {
            return Err(CoverageError::Malformed { path: path.clone() });
        }
        let profile = guarded(path, || llvm_profparser::parse_bytes(&content))?;
        match &mut sum {
            Some(sum) => sum.merge(&profile),
            None => sum = Some(profile),
        }
    }
    Ok(sum)
}

/// Whether a file is a raw profile of a 64-bit little-endian process whose counts fit into its size: the parser
/// allocates what the header asks for. Header words: magic, version, binary ids, records, padding, counters.
fn is_plausible(content: &[u8]) -> bool {
    let word = |index: usize| -> Option<u64> {
        let bytes = content.get(8 * index..8 * index + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let fits = |index: usize, size: u64| {
        word(index)
            .and_then(|count| count.checked_mul(size))
            .is_some_and(|bytes| bytes <= content.len() as u64)
    };
    word(0) == Some(RAW_MAGIC) && fits(2, 1) && fits(3, RECORD_BYTES) && fits(4, 1) && fits(5, 8)
}

/// `\xfflprofr\x81`, read as a little-endian number.
const RAW_MAGIC: u64 = 0xff6c_7072_6f66_7281;

/// The least size of a function's record in any version of the format.
const RECORD_BYTES: u64 = 44;

/// Runs the third-party parser so that its panics on malformed input become errors.
fn guarded<T>(path: &Path, parse: impl FnOnce() -> io::Result<T>) -> Result<T, CoverageError> {
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(Ok(parsed)) => Ok(parsed),
        Ok(Err(source)) => Err(CoverageError::Read { path: path.to_owned(), source }),
        Err(_) => Err(CoverageError::Malformed { path: path.to_owned() }),
    }
}

fn add_function(
    info: &CoverageMappingInfo,
    function: &FunctionRecordV3,
    counts: &[u64],
    root: &Path,
    regions: &mut Regions,
) {
    let files = info.get_files_from_id(function.header.filenames_ref);
    let expressions = function.expressions.as_slice();
    let mut counters = Counters { counts, expressions, known: vec![None; expressions.len()] };
    for region in &function.regions {
        if region.kind != RegionKind::Code {
            continue;
        }
        let Some(path) = files.get(region.file_id).and_then(|file| TreePath::below(root, file)) else {
            continue;
        };
        let count = counters.value(&region.count, 0);
        let place = Region {
            line_start: region.loc.line_start,
            column_start: region.loc.column_start,
            line_end: region.loc.line_end,
            column_end: region.loc.column_end,
        };
        regions.add(path, place, u64::try_from(count.max(0)).unwrap_or(u64::MAX));
    }
}

/// Values of a function's counters. Expressions share parts, so each is computed once.
struct Counters<'a> {
    counts: &'a [u64],
    expressions: &'a [Expression],
    known: Vec<Option<i128>>,
}

/// Expressions nest as deep as the code they count; deeper than this is malformed and counts as never run.
const MAX_DEPTH: usize = 1024;

impl Counters<'_> {
    fn value(&mut self, counter: &Counter, depth: usize) -> i128 {
        let Ok(id) = usize::try_from(counter.id) else { return 0 };
        match counter.kind {
            CounterType::Zero => 0,
            CounterType::ProfileInstrumentation => self.counts.get(id).copied().unwrap_or(0).into(),
            CounterType::Expression(_) => self.expression(id, depth),
        }
    }

    fn expression(&mut self, id: usize, depth: usize) -> i128 {
        let Some(expression) = self.expressions.get(id).filter(|_| depth < MAX_DEPTH) else { return 0 };
        if let Some(known) = self.known[id] {
            return known;
        }
        let left = self.value(&expression.lhs, depth + 1);
        let right = self.value(&expression.rhs, depth + 1);
        let value = match expression.kind {
            ExprKind::Subtract => left.saturating_sub(right),
            ExprKind::Add => left.saturating_add(right),
        };
        self.known[id] = Some(value);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_profile_is_an_error_and_not_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let honest_start = RAW_MAGIC.to_le_bytes();
        for (name, content) in [
            ("noise", b"no profile at all".to_vec()),
            ("short", honest_start.to_vec()),
            ("huge", [honest_start.as_slice(), &[10, 0, 0, 0, 0, 0, 0, 0], &[0xff; 200]].concat()),
        ] {
            let path = dir.path().join(name);
            std::fs::write(&path, content).unwrap();
            let run = Profiled { binary: path.clone(), profiles: vec![path] };
            assert!(read(&run, dir.path(), &mut Regions::default()).is_err(), "{name}");
        }
    }

    #[test]
    fn a_binary_without_profile_is_not_silently_uncovered() {
        let run = Profiled { binary: PathBuf::from("absent"), profiles: Vec::new() };
        let read = read(&run, Path::new("/"), &mut Regions::default());
        assert!(matches!(read, Err(CoverageError::NoProfile { .. })));
    }
}

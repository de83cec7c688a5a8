//! What a change takes out of sight: code that coverage or mutation tools are told to leave out, and outcomes of tests
//! that stand in files of their own.

use std::collections::BTreeMap;

use crate::change::kind::{FileChange, FileDifference, FileKind};
use crate::change::observation::{Observation, ObservationKind};
use crate::tree::{Tree, TreePath};

/// By which words tools are told to leave code out.
const MARKS: [&str; 9] = [
    "coverage(off)",
    "no_coverage",
    "tarpaulin",
    "mutants::skip",
    "LCOV_EXCL",
    "GCOV_EXCL",
    "GRCOV_EXCL",
    "grcov-excl",
    "cov:ignore",
];
/// By which words a program asks whether it is being tested.
const ASKS: [&str; 2] = ["cfg!(test", "cfg!(not(test"];
/// Ends of the names of files that hold what a test expects.
const OUTCOMES: [&str; 6] = [".snap", ".stderr", ".stdout", ".expected", ".golden", ".approved"];
/// Folders of such files.
const FOLDERS: [&str; 5] = ["expected", "golden", "goldens", "snapshots", "proptest-regressions"];

/// Compares the files that differ.
pub(super) fn exclusions(base: &Tree, after: &Tree, files: &[FileChange]) -> Vec<Observation> {
    let marks = files.iter().filter(|file| file.path.as_str().ends_with(".rs"));
    let marks = marks.flat_map(|file| {
        let left_out = marked(base, after, &file.path, (&MARKS, ObservationKind::CoverageSwitch));
        // A program that knows that it is tested answers the tests.
        let program = Some(file).filter(|file| file.kind == FileKind::Program);
        let asking =
            program.map(|file| marked(base, after, &file.path, (&ASKS, ObservationKind::SpecialCase)));
        left_out.into_iter().chain(asking.into_iter().flatten())
    });
    let outcomes =
        files.iter().filter(|file| is_outcome(base, file)).filter_map(|file| outcome(base, after, file));
    marks.chain(outcomes).collect()
}

/// Lines with a mark that were not there before.
fn marked(
    base: &Tree,
    after: &Tree,
    path: &TreePath,
    (marks, kind): (&[&'static str], ObservationKind),
) -> Vec<Observation> {
    let with_mark = |text: &str| -> Vec<(usize, String, &'static str)> {
        let lines = text.lines().enumerate();
        let marked = lines.filter_map(|(index, line)| {
            let mark = marks.iter().copied().find(|mark| line.contains(mark))?;
            Some((index + 1, line.trim().to_owned(), mark))
        });
        marked.collect()
    };
    let mut before: BTreeMap<String, usize> = BTreeMap::new();
    for (_, line, _) in with_mark(base.text(path).unwrap_or_default()) {
        *before.entry(line).or_default() += 1;
    }
    let mut found = Vec::new();
    for (line, text, mark) in with_mark(after.text(path).unwrap_or_default()) {
        match before.get_mut(&text).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => found.push(Observation {
                kind,
                path: path.clone(),
                line,
                item: String::new(),
                detail: format!("`{mark}` added"),
            }),
        }
    }
    found
}

fn is_outcome(base: &Tree, file: &FileChange) -> bool {
    let path = file.path.as_str();
    if file.kind != FileKind::Test || path.ends_with(".rs") {
        return false;
    }
    let is_named = OUTCOMES.iter().any(|end| path.ends_with(end));
    let is_kept = path.split('/').any(|part| FOLDERS.contains(&part));
    is_named || is_kept || is_read(base, path)
}

/// Whether a test brings the file into its own text, to be compared with something.
fn is_read(base: &Tree, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let includes = |text: &str| {
        let mut lines =
            text.lines().filter(|line| line.contains("include_str!") || line.contains("include_bytes!"));
        lines.any(|line| line.contains(name))
    };
    let sources = base.files().filter(|(path, _)| path.as_str().ends_with(".rs"));
    sources.filter_map(|(path, _)| base.text(path)).any(includes)
}

/// An outcome that was changed, or is gone under every name.
fn outcome(base: &Tree, after: &Tree, file: &FileChange) -> Option<Observation> {
    let detail = match file.difference {
        FileDifference::Added => return None,
        FileDifference::Changed => "the file was changed",
        FileDifference::Removed => {
            let was = base.get(&file.path);
            let is_moved =
                after.files().any(|(path, content)| Some(content) == was && base.get(path).is_none());
            (!is_moved).then_some("the file was removed")?
        }
    };
    Some(Observation {
        kind: ObservationKind::ExpectationChanged,
        path: file.path.clone(),
        line: 1,
        item: String::new(),
        detail: detail.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{ChangeFacts, TestLiterals};

    fn observed(before: &[(&str, &str)], now: &[(&str, &str)]) -> Vec<ObservationKind> {
        let tree = |files: &[(&str, &str)]| {
            let mut tree = Tree::new();
            files.iter().for_each(|(path, text)| tree.insert(TreePath::new(*path).unwrap(), *text));
            tree
        };
        let facts = ChangeFacts::between(&tree(before), &tree(now), &TestLiterals::default());
        let wanted = [ObservationKind::CoverageSwitch, ObservationKind::ExpectationChanged];
        facts.observations.into_iter().map(|one| one.kind).filter(|kind| wanted.contains(kind)).collect()
    }

    #[test]
    fn code_that_is_left_out_of_coverage_is_observed() {
        let of = |text: &'static str| [("src/lib.rs", text)];
        let off = "#[coverage(off)]\nfn f() {}";
        assert_eq!(observed(&of("fn f() {}"), &of(off)), [ObservationKind::CoverageSwitch]);
        assert_eq!(observed(&of(off), &of("fn g() {}\n#[coverage(off)]\nfn f() {}")), []);
        let asks = "fn f() { if cfg!(test) { g() } }";
        let wanted = |files: &[(&str, &str)]| {
            let mut tree = Tree::new();
            files.iter().for_each(|(path, text)| tree.insert(TreePath::new(*path).unwrap(), *text));
            tree
        };
        let facts =
            ChangeFacts::between(&wanted(&of("fn f() {}")), &wanted(&of(asks)), &TestLiterals::default());
        assert_eq!(facts.observed(ObservationKind::SpecialCase).count(), 1);
        let comment = "fn f() {\n    g(); // LCOV_EXCL_LINE\n}";
        assert_eq!(observed(&of("fn f() { g(); }"), &of(comment)), [ObservationKind::CoverageSwitch]);
    }

    #[test]
    fn outcomes_in_files_are_expectations() {
        let snap = "tests/snapshots/a.snap";
        let changed = observed(&[(snap, "1")], &[(snap, "2")]);
        assert_eq!(changed, [ObservationKind::ExpectationChanged]);
        assert_eq!(observed(&[(snap, "1")], &[]), [ObservationKind::ExpectationChanged]);
        assert_eq!(observed(&[(snap, "1")], &[("tests/snapshots/b.snap", "1")]), []);
        assert_eq!(observed(&[], &[(snap, "1")]), []);
        assert_eq!(observed(&[("tests/data/in.json", "1")], &[("tests/data/in.json", "2")]), []);
        let reads = ("tests/t.rs", "const WANTED: &str = include_str!(\"data/in.json\");");
        let changed = observed(&[reads, ("tests/data/in.json", "1")], &[reads, ("tests/data/in.json", "2")]);
        assert_eq!(changed, [ObservationKind::ExpectationChanged]);
    }
}

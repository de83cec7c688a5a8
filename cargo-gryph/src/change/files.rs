//! The files of two trees side by side.

use std::collections::BTreeSet;

use crate::change::ChangeFacts;
use crate::change::dependency;
use crate::change::exclusion::exclusions;
use crate::change::kind::{FileChange, FileDifference, FileKind};
use crate::change::manifest::manifests;
use crate::change::observation::{Observation, ObservationKind};
use crate::change::program::{Program, compare as compare_programs};
use crate::change::reading::lines_to_read;
use crate::change::size::{EditSize, difference};
use crate::change::source::TestLiterals;
use crate::change::target::test_files;
use crate::change::tests_kept::tests_kept;
use crate::scan::{RuleSet, SourceMatch, Touched, introduced};
use crate::schema::test_code;
use crate::tree::{Tree, TreePath};

/// Compares all files. Call on a deep stack.
pub(super) fn compare(base: &Tree, after: &Tree, tests: &TestLiterals) -> ChangeFacts {
    let mut facts = ChangeFacts { files: differing(base, after), ..ChangeFacts::default() };
    if facts.files.is_empty() {
        return facts;
    }
    let of_tests: BTreeSet<TreePath> = test_files(base).into_iter().chain(test_files(after)).collect();
    for file in &mut facts.files {
        if file.kind == FileKind::Program && of_tests.contains(&file.path) {
            file.kind = FileKind::Test;
        }
    }
    for file in facts.files.clone() {
        let lines = lines(base, after, &file.path);
        facts.size = facts.size.plus(lines);
        facts.lines += lines_to_read(base, after, &file);
        match file.kind.observation() {
            Some(kind) => facts.observations.push(of_file(&file, kind)),
            None => program(base, after, &file, tests, &mut facts),
        }
    }
    facts.observations.extend(tests_kept(base, after, &facts.files));
    facts.observations.extend(manifests(base, after, &facts.files));
    facts.observations.extend(exclusions(base, after, &facts.files));
    facts.observations.extend(dependency::observed(base, after, &facts.files));
    facts.observations.sort();
    facts.observations.dedup();
    facts.matches = matches(base, after, &facts.files);
    facts
}

/// What source rules find. Policies that ask for it are refused when the rules cannot be read, so that none is lost here.
fn matches(base: &Tree, after: &Tree, files: &[FileChange]) -> Vec<SourceMatch> {
    let of_tests = |file: &FileChange| file.kind == FileKind::Test;
    let touched: Vec<Touched<'_>> =
        files.iter().map(|file| Touched { path: &file.path, is_test: of_tests(file) }).collect();
    RuleSet::embedded().map(|rules| introduced(rules, base, after, &touched)).unwrap_or_default()
}

/// What can be said when the parser failed on something.
pub(super) fn unreadable(base: &Tree, after: &Tree) -> ChangeFacts {
    let files = differing(base, after);
    let observations = files.iter().map(|file| of_file(file, ObservationKind::Unreadable)).collect();
    ChangeFacts { files, observations, ..ChangeFacts::default() }
}

fn differing(base: &Tree, after: &Tree) -> Vec<FileChange> {
    let paths: BTreeSet<&TreePath> = base.files().chain(after.files()).map(|(path, _)| path).collect();
    let change = |path: &TreePath| {
        let difference = match (base.get(path), after.get(path)) {
            (None, Some(_)) => FileDifference::Added,
            (Some(_), None) => FileDifference::Removed,
            (Some(before), Some(now)) if before != now => FileDifference::Changed,
            _ => return None,
        };
        Some(FileChange { path: path.clone(), kind: FileKind::of(path), difference })
    };
    paths.into_iter().filter_map(change).collect()
}

fn of_file(file: &FileChange, kind: ObservationKind) -> Observation {
    let detail = match file.difference {
        FileDifference::Added => "the file was added",
        FileDifference::Removed => "the file was removed",
        FileDifference::Changed => "the file was changed",
    };
    Observation { kind, path: file.path.clone(), line: 1, item: String::new(), detail: detail.to_owned() }
}

fn lines(base: &Tree, after: &Tree, path: &TreePath) -> EditSize {
    let split = |tree: &Tree| -> Vec<String> {
        tree.text(path).unwrap_or_default().lines().map(str::to_owned).collect()
    };
    let found = difference(&split(base), &split(after));
    EditSize {
        lines_deleted: found.deleted.len(),
        lines_added: found.added.len(),
        hunks: found.hunks,
        ..EditSize::default()
    }
}

fn program(base: &Tree, after: &Tree, file: &FileChange, tests: &TestLiterals, facts: &mut ChangeFacts) {
    let text = |tree: &Tree| match tree.get(&file.path) {
        Some(_) => tree.text(&file.path).map(str::to_owned),
        None => Some(String::new()),
    };
    let observe = |facts: &mut ChangeFacts, kind, detail: &str| {
        let observation = of_file(file, kind);
        facts.observations.push(Observation { detail: detail.to_owned(), ..observation });
    };
    let (Some(before), Some(now)) = (text(base), text(after)) else {
        return observe(facts, ObservationKind::Unreadable, "the file is not text");
    };
    if file.difference == FileDifference::Added {
        observe(facts, ObservationKind::ItemAdded, "the file was added");
    }
    if file.difference == FileDifference::Removed {
        observe(facts, ObservationKind::ItemRemoved, "the file was removed");
    }
    match (Program::read(&before), Program::read(&now)) {
        (_, Err(why)) => observe(facts, ObservationKind::Unreadable, &why),
        (Err(_), Ok(_)) => {
            observe(facts, ObservationKind::Incomparable, "it could not be read before the change");
            by_lines(&before, &now, file, facts);
        }
        (Ok(before), Ok(now)) => compare_programs(&before, &now, base, file, tests, facts),
    }
}

/// Where the text before cannot be parsed, its lines are all there is to compare with.
fn by_lines(before: &str, now: &str, file: &FileChange, facts: &mut ChangeFacts) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), now.lines().collect());
    let found = difference(&old, &new);
    let words: [(&str, ObservationKind); 12] = [
        ("todo!", ObservationKind::GivesUp),
        ("unimplemented!", ObservationKind::GivesUp),
        ("panic!", ObservationKind::GivesUp),
        ("unreachable!", ObservationKind::GivesUp),
        ("allow(", ObservationKind::LintSwitch),
        ("expect(", ObservationKind::Unwrap),
        ("ignore]", ObservationKind::TestSwitch),
        ("cfg", ObservationKind::Conditional),
        ("unsafe", ObservationKind::Unsafe),
        ("process::", ObservationKind::Outside),
        ("env::", ObservationKind::Outside),
        ("fs::", ObservationKind::Outside),
    ];
    for line in &found.added {
        for (word, kind) in
            words.iter().filter(|(word, _)| new[*line].contains(word) && !before.contains(word))
        {
            let detail = format!("`{word}` in an added line");
            facts.observations.push(Observation { line: line + 1, detail, ..of_file(file, *kind) });
        }
    }
    // The tests of a file usually end it.
    let tail = |text: &str| text.find("#[cfg(test)]").map(|at| text[at..].to_owned());
    let tests_readable = test_code(now).is_ok();
    if tail(before) != tail(now) || !tests_readable {
        facts.observations.push(Observation {
            detail: "the tests of the file cannot be shown to be the same".to_owned(),
            ..of_file(file, ObservationKind::TestCode)
        });
    }
    facts.size.tokens_deleted += found.deleted.len() * 8;
    facts.size.tokens_added += found.added.len() * 8;
}

//! What source rules and secret formats find in the files that a change touches, as far as it was not there before.
//!
//! Rules are data: `policies/source/*.yml` in the form of ast-grep says what to look for in Rust,
//! `policies/source/secrets.toml` what in any text. What a find leads to says a policy. Pure: texts in, matches out.

mod expose;
mod language;
mod place;
mod rules;
mod rust;
mod secret;
mod tests_of;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tree::{Tree, TreePath};

pub use rules::{RuleSet, Scope, SourceError};
pub use secret::masked;

/// Bytes of a Rust file beyond which it is not looked at.
const MOST_RUST: usize = 2 << 20;
/// Bytes of any other file beyond which no secret is looked for.
const MOST_BYTES: usize = 16 << 20;
/// Characters of a match that are told.
const MOST_CHARACTERS: usize = 100;
/// Matches of one file that are told; more say nothing more.
const MOST_MATCHES: usize = 1000;

/// What the ids of rules are that no file of rules holds: a file that could not be looked at.
pub const UNSCANNED: [&str; 2] = ["unscanned-code", "unscanned-file"];

/// A place where a source rule or the format of a secret matches.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceMatch {
    /// The id of the source rule.
    pub rule: String,
    /// The file.
    pub path: TreePath,
    /// The line where it begins, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The line where it ends.
    pub end: usize,
    /// The function around it; empty where there is none.
    pub item: String,
    /// What matches, in one line, shortened; a secret is masked.
    pub text: String,
}

/// A file that a change touches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Touched<'a> {
    /// The file.
    pub path: &'a TreePath,
    /// Whether all of it is part of the tests.
    pub is_test: bool,
}

/// A match, with what tells it from others when code moves.
struct Found {
    shown: SourceMatch,
    /// What matches without spaces; for a secret, all of it. Never leaves this module.
    key: String,
}

/// The matches in `after` of the files that are named that were not in them in `base`. What only moved was there. Call
/// on a deep stack.
pub fn introduced(rules: &RuleSet, base: &Tree, after: &Tree, files: &[Touched<'_>]) -> Vec<SourceMatch> {
    let now: Vec<Found> = files.iter().flat_map(|file| in_file(rules, after, *file)).collect();
    if now.is_empty() {
        return Vec::new();
    }
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for found in files.iter().flat_map(|file| in_file(rules, base, *file)) {
        *known.entry((found.shown.rule, found.key)).or_default() += 1;
    }
    // Of several that are alike, those in lines that were not there are the new ones.
    let mut now: Vec<(bool, Found)> =
        now.into_iter().map(|found| (is_new_line(base, after, &found), found)).collect();
    now.sort_by_key(|(is_new, _)| *is_new);
    let mut new = Vec::new();
    for (_, found) in now {
        match known.get_mut(&(found.shown.rule.clone(), found.key)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => new.push(found.shown),
        }
    }
    new.sort();
    new.dedup();
    new
}

/// All matches in a whole tree, of which nothing was there before.
pub fn all(rules: &RuleSet, tree: &Tree) -> Vec<SourceMatch> {
    let files: Vec<Touched<'_>> = tree.files().map(|(path, _)| Touched { path, is_test: false }).collect();
    introduced(rules, &Tree::new(), tree, &files)
}

fn is_new_line(base: &Tree, after: &Tree, found: &Found) -> bool {
    let line = |tree: &'_ Tree| -> Option<String> {
        let line = tree.text(&found.shown.path)?.lines().nth(found.shown.line - 1)?;
        Some(line.trim().to_owned())
    };
    let Some(text) = line(after) else { return true };
    !base.text(&found.shown.path).is_some_and(|before| before.lines().any(|line| line.trim() == text))
}

fn in_file(rules: &RuleSet, tree: &Tree, file: Touched<'_>) -> Vec<Found> {
    let Some(content) = tree.get(file.path) else { return Vec::new() };
    let place = place::Place::of(tree, file);
    let is_rust = file.path.as_str().ends_with(".rs");
    if content.len() > if is_rust { MOST_RUST } else { MOST_BYTES } {
        let (rule, limit) = if is_rust { (UNSCANNED[0], MOST_RUST) } else { (UNSCANNED[1], MOST_BYTES) };
        return vec![unscanned(rule, file.path, format!("longer than {limit} bytes"))];
    }
    // A byte that is no text must not hide the text around it.
    let text = String::from_utf8_lossy(content);
    let mut found = Vec::new();
    let mut tests = Vec::new();
    if is_rust {
        match rust::matches(rules, &place, &text) {
            Ok((matches, ranges)) => (found, tests) = (matches, ranges),
            Err(why) => found.push(unscanned(UNSCANNED[0], file.path, why)),
        }
    }
    found.extend(secret::matches(rules, &place, &text, &tests));
    found.truncate(MOST_MATCHES);
    found
}

fn unscanned(rule: &str, path: &TreePath, why: String) -> Found {
    let shown = SourceMatch {
        rule: rule.to_owned(),
        path: path.clone(),
        line: 1,
        column: 1,
        end: 1,
        item: String::new(),
        text: why,
    };
    Found { shown, key: path.to_string() }
}

/// A text in one line, shortened.
fn in_one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;

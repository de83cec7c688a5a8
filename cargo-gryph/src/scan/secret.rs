//! Secrets in any text: known formats, and values that only a machine makes beside names that say what they are.
//!
//! What is found never leaves this module as it is: it is masked.

use std::collections::BTreeSet;
use std::ops::Range;

use regex::Captures;

use crate::scan::place::Place;
use crate::scan::rules::{Mixed, RuleSet, Scope, SecretRule};
use crate::scan::rust::Lines;
use crate::scan::{Found, SourceMatch};

/// Characters of a secret of a known format that are told: those that name its maker.
const TOLD: usize = 4;
/// Words in values that stand for a secret and are none.
const PLACEHOLDERS: [&str; 15] = [
    "example",
    "xxxx",
    "your",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "dummy",
    "insert",
    "replace",
    "sample",
    "todo",
    "....",
    "****",
];

/// The secrets in a text.
pub(super) fn matches(rules: &RuleSet, place: &Place<'_>, text: &str, tests: &[Range<usize>]) -> Vec<Found> {
    let lines = Lines::of(text);
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut found = Vec::new();
    for rule in &rules.secrets {
        for captures in rule.format.captures_iter(text) {
            let Some(secret) = secret_of(&captures) else { continue };
            let in_tests = tests.iter().any(|test| test.contains(&secret.start));
            let applies = place.is_in(rule.scope, in_tests);
            let value = &text[secret.clone()];
            let is_prose = place.is_prose() || is_comment(text, secret.start);
            let is_shown = is_prose || place.is_in(Scope::Tests, in_tests);
            if !applies
                || !is_mixed(rule, value)
                || is_stand_in(rule, is_shown, is_prose, &captures[0], value)
            {
                continue;
            }
            // Formats stand in the order of how much they say; one secret is one find.
            if taken.insert(secret.start) {
                found.push(found_at(rule, place, text, &lines, secret));
            }
        }
    }
    found
}

/// Whether a byte stands in a line that is a comment of Rust.
fn is_comment(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with("//")
}

fn found_at(rule: &SecretRule, place: &Place<'_>, text: &str, lines: &Lines, secret: Range<usize>) -> Found {
    let (line, column) = lines.place(text, secret.start);
    let shown = SourceMatch {
        rule: rule.id.clone(),
        path: place.path.clone(),
        line,
        column,
        end: lines.place(text, secret.end).0,
        item: String::new(),
        text: mask(rule, &text[secret.clone()]),
    };
    Found { shown, key: text[secret].to_owned() }
}

fn secret_of(captures: &Captures<'_>) -> Option<Range<usize>> {
    captures.name("secret").or_else(|| captures.get(0)).map(|found| found.range())
}

fn mask(rule: &SecretRule, secret: &str) -> String {
    let length = secret.chars().count();
    let told: String = match rule.mixed {
        Mixed::Any if secret.starts_with("-----") => "BEGIN PRIVATE KEY".to_owned(),
        Mixed::Any => secret.chars().take(TOLD).collect(),
        // Nothing of it names anybody but itself.
        Mixed::Password | Mixed::Random => String::new(),
    };
    format!("{told}… ({length} characters, not shown)")
}

/// A text without the secrets that the embedded rules know.
pub fn masked(text: &str) -> String {
    match RuleSet::embedded() {
        Ok(rules) => masked_by(rules, text),
        Err(_) => text.to_owned(),
    }
}

/// A text without its secrets, wherever it comes from.
pub(super) fn masked_by(rules: &RuleSet, text: &str) -> String {
    let mut hidden: Vec<(Range<usize>, String)> = Vec::new();
    for rule in rules.secrets.iter().filter(|rule| rule.scope != Scope::Tests) {
        for captures in rule.format.captures_iter(text) {
            let Some(secret) = secret_of(&captures) else { continue };
            let value = &text[secret.clone()];
            if is_mixed(rule, value) {
                hidden.push((secret, mask(rule, value)));
            }
        }
    }
    if hidden.is_empty() {
        return text.to_owned();
    }
    hidden.sort_by_key(|(range, _)| range.start);
    let (mut out, mut end) = (String::new(), 0);
    for (range, mask) in hidden {
        if range.start >= end {
            out.push_str(&text[end..range.start]);
            out.push_str(&mask);
            end = range.end;
        }
    }
    out + &text[end..]
}

/// Whether a value says itself that it is none, where that is believed.
fn is_stand_in(rule: &SecretRule, is_shown: bool, is_prose: bool, whole: &str, value: &str) -> bool {
    let lower = value.to_lowercase();
    let is_said = PLACEHOLDERS.iter().any(|word| lower.contains(word));
    match rule.mixed {
        // The formats of the providers are real, unless somebody only shows one.
        Mixed::Any => is_said && is_shown,
        Mixed::Random => is_said || is_reference(value) || names_a_secret(value),
        Mixed::Password => {
            let is_nowhere = ["@example.", "@localhost", ".example."].iter().any(|host| whole.contains(host));
            is_prose || is_said || is_nowhere || value.starts_with('/') || is_reference(value)
        }
    }
}

/// A variable of some template, or a name of where the secret is kept.
fn is_reference(value: &str) -> bool {
    let begins = ["$", "{", "<", "%", "env:", "env.", "vault:", "file:", "./", "~/", "http:", "https:"];
    let inside = ["${", "{{", "$(", "::", "://", "{}", "{:"];
    begins.iter().any(|begin| value.starts_with(begin)) || inside.iter().any(|part| value.contains(part))
}

/// `token: "x-auth-token-v2"`: the name of one, not a value.
fn names_a_secret(value: &str) -> bool {
    let value = value.to_lowercase();
    let words =
        ["password", "passwd", "passphrase", "secret", "token", "apikey", "api-key", "api_key", "credential"];
    words.iter().any(|word| value.contains(word))
}

fn is_mixed(rule: &SecretRule, value: &str) -> bool {
    match rule.mixed {
        Mixed::Any => true,
        Mixed::Password => is_password(value),
        Mixed::Random => is_random(value),
    }
}

/// Letters with digits or signs, not a sentence and not a name in code.
fn is_password(value: &str) -> bool {
    let has = |test: fn(char) -> bool| value.chars().any(test);
    let is_sign = |c: char| c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '.' | ':' | '/');
    let is_one_word = !value.chars().any(char::is_whitespace);
    is_one_word
        && value.chars().count() >= 6
        && has(char::is_alphabetic)
        && (has(|c| c.is_ascii_digit()) || has(is_sign))
}

/// Many changes between digits, small and large letters, and as many different characters as chance gives.
fn is_random(value: &str) -> bool {
    let length = value.chars().count();
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let kind = |c: char| match c {
        '0'..='9' => Some(0),
        'a'..='z' => Some(1),
        'A'..='Z' => Some(2),
        _ => None,
    };
    let kinds: Vec<u8> = value.chars().filter_map(kind).collect();
    let turns = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    length >= 16 && digits >= 2 && turns * 4 >= length && bits_a_character(value) >= 3.0
}

/// Shannon's entropy of the characters of a text.
fn bits_a_character(text: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_insert(0.0) += 1.0);
    let all: f64 = counts.values().sum();
    counts.values().map(|count: &f64| -(count / all) * (count / all).log2()).sum()
}

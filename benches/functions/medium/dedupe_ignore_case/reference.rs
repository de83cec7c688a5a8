//! Drops words that were there before.

use std::collections::HashSet;

pub fn dedupe_ignore_case(words: &[&str]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for word in words {
        if seen.insert(word.to_lowercase()) {
            kept.push(word.to_string());
        }
    }
    kept
}

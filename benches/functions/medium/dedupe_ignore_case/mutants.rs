//! Wrong variants that the inputs must catch.

use std::collections::HashSet;

fn dedupe(words: &[&str], key: impl Fn(&str) -> String) -> Vec<String> {
    let mut seen = HashSet::new();
    words.iter().filter(|word| seen.insert(key(word))).map(|word| word.to_string()).collect()
}

/// Ignores the case of ASCII letters only.
pub mod ascii_case {
    pub fn dedupe_ignore_case(words: &[&str]) -> Vec<String> {
        super::dedupe(words, str::to_ascii_lowercase)
    }
}

/// Compares in upper case.
pub mod upper_case {
    pub fn dedupe_ignore_case(words: &[&str]) -> Vec<String> {
        super::dedupe(words, str::to_uppercase)
    }
}

/// Compares character by character, so that a final sigma is another letter.
pub mod by_character {
    pub fn dedupe_ignore_case(words: &[&str]) -> Vec<String> {
        super::dedupe(words, |word| word.chars().flat_map(char::to_lowercase).collect())
    }
}

/// Keeps the spelling of the last one.
pub mod last_spelling {
    pub fn dedupe_ignore_case(words: &[&str]) -> Vec<String> {
        let first = super::dedupe(words, str::to_lowercase);
        let last = |word: &String| words.iter().rfind(|other| other.to_lowercase() == word.to_lowercase());
        first.iter().filter_map(last).map(|word| word.to_string()).collect()
    }
}

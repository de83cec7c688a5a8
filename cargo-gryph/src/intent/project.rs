//! What holds for a project as a whole: its kind, its name, a line about it.

use std::ops::Range;

use super::lexicon::{self, KINDS};
use super::noun;
use super::sentence::Sentence;
use crate::spec::{Kind, is_project_name, is_service_name};

/// The longest line about a project, in bytes.
const LONGEST_SUMMARY: usize = 160;

/// Why something is as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Because {
    /// These words say so.
    Words(String),
    /// Nothing says otherwise; and why that is the default, if it needs to be said.
    Default(&'static str),
}

/// A value and why it was chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) because: Because,
}

impl<T> Said<T> {
    pub(super) fn words(value: T, words: &str) -> Self {
        Self { value, because: Because::Words(words.to_owned()) }
    }

    pub(super) fn default_of(value: T, why: &'static str) -> Self {
        Self { value, because: Because::Default(why) }
    }

    /// The words that say it; nothing for a default.
    pub(super) fn value_words(&self) -> String {
        match &self.because {
            Because::Words(words) => words.clone(),
            Because::Default(_) => String::new(),
        }
    }
}

/// The kind that a sentence names first, and where. Of nouns side by side the last one says what it is.
pub(super) fn kind(sentence: &Sentence) -> Option<(Kind, Range<usize>)> {
    let phrases = KINDS.iter().map(|(phrase, _)| *phrase);
    let (mut range, mut phrase) = sentence.find(phrases.clone())?;
    // Behind these words stands what it has, not what it is.
    if (0..range.start).any(|at| ["with", "having", "has", "have"].contains(&sentence.any(at))) {
        return None;
    }
    let mut at = range.end;
    while !sentence.word(at).is_empty() && !lexicon::is_filler(sentence.word(at)) && at < range.end + 2 {
        match sentence.phrases_at(at, phrases.clone()) {
            Some((next, other)) => {
                (range, phrase) = (range.start..next.end, other);
                at = range.end;
            }
            None => at += 1,
        }
    }
    KINDS.iter().find(|(one, _)| *one == phrase).map(|(_, kind)| (*kind, range))
}

/// `called text-kit`, `named text-kit`.
pub(super) fn called(sentence: &mut Sentence) -> Option<Said<String>> {
    let (range, _) = sentence.find(["called", "named"])?;
    let name = usable(sentence.word(range.end))?;
    let words = sentence.take(range.start..range.end + 1);
    Some(Said::words(name, &words))
}

/// A text as the name of a project, if it can be one.
pub(super) fn usable(text: &str) -> Option<String> {
    let name = text.to_lowercase().replace(' ', "-");
    is_project_name(&name).then_some(name)
}

/// A text as the name of a service, if it can be one.
pub(super) fn usable_service(text: &str) -> Option<String> {
    usable(&text.replace('_', "-")).filter(|name| is_service_name(name))
}

/// A name for what has no nouns of its own to be called by: the last word that can be one.
pub(super) fn last_noun(sentence: &Sentence) -> Said<String> {
    let words = (0..sentence.len()).rev().map(|at| sentence.word(at));
    let mut plain = words.filter(|word| word.len() > 2 && !lexicon::is_filler(word) && word.is_ascii());
    match plain.find_map(|word| usable(word).or_else(|| usable(&noun::singular(word)))) {
        Some(name) => Said { because: Because::Words(name.clone()), value: name },
        None => Said::default_of("project".to_owned(), "nothing names it"),
    }
}

/// The sentence as one line of plain text.
pub(super) fn summary(text: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || " ,.-'()/&:;!?+%".contains(letter);
    let text: String = text.chars().map(|letter| if plain(letter) { letter } else { ' ' }).collect();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() >= LONGEST_SUMMARY {
            break;
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(word);
    }
    let line = line.trim_end_matches(['.', ',', ';', ':', ' ', '!', '?']);
    let mut letters = line.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_nouns_side_by_side_is_the_kind() {
        for (text, expected) in [
            ("an API client library for parcels", Some(Kind::Library)),
            ("a REST API for a library of books", Some(Kind::Service)),
            ("a command-line tool that calls an API", Some(Kind::Cli)),
            ("something nice", None),
        ] {
            let sentence = Sentence::read(text).unwrap();
            assert_eq!(kind(&sentence).map(|(kind, _)| kind), expected, "{text}");
        }
    }

    #[test]
    fn a_summary_is_one_plain_line() {
        assert_eq!(summary("a \"blog\"\nwith `{{x}}` <b>."), "A blog with x b");
        assert!(summary(&"wörter ".repeat(100)).len() <= LONGEST_SUMMARY);
        assert_eq!(summary("  "), "");
    }
}

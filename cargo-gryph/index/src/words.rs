//! The words of a text as full text search indexes them: identifiers whole and in their parts.
//!
//! `HTTPServer2Config` gives `httpserver2config`, `http`, `server`, `2` and `config`; `next_line` gives
//! `nextline`, `next` and `line`. The whole is written without underscores, so that `HashMap`, `hash_map` and
//! `hashmap` are one word. Prose is split in the same way. Nothing is stemmed, and no word is left out for
//! being common.

#[cfg(test)]
mod tests;

/// The longest word in bytes, as it stands in the text. A longer one is a key, a hash or an image; nobody
/// searches it, so neither the whole nor its parts are given.
pub const WORD_LIMIT: usize = 128;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word in lower case.
    pub text: String,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Where it ends in the text, in bytes.
    pub end: usize,
    /// Its place among the words. A whole has the place of its first part, so that a phrase of parts matches.
    pub position: usize,
}

/// The words of a text in their order; a whole comes before its parts.
pub fn split(text: &str) -> Words<'_> {
    Words { text, at: 0, position: 0, run: 0..0, whole: None }
}

/// The words of a text.
#[derive(Clone, Debug)]
pub struct Words<'t> {
    /// The text.
    text: &'t str,
    /// Where the next identifier is looked for.
    at: usize,
    /// The place of the next part.
    position: usize,
    /// What is left of the identifier at hand.
    run: std::ops::Range<usize>,
    /// The identifier at hand where it has several parts and was not given yet.
    whole: Option<Word>,
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            if let Some(whole) = self.whole.take() {
                return Some(whole);
            }
            if let Some(part) = self.part() {
                return Some(part);
            }
            self.identifier()?;
        }
    }
}

impl Words<'_> {
    /// Goes to the next identifier.
    fn identifier(&mut self) -> Option<()> {
        let rest = &self.text[self.at..];
        let start = self.at + rest.find(belongs)?;
        let length = self.text[start..].find(|c| !belongs(c)).unwrap_or(self.text.len() - start);
        self.at = start + length;
        if length > WORD_LIMIT {
            return Some(());
        }
        self.run = start..self.at;
        let run = &self.text[start..self.at];
        let bare = run.trim_matches('_');
        if part_end(bare) < bare.len() {
            let start = start + run.len() - run.trim_start_matches('_').len();
            let text = lower(&bare.replace('_', ""));
            self.whole = Some(Word { text, start, end: start + bare.len(), position: self.position });
        }
        Some(())
    }

    /// The next part of the identifier at hand.
    fn part(&mut self) -> Option<Word> {
        let run = &self.text[self.run.clone()];
        let bare = run.trim_start_matches('_');
        let start = self.run.end - bare.len();
        let end = start + part_end(bare);
        self.run.start = end;
        (start < end).then(|| {
            self.position += 1;
            Word { text: lower(&self.text[start..end]), start, end, position: self.position - 1 }
        })
    }
}

/// Whether a character belongs to identifiers or words.
fn belongs(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// How long the first part is: up to an underscore, between letters and digits, before a capital letter that
/// follows a small one, and before the last of several capital letters that a small one follows.
fn part_end(run: &str) -> usize {
    let mut characters = run.char_indices().peekable();
    let mut before: Option<char> = None;
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map(|(_, after)| *after);
        if before.is_some_and(|before| is_border(before, character, after)) {
            return at;
        }
        before = Some(character);
    }
    run.len()
}

/// Whether a new part begins with a character.
fn is_border(before: char, character: char, after: Option<char>) -> bool {
    let hump = character.is_uppercase()
        && (before.is_lowercase() || before.is_uppercase() && after.is_some_and(char::is_lowercase));
    character == '_' || before.is_numeric() != character.is_numeric() || hump
}

/// A text in lower case.
fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

//! A sentence as tokens, each of which is read by one rule at most; what none has read is told.

use std::ops::Range;

use super::IntentError;
use super::lexicon;

/// The longest sentence, in bytes.
pub const LONGEST_SENTENCE: usize = 4_000;
/// The longest word that means something to a rule.
const LONGEST_WORD: usize = 40;
/// Groups of words that were not understood, and characters of each, that are told.
const MOST_GROUPS: usize = 20;
const LONGEST_GROUP: usize = 80;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mark {
    Word,
    Comma,
    Open,
    Close,
    /// The end of a sentence, a colon, or a sign that means nothing here.
    Stop,
}

#[derive(Clone, Debug)]
struct Token {
    mark: Mark,
    text: String,
    lower: String,
    /// A rule made something of it.
    read: bool,
    /// It says what is not wanted, so that no rule may make something of it.
    denied: bool,
}

/// The tokens of a sentence.
#[derive(Clone, Debug)]
pub(super) struct Sentence {
    tokens: Vec<Token>,
}

impl Sentence {
    /// Divides a text into tokens.
    pub(super) fn read(text: &str) -> Result<Self, IntentError> {
        if text.len() > LONGEST_SENTENCE {
            return Err(IntentError::TooLong { bytes: text.len() });
        }
        let mut tokens = Vec::new();
        let mut word = String::new();
        let letters: Vec<char> = text.chars().collect();
        for (at, &letter) in letters.iter().enumerate() {
            let next = letters.get(at + 1).copied().unwrap_or(' ');
            if letter.is_alphanumeric() || letter == '_' || (!word.is_empty() && joins(letter, next)) {
                word.push(letter);
                continue;
            }
            // `-40` is less than nothing, which no rule may overlook.
            let before = at.checked_sub(1).map_or(' ', |at| letters[at]);
            if letter == '-' && next.is_ascii_digit() && !before.is_alphanumeric() {
                push_word(&mut tokens, &mut word);
                word.push(letter);
                continue;
            }
            // `1,000` is one number.
            if letter == ',' && word.ends_with(|c: char| c.is_ascii_digit()) && next.is_ascii_digit() {
                continue;
            }
            push_word(&mut tokens, &mut word);
            if let Some(mark) = mark(letter) {
                tokens.push(Token::new(mark, letter.to_string()));
            } else if letter == '&' {
                tokens.push(Token::new(Mark::Word, "and".to_owned()));
            }
        }
        push_word(&mut tokens, &mut word);
        let mut sentence = Self { tokens };
        sentence.deny();
        Ok(sentence)
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// What stands at a place; the end of the text is a stop.
    pub(super) fn mark(&self, at: usize) -> Mark {
        self.tokens.get(at).map_or(Mark::Stop, |token| token.mark)
    }

    /// The word at a place in lower case, whether or not a rule has read it.
    pub(super) fn any(&self, at: usize) -> &str {
        self.tokens.get(at).filter(|token| token.mark == Mark::Word).map_or("", |token| &token.lower)
    }

    /// The word at a place in lower case if a rule may still read it, else an empty one.
    pub(super) fn word(&self, at: usize) -> &str {
        let free = |token: &&Token| token.mark == Mark::Word && !token.read && !token.denied;
        self.tokens.get(at).filter(free).map_or("", |token| &token.lower)
    }

    /// Whether the word at a place has been read.
    pub(super) fn is_read(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.read)
    }

    /// Whether the word at a place says what is not wanted.
    pub(super) fn is_denied(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.denied)
    }

    /// The place behind a phrase that stands at `at` and may still be read.
    pub(super) fn phrase(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut end = at;
        for part in phrase.split(' ') {
            if self.word(end) != part {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// The first place of any of the phrases; of two at one place, the longer.
    pub(super) fn find<'p>(
        &self,
        phrases: impl IntoIterator<Item = &'p str> + Clone,
    ) -> Option<(Range<usize>, &'p str)> {
        (0..self.len()).find_map(|at| self.phrases_at(at, phrases.clone()))
    }

    /// The longest of the phrases that stands at a place.
    pub(super) fn phrases_at<'p>(
        &self,
        at: usize,
        phrases: impl IntoIterator<Item = &'p str>,
    ) -> Option<(Range<usize>, &'p str)> {
        let found = phrases.into_iter().filter_map(|one| Some((at..self.phrase(at, one)?, one)));
        found.max_by_key(|(range, _)| range.end)
    }

    /// Notes that a rule made something of these tokens, and gives their words.
    pub(super) fn take(&mut self, range: Range<usize>) -> String {
        let end = range.end.min(self.tokens.len());
        for token in &mut self.tokens[range.start.min(end)..end] {
            token.read = true;
        }
        self.words(range)
    }

    /// The words of a range, as they were written, without whatever is no letter, digit or hyphen.
    pub(super) fn words(&self, range: Range<usize>) -> String {
        let tokens = self.tokens.get(range.start..range.end.min(self.tokens.len())).unwrap_or_default();
        let words = tokens.iter().filter(|token| token.mark == Mark::Word).map(|token| token.text.as_str());
        let words = words.collect::<Vec<_>>().join(" ");
        if words.chars().count() <= LONGEST_GROUP {
            return words;
        }
        let head: String = words.chars().take(LONGEST_GROUP).collect();
        format!("{head}…")
    }

    /// The word at a place as it was written.
    pub(super) fn written(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }

    /// The groups of words that no rule has read, whole.
    pub(super) fn unread(&self) -> Vec<String> {
        let groups = self.tokens.split(|token| token.mark != Mark::Word || token.read);
        let words = |group: &[Token]| group.iter().map(|token| &*token.lower).collect::<Vec<_>>().join(" ");
        groups.filter(|group| !group.is_empty()).map(words).collect()
    }

    /// The groups of words that no rule has read, words without a meaning of their own left out at both ends.
    pub(super) fn rest(&self) -> Vec<String> {
        let mut groups = Vec::new();
        let mut start: Option<usize> = None;
        let mut end = 0;
        for (at, token) in self.tokens.iter().enumerate() {
            let breaks = token.mark != Mark::Word || token.read;
            if breaks {
                groups.extend(start.take().map(|start| start..end));
                // A sign that nobody understands is part of what was said.
                if token.mark == Mark::Stop && !".;:!?".contains(token.text.as_str()) {
                    groups.push(at..at + 1);
                }
            } else if token.denied || !lexicon::is_filler(&token.lower) {
                start.get_or_insert(at);
                end = at + 1;
            }
        }
        groups.extend(start.map(|start| start..end));
        let mut told: Vec<String> = Vec::new();
        for group in groups {
            let words = self.words(group.clone());
            let words = if words.is_empty() { self.tokens[group.start].text.clone() } else { words };
            if !told.contains(&words) {
                told.push(words);
            }
        }
        let more = told.len().saturating_sub(MOST_GROUPS);
        told.truncate(MOST_GROUPS);
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        told
    }

    /// Marks what is said not to be wanted, from the word that says so to a word that begins something else.
    fn deny(&mut self) {
        let mut denied = false;
        for at in 0..self.tokens.len() {
            let ends = self.tokens[at].mark == Mark::Stop
                || ["but", "with", "for", "that", "which"].contains(&self.tokens[at].lower.as_str());
            let next = self.tokens.get(at + 1).map_or("", |token| &token.lower);
            let bounds = ["more", "longer", "less", "fewer"].contains(&next);
            if ends {
                denied = false;
            } else if lexicon::NEGATIONS.contains(&self.tokens[at].lower.as_str()) && !bounds {
                denied = true;
            }
            let strange = lexicon::STRANGE.contains(&self.tokens[at].lower.as_str())
                || (self.tokens[at].lower == "machine" && next == "learning");
            self.tokens[at].denied |= denied || strange;
        }
    }
}

impl Token {
    fn new(mark: Mark, text: String) -> Self {
        // Apostrophes come in two forms.
        let lower = text.to_lowercase().replace('’', "'");
        Self { mark, text, lower, read: false, denied: false }
    }
}

/// Whether a sign stands inside a word: `event-driven`, `user's`, `1.5`.
fn joins(letter: char, next: char) -> bool {
    match letter {
        '-' | '\'' | '’' => next.is_alphanumeric(),
        '.' => next.is_ascii_digit(),
        _ => false,
    }
}

/// What a sign between words means; quotes and white space mean nothing.
fn mark(letter: char) -> Option<Mark> {
    match letter {
        ',' => Some(Mark::Comma),
        '(' => Some(Mark::Open),
        ')' => Some(Mark::Close),
        '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '-' | '–' | '—' | '&' => None,
        letter => letter.is_ascii_graphic().then_some(Mark::Stop),
    }
}

fn push_word(tokens: &mut Vec<Token>, word: &mut String) {
    if word.is_empty() {
        return;
    }
    let text = std::mem::take(word);
    let mut token = Token::new(Mark::Word, text);
    if token.lower.chars().count() > LONGEST_WORD {
        // No rule knows it, and it is told cut.
        token.text = token.text.chars().take(LONGEST_WORD).collect::<String>() + "…";
        token.denied = true;
    }
    if let Some(stem) = token.lower.strip_suffix("'s") {
        token.lower = stem.to_owned();
    }
    tokens.push(token);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(text: &str) -> Sentence {
        Sentence::read(text).unwrap()
    }

    #[test]
    fn what_nobody_read_is_told_without_filler_at_its_ends() {
        let mut one = sentence("a blog with flying pigs, and a moon");
        one.take(1..2);
        assert_eq!(one.rest(), ["flying pigs", "moon"]);
    }

    #[test]
    fn what_is_not_wanted_is_read_by_no_rule() {
        let one = sentence("notes, without an audit trail and roles, but with tags");
        assert!(one.find(["audit trail", "roles"]).is_none() && one.find(["tags"]).is_some());
        assert!(one.rest().contains(&"without an audit trail and roles".to_owned()), "{:?}", one.rest());
        assert!(sentence("a title of not more than 50").find(["more"]).is_some());
    }

    #[test]
    fn signs_are_boundaries_and_numbers_stay_whole() {
        let one = sentence("e-mail up to 1,000; event-driven {{x}}");
        assert_eq!(one.any(0), "e-mail");
        assert_eq!(one.any(3), "1000");
        assert!(one.rest().contains(&"{".to_owned()));
    }

    #[test]
    fn a_sentence_of_a_megabyte_is_refused() {
        assert!(matches!(Sentence::read(&"a ".repeat(1 << 19)), Err(IntentError::TooLong { .. })));
    }
}

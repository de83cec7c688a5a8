//! The words of a text as tantivy's tokens.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::text::split::{split, stem};

/// Which tokens a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tokens {
    /// Words, stemmed.
    Words,
    /// Words, stemmed, and identifiers of several words once more as a whole.
    Names,
    /// Identifiers as they are but for case: the names of types.
    Types,
}

impl Tokens {
    /// Calls `visit` with each token of a text.
    pub(super) fn each(self, text: &str, visit: impl FnMut(&str)) {
        let visit = std::cell::RefCell::new(visit);
        let word = |word: &str| stem(word).into_iter().for_each(|word| (visit.borrow_mut())(word));
        match self {
            Self::Words => split(text, word, |_| {}),
            Self::Names => split(text, word, word),
            Self::Types => types(text).for_each(|name| (visit.borrow_mut())(&name.to_lowercase())),
        }
    }
}

/// The identifiers of a type, lifetimes and `'_` left out.
pub(crate) fn types(text: &str) -> impl Iterator<Item = &str> {
    let identifiers = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '\'');
    identifiers.filter(|name| !name.is_empty() && !name.starts_with('\'') && name.len() <= 200)
}

/// Makes tokens of texts; it keeps its memory from text to text.
#[derive(Clone)]
pub(super) struct Splitter {
    tokens: Tokens,
    text: String,
    ends: Vec<usize>,
    token: Token,
}

impl Splitter {
    /// A splitter for a field.
    pub(super) fn new(tokens: Tokens) -> Self {
        Self { tokens, text: String::new(), ends: Vec::new(), token: Token::default() }
    }
}

impl Tokenizer for Splitter {
    type TokenStream<'a> = SplitStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> SplitStream<'a> {
        self.text.clear();
        self.ends.clear();
        self.token.reset();
        let (all, ends) = (&mut self.text, &mut self.ends);
        self.tokens.each(text, |word| {
            all.push_str(word);
            ends.push(all.len());
        });
        SplitStream { splitter: self, next: 0, start: 0 }
    }
}

/// The tokens of one text.
pub(super) struct SplitStream<'a> {
    splitter: &'a mut Splitter,
    next: usize,
    start: usize,
}

impl TokenStream for SplitStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(&end) = self.splitter.ends.get(self.next) else { return false };
        let token = &mut self.splitter.token;
        token.text.clear();
        token.text.push_str(&self.splitter.text[self.start..end]);
        token.position = self.next;
        self.start = end;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.splitter.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.splitter.token
    }
}

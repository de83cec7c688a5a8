//! Tells texts apart by their tokens without reading the whole body again for each edit.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::propose::search::idea::Change;

/// 2^61 - 1.
const PRIME: u128 = (1 << 61) - 1;
const BASE: u128 = 1_000_003_000_003;

/// One token of the body.
struct Token {
    range: Range<usize>,
    hash: u64,
    is_bracket: bool,
}

/// The tokens of a body, prepared to tell edited bodies apart.
pub(super) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// Hash of the first `n` tokens.
    before: Vec<u64>,
    /// `BASE` to the power `n`.
    powers: Vec<u64>,
}

impl<'a> Tokens<'a> {
    /// Reads a body.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        let tokens = flat(text.parse().ok()?);
        let mut before = vec![0];
        let mut powers = vec![1];
        for token in &tokens {
            before.push(step(before[before.len() - 1], token.hash));
            powers.push((u128::from(powers[powers.len() - 1]) * BASE % PRIME) as u64);
        }
        Some(Self { text, tokens, before, powers })
    }

    /// The hash of the body as it is.
    pub(super) fn original(&self) -> u64 {
        self.before[self.tokens.len()]
    }

    /// The hash of the tokens after the changes, which are sorted and lie in the body; `None` if that is no text of
    /// tokens.
    pub(super) fn hash(&self, changes: &[Change]) -> Option<u64> {
        let (start, end) = (changes.first()?.0.start, changes.last()?.0.end);
        let mut first = self.tokens.partition_point(|token| token.range.end <= start);
        let mut last = self.tokens.partition_point(|token| token.range.start < end);
        let (mut from, mut to) = (start, end);
        if let Some(token) = self.tokens.get(first) {
            from = from.min(token.range.start);
        }
        if last > first {
            to = to.max(self.tokens[last - 1].range.end);
        }
        // Tokens that touch the change may grow together with it.
        while first > 0 && self.tokens[first - 1].range.end == from && !self.tokens[first - 1].is_bracket {
            first -= 1;
            from = self.tokens[first].range.start;
        }
        while self.tokens.get(last).is_some_and(|token| token.range.start == to && !token.is_bracket) {
            to = self.tokens[last].range.end;
            last += 1;
        }
        let last = last.max(first);
        let middle = spliced(self.text, from..to, changes)?;
        match middle.parse::<TokenStream>() {
            Ok(stream) => Some(self.joined(first, &flat(stream), last)),
            // The change cuts through brackets, so only the whole can be read.
            Err(_) => {
                let whole = spliced(self.text, 0..self.text.len(), changes)?;
                Some(flat(whole.parse().ok()?).iter().fold(0, |hash, token| step(hash, token.hash)))
            }
        }
    }

    fn joined(&self, first: usize, middle: &[Token], last: usize) -> u64 {
        let hash = middle.iter().fold(self.before[first], |hash, token| step(hash, token.hash));
        let rest = self.tokens.len() - last;
        let power = u128::from(self.powers[rest]);
        // The hash of the last tokens alone is what all of them add to that of the first.
        let tail = (u128::from(self.before[self.tokens.len()]) + PRIME
            - u128::from(self.before[last]) * power % PRIME)
            % PRIME;
        ((u128::from(hash) * power + tail) % PRIME) as u64
    }
}

fn step(hash: u64, token: u64) -> u64 {
    ((u128::from(hash) * BASE + u128::from(token)) % PRIME) as u64
}

/// A part of the text with the changes made.
pub(super) fn spliced(text: &str, part: Range<usize>, changes: &[Change]) -> Option<String> {
    let mut result = String::with_capacity(part.len() + 32);
    let mut done = part.start;
    for (range, replacement) in changes {
        if range.start < done || range.end > part.end {
            return None;
        }
        result.push_str(text.get(done..range.start)?);
        result.push_str(replacement);
        done = range.end;
    }
    result.push_str(text.get(done..part.end)?);
    Some(result)
}

fn flat(stream: TokenStream) -> Vec<Token> {
    fn walk(stream: TokenStream, all: &mut Vec<Token>) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    all.push(bracket(open, group.span_open().byte_range()));
                    walk(group.stream(), all);
                    all.push(bracket(close, group.span_close().byte_range()));
                }
                leaf => all.push(Token {
                    range: leaf.span().byte_range(),
                    hash: hash(&leaf.to_string()),
                    is_bracket: false,
                }),
            }
        }
    }
    let mut all = Vec::new();
    walk(stream, &mut all);
    all
}

fn bracket(text: &str, range: Range<usize>) -> Token {
    Token { range, hash: hash(text), is_bracket: true }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() % (PRIME as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, changes: &[(Range<usize>, &str)]) {
        let changes: Vec<Change> =
            changes.iter().map(|(range, text)| (range.clone(), (*text).to_owned())).collect();
        let edited = spliced(text, 0..text.len(), &changes).expect("fits");
        let expected = Tokens::new(&edited).expect("tokens").original();
        assert_eq!(Tokens::new(text).expect("tokens").hash(&changes), Some(expected), "{edited}");
    }

    #[test]
    fn the_hash_of_a_change_is_that_of_the_changed_text() {
        check("let a = b + 1; c(a)", &[(10..11, "-")]);
        check("let a = b + 1; c(a)", &[(0..0, "x();\n")]);
        check("let a = b + 1; c(a)", &[(19..19, " + 2")]);
        check("let a = b + 1; c(a)", &[(12..13, "12"), (17..18, "d(e)")]);
        check("if a { b() } else { c() }", &[(0..7, ""), (10..25, "")]);
        check("a<b", &[(1..2, "<=")]);
        check("0..n", &[(0..1, "1")]);
        check("for i in 0..=n.len() {}", &[(9..10, "0")]);
        check("ab", &[(1..1, "c")]);
        check("a", &[(0..1, "")]);
    }
}

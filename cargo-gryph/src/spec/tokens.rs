//! Pieces of Rust as tokens: lexed within limits before any parser sees them, and the names they mention.

use std::collections::BTreeSet;
use std::ops::Range;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::names::{KEYWORDS, check_text};
use super::problem::Fault;

/// Parsers recurse: these limits keep any input well inside the stack of a thread.
const MOST_TOKENS: usize = 400;
const DEEPEST: usize = 24;
const LONGEST_OPERATOR_RUN: usize = 8;

/// Words that cannot stand in a piece of a specification: they would bring items, jumps or unchecked code.
const REFUSED_WORDS: &[&str] = &[
    "unsafe",
    "extern",
    "async",
    "await",
    "return",
    "loop",
    "while",
    "break",
    "continue",
    "yield",
    "static",
    "mod",
    "trait",
    "struct",
    "enum",
    "use",
    "crate",
    "super",
    "macro_rules",
    "type",
    "asm",
    "union",
];

/// A lexed piece with what checks need to know about each token.
pub(super) struct Tokens {
    flat: Vec<Token>,
}

struct Token {
    text: String,
    range: Range<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Mark,
    Literal,
    Open(Delimiter),
    Close,
}

/// A name or path as it is used: `slugify`, `Money::parse`, `std::iter::once`.
pub(super) struct Mention {
    /// Its segments.
    pub(super) path: Vec<String>,
    pub(super) range: Range<usize>,
    /// Whether arguments follow.
    pub(super) called: bool,
    /// Whether it names a macro.
    pub(super) expanded: bool,
    /// Whether `=` follows, as after the associated type in `Iterator<Item = u8>`.
    pub(super) assigned: bool,
}

impl Tokens {
    /// Lexes a piece and applies the limits.
    pub(super) fn lex(text: &str, longest: usize) -> Result<Self, Fault> {
        check_text(text, longest)?;
        if let Some(offset) = text.find("```") {
            return Err(Fault::new(
                offset..offset + 3,
                "three backticks cannot stand in code here",
                "leave them out",
            ));
        }
        let stream = TokenStream::from_str(text).map_err(|error| {
            let range = error.span().byte_range();
            Fault::new(range, "this is not Rust: a token or a bracket is wrong", "check quotes and brackets")
        })?;
        let mut tokens = Self { flat: Vec::new() };
        tokens.flatten(stream, 0)?;
        tokens.refuse_runs()?;
        Ok(tokens)
    }

    fn flatten(&mut self, stream: TokenStream, depth: usize) -> Result<(), Fault> {
        for tree in stream {
            let range = tree.span().byte_range();
            if self.flat.len() >= MOST_TOKENS || depth > DEEPEST {
                let message =
                    format!("this is longer than {MOST_TOKENS} tokens or nested deeper than {DEEPEST}");
                return Err(Fault::new(range, message, "make it simpler"));
            }
            match tree {
                TokenTree::Group(group) => {
                    let (open, close) = (group.span_open().byte_range(), group.span_close().byte_range());
                    self.push(String::new(), open, Kind::Open(group.delimiter()));
                    self.flatten(group.stream(), depth + 1)?;
                    self.push(String::new(), close, Kind::Close);
                }
                TokenTree::Ident(word) => self.push(word.to_string(), range, Kind::Word),
                TokenTree::Punct(mark) => self.push(mark.as_char().to_string(), range, Kind::Mark),
                TokenTree::Literal(literal) => self.push(literal.to_string(), range, Kind::Literal),
            }
        }
        Ok(())
    }

    fn push(&mut self, text: String, range: Range<usize>, kind: Kind) {
        self.flat.push(Token { text, range, kind });
    }

    fn refuse_runs(&self) -> Result<(), Fault> {
        let mut run = 0;
        let mut bars = 0;
        for token in &self.flat {
            run = if token.kind == Kind::Mark { run + 1 } else { 0 };
            bars += usize::from(token.text == "|");
            if run > LONGEST_OPERATOR_RUN || bars > 4 * LONGEST_OPERATOR_RUN {
                return Err(Fault::new(
                    token.range.clone(),
                    "too many operators in a row",
                    "make it simpler",
                ));
            }
        }
        Ok(())
    }

    /// Refuses attributes and the words that bring items, jumps or unchecked code.
    pub(super) fn refuse_hidden_code(&self) -> Result<(), Fault> {
        for (index, token) in self.flat.iter().enumerate() {
            let word = token.text.trim_start_matches("r#");
            let lifetime = index > 0 && self.is_mark(index - 1, "'");
            if token.kind == Kind::Word && !lifetime && REFUSED_WORDS.contains(&word) {
                let message = format!("`{word}` cannot stand here");
                return Err(Fault::new(token.range.clone(), message, "write one plain expression"));
            }
            if token.kind == Kind::Mark && (token.text == "#" || token.text == "$" || token.text == "?") {
                let message = format!("`{}` cannot stand here", token.text);
                return Err(Fault::new(token.range.clone(), message, "write one plain expression"));
            }
        }
        Ok(())
    }

    /// All words, wherever they stand.
    pub(super) fn words(&self) -> BTreeSet<&str> {
        let words = self.flat.iter().filter(|token| token.kind == Kind::Word);
        words.map(|token| token.text.as_str()).collect()
    }

    /// Every name or path that is not a method, a field or a lifetime.
    pub(super) fn mentions(&self) -> Vec<Mention> {
        let mut mentions = Vec::new();
        let mut index = 0;
        while index < self.flat.len() {
            let keyword = KEYWORDS.contains(&self.flat[index].text.as_str());
            if self.flat[index].kind != Kind::Word || keyword || self.follows_a_dot_or_quote(index) {
                index += 1;
                continue;
            }
            let first = index;
            let mut path = vec![self.flat[index].text.clone()];
            while self.is_mark(index + 1, ":") && self.is_mark(index + 2, ":") && self.is_word(index + 3) {
                index += 3;
                path.push(self.flat[index].text.clone());
            }
            let range = self.flat[first].range.start..self.flat[index].range.end;
            let called = self.opens(index + 1, Some(Delimiter::Parenthesis));
            let expanded = self.is_mark(index + 1, "!") && self.opens(index + 2, None);
            let assigned = self.is_mark(index + 1, "=") && !self.is_mark(index + 2, "=");
            mentions.push(Mention { path, range, called, expanded, assigned });
            index += 1;
        }
        mentions
    }

    /// After a single dot (a method or field, not a range), a quote (a lifetime) or `::` (the rest of a path).
    fn follows_a_dot_or_quote(&self, index: usize) -> bool {
        let before = |back: usize, mark: &str| index >= back && self.is_mark(index - back, mark);
        (before(1, ".") && !before(2, ".")) || before(1, "'") || (before(1, ":") && before(2, ":"))
    }

    fn is_mark(&self, index: usize, mark: &str) -> bool {
        self.flat.get(index).is_some_and(|token| token.kind == Kind::Mark && token.text == mark)
    }

    fn is_word(&self, index: usize) -> bool {
        self.flat.get(index).is_some_and(|token| token.kind == Kind::Word)
    }

    fn opens(&self, index: usize, delimiter: Option<Delimiter>) -> bool {
        self.flat.get(index).is_some_and(|token| match token.kind {
            Kind::Open(found) => delimiter.is_none_or(|wanted| wanted == found),
            Kind::Word | Kind::Mark | Kind::Literal | Kind::Close => false,
        })
    }
}

/// The fault that a parser of `syn` found.
pub(super) fn syntax_fault(error: &syn::Error, hint: &str) -> Fault {
    Fault::new(error.span().byte_range(), format!("this does not parse: {error}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_paths_and_not_methods_or_fields() {
        let tokens = Tokens::lex("a::b(x.len(), vec![f(1)]) == 0..n && !\"q\".is_empty()", 1000).unwrap();
        let mentions = tokens.mentions();
        let shown: Vec<_> = mentions
            .iter()
            .map(|m| format!("{}{}", m.path.join("::"), if m.expanded { "!" } else { "" }))
            .collect();
        assert_eq!(shown, ["a::b", "x", "vec!", "f", "n"]);
    }

    #[test]
    fn limits_hold_before_any_parser_runs() {
        for text in [
            "(".repeat(300) + &")".repeat(300),
            "!".repeat(300),
            "|x| ".repeat(99),
            "a ".repeat(900),
            "(".to_owned(),
        ] {
            assert!(Tokens::lex(&text, 10_000).is_err(), "{text:.20}");
        }
    }
}

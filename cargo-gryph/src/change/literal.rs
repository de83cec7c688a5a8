//! Literals in one form each, so that `0x10`, `16` and `16_u8` are the same.

use std::collections::BTreeSet;
use std::fmt;

use proc_macro2::{TokenStream, TokenTree};

/// A number, text or character as a program means it. Signs belong to numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Literal {
    /// An integer.
    Integer(i128),
    /// A number with a fraction, in its shortest decimal form.
    Float(String),
    /// A text, or bytes as text.
    Text(String),
    /// A character, or a byte as a character.
    Character(char),
}

impl Literal {
    pub(super) fn of(literal: &syn::Lit) -> Option<Self> {
        match literal {
            syn::Lit::Str(text) => Some(Self::Text(text.value())),
            syn::Lit::ByteStr(bytes) => {
                Some(Self::Text(String::from_utf8_lossy(&bytes.value()).into_owned()))
            }
            syn::Lit::CStr(text) => Some(Self::Text(text.value().to_string_lossy().into_owned())),
            syn::Lit::Byte(byte) => Some(Self::Character(char::from(byte.value()))),
            syn::Lit::Char(character) => Some(Self::Character(character.value())),
            syn::Lit::Int(number) if matches!(number.suffix(), "f32" | "f64") => {
                number.base10_parse::<f64>().ok().map(|number| Self::Float(number.to_string()))
            }
            syn::Lit::Int(number) => number.base10_parse().ok().map(Self::Integer),
            syn::Lit::Float(number) => {
                number.base10_parse::<f64>().ok().map(|number| Self::Float(number.to_string()))
            }
            _ => None,
        }
    }

    fn negated(self) -> Self {
        match self {
            Self::Integer(number) => Self::Integer(number.checked_neg().unwrap_or(number)),
            Self::Float(number) => match number.strip_prefix('-') {
                Some(positive) => Self::Float(positive.to_owned()),
                None => Self::Float(format!("-{number}")),
            },
            other @ (Self::Text(_) | Self::Character(_)) => other,
        }
    }

    /// What ordinary code compares with: 0, 1, -1, nothing, blanks, options of a command line.
    pub fn is_natural(&self) -> bool {
        match self {
            Self::Integer(number) => (-1..=1).contains(number),
            Self::Float(number) => matches!(number.as_str(), "0" | "-0" | "1" | "-1" | "0.5" | "NaN"),
            Self::Text(text) => text.trim().is_empty() || is_option(text),
            Self::Character(character) => character.is_whitespace() || character.is_control(),
        }
    }

    /// So telling that meeting it by chance is unlikely.
    pub fn is_specific(&self) -> bool {
        match self {
            Self::Integer(number) => number.unsigned_abs() >= 10,
            Self::Float(_) => !self.is_natural(),
            Self::Text(text) => text.chars().count() >= 2,
            Self::Character(_) => false,
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(formatter, "{number}"),
            Self::Float(number) => formatter.write_str(number),
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Character(character) => write!(formatter, "{character:?}"),
        }
    }
}

/// All literals of some tokens, with signs that can only be signs. Texts of documentation are left out.
pub(super) fn literals(stream: TokenStream) -> BTreeSet<Literal> {
    listed(stream).into_iter().collect()
}

/// The same in the order of the tokens.
pub(super) fn listed(stream: TokenStream) -> Vec<Literal> {
    let mut found = Vec::new();
    collect(stream, &mut found);
    found
}

fn collect(stream: TokenStream, found: &mut Vec<Literal>) {
    let (mut minus, mut operand, mut hash) = (false, false, false);
    for token in stream {
        let mut next = (false, true, false);
        match token {
            // An attribute, documentation above all.
            TokenTree::Group(_) if hash => {}
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Some(literal) = Literal::of(&syn::Lit::new(literal)) {
                    found.push(if minus { literal.negated() } else { literal });
                }
            }
            TokenTree::Ident(ident) => {
                // After `return -1` the sign is one.
                next.1 = !matches!(
                    ident.to_string().as_str(),
                    "return" | "in" | "match" | "if" | "while" | "break"
                );
            }
            TokenTree::Punct(punct) => {
                let mark = punct.as_char();
                // The `!` of an inner attribute keeps the `#`.
                next = (mark == '-' && !operand, mark == '?', mark == '#' || (hash && mark == '!'));
            }
        }
        (minus, operand, hash) = next;
    }
}

/// Whether a text is an option such as `-v` or `--dry-run`.
fn is_option(text: &str) -> bool {
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-').filter(|name| name.len() == 1));
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_form() {
        let of =
            |text: &str| literals(text.parse().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(of("f(0x10, 16_u8, 16)"), ["16"]);
        assert_eq!(of("f(-3, 5 - 3, 1.50)"), ["-3", "3", "5", "1.5"]);
        assert_eq!(of("g('a', b'a', \"a\\n\", true)"), ["\"a\\n\"", "'a'"]);
        assert_eq!(of("#[doc = \"x\"] fn f() { return -7 }"), ["-7"]);
    }

    #[test]
    fn boundaries_are_natural_and_values_specific() {
        let of = |text: &str| listed(text.parse().unwrap()).remove(0);
        for natural in ["0", "1", "-1", "\"\"", "\" \"", "'\\n'", "0.0", "1.0"] {
            assert!(of(natural).is_natural(), "{natural}");
        }
        for specific in ["10", "-42", "\"ab\"", "2.5"] {
            assert!(of(specific).is_specific() && !of(specific).is_natural(), "{specific}");
        }
        assert!(!of("7").is_natural() && !of("7").is_specific());
    }
}

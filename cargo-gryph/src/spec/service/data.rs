//! The kinds of data that go in and out of functions, and values of them as a specification writes them.

use std::fmt;

use serde::Serialize;
use toml::Spanned;
use toml::de::DeValue;

use super::text::{Finite, Prose};
use crate::spec::problem::Problems;

/// The longest text in an example or a default, in bytes.
const LONGEST_TEXT: usize = 10_000;
/// The longest list in an example.
const LONGEST_LIST: usize = 1_000;

/// What a function takes or gives, as JSON can carry it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// `String` or `&str`.
    Text,
    /// `bool`.
    Boolean,
    /// A whole number of this Rust type.
    Integer(&'static str),
    /// `f64`.
    Number,
    /// `Option<…>`: null, or missing from a request.
    Optional(Box<Self>),
    /// `Vec<…>`.
    List(Box<Self>),
}

/// The whole numbers that JSON carries.
const INTEGERS: &[&str] = &["i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize"];

impl Data {
    /// Reads an owned type.
    pub(super) fn of(ty: &syn::Type) -> Option<Self> {
        let syn::Type::Path(path) = ty else { return None };
        let segment = path.path.segments.first().filter(|_| path.path.segments.len() == 1)?;
        let name = segment.ident.to_string();
        match (name.as_str(), inner(segment)) {
            ("Option", Some(inner)) => Some(Self::Optional(Box::new(Self::of(inner)?))),
            ("Vec", Some(inner)) => Some(Self::List(Box::new(Self::of(inner)?))),
            (_, Some(_)) => None,
            ("String", None) => Some(Self::Text),
            ("bool", None) => Some(Self::Boolean),
            ("f64", None) => Some(Self::Number),
            (name, None) => INTEGERS.iter().find(|known| **known == name).map(|known| Self::Integer(known)),
        }
    }

    /// What is inside an `Option`, or the type itself.
    pub fn present(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            Self::Text | Self::Boolean | Self::Integer(_) | Self::Number | Self::List(_) => self,
        }
    }

    /// The least and the largest value of a whole number that has fewer bits than JSON's readers take for granted.
    pub fn bounds(&self) -> Option<(i64, i64)> {
        match self.present() {
            Self::Integer("i8") => Some((i8::MIN.into(), i8::MAX.into())),
            Self::Integer("i16") => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Integer("i32") => Some((i32::MIN.into(), i32::MAX.into())),
            Self::Integer("u8") => Some((0, u8::MAX.into())),
            Self::Integer("u16") => Some((0, u16::MAX.into())),
            Self::Integer("u32") => Some((0, u32::MAX.into())),
            _ => None,
        }
    }

    /// Whether it may be missing.
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }

    /// Whether an address can hold it: a value without parts.
    pub fn is_scalar(&self) -> bool {
        matches!(self, Self::Text | Self::Boolean | Self::Integer(_) | Self::Number)
    }

    /// Reads a value of this kind; says what is wrong with it otherwise.
    pub(super) fn value(&self, value: &Spanned<DeValue<'_>>, problems: &mut Problems<'_>) -> Option<Value> {
        let read = match (self, value.get_ref()) {
            (Self::Optional(inner), _) => return inner.value(value, problems),
            (Self::List(inner), DeValue::Array(items)) if items.len() <= LONGEST_LIST => {
                let items: Vec<_> = items.iter().map(|item| inner.value(item, problems)).collect();
                return Some(Value::List(items.into_iter().collect::<Option<_>>()?));
            }
            (Self::Text, DeValue::String(text)) => Prose::read(text, 0, LONGEST_TEXT).ok().map(Value::Text),
            (Self::Boolean, DeValue::Boolean(answer)) => Some(Value::Boolean(*answer)),
            (Self::Integer(name), _) => {
                integer(value).filter(|number| fits(*number, name)).map(Value::Integer)
            }
            (Self::Number, _) => number(value).map(Value::Number),
            (Self::List(_) | Self::Text | Self::Boolean, _) => None,
        };
        if read.is_none() {
            problems.report(value.span(), format!("this must be {}", self.described()), "");
        }
        read
    }

    fn described(&self) -> String {
        match self {
            Self::Text => "one line of text, without control characters".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Integer(name) => format!("a whole number that `{name}` holds"),
            Self::Number => "a finite number".to_owned(),
            Self::Optional(inner) => inner.described(),
            Self::List(_) => format!("a list of at most {LONGEST_LIST} values"),
        }
    }
}

/// The owned Rust type.
impl fmt::Display for Data {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => formatter.write_str("String"),
            Self::Boolean => formatter.write_str("bool"),
            Self::Integer(name) => formatter.write_str(name),
            Self::Number => formatter.write_str("f64"),
            Self::Optional(inner) => write!(formatter, "Option<{inner}>"),
            Self::List(inner) => write!(formatter, "Vec<{inner}>"),
        }
    }
}

/// The only argument between angle brackets.
pub(super) fn inner(segment: &syn::PathSegment) -> Option<&syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(ty),
        _ => None,
    }
}

/// A value of a specification, as JSON has it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// `null`.
    Null,
    /// A truth.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(Finite),
    /// A text of a stranger.
    Text(Prose),
    /// Values of one kind.
    List(Vec<Self>),
}

/// A whole number of the file.
pub(super) fn integer(value: &Spanned<DeValue<'_>>) -> Option<i64> {
    let digits = value.get_ref().as_integer()?;
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}

/// A number of the file, with or without a fraction.
pub(super) fn number(value: &Spanned<DeValue<'_>>) -> Option<Finite> {
    match value.get_ref() {
        DeValue::Float(digits) => digits.as_str().parse().ok().and_then(Finite::new),
        _ => integer(value).and_then(|whole| Finite::new(whole as f64)),
    }
}

fn fits(number: i64, name: &str) -> bool {
    let bits: u32 = name[1..].parse().unwrap_or(64);
    let number = i128::from(number);
    if name.starts_with('u') {
        number >= 0 && number < 1 << bits
    } else {
        number >= -(1 << (bits - 1)) && number < 1 << (bits - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owned_types_are_read_and_written_alike() {
        for text in ["String", "bool", "u8", "i64", "usize", "f64", "Option<String>", "Vec<Option<u32>>"] {
            let found = Data::of(&syn::parse_str(text).unwrap()).unwrap();
            assert_eq!(found.to_string(), text);
        }
        for text in
            ["&str", "u128", "f32", "char", "HashMap<String, u8>", "std::string::String", "String<u8>", "()"]
        {
            assert_eq!(Data::of(&syn::parse_str(text).unwrap()), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_keep_to_their_type() {
        for (number, name, fit) in [
            (255, "u8", true),
            (256, "u8", false),
            (-1, "u64", false),
            (-128, "i8", true),
            (-129, "i8", false),
            (i64::MIN, "i64", true),
            (i64::MAX, "usize", true),
        ] {
            assert_eq!(fits(number, name), fit, "{number} {name}");
        }
    }
}

//! The arguments of a `[[command]]`.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::fields::{Fields, Text, checked};
use super::names::{NameKind, check_name, check_text};
use super::problem::Problems;
use crate::similar::nearest;

const MOST_ARGUMENTS: usize = 6;
const LONGEST_LINE: usize = 200;

/// An argument of a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Argument {
    /// Its name in snake case; the option is the same with hyphens.
    pub name: String,
    /// Its type.
    pub value: ArgumentType,
    /// One line for the help text.
    pub help: String,
    /// A one-letter form.
    pub short: Option<char>,
    /// The value without the option.
    pub default: Option<String>,
    /// Whether it stands by its place instead of a name.
    pub positional: bool,
}

/// What an argument holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArgumentType {
    /// A flag.
    Flag,
    /// Text.
    Text,
    /// A number of this Rust type.
    Number(String),
    /// Text that may be missing.
    OptionalText,
    /// A number of this Rust type that may be missing.
    OptionalNumber(String),
    /// Any number of texts.
    Texts,
}

const NUMBERS: &[&str] = &["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "f64"];

impl ArgumentType {
    fn read(text: &str) -> Option<Self> {
        let number = |name: &str| NUMBERS.contains(&name).then(|| name.to_owned());
        match text {
            "bool" => Some(Self::Flag),
            "String" => Some(Self::Text),
            "Option<String>" => Some(Self::OptionalText),
            "Vec<String>" => Some(Self::Texts),
            _ => match text.strip_prefix("Option<").and_then(|inner| inner.strip_suffix('>')) {
                Some(inner) => number(inner).map(Self::OptionalNumber),
                None => number(text).map(Self::Number),
            },
        }
    }

    /// Whether it holds a number that may be less than nothing, which looks like an option.
    pub fn is_signed(&self) -> bool {
        match self {
            Self::Number(name) | Self::OptionalNumber(name) => name.starts_with(['i', 'f']),
            Self::Flag | Self::Text | Self::OptionalText | Self::Texts => false,
        }
    }

    /// Whether a word of a command line may be its value, and is not read as options.
    pub(super) fn takes(&self, word: &str) -> bool {
        let looks_like_options = word.len() > 1 && word.starts_with('-');
        !looks_like_options || (self.is_signed() && word.parse::<f64>().is_ok())
    }

    /// The type in the arguments' struct.
    pub fn owned(&self) -> String {
        match self {
            Self::Flag => "bool".to_owned(),
            Self::Text => "String".to_owned(),
            Self::Number(name) => name.clone(),
            Self::OptionalText => "Option<String>".to_owned(),
            Self::OptionalNumber(name) => format!("Option<{name}>"),
            Self::Texts => "Vec<String>".to_owned(),
        }
    }

    /// The type of the function's parameter.
    pub(super) fn borrowed(&self) -> String {
        match self {
            Self::Text => "&str".to_owned(),
            Self::OptionalText => "Option<&str>".to_owned(),
            Self::Texts => "&[String]".to_owned(),
            Self::Flag | Self::Number(_) | Self::OptionalNumber(_) => self.owned(),
        }
    }

    /// The value as a Rust expression; `None` if the text is not one.
    pub(super) fn expression(&self, value: &str) -> Option<String> {
        match self {
            Self::Flag => None,
            Self::Text => Some(format!("{value:?}")),
            Self::Number(name) => number(name, value),
            Self::OptionalText => Some(format!("Some({value:?})")),
            Self::OptionalNumber(name) => number(name, value).map(|number| format!("Some({number})")),
            Self::Texts => Some(format!("{value:?}.to_owned()")),
        }
    }
}

fn number(name: &str, value: &str) -> Option<String> {
    if name == "f64" {
        return value
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map(|number| format!("{number:?}"));
    }
    let value: i128 = value.parse().ok()?;
    let (least, most) = match name {
        "u8" => (0, i128::from(u8::MAX)),
        "u16" => (0, i128::from(u16::MAX)),
        "u32" => (0, i128::from(u32::MAX)),
        "u64" | "usize" => (0, i128::from(u64::MAX)),
        "i8" => (i128::from(i8::MIN), i128::from(i8::MAX)),
        "i16" => (i128::from(i16::MIN), i128::from(i16::MAX)),
        "i32" => (i128::from(i32::MIN), i128::from(i32::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    (least..=most).contains(&value).then(|| value.to_string())
}

/// A line for a help text.
pub(super) fn line(text: &Text, problems: &mut Problems<'_>) -> String {
    checked(text, |line| check_text(line, LONGEST_LINE), problems);
    if text.value.trim().is_empty() || text.value.contains(['\n', '\t', '<', '[', '`', '\\', '"', '{']) {
        let hint = "say in plain words what it is for";
        problems.report(text.span.clone(), "this must be one line of plain text", hint);
    }
    text.value.trim().trim_end_matches('.').to_owned()
}

pub(super) fn argument(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> Option<Argument> {
    let name = fields.required_text("name", problems);
    if let Some(name) = &name {
        checked(name, |text| check_name(text, NameKind::Function), problems);
    }
    let kind = fields.required_text("type", problems);
    let value = kind.as_ref().and_then(|kind| {
        let value = ArgumentType::read(&kind.value);
        if value.is_none() {
            let known = ["bool", "String", "Option<String>", "Vec<String>"];
            let hint = nearest(&kind.value, NUMBERS.iter().copied().chain(known)).map_or_else(
                || "use bool, String, a number type, Option of these, or Vec<String>".to_owned(),
                |known| format!("did you mean `{known}`?"),
            );
            let message = format!("`{}` cannot be the type of an argument", kind.value.escape_debug());
            problems.report(kind.span.clone(), message, hint);
        }
        value
    });
    let help = fields.required_text("help", problems).map(|help| line(&help, problems));
    let short = fields.text("short", problems);
    let short = short.and_then(|short| {
        let letter = short.value.chars().next().filter(char::is_ascii_alphanumeric);
        if letter.is_none() || short.value.len() != 1 || ["h", "V"].contains(&short.value.as_str()) {
            let message = "`short` must be one letter or digit, and neither `h` nor `V`";
            problems.report(short.span.clone(), message, "");
        }
        letter
    });
    let default = fields.text("default", problems);
    if let (Some(default), Some(value)) = (&default, &value) {
        let fits = matches!(value, ArgumentType::Text | ArgumentType::Number(_));
        if !fits || value.expression(&default.value).is_none() {
            let hint = "only String and numbers have a default, written as a string";
            problems.report(default.span.clone(), "this default does not fit the type", hint);
        }
        checked(default, |text| check_text(text, LONGEST_LINE), problems);
    }
    let positional = fields.boolean("positional", problems).unwrap_or(false);
    let span = fields.span.clone();
    fields.finish(problems);
    let default = default.map(|default| default.value);
    let argument = Argument { name: name?.value, value: value?, help: help?, short, default, positional };
    let by_place = positional && (argument.short.is_some() || argument.value == ArgumentType::Flag);
    if by_place || (!positional && argument.value == ArgumentType::Texts) {
        let hint = "flags have names; Vec<String> stands by its place (`positional = true`)";
        problems.report(span, "this form of argument is not supported", hint);
    }
    Some(argument)
}

pub(super) fn check_arguments(
    arguments: &[Argument],
    input: bool,
    span: &Range<usize>,
    problems: &mut Problems<'_>,
) {
    let mut names = BTreeSet::from(["file", "input", "help", "version"]);
    let mut shorts = BTreeSet::new();
    for argument in arguments {
        let twice = argument.short.is_some_and(|short| !shorts.insert(short));
        if !names.insert(&argument.name) || twice {
            let message = format!("the argument `{}` clashes with another one", argument.name);
            problems.report(span.clone(), message, "rename it; file, input, help and version are taken");
        }
    }
    let places: Vec<&Argument> = arguments.iter().filter(|argument| argument.positional).collect();
    let optional = |argument: &&&Argument| {
        matches!(
            argument.value,
            ArgumentType::OptionalText | ArgumentType::OptionalNumber(_) | ArgumentType::Texts
        ) || argument.default.is_some()
    };
    let loose = places.iter().filter(optional).count();
    let last = places.last().is_some_and(|last| optional(&last));
    if loose > 1 || (loose == 1 && (input || !last)) {
        let hint = "an argument that may be missing must be the last one, and FILE comes after all";
        problems.report(span.clone(), "it would be unclear which argument is meant", hint);
    }
    if arguments.len() > MOST_ARGUMENTS {
        problems.report(span.clone(), format!("more than {MOST_ARGUMENTS} arguments"), "leave some out");
    }
}

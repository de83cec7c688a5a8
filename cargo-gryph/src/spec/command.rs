//! `[[command]]`: a subcommand of a program, its arguments, and the pure function behind it.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::doc::check_doc;
use super::expression::{Assertion, Example, Run};
use super::fields::{Fields, Text};
use super::function::{Function, ItemPath, checked};
use super::names::{NameKind, check_name, check_text};
use super::nearest::nearest;
use super::problem::Problems;
use super::signature::signature;

/// The module that holds the functions of all commands.
pub const COMMANDS: &str = "commands";

const MOST_ARGUMENTS: usize = 6;
const MOST_EXAMPLES: usize = 50;
const LONGEST_STREAM: usize = 16 * 1024;
const LONGEST_LINE: usize = 200;

/// A subcommand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// What is typed: `top`.
    pub name: String,
    /// One line for the help text.
    pub about: String,
    /// Whether it reads text: from a FILE argument or from standard input.
    pub input: bool,
    /// Its arguments, in order.
    pub arguments: Vec<Argument>,
    /// The hole: a pure function of the input text and the arguments.
    pub function: Function,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
}

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
    fn borrowed(&self) -> String {
        match self {
            Self::Text => "&str".to_owned(),
            Self::OptionalText => "Option<&str>".to_owned(),
            Self::Texts => "&[String]".to_owned(),
            Self::Flag | Self::Number(_) | Self::OptionalNumber(_) => self.owned(),
        }
    }

    /// The value as a Rust expression; `None` if the text is not one.
    fn expression(&self, value: &str) -> Option<String> {
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

/// Reads one `[[command]]`; `None` if a part of it had problems.
pub(super) fn command(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> Option<Command> {
    let name = fields.required_text("name", problems);
    if let Some(name) = &name {
        let taken = name.value == "help";
        if taken {
            problems.report(name.span.clone(), "`help` is a command already", "choose another name");
        }
        checked(name, |text| check_name(text, NameKind::Command), problems);
    }
    let about = fields.required_text("about", problems).map(|about| line(&about, problems));
    let doc = fields.required_text("doc", problems);
    if let Some(doc) = &doc {
        checked(doc, check_doc, problems);
    }
    let input = fields.boolean("input", problems).unwrap_or(false);
    let before = problems.count();
    let arguments = fields.tables("arguments", "an argument", problems);
    let arguments: Vec<Argument> =
        arguments.into_iter().filter_map(|fields| argument(fields, problems)).collect();
    let span = fields.span.clone();
    check_arguments(&arguments, input, &span, problems);
    let arguments_are_sound = problems.count() == before;
    let examples = fields.tables("examples", "an example", problems);
    let held = fields.tables("held-back-examples", "an example", problems);
    if examples.is_empty() {
        let hint = "add `examples` such as { args = [], stdin = \"…\", stdout = \"…\" }";
        problems.report(span.clone(), "this command has no examples", hint);
    }
    let held_back = fields.integer("held-back", 0..=examples.len().saturating_sub(1) as u64, problems);
    fields.finish(problems);
    if !arguments_are_sound {
        return None;
    }
    let plain = |name: &&Text| check_name(&name.value, NameKind::Command).is_ok();
    let typed = name.as_ref().filter(plain).map_or("command", |name| &name.value);
    let called = Called { name: typed, input, arguments: &arguments };
    let mut seen = BTreeSet::new();
    let mut read = |list: Vec<Fields<'_>>| -> Vec<Example> {
        let list = list.into_iter().take(MOST_EXAMPLES);
        list.filter_map(|fields| called.example(fields, &mut seen, problems)).collect()
    };
    let (examples, held_back_examples) = (read(examples), read(held));
    let (name, about, doc) = (name.clone()?, about?, doc?);
    let function = Function {
        path: ItemPath { module: COMMANDS.to_owned(), owner: None, name: called.function() },
        signature: checked(&name, |_| signature(&called.signature()), problems)?,
        doc: doc.value.trim().to_owned(),
        examples,
        held_back_examples,
        held_back: held_back.and_then(|number| usize::try_from(number).ok()),
        properties: Vec::new(),
        imports: BTreeSet::new(),
        span: span.clone(),
    };
    Some(Command { name: name.value, about, input, arguments, function, span })
}

/// A line for a help text.
fn line(text: &Text, problems: &mut Problems<'_>) -> String {
    checked(text, |line| check_text(line, LONGEST_LINE), problems);
    if text.value.trim().is_empty() || text.value.contains(['\n', '\t', '<', '[', '`', '\\', '"', '{']) {
        let hint = "say in plain words what it is for";
        problems.report(text.span.clone(), "this must be one line of plain text", hint);
    }
    text.value.trim().trim_end_matches('.').to_owned()
}

fn argument(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> Option<Argument> {
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

fn check_arguments(arguments: &[Argument], input: bool, span: &Range<usize>, problems: &mut Problems<'_>) {
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

/// A command as its examples call it.
struct Called<'c> {
    name: &'c str,
    input: bool,
    arguments: &'c [Argument],
}

impl Called<'_> {
    fn function(&self) -> String {
        self.name.replace('-', "_")
    }

    fn signature(&self) -> String {
        let input = self.input.then(|| "input: &str".to_owned());
        let arguments = self.arguments.iter().map(|one| format!("{}: {}", one.name, one.value.borrowed()));
        let all: Vec<String> = input.into_iter().chain(arguments).collect();
        format!("pub fn {}({}) -> Result<String, String>", self.function(), all.join(", "))
    }

    fn example(
        &self,
        mut fields: Fields<'_>,
        seen: &mut BTreeSet<(Vec<String>, String)>,
        problems: &mut Problems<'_>,
    ) -> Option<Example> {
        let before = problems.count();
        let span = fields.span.clone();
        let arguments = fields.texts("args", problems);
        let [stdin, stdout, stderr] = ["stdin", "stdout", "stderr"].map(|key| fields.text(key, problems));
        for text in arguments.iter().chain(&stdin).chain(&stdout).chain(&stderr) {
            checked(text, |text| check_text(text, LONGEST_STREAM), problems);
        }
        let exit = fields.integer("exit", 0..=1, problems).unwrap_or(0);
        if let (true, Some(exit)) = (problems.count() > before, fields.value("exit"))
            && matches!(exit.get_ref(), DeValue::Integer(_))
        {
            let hint = "a command ends with 0, or with 1 and a message; wrong usage is the parser's business";
            problems.report(exit.span(), "this example cannot be checked as it stands", hint);
        }
        fields.finish(problems);
        let text = |text: Option<Text>| text.map(|text| text.value);
        let (stdin, stdout, stderr) =
            (text(stdin).unwrap_or_default(), text(stdout).unwrap_or_default(), text(stderr));
        if exit == 1 && !stdout.is_empty() {
            problems.report(
                span.clone(),
                "a command that fails prints nothing to stdout",
                "leave `stdout` out",
            );
        }
        let message = match stderr.as_deref().map(|text| text.strip_prefix("error: ")?.strip_suffix('\n')) {
            Some(None) => {
                let hint = "stderr is `error: `, the message and a line feed, and the exit is 1";
                problems.report(span.clone(), "this cannot be the program's stderr", hint);
                None
            }
            Some(message) if exit == 1 => message,
            Some(_) => {
                problems.report(
                    span.clone(),
                    "a command that succeeds prints nothing to stderr",
                    "set `exit = 1`",
                );
                None
            }
            None => None,
        };
        let arguments: Vec<String> = arguments.into_iter().map(|text| text.value).collect();
        let values = match self.bind(&arguments) {
            Ok(values) => values,
            Err(message) => {
                problems.report(span.clone(), message, "the arguments must be those of the command");
                return None;
            }
        };
        if !self.input && !stdin.is_empty() {
            problems.report(span.clone(), "this command reads no input", "set `input = true`");
        }
        if !seen.insert((arguments.clone(), stdin.clone())) {
            problems.report(span.clone(), "this example stands twice", "leave one out");
        }
        let input = self.input.then(|| format!("{stdin:?}"));
        let all: Vec<String> = input.into_iter().chain(values).collect();
        let left = format!("{}({})", self.function(), all.join(", "));
        let call = match (exit, message) {
            (0, _) => Assertion::Equal { left, right: format!("Ok({stdout:?}.to_owned())") },
            (_, Some(message)) => Assertion::Equal { left, right: format!("Err({message:?}.to_owned())") },
            (_, None) => Assertion::Holds(format!("{left}.is_err()")),
        };
        let source = match &call {
            Assertion::Equal { left, right } => format!("{left} == {right}"),
            Assertion::Holds(condition) => condition.clone(),
            Assertion::Differ { .. } | Assertion::Fails(_) | Assertion::Run(_) => String::new(),
        };
        let arguments = std::iter::once(self.name.to_owned()).chain(arguments).collect();
        let run = Run { arguments, stdin, stdout, stderr, fails: exit == 1, call };
        let imports = BTreeSet::from([super::Import::Own(COMMANDS.to_owned(), self.function())]);
        Some(Example { source, assertion: Assertion::Run(Box::new(run)), imports, span })
    }

    /// The values of the function's parameters for a command line, as Rust expressions.
    fn bind(&self, given: &[String]) -> Result<Vec<String>, String> {
        let mut values: Vec<Vec<String>> = vec![Vec::new(); self.arguments.len()];
        let mut places =
            self.arguments.iter().enumerate().filter(|(_, argument)| argument.positional).peekable();
        let mut words = given.iter();
        while let Some(word) = words.next() {
            let (index, value) = if let Some(option) = word.strip_prefix("--").filter(|rest| !rest.is_empty())
            {
                let (option, value) = option
                    .split_once('=')
                    .map_or((option, None), |(name, value)| (name, Some(value.to_owned())));
                let matches = |one: &Argument| !one.positional && one.name.replace('_', "-") == option;
                let index = self.arguments.iter().position(matches);
                (index.ok_or_else(|| format!("there is no option `--{option}`"))?, value)
            } else if let Some(letter) = word.strip_prefix('-').filter(|rest| rest.len() == 1) {
                let short = letter.chars().next();
                let index = self.arguments.iter().position(|one| one.short.is_some() && one.short == short);
                (index.ok_or_else(|| format!("there is no option `-{letter}`"))?, None)
            } else {
                let Some((index, argument)) = places.peek().copied() else {
                    return Err(format!("nothing takes the argument `{}`", word.escape_debug()));
                };
                if argument.value != ArgumentType::Texts {
                    places.next();
                }
                (index, Some(word.clone()))
            };
            let argument = &self.arguments[index];
            if argument.value == ArgumentType::Flag {
                if value.is_some() || !values[index].is_empty() {
                    return Err(format!("`{}` is a flag, given once and without a value", argument.name));
                }
                values[index].push("true".to_owned());
                continue;
            }
            let value = value.or_else(|| words.next().cloned());
            let value = value.ok_or_else(|| format!("`{}` has no value", argument.name))?;
            let expression = argument.value.expression(&value);
            let wrong = || format!("`{}` is no value for `{}`", value.escape_debug(), argument.name);
            values[index].push(expression.ok_or_else(wrong)?);
        }
        self.arguments.iter().zip(values).map(|(argument, values)| chosen(argument, values)).collect()
    }
}

/// The one value of an argument, its default, or what stands for nothing.
fn chosen(argument: &Argument, mut values: Vec<String>) -> Result<String, String> {
    if argument.value == ArgumentType::Texts {
        return Ok(format!("&[{}]", values.join(", ")));
    }
    if values.len() > 1 {
        return Err(format!("`{}` is given twice", argument.name));
    }
    let default = || match (&argument.value, &argument.default) {
        (ArgumentType::Flag, _) => Some("false".to_owned()),
        (ArgumentType::OptionalText | ArgumentType::OptionalNumber(_), _) => Some("None".to_owned()),
        (value, Some(default)) => value.expression(default),
        (_, None) => None,
    };
    values.pop().or_else(default).ok_or_else(|| format!("`{}` is missing", argument.name))
}

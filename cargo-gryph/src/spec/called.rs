//! Examples of a `[[command]]`: a command line becomes the call of the function behind it.

use std::collections::BTreeSet;

use toml::de::DeValue;

use super::argument::{Argument, ArgumentType};
use super::command::COMMANDS;
use super::expression::{Assertion, Example, Run};
use super::fields::{Fields, Text, checked};
use super::names::check_text;
use super::problem::Problems;
use super::scope::Import;

const LONGEST_STREAM: usize = 16 * 1024;

/// A command as its examples call it.
pub(super) struct Called<'c> {
    pub(super) name: &'c str,
    pub(super) input: bool,
    pub(super) arguments: &'c [Argument],
}

impl Called<'_> {
    pub(super) fn function(&self) -> String {
        self.name.replace('-', "_")
    }

    pub(super) fn signature(&self) -> String {
        let input = self.input.then(|| "input: &str".to_owned());
        let arguments = self.arguments.iter().map(|one| format!("{}: {}", one.name, one.value.borrowed()));
        let all: Vec<String> = input.into_iter().chain(arguments).collect();
        format!("pub fn {}({}) -> Result<String, String>", self.function(), all.join(", "))
    }

    pub(super) fn example(
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
        let imports = BTreeSet::from([Import::Own(COMMANDS.to_owned(), self.function())]);
        Some(Example { source, assertion: Assertion::Run(Box::new(run)), imports, span })
    }

    /// The values of the function's parameters for a command line, as Rust expressions.
    fn bind(&self, given: &[String]) -> Result<Vec<String>, String> {
        let mut values: Vec<Vec<String>> = vec![Vec::new(); self.arguments.len()];
        let mut places =
            self.arguments.iter().enumerate().filter(|(_, argument)| argument.positional).peekable();
        let mut words = given.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                return Err("`--` ends the options, which no example needs".to_owned());
            }
            let (index, value) = if let Some(option) = word.strip_prefix("--") {
                let (option, value) = option
                    .split_once('=')
                    .map_or((option, None), |(name, value)| (name, Some(value.to_owned())));
                let matches = |one: &Argument| !one.positional && one.name.replace('_', "-") == option;
                let index = self.arguments.iter().position(matches);
                (index.ok_or_else(|| format!("there is no option `--{option}`"))?, value)
            } else if let Some(letter) = word.strip_prefix('-').filter(|rest| rest.len() == 1)
                && !places.peek().is_some_and(|(_, argument)| argument.value.takes(word))
            {
                let short = letter.chars().next();
                let index = self.arguments.iter().position(|one| one.short.is_some() && one.short == short);
                (index.ok_or_else(|| format!("there is no option `-{letter}`"))?, None)
            } else {
                let Some((index, argument)) = places.peek().copied() else {
                    return Err(format!("nothing takes the argument `{}`", word.escape_debug()));
                };
                if !argument.value.takes(word) {
                    let shown = word.escape_debug();
                    return Err(format!("`{shown}` would be read as options, which there are not"));
                }
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
            let apart = || {
                let value = words.next().ok_or_else(|| format!("`{}` has no value", argument.name))?;
                if argument.value.takes(value) {
                    return Ok(value.clone());
                }
                let option = argument.name.replace('_', "-");
                let shown = value.escape_debug();
                Err(format!("`{shown}` would be read as options: write `--{option}={shown}`"))
            };
            let value = value.map_or_else(apart, Ok)?;
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

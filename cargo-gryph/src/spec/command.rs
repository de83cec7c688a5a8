//! `[[command]]`: a subcommand of a program, its arguments, and the pure function behind it.

use std::collections::BTreeSet;
use std::ops::Range;

use super::argument::{Argument, argument, check_arguments, line};
use super::called::Called;
use super::doc::check_doc;
use super::expression::Example;
use super::fields::{Fields, MOST_EXAMPLES, Text, checked};
use super::function::Function;
use super::names::{NameKind, check_name};
use super::path::ItemPath;
use super::problem::Problems;
use super::signature::signature;

/// The module that holds the functions of all commands.
pub const COMMANDS: &str = "commands";

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
    for list in [&examples, &held] {
        if let Some(first) = list.get(MOST_EXAMPLES) {
            let message = format!("more than {MOST_EXAMPLES} examples");
            problems.report(first.span.clone(), message, "leave some out");
        }
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
    let signature = signature(&called.signature());
    let signature =
        signature.map_err(|fault| problems.report(name.span.clone(), fault.message, fault.hint)).ok()?;
    let function = Function {
        path: ItemPath { module: COMMANDS.to_owned(), owner: None, name: called.function() },
        signature,
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

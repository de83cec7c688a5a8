//! The program of a command-line project: arguments, input and output come from a template, the work from holes.

use minijinja::{Value, context};

use crate::plan::{Argument, ArgumentType, CommandPlan, Plan};

const WIDTH: usize = 100;
const CALL_WIDTH: usize = 60;

/// The values of `src/main.rs`.
pub(super) fn values(plan: &Plan) -> Value {
    let commands: Vec<Value> = plan.commands.iter().map(command).collect();
    context! {
        summary => plan.project.summary.clone(),
        crate_name => plan.project.crate_name(),
        commands => commands,
        reads => plan.commands.iter().any(|command| command.input),
    }
}

fn command(command: &CommandPlan) -> Value {
    let fields: Vec<Value> = command.arguments.iter().map(field).collect();
    let variant = camel_case(&command.name);
    context! {
        about => command.about.clone(),
        variant => variant.clone(),
        fields => fields,
        input => command.input,
        bare => command.arguments.is_empty() && !command.input,
        arm => arm(command, &variant),
    }
}

fn field(argument: &Argument) -> Value {
    context! {
        name => argument.name.clone(),
        value => argument.value.owned(),
        help => argument.help.clone(),
        attribute => attribute(argument),
    }
}

/// The inside of `#[arg(…)]`; empty where nothing is to be said of an argument that stands by its place.
fn attribute(argument: &Argument) -> String {
    let mut parts = Vec::new();
    if !argument.positional {
        parts.push("long".to_owned());
    }
    if let Some(short) = argument.short {
        parts.push(format!("short = '{short}'"));
    }
    if let Some(default) = &argument.default {
        parts.push(format!("default_value = {default:?}"));
    }
    if argument.value.is_signed() {
        parts.push("allow_negative_numbers = true".to_owned());
    }
    parts.join(", ")
}

/// `top-words` → `TopWords`.
fn camel_case(name: &str) -> String {
    let capital = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(capital).collect()
}

/// The arm of the `match` that calls the command's function, as rustfmt writes it.
fn arm(command: &CommandPlan, variant: &str) -> String {
    let bare = command.arguments.is_empty() && !command.input;
    let pattern = if bare { format!("Command::{variant}") } else { format!("Command::{variant}(given)") };
    let mut values = Vec::new();
    if command.input {
        values.push("&read(given.file.as_deref())?".to_owned());
    }
    values.extend(command.arguments.iter().map(|argument| {
        let name = &argument.name;
        match argument.value {
            ArgumentType::Text | ArgumentType::Texts => format!("&given.{name}"),
            ArgumentType::OptionalText => format!("given.{name}.as_deref()"),
            ArgumentType::Flag | ArgumentType::Number(_) | ArgumentType::OptionalNumber(_) => {
                format!("given.{name}")
            }
        }
    }));
    let function = command.hole.0.as_str();
    let joined = values.join(", ");
    if joined.len() > CALL_WIDTH {
        let lines: String = values.iter().map(|value| format!("            {value},\n")).collect();
        return format!("        {pattern} => {function}(\n{lines}        ),\n");
    }
    let line = format!("        {pattern} => {function}({joined}),\n");
    if line.len() <= WIDTH + 1 {
        return line;
    }
    format!("        {pattern} => {{\n            {function}({joined})\n        }}\n")
}

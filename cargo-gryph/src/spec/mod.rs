//! The specification: text in, typed and checked wishes out, with all problems collected.
//!
//! The text is untrusted. What comes out holds only plain names, single signatures and single expressions, so that the
//! stages after it can put them into files without looking again. The format is described in `docs/spec.md`.

mod argument;
mod called;
mod command;
mod definition;
mod doc;
mod expression;
mod fields;
mod function;
mod markdown;
mod names;
mod path;
mod problem;
mod project;
mod scope;
mod signature;
mod tokens;
mod type_item;

use toml::de::DeTable;

use crate::digest::Digest;

pub use argument::{Argument, ArgumentType};
pub use command::{COMMANDS, Command};
pub use definition::{Display, DisplayArm, TypeItem};
pub use expression::{Assertion, Example, Property, Run};
pub use function::Function;
pub use names::LONGEST_NAME;
pub use path::{ItemPath, snake_case, test_module};
pub use problem::Problem;
pub use project::{Dependency, Kind, LEAST_LINE_COVERAGE, Project, Quality};
pub use scope::Import;
pub use signature::{Signature, Stub};

use fields::Fields;
use problem::Problems;

/// The largest specification, in bytes.
pub const LARGEST_SPEC: usize = 1 << 20;
const MOST_FUNCTIONS: usize = 200;
const MOST_TYPES: usize = 100;
const MOST_COMMANDS: usize = 50;
const LONGEST_PROSE: usize = 20_000;

/// What is wanted, checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The digest of the file as it was read.
    pub hash: Digest,
    /// The project as a whole.
    pub project: Project,
    /// The crates that may be used; nothing else may be added.
    pub dependencies: Vec<Dependency>,
    /// What is asked beyond the policy.
    pub quality: Quality,
    /// Data types.
    pub types: Vec<TypeItem>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Subcommands of a program.
    pub commands: Vec<Command>,
    /// The text around the specification in a Markdown file.
    pub prose: String,
}

/// Reads a specification. `file` is how problems name it; `.md` and `.markdown` files hold it in one fenced block.
pub fn parse(text: &str, file: &str) -> Result<Spec, Vec<Problem>> {
    let mut problems = Problems::new(file, text);
    let spec = read(text, file, &mut problems);
    match spec {
        Some(spec) if problems.count() == 0 => Ok(spec),
        _ => Err(problems.finish()),
    }
}

fn read(text: &str, file: &str, problems: &mut Problems<'_>) -> Option<Spec> {
    if text.len() > LARGEST_SPEC {
        let message = format!("this file has {} bytes, more than {LARGEST_SPEC}", text.len());
        problems.report(0..0, message, "split the project");
        return None;
    }
    let document = markdown::document(text, file, problems);
    if problems.count() > 0 {
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(&document.toml);
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        problems.report(span, format!("this is not TOML: {}", error.message()), "");
    }
    if !errors.is_empty() {
        return None;
    }
    let root = Fields::new(&document.toml, table.get_ref(), "the specification", 0..0);
    let prose: String = document.prose.chars().take(LONGEST_PROSE).collect();
    items(root, Digest::of(text.as_bytes()), prose, problems)
}

fn items(mut root: Fields<'_>, hash: Digest, prose: String, problems: &mut Problems<'_>) -> Option<Spec> {
    if root.value("spec").is_none() {
        problems.report(
            0..0,
            "this file does not say which version of the format it is in",
            "add `spec = 1`",
        );
    }
    root.integer("spec", 1..=1, problems);
    let project = project::project(&mut root, problems);
    let dependencies = project::dependencies(&mut root, problems);
    let own = |dependency: &&Dependency| project.as_ref().is_some_and(|one| one.name == dependency.name);
    if let Some(dependency) = dependencies.iter().find(own) {
        let message = format!("the project has the name of its dependency `{}`", dependency.name);
        problems.report(dependency.span.clone(), message, "rename the project");
    }
    let quality = project::quality(&mut root, problems);
    let functions = root.tables("function", "[[function]]", problems);
    let types = root.tables("type", "[[type]]", problems);
    let commands = root.tables("command", "[[command]]", problems);
    let limits = [
        (&functions, MOST_FUNCTIONS, "functions"),
        (&types, MOST_TYPES, "types"),
        (&commands, MOST_COMMANDS, "commands"),
    ];
    for (list, most, what) in limits {
        if let Some(first) = list.get(most) {
            problems.report(first.span.clone(), format!("more than {most} {what}"), "split the project");
        }
    }
    refuse_services(&mut root, problems);
    let functions: Vec<_> = functions
        .into_iter()
        .take(MOST_FUNCTIONS)
        .map(|fields| function::raw_function(fields, problems))
        .collect();
    let types: Vec<_> =
        types.into_iter().take(MOST_TYPES).map(|fields| type_item::raw_type(fields, problems)).collect();
    let first_command = commands.first().map(|fields| fields.span.clone());
    match (project.as_ref().map(|project| project.kind), first_command) {
        (Some(Kind::Library), Some(span)) => {
            problems.report(span, "a library has no commands", "set `kind = \"cli\"`");
        }
        (Some(Kind::Cli), None) => {
            problems.report(0..0, "this program has no command", "add a [[command]]");
        }
        (Some(Kind::Library), None) if functions.is_empty() => {
            problems.report(0..0, "this specification asks for no function", "add a [[function]]");
        }
        _ => {}
    }
    let commands = read_commands(commands, problems);
    root.finish(problems);
    let mut names = scope::Names::default();
    names.crates.extend(dependencies.iter().map(|dependency| dependency.name.replace('-', "_")));
    function::collect_names(&functions, &types, &mut names, problems);
    let functions: Vec<_> =
        functions.into_iter().filter_map(|raw| function::resolve_function(raw, &names, problems)).collect();
    let types: Vec<_> =
        types.into_iter().filter_map(|raw| type_item::resolve_type_item(raw, &names, problems)).collect();
    Some(Spec { hash, project: project?, dependencies, quality, types, functions, commands, prose })
}

fn read_commands(list: Vec<Fields<'_>>, problems: &mut Problems<'_>) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for fields in list.into_iter().take(MOST_COMMANDS) {
        let Some(command) = command::command(fields, problems) else { continue };
        if commands.iter().any(|known| known.name == command.name) {
            let message = format!("the command `{}` is defined twice", command.name);
            problems.report(command.span.clone(), message, "leave one out");
        }
        commands.push(command);
    }
    commands
}

/// Parts of services are known by name and refused.
fn refuse_services(root: &mut Fields<'_>, problems: &mut Problems<'_>) {
    for key in ["entity", "endpoint", "task", "socket"] {
        if let Some(value) = root.value(key) {
            let hint = "`[[function]]`, `[[type]]` and `[[command]]` are supported";
            problems.report(value.span(), format!("[[{key}]] is not yet supported"), hint);
        }
    }
}

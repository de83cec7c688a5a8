//! The specification: text in, typed and checked wishes out, with all problems collected.
//!
//! The text is untrusted. What comes out holds only plain names, single signatures and single expressions, so that the
//! stages after it can put them into files without looking again. The format is described in `docs/spec.md`.

mod addition;
mod architecture;
mod argument;
mod called;
mod command;
mod contradiction;
mod definition;
mod doc;
mod expression;
mod fields;
mod function;
mod markdown;
mod merge;
mod names;
mod origin;
mod path;
mod problem;
mod project;
mod scope;
pub mod service;
mod signature;
mod syntax;
mod tokens;
mod type_item;
mod word;

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

use crate::digest::Digest;

pub use architecture::Architecture;
pub use argument::{Argument, ArgumentType};
pub use command::{COMMANDS, Command};
pub use definition::{Display, DisplayArm, TypeItem};
pub use expression::{Assertion, Example, Property, Run};
pub use function::Function;
pub use merge::{KEPT, merge};
pub use names::LONGEST_NAME;
pub(crate) use names::is_project_name;
pub use origin::told_at_origin;
pub use path::{ItemPath, snake_case, test_module};
pub use problem::Problem;
pub(crate) use project::is_service_name;
pub use project::{Dependency, Kind, LEAST_LINE_COVERAGE, Project, Quality};
pub use scope::Import;
pub use service::Service;
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
    /// The TOML that says all this: the file, or the block of a Markdown file. Made projects keep it.
    pub text: String,
    /// The digest of that text.
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
    /// What a service is to do; only `kind = "service"` has it.
    pub service: Option<Service>,
    /// The text around the specification in a Markdown file.
    pub prose: String,
}

/// Reads a specification. `file` is how problems name it; `.md` and `.markdown` files hold it in one fenced block.
pub fn parse(text: &str, file: &str) -> Result<Spec, Vec<Problem>> {
    parse_as(text, file, Role::Whole)
}

/// Reads what is to be added to a package that is there, which Rust calls `host`: `spec` and `[project]` may be absent, and
/// the project of what comes out is the package.
pub fn parse_addition(text: &str, file: &str, host: &str) -> Result<Spec, Vec<Problem>> {
    parse_as(text, file, Role::Addition(host))
}

/// What a text is.
#[derive(Clone, Copy)]
enum Role<'a> {
    /// All of a project.
    Whole,
    /// What a package of this name gets besides.
    Addition(&'a str),
}

fn parse_as(text: &str, file: &str, role: Role<'_>) -> Result<Spec, Vec<Problem>> {
    // Where lines end with two characters, texts of several lines would hold one that nobody sees.
    let text = text.replace("\r\n", "\n");
    let mut problems = Problems::new(file, &text);
    let spec = read(&text, file, role, &mut problems);
    match spec {
        Some(spec) if problems.count() == 0 => Ok(spec),
        _ => Err(problems.finish()),
    }
}

fn read(text: &str, file: &str, role: Role<'_>, problems: &mut Problems<'_>) -> Option<Spec> {
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
    if !errors.is_empty() {
        syntax::report(&errors, &document.toml, problems);
        return None;
    }
    let root = Fields::new(&document.toml, table.get_ref(), "the specification", 0..0);
    let prose: String = document.prose.chars().take(LONGEST_PROSE).collect();
    items(root, role, (document.alone, prose), problems)
}

fn items(
    mut root: Fields<'_>,
    role: Role<'_>,
    (text, prose): (String, String),
    problems: &mut Problems<'_>,
) -> Option<Spec> {
    let hash = Digest::of(text.as_bytes());
    if root.value("spec").is_none() && matches!(role, Role::Whole) {
        let message = "this file does not say which version of the format it is in";
        problems.report(0..0, message, "add `spec = 1`");
    }
    root.integer("spec", 1..=1, problems);
    let (project, nature) = match role {
        Role::Whole => project::project(&mut root, problems),
        Role::Addition(host) => addition::host(&mut root, host, problems)?,
    };
    let dependencies = project::dependencies(&mut root, problems);
    refuse_own_name(project.as_ref(), &dependencies, problems);
    let quality = project::quality(&mut root, problems);
    let raw = Raw::read(&mut root, problems);
    raw.refuse_misfits(nature.kind, problems);
    let tables = service::Tables::take(&mut root, problems);
    root.finish(problems);
    let crates = dependencies.iter().map(|dependency| dependency.name.replace('-', "_"));
    let named = raw.functions.iter().filter_map(function::RawFunction::written).collect();
    let (functions, types, commands) = raw.resolve(crates.collect(), problems);
    let service = tables.read(nature, &service::Functions::new(&functions, named), problems);
    let project = project?;
    Some(Spec { text, hash, project, dependencies, quality, types, functions, commands, service, prose })
}

fn refuse_own_name(project: Option<&Project>, dependencies: &[Dependency], problems: &mut Problems<'_>) {
    let module = |name: &str| name.replace('-', "_");
    let own =
        |dependency: &&Dependency| project.is_some_and(|one| module(&one.name) == module(&dependency.name));
    if let Some(dependency) = dependencies.iter().find(own) {
        let message = format!("the project has the name of its dependency `{}`", dependency.name);
        problems.report(dependency.span.clone(), message, "rename the project");
    }
}

/// Functions, types and commands before their names are resolved.
struct Raw {
    functions: Vec<function::RawFunction>,
    types: Vec<type_item::RawType>,
    commands: Vec<Command>,
    /// Where the first command stands, sound or not.
    first_command: Option<Range<usize>>,
}

impl Raw {
    fn read(root: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let functions = tables(root, "function", "[[function]]", (MOST_FUNCTIONS, "functions"), problems);
        let types = tables(root, "type", "[[type]]", (MOST_TYPES, "types"), problems);
        let commands = tables(root, "command", "[[command]]", (MOST_COMMANDS, "commands"), problems);
        let first_command = commands.first().map(|fields| fields.span.clone());
        let functions = functions.into_iter().map(|fields| function::raw_function(fields, problems));
        let functions = functions.collect();
        let types = types.into_iter().map(|fields| type_item::raw_type(fields, problems)).collect();
        Self { functions, types, commands: read_commands(commands, problems), first_command }
    }

    /// Refuses what projects of this kind do not have, and what they cannot be without.
    fn refuse_misfits(&self, kind: Option<Kind>, problems: &mut Problems<'_>) {
        match (kind, &self.first_command) {
            (Some(Kind::Library), Some(span)) => {
                problems.report(span.clone(), "a library has no commands", "set `kind = \"cli\"`");
            }
            (Some(Kind::Service), Some(span)) => {
                problems.report(
                    span.clone(),
                    "a service has no commands",
                    "make a [[task]] or an [[endpoint]] of it",
                );
            }
            (Some(Kind::Cli), None) => {
                problems.report(0..0, "this program has no command", "add a [[command]]");
            }
            (Some(Kind::Library), None) if self.functions.is_empty() => {
                problems.report(0..0, "this specification asks for no function", "add a [[function]]");
            }
            _ => {}
        }
    }

    fn resolve(
        self,
        crates: BTreeSet<String>,
        problems: &mut Problems<'_>,
    ) -> (Vec<Function>, Vec<TypeItem>, Vec<Command>) {
        let mut names = scope::Names { crates, ..scope::Names::default() };
        function::collect_names(&self.functions, &self.types, &mut names, problems);
        let functions = self.functions.into_iter();
        let functions =
            functions.filter_map(|raw| function::resolve_function(raw, &names, problems)).collect();
        let types = self.types.into_iter();
        let types = types.filter_map(|raw| type_item::resolve_type_item(raw, &names, problems)).collect();
        (functions, types, self.commands)
    }
}

/// As many tables as there may be.
fn tables<'t>(
    root: &mut Fields<'t>,
    key: &'static str,
    name: &'static str,
    (most, what): (usize, &str),
    problems: &mut Problems<'_>,
) -> Vec<Fields<'t>> {
    let mut tables = root.tables(key, name, problems);
    if let Some(first) = tables.get(most) {
        problems.report(first.span.clone(), format!("more than {most} {what}"), "split the project");
    }
    tables.truncate(most);
    tables
}

fn read_commands(list: Vec<Fields<'_>>, problems: &mut Problems<'_>) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    for fields in list {
        let Some(command) = command::command(fields, problems) else { continue };
        if commands.iter().any(|known| known.name == command.name) {
            let message = format!("the command `{}` is defined twice", command.name);
            problems.report(command.span.clone(), message, "leave one out");
        }
        commands.push(command);
    }
    commands
}

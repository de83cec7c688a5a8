//! The scaffold: plan and templates become a tree with holes; pure.

mod footprint;
mod program;
mod service;
mod skeleton;
mod step_list;
mod templates;
mod tests_file;

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::digest::Digest;
use crate::embedded;
use crate::hole::{Hole, HoleCheck, HoleId, TestName};
use crate::plan::{
    Dependency, FunctionPlan, Import, ModulePlan, Plan, PlannedFile, TestKind, comment, prose, uses,
};
use crate::tree::{Tree, TreePath, TreePathError};

use templates::Templates;

pub use crate::plan::KEPT_SPEC;
pub use footprint::{
    BASES, FOOTPRINT, Footprint, FootprintError, Trace, base_path, body_digest, contract, footprint_path,
    is_kept, kept_spec_path,
};
pub use skeleton::{Skeleton, filled};
pub use step_list::{ListedStep, STEP_LIST, grown, with_steps};

/// A project whose functions are still open.
#[derive(Clone, PartialEq, Debug)]
pub struct Scaffold {
    /// The plan it was made from.
    pub plan: Plan,
    /// Everything that will ship, holes open.
    pub tree: Tree,
}

/// The tests of one hole, by who sees them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HoleTests {
    /// Examples that proposers see.
    pub visible: Vec<TestName>,
    /// Properties.
    pub property: Vec<TestName>,
    /// Examples that no proposer sees.
    pub held_back: Vec<TestName>,
}

/// Why a plan could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// A template is missing from the binary.
    #[error("no template `{0}`")]
    NoTemplate(String),
    /// A template does not fit the plan.
    #[error("cannot render the template `{name}`")]
    Template {
        /// The template.
        name: String,
        /// What the engine says.
        #[source]
        source: minijinja::Error,
    },
    /// A planned path is no path.
    #[error(transparent)]
    Path(#[from] TreePathError),
}

impl Scaffold {
    /// The holes, in the order of the specification.
    pub fn holes(&self) -> &[Hole] {
        &self.plan.holes
    }

    /// Its files, each with what it says of itself in its first line.
    pub fn files(&self) -> Vec<PlannedFile> {
        let purpose = |text: &str| {
            let first = text.lines().next().unwrap_or_default();
            let said = ["//! ", "# "].iter().find_map(|mark| first.strip_prefix(mark)).unwrap_or_default();
            said.trim_end_matches('.').to_owned()
        };
        let file = |(path, content): (&TreePath, &[u8])| PlannedFile {
            path: path.clone(),
            purpose: purpose(std::str::from_utf8(content).unwrap_or_default()),
        };
        self.tree.files().map(file).collect()
    }

    /// What proposals and trials may see: the tree without held-back tests.
    pub fn visible_tree(&self) -> Tree {
        let mut tree = self.tree.clone();
        for module in &self.plan.modules {
            if let Ok(path) = TreePath::new(format!("{}{}", self.plan.place(), held_back_file(module))) {
                tree.remove(&path);
            }
        }
        tree
    }

    /// The tests of a hole; empty lists if there is no such hole.
    pub fn tests(&self, id: &HoleId) -> HoleTests {
        let hole = self.plan.holes.iter().find(|hole| hole.id == *id);
        let names = |checks: &[HoleCheck]| checks.iter().map(|check| check.test.clone()).collect();
        HoleTests {
            visible: hole.map(|hole| names(&hole.visible)).unwrap_or_default(),
            property: hole.map(|hole| names(&hole.properties)).unwrap_or_default(),
            held_back: hole.map(|hole| names(&hole.held_back)).unwrap_or_default(),
        }
    }

    /// Every test under `tests/`, those of types included; documentation examples are not in the list.
    pub fn all_tests(&self) -> Vec<TestName> {
        self.plan.tests().collect()
    }
}

/// Writes a plan as a tree.
pub fn scaffold(plan: &Plan) -> Result<Scaffold, ScaffoldError> {
    let mut tree = Tree::new();
    if plan.service.is_none() || !plan.modules.is_empty() {
        functions(plan, &mut tree)?;
    }
    if let Some(service) = &plan.service {
        service::scaffold(plan, service, &mut tree)?;
    }
    Ok(Scaffold { plan: plan.clone(), tree })
}

/// The crate of a plan's functions: the project itself, or the rules of a service.
fn functions(plan: &Plan, tree: &mut Tree) -> Result<(), ScaffoldError> {
    let templates = Templates::new(&plan.template)?;
    let place = plan.place();
    let mut add = |path: String, text: String| -> Result<(), ScaffoldError> {
        tree.insert(TreePath::new(format!("{place}{path}"))?, text);
        Ok(())
    };
    add("Cargo.toml".to_owned(), templates.render("Cargo.toml", manifest(plan))?)?;
    if plan.service.is_none() {
        add(".gitignore".to_owned(), templates.render("gitignore", context! {})?)?;
    }
    add("README.md".to_owned(), templates.render("README.md", readme(plan))?)?;
    add("src/lib.rs".to_owned(), templates.render("src/lib.rs", library(plan))?)?;
    if !plan.commands.is_empty() {
        add("src/main.rs".to_owned(), templates.render("src/main.rs", program::values(plan))?)?;
    }
    let crate_name = plan.project.crate_name();
    for module in &plan.modules {
        let name = &module.name;
        add(format!("src/{name}.rs"), templates.render("src/module.rs", source(module, &crate_name))?)?;
        for held in [false, true] {
            let Some(values) = tests_file::values(module, plan, held) else { continue };
            let path = if held { held_back_file(module) } else { format!("tests/{name}.rs") };
            add(path, templates.render("tests/module.rs", values)?)?;
        }
    }
    Ok(())
}

/// The scaffold without some functions: they are neither in the public interface nor tested, and the README lists them.
pub fn partial(scaffold: &Scaffold, open: &[HoleId]) -> Result<Scaffold, ScaffoldError> {
    self::scaffold(&scaffold.plan.without(open))
}

/// The digest of all templates, for receipts.
pub fn templates_digest() -> Digest {
    Digest::of_parts(embedded::TEMPLATES.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]))
}

fn held_back_file(module: &ModulePlan) -> String {
    format!("tests/{}_held_back.rs", module.name)
}

fn manifest(plan: &Plan) -> Value {
    let lines = |list: &[Dependency]| list.iter().map(dependency_line).collect::<Vec<_>>();
    context! {
        name => plan.project.name.clone(),
        summary => toml_string(&plan.project.summary),
        license => plan.project.license.clone(),
        is_member => plan.service.is_some(),
        dependencies => lines(&plan.dependencies),
        dev_dependencies => lines(&plan.dev_dependencies),
    }
}

fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A dependency as a line of a manifest.
pub(crate) fn dependency_line(dependency: &Dependency) -> String {
    let requirement = toml_string(&dependency.requirement);
    if dependency.features.is_empty() && dependency.default_features {
        return format!("{} = {requirement}", dependency.name);
    }
    let mut parts = vec![format!("version = {requirement}")];
    if !dependency.default_features {
        parts.push("default-features = false".to_owned());
    }
    if !dependency.features.is_empty() {
        let features: Vec<String> = dependency.features.iter().map(|feature| toml_string(feature)).collect();
        parts.push(format!("features = [{}]", features.join(", ")));
    }
    format!("{} = {{ {} }}", dependency.name, parts.join(", "))
}

fn readme(plan: &Plan) -> Value {
    let functions = plan.modules.iter().flat_map(|module| &module.functions);
    let functions: Vec<Value> = functions.map(|function| readme_entry(function, plan)).collect();
    let commands: Vec<Value> = plan
        .commands
        .iter()
        .map(|command| context! { name => command.name.clone(), about => command.about.clone() })
        .collect();
    let left_out: Vec<String> = plan.left_out.iter().map(|out| out.hole.0.clone()).collect();
    context! {
        name => plan.project.name.clone(),
        summary_text => plan.project.summary.clone(),
        functions => functions,
        commands => commands,
        left_out => left_out,
        spec => plan.spec.to_string(),
        license => plan.project.license.clone(),
    }
}

fn readme_entry(function: &FunctionPlan, plan: &Plan) -> Value {
    let shown: Vec<_> = function.shown_examples().collect();
    let imports: BTreeSet<Import> = shown.iter().flat_map(|test| test.imports.iter().cloned()).collect();
    let statements: String = shown.iter().map(|test| test.assertion.statement(0, "assert")).collect();
    let example = match shown.is_empty() {
        true => String::new(),
        false => format!("{}\n{statements}", uses(&imports, &plan.project.crate_name(), 0)),
    };
    context! {
        path => function.hole.0.clone(),
        signature => function.signature.formatted(0),
        doc => prose(&function.doc, 116).join("\n"),
        example => example,
    }
}

fn library(plan: &Plan) -> Value {
    let mut lines = prose(&format!("{}.", plan.project.summary), 96);
    lines.push(String::new());
    for module in &plan.modules {
        lines.push(format!("- `{}`: {}", module.name, contents(module)));
    }
    let names: Vec<String> = plan.modules.iter().map(|module| module.name.clone()).collect();
    context! { doc => comment("//!", &lines, 0), modules => names }
}

/// The items of a module as a list of code words.
fn contents(module: &ModulePlan) -> String {
    let types = module.types.iter().map(|item| format!("`{}`", item.name));
    let functions = module.functions.iter().map(|function| match &function.owner {
        Some(owner) => format!("`{owner}::{}`", function.signature.name),
        None => format!("`{}`", function.signature.name),
    });
    types.chain(functions).collect::<Vec<_>>().join(", ")
}

/// What a module holds, as text.
pub(crate) struct ModuleText {
    /// What its items need in scope.
    pub(crate) imports: BTreeSet<Import>,
    /// The items with an empty line between them, functions open.
    pub(crate) items: String,
}

/// Writes the items of a module.
pub(crate) fn module_text(module: &ModulePlan, crate_name: &str) -> ModuleText {
    let mut imports = module.imports();
    if module.types.iter().any(|item| item.display.is_some()) {
        imports.insert(Import::Std("std::fmt".to_owned()));
    }
    let mut items = Vec::new();
    for item in &module.types {
        items.push(format!("{}{}", item.item(), item.printing()));
        let methods = module.functions.iter().filter(|function| function.owner.as_ref() == Some(&item.name));
        let methods: Vec<String> = methods.map(|function| function.item(crate_name)).collect();
        if !methods.is_empty() {
            items.push(format!("impl {} {{\n{}}}\n", item.name, methods.join("\n")));
        }
    }
    let free = module.functions.iter().filter(|function| function.owner.is_none());
    items.extend(free.map(|function| function.item(crate_name)));
    ModuleText { imports, items: items.join("\n") }
}

fn source(module: &ModulePlan, crate_name: &str) -> Value {
    let ModuleText { imports, items } = module_text(module, crate_name);
    context! {
        doc => comment("//!", &[format!("{}.", contents(module))], 0),
        uses => uses(&imports, "crate", 0),
        items => items,
    }
}

/// Which test file a kind of test goes to.
pub(crate) fn is_held_back(kind: TestKind) -> bool {
    match kind {
        TestKind::Visible | TestKind::Property => false,
        TestKind::HeldBack => true,
    }
}

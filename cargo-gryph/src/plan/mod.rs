//! The plan: what files, holes and checks a specification asks for; pure.

mod build;
mod context;
mod display;
mod escape;
mod held_back;
mod markdown;
pub(crate) mod mermaid;
mod rust;
pub mod service;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::digest::Digest;
use crate::hole::{Hole, HoleId};
use crate::spec::{Display, Signature};
use crate::tree::TreePath;

pub use crate::spec::KEPT as KEPT_SPEC;
pub use crate::spec::service as asked;
pub use crate::spec::{Architecture, Argument, ArgumentType, Assertion, Dependency, Import, Project, Run};
pub use build::plan;
pub(crate) use rust::{comment, prose, uses};
pub use service::ServicePlan;

/// Everything the scaffold and the proposers need to know, derived from the specification alone.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Plan {
    /// The version of this form.
    pub version: u32,
    /// The digest of the specification.
    pub spec: Digest,
    /// The project as a whole.
    pub project: Project,
    /// The folder of templates.
    pub template: String,
    /// What will be written.
    pub files: Vec<PlannedFile>,
    /// The functions to fill, in the order of the specification.
    pub holes: Vec<Hole>,
    /// What must hold before anything is committed.
    pub checks: Vec<String>,
    /// The least line coverage of generated code, in per cent.
    pub line_coverage: u8,
    /// Crates the project uses.
    pub dependencies: Vec<Dependency>,
    /// Crates its tests use.
    pub dev_dependencies: Vec<Dependency>,
    /// The modules in alphabetical order.
    pub modules: Vec<ModulePlan>,
    /// The commands of a program.
    pub commands: Vec<CommandPlan>,
    /// What a service is made of; other projects have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServicePlan>,
    /// Functions of the specification that are left out of the project (`--partial`).
    pub left_out: Vec<LeftOut>,
    /// Prose around the specification, for proposers.
    pub prose: String,
}

/// A file of the project.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PlannedFile {
    /// Where it lies.
    pub path: TreePath,
    /// What it is for.
    pub purpose: String,
}

/// A function that is not in the project, though the specification asks for it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LeftOut {
    /// Its hole.
    pub hole: HoleId,
    /// Its signature on one line.
    pub signature: String,
}

/// One module: one file of source, one of tests, one of held-back tests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ModulePlan {
    /// Its name.
    pub name: String,
    /// Data types, in the order of the specification.
    pub types: Vec<TypePlan>,
    /// Functions and methods, in the order of the specification.
    pub functions: Vec<FunctionPlan>,
}

/// A data type; nothing about it is left to proposers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TypePlan {
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
    /// The Rust item.
    pub definition: String,
    /// The traits it derives.
    pub derives: Vec<String>,
    /// How it prints.
    pub display: Option<Display>,
    /// Whether it is an error.
    pub error: bool,
    /// What the definition needs in scope.
    pub imports: BTreeSet<Import>,
    /// The module of its tests.
    pub test_module: String,
    /// Tests of how it prints.
    pub tests: Vec<TestPlan>,
}

/// A function with its tests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FunctionPlan {
    /// Its hole.
    pub hole: HoleId,
    /// The type it belongs to.
    pub owner: Option<String>,
    /// Its signature.
    pub signature: Signature,
    /// What it does.
    pub doc: String,
    /// What the signature needs in scope.
    pub imports: BTreeSet<Import>,
    /// The module of its tests.
    pub test_module: String,
    /// Its tests.
    pub tests: Vec<TestPlan>,
}

/// A command of a program; its work is done by a function of the module `commands`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CommandPlan {
    /// What is typed.
    pub name: String,
    /// One line for the help text.
    pub about: String,
    /// Whether it reads text.
    pub input: bool,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// The hole of its function.
    pub hole: HoleId,
}

/// Who sees a test.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestKind {
    /// An example that proposers see.
    Visible,
    /// An example that no proposer sees.
    HeldBack,
    /// A property.
    Property,
}

/// One test.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TestPlan {
    /// Its name inside its module: `example_1`.
    pub name: String,
    /// Who sees it.
    pub kind: TestKind,
    /// The expression of the specification.
    pub source: String,
    /// What it asserts.
    pub assertion: Assertion,
    /// Names and types of a property's parameters.
    pub parameters: Vec<(String, String)>,
    /// What it needs in scope.
    pub imports: BTreeSet<Import>,
}

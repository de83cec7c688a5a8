//! Makes a plan of a specification, and a smaller plan of a plan.

use std::collections::{BTreeMap, BTreeSet};

use crate::hole::{Hole, HoleCheck, HoleId, TestName};
use crate::spec::{
    Command, Dependency, Example, Function, Import, Kind, LEAST_LINE_COVERAGE, Project, Property, Spec,
    TypeItem, snake_case, test_module,
};
use crate::tree::TreePath;

use super::context::context;
use super::{
    CommandPlan, FunctionPlan, LeftOut, ModulePlan, Plan, PlannedFile, ServicePlan, TestKind, TestPlan,
    TypePlan, held_back,
};

/// Plans a project. Equal specifications give equal plans.
pub fn plan(spec: &Spec) -> Plan {
    let mut modules: BTreeMap<String, ModulePlan> = BTreeMap::new();
    fn module<'m>(modules: &'m mut BTreeMap<String, ModulePlan>, name: &str) -> &'m mut ModulePlan {
        modules.entry(name.to_owned()).or_insert_with(|| ModulePlan {
            name: name.to_owned(),
            types: Vec::new(),
            functions: Vec::new(),
        })
    }
    for item in &spec.types {
        module(&mut modules, &item.module).types.push(type_plan(item));
    }
    let functions = || spec.functions.iter().chain(spec.commands.iter().map(|command| &command.function));
    for item in functions() {
        module(&mut modules, &item.path.module).functions.push(function_plan(item));
    }
    let modules: Vec<ModulePlan> = modules.into_values().collect();
    let holes = functions().map(|function| hole(function, &modules, spec)).collect();
    let mut plan = Plan {
        version: 1,
        spec: spec.hash,
        project: functions_of(spec),
        template: match spec.service {
            Some(_) => Kind::Library.as_str(),
            None => spec.project.kind.as_str(),
        }
        .to_owned(),
        files: Vec::new(),
        holes,
        checks: Vec::new(),
        line_coverage: spec.quality.line_coverage.unwrap_or(LEAST_LINE_COVERAGE),
        dependencies: spec.dependencies.clone(),
        dev_dependencies: Vec::new(),
        modules,
        commands: spec.commands.iter().map(command_plan).collect(),
        service: spec.service.as_ref().map(|service| ServicePlan::of(&spec.project, service)),
        left_out: Vec::new(),
        prose: spec.prose.clone(),
    };
    plan.derive();
    plan
}

/// The package that the functions of a specification lie in: of a service, a crate of their own.
fn functions_of(spec: &Spec) -> Project {
    match &spec.service {
        None => spec.project.clone(),
        Some(_) => Project {
            name: format!("{}-rules", spec.project.name),
            kind: Kind::Library,
            summary: format!("The rules that are particular to {}", spec.project.name),
            ..spec.project.clone()
        },
    }
}

impl Plan {
    /// The project as a whole; `project` is the package of the functions.
    pub fn whole(&self) -> &Project {
        self.service.as_ref().map_or(&self.project, |service| &service.project)
    }

    /// Where the package of the functions lies: a folder's path with its slash, or nothing.
    pub fn place(&self) -> &'static str {
        place(self.service.is_some())
    }

    /// The plan without some functions and without the tests that use them. A function that would be left without any
    /// check goes too, and so does a module left empty.
    pub fn without(&self, open: &[HoleId]) -> Self {
        let mut open: BTreeSet<HoleId> = open.iter().cloned().collect();
        loop {
            let plan = self.without_exactly(&open);
            let unchecked: Vec<HoleId> = plan
                .holes
                .iter()
                .filter(|hole| {
                    hole.visible.is_empty() && hole.properties.is_empty() && hole.held_back.is_empty()
                })
                .map(|hole| hole.id.clone())
                .collect();
            if unchecked.is_empty() {
                return plan;
            }
            open.extend(unchecked);
        }
    }

    fn without_exactly(&self, open: &BTreeSet<HoleId>) -> Self {
        let mut plan = self.clone();
        let kept = |test: &TestPlan| !open.iter().any(|id| test.uses(id));
        for module in &mut plan.modules {
            module.functions.retain(|function| !open.contains(&function.hole));
            module.functions.iter_mut().for_each(|function| function.tests.retain(kept));
            module.types.iter_mut().for_each(|item| item.tests.retain(kept));
        }
        plan.commands.retain(|command| !open.contains(&command.hole));
        plan.modules.retain(|module| !module.types.is_empty() || !module.functions.is_empty());
        let (out, holes): (Vec<Hole>, Vec<Hole>) =
            plan.holes.into_iter().partition(|hole| open.contains(&hole.id));
        plan.holes = holes;
        let left_out = |hole: Hole| LeftOut { hole: hole.id, signature: hole.signature };
        plan.left_out.extend(out.into_iter().map(left_out));
        let names: BTreeSet<TestName> = plan.tests().collect();
        for hole in &mut plan.holes {
            for checks in [&mut hole.visible, &mut hole.properties, &mut hole.held_back] {
                checks.retain(|check| names.contains(&check.test));
            }
        }
        plan.derive();
        plan
    }

    /// The plan with the files of its templates: what a service is written into is not derived here.
    pub fn with_files(mut self, files: Vec<PlannedFile>) -> Self {
        self.files = files;
        self
    }

    /// Every test of the project.
    pub fn tests(&self) -> impl Iterator<Item = TestName> {
        let package = self.service.is_some().then_some(self.project.name.as_str());
        self.modules.iter().flat_map(move |module| {
            let of_types = module.types.iter().map(|item| (&item.test_module, &item.tests));
            let of_functions =
                module.functions.iter().map(|function| (&function.test_module, &function.tests));
            of_types.chain(of_functions).flat_map(move |(holder, tests)| {
                tests.iter().map(move |test| test_name(package, &module.name, holder, test))
            })
        })
    }

    /// Fills in what follows from the modules: files, checks, dependencies of the tests.
    fn derive(&mut self) {
        let count = |kind: TestKind| {
            let functions = self.modules.iter().flat_map(|module| &module.functions).map(|one| &one.tests);
            let types = self.modules.iter().flat_map(|module| &module.types).map(|one| &one.tests);
            functions.chain(types).flatten().filter(|test| test.kind == kind).count()
        };
        let (visible, held, properties) =
            (count(TestKind::Visible), count(TestKind::HeldBack), count(TestKind::Property));
        self.checks = vec![
            "the project builds".to_owned(),
            "rustfmt changes nothing".to_owned(),
            "clippy has no warning".to_owned(),
            format!("all tests pass: {visible} visible, {held} held back, {properties} properties"),
            "every public item is documented and its example runs".to_owned(),
            format!("at least {} % of the generated lines are covered", self.line_coverage),
        ];
        self.dev_dependencies = if properties > 0 { vec![proptest()] } else { Vec::new() };
        self.dependencies.retain(|dependency| dependency.name != "clap" || self.commands.is_empty());
        if !self.commands.is_empty() {
            self.dependencies.insert(0, clap());
        }
        match &self.service {
            None => self.files = files(&self.modules, !self.commands.is_empty()),
            Some(service) => self.checks.extend(service.checks()),
        }
    }
}

impl TestPlan {
    /// Whether the test uses the function of a hole.
    pub(crate) fn uses(&self, id: &HoleId) -> bool {
        let Some((module, function)) = id.0.split_once("::") else { return false };
        match function.split_once("::") {
            None => self.imports.contains(&Import::Own(module.to_owned(), function.to_owned())),
            Some((_, method)) => {
                let calls = |call: &str| {
                    self.source.match_indices(call).any(|(at, _)| {
                        let next = self.source[at + call.len()..].chars().next();
                        !next.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
                    })
                };
                calls(function) || calls(&format!(".{method}"))
            }
        }
    }
}

fn proptest() -> Dependency {
    Dependency {
        name: "proptest".to_owned(),
        requirement: "1.7".to_owned(),
        features: vec!["std".to_owned()],
        default_features: false,
        span: 0..0,
    }
}

fn clap() -> Dependency {
    Dependency {
        name: "clap".to_owned(),
        requirement: "4.5".to_owned(),
        features: vec!["derive".to_owned()],
        default_features: true,
        span: 0..0,
    }
}

fn files(modules: &[ModulePlan], program: bool) -> Vec<PlannedFile> {
    let mut files = Vec::new();
    let mut add = |path: String, purpose: String| {
        let path = TreePath::new(path).expect("module names are plain identifiers");
        files.push(PlannedFile { path, purpose });
    };
    add(".gitignore".to_owned(), "what git leaves alone".to_owned());
    add("Cargo.toml".to_owned(), "the manifest, a workspace of its own".to_owned());
    add("README.md".to_owned(), "what it is and how to test it".to_owned());
    add("src/lib.rs".to_owned(), "the crate's modules".to_owned());
    if program {
        add("src/main.rs".to_owned(), "the program: arguments, input and output".to_owned());
    }
    for module in modules {
        let items = (module.types.len(), module.functions.len());
        let purpose = match items {
            (0, functions) => counted(functions, "function"),
            (types, 0) => counted(types, "type"),
            (types, functions) => format!("{}, {}", counted(types, "type"), counted(functions, "function")),
        };
        add(format!("src/{}.rs", module.name), purpose);
        let tests = |held: bool| {
            let kinds = module.all_tests().filter(|test| (test.kind == TestKind::HeldBack) == held);
            kinds.count()
        };
        if tests(false) > 0 {
            add(format!("tests/{}.rs", module.name), counted(tests(false), "visible test"));
        }
        if tests(true) > 0 {
            add(format!("tests/{}_held_back.rs", module.name), counted(tests(true), "held-back test"));
        }
    }
    files
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

impl ModulePlan {
    fn all_tests(&self) -> impl Iterator<Item = &TestPlan> {
        let types = self.types.iter().flat_map(|item| &item.tests);
        types.chain(self.functions.iter().flat_map(|function| &function.tests))
    }
}

fn type_plan(item: &TypeItem) -> TypePlan {
    TypePlan {
        name: item.name.clone(),
        doc: item.doc.clone(),
        definition: item.definition.clone(),
        derives: item.derives.clone(),
        display: item.display.clone(),
        error: item.error,
        imports: item.imports.clone(),
        test_module: snake_case(&item.name),
        tests: numbered(item.examples.iter(), TestKind::Visible),
    }
}

fn command_plan(command: &Command) -> CommandPlan {
    CommandPlan {
        name: command.name.clone(),
        about: command.about.clone(),
        input: command.input,
        arguments: command.arguments.clone(),
        hole: HoleId(command.function.path.to_string()),
    }
}

fn function_plan(function: &Function) -> FunctionPlan {
    let (visible, held) = held_back::split(function);
    let mut tests = numbered(visible.into_iter(), TestKind::Visible);
    tests.extend(numbered(held.into_iter(), TestKind::HeldBack));
    tests.extend(
        function.properties.iter().enumerate().map(|(number, property)| property_test(number, property)),
    );
    FunctionPlan {
        hole: HoleId(function.path.to_string()),
        owner: function.path.owner.clone(),
        signature: function.signature.clone(),
        doc: function.doc.clone(),
        imports: function.imports.clone(),
        test_module: test_module(&function.path),
        tests,
    }
}

fn numbered<'e>(examples: impl Iterator<Item = &'e Example>, kind: TestKind) -> Vec<TestPlan> {
    let stem = match kind {
        TestKind::Visible => "example",
        TestKind::HeldBack => "held_back",
        TestKind::Property => "property",
    };
    let test = |(number, example): (usize, &Example)| TestPlan {
        name: format!("{stem}_{}", number + 1),
        kind,
        source: example.source.clone(),
        assertion: example.assertion.clone(),
        parameters: Vec::new(),
        imports: example.imports.clone(),
    };
    examples.enumerate().map(test).collect()
}

fn property_test(number: usize, property: &Property) -> TestPlan {
    TestPlan {
        name: format!("property_{}", number + 1),
        kind: TestKind::Property,
        source: property.source.clone(),
        assertion: property.assertion.clone(),
        parameters: property.parameters.clone(),
        imports: property.imports.clone(),
    }
}

/// The name of a test; `package` is the member of a workspace that holds it, if it is not at the root.
fn test_name(package: Option<&str>, module: &str, holder: &str, test: &TestPlan) -> TestName {
    let target = match test.kind {
        TestKind::Visible | TestKind::Property => module.to_owned(),
        TestKind::HeldBack => format!("{module}_held_back"),
    };
    let target = package.map_or_else(|| target.clone(), |package| format!("{package}/{target}"));
    TestName { target, name: format!("{holder}::{}", test.name) }
}

fn place(of_service: bool) -> &'static str {
    if of_service { "rules/" } else { "" }
}

fn hole(function: &Function, modules: &[ModulePlan], spec: &Spec) -> Hole {
    let id = HoleId(function.path.to_string());
    let module = modules.iter().find(|module| module.name == function.path.module);
    let planned = module.and_then(|module| module.functions.iter().find(|planned| planned.hole == id));
    let package = spec.service.is_some().then(|| functions_of(spec).name);
    let checks = |kind: TestKind| -> Vec<HoleCheck> {
        let Some(planned) = planned else { return Vec::new() };
        let tests = planned.tests.iter().filter(|test| test.kind == kind);
        let check = |test: &TestPlan| HoleCheck {
            source: test.source.clone(),
            test: test_name(package.as_deref(), &function.path.module, &planned.test_module, test),
        };
        tests.map(check).collect()
    };
    let name = &function.path.name;
    Hole {
        path: TreePath::new(format!("{}src/{}.rs", place(spec.service.is_some()), function.path.module))
            .expect("module names are plain identifiers"),
        function: function
            .path
            .owner
            .as_ref()
            .map_or_else(|| name.clone(), |owner| format!("{owner}::{name}")),
        signature: function.signature.one_line(),
        doc: function.doc.clone(),
        context: context(function, &id, modules),
        dependencies: spec.dependencies.iter().map(|dependency| dependency.name.clone()).collect(),
        visible: checks(TestKind::Visible),
        properties: checks(TestKind::Property),
        held_back: checks(TestKind::HeldBack),
        id,
    }
}

impl ModulePlan {
    /// What the module's source file imports for its types and signatures.
    pub(crate) fn imports(&self) -> BTreeSet<Import> {
        let types = self.types.iter().flat_map(|item| item.imports.iter());
        types.chain(self.functions.iter().flat_map(|function| function.imports.iter())).cloned().collect()
    }
}

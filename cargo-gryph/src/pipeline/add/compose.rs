//! Composes the new state of a package: what it has, and beside it what is asked for, new functions open; pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::hole::{Hole, HoleCheck, HoleId, TestName};
use crate::plan::{FunctionPlan, Import, ModulePlan, Plan, TestPlan, plan, uses};
use crate::scaffold::{ModuleText, Scaffold, module_text, scaffold};
use crate::spec::Spec;
use crate::tree::{Tree, TreePath};
use crate::workspace::{Package, TargetKind, Workspace, packages_of};

use super::host::{File, Home, Host};
use super::manifest::with_dependencies;
use super::misfit::Misfit;

/// A package with what is added to it, before functions are filled.
#[derive(Clone, Debug)]
pub struct Addition {
    /// What is asked for; the project is the package.
    pub spec: Spec,
    /// The files of the workspace.
    pub tree: Tree,
    /// Functions to fill.
    pub open: Vec<Hole>,
    /// Examples of functions that were there, by function.
    pub(super) standing: Vec<(HoleId, HoleCheck)>,
    /// Every test that comes in.
    pub(super) tests: Vec<TestName>,
    /// The files of tests that no candidate may see.
    pub(super) held_back: Vec<TreePath>,
    /// How the package is written.
    pub(super) edition: String,
}

/// Puts what is asked for beside what a package has.
///
/// # Errors
/// All reasons why it cannot be added.
pub fn compose(mut spec: Spec, workspace: &Workspace, package: &Package) -> Result<Addition, Vec<Misfit>> {
    let host = Host::read(&workspace.tree, package).map_err(|misfit| vec![misfit])?;
    spec.project.name.clone_from(&host.library.name);
    let homes = homes(&host, &spec)?;
    let known = known(&host, &homes, &spec)?;
    show_all(&mut spec, &known);
    let plan = plan(&spec);
    let scaffold = scaffold(&plan).map_err(|error| vec![error.into()])?;
    let composer = Composer { host: &host, homes: &homes, known: &known, scaffold: &scaffold };
    composer.compose(spec).map_err(|misfit| vec![misfit])
}

type Homes = BTreeMap<String, Home>;

fn homes(host: &Host<'_>, spec: &Spec) -> Result<Homes, Vec<Misfit>> {
    let of_functions = spec.functions.iter().map(|function| &function.path.module);
    let modules: BTreeSet<&String> = of_functions.chain(spec.types.iter().map(|item| &item.module)).collect();
    let found = modules.into_iter().map(|module| Ok((module.clone(), host.home(module)?)));
    all(found).map(|homes| homes.into_iter().collect())
}

/// The functions that are there as they are asked for.
fn known(host: &Host<'_>, homes: &Homes, spec: &Spec) -> Result<BTreeSet<HoleId>, Vec<Misfit>> {
    let file = |module: &str| match homes.get(module) {
        Some(Home::There(file)) => Some(file),
        Some(Home::New(_)) | None => None,
    };
    let types = spec.types.iter().filter_map(|item| Some(file(&item.module)?.refuse_taken(&item.name)));
    all(types)?;
    let found = spec.functions.iter().filter_map(|function| {
        let file = file(&function.path.module)?;
        let has = file.has(host.text(&file.path), function);
        Some(has.map(|has| has.then(|| HoleId(function.path.to_string()))))
    });
    all(found).map(|found| found.into_iter().flatten().collect())
}

/// All values, or all reasons why there are none.
fn all<T>(results: impl Iterator<Item = Result<T, Misfit>>) -> Result<Vec<T>, Vec<Misfit>> {
    let (mut values, mut misfits) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(misfit) => misfits.push(misfit),
        }
    }
    if misfits.is_empty() { Ok(values) } else { Err(misfits) }
}

/// Holds nothing back of functions that nobody writes.
fn show_all(spec: &mut Spec, known: &BTreeSet<HoleId>) {
    for function in &mut spec.functions {
        if known.contains(&HoleId(function.path.to_string())) {
            let held_back = std::mem::take(&mut function.held_back_examples);
            function.examples.extend(held_back);
            function.held_back = Some(0);
        }
    }
}

struct Composer<'a> {
    host: &'a Host<'a>,
    homes: &'a Homes,
    known: &'a BTreeSet<HoleId>,
    scaffold: &'a Scaffold,
}

impl Composer<'_> {
    fn compose(&self, spec: Spec) -> Result<Addition, Misfit> {
        let mut tree = self.host.tree.clone();
        self.put_modules(&mut tree)?;
        self.put_dependencies(&mut tree)?;
        let stems = self.stems();
        let held_back = self.put_tests(&stems, &mut tree)?;
        self.refuse_untested(&stems, &tree)?;
        let moved = |test: &TestName| self.moved(&stems, test);
        let holes = || self.scaffold.holes().iter().map(|hole| self.hole(hole, &moved));
        let (standing, open): (Vec<Hole>, Vec<Hole>) =
            holes().partition(|hole| self.known.contains(&hole.id));
        Ok(Addition {
            tree,
            standing: self.decided(&standing),
            tests: self.plan().tests().map(|test| moved(&test)).collect(),
            open,
            held_back,
            edition: self.host.package.edition.clone(),
            spec,
        })
    }

    fn plan(&self) -> &Plan {
        &self.scaffold.plan
    }

    /// Source files, and their declarations.
    fn put_modules(&self, tree: &mut Tree) -> Result<(), Misfit> {
        let root = &self.host.library.path;
        let mut declared = self.host.text(root).to_owned();
        for module in &self.plan().modules {
            match &self.homes[&module.name] {
                Home::New(path) => {
                    tree.insert(
                        path.clone(),
                        self.made(&format!("src/{}.rs", module.name)).unwrap_or_default(),
                    );
                    declared = super::outline::Outline::read(&declared)
                        .map_err(|why| Misfit::Unreadable { path: root.to_string(), why })?
                        .declared(&declared, &module.name);
                }
                Home::There(file) => {
                    let text = self.extended(file, module)?;
                    tree.insert(file.path.clone(), text);
                }
            }
        }
        tree.insert(root.clone(), declared);
        Ok(())
    }

    /// A file of the scaffold.
    fn made(&self, path: &str) -> Option<&str> {
        self.scaffold.tree.text(&TreePath::new(path).ok()?)
    }

    /// A file with the items of a module that it lacks.
    fn extended(&self, file: &File, module: &ModulePlan) -> Result<String, Misfit> {
        let mut new = module.clone();
        new.functions.retain(|function| !self.known.contains(&function.hole));
        let text = self.host.text(&file.path);
        if new.functions.is_empty() && new.types.is_empty() {
            return Ok(text.to_owned());
        }
        let ModuleText { imports, items } = module_text(&new, &self.host.library.name);
        let lines = uses(&lacking(file, imports)?, "crate", 0);
        // The later place first, so that the earlier one stays where it is.
        Ok(file.outline.with_imports(&file.outline.extended(text, &items), &lines))
    }

    fn put_dependencies(&self, tree: &mut Tree) -> Result<(), Misfit> {
        let unreadable = |why| Misfit::Unreadable { path: "Cargo.toml".to_owned(), why };
        let path = self.host.package.path("Cargo.toml");
        let path = path.ok_or_else(|| unreadable("its path is none".to_owned()))?;
        let plan = self.plan();
        let text = with_dependencies(self.host.text(&path), &plan.dependencies, &plan.dev_dependencies)
            .map_err(unreadable)?;
        tree.insert(path, text);
        Ok(())
    }

    /// What the tests of each module are called in the package.
    fn stems(&self) -> BTreeMap<String, String> {
        let mut stems: BTreeMap<String, String> = BTreeMap::new();
        for module in &self.plan().modules {
            let taken: Vec<&String> = stems.values().collect();
            let stem = self.host.free_test(&module.name, &taken);
            stems.insert(module.name.clone(), stem);
        }
        stems
    }

    /// Test files; gives those that hold what no candidate sees.
    fn put_tests(&self, stems: &BTreeMap<String, String>, tree: &mut Tree) -> Result<Vec<TreePath>, Misfit> {
        let mut held_back = Vec::new();
        for (module, stem) in stems {
            for suffix in ["", HELD_BACK] {
                let Some(text) = self.made(&format!("tests/{module}{suffix}.rs")) else { continue };
                let name = format!("tests/{stem}{suffix}.rs");
                let unreadable =
                    || Misfit::Unreadable { path: name.clone(), why: "its path is none".to_owned() };
                let path = self.host.package.path(&name).ok_or_else(unreadable)?;
                tree.insert(path.clone(), text);
                held_back.extend((!suffix.is_empty()).then_some(path));
            }
        }
        Ok(held_back)
    }

    /// Refuses a package whose new files of tests are no targets.
    fn refuse_untested(&self, stems: &BTreeMap<String, String>, tree: &Tree) -> Result<(), Misfit> {
        let package = self.host.package;
        let packages = packages_of(tree).unwrap_or_default();
        let targets =
            packages.iter().filter(|one| one.directory == package.directory).flat_map(|one| &one.targets);
        let tests: BTreeSet<&str> = targets
            .filter(|target| target.kind == TargetKind::Test)
            .map(|target| target.name.as_str())
            .collect();
        let has_file = |stem: &str| {
            package.path(&format!("tests/{stem}.rs")).is_some_and(|path| tree.get(&path).is_some())
        };
        match stems.values().any(|stem| has_file(stem) && !tests.contains(stem.as_str())) {
            true => Err(Misfit::NoTests(package.name.clone())),
            false => Ok(()),
        }
    }

    /// A test of the scaffold under the name that it has in the package.
    fn moved(&self, stems: &BTreeMap<String, String>, test: &TestName) -> TestName {
        let target = test.target_in_package();
        let (module, suffix) =
            match target.strip_suffix(HELD_BACK).filter(|module| stems.contains_key(*module)) {
                Some(module) => (module, HELD_BACK),
                None => (target, ""),
            };
        let stem = stems.get(module).map_or(module, String::as_str);
        let package = match &self.host.package.directory {
            Some(_) => format!("{}/", self.host.package.name),
            None => String::new(),
        };
        TestName { target: format!("{package}{stem}{suffix}"), name: test.name.clone() }
    }

    /// A hole of the scaffold where it is in the package.
    fn hole(&self, hole: &Hole, moved: &dyn Fn(&TestName) -> TestName) -> Hole {
        let module = hole.id.0.split("::").next().unwrap_or_default();
        let checks = |checks: &[HoleCheck]| {
            let check = |one: &HoleCheck| HoleCheck { source: one.source.clone(), test: moved(&one.test) };
            checks.iter().map(check).collect()
        };
        let (path, context) = match self.homes.get(module) {
            Some(Home::New(path)) => (path.clone(), hole.context.clone()),
            Some(Home::There(file)) => {
                (file.path.clone(), file.context(self.host.text(&file.path), &hole.context))
            }
            None => (hole.path.clone(), hole.context.clone()),
        };
        Hole {
            path,
            context,
            visible: checks(&hole.visible),
            properties: checks(&hole.properties),
            held_back: checks(&hole.held_back),
            ..hole.clone()
        }
    }

    /// The checks of functions that are there, without those that call one that is still open.
    fn decided(&self, standing: &[Hole]) -> Vec<(HoleId, HoleCheck)> {
        let functions = || self.plan().modules.iter().flat_map(|module| &module.functions);
        let open: Vec<&HoleId> =
            functions().map(|function| &function.hole).filter(|id| !self.known.contains(id)).collect();
        let waiting = |function: &FunctionPlan| {
            let tests = function.tests.iter().filter(|test| open.iter().any(|id| test.uses(id)));
            let name =
                |test: &TestPlan| (function.hole.clone(), format!("{}::{}", function.test_module, test.name));
            tests.map(name).collect::<Vec<_>>()
        };
        let waiting: BTreeSet<(HoleId, String)> = functions().flat_map(waiting).collect();
        let checks = standing.iter().flat_map(|hole| {
            let all = hole.visible.iter().chain(&hole.properties).chain(&hole.held_back);
            all.map(|check| (hole.id.clone(), check.clone()))
        });
        checks.filter(|(id, check)| !waiting.contains(&(id.clone(), check.test.name.clone()))).collect()
    }
}

/// What is behind the name of a file of held-back tests.
const HELD_BACK: &str = "_held_back";

/// The imports that a file does not have.
fn lacking(file: &File, imports: BTreeSet<Import>) -> Result<BTreeSet<Import>, Misfit> {
    let mut lacking = BTreeSet::new();
    for import in imports {
        let (path, name) = match &import {
            Import::Own(module, name) => (format!("crate::{module}::{name}"), name.clone()),
            Import::Std(path) => (path.clone(), path.rsplit("::").next().unwrap_or(path).to_owned()),
        };
        if file.outline.imported(&name) != Some(&path) {
            file.refuse_taken(&name)?;
            lacking.insert(import);
        }
    }
    Ok(lacking)
}

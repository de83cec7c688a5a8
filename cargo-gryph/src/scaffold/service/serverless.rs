//! A service that is divided into functions: a crate for each, one that all share, and one that runs them all.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use minijinja::{Value, context};

use crate::plan::asked::{Endpoint, Entity, FieldType, Service, Task};
use crate::plan::{Architecture, Plan, Project, ServicePlan};

use crate::tree::{Tree, TreePath};

use super::super::ScaffoldError;
use super::super::templates::{Templates, renamed};
use super::layout::Layout;
use super::noun::type_name;
use super::{Writer, dotted, manifest, once};

/// Templates that only such services have.
const OWN: &str = "with/serverless/";
/// What the crate that runs all functions takes of a service of one crate.
const PROGRAM: &[&str] = &["examples/load.rs", "load/run.sh", "src/main.rs", "settings.example.toml"];

/// A function: what it is about, and where it lies.
struct Function {
    /// `entity`, `endpoint`, `task`, `accounts` or `jobs`.
    kind: &'static str,
    /// The module that it is about; nothing for those of the platform.
    subject: String,
    /// Its folder below `functions`.
    folder: String,
    /// What it is, without a full stop.
    doc: String,
    /// What its templates have to know besides.
    particular: Value,
}

/// Writes the workspace around its rules.
pub(super) fn scaffold(plan: &Plan, service: &ServicePlan, tree: &mut Tree) -> Result<(), ScaffoldError> {
    let core = format!("{}_core", service.project.crate_name());
    let (one, other) = (format!("{core}::platform::"), "{{ crate_name }}::platform::");
    let outside = renamed(&[(other, &one), ("crate::platform::", &one)]);
    let inside = renamed(&[]);
    let functions = functions(service);
    let particular = shared(service, &functions, &core);
    let outer = writer(plan, service, &outside, particular.clone())?;
    parts(&writer(plan, service, &inside, particular.clone())?, &outer, &functions, tree)?;
    let common = outer.common();
    for function in &functions {
        crate_of(&outer, function, &common, tree)?;
    }
    core_crate(&writer(plan, service, &inside, particular.clone())?, tree)?;
    let project = Project { name: format!("{}-local", service.project.name), ..service.project.clone() };
    let local = ServicePlan { project, ..service.clone() };
    local_crate(&writer(plan, &local, &outside, particular)?, &service.project, tree)?;
    outer.templates_at(tree, &common, |template| {
        own(template, "root/").or_else(|| once(template, &["docs/runbook.md"]))
    })?;
    outer.decisions(tree, &common)
}

fn writer<'a>(
    plan: &'a Plan,
    service: &'a ServicePlan,
    texts: &'a [(&'static str, String)],
    particular: Value,
) -> Result<Writer<'a>, ScaffoldError> {
    let layout = Layout::of(Architecture::Serverless, !service.service.entities.is_empty());
    let texts = texts.iter().map(|(name, text)| (*name, text.as_str()));
    let templates = Templates::over("service", texts)?;
    let (place, values) = (String::new(), OnceCell::new());
    Ok(Writer { plan, service, layout, templates, place, tests: None, particular, values })
}

fn functions(service: &ServicePlan) -> Vec<Function> {
    let asked = &service.service;
    let of_platform = |kind: &'static str, folder: &str, doc: &str| Function {
        kind,
        subject: String::new(),
        folder: folder.to_owned(),
        doc: doc.to_owned(),
        particular: context! { rules => false, has_enums => false },
    };
    let mut all =
        vec![of_platform("accounts", "auth", "Accounts: registering, logging in and out, keys, roles")];
    all.extend(asked.entities.iter().map(of_entity));
    all.extend(asked.endpoints.iter().map(of_endpoint));
    all.extend(asked.tasks.iter().map(|task| Function {
        kind: "task",
        subject: task.name.to_string(),
        folder: format!("task-{}", task.name.hyphenated()),
        doc: format!("Takes orders for the task `{}`", task.name),
        particular: context! { rules => true, has_enums => false },
    }));
    all.extend((!asked.tasks.is_empty()).then(|| of_platform("jobs", "jobs", "What became of a job")));
    all
}

fn of_entity(entity: &Entity) -> Function {
    let calls = entity.fields.iter().any(|field| field.check.is_some() || field.computed.is_some());
    let has_enums = entity.fields.iter().any(|field| matches!(field.kind, FieldType::OneOf { .. }));
    Function {
        kind: "entity",
        subject: entity.name.to_string(),
        folder: entity.plural.hyphenated(),
        doc: format!("What people do with {}", entity.plural.as_str().replace('_', " ")),
        particular: context! {
            rules => calls,
            has_enums => has_enums,
            plural => entity.plural.as_str(),
            ty => type_name(entity.name.as_str()),
            tys => type_name(entity.plural.as_str()),
        },
    }
}

fn of_endpoint(endpoint: &Endpoint) -> Function {
    Function {
        kind: "endpoint",
        subject: endpoint.name(),
        folder: endpoint.name().replace('_', "-"),
        doc: format!("Answers `{} {}`", endpoint.method.as_str(), super::call::route(endpoint)),
        particular: context! { rules => true, has_enums => false },
    }
}

impl Function {
    fn package(&self, project: &Project) -> String {
        format!("{}-fn-{}", project.name, self.folder)
    }

    fn value(&self, project: &Project) -> Value {
        let package = self.package(project);
        context! {
            kind => self.kind,
            subject => self.subject.clone(),
            folder => self.folder.clone(),
            doc => self.doc.clone(),
            summary => super::super::toml_string(&self.doc),
            crate_name => package.replace('-', "_"),
            package => package,
            ..self.particular.clone()
        }
    }
}

/// What the templates of every crate may say.
fn shared(service: &ServicePlan, functions: &[Function], core: &str) -> Value {
    let project = &service.project;
    context! {
        accounts => true,
        divided => false,
        gateway => false,
        serverless => true,
        core => core,
        project => project.name.clone(),
        functions_all => functions.iter().map(|one| one.value(project)).collect::<Vec<_>>(),
        gates => gates(service, functions),
    }
}

/// Which function a gateway of a provider asks where: its method or `ANY`, and the address.
fn gates(service: &ServicePlan, functions: &[Function]) -> Vec<Value> {
    let keys = keys(&service.service);
    // Terraform's own form has the values below each other.
    let width = keys.iter().map(|(key, ..)| key.chars().count() + 2).max().unwrap_or(0);
    let gate = |(key, subject, kind): &(String, String, &str)| {
        let found = functions.iter().find(|one| one.subject == *subject && one.kind == *kind);
        let package = found.map(|one| one.package(&service.project)).unwrap_or_default();
        let (method, path) = key.split_once(' ').unwrap_or_default();
        context! {
            method => if method == "ANY" { "GET" } else { method },
            path => path.replace("{proxy+}", "me"),
            crate_name => package.replace('-', "_"),
            quoted => format!("{:width$}", format!("\"{key}\"")),
            key => key,
            package => package,
        }
    };
    keys.iter().map(gate).collect()
}

/// What a gateway routes, with the subject and the kind of the function that answers.
fn keys(asked: &Service) -> Vec<(String, String, &'static str)> {
    let of_entity = |one: &Entity| {
        let keys = [format!("ANY {}", one.route()), format!("ANY {}/{{id}}", one.route())];
        keys.map(|key| (key, one.name.as_str().to_owned(), "entity"))
    };
    let of_endpoint = |one: &Endpoint| {
        (format!("{} {}", one.method.as_str(), super::call::route(one)), one.name(), "endpoint")
    };
    let of_task = |one: &Task| (format!("ANY {}", one.route()), one.name.as_str().to_owned(), "task");
    let mut all = vec![("ANY /auth/{proxy+}".to_owned(), String::new(), "accounts")];
    all.extend(asked.entities.iter().flat_map(of_entity));
    all.extend(asked.endpoints.iter().map(of_endpoint));
    all.extend(asked.tasks.iter().map(of_task));
    all.extend((!asked.tasks.is_empty()).then(|| ("ANY /tasks/{id}".to_owned(), String::new(), "jobs")));
    all
}

/// Writes what is about entities and calls as if it were one crate, and gives each file to the crate it belongs to.
fn parts(
    inner: &Writer<'_>,
    outer: &Writer<'_>,
    functions: &[Function],
    tree: &mut Tree,
) -> Result<(), ScaffoldError> {
    let folders: BTreeMap<&str, &str> =
        functions.iter().map(|one| (one.subject.as_str(), one.folder.as_str())).collect();
    for (writer, is_inner) in [(inner, true), (outer, false)] {
        let mut whole = Tree::new();
        writer.parts(&mut whole, &writer.common())?;
        for (path, text) in whole.files() {
            let Some((place, belongs_inside)) = home(path.as_str(), &folders) else { continue };
            if belongs_inside == is_inner {
                tree.insert(TreePath::new(place)?, text.to_vec());
            }
        }
    }
    Ok(())
}

/// Where a file of a service of one crate lies, and whether that is in what all share.
fn home(path: &str, folders: &BTreeMap<&str, &str>) -> Option<(String, bool)> {
    if path == "src/schema.rs" || path.starts_with("migrations/") {
        return Some((format!("core/{path}"), true));
    }
    if path.starts_with("tests/") {
        return Some((format!("local/{path}"), false));
    }
    let subject = path.strip_prefix("src/")?.split('/').next()?;
    Some((format!("functions/{}/{path}", folders.get(subject)?), false))
}

fn own(template: &str, crate_folder: &str) -> Option<String> {
    template.strip_prefix(OWN)?.strip_prefix(crate_folder).map(dotted)
}

fn crate_of(
    writer: &Writer<'_>,
    function: &Function,
    common: &Value,
    tree: &mut Tree,
) -> Result<(), ScaffoldError> {
    let common = context! { function => function.value(&writer.service.project), ..common.clone() };
    writer.templates_at(tree, &common, |template| {
        Some(format!("functions/{}/{}", function.folder, own(template, "function/")?))
    })
}

fn core_crate(writer: &Writer<'_>, tree: &mut Tree) -> Result<(), ScaffoldError> {
    writer.templates_at(tree, &writer.common(), |template| {
        let is_ours = |place: &&str| place.starts_with("src/platform/") || place.starts_with("migrations/");
        let whole = || writer.of_whole(template).filter(is_ours).map(str::to_owned);
        Some(format!("core/{}", own(template, "core/").or_else(whole)?))
    })
}

fn local_crate(writer: &Writer<'_>, whole: &Project, tree: &mut Tree) -> Result<(), ScaffoldError> {
    let mut tests = writer.test_modules();
    tests.push("functions".to_owned());
    let common = context! {
        test_modules => tests,
        prefix => whole.name.replace('-', "_").to_uppercase(),
        ..writer.common()
    };
    writer.templates_at(tree, &common, |template| {
        let place = writer.of_whole(template);
        let is_ours = |place: &&str| PROGRAM.contains(place) || place.starts_with("tests/it/");
        // All functions in one process are deployed as any service is.
        if let Some(manifest) = manifest(template) {
            return Some(manifest);
        }
        let path = own(template, "local/").or_else(|| place.filter(is_ours).map(str::to_owned))?;
        Some(format!("local/{path}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_to_the_crate_that_they_are_about() {
        let folders = BTreeMap::from([("preset", "presets"), ("probe", "task-probe")]);
        let place = |path| home(path, &folders);
        let inside = |path: &str| Some((path.to_owned(), true));
        let outside = |path: &str| Some((path.to_owned(), false));
        assert_eq!(place("src/schema.rs"), inside("core/src/schema.rs"));
        assert_eq!(place("migrations/0002_preset.sql"), inside("core/migrations/0002_preset.sql"));
        assert_eq!(place("tests/it/probe.rs"), outside("local/tests/it/probe.rs"));
        assert_eq!(place("src/preset/mod.rs"), outside("functions/presets/src/preset/mod.rs"));
        assert_eq!(place("src/probe/service.rs"), outside("functions/task-probe/src/probe/service.rs"));
        assert_eq!(place("src/unknown/model.rs"), None);
    }
}

//! The scaffold of a service: what is always the same comes from templates, what is particular from pure functions in a
//! crate of their own, `rules`.

mod address;
mod approval;
mod call;
mod computed;
mod decisions;
mod entity;
mod events;
mod field;
mod layout;
mod layout_of_calls;
mod microservices;
mod modules;
mod noun;
mod pages;
mod room;
mod sample;
mod serverless;
mod socket;
mod sql;
mod values;

use std::cell::OnceCell;

use minijinja::{Value, context};

use crate::embedded;
use crate::plan::asked::{Broker, Database, FieldType, Telemetry, order_of_references};
use crate::plan::{Architecture, Plan, ServicePlan};
use crate::tree::{Tree, TreePath};

use super::ScaffoldError;
use super::templates::Templates;
use entity::Surroundings;
use layout::{Layout, Part};
use modules::Modules;
use values::Values;

/// Templates that stand once in every service, by their place in it.
const TREE: &str = "tree/";
/// What Kubernetes is told of a program.
const MANIFESTS: &str = "deploy/kubernetes/";
/// Folders and files whose names begin with a dot, which the templates' do not.
const DOTTED: [&str; 3] = ["gitignore", "dockerignore", "github"];

/// Writes the service around its rules.
pub(super) fn scaffold(plan: &Plan, service: &ServicePlan, tree: &mut Tree) -> Result<(), ScaffoldError> {
    match service.project.architecture {
        Architecture::Microservices => return microservices::scaffold(plan, service, tree),
        Architecture::Serverless => return serverless::scaffold(plan, service, tree),
        _ => {}
    }
    let writer = Writer {
        plan,
        service,
        layout: Layout::of(service.project.architecture, !service.service.entities.is_empty()),
        templates: Templates::new("service")?,
        place: String::new(),
        tests: None,
        particular: context! { accounts => true, divided => false, gateway => false, serverless => false },
        values: OnceCell::new(),
    };
    writer.write(tree)
}

struct Writer<'a> {
    plan: &'a Plan,
    service: &'a ServicePlan,
    layout: Layout,
    templates: Templates<'a>,
    /// Where the crate lies: a folder's path with its slash, or nothing.
    place: String,
    /// The tests of the platform that it has, where these are not all.
    tests: Option<Vec<&'static str>>,
    /// What its templates have to know besides.
    particular: Value,
    /// What they are told of each entity and call, once it was worked out.
    values: OnceCell<Values>,
}

impl Writer<'_> {
    fn write(&self, tree: &mut Tree) -> Result<(), ScaffoldError> {
        let common = self.common();
        self.parts(tree, &common)?;
        self.whole(tree, &common)
    }

    /// What is about the entities and calls of this service.
    fn parts(&self, tree: &mut Tree, common: &Value) -> Result<(), ScaffoldError> {
        let mut modules = Modules::default();
        self.entities(tree, &mut modules, common)?;
        self.calls(tree, &mut modules, common)?;
        self.pages(tree, &mut modules, common)?;
        self.sockets(tree, &mut modules, common)?;
        self.events(tree, &mut modules, common)?;
        self.schema(tree, &mut modules)?;
        self.folders(tree, &modules)
    }

    fn add(
        &self,
        tree: &mut Tree,
        path: String,
        template: &str,
        values: &Value,
    ) -> Result<(), ScaffoldError> {
        let text = self.templates.render(template, values.clone())?;
        tree.insert(TreePath::new(format!("{}{path}", self.place))?, text);
        Ok(())
    }

    /// The templates that have a place in this crate.
    fn templates_at(
        &self,
        tree: &mut Tree,
        common: &Value,
        place: impl Fn(&str) -> Option<String>,
    ) -> Result<(), ScaffoldError> {
        for (name, _) in embedded::TEMPLATES {
            let template = name.strip_prefix("service/").and_then(|name| name.strip_suffix(".tmpl"));
            let Some((template, path)) = template.and_then(|name| Some((name, place(name)?))) else {
                continue;
            };
            self.add(tree, path, template, common)?;
        }
        Ok(())
    }

    /// The parts of each entity, and the tests of what it does.
    fn entities(&self, tree: &mut Tree, modules: &mut Modules, common: &Value) -> Result<(), ScaffoldError> {
        let with = |value: &Value| context! { ..value.clone(), ..common.clone() };
        let steps = self.steps();
        for ((entity, value), step) in
            self.service.service.entities.iter().zip(&self.values().entities).zip(&steps)
        {
            let name = entity.name.as_str();
            let values = with(value);
            for (part, template) in [
                (Part::Entity, "part/entity.rs"),
                (Part::Port, "part/port.rs"),
                (Part::UseCases, "part/use_cases.rs"),
                (Part::Store, "part/store.rs"),
                (Part::Routes, "part/routes.rs"),
            ] {
                if part == Part::Port && !self.layout.has_ports() {
                    continue;
                }
                let module = self.layout.module(part, name);
                self.add(tree, modules.file(&module), template, &values)?;
            }
            self.add(tree, format!("migrations/{step:04}_{name}.sql"), "part/migration.sql", &values)?;
            self.add(tree, format!("tests/it/{name}.rs"), "test/entity.rs", &values)?;
        }
        Ok(())
    }

    /// The use cases, routes and tests of endpoints and tasks.
    fn calls(&self, tree: &mut Tree, modules: &mut Modules, common: &Value) -> Result<(), ScaffoldError> {
        let mut add = |name: &str, kind: &str, value: &Value| -> Result<(), ScaffoldError> {
            let values = context! { ..value.clone(), ..common.clone() };
            for (part, template) in [(Part::UseCases, "use_case"), (Part::Routes, "routes")] {
                let module = self.layout.module(part, name);
                self.add(tree, modules.file(&module), &format!("part/{kind}_{template}.rs"), &values)?;
            }
            if value.get_attr("examples").is_ok_and(|examples| examples.is_true() || examples.is_undefined())
            {
                self.add(tree, format!("tests/it/{name}.rs"), &format!("test/{kind}.rs"), &values)?;
            }
            Ok(())
        };
        for (endpoint, value) in self.service.service.endpoints.iter().zip(&self.values().endpoints) {
            add(&endpoint.name(), "endpoint", value)?;
        }
        for (task, value) in self.service.service.tasks.iter().zip(&self.values().tasks) {
            add(task.name.as_str(), "task", value)?;
        }
        Ok(())
    }

    fn schema(&self, tree: &mut Tree, modules: &mut Modules) -> Result<(), ScaffoldError> {
        let entities = self.service.service.entities.iter().zip(self.steps());
        let mut steps: Vec<(usize, &str)> =
            entities.map(|(entity, step)| (step, entity.name.as_str())).collect();
        steps.push((1, "platform"));
        steps.sort_unstable();
        let step = |(version, name): (usize, &str)| {
            let file = format!("{version:04}_{name}.sql");
            context! { version => version, name => name, file => file }
        };
        let steps: Vec<Value> = steps.into_iter().map(step).collect();
        let path = modules.file(&self.schema_module());
        let up = "../".repeat(path.matches('/').count());
        self.add(tree, path, "part/schema.rs", &context! { steps => steps, up => up })
    }

    /// The number of the step of each entity: those of the tables that it refers to come before.
    fn steps(&self) -> Vec<usize> {
        let order = order_of_references(&self.service.service.entities);
        let mut steps = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, entity)| steps[*entity] = place + 2);
        steps
    }

    fn schema_module(&self) -> String {
        match self.layout.folders_of(Part::Schema) {
            Some(folder) => format!("{folder}::schema"),
            None => "schema".to_owned(),
        }
    }

    /// The `mod.rs` of each folder.
    fn folders(&self, tree: &mut Tree, modules: &Modules) -> Result<(), ScaffoldError> {
        for (folder, children) in modules.folders() {
            let known = self.layout.folders.iter().find(|known| known.path.replace('/', "::") == *folder);
            let doc = known.map_or_else(|| self.subject(&folder), |known| known.doc.to_owned());
            let values = context! { doc => doc, modules => children };
            self.add(tree, format!("src/{}/mod.rs", folder.replace("::", "/")), "part/folder.rs", &values)?;
        }
        Ok(())
    }

    /// What the folder of a subject is about.
    fn subject(&self, folder: &str) -> String {
        let entities = &self.service.service.entities;
        match entities.iter().find(|entity| entity.name.as_str() == folder) {
            Some(entity) => format!("{}.", noun::capitalised(&entity.plural.as_str().replace('_', " "))),
            None => format!("What `{folder}` does."),
        }
    }

    /// What stands once in every service.
    fn whole(&self, tree: &mut Tree, common: &Value) -> Result<(), ScaffoldError> {
        self.templates_at(tree, common, |template| self.of_whole(template).map(dotted))?;
        self.decisions(tree, common)
    }

    /// The place of a template in a service of one crate, if it is wanted.
    fn of_whole<'t>(&self, template: &'t str) -> Option<&'t str> {
        let place = self.wanted().into_iter().find_map(|start| template.strip_prefix(start))?;
        self.is_of_use(place).then_some(place)
    }

    /// Whether what a file of the platform is about can happen here.
    fn is_of_use(&self, place: &str) -> bool {
        match place {
            // It makes rows.
            "tests/it/idempotency.rs" => !self.service.service.entities.is_empty(),
            _ => self.repeats() || !place.starts_with("src/platform/http/idempotency/"),
        }
    }

    /// Whether a request may be repeated with a key: one that makes a row or asks for a task, of any part of the whole.
    /// What several programs share has it in any case.
    fn repeats(&self) -> bool {
        let whole = self.plan.service.as_ref().map(|whole| &whole.service);
        let is_asked = whole.is_some_and(|whole| !whole.entities.is_empty() || !whole.tasks.is_empty());
        is_asked || self.service.project.architecture == Architecture::Microservices
    }

    /// The folders of templates that stand once; some only where they are wanted.
    fn wanted(&self) -> Vec<&'static str> {
        let (events, sockets) = (self.layout.has_events(), self.has_sockets());
        let folders = [
            (true, TREE),
            (self.uses(|field| matches!(field, FieldType::Date)), "with/day/"),
            (self.holds_computed().is_some(), "with/computed/"),
            (self.is_on_postgresql(), "with/postgresql/"),
            (self.layout.has_pages(), "with/pages/"),
            (events, "with/events/"),
            (sockets, "with/sockets/"),
            (events && sockets, "with/rooms/"),
            (self.has_nats(), "with/nats/"),
            (self.has_jobs(), "with/jobs/"),
            (self.tells_traces(), "with/otlp/"),
        ];
        folders.into_iter().filter(|(wanted, _)| *wanted).map(|(_, start)| start).collect()
    }

    fn has_sockets(&self) -> bool {
        !self.service.service.sockets.is_empty()
    }

    fn has_nats(&self) -> bool {
        self.layout.has_events() && self.service.service.settings.broker == Some(Broker::Nats)
    }

    /// Whether any part of the whole does background work.
    fn has_jobs(&self) -> bool {
        self.plan.service.as_ref().is_some_and(|whole| !whole.service.tasks.is_empty())
    }

    fn tells_traces(&self) -> bool {
        self.service.service.settings.telemetry == Telemetry::Otlp
    }

    /// How what functions compute is held against its fields.
    fn holds_computed(&self) -> Option<Value> {
        computed::uses(&self.service.service.entities)
    }

    /// Whether a field of this kind has a default.
    fn has_default(&self, wanted: impl Fn(&FieldType) -> bool) -> bool {
        let mut fields = self.service.service.entities.iter().flat_map(|entity| &entity.fields);
        fields.any(|field| field.default.is_some() && wanted(&field.kind))
    }

    fn uses(&self, wanted: impl Fn(&FieldType) -> bool) -> bool {
        self.service
            .service
            .entities
            .iter()
            .flat_map(|entity| &entity.fields)
            .any(|field| wanted(&field.kind))
    }

    fn is_on_postgresql(&self) -> bool {
        self.service.service.settings.database == Database::Postgresql
    }

    fn rules_crate(&self) -> String {
        self.plan.project.crate_name()
    }

    fn around<'a>(&'a self, rules: &'a str) -> Surroundings<'a> {
        let (roles, entities) = (&self.service.service.settings.roles, &self.service.service.entities);
        Surroundings { layout: &self.layout, roles, rules, entities }
    }
}

/// The place of a template that a divided service has once, as one of one crate does.
fn once(template: &str, wanted: &[&str]) -> Option<String> {
    template.strip_prefix(TREE).filter(|place| wanted.contains(place)).map(str::to_owned)
}

/// The place of a template for Kubernetes: below the program that it is about.
fn manifest(template: &str) -> Option<String> {
    template.strip_prefix(TREE).filter(|place| place.starts_with(MANIFESTS)).map(str::to_owned)
}

/// A place with the dots that files of templates do not begin with.
fn dotted(place: &str) -> String {
    match DOTTED.iter().find(|name| place == **name || place.starts_with(&format!("{name}/"))) {
        Some(_) => format!(".{place}"),
        None => place.to_owned(),
    }
}

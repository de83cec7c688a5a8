//! The scaffold of a service: what is always the same comes from templates, what is particular from pure functions in a
//! crate of their own, `rules`.

mod call;
mod entity;
mod events;
mod field;
mod layout;
mod microservices;
mod modules;
mod noun;
mod pages;
mod sample;
mod serverless;
mod socket;

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Value, context};

use crate::embedded;
use crate::plan::asked::{Access, Broker, Database, Entity, FieldType, Name, Place, Security, Telemetry};
use crate::plan::{Architecture, FunctionPlan, Plan, ServicePlan, prose};
use crate::tree::{Tree, TreePath};

use super::ScaffoldError;
use super::templates::Templates;
use entity::Surroundings;
use layout::{Layout, Part};
use modules::Modules;
use noun::type_name;

/// Templates that stand once in every service, by their place in it.
const TREE: &str = "tree/";
/// Folders and files whose names begin with a dot, which the templates' do not.
const DOTTED: [&str; 3] = ["gitignore", "dockerignore", "github"];

/// Writes the service around its rules.
pub(super) fn scaffold(plan: &Plan, service: &ServicePlan, tree: &mut Tree) -> Result<(), ScaffoldError> {
    refuse_later(service)?;
    match service.project.architecture {
        Architecture::Microservices => return microservices::scaffold(plan, service, tree),
        Architecture::Serverless => return serverless::scaffold(plan, service, tree),
        _ => {}
    }
    let layout = Layout::of(service.project.architecture).ok_or_else(|| {
        ScaffoldError::NotYet(format!("the architecture `{}`", service.project.architecture.as_str()))
    })?;
    let writer = Writer {
        plan,
        service,
        layout,
        templates: Templates::new("service")?,
        place: String::new(),
        tests: None,
        particular: context! { accounts => true, divided => false, gateway => false },
    };
    writer.write(tree)
}

/// What a specification may ask for and no template gives yet.
fn refuse_later(service: &ServicePlan) -> Result<(), ScaffoldError> {
    let asked = &service.service;
    let computed =
        asked.entities.iter().flat_map(|entity| &entity.fields).filter(|one| one.computed.is_some());
    let without_sockets = [Architecture::Mvc, Architecture::Microservices, Architecture::Serverless];
    let later = [
        (
            !asked.sockets.is_empty() && without_sockets.contains(&service.project.architecture),
            "a [[socket]] in this architecture",
        ),
        (asked.sockets.iter().any(socket::has_choices), "a choice in the message of a socket"),
        (asked.settings.telemetry == Telemetry::Otlp, "`telemetry = \"otlp\"`"),
        (asked.entities.is_empty(), "a service without an entity"),
        (computed.clone().any(|one| !field::is_plain(one)), "a computed date, identifier or choice"),
    ];
    match later.into_iter().find(|(is_asked, _)| *is_asked) {
        Some((_, what)) => Err(ScaffoldError::NotYet(what.to_owned())),
        None => Ok(()),
    }
}

struct Writer<'a> {
    plan: &'a Plan,
    service: &'a ServicePlan,
    layout: Layout,
    templates: Templates<'a>,
    /// Where the crate lies: a folder's path with its slash, or nothing.
    place: String,
    /// The tests of the platform that it has, where these are not all.
    tests: Option<&'static [&'static str]>,
    /// What its templates have to know besides.
    particular: Value,
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
        for (number, value) in self.entity_values().iter().enumerate() {
            let entity = &self.service.service.entities[number];
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
            let file = format!("migrations/{:04}_{name}.sql", number + 2);
            self.add(tree, file, "part/migration.sql", &values)?;
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
            self.add(tree, format!("tests/it/{name}.rs"), &format!("test/{kind}.rs"), &values)
        };
        for (endpoint, value) in self.service.service.endpoints.iter().zip(self.endpoint_values()) {
            add(&endpoint.name(), "endpoint", &value)?;
        }
        for (task, value) in self.service.service.tasks.iter().zip(self.task_values()) {
            add(task.name.as_str(), "task", &value)?;
        }
        Ok(())
    }

    fn schema(&self, tree: &mut Tree, modules: &mut Modules) -> Result<(), ScaffoldError> {
        let platform = [("platform".to_owned(), "0001_platform.sql".to_owned())];
        let entities = self.service.service.entities.iter().enumerate();
        let own = entities.map(|(number, entity)| {
            (entity.name.to_string(), format!("{:04}_{}.sql", number + 2, entity.name))
        });
        let steps: Vec<Value> = platform
            .into_iter()
            .chain(own)
            .enumerate()
            .map(|(number, (name, file))| context! { version => number + 1, name => name, file => file })
            .collect();
        let path = modules.file(&self.schema_module());
        let up = "../".repeat(path.matches('/').count());
        self.add(tree, path, "part/schema.rs", &context! { steps => steps, up => up })
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
        self.templates_at(tree, common, |template| self.of_whole(template).map(dotted))
    }

    /// The place of a template in a service of one crate, if it is wanted.
    fn of_whole<'t>(&self, template: &'t str) -> Option<&'t str> {
        self.wanted().into_iter().find_map(|start| template.strip_prefix(start))
    }

    /// The folders of templates that stand once; some only where they are wanted.
    fn wanted(&self) -> Vec<&'static str> {
        let (events, sockets) = (self.layout.has_events(), self.has_sockets());
        let folders = [
            (true, TREE),
            (self.uses(|field| matches!(field, FieldType::Date)), "with/day/"),
            (self.is_on_postgresql(), "with/postgresql/"),
            (self.layout.has_pages(), "with/pages/"),
            (events, "with/events/"),
            (sockets, "with/sockets/"),
            (events && sockets, "with/rooms/"),
            (self.has_nats(), "with/nats/"),
        ];
        folders.into_iter().filter(|(wanted, _)| *wanted).map(|(_, start)| start).collect()
    }

    fn has_sockets(&self) -> bool {
        !self.service.service.sockets.is_empty()
    }

    fn has_nats(&self) -> bool {
        self.layout.has_events() && self.service.service.settings.broker == Some(Broker::Nats)
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

    fn functions(&self) -> Vec<&FunctionPlan> {
        self.plan.modules.iter().flat_map(|module| &module.functions).collect()
    }

    fn rules_crate(&self) -> String {
        self.plan.project.crate_name()
    }

    fn around<'a>(&'a self, rules: &'a str, functions: &'a [&'a FunctionPlan]) -> Surroundings<'a> {
        Surroundings { layout: &self.layout, roles: &self.service.service.settings.roles, rules, functions }
    }

    fn entity_values(&self) -> Vec<Value> {
        let (functions, rules) = (self.functions(), self.rules_crate());
        let around = self.around(&rules, &functions);
        let entities = &self.service.service.entities;
        let value = |entity: &Entity| {
            let is_referred =
                entities.iter().any(|other| other.references().any(|(_, name)| *name == entity.name));
            // Where a reference may be left out, tests leave it out.
            let is_needed = entities
                .iter()
                .any(|other| other.references().any(|(field, name)| *name == entity.name && !field.optional));
            context! {
                routes => format!("crate::{}", self.layout.module(Part::Routes, entity.name.as_str())),
                is_needed => is_needed,
                referred => is_referred && !entity.soft_delete,
                ..entity::values(entity, &around)
            }
        };
        entities.iter().map(value).collect()
    }

    fn endpoint_values(&self) -> Vec<Value> {
        let rules = self.rules_crate();
        let endpoints = self.service.service.endpoints.iter();
        endpoints
            .map(|one| {
                let routes = format!("crate::{}", self.layout.module(Part::Routes, &one.name()));
                let no_body = one.method.has_body()
                    && one.call.parameters.iter().all(|parameter| one.place(parameter) != Place::Body);
                context! { routes => routes, no_body => no_body, ..call::endpoint(one, &self.layout, &rules) }
            })
            .collect()
    }

    fn task_values(&self) -> Vec<Value> {
        let rules = self.rules_crate();
        let tasks = self.service.service.tasks.iter();
        tasks
            .map(|one| {
                let routes = format!("crate::{}", self.layout.module(Part::Routes, one.name.as_str()));
                context! { routes => routes, ..call::task(one, &self.layout, &rules) }
            })
            .collect()
    }

    /// What every template may say.
    fn common(&self) -> Value {
        let project = &self.service.project;
        let name = &project.name;
        let roles: Vec<Value> =
            self.roles().map(|role| context! { name => role, ty => type_name(role) }).collect();
        let entities = &self.service.service.entities;
        let tables: BTreeMap<String, String> =
            entities.iter().map(|entity| (entity.name.to_string(), entity.plural.to_string())).collect();
        context! {
            name => name,
            crate_name => project.crate_name(),
            prefix => name.replace('-', "_").to_uppercase(),
            summary => super::toml_string(&project.summary),
            summary_text => prose(&project.summary, 116).join("\n"),
            summary_doc => prose(&project.summary, 116).join("\n//! "),
            license => project.license.clone(),
            spec => self.plan.spec.to_string(),
            rules => !self.plan.modules.is_empty(),
            rules_crate => self.rules_crate(),
            rules_package => self.plan.project.name.clone(),
            postgresql => self.is_on_postgresql(),
            access_minutes => (self.service.service.settings.access_token.get() / 60).max(1),
            metrics_apart => self.service.service.settings.security >= Security::High,
            roles => roles,
            first_role => self.roles().next().unwrap_or("admin"),
            layout => self.layout_values(),
            modules => self.top_modules(),
            test_modules => self.test_modules(),
            entities => self.entity_values(),
            endpoints => self.endpoint_values(),
            tasks => self.task_values(),
            events => self.layout.has_events(),
            nats => self.has_nats(),
            sockets => self.socket_values(),
            private_sockets => self.service.service.sockets.iter().any(|one| !one.access.is_public()),
            socket_rooms => self.service.service.sockets.iter().any(|one| one.route.parameters().next().is_some()),
            activity_routes => format!("crate::{}", self.layout.module(Part::Routes, events::ACTIVITY)),
            tables => tables,
            matrix => self.matrix(),
            pages => self.pages_values(),
            sample => self.sample(),
            app => context! { schema => format!("crate::{}", self.schema_module()) },
            uses => context! {
                day => self.uses(|kind| matches!(kind, FieldType::Date)),
                datetime => self.layout.has_events() || self.uses(|kind| matches!(kind, FieldType::Datetime)) || self.messages_hold_times(),
                references => self.uses(|kind| matches!(kind, FieldType::Reference { .. })),
                refusals => self.service.service.endpoints.iter().any(|one| one.call.fallible),
                path => self.has_path_parameters(),
                query => self.places(Place::Query),
            },
            functions => self.functions().iter().map(|one| context! {
                path => one.hole.0.clone(),
                doc => prose(&one.doc, 10_000).join(" ").replace('|', "\\|"),
            }).collect::<Vec<_>>(),
            ..self.particular.clone()
        }
    }

    fn has_path_parameters(&self) -> bool {
        let service = &self.service.service;
        let endpoints = service.endpoints.iter().map(|one| &one.route);
        endpoints
            .chain(service.sockets.iter().map(|one| &one.route))
            .any(|route| route.parameters().next().is_some())
    }

    fn places(&self, wanted: Place) -> bool {
        let endpoints = self.service.service.endpoints.iter();
        endpoints
            .flat_map(|one| one.call.parameters.iter().map(move |parameter| one.place(parameter)))
            .any(|place| place == wanted)
    }

    fn roles(&self) -> impl Iterator<Item = &str> {
        self.service.service.settings.roles.iter().map(Name::as_str)
    }

    fn layout_values(&self) -> Value {
        let layout = &self.layout;
        let is_used = |folder: &&layout::Folder| !folder.may.is_empty();
        let parts: Vec<Value> = layout
            .folders
            .iter()
            .filter(is_used)
            .map(|folder| part(folder.path, folder.doc, folder.may))
            .chain(
                self.own_folders().iter().map(|subject| part(subject, &self.subject(subject), &["platform"])),
            )
            .collect();
        let names = |wanted: &dyn Fn(&layout::Folder) -> bool| -> Vec<&str> {
            layout.folders.iter().filter(|folder| wanted(folder)).map(|folder| folder.path).collect()
        };
        context! {
            about => layout.about,
            about_plain => layout.about.replace(['[', ']'], ""),
            has_ports => layout.has_ports(),
            rules => parts,
            top => self.top_modules().into_iter().filter(|name| !["app", "platform"].contains(&name.as_str())).collect::<Vec<_>>(),
            holders => names(&|folder| folder.may.is_empty()),
            inside => names(&|folder| !folder.is_outside && !folder.path.ends_with(".rs")),
        }
    }

    /// Subjects with a folder of their own.
    fn own_folders(&self) -> Vec<String> {
        if self.layout.is_by_subject() { self.subjects() } else { Vec::new() }
    }

    /// What has a folder of its own where the layout is by subject.
    fn subjects(&self) -> Vec<String> {
        let service = &self.service.service;
        let entities = service.entities.iter().map(|entity| entity.name.to_string());
        let endpoints = service.endpoints.iter().map(crate::plan::asked::Endpoint::name);
        let tasks = service.tasks.iter().map(|task| task.name.to_string());
        let sockets = service.sockets.iter().map(socket::name);
        entities.chain(endpoints).chain(tasks).chain(sockets).collect()
    }

    fn top_modules(&self) -> Vec<String> {
        let own = match self.layout.is_by_subject() {
            true => self.subjects().into_iter().chain(["schema".to_owned()]).collect(),
            false => self
                .layout
                .folders
                .iter()
                .filter_map(|folder| folder.path.split('/').next())
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        };
        let all: BTreeSet<String> =
            own.into_iter().chain(["app".to_owned(), "platform".to_owned()]).collect();
        all.into_iter().collect()
    }

    fn test_modules(&self) -> Vec<String> {
        let has = |name: &str| self.tests.is_none_or(|tests| tests.contains(&name));
        let fixed = self.wanted().into_iter().flat_map(|folder| {
            let start = format!("service/{folder}tests/it/");
            embedded::TEMPLATES
                .iter()
                .filter_map(move |(name, _)| name.strip_prefix(&start)?.strip_suffix(".rs.tmpl"))
        });
        let fixed = fixed.filter(|name| *name != "main" && has(name)).map(str::to_owned);
        let all: BTreeSet<String> = fixed.chain(self.subjects()).chain(self.page_tests()).collect();
        all.into_iter().collect()
    }

    /// Every route that is particular to this service, with who may ask.
    fn matrix(&self) -> Vec<Value> {
        let service = &self.service.service;
        let row = |method: &str, path: String, access: &Access| {
            context! { method => method, path => path, who => who(access), text => who_text(access) }
        };
        let mut rows = Vec::new();
        for entity in &service.entities {
            let (route, may) = (entity.route(), &entity.permissions);
            rows.push(row("GET", route.clone(), &may.read));
            rows.push(row("POST", route.clone(), &may.create));
            for (method, access) in [("GET", &may.read), ("PUT", &may.update), ("DELETE", &may.delete)] {
                rows.push(row(method, format!("{route}/{{id}}"), access));
            }
        }
        for (endpoint, value) in service.endpoints.iter().zip(self.endpoint_values()) {
            let path = value.get_attr("route").map(|route| route.to_string()).unwrap_or_default();
            rows.push(row(endpoint.method.as_str(), path, &endpoint.access));
        }
        rows.extend(service.tasks.iter().map(|task| row("POST", task.route(), &task.access)));
        for (socket, value) in service.sockets.iter().zip(self.socket_values()) {
            let path = value.get_attr("route").map(|route| route.to_string()).unwrap_or_default();
            rows.push(row("GET", path, &socket.access));
        }
        rows
    }

    /// An entity whose rows need no others, for tests of the platform.
    fn sample(&self) -> Option<Value> {
        let entities = self.service.service.entities.iter().zip(self.entity_values());
        let free = entities.filter(|(entity, _)| !sample::needs_rows(entity));
        free.map(|(entity, value)| {
            let test = value.get_attr("test").unwrap_or_default();
            context! {
                name => entity.name.as_str(),
                plural => entity.plural.as_str(),
                route => entity.route(),
                maker => test.get_attr("maker").unwrap_or_default(),
                unique => test.get_attr("unique").is_ok_and(|unique| unique.is_true()),
            }
        })
        .next()
    }
}

/// A part of the crate: what it holds, and what its files may import.
fn part(path: &str, doc: &str, may: &[&str]) -> Value {
    let own = path.trim_end_matches(".rs").replace('/', "::");
    let all: Vec<String> = [own.clone()].into_iter().chain(may.iter().map(|one| (*one).to_owned())).collect();
    context! {
        part => path,
        path => own,
        doc => doc.trim_end_matches('.'),
        may => all,
        others => may.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "),
    }
}

/// Who may, as the rows of the authorisation matrix say it.
fn who(access: &Access) -> String {
    match access {
        Access::Public => "EVERYBODY".to_owned(),
        Access::Roles(roles) if roles.is_empty() => "ADMINS".to_owned(),
        Access::Roles(roles) => {
            let names = roles.iter().map(|role| format!("\"{role}\"")).chain(["\"admin\"".to_owned()]);
            format!("&[{}]", names.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The same for people.
fn who_text(access: &Access) -> String {
    match access {
        Access::Public => "everybody".to_owned(),
        Access::Roles(roles) if roles.is_empty() => "admin".to_owned(),
        Access::Roles(roles) => roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// A place with the dots that files of templates do not begin with.
fn dotted(place: &str) -> String {
    match DOTTED.iter().find(|name| place == **name || place.starts_with(&format!("{name}/"))) {
        Some(_) => format!(".{place}"),
        None => place.to_owned(),
    }
}

//! What templates are told: of each entity and call, and of the service as a whole.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Value, context};

use crate::embedded;
use crate::plan::asked::{
    Access, EMAIL, Endpoint, Entity, FieldType, Name, PLAIN, Place, Security, WEB_ADDRESS,
};
use crate::plan::{mermaid, prose};

use super::layout::{self, Part};
use super::noun::type_name;
use super::{Writer, call, entity, events, room, sample, socket};

/// What is told of each entity and call, in the order of the specification.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) entities: Vec<Value>,
    pub(super) endpoints: Vec<Value>,
    pub(super) tasks: Vec<Value>,
    pub(super) sockets: Vec<Value>,
}

impl Writer<'_> {
    /// What is told of each entity and call.
    pub(super) fn values(&self) -> &Values {
        self.values.get_or_init(|| Values {
            entities: self.entity_values(),
            endpoints: self.endpoint_values(),
            tasks: self.task_values(),
            sockets: self.socket_values(),
        })
    }

    fn entity_values(&self) -> Vec<Value> {
        let rules = self.rules_crate();
        let around = self.around(&rules);
        let entities = &self.service.service.entities;
        let value = |entity: &Entity| {
            // Where a reference may be left out, tests leave it out, but for those about references.
            let is_needed = entities.iter().any(|other| {
                let mut references = other.references().filter(|(_, name)| **name == entity.name);
                references.any(|(field, _)| !field.optional || entity::is_guarded(entity))
            });
            context! {
                routes => format!("crate::{}", self.layout.module(Part::Routes, entity.name.as_str())),
                is_needed => is_needed,
                referred => self.holds_back(entity),
                ..entity::values(entity, &around)
            }
        };
        entities.iter().map(value).collect()
    }

    /// Whether rows of an entity cannot be taken away while others refer to them.
    fn holds_back(&self, entity: &Entity) -> bool {
        let mut others = self.service.service.entities.iter();
        !entity.soft_delete && others.any(|other| other.references().any(|(_, name)| *name == entity.name))
    }

    fn endpoint_values(&self) -> Vec<Value> {
        let rules = self.rules_crate();
        let endpoints = self.service.service.endpoints.iter();
        endpoints
            .map(|one| {
                let routes = format!("crate::{}", self.layout.module(Part::Routes, &one.name()));
                let no_body = one.method.has_body() && !call::takes_body(one);
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
    pub(super) fn common(&self) -> Value {
        let values = self.values();
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
            summary => super::super::toml_string(&project.summary),
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
            entities => values.entities.clone(),
            endpoints => values.endpoints.clone(),
            tasks => values.tasks.clone(),
            events => self.layout.has_events(),
            nats => self.has_nats(),
            otlp => self.tells_traces(),
            scales => self.scales(),
            jobs => self.has_jobs(),
            repeats => self.repeats(),
            audits => entities.iter().any(|entity| entity.audit),
            read => entities.first().map_or_else(|| "/auth/me".to_owned(), Entity::route),
            works => !self.service.service.tasks.is_empty(),
            guarded => self.guarded(),
            sockets => values.sockets.clone(),
            has_sockets => self.plan.service.as_ref().is_some_and(|whole| !whole.service.sockets.is_empty()),
            private_sockets => self.service.service.sockets.iter().any(|one| !one.access.is_public()),
            socket_rooms => self.service.service.sockets.iter().any(|one| one.route.parameters().next().is_some()),
            activity_routes => format!("crate::{}", self.layout.module(Part::Routes, events::ACTIVITY)),
            tables => tables,
            matrix => self.matrix(),
            diagrams => context! { components => mermaid::components(self.service), entities => mermaid::entities(self.service) },
            decisions => self.decided(),
            pages => self.pages_values(),
            sample => self.sample(),
            body_kib => self.body_kib(),
            patterns => context! { plain => PLAIN, email => EMAIL, web_address => WEB_ADDRESS },
            app => context! { schema => format!("crate::{}", self.schema_module()) },
            uses => context! {
                computed => self.holds_computed(),
                other_rates => self.service.service.endpoints.iter().any(|one| one.rate_limit.is_some_and(|limit| limit.seconds != 60)),
                known_day => self.has_default(|kind| matches!(kind, FieldType::Date)),
                known_id => self.has_default(|kind| matches!(kind, FieldType::Uuid)),
                day => self.uses(|kind| matches!(kind, FieldType::Date)),
                datetime => self.layout.has_events() || self.uses(|kind| matches!(kind, FieldType::Datetime)) || self.messages_hold_times(),
                references => self.uses(|kind| matches!(kind, FieldType::Reference { .. })),
                optional_booleans => entities.iter().flat_map(|entity| &entity.fields).any(|field| {
                    field.kind == FieldType::Boolean && field.optional && field.computed.is_none()
                }),
                held_back => entities.iter().any(|entity| self.holds_back(entity)),
                guarded_references => self.guards_references(),
                needs_rows => self.service.service.entities.iter().any(sample::needs_rows),
                refusals => self.service.service.endpoints.iter().any(|one| one.call.fallible),
                path => self.has_path_parameters(),
                query => self.places(Place::Query),
            },
            functions => self.plan.modules.iter().flat_map(|module| &module.functions).map(|one| context! {
                path => one.hole.0.clone(),
                doc => prose(&one.doc, 10_000).join(" ").replace('|', "\\|"),
            }).collect::<Vec<_>>(),
            ..self.particular.clone()
        }
    }

    fn body_kib(&self) -> u64 {
        let whole = self.plan.service.as_ref().unwrap_or(self.service);
        room::body_kib(&whole.service.entities, self.layout.has_pages())
    }

    /// Whether several processes of it are one service: they share the database, and rooms that are not of one process.
    fn scales(&self) -> bool {
        let is_gateway = self.particular.get_attr("gateway").is_ok_and(|gateway| gateway.is_true());
        self.is_on_postgresql() && (is_gateway || self.has_nats() || !self.has_sockets())
    }

    /// Whether something refers to rows of a kind whose references the database does not hold.
    fn guards_references(&self) -> bool {
        let entities = &self.service.service.entities;
        let mut names = entities.iter().flat_map(Entity::references).map(|(_, name)| name);
        names.any(|name| entities.iter().any(|one| one.name == *name && entity::is_guarded(one)))
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
            .map(|folder| part(folder.path, folder.doc, &self.may(folder)))
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

    /// What the files of a folder may import of what there is.
    fn may(&self, folder: &layout::Folder) -> Vec<&'static str> {
        folder.may.iter().copied().filter(|one| *one != "platform::jobs" || self.has_jobs()).collect()
    }

    /// Subjects with a folder of their own.
    pub(super) fn own_folders(&self) -> Vec<String> {
        if self.layout.is_by_subject() { self.subjects() } else { Vec::new() }
    }

    /// What has a folder of its own where the layout is by subject.
    pub(super) fn subjects(&self) -> Vec<String> {
        let service = &self.service.service;
        let entities = service.entities.iter().map(|entity| entity.name.to_string());
        let endpoints = service.endpoints.iter().map(Endpoint::name);
        let tasks = service.tasks.iter().map(|task| task.name.to_string());
        let sockets = service.sockets.iter().map(socket::name);
        entities.chain(endpoints).chain(tasks).chain(sockets).collect()
    }

    pub(super) fn top_modules(&self) -> Vec<String> {
        let own = match self.layout.is_by_subject() {
            true => self.subjects().into_iter().chain(["schema".to_owned()]).collect(),
            false => self
                .layout
                .folders
                .iter()
                .filter_map(|folder| folder.path.trim_end_matches(".rs").split('/').next())
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        };
        let all: BTreeSet<String> =
            own.into_iter().chain(["app".to_owned(), "platform".to_owned()]).collect();
        all.into_iter().collect()
    }

    pub(super) fn test_modules(&self) -> Vec<String> {
        let has = |name: &str| self.tests.as_ref().is_none_or(|tests| tests.contains(&name));
        let fixed = self.wanted().into_iter().flat_map(|folder| {
            let start = format!("service/{folder}tests/it/");
            embedded::TEMPLATES
                .iter()
                .filter_map(move |(name, _)| name.strip_prefix(&start)?.strip_suffix(".rs.tmpl"))
        });
        let is_there =
            |name: &&str| *name != "main" && has(name) && self.is_of_use(&format!("tests/it/{name}.rs"));
        let fixed = fixed.filter(is_there).map(str::to_owned);
        let shown = |endpoint: &Endpoint| !endpoint.examples.is_empty();
        let endpoints = &self.service.service.endpoints;
        let silent: Vec<String> = endpoints.iter().filter(|one| !shown(one)).map(Endpoint::name).collect();
        let subjects = self.subjects().into_iter().filter(|name| !silent.contains(name));
        let all: BTreeSet<String> = fixed.chain(subjects).chain(self.page_tests()).collect();
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
        for (endpoint, value) in service.endpoints.iter().zip(&self.values().endpoints) {
            let path = value.get_attr("route").map(|route| route.to_string()).unwrap_or_default();
            rows.push(row(endpoint.method.as_str(), path, &endpoint.access));
        }
        rows.extend(service.tasks.iter().map(|task| row("POST", task.route(), &task.access)));
        for (socket, value) in service.sockets.iter().zip(&self.values().sockets) {
            let path = value.get_attr("route").map(|route| route.to_string()).unwrap_or_default();
            rows.push(row("GET", path, &socket.access));
        }
        rows
    }

    /// An address that only those get an answer from who are known.
    fn guarded(&self) -> Option<String> {
        let has_accounts = self.particular.get_attr("accounts").is_ok_and(|accounts| accounts.is_true());
        let mut entities = self.service.service.entities.iter();
        match has_accounts {
            true => Some("/auth/me".to_owned()),
            false => entities.find(|one| !one.permissions.read.is_public()).map(Entity::route),
        }
    }

    /// An entity whose rows need no others, for tests of the platform.
    fn sample(&self) -> Option<Value> {
        let entities = self.service.service.entities.iter().zip(&self.values().entities);
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
pub(super) fn who(access: &Access) -> String {
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

//! The parts of a service by its architecture, and which of them uses which.

use serde::Serialize;

use crate::spec::Architecture;
use crate::spec::service::{Broker, Service, Telemetry};

/// A part of a service, or what stands around it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Component {
    /// Its name: lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// What it is for.
    pub purpose: String,
}

/// What a component is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// Who uses the service.
    Actor,
    /// Code of the service.
    Code,
    /// What keeps or carries data.
    Store,
}

/// One component uses another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Relation {
    /// The component that uses.
    pub from: String,
    /// The one that is used.
    pub to: String,
    /// For what.
    pub what: String,
}

/// Layers as `(name, purpose)` and arrows as `(from, to, what)`.
struct Shape {
    parts: &'static [(&'static str, &'static str)],
    arrows: &'static [(&'static str, &'static str, &'static str)],
    /// The part that people reach.
    entry: &'static str,
    /// The part that speaks with the database.
    store: &'static str,
    /// The part that calls the functions.
    rules: &'static str,
}

/// The parts of one process; what is divided into several is put together by hand.
fn shape(architecture: Architecture) -> Shape {
    match architecture {
        Architecture::Monolith => Shape {
            parts: &[("web", "routes and answers"), ("storage", "rows and queries")],
            arrows: &[("web", "storage", "reads and writes rows")],
            entry: "web",
            store: "storage",
            rules: "web",
        },
        Architecture::Layered => Shape {
            parts: &[
                ("presentation", "routes and answers"),
                ("business", "what is allowed and what follows"),
                ("persistence", "rows and queries"),
            ],
            arrows: &[
                ("presentation", "business", "asks for what a request wants"),
                ("business", "persistence", "reads and writes rows"),
            ],
            entry: "presentation",
            store: "persistence",
            rules: "business",
        },
        Architecture::Hexagonal => Shape {
            parts: &[
                ("http-adapter", "routes and answers"),
                ("domain", "what people may do, and the rules"),
                ("store-adapter", "the ports that keep rows"),
            ],
            arrows: &[
                ("http-adapter", "domain", "drives"),
                ("store-adapter", "domain", "fulfils the ports of"),
            ],
            entry: "http-adapter",
            store: "store-adapter",
            rules: "domain",
        },
        Architecture::Clean => Shape {
            parts: &[
                ("frameworks", "routes, queries and start"),
                ("adapters", "from requests and rows to use cases and back"),
                ("use-cases", "what the service does"),
                ("entities", "what always holds"),
            ],
            arrows: &[
                ("frameworks", "adapters", "calls"),
                ("adapters", "use-cases", "calls"),
                ("use-cases", "entities", "works on"),
            ],
            entry: "frameworks",
            store: "frameworks",
            rules: "use-cases",
        },
        Architecture::Mvc => Shape {
            parts: &[
                ("controllers", "requests and forms"),
                ("views", "pages, rendered by the server"),
                ("models", "rows and rules"),
            ],
            arrows: &[
                ("controllers", "models", "reads and writes rows"),
                ("controllers", "views", "renders"),
            ],
            entry: "controllers",
            store: "models",
            rules: "models",
        },
        Architecture::EventDriven => Shape {
            parts: &[
                ("web", "routes and answers"),
                ("commands", "what people ask for"),
                ("subscribers", "what follows from events"),
                ("storage", "rows and queries"),
            ],
            arrows: &[
                ("web", "commands", "sends"),
                ("commands", "broker", "publishes"),
                ("broker", "subscribers", "delivers"),
                ("subscribers", "storage", "writes rows"),
                ("web", "storage", "reads rows"),
            ],
            entry: "web",
            store: "storage",
            rules: "commands",
        },
        Architecture::Microservices | Architecture::Serverless => {
            Shape { parts: &[], arrows: &[], entry: "gateway", store: "", rules: "" }
        }
    }
}

/// The parts that are about rows.
const OF_ROWS: &[&str] = &["storage", "persistence", "store-adapter", "entities", "subscribers", "broker"];

impl Shape {
    /// Whether a part is there: those about rows only where rows are kept.
    fn has(&self, name: &str, service: &Service) -> bool {
        !service.entities.is_empty() || !OF_ROWS.contains(&name)
    }

    /// What speaks with the database: the platform, which keeps accounts, where nothing else does.
    fn keeper(&self, service: &Service) -> &'static str {
        if self.has(self.store, service) { self.store } else { "platform" }
    }
}

/// The components of a service and their relations.
pub(super) fn components(architecture: Architecture, service: &Service) -> (Vec<Component>, Vec<Relation>) {
    let mut graph = Graph::default();
    let shape = shape(architecture);
    graph.add("people", ComponentKind::Actor, "who use the service");
    for (name, purpose) in shape.parts.iter().filter(|(name, _)| shape.has(name, service)) {
        graph.add(name, ComponentKind::Code, purpose);
    }
    let platform = "log-in, roles, limits, errors, health";
    graph.add("platform", ComponentKind::Code, platform);
    match architecture {
        Architecture::Microservices => graph.microservices(service),
        Architecture::Serverless => graph.serverless(service),
        _ => graph.process(&shape, service),
    }
    if service.settings.telemetry == Telemetry::Otlp {
        graph.add("collector", ComponentKind::Store, "traces of requests");
        graph.relate("platform", "collector", "reports to");
    }
    (graph.components, graph.relations)
}

#[derive(Default)]
struct Graph {
    components: Vec<Component>,
    relations: Vec<Relation>,
}

impl Graph {
    fn add(&mut self, name: &str, kind: ComponentKind, purpose: &str) {
        self.components.push(Component { name: name.to_owned(), kind, purpose: purpose.to_owned() });
    }

    fn relate(&mut self, from: &str, to: &str, what: &str) {
        let (from, to, what) = (from.to_owned(), to.to_owned(), what.to_owned());
        self.relations.push(Relation { from, to, what });
    }

    fn process(&mut self, shape: &Shape, service: &Service) {
        self.relate("people", shape.entry, "ask");
        if let Some(broker) = service.settings.broker {
            let purpose = match broker {
                Broker::InProcess => "events, inside the process",
                Broker::Nats => "events, in NATS JetStream",
            };
            self.add("broker", ComponentKind::Store, purpose);
        }
        let is_there =
            |(from, to, _): &&(&str, &str, &str)| shape.has(from, service) && shape.has(to, service);
        for (from, to, what) in shape.arrows.iter().filter(is_there) {
            self.relate(from, to, what);
        }
        self.relate(shape.entry, "platform", "is guarded by");
        self.database("database", shape.keeper(service), service);
        self.further(shape, service);
    }

    /// Tasks, sockets and functions, where there are any.
    fn further(&mut self, shape: &Shape, service: &Service) {
        if !service.sockets.is_empty() {
            self.add("sockets", ComponentKind::Code, "rooms, limits, slow readers");
            self.relate("people", "sockets", "talk");
            self.relate("sockets", "platform", "is guarded by");
        }
        if !service.tasks.is_empty() {
            self.add("jobs", ComponentKind::Code, "schedules, retries, dead letters");
            self.relate(shape.entry, "jobs", "enqueues");
            self.relate("jobs", "database", "keeps its queue in");
        }
        for (module, user) in functions(service) {
            let name = format!("{module}-functions");
            if self.components.iter().all(|component| component.name != name) {
                self.add(&name, ComponentKind::Code, "pure functions, proved by examples");
            }
            let user = match user {
                User::Rules => shape.rules,
                User::Sockets => "sockets",
                User::Jobs => "jobs",
            };
            let known = self.relations.iter().any(|one| one.from == user && one.to == name);
            if !known {
                self.relate(user, &name, "calls");
            }
        }
    }

    fn database(&mut self, name: &str, user: &str, service: &Service) {
        let purpose = format!("rows, in {}", service.settings.database.as_str());
        self.add(name, ComponentKind::Store, &purpose);
        self.relate(user, name, "keeps rows in");
    }

    fn microservices(&mut self, service: &Service) {
        self.add("gateway", ComponentKind::Code, "the one address that people know");
        self.add("contracts", ComponentKind::Code, "what the services say to each other");
        self.relate("people", "gateway", "ask");
        self.relate("gateway", "platform", "is guarded by");
        for name in &service.settings.services {
            let name = name.hyphenated();
            self.add(&name, ComponentKind::Code, "a service of its own");
            self.relate("gateway", &name, "passes on to");
            self.relate(&name, "contracts", "speaks");
            self.relate(&name, "platform", "is guarded by");
            self.database(&format!("{name}-database"), &name, service);
        }
    }

    fn serverless(&mut self, service: &Service) {
        self.add("gateway", ComponentKind::Code, "runs the functions of this machine");
        self.add("shared", ComponentKind::Code, "what all functions have in common");
        self.relate("people", "gateway", "ask");
        self.relate("shared", "platform", "is guarded by");
        self.database("database", "shared", service);
        let entities = service.entities.iter().map(|entity| entity.plural.hyphenated());
        let endpoints = service.endpoints.iter().map(|endpoint| endpoint.name().replace('_', "-"));
        let tasks = service.tasks.iter().map(|task| format!("task-{}", task.name.hyphenated()));
        for name in entities.chain(endpoints).chain(tasks).map(|name| format!("fn-{name}")) {
            self.add(&name, ComponentKind::Code, "a function of its own");
            self.relate("gateway", &name, "calls");
            self.relate(&name, "shared", "uses");
        }
    }
}

/// Which part calls a function.
enum User {
    Rules,
    Sockets,
    Jobs,
}

/// The modules of functions with the parts that call them.
fn functions(service: &Service) -> Vec<(&str, User)> {
    let fields = service.entities.iter().flat_map(|entity| &entity.fields);
    let of_fields = fields.flat_map(|field| field.check.iter().chain(&field.computed));
    let of_endpoints = service.endpoints.iter().map(|endpoint| &endpoint.call);
    let rules = of_fields.chain(of_endpoints).map(|call| (call, User::Rules));
    let sockets = service.sockets.iter().filter_map(|socket| Some((socket.check.as_ref()?, User::Sockets)));
    let jobs = service.tasks.iter().map(|task| (&task.call, User::Jobs));
    rules.chain(sockets).chain(jobs).map(|(call, user)| (call.path.module.as_str(), user)).collect()
}

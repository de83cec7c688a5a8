//! What a service answers to whom: every route with its roles, its request and its response.

use serde::Serialize;

use crate::spec::service::{
    Access, Data, Endpoint, Entity, Field, Name, Permissions, Place, Prose, RateLimit, Service, Socket, Task,
};

/// One route.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Contract {
    /// The method.
    pub method: &'static str,
    /// The path, with parameters in braces.
    pub route: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Who may ask.
    pub access: Access,
    /// How often one may ask, where that differs from the platform's limit.
    pub rate_limit: Option<RateLimit>,
    /// The service that answers, of microservices.
    pub service: Option<Name>,
    /// What goes in.
    pub request: Vec<ContractField>,
    /// The status of success.
    pub status: u16,
    /// What comes out.
    pub response: Vec<ContractField>,
}

/// Where a route comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The rows of an entity.
    Entity {
        /// The entity.
        name: Name,
        /// What is done with its rows.
        action: Action,
    },
    /// An endpoint.
    Endpoint {
        /// What it does.
        doc: Prose,
    },
    /// A task that is enqueued.
    Task {
        /// What it does.
        doc: Prose,
    },
    /// A socket that is opened.
    Socket {
        /// What it is for.
        doc: Prose,
    },
}

/// What is done with the rows of an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Makes one.
    Create,
    /// Lists them, page by page.
    List,
    /// Gives one.
    Read,
    /// Puts new values in the place of those of one.
    Update,
    /// Deletes one.
    Delete,
}

/// A field of a request or of a response.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ContractField {
    /// Its name.
    pub name: String,
    /// What it holds, in words of ours.
    pub kind: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it must be there.
    pub required: bool,
}

impl Origin {
    /// What the route does; the text of an endpoint, a task or a socket is a stranger's.
    pub(in crate::plan) fn purpose(&self) -> String {
        match self {
            Self::Entity { name, action } => match action {
                Action::Create => format!("makes a row of {name}"),
                Action::List => format!("lists rows of {name}"),
                Action::Read => format!("gives a row of {name}"),
                Action::Update => format!("changes a row of {name}"),
                Action::Delete => format!("deletes a row of {name}"),
            },
            Self::Endpoint { doc } | Self::Task { doc } | Self::Socket { doc } => doc.untrusted().to_owned(),
        }
    }
}

/// Every route of a service beyond those of the platform.
pub(super) fn contracts(service: &Service) -> Vec<Contract> {
    let entities = service.entities.iter().flat_map(of_entity);
    let endpoints = service.endpoints.iter().map(of_endpoint);
    let tasks = service.tasks.iter().map(of_task);
    let sockets = service.sockets.iter().map(of_socket);
    entities.chain(endpoints).chain(tasks).chain(sockets).collect()
}

fn of_entity(entity: &Entity) -> [Contract; 5] {
    [Action::Create, Action::List, Action::Read, Action::Update, Action::Delete]
        .map(|action| entity_contract(entity, action))
}

fn entity_contract(entity: &Entity, action: Action) -> Contract {
    let Permissions { create, read, update, delete } = &entity.permissions;
    let (all, one) = (entity.route(), format!("{}/{{id}}", entity.route()));
    let id = || vec![given("id", "uuid", Place::Path, true)];
    let page = || {
        vec![
            given("limit", "integer from 1 to 100", Place::Query, false),
            given("cursor", "text", Place::Query, false),
        ]
    };
    let list = || {
        vec![
            given("items", &format!("list of {}", entity.name), Place::Body, true),
            given("next", "text", Place::Body, false),
        ]
    };
    let (method, route, access, status) = match action {
        Action::Create => ("POST", all, create, 201),
        Action::List => ("GET", all, read, 200),
        Action::Read => ("GET", one, read, 200),
        Action::Update => ("PUT", one, update, 200),
        Action::Delete => ("DELETE", one, delete, 204),
    };
    let (request, response) = match action {
        Action::Create => (inputs(entity), row(entity)),
        Action::List => (page(), list()),
        Action::Read => (id(), row(entity)),
        Action::Update => (id().into_iter().chain(inputs(entity)).collect(), row(entity)),
        Action::Delete => (id(), Vec::new()),
    };
    Contract {
        method,
        route,
        origin: Origin::Entity { name: entity.name.clone(), action },
        access: access.clone(),
        rate_limit: None,
        service: entity.service.clone(),
        request,
        status,
        response,
    }
}

fn inputs(entity: &Entity) -> Vec<ContractField> {
    let set = entity.fields.iter().filter(|field| field.computed.is_none());
    set.map(|field| given(field.name.as_str(), &field.kind.described(), Place::Body, field.is_required()))
        .collect()
}

/// A row as it is given out: what everyone has, and the fields.
fn row(entity: &Entity) -> Vec<ContractField> {
    let own =
        |field: &Field| given(field.name.as_str(), &field.kind.described(), Place::Body, !field.optional);
    let mut row = vec![given("id", "uuid", Place::Body, true)];
    row.extend(entity.fields.iter().map(own));
    row.extend(["created_at", "updated_at"].map(|name| given(name, "datetime", Place::Body, true)));
    row
}

fn of_endpoint(endpoint: &Endpoint) -> Contract {
    let request = endpoint.call.parameters.iter().map(|parameter| {
        let (place, required) = (endpoint.place(parameter), !parameter.data.is_optional());
        given(&parameter.name, &described(parameter.data.present()), place, required)
    });
    Contract {
        method: endpoint.method.as_str(),
        route: endpoint.route.to_string(),
        origin: Origin::Endpoint { doc: endpoint.doc.clone() },
        access: endpoint.access.clone(),
        rate_limit: endpoint.rate_limit,
        service: endpoint.service.clone(),
        request: request.collect(),
        status: 200,
        response: vec![result(&endpoint.call.answer)],
    }
}

fn result(answer: &Data) -> ContractField {
    given("result", &described(answer.present()), Place::Body, !answer.is_optional())
}

fn of_task(task: &Task) -> Contract {
    let key = given("Idempotency-Key", "text", Place::Header, true);
    let payload = task.call.parameters.iter().map(|parameter| {
        let required = !parameter.data.is_optional();
        given(&parameter.name, &described(parameter.data.present()), Place::Body, required)
    });
    Contract {
        method: "POST",
        route: task.route(),
        origin: Origin::Task { doc: task.doc.clone() },
        access: task.access.clone(),
        rate_limit: None,
        service: task.service.clone(),
        request: [key].into_iter().chain(payload).collect(),
        status: 202,
        response: vec![given("job", "uuid", Place::Body, true)],
    }
}

fn of_socket(socket: &Socket) -> Contract {
    let path = socket.route.parameters().map(|name| given(name, "text", Place::Path, true));
    let message = socket
        .message
        .iter()
        .map(|field| given(field.name.as_str(), &field.kind.described(), Place::Message, !field.optional));
    let fields: Vec<ContractField> = message.collect();
    Contract {
        method: "GET",
        route: socket.route.to_string(),
        origin: Origin::Socket { doc: socket.doc.clone() },
        access: socket.access.clone(),
        rate_limit: socket.rate_limit,
        service: socket.service.clone(),
        request: path.chain(fields.clone()).collect(),
        status: 101,
        response: fields,
    }
}

fn given(name: &str, kind: &str, place: Place, required: bool) -> ContractField {
    ContractField { name: name.to_owned(), kind: kind.to_owned(), place, required }
}

fn described(data: &Data) -> String {
    match data {
        Data::Text => "text".to_owned(),
        Data::Boolean => "boolean".to_owned(),
        Data::Integer(name) => format!("integer ({name})"),
        Data::Number => "number".to_owned(),
        Data::Optional(inner) => format!("{} or null", described(inner)),
        Data::List(inner) => format!("list of {}", described(inner)),
    }
}

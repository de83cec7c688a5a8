//! The addresses that the gateway of microservices passes on.

use minijinja::{Value, context};

use crate::plan::asked::{Entity, Name, Service};

use super::microservices::is_of;
use super::noun::type_name;
use super::{call, socket};

/// An address, who answers there, and who opens a socket.
struct Address<'s> {
    path: String,
    services: Vec<&'s Name>,
    socket: Option<&'s Name>,
}

impl<'s> Address<'s> {
    fn of(path: String, service: Option<&'s Name>) -> Self {
        Self { path, services: service.into_iter().collect(), socket: None }
    }

    /// Adds those who answer at the same place.
    fn join(&mut self, other: Self) {
        let new = other.services.into_iter().filter(|one| !self.services.contains(one));
        let new: Vec<&Name> = new.collect();
        self.services.extend(new);
    }

    fn value(&self) -> Value {
        let ty = |name: &&Name| type_name(name.as_str());
        let services: Vec<String> = self.services.iter().map(ty).collect();
        context! { path => self.path.clone(), services => services, socket => self.socket.as_ref().map(ty) }
    }
}

/// Every address with the services that answer there. What became of a job is known to whoever did it.
pub(super) fn all(service: &Service) -> Vec<Value> {
    let of_entity = |one: &'_ Entity| [one.route(), format!("{}/{{id}}", one.route())];
    let entities = service
        .entities
        .iter()
        .flat_map(|one| of_entity(one).map(|path| Address::of(path, one.service.as_ref())));
    let sockets = service.sockets.iter().map(|one| {
        let service = one.service.as_ref();
        Address { socket: service, ..Address::of(socket::address(one), service) }
    });
    let tasks = service.tasks.iter().map(|task| Address::of(task.route(), task.service.as_ref()));
    let addresses = entities.chain(endpoints(service)).chain(sockets).chain(tasks).chain(jobs(service));
    addresses.map(|address| address.value()).collect()
}

/// Those of endpoints, of which several may have one, in several services.
fn endpoints(service: &Service) -> Vec<Address<'_>> {
    let mut all: Vec<Address<'_>> = Vec::new();
    for endpoint in &service.endpoints {
        let address = Address::of(call::route(endpoint), endpoint.service.as_ref());
        match all.iter_mut().find(|known| known.path == address.path) {
            Some(known) => known.join(address),
            None => all.push(address),
        }
    }
    all
}

/// Where it is asked what became of a job.
fn jobs(service: &Service) -> Option<Address<'_>> {
    let works = |name: &&Name| service.tasks.iter().any(|task| is_of(name)(&task.service));
    let services: Vec<&Name> = service.settings.services.iter().filter(works).collect();
    (!services.is_empty()).then(|| Address { path: "/tasks/{id}".to_owned(), services, socket: None })
}

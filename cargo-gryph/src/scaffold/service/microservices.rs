//! A service that is divided into several: a gateway, what all share, and a crate for each service.

use std::cell::OnceCell;

use minijinja::{Value, context};

use crate::plan::asked::{Entity, Name, Service};
use crate::plan::{Architecture, Plan, Project, ServicePlan};

use crate::tree::Tree;

use super::super::ScaffoldError;
use super::super::templates::{Templates, renamed};
use super::layout::Layout;
use super::noun::type_name;
use super::{TREE, Writer, address, dotted, manifest, once};

/// Templates that only such services have.
const OWN: &str = "with/microservices/";

/// Within the platform, whose parts are modules of others in services of one crate.
const INSIDE: &[(&str, &str)] = &[("crate::platform::", "crate::")];
/// Where the platform is a crate.
const OUTSIDE: &[(&str, &str)] =
    &[("{{ crate_name }}::platform::", "platform::"), ("crate::platform::", "platform::")];
/// The gateway has settings of its own.
const GATEWAY: &[(&str, &str)] =
    &[("{{ crate_name }}::platform::settings", "{{ crate_name }}::settings"), OUTSIDE[0], OUTSIDE[1]];

/// The tests of the platform that each service has.
const SERVICE_TESTS: &[&str] = &[
    "fuzz",
    "health",
    "housekeeping",
    "idempotency",
    "openapi",
    "startup",
    "serving",
    "settings",
    "support",
];
/// Those that the gateway has.
const GATEWAY_TESTS: &[&str] = &[
    "accounts",
    "fuzz",
    "health",
    "housekeeping",
    "limits",
    "matrix",
    "openapi",
    "startup",
    "serving",
    "settings",
    "support",
];
/// What the tests of sockets stand on.
const WIRE: &str = "wire";
/// What the gateway has besides where WebSockets go through it.
const TUNNELS: &str = "with/tunnels/";
/// Its tests of how they are opened.
const OPENINGS: &str = "openings";
/// What else a crate takes of the templates that stand once in a service of one crate.
const PROGRAM: &[&str] =
    &["src/main.rs", "migrations/0001_platform.sql", "settings.example.toml", "tests/it/main.rs"];

/// Writes the workspace around its rules.
pub(super) fn scaffold(plan: &Plan, service: &ServicePlan, tree: &mut Tree) -> Result<(), ScaffoldError> {
    let names = &service.service.settings.services;
    let inside = renamed(INSIDE);
    let outside = renamed(OUTSIDE);
    let gateway = renamed(GATEWAY);
    workspace(&writer(plan, service, &outside, "", shared(service, true))?, tree)?;
    platform(&writer(plan, service, &inside, "platform/", shared(service, true))?, tree)?;
    contracts(&writer(plan, service, &outside, "contracts/", shared(service, true))?, tree)?;
    let whole =
        ServicePlan { project: named(service, "gateway", &service.project.summary), ..service.clone() };
    self::gateway(&writer(plan, &whole, &gateway, "gateway/", shared(service, true))?, tree)?;
    for name in names {
        let part = part(service, name);
        let place = format!("services/{}/", name.hyphenated());
        let audience = context! { name => name.as_str(), ty => type_name(name.as_str()) };
        let particular = context! { audience => audience, ..shared(service, false) };
        let writer = writer(plan, &part, &outside, &place, particular)?;
        let tests = service_tests(&part.service);
        member(&Writer { tests: Some(tests.clone()), ..writer }, &tests, tree)?;
    }
    Ok(())
}

/// The tests of the platform that a service has.
fn service_tests(service: &Service) -> Vec<&'static str> {
    let jobs = (!service.tasks.is_empty()).then_some("jobs");
    let wire = (!service.sockets.is_empty()).then_some(WIRE);
    SERVICE_TESTS.iter().copied().chain(jobs).chain(wire).collect()
}

fn writer<'a>(
    plan: &'a Plan,
    service: &'a ServicePlan,
    texts: &'a [(&'static str, String)],
    place: &str,
    particular: Value,
) -> Result<Writer<'a>, ScaffoldError> {
    let texts = texts.iter().map(|(name, text)| (*name, text.as_str()));
    Ok(Writer {
        plan,
        service,
        layout: Layout::of(Architecture::Microservices, !service.service.entities.is_empty()),
        templates: Templates::over("service", texts)?,
        place: place.to_owned(),
        tests: None,
        particular,
        values: OnceCell::new(),
    })
}

/// What the templates of every crate may say. The gateway alone has accounts.
fn shared(service: &ServicePlan, accounts: bool) -> Value {
    let services: Vec<Value> =
        service.service.settings.services.iter().map(|name| service_value(service, name)).collect();
    context! {
        accounts => accounts,
        divided => true,
        gateway => accounts,
        serverless => false,
        project => service.project.name.clone(),
        services => services,
        routes => address::all(&service.service),
    }
}

fn service_value(service: &ServicePlan, name: &Name) -> Value {
    let project = named(service, &name.hyphenated(), "");
    context! {
        name => name.as_str(),
        hyphenated => name.hyphenated(),
        ty => type_name(name.as_str()),
        variable => name.as_str().to_uppercase(),
        package => project.name.clone(),
        crate_name => project.crate_name(),
        prefix => project.name.replace('-', "_").to_uppercase(),
    }
}

/// The project of one crate.
fn named(service: &ServicePlan, name: &str, summary: &str) -> Project {
    let project = &service.project;
    Project { name: format!("{}-{name}", project.name), summary: summary.to_owned(), ..project.clone() }
}

pub(super) fn is_of<'n>(name: &'n Name) -> impl Fn(&Option<Name>) -> bool + use<'n> {
    move |service| service.as_ref() == Some(name)
}

fn entities<'s>(service: &'s Service, name: &Name) -> impl Iterator<Item = &'s Entity> {
    service.entities.iter().filter(move |one| is_of(name)(&one.service))
}

/// What one service does of the whole.
fn part(service: &ServicePlan, name: &Name) -> ServicePlan {
    let whole = &service.service;
    let is_ours = is_of(name);
    let summary = format!("The service `{}` of {}", name.hyphenated(), service.project.name);
    ServicePlan {
        project: named(service, &name.hyphenated(), &summary),
        service: Service {
            entities: entities(whole, name).cloned().collect(),
            endpoints: whole.endpoints.iter().filter(|one| is_ours(&one.service)).cloned().collect(),
            tasks: whole.tasks.iter().filter(|one| is_ours(&one.service)).cloned().collect(),
            sockets: whole.sockets.iter().filter(|one| is_ours(&one.service)).cloned().collect(),
            ..whole.clone()
        },
        ..service.clone()
    }
}

fn own(template: &str, crate_folder: &str) -> Option<String> {
    template.strip_prefix(OWN)?.strip_prefix(crate_folder).map(dotted)
}

fn workspace(writer: &Writer<'_>, tree: &mut Tree) -> Result<(), ScaffoldError> {
    let common = writer.common();
    writer.templates_at(tree, &common, |template| {
        own(template, "root/").or_else(|| once(template, &["docs/runbook.md"]))
    })?;
    writer.decisions(tree, &common)
}

fn contracts(writer: &Writer<'_>, tree: &mut Tree) -> Result<(), ScaffoldError> {
    writer.templates_at(tree, &writer.common(), |template| own(template, "contracts/"))
}

fn platform(writer: &Writer<'_>, tree: &mut Tree) -> Result<(), ScaffoldError> {
    writer.templates_at(tree, &writer.common(), |template| {
        let module = || {
            let path = writer.of_whole(template)?.strip_prefix("src/platform/")?;
            // The crate's root says what the module's does.
            (path != "mod.rs").then(|| format!("src/{path}"))
        };
        own(template, "platform/").or_else(module)
    })
}

fn gateway(writer: &Writer<'_>, tree: &mut Tree) -> Result<(), ScaffoldError> {
    let traces = writer.tells_traces().then_some("traces");
    let wire = writer.has_sockets().then_some(WIRE);
    let tests: Vec<&str> = GATEWAY_TESTS.iter().copied().chain(traces).chain(wire).collect();
    let sockets: Vec<String> = writer.service.service.sockets.iter().map(super::socket::name).collect();
    let openings = writer.has_sockets().then_some(OPENINGS);
    let own_tests = ["neighbours", "passing"].into_iter().chain(openings).map(str::to_owned);
    let own_tests = own_tests.chain(sockets.iter().cloned());
    // Whatever is worked at is worked at by services.
    let common = context! {
        test_modules => tests.iter().map(ToString::to_string).chain(own_tests).collect::<Vec<_>>(),
        works => false,
        ..writer.common()
    };
    for (name, value) in sockets.iter().zip(&writer.values().sockets) {
        let values = context! { ..value.clone(), ..common.clone() };
        writer.add(tree, format!("tests/it/{name}.rs"), "test/tunnel.rs", &values)?;
    }
    writer.templates_at(tree, &common, |template| {
        own(template, "gateway/")
            .or_else(|| template.strip_prefix(TUNNELS).filter(|_| !sockets.is_empty()).map(dotted))
            .or_else(|| writer.of_whole(template).and_then(|place| program(place, &tests)))
            .or_else(|| manifest(template))
            .or_else(|| once(template, &["examples/load.rs"]))
    })
}

/// The place of a file that every program of the workspace has.
fn program(place: &str, tests: &[&str]) -> Option<String> {
    let test = place.strip_prefix("tests/it/").and_then(|name| name.strip_suffix(".rs"));
    let is_ours = PROGRAM.contains(&place) || test.is_some_and(|name| tests.contains(&name));
    is_ours.then(|| place.to_owned())
}

/// A service: its layers, and the program around them.
fn member(writer: &Writer<'_>, tests: &[&str], tree: &mut Tree) -> Result<(), ScaffoldError> {
    let modules = writer.top_modules().into_iter().filter(|name| name != "platform");
    let common = context! {
        modules => modules.collect::<Vec<_>>(),
        rules => calls_rules(&writer.service.service),
        ..writer.common()
    };
    writer.parts(tree, &common)?;
    let whole = |place: &str| ["src/app.rs", "src/lib.rs"].contains(&place).then(|| place.to_owned());
    writer.templates_at(tree, &common, |template| {
        let crate_of_one =
            || program(writer.of_whole(template)?, tests).or_else(|| whole(template.strip_prefix(TREE)?));
        own(template, "member/").or_else(crate_of_one).or_else(|| manifest(template))
    })
}

/// Whether a service calls a function of its own.
fn calls_rules(service: &Service) -> bool {
    let mut fields = service.entities.iter().flat_map(|entity| &entity.fields);
    !service.endpoints.is_empty()
        || !service.tasks.is_empty()
        || service.sockets.iter().any(|socket| socket.check.is_some())
        || fields.any(|field| field.check.is_some() || field.computed.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_tests_that_are_about_it() {
        let place = |place| program(place, SERVICE_TESTS);
        assert_eq!(place("src/main.rs").as_deref(), Some("src/main.rs"));
        assert_eq!(place("tests/it/fuzz.rs").as_deref(), Some("tests/it/fuzz.rs"));
        assert_eq!(place("tests/it/jobs.rs"), None);
        assert_eq!(place("tests/it/accounts.rs"), None);
        assert_eq!(place("Cargo.toml"), None);
    }

    #[test]
    fn templates_lie_in_their_crate() {
        assert_eq!(own("with/microservices/root/gitignore", "root/").as_deref(), Some(".gitignore"));
        assert_eq!(own("with/microservices/root/gitignore", "gateway/"), None);
    }
}

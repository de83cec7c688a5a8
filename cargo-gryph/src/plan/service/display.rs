//! The plan of a service as a person reads it on a terminal.

use std::fmt;

use super::{Contract, ServicePlan, line};
use crate::spec::service::{Access, Entity, Field, Place, Settings};

impl fmt::Display for ServicePlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}; complexity {}", settings(&self.service.settings), self.service.complexity)?;
        if !self.service.entities.is_empty() {
            writeln!(formatter, "\nEntities")?;
        }
        self.service.entities.iter().try_for_each(|entity| show_entity(formatter, entity))?;
        writeln!(formatter, "\nInterface")?;
        self.contracts.iter().try_for_each(|contract| show_contract(formatter, contract))?;
        if !self.service.tasks.is_empty() {
            writeln!(formatter, "\nTasks")?;
        }
        for task in &self.service.tasks {
            let schedule = task.schedule.as_ref().map(|one| format!("every {}", one.every));
            let schedule = schedule.unwrap_or_else(|| "when it is enqueued".to_owned());
            let again = format!("{} retries from {}", task.retries, task.backoff);
            writeln!(formatter, "  {}: {schedule}, {again}, calls {}", task.name, task.call.path)?;
        }
        writeln!(formatter, "\nComponents")?;
        for component in &self.components {
            writeln!(formatter, "  {}: {}", component.name, component.purpose)?;
        }
        writeln!(formatter, "\nRelations")?;
        for relation in &self.relations {
            writeln!(formatter, "  {} → {}: {}", relation.from, relation.to, relation.what)?;
        }
        writeln!(formatter, "\nSecurity: {}", self.service.settings.security.as_str())?;
        self.demands.iter().try_for_each(|demand| writeln!(formatter, "  {demand}"))
    }
}

/// The settings on one line.
pub(in crate::plan) fn settings(settings: &Settings) -> String {
    let mut parts = vec![
        format!("security {}", settings.security.as_str()),
        settings.scalability.as_str().to_owned(),
        settings.database.as_str().to_owned(),
    ];
    parts.extend(settings.broker.map(|broker| format!("broker {}", broker.as_str())));
    parts.push(format!("telemetry {}", settings.telemetry.as_str()));
    parts.push(format!("access tokens of {}", settings.access_token));
    let roles: Vec<&str> = settings.roles.iter().map(|role| role.as_str()).collect();
    parts.push(format!("roles admin, {}", roles.join(", ")));
    parts.join("; ")
}

/// Who may do something, in words.
pub(in crate::plan) fn access(access: &Access) -> String {
    match access {
        Access::Public => "everybody".to_owned(),
        Access::Roles(roles) if roles.is_empty() => "admin".to_owned(),
        Access::Roles(roles) => roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// What marks an entity, in words.
pub(in crate::plan) fn marks(entity: &Entity) -> Vec<String> {
    let marks = [(entity.owned, "owned"), (entity.audit, "audited"), (entity.soft_delete, "soft delete")];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark.to_owned());
    marks.chain(entity.service.iter().map(|service| format!("of {service}"))).collect()
}

/// What marks a field, in words.
pub(in crate::plan) fn field_marks(field: &Field) -> Vec<String> {
    let marks =
        [(field.unique, "unique"), (field.optional, "optional"), (field.default.is_some(), "has a default")];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark.to_owned());
    let check = field.check.iter().map(|call| format!("checked by {}", call.path));
    let computed = field.computed.iter().map(|call| format!("computed by {}", call.path));
    marks.chain(check).chain(computed).collect()
}

fn show_entity(formatter: &mut fmt::Formatter<'_>, entity: &Entity) -> fmt::Result {
    let marks = marks(entity);
    let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
    writeln!(formatter, "  {}{marks}: {}", entity.name, line(&entity.doc))?;
    for field in &entity.fields {
        let kind: Vec<String> = [field.kind.described()].into_iter().chain(field_marks(field)).collect();
        writeln!(formatter, "    {}: {}", field.name, kind.join(", "))?;
    }
    Ok(())
}

fn show_contract(formatter: &mut fmt::Formatter<'_>, contract: &Contract) -> fmt::Result {
    let limit = contract.rate_limit.map(|limit| format!(", {limit}")).unwrap_or_default();
    let who = access(&contract.access);
    writeln!(
        formatter,
        "  {} {} ({who}{limit}): {}",
        contract.method,
        contract.route,
        contract.origin.purpose()
    )?;
    let request: Vec<String> = contract.request.iter().map(field).collect();
    let response: Vec<String> = contract.response.iter().map(field).collect();
    if !request.is_empty() {
        writeln!(formatter, "    takes {}", request.join(", "))?;
    }
    match response.is_empty() {
        true => writeln!(formatter, "    gives {}", contract.status),
        false => writeln!(formatter, "    gives {}: {}", contract.status, response.join(", ")),
    }
}

/// A field of a contract in a few letters: `title`, `note?`, `{id}`.
pub(in crate::plan) fn field(field: &super::ContractField) -> String {
    let name = match field.place {
        Place::Path => format!("{{{}}}", field.name),
        Place::Query | Place::Body | Place::Header | Place::Message => field.name.clone(),
    };
    if field.required { name } else { format!("{name}?") }
}

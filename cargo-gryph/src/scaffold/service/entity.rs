//! An entity as the values of its templates.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::plan::asked::{Access, Call, Entity, Field, FieldType, Name};
use crate::plan::{comment, prose};

use super::computed::{self, Computed};
use super::field;
use super::layout::{Layout, Part};
use super::noun::{noun, type_name};
use super::sample::{self, Number};

/// What an entity's templates have to know besides the entity.
pub(super) struct Surroundings<'a> {
    pub(super) layout: &'a Layout,
    /// The roles of the service, without `admin`.
    pub(super) roles: &'a [Name],
    /// The crate of the pure functions, as Rust names it.
    pub(super) rules: &'a str,
    /// All entities of the service.
    pub(super) entities: &'a [Entity],
}

/// Everything the templates may say about an entity.
pub(super) fn values(entity: &Entity, around: &Surroundings<'_>) -> Value {
    let own = |part| format!("crate::{}", around.layout.module(part, entity.name.as_str()));
    let columns: Vec<String> = entity.fields.iter().map(field::column).collect();
    let fields: Vec<Value> = entity.fields.iter().map(|field| field::values(entity, field)).collect();
    let kinds: BTreeSet<&str> = entity.fields.iter().filter_map(|field| kind(field)).collect();
    let references: BTreeSet<&str> =
        entity.fields.iter().filter_map(field::reference).map(Name::as_str).collect();
    let checks = checks(entity, around.rules);
    context! {
        noun => noun(entity.name.as_str(), entity.plural.as_str()),
        doc => prose(entity.doc.untrusted(), 96).join("\n"),
        module_doc => comment("//!", &prose(entity.doc.untrusted(), 96), 0),
        type_doc => comment("///", &prose(entity.doc.untrusted(), 96), 0),
        route => entity.route(),
        owned => entity.owned,
        audit => entity.audit,
        soft_delete => entity.soft_delete,
        has_port => around.layout.has_ports(),
        at => context! {
            entity => own(Part::Entity),
            port => own(Part::Port),
            use_cases => own(Part::UseCases),
            store => own(Part::Store),
            event => own(Part::Event),
            handler => own(Part::Handler),
        },
        access => context! {
            create => access(&entity.permissions.create),
            read => access(&entity.permissions.read),
            update => access(&entity.permissions.update),
            delete => access(&entity.permissions.delete),
        },
        names_roles => entity.permissions.by_key().iter().any(|(_, access)| matches!(access, Access::Roles(roles) if !roles.is_empty())),
        fields => fields,
        kinds => kinds.into_iter().map(str::to_owned).collect::<Vec<String>>(),
        references => references.into_iter().map(str::to_owned).collect::<Vec<String>>(),
        enums => entity.fields.iter().filter_map(|one| field::choices(entity, one)).collect::<Vec<_>>(),
        computed => computed::lines(entity, around.rules),
        holds_computed => entity.fields.iter().any(|one| Computed::in_field(one).is_some()),
        checks => checks,
        insert => insert(entity, &columns),
        update => update(entity, &columns),
        binds => entity.fields.iter().map(|one| field::bound(entity.name.as_str(), one, entity)).collect::<Vec<_>>(),
        reads => entity.fields.iter().map(|one| context! { name => one.name.as_str(), value => field::read(one) }).collect::<Vec<_>>(),
        reads_columns => entity.fields.iter().any(|one| field::read(one).contains("try_get")),
        unique => entity.fields.iter().filter(|one| one.unique).map(field::column).collect::<Vec<_>>(),
        uses_time => entity.fields.iter().any(|one| matches!(one.kind, FieldType::Datetime) && one.optional),
        optional_enums => entity.fields.iter().filter(|one| one.optional && matches!(one.kind, FieldType::OneOf { .. })).map(|one| field::enum_name(entity, one)).collect::<Vec<_>>(),
        refers => refers(entity, around.entities),
        sees => targets(entity, around.entities).any(|(_, target)| target.owned),
        args => if sample::needs_rows(entity) { "&service, &token, " } else { "" },
        args_ref => match (sample::needs_rows(entity), entity.owned) {
            (true, true) => "service, token, ",
            (true, false) => "service, &token, ",
            (false, _) => "",
        },
        args_admin => if sample::needs_rows(entity) { "&service, &service.admin().await, " } else { "" },
        args_browser => match sample::needs_rows(entity) {
            true => format!("&service, &crate::browser::token(&service, {:?}).await, ", maker(entity, around)),
            false => String::new(),
        },
        wait => if sample::needs_rows(entity) { ".await" } else { "" },
        test => test(entity, around),
    }
}

/// What of a field's kind is to be imported.
fn kind(field: &Field) -> Option<&'static str> {
    match &field.kind {
        FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_) => Some("text"),
        FieldType::Date => Some("day"),
        FieldType::Datetime => Some("datetime"),
        FieldType::Number { .. } => Some("number"),
        FieldType::Uuid | FieldType::Reference { .. } => Some("id"),
        FieldType::OneOf { .. } => Some("enum"),
        FieldType::Integer { .. } | FieldType::Boolean => None,
    }
}

/// Who may, as Rust.
pub(super) fn access(access: &Access) -> String {
    match access {
        Access::Public => "Access::Public".to_owned(),
        Access::Roles(roles) => {
            let roles: Vec<String> =
                roles.iter().map(|role| format!("Role::{}", type_name(role.as_str()))).collect();
            format!("Access::Roles(&[{}])", roles.join(", "))
        }
    }
}

/// How a call names its function: by its whole path, since an import would clash with what is called alike around it.
pub(super) fn called(call: &Call, rules: &str) -> String {
    format!("{rules}::{}", call.path)
}

/// A call with fields of an entity; `place` says where each stands.
pub(super) fn call(entity: &Entity, call: &Call, rules: &str, place: impl Fn(&Field) -> String) -> String {
    let argument = |parameter: &crate::plan::asked::Parameter| {
        let field = entity.fields.iter().find(|field| field.name.as_str() == parameter.name);
        field.map_or_else(String::new, |field| field::argument(entity, field, &place(field), parameter))
    };
    let arguments: Vec<String> = call.parameters.iter().map(argument).collect();
    format!("{}({})", called(call, rules), arguments.join(", "))
}

/// The checks of an entity's fields by functions of its own.
fn checks(entity: &Entity, rules: &str) -> Vec<Value> {
    let checked = entity.fields.iter().filter_map(|field| Some((field, field.check.as_ref()?)));
    checked
        .map(|(field, one)| {
            let place = |other: &Field| format!("self.{}", other.name);
            context! {
                field => field.name.as_str(),
                call => call(entity, one, rules, place),
                message => format!("must be as `{}` wants it", one.path),
            }
        })
        .collect()
}

fn quoted(columns: &[String]) -> String {
    columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

/// The columns and places of an insertion.
fn insert(entity: &Entity, columns: &[String]) -> Value {
    let before = if entity.owned { 2 } else { 1 };
    let all = before + columns.len() + 2;
    let places: Vec<String> = (1..=all).map(|at| format!("${at}")).collect();
    context! { columns => quoted(columns), places => places.join(", ") }
}

/// The assignments of a change: the first place is the identifier.
fn update(entity: &Entity, columns: &[String]) -> Value {
    let mut sets: Vec<String> =
        columns.iter().enumerate().map(|(at, column)| format!("\"{column}\" = ${}", at + 2)).collect();
    sets.push(format!("updated_at = ${}", entity.fields.len() + 2));
    context! { sets => sets.join(", ") }
}

/// Whether a value that a field's check says no to is refused for that: it can be read, and no other check looks at it.
fn says_no_alone(entity: &Entity, field: &Field) -> bool {
    let is_plain = matches!(
        field.kind,
        FieldType::Text(_)
            | FieldType::Email(_)
            | FieldType::Url(_)
            | FieldType::Integer { .. }
            | FieldType::Number { .. }
            | FieldType::Boolean
    );
    let mut others = entity.fields.iter().filter(|other| other.name != field.name);
    is_plain && !others.any(|other| is_judged_by(other, field))
}

/// Whether the check of another field is told of a field.
fn is_judged_by(other: &Field, field: &Field) -> bool {
    other.check.as_ref().is_some_and(|check| check.takes(field.name.as_str()))
}

/// What the tests of an entity have to know.
fn test(entity: &Entity, around: &Surroundings<'_>) -> Value {
    let free = |field: &&Field| field.computed.is_none();
    let refused: Vec<Value> = entity
        .fields
        .iter()
        .filter(free)
        .flat_map(|field| {
            let checks = field.check.iter().filter(|_| says_no_alone(entity, field));
            let disapproved = checks.flat_map(sample::disapproved);
            let values = sample::refused(field).into_iter();
            values
                .chain(disapproved.map(|value| format!("json!({value})")))
                .map(|value| context! { field => field.name.as_str(), value => value })
        })
        .collect();
    let mut malformed: Vec<Value> = entity
        .fields
        .iter()
        .filter(free)
        .map(|field| context! { field => field.name.as_str(), value => sample::malformed(field) })
        .collect();
    malformed.extend(entity.fields.iter().filter(|field| !free(field)).map(|field| {
        context! { field => field.name.as_str(), value => "json!(\"x\")" }
    }));
    let fields = &entity.fields;
    let unique = sample::unique(fields);
    context! {
        uses_number => sample::uses_number(fields),
        body => sample::body(fields, Number::Given),
        unit_body => sample::body(fields, Number::One),
        needs_rows => sample::needs_rows(entity),
        refused => refused,
        malformed => malformed,
        defaults => defaults(entity),
        shown => sample::shown(fields).map(|field| field.name.as_str()),
        unique => unique.first().cloned(),
        uniques => unique,
        maker => maker(entity, around),
        texts => texts(entity),
    }
}

/// Fields that a request may leave out, with what they are then.
fn defaults(entity: &Entity) -> Vec<Value> {
    let value = |field: &Field| match &field.default {
        Some(value) => Some(field::shown_default(&field.kind, value)),
        None if field.optional => Some("null".to_owned()),
        None => None,
    };
    let judged = |field: &&Field| entity.fields.iter().any(|other| is_judged_by(other, field));
    let free = entity.fields.iter().filter(|field| field.computed.is_none() && !judged(field));
    free.filter_map(|field| Some(context! { field => field.name.as_str(), value => value(field)? })).collect()
}

/// A role that may do everything with the rows; `admin` where there is none.
fn maker<'r>(entity: &Entity, around: &Surroundings<'r>) -> &'r str {
    let may = |role: &&Name| {
        let every = entity.permissions.by_key().iter().all(|(_, access)| match access {
            Access::Public => !entity.owned,
            Access::Roles(roles) => roles.contains(role),
        });
        // What a row refers to and is somebody's must be theirs.
        let mut owned = targets(entity, around.entities).filter(|(_, target)| target.owned);
        every && owned.all(|(_, target)| makes(role, target, around.entities))
    };
    around.roles.iter().find(may).map_or("admin", Name::as_str)
}

/// Whether a role may make a row with all that it has to refer to of its own.
fn makes(role: &Name, entity: &Entity, entities: &[Entity]) -> bool {
    let may = match &entity.permissions.create {
        Access::Public => true,
        Access::Roles(roles) => roles.contains(role),
    };
    // References that are needed form no circle.
    let mut needed = targets(entity, entities).filter(|(field, target)| target.owned && !field.optional);
    may && needed.all(|(_, target)| makes(role, target, entities))
}

/// The fields that refer to rows, with what they refer to.
fn targets<'e>(entity: &'e Entity, entities: &'e [Entity]) -> impl Iterator<Item = (&'e Field, &'e Entity)> {
    entity
        .references()
        .filter_map(|(field, name)| Some((field, entities.iter().find(|one| one.name == *name)?)))
}

/// Whether a row of that kind may be in the table and yet not be there for whoever refers to it, so that the database
/// does not hold references to it.
pub(super) fn is_guarded(target: &Entity) -> bool {
    target.soft_delete || target.owned
}

/// The references that the database does not hold.
fn refers(entity: &Entity, entities: &[Entity]) -> Vec<Value> {
    let value = |(field, target): (&Field, &Entity)| {
        context! {
            field => field.name.as_str(),
            constant => format!("REFERRED_{}", field.name.as_str().to_uppercase()),
            optional => field.optional,
            entity => target.name.as_str(),
            plural => target.plural.as_str(),
            route => target.route(),
            owned => target.owned,
            soft_delete => target.soft_delete,
        }
    };
    targets(entity, entities).filter(|(_, target)| is_guarded(target)).map(value).collect()
}

/// A text of an entity whose length alone decides, for a property.
fn texts(entity: &Entity) -> Option<Value> {
    entity.fields.iter().find_map(|field| match &field.kind {
        FieldType::Text(length) if field.computed.is_none() && !field.optional && length.max <= 300 => {
            Some(context! { field => field.name.as_str(), min => length.min, max => length.max })
        }
        _ => None,
    })
}

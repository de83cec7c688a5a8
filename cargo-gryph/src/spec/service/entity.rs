//! `[[entity]]`: a kind of rows, its fields, and who may do what with them.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use super::Context;
use super::access::Permissions;
use super::cycle::{cycle, order};
use super::field::{Field, raw_field, resolve};
use super::field_type::FieldType;
use super::name::{self, Name, Use};
use super::settings::Database;
use super::text::Prose;
use crate::spec::fields::Fields;
use crate::spec::problem::Problems;

const MOST_FIELDS: usize = 100;

/// A kind of rows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Entity {
    /// Its name, in the singular.
    pub name: Name,
    /// Its table; with hyphens, the first step of its routes.
    pub plural: Name,
    /// What it is.
    pub doc: Prose,
    /// Whether a row belongs to who made it; others than `admin` do not see it.
    pub owned: bool,
    /// Whether it is written down who did what when.
    pub audit: bool,
    /// Whether deleted rows stay, marked.
    pub soft_delete: bool,
    /// The service that keeps it, of microservices.
    pub service: Option<Name>,
    /// Who may do what.
    pub permissions: Permissions,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// The bytes of the file that hold it.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Entity {
    /// A message as if it were a row that everybody may make: not kept, only looked at.
    pub(crate) fn of_message(socket: &str, doc: &Prose, fields: Vec<Field>) -> Self {
        let name = Name::known(&format!("{socket}_message"));
        let permissions = Permissions::public();
        let (plural, doc) = (name.clone(), doc.clone());
        Self {
            name,
            plural,
            doc,
            owned: false,
            audit: false,
            soft_delete: false,
            service: None,
            permissions,
            fields,
            span: 0..0,
        }
    }

    /// The path of its rows: `/order-lines`.
    pub fn route(&self) -> String {
        format!("/{}", self.plural.hyphenated())
    }

    /// The entities that its rows name, with the field that does.
    pub fn references(&self) -> impl Iterator<Item = (&Field, &Name)> {
        self.fields.iter().filter_map(|field| match &field.kind {
            FieldType::Reference { entity } => Some((field, entity)),
            _ => None,
        })
    }
}

/// Reads one `[[entity]]`; `None` if a part of it had problems.
pub(super) fn entity(
    mut fields: Fields<'_>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Option<Entity> {
    let name = name::required(&mut fields, Use::Entity, problems);
    let plural = plural(&mut fields, name.as_ref(), problems);
    let doc = Prose::doc(&mut fields, problems);
    let [owned, audit, soft_delete] =
        ["owned", "audit", "soft-delete"].map(|key| fields.boolean(key, problems).unwrap_or(false));
    let service = context.service_of(&mut fields, problems);
    let permissions = Permissions::read(&mut fields, &context.settings.roles, problems);
    let columns = fields.tables("field", "[[entity.field]]", problems);
    let span = fields.span.clone();
    for (key, access) in permissions.by_key() {
        if owned && access.is_public() {
            let message = format!("rows have owners, but `{key}` is open to people who did not log in");
            problems.report(fields.place(key), message, "name roles instead, or leave `owned` out");
        }
    }
    fields.finish(problems);
    let fields = columns_of(columns, &span, context, problems);
    let (name, plural, doc) = (name?, plural?, doc?);
    Some(Entity { name, plural, doc, owned, audit, soft_delete, service, permissions, fields, span })
}

fn plural(fields: &mut Fields<'_>, name: Option<&Name>, problems: &mut Problems<'_>) -> Option<Name> {
    if let Some(text) = fields.text("plural", problems) {
        return name::name(&text, Use::Plural, problems);
    }
    let name = name?;
    let plural = name::check(&format!("{name}s"), Use::Plural);
    plural
        .map_err(|fault| problems.report(fields.place("name"), fault.message, "set `plural`, or rename it"))
        .ok()
}

fn columns_of(
    columns: Vec<Fields<'_>>,
    span: &Range<usize>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Vec<Field> {
    if columns.is_empty() {
        problems.report(span.clone(), "this entity has no fields", "add [[entity.field]]");
        return Vec::new();
    }
    if let Some(first) = columns.get(MOST_FIELDS) {
        problems.report(first.span.clone(), format!("more than {MOST_FIELDS} fields"), "split the entity");
    }
    let before = problems.count();
    let columns = columns.into_iter().take(MOST_FIELDS);
    let raw: Vec<_> = columns.filter_map(|fields| raw_field(fields, context, problems)).collect();
    if problems.count() > before {
        // Functions would be held against fields that are not there.
        raw.iter().for_each(|raw| raw.look_up(context, problems));
        return Vec::new();
    }
    let fields = resolve(raw, context, problems);
    refuse_clashes(&fields, problems);
    if fields.iter().all(|field| field.computed.is_some()) {
        problems.report(span.clone(), "every field of this entity is computed", "add one that can be set");
    }
    fields
}

/// Refuses fields of one name, also of the name that the column of a reference has.
fn refuse_clashes(fields: &[Field], problems: &mut Problems<'_>) {
    let mut columns: BTreeMap<String, &Field> = BTreeMap::new();
    for field in fields {
        let mut names = vec![field.name.to_string()];
        if matches!(field.kind, FieldType::Reference { .. }) {
            names.push(format!("{}_id", field.name));
        }
        for name in names {
            if let Some(other) = columns.insert(name, field).filter(|other| !std::ptr::eq(*other, field)) {
                let message = format!("the field `{}` clashes with the field `{}`", field.name, other.name);
                problems.report(field.span.clone(), message, "rename one of them");
            }
        }
    }
}

/// Refuses entities that share a name, and rows that need each other before they can be made.
pub(super) fn check(entities: &[Entity], database: Database, problems: &mut Problems<'_>) {
    let mut names: BTreeMap<&str, &Name> = BTreeMap::new();
    for entity in entities {
        for name in [&entity.name, &entity.plural] {
            if names.insert(name.as_str(), &entity.name).is_some() {
                let message = format!("the name `{name}` is taken by an entity or its plural");
                problems.report(entity.span.clone(), message, "rename it, or set another `plural`");
            }
        }
    }
    let refuse = |edges: &[Vec<usize>], why: &str, hint: &str, problems: &mut Problems<'_>| {
        let cycle = cycle(edges)?;
        let road: Vec<&str> = cycle.iter().map(|index| entities[*index].name.as_str()).collect();
        problems.report(entities[cycle[0]].span.clone(), format!("{why}: {}", road.join(" → ")), hint);
        Some(())
    };
    let needs = edges(entities, |field| !field.optional);
    let hint = "make one of these references optional";
    if refuse(&needs, "no first row can be made", hint, problems).is_none()
        && database == Database::Postgresql
    {
        let mut others = edges(entities, |_| true);
        others.iter_mut().enumerate().for_each(|(own, edges)| edges.retain(|other| *other != own));
        let hint = "keep one of these identifiers in a `uuid`";
        refuse(&others, "PostgreSQL makes a table after those that it refers to", hint, problems);
    }
}

/// The places of entities in an order in which each comes after those that it refers to, as far as there is one.
pub fn order_of_references(entities: &[Entity]) -> Vec<usize> {
    order(&edges(entities, |_| true))
}

/// The places of the entities that each refers to.
fn edges(entities: &[Entity], counts: impl Fn(&Field) -> bool) -> Vec<Vec<usize>> {
    let index = |name: &Name| entities.iter().position(|entity| entity.name == *name);
    let of = |entity: &Entity| -> Vec<usize> {
        entity.references().filter(|(field, _)| counts(field)).filter_map(|(_, name)| index(name)).collect()
    };
    entities.iter().map(of).collect()
}

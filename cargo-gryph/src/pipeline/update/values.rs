//! Values that rows have and that fields hold no more: in the database both are texts or numbers, but whoever reads such a
//! row gets an error.

use std::collections::BTreeSet;

use crate::spec::Spec;
use crate::spec::service::{Entity, Field, FieldType, Name, Service};
use crate::tree::TreePath;

use super::conflict::Conflict;
use super::history::Before;

/// How a line of a step of people's own begins that says what a column holds after it.
const HOLDS: &str = "-- gryph holds: ";

/// A column whose rows may have values that it is to hold no more.
struct Misfit {
    /// `table.column`.
    column: String,
    was: String,
    is: String,
}

/// What rows may hold and the specification knows no more, unless a step of people's own says that it was seen to.
///
/// `columns` are those that databases have, as `table.column`.
pub(super) fn conflicts(
    before: &Spec,
    now: &Spec,
    there: Before<'_>,
    columns: &BTreeSet<String>,
) -> Vec<Conflict> {
    let (Some(before), Some(now)) = (&before.service, &now.service) else { return Vec::new() };
    let of = |entity| of_entity(before, entity).chain(given_again(before, entity, columns));
    let mut misfits: Vec<Misfit> = now.entities.iter().flat_map(of).collect();
    misfits.extend(of_roles(before, now));
    misfits.iter().filter(|misfit| !is_settled(misfit, there)).map(conflict).collect()
}

fn of_entity<'s>(before: &'s Service, now: &'s Entity) -> impl Iterator<Item = Misfit> + 's {
    let known = before.entities.iter().find(|known| known.plural == now.plural);
    let pairs = known.into_iter().flat_map(|known| {
        now.fields
            .iter()
            .filter_map(|field| Some((known.fields.iter().find(|one| one.name == field.name)?, field)))
    });
    pairs.filter(|(was, is)| !fits(&was.kind, &is.kind)).map(|(was, is)| Misfit {
        column: format!("{}.{}", now.plural, is.name),
        was: was.kind.described(),
        is: is.kind.described(),
    })
}

/// Columns that stayed when their field was taken out, and that a field holds again which does not hold everything.
fn given_again<'s>(
    before: &'s Service,
    now: &'s Entity,
    columns: &'s BTreeSet<String>,
) -> impl Iterator<Item = Misfit> + 's {
    let known = before.entities.iter().find(|known| known.plural == now.plural);
    let is_new =
        move |name: &Name| known.is_none_or(|known| known.fields.iter().all(|field| field.name != *name));
    let again = now.fields.iter().filter(move |field| is_new(&field.name) && !holds_everything(&field.kind));
    let misfit = |field: &Field| Misfit {
        column: format!("{}.{}", now.plural, field.name),
        was: "what it held before its field was taken out".to_owned(),
        is: field.kind.described(),
    };
    again.map(misfit).filter(|misfit| columns.contains(&misfit.column))
}

/// Whether whatever is in a column of its type can be read, as what it was meant to be.
fn holds_everything(kind: &FieldType) -> bool {
    match kind {
        FieldType::Text(_)
        | FieldType::Email(_)
        | FieldType::Url(_)
        | FieldType::Number { .. }
        | FieldType::Boolean
        // What is no row is told by the database.
        | FieldType::Reference { .. } => true,
        FieldType::Integer { .. }
        | FieldType::Date
        | FieldType::Datetime
        | FieldType::Uuid
        | FieldType::OneOf { .. } => false,
    }
}

/// Whether whatever a field held can be read as what it is to hold. A column of another type is not asked about here: the
/// steps of the schema are in the way of that.
fn fits(was: &FieldType, is: &FieldType) -> bool {
    match (was, is) {
        (FieldType::OneOf { choices: was }, FieldType::OneOf { choices: is }) => {
            was.iter().all(|choice| is.contains(choice))
        }
        (FieldType::Date, FieldType::Date) | (FieldType::Uuid, FieldType::Uuid) => true,
        (FieldType::Datetime, FieldType::Integer { .. })
        | (FieldType::Integer { .. }, FieldType::Datetime) => false,
        (was, FieldType::OneOf { .. } | FieldType::Date | FieldType::Uuid) => !is_text(was),
        _ => true,
    }
}

/// Whether it is a text in the database.
fn is_text(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::Text(_)
            | FieldType::Email(_)
            | FieldType::Url(_)
            | FieldType::Date
            | FieldType::Uuid
            | FieldType::OneOf { .. }
    )
}

/// Accounts with a role that there is no more.
fn of_roles(before: &Service, now: &Service) -> Option<Misfit> {
    let (was, is) = (&before.settings.roles, &now.settings.roles);
    let listed = |roles: &[Name]| {
        let names = roles.iter().map(ToString::to_string).chain(["admin".to_owned()]);
        format!("one of {}", names.collect::<Vec<_>>().join(", "))
    };
    let is_gone = was.iter().any(|role| !is.contains(role));
    is_gone.then(|| Misfit { column: "users.role".to_owned(), was: listed(was), is: listed(is) })
}

fn said(misfit: &Misfit) -> String {
    format!("{HOLDS}{} {}", misfit.column, misfit.is)
}

/// Whether a step says that it sees to it which this update is the first to enter: one that is listed has been run, and
/// rows may have had other values since.
fn is_settled(misfit: &Misfit, there: Before<'_>) -> bool {
    let line = said(misfit);
    let lists =
        || there.mine.files().map(|(path, _)| path).filter(|path| path.as_str().ends_with("schema.rs"));
    let is_listed = |path: &TreePath| {
        let name = path.as_str().rsplit('/').next().unwrap_or_default();
        lists().filter_map(|list| there.mine.text(list)).any(|list| list.contains(name))
    };
    let steps = there.mine.files().map(|(path, _)| path).filter(|path| path.as_str().ends_with(".sql"));
    let own = steps.filter(|path| !there.footprint.files.contains_key(*path) && !is_listed(path));
    own.filter_map(|path| there.mine.text(path)).any(|text| text.lines().any(|said| said.trim() == line))
}

fn conflict(misfit: &Misfit) -> Conflict {
    let Misfit { column, was, is } = misfit;
    let why = format!(
        "it held {was} and is to hold {is}: rows that have anything else could not be read any more. Write a step of your \
         own among the migrations that brings them to what is wanted now, and say in it:\n{}",
        said(misfit)
    );
    Conflict { what: column.clone(), why, diff: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::plan;
    use crate::scaffold::{Footprint, scaffold};
    use crate::spec::parse;

    fn spec(field: &str, roles: &str) -> Spec {
        let text = format!(
            "spec = 1\n[project]\nname = 'kit'\nkind = 'service'\narchitecture = 'monolith'\nsummary = 'Keeps tags'\n\
             [service]\nroles = [{roles}]\n[[entity]]\nname = 'tag'\ndoc = 'A tag.'\n[[entity.field]]\nname = 'name'\n\
             type = 'text'\ndoc = 'Its name.'\n[[entity.field]]\nname = 'shade'\ntype = {field}\ndoc = 'Its shade.'\n"
        );
        parse(&text, "spec.toml").unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    /// What is told of a project that was scaffolded of `before`, has `own` files beside and these columns.
    fn told(before: &Spec, now: &Spec, own: &[(&str, &str)], columns: &[&str]) -> Vec<Conflict> {
        let given = scaffold(&plan(before)).unwrap();
        let footprint = Footprint::of(before.hash, &given, &given.tree);
        let mut mine = given.tree.clone();
        for (path, text) in own {
            mine.insert(TreePath::new(*path).unwrap(), *text);
        }
        let columns = columns.iter().map(ToString::to_string).collect();
        conflicts(before, now, Before { footprint: &footprint, mine: &mine, history: None }, &columns)
    }

    #[test]
    fn what_rows_hold_and_fields_no_more_needs_a_person() {
        const SHADES: &str = "{ one-of = ['red', 'green'] }";
        let cases = [
            (SHADES, "{ one-of = ['green', 'red', 'blue'] }", None),
            (SHADES, "{ one-of = ['red', 'blue'] }", Some("one of red, blue")),
            (SHADES, "'text'", None),
            ("'text'", "'email'", None),
            ("'text'", SHADES, Some("one of red, green")),
            ("'text'", "'date'", Some("date")),
            ("'date'", "'uuid'", Some("uuid")),
            ("'integer'", "'datetime'", Some("datetime")),
            // The steps of the schema are in the way of these.
            ("'integer'", "'date'", None),
            ("'text'", "'datetime'", None),
        ];
        for (was, is, expected) in cases {
            let (before, now) = (spec(was, "'clerk'"), spec(is, "'clerk'"));
            let found = told(&before, &now, &[], &[]);
            assert_eq!(found.len(), usize::from(expected.is_some()), "{was} {is}");
            let Some(expected) = expected else { continue };
            assert_eq!(found[0].what, "tags.shade");
            let line = format!("-- gryph holds: tags.shade {expected}");
            assert!(found[0].why.ends_with(&line), "{}", found[0].why);
            let step = ("migrations/0009_mine.sql", line.as_str());
            assert!(told(&before, &now, &[step], &[]).is_empty(), "{was} {is}");
            let list = ("src/schema.rs", "include_str!(\"../migrations/0009_mine.sql\")");
            let found = told(&before, &now, &[step, list], &[]);
            assert_eq!(found.len(), 1, "what was run before says nothing of now: {was} {is}");
        }
    }

    #[test]
    fn what_a_column_held_before_its_field_was_taken_out_needs_a_person() {
        const SHADE: &[&str] = &["tags.shade"];
        let whole = spec("{ one-of = ['red', 'blue'] }", "'clerk'");
        let mut without = whole.clone();
        without.service.as_mut().unwrap().entities[0].fields.pop();
        assert!(told(&without, &whole, &[], &[]).is_empty());
        let found = told(&without, &whole, &[], SHADE);
        assert_eq!(found.len(), 1);
        assert!(found[0].why.ends_with("-- gryph holds: tags.shade one of red, blue"), "{}", found[0].why);
        assert!(told(&without, &spec("'text'", "'clerk'"), &[], SHADE).is_empty());
        // The whole entity was taken out.
        without.service.as_mut().unwrap().entities.clear();
        assert_eq!(told(&without, &whole, &[], SHADE).len(), 1);
    }

    #[test]
    fn a_role_that_is_gone_needs_a_person() {
        let (before, now) = (spec("'text'", "'clerk', 'guest'"), spec("'text'", "'guest', 'cook'"));
        let found = told(&before, &now, &[], &[]);
        assert_eq!(found.len(), 1);
        let line = "-- gryph holds: users.role one of guest, cook, admin";
        assert!(found[0].why.ends_with(line), "{}", found[0].why);
        assert_eq!(told(&now, &before, &[], &[]).len(), 1, "`cook` is gone that way");
    }
}

//! The pages of an entity: what their templates say of it, and the files that they make.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use crate::plan::asked::{self, Access, Entity, Field, FieldType, Name};
use crate::plan::prose;
use crate::tree::Tree;

use super::entity::access;
use super::field::{enum_name, json, reference};
use super::layout::{Layout, Part};
use super::modules::Modules;
use super::noun::{capitalised, type_name};
use super::values::who;
use super::{ScaffoldError, Writer};

/// The longest text that fits into one line of a form or a column of a table.
const LINE: u32 = 300;
/// How many columns a table has besides what a row is called and when it was made.
const COLUMNS: usize = 3;
/// What the tests of pages put into every text that takes it.
const MARKUP: usize = 27;

impl Writer<'_> {
    /// The pages of each entity and their tests, where the architecture has any.
    pub(super) fn pages(
        &self,
        tree: &mut Tree,
        modules: &mut Modules,
        common: &Value,
    ) -> Result<(), ScaffoldError> {
        if !self.layout.has_pages() {
            return Ok(());
        }
        let entities = &self.service.service.entities;
        for (entity, value) in entities.iter().zip(&self.values().entities) {
            let name = entity.name.as_str();
            let page = values(entity, entities, &self.layout);
            let values = context! { page => page, ..context! { ..value, ..common.clone() } };
            let view = modules.file(&self.layout.module(Part::Views, name));
            let folder = view.trim_end_matches(".rs").to_owned();
            self.add(tree, view, "part/pages/view.rs", &values)?;
            for page in ["list", "show", "form", "delete"] {
                let template = format!("part/pages/{page}.html");
                self.add(tree, format!("{folder}/{page}.html"), &template, &values)?;
            }
            let controller = modules.file(&self.layout.module(Part::Pages, name));
            self.add(tree, controller, "part/pages/controller.rs", &values)?;
            self.add(tree, format!("tests/it/{}.rs", test_module(entity)), "part/pages/test.rs", &values)?;
        }
        Ok(())
    }

    /// What puts the pages together has to know of the entities.
    pub(super) fn pages_values(&self) -> Option<Value> {
        let entities = &self.service.service.entities;
        let link = |entity: &Entity| {
            let name = entity.name.as_str();
            let others: Vec<String> = others(entity, entities).map(|one| one.plural.to_string()).collect();
            context! {
                label => capitalised(&entity.plural.as_str().replace('_', " ")),
                about => literal(&prose(entity.doc.untrusted(), 10_000).join(" ")),
                path => format!("/pages{}", entity.route()),
                plural => entity.plural.as_str(),
                tys => type_name(entity.plural.as_str()),
                ty => type_name(name),
                store => format!("crate::{}", self.layout.module(Part::Store, name)),
                use_cases => format!("crate::{}", self.layout.module(Part::UseCases, name)),
                controller => format!("crate::{}", self.layout.module(Part::Pages, name)),
                others => others,
            }
        };
        let project = &self.service.project;
        self.layout.has_pages().then(|| {
            context! {
                name => literal(&project.name),
                summary => literal(&prose(&project.summary, 10_000).join(" ")),
                links => entities.iter().map(link).collect::<Vec<_>>(),
            }
        })
    }

    /// The modules of the tests of pages.
    pub(super) fn page_tests(&self) -> Vec<String> {
        let entities = self.service.service.entities.iter();
        if self.layout.has_pages() { entities.map(test_module).collect() } else { Vec::new() }
    }
}

fn test_module(entity: &Entity) -> String {
    format!("{}_pages", entity.name)
}

/// A text of the specification as a literal of Rust.
fn literal(text: &str) -> String {
    format!("{text:?}")
}

/// Everything the templates may say about the pages of an entity.
fn values(entity: &Entity, all: &[Entity], layout: &Layout) -> Value {
    let module = |part, name: &Name| format!("crate::{}", layout.module(part, name.as_str()));
    let other = |other: &Entity| {
        context! {
            name => other.name.as_str(),
            plural => other.plural.as_str(),
            labels => other.plural.as_str().replace('_', " "),
            tys => type_name(other.plural.as_str()),
            use_cases => module(Part::UseCases, &other.name),
            view => module(Part::Views, &other.name),
        }
    };
    let children: Vec<Value> = children(entity, all)
        .filter(|child| child.name != entity.name)
        .map(|child| context! { name => child.name.as_str(), use_cases => module(Part::UseCases, &child.name) })
        .collect();
    let open = || entity.fields.iter().filter(|field| field.computed.is_none());
    let reads: Vec<(&str, String)> =
        open().filter_map(|field| Some((field.name.as_str(), read(field)?))).collect();
    context! {
        route => entity.route(),
        Label => capitalised(&entity.name.as_str().replace('_', " ")),
        view => module(Part::Views, &entity.name),
        called => called(entity),
        columns => columns(entity),
        shown => entity.fields.iter().map(|field| context! { label => label(field), shown => shown(field) }).collect::<Vec<_>>(),
        inputs => open().map(input).collect::<Vec<_>>(),
        references => open().filter_map(|field| referring(entity, field, all)).collect::<Vec<_>>(),
        others => others(entity, all).map(other).collect::<Vec<_>>(),
        children => children,
        adds => adds(entity, all),
        enums => open().filter(|field| matches!(field.kind, FieldType::OneOf { .. })).map(|field| context! { field => field.name.as_str(), ty => enum_name(entity, field) }).collect::<Vec<_>>(),
        all_read => pattern(reads.iter().map(|(name, _)| format!("Some({name})"))),
        all_names => pattern(reads.iter().map(|(name, _)| (*name).to_owned())),
        reads => reads.iter().map(|(name, read)| context! { name => *name, read => read.as_str() }).collect::<Vec<_>>(),
        draft => open().map(drafted).collect::<Vec<_>>(),
        filled => open().map(|field| context! { name => field.name.as_str(), value => filled(field) }).collect::<Vec<_>>(),
        defaults => open().filter_map(default).collect::<Vec<_>>(),
        test => test(entity),
    }
}

/// One thing alone, or several in parentheses.
fn pattern(parts: impl Iterator<Item = String>) -> String {
    let parts: Vec<String> = parts.collect();
    if let [one] = parts.as_slice() { one.clone() } else { format!("({})", parts.join(", ")) }
}

/// The entities that the rows of one refer to, without itself.
fn others<'e>(entity: &'e Entity, all: &'e [Entity]) -> impl Iterator<Item = &'e Entity> {
    let named: BTreeSet<&Name> = entity.references().map(|(_, name)| name).collect();
    all.iter().filter(move |other| other.name != entity.name && named.contains(&other.name))
}

/// The entities whose rows refer to those of one.
fn children<'e>(entity: &'e Entity, all: &'e [Entity]) -> impl Iterator<Item = &'e Entity> {
    all.iter().filter(|other| other.references().any(|(_, name)| *name == entity.name))
}

/// What can be made for a row: rows that refer to it.
fn adds(entity: &Entity, all: &[Entity]) -> Vec<Value> {
    let add = |child: &Entity| {
        let fields: Vec<&Field> =
            child.references().filter(|(_, name)| **name == entity.name).map(|(field, _)| field).collect();
        let access = match child.name == entity.name {
            true => "CREATE".to_owned(),
            false => format!("{}_use_cases::CREATE", child.name),
        };
        let add = |field: &&Field| {
            let by = if fields.len() > 1 { format!(", its {}", field.name) } else { String::new() };
            context! {
                access => access.clone(),
                label => child.name.as_str().replace('_', " "),
                route => child.route(),
                field => field.name.as_str(),
                by => by.replace('_', " "),
            }
        };
        fields.iter().map(add).collect::<Vec<_>>()
    };
    children(entity, all).flat_map(add).collect()
}

/// A field that names a row, with the entity of that.
fn referring(entity: &Entity, field: &Field, all: &[Entity]) -> Option<Value> {
    let name = reference(field)?;
    let other = all.iter().find(|other| other.name == *name)?;
    let view = if other.name == entity.name { "view".to_owned() } else { format!("{}_view", other.name) };
    Some(context! {
        name => field.name.as_str(),
        optional => field.optional,
        plural => other.plural.as_str(),
        route => other.route(),
        view_alias => view,
    })
}

fn label(field: &Field) -> String {
    capitalised(&field.name.as_str().replace('_', " "))
}

/// What a row is called: by its first text that is always there.
fn called(entity: &Entity) -> String {
    match naming(entity) {
        Some(field) => format!("pages::label(&row.{}, row.id)", field.name),
        None => "row.id.to_string()".to_owned(),
    }
}

fn naming(entity: &Entity) -> Option<&Field> {
    let is_text =
        |field: &&Field| matches!(field.kind, FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_));
    entity.fields.iter().filter(is_text).find(|field| !field.optional)
}

/// The fields that a table shows: short ones that need no other row.
fn columns(entity: &Entity) -> Vec<Value> {
    let naming = naming(entity).map(|field| &field.name);
    let is_short = |field: &&Field| match &field.kind {
        FieldType::Text(length) => length.max <= LINE,
        FieldType::Reference { .. } => false,
        _ => true,
    };
    let fields = entity.fields.iter().filter(|field| Some(&field.name) != naming).filter(is_short);
    let column = |field: &Field| context! { label => label(field), shown => shown(field) };
    fields.take(COLUMNS).map(column).collect()
}

/// A field of a row as askama shows it, escaped.
fn shown(field: &Field) -> String {
    let name = &field.name;
    let value = match (&field.kind, field.optional) {
        (FieldType::Reference { .. }, true) => "found".to_owned(),
        (FieldType::Reference { .. }, false) => format!("{name}_row"),
        (_, true) => "value".to_owned(),
        (_, false) => format!("row.{name}"),
    };
    let text = match &field.kind {
        FieldType::Boolean if field.optional => format!("{{% if *{value} %}}Yes{{% else %}}No{{% endif %}}"),
        FieldType::Boolean => format!("{{% if {value} %}}Yes{{% else %}}No{{% endif %}}"),
        FieldType::Datetime => format!("{{{{ pages::moment({value}) }}}}"),
        FieldType::OneOf { .. } => format!("{{{{ {value}.name().replace('_', \" \") }}}}"),
        // What a function made of a row was not held against the rules for addresses.
        FieldType::Url(_) if field.computed.is_none() => {
            format!(
                "<a href=\"{{{{ {value} }}}}\" rel=\"nofollow noopener noreferrer\">{{{{ {value} }}}}</a>"
            )
        }
        FieldType::Email(_) if field.computed.is_none() => {
            format!("<a href=\"mailto:{{{{ {value} }}}}\">{{{{ {value} }}}}</a>")
        }
        FieldType::Reference { .. } => format!(
            "{{% if let Some(path) = {value}.path %}}<a href=\"{{{{ path }}}}\">{{{{ {value}.label }}}}</a>{{% else %}}{{{{ {value}.label }}}}{{% endif %}}"
        ),
        _ => format!("{{{{ {value} }}}}"),
    };
    let place = if reference(field).is_some() { format!("{name}_row") } else { format!("row.{name}") };
    match field.optional {
        true => format!("{{% if let Some({value}) = {place} %}}{text}{{% else %}}None{{% endif %}}"),
        false => text,
    }
}

/// A field of a form: what is said of it, and the macro that shows it.
fn input(field: &Field) -> Value {
    let constant = field.name.as_str().to_uppercase();
    let call = |name: &str, rest: &str| {
        format!("{{% call fields::{name}(form, {constant}{rest}) %}}{{% endcall %}}")
    };
    let line = |kind: &str, most: u32| call("line", &format!(", \"{kind}\", \"{most}\""));
    let mut hint = prose(field.doc.untrusted(), 10_000).join(" ");
    let input = match &field.kind {
        FieldType::Text(length) if length.max <= LINE => line("text", length.max),
        FieldType::Text(length) => call("area", &format!(", \"{}\"", length.max)),
        FieldType::Email(length) => line("email", length.max),
        FieldType::Url(length) => line("url", length.max),
        FieldType::Integer { min, max } => call("number", &format!(", \"{min}\", \"{max}\", \"1\"")),
        FieldType::Number { min, max } => call("number", &format!(", \"{min}\", \"{max}\", \"any\"")),
        FieldType::Boolean if field.optional => call("choice", ", pages::answers()"),
        FieldType::Boolean => call("tick", ""),
        FieldType::Date => call("plain", ", \"date\""),
        FieldType::Datetime => {
            hint.push_str(" Such as 2024-03-01T12:00:00Z.");
            call("plain", ", \"text\"")
        }
        FieldType::Uuid => call("plain", ", \"text\""),
        FieldType::OneOf { .. } => call("choice", &format!(", self.{}_choices()", field.name)),
        FieldType::Reference { .. } => call("choice", &format!(", {}_choices", field.name)),
    };
    let may_be_empty = match &field.kind {
        FieldType::Text(length) => field.optional || length.min == 0,
        FieldType::Boolean => true,
        _ => field.optional,
    };
    context! {
        name => field.name.as_str(),
        constant => constant,
        label => label(field),
        hint => literal(&hint),
        optional => may_be_empty,
        input => input,
    }
}

/// How what was typed is read, where it is no text as it stands.
fn read(field: &Field) -> Option<String> {
    let (method, fault) = match &field.kind {
        FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_) | FieldType::Boolean => return None,
        FieldType::Integer { .. } => ("number", "must be a whole number"),
        FieldType::Number { .. } => ("number", "must be a number"),
        FieldType::Date => ("parsed", "must be a day such as 2024-03-01"),
        FieldType::Datetime => ("parsed", "must be a time such as 2024-03-01T12:00:00Z"),
        FieldType::Uuid => ("parsed", "must be a UUID"),
        FieldType::OneOf { .. } | FieldType::Reference { .. } => ("parsed", "must be one of the choices"),
    };
    let constant = format!("view::{}", field.name.as_str().to_uppercase());
    let read = format!("form.{method}({constant}, {fault:?})");
    Some(if field.optional { format!("form.unless_empty({constant}, |form| {read})") } else { read })
}

/// A field of the draft.
fn drafted(field: &Field) -> String {
    let name = &field.name;
    match (&field.kind, field.optional) {
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), false) => {
            format!("{name}: form.text(\"{name}\")")
        }
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), true) => {
            format!("{name}: form.optional_text(\"{name}\")")
        }
        (FieldType::Boolean, false) => format!("{name}: form.is_ticked(\"{name}\")"),
        (FieldType::Boolean, true) => format!("{name}: form.answer(\"{name}\")"),
        _ => name.to_string(),
    }
}

/// A field of a row as somebody would have typed it.
fn filled(field: &Field) -> String {
    let place = format!("row.{}", field.name);
    match (&field.kind, field.optional) {
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), false) => format!("{place}.clone()"),
        (FieldType::Text(_) | FieldType::Email(_) | FieldType::Url(_), true) => {
            format!("{place}.clone().unwrap_or_default()")
        }
        (FieldType::Boolean, false) => format!("pages::ticked({place})"),
        (FieldType::Boolean, true) => format!("pages::answered({place})"),
        (FieldType::OneOf { .. }, false) => format!("{place}.name().to_owned()"),
        (FieldType::OneOf { .. }, true) => {
            format!("{place}.map(|value| value.name().to_owned()).unwrap_or_default()")
        }
        (_, false) => format!("{place}.to_string()"),
        (_, true) => format!("{place}.map(|value| value.to_string()).unwrap_or_default()"),
    }
}

/// What a new form begins with.
fn default(field: &Field) -> Option<Value> {
    let value = match field.default.as_ref()? {
        asked::Value::Null | asked::Value::List(_) | asked::Value::Boolean(false) => return None,
        asked::Value::Boolean(true) => "on".to_owned(),
        asked::Value::Text(text) => text.untrusted().to_owned(),
        asked::Value::Integer(value) => value.to_string(),
        other => json(other),
    };
    Some(context! { name => field.name.as_str(), value => literal(&value) })
}

/// What the tests of the pages need.
fn test(entity: &Entity) -> Value {
    let texts = || {
        entity.fields.iter().filter(|field| field.computed.is_none() && field.check.is_none()).filter_map(
            |field| match &field.kind {
                FieldType::Text(length) => Some((field, length)),
                _ => None,
            },
        )
    };
    let takes_markup = texts().filter(|(_, length)| {
        usize::try_from(length.min).is_ok_and(|min| min <= MARKUP)
            && usize::try_from(length.max).is_ok_and(|max| max >= MARKUP)
    });
    let may = &entity.permissions;
    context! {
        named => naming(entity).filter(|field| field.computed.is_none() && field.check.is_none()).map(|field| field.name.as_str()),
        is_named => naming(entity).is_some(),
        markup => takes_markup.map(|(field, _)| field.name.to_string()).collect::<Vec<String>>(),
        too_long => texts().find(|(_, length)| length.max <= 10_000).map(|(field, length)| context! { name => field.name.as_str(), length => length.max + 1 }),
        kept => texts().nth(1).map(|(field, _)| field.name.as_str()),
        create => who(&may.create),
        read => who(&may.read),
        update => who(&may.update),
        delete => who(&may.delete),
        is_open => matches!(may.read, Access::Public),
        create_access => access(&may.create),
    }
}

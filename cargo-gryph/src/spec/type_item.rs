//! `[[type]]`: its fields, read and then resolved.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeValue;

use super::definition::{DERIVES, Definition, Display, TypeItem, by_name, definition, display_arm};
use super::expression::{Subject, example, type_imports};
use super::fields::{Fields, MOST_EXAMPLES, Text, checked, limited, read_doc};
use super::function::own_module_left_out;
use super::path::{ItemPath, type_path};
use super::problem::Problems;
use super::scope::Names;
use crate::similar::nearest;

/// A `[[type]]` before its names are resolved.
pub(super) struct RawType {
    pub(super) path: Option<ItemPath>,
    pub(super) path_text: Option<Text>,
    doc: String,
    definition: Option<Definition>,
    definition_text: Option<Text>,
    derives: Vec<String>,
    display: Option<Display>,
    error: bool,
    examples: Vec<Text>,
    span: Range<usize>,
}

/// Reads the fields of one `[[type]]`.
pub(super) fn raw_type(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> RawType {
    let path_text = fields.required_text("path", problems);
    let path = path_text.as_ref().and_then(|text| checked(text, type_path, problems));
    let doc = read_doc(&mut fields, problems);
    let definition_text = fields.required_text("definition", problems);
    let definition = definition_text.as_ref().and_then(|text| checked(text, definition, problems));
    if let (Some(path), Some(definition), Some(text)) = (&path, &definition, &definition_text)
        && path.name != definition.name
    {
        let message = format!("this defines `{}`, but the path says `{}`", definition.name, path.name);
        problems.report(text.span.clone(), message, "give both the same name");
    }
    let derives = read_derives(&mut fields, problems);
    let display = definition.as_ref().and_then(|definition| read_display(&mut fields, definition, problems));
    let has_display = fields.value("display").is_some();
    let error = fields.boolean("error", problems).unwrap_or(false);
    if error && !(has_display && derives.iter().any(|derive| derive == "Debug")) {
        let hint = "add `display`, and \"Debug\" to `derives`";
        problems.report(fields.span.clone(), "an error type needs `display` and the derive `Debug`", hint);
    }
    let examples = limited(fields.texts("examples", problems), MOST_EXAMPLES, "examples", problems);
    let span = fields.span.clone();
    fields.finish(problems);
    RawType { path, path_text, doc, definition, definition_text, derives, display, error, examples, span }
}

fn read_derives(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Vec<String> {
    let texts = fields.texts("derives", problems);
    let mut derives = BTreeSet::new();
    for text in &texts {
        if !DERIVES.contains(&text.value.as_str()) {
            let hint = match nearest(&text.value, DERIVES.iter().copied()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the derives known here are {}", DERIVES.join(", ")),
            };
            let message = format!("`{}` cannot be derived", text.value.escape_debug());
            problems.report(text.span.clone(), message, hint);
        }
        if !derives.insert(text.value.clone()) {
            problems.report(text.span.clone(), "this is derived twice", "leave one out");
        }
    }
    for (trait_, base) in [("Copy", "Clone"), ("Eq", "PartialEq"), ("Ord", "Eq"), ("PartialOrd", "PartialEq")]
    {
        if derives.contains(trait_) && !derives.contains(base) {
            let span = texts.iter().find(|text| text.value == trait_).map_or(0..0, |text| text.span.clone());
            problems.report(span, format!("`{trait_}` needs `{base}`"), format!("add \"{base}\""));
        }
    }
    derives.into_iter().collect()
}

fn read_display(
    fields: &mut Fields<'_>,
    definition: &Definition,
    problems: &mut Problems<'_>,
) -> Option<Display> {
    let value = fields.value("display")?;
    let mut arms = Vec::new();
    if definition.is_enum {
        let DeValue::Table(_) = value.get_ref() else {
            fields.wrong_type("display", "a table with a message for each variant", value, problems);
            return None;
        };
        let table = fields.sub_table(value, "display")?;
        let shapes = by_name(definition);
        let entries: Vec<_> = table.entries().collect();
        for (key, _) in entries.iter().filter(|(key, _)| !shapes.contains_key(key.value.as_str())) {
            let hint = nearest(&key.value, shapes.keys().copied())
                .map_or_else(String::new, |known| format!("did you mean `{known}`?"));
            let message = format!("there is no variant `{}`", key.value.escape_debug());
            problems.report(key.span.clone(), message, hint);
        }
        for shape in &definition.shapes {
            let Some((_, message)) = entries.iter().find(|(key, _)| key.value == shape.name) else {
                let message = format!("`display` has no message for `{}`", shape.name);
                problems.report(value.span(), message, format!("add `{} = \"…\"`", shape.name));
                continue;
            };
            if let Some(message) = table.expect_text(&shape.name, message, problems) {
                arms.extend(checked(&message, |text| display_arm(shape, true, text), problems));
            }
        }
    } else {
        let message = fields.expect_text("display", value, problems)?;
        let shape = definition.shapes.first()?;
        arms.extend(checked(&message, |text| display_arm(shape, false, text), problems));
    }
    Some(Display { arms })
}

/// Resolves a type; `None` if a part of it had problems.
pub(super) fn resolve_type_item(
    raw: RawType,
    names: &Names,
    problems: &mut Problems<'_>,
) -> Option<TypeItem> {
    let name = raw.path.as_ref().map(|path| path.name.as_str());
    let module = raw.path.as_ref().map(|path| path.module.clone()).unwrap_or_default();
    let subject = Subject { module: &module, function: name, names };
    let one = |text: &Text| checked(text, |source| example(source, text.span.clone(), &subject), problems);
    let examples = raw.examples.iter().filter_map(one).collect();
    let (definition, text) = (raw.definition?, raw.definition_text?);
    let imports = match type_imports(&definition.types, &subject, &BTreeSet::new()) {
        Ok(imports) => own_module_left_out(imports, &module),
        Err(fault) => {
            problems.report(text.span.clone(), fault.message, fault.hint);
            BTreeSet::new()
        }
    };
    let path = raw.path?;
    Some(TypeItem {
        module: path.module,
        name: path.name,
        doc: raw.doc,
        definition: definition.text,
        derives: raw.derives,
        display: raw.display,
        error: raw.error,
        examples,
        imports,
        span: raw.span,
    })
}

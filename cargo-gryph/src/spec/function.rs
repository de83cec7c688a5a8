//! `[[function]]` and `[[type]]`: items read one by one, then resolved against each other.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::definition::{DERIVES, Definition, Display, TypeItem, by_name, definition, display_arm};
use super::doc::check_doc;
use super::expression::{Example, Property, Subject, example, property, type_imports};
use super::fields::{Fields, Text};
use super::names::{NameKind, check_name};
use super::nearest::nearest;
use super::problem::{Fault, Problems};
use super::scope::{Import, Names};
use super::signature::{Signature, signature};

const MOST_EXAMPLES: usize = 50;
const MOST_PROPERTIES: usize = 20;

/// Where an item lives: `slug::slugify`, or `money::Money::parse` for a method.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct ItemPath {
    /// The module, a file of its own.
    pub module: String,
    /// The type, for methods and associated functions.
    pub owner: Option<String>,
    /// The item's name.
    pub name: String,
}

impl fmt::Display for ItemPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Some(owner) => write!(formatter, "{}::{owner}::{}", self.module, self.name),
            None => write!(formatter, "{}::{}", self.module, self.name),
        }
    }
}

/// A function whose body is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Where it lives.
    pub path: ItemPath,
    /// Its signature.
    pub signature: Signature,
    /// What it does.
    pub doc: String,
    /// `examples`, in order.
    pub examples: Vec<Example>,
    /// `held-back-examples`, in order: no proposer sees them.
    pub held_back_examples: Vec<Example>,
    /// `held-back`: how many of `examples` are held back as well; `None` leaves it to the rule.
    pub held_back: Option<usize>,
    /// Conditions for all values.
    pub properties: Vec<Property>,
    /// What the signature needs in scope.
    pub imports: BTreeSet<Import>,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
}

/// A `[[function]]` before its names are resolved.
pub(super) struct RawFunction {
    path: Option<ItemPath>,
    path_text: Option<Text>,
    signature: Option<Signature>,
    signature_text: Option<Text>,
    doc: String,
    examples: Vec<Text>,
    held_back_examples: Vec<Text>,
    held_back: Option<usize>,
    properties: Vec<Text>,
    span: Range<usize>,
}

/// A `[[type]]` before its names are resolved.
pub(super) struct RawType {
    path: Option<ItemPath>,
    path_text: Option<Text>,
    doc: String,
    definition: Option<Definition>,
    definition_text: Option<Text>,
    derives: Vec<String>,
    display: Option<Display>,
    error: bool,
    examples: Vec<Text>,
    span: Range<usize>,
}

/// Reads the fields of one `[[function]]`.
pub(super) fn raw_function(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> RawFunction {
    let path_text = fields.required_text("path", problems);
    let path = path_text.as_ref().and_then(|text| checked(text, function_path, problems));
    let signature_text = fields.required_text("signature", problems);
    let signature = signature_text.as_ref().and_then(|text| checked(text, signature, problems));
    let doc = read_doc(&mut fields, problems);
    let examples = limited(fields.texts("examples", problems), MOST_EXAMPLES, "examples", problems);
    let held_back_examples = fields.texts("held-back-examples", problems);
    let held_back_examples = limited(held_back_examples, MOST_EXAMPLES, "held-back-examples", problems);
    let properties = limited(fields.texts("properties", problems), MOST_PROPERTIES, "properties", problems);
    let held_back = fields.integer("held-back", 0..=MOST_EXAMPLES as u64, problems);
    let held_back = held_back.and_then(|number| usize::try_from(number).ok());
    if let (Some(number), Some(value)) = (held_back, fields.value("held-back"))
        && number > 0
        && number >= examples.len()
    {
        let hint = "leave at least one example visible, or add examples";
        problems.report(value.span(), "`held-back` would leave no visible example", hint);
    }
    let span = fields.span.clone();
    if examples.is_empty() && properties.is_empty() {
        let hint = "add `examples` such as 'double(2) == 4'; they decide what is accepted";
        problems.report(span.clone(), "this function has neither examples nor properties", hint);
    }
    fields.finish(problems);
    RawFunction {
        path,
        path_text,
        signature,
        signature_text,
        doc,
        examples,
        held_back_examples,
        held_back,
        properties,
        span,
    }
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

fn read_doc(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> String {
    let Some(doc) = fields.required_text("doc", problems) else { return String::new() };
    if let Err(fault) = check_doc(&doc.value) {
        doc.report(fault, problems);
    }
    doc.value.trim().to_owned()
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

fn limited(mut texts: Vec<Text>, most: usize, key: &str, problems: &mut Problems<'_>) -> Vec<Text> {
    if let Some(first) = texts.get(most) {
        problems.report(first.span.clone(), format!("more than {most} entries in `{key}`"), "leave some out");
    }
    texts.truncate(most);
    let mut seen = BTreeSet::new();
    for text in &texts {
        if !seen.insert(text.value.trim()) {
            problems.report(text.span.clone(), format!("this stands twice in `{key}`"), "leave one out");
        }
    }
    texts
}

/// Runs a check on a text and reports its fault at the place it has in the file.
pub(super) fn checked<T>(
    text: &Text,
    check: impl FnOnce(&str) -> Result<T, Fault>,
    problems: &mut Problems<'_>,
) -> Option<T> {
    match check(&text.value) {
        Ok(value) => Some(value),
        Err(fault) => {
            text.report(fault, problems);
            None
        }
    }
}

fn segments<'p>(path: &'p str, hint: &str) -> Result<Vec<(usize, &'p str)>, Fault> {
    let mut offset = 0;
    let mut parts = Vec::new();
    for part in path.split("::") {
        parts.push((offset, part));
        offset += part.len() + 2;
    }
    if parts.len() < 2 {
        return Err(Fault::new(0..path.len(), "this path names no module", hint));
    }
    Ok(parts)
}

fn part(offset: usize, name: &str, kind: NameKind) -> Result<String, Fault> {
    check_name(name, kind).map_err(|fault| {
        let range = fault.range.start + offset..fault.range.end + offset;
        Fault { range, ..fault }
    })?;
    Ok(name.to_owned())
}

fn function_path(path: &str) -> Result<ItemPath, Fault> {
    let hint = "write `module::function` or `module::Type::method`";
    let parts = segments(path, hint)?;
    let module = part(parts[0].0, parts[0].1, NameKind::Module)?;
    match parts.as_slice() {
        [_, (offset, name)] => {
            Ok(ItemPath { module, owner: None, name: part(*offset, name, NameKind::Function)? })
        }
        [_, (middle, owner), (offset, name)] => {
            if owner.starts_with(|letter: char| letter.is_ascii_lowercase()) {
                let range = *middle..middle + owner.len();
                return Err(Fault::new(range, "modules inside modules are not yet supported", hint));
            }
            let owner = Some(part(*middle, owner, NameKind::Type)?);
            Ok(ItemPath { module, owner, name: part(*offset, name, NameKind::Function)? })
        }
        _ => Err(Fault::new(0..path.len(), "this path has too many parts", hint)),
    }
}

fn type_path(path: &str) -> Result<ItemPath, Fault> {
    let hint = "write `module::Type`";
    match segments(path, hint)?.as_slice() {
        [(start, module), (offset, name)] => Ok(ItemPath {
            module: part(*start, module, NameKind::Module)?,
            owner: None,
            name: part(*offset, name, NameKind::Type)?,
        }),
        _ => Err(Fault::new(0..path.len(), "this path has too many parts", hint)),
    }
}

/// Notes the items' names for resolution; says so where two have the same path.
pub(super) fn collect_names(
    functions: &[RawFunction],
    types: &[RawType],
    names: &mut Names,
    problems: &mut Problems<'_>,
) {
    for (path, text) in types.iter().filter_map(|raw| raw.path.as_ref().zip(raw.path_text.as_ref())) {
        if !names.types.entry(path.name.clone()).or_default().insert(path.module.clone()) {
            problems.report(text.span.clone(), format!("`{path}` is defined twice"), "leave one out");
        }
    }
    let mut seen = BTreeSet::new();
    for (path, text) in functions.iter().filter_map(|raw| raw.path.as_ref().zip(raw.path_text.as_ref())) {
        if path.owner.is_none() {
            names.functions.entry(path.name.clone()).or_default().insert(path.module.clone());
        }
        if !seen.insert((path.module.clone(), test_module(path))) {
            let hint = "give one of them another name";
            problems.report(text.span.clone(), format!("`{path}` clashes with another function"), hint);
        }
    }
    for (path, text) in types.iter().filter_map(|raw| raw.path.as_ref().zip(raw.path_text.as_ref())) {
        if !seen.insert((path.module.clone(), snake_case(&path.name))) {
            let message = format!("the tests of `{path}` clash with those of a function");
            problems.report(text.span.clone(), message, "give one of them another name");
        }
    }
    for modules in names.functions.values().chain(names.types.values()) {
        for module in modules.iter().filter(|module| names.crates.contains(module.as_str())) {
            let message = format!("the module `{module}` has the name of a dependency");
            problems.report(0..0, message, "rename the module");
        }
    }
}

/// The module that holds an item's tests: `slugify`, or `money_parse` for `Money::parse`.
pub fn test_module(path: &ItemPath) -> String {
    match &path.owner {
        Some(owner) => format!("{}_{}", snake_case(owner), path.name),
        None => path.name.clone(),
    }
}

/// `ParseError` → `parse_error`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Resolves a function; `None` if a part of it had problems.
pub(super) fn resolve_function(
    raw: RawFunction,
    names: &Names,
    problems: &mut Problems<'_>,
) -> Option<Function> {
    // Without a path the rest is still read, so that its problems are reported in the same run.
    let named = raw.path.as_ref().map(|path| path.name.clone());
    let function = named.or_else(|| raw.signature.as_ref().map(|signature| signature.name.clone()));
    let module = raw.path.as_ref().map(|path| path.module.clone()).unwrap_or_default();
    let subject = Subject { module: &module, function: function.as_deref(), names };
    let mut read = |texts: &[Text]| -> Vec<Example> {
        let one =
            |text: &Text| checked(text, |source| example(source, text.span.clone(), &subject), problems);
        texts.iter().filter_map(one).collect()
    };
    let examples = read(&raw.examples);
    let held_back_examples = read(&raw.held_back_examples);
    let properties = raw
        .properties
        .iter()
        .filter_map(|text| checked(text, |source| property(source, text.span.clone(), &subject), problems));
    let properties = properties.collect();
    if let Some(text) = raw
        .held_back_examples
        .iter()
        .find(|held| raw.examples.iter().any(|shown| shown.value.trim() == held.value.trim()))
    {
        problems.report(text.span.clone(), "this held-back example is also a visible one", "leave one out");
    }
    let (signature, signature_text) = (raw.signature?, raw.signature_text?);
    let resolved = type_imports(&signature.types(), &subject, &signature.type_parameters);
    let imports = resolved.map_err(|fault| {
        problems.report(signature_text.span.clone(), fault.message, fault.hint);
    });
    let (path, path_text) = (raw.path?, raw.path_text?);
    if signature.name != path.name {
        let message = format!("the signature names `{}`, but the path says `{}`", signature.name, path.name);
        problems.report(signature_text.span.clone(), message, "give both the same name");
    }
    let imports = own_module_left_out(imports.unwrap_or_default(), &path.module);
    check_owner(&path, &path_text, &signature, names, problems);
    Some(Function {
        path,
        signature,
        doc: raw.doc,
        examples,
        held_back_examples,
        held_back: raw.held_back,
        properties,
        imports,
        span: raw.span,
    })
}

fn check_owner(
    path: &ItemPath,
    text: &Text,
    signature: &Signature,
    names: &Names,
    problems: &mut Problems<'_>,
) {
    match &path.owner {
        None if signature.method => {
            let hint = "give the path as `module::Type::method`";
            problems.report(text.span.clone(), "`self` in a function that belongs to no type", hint);
        }
        Some(owner) if !names.types.get(owner).is_some_and(|modules| modules.contains(&path.module)) => {
            let known = names.types.keys().map(String::as_str);
            let hint = nearest(owner, known).filter(|known| known != owner).map_or_else(
                || format!("define it: [[type]] with path = \"{}::{owner}\"", path.module),
                |known| format!("did you mean `{known}`?"),
            );
            let message = format!("no type `{owner}` in the module `{}`", path.module);
            problems.report(text.span.clone(), message, hint);
        }
        _ => {}
    }
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

fn own_module_left_out(imports: BTreeSet<Import>, module: &str) -> BTreeSet<Import> {
    imports.into_iter().filter(|import| !matches!(import, Import::Own(own, _) if own == module)).collect()
}

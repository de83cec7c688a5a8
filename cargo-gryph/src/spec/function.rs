//! `[[function]]`: its fields, read one by one and then resolved against the other items.

use std::collections::BTreeSet;
use std::ops::Range;

use super::contradiction::{refuse_contradictions, wrong_call};
use super::expression::{Example, Property, Subject, example, property, type_imports};
use super::fields::{Fields, MOST_EXAMPLES, Text, checked, limited, read_doc};
use super::path::{ItemPath, function_path, snake_case, test_module};
use super::problem::Problems;
use super::scope::{Import, Names, is_prelude};
use super::signature::{Signature, signature};
use super::type_item::RawType;
use crate::similar::nearest;

const MOST_PROPERTIES: usize = 20;

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

impl RawFunction {
    /// Its path as it is written.
    pub(super) fn written(&self) -> Option<String> {
        self.path_text.as_ref().map(|text| text.value.clone())
    }
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
    let paths = types.iter().map(|raw| (&raw.path, &raw.path_text));
    let paths = paths.chain(functions.iter().map(|raw| (&raw.path, &raw.path_text)));
    for (path, text) in paths.filter_map(|(path, text)| path.as_ref().zip(text.as_ref())) {
        if path.owner.is_none() && is_prelude(&path.name) {
            let message = format!("`{}` would hide a name that every module has", path.name);
            problems.report(text.span.clone(), message, "choose another name");
        }
    }
    // Where a path is refused, those who call the function by its name are not to blame.
    for signature in
        functions.iter().filter(|raw| raw.path.is_none()).filter_map(|raw| raw.signature.as_ref())
    {
        names.functions.entry(signature.name.clone()).or_default().insert(String::new());
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
    let properties: Vec<Property> = properties.collect();
    if let Some(text) = raw
        .held_back_examples
        .iter()
        .find(|held| raw.examples.iter().any(|shown| shown.value.trim() == held.value.trim()))
    {
        problems.report(text.span.clone(), "this held-back example is also a visible one", "leave one out");
    }
    let all: Vec<&Example> = examples.iter().chain(&held_back_examples).collect();
    refuse_contradictions(&all, problems);
    let (signature, signature_text) = (raw.signature?, raw.signature_text?);
    // By its bare name a method is not called.
    let is_method = raw.path.as_ref().is_some_and(|path| path.owner.is_some());
    let stated = all.iter().map(|one| (&one.source, &one.span));
    let stated = stated.chain(properties.iter().map(|one| (&one.source, &one.span)));
    for (source, span) in stated.filter(|_| !is_method) {
        if let Some(message) = wrong_call(source, &signature) {
            problems.report(span.clone(), message, "call it as its signature says");
        }
    }
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

pub(super) fn own_module_left_out(imports: BTreeSet<Import>, module: &str) -> BTreeSet<Import> {
    imports.into_iter().filter(|import| !matches!(import, Import::Own(own, _) if own == module)).collect()
}

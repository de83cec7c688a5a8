//! `[[entity.field]]`: a column, its type, and the functions that check or compute it.

use std::ops::Range;

use serde::Serialize;

use super::Context;
use super::call::Call;
use super::data::{Data, Value};
use super::default::default;
use super::field_type::FieldType;
use super::name::{self, Name, Use};
use super::text::Prose;
use crate::spec::architecture::Architecture;
use crate::spec::fields::{Fields, Text};
use crate::spec::problem::Problems;

/// A test of a service has so many rows, each with its own values of what is unique.
const MOST_ROWS: usize = 5;

/// A field of an entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub doc: Prose,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether no two rows have the same; of one owner, where the entity is owned.
    pub unique: bool,
    /// Whether it may be missing.
    pub optional: bool,
    /// What it is where a request leaves it out.
    pub default: Option<Value>,
    /// The function that must say yes, called with fields by their names.
    pub check: Option<Call>,
    /// The function that gives its value, called with fields by their names; requests cannot set it.
    pub computed: Option<Call>,
    /// The bytes of the file that hold it.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Field {
    /// What a function sees of it.
    pub fn data(&self) -> Data {
        let data = self.kind.data();
        if self.optional { Data::Optional(Box::new(data)) } else { data }
    }

    /// Whether requests must name it.
    pub fn is_required(&self) -> bool {
        !self.optional && self.default.is_none() && self.computed.is_none()
    }
}

/// A field with the functions it names, before they are looked up.
pub(super) struct RawField {
    field: Field,
    check: Option<Text>,
    computed: Option<Text>,
}

/// Reads one `[[entity.field]]`.
pub(super) fn raw_field(
    mut fields: Fields<'_>,
    context: &Context<'_>,
    problems: &mut Problems<'_>,
) -> Option<RawField> {
    let name = name::required(&mut fields, Use::Field, problems);
    let doc = Prose::doc(&mut fields, problems);
    let (check, computed) = (fields.text("check", problems), fields.text("computed", problems));
    let fewest = u32::from(computed.is_none());
    let kind = FieldType::read(&mut fields, fewest, context.entities, problems);
    let unique = fields.boolean("unique", problems).unwrap_or(false);
    let optional = fields.boolean("optional", problems).unwrap_or(false);
    let default = match (fields.value("default"), &kind) {
        (Some(value), Some(kind)) => default(kind, value, problems),
        _ => None,
    };
    refuse_contradictions(&fields, &kind, problems);
    if let Some(name) = &name {
        refuse_taken(name, &fields, context, problems);
    }
    let span = fields.span.clone();
    fields.finish(problems);
    let (Some(name), Some(doc), Some(kind)) = (name, doc, kind) else {
        look_up([&check, &computed], context, problems);
        return None;
    };
    let field = Field { name, doc, kind, unique, optional, default, check: None, computed: None, span };
    Some(RawField { field, check, computed })
}

fn refuse_contradictions(fields: &Fields<'_>, kind: &Option<FieldType>, problems: &mut Problems<'_>) {
    let truth = |key: &str| fields.is_true(key);
    let has = |key: &str| fields.has(key);
    let few = kind.as_ref().is_some_and(has_few_values);
    let reference = matches!(kind, Some(FieldType::Reference { .. }));
    let identifier = matches!(kind, Some(FieldType::Uuid));
    for (broken, key, message) in [
        (has("computed") && has("default"), "default", "a computed field has no default"),
        (has("computed") && has("check"), "check", "a computed field is not checked"),
        (has("computed") && reference, "computed", "a reference is chosen by people and cannot be computed"),
        (
            has("computed") && identifier,
            "computed",
            "an identifier is given by whoever has it and cannot be computed",
        ),
        (truth("optional") && has("default"), "default", "a field with a default is never missing"),
        (truth("unique") && has("default"), "default", "a unique field with a default is full after one row"),
        (truth("unique") && few, "unique", "a unique field of so few values is soon full"),
    ] {
        if broken {
            problems.report(fields.place(key), message, "leave one of the two out");
        }
    }
}

/// Refuses names that hide what the code that works on a field needs beside it.
fn refuse_taken(name: &Name, fields: &Fields<'_>, context: &Context<'_>, problems: &mut Problems<'_>) {
    let pages = context.architecture == Some(Architecture::Mvc);
    let why = match name.as_str() {
        "draft" | "now" if fields.has("computed") => "a field is computed from what is called so",
        "form" if pages => "the pages of `mvc` read fields from what is called so",
        _ => return,
    };
    let message = format!("`{name}` cannot be the name of this field: {why}");
    problems.report(fields.place("name"), message, "choose another name");
}

/// Whether a kind has so few values that rows would soon have all of them.
fn has_few_values(kind: &FieldType) -> bool {
    match kind {
        FieldType::Boolean | FieldType::OneOf { .. } => true,
        FieldType::Integer { min, max } => max.saturating_sub(*min) < 9,
        FieldType::Number { min, max } => min == max,
        _ => false,
    }
}

impl RawField {
    /// Says which functions there are not, where the fields cannot be held against them.
    pub(super) fn look_up(&self, context: &Context<'_>, problems: &mut Problems<'_>) {
        look_up([&self.check, &self.computed], context, problems);
    }
}

fn look_up(named: [&Option<Text>; 2], context: &Context<'_>, problems: &mut Problems<'_>) {
    for text in named.into_iter().flatten() {
        context.functions.call(text, problems);
    }
}

/// Looks up the functions of an entity's fields.
pub(super) fn resolve(raw: Vec<RawField>, context: &Context<'_>, problems: &mut Problems<'_>) -> Vec<Field> {
    let known: Vec<Field> = raw.iter().map(|raw| raw.field.clone()).collect();
    let computed: Vec<Name> =
        raw.iter().filter(|raw| raw.computed.is_some()).map(|raw| raw.field.name.clone()).collect();
    let mut fields = Vec::new();
    for mut raw in raw {
        let own = &raw.field;
        let check = raw.check.as_ref().and_then(|text| {
            let call = called(text, &known, context, problems)?;
            if call.answer != Data::Boolean || call.fallible {
                problems.report(text.span.clone(), "a check returns `bool`", "");
            }
            refuse_computed(text, &call, &computed, problems);
            if !call.takes(own.name.as_str()) {
                let message = format!("this check does not look at `{}`", own.name);
                problems.report(text.span.clone(), message, "name one of its parameters like the field");
            }
            let is_seen =
                |field: &&Field| field.unique && field.name != own.name && call.takes(field.name.as_str());
            let before = problems.count();
            known.iter().filter(is_seen).chain(own.unique.then_some(own)).for_each(|field| {
                refuse_few(field, text, &call, problems);
            });
            if problems.count() == before {
                let field = |name: &str| {
                    let field = known.iter().find(|field| field.name.as_str() == name)?;
                    Some((&field.kind, field.optional))
                };
                call.refuse_no_approval(text, field, problems);
            }
            Some(call)
        });
        let computed = raw.computed.as_ref().and_then(|text| {
            let call = called(text, &known, context, problems)?;
            if call.answer != own.data() || call.fallible {
                let message =
                    format!("this function returns `{}`, but the field holds `{}`", call.answer, own.data());
                problems.report(text.span.clone(), message, "give both the same type, without Result");
            }
            Some(call)
        });
        (raw.field.check, raw.field.computed) = (check, computed);
        fields.push(raw.field);
    }
    refuse_cycles(&fields, problems);
    fields
}

/// A check holds what somebody says against the rules, before anything is computed of it.
fn refuse_computed(text: &Text, call: &Call, computed: &[Name], problems: &mut Problems<'_>) {
    if let Some(name) = computed.iter().find(|name| call.takes(name.as_str())) {
        let message = format!("this check looks at `{name}`, which is computed after it");
        problems.report(text.span.clone(), message, "let it look at what that is computed from");
    }
}

/// A unique value that is checked can only be an example of its check.
fn refuse_few(field: &Field, text: &Text, call: &Call, problems: &mut Problems<'_>) {
    let Some(place) = call.parameters.iter().position(|parameter| parameter.name == field.name.as_str())
    else {
        return;
    };
    // What is referred to is made for each row.
    if matches!(field.kind, FieldType::Reference { .. }) {
        return;
    }
    let mut values: Vec<&Value> = Vec::new();
    for value in call.judgements.iter().filter(|one| one.approves).filter_map(|one| one.arguments.get(place))
    {
        if *value != Value::Null && field.kind.fault(value).is_none() && !values.contains(&value) {
            values.push(value);
        }
    }
    if values.len() < MOST_ROWS {
        let message = format!(
            "`{}` is unique, but of its values this check says yes to {} in examples",
            field.name,
            values.len()
        );
        let hint =
            format!("give {MOST_ROWS} such examples, one for each row that the tests of the service make");
        problems.report(text.span.clone(), message, hint);
    }
}

/// A call whose parameters are fields, by name and type.
fn called(text: &Text, known: &[Field], context: &Context<'_>, problems: &mut Problems<'_>) -> Option<Call> {
    let call = context.functions.call(text, problems)?;
    for parameter in &call.parameters {
        let name = &parameter.name;
        let field = known.iter().find(|field| field.name.as_str() == name);
        let (message, hint) = match field {
            None => (
                format!("the parameter `{name}` is no field of this entity"),
                "parameters are called like the fields that go in".to_owned(),
            ),
            Some(field) if field.data() != parameter.data => (
                format!(
                    "the parameter `{name}` holds `{}`, but the field `{}`",
                    parameter.data,
                    field.data()
                ),
                "a field that may be missing goes in as `Option<…>`".to_owned(),
            ),
            Some(_) => continue,
        };
        problems.report(text.span.clone(), message, hint);
    }
    Some(call)
}

/// Refuses fields that are computed from themselves.
fn refuse_cycles(fields: &[Field], problems: &mut Problems<'_>) {
    let computed = |field: &Field| -> Vec<usize> {
        let parameters = field.computed.iter().flat_map(|call| &call.parameters);
        parameters.filter_map(|one| fields.iter().position(|field| field.name.as_str() == one.name)).collect()
    };
    let edges: Vec<Vec<usize>> = fields.iter().map(computed).collect();
    if let Some(cycle) = super::cycle::cycle(&edges) {
        let names: Vec<&str> = cycle.iter().map(|index| fields[*index].name.as_str()).collect();
        let message = format!("these fields are computed from each other: {}", names.join(" → "));
        problems.report(fields[cycle[0]].span.clone(), message, "compute one of them from other fields");
    }
}

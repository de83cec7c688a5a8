//! Diagrams of a service for Mermaid: every node has an identifier of ours, names and texts are labels in quotes.

use std::fmt::Write as _;

use super::escape::mermaid;
use super::service::{ComponentKind, ServicePlan};
use crate::spec::service::{Entity, Field, FieldType, Name};

/// The components and what they use, as a flow chart.
pub(crate) fn components(plan: &ServicePlan) -> String {
    let mut out = String::from("flowchart LR\n");
    let node = |name: &str| plan.components.iter().position(|component| component.name == name);
    for (index, component) in plan.components.iter().enumerate() {
        let label =
            format!("{}: {}", mermaid(&component.name), mermaid(&component.purpose)).replace(": ", "<br/>");
        let (open, close) = match component.kind {
            ComponentKind::Actor => ("([", "])"),
            ComponentKind::Code => ("[", "]"),
            ComponentKind::Store => ("[(", ")]"),
        };
        let _ = writeln!(out, "    c{index}{open}\"{label}\"{close}");
    }
    for relation in &plan.relations {
        if let (Some(from), Some(to)) = (node(&relation.from), node(&relation.to)) {
            let _ = writeln!(out, "    c{from} -->|\"{}\"| c{to}", mermaid(&relation.what));
        }
    }
    out
}

/// The entities and how they refer to each other.
pub(crate) fn entities(plan: &ServicePlan) -> String {
    let entities = &plan.service.entities;
    let mut out = String::from("erDiagram\n");
    for (index, entity) in entities.iter().enumerate() {
        let _ = writeln!(out, "    e{index}[\"{}\"] {{", mermaid(entity.name.as_str()));
        let _ = writeln!(out, "        uuid id PK");
        for field in &entity.fields {
            let _ = writeln!(out, "        {}", attribute(field));
        }
        let _ = writeln!(out, "    }}");
    }
    for (index, entity) in entities.iter().enumerate() {
        for line in references(index, entity, entities) {
            let _ = writeln!(out, "    {line}");
        }
    }
    out
}

fn attribute(field: &Field) -> String {
    let kind = match &field.kind {
        FieldType::Text(_) => "text",
        FieldType::Email(_) => "email",
        FieldType::Url(_) => "url",
        FieldType::Integer { .. } => "integer",
        FieldType::Number { .. } => "number",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::Datetime => "datetime",
        FieldType::Uuid | FieldType::Reference { .. } => "uuid",
        FieldType::OneOf { .. } => "choice",
    };
    let reference = matches!(field.kind, FieldType::Reference { .. });
    let key = match (reference, field.unique) {
        (true, true) => " FK, UK",
        (true, false) => " FK",
        (false, true) => " UK",
        (false, false) => "",
    };
    format!("{kind} {}{key} \"{}\"", field.name, mermaid(field.doc.untrusted()))
}

fn references(index: usize, entity: &Entity, entities: &[Entity]) -> Vec<String> {
    let line = |(field, target): (&Field, &Name)| {
        let target = entities.iter().position(|entity| entity.name == *target)?;
        let many = if field.unique { "|o" } else { "}o" };
        let one = if field.optional { "o|" } else { "||" };
        Some(format!("e{index} {many}--{one} e{target} : \"{}\"", mermaid(field.name.as_str())))
    };
    entity.references().filter_map(line).collect()
}

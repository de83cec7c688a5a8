//! What a declaration says before its body: the line, the types it takes, the type it gives back.

use tree_sitter::Node;

use super::line::one_line;
use super::{BODY_LIMIT, TYPES_LIMIT};

/// Everything of a declaration before its body, on one line.
pub(super) fn head(node: Node<'_>, body: Option<Node<'_>>, text: &str) -> String {
    let end = body.map_or(node.end_byte(), |body| body.start_byte());
    let line = one_line(text[node.start_byte()..end].trim_end_matches([';', '=', ' ', '\n']));
    line.trim_end_matches([';', '=', ' ', ',']).to_owned()
}

/// The text of a named part of a node, empty where there is none.
pub(super) fn part<'t>(node: Node<'_>, name: &str, text: &'t str) -> &'t str {
    node.child_by_field_name(name).map_or("", |part| &text[part.byte_range()])
}

/// Whether a declaration is `pub` without a restriction.
pub(super) fn is_pub(node: Node<'_>, text: &str) -> bool {
    let mut cursor = node.walk();
    let mut modifiers = node.named_children(&mut cursor).take_while(|child| child.kind() != "block");
    modifiers.any(|child| child.kind() == "visibility_modifier" && &text[child.byte_range()] == "pub")
}

/// The types of a function's parameters, `self` apart.
pub(super) fn parameters(function: Node<'_>, text: &str) -> Vec<String> {
    let Some(list) = function.child_by_field_name("parameters") else { return Vec::new() };
    let mut cursor = list.walk();
    let parameters = list.named_children(&mut cursor);
    parameters.filter_map(|parameter| parameter_type(parameter, text)).take(TYPES_LIMIT).collect()
}

/// The type of one parameter.
fn parameter_type(parameter: Node<'_>, text: &str) -> Option<String> {
    match parameter.kind() {
        "parameter" if part(parameter, "pattern", text) == "self" => None,
        "parameter" => parameter.child_by_field_name("type").map(|of| one_line(&text[of.byte_range()])),
        "self_parameter" | "variadic_parameter" | "attribute_item" | "line_comment" | "block_comment" => None,
        // The edition of 2015 has parameters without a name in traits.
        _ => Some(one_line(&text[parameter.byte_range()])),
    }
}

/// The types of a structure's fields or an enumeration's variants, each once.
pub(super) fn fields(body: Node<'_>, text: &str) -> Vec<String> {
    let mut types = Vec::new();
    let mut lists = vec![body];
    while let Some(list) = lists.pop().filter(|_| types.len() < TYPES_LIMIT) {
        let mut cursor = list.walk();
        let typed: Vec<Node<'_>> =
            list.children_by_field_name("type", &mut cursor).take(TYPES_LIMIT).collect();
        types.extend(typed.into_iter().map(|of| one_line(&text[of.byte_range()])));
        let mut inner: Vec<Node<'_>> = list.named_children(&mut cursor).filter_map(holds_fields).collect();
        inner.reverse();
        lists.append(&mut inner);
    }
    let mut seen = std::collections::HashSet::new();
    types.retain(|of| seen.insert(of.clone()));
    types.truncate(TYPES_LIMIT);
    types
}

/// The node whose `type` parts are types of fields: a field, or the fields of a variant.
fn holds_fields(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "field_declaration" => Some(node),
        "enum_variant" => node.child_by_field_name("body"),
        _ => None,
    }
}

/// The signatures of the functions in the braces of a trait or an implementation, one a line.
pub(super) fn outline(body: Node<'_>, text: &str) -> String {
    let mut lines = String::new();
    let mut cursor = body.walk();
    for child in body.named_children(&mut cursor) {
        if matches!(child.kind(), "function_item" | "function_signature_item") && lines.len() < BODY_LIMIT {
            lines.push_str(&head(child, child.child_by_field_name("body"), text));
            lines.push('\n');
        }
    }
    lines
}

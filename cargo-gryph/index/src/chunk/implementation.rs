//! Traits and implementations.
//!
//! Their bodies are outlines, the signatures of their functions, since the functions are items themselves. An
//! `impl` without a trait is no item: all that it says is in its functions.

use std::rc::Rc;

use tree_sitter::Node;

use super::collect::{Frame, Reader};
use super::lead::Lead;
use super::line::{one_line, type_name};
use super::scope::{Inside, Scope};
use super::signature::{is_pub, outline, part};
use crate::item::Kind;

impl<'t> Reader<'t> {
    /// Adds a trait; gives back its braces.
    pub(super) fn interface<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let name = part(node, "name", self.text);
        let body = node.child_by_field_name("body");
        let mut item = self.item(Kind::Trait, name, node, (lead, scope));
        item.body = body.map_or_else(String::new, |body| outline(body, self.text));
        self.push(item, node, &lead.docs, Vec::new());
        let inner = scope.of(lead, name, Inside::Trait, is_pub(node, self.text))?;
        Some(Frame { node: body?, scope: inner })
    }

    /// Adds the head of an implementation of a trait; gives back its braces.
    pub(super) fn implementation<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let name = type_name(part(node, "type", self.text));
        let body = node.child_by_field_name("body");
        let of_trait = node.child_by_field_name("trait").map(|of| one_line(&self.text[of.byte_range()]));
        let inside = of_trait.clone().map_or(Inside::Type, Inside::Implementation);
        let inner = scope.of_implementation(lead, &name, inside)?;
        if let Some(of_trait) = of_trait {
            let mut item = self.item(Kind::Impl, &name, node, (lead, scope));
            item.body = body.map_or_else(String::new, |body| outline(body, self.text));
            item.public = inner.public;
            let mut owners = vec![item.path.clone()];
            owners.extend(local(&of_trait).map(|name| scope.path_of(name)));
            item.of_trait = Some(of_trait);
            self.push(item, node, &lead.docs, owners);
        }
        Some(Frame { node: body?, scope: inner })
    }
}

/// The name of a trait that may stand in the same module: one without a path before it.
pub(super) fn local(of_trait: &str) -> Option<&str> {
    let name = of_trait.split('<').next().unwrap_or(of_trait).trim();
    (!name.contains("::")).then_some(name)
}

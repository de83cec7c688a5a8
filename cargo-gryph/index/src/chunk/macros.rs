//! Macros: those that are defined, and the items inside of those that are used.
//!
//! Many crates wrap items in a macro that adds a condition or an attribute: `cfg_rt! { pub fn spawn… }`,
//! `pin_project! { struct… }`. Where what stands in the braces parses as items, it is read as if the macro
//! were not there; what a macro makes of anything else is not seen.

use std::rc::Rc;

use tree_sitter::{Node, Point, Range};

use super::collect::{Frame, Job, Reader};
use super::lead::Lead;
use super::line::one_line;
use super::scope::Scope;
use super::signature::part;
use super::{BODY_LIMIT, cut};
use crate::item::Kind;

impl<'t> Reader<'t> {
    /// Adds a `macro_rules!`. One with `macro_export` is found at the crate's root and is public.
    pub(super) fn macro_rules<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let name = part(node, "name", self.text);
        let mut item = self.item(Kind::Macro, name, node, (lead, scope));
        item.signature = format!("macro_rules! {name}");
        let own = &self.text[node.byte_range()];
        let rules = own.find(['{', '(', '[']).map_or("", |at| &own[at..]);
        item.body = cut(rules, BODY_LIMIT).to_owned();
        let exported = lead.attributes.iter().any(|attribute| attribute.path == "macro_export");
        if exported {
            let root = scope.path.split("::").next().unwrap_or_default();
            item.path = format!("{root}::{name}");
        }
        item.public = exported && !lead.hides() && scope.role == super::place::Role::Library;
        self.push(item, node, &lead.docs, Vec::new());
        None
    }

    /// A statement at the place of an item: a macro with a semicolon is one.
    pub(super) fn statement<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let inner = node.named_child(0).filter(|child| child.kind() == "macro_invocation")?;
        self.invocation(inner, lead, scope)
    }

    /// Puts what stands in the braces of a macro on the list of what is to be read.
    pub(super) fn invocation<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let name = part(node, "macro", self.text);
        let name = name.rsplit("::").next().unwrap_or_default();
        let mut cursor = node.walk();
        let given = node.named_children(&mut cursor).find(|child| child.kind() == "token_tree")?;
        if name == "cfg_if" {
            self.branches(given, lead, scope);
        } else {
            let condition = name.starts_with("cfg_").then(|| format!("{name}!"));
            self.later(given, condition, lead, scope);
        }
        None
    }

    /// Puts each branch of `cfg_if! { if #[cfg(…)] { … } else { … } }` on the list.
    fn branches(&mut self, given: Node<'_>, lead: &Lead<'t>, scope: &Rc<Scope>) {
        let mut condition = None;
        let mut cursor = given.walk();
        for child in given.named_children(&mut cursor).filter(|child| child.kind() == "token_tree") {
            let own = &self.text[child.byte_range()];
            if let Some(cfg) = own.strip_prefix("[cfg(").and_then(|rest| rest.strip_suffix(")]")) {
                condition = Some(one_line(cfg));
            } else {
                self.later(child, condition.take(), lead, scope);
            }
        }
    }

    /// Puts the inside of braces on the list. What a condition guards is read although parts of it do not
    /// parse.
    fn later(&mut self, braces: Node<'_>, condition: Option<String>, lead: &Lead<'t>, scope: &Rc<Scope>) {
        let own = &self.text[braces.byte_range()];
        let enclosed = own.starts_with('{') && own.ends_with('}') && own.len() > 2;
        let (true, Some(mut inner)) = (enclosed, scope.deeper(lead)) else { return };
        let tolerant = condition.is_some();
        inner.cfg.extend(condition);
        self.jobs.push(Job { range: Some(inside(braces)), scope: Rc::new(inner), tolerant });
    }
}

/// The range between the braces.
fn inside(braces: Node<'_>) -> Range {
    let (start, end) = (braces.start_position(), braces.end_position());
    Range {
        start_byte: braces.start_byte() + 1,
        end_byte: braces.end_byte() - 1,
        start_point: Point::new(start.row, start.column + 1),
        end_point: Point::new(end.row, end.column.saturating_sub(1)),
    }
}

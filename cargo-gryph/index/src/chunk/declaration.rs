//! Declarations become items: functions, types, values, modules.

use std::rc::Rc;

use tree_sitter::Node;

use super::collect::{Frame, Reader, lines};
use super::implementation::local;
use super::lead::Lead;
use super::line::one_line;
use super::place::Role;
use super::scope::{Inside, Scope};
use super::signature::{fields, head, is_pub, parameters, part};
use super::{BODY_LIMIT, cut};
use crate::item::{Item, Kind};

impl<'t> Reader<'t> {
    /// Adds the item of a declaration; gives back its inside where that holds declarations too.
    pub(super) fn declaration<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        match node.kind() {
            "function_item" | "function_signature_item" => self.function(node, lead, scope),
            "struct_item" => self.record(Kind::Struct, node, lead, scope),
            "enum_item" => self.record(Kind::Enum, node, lead, scope),
            "union_item" => self.record(Kind::Union, node, lead, scope),
            "trait_item" => self.interface(node, lead, scope),
            "impl_item" => self.implementation(node, lead, scope),
            "mod_item" => self.module(node, lead, scope),
            "const_item" | "static_item" => self.value(node, lead, scope),
            "type_item" => self.alias(node, lead, scope),
            "macro_definition" => self.macro_rules(node, lead, scope),
            "macro_invocation" => self.invocation(node, lead, scope),
            "expression_statement" => self.statement(node, lead, scope),
            "foreign_mod_item" => open(node.child_by_field_name("body")?, lead, scope),
            "ERROR" => open(node, lead, scope),
            _ => None,
        }
    }

    /// An item with what every declaration has.
    pub(super) fn item(&self, kind: Kind, name: &str, node: Node<'_>, of: (&Lead<'_>, &Scope)) -> Item {
        let (lead, scope) = of;
        Item {
            kind,
            path: scope.path_of(name),
            name: name.to_owned(),
            signature: head(node, node.child_by_field_name("body"), self.text),
            of_trait: None,
            takes: Vec::new(),
            returns: None,
            docs: lead.docs.text(),
            body: self.body(node.child_by_field_name("body")),
            cfg: scope.cfg.iter().cloned().chain(lead.conditions()).collect(),
            public: scope.public && is_pub(node, self.text) && !lead.hides(),
            lines: lines(node),
        }
    }

    /// The text of a body as far as it is kept.
    pub(super) fn body(&self, body: Option<Node<'_>>) -> String {
        body.map_or("", |body| cut(&self.text[body.byte_range()], BODY_LIMIT)).to_owned()
    }

    /// Adds a function, method, test, example or procedural macro.
    fn function<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let mut item =
            self.item(function_kind(lead, scope), part(node, "name", self.text), node, (lead, scope));
        item.takes = parameters(node, self.text);
        item.returns =
            node.child_by_field_name("return_type").map(|of| one_line(&self.text[of.byte_range()]));
        item.public = match &scope.inside {
            Inside::Module | Inside::Type => item.public,
            Inside::Trait | Inside::Implementation(_) => scope.public && !lead.hides(),
        } && item.kind != Kind::Test;
        if let Some(derived) = lead.arguments("proc_macro_derive").and_then(|all| all.split(',').next()) {
            item.name = derived.trim().to_owned();
            item.path = scope.path_of(&item.name);
        }
        self.push_member(item, node, lead, scope);
        // Where a brace is missing, the functions that follow stand inside of this one.
        let body = node.child_by_field_name("body").filter(|body| body.has_error())?;
        open(body, &Lead::default(), scope)
    }

    /// Adds an item that may belong to a type or a trait.
    fn push_member(&mut self, mut item: Item, node: Node<'_>, lead: &Lead<'_>, scope: &Scope) {
        let mut owners = Vec::new();
        if scope.inside != Inside::Module {
            owners.push(scope.path.clone());
        }
        if let Inside::Implementation(of_trait) = &scope.inside {
            item.of_trait = Some(of_trait.clone());
            let module = scope.path.rsplit_once("::").map_or("", |(module, _)| module);
            owners.extend(local(of_trait).map(|name| format!("{module}::{name}")));
        }
        self.push(item, node, &lead.docs, owners);
    }

    /// Adds a structure, an enumeration or a union.
    fn record<'tree>(
        &mut self,
        kind: Kind,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let mut item = self.item(kind, part(node, "name", self.text), node, (lead, scope));
        if let Some(body) = node.child_by_field_name("body") {
            item.takes = fields(body, self.text);
            if body.kind() == "ordered_field_declaration_list" {
                item.signature = head(node, None, self.text);
                item.body = String::new();
            }
        }
        self.push(item, node, &lead.docs, Vec::new());
        None
    }

    /// Adds a `const` or a `static`; those called `_` have no name to be found by.
    fn value<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let name = part(node, "name", self.text);
        let value = node.child_by_field_name("value");
        let mut item = self.item(Kind::Constant, name, node, (lead, scope));
        item.signature = head(node, value, self.text);
        item.returns = node.child_by_field_name("type").map(|of| one_line(&self.text[of.byte_range()]));
        item.body = self.body(value);
        if matches!(scope.inside, Inside::Trait | Inside::Implementation(_)) {
            item.public = scope.public && !lead.hides();
        }
        if name != "_" {
            self.push_member(item, node, lead, scope);
        }
        None
    }

    /// Adds a `type` outside of implementations.
    fn alias<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        if scope.inside == Inside::Module {
            let mut item = self.item(Kind::Alias, part(node, "name", self.text), node, (lead, scope));
            item.takes = vec![one_line(part(node, "type", self.text))];
            self.push(item, node, &lead.docs, Vec::new());
        }
        None
    }

    /// Adds a module's documentation; gives back its braces.
    fn module<'tree>(
        &mut self,
        node: Node<'tree>,
        lead: &Lead<'t>,
        scope: &Rc<Scope>,
    ) -> Option<Frame<'tree>> {
        let body = node.child_by_field_name("body");
        let mut lead = lead.clone();
        if let Some(body) = body {
            let within = Lead::within(body, self.text);
            lead.docs.extend(within.docs);
            lead.attributes.extend(within.attributes);
        }
        let name = part(node, "name", self.text);
        let inner = scope.of(&lead, name, Inside::Module, is_pub(node, self.text))?;
        self.module_docs(node, &lead, &inner);
        Some(Frame { node: body?, scope: inner })
    }

    /// Adds the documentation of a module, where it has some.
    pub(super) fn module_docs(&mut self, node: Node<'_>, lead: &Lead<'_>, module: &Scope) {
        if lead.docs.is_empty() {
            return;
        }
        let name = module.path.rsplit("::").next().unwrap_or_default();
        let mut item = self.item(Kind::Module, name, node, (lead, module));
        item.path.clone_from(&module.path);
        item.cfg.clone_from(&module.cfg);
        item.public = module.public;
        item.body = String::new();
        if node.kind() != "mod_item" {
            item.signature = format!("mod {name}");
            item.lines.last = item.lines.first;
        }
        self.push(item, node, &lead.docs, Vec::new());
    }
}

/// The inside of something that adds nothing to the paths.
pub(super) fn open<'tree>(node: Node<'tree>, lead: &Lead<'_>, scope: &Scope) -> Option<Frame<'tree>> {
    Some(Frame { node, scope: Rc::new(scope.deeper(lead)?) })
}

/// What kind of item a function is.
fn function_kind(lead: &Lead<'_>, scope: &Scope) -> Kind {
    let macros = ["proc_macro", "proc_macro_attribute", "proc_macro_derive"];
    if scope.is_test() || lead.is_test() {
        Kind::Test
    } else if scope.role == Role::Example {
        Kind::Example
    } else if lead.attributes.iter().any(|attribute| macros.contains(&attribute.path)) {
        Kind::Macro
    } else if scope.inside == Inside::Module {
        Kind::Function
    } else {
        Kind::Method
    }
}

//! What stands before an item and belongs to it: documentation and attributes.

use tree_sitter::Node;

use super::attribute::{Attribute, only_in_tests};
use super::docs::{self, Docs, Of};

/// The documentation and the attributes of an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Lead<'t> {
    /// The documentation.
    pub(super) docs: Docs,
    /// The attributes.
    pub(super) attributes: Vec<Attribute<'t>>,
}

impl<'t> Lead<'t> {
    /// Takes a node in, where it is documentation for what follows or an attribute. False for other nodes.
    pub(super) fn takes(&mut self, node: Node<'_>, text: &'t str) -> bool {
        self.add(node, text, Of::Next)
    }

    /// The documentation and attributes of the module itself with which its text begins.
    pub(super) fn within(body: Node<'_>, text: &'t str) -> Self {
        let mut lead = Self::default();
        let mut cursor = body.walk();
        for child in body.named_children(&mut cursor) {
            if !lead.add(child, text, Of::Module) && child.kind() != "shebang" {
                break;
            }
        }
        lead
    }

    /// The conditions under which the item exists.
    pub(super) fn conditions(&self) -> impl Iterator<Item = String> {
        self.attributes.iter().filter_map(Attribute::condition)
    }

    /// Whether the item exists in tests only or is one.
    pub(super) fn is_test(&self) -> bool {
        self.attributes.iter().any(Attribute::is_test) || self.conditions().any(|cfg| only_in_tests(&cfg))
    }

    /// Whether the item is hidden from the documentation.
    pub(super) fn hides(&self) -> bool {
        self.attributes.iter().any(Attribute::hides)
    }

    /// The arguments of an attribute with this path.
    pub(super) fn arguments(&self, path: &str) -> Option<&'t str> {
        self.attributes.iter().find(|attribute| attribute.path == path).map(Attribute::arguments)
    }

    /// Takes in a comment or an attribute that is of the one asked for; passes over other comments.
    fn add(&mut self, node: Node<'_>, text: &'t str, wanted: Of) -> bool {
        let own = &text[node.byte_range()];
        match (node.kind(), wanted) {
            ("line_comment" | "block_comment", _) => {
                if docs::of(own.trim_end()) == Some(wanted) {
                    self.docs.comment(own.trim_end(), node.start_position().row);
                }
                true
            }
            ("attribute_item", Of::Next) | ("inner_attribute_item", Of::Module) => {
                let attribute = Attribute::of(own);
                if let Some(docs) = attribute.docs() {
                    self.docs.attribute(&docs, node.start_position().row);
                }
                self.attributes.push(attribute);
                true
            }
            _ => false,
        }
    }
}

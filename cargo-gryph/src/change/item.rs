//! The items of a file under names that stay the same when their contents change.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::spanned::Spanned;

use crate::schema::{Source, attributes, compact, is_test};

/// One item, or one member of an `impl` or a trait.
pub(super) struct Item<'a> {
    /// Its place among the modules: `slug::slugify`, `Money::parse`, `<Money as Display>::fmt`.
    pub(super) name: String,
    pub(super) attributes: &'a [syn::Attribute],
    pub(super) is_test: bool,
    /// Visible outside the crate as far as its own line says, or part of a trait.
    pub(super) is_public: bool,
    /// The byte where it begins, attributes included.
    pub(super) start: usize,
    pub(super) node: Node<'a>,
}

/// What an item is.
pub(super) enum Node<'a> {
    /// A function with a body.
    Function(Function<'a>),
    /// The head of an `impl`, a trait or a module: what stands before the brace.
    Head { is_trait_impl: bool, generics: Option<&'a syn::Generics> },
    /// A `use`.
    Import(String),
    /// Anything else, whole.
    Other { tokens: String, of_trait_impl: bool, is_type: bool },
}

/// A function with a body.
#[derive(Clone, Copy)]
pub(super) struct Function<'a> {
    pub(super) signature: &'a syn::Signature,
    pub(super) block: &'a syn::Block,
    /// The trait it implements, by its last name.
    pub(super) implements: Option<&'a syn::Path>,
    /// It stands in an `impl` of a trait.
    pub(super) of_trait_impl: bool,
}

/// Items by key, in the order of the keys.
pub(super) type Items<'a> = BTreeMap<String, Item<'a>>;

/// All items of a file; those inside bodies are part of the bodies.
pub(super) fn items<'a>(source: &'a Source, is_test_file: bool) -> Items<'a> {
    let mut collector = Collector { source, modules: Vec::new(), items: BTreeMap::new() };
    collector.walk(&source.file.items, is_test_file || is_test(&source.file.attrs));
    collector.items
}

struct Collector<'a> {
    source: &'a Source,
    modules: Vec<String>,
    items: Items<'a>,
}

struct New<'a> {
    /// `fn`, `impl`, …: two kinds of item may share a name.
    kind: &'static str,
    name: String,
    attributes: &'a [syn::Attribute],
    is_test: bool,
    is_public: bool,
    start: usize,
    node: Node<'a>,
}

impl<'a> Collector<'a> {
    fn add(&mut self, new: New<'a>) {
        let New { kind, name, attributes, is_test, is_public, start, node } = new;
        let modules: String = self.modules.iter().map(|module| format!("{module}::")).collect();
        let name = format!("{modules}{name}");
        // Twins, for two targets say, are told apart by their order.
        let mut key = format!("{kind} {name}");
        let mut number = 2;
        while self.items.contains_key(&key) {
            key = format!("{kind} {name} {number}");
            number += 1;
        }
        self.items.insert(key, Item { name, attributes, is_test, is_public, start, node });
    }

    fn start(&self, of: &impl Spanned) -> usize {
        self.source.range(of.span()).start
    }

    fn walk(&mut self, items: &'a [syn::Item], in_tests: bool) {
        for item in items {
            self.item(item, in_tests);
        }
    }

    fn item(&mut self, item: &'a syn::Item, in_tests: bool) {
        let attributes = attributes(item);
        let test = in_tests || is_test(attributes);
        let start = self.start(item);
        match item {
            syn::Item::Fn(function) => self.add(New {
                kind: "fn",
                name: function.sig.ident.to_string(),
                attributes,
                is_test: test,
                is_public: is_public(&function.vis),
                start,
                node: Node::Function(Function {
                    signature: &function.sig,
                    block: &function.block,
                    implements: None,
                    of_trait_impl: false,
                }),
            }),
            syn::Item::Mod(module) if module.content.is_some() => {
                let name = module.ident.to_string();
                let node = Node::Head { is_trait_impl: false, generics: None };
                let is_public = is_public(&module.vis);
                self.add(New {
                    kind: "mod",
                    name: name.clone(),
                    attributes,
                    is_test: test,
                    is_public,
                    start,
                    node,
                });
                self.modules.push(name);
                let inside = module.content.as_ref().map_or(&[][..], |(_, items)| items);
                self.walk(inside, test);
                self.modules.pop();
            }
            syn::Item::Impl(block) => self.implementation(block, test),
            syn::Item::Trait(definition) => self.definition(definition, test),
            other => {
                let (kind, name, is_public, is_type) = named(other);
                let node = match other {
                    syn::Item::Use(import) => Node::Import(compact(import.tree.to_token_stream())),
                    _ => Node::Other { tokens: bare(other), of_trait_impl: false, is_type },
                };
                self.add(New { kind, name, attributes, is_test: test, is_public, start, node });
            }
        }
    }

    fn implementation(&mut self, block: &'a syn::ItemImpl, in_tests: bool) {
        let of = plain_type(&block.self_ty);
        let implements = block.trait_.as_ref().map(|(_, path, _)| path);
        let holder = match implements {
            Some(path) => {
                let last =
                    path.segments.last().map(|last| compact(last.to_token_stream())).unwrap_or_default();
                format!("<{of} as {last}>")
            }
            None => of,
        };
        let of_trait_impl = implements.is_some();
        self.add(New {
            kind: "impl",
            name: holder.clone(),
            attributes: &block.attrs,
            is_test: in_tests,
            is_public: false,
            start: self.start(block),
            node: Node::Head { is_trait_impl: of_trait_impl, generics: Some(&block.generics) },
        });
        for member in &block.items {
            let (kind, name, attributes, is_public, node) = match member {
                syn::ImplItem::Fn(method) => {
                    let (signature, block) = (&method.sig, &method.block);
                    let node = Node::Function(Function { signature, block, implements, of_trait_impl });
                    let is_public = is_public(&method.vis) || of_trait_impl;
                    ("fn", method.sig.ident.to_string(), &method.attrs[..], is_public, node)
                }
                syn::ImplItem::Const(item) => (
                    "const",
                    item.ident.to_string(),
                    &item.attrs[..],
                    is_public(&item.vis),
                    whole(item, of_trait_impl),
                ),
                syn::ImplItem::Type(item) => (
                    "type",
                    item.ident.to_string(),
                    &item.attrs[..],
                    is_public(&item.vis),
                    whole(item, of_trait_impl),
                ),
                other => {
                    ("member", compact(other.to_token_stream()), &[][..], false, whole(other, of_trait_impl))
                }
            };
            let start = self.start(member);
            let is_test = in_tests || is_test(attributes);
            self.add(New {
                kind,
                name: format!("{holder}::{name}"),
                attributes,
                is_test,
                is_public,
                start,
                node,
            });
        }
    }

    fn definition(&mut self, definition: &'a syn::ItemTrait, in_tests: bool) {
        let holder = definition.ident.to_string();
        let is_public = is_public(&definition.vis);
        self.add(New {
            kind: "trait",
            name: holder.clone(),
            attributes: &definition.attrs,
            is_test: in_tests,
            is_public,
            start: self.start(definition),
            node: Node::Head { is_trait_impl: false, generics: Some(&definition.generics) },
        });
        for member in &definition.items {
            let (kind, name, attributes, node) = match member {
                syn::TraitItem::Fn(syn::TraitItemFn {
                    attrs, sig: signature, default: Some(block), ..
                }) => {
                    let function = Function { signature, block, implements: None, of_trait_impl: false };
                    ("fn", signature.ident.to_string(), &attrs[..], Node::Function(function))
                }
                syn::TraitItem::Fn(method) => {
                    ("fn", method.sig.ident.to_string(), &method.attrs[..], whole(member, false))
                }
                other => ("member", compact(other.to_token_stream()), &[][..], whole(other, false)),
            };
            let start = self.start(member);
            let is_test = in_tests || is_test(attributes);
            self.add(New {
                kind,
                name: format!("{holder}::{name}"),
                attributes,
                is_test,
                is_public,
                start,
                node,
            });
        }
    }
}

fn whole<'a>(of: &impl ToTokens, of_trait_impl: bool) -> Node<'a> {
    Node::Other { tokens: of.to_token_stream().to_string(), of_trait_impl, is_type: false }
}

/// The tokens of an item without its attributes, which are compared by themselves.
fn bare(item: &syn::Item) -> String {
    let mut item = item.clone();
    match &mut item {
        syn::Item::Struct(item) => item.attrs.clear(),
        syn::Item::Enum(item) => item.attrs.clear(),
        syn::Item::Union(item) => item.attrs.clear(),
        syn::Item::Const(item) => item.attrs.clear(),
        syn::Item::Static(item) => item.attrs.clear(),
        syn::Item::Type(item) => item.attrs.clear(),
        _ => {}
    }
    item.to_token_stream().to_string()
}

/// Kind, name, visibility, and whether it is a type.
fn named(item: &syn::Item) -> (&'static str, String, bool, bool) {
    match item {
        syn::Item::Struct(item) => ("type", item.ident.to_string(), is_public(&item.vis), true),
        syn::Item::Enum(item) => ("type", item.ident.to_string(), is_public(&item.vis), true),
        syn::Item::Union(item) => ("type", item.ident.to_string(), is_public(&item.vis), true),
        syn::Item::Type(item) => ("type", item.ident.to_string(), is_public(&item.vis), false),
        syn::Item::Const(item) => ("const", item.ident.to_string(), is_public(&item.vis), false),
        syn::Item::Static(item) => ("const", item.ident.to_string(), is_public(&item.vis), false),
        syn::Item::TraitAlias(item) => ("trait", item.ident.to_string(), is_public(&item.vis), false),
        syn::Item::Mod(item) => ("mod", item.ident.to_string(), is_public(&item.vis), false),
        syn::Item::Use(item) => ("use", compact(item.tree.to_token_stream()), is_public(&item.vis), false),
        syn::Item::Macro(item) => {
            let name = item.ident.as_ref().map(ToString::to_string);
            let path = || compact(item.mac.path.to_token_stream());
            ("macro", name.unwrap_or_else(path), false, false)
        }
        other => ("item", compact(other.to_token_stream()).chars().take(60).collect(), false, false),
    }
}

pub(super) fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

/// The last name of a type without its arguments; other types as written.
pub(super) fn plain_type(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) if path.qself.is_none() => {
            path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
        }
        other => compact(other.to_token_stream()),
    }
}

/// The documentation in some attributes.
pub(super) fn documentation(attributes: &[syn::Attribute]) -> String {
    let line = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value() + "\n"),
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_names_when_their_contents_change() {
        let text = "use a::b; pub struct S<T>(T); impl<T: Clone> S<T> { pub fn new() -> Self { todo!() } }\n\
            impl From<u8> for S<u8> { fn from(x: u8) -> Self { S(x) } } mod m { pub fn f() {} const C: u8 = 1; }\n\
            #[cfg(test)] mod tests { #[test] fn t() {} } trait Tr { fn a(&self); fn b(&self) {} }";
        let source = Source::parse(text).unwrap();
        let items = items(&source, false);
        let names: Vec<&str> = items.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "const m::C",
                "fn <S as From<u8>>::from",
                "fn S::new",
                "fn Tr::a",
                "fn Tr::b",
                "fn m::f",
                "fn tests::t",
                "impl <S as From<u8>>",
                "impl S",
                "mod m",
                "mod tests",
                "trait Tr",
                "type S",
                "use a::b",
            ]
        );
        let tests: Vec<&str> =
            items.values().filter(|item| item.is_test).map(|item| item.name.as_str()).collect();
        assert_eq!(tests, ["tests::t", "tests"]);
    }
}

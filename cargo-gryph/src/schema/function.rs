//! What a function's construction depends on: its parameters, its generics, and the `impl` or trait that holds it.

use std::collections::HashSet;
use std::ops::Range;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::schema::choice::TRAITS;
use crate::schema::site::{Site, SiteKind};
use crate::schema::source::Source;
use crate::schema::syntax::{SelfPaths, compact, has_impl, is_macro, is_test, joined};
use crate::tree::TreePath;

/// A function with everything needed to make variants of it.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) site: Site,
    /// `Type::method` of a trait's implementation.
    pub(crate) short: Option<String>,
    pub(crate) name: String,
    pub(crate) name_range: Range<usize>,
    /// The signature without visibility, up to the opening brace.
    pub(crate) bare_signature: Range<usize>,
    /// Attributes by name, as ranges.
    pub(crate) attributes: Vec<(String, Range<usize>)>,
    pub(crate) constness: Option<Range<usize>>,
    pub(crate) is_async: bool,
    pub(crate) is_unsafe: bool,
    pub(crate) has_abi: bool,
    pub(crate) returns_impl: ReturnsImpl,
    pub(crate) takes_impl: bool,
    /// An attribute macro stands on it or on what holds it.
    pub(crate) has_attribute_macro: bool,
    /// Names of type and const parameters, in order.
    pub(crate) generics: Vec<String>,
    pub(crate) has_receiver: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The `impl` or trait around it.
    pub(crate) owner: Option<Owner>,
    /// `Self` of each `Self::Name` in the signature, with the name.
    pub(crate) associated: Vec<(Range<usize>, String)>,
    /// It is compiled for tests only.
    pub(crate) is_test: bool,
}

/// What a function says about its return type with `impl Trait`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ReturnsImpl {
    /// Nothing: the type is written out.
    Never,
    /// The whole type is `impl Trait`, of traits that a choice of two such types has as well.
    Whole,
    /// Another type that `impl Trait` is a part of, or another trait.
    Otherwise,
}

impl ReturnsImpl {
    fn of(output: &syn::ReturnType) -> Self {
        match output {
            syn::ReturnType::Type(_, of) => match &**of {
                syn::Type::ImplTrait(of) if of.bounds.iter().all(takes_choice) => Self::Whole,
                of if has_impl(of) => Self::Otherwise,
                _ => Self::Never,
            },
            syn::ReturnType::Default => Self::Never,
        }
    }
}

/// Whether `schema::choice` has this trait where both of its types have it.
fn takes_choice(bound: &syn::TypeParamBound) -> bool {
    match bound {
        syn::TypeParamBound::Trait(of) => {
            let last = of.path.segments.last();
            last.is_some_and(|last| TRAITS.contains(&&*last.ident.to_string()) && !arguments_have_impl(last))
        }
        syn::TypeParamBound::Lifetime(_) | syn::TypeParamBound::PreciseCapture(_) => true,
        _ => false,
    }
}

/// An item type that is `impl Trait` again differs from body to body.
fn arguments_have_impl(segment: &syn::PathSegment) -> bool {
    has_impl(&syn::parse_quote!(#segment))
}

/// One parameter besides `self`.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) pattern: Range<usize>,
    /// The name, if the pattern is one.
    pub(crate) name: Option<String>,
}

/// The `impl` or trait that holds a function.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// One past its last byte.
    pub(crate) end: usize,
    /// `impl<T> Type<T> where …`, without the trait.
    pub(crate) header: String,
    /// Its `cfg` attributes.
    pub(crate) cfgs: String,
    /// The trait it implements, as written.
    pub(crate) implements: Option<String>,
    /// The self type is declared in this crate's file and names every type and const parameter directly.
    pub(crate) takes_inherent: bool,
    /// Associated types and constants it declares.
    pub(crate) associated: HashSet<String>,
}

/// All functions of a file. Call on a deep stack.
pub(crate) fn functions(text: &str, path: &TreePath) -> Result<Vec<Function>, String> {
    let source = Source::parse(text)?;
    let mut locals = Locals::default();
    locals.visit_file(&source.file);
    let mut collector = Collector {
        text,
        path,
        source: &source,
        locals: &locals.0,
        modules: Vec::new(),
        holder: None,
        in_tests: is_test(&source.file.attrs),
        found: Vec::new(),
    };
    collector.visit_file(&source.file);
    Ok(collector.found)
}

#[derive(Default)]
struct Locals(HashSet<String>);

impl<'ast> Visit<'ast> for Locals {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.insert(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.0.insert(item.ident.to_string());
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.0.insert(item.ident.to_string());
    }
}

/// What is being walked through: names for the functions inside, and what they are held by.
#[derive(Clone)]
struct Holder {
    prefix: String,
    short: Option<String>,
    kind: SiteKind,
    owner: Owner,
    has_attribute_macro: bool,
}

struct Collector<'a> {
    text: &'a str,
    path: &'a TreePath,
    source: &'a Source,
    locals: &'a HashSet<String>,
    modules: Vec<String>,
    holder: Option<Holder>,
    in_tests: bool,
    found: Vec<Function>,
}

struct Parts<'a> {
    attributes: &'a [syn::Attribute],
    signature: &'a syn::Signature,
    block: &'a syn::Block,
    start: Option<&'a syn::Visibility>,
    item: proc_macro2::Span,
}

impl Collector<'_> {
    fn add(&mut self, parts: &Parts<'_>) {
        let Parts { attributes, signature, block, start, item } = parts;
        let bare_start = self.source.range(signature.span()).start;
        let signature_start = match start {
            Some(visibility) if !matches!(visibility, syn::Visibility::Inherited) => {
                self.source.range(visibility.span()).start
            }
            _ => bare_start,
        };
        let braces = self.source.range(block.brace_token.span.join());
        let signature_end = signature_start + self.text[signature_start..braces.start].trim_end().len();
        let holder = self.holder.as_ref();
        let name = signature.ident.to_string();
        let name_range = self.source.range(signature.ident.span());
        let modules = self.modules.iter().map(|module| format!("{module}::")).collect::<String>();
        let held = |prefix: &str| format!("{modules}{prefix}::{name}");
        let site = Site {
            path: self.path.clone(),
            function: holder.map_or_else(|| format!("{modules}{name}"), |holder| held(&holder.prefix)),
            item: self.source.range(*item),
            signature: signature_start..signature_end,
            body: braces.start + 1..braces.end - 1,
            kind: holder.map_or(SiteKind::Free, |holder| holder.kind),
            line: self.text[..name_range.start].matches('\n').count() + 1,
        };
        let mut associated = SelfPaths::default();
        associated.visit_signature(signature);
        self.found.push(Function {
            short: holder.and_then(|holder| holder.short.as_deref()).map(held),
            name_range,
            bare_signature: bare_start..braces.start,
            attributes: attributes
                .iter()
                .map(|attribute| (joined(attribute.path()), self.source.range(attribute.span())))
                .collect(),
            constness: signature.constness.map(|token| self.source.range(token.span())),
            is_async: signature.asyncness.is_some(),
            is_unsafe: signature.unsafety.is_some(),
            has_abi: signature.abi.is_some(),
            returns_impl: ReturnsImpl::of(&signature.output),
            takes_impl: signature
                .inputs
                .iter()
                .any(|input| matches!(input, syn::FnArg::Typed(t) if has_impl(&t.ty))),
            has_attribute_macro: attributes.iter().any(is_macro)
                || holder.is_some_and(|holder| holder.has_attribute_macro),
            generics: signature.generics.params.iter().filter_map(generic_name).collect(),
            has_receiver: signature.receiver().is_some(),
            parameters: signature.inputs.iter().filter_map(|input| self.parameter(input)).collect(),
            owner: holder.map(|holder| holder.owner.clone()),
            associated: associated
                .0
                .into_iter()
                .map(|(span, name)| (self.source.range(span), name))
                .collect(),
            is_test: self.in_tests || is_test(attributes),
            name,
            site,
        });
    }

    fn parameter(&self, input: &syn::FnArg) -> Option<Parameter> {
        let syn::FnArg::Typed(typed) = input else { return None };
        let name = match &*typed.pat {
            syn::Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => {
                Some(ident.ident.to_string())
            }
            _ => None,
        };
        Some(Parameter { pattern: self.source.range(typed.pat.span()), name })
    }

    fn owner_of_impl(&self, item: &syn::ItemImpl) -> Owner {
        let slice = |span: proc_macro2::Span| self.text[self.source.range(span)].to_owned();
        let generics = match (&item.generics.lt_token, &item.generics.gt_token) {
            (Some(open), Some(close)) => {
                let range = self.source.range(open.span()).start..self.source.range(close.span()).end;
                self.text[range].to_owned()
            }
            _ => String::new(),
        };
        let clauses =
            item.generics.where_clause.as_ref().map(|clause| slice(clause.span())).unwrap_or_default();
        Owner {
            end: self.source.range(item.span()).end,
            header: format!("impl{generics} {} {clauses}", slice(item.self_ty.span())),
            cfgs: item
                .attrs
                .iter()
                .filter(|a| a.path().is_ident("cfg"))
                .map(|a| slice(a.span()) + " ")
                .collect(),
            implements: item.trait_.as_ref().map(|(_, path, _)| slice(path.span())),
            takes_inherent: self.takes_inherent(item),
            associated: item.items.iter().filter_map(associated_name).collect(),
        }
    }

    fn takes_inherent(&self, item: &syn::ItemImpl) -> bool {
        let syn::Type::Path(path) = &*item.self_ty else { return false };
        let Some(last) = path.path.segments.last() else { return false };
        let mut direct = HashSet::new();
        if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
            direct.extend(arguments.args.iter().map(|argument| argument.to_token_stream().to_string()));
        }
        path.qself.is_none()
            && self.locals.contains(&last.ident.to_string())
            && item.generics.params.iter().filter_map(generic_name).all(|name| direct.contains(&name))
    }

    fn inside(&mut self, holder: Option<Holder>, in_tests: bool, walk: impl FnOnce(&mut Self)) {
        let before = (std::mem::replace(&mut self.holder, holder), self.in_tests);
        self.in_tests |= in_tests;
        walk(self);
        (self.holder, self.in_tests) = before;
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.modules.push(item.ident.to_string());
        self.inside(None, is_test(&item.attrs), |collector| visit::visit_item_mod(collector, item));
        self.modules.pop();
    }

    // Functions inside bodies are left alone: nothing outside can name them.
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let (attributes, signature, block) = (&item.attrs[..], &item.sig, &*item.block);
        self.add(&Parts { attributes, signature, block, start: Some(&item.vis), item: item.span() });
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let type_name = plain_type(&item.self_ty);
        let owner = self.owner_of_impl(item);
        let (prefix, short, kind) = match &item.trait_ {
            Some((_, path, _)) => {
                let name = path.segments.last().map(|s| compact(s.to_token_stream())).unwrap_or_default();
                (format!("<{type_name} as {name}>"), Some(type_name), SiteKind::TraitImpl)
            }
            None => (type_name, None, SiteKind::Inherent),
        };
        let holder =
            Holder { prefix, short, kind, owner, has_attribute_macro: item.attrs.iter().any(is_macro) };
        self.inside(Some(holder), is_test(&item.attrs), |collector| {
            for item in &item.items {
                if let syn::ImplItem::Fn(method) = item {
                    let (attributes, signature, block) = (&method.attrs[..], &method.sig, &method.block);
                    let start = Some(&method.vis);
                    collector.add(&Parts { attributes, signature, block, start, item: method.span() });
                }
            }
        });
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        let owner = Owner {
            end: self.source.range(item.span()).end,
            header: String::new(),
            cfgs: String::new(),
            implements: None,
            takes_inherent: false,
            associated: HashSet::new(),
        };
        let (prefix, kind) = (item.ident.to_string(), SiteKind::TraitDefault);
        let has_attribute_macro = item.attrs.iter().any(is_macro);
        let holder = Holder { prefix, short: None, kind, owner, has_attribute_macro };
        self.inside(Some(holder), is_test(&item.attrs), |collector| {
            for item in &item.items {
                if let syn::TraitItem::Fn(syn::TraitItemFn { attrs, sig, default: Some(block), .. }) = item {
                    collector.add(&Parts {
                        attributes: attrs,
                        signature: sig,
                        block,
                        start: None,
                        item: item.span(),
                    });
                }
            }
        });
    }
}

fn generic_name(parameter: &syn::GenericParam) -> Option<String> {
    match parameter {
        syn::GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
        syn::GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
        syn::GenericParam::Lifetime(_) => None,
    }
}

fn associated_name(item: &syn::ImplItem) -> Option<String> {
    match item {
        syn::ImplItem::Type(item) => Some(item.ident.to_string()),
        syn::ImplItem::Const(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// The last name of a type without its arguments; other types as written.
fn plain_type(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(path) if path.qself.is_none() => {
            path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
        }
        other => compact(other.to_token_stream()),
    }
}

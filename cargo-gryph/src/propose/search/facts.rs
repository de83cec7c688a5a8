//! What the items of a crate say about names: fields, variants, signatures and constants.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use crate::propose::search::types::Type;
use crate::schema::is_test;

/// A function's types.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Shape {
    pub(super) has_self: bool,
    pub(super) inputs: Vec<Type>,
    pub(super) output: Type,
}

/// What follows a variant's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Payload {
    Nothing,
    Tuple(usize),
    Fields,
}

/// The items of a crate by name.
#[derive(Clone, Default, Debug)]
pub(super) struct Facts {
    /// Fields of structs in their order; tuple fields are named `0`, `1`, …
    pub(super) fields: BTreeMap<String, Vec<(String, Type)>>,
    pub(super) variants: BTreeMap<String, Vec<(String, Payload)>>,
    pub(super) functions: BTreeMap<String, Shape>,
    /// Methods and associated functions by type and name.
    pub(super) methods: BTreeMap<(String, String), Shape>,
    pub(super) constants: Vec<(String, Type)>,
}

impl Facts {
    /// Adds the items of a file, tests left out.
    pub(super) fn read(&mut self, file: &syn::File) {
        if !is_test(&file.attrs) {
            Items { facts: self, own: String::new() }.visit_file(file);
        }
    }

    /// The type of a field.
    pub(super) fn field(&self, of: &Type, name: &str) -> Type {
        match of {
            Type::Named(of) => self
                .fields
                .get(of)
                .and_then(|fields| fields.iter().find(|(field, _)| field == name))
                .map(|(_, ty)| ty.clone())
                .unwrap_or_default(),
            Type::Tuple(types) => {
                name.parse::<usize>().ok().and_then(|index| types.get(index)).cloned().unwrap_or_default()
            }
            _ => Type::Unknown,
        }
    }

    /// The signature of a method; of any type's if only one type has it.
    pub(super) fn method(&self, of: &Type, name: &str) -> Option<&Shape> {
        if let Type::Named(of) = of
            && let Some(shape) = self.methods.get(&(of.clone(), name.to_owned()))
        {
            return Some(shape);
        }
        if of.is_known() && !matches!(of, Type::Named(_)) {
            return None;
        }
        let mut answers = self.methods.iter().filter(|((_, method), shape)| method == name && shape.has_self);
        answers.next().filter(|_| answers.next().is_none()).map(|(_, shape)| shape)
    }
}

struct Items<'a> {
    facts: &'a mut Facts,
    own: String,
}

impl Items<'_> {
    fn shape(&self, signature: &syn::Signature) -> Shape {
        let inputs = signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(Type::of(&typed.ty, &self.own)),
            syn::FnArg::Receiver(_) => None,
        });
        Shape {
            has_self: signature.receiver().is_some(),
            inputs: inputs.collect(),
            output: output(signature, &self.own),
        }
    }

    fn keep_method(&mut self, signature: &syn::Signature) {
        let shape = self.shape(signature);
        self.facts.methods.insert((self.own.clone(), signature.ident.to_string()), shape);
    }
}

/// What a function returns.
pub(super) fn output(signature: &syn::Signature, own: &str) -> Type {
    match &signature.output {
        syn::ReturnType::Default => Type::Unit,
        syn::ReturnType::Type(_, ty) => Type::of(ty, own),
    }
}

/// The last name of the type an `impl` is for.
pub(super) fn owner(item: &syn::ItemImpl) -> String {
    match &*item.self_ty {
        syn::Type::Path(path) => {
            path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
        }
        _ => String::new(),
    }
}

impl<'ast> Visit<'ast> for Items<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let own = item.ident.to_string();
        let named = |(index, field): (usize, &syn::Field)| {
            let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
            (name, Type::of(&field.ty, &own))
        };
        self.facts.fields.insert(own.clone(), item.fields.iter().enumerate().map(named).collect());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let payload = |fields: &syn::Fields| match fields {
            syn::Fields::Unit => Payload::Nothing,
            syn::Fields::Unnamed(fields) => Payload::Tuple(fields.unnamed.len()),
            syn::Fields::Named(_) => Payload::Fields,
        };
        let variants =
            item.variants.iter().map(|variant| (variant.ident.to_string(), payload(&variant.fields)));
        self.facts.variants.insert(item.ident.to_string(), variants.collect());
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            let shape = self.shape(&item.sig);
            self.facts.functions.insert(item.sig.ident.to_string(), shape);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        self.own = owner(item);
        for item in &item.items {
            match item {
                syn::ImplItem::Fn(method) => self.keep_method(&method.sig),
                syn::ImplItem::Const(constant) => {
                    let name = format!("Self::{}", constant.ident);
                    self.facts.constants.push((name, Type::of(&constant.ty, &self.own)));
                }
                _ => {}
            }
        }
        self.own.clear();
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.own = item.ident.to_string();
        for item in &item.items {
            if let syn::TraitItem::Fn(method) = item {
                self.keep_method(&method.sig);
            }
        }
        self.own.clear();
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.facts.constants.push((item.ident.to_string(), Type::of(&item.ty, "")));
    }
}

//! What callers see of a function: the types, without names, lifetimes and bounds.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;

use crate::schema::compact;

/// A signature in three parts that matter differently to callers.
#[derive(PartialEq, Eq)]
pub(super) struct Shape {
    /// Parameter types, return type, qualifiers, number of type parameters.
    pub(super) types: String,
    /// How `self` is taken.
    pub(super) receiver: String,
    /// Bounds and lifetimes.
    pub(super) bounds: String,
}

impl Shape {
    pub(super) fn of(signature: &syn::Signature) -> Self {
        let inputs: Vec<String> = signature
            .inputs
            .iter()
            .filter_map(|input| match input {
                syn::FnArg::Typed(typed) => Some(erased(&typed.ty)),
                syn::FnArg::Receiver(_) => None,
            })
            .collect();
        let parameters = signature.generics.params.iter().filter_map(|parameter| match parameter {
            syn::GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
            syn::GenericParam::Const(parameter) => Some(parameter.to_token_stream().to_string()),
            syn::GenericParam::Lifetime(_) => None,
        });
        let qualifiers = [
            signature.asyncness.is_some(),
            signature.unsafety.is_some(),
            signature.constness.is_some(),
            signature.abi.is_some(),
        ];
        let receiver = signature.receiver().map(|receiver| {
            let mutable = receiver.reference.is_some() && receiver.mutability.is_some();
            let borrowed = receiver.reference.is_some();
            let typed = receiver.colon_token.map(|_| erased(&receiver.ty));
            format!("{borrowed} {mutable} {typed:?}")
        });
        Self {
            types: format!(
                "{} {inputs:?} {} {:?} {qualifiers:?} {}",
                signature.ident,
                erased(&signature.output),
                parameters.collect::<Vec<_>>(),
                receiver.is_some(),
            ),
            receiver: receiver.unwrap_or_default(),
            bounds: bounds(&signature.generics),
        }
    }
}

/// Type parameters with their bounds, and the `where` clause.
pub(super) fn bounds(generics: &syn::Generics) -> String {
    format!("{} {}", generics.to_token_stream(), generics.where_clause.to_token_stream())
}

/// Tokens as text without lifetimes.
fn erased(of: &impl ToTokens) -> String {
    let text = compact(without_lifetimes(of.to_token_stream()));
    // What `Cow<'a, str>` and `Ref<'a>` leave behind.
    text.replace("<,", "<").replace(",>", ">").replace("<>", "")
}

fn without_lifetimes(stream: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut quoted = false;
    for token in stream {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => quoted = true,
            TokenTree::Ident(_) if quoted => quoted = false,
            TokenTree::Group(group) => {
                let inside = without_lifetimes(group.stream());
                kept.push(TokenTree::Group(Group::new(group.delimiter(), inside)));
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_see_types_and_not_lifetimes_names_or_bounds() {
        let of = |text: &str| Shape::of(&syn::parse_str::<syn::Signature>(text).unwrap());
        let one = of("fn best(a: &[V], b: &V) -> Option<&V>");
        let other = of("fn best<'a>(mut x: &'a [V], _: &V) -> Option<&'a V>");
        assert!(one.types == other.types && one.receiver == other.receiver && one.bounds != other.bounds);
        assert!(of("fn f(x: Cow<'a, str>)").types == of("fn f(x: Cow<str>)").types);
        assert!(of("fn f(x: u8)").types != of("fn f(x: u16)").types);
        assert!(of("fn f(x: u8)").types != of("fn f(x: u8) -> u8").types);
        let (by, by_mut) = (of("fn f(&self)"), of("fn f(&mut self)"));
        assert!(by.types == by_mut.types && by.receiver != by_mut.receiver);
        assert!(of("fn f(self)").receiver == of("fn f(mut self)").receiver);
    }
}

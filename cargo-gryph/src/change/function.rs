//! What a change does to one function.

use std::collections::BTreeSet;

use quote::ToTokens;

use crate::change::attribute::added_kind;
use crate::change::comparison::Comparisons;
use crate::change::item::{Function, Item, documentation};
use crate::change::literal::{Literal, literals};
use crate::change::observation::ObservationKind;
use crate::change::signature::Shape;
use crate::change::source::TestLiterals;
use crate::change::special::{Known, special_cases};
use crate::change::usage::{Usage, bound};
use crate::schema::compact;

/// Macros that end in a panic.
const GIVING_UP: [&str; 4] = ["todo", "unimplemented", "panic", "unreachable"];

/// The traits by which values are told apart.
const EQUALITY: [&str; 5] = ["PartialEq", "Eq", "PartialOrd", "Ord", "Hash"];

/// A function before and after, and what is known around it.
pub(super) struct Pair<'a> {
    pub(super) before: (&'a Item<'a>, Function<'a>),
    pub(super) after: (&'a Item<'a>, Function<'a>),
    /// Literals of the rest of the file's program before the change.
    pub(super) siblings: &'a BTreeSet<Literal>,
    /// The documentation of the file itself.
    pub(super) file_doc: &'a str,
    pub(super) tests: &'a TestLiterals,
}

impl Pair<'_> {
    /// Everything that is to be said about the change, attributes left out.
    pub(super) fn observations(&self) -> Vec<(ObservationKind, String)> {
        let (old, new) = (Usage::of(self.before.1.block), Usage::of(self.after.1.block));
        let mut found = self.signature();
        found.extend(self.givings_up(&old, &new));
        found.extend(counts(&old, &new));
        found.extend(self.inputs(&old, &new));
        found.extend(self.equality(&old, &new));
        let name = self.after.1.signature.ident.to_string();
        if old.calls.contains(&name) && !new.calls.contains(&name) {
            found.push((ObservationKind::RecursionRemoved, "it no longer calls itself".to_owned()));
        }
        found.extend(self.special_cases().into_iter().map(|detail| (ObservationKind::SpecialCase, detail)));
        found
    }

    fn doc(&self) -> String {
        documentation(self.before.0.attributes)
    }

    fn signature(&self) -> Vec<(ObservationKind, String)> {
        let (old, new) = (Shape::of(self.before.1.signature), Shape::of(self.after.1.signature));
        let public = self.before.0.is_public || self.after.0.is_public;
        let mut found = Vec::new();
        let mut add = |kind, text: &str| found.push((kind, text.to_owned()));
        if self.after.1.signature.unsafety.is_some() && self.before.1.signature.unsafety.is_none() {
            add(ObservationKind::Unsafe, "the function came to be `unsafe`");
        }
        if public && (old.types != new.types || self.before.0.is_public != self.after.0.is_public) {
            add(ObservationKind::PublicSignature, "its types or its visibility changed");
        }
        if public && old.types == new.types && old.receiver != new.receiver {
            add(ObservationKind::PublicReceiver, "it takes `self` otherwise");
        }
        if public && old.types == new.types && old.bounds != new.bounds {
            add(ObservationKind::PublicBound, "its bounds or lifetimes changed");
        }
        found
    }

    /// Panics that are new; one that the documentation announces is part of what is wanted.
    fn givings_up(&self, old: &Usage, new: &Usage) -> Vec<(ObservationKind, String)> {
        let announced = self.doc().to_lowercase().contains("panic");
        let added = GIVING_UP.iter().filter(|name| new.macro_count(name) > old.macro_count(name));
        let unannounced = added.filter(|name| !(announced && **name == "panic"));
        unannounced.map(|name| (ObservationKind::GivesUp, format!("`{name}!` added"))).collect()
    }

    /// Parameters and fields that are not looked at any more.
    fn inputs(&self, old: &Usage, new: &Usage) -> Vec<(ObservationKind, String)> {
        let (before, after) = (parameters(self.before.1.signature), parameters(self.after.1.signature));
        let stub = old.is_stub();
        let mut found = Vec::new();
        for (at, names) in before.iter().enumerate() {
            // A parameter may have got another name; one that is gone is a change of the signature.
            let Some(renamed) = after.get(at).filter(|_| before.len() == after.len()) else { continue };
            let wanted = names.iter().any(|name| old.names.contains(name))
                || stub && names.iter().any(|name| name != "self" && !name.starts_with('_'));
            if wanted && !renamed.iter().any(|name| new.names.contains(name)) && !renamed.is_empty() {
                let shown = names.first().map_or("", String::as_str);
                found.push((ObservationKind::ParameterIgnored, format!("`{shown}` is not used any more")));
            }
        }
        let used =
            |usage: &Usage, all: &[Vec<String>]| all.iter().flatten().any(|name| usage.names.contains(name));
        let depended = used(old, &before) || stub && before.iter().flatten().any(|name| name != "self");
        if depended && !used(new, &after) {
            found.push((ObservationKind::ConstantBody, "its answer does not depend on its input".to_owned()));
        }
        let gone = old
            .fields
            .difference(&new.fields)
            .map(|field| (ObservationKind::FieldIgnored, format!("`self.{field}` is not used any more")));
        found.extend(gone);
        found
    }

    /// Equality, order and hash that look at nothing, or at less.
    fn equality(&self, old: &Usage, new: &Usage) -> Vec<(ObservationKind, String)> {
        let Some(name) = equality_trait(&self.after.1) else { return Vec::new() };
        if is_trivial(&self.after.1) {
            return vec![(ObservationKind::EqualityTrivial, format!("`{name}` looks at nothing"))];
        }
        let gone: Vec<&String> = old.fields.difference(&new.fields).collect();
        let fewer = new.fields.len() < old.fields.len();
        let detail =
            || format!("`{name}` no longer looks at `{}`", gone.first().map_or("", |field| field.as_str()));
        if fewer { vec![(ObservationKind::EqualityWeakened, detail())] } else { Vec::new() }
    }

    fn special_cases(&self) -> Vec<String> {
        let (before, after) = (&self.before.1, &self.after.1);
        let doc = self.doc() + self.file_doc;
        let known = Known {
            own: literals(before.block.to_token_stream())
                .into_iter()
                .chain(literals(before.signature.to_token_stream()))
                .collect(),
            siblings: self.siblings,
            doc: &doc,
        };
        let old = Comparisons::of(before.signature, before.block);
        let new = Comparisons::of(after.signature, after.block);
        special_cases(&old, &new, &known, self.tests)
    }
}

/// What a body has more or less of.
fn counts(old: &Usage, new: &Usage) -> Vec<(ObservationKind, String)> {
    let mut found = Vec::new();
    if new.empty_assertions > old.empty_assertions {
        found.push((ObservationKind::EmptyAssertion, "an assertion that always holds".to_owned()));
    }
    if new.unwraps > old.unwraps {
        found.push((ObservationKind::Unwrap, format!("{} more", new.unwraps - old.unwraps)));
    }
    if new.loops < old.loops {
        found.push((ObservationKind::LoopRemoved, format!("{} fewer", old.loops - new.loops)));
    }
    let items = new.items.difference(&old.items);
    found.extend(items.map(|item| (ObservationKind::ItemAdded, format!("`{item}` inside the body"))));
    for (text, number) in &new.attributes {
        if old.attributes.get(text).is_none_or(|before| before < number) {
            let inside = text.trim_start_matches(['#', '!', ' ', '[']);
            found.push((added_kind(inside), format!("`{text}` inside the body")));
        }
    }
    found
}

/// The names that each parameter binds, `self` among them.
fn parameters(signature: &syn::Signature) -> Vec<Vec<String>> {
    let names = |input: &syn::FnArg| match input {
        syn::FnArg::Receiver(_) => vec!["self".to_owned()],
        syn::FnArg::Typed(typed) => bound(&typed.pat),
    };
    signature.inputs.iter().map(names).collect()
}

/// The trait of [`EQUALITY`] that a method implements.
pub(super) fn equality_trait(function: &Function<'_>) -> Option<String> {
    let name = function.implements?.segments.last()?.ident.to_string();
    EQUALITY.contains(&name.as_str()).then_some(name)
}

/// Whether a trait is one by which values are told apart.
pub(super) fn is_equality(name: &str) -> bool {
    EQUALITY.contains(&name)
}

/// Whether a method of equality, order or hash does not look at all that it is given.
pub(super) fn is_trivial(function: &Function<'_>) -> bool {
    let usage = Usage::of(function.block);
    if usage.is_stub() {
        return false;
    }
    let unused = |names: &Vec<String>| !names.iter().any(|name| usage.names.contains(name));
    parameters(function.signature).iter().any(unused)
        || is_constant_text(&compact(function.block.to_token_stream()))
}

/// `{true}`, `{Ordering::Equal}`, `{}`.
fn is_constant_text(block: &str) -> bool {
    let inside = block.trim_start_matches('{').trim_end_matches('}');
    let last = inside.rsplit("::").next().unwrap_or_default();
    inside.is_empty() || matches!(last, "true" | "false" | "Equal" | "Less" | "Greater" | "Some(Equal)")
}

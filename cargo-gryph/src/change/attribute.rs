//! Attributes that a change adds or takes away.

use std::collections::BTreeSet;

use quote::ToTokens;

use crate::change::observation::ObservationKind;
use crate::schema::compact;

/// What differs between the attributes of an item before and after: documentation and derives are compared elsewhere.
pub(super) fn attributes(
    before: &[syn::Attribute],
    after: &[syn::Attribute],
) -> Vec<(ObservationKind, String)> {
    let (old, new) = (texts(before), texts(after));
    let mut found = Vec::new();
    for added in subtract(&new, &old) {
        found.push((added_kind(&added), format!("`#[{added}]` added")));
    }
    for removed in subtract(&old, &new) {
        found.push((removed_kind(&removed), format!("`#[{removed}]` removed")));
    }
    let (old, new) = (derives(before), derives(after));
    found
        .extend(new.difference(&old).map(|name| (ObservationKind::DeriveAdded, format!("derives `{name}`"))));
    found.extend(
        old.difference(&new)
            .map(|name| (ObservationKind::DeriveRemoved, format!("no longer derives `{name}`"))),
    );
    found
}

/// The elements of `all` that are not in `other`, each as often as it is there more.
fn subtract(all: &[String], other: &[String]) -> Vec<String> {
    let mut other = other.to_vec();
    let mut rest = Vec::new();
    for one in all {
        match other.iter().position(|candidate| candidate == one) {
            Some(at) => drop(other.swap_remove(at)),
            None => rest.push(one.clone()),
        }
    }
    rest
}

fn texts(attributes: &[syn::Attribute]) -> Vec<String> {
    let of_interest = |attribute: &&syn::Attribute| {
        let is_doc = attribute.path().is_ident("doc") && matches!(attribute.meta, syn::Meta::NameValue(_));
        !is_doc && !attribute.path().is_ident("derive")
    };
    attributes.iter().filter(of_interest).map(|attribute| compact(attribute.meta.to_token_stream())).collect()
}

/// The traits that are derived, by their last names.
pub(super) fn derives(attributes: &[syn::Attribute]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let _ = attribute.parse_nested_meta(|meta| {
            names.extend(meta.path.segments.last().map(|last| last.ident.to_string()));
            Ok(())
        });
    }
    names
}

/// What adding an attribute is.
pub(super) fn added_kind(text: &str) -> ObservationKind {
    match name(text) {
        "allow" | "expect" => ObservationKind::LintSwitch,
        "ignore" | "should_panic" => ObservationKind::TestSwitch,
        "cfg" | "cfg_attr" => ObservationKind::Conditional,
        "unsafe" => ObservationKind::Unsafe,
        _ => ObservationKind::Attribute,
    }
}

fn removed_kind(text: &str) -> ObservationKind {
    match name(text) {
        "deny" | "forbid" | "warn" => ObservationKind::LintSwitch,
        "cfg" | "cfg_attr" => ObservationKind::Conditional,
        _ => ObservationKind::Attribute,
    }
}

fn name(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).next().unwrap_or_default()
}

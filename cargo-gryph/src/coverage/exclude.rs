//! Finds the lines of items that exist for tests only.

use std::collections::BTreeSet;

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Lines, from 1, of items that stand under `#[cfg(test)]` or `#[test]`. Text that does not parse has none.
pub fn test_lines(text: &str) -> BTreeSet<usize> {
    let mut finder = Finder::default();
    if let Ok(file) = syn::parse_file(text) {
        finder.visit_file(&file);
    }
    finder.lines
}

#[derive(Default)]
struct Finder {
    lines: BTreeSet<usize>,
}

impl Finder {
    /// Takes the whole item if its attributes say that it is for tests.
    fn takes(&mut self, attributes: &[syn::Attribute], span: proc_macro2::Span) -> bool {
        let taken = attributes.iter().any(is_for_tests);
        if taken {
            self.lines.extend(span.start().line..=span.end().line);
        }
        taken
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !self.takes(attributes(item), item.span()) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !self.takes(&item.attrs, item.span()) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}

/// `#[test]`, or `#[cfg(test)]` alone or first in an `all(…)`. Anything less plain counts as ordinary code.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    if attribute.path().is_ident("test") {
        return true;
    }
    if !attribute.path().is_ident("cfg") {
        return false;
    }
    let Ok(condition) = attribute.parse_args::<syn::Meta>() else { return false };
    match condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) if list.path.is_ident("all") => list.tokens.to_string().starts_with("test"),
        syn::Meta::List(_) | syn::Meta::NameValue(_) => false,
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_items_are_found_and_others_are_not() {
        let cases: &[(&str, &[usize])] = &[
            ("fn a() {}\n#[cfg(test)]\nmod t {\n}\n", &[2, 3, 4]),
            ("#[cfg(not(test))]\nfn a() {}\n", &[]),
            ("#[cfg(any(test, unix))]\nfn a() {}\n", &[]),
            ("#[test]\nfn a() {}\n", &[1, 2]),
            ("#[cfg(all(test, unix))]\nfn a() {}\n", &[1, 2]),
            ("mod m {\n#[cfg(test)]\nfn a() {}\n}\n", &[2, 3]),
            ("struct A;\nimpl A {\n#[cfg(test)]\nfn a() {}\n}\n", &[3, 4]),
            ("fn broken( {", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(test_lines(text), expected.iter().copied().collect(), "{text}");
        }
    }
}

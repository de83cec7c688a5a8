//! Questions about syntax that several modules ask.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::schema::source::{Source, bracket};

/// Attributes of the language itself that do not replace the function they stand on.
const BUILTIN: [&str; 26] = [
    "allow",
    "automatically_derived",
    "cfg",
    "cfg_attr",
    "cold",
    "deny",
    "deprecated",
    "derive",
    "diagnostic",
    "doc",
    "expect",
    "export_name",
    "forbid",
    "inline",
    "link_section",
    "must_use",
    "no_mangle",
    "non_exhaustive",
    "rustfmt",
    "clippy",
    "target_feature",
    "track_caller",
    "unsafe",
    "warn",
    "test",
    "should_panic",
];

/// The text of a path's names joined by `::`.
pub(crate) fn joined(path: &syn::Path) -> String {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::")
}

/// Finds `Self` in `Self::Name`, with the name.
#[derive(Default)]
pub(crate) struct SelfPaths(pub(crate) Vec<(proc_macro2::Span, String)>);

impl<'ast> Visit<'ast> for SelfPaths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let (None, Some(first), Some(second)) =
            (path.leading_colon, path.segments.first(), path.segments.get(1))
            && first.ident == "Self"
        {
            self.0.push((first.ident.span(), second.ident.to_string()));
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if path.qself.is_none() {
            visit::visit_expr_path(self, path);
        }
    }

    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        if path.qself.is_none() {
            visit::visit_type_path(self, path);
        } else {
            for segment in &path.path.segments {
                self.visit_path_arguments(&segment.arguments);
            }
        }
    }
}

/// The tokens of all items that are part of the tests only, in order. Call on a deep stack.
pub(crate) fn test_code(text: &str) -> Result<Vec<String>, String> {
    let source = Source::parse(text)?;
    if is_test(&source.file.attrs) {
        return Ok(vec![source.file.to_token_stream().to_string()]);
    }
    let mut tests = TestItems::default();
    tests.visit_file(&source.file);
    Ok(tests.0)
}

#[derive(Default)]
struct TestItems(Vec<String>);

impl<'ast> Visit<'ast> for TestItems {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_test(attributes(item)) {
            self.0.push(item.to_token_stream().to_string());
        } else {
            visit::visit_item(self, item);
        }
    }
}

/// The attributes of an item.
pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::ForeignMod(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::TraitAlias(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

struct HasImpl(bool);

impl<'ast> Visit<'ast> for HasImpl {
    fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
        self.0 = true;
    }
}

/// Whether a type holds `impl Trait` anywhere.
pub(crate) fn has_impl(of: &syn::Type) -> bool {
    let mut found = HasImpl(false);
    found.visit_type(of);
    found.0
}

/// Whether an attribute may replace the item it stands on.
pub(crate) fn is_macro(attribute: &syn::Attribute) -> bool {
    let first =
        attribute.path().segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
    !BUILTIN.contains(&&*first)
}

/// Whether attributes make their item part of the tests only: `#[test]`, `#[x::test]`, `#[cfg(test)]`.
pub(crate) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let name =
            attribute.path().segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let condition = compact(attribute.meta.to_token_stream());
        matches!(&*name, "test" | "bench")
            || condition == "cfg(test)"
            || condition.starts_with("cfg(all(test,")
    })
}

/// Tokens as text with a space only where two words would otherwise meet.
pub(crate) fn compact(stream: TokenStream) -> String {
    fn write(stream: TokenStream, text: &mut String) {
        for token in stream {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = bracket(group.delimiter());
                    text.push(open);
                    write(group.stream(), text);
                    text.push(close);
                }
                TokenTree::Punct(punct) => text.push(punct.as_char()),
                word @ (TokenTree::Ident(_) | TokenTree::Literal(_)) => {
                    if text.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                        text.push(' ');
                    }
                    text.push_str(&word.to_string());
                }
            }
        }
    }
    let mut text = String::new();
    write(stream, &mut text);
    text
}

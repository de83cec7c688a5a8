//! What stands on the top level of a source file of the user's, and where something can be put into it.
//!
//! The text around what is put in stays as it is, byte for byte.

use std::ops::Range;

use quote::ToTokens as _;
use syn::spanned::Spanned as _;

use crate::schema::{Source, attributes, compact, is_test, on_deep_stack};

/// The top level of a file.
pub(super) struct Outline {
    /// Its items, in order.
    pub(super) entries: Vec<Entry>,
}

/// An item.
pub(super) struct Entry {
    /// Its name; empty where it has none of its own.
    pub(super) name: String,
    pub(super) what: What,
    pub(super) is_public: bool,
    /// Whether it is part of the tests alone.
    is_test: bool,
    /// Where it stands, attributes and documentation included.
    range: Range<usize>,
}

/// What an item is, as far as it matters here.
#[derive(PartialEq, Eq)]
pub(super) enum What {
    /// `mod name;`, in a file of its usual name.
    File,
    /// A module whose text stands elsewhere: in braces, or at a path of its own.
    Module,
    /// A `use`, with the names it gives and what they stand for.
    Import(Vec<(String, String)>),
    /// A function.
    Function,
    /// Anything else.
    Other,
}

impl Entry {
    /// The item as it stands in its file.
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or_default()
    }
}

impl Outline {
    /// Reads a file. The error says why it cannot be read.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let read = || {
            let source = Source::parse(text)?;
            Ok(Self { entries: source.file.items.iter().map(|item| entry(&source, item)).collect() })
        };
        on_deep_stack(read).map_err(|error| error.to_string())?
    }

    /// What an import of the file makes of a name.
    pub(super) fn imported(&self, name: &str) -> Option<&str> {
        let imports = self.entries.iter().filter_map(|entry| match &entry.what {
            What::Import(names) => Some(names),
            What::File | What::Module | What::Function | What::Other => None,
        });
        imports.flatten().find(|(known, _)| known == name).map(|(_, path)| path.as_str())
    }

    /// The text with a public module declared, beside the others and in their order.
    pub(super) fn declared(&self, text: &str, name: &str) -> String {
        let files = || self.entries.iter().filter(|entry| entry.what == What::File && !entry.is_test);
        let has_public = files().any(|entry| entry.is_public);
        let like = || files().filter(|entry| entry.is_public || !has_public);
        let line = format!("pub mod {name};\n");
        if let Some(next) = like().find(|entry| entry.name.as_str() > name) {
            return inserted(text, head(text, next.range.start), &line);
        }
        match like().next_back() {
            Some(last) => inserted(text, line_end(text, last.range.end), &line),
            None => self.before_first(text, &line),
        }
    }

    /// The text with items behind its own, before the tests that it ends with.
    pub(super) fn extended(&self, text: &str, items: &str) -> String {
        let tests = self.entries.last().filter(|entry| entry.is_test && entry.what == What::Module);
        match tests {
            Some(tests) => inserted(text, head(text, tests.range.start), &format!("{items}\n")),
            None => appended(text, items),
        }
    }

    /// The text with lines of `use` before those that it has.
    pub(super) fn with_imports(&self, text: &str, lines: &str) -> String {
        if lines.is_empty() {
            return text.to_owned();
        }
        match self.entries.iter().find(|entry| matches!(entry.what, What::Import(_))) {
            Some(first) => inserted(text, head(text, first.range.start), lines),
            None => self.before_first(text, lines),
        }
    }

    fn before_first(&self, text: &str, lines: &str) -> String {
        match self.entries.first() {
            Some(first) => inserted(text, head(text, first.range.start), &format!("{lines}\n")),
            None => appended(text, lines),
        }
    }
}

fn entry(source: &Source, item: &syn::Item) -> Entry {
    let (name, what, vis) = described(item);
    Entry {
        name,
        what,
        is_public: matches!(vis, Some(syn::Visibility::Public(_))),
        is_test: is_test(attributes(item)),
        range: source.range(item.span()),
    }
}

fn described(item: &syn::Item) -> (String, What, Option<&syn::Visibility>) {
    let (ident, vis) = match item {
        syn::Item::Mod(item) => {
            let has_path = item.attrs.iter().any(|attribute| {
                let tokens = compact(attribute.meta.to_token_stream());
                tokens.starts_with("path=") || tokens.starts_with("cfg_attr(") && tokens.contains("path=")
            });
            let is_file = item.content.is_none() && !has_path;
            let what = if is_file { What::File } else { What::Module };
            return (item.ident.to_string(), what, Some(&item.vis));
        }
        syn::Item::Use(item) => {
            let mut names = Vec::new();
            leaves(&item.tree, "", &mut names);
            return (String::new(), What::Import(names), Some(&item.vis));
        }
        syn::Item::Fn(item) => return (item.sig.ident.to_string(), What::Function, Some(&item.vis)),
        syn::Item::Const(item) => (&item.ident, &item.vis),
        syn::Item::Enum(item) => (&item.ident, &item.vis),
        syn::Item::ExternCrate(item) => {
            (item.rename.as_ref().map_or(&item.ident, |(_, name)| name), &item.vis)
        }
        syn::Item::Static(item) => (&item.ident, &item.vis),
        syn::Item::Struct(item) => (&item.ident, &item.vis),
        syn::Item::Trait(item) => (&item.ident, &item.vis),
        syn::Item::TraitAlias(item) => (&item.ident, &item.vis),
        syn::Item::Type(item) => (&item.ident, &item.vis),
        syn::Item::Union(item) => (&item.ident, &item.vis),
        _ => return (String::new(), What::Other, None),
    };
    (ident.to_string(), What::Other, Some(vis))
}

/// The names that a `use` gives, with their paths.
fn leaves(tree: &syn::UseTree, before: &str, names: &mut Vec<(String, String)>) {
    let below = |name: &syn::Ident| match before {
        "" => name.to_string(),
        before => format!("{before}::{name}"),
    };
    match tree {
        syn::UseTree::Path(part) => leaves(&part.tree, &below(&part.ident), names),
        syn::UseTree::Name(name) if name.ident == "self" => {
            let own = before.rsplit("::").next().unwrap_or_default();
            names.push((own.to_owned(), before.to_owned()));
        }
        syn::UseTree::Name(name) => names.push((name.ident.to_string(), below(&name.ident))),
        syn::UseTree::Rename(name) => names.push((name.rename.to_string(), below(&name.ident))),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, before, names)),
        syn::UseTree::Glob(_) => {}
    }
}

/// Where an item begins with the comments right above it.
fn head(text: &str, start: usize) -> usize {
    let line = |end: usize| text[..end].rfind('\n').map_or(0, |at| at + 1);
    let mut at = line(start);
    if !text[at..start].trim().is_empty() {
        return start;
    }
    while at > 0 {
        let above = line(at - 1);
        let is_comment = text[above..at].trim_start().starts_with("//");
        // What speaks of the whole file stays above everything.
        if !is_comment || text[above..at].trim_start().starts_with("//!") || above == 0 {
            break;
        }
        at = above;
    }
    at
}

/// Where the line after this place begins.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

fn inserted(text: &str, at: usize, lines: &str) -> String {
    let before = &text[..at];
    let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{}{}", in_line_ends(text, &format!("{gap}{lines}")), &text[at..])
}

fn appended(text: &str, lines: &str) -> String {
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    format!("{text}{}", in_line_ends(text, &format!("{gap}{lines}")))
}

/// Lines that end as those of a text do.
fn in_line_ends(text: &str, lines: &str) -> String {
    if text.contains("\r\n") { lines.replace('\n', "\r\n") } else { lines.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline {
        Outline::read(text).unwrap()
    }

    #[test]
    fn a_module_is_declared_in_its_place_and_nothing_else_moves() {
        let cases = [
            ("", "pub mod m;\n"),
            ("//! Docs.\n", "//! Docs.\n\npub mod m;\n"),
            ("//! Docs.\n#![deny(missing_docs)]\n", "//! Docs.\n#![deny(missing_docs)]\n\npub mod m;\n"),
            ("pub mod a;\npub mod z;\n", "pub mod a;\npub mod m;\npub mod z;\n"),
            ("mod z;\npub mod a;\nfn f() {}", "mod z;\npub mod a;\npub mod m;\nfn f() {}"),
            ("mod a; // A.", "mod a; // A.\npub mod m;\n"),
            (
                "//! D.\n\n/// Z.\n// Why.\n#[cfg(x)]\nmod z;\n",
                "//! D.\n\npub mod m;\n/// Z.\n// Why.\n#[cfg(x)]\nmod z;\n",
            ),
            ("//! D.\n\n// Why.\nuse a::b;\n", "//! D.\n\npub mod m;\n\n// Why.\nuse a::b;\n"),
            ("mod b;\r\n", "mod b;\r\npub mod m;\r\n"),
            ("#[cfg(test)]\nmod tests;\n", "pub mod m;\n\n#[cfg(test)]\nmod tests;\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(outline(text).declared(text, "m"), expected, "{text:?}");
        }
    }

    #[test]
    fn items_go_behind_the_others_and_before_the_tests() {
        let cases = [
            ("fn a() {}\n", "fn a() {}\n\nfn m() {}\n"),
            ("fn a() {}", "fn a() {}\n\nfn m() {}\n"),
            (
                "fn a() {}\n\n#[cfg(test)]\nmod tests {}\n",
                "fn a() {}\n\nfn m() {}\n\n#[cfg(test)]\nmod tests {}\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(outline(text).extended(text, "fn m() {}\n"), expected, "{text:?}");
        }
    }

    #[test]
    fn imports_join_those_that_are_there() {
        let cases = [
            ("//! D.\n\nuse a::b;\n", "//! D.\n\nuse c::d;\nuse a::b;\n"),
            ("//! D.\n\nfn a() {}\n", "//! D.\n\nuse c::d;\n\nfn a() {}\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(outline(text).with_imports(text, "use c::d;\n"), expected, "{text:?}");
        }
        let text = "use std::{collections::{BTreeMap as Map, self}, fmt};\nuse super::*;\n";
        let outline = outline(text);
        for (name, path) in [
            ("Map", Some("std::collections::BTreeMap")),
            ("collections", Some("std::collections")),
            ("fmt", Some("std::fmt")),
            ("BTreeMap", None),
        ] {
            assert_eq!(outline.imported(name), path, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(mod a;|pub mod z;|use b::c;|// x|#\\[cfg\\(test\\)\\]|[{}();\n]|\\PC){0,30}") {
            if let Ok(outline) = Outline::read(&text) {
                for changed in [outline.declared(&text, "m"), outline.extended(&text, "fn m() {}\n")] {
                    proptest::prop_assert!(changed.len() > text.len());
                }
            }
        }
    }
}

//! Names that are not in scope anywhere in a file: imports of the standard library and of the crate's own items.

use std::collections::BTreeSet;

use crate::patch::{Edit, Patch, Span};
use crate::propose::template::std_item;
use crate::schema::{attributes, is_test};
use crate::similar::distance;
use crate::tree::TreePath;

use super::Offer;
use super::case::{Case, words};
use super::ground::Sheet;

/// Methods with the trait that must be in scope for them.
const METHODS: [(&str, &str); 10] = [
    ("write_str", "std::fmt::Write"),
    ("write_fmt", "std::fmt::Write"),
    ("write_char", "std::fmt::Write"),
    ("write_all", "std::io::Write"),
    ("flush", "std::io::Write"),
    ("read_line", "std::io::BufRead"),
    ("lines", "std::io::BufRead"),
    ("read_to_string", "std::io::Read"),
    ("from_str", "std::str::FromStr"),
    ("hash", "std::hash::Hash"),
];

/// E0405, E0412, E0422, E0425, E0432, E0433 and E0531 on the whole file.
pub(super) fn offers(case: &Case<'_>) -> Vec<Offer> {
    let text = case.text();
    let name = text.rsplit("::").next().unwrap_or_default().trim();
    if name.is_empty() || !words(name).any(|word| word == name) {
        return Vec::new();
    }
    let mut offers = declared(case, name);
    if case.code == "E0432" {
        offers.extend(corrected(case, name));
        return offers;
    }
    let qualified = case.sheet.text[..case.at().start].ends_with("::") || text.contains("::");
    for path in candidates(case, name).into_iter().filter(|_| !qualified) {
        offers.extend(imported(case, &path, 80));
    }
    offers.extend(similar(case, name));
    offers
}

/// E0599: the trait that brings the method.
pub(super) fn methods(case: &Case<'_>) -> Vec<Offer> {
    let Some(method) = case.quoted().first().copied() else { return Vec::new() };
    let mut paths: Vec<String> =
        METHODS.iter().filter(|(name, _)| *name == method).map(|(_, path)| (*path).to_owned()).collect();
    for found in &case.ground.traits {
        let has =
            |item: &syn::TraitItem| matches!(item, syn::TraitItem::Fn(item) if item.sig.ident == method);
        if found.node.items.iter().any(has) {
            let name = found.node.ident.to_string();
            paths.extend(own_paths(case, &name).into_iter().map(|(path, _)| path));
        }
    }
    paths.iter().filter_map(|path| imported(case, path, 70)).collect()
}

/// Paths that end in the name, those of the crate first.
fn candidates(case: &Case<'_>, name: &str) -> Vec<String> {
    let mut paths: Vec<String> = own_paths(case, name).into_iter().map(|(path, _)| path).collect();
    paths.extend(std_item(name).map(str::to_owned));
    paths
}

/// The crate's own items of that name that are not in this file, with their files.
fn own_paths<'g>(case: &Case<'g>, name: &str) -> Vec<(String, &'g Sheet)> {
    let same = case.ground.items.iter().filter(|(sheet, item, path)| {
        item == name
            && sheet.package() == case.sheet.package()
            && (sheet.path != case.sheet.path || path.matches("::").count() > depth(sheet) + 1)
    });
    same.map(|(sheet, _, path)| (path.clone(), *sheet)).collect()
}

fn depth(sheet: &Sheet) -> usize {
    sheet.module().map_or(0, |module| module.matches("::").count())
}

/// A `use` behind those that are there, else before the first item; inside the inline module the error stands in.
fn imported(case: &Case<'_>, path: &str, certainty: u8) -> Option<Offer> {
    let at = case.at().start;
    let file = case.sheet.file()?;
    let mut items: &[syn::Item] = &file.items;
    loop {
        let inner = items.iter().find_map(|item| match item {
            syn::Item::Mod(module) if case.sheet.range(module).contains(&at) => {
                module.content.as_ref().map(|(_, items)| items.as_slice())
            }
            _ => None,
        });
        match inner {
            Some(inner) => items = inner,
            None => break,
        }
    }
    let line = format!("use {path};");
    let last =
        items.iter().rev().find(|item| matches!(item, syn::Item::Use(_)) && !is_test(attributes(item)));
    if let Some(last) = last {
        let range = case.sheet.range(last);
        let indent = case.sheet.indent(range.start);
        return Some(case.insert("import", certainty, range.end, format!("\n{indent}{line}")));
    }
    let first = case.sheet.range(items.first()?).start;
    let indent = case.sheet.indent(first);
    Some(case.insert("import", certainty, first, format!("{line}\n\n{indent}")))
}

/// E0432: the path with the part that is wrong put right.
fn corrected(case: &Case<'_>, name: &str) -> Vec<Offer> {
    let Some((range, path, last)) = whole_path(case) else { return Vec::new() };
    let mut offers = Vec::new();
    for known in candidates(case, &last).into_iter().filter(|known| *known != path) {
        offers.push(case.offer("path", 82, vec![(range.clone(), known)]));
    }
    // The same module may have an item of nearly that name.
    let module = path.rsplit_once("::").map_or("", |(module, _)| module);
    let mut near: Vec<(usize, &String)> = case
        .ground
        .items
        .iter()
        .filter(|(_, item, full)| *item != last && full.rsplit_once("::").is_some_and(|(at, _)| at == module))
        .map(|(_, item, full)| (distance(item, name), full))
        .collect();
    near.sort();
    offers.extend(
        near.iter()
            .take(2)
            .filter(|(away, _)| *away <= name.len().max(3) / 2)
            .map(|(_, full)| case.offer("path", 70, vec![(range.clone(), (*full).clone())])),
    );
    offers
}

/// The path of a `use` without braces around a place: its bytes, its text, its last name.
fn whole_path(case: &Case<'_>) -> Option<(std::ops::Range<usize>, String, String)> {
    let at = case.at();
    let before = case.sheet.text.get(..at.start)?;
    let start = before.rfind("use ")? + 4;
    let end = start + case.sheet.text.get(start..)?.find([';', '{'])?;
    let text = case.sheet.text.get(start..end)?.trim();
    if end <= at.start || text.ends_with("::") {
        return None;
    }
    let path = text.split(" as ").next()?.trim();
    Some((start..start + path.len(), path.to_owned(), path.rsplit("::").next()?.to_owned()))
}

/// A file of the module's name that no `mod` declares.
fn declared(case: &Case<'_>, name: &str) -> Vec<Offer> {
    let mut offers = Vec::new();
    let mentioned: BTreeSet<&str> = words(case.text()).chain(words(name)).chain(case.quoted()).collect();
    for sheet in &case.ground.sheets {
        let Some(module) = sheet.module() else { continue };
        let Some((parent, last)) = module.rsplit_once("::") else { continue };
        if !mentioned.contains(last) || sheet.package() != case.sheet.package() {
            continue;
        }
        let Some(root) = case.ground.sheets.iter().find(|sheet| {
            sheet.module().as_deref() == Some(parent)
                && sheet.package() == case.sheet.package()
                && !sheet.path.as_str().ends_with("main.rs")
        }) else {
            continue;
        };
        offers.extend(declaration(case, root, last));
    }
    offers
}

fn declaration(case: &Case<'_>, root: &Sheet, name: &str) -> Vec<Offer> {
    let Some(file) = root.file() else { return Vec::new() };
    let modules = || {
        file.items.iter().filter_map(|item| match item {
            syn::Item::Mod(module) => Some(module),
            _ => None,
        })
    };
    if modules().any(|module| module.ident == name) {
        return Vec::new();
    }
    let last = modules().rfind(|module| !crate::schema::is_test(&module.attrs));
    let public = last.is_some_and(|module| matches!(module.vis, syn::Visibility::Public(_)));
    let outside = !case.sheet.path.as_str().contains("src/");
    let offer = |visibility: &str, certainty: u8| {
        let line = format!("{visibility}mod {name};");
        let (at, text) = match (last, file.items.first()) {
            (Some(last), _) => (root.range(last).end, format!("\n{line}")),
            (None, Some(first)) => (root.range(first).start, format!("{line}\n\n")),
            (None, None) => (root.text.len(), format!("{line}\n")),
        };
        edit(&root.path, at, text, format!("{}-module", case.code), certainty)
    };
    if public || outside {
        vec![offer("pub ", 86), offer("", 60)]
    } else {
        vec![offer("", 86), offer("pub ", 60)]
    }
}

fn edit(path: &TreePath, at: usize, text: String, operator: String, certainty: u8) -> Offer {
    let span = Span { path: path.clone(), range: at..at };
    let patch = Patch { edits: vec![Edit { span, replacement: text }] };
    Offer { patch, operator, proposer: "template", certainty }
}

/// An item of the file with nearly the same name.
fn similar(case: &Case<'_>, name: &str) -> Vec<Offer> {
    let capital = name.starts_with(|c: char| c.is_uppercase());
    let called = case.sheet.text.get(case.at().end..).is_some_and(|after| after.starts_with('('));
    if !capital && !called {
        return Vec::new();
    }
    let mut names: Vec<&str> = case.ground.items.iter().map(|(_, item, _)| item.as_str()).collect();
    let methods = case.function().and_then(|function| function.self_type());
    names.retain(|known| *known != name && known.starts_with(|c: char| c.is_uppercase()) == capital);
    names.sort_by_key(|known| distance(known, name));
    names.dedup();
    let near = names.into_iter().filter(|known| distance(known, name) <= name.len().max(3) / 3);
    let at = case.at().end - name.len()..case.at().end;
    let mut offers: Vec<Offer> =
        near.take(2).map(|known| case.offer("similar", 58, vec![(at.clone(), known.to_owned())])).collect();
    let method = case.ground.functions.iter().find(|function| {
        called && function.signature.ident == name && methods.is_some() && function.self_type() == methods
    });
    if let Some(method) = method {
        let before = if method.signature.receiver().is_some() { "self." } else { "Self::" };
        offers.push(case.insert("method", 80, at.start, before));
    }
    offers
}

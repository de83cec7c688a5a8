//! Where a test stands: from a Cargo target and a path of modules to a function in a file.

use std::collections::BTreeSet;

use quote::ToTokens;

use crate::hole::TestName;
use crate::schema::{Source, attributes, is_test};
use crate::tree::{Tree, TreePath};

/// Modules that a search follows into files; more are hostile.
const MOST_MODULES: usize = 64;

/// A test in its file.
pub(super) struct Place<'a> {
    pub(super) path: TreePath,
    pub(super) source: &'a Source,
    /// The items of the module that holds it.
    pub(super) siblings: &'a [syn::Item],
    /// The inline module that holds it, if it is not the file itself.
    pub(super) module: Option<&'a syn::ItemMod>,
    pub(super) function: &'a syn::ItemFn,
}

/// Looks a test up and hands its place to `read`; `None` if it cannot be found. Call on a deep stack.
pub(super) fn find<T>(tree: &Tree, test: &TestName, read: impl Fn(&Place<'_>) -> T) -> Option<T> {
    let names: Vec<&str> = test.name.split("::").collect();
    roots(tree, test).iter().find_map(|root| {
        let folder = root.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        walk(tree, root, folder, &names, 0, &read)
    })
}

/// Looks for a function below one file.
fn walk<T>(
    tree: &Tree,
    path: &TreePath,
    folder: &str,
    names: &[&str],
    depth: usize,
    read: &impl Fn(&Place<'_>) -> T,
) -> Option<T> {
    if depth > MOST_MODULES {
        return None;
    }
    let source = Source::parse(tree.text(path)?).ok()?;
    let mut items = &source.file.items[..];
    let mut module = None;
    let mut folder = folder.to_owned();
    for (at, name) in names.iter().enumerate() {
        if at + 1 == names.len() {
            let function = items.iter().find_map(|item| match item {
                syn::Item::Fn(function) if function.sig.ident == name => Some(function),
                _ => None,
            })?;
            return Some(read(&Place {
                path: path.clone(),
                source: &source,
                siblings: items,
                module,
                function,
            }));
        }
        let found = items.iter().find_map(|item| match item {
            syn::Item::Mod(module) if module.ident == name => Some(module),
            _ => None,
        })?;
        match &found.content {
            Some((_, inside)) => {
                (items, module) = (inside, Some(found));
                folder = format!("{folder}/{name}");
            }
            None => {
                let (file, folder) = file_of(tree, path, &folder, found)?;
                return walk(tree, &file, &folder, &names[at + 1..], depth + 1, read);
            }
        }
    }
    None
}

/// The file of a module declared elsewhere, and the folder of its own modules.
pub(super) fn file_of(
    tree: &Tree,
    from: &TreePath,
    folder: &str,
    module: &syn::ItemMod,
) -> Option<(TreePath, String)> {
    let name = module.ident.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name);
    let below =
        |parent: &str, rest: String| if parent.is_empty() { rest } else { format!("{parent}/{rest}") };
    if let Some(written) = path_attribute(&module.attrs) {
        let parent = from.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
        let file = TreePath::new(below(parent, written)).ok()?;
        let folder = file.as_str().rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        return tree.get(&file).is_some().then_some((file, folder));
    }
    let own = below(folder, name.to_owned());
    [format!("{own}.rs"), format!("{own}/mod.rs")]
        .into_iter()
        .filter_map(|path| TreePath::new(path).ok())
        .find(|path| tree.get(path).is_some())
        .map(|file| (file, own))
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// The files that are part of the tests because a module declares them so. Call on a deep stack.
pub(super) fn test_files(tree: &Tree) -> BTreeSet<TreePath> {
    let mut found = BTreeSet::new();
    for (path, _) in tree.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
        // A look at the text saves parsing most files.
        let Some(text) = tree.text(path).filter(|text| text.contains("test") && text.contains("mod ")) else {
            continue;
        };
        let Ok(source) = Source::parse(text) else { continue };
        let folder = module_folder(path);
        declared(tree, path, &folder, &source.file.items, false, &mut found);
    }
    // What such a file declares is part of the tests too.
    let mut open: Vec<TreePath> = found.iter().cloned().collect();
    while let Some(path) = open.pop() {
        let Some(source) = tree.text(&path).and_then(|text| Source::parse(text).ok()) else { continue };
        let mut inside = BTreeSet::new();
        declared(tree, &path, &module_folder(&path), &source.file.items, true, &mut inside);
        open.extend(inside.into_iter().filter(|path| found.insert(path.clone())));
    }
    found
}

/// The folder in which the modules of a file lie.
fn module_folder(path: &TreePath) -> String {
    let (folder, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => path.as_str().strip_suffix(".rs").unwrap_or(path.as_str()).to_owned(),
    }
}

fn declared(
    tree: &Tree,
    from: &TreePath,
    folder: &str,
    items: &[syn::Item],
    in_tests: bool,
    found: &mut BTreeSet<TreePath>,
) {
    for item in items {
        let syn::Item::Mod(module) = item else { continue };
        let is_test = in_tests || is_test(attributes(item));
        match &module.content {
            Some((_, inside)) => {
                declared(tree, from, &format!("{folder}/{}", module.ident), inside, is_test, found)
            }
            None if is_test => found.extend(file_of(tree, from, folder, module).map(|(file, _)| file)),
            None => {}
        }
    }
}

/// The root files that a target's tests may stand in, packages in the order of their paths.
fn roots(tree: &Tree, test: &TestName) -> Vec<TreePath> {
    let manifests = tree.files().filter_map(|(path, _)| {
        let folder = path.as_str().strip_suffix("Cargo.toml")?;
        let manifest: toml::Table = tree.text(path)?.parse().ok()?;
        let package = manifest.get("package")?.get("name")?.as_str()?;
        test.package().is_none_or(|wanted| wanted == package).then_some((folder, manifest))
    });
    let files =
        manifests.flat_map(|(folder, manifest)| in_package(folder, &manifest, test.target_in_package()));
    let mut found = Vec::new();
    for file in files.filter_map(|file| TreePath::new(file).ok()) {
        if tree.get(&file).is_some() && !found.contains(&file) {
            found.push(file);
        }
    }
    found
}

fn in_package(folder: &str, manifest: &toml::Table, target: &str) -> Vec<String> {
    let text =
        |table: &toml::Value, key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let package = manifest.get("package").and_then(|package| text(package, "name")).unwrap_or_default();
    let crate_name = |name: &str| name.replace('-', "_");
    let mut files = Vec::new();
    let lib = manifest.get("lib");
    let lib_name = lib.and_then(|lib| text(lib, "name")).unwrap_or_else(|| package.clone());
    if crate_name(&lib_name) == crate_name(target) {
        files.push(lib.and_then(|lib| text(lib, "path")).unwrap_or_else(|| "src/lib.rs".to_owned()));
    }
    for (kind, places) in [("test", ["tests/", "tests/"]), ("bin", ["src/bin/", "src/bin/"])] {
        let listed = manifest.get(kind).and_then(toml::Value::as_array);
        let named =
            listed.into_iter().flatten().filter(|entry| text(entry, "name").as_deref() == Some(target));
        files.extend(named.filter_map(|entry| text(entry, "path")));
        files.push(format!("{}{target}.rs", places[0]));
        files.push(format!("{}{target}/main.rs", places[1]));
    }
    if package == target || crate_name(&package) == target {
        files.push("src/main.rs".to_owned());
    }
    files.into_iter().map(|file| format!("{folder}{file}")).collect()
}

/// The `use` lines of a module, as written there.
pub(super) fn imports(place: &Place<'_>) -> Vec<String> {
    let uses = place.siblings.iter().filter_map(|item| match item {
        syn::Item::Use(item) => Some(item.to_token_stream().to_string()),
        _ => None,
    });
    uses.collect()
}

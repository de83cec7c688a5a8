//! What the imports of a file give to the functions in it.

use std::collections::BTreeSet;

use syn::visit::Visit;

use crate::schema::forbidden::{MACROS, MODULES, NAMES, plain};
use crate::schema::source::Source;

/// What a glob import of a refused module brings under names that mean little by themselves.
const BEHIND_GLOBS: [&str; 16] = [
    "Command",
    "Stdio",
    "File",
    "OpenOptions",
    "args",
    "args_os",
    "var",
    "vars",
    "spawn",
    "sleep",
    "current",
    "read",
    "read_to_string",
    "write",
    "remove_file",
    "create_dir_all",
];

/// Local names that a file's imports give to refused things.
pub(crate) fn forbidden_imports(file: &str) -> BTreeSet<String> {
    let mut imports = Imports::default();
    if let Ok(source) = Source::parse(file) {
        imports.visit_file(&source.file);
    }
    imports.0
}

#[derive(Default)]
struct Imports(BTreeSet<String>);

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&item.tree, &mut Vec::new());
    }
}

impl Imports {
    fn walk(&mut self, tree: &syn::UseTree, path: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(plain(&part.ident));
                self.walk(&part.tree, path);
                path.pop();
            }
            syn::UseTree::Name(name) => self.leaf(path, plain(&name.ident), plain(&name.ident)),
            syn::UseTree::Rename(rename) => self.leaf(path, plain(&rename.ident), plain(&rename.rename)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.walk(item, path)),
            syn::UseTree::Glob(_) if path.iter().any(|part| MODULES.contains(&&**part)) && !is_own(path) => {
                self.0.extend(BEHIND_GLOBS.map(String::from));
            }
            // Functions such as `stdout` are refused by their own names wherever they are called.
            syn::UseTree::Glob(_) => {}
        }
    }

    fn leaf(&mut self, path: &[String], name: String, local: String) {
        let local = if local == "self" { path.last().cloned().unwrap_or_default() } else { local };
        let refused = |part: &str| MODULES.contains(&part) || NAMES.contains(&part);
        let is_macro = MACROS.contains(&&*name);
        let reaches = path.iter().any(|part| refused(part)) || refused(&name) || is_macro;
        // `use std::process;` brings nothing new: paths through `process` are refused as such.
        if reaches && !is_own(path) && !(MODULES.contains(&&*local) && local == name) {
            self.0.insert(local);
        }
    }
}

/// Whether a path begins in the crate itself.
fn is_own(path: &[String]) -> bool {
    path.first().is_some_and(|first| matches!(&**first, "crate" | "self" | "super"))
}

//! The package that something is added to: its library, its modules, the functions in them.

use std::collections::BTreeSet;

use quote::ToTokens as _;

use crate::schema::{Site, compact, on_deep_stack, sites};
use crate::spec::Function;
use crate::tree::{Tree, TreePath};
use crate::workspace::{Package, Target, TargetKind};

use super::misfit::Misfit;
use super::outline::{Entry, Outline, What};

/// Bytes of a file that a proposer is shown of what stands around a function.
const MOST_CONTEXT: usize = 4096;

/// A package that something is added to.
pub(super) struct Host<'a> {
    pub(super) tree: &'a Tree,
    pub(super) package: &'a Package,
    pub(super) library: &'a Target,
    pub(super) root: Outline,
}

/// Where a module stands.
pub(super) enum Home {
    /// Nowhere yet: it gets this file.
    New(TreePath),
    /// In a file.
    There(File),
}

/// A source file that is there.
pub(super) struct File {
    pub(super) path: TreePath,
    pub(super) outline: Outline,
    sites: Vec<Site>,
}

impl<'a> Host<'a> {
    /// Looks at a package.
    pub(super) fn read(tree: &'a Tree, package: &'a Package) -> Result<Self, Misfit> {
        let library = library(package).ok_or_else(|| Misfit::NoLibrary(package.name.clone()))?;
        if package.edition == "2015" {
            return Err(Misfit::Edition(package.name.clone()));
        }
        let root = outline(tree, &library.path)?;
        Ok(Self { tree, package, library, root })
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &TreePath) -> &'a str {
        self.tree.text(path).unwrap_or_default()
    }

    /// Where a module of the library stands or is to stand.
    pub(super) fn home(&self, module: &str) -> Result<Home, Misfit> {
        let root = &self.library.path;
        let files = [self.beside(&format!("{module}.rs"))?, self.beside(&format!("{module}/mod.rs"))?];
        let present: Vec<&TreePath> = files.iter().filter(|path| self.tree.get(path).is_some()).collect();
        let of_name = || self.root.entries.iter().filter(|entry| entry.name == module);
        let modules: Vec<_> =
            of_name().filter(|entry| matches!(entry.what, What::File | What::Module)).collect();
        let taken = || Misfit::Taken { name: module.to_owned(), path: root.clone() };
        match (modules.as_slice(), present.as_slice()) {
            ([], _) if self.root.imported(module).is_some() => Err(taken()),
            ([], _) if of_name().any(|entry| entry.what == What::Other) => Err(taken()),
            ([], [path, ..]) => Err(Misfit::Undeclared { path: (*path).clone(), root: root.clone() }),
            ([], []) => {
                let [path, _] = files;
                Ok(Home::New(path))
            }
            ([declared], [path]) if declared.what == What::File => match declared.is_public {
                true => Ok(Home::There(File::read(self.tree, path)?)),
                false => Err(Misfit::Private { module: module.to_owned(), path: root.clone() }),
            },
            _ => Err(Misfit::Elsewhere { module: module.to_owned(), path: root.clone() }),
        }
    }

    /// A path in the directory of the library's root module.
    fn beside(&self, name: &str) -> Result<TreePath, Misfit> {
        let root = self.library.path.as_str();
        let directory = root.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
        let path = TreePath::new(format!("{directory}{name}"));
        path.map_err(|error| Misfit::Unreadable { path: name.to_owned(), why: error.to_string() })
    }

    /// A name for the tests of a module that no target of the package has, nor any of `taken`, with that of its held-back
    /// tests.
    pub(super) fn free_test(&self, module: &str, taken: &[&String]) -> String {
        let targets = self.package.targets.iter().map(|target| target.name.as_str());
        let taken: BTreeSet<&str> = targets.chain(taken.iter().map(|name| name.as_str())).collect();
        let is_file = |name: &str| {
            let path = self.package.path(&format!("tests/{name}.rs"));
            path.is_none_or(|path| self.tree.get(&path).is_some())
        };
        let is_free = |name: &str| !taken.contains(name) && !is_file(name);
        let numbered = (2..).map(|number| format!("{module}_{number}"));
        let mut names = std::iter::once(module.to_owned()).chain(numbered);
        let found = names.find(|name| is_free(name) && is_free(&format!("{name}_held_back")));
        found.expect("numbers do not run out")
    }
}

/// The library of a package, if it lies in the package and its name is one.
fn library(package: &Package) -> Option<&Target> {
    let found = package.targets.iter().find(|target| target.kind == TargetKind::Library)?;
    let is_name = syn::parse_str::<syn::Ident>(&found.name).is_ok();
    (package.holds(&found.path) && is_name).then_some(found)
}

fn outline(tree: &Tree, path: &TreePath) -> Result<Outline, Misfit> {
    let unreadable = |why| Misfit::Unreadable { path: path.to_string(), why };
    let text = tree.text(path).ok_or_else(|| unreadable("it is not text".to_owned()))?;
    Outline::read(text).map_err(unreadable)
}

impl File {
    fn read(tree: &Tree, path: &TreePath) -> Result<Self, Misfit> {
        let outline = outline(tree, path)?;
        let sites = sites(tree.text(path).unwrap_or_default(), path);
        Ok(Self { path: path.clone(), outline, sites })
    }

    /// Whether a function that is asked for stands here.
    pub(super) fn has(&self, text: &str, function: &Function) -> Result<bool, Misfit> {
        let name = match &function.path.owner {
            Some(owner) => format!("{owner}::{}", function.path.name),
            None => function.path.name.clone(),
        };
        let found: Vec<&Site> = self.sites.iter().filter(|site| site.function == name).collect();
        let asked = function.signature.one_line();
        match found.as_slice() {
            [] if function.path.owner.is_some() => Ok(false),
            [] => self.refuse_taken(&function.path.name).map(|()| false),
            [site] => {
                let found = text.get(site.signature.clone()).unwrap_or_default();
                match shape(found) == shape(&asked) && shape(found).is_some() {
                    true => Ok(true),
                    false => {
                        let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
                        Err(Misfit::Signature { function: function.path.to_string(), found, asked })
                    }
                }
            }
            _ => Err(Misfit::Taken { name, path: self.path.clone() }),
        }
    }

    /// What stands around a new function, without what `told` says already: imports, types and constants as they are, and
    /// the signatures of functions.
    pub(super) fn context(&self, text: &str, told: &str) -> String {
        let free = |entry: &&Entry| self.sites.iter().find(|site| site.function == entry.name);
        let shown = self.outline.entries.iter().filter_map(|entry| match entry.what {
            What::Function => Some(format!("{};", text.get(free(&entry)?.signature.clone())?)),
            What::Import(_) => Some(entry.text(text).to_owned()),
            What::Other if !entry.name.is_empty() => Some(entry.text(text).to_owned()),
            What::Other | What::File | What::Module => None,
        });
        let mut context = told.to_owned();
        for one in shown.filter(|one| !told.contains(one.as_str())) {
            if context.len() + one.len() <= MOST_CONTEXT {
                context.push_str(if context.is_empty() || context.ends_with('\n') { "" } else { "\n" });
                context.push_str(&one);
                context.push('\n');
            }
        }
        context
    }

    /// Refuses a new item whose name the file uses for another thing.
    pub(super) fn refuse_taken(&self, name: &str) -> Result<(), Misfit> {
        let is_named = self.outline.entries.iter().any(|entry| entry.name == name);
        match is_named || self.outline.imported(name).is_some() {
            true => Err(Misfit::Taken { name: name.to_owned(), path: self.path.clone() }),
            false => Ok(()),
        }
    }
}

/// What callers and implementers see of a public function, without the names of its parameters; `None` for one that is not
/// public or cannot be read.
fn shape(signature: &str) -> Option<String> {
    let read = || {
        let function: syn::ImplItemFn = syn::parse_str(&format!("{signature} {{}}")).ok()?;
        let syn::ImplItemFn { vis: syn::Visibility::Public(_), sig, .. } = function else { return None };
        let inputs = sig.inputs.iter().map(|input| match input {
            syn::FnArg::Typed(typed) => compact(typed.ty.to_token_stream()),
            syn::FnArg::Receiver(receiver) => {
                let syn::Receiver { reference, mutability, ty, .. } = receiver;
                // `mut self` is the function's own matter.
                let mutability = mutability.filter(|_| reference.is_some()).to_token_stream();
                compact([mutability, ty.to_token_stream()].into_iter().collect())
            }
        });
        let (inputs, generics) = (inputs.collect::<Vec<_>>(), &sig.generics);
        let parts = [
            sig.asyncness.to_token_stream(),
            sig.unsafety.to_token_stream(),
            sig.abi.to_token_stream(),
            generics.params.to_token_stream(),
            sig.output.to_token_stream(),
            generics.where_clause.as_ref().map(|clause| &clause.predicates).to_token_stream(),
        ];
        let parts = parts.map(|part| compact(part).trim_end_matches(',').to_owned());
        Some(format!("{inputs:?} {parts:?}"))
    };
    on_deep_stack(read).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_the_same_when_callers_cannot_tell_them_apart() {
        let same = |one: &str, other: &str| shape(one) == shape(other) && shape(one).is_some();
        for other in
            ["pub fn f(b: &str) -> u8", "pub fn f(mut a: &str,) -> u8", "pub const fn f(a: & str) -> u8"]
        {
            assert!(same("pub fn f(a: &str) -> u8", other), "{other}");
        }
        for other in [
            "fn f(a: &str) -> u8",
            "pub(crate) fn f(a: &str) -> u8",
            "pub fn f(a: &str) -> u16",
            "pub fn f(a: String) -> u8",
            "pub async fn f(a: &str) -> u8",
            "pub unsafe fn f(a: &str) -> u8",
            "pub fn f<T>(a: &str) -> u8",
            "pub fn f(a: &str, b: u8) -> u8",
        ] {
            assert!(!same("pub fn f(a: &str) -> u8", other), "{other}");
        }
        assert!(
            same("pub fn f(&self)", "pub fn f(&self)") && !same("pub fn f(&self)", "pub fn f(&mut self)")
        );
        assert!(same("pub fn f(mut self)", "pub fn f(self)") && !same("pub fn f(self)", "pub fn f(&self)"));
    }
}

//! By which path a program names an item of a crate: `pub use` gives most items another one than their file has.
//!
//! Modules are followed from the crate's root on, and what they give on by name or as a whole. Names from other crates are
//! not followed. Nothing is expanded, except that the items inside of a macro's braces are read like others (`cfg_rt! { … }`).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use gryph_index::files;

/// Ways into modules that are followed.
const MOST_WAYS: usize = 4000;
/// Re-exports of re-exports that are followed.
const MOST_STEPS: usize = 8;
/// Bytes of a crate that are read.
const MOST_BYTES: usize = 16 << 20;

/// A path inside of a crate, without the crate's name.
type Inner = Vec<String>;

/// The public paths of a crate.
#[derive(Default, Debug)]
pub(super) struct Publics {
    crate_name: String,
    /// The path by its file of every item that can be named, with the shortest path by which it can.
    known: BTreeMap<Inner, Inner>,
}

impl Publics {
    /// Reads the crate in a directory.
    pub(super) fn read(crate_name: &str, directory: &Path) -> Self {
        let files = files::walk(directory, &[]).map(|walk| walk.files).unwrap_or_default();
        let texts: BTreeMap<&str, &str> =
            files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
        Self::of(crate_name, &texts)
    }

    fn of(crate_name: &str, texts: &BTreeMap<&str, &str>) -> Self {
        let mut crate_ = Crate { texts, modules: BTreeMap::new(), left: MOST_BYTES };
        crate_.load("src/lib.rs", "src", Vec::new());
        Self { crate_name: crate_name.to_owned(), known: crate_.ways() }
    }

    /// The path by which a program names the item of a path by its file; `None` where it cannot, as far as is known.
    pub(super) fn of_item(&self, path: &str) -> Option<String> {
        let inner: Inner = path.split("::").skip(1).map(str::to_owned).collect();
        // The item itself, or the type or trait it belongs to.
        let owner = (inner.len().saturating_sub(1)..=inner.len()).rev().filter(|length| *length > 0);
        let (length, public) = owner.filter_map(|at| Some((at, self.known.get(&inner[..at])?))).next()?;
        let parts = public.iter().chain(&inner[length..]).map(String::as_str);
        Some([self.crate_name.as_str()].into_iter().chain(parts).collect::<Vec<_>>().join("::"))
    }

    /// Whether nothing is known, so that nothing can be said against an item.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// A module as its file has it.
#[derive(Default)]
struct Module {
    /// Modules in it, and whether they are public.
    children: BTreeMap<String, bool>,
    /// Items that it defines.
    names: BTreeSet<String>,
    /// What it gives on: under which name (as a whole without one), from where.
    given: Vec<(Option<String>, Inner)>,
}

struct Crate<'t> {
    texts: &'t BTreeMap<&'t str, &'t str>,
    modules: BTreeMap<Inner, Module>,
    left: usize,
}

impl Crate<'_> {
    /// Reads the module of a file; the files of its own modules lie in `folder`.
    fn load(&mut self, file: &str, folder: &str, at: Inner) {
        let Some(text) = self.texts.get(file) else { return };
        if text.len() > self.left || at.len() > 32 {
            return;
        }
        self.left -= text.len();
        if let Ok(file) = syn::parse_file(text) {
            self.items(&file.items, folder, &at);
        }
    }

    fn items(&mut self, items: &[syn::Item], folder: &str, at: &Inner) {
        self.modules.entry(at.clone()).or_default();
        for item in items {
            match item {
                syn::Item::Mod(item) => self.module(item, folder, at),
                syn::Item::Use(item) if is_public(&item.vis) => self.gives(&item.tree, &mut Vec::new(), at),
                syn::Item::Macro(item) if item.ident.is_none() => {
                    if let Ok(inside) = item.mac.parse_body::<syn::File>() {
                        self.items(&inside.items, folder, at);
                    }
                }
                other => self.define(other, at),
            }
        }
    }

    fn module(&mut self, item: &syn::ItemMod, folder: &str, at: &Inner) {
        let name = item.ident.to_string();
        let own = self.modules.entry(at.clone()).or_default();
        *own.children.entry(name.clone()).or_default() |= is_public(&item.vis);
        let inner = [at.as_slice(), std::slice::from_ref(&name)].concat();
        let below = format!("{folder}/{name}");
        match &item.content {
            Some((_, items)) => self.items(items, &below, &inner),
            None => {
                let files = [format!("{below}.rs"), format!("{below}/mod.rs")];
                if let Some(file) = files.iter().find(|file| self.texts.contains_key(file.as_str())) {
                    self.load(file, &below, inner);
                }
            }
        }
    }

    fn gives(&mut self, tree: &syn::UseTree, before: &mut Inner, at: &Inner) {
        let mut give = |name: Option<String>, path: Inner| {
            self.modules.entry(at.clone()).or_default().given.push((name, path));
        };
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.gives(&path.tree, before, at);
                before.pop();
            }
            syn::UseTree::Name(name) if name.ident == "self" => give(before.last().cloned(), before.clone()),
            syn::UseTree::Name(name) => {
                give(Some(name.ident.to_string()), with(before, &name.ident.to_string()));
            }
            syn::UseTree::Rename(name) => {
                give(Some(name.rename.to_string()), with(before, &name.ident.to_string()));
            }
            syn::UseTree::Glob(_) => give(None, before.clone()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.gives(tree, before, at)),
        }
    }

    fn define(&mut self, item: &syn::Item, at: &Inner) {
        let (vis, name) = match item {
            syn::Item::Struct(item) => (&item.vis, &item.ident),
            syn::Item::Enum(item) => (&item.vis, &item.ident),
            syn::Item::Union(item) => (&item.vis, &item.ident),
            syn::Item::Trait(item) => (&item.vis, &item.ident),
            syn::Item::Type(item) => (&item.vis, &item.ident),
            syn::Item::Const(item) => (&item.vis, &item.ident),
            syn::Item::Static(item) => (&item.vis, &item.ident),
            syn::Item::Fn(item) => (&item.vis, &item.sig.ident),
            _ => return,
        };
        if is_public(vis) {
            self.modules.entry(at.clone()).or_default().names.insert(name.to_string());
        }
    }

    /// All items that can be named from outside, each with its shortest path.
    fn ways(&self) -> BTreeMap<Inner, Inner> {
        let mut known: BTreeMap<Inner, Inner> = BTreeMap::new();
        let mut seen: BTreeSet<(Inner, Inner)> = BTreeSet::new();
        let mut open: VecDeque<(Inner, Inner)> = VecDeque::from([(Vec::new(), Vec::new())]);
        while let Some((public, at)) = open.pop_front() {
            let Some(module) = self.modules.get(&at) else { continue };
            if seen.len() >= MOST_WAYS || !seen.insert((public.clone(), at.clone())) {
                continue;
            }
            for name in &module.names {
                note(&mut known, with(&at, name), with(&public, name));
            }
            let children = module.children.iter().filter(|(_, is_public)| **is_public);
            open.extend(children.map(|(name, _)| (with(&public, name), with(&at, name))));
            for (name, path) in &module.given {
                let Some(target) = self.resolve(&at, path, MOST_STEPS) else { continue };
                let public = name.as_ref().map_or_else(|| public.clone(), |name| with(&public, name));
                match self.modules.contains_key(&target) {
                    true => open.push_back((public, target)),
                    false => note(&mut known, target, public),
                }
            }
        }
        known
    }

    /// Where a path of a `use` line in a module leads, through what other modules give on.
    fn resolve(&self, at: &Inner, path: &[String], steps: usize) -> Option<Inner> {
        let (first, rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Vec::new(),
            "self" => at.clone(),
            "super" => at.split_last()?.1.to_vec(),
            name if self.modules.get(at)?.children.contains_key(name) => with(at, name),
            name if self.modules.get(at)?.names.contains(name) => with(at, name),
            _ => return None,
        };
        for word in rest {
            target = match word.as_str() {
                "super" => target.split_last()?.1.to_vec(),
                word => self.step(&target, word, steps)?,
            };
        }
        Some(target)
    }

    /// A word looked up in a module.
    fn step(&self, at: &Inner, word: &str, steps: usize) -> Option<Inner> {
        let module = self.modules.get(at)?;
        if module.children.contains_key(word) || module.names.contains(word) || steps == 0 {
            return Some(with(at, word));
        }
        let named = module.given.iter().find(|(name, _)| name.as_deref() == Some(word));
        if let Some((_, path)) = named {
            return self.resolve(at, path, steps - 1);
        }
        let wholes = module.given.iter().filter(|(name, _)| name.is_none());
        wholes
            .filter_map(|(_, path)| self.resolve(at, path, steps - 1))
            .filter(|target| target != at)
            .find_map(|target| {
                let has = self.modules.get(&target)?.names.contains(word);
                has.then(|| with(&target, word))
            })
    }
}

fn with(path: &[String], name: &str) -> Inner {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

fn note(known: &mut BTreeMap<Inner, Inner>, item: Inner, public: Inner) {
    let present = known.entry(item).or_insert_with(|| public.clone());
    if (public.len(), &public) < (present.len(), present) {
        *present = public;
    }
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIB: &str = "mod deep; pub mod civil; mod all; pub use deep::{Inner as Outer, deeper}; pub use all::*; \
        pub fn top() {} fn hidden() {} cfg_x! { pub mod gated; } pub use other::Name;";

    fn publics() -> Publics {
        let texts = BTreeMap::from([
            ("src/lib.rs", LIB),
            ("src/deep/mod.rs", "pub struct Inner; pub mod deeper; pub struct Unseen;"),
            ("src/deep/deeper.rs", "pub fn down() {} pub use crate::all::Whole as Part;"),
            ("src/civil.rs", "mod date; pub use self::date::Date;"),
            ("src/civil/date.rs", "pub struct Date; pub(crate) struct Own;"),
            ("src/all.rs", "pub struct Whole; pub mod inline { pub const ONE: u8 = 1; }"),
            ("src/gated.rs", "pub fn gate() {}"),
        ]);
        Publics::of("kit", &texts)
    }

    #[test]
    fn an_item_has_its_shortest_public_path() {
        let publics = publics();
        let public = |path: &str| publics.of_item(path);
        let cases = [
            ("kit::top", Some("kit::top")),
            ("kit::deep::Inner", Some("kit::Outer")),
            ("kit::deep::Inner::new", Some("kit::Outer::new")),
            ("kit::deep::deeper::down", Some("kit::deeper::down")),
            ("kit::civil::date::Date::until", Some("kit::civil::Date::until")),
            ("kit::all::Whole", Some("kit::Whole")),
            ("kit::all::inline::ONE", Some("kit::inline::ONE")),
            ("kit::gated::gate", Some("kit::gated::gate")),
            ("kit::deep::Unseen", None),
            ("kit::civil::date::Own", None),
            ("kit::hidden", None),
        ];
        for (path, expected) in cases {
            assert_eq!(public(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn what_goes_in_circles_ends() {
        let texts = BTreeMap::from([
            ("src/lib.rs", "pub mod a; pub mod b; pub use a::*;"),
            ("src/a.rs", "pub use crate::b::*; pub use super::a::a; pub use super::*;"),
            ("src/b.rs", "pub use crate::a::*; pub use crate::a as c; pub struct End;"),
        ]);
        assert_eq!(Publics::of("kit", &texts).of_item("kit::b::End").as_deref(), Some("kit::End"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(pub |mod |use |self|super|crate|::|[a-c]|\\{|\\}|;|\\*| |as |,){0,40}") {
            Publics::of("kit", &BTreeMap::from([("src/lib.rs", text.as_str())]));
        }
    }
}

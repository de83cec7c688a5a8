//! Packs variants of functions into their crates: clones beside them, arms inside them, and the switch.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::patch::PatchError;
use crate::schema::construction::Packer;
use crate::schema::function::{Function, ReturnsImpl, functions};
use crate::schema::site::{Site, SiteKind, find};
use crate::schema::source::on_deep_stack;
use crate::schema::switch::Switch;
use crate::schema::weave::{Insertion, Thread, Weave};
use crate::tree::{Tree, TreePath};

/// Why a schema cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The file is missing or is not text.
    #[error("no text file `{0}`")]
    NoText(TreePath),
    /// The file does not parse.
    #[error("cannot parse `{path}`: {why}")]
    Unparsable {
        /// The file.
        path: TreePath,
        /// What the parser says.
        why: String,
    },
    /// No function, or several, answer to the name.
    #[error("no single function `{function}` in `{path}`")]
    NoSite {
        /// The file.
        path: TreePath,
        /// The function.
        function: String,
    },
    /// A body does not fit between braces.
    #[error("the body of variant {number} does not parse: {why}")]
    Body {
        /// The variant.
        number: u32,
        /// What the parser says.
        why: String,
    },
    /// Edits do not fit their tree.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// No thread to parse on.
    #[error("cannot start the parser")]
    Parser(#[from] std::io::Error),
}

/// The number of the body that stands in the original's place.
pub(crate) const ONLY: u32 = 1;

/// How a variant stands beside the original.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Form {
    /// A function of its own: a sibling, or a method of a hidden inherent `impl` for a method of a trait.
    Clone,
    /// A `match` arm inside the original.
    Arm,
}

/// One body for a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variant {
    /// Its number, from 1, unique in the schema.
    pub number: u32,
    /// The text between the braces.
    pub body: String,
    /// How it is built in.
    pub form: Form,
}

/// One function of a schema with its variants.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The function.
    pub subject: &'a Subject,
    /// Its variants; their numbers are unique in the whole schema.
    pub variants: &'a [Variant],
}

/// What all variants of a schema need of their crates.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Construction {
    /// Functions whose `const` stays; `None` leaves every `const` alone.
    pub unconst_except: Option<BTreeSet<String>>,
}

/// The body of a variant, and where its function stands.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) body: String,
    pub(crate) site: Arc<Site>,
}

/// A tree with variants in it.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The files to build.
    pub tree: Tree,
    pub(crate) original: Tree,
    pub(crate) switch: Switch,
    pub(crate) bodies: BTreeMap<u32, Placed>,
    pub(crate) weaves: BTreeMap<TreePath, Weave>,
}

/// A function as the packer knows it.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(crate) function: Function,
    site: Arc<Site>,
    /// The files in which its crates begin: a library and a program may share modules.
    roots: Vec<TreePath>,
}

/// A file whose functions are read.
struct File {
    /// Its functions, or why there are none.
    functions: Result<Vec<Function>, Option<String>>,
    roots: Vec<TreePath>,
}

impl File {
    fn read(tree: &Tree, path: &TreePath) -> Result<Self, SchemaError> {
        let functions = match tree.text(path) {
            Some(text) => on_deep_stack(|| functions(text, path))?.map_err(Some),
            None => Err(None),
        };
        Ok(Self { functions, roots: crate_roots(tree, path) })
    }

    fn subject(&self, path: &TreePath, name: &str) -> Result<Subject, SchemaError> {
        let all = self.functions.as_ref().map_err(|why| match why.clone() {
            Some(why) => SchemaError::Unparsable { path: path.clone(), why },
            None => SchemaError::NoText(path.clone()),
        })?;
        let missing = || SchemaError::NoSite { path: path.clone(), function: name.to_owned() };
        let function = find(all, name).ok_or_else(missing)?.clone();
        let site = Arc::new(function.site.clone());
        Ok(Subject { function, site, roots: self.roots.clone() })
    }
}

impl Subject {
    /// Reads the function `name` of the file at `path`.
    ///
    /// # Errors
    /// When it cannot be found.
    pub fn find(tree: &Tree, path: &TreePath, name: &str) -> Result<Self, SchemaError> {
        let missing = || SchemaError::NoSite { path: path.clone(), function: name.to_owned() };
        Self::find_each(tree, [(path, name)].into_iter())?.pop().unwrap_or_else(|| Err(missing()))
    }

    /// Reads several functions; each file is parsed once.
    ///
    /// # Errors
    /// When there is no thread to parse on. A function that cannot be found is an error of its own.
    pub fn find_each<'a>(
        tree: &Tree,
        functions: impl Iterator<Item = (&'a TreePath, &'a str)>,
    ) -> Result<Vec<Result<Self, SchemaError>>, SchemaError> {
        let mut files: BTreeMap<&TreePath, File> = BTreeMap::new();
        let mut found = Vec::new();
        for (path, name) in functions {
            let file = match files.entry(path) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(File::read(tree, path)?),
            };
            found.push(file.subject(path, name));
        }
        Ok(found)
    }

    /// Where it stands.
    pub fn site(&self) -> &Site {
        &self.function.site
    }

    /// Its own name, without what holds it.
    pub fn name(&self) -> &str {
        &self.function.name
    }

    /// The form its variants are first tried in, or why it can have none: then each takes a build of its own.
    pub fn first_form(&self, tree: &Tree) -> Result<Form, &'static str> {
        let function = &self.function;
        if function.returns_impl != ReturnsImpl::Never && !self.takes_clones_only() {
            return Err("each body of a function that returns `impl Trait` has a type of its own");
        }
        if function.is_test {
            return Err("the function is part of the tests");
        }
        let foreign = function.site.kind == SiteKind::TraitImpl
            && !function.owner.as_ref().is_some_and(|owner| owner.takes_inherent);
        let is_arm = function.has_attribute_macro || foreign || self.is_stub_of_trait(tree);
        Ok(if is_arm { Form::Arm } else { Form::Clone })
    }

    /// Whether a rejection may be the clone's fault: its trait's methods and names are in scope in the original only.
    pub fn clones_see_less(&self) -> bool {
        self.function.site.kind == SiteKind::TraitImpl
    }

    /// Whether its variants are clones or nothing: arms of one function share one type, and these differ in theirs.
    pub fn takes_clones_only(&self) -> bool {
        let function = &self.function;
        let stands_free = matches!(function.site.kind, SiteKind::Free | SiteKind::Inherent);
        function.returns_impl == ReturnsImpl::Whole
            && stands_free
            && !(function.is_async || function.has_abi || function.has_attribute_macro)
    }

    /// Whether it is part of the tests.
    pub fn is_test(&self) -> bool {
        self.function.is_test
    }

    /// Whether its `const` must go before it can have variants.
    pub fn is_const(&self) -> bool {
        self.function.constness.is_some()
    }

    /// A stub proves nothing about what bodies may use inside an `impl` of another form.
    fn is_stub_of_trait(&self, tree: &Tree) -> bool {
        let site = self.site();
        let body =
            tree.text(&site.path).and_then(|text| text.get(site.body.clone())).unwrap_or_default().trim();
        site.kind == SiteKind::TraitImpl && (body.starts_with("todo!") || body.starts_with("unimplemented!"))
    }
}

/// Packs variants of one or more functions, in one or more crates. The tree is the base; its other files stay as
/// they are.
pub fn pack(
    tree: &Tree,
    parts: &[Part<'_>],
    switch: &Switch,
    construction: &Construction,
) -> Result<Schema, SchemaError> {
    let mut insertions = on_deep_stack(|| part_insertions(tree, parts, switch))??;
    if let Some(kept) = &construction.unconst_except {
        let of_const = parts.iter().filter(|part| part.subject.is_const());
        let roots: BTreeSet<&TreePath> = of_const.flat_map(|part| &part.subject.roots).collect();
        for (path, removed) in removed_consts(tree, &roots, kept)? {
            insertions.entry(path).or_default().extend(removed);
        }
    }
    let roots: BTreeSet<&TreePath> = parts.iter().flat_map(|part| &part.subject.roots).collect();
    for root in &roots {
        insertions.entry((*root).clone()).or_default();
    }
    let placed = |part: &Part<'_>, variant: &Variant| {
        let site = Arc::clone(&part.subject.site);
        (variant.number, Placed { body: variant.body.clone(), site })
    };
    let bodies = parts.iter().flat_map(|part| part.variants.iter().map(|variant| placed(part, variant)));
    let bodies = bodies.collect();
    let (original, switch) = (tree.clone(), switch.clone());
    let needs_choice = parts.iter().any(|part| part.subject.takes_clones_only());
    let mut schema = Schema { tree: tree.clone(), original, bodies, switch, weaves: BTreeMap::new() };
    for (path, insertions) in insertions {
        let text = tree.text(&path).ok_or_else(|| SchemaError::NoText(path.clone()))?;
        let mut weave = Weave::new(text, insertions);
        if roots.contains(&path) {
            weave.push(&schema.switch.module_text(needs_choice), Thread::Made);
        }
        schema.tree.insert(path.clone(), weave.text.clone());
        schema.weaves.insert(path, weave);
    }
    Ok(schema)
}

/// What all parts add to their files. Call on a deep stack.
fn part_insertions(
    tree: &Tree,
    parts: &[Part<'_>],
    switch: &Switch,
) -> Result<BTreeMap<TreePath, Vec<Insertion>>, SchemaError> {
    let mut insertions: BTreeMap<TreePath, Vec<Insertion>> = BTreeMap::new();
    for (part, Part { subject, variants }) in parts.iter().enumerate().filter(|(_, p)| !p.variants.is_empty())
    {
        let path = &subject.site.path;
        let text = tree.text(path).ok_or_else(|| SchemaError::NoText(path.clone()))?;
        let chooses = subject.takes_clones_only();
        let packer = Packer { text, function: &subject.function, switch, part, chooses };
        insertions.entry(path.clone()).or_default().extend(packer.insertions(variants)?);
    }
    Ok(insertions)
}

/// One body in the place of the original's, as it would ship, with the way back for diagnostics.
pub fn replace(tree: &Tree, site: &Site, body: &str) -> Result<Schema, SchemaError> {
    let text = tree.text(&site.path).ok_or_else(|| SchemaError::NoText(site.path.clone()))?;
    let number = ONLY;
    let mut parts = vec![(body.to_owned(), Thread::Body { number, at: 0, length: body.len() })];
    if needs_line_end(body) {
        parts.push(("\n".to_owned(), Thread::Made));
    }
    let weave = Weave::new(text, vec![Insertion { at: site.body.clone(), rank: 0, parts }]);
    let mut replaced = tree.clone();
    replaced.insert(site.path.clone(), weave.text.clone());
    Ok(Schema {
        tree: replaced,
        original: tree.clone(),
        switch: Switch::draw(0, 0),
        bodies: BTreeMap::from([(number, Placed { body: body.to_owned(), site: Arc::new(site.clone()) })]),
        weaves: BTreeMap::from([(site.path.clone(), weave)]),
    })
}

/// A body that ends in a line comment would swallow the brace after it.
pub(crate) fn needs_line_end(body: &str) -> bool {
    body.rsplit('\n').next().is_some_and(|last| last.contains("//"))
}

/// The files that `mod` declarations start from: a library's, and a program's that may use the same module.
pub(crate) fn crate_roots(tree: &Tree, path: &TreePath) -> Vec<TreePath> {
    let parts: Vec<&str> = path.as_str().split('/').collect();
    let source = parts.iter().rposition(|part| *part == "src");
    let Some(source) = source else { return vec![path.clone()] };
    let below = &parts[source + 1..];
    if below.first() == Some(&"bin") || below == ["main.rs"] {
        return vec![path.clone()];
    }
    let beside = |name: &str| TreePath::new([&parts[..=source], &[name]].concat().join("/")).ok();
    let manifest = TreePath::new([&parts[..source], &["Cargo.toml"]].concat().join("/")).ok();
    let declared = manifest.and_then(|manifest| library_path(tree.text(&manifest)?));
    let declared =
        declared.and_then(|path| TreePath::new([&parts[..source], &[&*path]].concat().join("/")).ok());
    let roots = [declared, beside("lib.rs"), beside("main.rs")];
    let mut found: Vec<TreePath> =
        roots.into_iter().flatten().filter(|root| tree.get(root).is_some()).collect();
    found.dedup();
    match found.iter().position(|root| root == path) {
        // The root of one crate is no module of another.
        Some(own) => vec![found.swap_remove(own)],
        None if found.is_empty() => vec![path.clone()],
        None => found,
    }
}

fn library_path(manifest: &str) -> Option<String> {
    let manifest: toml::Table = manifest.parse().ok()?;
    Some(manifest.get("lib")?.get("path")?.as_str()?.to_owned())
}

/// Takes `const` from all functions of the crates but the kept ones: taking it from some only breaks their callers.
pub(crate) fn removed_consts(
    tree: &Tree,
    roots: &BTreeSet<&TreePath>,
    kept: &BTreeSet<String>,
) -> Result<BTreeMap<TreePath, Vec<Insertion>>, SchemaError> {
    let folder = |root: &TreePath| root.as_str().rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
    let folders: BTreeSet<String> = roots.iter().filter_map(|root| folder(root)).collect();
    let in_crates = |path: &TreePath| folders.iter().any(|folder| path.as_str().starts_with(folder));
    let mut removed = BTreeMap::new();
    for (path, _) in tree.files().filter(|(path, _)| path.as_str().ends_with(".rs") && in_crates(path)) {
        let Some(text) = tree.text(path) else { continue };
        let Ok(all) = on_deep_stack(|| functions(text, path))? else { continue };
        let of_kept = |function: &Function| kept.contains(&function.name);
        let ranges =
            all.into_iter().filter(|function| !of_kept(function)).filter_map(|function| function.constness);
        let insertions: Vec<_> = ranges.map(|at| Insertion { at, rank: 0, parts: Vec::new() }).collect();
        if !insertions.is_empty() {
            removed.insert(path.clone(), insertions);
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
struct S<T>(T);
impl<T: Clone> Iterator for S<T> { type Item = T; #[inline] fn next(&mut self) -> Option<Self::Item> { None } }
impl S<u8> { const fn get<const N: usize>(&self, (a, b): (u8, u8)) -> u8 { a + b } }
pub async fn later(x: u8) -> u8 { x }
#[must_use]
pub fn each<'a, T>(f: &'a T, n: impl Fn(u8)) -> &'a T { f }
unsafe fn raw(x: u8) -> u8 { x }
pub fn opaque() -> impl Iterator<Item = u8> { 0..3 }
pub fn called() -> impl Fn(u8) -> u8 { |x| x }
pub fn shown() -> impl Iterator<Item = impl std::fmt::Display> { 0..3 }
impl std::ops::Add<S<u8>> for u8 { type Output = u8; fn add(self, other: S<u8>) -> u8 { self } }
impl<G: Iterator> std::fmt::Display for S<G::Item> { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { todo!() } }
"#;

    fn tree() -> Tree {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").expect("plain"), TEXT);
        tree
    }

    fn packed(name: &str, bodies: &[&str], form: Form) -> String {
        let path = TreePath::new("src/lib.rs").expect("plain");
        let subject = Subject::find(&tree(), &path, name).expect(name);
        let variants: Vec<Variant> = (1..)
            .zip(bodies)
            .map(|(number, body)| Variant { number, body: (*body).to_owned(), form })
            .collect();
        let construction = Construction { unconst_except: subject.is_const().then(BTreeSet::new) };
        let switch = Switch { module: "__m".into(), variable: "V".into(), prefix: "__p".into() };
        let part = Part { subject: &subject, variants: &variants };
        let schema = pack(&tree(), &[part], &switch, &construction).expect("packs");
        let text = schema.tree.text(&path).expect("text").to_owned();
        assert!(syn::parse_file(&text).is_ok(), "{text}");
        text.split("\n#[doc(hidden)]").next().expect("the crate's own part").to_owned()
    }

    #[test]
    fn each_kind_of_function_gets_its_construction() {
        let cases = [
            (
                "S::next",
                Form::Clone,
                "impl<T: Clone> S<T>  {\nfn __p_1_next(&mut self) -> Option<<Self as Iterator>::Item> {<Self as Iterator>::Item::x()\n}",
            ),
            (
                "S::next",
                Form::Clone,
                " fn next(&mut self) -> Option<Self::Item> { let __p_f: ::core::option::Option<fn(_) -> _> = match crate::__m::variant() { 1 => ::core::option::Option::Some(Self::__p_1_next), _ =>",
            ),
            (
                "S::next",
                Form::Arm,
                "{ match crate::__m::variant() { 1 => {Self::Item::x()\n}, _ => { None \n} }}",
            ),
            (
                "S::get",
                Form::Clone,
                "Option<fn(_, _) -> _> = match crate::__m::variant() { 1 => ::core::option::Option::Some(Self::__p_1_get::<N>),",
            ),
            ("S::get", Form::Clone, "return __p_f(self, __p_a0); } let (a, b) = __p_a0; a + b }"),
            ("S::get", Form::Clone, "\n fn __p_1_get<const N: usize>(&self, (a, b): (u8, u8)) -> u8 {"),
            (
                "later",
                Form::Clone,
                " match crate::__m::variant() { 1 => return __p_1_later(x).await, _ => {} } x }",
            ),
            (
                "each",
                Form::Clone,
                " match crate::__m::variant() { 1 => return __p_1_each(f, n), _ => {} } f }",
            ),
            ("each", Form::Clone, "\nfn __p_1_each<'a, T>(f: &'a T, n: impl Fn(u8)) -> &'a T {"),
            ("raw", Form::Clone, "Option<unsafe fn(_) -> _> = match"),
            ("raw", Form::Clone, "{ return unsafe { __p_f(x) }; }"),
            (
                "opaque",
                Form::Clone,
                "{ match crate::__m::variant() { 1 => crate::__m::Choice::One(__p_1_opaque()), \
                 _ => crate::__m::Choice::Other(__p_0_opaque()), } }\nfn __p_0_opaque() -> impl Iterator<Item = u8> { 0..3 }\n\
                 fn __p_1_opaque() -> impl Iterator<Item = u8> {Self::Item::x()\n}",
            ),
        ];
        for (name, form, expected) in cases {
            let text = packed(name, &["Self::Item::x()"], form);
            assert!(text.contains(expected), "{name}: {expected}\nis not in\n{text}");
        }
    }

    #[test]
    fn the_form_follows_from_the_function() {
        let path = TreePath::new("src/lib.rs").expect("plain");
        let cases = [
            ("S::next", Ok(Form::Clone)),
            ("<u8 as Add<S<u8>>>::add", Ok(Form::Arm)),
            ("<S as Display>::fmt", Ok(Form::Arm)),
            ("later", Ok(Form::Clone)),
            ("opaque", Ok(Form::Clone)),
            ("called", Err(())),
            ("shown", Err(())),
        ];
        for (name, form) in cases {
            let subject = Subject::find(&tree(), &path, name).expect(name);
            assert_eq!(subject.first_form(&tree()).map_err(drop), form, "{name}");
        }
    }

    #[test]
    fn the_crate_root_is_where_the_modules_start() {
        let mut tree = tree();
        for path in [
            "src/main.rs",
            "src/bin/tool.rs",
            "src/a/b.rs",
            "sub/Cargo.toml",
            "sub/src/x.rs",
            "sub/src/start.rs",
        ] {
            tree.insert(TreePath::new(path).expect("plain"), "");
        }
        tree.insert(TreePath::new("sub/Cargo.toml").expect("plain"), "[lib]\npath = \"src/start.rs\"");
        let cases = [
            ("src/a/b.rs", &["src/lib.rs", "src/main.rs"][..]),
            ("src/lib.rs", &["src/lib.rs"]),
            ("src/main.rs", &["src/main.rs"]),
            ("src/bin/tool.rs", &["src/bin/tool.rs"]),
            ("sub/src/x.rs", &["sub/src/start.rs"]),
        ];
        for (path, roots) in cases {
            let found = crate_roots(&tree, &TreePath::new(path).expect("plain"));
            assert_eq!(found.iter().map(TreePath::as_str).collect::<Vec<_>>(), roots, "{path}");
        }
    }
}

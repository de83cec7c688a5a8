//! Probes: which functions, branches and statements a run comes to.
//!
//! A probe is a call between two statements, so no line moves and no value changes. It notes its first hit at once, at
//! the end of a file, so that what a run came to is known however the run ends. Nothing is put before a statement with
//! an attribute (`#[cfg]` would turn a tail into a statement), into constants, or into what a macro holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::diagnostic::Diagnostic;
use crate::patch::Span;
use crate::schema::attribute::is_fatal;
use crate::schema::function::functions;
use crate::schema::pack::{SchemaError, crate_roots, removed_consts};
use crate::schema::site::Site;
use crate::schema::source::{Source, on_deep_stack};
use crate::schema::switch::Switch;
use crate::schema::weave::{Insertion, Thread, Weave};
use crate::tree::{Tree, TreePath};

/// Where probes go in some functions of a tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probes {
    /// What each probe stands for, in bytes of the original files.
    pub(crate) spans: Vec<Span>,
    /// For each probe the one that is hit in its place: a body is begun when its first statement is.
    hit_by: Vec<usize>,
    insertions: Vec<(usize, TreePath, Insertion)>,
    /// The functions that are `const`, with their names.
    consts: BTreeMap<usize, String>,
    /// Functions that no probe can go into, and why.
    pub(crate) without: BTreeMap<usize, String>,
    roots: BTreeSet<TreePath>,
}

/// A tree with probes in it.
#[derive(Clone, Debug)]
pub(crate) struct ProbedTree {
    pub(crate) tree: Tree,
    original: Tree,
    weaves: BTreeMap<TreePath, Weave>,
}

impl Probes {
    /// Finds the places for probes in functions of a tree.
    pub(crate) fn find(tree: &Tree, sites: &[Site]) -> Result<Self, SchemaError> {
        let mut probes = Self::default();
        let paths: BTreeSet<&TreePath> = sites.iter().map(|site| &site.path).collect();
        on_deep_stack(|| {
            for path in paths {
                let of_file: Vec<(usize, &Site)> =
                    sites.iter().enumerate().filter(|(_, site)| site.path == *path).collect();
                if let Err(why) = probes.find_in(tree, path, &of_file) {
                    probes.without.extend(of_file.iter().map(|(index, _)| (*index, why.clone())));
                }
            }
        })?;
        for (index, site) in sites.iter().enumerate() {
            if !probes.without.contains_key(&index) {
                probes.roots.extend(crate_roots(tree, &site.path));
            }
        }
        Ok(probes)
    }

    fn find_in(&mut self, tree: &Tree, path: &TreePath, sites: &[(usize, &Site)]) -> Result<(), String> {
        let text = tree.text(path).ok_or("its file is not text")?;
        let all = functions(text, path)?;
        let source = Source::parse(text)?;
        for (index, site) in sites {
            match all.iter().find(|function| function.site.body == site.body) {
                Some(function) if function.constness.is_some() => {
                    self.consts.insert(*index, function.name.clone());
                }
                Some(_) => {}
                None => {
                    self.without.insert(*index, "there is no such function".to_owned());
                }
            }
        }
        let sites = sites.iter().map(|(index, site)| (site.body.start, (*index, *site))).collect();
        let mut finder = Finder { text, path, source: &source, sites, site: 0, probes: self };
        finder.visit_file(&source.file);
        Ok(())
    }

    /// Gives up the probes of a function.
    pub(crate) fn give_up(&mut self, site: usize, why: &str) {
        self.without.entry(site).or_insert_with(|| why.to_owned());
    }

    /// Whether some function with probes must lose its `const` for them.
    pub(crate) fn removes_const(&self) -> bool {
        self.consts.keys().any(|site| !self.without.contains_key(site))
    }

    /// Gives up the functions that must stay `const`.
    pub(crate) fn keep_const(&mut self, kept: &BTreeSet<String>) {
        let named: Vec<usize> =
            self.consts.iter().filter(|(_, name)| kept.contains(*name)).map(|(site, _)| *site).collect();
        named.into_iter().for_each(|site| self.give_up(site, "its `const` is needed"));
    }

    /// The tree with all probes that were not given up.
    pub(crate) fn weave(
        &self,
        tree: &Tree,
        switch: &Switch,
        kept: &BTreeSet<String>,
    ) -> Result<ProbedTree, SchemaError> {
        let mut insertions: BTreeMap<TreePath, Vec<Insertion>> = BTreeMap::new();
        for (site, path, insertion) in &self.insertions {
            if !self.without.contains_key(site) {
                let mut insertion = insertion.clone();
                let call = |text: &str| text.replace("HIT", &format!("crate::{}::hit", switch.module));
                insertion.parts.iter_mut().for_each(|(text, _)| *text = call(text));
                insertions.entry(path.clone()).or_default().push(insertion);
            }
        }
        if self.removes_const() {
            for (path, removed) in removed_consts(tree, &self.roots.iter().collect(), kept)? {
                insertions.entry(path).or_default().extend(removed);
            }
        }
        for root in &self.roots {
            insertions.entry(root.clone()).or_default();
        }
        let mut probed = ProbedTree { tree: tree.clone(), original: tree.clone(), weaves: BTreeMap::new() };
        for (path, insertions) in insertions {
            let text = tree.text(&path).ok_or_else(|| SchemaError::NoText(path.clone()))?;
            let mut weave = Weave::new(text, insertions);
            if self.roots.contains(&path) {
                weave.push(&switch.probe_module_text(self.spans.len()), Thread::Made);
            }
            probed.tree.insert(path.clone(), weave.text.clone());
            probed.weaves.insert(path, weave);
        }
        Ok(probed)
    }

    /// All probes that were hit, told from the lines a run noted. What is no number of a probe is skipped.
    pub(crate) fn hits(&self, noted: &str) -> BTreeSet<usize> {
        let lines = noted.lines().filter_map(|line| line.trim().parse::<usize>().ok());
        let noted: BTreeSet<usize> = lines.collect();
        let is_hit = |(probe, by): (usize, &usize)| noted.contains(by).then_some(probe);
        self.hit_by.iter().enumerate().filter_map(is_hit).collect()
    }
}

impl ProbedTree {
    /// The functions that a build's fatal messages point into.
    pub(crate) fn blamed(&self, diagnostics: &[Diagnostic], sites: &[Site]) -> BTreeSet<usize> {
        let fatal = diagnostics.iter().filter(|diagnostic| is_fatal(diagnostic));
        fatal.filter_map(|diagnostic| self.blamed_by(diagnostic, sites)).collect()
    }

    fn blamed_by(&self, diagnostic: &Diagnostic, sites: &[Site]) -> Option<usize> {
        let of_label = |span: &Span| {
            let at = self.original_place(&span.path, span.range.start)?;
            sites.iter().position(|site| site.path == span.path && site.item.contains(&at))
        };
        diagnostic.labels.iter().find_map(|label| of_label(&label.span))
    }

    /// The byte of the original file that a byte of the woven one shows, or the next one that it does.
    fn original_place(&self, path: &TreePath, at: usize) -> Option<usize> {
        let Some(weave) = self.weaves.get(path) else { return Some(at) };
        weave.pieces.iter().filter(|piece| piece.range.end > at).find_map(|piece| match piece.thread {
            Thread::Original(start) => Some(start + at.saturating_sub(piece.range.start)),
            Thread::Made | Thread::Head(_) | Thread::Header(_) => None,
            Thread::Variant(_) | Thread::Body { .. } => None,
        })
    }

    /// The place in the original files that a panic names: `panicked at src/lib.rs:3:5:`.
    pub(crate) fn panic_place(&self, message: &str) -> Option<Span> {
        let (_, place) = message.split_once("panicked at ")?;
        let mut parts = place.lines().next()?.trim_end_matches(':').rsplitn(3, ':');
        let column: usize = parts.next()?.parse().ok()?;
        let line: usize = parts.next()?.parse().ok()?;
        let path = TreePath::new(parts.next()?).ok()?;
        let text = self.tree.text(&path)?;
        let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let shown = text.get(start..)?.lines().next()?;
        let column = shown.char_indices().nth(column.checked_sub(1)?).map_or(shown.len(), |(at, _)| at);
        let at = self.original_place(&path, start + column)?;
        self.original.text(&path)?.get(at..)?;
        Some(Span { path, range: at..at })
    }
}

/// Walks the functions of a file that are to be probed.
struct Finder<'a> {
    text: &'a str,
    path: &'a TreePath,
    source: &'a Source,
    /// The functions by where their bodies begin.
    sites: BTreeMap<usize, (usize, &'a Site)>,
    /// The function that is being walked.
    site: usize,
    probes: &'a mut Probes,
}

impl Finder<'_> {
    fn function(&mut self, block: &syn::Block, attributes: &[syn::Attribute]) {
        let start = self.source.range(block.brace_token.span.join()).start + 1;
        let Some((index, site)) = self.sites.get(&start).copied() else { return };
        self.site = index;
        self.body(block, attributes, site.item.clone());
    }

    /// A body that is one block: its beginning, and all that is in it.
    fn body(&mut self, block: &syn::Block, attributes: &[syn::Attribute], shown: Range<usize>) {
        let first = block.stmts.first().and_then(|statement| self.place(statement));
        let probe = self.probes.spans.len();
        match first {
            // Its first statement will get the next number.
            Some(_) => self.stand_for(shown, probe + 1),
            None => {
                let brace = self.source.range(block.brace_token.span.join()).start + 1;
                let inner = attributes.iter().filter(|a| matches!(a.style, syn::AttrStyle::Inner(_)));
                let at =
                    inner.map(|attribute| self.source.range(attribute.span()).end).fold(brace, usize::max);
                self.stand_for(shown, probe);
                self.insert(at, 9, format!("HIT({probe});"));
            }
        }
        for statement in &block.stmts {
            if let Some(range) = self.place(statement) {
                let probe = self.probes.spans.len();
                self.insert(range.start, 9, format!("HIT({probe});"));
                self.stand_for(range, probe);
            }
            visit::visit_stmt(self, statement);
        }
    }

    /// A body that is an expression gets braces.
    fn expression(&mut self, body: &syn::Expr) {
        if let syn::Expr::Block(block) = body
            && block.label.is_none()
        {
            self.visit_expr_block(block);
            return;
        }
        let range = self.source.range(body.span());
        if !self.begins_with_attribute(&range) {
            let probe = self.probes.spans.len();
            self.insert(range.start, 9, format!("{{HIT({probe});"));
            self.insert(range.end, 1, "}".to_owned());
            self.stand_for(range, probe);
        }
        self.visit_expr(body);
    }

    /// Where a probe before a statement goes, if one may.
    fn place(&self, statement: &syn::Stmt) -> Option<Range<usize>> {
        if matches!(statement, syn::Stmt::Item(_)) {
            return None;
        }
        let range = self.source.range(statement.span());
        (!range.is_empty() && !self.begins_with_attribute(&range)).then_some(range)
    }

    fn begins_with_attribute(&self, range: &Range<usize>) -> bool {
        self.text.get(range.clone()).is_none_or(|text| text.starts_with('#'))
    }

    fn stand_for(&mut self, range: Range<usize>, hit_by: usize) {
        self.probes.spans.push(Span { path: self.path.clone(), range });
        self.probes.hit_by.push(hit_by);
    }

    fn insert(&mut self, at: usize, rank: u8, text: String) {
        let parts = vec![(text, Thread::Head(self.site))];
        self.probes.insertions.push((self.site, self.path.clone(), Insertion { at: at..at, rank, parts }));
    }

    fn branch(&mut self, block: &syn::Block, attributes: &[syn::Attribute]) {
        let shown = self.source.range(block.brace_token.span.join());
        self.body(block, attributes, shown);
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.block, &item.attrs);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.block, &item.attrs);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(block, &item.attrs);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.branch(block, &[]);
    }

    fn visit_expr_block(&mut self, block: &'ast syn::ExprBlock) {
        self.branch(&block.block, &block.attrs);
    }

    fn visit_expr_for_loop(&mut self, item: &'ast syn::ExprForLoop) {
        self.visit_expr(&item.expr);
        self.branch(&item.body, &item.attrs);
    }

    fn visit_expr_while(&mut self, item: &'ast syn::ExprWhile) {
        self.visit_expr(&item.cond);
        self.branch(&item.body, &item.attrs);
    }

    fn visit_expr_loop(&mut self, item: &'ast syn::ExprLoop) {
        self.branch(&item.body, &item.attrs);
    }

    fn visit_expr_unsafe(&mut self, item: &'ast syn::ExprUnsafe) {
        self.branch(&item.block, &item.attrs);
    }

    fn visit_expr_async(&mut self, item: &'ast syn::ExprAsync) {
        self.branch(&item.block, &item.attrs);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if closure.constness.is_none() {
            self.expression(&closure.body);
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            self.visit_expr(guard);
        }
        self.expression(&arm.body);
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    // Constants, and what is compiled apart from the function.
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_type(&mut self, _: &'ast syn::Type) {}

    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}

    fn visit_item_enum(&mut self, _: &'ast syn::ItemEnum) {}

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        if !matches!(statement, syn::Stmt::Item(_)) {
            visit::visit_stmt(self, statement);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::site::sites;

    const TEXT: &str = r#"
pub fn f(x: u8, of: &[u8]) -> u8 {
    const N: usize = { 3 };
    #[cfg(test)]
    let x = x + 1;
    let Some(first) = of.first() else { return 0 };
    for y in of { if *y > 3 { continue } }
    let twice = |n: u8| n * 2;
    let array = [x; { 2 + 1 }];
    match x {
        0 => twice(1),
        1 if *first > 2 => { 5 }
        _ => if x > 9 { 1 } else { array[0] },
    }
}
mod inner { pub fn empty() {} #[cfg(test)] mod tests { fn other() { let _x = 1; } } }
trait T { fn t(&self) -> u8 { fn nested() { 1; } loop { break 7; } } }
"#;

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    fn probed(text: &str) -> (Probes, Vec<Site>, Tree) {
        let mut tree = Tree::new();
        tree.insert(path(), text);
        let sites: Vec<Site> =
            sites(text, &path()).into_iter().filter(|site| !site.function.contains("other")).collect();
        (Probes::find(&tree, &sites).expect("parses"), sites, tree)
    }

    fn switch() -> Switch {
        Switch { module: "m".into(), variable: "V".into(), prefix: "p".into() }
    }

    #[test]
    fn statements_and_branches_are_probed_and_no_line_moves() {
        let (probes, _, tree) = probed(TEXT);
        let woven = probes.weave(&tree, &switch(), &BTreeSet::new()).expect("weaves");
        let text = woven.tree.text(&path()).expect("text");
        assert!(syn::parse_file(text).is_ok(), "{text}");
        let own = text.split("\n#[doc(hidden)]").next().expect("the crate's own part");
        assert_eq!(own.trim_end().lines().count(), TEXT.trim_end().lines().count());
        let plain = regex_free(own);
        for expected in [
            "{HIT; const N",
            "#[cfg(test)] let x",
            "HIT;let Some(first) = of.first() else { HIT;return 0 };",
            "HIT;for y in of { HIT;if *y > 3 { HIT;continue } }",
            "|n: u8| {HIT;n * 2};",
            "HIT;let array = [x; { 2 + 1 }];",
            "0 => {HIT;twice(1)},",
            "=> { HIT;5 }",
            "_ => {HIT;if x > 9 { HIT;1 } else { HIT;array[0] }},",
            "pub fn empty() {HIT;}",
            "{ let _x = 1; }",
            "fn t(&self) -> u8 {HIT; fn nested() { 1; } HIT;loop { HIT;break 7; } }",
        ] {
            assert!(plain.contains(expected), "{expected}\nis not in\n{plain}");
        }
        let shown: Vec<&str> = probes.spans.iter().map(|span| &TEXT[span.range.clone()]).collect();
        assert!(
            shown.contains(&"twice(1)") && shown.contains(&"{ continue }") && shown.contains(&"continue")
        );
        assert!(shown[0].starts_with("pub fn f"));
    }

    /// The probes without their numbers, on one line.
    fn regex_free(text: &str) -> String {
        let mut parts = text.split("crate::m::hit(");
        let mut plain = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            plain += &format!("HIT{}", part.split_once(')').map_or(part, |(_, rest)| rest));
        }
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_body_is_begun_when_its_first_statement_is() {
        let (probes, ..) = probed("pub fn f(x: bool) { if x { drop(1); } }");
        let shown: Vec<&str> = probes
            .spans
            .iter()
            .map(|span| &"pub fn f(x: bool) { if x { drop(1); } }"[span.range.clone()])
            .collect();
        assert_eq!(shown[2..], ["{ drop(1); }", "drop(1);"]);
        assert_eq!(probes.hits("1\nforged\n99\n"), BTreeSet::from([0, 1]));
        assert_eq!(probes.hits("1\n3"), BTreeSet::from([0, 1, 2, 3]));
    }

    #[test]
    fn a_panic_is_placed_in_the_original_file() {
        let text = "pub fn f(x: bool) {\n    if x { panic!(\"é\") } else { unreachable!() }\n}\n";
        let (probes, _, tree) = probed(text);
        let woven = probes.weave(&tree, &switch(), &BTreeSet::new()).expect("weaves");
        let shown = woven.tree.text(&path()).expect("text").lines().nth(1).expect("a line");
        let column = shown.find("unreachable").map(|at| shown[..at].chars().count() + 1).expect("there");
        let place = woven.panic_place(&format!("thread 'a' (1) panicked at src/lib.rs:2:{column}:\nno"));
        assert_eq!(place.map(|span| span.range.start), text.find("unreachable"));
        assert_eq!(woven.panic_place("panicked at /rustc/x/library/core/src/a.rs:1:1:\nno"), None);
        assert_eq!(woven.panic_place("panicked at src/lib.rs:99999:1:"), None);
    }

    #[test]
    fn a_const_function_loses_its_const_or_its_probes() {
        let (mut probes, _, tree) = probed("pub const fn a() -> u8 { 1 }\npub fn b() -> u8 { 2 }");
        assert!(probes.removes_const());
        let woven = probes.weave(&tree, &switch(), &BTreeSet::new()).expect("weaves");
        assert!(
            woven.tree.text(&path()).is_some_and(|text| text.starts_with("pub  fn a() -> u8 { crate::m"))
        );
        probes.keep_const(&BTreeSet::from(["a".to_owned()]));
        let woven = probes.weave(&tree, &switch(), &BTreeSet::new()).expect("weaves");
        let text = woven.tree.text(&path()).expect("text");
        assert!(text.starts_with("pub const fn a() -> u8 { 1 }\npub fn b() -> u8 { crate::m"), "{text}");
    }
}

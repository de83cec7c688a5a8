//! The files of a tree as syntax: where items, functions and expressions stand.
//!
//! Test code is read for nothing: no template learns from it, none may change it.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::schema::{Source, attributes, compact, is_test};
use crate::tree::{Tree, TreePath};

/// Bytes of all files together beyond which files are no longer parsed.
const MOST_BYTES: usize = 16 << 20;

/// A source file.
pub(super) struct Sheet {
    pub(super) path: TreePath,
    pub(super) text: String,
    source: Option<Source>,
    /// Expressions that stand in the arguments of macros.
    arguments: Vec<syn::Expr>,
    /// Items that are compiled for tests only.
    pub(super) tests: Vec<Range<usize>>,
}

impl Sheet {
    fn read(path: &TreePath, text: &str) -> Self {
        let source = Source::parse(text).ok();
        let arguments = source.as_ref().map(|source| arguments(&source.file)).unwrap_or_default();
        let (path, text_owned) = (path.clone(), text.to_owned());
        let mut sheet = Self { path, text: text_owned, source, arguments, tests: Vec::new() };
        sheet.tests = match &sheet.source {
            Some(source) if is_test(&source.file.attrs) => std::iter::once(0..text.len()).collect(),
            Some(source) => {
                let mut tests = Tests { sheet: &sheet, found: Vec::new() };
                tests.visit_file(&source.file);
                tests.found
            }
            // What cannot be parsed holds its tests at the end, as is the custom.
            None => text.find("#[cfg(test)]").map(|start| start..text.len()).into_iter().collect(),
        };
        sheet
    }

    /// The syntax, if the file parses.
    pub(super) fn file(&self) -> Option<&syn::File> {
        self.source.as_ref().map(|source| &source.file)
    }

    /// The bytes of a piece of syntax.
    pub(super) fn range(&self, node: &impl Spanned) -> Range<usize> {
        self.source.as_ref().map_or(0..0, |source| source.range(node.span()))
    }

    /// The text of a piece of syntax.
    pub(super) fn slice(&self, node: &impl Spanned) -> &str {
        self.text.get(self.range(node)).unwrap_or_default()
    }

    /// The text of a range; empty when it is not one.
    pub(super) fn cut(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The white space at the start of the line of a place.
    pub(super) fn indent(&self, at: usize) -> &str {
        let start = self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
        let line = self.text.get(start..).unwrap_or_default();
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// The module the file is, such as `crate::a::b`, if it lies below a `src`.
    pub(super) fn module(&self) -> Option<String> {
        let path = self.path.as_str();
        let below = path.rsplit_once("src/").map(|(_, below)| below)?.strip_suffix(".rs")?;
        let parts: Vec<&str> =
            below.split('/').filter(|part| !matches!(*part, "lib" | "main" | "mod")).collect();
        Some(std::iter::once("crate").chain(parts).collect::<Vec<_>>().join("::"))
    }

    /// The package the file belongs to: what stands before its `src`.
    pub(super) fn package(&self) -> &str {
        self.path.as_str().rsplit_once("src/").map_or("", |(package, _)| package)
    }
}

/// The arguments of all macros outside of tests that are expressions, those of macros inside macros included.
fn arguments(file: &syn::File) -> Vec<syn::Expr> {
    let mut macros = Macros(Vec::new());
    if !is_test(&file.attrs) {
        macros.visit_file(file);
    }
    let mut found: Vec<syn::Expr> = Vec::new();
    while let Some(tokens) = macros.0.pop() {
        let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        let repeated = |input: ParseStream<'_>| {
            let value: syn::Expr = input.parse()?;
            input.parse::<syn::Token![;]>()?;
            Ok([value, input.parse()?].into_iter().collect())
        };
        let parsed = list.parse2(tokens.clone()).or_else(|_| repeated.parse2(tokens));
        for expression in parsed.into_iter().flatten() {
            macros.visit_expr(&expression);
            found.push(expression);
        }
    }
    found
}

struct Macros(Vec<TokenStream>);

impl<'ast> Visit<'ast> for Macros {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(attributes(item)) && !matches!(item, syn::Item::Macro(_)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.0.push(node.tokens.clone());
    }
}

struct Tests<'a> {
    sheet: &'a Sheet,
    found: Vec<Range<usize>>,
}

impl<'ast> Visit<'ast> for Tests<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if is_test(attributes(item)) {
            self.found.push(self.sheet.range(item));
        } else {
            visit::visit_item(self, item);
        }
    }
}

/// Something and the file it stands in.
pub(super) struct Found<'g, T> {
    pub(super) sheet: &'g Sheet,
    pub(super) node: &'g T,
}

impl<T> Clone for Found<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Found<'_, T> {}

/// A function or method with what holds it.
#[derive(Clone, Copy)]
pub(super) struct Function<'g> {
    pub(super) sheet: &'g Sheet,
    pub(super) signature: &'g syn::Signature,
    pub(super) block: Option<&'g syn::Block>,
    pub(super) holder: Option<&'g syn::ItemImpl>,
    pub(super) contract: Option<&'g syn::ItemTrait>,
}

impl Function<'_> {
    /// The bytes of signature and body.
    pub(super) fn range(&self) -> Range<usize> {
        let signature = self.sheet.range(self.signature);
        let end = self.block.map_or(signature.end, |block| self.sheet.range(block).end);
        signature.start..end
    }

    /// Names and types of the parameters that are plain names.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let typed = self.signature.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(typed) => Some(typed),
            syn::FnArg::Receiver(_) => None,
        });
        typed
            .filter_map(|typed| match typed.pat.as_ref() {
                syn::Pat::Ident(name) => Some((name.ident.to_string(), type_text(&typed.ty))),
                _ => None,
            })
            .collect()
    }

    /// The return type, empty for `()`.
    pub(super) fn returned(&self) -> String {
        match &self.signature.output {
            syn::ReturnType::Type(_, ty) => type_text(ty),
            syn::ReturnType::Default => String::new(),
        }
    }

    /// The last segment of the type the method belongs to.
    pub(super) fn self_type(&self) -> Option<String> {
        self.holder.and_then(|holder| last_name(&holder.self_ty))
    }
}

/// A type's tokens with a space only where two words would meet.
pub(super) fn type_text(ty: &syn::Type) -> String {
    compact(ty.to_token_stream())
}

/// The last name of a type's path, references and brackets taken away.
pub(super) fn last_name(ty: &syn::Type) -> Option<String> {
    match ty {
        syn::Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        syn::Type::Reference(reference) => last_name(&reference.elem),
        syn::Type::Paren(inner) => last_name(&inner.elem),
        syn::Type::Group(inner) => last_name(&inner.elem),
        _ => None,
    }
}

/// All that is known about a tree's items.
#[derive(Default)]
pub(super) struct Ground<'g> {
    pub(super) sheets: Vec<&'g Sheet>,
    pub(super) structs: Vec<Found<'g, syn::ItemStruct>>,
    pub(super) enums: Vec<Found<'g, syn::ItemEnum>>,
    pub(super) traits: Vec<Found<'g, syn::ItemTrait>>,
    pub(super) impls: Vec<Found<'g, syn::ItemImpl>>,
    pub(super) functions: Vec<Function<'g>>,
    pub(super) expressions: Vec<Found<'g, syn::Expr>>,
    pub(super) blocks: Vec<Found<'g, syn::Block>>,
    /// Names other modules can import, each with its path from the crate.
    pub(super) items: Vec<(&'g Sheet, String, String)>,
}

/// Reads the sources of a tree. Call on a deep stack.
pub(super) fn sheets(tree: &Tree) -> Vec<Sheet> {
    let mut left = MOST_BYTES;
    let mut sheets = Vec::new();
    for (path, bytes) in tree.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
        let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= left) else { continue };
        left -= text.len();
        sheets.push(Sheet::read(path, text));
    }
    sheets
}

impl<'g> Ground<'g> {
    /// Collects what stands in the files.
    pub(super) fn new(sheets: &'g [Sheet]) -> Self {
        let mut ground = Self { sheets: sheets.iter().collect(), ..Self::default() };
        for sheet in sheets {
            if let Some(file) = sheet.file().filter(|file| !is_test(&file.attrs)) {
                let modules = sheet.module().into_iter().collect();
                let mut walk = Walk { ground: &mut ground, sheet, modules, holder: None, contract: None };
                walk.visit_file(file);
                sheet.arguments.iter().for_each(|expression| walk.visit_expr(expression));
            }
        }
        ground
    }

    /// The file at a path.
    pub(super) fn sheet(&self, path: &TreePath) -> Option<&'g Sheet> {
        self.sheets.iter().find(|sheet| sheet.path == *path).copied()
    }

    /// The struct of a name.
    pub(super) fn structure(&self, name: &str) -> Option<Found<'g, syn::ItemStruct>> {
        self.structs.iter().find(|found| found.node.ident == name).copied()
    }

    /// The enum of a name.
    pub(super) fn choice(&self, name: &str) -> Option<Found<'g, syn::ItemEnum>> {
        self.enums.iter().find(|found| found.node.ident == name).copied()
    }

    /// Whether a name is a struct or an enum of this tree.
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.structure(name).is_some() || self.choice(name).is_some()
    }

    /// The innermost function around a place.
    pub(super) fn function_at(&self, sheet: &Sheet, at: usize) -> Option<Function<'g>> {
        let around = |function: &&Function<'g>| {
            let range = function.range();
            function.sheet.path == sheet.path && range.start <= at && at < range.end
        };
        self.functions.iter().filter(around).min_by_key(|function| function.range().len()).copied()
    }

    /// The innermost `impl` around a place.
    pub(super) fn impl_at(&self, sheet: &Sheet, at: usize) -> Option<Found<'g, syn::ItemImpl>> {
        let around = |found: &&Found<'g, syn::ItemImpl>| {
            let range = found.sheet.range(found.node);
            found.sheet.path == sheet.path && range.start <= at && at < range.end
        };
        self.impls.iter().filter(around).min_by_key(|found| found.sheet.range(found.node).len()).copied()
    }

    /// The expressions of a file, outer ones first.
    pub(super) fn expressions_of(&self, sheet: &'g Sheet) -> impl Iterator<Item = &'g syn::Expr> {
        self.expressions.iter().filter(move |found| found.sheet.path == sheet.path).map(|found| found.node)
    }

    /// The outermost expression with exactly these bytes.
    pub(super) fn expression(&self, sheet: &'g Sheet, range: &Range<usize>) -> Option<&'g syn::Expr> {
        self.expressions_of(sheet).find(|expression| sheet.range(expression) == *range)
    }

    /// The statements around a place, outermost first.
    pub(super) fn statements_at(&self, sheet: &Sheet, at: usize) -> Vec<Statement<'g>> {
        let mut around = Vec::new();
        for found in self.blocks.iter().filter(|found| found.sheet.path == sheet.path) {
            for (index, node) in found.node.stmts.iter().enumerate() {
                let range = found.sheet.range(node);
                if range.start <= at && at < range.end {
                    around.push(Statement { block: found.node, index, range });
                }
            }
        }
        around.sort_by_key(|statement| (statement.range.start, std::cmp::Reverse(statement.range.end)));
        around
    }

    /// Fields of a struct by name, or by number, with their types.
    pub(super) fn fields(&self, name: &str) -> Vec<(String, String)> {
        self.structure(name).map(|found| fields(&found.node.fields)).unwrap_or_default()
    }
}

/// Fields by name, or by number, with their types.
pub(super) fn fields(fields: &syn::Fields) -> Vec<(String, String)> {
    let name = |(index, field): (usize, &syn::Field)| {
        let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        (name, type_text(&field.ty))
    };
    fields.iter().enumerate().map(name).collect()
}

/// A statement and the block it stands in.
pub(super) struct Statement<'g> {
    pub(super) block: &'g syn::Block,
    pub(super) index: usize,
    pub(super) range: Range<usize>,
}

struct Walk<'w, 'g> {
    ground: &'w mut Ground<'g>,
    sheet: &'g Sheet,
    /// The path of the module; empty outside of `src`.
    modules: Vec<String>,
    holder: Option<&'g syn::ItemImpl>,
    contract: Option<&'g syn::ItemTrait>,
}

impl<'g> Walk<'_, 'g> {
    fn found<T>(&self, node: &'g T) -> Found<'g, T> {
        Found { sheet: self.sheet, node }
    }

    fn function(&mut self, signature: &'g syn::Signature, block: Option<&'g syn::Block>) {
        let (sheet, holder, contract) = (self.sheet, self.holder, self.contract);
        self.ground.functions.push(Function { sheet, signature, block, holder, contract });
    }

    fn name(&mut self, ident: &syn::Ident) {
        if !self.modules.is_empty() {
            let path = format!("{}::{ident}", self.modules.join("::"));
            self.ground.items.push((self.sheet, ident.to_string(), path));
        }
    }
}

impl<'g> Visit<'g> for Walk<'_, 'g> {
    fn visit_item(&mut self, item: &'g syn::Item) {
        if is_test(attributes(item)) {
            return;
        }
        match item {
            syn::Item::Struct(item) => self.name(&item.ident),
            syn::Item::Enum(item) => self.name(&item.ident),
            syn::Item::Trait(item) => self.name(&item.ident),
            syn::Item::Fn(item) => self.name(&item.sig.ident),
            syn::Item::Const(item) => self.name(&item.ident),
            syn::Item::Static(item) => self.name(&item.ident),
            syn::Item::Type(item) => self.name(&item.ident),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, item: &'g syn::ItemMod) {
        let inside = !self.modules.is_empty();
        if inside {
            self.name(&item.ident);
            self.modules.push(item.ident.to_string());
        }
        visit::visit_item_mod(self, item);
        if inside {
            self.modules.pop();
        }
    }

    fn visit_item_struct(&mut self, item: &'g syn::ItemStruct) {
        let found = self.found(item);
        self.ground.structs.push(found);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'g syn::ItemEnum) {
        let found = self.found(item);
        self.ground.enums.push(found);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'g syn::ItemTrait) {
        let found = self.found(item);
        self.ground.traits.push(found);
        let before = self.contract.replace(item);
        visit::visit_item_trait(self, item);
        self.contract = before;
    }

    fn visit_item_impl(&mut self, item: &'g syn::ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        let found = self.found(item);
        self.ground.impls.push(found);
        let before = self.holder.replace(item);
        visit::visit_item_impl(self, item);
        self.holder = before;
    }

    fn visit_item_fn(&mut self, item: &'g syn::ItemFn) {
        let before = (self.holder.take(), self.contract.take());
        self.function(&item.sig, Some(&item.block));
        visit::visit_item_fn(self, item);
        (self.holder, self.contract) = before;
    }

    fn visit_impl_item_fn(&mut self, item: &'g syn::ImplItemFn) {
        self.function(&item.sig, Some(&item.block));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'g syn::TraitItemFn) {
        self.function(&item.sig, item.default.as_ref());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr(&mut self, node: &'g syn::Expr) {
        let found = self.found(node);
        self.ground.expressions.push(found);
        visit::visit_expr(self, node);
    }

    fn visit_block(&mut self, node: &'g syn::Block) {
        let found = self.found(node);
        self.ground.blocks.push(found);
        visit::visit_block(self, node);
    }
}

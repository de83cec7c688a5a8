//! Reads functions into [`Code`], macro arguments included, and says of each expression what type it seems to have.

use std::ops::Range;
use std::sync::Arc;

use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::propose::search::code::{
    Arm, Binding, Block, Code, Id, Kind, Literal, Node, Statement, StatementKind, is_arithmetic,
    is_comparison, is_logic,
};
use crate::propose::search::facts::{Facts, output, owner};
use crate::propose::search::standard;
use crate::propose::search::types::Type;
use crate::schema::{Source, is_test};

/// Expressions of one function beyond which it is not read.
const MOST_NODES: usize = 20_000;

/// Reads the functions of a file that are no tests, at most `most`, and only the one whose body is `only` if given.
pub(super) fn read(
    file: &Arc<str>,
    source: &Source,
    facts: &Facts,
    only: Option<&Range<usize>>,
    most: usize,
) -> Vec<Code> {
    if is_test(&source.file.attrs) && only.is_none() {
        return Vec::new();
    }
    let mut functions = Functions { file, source, facts, only, most, own: String::new(), found: Vec::new() };
    functions.visit_file(&source.file);
    functions.found
}

struct Functions<'a> {
    file: &'a Arc<str>,
    source: &'a Source,
    facts: &'a Facts,
    only: Option<&'a Range<usize>>,
    most: usize,
    own: String,
    found: Vec<Code>,
}

impl Functions<'_> {
    fn add(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature, block: &syn::Block) {
        let braces = self.source.range(block.brace_token.span.join());
        let body = braces.start + 1..braces.end.saturating_sub(1);
        let wanted = self.only.map_or_else(|| !is_test(attributes), |only| *only == body);
        if !wanted || self.found.len() >= self.most {
            return;
        }
        let code = Code {
            file: Arc::clone(self.file),
            name: signature.ident.to_string(),
            own: self.own.clone(),
            doc: documentation(attributes),
            output: output(signature, &self.own),
            body,
            ..Code::default()
        };
        let mut reader = Reader {
            source: self.source,
            facts: self.facts,
            code,
            open: Vec::new(),
            place: Place::default(),
        };
        reader.function(signature, block);
        self.found.push(reader.code);
    }

    fn held(&mut self, own: String, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.own, own);
        walk(self);
        self.own = before;
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if self.only.is_some() || !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.attrs, &item.sig, &item.block);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if self.only.is_some() || !is_test(&item.attrs) {
            self.held(owner(item), |functions| visit::visit_item_impl(functions, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.attrs, &item.sig, &item.block);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.held(item.ident.to_string(), |functions| visit::visit_item_trait(functions, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.attrs, &item.sig, block);
        }
    }
}

/// The text of doc comments, without examples: those are tests, and a search that knows them can cheat.
fn documentation(attributes: &[syn::Attribute]) -> String {
    let line = |attribute: &syn::Attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    };
    let text = attributes.iter().filter_map(line).collect::<Vec<_>>().join("\n");
    text.split("```").step_by(2).collect()
}

/// Where the reader stands.
#[derive(Clone, Copy, Default)]
struct Place {
    statement: usize,
    block: usize,
    in_loop: bool,
    closures: usize,
    in_pattern: bool,
}

struct Reader<'a> {
    source: &'a Source,
    facts: &'a Facts,
    code: Code,
    /// Bindings that can be seen, as places in `code.bindings`.
    open: Vec<usize>,
    place: Place,
}

impl Reader<'_> {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let scope = self.code.body.clone();
        for input in &signature.inputs {
            match input {
                syn::FnArg::Receiver(receiver) => {
                    let of = Type::Named(self.code.own.clone());
                    let is_mutable = receiver.mutability.is_some();
                    self.bind("self", of, is_mutable, scope.clone(), true);
                }
                syn::FnArg::Typed(typed) => {
                    let of = Type::of(&typed.ty, &self.code.own);
                    let is_mutable = matches!(&*typed.ty, syn::Type::Reference(r) if r.mutability.is_some());
                    self.pattern(&typed.pat, &of, &scope, true, is_mutable);
                }
            }
        }
        self.block(block);
    }

    fn range(&self, node: &impl Spanned) -> Range<usize> {
        self.source.range(node.span())
    }

    fn bind(&mut self, name: &str, of: Type, is_mutable: bool, scope: Range<usize>, is_parameter: bool) {
        self.open.push(self.code.bindings.len());
        let name = name.to_owned();
        self.code.bindings.push(Binding { name, of, scope, is_mutable, is_parameter, uses: 0 });
    }

    fn use_name(&mut self, name: &str) -> Option<usize> {
        let found = self.open.iter().rev().find(|&&at| self.code.bindings[at].name == name).copied()?;
        self.code.bindings[found].uses += 1;
        Some(found)
    }

    /// Runs `read` and closes the bindings it opened.
    fn scoped<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let (open, place) = (self.open.len(), self.place);
        let result = read(self);
        self.open.truncate(open);
        self.place = place;
        result
    }

    fn block(&mut self, block: &syn::Block) -> usize {
        let braces = self.source.range(block.brace_token.span.join());
        let range = braces.start + 1..braces.end.saturating_sub(1).max(braces.start + 1);
        let id = self.code.blocks.len();
        let (in_loop, closures) = (self.place.in_loop, self.place.closures);
        self.code.blocks.push(Block { range: range.clone(), statements: Vec::new(), in_loop, closures });
        self.scoped(|reader| {
            reader.place.block = id;
            for (index, statement) in block.stmts.iter().enumerate() {
                let is_last = index + 1 == block.stmts.len();
                reader.statement(statement, is_last, id, &range);
            }
        });
        id
    }

    fn statement(&mut self, statement: &syn::Stmt, is_last: bool, block: usize, scope: &Range<usize>) {
        let id = self.code.statements.len();
        let range = self.range(statement);
        let kind = match statement {
            syn::Stmt::Local(_) => StatementKind::Let,
            syn::Stmt::Item(_) => StatementKind::Item,
            syn::Stmt::Expr(expression, None) if is_last && !ends_itself(expression) => StatementKind::Tail,
            syn::Stmt::Macro(call) if is_last && call.semi_token.is_none() => StatementKind::Tail,
            syn::Stmt::Expr(..) | syn::Stmt::Macro(_) => StatementKind::Expression,
        };
        self.code.statements.push(Statement { range: range.clone(), block, kind, node: None });
        self.code.blocks[block].statements.push(id);
        let before = std::mem::replace(&mut self.place.statement, id);
        let node = match statement {
            syn::Stmt::Local(local) => self.local(local, range.end..scope.end),
            syn::Stmt::Expr(expression, _) => Some(self.expression(expression, None)),
            syn::Stmt::Macro(call) => Some(self.add_macro(&call.mac, None)),
            syn::Stmt::Item(_) => None,
        };
        self.code.statements[id].node = node;
        self.place.statement = before;
    }

    fn local(&mut self, local: &syn::Local, scope: Range<usize>) -> Option<Id> {
        let mut of = Type::Unknown;
        let value = local.init.as_ref().map(|init| {
            let value = self.expression(&init.expr, None);
            of = self.code.nodes[value].of.clone();
            if let Some((_, otherwise)) = &init.diverge {
                self.expression(otherwise, None);
            }
            value
        });
        let pattern = match &local.pat {
            syn::Pat::Type(typed) => {
                of = Type::of(&typed.ty, &self.code.own);
                &*typed.pat
            }
            pattern => pattern,
        };
        self.pattern(pattern, &of, &scope, false, false);
        value
    }

    fn pattern(
        &mut self,
        pattern: &syn::Pat,
        of: &Type,
        scope: &Range<usize>,
        is_parameter: bool,
        mutable: bool,
    ) {
        match pattern {
            syn::Pat::Ident(name) => {
                let is_mutable = mutable || name.mutability.is_some();
                let text = name.ident.to_string();
                if text.starts_with(char::is_uppercase) {
                    self.pattern_path(pattern, text);
                } else {
                    self.bind(&text, of.clone(), is_mutable, scope.clone(), is_parameter);
                }
                if let Some((_, inner)) = &name.subpat {
                    self.pattern(inner, of, scope, is_parameter, mutable);
                }
            }
            syn::Pat::Reference(inner) => self.pattern(&inner.pat, of, scope, is_parameter, mutable),
            syn::Pat::Paren(inner) => self.pattern(&inner.pat, of, scope, is_parameter, mutable),
            syn::Pat::Type(typed) => {
                let of = Type::of(&typed.ty, &self.code.own);
                self.pattern(&typed.pat, &of, scope, is_parameter, mutable);
            }
            syn::Pat::Or(or) => {
                for case in &or.cases {
                    self.pattern(case, of, scope, is_parameter, mutable);
                }
            }
            syn::Pat::Tuple(tuple) => {
                for (index, inner) in tuple.elems.iter().enumerate() {
                    let of = match of {
                        Type::Tuple(types) => types.get(index).cloned().unwrap_or_default(),
                        _ => Type::Unknown,
                    };
                    self.pattern(inner, &of, scope, is_parameter, mutable);
                }
            }
            syn::Pat::TupleStruct(tuple) => self.tuple_struct(tuple, of, scope, mutable),
            syn::Pat::Struct(record) => {
                let name = record.path.segments.last().map(|segment| segment.ident.to_string());
                for field in &record.fields {
                    let member = self.range(&field.member);
                    let member = self.code.slice(&member).to_owned();
                    let of = self.facts.field(&Type::Named(name.clone().unwrap_or_default()), &member);
                    self.pattern(&field.pat, &of, scope, is_parameter, mutable);
                }
            }
            syn::Pat::Slice(slice) => {
                for inner in &slice.elems {
                    self.pattern(inner, &of.element(), scope, is_parameter, mutable);
                }
            }
            syn::Pat::Lit(literal) => {
                self.in_pattern(|reader| {
                    reader.literal_node(&literal.lit, None);
                });
            }
            syn::Pat::Path(path) => {
                let name = crate::schema::joined(&path.path);
                self.pattern_path(pattern, name);
            }
            syn::Pat::Range(range) => {
                self.in_pattern(|reader| {
                    for end in [&range.start, &range.end].into_iter().flatten() {
                        reader.expression(end, None);
                    }
                });
            }
            _ => {}
        }
    }

    fn tuple_struct(&mut self, tuple: &syn::PatTupleStruct, of: &Type, scope: &Range<usize>, mutable: bool) {
        let name = crate::schema::joined(&tuple.path);
        let inner = match &*name {
            "Some" | "Ok" => of.inner(),
            _ => Type::Unknown,
        };
        let range = self.range(&tuple.path);
        self.in_pattern(|reader| {
            reader.add(range, Kind::Path(name.clone()), of.clone(), None);
        });
        for field in &tuple.elems {
            self.pattern(field, &inner, scope, false, mutable);
        }
    }

    fn pattern_path(&mut self, pattern: &syn::Pat, name: String) {
        let range = self.range(pattern);
        self.in_pattern(|reader| {
            reader.add(range, Kind::Path(name), Type::Unknown, None);
        });
    }

    fn in_pattern(&mut self, read: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.place.in_pattern, true);
        read(self);
        self.place.in_pattern = before;
    }

    fn add(&mut self, range: Range<usize>, kind: Kind, of: Type, parent: Option<Id>) -> Id {
        let Place { statement, block, in_pattern, .. } = self.place;
        self.code.nodes.push(Node { range, kind, parent, of, statement, block, in_pattern, binding: None });
        self.code.nodes.len() - 1
    }

    fn expression(&mut self, expression: &syn::Expr, parent: Option<Id>) -> Id {
        let id = self.add(self.range(expression), Kind::Other, Type::Unknown, parent);
        if id < MOST_NODES {
            let (kind, of) = self.kind(expression, id);
            self.code.nodes[id].kind = kind;
            self.code.nodes[id].of = of;
        }
        id
    }

    fn all<'e>(&mut self, expressions: impl IntoIterator<Item = &'e syn::Expr>, parent: Id) -> Vec<Id> {
        expressions.into_iter().map(|expression| self.expression(expression, Some(parent))).collect()
    }

    fn of(&self, id: Id) -> Type {
        self.code.nodes[id].of.clone()
    }

    fn kind(&mut self, expression: &syn::Expr, id: Id) -> (Kind, Type) {
        match expression {
            syn::Expr::Lit(literal) => self.literal(&literal.lit),
            syn::Expr::Path(path) => self.path(path, id),
            syn::Expr::Field(field) => self.field(field, id),
            syn::Expr::MethodCall(call) => self.method(call, id),
            syn::Expr::Call(call) => self.call(call, id),
            syn::Expr::Binary(binary) => self.binary(binary, id),
            syn::Expr::Assign(assign) => {
                let left = self.expression(&assign.left, Some(id));
                let right = self.expression(&assign.right, Some(id));
                (Kind::Assign { left, right, sign: self.range(&assign.eq_token) }, Type::Unit)
            }
            syn::Expr::Unary(unary) => {
                let operand = self.expression(&unary.expr, Some(id));
                let sign = match unary.op {
                    syn::UnOp::Not(_) => '!',
                    syn::UnOp::Neg(_) => '-',
                    _ => '*',
                };
                (Kind::Unary { operand, sign }, self.of(operand))
            }
            syn::Expr::Reference(reference) => {
                let operand = self.expression(&reference.expr, Some(id));
                (Kind::Reference { operand }, self.of(operand))
            }
            syn::Expr::Index(index) => {
                let base = self.expression(&index.expr, Some(id));
                let at = self.expression(&index.index, Some(id));
                let of = match self.of(at) {
                    Type::Iter(_) => self.of(base),
                    _ => self.of(base).indexed(),
                };
                (Kind::Index { base, index: at }, of)
            }
            syn::Expr::Range(range) => self.bounds(range, id),
            syn::Expr::Cast(cast) => {
                let operand = self.expression(&cast.expr, Some(id));
                (Kind::Cast { operand, to: self.range(&*cast.ty) }, Type::of(&cast.ty, &self.code.own))
            }
            syn::Expr::Paren(paren) => {
                let inner = self.expression(&paren.expr, Some(id));
                (Kind::Paren(inner), self.of(inner))
            }
            syn::Expr::Group(group) => self.kind(&group.expr, id),
            syn::Expr::Tuple(tuple) => {
                let elements = self.all(&tuple.elems, id);
                let of = Type::Tuple(elements.iter().map(|&element| self.of(element)).collect());
                (Kind::Tuple(elements), of)
            }
            syn::Expr::Array(array) => {
                let elements = self.all(&array.elems, id);
                let of = Type::list(elements.first().map(|&element| self.of(element)).unwrap_or_default());
                (Kind::Array(elements), of)
            }
            syn::Expr::Repeat(repeat) => {
                let element = self.expression(&repeat.expr, Some(id));
                let length = self.expression(&repeat.len, Some(id));
                let of = Type::list(self.of(element));
                (Kind::Array(vec![element, length]), of)
            }
            syn::Expr::Struct(record) => {
                let of =
                    record.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                let of = if of == "Self" { self.code.own.clone() } else { of };
                let explicit = record.fields.iter().filter(|field| field.colon_token.is_some());
                let values = self.all(explicit.map(|field| &field.expr), id);
                for field in record.fields.iter().filter(|field| field.colon_token.is_none()) {
                    if let syn::Member::Named(name) = &field.member {
                        self.use_name(&name.to_string());
                    }
                }
                (Kind::Struct { values }, Type::Named(of))
            }
            syn::Expr::Try(value) => {
                let value = self.expression(&value.expr, Some(id));
                (Kind::Try, self.of(value).inner())
            }
            syn::Expr::Macro(call) => self.macro_call(&call.mac, id),
            syn::Expr::Return(value) => {
                let value = value.expr.as_ref().map(|value| self.expression(value, Some(id)));
                (Kind::Return(value), Type::Unknown)
            }
            syn::Expr::Break(jump) => {
                if let Some(value) = &jump.expr {
                    self.expression(value, Some(id));
                }
                (if jump.expr.is_none() { Kind::Break } else { Kind::Other }, Type::Unknown)
            }
            syn::Expr::Continue(_) => (Kind::Continue, Type::Unknown),
            syn::Expr::Closure(closure) => self.closure(closure, id),
            other => self.control(other, id),
        }
    }

    fn control(&mut self, expression: &syn::Expr, id: Id) -> (Kind, Type) {
        match expression {
            syn::Expr::If(branch) => self.scoped(|reader| {
                let condition = reader.condition(&branch.cond, id, reader.range(&branch.then_branch));
                let then = reader.block(&branch.then_branch);
                let of = reader.value_of(then);
                let otherwise =
                    branch.else_branch.as_ref().map(|(_, other)| reader.expression(other, Some(id)));
                (Kind::If { condition, then, otherwise }, of)
            }),
            syn::Expr::While(turn) => self.scoped(|reader| {
                let condition = reader.condition(&turn.cond, id, reader.range(&turn.body));
                reader.place.in_loop = true;
                let body = reader.block(&turn.body);
                (Kind::While { condition, body }, Type::Unit)
            }),
            syn::Expr::ForLoop(turn) => self.scoped(|reader| {
                let iterable = reader.expression(&turn.expr, Some(id));
                let of = reader.of(iterable).element();
                let scope = reader.range(&turn.body);
                reader.pattern(&turn.pat, &of, &scope, false, false);
                reader.place.in_loop = true;
                let body = reader.block(&turn.body);
                (Kind::For { iterable, body }, Type::Unit)
            }),
            syn::Expr::Loop(turn) => self.scoped(|reader| {
                reader.place.in_loop = true;
                let body = reader.block(&turn.body);
                (Kind::Loop { body }, Type::Unknown)
            }),
            syn::Expr::Block(block) => {
                let block = self.block(&block.block);
                (Kind::Block(block), self.value_of(block))
            }
            syn::Expr::Match(branch) => self.branches(branch, id),
            syn::Expr::Let(condition) => {
                self.expression(&condition.expr, Some(id));
                (Kind::Let, Type::Bool)
            }
            _ => (Kind::Other, Type::Unknown),
        }
    }

    /// Reads a condition and binds what its `let`s bind in `scope`, and in the rest of the condition.
    fn condition(&mut self, condition: &syn::Expr, parent: Id, scope: Range<usize>) -> Id {
        match condition {
            syn::Expr::Let(pattern) => {
                let id = self.add(self.range(condition), Kind::Other, Type::Bool, Some(parent));
                let value = self.expression(&pattern.expr, Some(id));
                let of = self.of(value);
                self.code.nodes[id].kind = Kind::Let;
                let from = self.code.nodes[id].range.end;
                self.pattern(&pattern.pat, &of, &(from..scope.end), false, false);
                id
            }
            syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
                let id = self.add(self.range(condition), Kind::Other, Type::Bool, Some(parent));
                let left = self.condition(&binary.left, id, scope.clone());
                let right = self.condition(&binary.right, id, scope);
                self.code.nodes[id].kind = Kind::Binary { left, right, sign: self.range(&binary.op) };
                id
            }
            _ => self.expression(condition, Some(parent)),
        }
    }

    fn branches(&mut self, branch: &syn::ExprMatch, id: Id) -> (Kind, Type) {
        let scrutinee = self.expression(&branch.expr, Some(id));
        let of = self.of(scrutinee);
        let mut arms = Vec::new();
        let mut value = Type::Unknown;
        for arm in &branch.arms {
            let range = self.range(arm);
            let arm = self.scoped(|reader| {
                reader.pattern(&arm.pat, &of, &range, false, false);
                let guard = arm.guard.as_ref().map(|(_, guard)| reader.expression(guard, Some(id)));
                let body = reader.expression(&arm.body, Some(id));
                Arm { range: range.clone(), pattern: reader.range(&arm.pat), guard, body }
            });
            if !value.is_known() {
                value = self.of(arm.body);
            }
            arms.push(arm);
        }
        (Kind::Match { arms }, value)
    }

    fn value_of(&self, block: usize) -> Type {
        let last = self.code.blocks[block].statements.last().map(|&last| &self.code.statements[last]);
        match last {
            Some(Statement { kind: StatementKind::Tail, node: Some(node), .. }) => self.of(*node),
            _ => Type::Unknown,
        }
    }

    fn literal_node(&mut self, literal: &syn::Lit, parent: Option<Id>) -> Id {
        let (kind, of) = self.literal(literal);
        self.add(self.range(literal), kind, of, parent)
    }

    fn literal(&mut self, literal: &syn::Lit) -> (Kind, Type) {
        let (kind, of) = match literal {
            syn::Lit::Int(number) if number.suffix().starts_with('f') => {
                (Literal::Float, Type::Float(number.suffix().to_owned()))
            }
            syn::Lit::Int(number) => (Literal::Int, Type::Int(number.suffix().to_owned())),
            syn::Lit::Float(number) => (Literal::Float, Type::Float(number.suffix().to_owned())),
            syn::Lit::Bool(_) => (Literal::Bool, Type::Bool),
            syn::Lit::Char(_) => (Literal::Char, Type::Char),
            syn::Lit::Str(_) => (Literal::Text, Type::Text),
            syn::Lit::Byte(_) => (Literal::Byte, Type::Int("u8".to_owned())),
            _ => (Literal::Other, Type::Unknown),
        };
        (Kind::Literal(kind), of)
    }

    fn path(&mut self, path: &syn::ExprPath, id: Id) -> (Kind, Type) {
        let name = crate::schema::joined(&path.path);
        let is_name = path.qself.is_none()
            && path.path.segments.len() == 1
            && !name.starts_with(|c: char| c.is_uppercase())
            && path.path.segments[0].arguments.is_none();
        if is_name {
            let binding = self.use_name(&name);
            self.code.nodes[id].binding = binding;
            let of = binding.map(|binding| self.code.bindings[binding].of.clone()).unwrap_or_default();
            return (Kind::Name(name), of);
        }
        let constant = self.facts.constants.iter().find(|(constant, _)| *constant == name);
        let of = constant.map(|(_, of)| of.clone()).unwrap_or_else(|| self.variant_type(&name));
        (Kind::Path(name), of)
    }

    fn variant_type(&self, path: &str) -> Type {
        if path == "None" {
            return Type::Option(Box::default());
        }
        let mut parts = path.rsplit("::");
        let (last, before) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let before = if before == "Self" { self.code.own.as_str() } else { before };
        match self.facts.variants.get(before) {
            Some(variants) if variants.iter().any(|(name, _)| name == last) => Type::Named(before.to_owned()),
            _ if matches!(before, "usize" | "i32" | "i64" | "u32" | "u64" | "u8" | "f64" | "f32") => {
                let ty: Option<syn::Type> = syn::parse_str(before).ok();
                ty.map(|ty| Type::of(&ty, "")).unwrap_or_default()
            }
            _ => Type::Unknown,
        }
    }

    fn field(&mut self, field: &syn::ExprField, id: Id) -> (Kind, Type) {
        let base = self.expression(&field.base, Some(id));
        let member = self.range(&field.member);
        let of = self.facts.field(&self.of(base), self.code.slice(&member));
        (Kind::Field { base, member }, of)
    }

    fn method(&mut self, call: &syn::ExprMethodCall, id: Id) -> (Kind, Type) {
        let receiver = self.expression(&call.receiver, Some(id));
        let of_receiver = self.of(receiver);
        let method = call.method.to_string();
        let yielded = of_receiver.element();
        let arguments: Vec<Id> = call
            .args
            .iter()
            .map(|argument| match argument {
                syn::Expr::Closure(closure) => self.given(closure, &yielded, id),
                argument => self.expression(argument, Some(id)),
            })
            .collect();
        let first = arguments.first().map(|&first| self.of(first)).unwrap_or_default();
        let of = match self.facts.method(&of_receiver, &method) {
            Some(shape) => shape.output.clone(),
            None => standard::returned(&of_receiver, &method, &first, call.turbofish.as_ref()),
        };
        let name = self.range(&call.method);
        (Kind::Method { receiver, name, arguments }, of)
    }

    /// A closure whose only parameter, if it has one, is an element.
    fn given(&mut self, closure: &syn::ExprClosure, element: &Type, parent: Id) -> Id {
        let id = self.add(self.range(closure), Kind::Other, Type::Unknown, Some(parent));
        let (kind, of) = self.closure_of(closure, element, id);
        self.code.nodes[id].kind = kind;
        self.code.nodes[id].of = of;
        id
    }

    fn closure(&mut self, closure: &syn::ExprClosure, id: Id) -> (Kind, Type) {
        self.closure_of(closure, &Type::Unknown, id)
    }

    fn closure_of(&mut self, closure: &syn::ExprClosure, element: &Type, id: Id) -> (Kind, Type) {
        let scope = self.range(closure);
        self.scoped(|reader| {
            let of = if closure.inputs.len() == 1 { element } else { &Type::Unknown };
            for input in &closure.inputs {
                reader.pattern(input, of, &scope, false, false);
            }
            reader.place.closures += 1;
            reader.place.in_loop = false;
            let body = reader.expression(&closure.body, Some(id));
            (Kind::Closure { body }, reader.of(body))
        })
    }

    fn call(&mut self, call: &syn::ExprCall, id: Id) -> (Kind, Type) {
        let function = self.expression(&call.func, Some(id));
        let arguments = self.all(&call.args, id);
        let name = match &self.code.nodes[function].kind {
            Kind::Name(name) | Kind::Path(name) => name.clone(),
            _ => String::new(),
        };
        let first = arguments.first().map(|&first| self.of(first)).unwrap_or_default();
        (Kind::Call { function, arguments }, self.called(&name, first))
    }

    fn called(&self, name: &str, first: Type) -> Type {
        match name {
            "Some" => return Type::Option(Box::new(first)),
            "Ok" => return Type::Result(Box::new(first)),
            "Err" => return Type::Result(Box::default()),
            _ => {}
        }
        if let Some(shape) = self.facts.functions.get(name.rsplit("::").next().unwrap_or(name))
            && !name.contains("Self")
        {
            return shape.output.clone();
        }
        let mut parts = name.rsplit("::");
        let (last, before) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let before = if before == "Self" { self.code.own.as_str() } else { before };
        match self.facts.methods.get(&(before.to_owned(), last.to_owned())) {
            Some(shape) => shape.output.clone(),
            None => standard::made(before, last, &first, || self.variant_type(name)),
        }
    }

    fn binary(&mut self, binary: &syn::ExprBinary, id: Id) -> (Kind, Type) {
        let left = self.expression(&binary.left, Some(id));
        let right = self.expression(&binary.right, Some(id));
        let sign = self.range(&binary.op);
        let text = self.code.slice(&sign).to_owned();
        let of = if is_comparison(&text) || is_logic(&text) {
            Type::Bool
        } else {
            match (self.of(left), self.of(right)) {
                (Type::Unknown, right) if is_arithmetic(&text) => right,
                (Type::Int(name), right @ Type::Int(_)) if name.is_empty() => right,
                (left, _) => left,
            }
        };
        match text.ends_with('=') && !is_comparison(&text) {
            true => (Kind::Assign { left, right, sign }, Type::Unit),
            false => (Kind::Binary { left, right, sign }, of),
        }
    }

    fn bounds(&mut self, range: &syn::ExprRange, id: Id) -> (Kind, Type) {
        let start = range.start.as_ref().map(|start| self.expression(start, Some(id)));
        let end = range.end.as_ref().map(|end| self.expression(end, Some(id)));
        let of = match (start.map(|id| self.of(id)), end.map(|id| self.of(id))) {
            (Some(Type::Int(name)), Some(end)) if name.is_empty() => end,
            (Some(start), _) if start.is_known() => start,
            (_, end) => end.unwrap_or_default(),
        };
        (Kind::Range { start, end, limits: self.range(&range.limits) }, Type::Iter(Box::new(of)))
    }

    fn add_macro(&mut self, call: &syn::Macro, parent: Option<Id>) -> Id {
        let id = self.add(self.range(call), Kind::Other, Type::Unknown, parent);
        let (kind, of) = self.macro_call(call, id);
        self.code.nodes[id].kind = kind;
        self.code.nodes[id].of = of;
        id
    }

    fn macro_call(&mut self, call: &syn::Macro, id: Id) -> (Kind, Type) {
        let name = call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let arguments = match (&*name, MacroArguments::parse(call)) {
            (_, Some(MacroArguments::List(list))) => self.all(&list, id),
            (_, Some(MacroArguments::Repeat(pair))) => self.all([&pair.0, &pair.1], id),
            (_, Some(MacroArguments::Matches(value, pattern, guard))) => {
                let mut arguments = vec![self.expression(&value, Some(id))];
                let of = self.of(arguments[0]);
                let scope = self.code.nodes[id].range.clone();
                self.scoped(|reader| {
                    reader.pattern(&pattern, &of, &scope, false, false);
                    arguments.extend(guard.map(|guard| reader.expression(&guard, Some(id))));
                });
                arguments
            }
            (_, None) => Vec::new(),
        };
        let of = match &*name {
            "format" => Type::Text,
            "vec" => Type::list(arguments.first().map(|&first| self.of(first)).unwrap_or_default()),
            "matches" => Type::Bool,
            _ => Type::Unknown,
        };
        self.mark_format(&name, &arguments);
        (Kind::Macro { name, arguments }, of)
    }

    fn mark_format(&mut self, name: &str, arguments: &[Id]) {
        if !matches!(
            name,
            "format" | "write" | "writeln" | "print" | "println" | "eprint" | "eprintln" | "format_args"
        ) {
            return;
        }
        let is_text = |id: &&Id| matches!(self.code.nodes[**id].kind, Kind::Literal(Literal::Text));
        if let Some(&first) = arguments.iter().find(is_text) {
            self.code.nodes[first].kind = Kind::Literal(Literal::Format);
            let text = self.code.text(first).to_owned();
            for name in placeholders(&text) {
                self.use_name(name);
            }
        }
    }
}

/// The names that a format string captures.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| {
        let end = part.find([':', '}'])?;
        let name = &part[..end];
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        is_name.then_some(name)
    })
}

/// Whether an expression is a statement without `;`.
fn ends_itself(expression: &syn::Expr) -> bool {
    matches!(expression, syn::Expr::While(_) | syn::Expr::ForLoop(_))
}

/// What the tokens of a macro call are, for the macros whose tokens are expressions.
enum MacroArguments {
    List(Vec<syn::Expr>),
    Repeat(Box<(syn::Expr, syn::Expr)>),
    Matches(Box<syn::Expr>, Box<syn::Pat>, Option<Box<syn::Expr>>),
}

impl MacroArguments {
    fn parse(call: &syn::Macro) -> Option<Self> {
        let tokens = || call.tokens.clone();
        let list = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(list) = list.parse2(tokens()) {
            return Some(Self::List(list.into_iter().collect()));
        }
        let repeat = |input: ParseStream<'_>| {
            let element = input.parse()?;
            input.parse::<syn::Token![;]>()?;
            Ok(Self::Repeat(Box::new((element, input.parse()?))))
        };
        repeat.parse2(tokens()).or_else(|_| Self::matches.parse2(tokens())).ok()
    }

    fn matches(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = Box::new(input.parse()?);
        input.parse::<syn::Token![,]>()?;
        let pattern = Box::new(syn::Pat::parse_multi_with_leading_vert(input)?);
        let guard = match input.parse::<Option<syn::Token![if]>>()? {
            Some(_) => Some(Box::new(input.parse()?)),
            None => None,
        };
        input.parse::<Option<syn::Token![,]>>()?;
        Ok(Self::Matches(value, pattern, guard))
    }
}

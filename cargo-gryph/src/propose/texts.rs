//! Which expressions of a body are texts, as far as its words tell: enough to say what a `.len()` measures.
//!
//! There is no type inference here. A receiver is a text only where a parameter, a literal or a method of `str` says so;
//! everything else is unknown, and nothing is concluded from it.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

/// Methods of a text that give texts of it, one by one.
const SPLITTERS: [&str; 12] = [
    "split",
    "split_whitespace",
    "split_ascii_whitespace",
    "split_terminator",
    "split_inclusive",
    "splitn",
    "rsplit",
    "rsplitn",
    "lines",
    "split_once",
    "rsplit_once",
    "matches",
];
/// Methods that give a text from a text.
const KEEPERS: [&str; 22] = [
    "trim",
    "trim_start",
    "trim_end",
    "trim_matches",
    "trim_start_matches",
    "trim_end_matches",
    "strip_prefix",
    "strip_suffix",
    "to_lowercase",
    "to_uppercase",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "replace",
    "replacen",
    "repeat",
    "to_string",
    "to_owned",
    "as_str",
    "clone",
    "into",
    "unwrap_or_default",
    "get",
];
/// Methods that take the value out of an option, or one text out of several.
const TAKERS: [&str; 14] = [
    "unwrap",
    "expect",
    "unwrap_or",
    "unwrap_or_default",
    "next",
    "next_back",
    "first",
    "last",
    "nth",
    "pop",
    "peek",
    "max_by_key",
    "min_by_key",
    "copied",
];
/// Methods of several texts that give several.
const SIEVES: [&str; 18] = [
    "iter",
    "into_iter",
    "rev",
    "filter",
    "skip",
    "take",
    "peekable",
    "collect",
    "cloned",
    "copied",
    "chain",
    "skip_while",
    "take_while",
    "to_vec",
    "by_ref",
    "step_by",
    "enumerate",
    "inspect",
];

/// What an expression is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Text,
    Texts,
    Unknown,
}

/// The places where a body takes the length of a text in bytes, as source text, without those that only serve to cut
/// the text at that place, to reserve memory or to see whether it is empty.
pub(crate) fn byte_lengths(signature: &str, block: &syn::Block) -> Vec<String> {
    let mut offsets = Offsets::default();
    offsets.visit_block(block);
    let mut reader = Reader { names: parameters(signature), offsets: offsets.names, found: Vec::new() };
    reader.visit_block(block);
    reader.found
}

fn parameters(signature: &str) -> BTreeMap<String, Kind> {
    let Ok(function) = syn::parse_str::<syn::ItemFn>(&format!("{signature} {{}}")) else {
        return BTreeMap::new();
    };
    let typed = function.sig.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(typed) => Some(typed),
        syn::FnArg::Receiver(_) => None,
    });
    let mut names = BTreeMap::new();
    for typed in typed {
        bind(&typed.pat, kind_of_type(&typed.ty), &mut names);
    }
    names
}

fn kind_of_type(ty: &syn::Type) -> Kind {
    match ty {
        syn::Type::Reference(reference) => kind_of_type(&reference.elem),
        syn::Type::Slice(slice) if kind_of_type(&slice.elem) == Kind::Text => Kind::Texts,
        syn::Type::Array(array) if kind_of_type(&array.elem) == Kind::Text => Kind::Texts,
        syn::Type::Path(path) => match path.path.segments.last() {
            Some(last) if last.ident == "str" || last.ident == "String" => Kind::Text,
            Some(last) if last.ident == "Vec" || last.ident == "Option" => match &last.arguments {
                syn::PathArguments::AngleBracketed(inner) => match inner.args.first() {
                    Some(syn::GenericArgument::Type(inner)) if kind_of_type(inner) == Kind::Text => {
                        if last.ident == "Vec" { Kind::Texts } else { Kind::Text }
                    }
                    _ => Kind::Unknown,
                },
                _ => Kind::Unknown,
            },
            _ => Kind::Unknown,
        },
        _ => Kind::Unknown,
    }
}

/// Binds the names of a pattern. Of a pair out of `enumerate`, the first is a number.
fn bind(pattern: &syn::Pat, kind: Kind, names: &mut BTreeMap<String, Kind>) {
    match pattern {
        syn::Pat::Ident(name) => {
            names.insert(name.ident.to_string(), kind);
        }
        syn::Pat::Reference(inner) => bind(&inner.pat, kind, names),
        syn::Pat::Paren(inner) => bind(&inner.pat, kind, names),
        syn::Pat::Type(typed) => {
            let left_open =
                source(&typed.ty).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "_");
            bind(&typed.pat, if left_open { kind } else { kind_of_type(&typed.ty) }, names);
        }
        syn::Pat::TupleStruct(inner) => inner.elems.iter().for_each(|inner| bind(inner, kind, names)),
        syn::Pat::Slice(inner) => inner.elems.iter().for_each(|inner| bind(inner, kind, names)),
        syn::Pat::Tuple(inner) => {
            let last = inner.elems.len().saturating_sub(1);
            for (at, inner) in inner.elems.iter().enumerate() {
                bind(inner, if at == last { kind } else { Kind::Unknown }, names);
            }
        }
        _ => {}
    }
}

/// One of several.
fn element(kind: Kind) -> Kind {
    if kind == Kind::Texts { Kind::Text } else { Kind::Unknown }
}

struct Reader {
    names: BTreeMap<String, Kind>,
    offsets: Vec<String>,
    found: Vec<String>,
}

impl Reader {
    fn kind(&self, expression: &syn::Expr) -> Kind {
        match expression {
            syn::Expr::Paren(inner) => self.kind(&inner.expr),
            syn::Expr::Reference(inner) => self.kind(&inner.expr),
            syn::Expr::Unary(inner) => self.kind(&inner.expr),
            syn::Expr::Try(inner) => self.kind(&inner.expr),
            syn::Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Str(_)) => Kind::Text,
            syn::Expr::Path(path) => path
                .path
                .get_ident()
                .and_then(|name| self.names.get(&name.to_string()))
                .copied()
                .unwrap_or(Kind::Unknown),
            syn::Expr::Macro(call) if call.mac.path.is_ident("format") => Kind::Text,
            syn::Expr::Call(call) => match &*call.func {
                syn::Expr::Path(path) if path.path.segments.iter().any(|part| part.ident == "String") => {
                    Kind::Text
                }
                syn::Expr::Path(path) if path.path.is_ident("Some") => {
                    call.args.first().map_or(Kind::Unknown, |inner| self.kind(inner))
                }
                _ => Kind::Unknown,
            },
            syn::Expr::Index(index) => match (self.kind(&index.expr), &*index.index) {
                (Kind::Texts, syn::Expr::Range(_)) => Kind::Texts,
                (kind @ Kind::Text, syn::Expr::Range(_)) => kind,
                (kind, _) => element(kind),
            },
            syn::Expr::MethodCall(call) => self.kind_of_call(call),
            _ => Kind::Unknown,
        }
    }

    fn kind_of_call(&self, call: &syn::ExprMethodCall) -> Kind {
        let method = call.method.to_string();
        let method = method.as_str();
        match self.kind(&call.receiver) {
            Kind::Text if SPLITTERS.contains(&method) => Kind::Texts,
            Kind::Text if KEEPERS.contains(&method) || TAKERS.contains(&method) => Kind::Text,
            // An option of several, as `split_once` gives it.
            Kind::Texts if ["unwrap", "expect", "unwrap_or"].contains(&method) => Kind::Texts,
            Kind::Texts if SIEVES.contains(&method) => Kind::Texts,
            Kind::Texts if TAKERS.contains(&method) || method == "get" => Kind::Text,
            Kind::Texts if ["join", "concat"].contains(&method) => Kind::Text,
            Kind::Texts if method == "fold" => {
                call.args.first().map_or(Kind::Unknown, |first| self.kind(first))
            }
            _ => Kind::Unknown,
        }
    }

    /// A use of a text as an offset: the place where it is cut.
    fn is_offset(&self, expression: &syn::Expr) -> bool {
        matches!(expression, syn::Expr::Path(path)
            if path.path.get_ident().is_some_and(|name| self.offsets.contains(&name.to_string())))
    }

    /// Reads a function inside the body, which sees its own parameters only.
    fn inside(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let outer = std::mem::replace(&mut self.names, parameters(&source(signature)));
        self.visit_block(block);
        self.names = outer;
    }

    fn within(&mut self, pattern: &syn::Pat, kind: Kind) {
        bind(pattern, kind, &mut self.names);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.inside(&node.sig, &node.block);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.inside(&node.sig, &node.block);
    }

    fn visit_expr_closure(&mut self, node: &'ast syn::ExprClosure) {
        node.inputs.iter().for_each(|input| self.within(input, Kind::Unknown));
        self.visit_expr(&node.body);
    }

    fn visit_local(&mut self, node: &'ast syn::Local) {
        let is_offset =
            matches!(&node.pat, syn::Pat::Ident(name) if self.offsets.contains(&name.ident.to_string()));
        if !is_offset {
            visit::visit_local(self, node);
        }
        let kind = node.init.as_ref().map_or(Kind::Unknown, |init| self.kind(&init.expr));
        self.within(&node.pat, kind);
    }

    fn visit_expr_let(&mut self, node: &'ast syn::ExprLet) {
        visit::visit_expr_let(self, node);
        let kind = self.kind(&node.expr);
        self.within(&node.pat, kind);
    }

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        let kind = element(self.kind(&node.expr));
        self.within(&node.pat, kind);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        let kind = self.kind(&node.expr);
        node.arms.iter().for_each(|arm| bind(&arm.pat, kind, &mut self.names));
        visit::visit_expr_match(self, node);
    }

    fn visit_expr_assign(&mut self, node: &'ast syn::ExprAssign) {
        if !self.is_offset(&node.left) {
            visit::visit_expr_assign(self, node);
        }
    }

    fn visit_expr_index(&mut self, node: &'ast syn::ExprIndex) {
        self.visit_expr(&node.expr);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let empty = |side: &syn::Expr| {
            matches!(side, syn::Expr::Lit(literal)
            if matches!(&literal.lit, syn::Lit::Int(number) if number.base10_digits() == "0"))
        };
        let moves = matches!(node.op, syn::BinOp::AddAssign(_) | syn::BinOp::SubAssign(_));
        let compares =
            matches!(node.op, syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_));
        let bounds = compares && (self.is_offset(&node.left) || self.is_offset(&node.right));
        if empty(&node.left) || empty(&node.right) || bounds || (moves && self.is_offset(&node.left)) {
            return;
        }
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        let reserves = matches!(&*node.func, syn::Expr::Path(path)
            if path.path.segments.last().is_some_and(|last| last.ident == "with_capacity"));
        if !reserves {
            visit::visit_expr_call(self, node);
        }
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let method = node.method.to_string();
        if method == "len" && self.kind(&node.receiver) == Kind::Text {
            self.found.push(source(node));
        }
        let receiver = self.kind(&node.receiver);
        self.visit_expr(&node.receiver);
        if ["get", "split_at", "truncate", "drain", "is_char_boundary", "reserve"].contains(&method.as_str())
        {
            return;
        }
        for argument in &node.args {
            if let syn::Expr::Closure(closure) = argument {
                let first = node.args.first().map_or(Kind::Unknown, |first| self.kind(first));
                let of_receiver = if receiver == Kind::Text { Kind::Text } else { element(receiver) };
                let last = closure.inputs.len().saturating_sub(1);
                for (at, input) in closure.inputs.iter().enumerate() {
                    let kind = if method == "fold" && at < last { first } else { of_receiver };
                    self.within(input, kind);
                }
                self.visit_expr(&closure.body);
                continue;
            }
            self.visit_expr(argument);
        }
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        let parts: Vec<String> = node.path.segments.iter().map(|part| part.ident.to_string()).collect();
        if let [.., owner, method] = parts.as_slice()
            && method == "len"
            && ["str", "String"].contains(&owner.as_str())
        {
            self.found.push(source(node));
        }
    }
}

/// Names that stand in the range of a cut, so that they count bytes rightly.
#[derive(Default)]
struct Offsets {
    names: Vec<String>,
}

impl Offsets {
    fn keep(&mut self, expression: &syn::Expr) {
        struct Names<'a>(&'a mut Vec<String>);
        impl<'ast> Visit<'ast> for Names<'_> {
            fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
                self.0.extend(node.path.get_ident().map(ToString::to_string));
            }
        }
        Names(&mut self.names).visit_expr(expression);
    }
}

impl<'ast> Visit<'ast> for Offsets {
    fn visit_expr_index(&mut self, node: &'ast syn::ExprIndex) {
        self.keep(&node.index);
        visit::visit_expr_index(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        if ["get", "split_at", "truncate", "drain", "is_char_boundary"]
            .contains(&node.method.to_string().as_str())
        {
            node.args.iter().for_each(|argument| self.keep(argument));
        }
        visit::visit_expr_method_call(self, node);
    }
}

fn source(node: &impl quote::ToTokens) -> String {
    node.to_token_stream()
        .to_string()
        .replace(" . ", ".")
        .replace(" (", "(")
        .replace(" :: ", "::")
        .replace("( )", "()")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propose::body;

    fn found(signature: &str, body: &str) -> Vec<String> {
        byte_lengths(signature, &body::parse(body).unwrap())
    }

    const TEXT: &str = "fn f(text: &str, n: usize) -> usize";

    #[test]
    fn a_length_in_bytes_is_seen_wherever_the_text_comes_from() {
        for body in [
            "text.len()",
            "text.trim().len()",
            "text.split_whitespace().map(|word| word.len()).max().unwrap_or(0)",
            "text.split_whitespace().map(str::len).max().unwrap_or(0)",
            "text.split(' ').max_by_key(|word| word.len())",
            "let mut best = \"\"; for word in text.split(' ') { if word.len() > best.chars().count() { best = word; } } n",
            "text.lines().fold(\"\", |best, line| if line.chars().count() > best.len() { line } else { best })",
            "let words: Vec<_> = text.split(' ').collect(); words.iter().enumerate().map(|(i, word)| word.len())",
            "let (a, b) = text.split_once(' ').unwrap_or((text, \"\")); let line = String::new(); line.len() + n",
            "if let Some(line) = text.lines().next() { line.len() } else { n }",
        ] {
            assert_eq!(found(TEXT, body).len(), 1, "{body}: {:?}", found(TEXT, body));
        }
        assert_eq!(
            found("fn f(words: &[&str]) -> usize", "words.iter().map(|w| w.len()).sum()"),
            ["w.len()"]
        );
    }

    #[test]
    fn lengths_that_measure_no_text_or_only_cut_it_are_not() {
        for body in [
            "text.chars().count()",
            "fn g(text: &[char]) -> usize { text.len() } g(&text.chars().collect::<Vec<_>>())",
            "let g = |text: &[char]| text.len(); g(&[])",
            "let chars: Vec<char> = text.chars().collect(); chars.len() - n",
            "let words: Vec<&str> = text.split(' ').collect(); words.len()",
            "if text.len() == 0 { return n; } text.chars().count()",
            "let mut out = String::with_capacity(text.len()); out.push('a'); n",
            "let rest = &text[\"ab\".len()..]; rest.chars().count()",
            "let mut at = 0; at += text.trim().len(); text[at..].chars().count()",
            "let mut at = 0; while at < text.len() { at += 1; } text[at..].chars().count()",
            "let end = text.len(); text.get(n..end).map_or(0, |part| part.chars().count())",
        ] {
            assert_eq!(found(TEXT, body), Vec::<String>::new(), "{body}");
        }
        assert!(found("fn f(values: &[i64]) -> usize", "values.len()").is_empty());
    }
}

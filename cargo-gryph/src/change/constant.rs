//! Expressions that depend on nothing, and the literals in them.

use quote::ToTokens;

use crate::change::literal::{Literal, listed};

/// The literals of an expression that is made of literals only; `None` if it reads anything or holds none. Sums of
/// integers count as their value.
pub(super) fn constant(of: &syn::Expr) -> Option<Vec<Literal>> {
    if let Some(number) = integer(of) {
        return Some(vec![Literal::Integer(number)]);
    }
    is_constant(of).then(|| listed(of.to_token_stream())).filter(|literals| !literals.is_empty())
}

/// Whether an expression reads no variable and calls nothing but constructors and conversions.
pub(super) fn is_constant(of: &syn::Expr) -> bool {
    match of {
        syn::Expr::Lit(_) => true,
        syn::Expr::Paren(inner) => is_constant(&inner.expr),
        syn::Expr::Group(inner) => is_constant(&inner.expr),
        syn::Expr::Reference(inner) => is_constant(&inner.expr),
        syn::Expr::Unary(inner) => is_constant(&inner.expr),
        syn::Expr::Cast(inner) => is_constant(&inner.expr),
        syn::Expr::Index(inner) => is_constant(&inner.expr) && is_constant(&inner.index),
        syn::Expr::Array(array) => array.elems.iter().all(is_constant),
        syn::Expr::Tuple(tuple) => tuple.elems.iter().all(is_constant),
        syn::Expr::Repeat(repeat) => is_constant(&repeat.expr) && is_constant(&repeat.len),
        syn::Expr::Range(range) => {
            range.start.iter().all(|start| is_constant(start)) && range.end.iter().all(|end| is_constant(end))
        }
        syn::Expr::Binary(binary) => is_constant(&binary.left) && is_constant(&binary.right),
        syn::Expr::Struct(literal) => {
            literal.rest.is_none() && literal.fields.iter().all(|field| is_constant(&field.expr))
        }
        // `None`, `State::Paid`, `f64::MAX`.
        syn::Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            name.starts_with(|c: char| c.is_uppercase())
        }),
        syn::Expr::Call(call) => is_constructor(&call.func) && call.args.iter().all(is_constant),
        syn::Expr::MethodCall(call) => {
            let converts = matches!(
                call.method.to_string().as_str(),
                "to_string"
                    | "to_owned"
                    | "into"
                    | "as_bytes"
                    | "to_vec"
                    | "as_str"
                    | "as_slice"
                    | "clone"
                    | "into_bytes"
                    | "into_boxed_str"
                    | "unwrap"
                    | "iter"
                    | "chars"
                    | "collect"
                    | "copied"
                    | "cloned"
                    | "as_ref"
                    | "into_iter"
            );
            converts && is_constant(&call.receiver) && call.args.is_empty()
        }
        syn::Expr::Macro(call) if call.mac.path.is_ident("vec") => {
            let parser = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
            let elements = syn::parse::Parser::parse2(parser, call.mac.tokens.clone());
            elements.is_ok_and(|elements| elements.iter().all(is_constant))
        }
        _ => false,
    }
}

/// `Some`, `Money::Cents`, and the usual constructors of the standard library's containers.
fn is_constructor(function: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let Some(last) = names.next() else { return false };
    let holder = names.next().unwrap_or_default();
    let of_std = matches!(
        holder.as_str(),
        "String"
            | "Vec"
            | "Box"
            | "Rc"
            | "Arc"
            | "HashMap"
            | "HashSet"
            | "BTreeMap"
            | "BTreeSet"
            | "VecDeque"
            | "PathBuf"
            | "Duration"
            | "BinaryHeap"
    );
    last.starts_with(|c: char| c.is_uppercase()) || of_std && (last.starts_with("from") || last == "new")
}

/// The value of an integer made of literals.
pub(super) fn integer(of: &syn::Expr) -> Option<i128> {
    match of {
        syn::Expr::Lit(syn::ExprLit { lit, .. }) => match Literal::of(lit)? {
            Literal::Integer(number) => Some(number),
            Literal::Float(_) | Literal::Text(_) | Literal::Character(_) => None,
        },
        syn::Expr::Paren(inner) => integer(&inner.expr),
        syn::Expr::Group(inner) => integer(&inner.expr),
        syn::Expr::Reference(inner) => integer(&inner.expr),
        syn::Expr::Cast(inner) => integer(&inner.expr),
        syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Neg(_)) => {
            integer(&inner.expr)?.checked_neg()
        }
        syn::Expr::Binary(binary) => {
            let (left, right) = (integer(&binary.left)?, integer(&binary.right)?);
            match binary.op {
                syn::BinOp::Add(_) => left.checked_add(right),
                syn::BinOp::Sub(_) => left.checked_sub(right),
                syn::BinOp::Mul(_) => left.checked_mul(right),
                syn::BinOp::Div(_) => left.checked_div(right),
                syn::BinOp::Rem(_) => left.checked_rem(right),
                syn::BinOp::BitXor(_) => Some(left ^ right),
                syn::BinOp::BitOr(_) => Some(left | right),
                syn::BinOp::BitAnd(_) => Some(left & right),
                syn::BinOp::Shl(_) => left.checked_shl(u32::try_from(right).ok()?),
                syn::BinOp::Shr(_) => left.checked_shr(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The only value in a range, if there is only one.
pub(super) fn is_range_of_one(range: &syn::ExprRange) -> Option<Literal> {
    let (start, end) = (range.start.as_deref()?, range.end.as_deref()?);
    let closed = matches!(range.limits, syn::RangeLimits::Closed(_));
    if closed && constant(start).is_some() && constant(start) == constant(end) {
        return constant(start)?.pop();
    }
    let (first, last) = (integer(start)?, integer(end)?);
    let one = if closed { first == last } else { first.checked_add(1) == Some(last) };
    one.then_some(Literal::Integer(first))
}

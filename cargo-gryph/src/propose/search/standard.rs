//! What methods of the standard library return, as far as names tell.

use crate::propose::search::types::Type;

fn int(name: &str) -> Type {
    Type::Int(name.to_owned())
}

fn option(of: Type) -> Type {
    Type::Option(Box::new(of))
}

fn iter(of: Type) -> Type {
    Type::Iter(Box::new(of))
}

/// The type of `receiver.method(first, …)`.
pub(super) fn returned(
    receiver: &Type,
    method: &str,
    first: &Type,
    turbofish: Option<&syn::AngleBracketedGenericArguments>,
) -> Type {
    let written = turbofish.and_then(|arguments| match arguments.args.first() {
        Some(syn::GenericArgument::Type(ty)) => Some(Type::of(ty, "")),
        _ => None,
    });
    match method {
        "len" | "count" | "capacity" | "len_utf8" => int("usize"),
        "is_empty" | "is_some" | "is_none" | "is_ok" | "is_err" | "contains" | "contains_key"
        | "starts_with" | "ends_with" | "any" | "all" | "eq" | "ne" | "lt" | "le" | "gt" | "ge"
        | "is_nan" => Type::Bool,
        _ if method.starts_with("is_") => Type::Bool,
        "to_string" | "to_owned" | "to_lowercase" | "to_uppercase" | "trim" | "trim_start" | "trim_end"
        | "as_str" | "repeat" | "join" | "concat" | "replace"
            if *receiver == Type::Text || method == "to_string" || method == "join" =>
        {
            Type::Text
        }
        "chars" => iter(Type::Char),
        "bytes" => iter(int("u8")),
        "as_bytes" | "into_bytes" => Type::list(int("u8")),
        "char_indices" => iter(Type::Tuple(vec![int("usize"), Type::Char])),
        "lines" | "split" | "split_whitespace" | "split_ascii_whitespace" => iter(Type::Text),
        "split_once" => option(Type::Tuple(vec![Type::Text, Type::Text])),
        "keys" => iter(key(receiver)),
        "values" | "values_mut" => iter(receiver.indexed()),
        "iter" | "iter_mut" | "into_iter" | "drain" => iter(receiver.element()),
        "enumerate" => iter(Type::Tuple(vec![int("usize"), receiver.element()])),
        "zip" => iter(Type::Tuple(vec![receiver.element(), first.element()])),
        "rev" | "skip" | "take" | "filter" | "step_by" | "peekable" | "copied" | "cloned" | "by_ref"
        | "chain" | "take_while" | "skip_while" | "inspect" => receiver.clone(),
        "map" if matches!(receiver, Type::Iter(_)) => iter(first.clone()),
        "windows" | "chunks" => iter(receiver.clone()),
        "next" | "last" | "first" | "peek" | "pop" | "pop_front" | "pop_back" | "front" | "back"
        | "last_mut" | "first_mut" | "nth" | "find" | "next_back" | "min_by_key" | "max_by_key"
        | "min_by" | "max_by" => match receiver {
            Type::Text => option(int("usize")),
            _ => option(receiver.element()),
        },
        "position" | "rfind" | "rposition" => option(int("usize")),
        "get" | "get_mut" | "remove" if matches!(receiver, Type::Map(..)) => option(receiver.indexed()),
        "get" | "get_mut" => option(receiver.indexed()),
        "unwrap" | "expect" | "unwrap_or" | "unwrap_or_default" | "unwrap_or_else" => receiver.inner(),
        "ok_or" | "ok_or_else" | "ok" | "map_err" => Type::Result(Box::new(receiver.inner())),
        "min" | "max" if matches!(receiver, Type::Iter(_)) => option(receiver.element()),
        "abs" | "min" | "max" | "pow" | "powi" | "powf" | "sqrt" | "floor" | "ceil" | "round" | "trunc"
        | "fract" | "clamp" | "rem_euclid" | "saturating_sub" | "saturating_add" | "wrapping_add"
        | "wrapping_sub" | "abs_diff" | "clone" | "to_vec" | "to_ascii_lowercase" | "to_ascii_uppercase" => {
            receiver.clone()
        }
        "checked_add" | "checked_sub" | "checked_mul" | "checked_div" => option(receiver.clone()),
        "to_digit" => option(int("u32")),
        "parse" | "sum" | "product" | "collect" => match (method, written) {
            ("parse", written) => Type::Result(Box::new(written.unwrap_or_default())),
            ("collect", Some(Type::List(of))) if *of == Type::Unknown => Type::list(receiver.element()),
            ("collect", None) => Type::Unknown,
            (_, Some(written)) => written,
            (_, None) => Type::Unknown,
        },
        "push" | "push_str" | "clear" | "sort" | "reverse" | "dedup" | "push_back" | "push_front"
        | "extend" | "sort_by" | "swap" | "truncate" => Type::Unit,
        "entry" | "or_default" | "or_insert" | "or_insert_with" => entry(receiver, method),
        _ => Type::Unknown,
    }
}

fn key(map: &Type) -> Type {
    match map {
        Type::Map(key, _) => (**key).clone(),
        _ => Type::Unknown,
    }
}

/// An entry is kept as the map itself until a value is asked of it.
fn entry(receiver: &Type, method: &str) -> Type {
    if method == "entry" { receiver.clone() } else { receiver.indexed() }
}

/// The type of `before::last(first, …)`.
pub(super) fn made(before: &str, last: &str, first: &Type, otherwise: impl Fn() -> Type) -> Type {
    match (before, last) {
        ("Vec" | "VecDeque" | "BinaryHeap", _) => Type::list(Type::Unknown),
        ("String", _) => Type::Text,
        ("HashMap" | "BTreeMap", _) => Type::Map(Box::default(), Box::default()),
        ("HashSet" | "BTreeSet", _) => Type::Set(Box::default()),
        ("mem", "take" | "replace") | ("cmp", "min" | "max") => first.clone(),
        ("i32" | "i64" | "f32" | "f64" | "u32" | "u64" | "usize", "abs" | "pow" | "min" | "max" | "from") => {
            let ty: Option<syn::Type> = syn::parse_str(before).ok();
            ty.map(|ty| Type::of(&ty, "")).unwrap_or_default()
        }
        (_, "new" | "default") if before.starts_with(char::is_uppercase) => Type::Named(before.to_owned()),
        _ => otherwise(),
    }
}

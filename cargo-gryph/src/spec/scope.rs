//! Which names a piece of Rust in a specification may use, and the `use` line each one needs.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Fault;
use super::tokens::Mention;
use crate::similar::nearest;

/// Types and traits of the standard library that need a `use` line; it is written automatically.
const IMPORTED: &[&str] = &[
    "std::borrow::Cow",
    "std::cmp::Ordering",
    "std::cmp::Reverse",
    "std::collections::BTreeMap",
    "std::collections::BTreeSet",
    "std::collections::BinaryHeap",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::collections::VecDeque",
    "std::fmt::Debug",
    "std::fmt::Display",
    "std::hash::Hash",
    "std::ops::Add",
    "std::ops::Mul",
    "std::ops::Range",
    "std::ops::RangeInclusive",
    "std::ops::Sub",
    "std::rc::Rc",
    "std::str::FromStr",
    "std::sync::Arc",
    "std::time::Duration",
];

/// Names that every module has.
const PRELUDE: &[&str] = &[
    "AsMut",
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Default",
    "DoubleEndedIterator",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Result",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Vec",
    "bool",
    "char",
    "drop",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

/// Modules of the standard library that compute and nothing else.
const PURE_MODULES: &[&str] = &[
    "borrow",
    "cell",
    "char",
    "cmp",
    "collections",
    "convert",
    "f32",
    "f64",
    "fmt",
    "hash",
    "iter",
    "mem",
    "num",
    "ops",
    "option",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "sync",
    "time",
    "vec",
];

/// Macros an expression may use.
const MACROS: &[&str] = &["vec", "format", "matches"];

/// What the items of one specification are called.
#[derive(Default)]
pub(super) struct Names {
    /// Type name → modules that define it.
    pub(super) types: BTreeMap<String, BTreeSet<String>>,
    /// Free function name → modules that define it.
    pub(super) functions: BTreeMap<String, BTreeSet<String>>,
    /// Crates of `[dependencies]`, as they are written in Rust.
    pub(super) crates: BTreeSet<String>,
}

/// Whether every module has this name already.
pub(super) fn is_prelude(name: &str) -> bool {
    PRELUDE.contains(&name)
}

/// An item that a piece of Rust needs in scope.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
pub enum Import {
    /// `module` and `name` of an item of the specification.
    Own(String, String),
    /// The whole path of an item of the standard library.
    Std(String),
}

/// Resolves the names of a type position: everything must be known.
pub(super) fn resolve_type(
    mention: &Mention,
    module: &str,
    generics: &BTreeSet<String>,
    names: &Names,
) -> Result<Option<Import>, Fault> {
    let head = mention.path[0].as_str();
    if generics.contains(head) || head == "Self" || mention.assigned {
        return Ok(None);
    }
    if mention.path.len() > 1 {
        return check_path(mention, names).map(|()| None);
    }
    known(head, module, &names.types, mention)?
        .map_or_else(|| standard(mention, names), |import| Ok(Some(import)))
}

/// Resolves the names of an expression; `bound` are its own variables.
pub(super) fn resolve_value(
    mention: &Mention,
    module: &str,
    bound: &BTreeSet<String>,
    names: &Names,
) -> Result<Option<Import>, Fault> {
    let head = mention.path[0].as_str();
    if mention.expanded {
        return if mention.path.len() == 1 && MACROS.contains(&head) {
            Ok(None)
        } else {
            let message = format!("the macro `{}!` cannot be used here", mention.path.join("::"));
            Err(Fault::new(mention.range.clone(), message, "only vec!, format! and matches! are known"))
        };
    }
    if bound.contains(head) {
        return Ok(None);
    }
    let tables =
        if mention.path.len() == 1 { vec![&names.functions, &names.types] } else { vec![&names.types] };
    for table in tables {
        if let Some(import) = known(head, module, table, mention)? {
            return Ok(Some(import));
        }
    }
    let upper = head.starts_with(|letter: char| letter.is_ascii_uppercase());
    if mention.path.len() > 1 && !upper && !PRELUDE.contains(&head) {
        return check_path(mention, names).map(|()| None);
    }
    if upper || (mention.called && mention.path.len() == 1) {
        return standard(mention, names);
    }
    Ok(None)
}

/// An item of the specification; its own module goes first, otherwise the name must be unique.
fn known(
    name: &str,
    module: &str,
    table: &BTreeMap<String, BTreeSet<String>>,
    mention: &Mention,
) -> Result<Option<Import>, Fault> {
    let Some(modules) = table.get(name) else { return Ok(None) };
    let own = modules.get(module).or(if modules.len() == 1 { modules.first() } else { None });
    match own {
        Some(module) => Ok(Some(Import::Own(module.clone(), name.to_owned()))),
        None => {
            let message = format!("`{name}` is defined in more than one module");
            Err(Fault::new(mention.range.clone(), message, "give one of them another name"))
        }
    }
}

fn standard(mention: &Mention, names: &Names) -> Result<Option<Import>, Fault> {
    let head = mention.path[0].as_str();
    if PRELUDE.contains(&head) {
        return Ok(None);
    }
    let last = |path: &&str| path.rsplit("::").next() == Some(head);
    if let Some(path) = IMPORTED.iter().copied().find(last) {
        return Ok(Some(Import::Std(path.to_owned())));
    }
    let own = names.types.keys().chain(names.functions.keys()).map(String::as_str);
    let all =
        own.chain(PRELUDE.iter().copied()).chain(IMPORTED.iter().filter_map(|path| path.rsplit("::").next()));
    let hint = match nearest(head, all) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "name an item of this specification, or write the whole path (`std::…` or a dependency)"
            .to_owned(),
    };
    Err(Fault::new(mention.range.clone(), format!("`{head}` is not known"), hint))
}

/// A path must begin in a pure part of the standard library or in a declared dependency.
fn check_path(mention: &Mention, names: &Names) -> Result<(), Fault> {
    let [head, second, ..] = mention.path.as_slice() else { return Ok(()) };
    let shown = mention.path.join("::");
    let refuse = |message: String, hint: &str| Err(Fault::new(mention.range.clone(), message, hint));
    match head.as_str() {
        "std" | "core" | "alloc" if PURE_MODULES.contains(&second.as_str()) => Ok(()),
        "std" | "core" | "alloc" => refuse(
            format!("`{shown}` cannot be used in a specification"),
            "only parts of the standard library that compute are open: no process, environment, files, network or threads",
        ),
        "Self" => Ok(()),
        name if PRELUDE.contains(&name) || names.types.contains_key(name) || names.crates.contains(name) => {
            Ok(())
        }
        _ => refuse(
            format!("`{shown}` does not begin with `std`, a type or a dependency"),
            "list the crate in [dependencies], or name the item without its module",
        ),
    }
}

//! Faults put into a function on purpose: a test suite that is worth something notices them.
//!
//! This is mutation testing (DeMillo, Lipton, Sayward, "Hints on Test Data Selection", 1978). The body is replaced by a
//! plain value of the return type, as cargo-mutants does, and single operators and conditions by others.

mod made;

use std::ops::Range;

use crate::propose::body::normal_form;
use crate::propose::search::{Mutant, Place, mutants};

/// The rules of the search that break what is right; others put in what may be equal to what was there.
const BREAKING: [&str; 6] = ["arithmetic", "assignment", "bits", "comparison", "logic", "negate"];
/// The rule that puts a value in the place of a body.
pub const VALUE: &str = "value";
/// A value of a type that nothing is known about.
const DEFAULT: &str = "Default::default()";
/// Values for one type.
const MOST_VALUES: usize = 4;

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The rule that made it.
    pub operator: String,
    /// All that stands between the braces with it.
    pub body: String,
    /// The bytes of the file that it replaces.
    pub span: Range<usize>,
    /// What stands there instead.
    pub text: String,
}

/// Faults of a function where it meets one of the changed stretches of its file: plain values in the place of the
/// whole body first, and last what moves a bound by one, which makes no difference where a bound is never met exactly.
pub fn faults(place: &Place<'_>, changed: &[Range<usize>]) -> Vec<Fault> {
    let Some(text) = place.tree.text(&place.site.path) else { return Vec::new() };
    let meets = |range: &Range<usize>| {
        changed.iter().any(|changed| changed.start < range.end && range.start < changed.end)
    };
    let body = place.site.body.clone();
    let signature = text.get(place.site.signature.clone()).unwrap_or_default();
    let standing = normal_form(text.get(body.clone()).unwrap_or_default());
    let of_value = |value: String| Fault {
        operator: VALUE.to_owned(),
        body: format!(" {value} "),
        span: body.clone(),
        text: value,
    };
    let own = |name: &str| made::values_of_name(place.tree, &place.site.path, name);
    let is_other = |value: &String| {
        normal_form(value) != standing
            && !(value == DEFAULT && is_constant(text.get(body.clone()).unwrap_or_default()))
    };
    let whole = values_of(signature, &own).into_iter().filter(is_other).map(of_value);
    let breaks = |mutant: &Mutant| BREAKING.contains(&mutant.operator.as_str()) && meets(&mutant.span);
    let single = mutants(place).into_iter().filter(breaks).filter_map(fault);
    let moves = |fault: &Fault| moves_a_bound(text.get(fault.span.clone()).unwrap_or_default(), &fault.text);
    let (bounds, others): (Vec<Fault>, Vec<Fault>) = single.partition(moves);
    let whole = if meets(&body) { whole.collect() } else { Vec::new() };
    [whole, others, bounds].concat()
}

/// Whether a fault makes `<` of `<=`, or the like.
fn moves_a_bound(was: &str, became: &str) -> bool {
    let side = |operator: &str| ["<", ">"].into_iter().find(|side| operator.trim_end_matches('=') == *side);
    side(was).is_some() && side(was) == side(became)
}

/// Whether a body is a constant alone, such as `Algorithm::HS256`: it may be the default of its type.
fn is_constant(body: &str) -> bool {
    matches!(syn::parse_str(body), Ok(syn::Expr::Path(path)) if path.path.segments.len() > 1)
}

fn fault(mutant: Mutant) -> Option<Fault> {
    let edit = mutant.edits.first()?;
    let text = edit.replacement.clone();
    Some(Fault { operator: mutant.operator, span: edit.span.range.clone(), body: mutant.body, text })
}

/// Plain values of what a function with this signature returns, and what it is given of the same type. `own` knows
/// values of the workspace's own types.
fn values_of(signature: &str, own: &dyn Fn(&str) -> Vec<String>) -> Vec<String> {
    let Ok(function) = syn::parse_str::<syn::ImplItemFn>(&format!("{signature} {{}}")) else {
        return Vec::new();
    };
    if function.sig.ident == "main" {
        return Vec::new();
    }
    match &function.sig.output {
        syn::ReturnType::Default => vec!["()".to_owned()],
        syn::ReturnType::Type(_, of) => {
            let mut found = values(of);
            if found == [DEFAULT] {
                found.extend(last_name(of).into_iter().flat_map(|name| own(&name)));
                found.extend(given(&function.sig, of));
            }
            found
        }
    }
}

/// The parameters of a type: what is given is easily given back.
fn given(signature: &syn::Signature, of: &syn::Type) -> Vec<String> {
    let named = signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(typed) if *typed.ty == *of => match &*typed.pat {
            syn::Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
        _ => None,
    });
    named.take(MOST_VALUES / 2).collect()
}

fn last_name(of: &syn::Type) -> Option<String> {
    match of {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

fn values(of: &syn::Type) -> Vec<String> {
    let literal = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match of {
        syn::Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return Vec::new() };
            named(&last.ident.to_string(), arguments(last))
        }
        syn::Type::Reference(reference) if is_str(&reference.elem) => literal(&["\"\"", "\"xyzzy\""]),
        syn::Type::Tuple(tuple) if tuple.elems.is_empty() => literal(&["()"]),
        syn::Type::Paren(inner) => values(&inner.elem),
        _ => Vec::new(),
    }
}

fn named(name: &str, arguments: Vec<&syn::Type>) -> Vec<String> {
    let inner = |wrap: &str| -> Vec<String> {
        let values = arguments.first().map(|of| values(of)).unwrap_or_default();
        values.iter().take(MOST_VALUES / 2).map(|value| format!("{wrap}({value})")).collect()
    };
    let mut found: Vec<String> = match name {
        "bool" => vec!["true".into(), "false".into()],
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => vec!["0".into(), "1".into()],
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => vec!["0".into(), "1".into(), "-1".into()],
        "f32" | "f64" => vec!["0.0".into(), "1.0".into(), "-1.0".into()],
        "char" => vec!["'x'".into()],
        "String" => vec!["String::new()".into(), "\"xyzzy\".into()".into()],
        "Vec" => vec!["vec![]".into()],
        "Option" => [vec!["None".to_owned()], inner("Some")].concat(),
        // An alias such as `fmt::Result` has its own value of success.
        "Result" if arguments.is_empty() => vec![format!("Ok({DEFAULT})")],
        "Result" => inner("Ok"),
        "Ordering" => Vec::new(),
        _ => vec![DEFAULT.into()],
    };
    found.truncate(MOST_VALUES);
    found
}

fn arguments(segment: &syn::PathSegment) -> Vec<&syn::Type> {
    let syn::PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        syn::GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    types.collect()
}

fn is_str(of: &syn::Type) -> bool {
    matches!(of, syn::Type::Path(path) if path.path.is_ident("str"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::site;
    use crate::tree::{Tree, TreePath};

    fn of(text: &str, changed: Range<usize>) -> Vec<(String, String)> {
        let path = TreePath::new("src/lib.rs").unwrap();
        let mut tree = Tree::new();
        tree.insert(path.clone(), text);
        let site = site(text, &path, "f").unwrap();
        let place = Place { tree: &tree, site: &site, weights: &[] };
        faults(&place, &[changed]).into_iter().map(|fault| (fault.operator, fault.text)).collect()
    }

    #[test]
    fn values_fit_the_return_type() {
        let cases = [
            ("fn f()", vec!["()"]),
            ("pub fn f(&self) -> bool", vec!["true", "false"]),
            ("fn f() -> &'static str", vec!["\"\"", "\"xyzzy\""]),
            ("fn f() -> Option<u8>", vec!["None", "Some(0)", "Some(1)"]),
            ("fn f() -> Result<(), E>", vec!["Ok(())"]),
            ("fn f() -> Money", vec!["Default::default()"]),
            ("fn f(a: Money, b: u8) -> Money", vec!["Default::default()", "a"]),
            ("fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result", vec!["Ok(Default::default())"]),
            ("fn f() -> impl Iterator<Item = u8>", vec![]),
            ("fn main()", vec![]),
        ];
        for (signature, expected) in cases {
            let found = values_of(signature, &|_| Vec::new());
            assert_eq!(found, expected, "{signature}");
        }
    }

    #[test]
    fn only_what_changed_is_broken() {
        let text = "fn f(a: u8) -> bool { let b = a + 1; b < 9 }";
        let all = of(text, 0..text.len());
        assert_eq!(&all[..2], [("value".into(), "true".into()), ("value".into(), "false".into())]);
        let has = |found: &[(String, String)], text: &str| found.iter().any(|(_, new)| new.contains(text));
        assert!(has(&all, "-") && has(&all, "<="), "{all:?}");
        let at = text.find("b < 9").unwrap();
        let some = of(text, at..at + 5);
        assert!(!some.iter().any(|(operator, _)| operator == "arithmetic"), "{some:?}");
        assert!(has(&some, "<="), "{some:?}");
        assert_eq!(of(text, 0..2), []);
    }

    #[test]
    fn a_constant_is_not_replaced_by_what_may_be_the_same() {
        let values =
            |text: &str| of(text, 0..text.len()).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(values("fn f() -> Code { Code::A }"), [""; 0]);
        assert_eq!(values("fn f() -> Code { Default::default() }"), [""; 0]);
        assert_eq!(values("fn f(a: Code) -> Code { a }"), ["Default::default()"]);
        assert_eq!(values("fn f() -> bool { Code::A }"), ["true", "false"]);
    }
}

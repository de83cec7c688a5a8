//! Where the functions of a file stand, as byte ranges of its text.

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::schema::function::{Function, functions};
use crate::schema::source::on_deep_stack;
use crate::tree::TreePath;

/// What holds a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SiteKind {
    /// A module.
    Free,
    /// An inherent `impl`.
    Inherent,
    /// An `impl` of a trait.
    TraitImpl,
    /// A trait, as a default.
    TraitDefault,
}

/// A function with a body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Site {
    /// Its file.
    pub path: TreePath,
    /// Its name in the file: `slugify`, `inner::slugify`, `Money::parse`, `<Money as Display>::fmt`.
    pub function: String,
    /// All of it, attributes and documentation included.
    pub item: Range<usize>,
    /// From the visibility to the end of the return type or `where` clause.
    pub signature: Range<usize>,
    /// What stands between the braces.
    pub body: Range<usize>,
    /// What holds it.
    pub kind: SiteKind,
    /// The line of its name, from 1.
    pub line: usize,
}

/// Finds a function by its name in the file; `None` if there is none, if several answer to the name, or if the text
/// does not parse. A method of a trait also answers to `Type::method`.
pub fn site(text: &str, path: &TreePath, function: &str) -> Option<Site> {
    on_deep_stack(|| find(&functions(text, path).ok()?, function).map(|found| found.site.clone())).ok()?
}

/// All functions of a file in the order of their places; none if the text does not parse.
pub fn sites(text: &str, path: &TreePath) -> Vec<Site> {
    let all = || functions(text, path).map(|all| all.into_iter().map(|function| function.site).collect());
    on_deep_stack(all).ok().and_then(Result::ok).unwrap_or_default()
}

/// The functions of a file that are no part of the tests and the only ones of their name, in the order of their places;
/// none if the text does not parse.
pub fn program_sites(text: &str, path: &TreePath) -> Vec<Site> {
    let all = on_deep_stack(|| functions(text, path)).ok().and_then(Result::ok).unwrap_or_default();
    let mut named: HashMap<&str, usize> = HashMap::new();
    all.iter().for_each(|function| *named.entry(&function.site.function).or_default() += 1);
    let is_one = |function: &&Function| !function.is_test && named[function.site.function.as_str()] == 1;
    all.iter().filter(is_one).map(|function| function.site.clone()).collect()
}

/// The one function that answers to a name.
pub(crate) fn find<'a>(functions: &'a [Function], name: &str) -> Option<&'a Function> {
    let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let one = |answers: &dyn Fn(&&Function) -> bool| {
        let mut found = functions.iter().filter(|function| answers(function));
        found.next().filter(|_| found.next().is_none())
    };
    if functions.iter().any(|function| function.site.function == name) {
        return one(&|function| function.site.function == name);
    }
    one(&|function| function.short.as_deref() == Some(&*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"//! Crate.
/// Docs.
#[inline]
pub fn slugify<'a, T: AsRef<str>>(title: &'a T) -> String where T: Clone { title.as_ref().into() }
mod inner { pub(crate) fn deep() { } }
struct Money<T>(T);
impl<T> Money<T> { const fn parse(&self, (a, b): (u8, u8)) -> u8 { a + b } }
impl<T> std::fmt::Display for Money<T> { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }
impl From<u8> for Money<u8> { fn from(x: u8) -> Self { Money(x) } }
impl From<u16> for Money<u16> { fn from(x: u16) -> Self { Money(x) } }
trait Shape { fn area(&self) -> f64; fn twice(&self) -> f64 { self.area() * 2.0 } }
#[cfg(unix)] fn twin() {}
#[cfg(not(unix))] fn twin() {}
"#;

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").expect("plain")
    }

    #[test]
    fn functions_are_found_wherever_they_stand() {
        let cases = [
            ("slugify", SiteKind::Free, " title.as_ref().into() ", 4),
            ("inner::deep", SiteKind::Free, " ", 5),
            ("Money::parse", SiteKind::Inherent, " a + b ", 7),
            ("<Money as Display>::fmt", SiteKind::TraitImpl, " Ok(()) ", 8),
            ("Money::fmt", SiteKind::TraitImpl, " Ok(()) ", 8),
            ("<Money as From<u16>>::from", SiteKind::TraitImpl, " Money(x) ", 10),
            ("Shape::twice", SiteKind::TraitDefault, " self.area() * 2.0 ", 11),
        ];
        for (name, kind, body, line) in cases {
            let site = site(TEXT, &path(), name).unwrap_or_else(|| panic!("no {name}"));
            assert_eq!((site.kind, &TEXT[site.body], site.line), (kind, body, line), "{name}");
        }
    }

    #[test]
    fn a_name_that_several_answer_to_finds_nothing() {
        for name in ["Money::from", "twin", "area", "Shape::area", "nothing"] {
            assert_eq!(site(TEXT, &path(), name), None, "{name}");
        }
    }

    #[test]
    fn functions_of_the_program_are_those_that_can_be_found_again() {
        let text = format!("{TEXT}#[cfg(test)] mod tests {{ #[test] fn tries() {{}} }}");
        let found: Vec<String> =
            program_sites(&text, &path()).into_iter().map(|site| site.function).collect();
        let all: Vec<String> = sites(&text, &path()).into_iter().map(|site| site.function).collect();
        let rest: Vec<&String> = all.iter().filter(|name| !found.contains(name)).collect();
        assert_eq!(rest, ["twin", "twin", "tests::tries"]);
        assert!(found.iter().all(|name| site(&text, &path(), name).is_some()));
    }

    #[test]
    fn the_signature_ends_before_the_body_and_the_item_holds_the_docs() {
        let site = site(TEXT, &path(), "slugify").expect("there");
        assert!(TEXT[site.signature.clone()].starts_with("pub fn slugify<'a"));
        assert!(TEXT[site.signature].ends_with("where T: Clone"));
        assert!(TEXT[site.item].starts_with("/// Docs.\n#[inline]"));
        assert_eq!(sites(TEXT, &path()).len(), 9);
        assert_eq!(sites("fn broken( {", &path()), []);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_search_panic_and_every_body_lies_between_braces(
            parts in proptest::collection::vec(0..20_usize, 0..40),
        ) {
            let words = ["fn f", "(", ")", "{", "}", "impl T ", "é", "trait S ", "mod m ", "#[a]", "-> u8 ", ";", "<T>",
                "for U ", "struct X", "x: u8", ",", "'a", "\"", "pub "];
            let text: String = parts.iter().map(|part| words[*part]).collect();
            for site in sites(&text, &path()) {
                proptest::prop_assert_eq!(&text[site.body.start - 1..site.body.start], "{");
                proptest::prop_assert_eq!(&text[site.body.end..site.body.end + 1], "}");
                proptest::prop_assert!(text.get(site.item).is_some() && text.get(site.signature).is_some());
            }
        }
    }
}

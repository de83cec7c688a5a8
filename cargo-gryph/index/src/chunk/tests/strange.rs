//! Texts that nobody would write: deep, long, cut, shuffled.

use std::path::Path;

use proptest::prelude::*;

use super::at;
use crate::chunk::{BODY_LIMIT, DOCS_LIMIT, ITEMS_LIMIT, SIGNATURE_LIMIT, items};
use crate::item::Item;
use crate::{Docs, TEXT_LIMIT, text_for_vector};

/// A source with something of everything.
const SOURCE: &str = r##"//! Root.
#![cfg(feature = "x")]
/// Reads ünï.
///
/// ```
/// # let a = 1;
/// read(&a);
/// ```
#[doc = r#"More."#]
pub fn read<'a, T: Read>(mut a: &'a T, /* b */ b: (u8, Vec<u8>)) -> Result<&'a str, Error>
where T: 'a { f("{") }
/** Block.
 * More. */
pub struct S<T>(pub T, u8);
pub enum E { A(u8), B { x: String }, C = 1 }
impl<T> Iterator for S<T> { type Item = T; fn next(&mut self) -> Option<T> { None } }
pub trait T { const N: usize; fn f(self: Box<Self>); }
#[macro_export] macro_rules! m { ($a:expr) => { $a }; }
cfg_rt! { pub fn spawn() {} }
cfg_if! { if #[cfg(unix)] { mod a { } } else { } }
#[cfg(test)] mod tests { #[test] fn t() { assert!(true); } }
const N: &str = "/*";
"##;

/// Checks what is promised of every item.
fn check(items: &[Item]) {
    assert!(items.len() <= ITEMS_LIMIT);
    for item in items {
        assert!(item.body.len() <= BODY_LIMIT && item.docs.len() <= DOCS_LIMIT);
        assert!(
            item.signature.len() <= SIGNATURE_LIMIT && !item.signature.contains('\n'),
            "{}",
            item.signature
        );
        assert!(item.lines.first <= item.lines.last, "{item:?}");
        assert!(text_for_vector(item, Docs::With).len() <= TEXT_LIMIT);
        assert!(text_for_vector(item, Docs::Without).len() <= TEXT_LIMIT);
    }
}

#[test]
fn a_hundred_thousand_nested_things_need_no_deep_stack() {
    let n = 100_000;
    let nests = [
        "{",
        "mod a {",
        "fn f() {",
        "impl A {",
        "cfg_a! {",
        "((",
        "fn f(a: [",
        "/*",
        "A<",
        "#[cfg(",
        "```\n",
        "&",
    ];
    for nest in nests {
        check(&at("src/lib.rs", &nest.repeat(n)));
        check(&at("README.md", &nest.repeat(n)));
    }
    let closed = format!("{}{} pub fn last() {{}}", "mod a {".repeat(n), "}".repeat(n));
    check(&at("src/lib.rs", &closed));
    let types = format!("impl A for {}u8 {{ fn f() {{}} }}", "&".repeat(n));
    check(&at("src/lib.rs", &types));
}

#[test]
fn a_file_gives_no_more_items_than_the_limit() {
    let text = "fn f() {}\n".repeat(ITEMS_LIMIT + 10);
    assert_eq!(at("src/lib.rs", &text).len(), ITEMS_LIMIT);
}

#[test]
fn long_bodies_are_cut_between_characters() {
    let text = format!("fn f() {{ \"{}\" }}", "ü".repeat(BODY_LIMIT));
    let items = at("src/lib.rs", &text);
    assert!(items[0].body.len() <= BODY_LIMIT && items[0].body.len() >= BODY_LIMIT - 1);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}|[a-z{}()<>\\[\\]#!/*\"'`~=:;,\n \\\\ü]{0,200}") {
        check(&at("src/lib.rs", &text));
        check(&at("docs/a.md", &text));
    }

    #[test]
    fn any_path_is_a_place(path in "[a-z./\\\\ü-]{0,30}", name in ".{0,8}") {
        check(&items(&name, Path::new(&path), SOURCE));
        check(&items(&name, &Path::new(&path).with_extension("rs"), SOURCE));
    }

    #[test]
    fn mutilated_sources_are_read(
        cuts in prop::collection::vec((0..SOURCE.len(), 0..60usize, 0..3u8), 1..6)
    ) {
        let mut text = SOURCE.to_owned();
        for (start, length, how) in cuts {
            let start = text.floor_char_boundary(start);
            let end = text.floor_char_boundary(start + length).max(start);
            match how {
                0 => text.replace_range(start..end, ""),
                1 => {
                let piece = text[start..end].to_owned();
                text.insert_str(start, &piece);
            }
                _ => text.truncate(end.max(100).min(text.len())),
            }
        }
        check(&at("src/lib.rs", &text));
    }
}

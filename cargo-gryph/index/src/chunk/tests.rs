//! What the items of a file are, and that no text is too strange.

mod strange;

use std::path::Path;

use super::items;
use crate::item::{Item, Kind};

/// The items of a library file at a path.
fn at(path: &str, text: &str) -> Vec<Item> {
    items("mini-io", Path::new(path), text)
}

/// The items of a library's root as lines of kind and path; public ones have a star.
fn listed(path: &str, text: &str) -> Vec<String> {
    let star = |public| if public { "*" } else { "" };
    at(path, text).iter().map(|item| format!("{:?}{} {}", item.kind, star(item.public), item.path)).collect()
}

/// The one item of a text.
fn only(text: &str) -> Item {
    let items = at("src/lib.rs", text);
    assert_eq!(items.len(), 1, "{items:?}");
    items.into_iter().next().unwrap()
}

#[test]
fn every_declaration_is_an_item_with_its_path() {
    let text = "
        pub fn free() { fn nested() {} }
        pub struct S<T>(T);
        struct P { a: u8 }
        pub enum E { A }
        pub union U { a: u8 }
        pub trait T { fn required(&self); const C: u8; type A; }
        impl<T> S<T> { pub fn new() {} fn inner() {} pub const ONE: u8 = 1; }
        impl<T> std::fmt::Display for S<T> { type X = u8; fn fmt(&self) {} }
        impl P { pub fn hidden() {} }
        impl Clone for &'static mut P { fn clone(&self) {} }
        macro_rules! m { () => {} }
        #[macro_export] macro_rules! out { () => {} }
        pub const K: u8 = 1;
        static mut V: u8 = 1;
        const _: () = ();
        pub type Alias = u8;
        mod private { pub fn deep() {} pub(crate) fn near() {} }
        pub mod open { pub fn deep() {} }
        extern \"C\" { pub fn foreign(a: u8); }
    ";
    let expect = [
        "Function* mini_io::a::free",
        "Struct* mini_io::a::S",
        "Struct mini_io::a::P",
        "Enum* mini_io::a::E",
        "Union* mini_io::a::U",
        "Trait* mini_io::a::T",
        "Method* mini_io::a::T::required",
        "Constant* mini_io::a::T::C",
        "Method* mini_io::a::S::new",
        "Method mini_io::a::S::inner",
        "Constant* mini_io::a::S::ONE",
        "Impl* mini_io::a::S",
        "Method* mini_io::a::S::fmt",
        "Method mini_io::a::P::hidden",
        "Impl mini_io::a::P",
        "Method mini_io::a::P::clone",
        "Macro mini_io::a::m",
        "Macro* mini_io::out",
        "Constant* mini_io::a::K",
        "Constant mini_io::a::V",
        "Alias* mini_io::a::Alias",
        "Function mini_io::a::private::deep",
        "Function mini_io::a::private::near",
        "Function* mini_io::a::open::deep",
        "Function* mini_io::a::foreign",
    ];
    assert_eq!(listed("src/a.rs", text), expect);
}

#[test]
fn the_place_of_a_file_is_its_module() {
    let cases = [
        ("src/lib.rs", "Function* mini_io::f"),
        ("src/main.rs", "Function mini_io::f"),
        ("src/a/mod.rs", "Function* mini_io::a::f"),
        ("src/a/b.rs", "Function* mini_io::a::b::f"),
        ("src/bin/tool.rs", "Function mini_io::bin::tool::f"),
        ("src/a/tests.rs", "Test mini_io::a::tests::f"),
        ("tests/it/main.rs", "Test mini_io::tests::it::f"),
        ("benches/fast-one.rs", "Function mini_io::benches::fast_one::f"),
        ("examples/show.rs", "Example mini_io::examples::show::f"),
        ("build.rs", "Function mini_io::build::f"),
        ("lib.rs", "Function* mini_io::f"),
        ("cli/src/lib.rs", "Function* mini_io::f"),
    ];
    for (path, expect) in cases {
        assert_eq!(listed(path, "pub fn f() {}"), [expect], "{path}");
    }
}

#[test]
fn a_signature_stands_on_one_line_with_its_types() {
    let item = only(
        "/// Reads.\n#[inline]\npub async unsafe fn read<'a, R: Read>( // why\n    \
         mut self: Pin<&mut Self>,\n    \
         reader: &'a mut R, /* how */\n    (a, b): (u8, Vec<u8>),\n) -> Result<&'a str, Error>\n\
         where\n    R: 'a,\n{ \
         // kept\n a }",
    );
    let expect = "pub async unsafe fn read<'a, R: Read>(mut self: Pin<&mut Self>, reader: &'a mut R, \
                  (a, b): (u8, Vec<u8>)) -> Result<&'a str, Error> where R: 'a";
    assert_eq!(item.signature, expect);
    assert_eq!(item.takes, ["&'a mut R", "(u8, Vec<u8>)"]);
    assert_eq!(item.returns.as_deref(), Some("Result<&'a str, Error>"));
    assert_eq!(item.body, "{ // kept\n a }");
    assert_eq!((item.lines.first, item.lines.last), (3, 11));
}

#[test]
fn a_type_takes_the_types_of_its_fields() {
    let item = only("pub struct P { a: u8, b: Vec<\n u8>, c: u8 }");
    assert_eq!((item.signature.as_str(), item.takes), ("pub struct P", vec!["u8".into(), "Vec<u8>".into()]));
    let item = only("pub struct Id(pub u32, String);");
    assert_eq!((item.signature.as_str(), item.body.as_str()), ("pub struct Id(pub u32, String)", ""));
    assert_eq!(item.takes, ["u32", "String"]);
    let item = only("enum E { A(u8), B { x: String }, C }");
    assert_eq!(item.takes, ["u8", "String"]);
    let item = only("pub const N: usize = 1 + 2;");
    assert_eq!((item.signature.as_str(), item.body.as_str()), ("pub const N: usize", "1 + 2"));
}

#[test]
fn what_a_trait_gives_belongs_to_the_type_and_names_the_trait() {
    let items =
        at("src/lib.rs", "impl<T> Iterator for crate::a::Reader<T> { fn next(&mut self) -> Option<T> {} }");
    assert_eq!(items[0].signature, "impl<T> Iterator for crate::a::Reader<T>");
    assert_eq!(items[0].body, "fn next(&mut self) -> Option<T>\n");
    assert_eq!(items[1].path, "mini_io::Reader::next");
    assert!(items.iter().all(|item| item.of_trait.as_deref() == Some("Iterator")));
}

#[test]
fn documentation_has_no_marks() {
    let cases = [
        ("/// One.\n///\n///   Two.\nfn f() {}", "One.\n\n  Two."),
        ("/** One.\n *\n *  Two. */\nfn f() {}", "One.\n\n Two."),
        ("/** One.\n    Two. */\nfn f() {}", "One.\nTwo."),
        ("#[doc = \"One.\"]\n#[doc = r#\" \"Two\".\"#]\nfn f() {}", "One.\n \"Two\"."),
        ("//// No.\n// No.\n/*** No. */\nfn f() {}", ""),
        ("/// One.\r\n/// Two.\r\n#[inline]\r\n// No.\r\n/// Three.\r\nfn f() {}", "One.\nTwo.\nThree."),
        ("/// Other.\nuse a::b;\nfn f() {}", ""),
        ("/// Ünï\n///\u{a0}x\nfn f() {}", "Ünï\n\u{a0}x"),
    ];
    for (text, expect) in cases {
        assert_eq!(only(text).docs, expect, "{text:?}");
    }
}

#[test]
fn modules_with_documentation_are_items() {
    let text = "//! Root.\n//! More.\n#![cfg(unix)]\n/// Outer.\n\
                pub mod a {\n    //! Inner.\n}\n/// File.\nmod b;\nmod c {}\n";
    let items = at("src/lib.rs", text);
    let docs: Vec<_> = items.iter().map(|item| (item.path.as_str(), item.docs.as_str())).collect();
    let expect = [("mini_io", "Root.\nMore."), ("mini_io::a", "Outer.\nInner."), ("mini_io::b", "File.")];
    assert_eq!(docs, expect);
    assert!(items.iter().all(|item| item.cfg == ["unix"]), "{items:?}");
    assert_eq!(items[1].signature, "pub mod a");
}

#[test]
fn conditions_are_those_of_all_that_encloses() {
    let text =
        "#[cfg(feature = \"a\")] mod m { #[cfg(all(unix,\n not(test)))] impl S { #[cfg(b)] fn f() {} } }";
    assert_eq!(only(text).cfg, ["feature = \"a\"", "all(unix, not(test))", "b"]);
}

#[test]
fn tests_are_known_by_attribute_and_by_module() {
    let text = "
        #[test] fn a() {}
        #[tokio::test(flavor = \"x\")] async fn b() {}
        #[rstest] fn c() {}
        #[cfg(test)] mod tests { pub fn helper() {} struct S; }
        #[cfg(not(test))] pub fn d() {}
    ";
    let expect = [
        "Test mini_io::a",
        "Test mini_io::b",
        "Test mini_io::c",
        "Test mini_io::tests::helper",
        "Struct mini_io::tests::S",
        "Function* mini_io::d",
    ];
    assert_eq!(listed("src/lib.rs", text), expect);
}

#[test]
fn what_is_hidden_from_the_documentation_is_not_public() {
    let expect = ["Function mini_io::a", "Function mini_io::m::b"];
    assert_eq!(
        listed("src/lib.rs", "#[doc(hidden)] pub fn a() {} #[doc(hidden)] pub mod m { pub fn b() {} }"),
        expect
    );
}

#[test]
fn procedural_macros_are_macros() {
    let text = "#[proc_macro_derive(Mini, attributes(mini))] pub fn derive(i: TokenStream) -> TokenStream {}
        #[proc_macro] pub fn mini(i: TokenStream) -> TokenStream {}";
    assert_eq!(listed("src/lib.rs", text), ["Macro* mini_io::Mini", "Macro* mini_io::mini"]);
}

#[test]
fn items_in_macros_that_only_wrap_them_are_found() {
    let text = "
        cfg_rt! { /// Spawns.\n pub fn spawn() {} }
        pin_project! { pub struct Fut<F> { #[pin] inner: F } }
        bitflags! { struct B: u8 { const X = 1; } }
        lazy_static! { static ref A: u8 = 1; }
        cfg_if::cfg_if! { if #[cfg(unix)] { pub fn a() {} } else { pub fn b() {} } }
        impl S { cfg_rt! { pub fn on() {} } }
    ";
    let items = at("src/lib.rs", text);
    let found: Vec<_> = items.iter().map(|item| (item.path.as_str(), item.cfg.join(","))).collect();
    let expect = [
        ("mini_io::spawn", "cfg_rt!"),
        ("mini_io::Fut", ""),
        ("mini_io::A", ""),
        ("mini_io::a", "unix"),
        ("mini_io::b", ""),
        ("mini_io::S::on", "cfg_rt!"),
    ];
    assert_eq!(found, expect.map(|(path, cfg)| (path, cfg.to_owned())));
    assert_eq!((items[0].docs.as_str(), items[0].lines.first), ("Spawns.", 3));
}

#[test]
fn code_in_documentation_is_an_example() {
    let text = "/// Reads.\n///\n/// # Examples\n///\n/// From a string:\n///\n/// ```\n\
                /// # use a::b;\n/// f();\n/// ```\n\
                /// ```text\n/// no\n/// ```\n/// ```rust,no_run\n/// g()\n/// ```\npub fn f() {}";
    let items = at("src/lib.rs", text);
    let examples: Vec<_> = items[1..].iter().collect();
    assert_eq!(examples.len(), 2, "{examples:?}");
    assert_eq!((examples[0].kind, examples[0].path.as_str()), (Kind::Example, "mini_io::f"));
    assert_eq!((examples[0].docs.as_str(), examples[0].body.as_str()), ("From a string:", "use a::b;\nf();"));
    assert_eq!((examples[0].lines.first, examples[0].lines.last), (7, 10));
    assert_eq!(examples[1].body, "g()");
}

#[test]
fn a_page_has_a_document_for_each_heading() {
    let text = "[![x](y)](z)\n# Mini\nReads.\n\n## Use `it`\n```sh\n# no heading\n```\n## Empty\n";
    let items = at("README.md", text);
    let found: Vec<_> = items.iter().map(|item| (item.path.as_str(), item.signature.as_str())).collect();
    assert_eq!(found, [("mini_io::README.md#Mini", "Mini"), ("mini_io::README.md#Use it", "Mini > Use it")]);
    assert_eq!(items[1].body, "```sh\n# no heading\n```");
    assert_eq!((items[1].lines.first, items[1].lines.last), (5, 8));
    assert!(at("CHANGELOG.md", text).is_empty());
}

#[test]
fn titles_have_no_badges_and_may_be_underlined() {
    let text =
        "Mini\n====\nReads.\n\n## [Use](there) it &emsp; [![Build]][b] [x]\nText.\nMore\n---\nEnd.\n- - -\n";
    let items = at("README.md", text);
    let found: Vec<_> = items.iter().map(|item| (item.signature.as_str(), item.body.as_str())).collect();
    let expect = [("Mini", "Reads."), ("Mini > Use it", "Text."), ("Mini > More", "End.\n- - -")];
    assert_eq!(found, expect);
    assert_eq!((items[2].lines.first, items[2].lines.last), (7, 10));
}

#[test]
fn implementations_in_a_module_follow_their_type() {
    let text = "
        pub struct S;
        struct P;
        mod parsing { impl Parse for S { fn parse() {} } impl S { pub fn open() {} }
            impl Parse for P { fn p() {} } }
        #[doc(hidden)] pub mod hidden { impl Parse for S { fn no() {} } }
    ";
    let expect = [
        "Struct* mini_io::S",
        "Struct mini_io::P",
        "Impl* mini_io::S",
        "Method* mini_io::S::parse",
        "Method* mini_io::S::open",
        "Impl mini_io::P",
        "Method mini_io::P::p",
        "Impl mini_io::S",
        "Method mini_io::S::no",
    ];
    assert_eq!(listed("src/lib.rs", text), expect);
}

#[test]
fn what_parses_of_a_broken_file_is_found() {
    let expect = ["Function* mini_io::a", "Function* mini_io::c"];
    let cases = [
        "pub fn a() {} pub fn b( {{ let x = ; pub fn c() {}",
        "pub fn a() {} struct } ) ; pub fn c() {}",
        "pub fn a() {}\npub fn b() { if x {\n}\npub fn c() {}\n",
    ];
    for text in cases {
        let found = listed("src/lib.rs", text);
        assert!(expect.iter().all(|path| found.iter().any(|one| one == path)), "{text}: {found:?}");
    }
}

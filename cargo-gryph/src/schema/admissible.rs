//! What a candidate may not introduce: whatever could forge a verdict, reach outside, or change other variants.
//!
//! The filter reads tokens, not names resolved: a module such as `process` is refused wherever a path could reach it,
//! so that aliases (`use std as s`, `std::{process as p}`, `use std::*`, raw identifiers) lead nowhere. What the
//! original function already uses is allowed, kind by kind. Nested `fn`, `const`, `use`, `type`, and `struct` or `enum`
//! with nothing but derives of the standard library are allowed: nothing outside the body can name them. A nested
//! `impl` is refused even for a nested type, because coherence makes it visible to all variants.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::visit::Visit;

use crate::schema::forbidden::{Use, uses};
use crate::schema::imports::forbidden_imports;
use crate::schema::items::Items;
use crate::schema::source::{on_deep_stack, parse_body, tokens};

/// Why a candidate is not tried.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why} at byte {at}")]
pub struct Inadmissible {
    /// What it introduces.
    pub why: String,
    /// Where, in bytes of the body.
    pub at: usize,
}

/// What the original's example never excuses: a stub is no answer.
const NEVER: [&str; 2] = ["the macro `todo!`", "the macro `unimplemented!`"];

/// Says whether a body may be tried in place of the body of `original`, the text of the whole function.
pub fn admissible(original: &str, body: &str) -> Result<(), Inadmissible> {
    admissible_in("", original, body)
}

/// The same, where `file` is the text around the function: what it imports from refused modules is refused too.
pub fn admissible_in(file: &str, original: &str, body: &str) -> Result<(), Inadmissible> {
    let judge = || {
        let parsed = parse_body(body).map_err(|why| Inadmissible { why, at: 0 })?;
        Admission::new(file, original).judge(&parsed)
    };
    let failed = || Inadmissible { why: "text the parser failed on".to_owned(), at: 0 };
    on_deep_stack(judge).unwrap_or_else(|_| Err(failed()))
}

/// The rules for one function, prepared once for many bodies. Use on a deep stack.
pub(crate) struct Admission {
    /// Names that the file imports from refused places.
    imported: BTreeSet<String>,
    /// What the original uses already.
    used: BTreeSet<String>,
}

impl Admission {
    pub(crate) fn new(file: &str, original: &str) -> Self {
        let imported = forbidden_imports(file);
        let used = tokens(original).map(|stream| uses(stream, &imported)).unwrap_or_default();
        let used =
            used.into_iter().map(|found| found.what).filter(|what| !NEVER.contains(&&**what)).collect();
        Self { imported, used }
    }

    /// Judges a body as `parse_body` read it.
    pub(crate) fn judge(&self, (stream, block): &(TokenStream, syn::Block)) -> Result<(), Inadmissible> {
        let mut items = Items::default();
        items.visit_block(block);
        let found = uses(stream.clone(), &self.imported);
        let found = found.into_iter().find(|found| !self.used.contains(&found.what));
        match found.map(|found| (found.what, found.at)).or(items.found) {
            Some((why, at)) => Err(Inadmissible { why, at: at.saturating_sub(1) }),
            None => Ok(()),
        }
    }

    /// Judges a whole file in place of `before`: it may use what it used.
    pub(crate) fn judge_file(before: &str, after: &str) -> Result<(), Inadmissible> {
        let imported = BTreeSet::new();
        let used = |text: &str| tokens(text).map(|stream| uses(stream, &imported));
        let known: BTreeSet<String> =
            used(before).unwrap_or_default().into_iter().map(|found| found.what).collect();
        let found = used(after).map_err(|why| Inadmissible { why, at: 0 })?;
        match found.into_iter().find(|found| !known.contains(&found.what)) {
            Some(Use { what, at }) => Err(Inadmissible { why: what, at }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str = "fn f(x: &str) -> u32 { todo!() }";

    #[test]
    fn ordinary_bodies_are_admitted() {
        let bodies = [
            "x.len() as u32",
            "use std::collections::HashMap; let mut m: HashMap<&str, u32> = HashMap::new(); *m.entry(x).or_default()",
            "fn helper(n: u32) -> u32 { n } const K: u32 = 3; helper(K)",
            "#[derive(Debug, Clone, PartialEq)] enum State { A, B } let s = State::A; if s == State::B { 1 } else { 2 }",
            "/// why\n let process = 3; let env = 4; process + env",
            "let c = |f: &dyn Fn(u32) -> u32| f(2); c(&|n| n)",
            "fn g(f: impl Fn(u32) -> u32) -> u32 { f(1) } g(|n| n)",
            "let s: &'static str = \"x\"; s.len() as u32",
            "struct P { exit: u32 } let p = P { exit: 3 }; p.exit",
            "let r = Self::process(x); r.exit()",
            "loop {}",
            "let c = [0; 3].map(|n| { while n > x.len() {} 1 }); const N: u32 = 3; c[0] + N",
            "unreachable!()",
            "panic!(\"no\")",
            "std::panic!(\"no\")",
            "assert!(x != \"\"); 3",
            "let file = 3; let line = 4; file + line",
            "if !env { 1 } else { 2 }",
            "use std::fmt::Write as _; let mut s = String::new(); write!(s, \"{x}\").ok(); 0",
        ];
        for body in bodies {
            assert_eq!(admissible(ORIGINAL, body), Ok(()), "{body}");
        }
    }

    #[test]
    fn what_could_forge_a_verdict_is_refused() {
        let bodies = [
            "std::process::exit(0)",
            "use std::process as p; p::exit(0)",
            "use std::{process::exit}; exit(0)",
            "use std::{process::{self as q}}; q::exit(0)",
            "use std::*; process::exit(0)",
            "use std as s; s::process::exit(0)",
            "use ::std as s; 0",
            "use std::{self as s}; s::fs::read(x); 0",
            "use core::*; 0",
            "::std::process::abort()",
            "std::r#process::exit(0)",
            "exit(0)",
            "vec![std::process::exit(0)].len()",
            "format!(\"{}\", std::env::var(\"X\").is_ok()).len() as u32",
            "std::fs::write(\"a\", x).ok(); 0",
            "std::thread::spawn(|| 1); 0",
            "std::panic::set_hook(Box::new(|_| {})); 0",
            "std::panic::catch_unwind(|| 1).is_ok() as u32",
            "use std::panic::catch_unwind as c; c(|| 1); 0",
            "println!(\"test a ... ok\"); 0",
            "eprintln!(); 0",
            "std::print!(\"x\"); 0",
            "use std::println as p; p!(\"x\"); 0",
            "dbg!(3)",
            "use std::io::Write; std::io::stdout().write_all(b\"x\").ok(); 0",
            "use std::io::*; stdout(); 0",
            "include!(\"x\")",
            "include_str!(\"x\").len() as u32",
            "env!(\"X\").len() as u32",
            "option_env!(\"X\").is_some() as u32",
            "if cfg!(test) { 1 } else { 2 }",
            "#[cfg(test)] let y = 3; 0",
            "#[cfg_attr(test, allow(x))] let y = 3; 0",
            "unsafe { 0 }",
            "extern \"C\" { fn abort(); } 0",
            "extern crate std as s; 0",
            "std::arch::asm!(\"nop\"); 0",
            "#[no_mangle] fn g() {} 0",
            "#[unsafe(no_mangle)] fn g() {} 0",
            "#[inline] fn g() {} 0",
            "impl Clone for X { fn clone(&self) -> X { X } } 0",
            "{ { impl X { fn g() {} } } } 0",
            "struct N; impl PartialEq<N> for String { fn eq(&self, _: &N) -> bool { true } } 0",
            "#[derive(serde::Serialize)] struct N; 0",
            "items!(impl X {}); 0",
            "static X: u32 = 0; X",
            "thread_local! { } 0",
            "macro_rules! m { () => { 0 } } m!()",
            "mod m { pub fn g() {} } 0",
            "trait T {} 0",
            "todo!()",
            "unimplemented!(\"later\")",
            "crate::__gryph::variant()",
            "__gryph_1_f(x)",
            "std::any::type_name::<u32>().len() as u32",
            "std::path::Path::new(x).exists() as u32",
            "use std::path::Path; let p: &Path = x.as_ref(); p.is_file() as u32",
            "line!()",
            "let \u{212a} = 3; 0",
            "type C = std::process::Command; 0",
            "Some(0).map(std::process::exit); 0",
            "const N: u32 = { let mut n = 0; while n < 1 {} n }; N",
            "const { loop {} }",
            "[0; { loop {} }].len() as u32",
            "let a: [u8; { loop {} }] = []; 0",
            "const fn g(n: u32) -> u32 { g(n - 1) + g(n - 2) } 0",
            "nix::unistd::write(1, b\"ok\"); 0",
        ];
        for body in bodies {
            assert!(admissible(ORIGINAL, body).is_err(), "admitted: {body}");
        }
    }

    #[test]
    fn what_the_original_uses_is_allowed_and_nothing_more() {
        let original = "fn f(x: &str) { println!(\"{x}\"); std::fs::read(x).ok(); }";
        assert_eq!(admissible(original, "println!(\"{}\", x); let _ = std::fs::read_to_string(x);"), Ok(()));
        assert!(admissible(original, "eprintln!();").is_err());
        assert!(admissible(original, "std::process::exit(0);").is_err());
        assert!(admissible("fn f(exit: u32) {}", "std::process::exit(exit as i32)").is_err());
    }

    #[test]
    fn imports_of_the_file_do_not_open_a_door() {
        let file = "use std::{collections::HashMap, process::{exit as quit, Command}, fs as disk, fmt};\nuse std::io::*;\n\
                    use std::println as say;";
        for body in
            ["quit(0)", "disk::read(x); 0", "Command::new(x); 0", "say!(\"test a ... ok\"); 0", "stdout(); 0"]
        {
            assert!(admissible_in(file, ORIGINAL, body).is_err(), "admitted: {body}");
        }
        for body in ["let m: HashMap<u8, u8> = HashMap::new(); m.len() as u32", "x.quit()", "fmt::format(x)"]
        {
            assert_eq!(admissible_in(file, ORIGINAL, body), Ok(()), "{body}");
        }
        assert!(admissible_in("use std::env::*;", ORIGINAL, "var(x); 0").is_err());
    }

    #[test]
    fn a_refusal_names_the_place_in_the_body() {
        let refused = admissible(ORIGINAL, "0 + unsafe { 1 }").expect_err("refused");
        assert_eq!((refused.why.as_str(), refused.at), ("`unsafe`", 4));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_filter_panic(original in "\\PC{0,60}", body in "[a-z!#:;{}()\\[\\]'\"*=<>. \n]{0,80}") {
            let _ = admissible_in(&original, &original, &body);
        }
    }
}

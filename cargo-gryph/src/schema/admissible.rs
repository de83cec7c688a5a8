//! What a candidate may not introduce: whatever could forge a verdict, reach outside, or change other variants.
//!
//! The filter reads tokens, not names resolved: a module such as `process` is refused wherever a path could reach it,
//! so that aliases (`use std as s`, `std::{process as p}`, `use std::*`, raw identifiers) lead nowhere. What the
//! original function already uses is allowed, kind by kind. Nested `fn`, `const`, `use`, `type`, and `struct` or `enum`
//! with nothing but derives of the standard library are allowed: nothing outside the body can name them. A nested
//! `impl` is refused even for a nested type, because coherence makes it visible to all variants.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::schema::source::{Source, bracket, on_deep_stack, parse_body, tokens};

/// Why a candidate is not tried.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why} at byte {at}")]
pub struct Inadmissible {
    /// What it introduces.
    pub why: String,
    /// Where, in bytes of the body.
    pub at: usize,
}

/// Names that begin like this belong to the schema.
pub(crate) const RESERVED: &str = "__gryph";

/// Modules of the standard library that reach outside the function.
const MODULES: [&str; 10] =
    ["process", "env", "fs", "thread", "os", "panic", "intrinsics", "rt", "backtrace", "panicking"];

/// Functions and types that do so by themselves, in a path, a `use` or a call.
const NAMES: [&str; 26] = [
    "exit",
    "abort",
    "catch_unwind",
    "resume_unwind",
    "panic_any",
    "set_hook",
    "take_hook",
    "stdout",
    "stderr",
    "stdin",
    "_print",
    "_eprint",
    "current_exe",
    "set_var",
    "remove_var",
    "var_os",
    "vars_os",
    "temp_dir",
    "type_name",
    "type_name_of_val",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "ToSocketAddrs",
];

/// Macros that print, read files or the environment, differ between builds, or give up.
const MACROS: [&str; 25] = [
    "print",
    "println",
    "eprint",
    "eprintln",
    "dbg",
    "include",
    "include_str",
    "include_bytes",
    "env",
    "option_env",
    "cfg",
    "cfg_select",
    "asm",
    "global_asm",
    "naked_asm",
    "thread_local",
    "macro_rules",
    "todo",
    "unimplemented",
    "compile_error",
    "line",
    "column",
    "file",
    "module_path",
    "concat_idents",
];

/// Methods of `Path` that ask the file system.
const PATH_METHODS: [&str; 9] = [
    "canonicalize",
    "exists",
    "is_dir",
    "is_file",
    "is_symlink",
    "metadata",
    "read_dir",
    "read_link",
    "try_exists",
];

/// Keywords that begin what a body may not hold.
const KEYWORDS: [&str; 7] = ["unsafe", "extern", "static", "mod", "trait", "macro", "union"];

/// What a glob import of a refused module brings under names that mean little by themselves.
const BEHIND_GLOBS: [&str; 16] = [
    "Command",
    "Stdio",
    "File",
    "OpenOptions",
    "args",
    "args_os",
    "var",
    "vars",
    "spawn",
    "sleep",
    "current",
    "read",
    "read_to_string",
    "write",
    "remove_file",
    "create_dir_all",
];

/// What the original's example never excuses: a stub is no answer.
const NEVER: [&str; 2] = ["the macro `todo!`", "the macro `unimplemented!`"];

const DERIVES: [&str; 9] =
    ["Debug", "Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Default"];

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
        let used = tokens(original).map(|stream| uses(&flatten(stream), &imported)).unwrap_or_default();
        let used =
            used.into_iter().map(|found| found.what).filter(|what| !NEVER.contains(&&**what)).collect();
        Self { imported, used }
    }

    /// Judges a body as `parse_body` read it.
    pub(crate) fn judge(&self, (stream, block): &(TokenStream, syn::Block)) -> Result<(), Inadmissible> {
        let mut items = Items(None);
        items.visit_block(block);
        let found = uses(&flatten(stream.clone()), &self.imported);
        let found = found.into_iter().find(|found| !self.used.contains(&found.what));
        match found.map(|found| (found.what, found.at)).or(items.0) {
            Some((why, at)) => Err(Inadmissible { why, at: at.saturating_sub(1) }),
            None => Ok(()),
        }
    }

    /// Judges a whole file in place of `before`: it may use what it used.
    pub(crate) fn judge_file(before: &str, after: &str) -> Result<(), Inadmissible> {
        let imported = BTreeSet::new();
        let used = |text: &str| tokens(text).map(|stream| uses(&flatten(stream), &imported));
        let known: BTreeSet<String> =
            used(before).unwrap_or_default().into_iter().map(|found| found.what).collect();
        let found = used(after).map_err(|why| Inadmissible { why, at: 0 })?;
        match found.into_iter().find(|found| !known.contains(&found.what)) {
            Some(Use { what, at }) => Err(Inadmissible { why: what, at }),
            None => Ok(()),
        }
    }
}

/// A token with the little that the rules look at.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Token {
    text: String,
    is_word: bool,
    is_joint: bool,
    at: usize,
}

/// Something a text uses that a candidate may not introduce.
struct Use {
    what: String,
    at: usize,
}

fn flatten(stream: TokenStream) -> Vec<Token> {
    let mut all = Vec::new();
    flatten_into(stream, &mut all);
    all
}

fn flatten_into(stream: TokenStream, all: &mut Vec<Token>) {
    for token in stream {
        let at = token.span().byte_range().start;
        let mark = |text: String| Token { text, is_word: false, is_joint: false, at };
        match token {
            TokenTree::Group(group) => {
                let (open, close) = bracket(group.delimiter());
                all.push(mark(open.to_string()));
                flatten_into(group.stream(), all);
                all.push(mark(close.to_string()));
            }
            TokenTree::Ident(ident) => {
                all.push(Token { text: plain(&ident), is_word: true, is_joint: false, at });
            }
            TokenTree::Punct(punct) => {
                let is_joint = punct.spacing() == proc_macro2::Spacing::Joint;
                all.push(Token { text: punct.as_char().to_string(), is_word: false, is_joint, at });
            }
            TokenTree::Literal(_) => all.push(mark("\"".to_owned())),
        }
    }
}

/// Tokens with a look around.
struct Scan<'a> {
    tokens: &'a [Token],
}

impl Scan<'_> {
    fn text(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.tokens.get(index)).map_or("", |token| &token.text)
    }

    fn after(&self, index: usize, steps: usize) -> &str {
        self.text(index.checked_add(steps))
    }

    fn before(&self, index: usize, steps: usize) -> &str {
        self.text(index.checked_sub(steps))
    }

    fn is_lifetime(&self, index: usize) -> bool {
        self.before(index, 1) == "'"
    }

    /// A path goes on after this name, other than with type arguments.
    fn leads_on(&self, index: usize) -> bool {
        self.after(index, 1) == ":" && self.after(index, 2) == ":" && self.after(index, 3) != "<"
    }

    fn is_reached(&self, index: usize) -> bool {
        self.before(index, 1) == ":" && self.before(index, 2) == ":"
    }

    fn is_called(&self, index: usize) -> bool {
        self.after(index, 1) == "(" && !matches!(self.before(index, 1), "." | "fn")
    }

    fn is_macro(&self, index: usize) -> bool {
        let bang = self.tokens.get(index + 1);
        bang.is_some_and(|bang| bang.text == "!" && !(bang.is_joint && self.after(index, 2) == "="))
    }
}

/// Everything a text uses that needs the original's example. The same thing has the same name wherever it is found.
fn uses(tokens: &[Token], imported: &BTreeSet<String>) -> Vec<Use> {
    let scan = Scan { tokens };
    let speaks_of_paths =
        tokens.iter().any(|token| matches!(&*token.text, "Path" | "PathBuf" | "OsStr" | "OsString"));
    let mut found = Vec::new();
    let mut statement = Import::default();
    for (index, token) in tokens.iter().enumerate() {
        let mut refuse = |what: String| found.push(Use { what, at: token.at });
        statement.step(&scan, index);
        if token.text == "#" && matches!(scan.after(index, 1), "[" | "!") && !is_plain_attribute(&scan, index)
        {
            refuse("an attribute".to_owned());
        }
        if statement.inside && token.text == "*" && statement.of_std {
            refuse("a glob import of the standard library".to_owned());
        }
        if !token.is_word || scan.is_lifetime(index) {
            continue;
        }
        let word = &*token.text;
        if word.starts_with(RESERVED) {
            refuse(format!("the reserved name `{word}`"));
        }
        if !word.is_ascii() {
            refuse(format!("the name `{word}`, which is not ASCII"));
        }
        if KEYWORDS.contains(&word) && is_keyword_here(&scan, index) {
            refuse(format!("`{word}`"));
        }
        if word == "impl" && !is_type_position(&scan, index) {
            refuse("an `impl`".to_owned());
        }
        if MODULES.contains(&word) && (statement.inside || scan.leads_on(index)) && !scan.is_macro(index) {
            refuse(format!("the module `{word}`"));
        }
        if NAMES.contains(&word) && (statement.inside || scan.is_reached(index) || scan.is_called(index)) {
            refuse(format!("`{word}`"));
        }
        if MACROS.contains(&word)
            && (scan.is_macro(index) || (statement.inside && word != "file" && word != "line"))
        {
            refuse(format!("the macro `{word}!`"));
        }
        if PATH_METHODS.contains(&word) && speaks_of_paths && matches!(scan.before(index, 1), "." | ":") {
            refuse(format!("the file system, by `{word}`"));
        }
        if statement.inside
            && scan.after(index, 1) == "as"
            && matches!(word, "std" | "core" | "alloc" | "self")
        {
            refuse(format!("another name for `{word}`"));
        }
        if imported.contains(word) && scan.before(index, 1) != "." && !scan.is_reached(index) {
            refuse(format!("the import `{word}`"));
        }
    }
    found
}

/// Follows `use` statements.
#[derive(Default)]
struct Import {
    inside: bool,
    of_std: bool,
}

impl Import {
    fn step(&mut self, scan: &Scan<'_>, index: usize) {
        let token = &scan.tokens[index];
        match &*token.text {
            // `use<..>` names what an `impl Trait` captures.
            "use" if token.is_word && scan.after(index, 1) != "<" => {
                (self.inside, self.of_std) = (true, false)
            }
            ";" => self.inside = false,
            "std" | "core" | "alloc" if self.inside && token.is_word => self.of_std = true,
            _ => {}
        }
    }
}

fn is_keyword_here(scan: &Scan<'_>, index: usize) -> bool {
    let before_name = |next: &str| next.starts_with(|c: char| c.is_alphabetic() || c == '_');
    match scan.after(index, 0) {
        // Contextual words are names elsewhere.
        "union" => {
            before_name(scan.after(index, 1)) && scan.before(index, 1) != "." && scan.after(index, 2) == "{"
        }
        "macro" => before_name(scan.after(index, 1)),
        _ => true,
    }
}

/// Where `impl` can only begin a type; anything else could begin an item, also inside a macro call.
fn is_type_position(scan: &Scan<'_>, index: usize) -> bool {
    matches!(scan.before(index, 1), ":" | ">" | "&" | "<" | "mut") || scan.before(index, 2) == "'"
}

/// `#[derive(...)]` of the standard library, or documentation.
fn is_plain_attribute(scan: &Scan<'_>, index: usize) -> bool {
    match (scan.after(index, 1), scan.after(index, 2), scan.after(index, 3)) {
        ("[", "doc", "=") => scan.after(index, 5) == "]",
        ("[", "derive", "(") => {
            let inside = scan.tokens[index + 4..].iter().take_while(|token| token.text != ")");
            inside.clone().all(|token| token.text == "," || DERIVES.contains(&&*token.text))
                && scan.after(index, 4 + inside.count() + 1) == "]"
        }
        _ => false,
    }
}

/// Local names that a file's imports give to refused things.
fn forbidden_imports(file: &str) -> BTreeSet<String> {
    let mut imports = Imports::default();
    if let Ok(source) = Source::parse(file) {
        imports.visit_file(&source.file);
    }
    imports.0
}

#[derive(Default)]
struct Imports(BTreeSet<String>);

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&item.tree, &mut Vec::new());
    }
}

impl Imports {
    fn walk(&mut self, tree: &syn::UseTree, path: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(part) => {
                path.push(plain(&part.ident));
                self.walk(&part.tree, path);
                path.pop();
            }
            syn::UseTree::Name(name) => self.leaf(path, plain(&name.ident), plain(&name.ident)),
            syn::UseTree::Rename(rename) => self.leaf(path, plain(&rename.ident), plain(&rename.rename)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.walk(item, path)),
            syn::UseTree::Glob(_) if path.iter().any(|part| MODULES.contains(&&**part)) && !is_own(path) => {
                self.0.extend(BEHIND_GLOBS.map(String::from));
            }
            // Functions such as `stdout` are refused by their own names wherever they are called.
            syn::UseTree::Glob(_) => {}
        }
    }

    fn leaf(&mut self, path: &[String], name: String, local: String) {
        let local = if local == "self" { path.last().cloned().unwrap_or_default() } else { local };
        let refused = |part: &str| MODULES.contains(&part) || NAMES.contains(&part);
        let is_macro = MACROS.contains(&&*name);
        let reaches = path.iter().any(|part| refused(part)) || refused(&name) || is_macro;
        // `use std::process;` brings nothing new: paths through `process` are refused as such.
        if reaches && !is_own(path) && !(MODULES.contains(&&*local) && local == name) {
            self.0.insert(local);
        }
    }
}

/// Whether a path begins in the crate itself.
fn is_own(path: &[String]) -> bool {
    path.first().is_some_and(|first| matches!(&**first, "crate" | "self" | "super"))
}

fn plain(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// Finds the first item that a body may not hold.
struct Items(Option<(String, usize)>);

impl<'ast> Visit<'ast> for Items {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let what = match item {
            syn::Item::Fn(function) if function.sig.abi.is_none() => None,
            syn::Item::Const(_) | syn::Item::Use(_) | syn::Item::Type(_) => None,
            syn::Item::Struct(_) | syn::Item::Enum(_) => None,
            syn::Item::Impl(_) => Some("an `impl`"),
            syn::Item::Macro(_) => Some("a macro at the place of an item"),
            _ => Some("an item other than `fn`, `const`, `use`, `type`, `struct` or `enum`"),
        };
        if let (Some(what), None) = (what, &self.0) {
            let at = syn::spanned::Spanned::span(item).byte_range().start;
            self.0 = Some((what.to_owned(), at));
        }
        visit::visit_item(self, item);
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

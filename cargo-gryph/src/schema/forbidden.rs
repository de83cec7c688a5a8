//! The words a candidate may not introduce, and where in a text they stand.
//!
//! Tokens are read, not names resolved, so that no alias leads around a rule.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use crate::schema::source::bracket;

/// Names that begin like this belong to the schema.
pub(crate) const RESERVED: &str = "__gryph";

/// Modules of the standard library that reach outside the function.
pub(crate) const MODULES: [&str; 12] = [
    "process",
    "env",
    "fs",
    "thread",
    "os",
    "panic",
    "intrinsics",
    "rt",
    "backtrace",
    "panicking",
    "libc",
    "unistd",
];

/// Functions and types that do so by themselves, in a path, a `use` or a call.
pub(crate) const NAMES: [&str; 26] = [
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
pub(crate) const MACROS: [&str; 25] = [
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
pub(crate) const PATH_METHODS: [&str; 9] = [
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
pub(crate) const KEYWORDS: [&str; 7] = ["unsafe", "extern", "static", "mod", "trait", "macro", "union"];

const DERIVES: [&str; 9] =
    ["Debug", "Clone", "Copy", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash", "Default"];

/// A token with the little that the rules look at.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Token {
    text: String,
    is_word: bool,
    is_joint: bool,
    at: usize,
}

/// Something a text uses that a candidate may not introduce.
pub(crate) struct Use {
    pub(crate) what: String,
    pub(crate) at: usize,
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
pub(crate) fn uses(stream: TokenStream, imported: &BTreeSet<String>) -> Vec<Use> {
    let tokens = &flatten(stream)[..];
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

/// A name without the mark of a raw one.
pub(crate) fn plain(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

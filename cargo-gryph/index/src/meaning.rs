//! The text of an item that becomes its vector.
//!
//! The model reads 128 to 256 tokens and costs in proportion to them, so the text is short and begins with
//! what tells most: the path in words, the signature, the first paragraph of the documentation. What room is
//! left goes to the comments of the body and to the names it calls, which say what it does where nobody
//! documented it. Marks of the language are left out where words say the same.

use std::collections::HashSet;

use crate::chunk::cut;
use crate::item::{Item, Kind};
use crate::words;

/// How many bytes the text has at most, about 100 tokens.
pub const TEXT_LIMIT: usize = 400;

/// How many bytes the signature has at most.
const SIGNATURE_LIMIT: usize = 120;

/// How many bytes the documentation has at most.
const DOCS_LIMIT: usize = 180;

/// How many bytes of a body are looked at: names beyond would not fit.
const BODY_LIMIT: usize = 2_000;

/// Names that so many bodies call that they tell nothing.
const COMMON: [&str; 36] = [
    "if",
    "while",
    "for",
    "match",
    "return",
    "fn",
    "Some",
    "Ok",
    "Err",
    "None",
    "Box",
    "new",
    "clone",
    "into",
    "from",
    "iter",
    "unwrap",
    "expect",
    "as_ref",
    "as_mut",
    "to_string",
    "to_owned",
    "default",
    "map",
    "Self",
    "self",
    "move",
    "let",
    "in",
    "len",
    "assert",
    "assert_eq",
    "println",
    "write",
    "vec",
    "format",
];

/// Whether the documentation is part of the text. A benchmark that searches by it leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Docs {
    /// It is.
    With,
    /// It is not.
    Without,
}

/// The text that becomes the vector of an item, at most [`TEXT_LIMIT`] bytes.
pub fn text_for_vector(item: &Item, docs: Docs) -> String {
    let mut text = Text(distinct(&item.path));
    match item.kind {
        Kind::Example | Kind::Module | Kind::Document => {}
        _ => text.add(&plain_signature(&item.signature), SIGNATURE_LIMIT),
    }
    if let Some(of_trait) = item.of_trait.as_deref().filter(|_| item.kind != Kind::Impl) {
        text.add(of_trait, SIGNATURE_LIMIT);
    }
    if docs == Docs::With {
        text.add(&first_paragraph(&item.docs), DOCS_LIMIT);
    }
    text.add(&told_by(item), TEXT_LIMIT);
    text.0.truncate(cut(&text.0, TEXT_LIMIT).len());
    text.0
}

/// A text that grows by parts.
struct Text(String);

impl Text {
    /// Adds a part on a line of its own, at most so many bytes of it.
    fn add(&mut self, part: &str, limit: usize) {
        if !part.is_empty() && self.0.len() < TEXT_LIMIT {
            self.0.push('\n');
            self.0.push_str(cut(part, limit));
        }
    }
}

/// The words of names, without the wholes: `mini::Reader::next_line` is `mini reader next line`.
fn spaced(names: &str) -> String {
    let mut text = String::new();
    let mut last = None;
    for word in words::split(names) {
        // A whole stands before its first part, at the same place.
        if last == Some(word.position) {
            text.truncate(text.rfind(' ').unwrap_or(0));
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
        last = Some(word.position);
    }
    text
}

/// The words of names, each where it comes last, so that the last name stays whole: `mini::map::HashMap` is
/// `mini hash map`.
fn distinct(names: &str) -> String {
    let spaced = spaced(names);
    let mut seen = HashSet::new();
    let mut words: Vec<&str> = spaced.rsplit(' ').filter(|word| seen.insert(*word)).collect();
    words.reverse();
    words.join(" ")
}

/// What the body of an item tells: the first paragraph of a page's section, the names of a type's fields,
/// what a function calls.
fn told_by(item: &Item) -> String {
    match item.kind {
        Kind::Document => first_paragraph(&item.body),
        Kind::Struct | Kind::Enum | Kind::Union => distinct(&cut(&item.body, TEXT_LIMIT).replace("pub ", "")),
        _ => told_by_body(&item.body),
    }
}

/// A signature without what says nothing about meaning.
fn plain_signature(signature: &str) -> String {
    let mut rest = signature;
    for modifier in ["pub(crate) ", "pub(super) ", "pub ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(modifier).unwrap_or(rest);
    }
    rest.split(" where ").next().unwrap_or(rest).to_owned()
}

/// The first paragraph on one line, headings and tables apart.
fn first_paragraph(docs: &str) -> String {
    let lines =
        docs.lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with(['#', '|', '`']));
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    cut(&lines.join(" "), TEXT_LIMIT).to_owned()
}

/// The comments of a body and the names it calls, each once, in their order.
fn told_by_body(body: &str) -> String {
    let body = cut(body, BODY_LIMIT);
    let mut told = String::new();
    let mut seen: HashSet<&str> = COMMON.into_iter().collect();
    for line in body.lines().map(str::trim) {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        // Addresses have slashes too.
        let comment = if code.ends_with(':') { "" } else { comment };
        add(&mut told, comment.trim_start_matches(['/', '!']).trim());
        for name in called(code).filter(|name| seen.insert(name)) {
            add(&mut told, &spaced(name));
        }
        if told.len() >= TEXT_LIMIT {
            break;
        }
    }
    told
}

/// Adds words behind a blank.
fn add(told: &mut String, words: &str) {
    if !words.is_empty() {
        if !told.is_empty() {
            told.push(' ');
        }
        told.push_str(words);
    }
}

/// The names of a line of code that are called: those before a bracket, with or without `!`.
fn called(code: &str) -> impl Iterator<Item = &str> {
    code.match_indices('(').filter_map(|(at, _)| {
        let before = code[..at].trim_end_matches('!');
        let belongs = |c: char| c == '_' || c.is_alphanumeric();
        let start = before
            .rfind(|c| !belongs(c))
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        Some(&before[start..]).filter(|name| !name.is_empty())
    })
}

#[cfg(test)]
mod tests {
    //! The text says what tells most, first and once.

    use std::path::Path;

    use super::{Docs, TEXT_LIMIT, text_for_vector};
    use crate::chunk::items;

    /// The text of the first item.
    fn text(source: &str, docs: Docs) -> String {
        text_for_vector(&items("mini", Path::new("src/reader.rs"), source)[0], docs)
    }

    #[test]
    fn a_function_is_told_by_path_signature_docs_comments_and_calls() {
        let source = "/// Reads a line.\n///\n/// More.\npub const fn next_line(a: u8) -> u8 where u8: Copy {\n    \
                      // Skip blanks.\n    \
                      let x = self.skip_blanks(a).unwrap(); // \"http://a\"\n    MAX(x); skip_blanks(b)\n}";
        let expect = "mini reader next line\nfn next_line(a: u8) -> u8\nReads a line.\n\
                      Skip blanks. \"http://a\" skip blanks max";
        assert_eq!(text(source, Docs::With), expect);
        assert_eq!(text(source, Docs::Without), expect.replace("Reads a line.\n", ""));
    }

    #[test]
    fn a_type_is_told_by_its_fields() {
        let expect = "mini line reader\nstruct LineReader\nfile next number u 64";
        assert_eq!(text("pub struct LineReader { pub file: File, next_number: u64 }", Docs::With), expect);
    }

    #[test]
    fn the_text_is_short() {
        let source = format!("/// {0}\nfn {0}() {{ {0}(); // {0}\n }}", "ü".repeat(1_000));
        assert!(text(&source, Docs::With).len() <= TEXT_LIMIT);
    }
}

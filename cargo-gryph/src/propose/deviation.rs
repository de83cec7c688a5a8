//! Where a body's own words contradict the words of the description it is to fulfil.
//!
//! Examples are few, and most are plain ASCII; a body that measures bytes where the description counts characters passes
//! them all. So the words are compared too: facts of the text alone, no run and no model. A contradiction that is
//! certain from the words is strong, and a body with one is not to be accepted; a doubtful one is weak, and only lets
//! another body go first. Silence is no contradiction: where the description says nothing, neither is found.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use crate::hole::Hole;
use crate::propose::body;
use crate::propose::texts::byte_lengths;

/// A contradiction between a description and a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deviation {
    /// Whether the words leave no doubt.
    pub strong: bool,
    /// One sentence for who is to write it better.
    pub sentence: String,
}

/// A kind of characters or of letter case, with what `std` calls it for all of Unicode and for ASCII.
struct Family {
    /// What a description calls it.
    words: &'static [&'static str],
    unicode: &'static [&'static str],
    ascii: &'static [&'static str],
}

const FAMILIES: [Family; 6] = [
    Family {
        words: &["white space", "whitespace"],
        unicode: &["is_whitespace", "split_whitespace", "trim", "trim_start", "trim_end"],
        ascii: &[
            "is_ascii_whitespace",
            "split_ascii_whitespace",
            "trim_ascii",
            "trim_ascii_start",
            "trim_ascii_end",
        ],
    },
    Family {
        words: &["lower case", "lower-case", "lowercase"],
        unicode: &["to_lowercase"],
        ascii: &["to_ascii_lowercase", "make_ascii_lowercase"],
    },
    Family {
        words: &["upper case", "upper-case", "uppercase", "capital"],
        unicode: &["to_uppercase"],
        ascii: &["to_ascii_uppercase", "make_ascii_uppercase"],
    },
    Family {
        words: &["ignoring case", "ignores case", "case-insensitive", "regardless of case"],
        unicode: &["to_lowercase", "to_uppercase"],
        ascii: &["eq_ignore_ascii_case", "to_ascii_lowercase", "to_ascii_uppercase"],
    },
    Family { words: &["letter"], unicode: &["is_alphabetic"], ascii: &["is_ascii_alphabetic"] },
    Family { words: &["alphanumeric"], unicode: &["is_alphanumeric"], ascii: &["is_ascii_alphanumeric"] },
];

/// The contradictions between the description of a hole and a body; none where the body does not parse.
pub fn deviations(hole: &Hole, body: &str) -> Vec<Deviation> {
    let Ok(block) = body::parse(body) else { return Vec::new() };
    let doc = Wording::of(&hole.doc);
    let mut calls = Calls::default();
    calls.visit_block(&block);
    let mut found = Vec::new();
    found.extend(bytes_for_characters(hole, &doc, &block));
    found.extend(FAMILIES.iter().filter_map(|family| other_alphabet(family, &doc, &calls)));
    found.extend(other_function(&doc, &calls));
    found.extend(sign_in_digits(&doc, &calls));
    found.extend(silent_overflow(&doc, &calls));
    let mut told = BTreeSet::new();
    found.retain(|deviation| told.insert(deviation.sentence.clone()));
    found
}

/// Why a panic on a made-up input speaks against a body, if it does. Most panics do not: a made-up input may lie outside
/// what the description promises. But a body that cuts a text inside a character fails for ordinary texts, unless the
/// description speaks of bytes or restricts itself to ASCII.
pub fn objection_to_panic(hole: &Hole, call: &str, message: &str) -> Option<String> {
    let cuts = message.contains("char boundary") || message.contains("is_char_boundary");
    let doc = Wording::of(&hole.doc);
    (cuts && !doc.speaks_of("byte") && !doc.speaks_of("ascii")).then(|| {
        format!("It cuts a text inside a character, so `{call}` panics; go by `chars()` or `char_indices()`.")
    })
}

/// The words of a description, for comparing.
struct Wording {
    text: String,
    names: BTreeSet<String>,
}

impl Wording {
    fn of(doc: &str) -> Self {
        let text = doc.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let name = |part: &str| part.rsplit("::").next().unwrap_or(part).trim_end_matches("()").to_owned();
        let names = doc.split('`').skip(1).step_by(2).map(name).collect();
        Self { text, names }
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.contains(word))
    }

    fn names(&self, functions: &[&str]) -> bool {
        functions.iter().any(|function| self.names.contains(*function))
    }

    /// Whether it speaks of a word, as a word of its own or its plural.
    fn words(&self, wanted: &str) -> impl Iterator<Item = usize> {
        let words: Vec<&str> =
            self.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is_it = |word: &&str| *word == wanted || word.strip_suffix('s') == Some(wanted);
        let negated = |at: usize| {
            words[at.saturating_sub(2)..at].iter().any(|word| ["not", "never", "no"].contains(word))
        };
        let places: Vec<usize> = (0..words.len()).filter(|&at| is_it(&words[at]) && !negated(at)).collect();
        places.into_iter()
    }

    fn speaks_of(&self, wanted: &str) -> bool {
        self.words(wanted).next().is_some()
    }
}

/// The description counts characters and never speaks of bytes, except to exclude them; the body counts bytes.
fn bytes_for_characters(hole: &Hole, doc: &Wording, block: &syn::Block) -> Option<Deviation> {
    let characters = doc.speaks_of("character") || doc.speaks_of("char");
    if !characters || doc.speaks_of("byte") || doc.speaks_of("ascii") {
        return None;
    }
    let found = byte_lengths(&hole.signature, block);
    let first = found.first()?;
    Some(Deviation {
        strong: true,
        sentence: format!(
            "The description speaks of characters, but `{first}` counts bytes; count with `chars().count()`."
        ),
    })
}

/// All of Unicode where ASCII is asked for, or the other way round.
fn other_alphabet(family: &Family, doc: &Wording, calls: &Calls) -> Option<Deviation> {
    let unicode = calls.first(family.unicode);
    let ascii = calls.first(family.ascii);
    let named_unicode = doc.names(family.unicode);
    let named_ascii = doc.names(family.ascii);
    let wanted_ascii = named_ascii || family.words.iter().any(|word| doc.says(&[&format!("ascii {word}")]));
    let (strong, sentence) = match (unicode, ascii) {
        (None, Some(used)) if named_unicode && !wanted_ascii => (
            true,
            format!("The description names the function for all characters, but `{used}` knows ASCII only."),
        ),
        (None, Some(used)) if doc.speaks_of("unicode") && doc.says(family.words) && !wanted_ascii => {
            (true, format!("The description asks for Unicode, but `{used}` knows ASCII only."))
        }
        (Some(used), None) if wanted_ascii && !named_unicode => {
            (true, format!("The description asks for ASCII only, but `{used}` takes all characters."))
        }
        (None, Some(used)) if doc.says(family.words) && !doc.says(&["ascii"]) => {
            (false, format!("The description does not say ASCII, but `{used}` knows ASCII only."))
        }
        _ => return None,
    };
    Some(Deviation { strong, sentence })
}

/// The description names one direction of letter case, the body uses only the other.
fn other_function(doc: &Wording, calls: &Calls) -> Option<Deviation> {
    let pairs = [("to_lowercase", "to_uppercase"), ("to_uppercase", "to_lowercase")];
    let (named, used) = pairs.into_iter().find(|(named, other)| {
        doc.names(&[named]) && !doc.names(&[other]) && calls.has(other) && !calls.has(named)
    })?;
    let sentence = format!("The description names `{named}`, but the body uses `{used}` instead.");
    Some(Deviation { strong: true, sentence })
}

/// `parse` and `from_str_radix` take a leading `+`, which a text of digits does not have.
fn sign_in_digits(doc: &Wording, calls: &Calls) -> Option<Deviation> {
    const CHECKS: [&str; 6] = [
        "is_ascii_digit",
        "is_ascii_hexdigit",
        "is_digit",
        "to_digit",
        "is_numeric",
        "is_ascii_alphanumeric",
    ];
    let used = calls.first(&["from_str_radix", "parse"])?;
    if !doc.speaks_of("digit") || calls.first(&CHECKS).is_some() {
        return None;
    }
    let strong = doc.speaks_of("sign") || doc.says(&["only digits", "digits only", "exactly"]);
    let sentence = format!("The description speaks of digits, but `{used}` takes a `+` before them as well.");
    Some(Deviation { strong: strong && used == "from_str_radix", sentence })
}

/// Arithmetic that goes on after an overflow where the description says nothing of the kind.
fn silent_overflow(doc: &Wording, calls: &Calls) -> Option<Deviation> {
    if doc.says(&["wrap", "modul", "hash", "checksum", "overflow", "random", "saturat", "bit"]) {
        return None;
    }
    let used =
        calls.names.iter().find(|name| name.starts_with("wrapping_") || name.starts_with("overflowing_"))?;
    let sentence = format!("`{used}` goes on with a wrong number after an overflow.");
    Some(Deviation { strong: false, sentence })
}

/// The names of functions and methods a body uses.
#[derive(Default)]
struct Calls {
    names: BTreeSet<String>,
}

impl Calls {
    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn first<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| self.has(name))
    }
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        self.names.insert(node.method.to_string());
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        self.names.extend(node.path.segments.last().map(|last| last.ident.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hole::HoleId;
    use crate::tree::TreePath;

    fn strengths(signature: &str, doc: &str, body: &str) -> Vec<bool> {
        deviations(&hole(signature, doc), body).iter().map(|deviation| deviation.strong).collect()
    }

    fn hole(signature: &str, doc: &str) -> Hole {
        Hole {
            id: HoleId("f".to_owned()),
            path: TreePath::new("src/lib.rs").unwrap(),
            function: "f".to_owned(),
            signature: signature.to_owned(),
            doc: doc.to_owned(),
            context: String::new(),
            dependencies: Vec::new(),
            visible: Vec::new(),
            properties: Vec::new(),
            held_back: Vec::new(),
        }
    }

    #[test]
    fn a_cut_inside_a_character_speaks_against_a_body_and_other_panics_do_not() {
        let mut hole = hole("fn f(text: &str) -> String", "The start of `text`.");
        let cut = "end byte index 1 is not a char boundary; it is inside 'é'";
        assert!(objection_to_panic(&hole, "f(\"é\")", cut).unwrap().contains("`f(\"é\")`"));
        assert_eq!(objection_to_panic(&hole, "f(\"\")", "index out of bounds"), None);
        hole.doc = "The first byte of `text`.".to_owned();
        assert_eq!(objection_to_panic(&hole, "f(\"é\")", cut), None);
    }

    #[test]
    fn contradictions_of_doc_and_body_are_found_by_their_words() {
        let text = "fn f(text: &str) -> String";
        let longest = "let mut best = \"\"; for word in text.split_whitespace() { if word.len() > best.len() { best = word; } } best.to_string()";
        let cases: &[(&str, &str, &[bool])] = &[
            ("The longest word, measured in characters.", longest, &[true]),
            ("The longest word in characters, not bytes.", longest, &[true]),
            ("The longest word.", longest, &[]),
            ("The longest word in bytes; a character may have several bytes.", longest, &[]),
            ("Lower case by `str::to_lowercase`.", "text.to_ascii_lowercase()", &[true]),
            ("Lower case by `str::to_lowercase`.", "text.to_uppercase()", &[true]),
            ("Lower case by `str::to_lowercase`.", "text.to_lowercase()", &[]),
            ("Upper case by `char::to_ascii_uppercase`.", "text.to_uppercase()", &[true]),
            ("In upper case.", "text.to_ascii_uppercase()", &[false]),
            ("ASCII letters in upper case.", "text.to_ascii_uppercase()", &[]),
            ("Words at Unicode white space.", "text.split_ascii_whitespace().collect()", &[true]),
            ("Words at white space.", "text.split_whitespace().collect()", &[]),
            ("Four digits, no sign.", "u32::from_str_radix(text, 16).unwrap().to_string()", &[false]),
            ("Exactly four digits.", "u32::from_str_radix(text, 16).unwrap().to_string()", &[true]),
            (
                "Digits.",
                "if text.chars().all(|c| c.is_ascii_digit()) { text.parse::<u8>().unwrap().to_string() } else { String::new() }",
                &[],
            ),
            ("Adds.", "1u8.wrapping_add(2).to_string()", &[false]),
            ("Adds, wrapping around.", "1u8.wrapping_add(2).to_string()", &[]),
        ];
        for (doc, body, expected) in cases {
            assert_eq!(strengths(text, doc, body), *expected, "{doc}: {body}");
        }
    }
}

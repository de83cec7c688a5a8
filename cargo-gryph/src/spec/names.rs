//! Which texts may become names: of a project, a module, a function, a type.

use super::problem::Fault;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 64;

/// Words that Rust 2024 reserves or that read as such.
pub(super) const KEYWORDS: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "macro_rules",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// Crates of the toolchain, folders of Cargo and names that would clash with what is generated.
const TAKEN: &[&str] = &[
    "alloc",
    "bin",
    "build",
    "commands",
    "core",
    "deps",
    "examples",
    "incremental",
    "lib",
    "main",
    "mod",
    "proc_macro",
    "proptest",
    "src",
    "std",
    "target",
    "test",
    "tests",
    "clap",
];

/// Names that Windows gives to devices.
const DEVICES: &[&str] = &["aux", "com", "con", "lpt", "nul", "prn"];

/// What a name is for, which decides its form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NameKind {
    /// A package: lower case, digits, `-` and `_`.
    Project,
    /// A module: snake case, and a file name.
    Module,
    /// A function or an argument: snake case.
    Function,
    /// A type: upper camel case.
    Type,
    /// A command of a program: lower case, digits and `-`.
    Command,
}

impl NameKind {
    fn described(self) -> &'static str {
        match self {
            Self::Project => "project name",
            Self::Module => "module name",
            Self::Function => "function name",
            Self::Type => "type name",
            Self::Command => "command name",
        }
    }

    fn form(self) -> &'static str {
        match self {
            Self::Project => "lower-case letters, digits, `-` and `_`, a letter first",
            Self::Module | Self::Function => "snake_case: lower-case letters, digits and `_`, a letter first",
            Self::Type => "UpperCamelCase: letters and digits, an upper-case letter first",
            Self::Command => "lower-case letters, digits and `-`, a letter first",
        }
    }

    fn first(self, letter: char) -> bool {
        if self == Self::Type { letter.is_ascii_uppercase() } else { letter.is_ascii_lowercase() }
    }

    fn further(self, letter: char) -> bool {
        match self {
            Self::Project => {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-' || letter == '_'
            }
            Self::Module | Self::Function => {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'
            }
            Self::Type => letter.is_ascii_alphanumeric(),
            Self::Command => letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-',
        }
    }
}

/// Refuses what is not a plain name of its kind: wrong letters, keywords, names with a meaning of their own.
pub(super) fn check_name(name: &str, kind: NameKind) -> Result<(), Fault> {
    let fault = |message: String, hint: &str| Err(Fault::new(0..name.len(), message, hint));
    let shown = name.escape_debug().to_string();
    let what = kind.described();
    if name.chars().count() > LONGEST_NAME {
        return fault(
            format!("this {what} is longer than {LONGEST_NAME} characters"),
            "choose a shorter one",
        );
    }
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| kind.first(first)) && letters.all(|l| kind.further(l));
    if !plain || name.ends_with(['-', '_']) || name.contains("__") || name.contains("--") {
        return fault(format!("`{shown}` is not a {what}"), &format!("use {}", kind.form()));
    }
    let snake = name.replace('-', "_");
    if KEYWORDS.contains(&snake.as_str()) || name == "Self" {
        return fault(format!("`{shown}` is a keyword of Rust"), "choose another name");
    }
    let file = matches!(kind, NameKind::Project | NameKind::Module);
    let device = DEVICES.contains(&snake.trim_end_matches(|c: char| c.is_ascii_digit()));
    if file && (TAKEN.contains(&snake.as_str()) || device || snake.ends_with("_held_back")) {
        return fault(format!("`{shown}` has a meaning of its own as a {what}"), "choose another name");
    }
    if kind == NameKind::Function && ["main", "std", "core", "alloc", "proptest"].contains(&name) {
        return fault(format!("`{name}` cannot be the name of a function"), "choose another name");
    }
    Ok(())
}

/// Whether a project may be called so.
pub(crate) fn is_project_name(name: &str) -> bool {
    check_name(name, NameKind::Project).is_ok()
}

/// Whether a character would be invisible or reorder what is read: controls and bidirectional marks.
pub(super) fn is_deceptive(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{ad}')
}

/// Refuses deceptive characters and over-long texts.
pub(super) fn check_text(text: &str, longest: usize) -> Result<(), Fault> {
    if text.len() > longest {
        let message = format!("this text has {} bytes, more than {longest}", text.len());
        return Err(Fault::new(0..0, message, "shorten it"));
    }
    match text.char_indices().find(|(_, letter)| is_deceptive(*letter)) {
        Some((offset, letter)) => {
            let message = format!("the character U+{:04X} is not allowed here", u32::from(letter));
            let range = offset..offset + letter.len_utf8();
            Err(Fault::new(range, message, "remove it, or write it as a Rust escape inside a string literal"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_accepted() {
        let long = "a".repeat(65);
        for (name, kind, accepted) in [
            ("slugify", NameKind::Function, true),
            ("rot13", NameKind::Function, true),
            ("main", NameKind::Function, false),
            ("fn", NameKind::Function, false),
            ("proptest", NameKind::Function, false),
            ("gen", NameKind::Function, false),
            ("_x", NameKind::Function, false),
            ("a__b", NameKind::Function, false),
            ("größe", NameKind::Function, false),
            ("x;rm", NameKind::Function, false),
            ("", NameKind::Function, false),
            (&long, NameKind::Function, false),
            ("../up", NameKind::Module, false),
            ("/etc", NameKind::Module, false),
            ("con", NameKind::Module, false),
            ("com1", NameKind::Module, false),
            ("main", NameKind::Module, false),
            ("slug_held_back", NameKind::Module, false),
            ("slug", NameKind::Module, true),
            ("text-kit", NameKind::Project, true),
            ("{{x}}", NameKind::Project, false),
            ("$(x)", NameKind::Project, false),
            ("std", NameKind::Project, false),
            ("Money", NameKind::Type, true),
            ("money", NameKind::Type, false),
            ("Self", NameKind::Type, false),
            ("top-words", NameKind::Command, true),
            ("top_words", NameKind::Command, false),
        ] {
            assert_eq!(check_name(name, kind).is_ok(), accepted, "{name:?} as {kind:?}");
        }
    }

    #[test]
    fn hidden_characters_are_refused() {
        for text in ["a\u{202e}b", "a\u{0}b", "a\rb", "\u{feff}a", "zero\u{200b}width"] {
            assert!(check_text(text, 100).is_err(), "{text:?}");
        }
        assert!(check_text("Größe\n\tok — “yes”", 100).is_ok());
        assert!(check_text("abc", 2).is_err());
    }
}

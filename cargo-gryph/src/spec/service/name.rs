//! Names of a service's things: harmless in Rust, in SQL, in an address and in a file name, without quotes.

use std::fmt;

use serde::Serialize;

use super::reserved::{COLUMNS, CRATES, PLATFORM, SQL, TESTS, TYPES};
use crate::spec::fields::{Fields, Text, checked};
use crate::spec::names::{KEYWORDS, NameKind, check_name};
use crate::spec::problem::{Fault, Problems};

/// The longest name: PostgreSQL cuts identifiers at 63 bytes, and those of constraints hold two names.
pub const LONGEST_NAME: usize = 28;

/// A name in snake case that is no keyword of Rust, no reserved word of SQL and nothing of the platform's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// As it is written in a specification, a table and a module.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a type is called: `order_line` → `OrderLine`. Different names give different types.
    pub fn type_name(&self) -> String {
        self.0.split('_').map(capitalised).collect()
    }

    /// As an address has it: `order_line` → `order-line`.
    pub fn hyphenated(&self) -> String {
        self.0.replace('_', "-")
    }

    /// A name that is known to be sound.
    pub(super) fn known(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// What a name is for, which decides what it would clash with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Use {
    Entity,
    Plural,
    Field,
    Role,
    Service,
    Task,
    Choice,
}

impl Use {
    fn described(self) -> &'static str {
        match self {
            Self::Entity => "the name of an entity",
            Self::Plural => "a plural",
            Self::Field => "the name of a field",
            Self::Role => "a role",
            Self::Service => "the name of a service",
            Self::Task => "the name of a task",
            Self::Choice => "a choice",
        }
    }

    /// Why the platform keeps a name for itself, if it does.
    fn taken(self, name: &str) -> Option<&'static str> {
        let lists: &[(&'static [&'static str], &'static str)] = match self {
            Self::Entity => &[
                (SQL, "is a word of SQL"),
                (PLATFORM, "is a name of the platform"),
                (TYPES, "is a name that the code around every entity uses"),
                (TESTS, "is the name of a file of tests that is always there"),
            ],
            Self::Plural => &[
                (SQL, "is a word of SQL"),
                (PLATFORM, "is a name of the platform"),
                (TYPES, "is a name that the code around every entity uses"),
            ],
            Self::Field => &[(SQL, "is a word of SQL"), (COLUMNS, "is a name of the platform")],
            Self::Role => &[(&["admin", "anonymous", "public", "nobody"], "has a meaning of its own")],
            Self::Service => &[
                (PLATFORM, "is a name of the platform"),
                (CRATES, "is the name of a crate that is always there"),
            ],
            Self::Task => &[
                (PLATFORM, "is a name of the platform"),
                (TESTS, "is the name of a file of tests that is always there"),
            ],
            Self::Choice => &[],
        };
        lists.iter().find(|(list, _)| list.contains(&name)).map(|(_, why)| *why)
    }
}

/// Reads a required name.
pub(super) fn required(fields: &mut Fields<'_>, of: Use, problems: &mut Problems<'_>) -> Option<Name> {
    let text = fields.required_text("name", problems)?;
    name(&text, of, problems)
}

/// Reads a name.
pub(super) fn name(text: &Text, of: Use, problems: &mut Problems<'_>) -> Option<Name> {
    checked(text, |text| check(text, of), problems)
}

/// Refuses what is not a harmless name.
pub(super) fn check(text: &str, of: Use) -> Result<Name, Fault> {
    let fault = |message: String, hint: &str| Err(Fault::new(0..text.len(), message, hint));
    let what = of.described();
    if text.chars().count() > LONGEST_NAME {
        return fault(format!("{what} has at most {LONGEST_NAME} characters"), "choose a shorter one");
    }
    let shown = text.escape_debug();
    if !is_snake_case(text) || (of == Use::Entity && text.find('_').unwrap_or(text.len()) < 2) {
        let hint =
            "use snake_case: words of lower-case letters and digits, each with a letter first, joined by `_`";
        return fault(format!("`{shown}` is not {what}"), hint);
    }
    if KEYWORDS.contains(&text) && (of != Use::Choice || text == "self") {
        return fault(format!("`{shown}` is a keyword of Rust"), "choose another name");
    }
    if let Some(why) = of.taken(text) {
        return fault(format!("`{shown}` cannot be {what}: it {why}"), "choose another name");
    }
    if matches!(of, Use::Entity | Use::Plural | Use::Service | Use::Task) {
        check_name(text, NameKind::Module)?;
    }
    Ok(Name::known(text))
}

/// What is said before the name of one thing.
pub fn article(name: &str) -> &'static str {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    let spoken_you = ["uni", "use", "eu", "one"].iter().any(|start| name.starts_with(start));
    let silent_h = ["hour", "honour", "honor", "heir"].iter().any(|start| name.starts_with(start));
    if vowel && !spoken_you || silent_h { "an" } else { "a" }
}

/// Whether something may be called so.
pub(crate) fn is_name(text: &str, of: Use) -> bool {
    check(text, of).is_ok()
}

/// `[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*`
fn is_snake_case(text: &str) -> bool {
    text.split('_').all(|word| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    })
}

/// Whether a module of functions would lie where the platform's own does.
pub(super) fn is_platform(module: &str) -> bool {
    PLATFORM.contains(&module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_names_are_accepted() {
        for (name, of, accepted) in [
            ("bookmark", Use::Entity, true),
            ("order_line", Use::Entity, true),
            ("order", Use::Entity, false),
            ("select", Use::Entity, false),
            ("fn", Use::Entity, false),
            ("user", Use::Entity, false),
            ("option", Use::Entity, false),
            ("string", Use::Entity, false),
            ("con", Use::Entity, false),
            ("a_b_c", Use::Entity, false),
            ("line_1", Use::Entity, false),
            ("users", Use::Plural, false),
            ("tasks", Use::Plural, false),
            ("read", Use::Field, true),
            ("x", Use::Field, true),
            ("id", Use::Field, false),
            ("group", Use::Field, false),
            ("type", Use::Field, false),
            ("member", Use::Role, true),
            ("admin", Use::Role, false),
            ("public", Use::Role, false),
            ("gateway", Use::Service, false),
            ("rules", Use::Service, false),
            ("rule", Use::Service, true),
            ("open", Use::Choice, true),
            ("type", Use::Choice, true),
            ("self", Use::Choice, false),
            ("x'; drop table users; --", Use::Field, false),
            ("{{ 7 * 7 }}", Use::Field, false),
            ("../up", Use::Entity, false),
            ("größe", Use::Field, false),
            ("", Use::Field, false),
            ("a__b", Use::Field, false),
            ("twenty_nine_characters_is_over", Use::Field, false),
        ] {
            assert_eq!(check(name, of).is_ok(), accepted, "{name:?} as {of:?}");
        }
    }

    #[test]
    fn names_have_articles() {
        assert_eq!(
            ["entry", "user", "order_line", "unit", "hour"].map(article),
            ["an", "a", "an", "a", "an"]
        );
    }

    #[test]
    fn names_have_a_type_and_an_address() {
        let name = check("order_line", Use::Entity).unwrap();
        assert_eq!((name.type_name().as_str(), name.hyphenated().as_str()), ("OrderLine", "order-line"));
    }
}

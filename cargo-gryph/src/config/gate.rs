//! The table `[gate]` of a repository's `.config/gryph.toml`: the profile, and what is waived until when.

use serde::{Deserialize, Serialize};

use crate::config::Mistake;
use crate::tree::TreePath;

/// How strict the gate is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The rules as they are.
    #[default]
    Default,
    /// Warnings ask, limits are higher.
    Strict,
    /// What code that a machine wrote must meet; it always holds for lines with provenance.
    Generated,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Default, Self::Strict, Self::Generated];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Generated => "generated",
        }
    }
}

/// A waiver in the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaiverEntry {
    /// The rule that is waived.
    pub rule: String,
    /// The file or directory in which it is.
    pub path: TreePath,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Day,
    /// The line of the configuration that names the rule, from 1.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryText {
    rule: toml::Spanned<String>,
    path: TreePath,
    #[serde(default)]
    reason: String,
    expires: Day,
}

/// A day, in TOML a date without a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(try_from = "toml::value::Datetime")]
pub struct Day(jiff::civil::Date);

impl Day {
    /// The day of a date.
    pub fn new(date: jiff::civil::Date) -> Self {
        Self(date)
    }
}

impl TryFrom<toml::value::Datetime> for Day {
    type Error = String;

    fn try_from(written: toml::value::Datetime) -> Result<Self, String> {
        let odd = || format!("`{written}` is not a day such as 2027-01-31");
        let date = written.date.filter(|_| written.time.is_none()).ok_or_else(odd)?;
        let year = i16::try_from(date.year).map_err(|_| odd())?;
        let (month, day) = (i8::try_from(date.month), i8::try_from(date.day));
        let (Ok(month), Ok(day)) = (month, day) else { return Err(odd()) };
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| odd())
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What the table holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GateTable {
    /// The profile.
    pub profile: Profile,
    /// The waivers, in the order of the file.
    pub waivers: Vec<WaiverEntry>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TableText {
    profile: Profile,
    waiver: Vec<EntryText>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    gate: TableText,
}

impl GateTable {
    /// Where it stands in a repository.
    pub const PATH: &'static str = ".config/gryph.toml";

    /// The table in the text of a configuration; an empty one where there is none. Other settings are not looked at.
    ///
    /// # Errors
    /// The first mistake.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let file: File = toml::from_str(text).map_err(|error| Mistake::read(text, &error))?;
        let entry = |EntryText { rule, path, reason, expires }| {
            let line = Mistake::at(text, rule.span().start, "").line;
            WaiverEntry { rule: rule.into_inner(), path, reason, expires, line }
        };
        Ok(Self { profile: file.gate.profile, waivers: file.gate.waiver.into_iter().map(entry).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_other_settings_are_left_alone() {
        let text = "coverage = 90.0\n[gate]\nprofile = 'strict'\n[[gate.waiver]]\nrule = 'a'\npath = 'src/a.rs'\n\
                    reason = 'r'\nexpires = 2027-01-31\n";
        let table = GateTable::read(text).unwrap();
        assert_eq!(table.profile, Profile::Strict);
        assert_eq!(table.waivers[0].expires.to_string(), "2027-01-31");
        assert_eq!(GateTable::read("coverage = 90.0").unwrap(), GateTable::default());
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let entry = |line: &str| format!("[[gate.waiver]]\nrule = 'a'\npath = 'a'\n{line}\n");
        let cases = [
            ("[gate]\nprofile = 'strikt'".to_owned(), "2:11: unknown word `strikt`; did you mean `strict`?"),
            ("[gate]\nprofil = 'strict'".to_owned(), "2:1: unknown key `profil`; did you mean `profile`?"),
            (entry("expire = 2027-01-31"), "4:1: unknown key `expire`; did you mean `expires`?"),
            (entry(""), "missing field `expires`"),
            (entry("expires = 2027-01-31T10:00:00"), "is not a day such as"),
            (entry("expires = '2027-01-31'"), "4:"),
        ];
        for (text, part) in cases {
            let mistake = GateTable::read(&text).expect_err(part).to_string();
            assert!(mistake.contains(part), "{mistake}");
        }
    }
}

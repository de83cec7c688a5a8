//! One layer of settings: a file, the environment or the flags.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::config::ConfigError;
use crate::config::gate::GateTable;
use crate::config::key::{Key, Value};
use crate::config::trust;
use crate::similar::nearest;

/// Values with their origins.
pub type Values = BTreeMap<Key, (Value, Origin)>;

/// Where a value stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// In the embedded defaults.
    Default,
    /// In the user's file.
    User(PathBuf),
    /// In the workspace's file.
    Workspace(PathBuf),
    /// In a variable.
    Environment(String),
    /// In a flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("the defaults"),
            Self::User(path) | Self::Workspace(path) => write!(formatter, "`{}`", path.display()),
            Self::Environment(variable) => write!(formatter, "the variable `{variable}`"),
            Self::Flag(flag) => write!(formatter, "the flag `{flag}`"),
        }
    }
}

/// Variables that start like settings and are none. Names that start with `GRYPH_TEST_` or end with `_TESTS` belong to
/// the tests.
pub const OTHER_VARIABLES: &[&str] =
    &["GRYPH_HOME", "GRYPH_LOG", "GRYPH_HUB", "GRYPH_APPROVAL", "GRYPH_KEY_FILE"];

fn is_setting(variable: &str) -> bool {
    let of_tests = variable.starts_with("GRYPH_TEST_") || variable.ends_with("_TESTS");
    variable.starts_with("GRYPH_") && !of_tests && !OTHER_VARIABLES.contains(&variable)
}

/// A configuration file is short; a longer one is a mistake.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The values of a file; none when it is not there.
pub(super) fn file(origin: &Origin) -> Result<Values, ConfigError> {
    let (Origin::User(path) | Origin::Workspace(path)) = origin else { return Ok(Values::new()) };
    let failed = |source| ConfigError::Read { path: path.clone(), source };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Values::new()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if metadata.len() > MAX_FILE_BYTES => {
            return Err(failed(io::Error::other("it is larger than 1 MiB")));
        }
        Ok(_) => {}
    }
    parse(origin, &std::fs::read_to_string(path).map_err(failed)?)
}

/// The values of a file's text.
pub(super) fn parse(origin: &Origin, text: &str) -> Result<Values, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
        origin: origin.clone(),
        reason: error.to_string(),
    })?;
    let is_workspace = matches!(origin, Origin::Workspace(_));
    if is_workspace && table.contains_key(GATE) {
        // What it says is read from the base of a change, never from here; that it can be read shows early.
        GateTable::read(text)
            .map_err(|mistake| ConfigError::Syntax { origin: origin.clone(), reason: mistake.to_string() })?;
    }
    if is_workspace && table.contains_key(TRUST) {
        // The same.
        trust::read(text)
            .map_err(|error| ConfigError::Syntax { origin: origin.clone(), reason: error.to_string() })?;
    }
    let is_of_gate = |name: &str| is_workspace && [GATE, TRUST].contains(&name);
    let settings = table.iter().filter(|(name, _)| !is_of_gate(name));
    settings.map(|(name, value)| entry(origin, name, value)).collect()
}

/// The table that `cargo gryph gate` reads itself.
const GATE: &str = "gate";

/// The table that names the keys whose signatures count.
const TRUST: &str = "trust";

fn entry(origin: &Origin, name: &str, value: &toml::Value) -> Result<(Key, (Value, Origin)), ConfigError> {
    let key = known(origin, name, name)?;
    let shown = value.to_string();
    refuse_secret(origin, name, shown.trim_matches('"'))?;
    let read = key.kind().read_toml(value).ok_or_else(|| invalid(key, origin, &shown))?;
    Ok((key, (read, origin.clone())))
}

/// The values of variables.
pub(super) fn environment(variables: &BTreeMap<String, String>) -> Result<Values, ConfigError> {
    variables
        .keys()
        .filter(|variable| is_setting(variable))
        .map(|variable| {
            let name = variable["GRYPH_".len()..].replace('_', "-").to_lowercase();
            typed(&Origin::Environment(variable.clone()), variable, &name, &variables[variable])
        })
        .collect()
}

/// The values of flags.
pub(super) fn flags(flags: &BTreeMap<String, String>) -> Result<Values, ConfigError> {
    flags.iter().map(|(name, text)| typed(&Origin::Flag(format!("--{name}")), name, name, text)).collect()
}

fn typed(
    origin: &Origin,
    written: &str,
    name: &str,
    text: &str,
) -> Result<(Key, (Value, Origin)), ConfigError> {
    let key = known(origin, written, name)?;
    refuse_secret(origin, name, text)?;
    let read = key.kind().read_text(text).ok_or_else(|| invalid(key, origin, text))?;
    Ok((key, (read, origin.clone())))
}

fn known(origin: &Origin, written: &str, name: &str) -> Result<Key, ConfigError> {
    if let Some(key) = Key::ALL.iter().find(|key| key.name() == name) {
        return Ok(*key);
    }
    if names_secret(name) {
        return Err(ConfigError::Secret { key: written.to_owned(), origin: origin.clone() });
    }
    let suggestion = nearest(name, Key::ALL.iter().map(|key| key.name())).map(str::to_owned);
    Err(ConfigError::Unknown { key: written.to_owned(), origin: origin.clone(), suggestion })
}

/// Shows at most so many characters of a value that is wrong.
const SHOWN: usize = 60;

fn invalid(key: Key, origin: &Origin, found: &str) -> ConfigError {
    ConfigError::Invalid {
        key: key.name().to_owned(),
        origin: origin.clone(),
        found: found.chars().take(SHOWN).collect(),
        expected: key.kind().to_string(),
    }
}

fn names_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('_', "-");
    ["secret", "password", "passwd", "credential", "api-key", "apikey", "private-key"]
        .iter()
        .any(|part| name.contains(part))
        || name == "token"
        || name.ends_with("-token")
        || name.ends_with("-key")
}

fn refuse_secret(origin: &Origin, name: &str, value: &str) -> Result<(), ConfigError> {
    let prefixes =
        ["sk-", "ghp_", "gho_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "hf_", "-----BEGIN"];
    match prefixes.iter().any(|prefix| value.starts_with(prefix)) {
        true => Err(ConfigError::Secret { key: name.to_owned(), origin: origin.clone() }),
        false => Ok(()),
    }
}

//! Settings in layers, each value with the place it came from.
//!
//! The embedded [`DEFAULTS`] are the reference. Nothing here reads the environment or finds directories: [`Sources`]
//! says what was found.

pub mod gate;
pub mod key;
pub mod layer;
mod mistake;
pub mod trust;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::key::{Key, Value};

pub use gate::{Day, GateTable, Profile, WaiverEntry};
pub use layer::{Origin, Values};
pub use mistake::Mistake;

/// The defaults with a comment for each key.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// Where settings are looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sources {
    /// The user's configuration file; it need not exist.
    pub user: Option<PathBuf>,
    /// The workspace's; it need not exist.
    pub workspace: Option<PathBuf>,
    /// What stands in the workspace's, where it is not to be read from the disk.
    pub workspace_text: Option<String>,
    /// The environment, as far as it starts with `GRYPH_`.
    pub environment: BTreeMap<String, String>,
    /// Flags that were given, by the key of the setting; the text as it was typed.
    pub flags: BTreeMap<String, String>,
}

/// A value and the layer it came from.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// The layer.
    pub origin: Origin,
}

/// Which sandbox is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SandboxChoice {
    /// The best there is.
    Auto,
    /// Bubblewrap only.
    Bubblewrap,
    /// Landlock, seccomp and limits only.
    Landlock,
}

/// All settings, valid.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// The model's id.
    pub model: Setting<String>,
    /// Rounds of proposals for a function.
    pub rounds: Setting<u32>,
    /// Samples in a round.
    pub samples: Setting<u32>,
    /// Tokens of a sample at most.
    pub max_tokens: Setting<u32>,
    /// Time for a function at most.
    pub max_time: Setting<Duration>,
    /// Threads of the model; 0 is one for each core.
    pub threads: Setting<u32>,
    /// Builds and runs at once; 0 is one for each core.
    pub jobs: Setting<u32>,
    /// The sandbox that is wanted.
    pub sandbox: Setting<SandboxChoice>,
    /// Layers the sandbox must have.
    pub sandbox_layers: Setting<Vec<String>>,
    /// Whether the network is never used.
    pub offline: Setting<bool>,
    /// Whether proposers are shown items of the crates at hand.
    pub retrieval: Setting<bool>,
    /// Whether what was accepted for the same question before is tried first.
    pub memory: Setting<bool>,
    /// Per cent of the generated lines that tests must run.
    pub coverage: Setting<f64>,
    /// Where the advisory database is; empty for none.
    pub advisory_db: Setting<String>,
}

/// What is wrong with a setting or the file that holds it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is there and cannot be read.
    #[error("cannot read configuration `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A file is not TOML.
    #[error("configuration {origin} is not valid: {reason}")]
    Syntax {
        /// The file.
        origin: Origin,
        /// The reason, with line and column.
        reason: String,
    },
    /// A key is not known.
    #[error("unknown setting `{key}` in {origin}{}", meant(.suggestion.as_deref()))]
    Unknown {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The known key it looks like.
        suggestion: Option<String>,
    },
    /// A value is of another type or outside its limits.
    #[error("setting `{key}` in {origin} is `{found}`, expected {expected}")]
    Invalid {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The value.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// A variable or flag asks for less than the files do.
    #[error("setting `{key}` in {origin} asks for less than {} in {lower}; it may only be tightened", .required)]
    Loosened {
        /// The key.
        key: String,
        /// Where the looser value stands.
        origin: Origin,
        /// The value below.
        required: String,
        /// Where that stands.
        lower: Origin,
    },
    /// A key or value looks like a secret.
    #[error("`{key}` in {origin} looks like a secret; secrets do not belong into configuration")]
    Secret {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
    },
}

impl ConfigError {
    /// What the user can do, when there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unknown { .. } | Self::Invalid { .. } => Some("docs/configuration.md lists all settings"),
            Self::Secret { .. } => Some("remove it there, and replace the secret if the file was shared"),
            Self::Loosened { .. } => Some("change the file, where the change can be reviewed"),
            Self::Read { .. } | Self::Syntax { .. } => None,
        }
    }
}

fn meant(known: Option<&str>) -> String {
    known.map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

impl Settings {
    /// Reads all layers.
    ///
    /// # Errors
    /// The first problem, in the order of the layers.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut merged = layer::parse(&Origin::Default, DEFAULTS)?;
        let user = sources.user.clone().map(Origin::User);
        let workspace = sources.workspace.clone().map(Origin::Workspace);
        if let Some(origin) = user {
            merged.extend(layer::file(&origin)?);
        }
        if let Some(origin) = workspace {
            merged.extend(match &sources.workspace_text {
                Some(text) => layer::parse(&origin, text)?,
                None => layer::file(&origin)?,
            });
        }
        lay_over(&mut merged, layer::environment(&sources.environment)?)?;
        lay_over(&mut merged, layer::flags(&sources.flags)?)?;
        Ok(Self::from_merged(&merged))
    }

    fn from_merged(merged: &Values) -> Self {
        Self {
            model: setting(merged, Key::Model, Value::into_text),
            rounds: setting(merged, Key::Rounds, Value::into_count),
            samples: setting(merged, Key::Samples, Value::into_count),
            max_tokens: setting(merged, Key::MaxTokens, Value::into_count),
            max_time: setting(merged, Key::MaxTime, Value::into_duration),
            threads: setting(merged, Key::Threads, Value::into_count),
            jobs: setting(merged, Key::Jobs, Value::into_count),
            sandbox: setting(merged, Key::Sandbox, |value| SandboxChoice::named(&value.into_text())),
            sandbox_layers: setting(merged, Key::SandboxLayers, Value::into_list),
            offline: setting(merged, Key::Offline, Value::into_switch),
            retrieval: setting(merged, Key::Retrieval, Value::into_switch),
            memory: setting(merged, Key::Memory, Value::into_switch),
            coverage: setting(merged, Key::Coverage, Value::into_number),
            advisory_db: setting(merged, Key::AdvisoryDb, Value::into_text),
        }
    }
}

impl SandboxChoice {
    fn named(name: &str) -> Self {
        match name {
            "bubblewrap" => Self::Bubblewrap,
            "landlock" => Self::Landlock,
            _ => Self::Auto, // The key admits these three names only.
        }
    }
}

fn setting<T>(merged: &Values, key: Key, convert: fn(Value) -> T) -> Setting<T> {
    let (value, origin) = merged.get(&key).expect("the defaults hold every key, a test shows it").clone();
    Setting { value: convert(value), origin }
}

/// Lays the variables or flags over the files.
fn lay_over(merged: &mut Values, layer: Values) -> Result<(), ConfigError> {
    for (key, (value, origin)) in layer {
        let found = merged.remove(&key).expect("the defaults hold every key, a test shows it");
        let tightened = match (key, found) {
            (Key::Coverage, found) => no_lower(key, found, (value, origin))?,
            (Key::SandboxLayers, (Value::List(required), _)) => (Value::List(union(required, value)), origin),
            _ => (value, origin),
        };
        merged.insert(key, tightened);
    }
    Ok(())
}

fn no_lower(
    key: Key,
    found: (Value, Origin),
    wanted: (Value, Origin),
) -> Result<(Value, Origin), ConfigError> {
    let (required, lower) = found;
    let (asked, origin) = wanted;
    match asked.clone().into_number() < required.clone().into_number() {
        true => Err(ConfigError::Loosened {
            key: key.name().to_owned(),
            origin,
            required: required.to_string(),
            lower,
        }),
        false => Ok((asked, origin)),
    }
}

fn union(mut required: Vec<String>, more: Value) -> Vec<String> {
    for layer in more.into_list() {
        if !required.contains(&layer) {
            required.push(layer);
        }
    }
    required
}

#[cfg(test)]
mod tests;

//! The keys of settings, and what each may hold.

use std::fmt;
use std::time::Duration;

/// A setting's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "each is explained in defaults.toml, the reference")]
pub enum Key {
    Model,
    Rounds,
    Samples,
    MaxTokens,
    MaxTime,
    Threads,
    Jobs,
    Sandbox,
    SandboxLayers,
    Offline,
    Coverage,
    AdvisoryDb,
    Retrieval,
    Memory,
}

/// What a setting may hold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// A name of letters, digits and `.`, `_`, `-`.
    Name,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Several of these.
    Choices(&'static [&'static str]),
    /// A whole number from and to.
    Count(u32, u32),
    /// A number from and to.
    Number(f64, f64),
    /// `90s`, `5m`, `1h`; more than nothing, a week at most.
    Duration,
    /// `true` or `false`.
    Switch,
    /// A path or an address; empty for none.
    Place,
}

/// What a setting holds.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A name or a choice.
    Text(String),
    /// A whole number.
    Count(u32),
    /// A number.
    Number(f64),
    /// A time.
    Duration(Duration),
    /// On or off.
    Switch(bool),
    /// Several names.
    List(Vec<String>),
}

/// The layers a sandbox may have, as `sandbox::Layer` serialises them, and `no-network` for either layer that
/// keeps the network away.
pub const LAYERS: &[&str] = &[
    "user-namespace",
    "mount-namespace",
    "pid-namespace",
    "network-namespace",
    "no-sockets",
    "landlock",
    "seccomp",
    "resource-limits",
    "no-capabilities",
    "signal-isolation",
    "dies-with-parent",
    "no-network",
];

impl Key {
    /// All keys, in the order of the reference.
    pub const ALL: &'static [Self] = &[
        Self::Model,
        Self::Rounds,
        Self::Samples,
        Self::MaxTokens,
        Self::MaxTime,
        Self::Threads,
        Self::Jobs,
        Self::Sandbox,
        Self::SandboxLayers,
        Self::Offline,
        Self::Coverage,
        Self::AdvisoryDb,
        Self::Retrieval,
        Self::Memory,
    ];

    /// The key as it is written in a file, and after `--`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rounds => "rounds",
            Self::Samples => "samples",
            Self::MaxTokens => "max-tokens",
            Self::MaxTime => "max-time",
            Self::Threads => "threads",
            Self::Jobs => "jobs",
            Self::Sandbox => "sandbox",
            Self::SandboxLayers => "sandbox-layers",
            Self::Offline => "offline",
            Self::Coverage => "coverage",
            Self::AdvisoryDb => "advisory-db",
            Self::Retrieval => "retrieval",
            Self::Memory => "memory",
        }
    }

    /// The variable that sets it.
    pub fn variable(self) -> String {
        format!("GRYPH_{}", self.name().replace('-', "_").to_uppercase())
    }

    /// What it may hold.
    pub fn kind(self) -> Kind {
        match self {
            Self::Model => Kind::Name,
            Self::Rounds => Kind::Count(1, 100),
            Self::Samples => Kind::Count(1, 256),
            Self::MaxTokens => Kind::Count(16, 8192),
            Self::MaxTime => Kind::Duration,
            Self::Threads | Self::Jobs => Kind::Count(0, 1024),
            Self::Sandbox => Kind::Choice(&["auto", "bubblewrap", "landlock"]),
            Self::SandboxLayers => Kind::Choices(LAYERS),
            Self::Offline | Self::Retrieval | Self::Memory => Kind::Switch,
            Self::Coverage => Kind::Number(0.0, 100.0),
            Self::AdvisoryDb => Kind::Place,
        }
    }
}

impl Kind {
    /// A value of a file.
    pub fn read_toml(self, value: &toml::Value) -> Option<Value> {
        let checked = match (self, value) {
            (Self::Count(..), toml::Value::Integer(number)) => Value::Count(u32::try_from(*number).ok()?),
            (Self::Number(..), toml::Value::Float(number)) => Value::Number(*number),
            (Self::Number(..), toml::Value::Integer(number)) => Value::Number(*number as f64),
            (Self::Switch, toml::Value::Boolean(on)) => Value::Switch(*on),
            (Self::Choices(_), toml::Value::Array(values)) => Value::List(
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            ),
            (Self::Name | Self::Choice(_) | Self::Duration | Self::Place, toml::Value::String(text)) => {
                return self.read_text(text);
            }
            _ => return None,
        };
        self.admits(&checked).then_some(checked)
    }

    /// A value of a variable or flag; a list has commas between its parts.
    pub fn read_text(self, text: &str) -> Option<Value> {
        let read = match self {
            Self::Name | Self::Choice(_) | Self::Place => Value::Text(text.to_owned()),
            Self::Choices(_) => Value::List(
                text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            ),
            Self::Count(..) => Value::Count(text.parse().ok()?),
            Self::Number(..) => Value::Number(text.parse().ok()?),
            Self::Duration => Value::Duration(duration(text)?),
            Self::Switch => Value::Switch(match text {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return None,
            }),
        };
        self.admits(&read).then_some(read)
    }

    fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Name, Value::Text(text)) => is_name(text),
            (Self::Place, Value::Text(text)) => text.len() <= 1024 && !text.chars().any(char::is_control),
            (Self::Choice(names), Value::Text(text)) => names.contains(&text.as_str()),
            (Self::Choices(names), Value::List(list)) => {
                list.iter().all(|text| names.contains(&text.as_str()))
            }
            (Self::Count(from, to), Value::Count(count)) => (from..=to).contains(count),
            (Self::Number(from, to), Value::Number(number)) => (from..=to).contains(number),
            (Self::Duration, Value::Duration(_)) | (Self::Switch, Value::Switch(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => formatter.write_str("a name of letters, digits, `.`, `_` and `-`"),
            Self::Choice(names) => write!(formatter, "one of {}", names.join(", ")),
            Self::Choices(names) => write!(formatter, "a list of {}", names.join(", ")),
            Self::Count(from, to) => write!(formatter, "a whole number from {from} to {to}"),
            Self::Number(from, to) => write!(formatter, "a number from {from} to {to}"),
            Self::Duration => formatter.write_str("a time such as 90s, 5m or 1h"),
            Self::Switch => formatter.write_str("true or false"),
            Self::Place => formatter.write_str("a path or an address"),
        }
    }
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
}

const WEEK: u64 = 7 * 24 * 3600;

fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let factor = match &text[unit..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let seconds = text[..unit].parse::<u64>().ok()?.checked_mul(factor)?;
    (1..=WEEK).contains(&seconds).then(|| Duration::from_secs(seconds))
}

const KIND: &str = "the key's kind admits no other value";

impl Value {
    pub(super) fn into_text(self) -> String {
        if let Self::Text(text) = self { Some(text) } else { None }.expect(KIND)
    }

    pub(super) fn into_count(self) -> u32 {
        if let Self::Count(count) = self { Some(count) } else { None }.expect(KIND)
    }

    pub(super) fn into_number(self) -> f64 {
        if let Self::Number(number) = self { Some(number) } else { None }.expect(KIND)
    }

    pub(super) fn into_duration(self) -> Duration {
        if let Self::Duration(duration) = self { Some(duration) } else { None }.expect(KIND)
    }

    pub(super) fn into_switch(self) -> bool {
        if let Self::Switch(on) = self { Some(on) } else { None }.expect(KIND)
    }

    pub(super) fn into_list(self) -> Vec<String> {
        if let Self::List(list) = self { Some(list) } else { None }.expect(KIND)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Count(count) => count.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
            Self::Duration(duration) => write!(formatter, "{}s", duration.as_secs()),
            Self::Switch(on) => on.fmt(formatter),
            Self::List(list) => formatter.write_str(&list.join(",")),
        }
    }
}

//! The rules of the scan as data: read, compiled once, and known by their ids.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ast_grep_config::{
    DeserializeEnv, GlobalRules, RuleConfig, RuleCore, SerializableGlobalRule, SerializableRuleConfig,
    from_multiple,
};
use ast_grep_core::Matcher as _;
use regex::Regex;
use serde::Deserialize;

use crate::embedded;
use crate::scan::UNSCANNED;
use crate::scan::language::Rust;
use crate::similar::nearest;

/// The file of formats of secrets, among the embedded policies.
const SECRETS: &str = "source/secrets.toml";

/// The file of what several rules share, which are no rules themselves.
const UTILS: &str = "utils.yml";

/// Where a rule applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Libraries: their own code, without tests and programs.
    Library,
    /// All code that ships, and all files that are not Rust, outside of tests, benchmarks and examples.
    #[default]
    Program,
    /// Tests, benchmarks and examples only.
    Tests,
    /// All of it.
    Everywhere,
}

/// One rule about Rust.
pub(super) struct SourceRule {
    pub(super) id: String,
    pub(super) scope: Scope,
    pub(super) matcher: RuleCore,
}

/// The format of one kind of secret.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretRule {
    pub(super) id: String,
    #[serde(default)]
    pub(super) scope: Scope,
    /// What it looks like. A group called `secret` is the secret itself, without one all of it is.
    #[serde(with = "pattern")]
    pub(super) format: Regex,
    /// How mixed it is.
    #[serde(default)]
    pub(super) mixed: Mixed,
}

/// How mixed a text must be to count as a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mixed {
    /// The format says enough.
    #[default]
    Any,
    /// As somebody would think a password up: letters with digits or signs.
    Password,
    /// As only a machine makes it.
    Random,
}

mod pattern {
    use regex::Regex;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
        Regex::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    #[serde(rename = "secret")]
    secrets: Vec<SecretRule>,
}

/// What is wrong with a file of source rules.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("source rules `{file}`: {problem}")]
pub struct SourceError {
    file: String,
    problem: String,
}

/// Rules that are ready to be held against texts.
pub struct RuleSet {
    rules: Vec<SourceRule>,
    /// The rules by the kind of syntax that they look at.
    by_kind: Vec<Vec<usize>>,
    pub(super) secrets: Vec<SecretRule>,
}

/// Compiling them takes longer than holding them against a file; they never change.
static EMBEDDED: LazyLock<Result<RuleSet, SourceError>> = LazyLock::new(|| {
    let source = embedded::SOURCE_RULES.iter().copied();
    RuleSet::read(source, embedded::text(embedded::POLICIES, SECRETS).unwrap_or_default())
});

impl RuleSet {
    /// The embedded rules.
    ///
    /// # Errors
    /// None in a released program: a test loads them.
    pub fn embedded() -> Result<&'static Self, SourceError> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// Reads rules: files in YAML by name, each with one rule or several, and the formats of secrets in TOML.
    ///
    /// # Errors
    /// [`SourceError`] for a text that is not as we expect, a rule without a proper id, or two of one.
    pub fn read<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
        secrets: &str,
    ) -> Result<Self, SourceError> {
        let wrong = |file: &str, problem: String| SourceError { file: file.to_owned(), problem };
        let (parts, files): (Vec<_>, Vec<_>) = files.partition(|(file, _)| *file == UTILS);
        let parts = parts.first().map_or("", |(_, text)| text);
        let parts = shared(parts).map_err(|problem| wrong(UTILS, problem))?;
        let mut rules = Vec::new();
        for (file, text) in files {
            rules.extend(source_rules(text, &parts).map_err(|problem| wrong(file, problem))?);
        }
        let secrets: SecretFile =
            toml::from_str(secrets).map_err(|error| wrong(SECRETS, error.to_string()))?;
        let set = Self { by_kind: by_kind(&rules), rules, secrets: secrets.secrets };
        let mut known = BTreeSet::new();
        let problem = set.ids().find(|id| id.is_empty() || !known.insert(*id)).map(|id| match id {
            "" => "a rule has no id".to_owned(),
            id => format!("two rules are called `{id}`"),
        });
        problem.map_or(Ok(set), |problem| Err(wrong("policies/source", problem)))
    }

    /// The ids of all rules.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let own = self.rules.iter().map(|rule| rule.id.as_str());
        own.chain(self.secrets.iter().map(|secret| secret.id.as_str())).chain(UNSCANNED)
    }

    /// What is wrong with ids that a policy names: one that no rule has, with the one that may be meant.
    pub fn unknown(&self, named: &[String]) -> Option<String> {
        let known: BTreeSet<&str> = self.ids().collect();
        let unknown = named.iter().find(|id| !known.contains(id.as_str()))?;
        let hint = nearest(unknown, known).map(|known| format!("; did you mean `{known}`?"));
        Some(format!("no source rule is called `{unknown}`{}", hint.unwrap_or_default()))
    }

    /// A rule that none of these ids names: whatever it finds would lead to nothing.
    pub fn idle<'s>(&'s self, named: &BTreeSet<&str>) -> Option<&'s str> {
        self.ids().find(|id| !named.contains(id))
    }

    pub(super) fn rules(&self) -> &[SourceRule] {
        &self.rules
    }

    /// The rules that look at one kind of syntax.
    pub(super) fn of_kind(&self, kind: u16) -> &[usize] {
        self.by_kind.get(usize::from(kind)).map_or(&[], Vec::as_slice)
    }
}

/// What several rules look for, by name.
fn shared(text: &str) -> Result<GlobalRules, String> {
    let parts: Vec<SerializableGlobalRule<Rust>> = from_multiple(text).map_err(|error| error.to_string())?;
    DeserializeEnv::parse_global_utils(parts).map_err(|error| causes(&error))
}

fn source_rules(text: &str, parts: &GlobalRules) -> Result<Vec<SourceRule>, String> {
    let documents: Vec<SerializableRuleConfig<Rust>> =
        from_multiple(text).map_err(|error| error.to_string())?;
    let rule = |document: SerializableRuleConfig<Rust>| {
        let id = document.id.clone();
        let scope = scope(&document).map_err(|problem| format!("rule `{id}`: {problem}"))?;
        let config = RuleConfig::try_from(document, parts)
            .map_err(|error| format!("rule `{id}`: {}", causes(&error)))?;
        Ok(SourceRule { id, scope, matcher: config.matcher })
    };
    documents.into_iter().map(rule).collect()
}

/// `metadata: { scope: library }`.
fn scope(document: &SerializableRuleConfig<Rust>) -> Result<Scope, String> {
    #[derive(Deserialize, Default)]
    #[serde(default, deny_unknown_fields)]
    struct Metadata {
        scope: Scope,
    }
    let Some(metadata) = &document.metadata else { return Ok(Scope::default()) };
    let value = serde_json::to_value(metadata).map_err(|error| error.to_string())?;
    let metadata: Metadata = serde_json::from_value(value).map_err(|error| error.to_string())?;
    Ok(metadata.scope)
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        said.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    said
}

fn by_kind(rules: &[SourceRule]) -> Vec<Vec<usize>> {
    let mut by_kind: Vec<Vec<usize>> = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        for kind in rule.matcher.potential_kinds().iter().flatten() {
            if by_kind.len() <= kind {
                by_kind.resize_with(kind + 1, Vec::new);
            }
            by_kind[kind].push(at);
        }
    }
    by_kind
}

//! `[project]`, `[dependencies]` and `[quality]`.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::architecture::Architecture;
use super::fields::{Fields, Text, checked};
use super::names::{NameKind, check_name, check_text};
use super::problem::Problems;
use super::word::word;

/// The least line coverage a specification may ask for, in per cent: the default of the gate's policy.
pub const LEAST_LINE_COVERAGE: u8 = 90;

const MOST_DEPENDENCIES: usize = 50;
const LONGEST_SUMMARY: usize = 200;
const DEFAULT_LICENSE: &str = "MIT OR Apache-2.0";

/// What is to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A library.
    Library,
    /// A program for the command line, with its library.
    Cli,
    /// A service on the network.
    Service,
}

impl Kind {
    /// As a specification spells it; also the name of its templates' folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Cli => "cli",
            Self::Service => "service",
        }
    }
}

/// What is known of a project even where other parts of `[project]` have problems.
#[derive(Clone, Default)]
pub(super) struct Nature {
    /// What is to be made; `None` if that could not be read.
    pub(super) kind: Option<Kind>,
    /// How it is divided; `None` if that could not be read.
    pub(super) architecture: Option<Architecture>,
    /// Where that stands in the file.
    pub(super) place: Range<usize>,
}

/// The longest name of a service, in characters.
const LONGEST_HOST: usize = 34;
/// Crates that services are built on. (What every project is tested with is no name of any.)
#[rustfmt::skip]
const CRATES: &[&str] = &[
    "argon2", "askama", "async-nats", "async-trait", "axum", "futures-util", "garde", "getrandom", "governor",
    "hmac", "http-body-util", "hyper", "hyper-rustls", "hyper-util", "jiff", "jsonwebtoken", "opentelemetry",
    "opentelemetry-http", "opentelemetry-otlp", "opentelemetry-proto", "opentelemetry-sdk",
    "prometheus-client", "prost", "regex", "serde", "serde-json", "sha2", "signature", "socket2", "sqlx",
    "tempfile", "thiserror", "tokio", "tokio-tungstenite", "toml", "tower", "tower-http", "tracing",
    "tracing-opentelemetry", "tracing-subscriber", "tungstenite", "utoipa", "utoipa-axum", "uuid",
];

/// The project as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Project {
    /// The package's name.
    pub name: String,
    /// What is to be made.
    pub kind: Kind,
    /// How it is divided; libraries and programs are monoliths.
    #[serde(default)]
    pub architecture: Architecture,
    /// One line about it, without a full stop.
    pub summary: String,
    /// An SPDX expression.
    pub license: String,
}

impl Project {
    /// The package's name as Rust writes it.
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// A crate that may be used.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dependency {
    /// The package's name in the registry.
    pub name: String,
    /// A version requirement.
    pub requirement: String,
    /// Features beyond the default ones.
    pub features: Vec<String>,
    /// Whether the default features are on.
    pub default_features: bool,
    /// The bytes of the file that hold it.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// What may be asked beyond the policy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Quality {
    /// The least line coverage in per cent.
    pub line_coverage: Option<u8>,
}

/// Reads `[project]`.
pub(super) fn project(root: &mut Fields<'_>, problems: &mut Problems<'_>) -> (Option<Project>, Nature) {
    if root.value("project").is_none() {
        problems.report(0..0, "no [project] in this specification", "add [project] with `name` and `kind`");
        return (None, Nature::default());
    }
    let Some(mut fields) = root.table("project", "[project]", problems) else {
        return (None, Nature::default());
    };
    let name = fields.required_text("name", problems);
    if let Some(name) = &name {
        checked(name, |text| check_name(text, NameKind::Project), problems);
    }
    let nature = nature(&mut fields, problems);
    if let (Some(name), Some(Kind::Service)) = (&name, nature.kind) {
        refuse_no_host(&name.value, name.span.clone(), problems);
    }
    let summary = fields.required_text("summary", problems);
    if let Some(summary) = &summary {
        read_summary(summary, problems);
    }
    let license = fields.text("license", problems);
    if let Some(license) = &license {
        read_license(license, problems);
    }
    fields.finish(problems);
    let license = license.map_or_else(|| DEFAULT_LICENSE.to_owned(), |license| license.value);
    let project = || {
        let summary = summary?.value.trim().trim_end_matches('.').to_owned();
        let (kind, architecture) = (nature.kind?, nature.architecture?);
        Some(Project { name: name?.value, kind, architecture, summary, license })
    };
    (project(), nature)
}

/// Whether a service may be called so.
pub(crate) fn is_service_name(name: &str) -> bool {
    let mut problems = Problems::new("", name);
    refuse_no_host(name, 0..name.len(), &mut problems);
    problems.count() == 0 && check_name(name, NameKind::Project).is_ok()
}

/// Refuses names that no address or object of Kubernetes can begin with: RFC 1123 allows 63 letters, digits and hyphens,
/// and the name of a part of the service may follow.
fn refuse_no_host(name: &str, span: Range<usize>, problems: &mut Problems<'_>) {
    if name.contains('_') {
        let hint = format!("write `{}`", name.replace('_', "-").escape_debug());
        problems.report(span.clone(), "the name of a service becomes part of addresses: no `_`", hint);
    }
    if name.chars().count() > LONGEST_HOST {
        let message = format!("the name of a service has at most {LONGEST_HOST} characters");
        problems.report(span.clone(), message, "what is deployed is called after it");
    }
    if CRATES.contains(&name.replace('_', "-").as_str()) {
        let message = format!("a service is built on a crate that is called `{name}`");
        problems.report(span.clone(), message, "choose another name");
    }
}

fn nature(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Nature {
    let kind = fields.required_text("kind", problems).and_then(|kind| read_kind(&kind, problems));
    let Some(text) = fields.text("architecture", problems) else {
        let default = fields.value("architecture").is_none().then(Architecture::default);
        return Nature { kind, architecture: default, place: fields.place("architecture") };
    };
    let architecture = word(&text, "an architecture", Architecture::WORDS, problems);
    let divided = architecture.is_some_and(|found| found != Architecture::Monolith);
    if let (Some(Kind::Library | Kind::Cli), true) = (kind, divided) {
        let hint = "leave `architecture` out, or set `kind = \"service\"`";
        let message = format!("the architecture `{}` is that of a service", text.value);
        problems.report(text.span.clone(), message, hint);
    }
    Nature { kind, architecture, place: text.span }
}

fn read_kind(kind: &Text, problems: &mut Problems<'_>) -> Option<Kind> {
    if ["worker", "workspace"].contains(&kind.value.as_str()) {
        let message = format!("the kind `{}` is not yet supported", kind.value);
        problems.report(kind.span.clone(), message, "`library`, `cli` and `service` are");
        return None;
    }
    let known = [Kind::Library, Kind::Cli, Kind::Service].map(|kind| (kind.as_str(), kind));
    word(kind, "a kind", &known, problems)
}

fn read_summary(summary: &Text, problems: &mut Problems<'_>) {
    if let Err(fault) = check_text(&summary.value, LONGEST_SUMMARY) {
        summary.report(fault, problems);
    }
    if summary.value.trim().is_empty() || summary.value.contains(['\n', '\t', '<', '[', '`', '\\', '"']) {
        let hint = "say in plain words what the project is for";
        problems.report(summary.span.clone(), "the summary must be one line of plain text", hint);
    }
}

fn read_license(license: &Text, problems: &mut Problems<'_>) {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-.+ ()".contains(letter);
    if license.value.is_empty() || license.value.len() > 100 || !license.value.chars().all(plain) {
        let hint = "write an SPDX expression, such as `MIT OR Apache-2.0`";
        problems.report(license.span.clone(), "this is not a licence expression", hint);
    }
}

/// Reads `[dependencies]`.
pub(super) fn dependencies(root: &mut Fields<'_>, problems: &mut Problems<'_>) -> Vec<Dependency> {
    let Some(fields) = root.table("dependencies", "[dependencies]", problems) else { return Vec::new() };
    let mut dependencies = Vec::new();
    for (name, value) in fields.entries() {
        if dependencies.len() >= MOST_DEPENDENCIES {
            let message = format!("more than {MOST_DEPENDENCIES} dependencies");
            problems.report(name.span.clone(), message, "leave some out");
            break;
        }
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let letter_first = name.value.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if !letter_first || name.value.len() > 64 || !name.value.chars().all(plain) {
            let message = format!("`{}` is not a package name", name.value.escape_debug());
            problems.report(name.span.clone(), message, "write it as in the registry");
        }
        let read = match value.get_ref() {
            DeValue::String(_) => {
                let requirement = fields.expect_text(&name.value, value, problems);
                requirement.map(|requirement| (requirement, Vec::new(), true))
            }
            DeValue::Table(_) => {
                fields.sub_table(value, "this dependency").and_then(|table| detailed(table, problems))
            }
            _ => {
                fields.wrong_type(&name.value, "a version such as \"1\" or a table", value, problems);
                None
            }
        };
        let Some((requirement, features, default_features)) = read else { continue };
        check_requirement(&requirement, problems);
        dependencies.push(Dependency {
            name: name.value,
            requirement: requirement.value,
            features,
            default_features,
            span: name.span,
        });
    }
    dependencies
}

fn detailed(mut fields: Fields<'_>, problems: &mut Problems<'_>) -> Option<(Text, Vec<String>, bool)> {
    for source in
        ["path", "git", "registry", "registry-index", "branch", "tag", "rev", "package", "workspace"]
    {
        if let Some(value) = fields.value(source) {
            let message = format!("`{source}` is not allowed in a dependency");
            problems.report(value.span(), message, "only releases of the default registry can be used");
        }
    }
    let requirement = fields.required_text("version", problems);
    let features = fields.texts("features", problems);
    for feature in &features {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_+.".contains(letter);
        if feature.value.is_empty() || feature.value.len() > 64 || !feature.value.chars().all(plain) {
            problems.report(feature.span.clone(), "this is not the name of a feature", "");
        }
    }
    let default_features = fields.boolean("default-features", problems).unwrap_or(true);
    fields.finish(problems);
    Some((requirement?, features.into_iter().map(|feature| feature.value).collect(), default_features))
}

fn check_requirement(requirement: &Text, problems: &mut Problems<'_>) {
    let hint = "write a version requirement, such as \"1\" or \"0.4.2\"";
    match semver::VersionReq::parse(&requirement.value) {
        Err(error) => {
            problems.report(
                requirement.span.clone(),
                format!("this is not a version requirement: {error}"),
                hint,
            );
        }
        Ok(parsed) if parsed.comparators.is_empty() => {
            problems.report(requirement.span.clone(), "any version at all is too wide a requirement", hint);
        }
        Ok(_) => {}
    }
}

/// Reads `[quality]`.
pub(super) fn quality(root: &mut Fields<'_>, problems: &mut Problems<'_>) -> Quality {
    let Some(mut fields) = root.table("quality", "[quality]", problems) else { return Quality::default() };
    let percent = fields.integer("line-coverage", 0..=100, problems);
    let percent = percent.and_then(|percent| u8::try_from(percent).ok());
    if let (Some(percent), Some(value)) = (percent, fields.value("line-coverage"))
        && percent < LEAST_LINE_COVERAGE
    {
        let message = format!("`line-coverage` may only tighten the policy of {LEAST_LINE_COVERAGE} %");
        problems.report(value.span(), message, format!("set it to {LEAST_LINE_COVERAGE} or more"));
    }
    fields.finish(problems);
    Quality { line_coverage: percent }
}

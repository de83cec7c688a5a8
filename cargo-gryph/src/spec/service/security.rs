//! The levels of security, and what each demands of a specification.

use std::ops::Range;

use serde::Serialize;

use super::Service;
use super::route::Method;
use super::time::Seconds;
use crate::spec::fields::Fields;
use crate::spec::problem::Problems;
use crate::spec::word::{spelled, word};

/// How much is demanded of a service; each level demands what those below it do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// What every service has.
    Low,
    /// Nothing is changed by people who did not log in.
    Medium,
    /// Everything is limited and written down.
    High,
    /// Nothing is written by people who did not log in, and nothing is lost.
    Critical,
}

impl Security {
    const WORDS: &'static [(&'static str, Self)] =
        &[("low", Self::Low), ("medium", Self::Medium), ("high", Self::High), ("critical", Self::Critical)];

    /// As a specification spells it.
    pub fn as_str(self) -> &'static str {
        spelled(self, Self::WORDS)
    }

    /// How long an access token lives unless the specification says otherwise.
    pub fn default_access_token(self) -> Seconds {
        Seconds::new(match self {
            Self::Low => 60 * 60,
            Self::Medium => 15 * 60,
            Self::High => 10 * 60,
            Self::Critical => 5 * 60,
        })
    }

    /// The longest life of an access token.
    pub fn longest_access_token(self) -> Seconds {
        Seconds::new(match self {
            Self::Low => 24 * 60 * 60,
            Self::Medium => 60 * 60,
            Self::High => 10 * 60,
            Self::Critical => 5 * 60,
        })
    }

    /// Whether `/metrics` is served by a listener of its own.
    pub fn has_metrics_apart(self) -> bool {
        self >= Self::High
    }

    /// Whether a person approves what is made before it is committed.
    pub fn needs_approval(self) -> bool {
        self == Self::Critical
    }

    /// What the level demands beyond the one below it, as sentences for people.
    pub fn demands(self) -> &'static [&'static str] {
        match self {
            Self::Low => &[],
            Self::Medium => &["Nobody updates, deletes, enqueues or talks without logging in."],
            Self::High => &[
                "Every endpoint and socket has a rate limit of its own.",
                "Every entity has an audit trail.",
                "Metrics are served by a listener of their own.",
            ],
            Self::Critical => &[
                "Nobody creates or changes anything without logging in.",
                "Deleted rows stay, marked.",
                "A person approves what is made before it is committed.",
            ],
        }
    }

    /// Reads the level; `medium` where there is none.
    pub(super) fn read(fields: &mut Fields<'_>, problems: &mut Problems<'_>) -> Self {
        let text = fields.text("security", problems);
        text.and_then(|text| word(&text, "a level of security", Self::WORDS, problems))
            .unwrap_or(Self::Medium)
    }
}

/// Holds a service against its level.
pub(super) fn check(service: &Service, problems: &mut Problems<'_>) {
    let level = service.settings.security;
    let mut demand = |from: Security, broken: bool, span: &Range<usize>, what: String, hint: &str| {
        if level >= from && broken {
            let message = format!("security `{}` demands {what}", level.as_str());
            problems.report(span.clone(), message, hint);
        }
    };
    for entity in &service.entities {
        let name = &entity.name;
        for (key, access) in entity.permissions.by_key() {
            let from = match key {
                "create" => Security::Critical,
                "update" | "delete" => Security::Medium,
                _ => continue,
            };
            let what = format!("that nobody may {key} `{name}` without logging in");
            demand(from, access.is_public(), &entity.span, what, "name roles instead of \"public\"");
        }
        let trail = format!("an audit trail of `{name}`");
        demand(Security::High, !entity.audit, &entity.span, trail, "set `audit = true`");
        let kept = format!("that deleted rows of `{name}` stay");
        demand(Security::Critical, !entity.soft_delete, &entity.span, kept, "set `soft-delete = true`");
    }
    for endpoint in &service.endpoints {
        let what = format!("a rate limit of `{}`", endpoint.route);
        let hint = "add `rate-limit = \"30/minute\"`";
        demand(Security::High, endpoint.rate_limit.is_none(), &endpoint.span, what, hint);
        let writes = endpoint.access.is_public() && endpoint.method != Method::Get;
        let what = format!("that nobody may use `{}` without logging in", endpoint.route);
        demand(Security::Critical, writes, &endpoint.span, what, "name roles instead of \"public\"");
    }
    for socket in &service.sockets {
        let what = format!("a rate limit of `{}`", socket.route);
        let hint = "add `rate-limit = \"20/second\"`";
        demand(Security::High, socket.rate_limit.is_none(), &socket.span, what, hint);
        let what = format!("that nobody may use `{}` without logging in", socket.route);
        let hint = "name roles instead of \"public\"";
        demand(Security::Medium, socket.access.is_public(), &socket.span, what, hint);
    }
    for task in &service.tasks {
        let what = format!("that nobody may enqueue `{}` without logging in", task.name);
        let hint = "name roles instead of \"public\"";
        demand(Security::Medium, task.access.is_public(), &task.span, what, hint);
    }
}

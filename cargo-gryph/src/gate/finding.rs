//! A finding: a rule, what breaks it, where, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Fix;
use crate::tree::TreePath;

/// What a breach of a rule leads to; the greater, the stricter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It is told.
    Warn,
    /// A person decides.
    Ask,
    /// The change is refused.
    Deny,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Warn => "warn",
            Self::Ask => "ask",
            Self::Deny => "deny",
        })
    }
}

/// A place in the tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub path: TreePath,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// One breach of one rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// What it leads to.
    pub severity: Severity,
    /// The rule's message with what was found. May hold text of the tree: a renderer escapes it.
    pub message: String,
    /// What to do about it.
    pub mend: String,
    /// Where, when there is a place.
    pub place: Option<Place>,
    /// The command that shows it again, from the root of the project.
    pub command: String,
    /// Where the rule is explained.
    pub reference: String,
    /// Why it does not decide, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_aside: Option<SetAside>,
    /// A change that mends it, where a tool offers one that a machine may apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// Why a finding does not decide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SetAside {
    /// Somebody waived the rule there.
    Waived {
        /// Why.
        why: String,
        /// The last day on which that holds, where it has one.
        expires: Option<String>,
        /// Where the waiver stands.
        place: Place,
        /// The change brought the waiver itself, which a person must approve.
        added: bool,
    },
    /// The baseline knows it.
    Known,
}

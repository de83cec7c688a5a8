//! Reporters: events become progress bars and sentences for a person, or one JSON object a line for a program.

mod human;
mod json;
mod table;

use std::io::IsTerminal as _;
use std::sync::Arc;

use clap::ValueEnum;

use crate::event::Reporter;

pub(super) use human::visible;
pub(super) use table::table;

/// The form of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum MessageFormat {
    /// Sentences, bars and tables
    #[default]
    Human,
    /// One JSON object a line on stdout, its kind in `reason`
    Json,
    /// A SARIF 2.1.0 log on stdout; `gate` only
    Sarif,
    /// Workflow commands of GitHub Actions on stdout; `gate` only
    Github,
    /// A table in Markdown on stdout; `gate` only
    Markdown,
}

impl MessageFormat {
    /// Whether it is a form of the gate's decision alone.
    pub(super) fn is_of_gate(self) -> bool {
        match self {
            Self::Sarif | Self::Github | Self::Markdown => true,
            Self::Human | Self::Json => false,
        }
    }
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Talk {
    /// The form.
    pub(super) format: MessageFormat,
    /// Only results and errors.
    pub(super) quiet: bool,
}

/// The reporter for what was asked.
pub(super) fn reporter(talk: Talk) -> Arc<dyn Reporter> {
    match talk.format {
        MessageFormat::Json => Arc::new(json::Json),
        // Reports go to stdout, what happens meanwhile to stderr.
        MessageFormat::Human | MessageFormat::Sarif | MessageFormat::Github | MessageFormat::Markdown => {
            Arc::new(human::Human::new(talk.quiet, std::io::stderr().is_terminal()))
        }
    }
}

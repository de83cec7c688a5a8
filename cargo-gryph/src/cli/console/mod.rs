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
        MessageFormat::Human => Arc::new(human::Human::new(talk.quiet, std::io::stderr().is_terminal())),
    }
}

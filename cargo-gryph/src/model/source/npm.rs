//! Packages by the user's own npm: packed, not installed, and no script is run.

use super::client::{Client, Workspace};
use crate::model::manifest::Part;
use crate::process::Invocation;

/// How npm may be called.
pub(super) const COMMANDS: [&[&str]; 1] = [&["npm"]];

/// The call that puts the part's package into the workspace, npm's own cache included.
pub(super) fn compose(npm: &Client, part: &Part, version: &str, workspace: &Workspace) -> Invocation {
    let package = format!("{}@{version}", part.package);
    let arguments = [
        "pack",
        "--ignore-scripts",
        "--no-update-notifier",
        "--loglevel=error",
        "--cache=../temporary",
        "--pack-destination=../package",
        &package,
    ];
    npm.invocation(arguments, workspace)
}

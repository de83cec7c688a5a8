//! Wheels by the user's own pip: nothing is installed, nothing is built, no dependency is fetched.

use super::client::{Client, Workspace};
use crate::model::manifest::{Part, WheelTarget};
use crate::process::Invocation;

/// How pip may be called, in the order of preference.
pub(super) const COMMANDS: [&[&str]; 5] =
    [&["pip"], &["pip3"], &["python3", "-m", "pip"], &["python", "-m", "pip"], &["py", "-m", "pip"]];

/// The call that puts the part's wheel into the workspace. Source distributions would run code: wheels only.
pub(super) fn compose(
    pip: &Client,
    part: &Part,
    version: &str,
    wheel: Option<&WheelTarget>,
    workspace: &Workspace,
) -> Invocation {
    let mut arguments = vec!["download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"];
    arguments.push("--disable-pip-version-check");
    if let Some(wheel) = wheel {
        arguments.extend(["--implementation", "cp", "--python-version", &wheel.python]);
        arguments.extend(["--platform", &wheel.platform]);
    }
    let package = format!("{}=={version}", part.package);
    // Relative to the working directory, so that two calls for one package have the same arguments.
    arguments.extend(["--dest", "../package", &package]);
    pip.invocation(arguments, workspace)
}

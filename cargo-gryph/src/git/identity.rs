//! What is taken over from the user's git configuration: name and address, and the list of what to ignore everywhere.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::git::{GitError, LIMITS, Search};
use crate::process::{Invocation, capture};

/// Who a commit is by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// A name.
    pub name: String,
    /// An address.
    pub email: String,
}

impl Identity {
    /// Who commits when the user has no identity: `cargo-gryph <cargo-gryph@localhost>`.
    pub fn fallback() -> Self {
        Self { name: "cargo-gryph".to_owned(), email: "cargo-gryph@localhost".to_owned() }
    }
}

/// The identity in `GIT_AUTHOR_*`, else in the user's configuration, else the fallback; never half of one and half of
/// another.
pub(super) fn find(program: &Path, search: &Search) -> Result<Identity, GitError> {
    let variable = |name: &str| {
        search.environment.get(&OsString::from(name)).and_then(|value| value.to_str()).and_then(plain)
    };
    if let (Some(name), Some(email)) = (variable("GIT_AUTHOR_NAME"), variable("GIT_AUTHOR_EMAIL")) {
        return Ok(Identity { name, email });
    }
    let configured =
        (user_setting(program, search, "user.name")?, user_setting(program, search, "user.email")?);
    Ok(match configured {
        (Some(name), Some(email)) => Identity { name, email },
        _ => Identity::fallback(),
    })
}

/// The file of `core.excludesFile`, or where git looks for one when that is not set.
pub(super) fn excludes(program: &Path, search: &Search) -> Result<Option<PathBuf>, GitError> {
    let directory = |name: &str| search.environment.get(&OsString::from(name)).map(PathBuf::from);
    let configured = asked(program, search, &["--type=path", "--get", "core.excludesFile"])?;
    let file = configured.map(PathBuf::from).or_else(|| {
        let config = directory("XDG_CONFIG_HOME").or_else(|| Some(directory("HOME")?.join(".config")))?;
        Some(config.join("git").join("ignore"))
    });
    Ok(file.filter(|file| file.is_absolute() && file.is_file()))
}

fn user_setting(program: &Path, search: &Search, key: &str) -> Result<Option<String>, GitError> {
    Ok(asked(program, search, &["--get", key])?.as_deref().and_then(plain))
}

/// Reading a setting runs nothing, whatever the file holds.
fn asked(program: &Path, search: &Search, what: &[&str]) -> Result<Option<String>, GitError> {
    let mut env: BTreeMap<OsString, OsString> = search.environment.clone();
    env.insert("PATH".into(), search.path.clone());
    env.insert("GIT_CONFIG_NOSYSTEM".into(), "1".into());
    let args = ["config", "--global", "--includes"].iter().chain(what).map(OsString::from).collect();
    let cwd = std::env::temp_dir();
    let invocation = Invocation { program: program.to_owned(), args, cwd, env, ..Invocation::default() };
    let output = capture(&invocation, &LIMITS)?;
    // Exit 1 is "not set"; a broken file is the user's own affair and not a reason to stop.
    Ok(output.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned()))
}

/// The text if it can stand in a commit.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let fits =
        !text.is_empty() && text.len() <= 200 && !text.chars().any(|c| c.is_control() || "<>".contains(c));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_that_could_forge_a_header_is_not_taken() {
        assert_eq!(plain("A. Person\n").as_deref(), Some("A. Person"));
        for bad in ["", " ", "a\nb", "a <b>", "\u{0}"] {
            assert_eq!(plain(bad), None, "{bad:?}");
        }
    }
}

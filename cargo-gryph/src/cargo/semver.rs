//! `cargo-semver-checks`, where the user installed it: what breaks between two trees of a library.

use std::ffi::OsString;
use std::path::Path;

use super::build::prepare;
use super::fetch::source_environment;
use super::{Cargo, CargoError, Workbench, tail};
use crate::process::{Exit, Invocation};
use crate::tree::TreePath;

/// What it said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SemverReport {
    /// Nothing breaks that the version does not announce.
    Compatible,
    /// What breaks, each in a line: the lint, what it means, and the first item.
    Breaks(Vec<String>),
    /// It gave no answer, and why.
    Unknown(String),
}

impl Cargo {
    /// Compares a package in `bench` with the one in `baseline`, behind the walls and without a network.
    ///
    /// # Errors
    /// When the tool cannot be run or does not end by itself.
    pub async fn semver_checks(
        &self,
        tool: &Path,
        bench: &Workbench,
        baseline: &Workbench,
        manifest: &TreePath,
    ) -> Result<SemverReport, CargoError> {
        let target = bench.dir.join("semver");
        prepare(&target)?;
        prepare(&bench.scratch())?;
        let mut args: Vec<OsString> =
            ["semver-checks", "check-release", "--color", "never"].map(OsString::from).into();
        args.extend(["--manifest-path".into(), manifest.to_path(&bench.tree()).into()]);
        args.extend(["--baseline-root".into(), baseline.tree().into()]);
        let mut env = self.environment(&bench.scratch());
        env.extend(source_environment(&self.network));
        env.extend(self.plain_rustc());
        env.insert("CARGO_NET_OFFLINE".into(), "true".into());
        env.insert("CARGO_TARGET_DIR".into(), target.clone().into());
        let program = tool.to_owned();
        let invocation = Invocation { program, args, cwd: "/".into(), env, ..Invocation::default() };
        let mut grant = self.build_grant(bench, &target);
        grant.read.extend([tool.to_owned(), baseline.tree()]);
        let output = self.confined(invocation, &grant).await?;
        match (output.exit, output.truncated) {
            (Exit::Code(0), false) => Ok(SemverReport::Compatible),
            (Exit::Code(_), false) => {
                let said = [&output.stdout[..], b"\n", &output.stderr[..]].concat();
                let breaks = breaks(&String::from_utf8_lossy(&said), &bench.tree());
                Ok(if breaks.is_empty() { unknown(&output.stderr) } else { SemverReport::Breaks(breaks) })
            }
            (exit, _) => Err(CargoError::Unfinished { tool: "cargo semver-checks".to_owned(), exit }),
        }
    }
}

fn unknown(stderr: &[u8]) -> SemverReport {
    let said = tail(stderr);
    let why = said.lines().find(|line| line.starts_with("error")).or_else(|| said.lines().last());
    SemverReport::Unknown(why.unwrap_or("it said nothing").to_owned())
}

/// Sections such as `--- failure function_missing: pub fn removed or renamed ---`, each with its first item.
fn breaks(said: &str, root: &Path) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_item = false;
    let root = format!("{}/", root.display());
    for line in said.lines().map(str::trim) {
        let head = line.strip_prefix("--- failure ").and_then(|rest| rest.strip_suffix(" ---"));
        if let Some((lint, meaning)) = head.and_then(|head| head.split_once(": ")) {
            found.push(format!("{lint}, {meaning}"));
        } else if line == "Failed in:" {
            is_item = true;
        } else if let (true, Some(last)) = (std::mem::take(&mut is_item), found.last_mut()) {
            last.push_str(": ");
            last.push_str(&line.replace(&root, ""));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_read_with_its_first_item() {
        let said = "    Parsing kit v0.1.0\n\n--- failure function_missing: pub fn removed or renamed ---\n\nDescription:\n\
                    A publicly-visible function cannot be imported by its prior path.\n\nFailed in:\n  \
                    function kit::gone, previously in file /b/tree/src/lib.rs:3\n  function kit::more, in file x\n\n\
                    --- failure enum_missing: pub enum removed or renamed ---\n";
        let found = breaks(said, Path::new("/b/tree"));
        assert_eq!(
            found,
            [
                "function_missing, pub fn removed or renamed: function kit::gone, previously in file src/lib.rs:3",
                "enum_missing, pub enum removed or renamed"
            ]
        );
        assert_eq!(breaks("error: no rustdoc", Path::new("/")), [""; 0]);
        let why = unknown(b"note: x\nerror: unsupported rustdoc format v57\n");
        assert_eq!(why, SemverReport::Unknown("error: unsupported rustdoc format v57".to_owned()));
    }
}

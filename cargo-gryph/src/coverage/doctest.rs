//! Keeps what rustdoc throws away: the executables of the tests in documentation, whose maps say what was counted.
//!
//! rustdoc calls the program named by `--test-runtool` in the place of each executable. Ours puts the executable aside,
//! in a directory of its own together with the profiles that it leaves, and becomes it.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::coverage::Profiled;
use crate::process::replace;

/// The first argument of a call as runner; the second is the directory for what is kept.
const CALL: &str = "__gryph_keep_doctest";
/// The name of a kept executable.
const EXECUTABLE: &str = "doctest.kept";
/// Executables that are kept of one run; each takes some megabytes.
const MOST_KEPT: usize = 512;
/// The first rustc whose rustdoc takes a runner without being a nightly: 1.89.
const FIRST_MINOR: u64 = 89;
/// rustdoc runs several tests from one executable, each in a process of its own, if this names the executable.
const MERGED: &str = "RUSTDOC_DOCTEST_BIN_PATH";
/// What shells return for "cannot run".
const CANNOT_CALL: u8 = 126;

/// Flags with which rustdoc instruments the tests and runs them through `program`, our own binary, which keeps them in
/// `dir`; `None` for a rustdoc that is too old for it.
pub fn flags(program: &Path, dir: &Path, version: &str) -> Option<Vec<String>> {
    let (program, dir) = (program.to_str()?, dir.to_str()?);
    let minor: u64 = version.strip_prefix("rustc 1.")?.split('.').next()?.parse().ok()?;
    let runner = [format!("--test-runtool={program}"), format!("--test-runtool-arg={CALL}")];
    let flags =
        [vec!["-Cinstrument-coverage".to_owned()], runner.into(), vec![format!("--test-runtool-arg={dir}")]];
    (minor >= FIRST_MINOR).then(|| flags.concat())
}

/// What the runs kept below `dir`: each executable with its profiles. One that left none ended by a signal.
///
/// # Errors
/// When the directory cannot be read.
pub fn kept(
    dir: &Path,
    profiles_in: impl Fn(&Path) -> io::Result<Vec<PathBuf>>,
) -> io::Result<Vec<Profiled>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        // The tests may have written here too: links lead elsewhere.
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let binary = entry.path().join(EXECUTABLE);
        let profiles = profiles_in(&entry.path())?;
        if std::fs::symlink_metadata(&binary).is_ok_and(|data| data.is_file()) && !profiles.is_empty() {
            found.push(Profiled { binary, profiles });
        }
    }
    found.sort_by(|left, right| left.binary.cmp(&right.binary));
    found.truncate(MOST_KEPT);
    Ok(found)
}

/// Serves as the runner of one test, if `arguments` ask for that.
pub fn serve_runner(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != CALL {
        return None;
    }
    let (dir, executable) = (PathBuf::from(arguments.next()?), PathBuf::from(arguments.next()?));
    let rest: Vec<OsString> = arguments.collect();
    let failed = |error: io::Error| {
        // Nobody is left to tell when standard error is closed.
        let _lost = writeln!(io::stderr(), "cannot run a test of the documentation: {error}").is_err();
        ExitCode::from(CANNOT_CALL)
    };
    Some(run(&dir, &executable, &rest).unwrap_or_else(failed))
}

fn run(dir: &Path, executable: &Path, arguments: &[OsString]) -> io::Result<ExitCode> {
    let own = dir.join(std::process::id().to_string());
    std::fs::create_dir_all(&own)?;
    let kept = own.join(EXECUTABLE);
    // The copy is for where a link is not allowed.
    std::fs::hard_link(executable, &kept).or_else(|_| std::fs::copy(executable, &kept).map(|_| ()))?;
    let profiles = own.join("%p-%m.profraw");
    let more: [(&str, &OsStr); 2] =
        [("LLVM_PROFILE_FILE", profiles.as_os_str()), (MERGED, executable.as_os_str())];
    replace(executable, arguments, &more)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rustdoc_that_takes_no_runner_is_not_asked() {
        let flags = |version| flags(Path::new("/p"), Path::new("/d"), version).map(|flags| flags.len());
        assert_eq!(flags("rustc 1.95.0 (59807616e 2026-04-14)"), Some(4));
        assert_eq!(flags("rustc 1.88.0 (x)"), None);
        assert_eq!(flags("another compiler"), None);
    }

    #[test]
    fn a_call_that_asks_for_something_else_is_let_pass() {
        let call = |arguments: &[&str]| serve_runner(arguments.iter().map(OsString::from));
        assert!(call(&["gryph", "gate"]).is_none() && call(&["gryph"]).is_none());
        assert!(call(&["gryph", CALL]).is_none());
    }

    #[test]
    fn only_what_left_a_profile_is_found() {
        let dir = tempfile::tempdir().unwrap();
        for (name, files) in
            [("1", &[EXECUTABLE, "a.profraw"][..]), ("2", &[EXECUTABLE]), ("3", &["a.profraw"])]
        {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            files.iter().for_each(|file| std::fs::write(dir.path().join(name).join(file), "x").unwrap());
        }
        let profiles = |dir: &Path| {
            let path = dir.join("a.profraw");
            Ok(if path.exists() { vec![path] } else { Vec::new() })
        };
        let found = kept(dir.path(), profiles).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].binary.ends_with(format!("1/{EXECUTABLE}")));
    }
}

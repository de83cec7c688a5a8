//! The set of changes: what is asked of each, and how it is made in a copy of the base.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// All changes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Set {
    /// Bad ones with their good twins.
    #[serde(default)]
    pub(crate) twin: Vec<Twin>,
    /// Good ones that a noisy gate would refuse.
    #[serde(default)]
    pub(crate) fine: Vec<Fine>,
}

/// A bad change and the same without its fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Twin {
    pub(crate) id: String,
    /// The rule that has to refuse the bad one, or several with `|` between them of which one has to.
    pub(crate) rule: String,
    /// The exit code of the bad one where the rule alone does not say it.
    pub(crate) expect: Option<i32>,
    /// What is said to the gate on top.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// What must be there to try it.
    pub(crate) needs: Option<Need>,
    /// Whether the bad one builds with the lock file as it is and passes its tests.
    #[serde(default = "yes")]
    pub(crate) builds: bool,
    /// What the base has already.
    #[serde(default)]
    pub(crate) before: Vec<Edit>,
    /// What bad and good have in common.
    #[serde(default)]
    pub(crate) both: Vec<Edit>,
    pub(crate) bad: Vec<Edit>,
    pub(crate) good: Vec<Edit>,
}

/// A good change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fine {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    #[serde(default)]
    pub(crate) before: Vec<Edit>,
    pub(crate) edits: Vec<Edit>,
}

/// What not every machine has.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    /// A registry that answers; `--registry` says that there is one.
    Registry,
    /// cargo-semver-checks on the path.
    CargoSemverChecks,
}

impl Need {
    /// Whether it is there.
    pub(crate) fn is_met(self, registry: bool) -> bool {
        let asked = || {
            std::process::Command::new("cargo-semver-checks").args(["semver-checks", "--version"]).output()
        };
        match self {
            Self::Registry => registry,
            Self::CargoSemverChecks => asked().is_ok_and(|said| said.status.success()),
        }
    }
}

/// What happens to one file. Without anything else, `to` is its new text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    file: String,
    /// A text that stands once in the file and is replaced by `to`.
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    /// A text that is added at the end of the file.
    end: Option<String>,
    /// Another name of the file.
    moved_to: Option<String>,
    /// The file is removed.
    #[serde(default)]
    gone: bool,
    /// How often `to` is repeated, each time with the number in the place of `{n}`.
    repeat: Option<usize>,
}

fn yes() -> bool {
    true
}

/// Reads `cases.toml` and the files of `cases`, in the order of their names.
pub(crate) fn read(dir: &Path) -> Set {
    let mut files: Vec<PathBuf> =
        dir.join("cases").read_dir().unwrap().map(|one| one.unwrap().path()).collect();
    files.sort();
    files.insert(0, dir.join("cases.toml"));
    let mut all = Set::default();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let set: Set = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        all.twin.extend(set.twin);
        all.fine.extend(set.fine);
    }
    let mut ids: Vec<&str> = all.twin.iter().map(|one| one.id.as_str()).collect();
    ids.extend(all.fine.iter().map(|one| one.id.as_str()));
    ids.sort_unstable();
    ids.windows(2).for_each(|two| assert_ne!(two[0], two[1], "two changes have one id"));
    all
}

/// Makes the base with what it has already, as a commit.
pub(crate) fn begin(dir: &Path, work: &Path, before: &[Edit]) {
    copy(&dir.join("base"), work);
    before.iter().for_each(|edit| apply(work, edit));
    git(work, &["init", "--quiet", "--initial-branch=main", "."]);
    git(work, &["add", "--force", "."]);
    git(work, &["commit", "--quiet", "-m", "Base"]);
}

/// Makes one edit.
pub(crate) fn apply(work: &Path, edit: &Edit) {
    let path = work.join(&edit.file);
    if edit.gone {
        return std::fs::remove_file(&path).unwrap();
    }
    let target = edit.moved_to.as_ref().map_or(path.clone(), |name| work.join(name));
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    if edit.moved_to.is_some() {
        return std::fs::rename(path, target).unwrap();
    }
    let to = match edit.repeat {
        Some(times) => (0..times).map(|n| edit.to.replace("{n}", &n.to_string())).collect(),
        None => edit.to.clone(),
    };
    let old = || std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", edit.file));
    let text = match (edit.end.as_deref(), edit.from.as_str()) {
        (Some(end), _) => old() + end,
        (None, "") => to,
        (None, from) => {
            let text = old();
            assert_eq!(text.matches(from).count(), 1, "`{from}` in {}", edit.file);
            text.replace(from, &to)
        }
    };
    // Secrets are written with a bar in them, so that no scanner of this repository takes them for real ones.
    std::fs::write(target, text.replace('¦', "")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target: PathBuf = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn git(work: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
    let status = Command::new("git").args(identity).args(arguments).current_dir(work).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

//! Claims about entering: these need an `Approved`, which only this crate's own tests can invent.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use super::*;
use crate::gate::Approved;
use crate::git::Search;
use crate::process::{Exit, Invocation, Limits, capture};

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, content) in files {
        tree.insert(TreePath::new(*path).unwrap(), *content);
    }
    tree
}

/// Bytes that git or a check-out might like to change.
fn sample() -> Tree {
    let mut tree = tree(&[
        ("Cargo.toml", "[package]\n"),
        ("src/lib.rs", "//! Unix.\r\n//! And not.\n"),
        (".gitignore", "/target\nCargo.lock\n"),
        (".gitattributes", "* text=auto eol=crlf\n*.bin filter=lfs\n"),
        ("Cargo.lock", "ignored by .gitignore and still part of the project\n"),
        ("a b/ü.txt", "no newline at the end"),
    ]);
    tree.insert(TreePath::new("x.bin").unwrap(), vec![0, 255, 13, 10]);
    tree
}

fn approved(tree: &Tree) -> Approved {
    Approved::invented(tree.hash())
}

/// The user's git, with a configuration that breaks a careless caller.
fn git(home: &Path) -> Git {
    let hooks = home.join("hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["pre-commit", "commit-msg", "reference-transaction", "post-index-change", "fsmonitor"] {
        let path = hooks.join(hook);
        std::fs::write(&path, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", home.join("hook-ran").display()))
            .unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let config = format!(
        "[user]\nname = A. Person\nemail = person@example.org\n[core]\nhooksPath = '{0}'\nfsmonitor = '{0}/fsmonitor'\n\
         autocrlf = true\n[init]\ntemplateDir = '{0}'\ndefaultBranch = trunk\n[commit]\ngpgSign = true\n\
         [gpg]\nprogram = /nonexistent\n",
        hooks.display()
    );
    std::fs::write(home.join(".gitconfig"), config).unwrap();
    let environment: BTreeMap<OsString, OsString> = [("HOME".into(), home.into())].into();
    Git::discover(&Search { path: std::env::var_os("PATH").unwrap(), environment }).unwrap()
}

struct Place {
    dir: tempfile::TempDir,
    git: Git,
    message: CommitMessage,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let git = git(&dir.path().join("home").tap(|home| std::fs::create_dir(home).unwrap()));
        let message = CommitMessage::new("Add sample", "", &[("Gryph-Run", "r")]).unwrap();
        Self { dir, git, message }
    }

    fn dest(&self) -> PathBuf {
        self.dir.path().join("dest")
    }

    fn enter(&self, tree: &Tree, approved: Approved) -> Result<Committed, CommitError> {
        let dest = destination(&self.dest())?;
        let staging = staging_beside(&dest, "r");
        let Self { git, message, .. } = self;
        enter_new(
            approved,
            &Entry { tree, dest: &dest, staging: &staging, record: None, message, when: 1_795_271_130, git },
        )
    }

    /// What git, called as a user would, prints.
    fn ask(&self, args: &[&str]) -> String {
        let output = capture(
            &Invocation {
                program: "/usr/bin/env".into(),
                args: ["git"].iter().chain(args).map(OsString::from).collect(),
                cwd: self.dest(),
                env: [("PATH".into(), std::env::var_os("PATH").unwrap())].into(),
                ..Invocation::default()
            },
            &LIMITS,
        );
        String::from_utf8(output.unwrap().stdout).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

const LIMITS: Limits = Limits { wall: Duration::from_secs(60), output_bytes: 1 << 20 };

trait Tap: Sized {
    fn tap(self, act: impl FnOnce(&Self)) -> Self {
        act(&self);
        self
    }
}

impl Tap for PathBuf {}

#[test]
fn the_commit_holds_the_approved_bytes_whatever_the_user_configured() {
    let place = Place::new();
    let tree = sample();
    let committed = place.enter(&tree, approved(&tree)).unwrap();
    assert_eq!(committed.tree, tree.hash());
    let id = crate::git::ObjectId::new(&committed.commit).unwrap();
    assert_eq!(place.git.read_tree(&place.dest(), &id).unwrap(), tree);
    for (path, content) in tree.files() {
        assert_eq!(std::fs::read(path.to_path(&place.dest())).unwrap(), content, "{path}");
    }
    assert!(!place.dir.path().join("home/hook-ran").exists());
    assert_eq!(place.names(), ["dest", "home"]);
}

#[test]
fn the_repository_is_as_a_user_expects_it() {
    let place = Place::new();
    let tree = tree(&[("Cargo.toml", "[package]\n"), ("src/lib.rs", "//! Sample.\n")]);
    let committed = place.enter(&tree, approved(&tree)).unwrap();
    assert_eq!(place.ask(&["rev-parse", "main"]).trim(), committed.commit);
    assert_eq!(place.ask(&["symbolic-ref", "HEAD"]).trim(), "refs/heads/main");
    assert_eq!(place.ask(&["status", "--porcelain"]), "");
    assert_eq!(
        place.ask(&["log", "--format=%an <%ae>|%cn|%ct|%P"]),
        "A. Person <person@example.org>|A. Person|1795271130|\n"
    );
    assert_eq!(place.ask(&["log", "--format=%(trailers)"]).trim(), "Gryph-Run: r");
    assert_eq!(place.ask(&["fsck", "--strict"]), "");
    assert!(!place.dest().join(".git/hooks").exists());
}

#[cfg(unix)]
#[test]
fn files_are_readable_and_not_executable() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.enter(&sample(), approved(&sample())).unwrap();
    let mode = std::fs::metadata(place.dest().join("src/lib.rs")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn another_tree_than_the_approved_is_refused() {
    let place = Place::new();
    let mut changed = sample();
    changed.insert(TreePath::new("src/lib.rs").unwrap(), "//! Changed.\n");
    assert!(matches!(place.enter(&changed, approved(&sample())), Err(CommitError::NotApproved { .. })));
    assert_eq!(place.names(), ["home"]);
}

#[test]
fn an_empty_directory_is_entered_and_any_other_is_not_touched() {
    let place = Place::new();
    std::fs::create_dir(place.dest()).unwrap();
    place.enter(&sample(), approved(&sample())).unwrap();
    let again = place.enter(&sample(), approved(&sample()));
    assert!(matches!(again, Err(CommitError::Occupied { .. })));
    let file = Place::new();
    std::fs::write(file.dest(), "a file").unwrap();
    assert!(matches!(file.enter(&sample(), approved(&sample())), Err(CommitError::Occupied { .. })));
    assert_eq!(std::fs::read(file.dest()).unwrap(), b"a file");
}

#[test]
#[cfg(target_os = "linux")]
fn a_place_that_cannot_be_written_is_told_before_anything_is_made() {
    let error = destination(Path::new("/proc/there/project")).unwrap_err().to_string();
    assert!(error.contains("`/proc` cannot be written: "), "{error}");
}

#[test]
fn a_directory_that_fills_meanwhile_is_not_touched() {
    let place = Place::new();
    let dest = destination(&place.dest()).unwrap();
    let staging = staging_beside(&dest, "r");
    let tree = sample();
    let Place { git, message, .. } = &place;
    let entry = Entry { tree: &tree, dest: &dest, staging: &staging, record: None, message, when: 0, git };
    let entered = enter_new_watched(approved(&tree), &entry, &mut |step| {
        if step == Step::Synced {
            std::fs::create_dir(&dest).unwrap();
            std::fs::write(dest.join("theirs"), "x").unwrap();
        }
    });
    assert!(matches!(entered, Err(CommitError::Occupied { .. })), "{entered:?}");
    assert_eq!(std::fs::read(dest.join("theirs")).unwrap(), b"x");
    assert_eq!(place.names(), ["dest", "home"]);
}

#[test]
fn a_file_that_somebody_changes_meanwhile_stops_the_entry() {
    for step in [Step::Written, Step::Initialised, Step::Committed] {
        let place = Place::new();
        let dest = destination(&place.dest()).unwrap();
        let staging = staging_beside(&dest, "r");
        let tree = sample();
        let Place { git, message, .. } = &place;
        let entry =
            Entry { tree: &tree, dest: &dest, staging: &staging, record: None, message, when: 0, git };
        let entered = enter_new_watched(approved(&tree), &entry, &mut |at| {
            if at == step {
                std::fs::write(staging.join("src/lib.rs"), "//! Theirs.\n").unwrap();
            }
        });
        assert!(entered.is_err(), "{step:?}");
        assert_eq!(place.names(), ["home"], "{step:?}");
    }
}

#[test]
fn the_destination_may_lie_inside_another_repository() {
    let place = Place::new();
    place.git.init(place.dir.path(), "main").unwrap();
    let committed = place.enter(&sample(), approved(&sample())).unwrap();
    assert_eq!(place.ask(&["rev-parse", "HEAD"]).trim(), committed.commit);
}

/// Set for the child of the test below, and for nobody else: where it works, and where it dies.
const DIE: &str = "GRYPH_TEST_DIE_AT";

const STEPS: [Step; 7] = [
    Step::Staged,
    Step::Written,
    Step::Initialised,
    Step::Committed,
    Step::Verified,
    Step::Synced,
    Step::Entered,
];

/// The child: enters a project and is killed at the step it was told. Without that it has nothing to do.
#[test]
fn child_that_dies() {
    let Some(order) = std::env::var_os(DIE) else { return };
    let order = order.into_string().unwrap();
    let (step, dir) = order.split_once(' ').unwrap();
    let dest = Path::new(dir).join("dest");
    let staging = staging_beside(&dest, "r");
    let tree = sample();
    let git = git(&Path::new(dir).join("home"));
    let message = CommitMessage::new("Add sample", "", &[]).unwrap();
    let entry = Entry {
        tree: &tree,
        dest: &dest,
        staging: &staging,
        record: None,
        message: &message,
        when: 0,
        git: &git,
    };
    let _ = enter_new_watched(approved(&tree), &entry, &mut |at| {
        if format!("{at:?}") == step {
            std::process::abort();
        }
    });
    unreachable!("the step {step} never came");
}

#[test]
fn death_at_any_step_leaves_the_destination_absent_or_complete() {
    for step in STEPS {
        let place = Place::new();
        let order = format!("{step:?} {}", place.dir.path().display());
        let child = Invocation {
            program: std::env::current_exe().unwrap(),
            args: ["--exact", "commit::tests::child_that_dies"].map(OsString::from).into(),
            cwd: place.dir.path().to_owned(),
            env: [("PATH".into(), std::env::var_os("PATH").unwrap()), (DIE.into(), order.into())].into(),
            ..Invocation::default()
        };
        let output = capture(&child, &LIMITS).unwrap();
        assert!(matches!(output.exit, Exit::Signal(_)), "{step:?}: {output:?}");
        assert_eq!(place.dest().exists(), step == Step::Entered, "{step:?}");
        let prepared_dest = place.dest();
        if step == Step::Entered {
            let root = place.git.roots(&prepared_dest).unwrap().remove(0);
            assert_eq!(place.git.read_tree(&prepared_dest, &root).unwrap(), sample());
            assert_eq!(place.names(), ["dest", "home"]);
        } else {
            assert_eq!(place.names(), [".dest.gryph-r", "home"], "{step:?}");
        }
    }
}

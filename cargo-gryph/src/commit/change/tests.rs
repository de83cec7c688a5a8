//! Claims about changes, with the real git: these need an `Approved`, which only this crate's own tests can invent.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use super::*;
use crate::commit::look;
use crate::git::Search;
use crate::ledger::{Confinement, Disk, Prepared, PreparedKind, Receipt, RunId, VerdictCounts};
use crate::process::{self, Exit, Invocation, Output, capture};
use crate::workspace::Limits;

const RUN: &str = "20261121-142530-4f2a";
const MANIFEST: &str = "[package]\nname = \"one\"\n";
const LIMITS: process::Limits = process::Limits { wall: Duration::from_secs(120), output_bytes: 1 << 20 };

/// A workspace of three files, in `w/` of a directory of its own.
struct Place {
    dir: PathBuf,
    git: Git,
    message: CommitMessage,
    _dir: tempfile::TempDir,
}

impl Place {
    /// Without a repository.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Self::at(dir.path().canonicalize().unwrap(), dir);
        std::fs::create_dir_all(place.dir.join("home")).unwrap();
        place.write("Cargo.toml", MANIFEST);
        place.write("src/lib.rs", "old lib\n");
        place.write("src/run.sh", "old script\n");
        place.write("src/gone.rs", "old and to go\n");
        place
    }

    fn at(path: PathBuf, dir: tempfile::TempDir) -> Self {
        let environment: BTreeMap<OsString, OsString> = [("HOME".into(), path.join("home").into())].into();
        let git = Git::discover(&Search { path: std::env::var_os("PATH").unwrap(), environment }).unwrap();
        let message = CommitMessage::new("Mend it", "", &[("Gryph-Run", RUN)]).unwrap();
        Self { dir: path, git, message, _dir: dir }
    }

    /// In a repository, with one commit.
    fn committed() -> Self {
        let place = Self::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let script = place.path("src/run.sh");
            std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        place.git(&["init", "-q", "-b", "main"]);
        place.commit_all();
        place
    }

    fn commit_all(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "one"]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join("w").join(name)
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Runs git as a user would, in the workspace.
    fn try_git(&self, args: &[&str]) -> Output {
        let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        let mut env: BTreeMap<OsString, OsString> =
            who.map(|name| (name.into(), "a@example.org".into())).into();
        env.insert("PATH".into(), std::env::var_os("PATH").unwrap());
        env.insert("HOME".into(), self.dir.join("home").into());
        let invocation = Invocation {
            program: "/usr/bin/env".into(),
            args: ["git"].iter().chain(args).map(OsString::from).collect(),
            cwd: self.path(""),
            env,
            ..Invocation::default()
        };
        capture(&invocation, &LIMITS).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args);
        assert!(output.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn read(&self) -> Workspace {
        Workspace::read(&self.path(""), &self.git, &Limits::default()).unwrap()
    }

    fn journal(&self) -> PathBuf {
        journal_in(&self.dir.join("work"), RUN)
    }

    fn enter_watched(
        &self,
        workspace: &Workspace,
        mode: Mode,
        watch: &mut dyn FnMut(ChangeStep),
    ) -> Result<Entered, CommitError> {
        let tree = changed(&workspace.tree);
        let entry = ChangeEntry {
            workspace,
            base: &workspace.tree,
            tree: &tree,
            mode,
            record: None,
            message: &self.message,
            journal: &self.journal(),
            when: 1_795_271_130,
            git: &self.git,
        };
        enter_change_watched(Approved::invented(tree.hash()), &entry, watch)
    }

    fn enter(&self, mode: Mode) -> Result<Entered, CommitError> {
        self.enter_watched(&self.read(), mode, &mut |_| {})
    }

    /// Everything in the workspace except git's own files.
    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut open = vec![self.path("")];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with(".git") {
                    open.push(path);
                } else if path.is_file() && !path.ends_with(".git") {
                    let name = path.strip_prefix(self.path("")).unwrap().to_str().unwrap().to_owned();
                    files.insert(name, std::fs::read_to_string(path).unwrap());
                }
            }
        }
        files
    }

    fn prepared(&self) -> Prepared {
        let digest = Digest::of(b"x");
        Prepared {
            kind: PreparedKind::Change,
            tree: digest,
            staging: self.journal(),
            dest: self.dir.join("w"),
            receipt: Receipt {
                run: RunId::new(jiff::Timestamp::from_second(1_795_271_130).unwrap(), 0x4f2a),
                verb: "fix".to_owned(),
                tool: "0.1.0".to_owned(),
                dest: self.dir.join("w"),
                tree: digest,
                commit: None,
                spec: digest,
                templates: None,
                policy: digest,
                evidence: digest,
                model: None,
                prompts: Vec::new(),
                seeds: Vec::new(),
                verdicts: VerdictCounts::default(),
                timings: BTreeMap::new(),
                confinement: Confinement::Unsandboxed,
                toolchain: String::new(),
                accepted: Vec::new(),
                left_out: Vec::new(),
                reconciled: false,
            },
        }
    }
}

/// The change of all these tests: two files modified, one made in a new directory, one removed, where they are.
fn changed(base: &Tree) -> Tree {
    let mut tree = base.clone();
    let path = |name: &str| TreePath::new(name).unwrap();
    for name in ["src/lib.rs", "src/run.sh", "crlf.rs"] {
        if let Some(old) = base.text(&path(name)) {
            tree.insert(path(name), old.replacen("old", "new", 1));
        }
    }
    tree.insert(path("src/deep/more.rs"), "new file\n");
    tree.remove(&path("src/gone.rs"));
    tree
}

/// The files of the first state and of the last.
fn old_and_new(place: &Place) -> [BTreeMap<String, String>; 2] {
    let old = place.files();
    let mut tree = Tree::new();
    for (name, content) in &old {
        tree.insert(TreePath::new(name).unwrap(), content.as_bytes());
    }
    let new = changed(&tree);
    let new =
        new.files().map(|(path, content)| (path.to_string(), String::from_utf8(content.to_vec()).unwrap()));
    [old, new.collect()]
}

#[test]
fn a_commit_holds_the_change_and_nothing_else() {
    let place = Place::committed();
    let [_, new] = old_and_new(&place);
    let entered = place.enter(Mode::Commit).unwrap();
    let commit = entered.commit.clone().unwrap();
    assert_eq!(place.files(), new);
    assert_eq!(place.git(&["rev-parse", "main"]).trim(), commit);
    assert_eq!(place.git(&["status", "--porcelain"]), "");
    assert_eq!(place.git(&["diff-files", "--name-only"]), "");
    assert_eq!(
        place.git(&["diff", "--name-status", "HEAD^", "HEAD"]),
        "A\tsrc/deep/more.rs\nD\tsrc/gone.rs\nM\tsrc/lib.rs\nM\tsrc/run.sh\n"
    );
    assert_eq!(
        place.git(&["log", "-1", "--format=%s|%(trailers)"]).trim(),
        format!("Mend it|Gryph-Run: {RUN}")
    );
    assert_eq!(place.git(&["fsck", "--strict"]), "");
    assert!(!place.path(".git/index.lock").exists());
    assert!(place.journal().exists(), "the ledger does not know yet");
    assert_eq!(look(&place.git, &place.prepared()), Disk::Holds { commit: Some(commit) });
    entered.forget();
    assert!(!place.journal().exists());
}

#[cfg(unix)]
#[test]
fn modes_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::committed();
    let lib = place.path("src/lib.rs");
    std::fs::set_permissions(&lib, std::fs::Permissions::from_mode(0o600)).unwrap();
    place.enter(Mode::Commit).unwrap();
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("src/run.sh"), mode("src/lib.rs")), (0o755, 0o600));
    assert!(place.git(&["ls-tree", "HEAD", "src/run.sh"]).starts_with("100755"));
}

#[test]
fn line_ends_are_kept_on_the_disk_and_in_the_repository() {
    for attributes in ["", "*.rs text eol=crlf\n", "* -text\n"] {
        let place = Place::committed();
        place.write("crlf.rs", "old\r\nline\r\n");
        place.write(".gitattributes", attributes);
        place.commit_all();
        let before = place.git(&["cat-file", "blob", "HEAD:crlf.rs"]);
        place.enter(Mode::Commit).unwrap();
        assert_eq!(std::fs::read_to_string(place.path("crlf.rs")).unwrap(), "new\r\nline\r\n");
        let after = place.git(&["cat-file", "blob", "HEAD:crlf.rs"]);
        assert_eq!(after, before.replace("old", "new"), "{attributes}");
        assert_eq!(place.git(&["status", "--porcelain"]), "", "{attributes}");
    }
}

#[test]
fn what_others_staged_or_changed_survives() {
    let place = Place::committed();
    for name in ["staged", "unstaged", "both"] {
        place.write(name, "one\n");
    }
    place.commit_all();
    place.write("staged", "two\n");
    place.write("both", "two\n");
    place.write("fresh", "two\n");
    place.git(&["add", "staged", "both", "fresh"]);
    place.write("unstaged", "two\n");
    place.write("both", "three\n");
    place.write("untracked", "x\n");
    let before = place.git(&["status", "--porcelain"]);
    assert_eq!(place.read().dirty.len(), 5);
    place.enter(Mode::Commit).unwrap();
    assert_eq!(place.git(&["status", "--porcelain"]), before);
    assert_eq!(place.git(&["show", ":both"]), "two\n");
    assert_eq!(place.git(&["diff", "--name-only", "HEAD^", "HEAD"]).lines().count(), 4);
}

#[test]
fn a_subdirectory_and_a_linked_working_tree_are_committed_to_where_they_are() {
    let place = Place::committed();
    place.git(&["worktree", "add", "-q", "-b", "side", "../linked"]);
    let main = place.git(&["rev-parse", "main"]);
    let linked = place.dir.join("linked");
    let workspace = Workspace::read(&linked, &place.git, &Limits::default()).unwrap();
    let entered = place.enter_watched(&workspace, Mode::Commit, &mut |_| {}).unwrap();
    assert_eq!(place.git(&["rev-parse", "side"]).trim(), entered.commit.unwrap());
    assert_eq!(place.git(&["rev-parse", "main"]), main);
    assert_eq!(place.git(&["-C", "../linked", "status", "--porcelain"]), "");
    assert_eq!(place.git(&["status", "--porcelain"]), "");

    let place = Place::committed();
    place.git(&["init", "-q", "-b", "main", ".."]);
    std::fs::rename(place.path(".git"), place.dir.join("aside")).unwrap();
    place.git(&["add", "."]);
    place.git(&["commit", "-q", "-m", "one"]);
    place.enter(Mode::Commit).unwrap();
    assert_eq!(place.git(&["status", "--porcelain", "."]), "");
    assert!(place.git(&["diff", "--name-only", "HEAD^", "HEAD"]).starts_with("w/src/deep/more.rs\n"));
}

#[test]
fn a_detached_head_moves_and_no_branch_with_it() {
    let place = Place::committed();
    place.git(&["checkout", "-q", "--detach"]);
    let main = place.git(&["rev-parse", "main"]);
    let entered = place.enter(Mode::Commit).unwrap();
    assert_eq!(place.git(&["rev-parse", "HEAD"]).trim(), entered.commit.unwrap());
    assert_eq!(place.git(&["rev-parse", "main"]), main);
    assert!(!place.try_git(&["symbolic-ref", "-q", "HEAD"]).success());
}

/// Asserts that an entry is refused, that nothing is left of it, and gives the error.
fn refused(place: &Place, mode: Mode) -> CommitError {
    let (files, head) = (place.files(), place.try_git(&["rev-parse", "HEAD"]).stdout);
    let error = place.enter(mode).expect_err("refused");
    assert_eq!(place.files(), files, "{error}");
    assert_eq!(place.try_git(&["rev-parse", "HEAD"]).stdout, head);
    assert!(!place.journal().exists() && !place.path(".git/index.lock").exists(), "{error}");
    error
}

#[test]
fn a_commit_that_would_hold_more_than_the_change_is_refused_and_a_write_is_not() {
    let unstaged = |place: &Place| place.write("src/lib.rs", "old, and edited\n");
    let staged = |place: &Place| {
        place.write("src/lib.rs", "old, and staged\n");
        place.git(&["add", "src/lib.rs"]);
        place.write("src/lib.rs", "old lib\n");
    };
    let untracked = |place: &Place| {
        place.git(&["rm", "-q", "--cached", "src/lib.rs"]);
    };
    let fresh = |place: &Place| {
        place.git(&["rm", "-q", "--cached", "src/lib.rs"]);
        place.git(&["commit", "-q", "-m", "two"]);
    };
    let intended = |place: &Place| {
        place.write("src/deep/more.rs", "theirs\n");
        place.git(&["add", "src/deep/more.rs"]);
        std::fs::remove_dir_all(place.path("src/deep")).unwrap();
    };
    let cases: [&dyn Fn(&Place); 5] = [&unstaged, &staged, &untracked, &fresh, &intended];
    for (number, make_dirty) in cases.into_iter().enumerate() {
        let place = Place::committed();
        make_dirty(&place);
        let error = refused(&place, Mode::Commit);
        assert!(matches!(error, CommitError::DirtyPath(_)), "{number}: {error:?}");
        let status = place.git(&["ls-files", "-s"]);
        place.enter(Mode::Write).unwrap();
        assert_eq!(place.git(&["ls-files", "-s"]), status);
    }
}

#[test]
fn a_file_that_a_filter_made_is_not_committed() {
    let place = Place::committed();
    place.write(".gitattributes", "src/lib.rs filter=upper\n");
    place.git(&["config", "filter.upper.clean", "tr a-z A-Z"]);
    place.git(&["config", "filter.upper.smudge", "tr A-Z a-z"]);
    place.git(&["add", "--renormalize", "."]);
    place.commit_all();
    assert_eq!(place.git(&["cat-file", "blob", "HEAD:src/lib.rs"]), "OLD LIB\n");
    assert!(matches!(refused(&place, Mode::Commit), CommitError::DirtyPath(_)));
}

#[test]
fn there_must_be_a_commit_to_build_on() {
    assert!(matches!(refused(&Place::new(), Mode::Commit), CommitError::NoRepository(_)));
    let place = Place::new();
    place.git(&["init", "-q"]);
    assert!(matches!(refused(&place, Mode::Commit), CommitError::Unborn));
    let place = Place::committed();
    std::fs::write(place.path(".git/MERGE_HEAD"), place.git(&["rev-parse", "HEAD"])).unwrap();
    assert!(matches!(refused(&place, Mode::Commit), CommitError::Busy("merge")));
}

#[test]
fn a_locked_index_stops_the_change_and_stays_locked() {
    let place = Place::committed();
    std::fs::write(place.path(".git/index.lock"), "").unwrap();
    let files = place.files();
    assert!(matches!(place.enter(Mode::Commit), Err(CommitError::Locked { .. })));
    assert!(place.path(".git/index.lock").exists() && !place.journal().exists());
    assert_eq!(place.files(), files);
}

#[test]
fn another_tree_than_the_approved_is_refused() {
    let place = Place::committed();
    let workspace = place.read();
    let tree = changed(&workspace.tree);
    let entry = ChangeEntry {
        workspace: &workspace,
        base: &workspace.tree,
        tree: &tree,
        mode: Mode::Write,
        record: None,
        message: &place.message,
        journal: &place.journal(),
        when: 0,
        git: &place.git,
    };
    let other = Approved::invented(workspace.tree.hash());
    assert!(matches!(enter_change(other, &entry), Err(CommitError::NotApproved { .. })));
    let same = ChangeEntry { tree: &workspace.tree, ..entry };
    let approved = Approved::invented(workspace.tree.hash());
    assert!(matches!(enter_change(approved, &same), Err(CommitError::NoChange)));
}

const MODES: [Mode; 2] = [Mode::Commit, Mode::Write];

/// The steps before the change is in.
const BEFORE: [ChangeStep; 9] = [
    ChangeStep::Checked,
    ChangeStep::Stored,
    ChangeStep::Journaled,
    ChangeStep::Locked,
    ChangeStep::Staged,
    ChangeStep::Placed(1),
    ChangeStep::Placed(2),
    ChangeStep::Placed(3),
    ChangeStep::Placed(4),
];

#[test]
fn a_file_that_somebody_changes_meanwhile_is_theirs_and_stops_the_change() {
    // The last file of the change, which is placed last.
    for mode in MODES {
        for step in &BEFORE[..8] {
            let place = Place::committed();
            let mut expected = place.files();
            expected.insert("src/run.sh".to_owned(), "theirs\n".to_owned());
            let head = place.git(&["rev-parse", "HEAD"]);
            let entered = place.enter_watched(&place.read(), mode, &mut |at| {
                if at == *step {
                    place.write("src/run.sh", "theirs\n");
                }
            });
            assert!(matches!(entered, Err(CommitError::Changed(_))), "{step:?} {entered:?}");
            assert_eq!(place.files(), expected, "{step:?}");
            assert_eq!(place.git(&["rev-parse", "HEAD"]), head);
            assert_eq!(place.git(&["status", "--porcelain"]), " M src/run.sh\n", "{step:?}");
            assert!(!place.journal().exists() && !place.path("src/deep").exists());
        }
    }
}

#[test]
fn a_head_that_moves_meanwhile_stops_the_commit_and_the_files_go_back() {
    let commit = |place: &Place| drop(place.git(&["update-ref", "refs/heads/main", &other_commit(place)]));
    let switch = |place: &Place| drop(place.git(&["symbolic-ref", "HEAD", "refs/heads/other"]));
    let cases: [&dyn Fn(&Place); 2] = [&commit, &switch];
    for move_head in cases {
        for step in BEFORE {
            let place = Place::committed();
            place.git(&["branch", "other"]);
            let files = place.files();
            let entered = place.enter_watched(&place.read(), Mode::Commit, &mut |at| {
                if at == step {
                    move_head(&place);
                }
            });
            assert!(matches!(entered, Err(CommitError::HeadMoved)), "{step:?} {entered:?}");
            assert_eq!(place.files(), files);
            assert_eq!(place.git(&["status", "--porcelain"]), "", "{step:?}");
            assert!(!place.journal().exists());
        }
    }
}

/// A commit of the same files on top of the last one.
fn other_commit(place: &Place) -> String {
    place.git(&["commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "other"]).trim().to_owned()
}

#[test]
fn a_step_that_fails_leaves_everything_as_it_was() {
    // What stands where a file is to be written makes writing it fail, for every user.
    let block = |place: &Place, number: usize| {
        let name = format!("src/.gryph-journal-{RUN}-{number}");
        std::fs::create_dir(place.path(&name)).unwrap();
    };
    for mode in MODES {
        let place = Place::committed();
        let files = place.files();
        let entered = place.enter_watched(&place.read(), mode, &mut |at| {
            if at == ChangeStep::Locked {
                block(&place, 3);
            }
        });
        assert!(entered.is_err());
        let name = format!("src/.gryph-journal-{RUN}-3");
        std::fs::remove_dir(place.path(&name)).unwrap();
        // Until it could be removed it was in the way of putting back, too.
        assert_eq!(look(&place.git, &place.prepared()), Disk::Lacks);
        assert_eq!(place.files(), files);
        assert_eq!(place.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn an_index_that_cannot_be_replaced_takes_the_commit_back() {
    let place = Place::committed();
    let (files, head) = (place.files(), place.git(&["rev-parse", "HEAD"]));
    let blocked = place.path(&format!(".git/index.journal-{RUN}"));
    let mut block = |at| {
        if at == ChangeStep::Moved {
            std::fs::create_dir(&blocked).unwrap();
        }
    };
    let entered = place.enter_watched(&place.read(), Mode::Commit, &mut block);
    assert!(matches!(entered, Err(CommitError::Write { .. })), "{entered:?}");
    assert_eq!((place.files(), place.git(&["rev-parse", "HEAD"])), (files, head));
    assert_eq!(place.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_commit_that_somebody_built_on_at_once_stays_and_the_next_start_completes_it() {
    let place = Place::committed();
    let [_, new] = old_and_new(&place);
    let blocked = place.path(&format!(".git/index.journal-{RUN}"));
    let entered = place.enter_watched(&place.read(), Mode::Commit, &mut |at| {
        if at == ChangeStep::Moved {
            std::fs::create_dir(&blocked).unwrap();
            place.git(&["update-ref", "refs/heads/main", &other_commit(&place)]);
        }
    });
    assert!(matches!(entered, Err(CommitError::HalfDone { .. })), "{entered:?}");
    std::fs::remove_dir(&blocked).unwrap();
    let commit = place.git(&["rev-parse", "main^"]).trim().to_owned();
    assert_eq!(look(&place.git, &place.prepared()), Disk::Holds { commit: Some(commit) });
    assert_eq!(place.files(), new);
    assert_eq!(place.git(&["status", "--porcelain"]), "");
    assert!(!place.path(".git/index.lock").exists());
}

#[test]
fn the_journal_of_another_change_is_not_touched() {
    let place = Place::committed();
    std::fs::create_dir_all(place.journal()).unwrap();
    std::fs::write(place.journal().join("journal.json"), "theirs").unwrap();
    let files = place.files();
    assert!(place.enter(Mode::Write).is_err());
    assert_eq!(std::fs::read(place.journal().join("journal.json")).unwrap(), b"theirs");
    assert_eq!(place.files(), files);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_or_into_another_repository() {
    let outside = |place: &Place| {
        std::fs::rename(place.path("src"), place.dir.join("outside")).unwrap();
        std::os::unix::fs::symlink(place.dir.join("outside"), place.path("src")).unwrap();
    };
    let link = |place: &Place| {
        std::fs::rename(place.path("src/lib.rs"), place.dir.join("lib.rs")).unwrap();
        std::os::unix::fs::symlink(place.dir.join("lib.rs"), place.path("src/lib.rs")).unwrap();
    };
    let nested = |place: &Place| drop(place.git(&["init", "-q", "src"]));
    let cases: [&dyn Fn(&Place); 3] = [&outside, &link, &nested];
    for make_odd in cases {
        let place = Place::committed();
        let workspace = place.read();
        make_odd(&place);
        let entered = place.enter_watched(&workspace, Mode::Write, &mut |_| {});
        assert!(matches!(entered, Err(CommitError::NotPlain(_))), "{entered:?}");
        assert!(!place.journal().exists());
    }
}

#[test]
fn gits_own_files_are_out_of_reach() {
    let place = Place::committed();
    let workspace = place.read();
    let mut tree = workspace.tree.clone();
    tree.insert(TreePath::new("src/.git/hooks/post-commit").unwrap(), "#!/bin/sh\n");
    let entry = ChangeEntry {
        workspace: &workspace,
        base: &workspace.tree,
        tree: &tree,
        mode: Mode::Write,
        record: None,
        message: &place.message,
        journal: &place.journal(),
        when: 0,
        git: &place.git,
    };
    let entered = enter_change(Approved::invented(tree.hash()), &entry);
    assert!(matches!(entered, Err(CommitError::ForbiddenPath(_))));
}

#[test]
fn a_hostile_repository_runs_nothing_while_it_is_committed_to() {
    let place = Place::committed();
    let program = place.dir.join("evil.sh");
    std::fs::write(&program, format!("#!/bin/sh\ntouch '{}'\ncat\n", place.dir.join("ran").display()))
        .unwrap();
    let evil = program.to_str().unwrap();
    let hooks = place.path(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change"] {
        std::fs::copy(&program, hooks.join(hook)).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let all = std::fs::read_dir(&hooks).unwrap().map(|entry| entry.unwrap().path());
        for path in all.chain([program.clone()]) {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    place.write(".git/info/attributes", "* filter=evil\n");
    for (key, value) in [
        ("core.fsmonitor", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.process", evil),
        ("gpg.program", evil),
        ("commit.gpgSign", "true"),
        ("core.editor", evil),
        ("alias.update-index", &format!("!{evil}")),
    ] {
        place.write(
            ".git/config",
            &format!(
                "{}[{}]\n{} = {value:?}\n",
                std::fs::read_to_string(place.path(".git/config")).unwrap(),
                match key.rsplit_once('.').unwrap().0.split_once('.') {
                    Some((section, name)) => format!("{section} \"{name}\""),
                    None => key.rsplit_once('.').unwrap().0.to_owned(),
                },
                key.rsplit_once('.').unwrap().1,
            ),
        );
    }
    place.enter(Mode::Commit).unwrap();
    assert!(!place.dir.join("ran").exists());
    let _ = place.try_git(&["status"]);
    assert!(place.dir.join("ran").exists(), "the trap is none");
}

/// Set for the child of the tests below, and for nobody else: the mode, the step it dies at, and where it works.
const DIE: &str = "GRYPH_TEST_DIE_IN_CHANGE";

/// The child: enters a change and dies at the step it was told. Without that it has nothing to do.
#[test]
fn child_that_dies_in_a_change() {
    let Some(order) = std::env::var_os(DIE) else { return };
    let order = order.into_string().unwrap();
    let [mode, step, dir] = order.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{order}") };
    let place = Place::at(PathBuf::from(dir), tempfile::tempdir().unwrap());
    let mode = if mode == "Commit" { Mode::Commit } else { Mode::Write };
    let _ = place.enter_watched(&place.read(), mode, &mut |at| {
        if format!("{at:?}") == step {
            std::process::abort();
        }
    });
    panic!("the step {step} never came");
}

fn die(place: &Place, mode: Mode, step: ChangeStep) {
    let child = Invocation {
        program: std::env::current_exe().unwrap(),
        args: ["--exact", "commit::change::tests::child_that_dies_in_a_change"].map(OsString::from).into(),
        cwd: place.dir.clone(),
        env: [
            ("PATH".into(), std::env::var_os("PATH").unwrap()),
            (DIE.into(), format!("{mode:?} {step:?} {}", place.dir.display()).into()),
        ]
        .into(),
        ..Invocation::default()
    };
    let output = capture(&child, &LIMITS).unwrap();
    assert!(matches!(output.exit, Exit::Signal(_)), "{step:?}: {output:?}");
}

#[test]
fn death_at_any_step_is_settled_to_all_old_or_all_new() {
    let after = [ChangeStep::Moved, ChangeStep::Indexed, ChangeStep::Entered];
    for mode in MODES {
        for step in BEFORE.into_iter().chain(after) {
            if mode == Mode::Write && matches!(step, ChangeStep::Moved | ChangeStep::Indexed) {
                continue;
            }
            let place = Place::committed();
            // Somebody's staged work, which must survive as well.
            place.write("theirs", "staged\n");
            place.git(&["add", "theirs"]);
            let [old, new] = old_and_new(&place);
            let head = place.git(&["rev-parse", "HEAD"]);
            die(&place, mode, step);
            // With all files new and nothing to commit, only the mark is missing.
            let is_in = after.contains(&step) || (mode == Mode::Write && step == ChangeStep::Placed(4));
            let disk = look(&place.git, &place.prepared());
            let now = place.git(&["rev-parse", "HEAD"]);
            let commit = (mode == Mode::Commit).then(|| now.trim().to_owned());
            assert_eq!(disk, if is_in { Disk::Holds { commit } } else { Disk::Lacks }, "{mode:?} {step:?}");
            assert_eq!(place.files(), if is_in { new } else { old }, "{mode:?} {step:?}");
            assert_eq!(now != head, is_in && mode == Mode::Commit);
            let status = place.git(&["status", "--porcelain"]);
            let clean = mode == Mode::Commit || !is_in;
            assert!(status.contains("A  theirs\n"), "{mode:?} {step:?}: {status}");
            assert_eq!(status.lines().count() == 1, clean, "{mode:?} {step:?}: {status}");
            assert!(!place.path(".git/index.lock").exists(), "{mode:?} {step:?}");
            // A second look finds the same.
            assert_eq!(look(&place.git, &place.prepared()) == Disk::Lacks, !is_in);
        }
    }
}

#[test]
fn what_somebody_made_of_the_files_since_a_death_is_theirs() {
    let place = Place::committed();
    let [mut expected, _] = old_and_new(&place);
    die(&place, Mode::Commit, ChangeStep::Placed(4));
    place.write("src/lib.rs", "theirs\n");
    expected.insert("src/lib.rs".to_owned(), "theirs\n".to_owned());
    assert_eq!(look(&place.git, &place.prepared()), Disk::Lacks);
    assert_eq!(place.files(), expected);

    let place = Place::committed();
    die(&place, Mode::Write, ChangeStep::Entered);
    place.write("src/lib.rs", "theirs\n");
    let files = place.files();
    assert_eq!(look(&place.git, &place.prepared()), Disk::Holds { commit: None });
    assert_eq!(place.files(), files, "the change was in; what came after is not undone");
}

#[test]
fn a_damaged_journal_touches_nothing() {
    for damage in ["", "{", "{\"version\":9,\"root\":\"/\",\"files\":[],\"directories\":[],\"commit\":null}"]
    {
        let place = Place::committed();
        die(&place, Mode::Write, ChangeStep::Placed(2));
        std::fs::write(place.journal().join("journal.json"), damage).unwrap();
        let files = place.files();
        assert!(matches!(look(&place.git, &place.prepared()), Disk::Unknown(_)), "{damage}");
        assert_eq!(place.files(), files);
    }
    let place = Place::committed();
    die(&place, Mode::Write, ChangeStep::Placed(2));
    let elsewhere = Prepared { dest: place.dir.join("home"), ..place.prepared() };
    assert!(matches!(look(&place.git, &elsewhere), Disk::Unknown(_)));
}

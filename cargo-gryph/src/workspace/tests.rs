//! Claims about reading a workspace, with the real git.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::git::Search;
use crate::process::{self, Invocation, capture};

/// A directory with files in it, and a git that knows nobody.
struct Place {
    dir: tempfile::TempDir,
    git: Git,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        std::fs::create_dir(dir.path().join("w")).unwrap();
        let environment: BTreeMap<OsString, OsString> =
            [("HOME".into(), dir.path().join("home").into())].into();
        let git = Git::discover(&Search { path: std::env::var_os("PATH").unwrap(), environment }).unwrap();
        let place = Self { dir, git };
        for (path, content) in files {
            place.write(path, content);
        }
        place
    }

    /// The same, committed.
    fn committed(files: &[(&str, &str)]) -> Self {
        let place = Self::new(files);
        place.run("git", &["init", "-q", "-b", "main"]);
        place.run("git", &["add", "-A"]);
        place.run("git", &["commit", "-q", "-m", "one"]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("w").join(name)
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Runs a tool as a user would, and gives what it printed.
    fn run(&self, program: &str, args: &[&str]) -> String {
        let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        let mut env: BTreeMap<OsString, OsString> =
            who.map(|name| (name.into(), "a@example.org".into())).into();
        env.insert("PATH".into(), std::env::var_os("PATH").unwrap());
        env.insert("HOME".into(), self.dir.path().join("home").into());
        let invocation = Invocation {
            program: "/usr/bin/env".into(),
            args: [program].iter().chain(args).map(OsString::from).collect(),
            cwd: self.path(""),
            env,
            ..Invocation::default()
        };
        let limits = process::Limits { wall: Duration::from_secs(60), output_bytes: 1 << 20 };
        let output = capture(&invocation, &limits).unwrap();
        assert!(output.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn read(&self, start: &str) -> Result<Workspace, WorkspaceError> {
        Workspace::read(&self.path(start), &self.git, &Limits::default())
    }
}

const PACKAGE: &str = "[package]\nname = \"one\"\nedition = \"2021\"\n";

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nedition = \"2021\"\n{rest}")
}

fn paths(workspace: &Workspace) -> Vec<&str> {
    workspace.tree.files().map(|(path, _)| path.as_str()).collect()
}

fn dirty(workspace: &Workspace) -> Vec<&str> {
    workspace.dirty.iter().map(TreePath::as_str).collect()
}

fn members(workspace: &Workspace) -> Vec<(&str, &str)> {
    let directory =
        |package: &'_ Package| package.directory.as_ref().map_or("", |path| path.as_str()).to_owned();
    let packages = workspace.packages.iter();
    packages.map(|package| (package.name.as_str(), &*directory(package).leak())).collect()
}

#[test]
fn a_directory_without_git_is_walked_without_what_tools_made() {
    let place = Place::new(&[
        ("Cargo.toml", PACKAGE),
        ("src/lib.rs", ""),
        ("target/debug/x", ""),
        (".git-not/x", ""),
        (".svn/x", ""),
        ("cache/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"),
        ("cache/x", ""),
        ("src/target/kept.rs", ""),
    ]);
    let workspace = place.read("").unwrap();
    assert_eq!(paths(&workspace), [".git-not/x", "Cargo.toml", "src/lib.rs", "src/target/kept.rs"]);
    assert!(workspace.repository.is_none() && workspace.dirty.is_empty());
    assert_eq!(members(&workspace), [("one", "")]);
}

#[test]
fn a_repository_gives_what_it_tracks_and_does_not_ignore() {
    let place = Place::committed(&[
        ("Cargo.toml", PACKAGE),
        ("src/lib.rs", ""),
        ("gone.txt", ""),
        (".gitignore", "Cargo.lock\n*.log\n"),
    ]);
    place.write("new.rs", "");
    place.write("a.log", "");
    place.write("Cargo.lock", "version = 4\n");
    place.write("target/x", "");
    place.write("src/lib.rs", "changed");
    std::fs::remove_file(place.path("gone.txt")).unwrap();
    let workspace = place.read("src").unwrap();
    assert_eq!(paths(&workspace), [".gitignore", "Cargo.lock", "Cargo.toml", "new.rs", "src/lib.rs"]);
    assert_eq!(dirty(&workspace), ["gone.txt", "new.rs", "src/lib.rs"]);
    let repository = workspace.repository.unwrap();
    assert_eq!(repository.head.branch.as_deref(), Some("refs/heads/main"));
    assert_eq!(repository.head.commit.unwrap().to_string(), place.run("git", &["rev-parse", "HEAD"]).trim());
    assert_eq!((repository.prefix, repository.git.top), (None, place.path("").components().collect()));
}

#[test]
fn a_workspace_in_a_subdirectory_sees_only_its_own() {
    let place = Place::committed(&[
        ("rust/Cargo.toml", PACKAGE),
        ("rust/src/lib.rs", ""),
        ("other/file", ""),
        ("rust-not/file", ""),
    ]);
    place.write("other/file", "changed");
    place.write("rust/src/lib.rs", "changed");
    let workspace = place.read("rust").unwrap();
    assert_eq!(paths(&workspace), ["Cargo.toml", "src/lib.rs"]);
    assert_eq!(dirty(&workspace), ["src/lib.rs"]);
    let repository = workspace.repository.unwrap();
    let path = TreePath::new("src/lib.rs").unwrap();
    assert_eq!(repository.path_of(&path).as_str(), "rust/src/lib.rs");
}

#[test]
fn a_linked_working_tree_is_a_repository_of_its_own() {
    let place = Place::committed(&[("Cargo.toml", PACKAGE), ("src/lib.rs", "")]);
    place.run("git", &["worktree", "add", "-q", "-b", "side", "../linked"]);
    let linked = place.dir.path().join("linked");
    let workspace = Workspace::read(&linked, &place.git, &Limits::default()).unwrap();
    let repository = workspace.repository.unwrap();
    assert_eq!(repository.head.branch.as_deref(), Some("refs/heads/side"));
    assert_eq!(repository.git.top, linked.canonicalize().unwrap());
    assert!(repository.git.git_dir.ends_with(".git/worktrees/linked"), "{:?}", repository.git.git_dir);
    assert!(workspace.dirty.is_empty(), "{:?}", workspace.dirty);
}

#[test]
fn detached_and_unborn_heads_are_told_apart() {
    let place = Place::committed(&[("Cargo.toml", PACKAGE)]);
    place.run("git", &["checkout", "-q", "--detach"]);
    let head = place.read("").unwrap().repository.unwrap().head;
    assert!(head.branch.is_none() && head.commit.is_some());
    assert_eq!(head.reference(), "HEAD");
    let place = Place::new(&[("Cargo.toml", PACKAGE)]);
    place.run("git", &["init", "-q", "-b", "trunk"]);
    let workspace = place.read("").unwrap();
    assert_eq!(dirty(&workspace), ["Cargo.toml"]);
    let head = workspace.repository.unwrap().head;
    assert_eq!((head.branch.as_deref(), head.commit), (Some("refs/heads/trunk"), None));
}

#[test]
fn a_repository_that_ignores_the_workspace_is_none_of_its() {
    let place = Place::committed(&[("README", ""), (".gitignore", "/made\n")]);
    place.write("made/Cargo.toml", PACKAGE);
    place.write("made/src/lib.rs", "");
    let workspace = place.read("made").unwrap();
    assert_eq!(paths(&workspace), ["Cargo.toml", "src/lib.rs"]);
    assert!(workspace.repository.is_none());
}

#[test]
fn the_root_is_found_as_cargo_finds_it() {
    let workspace =
        "[workspace]\nmembers = [\"crates/*\", \"extra\"]\nexclude = [\"crates/not\", \"vendor\"]\n";
    let place = Place::new(&[
        ("Cargo.toml", workspace),
        (
            "crates/a/Cargo.toml",
            &manifest("a", "[dependencies]\nb = { path = \"../../b\" }\nv = { path = \"../../vendor/v\" }\n"),
        ),
        ("crates/not/Cargo.toml", &manifest("not", "")),
        ("extra/Cargo.toml", &manifest("extra", "")),
        ("b/Cargo.toml", &manifest("b", "")),
        ("vendor/v/Cargo.toml", &manifest("v", "")),
        ("stray/Cargo.toml", &manifest("stray", "")),
        ("elsewhere/Cargo.toml", &manifest("elsewhere", "workspace = \"..\"\n")),
    ]);
    for start in ["", "crates/a", "crates/a/Cargo.toml", "b"] {
        let workspace = place.read(start).unwrap();
        assert_eq!(workspace.root, place.path("").components().collect::<PathBuf>(), "{start}");
        assert_eq!(members(&workspace), [("b", "b"), ("a", "crates/a"), ("extra", "extra")], "{start}");
    }
    assert_eq!(place.read("crates/not").unwrap().root, place.path("crates/not"));
    assert_eq!(place.read("vendor/v").unwrap().root, place.path("vendor/v"));
    for start in ["stray", "elsewhere"] {
        assert!(matches!(place.read(start), Err(WorkspaceError::NotAMember { .. })), "{start}");
    }
    let nowhere = place.read("nowhere").unwrap_err();
    assert!(matches!(nowhere, WorkspaceError::NoManifest { .. }));
    // Commands differ in how a workspace is named to them.
    let hint = nowhere.hint().unwrap();
    assert!(["--path", "--manifest-path"].iter().all(|option| hint.contains(option)), "{hint}");
}

#[test]
fn what_lies_outside_of_the_root_is_an_error_that_says_so() {
    let place = Place::new(&[
        ("w/Cargo.toml", &manifest("w", "[dependencies]\nx = { path = \"../x\" }\n")),
        ("x/Cargo.toml", &manifest("x", "")),
        ("m/Cargo.toml", "[workspace]\nmembers = [\"../x\"]\n"),
        ("p/Cargo.toml", &manifest("p", "[patch.crates-io]\nx = { path = \"/nowhere/x\" }\n")),
        ("gap/Cargo.toml", &manifest("gap", "[dependencies]\nx = { path = \"x\" }\n")),
    ]);
    for start in ["w", "m", "p"] {
        assert!(matches!(place.read(start), Err(WorkspaceError::Outside { .. })), "{start}");
    }
    let missing = place.read("gap").unwrap_err();
    assert_eq!(missing.to_string(), "`Cargo.toml` names the path `x`, and no `Cargo.toml` was read there");
}

/// The text of what changed lately.
fn changed(place: &Place) -> Vec<String> {
    let workspace = place.read("").unwrap();
    let text = |span: &Span| workspace.tree.text(&span.path).unwrap()[span.range.clone()].to_owned();
    workspace.changed.iter().map(text).collect()
}

#[test]
fn what_changed_lately_is_the_last_commit_or_what_is_not_committed_yet() {
    let old = "fn a() {}\nfn b() {}\nfn c() {}\n";
    let place = Place::committed(&[("Cargo.toml", PACKAGE), ("src/lib.rs", old), ("notes.txt", "one\n")]);
    assert_eq!(changed(&place), Vec::<String>::new(), "before the first commit there was nothing");
    place.write("src/lib.rs", &old.replace("fn b() {}", "fn b() { x() }"));
    place.write("notes.txt", "two\n");
    place.run("git", &["commit", "-q", "-a", "-m", "two"]);
    assert_eq!(changed(&place), ["fn b() { x() }\n"]);
    place.write(
        "src/lib.rs",
        &old.replace("fn b() {}", "fn b() { x() }").replace("fn c() {}", "fn c() { y() }"),
    );
    assert_eq!(changed(&place), ["fn c() { y() }\n"]);
}

#[test]
fn inherited_editions_and_dependencies_are_followed() {
    let place = Place::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\"]\n[workspace.package]\nedition = \"2024\"\n\
             [workspace.dependencies]\nb = { path = \"b\" }\n",
        ),
        (
            "a/Cargo.toml",
            "[package]\nname = \"a\"\nedition.workspace = true\n[dependencies]\nb.workspace = true\n",
        ),
        ("b/Cargo.toml", "[package]\nname = \"b\"\n"),
    ]);
    let workspace = place.read("a").unwrap();
    let editions: Vec<_> = workspace.packages.iter().map(|package| package.edition.as_str()).collect();
    assert_eq!((members(&workspace), editions), (vec![("a", "a"), ("b", "b")], vec!["2024", "2015"]));
    let path = TreePath::new("b/src/lib.rs").unwrap();
    assert_eq!(workspace.package_of(&path).unwrap().name, "b");
}

#[test]
fn targets_are_those_that_cargo_would_find() {
    let place = Place::new(&[
        (
            "Cargo.toml",
            &manifest(
                "my-lib",
                "autobenches = false\n[[bin]]\nname = \"tool\"\npath = \"src/tool.rs\"\n[[test]]\nname = \"it\"\npath = \"checks/it.rs\"\n",
            ),
        ),
        ("src/lib.rs", ""),
        ("src/main.rs", ""),
        ("src/tool.rs", ""),
        ("src/bin/other/main.rs", ""),
        ("src/bin/other/part.rs", ""),
        ("tests/smoke.rs", ""),
        ("tests/shared/mod.rs", ""),
        ("checks/it.rs", ""),
        ("benches/b.rs", ""),
        ("examples/e.rs", ""),
        ("build.rs", ""),
    ]);
    let workspace = place.read("").unwrap();
    let package = &workspace.packages[0];
    let targets: Vec<String> = package
        .targets
        .iter()
        .map(|target| format!("{:?} {} {}", target.kind, target.name, target.path))
        .collect();
    assert_eq!(
        targets,
        [
            "Library my_lib src/lib.rs",
            "Binary my-lib src/main.rs",
            "Binary other src/bin/other/main.rs",
            "Binary tool src/tool.rs",
            "Test it checks/it.rs",
            "Test smoke tests/smoke.rs",
            "Example e examples/e.rs",
        ]
    );
    assert_eq!(package.build_script.as_ref().map(TreePath::as_str), Some("build.rs"));
}

#[test]
fn what_acts_on_tools_is_left_out_and_named() {
    let place = Place::committed(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n"),
        ("a/Cargo.toml", &manifest("a", "")),
        ("a/.cargo/config", "[build]\nrustc-wrapper = \"/bin/false\"\n"),
        (".cargo/config.toml", ""),
        ("rust-toolchain.toml", ""),
        ("a/tests/data/rust-toolchain", "data"),
    ]);
    let workspace = place.read("").unwrap();
    assert_eq!(paths(&workspace), ["Cargo.toml", "a/Cargo.toml", "a/tests/data/rust-toolchain"]);
    let left: Vec<_> = workspace.notes.iter().map(|note| (note.why, note.path.as_str())).collect();
    assert_eq!(
        left,
        [
            (Why::ActsOnTools, ".cargo/config.toml"),
            (Why::ActsOnTools, "a/.cargo/config"),
            (Why::ActsOnTools, "rust-toolchain.toml"),
        ]
    );
}

#[cfg(unix)]
#[test]
fn links_odd_names_and_no_files_are_left_out_and_named() {
    for git in [false, true] {
        let place = Place::new(&[("Cargo.toml", PACKAGE), ("src/lib.rs", ""), ("a:b", ""), ("dir/x", "")]);
        std::fs::write(place.dir.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink("../secret", place.path("link")).unwrap();
        std::os::unix::fs::symlink("src", place.path("through")).unwrap();
        if git {
            place.run("git", &["init", "-q"]);
            place.run("git", &["add", "-A"]);
            place.run("git", &["commit", "-q", "-m", "one"]);
            // A directory that became a link after it was committed.
            std::fs::remove_dir_all(place.path("dir")).unwrap();
            std::os::unix::fs::symlink(place.dir.path(), place.path("dir")).unwrap();
        }
        place.run("mkfifo", &["pipe"]);
        let workspace = place.read("").unwrap();
        let plain: &[&str] =
            if git { &["Cargo.toml", "src/lib.rs"] } else { &["Cargo.toml", "dir/x", "src/lib.rs"] };
        assert_eq!(paths(&workspace), plain);
        for (why, path) in [(Why::Link, "link"), (Why::Link, "through"), (Why::OddName, "a:b")] {
            assert!(workspace.notes.contains(&Note { why, path: path.to_owned() }), "{:?}", workspace.notes);
        }
        assert_eq!(workspace.notes.iter().any(|note| note.path == "dir/x"), git);
        assert!(!workspace.tree.files().any(|(_, content)| content == b"secret"));
    }
}

#[test]
fn limits_are_errors_or_notes() {
    let place = Place::new(&[("Cargo.toml", PACKAGE), ("a.txt", "0123456789"), ("b.txt", "0123456789")]);
    let read = |limits| Workspace::read(&place.path(""), &place.git, &limits);
    let large = read(Limits { file_bytes: 5 + PACKAGE.len() as u64, ..Limits::default() });
    assert_eq!(paths(&large.unwrap()).len(), 3);
    let noted = read(Limits { file_bytes: 9, ..Limits::default() });
    assert!(
        matches!(noted, Err(WorkspaceError::Missing { .. })),
        "a manifest that is too large is not there"
    );
    let total = read(Limits { total_bytes: 20 + PACKAGE.len() as u64 - 1, ..Limits::default() });
    assert!(matches!(total, Err(WorkspaceError::TooLarge { .. })));
    let many = read(Limits { files: 2, ..Limits::default() });
    assert!(matches!(many, Err(WorkspaceError::TooLarge { .. })));
}

/// A repository whose configuration runs a program at every opportunity.
fn hostile() -> Place {
    let place = Place::committed(&[
        ("Cargo.toml", PACKAGE),
        ("src/lib.rs", "one\n"),
        (".gitattributes", "* filter=evil diff=evil\n*.rs filter=a=b\n"),
    ]);
    let ran = place.dir.path().join("ran");
    let program = place.dir.path().join("evil.sh");
    std::fs::write(&program, format!("#!/bin/sh\ntouch '{}'\ncat\n", ran.display())).unwrap();
    place.run("chmod", &["+x", program.to_str().unwrap()]);
    let evil = program.to_str().unwrap();
    for (key, value) in [
        ("core.fsmonitor", evil),
        ("core.hooksPath", place.dir.path().to_str().unwrap()),
        ("core.pager", evil),
        ("core.sshCommand", evil),
        ("filter.evil.clean", evil),
        ("filter.evil.smudge", evil),
        ("filter.evil.required", "true"),
        ("filter.a=b.process", evil),
        ("diff.evil.command", evil),
        ("diff.evil.textconv", evil),
        ("alias.status", "!touch ran"),
        ("alias.ls-files", "!touch ran"),
        ("core.excludesFile", "/dev/null"),
        ("status.showUntrackedFiles", "no"),
    ] {
        place.run("git", &["config", key, value]);
    }
    let hooks = place.path(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-index-change", "reference-transaction", "pre-commit", "post-checkout"] {
        std::fs::copy(&program, hooks.join(hook)).unwrap();
        std::fs::copy(&program, place.dir.path().join(hook)).unwrap();
    }
    // Other times and the same size, so that git must read the file to know.
    place.write("src/lib.rs", "two\n");
    place.write("new.rs", "");
    place
}

#[test]
fn a_hostile_repository_runs_nothing_and_hides_nothing() {
    let place = hostile();
    assert!(!place.dir.path().join("ran").exists(), "the preparation itself ran it");
    let workspace = place.read("").unwrap();
    assert_eq!(dirty(&workspace), ["new.rs", "src/lib.rs"]);
    assert!(!place.dir.path().join("ran").exists());
    assert!(!place.path("ran").exists());
    // The trap is one: git itself falls into it.
    let _ = place.run("git", &["status"]);
    assert!(place.dir.path().join("ran").exists());
}

#[test]
fn what_the_user_ignores_everywhere_is_ignored() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join(".config/git")).unwrap();
    std::fs::write(dir.path().join(".config/git/ignore"), "*.swp\n").unwrap();
    let environment: BTreeMap<OsString, OsString> = [("HOME".into(), dir.path().into())].into();
    let git = Git::discover(&Search { path: std::env::var_os("PATH").unwrap(), environment }).unwrap();
    let place = Place::committed(&[("Cargo.toml", PACKAGE)]);
    place.write("a.swp", "");
    let read = |git: &Git| Workspace::read(Path::new(&place.path("")), git, &Limits::default()).unwrap();
    assert!(read(&git).dirty.is_empty());
    assert_eq!(dirty(&read(&place.git)), ["a.swp"]);
}

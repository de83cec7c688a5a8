//! Bad input to `cargo gryph gate`: each ends with the right code and a clear word, and nothing of it runs.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::desk::{Desk, Said, tool};
use crate::fix::{committed, workspace};

const KIT: &str = "//! Prices.\n\n/// Twice the number.\npub fn twice(number: u32) -> u32 {\n    number * 2\n}\n\n\
                   #[cfg(test)]\nmod tests {\n    #[test]\n    fn four_is_twice_two() {\n        \
                   assert_eq!(super::twice(2), 4);\n    }\n}\n";

/// A repository with `KIT` in it, committed once.
fn repository() -> Desk {
    let desk = Desk::new();
    workspace(&desk, KIT);
    committed(&desk);
    desk
}

fn gate_in(desk: &Desk, dir: &Path, more: &[&str]) -> Said {
    let mut command = desk.command(&[&["gate"], more].concat());
    Said::of(command.current_dir(dir).output().unwrap())
}

fn gate(desk: &Desk, more: &[&str]) -> Said {
    gate_in(desk, &desk.path("kit"), more)
}

fn git(desk: &Desk, arguments: &[&str]) -> String {
    tool(&desk.path("kit"), "git", arguments).trim().to_owned()
}

fn commit(desk: &Desk, text: &str) {
    desk.write("kit/src/lib.rs", text);
    git(desk, &["add", "--all"]);
    git(desk, &["commit", "--quiet", "-m", "More"]);
}

/// Fails unless the gate ended with a code and said something on either stream.
fn ended(said: &Said, code: i32, words: &str) {
    let text = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, Some(code), "{words}: {said:?}");
    assert!(text.contains(words), "{words}: {said:?}");
    assert!(!text.contains("panicked"), "{said:?}");
}

#[test]
fn a_base_is_a_commit_that_is_here_and_nothing_else() {
    let desk = repository();
    git(&desk, &["tag", "-a", "v1", "-m", "One"]);
    let blob = git(&desk, &["rev-parse", "HEAD:src/lib.rs"]);
    commit(&desk, &format!("{KIT}\n// More.\n"));
    git(&desk, &["tag", "here"]);
    git(&desk, &["branch", "v1"]);
    git(&desk, &["tag", "origin/main", "HEAD"]);
    git(&desk, &["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    ended(&gate(&desk, &["--base", "here"]), 0, "nothing differs");
    for name in
        [blob.as_str(), "HEAD:src/lib.rs", "HEAD^{tree}", "", "a b", "a\nb", "HEAD..main", "@{upstream}"]
    {
        ended(&gate(&desk, &["--base", name]), 101, "no commit here is called");
    }
    for name in ["--base=--upload-pack=x", "--base=-x", "--base=--all", "--base=--help"] {
        ended(&gate(&desk, &[name]), 101, "no commit here is called `-");
    }
    // Who may push a tag must not choose the base.
    git(&desk, &["config", "core.warnAmbiguousRefs", "false"]);
    for name in ["v1", "origin/main"] {
        ended(&gate(&desk, &["--base", name]), 101, "names more than one thing");
    }
    ended(&gate(&desk, &["--base", "refs/heads/v1"]), 0, "nothing differs");
}

#[test]
fn what_cannot_be_compared_says_what_to_do() {
    let desk = repository();
    ended(&gate(&desk, &["--base", "HEAD"]), 0, "nothing differs");
    commit(&desk, &format!("{KIT}\n// More.\n"));
    let shallow = desk.path("shallow");
    let from = format!("file://{}", desk.path("kit").display());
    tool(desk.root(), "git", &["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    let said = gate_in(&desk, &shallow, &["--base", "HEAD~1"]);
    ended(&said, 101, "git fetch --unshallow");
    tool(desk.root(), "git", &["clone", "--quiet", "--bare", "kit", "bare.git"]);
    ended(&gate_in(&desk, &desk.path("bare.git"), &[]), 2, "no `Cargo.toml` in");
    git(&desk, &["checkout", "--quiet", "-b", "other", "HEAD~1"]);
    commit(&desk, &format!("{KIT}\n// Other.\n"));
    let merge = Command::new("git").args(["merge", "main"]).current_dir(desk.path("kit")).output().unwrap();
    assert!(!merge.status.success(), "{merge:?}");
    ended(&gate(&desk, &[]), 101, "finish the merge, or abort it");
}

#[test]
fn a_manifest_that_is_none_is_named() {
    let desk = repository();
    let write = |text: &[u8]| std::fs::write(desk.path("kit/Cargo.toml"), text).unwrap();
    write(b"[package]\nname = \"kit\n");
    ended(&gate(&desk, &[]), 2, "kit/Cargo.toml`: line 2: ");
    write(b"[package]\nname = \"\xff\"\n");
    ended(&gate(&desk, &[]), 2, "it is not text");
    write(b"[package]\nname = \"kit\"\n[workspace]\nmembers = [\"../elsewhere\"]\n");
    desk.write("elsewhere/Cargo.toml", "[package]\nname = \"elsewhere\"\n");
    ended(&gate(&desk, &[]), 2, "names the path `../elsewhere`, which lies outside");
    std::fs::remove_file(desk.path("kit/Cargo.toml")).unwrap();
    ended(&gate(&desk, &[]), 2, "no `Cargo.toml` in");
    for name in [".gitignore", "src/lib.rs"] {
        std::fs::remove_file(desk.path("kit").join(name)).unwrap();
    }
    ended(&gate(&desk, &[]), 2, "no `Cargo.toml` in");
}

#[test]
fn a_base_that_does_not_build_is_not_the_fault_of_a_change() {
    let desk = Desk::new();
    workspace(&desk, "//! Prices.\n\npub fn f() -> u32 {\n    \"x\"\n}\n");
    committed(&desk);
    desk.write("kit/README.md", "Prices.\n");
    ended(&gate(&desk, &[]), 102, "the base is red itself: it does not build");
}

#[test]
fn sources_that_are_no_rust_are_refused() {
    let desk = repository();
    desk.write("kit/src/lib.rs", &format!("{KIT}\nfn broken( {{\n"));
    std::fs::write(desk.path("kit/src/unused.rs"), b"// \xff\n").unwrap();
    let said = gate(&desk, &[]);
    ended(&said, 100, "[readable]: a file cannot be read after the change");
    for place in ["--> src/lib.rs:", "--> src/unused.rs:"] {
        assert!(said.out.contains(place), "{place}: {said:?}");
    }
    std::fs::remove_file(desk.path("kit/src/unused.rs")).unwrap();
    std::fs::remove_file(desk.path("kit/src/lib.rs")).unwrap();
    ended(&gate(&desk, &[]), 101, "no targets specified in the manifest");
}

#[test]
fn what_is_left_out_is_never_let_through_unseen() {
    let desk = repository();
    let kit = desk.path("kit");
    symlink("src/lib.rs", kit.join("kept")).unwrap();
    std::fs::create_dir(kit.join("moved")).unwrap();
    tool(&kit.join("moved"), "git", &["init", "--quiet", "."]);
    let nested = |text: &str| {
        std::fs::write(kit.join("moved/file"), text).unwrap();
        let commit = ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x"];
        tool(&kit.join("moved"), "git", &["add", "."]);
        tool(&kit.join("moved"), "git", &commit);
    };
    nested("one");
    commit(&desk, &format!("{KIT}\n// More.\n"));
    ended(&gate(&desk, &[]), 0, "nothing differs");
    nested("two");
    symlink("lib.rs", kit.join("src/inside.rs")).unwrap();
    symlink("/etc/passwd", kit.join("outside")).unwrap();
    symlink("nowhere", kit.join("dangling")).unwrap();
    std::fs::write(kit.join(OsStr::from_bytes(b"src/\xff.rs")), "x").unwrap();
    std::fs::write(kit.join("line\nbreak.txt"), "x").unwrap();
    std::fs::File::create(kit.join("huge")).unwrap().set_len(17 << 20).unwrap();
    let said = gate(&desk, &[]);
    ended(&said, 105, "[everything-seen]");
    let left_out = ["moved", "src/inside.rs", "outside", "dangling", "src/\u{fffd}.rs", "line\\n", "huge"];
    for name in left_out {
        let is_named = |line: &&str| line.starts_with("ask[everything-seen]") && line.contains(name);
        assert!(said.out.lines().any(|line| is_named(&line)), "{name}: {said:?}");
    }
    assert!(!said.out.contains("`kept`"), "what did not change: {said:?}");
    assert!(!said.out.contains("root:"), "{said:?}");
}

#[test]
fn odd_but_plain_input_is_judged_and_nothing_of_the_repository_runs() {
    let desk = repository();
    let marker = desk.path("ran");
    let program = program(&desk, &marker);
    let program = program.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "gpg.program",
        "credential.helper",
    ] {
        git(&desk, &["config", key, program]);
    }
    for hook in ["post-index-change", "post-checkout", "reference-transaction", "pre-commit"] {
        std::fs::copy(program, desk.path("kit/.git/hooks").join(hook)).unwrap();
    }
    let hooks = desk.path("kit/.git/hooks");
    let git = |arguments: &[&str]| {
        let all = [&["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"], arguments].concat();
        tool(&desk.path("kit"), "git", &all)
    };
    assert!(hooks.is_dir());
    git(&["worktree", "add", "--quiet", "--detach", "../linked"]);
    desk.write("kit/.git/info/attributes", "* filter=evil diff=evil\n");
    let linked = desk.path("linked");
    assert!(linked.join(".git").is_file());
    let text = KIT
        .replace('\n', "\r\n")
        .replace("assert_eq!", "assert_eq!(super::twice(3), 6);\r\n        assert_eq!");
    std::fs::write(linked.join("src/lib.rs"), text).unwrap();
    std::fs::write(linked.join("with space.txt"), "x\r\n").unwrap();
    std::fs::write(linked.join("quo\"te's.txt"), "x").unwrap();
    std::fs::write(linked.join("data.bin"), b"\xff\xfe\0\x01").unwrap();
    std::fs::write(linked.join("line.txt"), vec![b'x'; 10_000_000]).unwrap();
    for number in 0..900 {
        let dir = linked.join(format!("many/{}", number % 50));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join(number.to_string()), number.to_string()).unwrap();
    }
    let _ = std::fs::remove_file(&marker);
    ended(
        &gate_in(&desk, &linked.join("src"), &["--base", "main"]),
        0,
        "The gate allows this: nothing was found.",
    );
    assert!(!marker.exists(), "{}", std::fs::read_to_string(&marker).unwrap());
    // The attempt is one: git itself runs such a program.
    let status = Command::new("git").arg("status").current_dir(&linked).stdin(Stdio::null()).output();
    assert!(status.is_ok() && marker.exists());
}

/// A program that leaves a mark.
fn program(desk: &Desk, marker: &Path) -> PathBuf {
    desk.write("evil.sh", &format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", marker.display()));
    let path = desk.path("evil.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_change_of_fifty_thousand_lines_has_an_end() {
    let desk = repository();
    let function = |number: u32| {
        format!(
            "/// One of many.\npub fn f{number}(x: u32) -> u32 {{\n    let mut y = x;\n    if y > {number} {{\n        \
             y -= {number};\n    }}\n    y += 1;\n    y\n}}\n\n"
        )
    };
    let many: String = (0..5000).map(function).collect();
    let text = KIT.replace("#[cfg(test)]", &format!("{many}#[cfg(test)]"));
    assert!(text.lines().count() > 50_000);
    desk.write("kit/src/lib.rs", &text);
    let started = Instant::now();
    let said = gate(&desk, &["--max-time", "5s"]);
    // No test runs it, if there is time to see it; else that there is none is told.
    match said.code {
        Some(101) => ended(&said, 101, "whether the tests bite is not known"),
        _ => ended(&said, 100, "[change-covered]"),
    }
    // It takes seconds; a machine that does much besides gets more.
    assert!(started.elapsed() < Duration::from_secs(240), "{:?}", started.elapsed());
}

#[test]
fn faults_that_could_not_be_tried_are_no_yes() {
    let desk = repository();
    let slow = KIT
        .replace("number * 2", "number + number")
        .replace("assert_eq!", "std::thread::sleep(std::time::Duration::from_secs(2));\n        assert_eq!");
    desk.write("kit/src/lib.rs", &slow);
    let said = gate(&desk, &["--max-time", "1s"]);
    ended(&said, 101, "whether the tests bite is not known: none of ");
    assert!(said.err.contains("hint: give it more time with --max-time"), "{said:?}");
    desk.write("kit/src/lib.rs", &KIT.replace("number * 2", "number + number"));
    let endless = gate(&desk, &["--max-time", &u64::MAX.to_string()]);
    ended(&endless, 0, "The gate allows this");
}

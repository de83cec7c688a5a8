//! What is observed about dependencies between small manifests and lock files.

use super::*;

const MEMBER: &str = "[package]\nname = \"kit\"\nversion = \"0.1.0\"\n";
const KIT: &str = "version = 4\n[[package]]\nname = \"kit\"\nversion = \"0.1.0\"\n";

fn tree(manifest: &str, lock: &str) -> Tree {
    let mut tree = Tree::new();
    let mut put = |path: &str, text: String| tree.insert(TreePath::new(path).unwrap(), text);
    put("Cargo.toml", format!("{MEMBER}{manifest}"));
    put("src/lib.rs", String::new());
    put("part/Cargo.toml", "[package]\nname = \"part\"\nversion = \"0.1.0\"\n".to_owned());
    if !lock.is_empty() {
        put("Cargo.lock", lock.to_owned());
    }
    tree
}

fn locked(packages: &[(&str, &str, &str)]) -> String {
    let one = |(name, version, checksum): &(&str, &str, &str)| {
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{checksum}\"\n"
        )
    };
    format!("{KIT}{}", packages.iter().map(one).collect::<String>())
}

/// What is observed, as `kind path:line item: detail`, new dependencies left out.
fn seen(before: (&str, &str), after: (&str, &str)) -> Vec<String> {
    let (before, after) = (tree(before.0, before.1), tree(after.0, after.1));
    let path = TreePath::new("Cargo.toml").unwrap();
    let difference = crate::change::FileDifference::Changed;
    let files = [FileChange { path, kind: FileKind::Manifest, difference }];
    let shown = |one: &Observation| format!("{:?} {}:{} {}", one.kind, one.path, one.line, one.item);
    let observed = observed(&before, &after, &files);
    let other = observed.iter().filter(|one| one.kind != ObservationKind::DependencyAdded);
    other.map(shown).collect()
}

#[test]
fn each_way_to_depend_is_told_apart() {
    let cases: &[(&str, &[&str])] = &[
        ("[dependencies]\na = \"1\"\n", &[]),
        ("[dependencies]\na = \"*\"\n", &["DependencyWildcard Cargo.toml:5 a"]),
        ("[dependencies]\na = {}\n", &["DependencyWildcard Cargo.toml:5 a"]),
        ("[dependencies]\na = { git = \"https://x.example/a\" }\n", &["DependencyUnpinned Cargo.toml:5 a"]),
        ("[dependencies]\na = { git = \"u\", branch = \"main\" }\n", &["DependencyUnpinned Cargo.toml:5 a"]),
        ("[dependencies]\na = { git = \"u\", rev = \"main\" }\n", &["DependencyUnpinned Cargo.toml:5 a"]),
        ("[dependencies]\na = { git = \"u\", rev = \"0123456789\" }\n", &["DependencyGit Cargo.toml:5 a"]),
        ("[dependencies]\na = { path = \"../a\" }\n", &["DependencyPath Cargo.toml:5 a"]),
        ("[dependencies]\na = { path = \"none\" }\n", &["DependencyPath Cargo.toml:5 a"]),
        ("[dependencies]\npart = { path = \"part\" }\n", &[]),
        (
            "[dependencies]\na = { version = \"1\", registry = \"corp\" }\n",
            &["DependencyRegistry Cargo.toml:5 a"],
        ),
        ("[patch.crates-io]\na = { path = \"part\" }\n", &["DependencyReplaced Cargo.toml:5 a"]),
    ];
    for (after, expected) in cases {
        assert_eq!(&seen(("", ""), (after, "")), expected, "{after}");
        assert_eq!(seen((after, ""), (&format!("\n{after}"), "")), [""; 0], "what was there before: {after}");
    }
}

#[test]
fn a_lock_file_that_says_something_else_is_stale() {
    let asks = "[dependencies]\na = \"1.2\"\n";
    let (one, two) = (locked(&[("a", "1.3.0", "x")]), locked(&[("a", "2.0.0", "x")]));
    assert_eq!(seen(("", KIT), (asks, &one)), [""; 0]);
    assert_eq!(seen(("", KIT), (asks, &two)), ["LockStale Cargo.toml:5 a"]);
    assert_eq!(seen(("", KIT), (asks, KIT)), ["LockStale Cargo.toml:5 a"]);
    assert_eq!(seen((asks, KIT), (&format!("{asks}b = \"1\"\n"), KIT)), ["LockStale Cargo.toml:6 b"]);
    assert_eq!(seen(("", KIT), ("", "package = 3")), ["LockStale Cargo.lock:1 "]);
    assert_eq!(seen(("", KIT), ("", "")), ["LockStale Cargo.lock:1 "]);
    assert_eq!(seen(("", KIT), ("", &KIT.replace("0.1.0", "0.2.0"))), ["LockStale Cargo.toml:2 kit"]);
    let inherited =
        "[dependencies]\na.workspace = true\n[workspace]\n[workspace.dependencies]\na = \"1.2\"\n";
    assert_eq!(seen(("", KIT), (inherited, &one)), [""; 0]);
    assert_eq!(seen(("", KIT), (inherited, &two)), ["LockStale Cargo.toml:5 a"]);
    let beside = "[dependencies]\npart = { path = \"part\" }\n";
    let part = "[[package]]\nname = \"part\"\nversion = \"0.1.0\"\n";
    let stale = seen(("", KIT), (beside, &format!("{KIT}{part}")));
    assert!(stale.contains(&"LockStale Cargo.toml:5 part".to_owned()), "{stale:?}");
    let listed = seen(("", KIT), (beside, &format!("{KIT}dependencies = [\n \"part\",\n]\n{part}")));
    assert!(!listed.iter().any(|one| one.starts_with("LockStale")), "{listed:?}");
}

#[test]
fn an_archive_with_other_bytes_and_a_second_version_are_seen() {
    let asks = "[dependencies]\na = \"1\"\n";
    let was = locked(&[("a", "1.0.0", "x")]);
    let swapped = locked(&[("a", "1.0.0", "y")]);
    assert_eq!(seen((asks, &was), (asks, &swapped)), ["LockChecksum Cargo.lock:6 a"]);
    let bumped = locked(&[("a", "1.0.1", "y")]);
    assert_eq!(seen((asks, &was), (asks, &bumped)), [""; 0]);
    let bare = was.replace("checksum = \"x\"\n", "");
    assert_eq!(seen((asks, &was), (asks, &bare)), ["LockChecksum Cargo.lock:6 a"]);
    let twice = locked(&[("a", "1.0.0", "x"), ("a", "2.0.0", "y")]);
    assert_eq!(seen((asks, &was), (asks, &twice)), ["DependencyDuplicate Cargo.lock:6 a"]);
    let elsewhere = was
        .replace("registry+https://github.com/rust-lang/crates.io-index", "registry+https://evil.example/i");
    assert_eq!(seen((asks, &was), (asks, &elsewhere)), ["DependencyRegistry Cargo.lock:6 a"]);
}

#[test]
fn where_nothing_was_before_only_what_members_ask_for_twice_is_told() {
    let twice = locked(&[("a", "1.0.0", "x"), ("a", "2.0.0", "y"), ("b", "1.0.0", "z")]);
    let upstream = twice.replace("checksum = \"z\"\n", "checksum = \"z\"\ndependencies = [\"a 1.0.0\"]\n");
    let asks = |names: &str| upstream.replace(KIT, &format!("{KIT}dependencies = [{names}]\n"));
    let both = "[dependencies]\na = \"2\"\nb = \"1\"\n";
    assert_eq!(seen(("", ""), (both, &asks("\"a 2.0.0\", \"b\""))), [""; 0]);
    let members = format!(
        "{}[[package]]\nname = \"part\"\nversion = \"0.1.0\"\ndependencies = [\"a 1.0.0\"]\n",
        asks("\"a 2.0.0\", \"b\"")
    );
    assert_eq!(seen(("", ""), (both, &members)), ["DependencyDuplicate Cargo.lock:7 a"]);
}

#[test]
fn a_repository_that_moves_on_is_seen_although_no_manifest_changes() {
    let git = |query: &str, commit: &str| {
        format!(
            "{KIT}[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"git+https://x.example/a{query}#{commit}\"\n"
        )
    };
    let asks = "[dependencies]\na = { git = \"https://x.example/a\" }\n";
    let (one, two) = (git("", "0000001"), git("", "0000002"));
    assert_eq!(seen((asks, &one), (asks, &one)), [""; 0]);
    assert_eq!(seen((asks, &one), (asks, &two)), ["DependencyGit Cargo.lock:6 a"]);
    let pinned =
        |rev: &str| format!("[dependencies]\na = {{ git = \"https://x.example/a\", rev = \"{rev}\" }}\n");
    let (one, two) = (git("?rev=0000001", "0000001"), git("?rev=0000002", "0000002"));
    let moved = seen((&pinned("0000001"), &one), (&pinned("0000002"), &two));
    assert_eq!(moved, ["DependencyGit Cargo.toml:5 a"]);
}

#[test]
fn new_dependencies_are_told_once_and_the_rest_together() {
    let after = tree(
        "[dependencies]\na = \"1\"\n",
        &locked(&[("a", "1.0.0", "x"), ("b", "1.0.0", "y"), ("c", "1.0.0", "z")]),
    );
    let delta = Delta::between(&tree("", KIT), &after);
    assert_eq!(delta.new_names.len(), 3);
    let added: Vec<String> = added(&delta, &tree("", KIT)).into_iter().map(|one| one.detail).collect();
    assert_eq!(added, ["version 1", "2 more come with what is asked for: b, c"]);
    assert_eq!(Delta::between(&after, &after), Delta { places: delta.places.clone(), ..Delta::default() });
    assert_eq!(Delta::all(&after).packages.len(), 3);
}

#[test]
fn without_a_lock_file_before_the_old_manifests_say_what_was_there() {
    let lock = locked(&[("a", "1.0.0", "x"), ("b", "1.0.0", "y"), ("c", "1.0.0", "z")]);
    let lock = lock.replace("checksum = \"x\"\n", "checksum = \"x\"\ndependencies = [\"b\"]\n");
    let asks = "[dependencies]\na = \"1\"\n";
    let brought = |before: &str, after: &str| -> Vec<String> {
        let delta = Delta::between(&tree(before, ""), &tree(after, &lock));
        delta.packages.into_iter().map(|package| package.name).collect()
    };
    assert_eq!(brought(asks, asks), ["c"]);
    assert_eq!(brought("", asks), ["a", "b", "c"]);
    let featured = "[dependencies]\na = { version = \"1\", features = [\"x\"] }\n";
    assert_eq!(brought(asks, featured), ["a", "b", "c"]);
    assert!(
        !is_touched(&tree(asks, &lock), &tree(asks, &lock))
            && is_touched(&tree(asks, ""), &tree(asks, &lock))
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,80}", parts in proptest::collection::vec(0..18_usize, 0..20)) {
        let words = ["[dependencies]\n", "a", " = ", "\"1\"\n", "{ git = \"u\" }\n", "{ path = \"..\" }\n", "[[package]]\n",
            "name = \"a\"\n", "version = \"1\"\n", "[patch.x]\n", "[workspace]\n", "members = [\"*\"]\n", "[workspace.dependencies]\n",
            ".workspace = true\n", "[target.x.dependencies]\n", "source = \"git+u\"\n", "é", "\""];
        let made: String = parts.iter().map(|part| words[*part]).collect();
        for (manifest, lock) in [(&text, &made), (&made, &text), (&made, &made)] {
            let _ = seen(("", ""), (manifest, lock));
        }
    }
}

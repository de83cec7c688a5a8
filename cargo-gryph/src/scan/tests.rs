//! The scan on small trees, and on noise. What each rule finds, the examples of the policy show.

use std::collections::BTreeSet;

use super::*;
use crate::schema::on_deep_stack;

/// Stands inside secrets here, so that this file holds none.
const SPLIT: &str = "~|~";

/// Files by path.
type Files<'a> = &'a [(&'a str, &'a str)];

fn tree(files: Files<'_>) -> Tree {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).unwrap(), text.replace(SPLIT, ""));
    }
    tree
}

/// What is new between two trees, as `rule path:line:column item`.
fn new(before: Files<'_>, after: Files<'_>) -> Vec<String> {
    let (base, after) = (tree(before), tree(after));
    let paths: BTreeSet<&TreePath> = base.files().chain(after.files()).map(|(path, _)| path).collect();
    let files: Vec<Touched<'_>> = paths.into_iter().map(|path| Touched { path, is_test: false }).collect();
    let found = on_deep_stack(|| introduced(RuleSet::embedded().unwrap(), &base, &after, &files)).unwrap();
    found
        .iter()
        .map(|one| format!("{} {}:{}:{} {}", one.rule, one.path, one.line, one.column, one.item))
        .collect()
}

const TURN: &str = "fn turn(x: u32) -> f32 { unsafe { transmute(x) } }\n";

#[test]
fn what_only_moved_is_not_new() {
    let moved: &[(Files<'_>, Files<'_>)] = &[
        (&[("src/a.rs", TURN)], &[("src/b.rs", TURN)]),
        (&[("src/a.rs", TURN), ("src/b.rs", "")], &[("src/a.rs", ""), ("src/b.rs", TURN)]),
        (
            &[("src/a.rs", TURN)],
            &[("src/a.rs", "mod inner {\n    fn turn(x: u32) -> f32 {\n unsafe { transmute(x,) } } }")],
        ),
        (
            &[("src/a.rs", "const A: &str = \"AKIA~|~Q7WER2TYU8IOPA3S\";")],
            &[("README.md", "AKIA~|~Q7WER2TYU8IOPA3S")],
        ),
    ];
    for (before, after) in moved {
        assert_eq!(new(before, after), Vec::<String>::new(), "{after:?}");
    }
    let twice = format!("{TURN}fn again(x: u32) -> f32 {{ unsafe {{ transmute(x) }} }}");
    assert_eq!(new(&[("src/a.rs", TURN)], &[("src/a.rs", &twice)]), ["transmute src/a.rs:2:36 again"]);
    let first = format!("fn again(x: u32) -> f32 {{ unsafe {{ transmute(x) }} }}\n{TURN}");
    assert_eq!(new(&[("src/a.rs", TURN)], &[("src/a.rs", &first)]), ["transmute src/a.rs:1:36 again"]);
    let other = TURN.replace("(x)", "(x + 1)");
    assert_eq!(new(&[("src/a.rs", TURN)], &[("src/a.rs", &other)]), ["transmute src/a.rs:1:35 turn"]);
    let out_of_tests = format!("#[cfg(test)]\nmod tests {{ {TURN} }}");
    assert_eq!(new(&[("src/a.rs", &out_of_tests)], &[("src/a.rs", TURN)]), ["transmute src/a.rs:1:35 turn"]);
}

#[test]
fn only_what_nothing_else_compiles_is_a_test() {
    let quiet = [
        format!("#[cfg(test)]\nmod tests {{ {TURN} }}"),
        format!("#[test]\n/// Said.\n#[should_panic]\n{TURN}"),
        format!("#[tokio::test(flavor = \"x\")]\n{TURN}"),
        format!("#![cfg(test)]\n{TURN}"),
        format!("#[cfg(all(test, unix))]\n{TURN}"),
    ];
    for text in &quiet {
        assert_eq!(new(&[], &[("src/a.rs", text)]), Vec::<String>::new(), "{text}");
    }
    let loud = [
        format!("#[cfg(any(test, not(test)))]\n{TURN}"),
        format!("#[cfg(not(test))]\n{TURN}"),
        format!("#[test]\nfn t() {{}}\n{TURN}"),
        format!("// ast-grep-ignore\n{TURN}"),
        format!("#[doc = \"cfg(test)\"]\n{TURN}"),
    ];
    for text in &loud {
        assert_eq!(new(&[], &[("src/a.rs", text)]).len(), 1, "{text}");
    }
    for path in ["tests/a.rs", "benches/a.rs", "kit/examples/a.rs", "src/b.txt"] {
        assert_eq!(new(&[], &[(path, TURN)]), Vec::<String>::new(), "{path}");
    }
    assert_eq!(new(&[], &[("src/tests/a.rs", TURN)]).len(), 1, "a module may be called so");
}

#[test]
fn macros_hide_nothing_and_places_stay_as_written() {
    let cases = [
        ("fn f() { vec![é, transmute(x)]; }", "transmute src/a.rs:1:18 f"),
        ("fn f() { assert_eq!(1, vec![2, transmute(x)][0]); }", "transmute src/a.rs:1:32 f"),
        ("fn f() { select! { a = b() => { transmute(x) } } }", "transmute src/a.rs:1:33 f"),
        ("fn f() { json!({ \"a\": { \"b\": transmute(x) } }); }", "transmute src/a.rs:1:30 f"),
        ("macro_rules! m { ($a:expr) => { transmute($a) }; () => { 1 }; }", "transmute src/a.rs:1:33 m"),
        ("macro_rules! m { ($($a:expr),*) => { $(transmute($a);)* }; }", "transmute src/a.rs:1:40 m"),
        ("thread_local! { static A: u8 = transmute(x); }", "transmute src/a.rs:1:32 m"),
    ];
    for (text, expected) in cases {
        assert_eq!(new(&[], &[("src/a.rs", text)]), [expected], "{text}");
    }
    for text in ["fn f(x: &str) { assert_eq!(x.len() as u8, 3); }", "fn f() { println!(\"transmute(x)\"); }"]
    {
        assert_eq!(new(&[], &[("src/a.rs", text)]), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_secret_is_found_and_never_shown() {
    let secrets = [
        ("AKIA~|~Q7WER2TYU8IOPA3S", "aws-key"),
        ("ghp_~|~16C7e42F292c6912E7710c838347Ae178B4a", "github-token"),
        ("q8Zt5Lw2~|~Xk9Vb3Nm7Rp4", "random-value"),
    ];
    let rules = RuleSet::embedded().unwrap();
    for (secret, rule) in secrets.map(|(secret, rule)| (secret.replace(SPLIT, ""), rule)) {
        let text =
            format!("fn f() {{ api_token = \"{secret}\"; unsafe {{ transmute(token = \"{secret}\") }} }}");
        let tree = tree(&[("src/a.rs", &text)]);
        let found = on_deep_stack(|| all(rules, &tree)).unwrap();
        assert!(found.iter().any(|one| one.rule == rule), "{secret}: {found:?}");
        assert!(found.iter().all(|one| !one.text.contains(&secret[5..])), "{found:?}");
        assert!(!masked(&text).contains(&secret[5..]), "{}", masked(&text));
    }
    assert_eq!(masked("nothing to hide"), "nothing to hide");
}

#[test]
fn a_file_is_looked_at_whatever_bytes_it_holds_and_large_ones_are_named() {
    let rules = RuleSet::embedded().unwrap();
    let mut files = Tree::new();
    files.insert(
        TreePath::new("a.bin").unwrap(),
        [&b"\xff\x00\xfe AKIA"[..], &b"Q7WER2TYU8IOPA3S \xff"[..]].concat(),
    );
    files.insert(
        TreePath::new("src/b.rs").unwrap(),
        format!("fn f() {{ {}1{}; }}", "(".repeat(2000), ")".repeat(2000)),
    );
    files.insert(TreePath::new("src/c.rs").unwrap(), "// ".repeat(MOST_RUST));
    files.insert(TreePath::new("d.bin").unwrap(), vec![b'x'; MOST_BYTES + 1]);
    let found = on_deep_stack(|| all(rules, &files)).unwrap();
    let found: Vec<String> = found.iter().map(|one| format!("{} {}", one.rule, one.path)).collect();
    assert_eq!(
        found,
        ["aws-key a.bin", "unscanned-code src/b.rs", "unscanned-code src/c.rs", "unscanned-file d.bin"]
    );
}

#[test]
fn wrong_rules_say_what_is_wrong() {
    const SECRETS: &str = "[[secret]]\nid = \"s\"\nformat = \"x\"\n";
    let read = |rules: &str, secrets: &str| RuleSet::read([("a.yml", rules)].into_iter(), secrets).err();
    let one = "id: a\nlanguage: rust\nrule: { kind: static_item }\n";
    assert_eq!(read(one, SECRETS), None);
    let cases = [
        (one.replace("static_item", "statik"), SECRETS, "rule `a`"),
        (one.replace("rust", "go"), SECRETS, "only rust"),
        (format!("{one}---\n{one}"), SECRETS, "two rules are called `a`"),
        (one.replace("id: a\n", ""), SECRETS, "no id"),
        (format!("{one}metadata: {{ scope: libary }}\n"), SECRETS, "libary"),
        (format!("{one}severty: error\n"), SECRETS, "severty"),
        (one.to_owned(), "[[secret]]\nid = \"s\"\nformat = \"(\"\n", "regex"),
        (one.to_owned(), "[[secret]]\nid = \"a\"\nformat = \"x\"\n", "two rules are called `a`"),
    ];
    for (rules, secrets, part) in cases {
        let error = read(&rules, secrets).expect("an error").to_string();
        assert!(error.contains(part), "{part}: {error}");
    }
    let rules = RuleSet::embedded().unwrap();
    let unknown = rules.unknown(&["transmut".to_owned()]).unwrap();
    assert_eq!(unknown, "no source rule is called `transmut`; did you mean `transmute`?");
    assert_eq!(rules.unknown(&["transmute".to_owned(), "unscanned-file".to_owned()]), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]
    #[test]
    fn no_text_makes_the_scan_panic(
        text in "\\PC{0,80}",
        parts in proptest::collection::vec(0..28_usize, 0..40),
    ) {
        let words = [
            "fn f(x: u8) {", "}", "vec![", "]", "macro_rules! m {", "($x:expr) => {", "$x", "$($x),*", "$(", ")*", "!",
            "(", ")", "é", "\"", "'a", "/*", "#[cfg(test)]", "unsafe", "format!(\"SELECT {x} FROM t WHERE a = {}\"",
            ", ", "password = \"", "-----BEGIN PRIVATE KEY-----\\n", "=>", "//", "\n", "r#\"", "\u{feff}",
        ];
        let made: String = parts.iter().map(|part| words[*part]).collect();
        for (before, after) in [("", &text), ("", &made), (&*text, &made)] {
            let _ = new(&[("src/lib.rs", before), ("a.md", before)], &[("src/lib.rs", after), ("a.md", after)]);
            let _ = masked(after);
        }
    }
}

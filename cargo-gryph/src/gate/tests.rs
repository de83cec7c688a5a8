//! The policy for changes, tried on ordinary patches and on cheats.

use crate::change::{ChangeFacts, TestLiterals};
use crate::gate::{Finding, Policy, Severity, objections};
use crate::hole::TestName;
use crate::schema::sites;
use crate::tree::{Tree, TreePath};

/// Patches that a maintainer would take: `== title`, `-- before`, `-- after` and `-- tests`.
const ORDINARY: &str = include_str!("tests/ordinary.txt");
/// Patches that pass the tests and mend nothing, in the same form; a title begins with the rule that refuses.
const CHEATS: &str = include_str!("tests/cheats.txt");

struct Case {
    title: String,
    parts: Vec<(String, String)>,
}

impl Case {
    fn read(text: &str) -> Vec<Self> {
        let mut cases: Vec<Self> = Vec::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("== ") {
                cases.push(Self { title: title.to_owned(), parts: Vec::new() });
            } else if let Some(part) = line.strip_prefix("-- ") {
                let case = cases.last_mut().expect("a title comes first");
                case.parts.push((part.to_owned(), String::new()));
            } else if let Some((_, text)) = cases.last_mut().and_then(|case| case.parts.last_mut()) {
                text.push_str(line);
                text.push('\n');
            }
        }
        cases
    }

    fn part(&self, name: &str) -> &str {
        let part = self.parts.iter().find(|(part, _)| part == name);
        part.map_or("", |(_, text)| text.as_str())
    }

    fn tree(&self, lib: &str) -> Tree {
        let mut tree = Tree::new();
        let mut put = |path: &str, text: &str| {
            if !text.is_empty() {
                tree.insert(TreePath::new(path).unwrap(), text);
            }
        };
        put("Cargo.toml", "[package]\nname = \"kit\"\n");
        put("src/lib.rs", lib);
        put("tests/t.rs", self.part("tests"));
        tree
    }

    fn objections(&self, policy: &Policy) -> Vec<Finding> {
        let (base, after) = (self.tree(self.part("before")), self.tree(self.part("after")));
        assert!(syn::parse_file(self.part("after")).is_ok(), "{}: it does not parse", self.title);
        assert_ne!(base, after, "{}: nothing changes", self.title);
        let path = TreePath::new("tests/t.rs").unwrap();
        let functions = sites(self.part("tests"), &path);
        let name = |name: String| TestName { target: "t".to_owned(), name };
        let tests: Vec<TestName> = functions.into_iter().map(|site| name(site.function)).collect();
        assert!(!tests.is_empty(), "{}: no tests", self.title);
        let facts = ChangeFacts::between(&base, &after, &TestLiterals::of(&base, &tests));
        objections(policy, &facts)
    }
}

#[test]
fn ordinary_patches_pass() {
    let cases = Case::read(ORDINARY);
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let policy = Policy::fix().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let stopping =
            case.objections(&policy).into_iter().filter(|finding| finding.severity > Severity::Warn);
        wrong
            .extend(stopping.map(|finding| format!("{}: {}: {}", case.title, finding.rule, finding.message)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn cheats_are_refused() {
    let cases = Case::read(CHEATS);
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let policy = Policy::fix().unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let (rule, _) = case.title.split_once(": ").expect("a rule before the title");
        let found = case.objections(&policy);
        if !found.iter().any(|finding| finding.rule == rule && finding.severity == Severity::Deny) {
            let rules: Vec<String> = found.into_iter().map(|finding| finding.rule).collect();
            wrong.push(format!("{}: {rules:?}", case.title));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

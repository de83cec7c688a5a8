//! Contradictions: two demands on the same call that no program can meet both.

use std::collections::BTreeSet;

use crate::change::assertion::{Assertion, Demand, Side, assertions};
use crate::change::item::{Node, documentation, items};
use crate::change::target::{Place, find};
use crate::hole::TestName;
use crate::schema::{Source, on_deep_stack};
use crate::tree::{Tree, TreePath};

/// Who demands something.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Claim {
    /// An assertion of a test.
    Test {
        /// The test.
        test: TestName,
        /// The assertion as written.
        expression: String,
    },
    /// An example in documentation.
    Documentation {
        /// The file.
        path: TreePath,
        /// The item.
        item: String,
        /// The example as written.
        expression: String,
    },
}

/// Two claims of which at most one can hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Contradiction {
    /// A demand of a failing test.
    pub one: Claim,
    /// What speaks against it.
    pub other: Claim,
}

/// A demand on a call whose arguments are constant.
struct Clause {
    claim: Claim,
    call: String,
    expected: Expected,
}

#[derive(PartialEq, Eq)]
enum Expected {
    Value(String),
    Not(String),
    Truth(bool),
}

impl Expected {
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => one != other,
            (Self::Value(one), Self::Not(other)) | (Self::Not(other), Self::Value(one)) => one == other,
            (Self::Truth(one), Self::Truth(other)) => one != other,
            (Self::Value(value), Self::Truth(truth)) | (Self::Truth(truth), Self::Value(value)) => {
                matches!((value.trim(), truth), ("true", false) | ("false", true))
            }
            _ => false,
        }
    }
}

/// The contradictions between failing tests and anything else: passing tests, each other, documentation. Only calls
/// that are textually equal up to the form of literals, with constant arguments and constant answers, are compared.
pub fn contradictions(tree: &Tree, failing: &[TestName], passing: &[TestName]) -> Vec<Contradiction> {
    on_deep_stack(|| compared(tree, failing, passing)).unwrap_or_default()
}

fn compared(tree: &Tree, failing: &[TestName], passing: &[TestName]) -> Vec<Contradiction> {
    let of = |test: &TestName| {
        let read = |place: &Place<'_>| {
            let text = tree.text(&place.path).unwrap_or_default();
            of_test(place.source, text, &place.function.block, test)
        };
        find(tree, test, read)
    };
    let clauses = |tests: &[TestName]| -> Vec<Clause> { tests.iter().filter_map(of).flatten().collect() };
    let failing = clauses(failing);
    let mut others = clauses(passing);
    if !failing.is_empty() {
        others.extend(documented(tree));
    }
    let mut found = BTreeSet::new();
    for (at, one) in failing.iter().enumerate() {
        for other in failing[at + 1..].iter().chain(&others) {
            if one.call == other.call && one.expected.excludes(&other.expected) {
                found.insert(Contradiction { one: one.claim.clone(), other: other.claim.clone() });
            }
        }
    }
    found.into_iter().collect()
}

fn of_test(source: &Source, text: &str, block: &syn::Block, test: &TestName) -> Vec<Clause> {
    let claim = |assertion: &Assertion| {
        let expression = text.get(assertion.range.clone()).unwrap_or_default();
        Claim::Test { test: test.clone(), expression: in_one_line(expression) }
    };
    assertions(source, block).iter().filter_map(|assertion| clause(assertion, claim(assertion))).collect()
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn clause(assertion: &Assertion, claim: Claim) -> Option<Clause> {
    let (call, expected) = match &assertion.demand {
        Demand::Equal { actual, expected, negated, .. } if expected.is_constant || is_truth(expected) => {
            let value = expected.tokens.clone();
            (actual, if *negated { Expected::Not(value) } else { Expected::Value(value) })
        }
        Demand::Holds { condition, negated } => (condition, Expected::Truth(!negated)),
        Demand::Equal { .. } | Demand::Matches { .. } => return None,
    };
    call.is_closed_call.then(|| Clause { claim, call: call.tokens.clone(), expected })
}

fn is_truth(side: &Side) -> bool {
    matches!(side.tokens.trim(), "true" | "false")
}

/// The examples in the documentation of all functions: equations in prose and assertions in code blocks.
fn documented(tree: &Tree) -> Vec<Clause> {
    let mut found: Vec<(String, Vec<Clause>)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (path, _) in tree.files().filter(|(path, _)| path.as_str().ends_with(".rs")) {
        let Some(source) = tree.text(path).and_then(|text| Source::parse(text).ok()) else { continue };
        let all = items(&source, false);
        for item in all.values().filter(|item| !item.is_test && matches!(item.node, Node::Function(_))) {
            let name = item.name.rsplit("::").next().unwrap_or_default().to_owned();
            let doc = documentation(item.attributes);
            found.push((name.clone(), in_doc(&doc, path, &item.name)));
            seen.push(name);
        }
    }
    // Which of two functions of one name an example means would take resolving names.
    found.retain(|(name, _)| seen.iter().filter(|other| *other == name).count() == 1);
    found.into_iter().flat_map(|(_, clauses)| clauses).collect()
}

fn in_doc(doc: &str, path: &TreePath, item: &str) -> Vec<Clause> {
    let claim = |expression: &str| Claim::Documentation {
        path: path.clone(),
        item: item.to_owned(),
        expression: in_one_line(expression),
    };
    let mut found = Vec::new();
    for (at, part) in doc.split("```").enumerate() {
        if at % 2 == 1 {
            // The first line names the language.
            let code = part.split_once('\n').map_or("", |(_, code)| code).replace("\n# ", "\n");
            found.extend(in_code(&code, &claim));
        } else {
            let inline = part.split('`').skip(1).step_by(2).filter(|text| text.contains("=="));
            found.extend(inline.flat_map(|text| in_code(&format!("assert!({text});"), &|_| claim(text))));
        }
    }
    found
}

fn in_code(code: &str, claim: &dyn Fn(&str) -> Claim) -> Vec<Clause> {
    let text = format!("fn example() {{\n{code}\n}}");
    let Ok(source) = Source::parse(&text) else { return Vec::new() };
    let Some(syn::Item::Fn(function)) = source.file.items.first() else { return Vec::new() };
    let all = assertions(&source, &function.block);
    let written = |assertion: &Assertion| claim(text.get(assertion.range.clone()).unwrap_or_default());
    // An example may call a function by the path of its crate; a test imports it.
    let bare = |clause: Clause| Clause { call: without_path(&clause.call), ..clause };
    all.iter().filter_map(|assertion| clause(assertion, written(assertion))).map(bare).collect()
}

/// ` my_kit:: slug:: f(..)` as ` f(..)`: leading modules are left out, types are kept.
fn without_path(call: &str) -> String {
    let mut rest = call;
    while let Some((first, after)) = rest.split_once("::") {
        let is_module = first.trim().chars().all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_module {
            break;
        }
        rest = after;
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lib: &str, tests: &str) -> Vec<(String, String)> {
        let mut tree = Tree::new();
        for (path, text) in
            [("Cargo.toml", "[package]\nname = \"kit\""), ("src/lib.rs", lib), ("tests/t.rs", tests)]
        {
            tree.insert(TreePath::new(path).unwrap(), text);
        }
        let name = |name: &str| -> TestName {
            serde_json::from_value(serde_json::json!({ "target": "t", "name": name })).unwrap()
        };
        let show = |claim: Claim| match claim {
            Claim::Test { expression, .. } | Claim::Documentation { expression, .. } => expression,
        };
        let all = contradictions(&tree, &[name("red")], &[name("green")]);
        all.into_iter().map(|pair| (show(pair.one), show(pair.other))).collect()
    }

    #[test]
    fn two_answers_to_one_question_contradict_each_other() {
        let cases = [
            ("assert_eq!(f(2), 4);", "assert_eq!(f(2), 5);", 1),
            ("assert_eq!(f(2), 4);", "assert_eq!(f(2_i32), 0x4);", 0),
            ("assert_eq!(f(2), 4);", "assert_eq!(f(0x2), 5);", 1),
            ("assert_eq!(f(2), 4);", "assert_eq!(f(3), 5);", 0),
            ("assert_eq!(4, f(2));", "assert!(f(2) == 5);", 1),
            ("assert!(p(\"a\"));", "assert!(!p(\"a\"));", 1),
            ("assert!(p(\"a\"));", "assert_eq!(p(\"a\"), false);", 1),
            ("assert_eq!(f(2), 4);", "assert_ne!(f(2), 4);", 1),
            ("assert_eq!(f(2), Some(4));", "assert_eq!(f(2), None);", 1),
            ("assert_eq!(Money::of(3).text(), \"3\");", "assert_eq!(Money::of(3).text(), \"3.00\");", 1),
            ("assert_eq!(Unit(3).text(), \"3\");", "assert_eq!(Unit(3).text(), \"3.00\");", 1),
            // What a variable holds is not known, nor what a call without arguments depends on.
            (
                "let mut c = C::new(); assert_eq!(c.put(1), None);",
                "let c = d(); assert_eq!(c.put(1), Some(1));",
                0,
            ),
            ("assert_eq!(next(), 1);", "assert_eq!(next(), 2);", 0),
            ("assert_eq!(f(x), 1);", "assert_eq!(f(x), 2);", 0),
        ];
        for (red, green, expected) in cases {
            let tests = format!("#[test] fn red() {{ {red} }} #[test] fn green() {{ {green} }}");
            assert_eq!(found("", &tests).len(), expected, "{red} / {green}");
        }
    }

    #[test]
    fn documentation_speaks_against_a_test() {
        let lib = "/// Doubles: `f(2) == 4`.\n///\n/// ```\n/// assert_eq!(kit::f(3), 6);\n/// ```\npub fn f(x: i32) -> i32 { x }";
        let red = |body: &str| format!("use kit::*; #[test] fn red() {{ {body} }}");
        assert_eq!(found(lib, &red("assert_eq!(f(2), 5);"))[0].1, "f(2) == 4");
        assert_eq!(found(lib, &red("assert_eq!(f(3), 5);"))[0].1, "assert_eq!(kit::f(3), 6)");
        assert_eq!(found(lib, &red("assert_eq!(f(2), 4); assert_eq!(f(3), 6);")), []);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_comparison_panic(doc in "\\PC{0,60}", body in "[a-z!()=,;\"0-9` ]{0,60}") {
            let _ = found(&format!("/** {doc} */ fn f() {{}}"), &format!("#[test] fn red() {{ {body} }}"));
        }
    }
}

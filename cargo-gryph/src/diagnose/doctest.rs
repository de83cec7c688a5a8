//! Failing examples of documentation as integration tests, so that a search can run them like any other test.
//!
//! The text of an example is taken as rustdoc would take it. What cannot stand in a test function of its own, such as an
//! example that returns an error with `?`, is left out; all examples are run by rustdoc itself in the end.

use crate::diagnose::{DOCTESTS, FailingTest, TestDiagnosis};
use crate::hole::TestName;
use crate::tree::{Tree, TreePath};

/// The integration test that holds the examples.
const TARGET: &str = "gryph_documentation";

/// A tree with failing examples as tests.
#[derive(Clone, Debug)]
pub struct Documented {
    /// The tree.
    pub tree: Tree,
    /// The diagnosis, with the examples under their new names.
    pub tests: TestDiagnosis,
    /// Files that were added, and are no part of any patch.
    pub added: Vec<TreePath>,
}

/// Adds failing examples as tests; `None` if none of them can stand as one.
pub fn documented(tree: &Tree, diagnosis: &TestDiagnosis) -> Option<Documented> {
    let mut documented = Documented { tree: tree.clone(), tests: diagnosis.clone(), added: Vec::new() };
    let failing = diagnosis.failing.iter().filter(|failing| failing.test.target == DOCTESTS);
    let mut text = String::from("//! Examples of the documentation.\n\n#![allow(warnings)]\n");
    let mut renamed: Vec<(TestName, TestName)> = Vec::new();
    for (number, failing) in failing.enumerate() {
        let Some(example) = example(tree, failing) else { continue };
        let name = format!("example_{number}");
        text.push_str(&format!("\n#[test]\n{}fn {name}() {{\n{}\n}}\n", example.attribute, example.code));
        renamed.push((failing.test.clone(), TestName { target: TARGET.to_owned(), name }));
    }
    if renamed.is_empty() {
        return None;
    }
    let path = TreePath::new(format!("tests/{TARGET}.rs")).expect("a plain path");
    documented.tree.insert(path.clone(), text);
    documented.added.push(path);
    for failing in &mut documented.tests.failing {
        if let Some((_, new)) = renamed.iter().find(|(old, _)| *old == failing.test) {
            failing.test = new.clone();
        }
    }
    Some(documented)
}

/// The code of an example.
struct Example {
    code: String,
    attribute: &'static str,
}

/// Finds the example that rustdoc calls `src/lib.rs - module::item (line 5)`. Only the package at the root is looked
/// at: the tests of a member would have to stand in the member.
fn example(tree: &Tree, failing: &FailingTest) -> Option<Example> {
    let (file, rest) = failing.test.name.split_once(" - ")?;
    let line: usize = rest.rsplit_once("(line ")?.1.trim_end_matches(')').parse().ok()?;
    let path = TreePath::new(file).ok().filter(|path| path.as_str().starts_with("src/"))?;
    let mut lines = tree.text(&path)?.lines().skip(line.checked_sub(1)?).map_while(documentation);
    let fence = lines.next()?.trim().strip_prefix("```")?;
    let attribute = match fence.split(',').any(|word| word.trim() == "should_panic") {
        true => "#[should_panic]\n",
        false => "",
    };
    let code: Vec<String> =
        lines.take_while(|line| !line.trim_start().starts_with("```")).map(shown).collect();
    let code = code.join("\n");
    let stands = !code.contains("Ok::<") && !code.contains("fn main") && !code.contains("#![");
    stands.then_some(Example { code, attribute })
}

fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
}

/// A line of an example as the compiler sees it: `# ` hides a line from readers only.
fn shown(line: &str) -> String {
    let trimmed = line.trim_start();
    match trimmed.strip_prefix('#') {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest.to_owned(),
        Some(rest) if rest.starts_with('#') => rest.to_owned(),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::FailureKind;

    fn failing(name: &str) -> FailingTest {
        let test = TestName { target: DOCTESTS.to_owned(), name: name.to_owned() };
        FailingTest { test, kind: FailureKind::Failed, message: String::new() }
    }

    #[test]
    fn an_example_becomes_a_test_with_its_hidden_lines() {
        let source = "//! Kit.\n\n/// Doubles.\n///\n/// ```\n/// # use kit::double;\n/// assert_eq!(double(2), 4);\n/// ```\npub fn double(x: u8) -> u8 { x }\n\n/// ```should_panic\n/// kit::double(255);\n/// ```\npub fn other() {}\n";
        let mut tree = Tree::new();
        tree.insert(TreePath::new("src/lib.rs").unwrap(), source);
        let names =
            ["src/lib.rs - double (line 5)", "src/lib.rs - other (line 11)", "src/gone.rs - x (line 1)"];
        let diagnosis = TestDiagnosis { failing: names.map(failing).to_vec(), ..TestDiagnosis::default() };
        let documented = documented(&tree, &diagnosis).unwrap();
        let text = documented.tree.text(&documented.added[0]).unwrap();
        assert!(
            text.contains("#[test]\nfn example_0() {\n use kit::double;\n assert_eq!(double(2), 4);\n}"),
            "{text}"
        );
        assert!(text.contains("#[test]\n#[should_panic]\nfn example_1() {\n kit::double(255);\n}"), "{text}");
        let names: Vec<&str> =
            documented.tests.failing.iter().map(|failing| failing.test.target.as_str()).collect();
        assert_eq!(names, [TARGET, TARGET, DOCTESTS]);
    }

    #[test]
    fn what_cannot_stand_alone_is_left_to_rustdoc() {
        let mut tree = Tree::new();
        tree.insert(
            TreePath::new("src/lib.rs").unwrap(),
            "/// ```\n/// f()?;\n/// # Ok::<(), u8>(())\n/// ```\n",
        );
        let diagnosis =
            TestDiagnosis { failing: vec![failing("src/lib.rs - f (line 1)")], ..TestDiagnosis::default() };
        assert!(documented(&tree, &diagnosis).is_none());
    }
}
